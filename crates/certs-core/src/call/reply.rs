//! A successful response.

use certs_types::Timestamp;

use crate::request_id::RequestId;

/// A successful response.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reply<T> {
    /// The decoded body.
    pub value: T,
    /// The request id that the server assigned to the last request.
    pub request_id: Option<RequestId>,
    /// The number of requests that the call made.
    pub attempts: u32,
    /// The server's time when it sent the response, from the header `Date`.
    pub server_time: Option<Timestamp>,
}

impl<T> Reply<T> {
    /// A reply to the first request, without a request id and a server time.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self { value, request_id: None, attempts: 1, server_time: None }
    }

    /// Sets the request id.
    #[must_use]
    pub fn with_request_id(mut self, id: RequestId) -> Self {
        self.request_id = Some(id);
        self
    }

    /// Sets the number of requests that the call made.
    #[must_use]
    pub fn with_attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// Sets the server's time when it sent the response.
    #[must_use]
    pub fn with_server_time(mut self, time: Timestamp) -> Self {
        self.server_time = Some(time);
        self
    }
}
