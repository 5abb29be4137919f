//! Helpers for several tests.

use certs_core::bytes::Bytes;
use certs_core::transport::{TransportError, TransportErrorKind};
use certs_core::types::CertificateId;
use certs_core::{AdminKey, Api};
use certs_emulator::pki::Authority;
use certs_testing::{Scripted, ScriptedResponse};
use http::{HeaderName, HeaderValue, Response, StatusCode};

/// A key that is easy to find in output, which must not contain it.
pub(crate) const KEY: &str = "sk-admin-QZXJVWKPHGQZXJVWKPHG";

/// An empty list.
pub(crate) const EMPTY_LIST: &str = r#"{"object":"list","data":[],"has_more":false}"#;

/// The API at an address to which no test connects.
pub(crate) fn api() -> Api {
    api_at("https://api.example/v1")
}

/// The API at this base URL.
pub(crate) fn api_at(base: &str) -> Api {
    Api::new(base.parse().unwrap(), AdminKey::new(KEY.into()).unwrap())
}

pub(crate) fn id(text: &str) -> CertificateId {
    text.parse().unwrap()
}

/// The outcome of one request.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    Response { status: u16, headers: Vec<(String, String)>, body: Bytes },
    Failure(TransportErrorKind),
}

impl Outcome {
    pub(crate) fn response(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::Response { status, headers: Vec::new(), body: body.into().into() }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        if let Self::Response { headers, .. } = &mut self {
            headers.push((name.into(), value.into()));
        }
        self
    }

    pub(crate) fn result(&self) -> Result<Response<Bytes>, TransportError> {
        match self {
            Self::Failure(kind) => Err(TransportError::new(*kind)),
            Self::Response { status, headers, body } => {
                let mut response = Response::new(body.clone());
                *response.status_mut() = StatusCode::from_u16(*status).unwrap();
                for (name, value) in headers {
                    response.headers_mut().append(
                        name.parse::<HeaderName>().unwrap(),
                        value.parse::<HeaderValue>().unwrap(),
                    );
                }
                Ok(response)
            }
        }
    }
}

/// A transport with these outcomes, one for each request.
pub(crate) fn scripted(outcomes: impl IntoIterator<Item = Outcome>) -> Scripted {
    Scripted::new(outcomes.into_iter().map(|outcome| match outcome.result() {
        Ok(response) => response.into(),
        Err(error) => ScriptedResponse::failure(error.kind()),
    }))
}

/// A CA certificate that the emulator accepts.
pub(crate) fn pem() -> String {
    Authority::new("Root").unwrap().certificate()
}
