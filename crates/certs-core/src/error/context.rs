//! What is known about a failed call.

use std::fmt;
use std::time::Duration;

use http::StatusCode;
use http::uri::Authority;

use crate::endpoint::Endpoint;
use crate::request_id::{ClientRequestId, RequestId};

/// What is known about a failed call.
///
/// For a mock, use [`new`](Self::new) and set the fields.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallContext {
    /// The endpoint that was called.
    pub endpoint: &'static Endpoint,
    /// The host that was called, with its port unless it is the default one.
    pub host: Authority,
    /// The number of requests that were made.
    pub attempts: u32,
    /// The status of the last response, complete or not.
    pub status: Option<StatusCode>,
    /// The request id that the server assigned to the last request.
    pub request_id: Option<RequestId>,
    /// The client request id of the last request.
    pub client_request_id: Option<ClientRequestId>,
    /// How long the server requires to wait, if it requires that.
    pub server_delay: Option<Duration>,
    /// Whether any attempt may have been carried out.
    pub may_have_acted: bool,
    /// Whether the same call may be made again safely and may then succeed.
    pub retryable: bool,
}

impl CallContext {
    /// The context of a call that made one request to this endpoint of `api.openai.com`, with nothing else known.
    #[must_use]
    pub fn new(endpoint: &'static Endpoint) -> Self {
        Self {
            endpoint,
            host: Authority::from_static("api.openai.com"),
            attempts: 1,
            status: None,
            request_id: None,
            client_request_id: None,
            server_delay: None,
            may_have_acted: false,
            retryable: false,
        }
    }

    /// Sets the status of the last response.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = Some(status);
        self
    }

    /// Sets the request id that the server assigned to the last request.
    #[must_use]
    pub fn with_request_id(mut self, id: RequestId) -> Self {
        self.request_id = Some(id);
        self
    }

    /// Sets whether any attempt may have been carried out.
    #[must_use]
    pub fn with_may_have_acted(mut self, may_have_acted: bool) -> Self {
        self.may_have_acted = may_have_acted;
        self
    }
}

impl fmt::Display for CallContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.endpoint.operation_id, self.host)?;
        if self.attempts > 1 {
            write!(f, " ({} attempts)", self.attempts)?;
        }
        Ok(())
    }
}
