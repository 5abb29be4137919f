//! The error responses of the API.

use certs_types::{ErrorBody, ErrorCode, ErrorType};
use http::{Method, StatusCode};

/// An error response.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    /// Boxed to keep `Result`s small.
    pub(crate) body: Box<ErrorBody>,
    /// The `Allow` header of a 405.
    pub(crate) allow: Option<String>,
    /// Why a change could not be stored; the journal shows it.
    pub(crate) storage_error: Option<StorageError>,
}

/// Why a change could not be stored.
#[derive(Debug, Clone)]
pub(crate) struct StorageError(pub(crate) String);

impl Refusal {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        let body = Box::new(ErrorBody::new(ErrorType::INVALID_REQUEST, message));
        Self { status, body, allow: None, storage_error: None }
    }

    /// A 400 about one parameter.
    pub(crate) fn parameter(name: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message).param(name)
    }

    pub(crate) fn param(mut self, name: &str) -> Self {
        self.body.param = Some(name.into());
        self
    }

    pub(crate) fn code(mut self, code: ErrorCode) -> Self {
        self.body.code = Some(code);
        self
    }

    pub(crate) fn unknown_url(method: &Method, path: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("Invalid URL ({method} {path})"))
    }

    pub(crate) fn method_not_allowed(method: &Method, path: &str, allowed: &[Method]) -> Self {
        let names: Vec<_> = allowed.iter().map(Method::as_str).collect();
        let message = format!("Method {method} is not allowed on {path}.");
        Self {
            allow: Some(names.join(", ")),
            ..Self::new(StatusCode::METHOD_NOT_ALLOWED, message)
                .code(ErrorCode::from("method_not_supported"))
        }
    }

    pub(crate) fn too_many_requests() -> Self {
        let message = "You're making too many requests, please slow down.";
        let mut refusal =
            Self::new(StatusCode::TOO_MANY_REQUESTS, message).code(ErrorCode::RATE_LIMIT_EXCEEDED);
        refusal.body.kind = Some(ErrorType::from("requests"));
        refusal
    }

    pub(crate) fn server_error() -> Self {
        let message = "The server had an error while processing your request.";
        let mut refusal = Self::new(StatusCode::INTERNAL_SERVER_ERROR, message);
        refusal.body.kind = Some(ErrorType::SERVER);
        refusal
    }

    /// A 500 with the reason why a change could not be stored.
    pub(crate) fn not_stored(error: &std::io::Error) -> Self {
        let message = format!("The change was not made, because it cannot be stored: {error}.");
        let mut refusal = Self::new(StatusCode::INTERNAL_SERVER_ERROR, message);
        refusal.body.kind = Some(ErrorType::SERVER);
        refusal.storage_error = Some(StorageError(error.to_string()));
        refusal
    }

    pub(crate) fn body_too_large(limit: usize) -> Self {
        let message = format!("The request body has more than {limit} bytes.");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, message)
    }

    pub(crate) fn body_malformed() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "The request body is malformed, or ends too early.")
    }

    pub(crate) fn body_timed_out() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "The request body did not arrive in time.")
    }
}
