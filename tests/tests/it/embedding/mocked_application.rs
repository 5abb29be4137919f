//! An application that uses a trait of its own, tested with a mock that creates typed outputs and errors.

use certs_core::error::{CallContext, TransportError, TransportErrorKind};
use certs_core::local::LocalTransport;
use certs_core::operation::Operation;
use certs_core::operations::{Deactivate, Scope};
use certs_core::request_id::RequestId;
use certs_core::types::{CertificateId, ToggleResponse};
use certs_core::{Client, Error, Reply};
use certs_testing::block_on;
use http::StatusCode;

use crate::support::id;

/// The part of the API that the application uses.
trait Certificates {
    async fn deactivate(&self, id: CertificateId) -> Result<Reply<ToggleResponse>, Error>;
}

impl<T: LocalTransport> Certificates for Client<T> {
    async fn deactivate(&self, id: CertificateId) -> Result<Reply<ToggleResponse>, Error> {
        self.call(Deactivate::new(Scope::Organization, [id])).await
    }
}

/// The application. Returns a sentence for its user.
async fn retire(certificates: &impl Certificates, id: CertificateId) -> String {
    match certificates.deactivate(id).await {
        Ok(reply) => format!("inactive after {} requests", reply.attempts),
        Err(error) if error.may_have_acted() => {
            let request = error.request_id().map_or("unknown", RequestId::as_str);
            format!("unknown outcome, contact support about request {request}")
        }
        Err(_) => "nothing was changed".to_owned(),
    }
}

/// Returns the same result for every call.
struct Mock<F>(F);

impl<F: Fn() -> Result<Reply<ToggleResponse>, Error>> Certificates for Mock<F> {
    async fn deactivate(&self, _: CertificateId) -> Result<Reply<ToggleResponse>, Error> {
        (self.0)()
    }
}

/// The context of a failed deactivation.
fn context() -> CallContext {
    let deactivate = Deactivate::new(Scope::Organization, [id("cert_a")]);
    CallContext::new(deactivate.request().endpoint())
}

#[test]
fn a_mock_returns_outputs_and_errors_without_a_transport() {
    let sentence = |result: fn() -> Result<Reply<ToggleResponse>, Error>| {
        block_on(retire(&Mock(result), id("cert_a")))
    };
    let done = || {
        let response = ToggleResponse::new("organization.certificate.deactivation".into(), vec![]);
        Ok(Reply::new(response).with_attempts(2))
    };
    assert_eq!(sentence(done), "inactive after 2 requests");

    let lost = || {
        let context = context()
            .with_status(StatusCode::BAD_GATEWAY)
            .with_request_id("req_7".parse().expect("a request id"))
            .with_may_have_acted(true);
        let source = TransportError::new(TransportErrorKind::Interrupted);
        Err(Error::Transport { source, context: Box::new(context) })
    };
    assert_eq!(sentence(lost), "unknown outcome, contact support about request req_7");

    let refused = || {
        let source = TransportError::new(TransportErrorKind::Connect);
        let context = Box::new(context());
        Err(Error::Transport { source, context })
    };
    assert_eq!(sentence(refused), "nothing was changed");
}
