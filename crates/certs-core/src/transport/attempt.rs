//! One attempt at a call.

use std::time::Duration;

use crate::endpoint::Endpoint;
use crate::request_id::ClientRequestId;

/// What a transport needs to know about a request.
///
/// A [`Client`](crate::Client) creates one for each request; in a loop of your own, use
/// [`Call::attempt`](crate::call::Call::attempt). Middleware can use it in logs and metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// The endpoint that is called.
    pub endpoint: &'static Endpoint,
    /// The number of the request in its call, counted from 1.
    pub number: u32,
    /// The time limit, from connecting to the last byte of the response: at most a day. A
    /// [`Client`](crate::Client) sends nothing when it is zero.
    pub timeout: Duration,
    /// Whether the request needs a connection that was not used before.
    ///
    /// It is true for operations that are not idempotent, such as an upload: a server may close an old connection while
    /// the request is sent, and then it is unknown whether the request arrived.
    pub fresh_connection: bool,
    /// The client request id of this request, which is already in its headers.
    pub client_request_id: Option<ClientRequestId>,
}

impl Attempt {
    /// The first attempt of a call, over any connection.
    #[must_use]
    pub fn new(endpoint: &'static Endpoint, timeout: Duration) -> Self {
        Self { endpoint, number: 1, timeout, fresh_connection: false, client_request_id: None }
    }

    /// Sets the number of the request in its call.
    #[must_use]
    pub fn with_number(mut self, number: u32) -> Self {
        self.number = number;
        self
    }

    /// Requires a connection that was not used before.
    #[must_use]
    pub fn with_fresh_connection(mut self) -> Self {
        self.fresh_connection = true;
        self
    }

    /// Sets the client request id.
    #[must_use]
    pub fn with_client_request_id(mut self, id: ClientRequestId) -> Self {
        self.client_request_id = Some(id);
        self
    }
}
