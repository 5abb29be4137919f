//! One attempt at a call.

use std::time::Duration;

use crate::endpoint::Endpoint;
use crate::request_id::ClientRequestId;

/// What a transport needs to know about the request that it sends.
///
/// A [`Client`](crate::Client) makes one for each request, and [`Call::attempt`](crate::call::Call::attempt)
/// one for a loop of your own. Middleware labels its logs and metrics with it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// The endpoint that is called.
    pub endpoint: &'static Endpoint,
    /// Which request of the call this is, counted from 1.
    pub number: u32,
    /// How long it may take, from connecting to the last byte of the response. Never zero and at most
    /// a day.
    pub timeout: Duration,
    /// Whether the request needs a connection that was not used before.
    ///
    /// True for what must not be made twice, such as an upload: a server may close an old connection
    /// just as the request leaves, and then it is unknown whether it arrived.
    pub fresh_connection: bool,
    /// The client's own name for this request, which is among its headers already.
    pub client_request_id: Option<ClientRequestId>,
}

impl Attempt {
    /// The first attempt at a call of this endpoint, over any connection.
    #[must_use]
    pub fn new(endpoint: &'static Endpoint, timeout: Duration) -> Self {
        Self { endpoint, number: 1, timeout, fresh_connection: false, client_request_id: None }
    }

    /// Sets which request of the call this is.
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

    /// Sets the client's own name for the request.
    #[must_use]
    pub fn with_client_request_id(mut self, id: ClientRequestId) -> Self {
        self.client_request_id = Some(id);
        self
    }
}
