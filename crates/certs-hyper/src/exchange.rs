//! What the transports of this crate share: one request and response through a service, and sleeping.

use std::error::Error as StdError;
use std::future::poll_fn;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use certs_core::request_id::ClientRequestId;
use certs_core::transport::{Delay, TransportError, TransportErrorKind};
use http::{Request, Response};
use hyper::body::Body;
use hyper_util::client::legacy;
use tokio::time::{Instant, timeout_at};
use tower_service::Service;

use crate::body::{BodyError, RequestBody, WriteStarted, read};
use crate::error_chain::{BoxError, error_chain};
#[cfg(feature = "tls")]
use crate::handshake;

/// Which evidence counts as proof that a request handed to a service was never sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnsentEvidence {
    /// hyper never read the body, or the server refused the client's certificate in the TLS handshake.
    Hyper,
    /// Only the error itself. A service other than hyper may send a request without reading its body.
    Error,
}

/// Sends the request and reads the whole response within the timeout.
pub(crate) async fn exchange<S, B>(
    mut service: S,
    request: Request<Vec<u8>>,
    timeout: Duration,
    max_response_size: usize,
    evidence: UnsentEvidence,
) -> Result<Response<Vec<u8>>, TransportError>
where
    S: Service<Request<RequestBody>, Response = Response<B>>,
    S::Error: Into<BoxError>,
    B: Body,
    B::Error: Into<BoxError>,
{
    let until = Instant::now() + timeout;
    let unsent = TransportError::new(TransportErrorKind::Connect);
    match timeout_at(until, poll_fn(|context| service.poll_ready(context))).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => return Err(unsent.with_source(error)),
        Err(_) => return Err(unsent),
    }
    let write_started = WriteStarted::default();
    let request = request.map(|body| RequestBody::new(body, write_started.clone()));
    let untouched = || evidence == UnsentEvidence::Hyper && !write_started.get();
    let response = match timeout_at(until, service.call(request)).await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => {
            let error = error.into();
            #[cfg(feature = "tls")]
            if evidence == UnsentEvidence::Hyper && handshake::is_refusal(&*error) {
                return Err(unsent.with_source(handshake::explain(error)));
            }
            if untouched() || error_chain(&*error).any(is_unsent) {
                return Err(unsent.with_source(error));
            }
            return Err(TransportError::new(TransportErrorKind::Interrupted).with_source(error));
        }
        Err(_) if untouched() => return Err(unsent),
        Err(_) => return Err(TransportError::new(TransportErrorKind::Timeout)),
    };
    let (head, body) = response.into_parts();
    let head = Response::from_parts(head, ());
    let error = match timeout_at(until, read(body, max_response_size)).await {
        Ok(Ok(body)) => return Ok(head.map(|()| body)),
        Ok(Err(BodyError::Broken(error))) => {
            TransportError::new(TransportErrorKind::Interrupted).with_source(error)
        }
        Ok(Err(BodyError::TooLarge)) => TransportError::new(TransportErrorKind::TooLarge),
        Err(_) => TransportError::new(TransportErrorKind::Timeout),
    };
    Err(error.with_response(&head))
}

/// Whether hyper reports that it could not connect, or that the connection closed before the request was written.
fn is_unsent(cause: &(dyn StdError + 'static)) -> bool {
    cause.downcast_ref().is_some_and(legacy::Error::is_connect)
        || cause.downcast_ref().is_some_and(hyper::Error::is_canceled)
}

/// Waits for a random time inside the range.
pub(crate) async fn sleep(delay: Delay) {
    tokio::time::sleep(delay.sample(random())).await;
}

pub(crate) fn random_request_id() -> ClientRequestId {
    ClientRequestId::from_random(u128::from(random()) << 64 | u128::from(random()))
}

/// The keys of a new `RandomState` differ each time, which is enough to spread callers over time.
fn random() -> u64 {
    RandomState::new().hash_one(())
}
