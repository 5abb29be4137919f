//! The client over any transport: the retry loop, paging, series and confirmation, each written once.

mod confirm;
mod lists;
mod lost_upload;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Response;

use crate::api::Api;
use crate::call::{Assessment, Call, Reply, Step};
use crate::delay::Delay;
use crate::endpoint::Endpoint;
use crate::error::{Error, TransportError, TransportErrorKind};
use crate::event::{self, Event, Observers, WaitReason};
use crate::local::LocalTransport;
use crate::operation::Operation;
use crate::pacer::{Reservation, SharedPacer};
use crate::request_id::ClientRequestId;
use crate::retry::Retry;
use crate::transport::Attempt;

pub use lists::Pages;

/// Calls the API through a transport.
///
/// ```
/// use certs_core::operations::{Deactivate, Scope};
/// use certs_core::transport::Transport;
/// use certs_core::types::CertificateIds;
/// use certs_core::{Client, Error};
///
/// async fn retire<T: Transport>(client: &Client<T>, ids: CertificateIds) -> Result<(), Error> {
///     let deactivate = Deactivate::new(Scope::Organization, ids);
///     let reply = client.call(&deactivate).await?;
///     for certificate in deactivate.unconfirmed(&reply.value) {
///         eprintln!("not confirmed: {}", certificate.id());
///     }
///     Ok(())
/// }
/// ```
///
/// Clones share the pacer, and the transport's connections if its clones share them.
#[derive(Debug, Clone)]
pub struct Client<T> {
    api: Api,
    transport: T,
    retry: Retry,
    pacer: Option<SharedPacer>,
    request_ids: RequestIds,
    observers: Observers,
}

impl<T: LocalTransport> Client<T> {
    /// A client with the default [`Retry`] and without a pacer.
    pub fn new(api: Api, transport: T) -> Self {
        Self {
            api,
            transport,
            retry: Retry::default(),
            pacer: None,
            request_ids: RequestIds::default(),
            observers: Observers::default(),
        }
    }

    /// Sets the number of attempts and the time limits of each call.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// Waits for the server's rate limit with this pacer.
    ///
    /// A request that the rate limit refuses (429) is then repeated until the deadline, and does not count as one of
    /// the [attempts](Retry::attempts). If it is known that the rate limit allows no request before the deadline, the
    /// call ends at once with [`Error::RateLimited`].
    #[must_use]
    pub fn with_pacer(mut self, pacer: SharedPacer) -> Self {
        self.pacer = Some(pacer);
        self
    }

    /// Takes the client request ids from this function instead of from the transport.
    ///
    /// It is called once for each request and should return a different id each time.
    #[must_use]
    pub fn with_client_request_ids(
        mut self,
        source: impl Fn() -> ClientRequestId + Send + Sync + 'static,
    ) -> Self {
        self.request_ids = RequestIds(Some(Arc::new(source)));
        self
    }

    /// Adds a function that is called with each [`Event`] of calls.
    ///
    /// The call waits for it, so it should return quickly.
    #[must_use]
    pub fn with_observer(mut self, observer: impl Fn(&Event<'_>) + Send + Sync + 'static) -> Self {
        self.observers.add(observer);
        self
    }

    /// The same client over another transport, such as one that wraps the transport of this one.
    pub fn map_transport<U>(self, map: impl FnOnce(T) -> U) -> Client<U> {
        let Self { api, transport, retry, pacer, request_ids, observers } = self;
        Client { api, transport: map(transport), retry, pacer, request_ids, observers }
    }

    /// The transport that sends the requests.
    pub fn transport(&self) -> &T {
        &self.transport
    }

    /// The API that is called.
    pub fn api(&self) -> &Api {
        &self.api
    }

    /// Carries out an operation, given by value or by reference.
    ///
    /// It makes no additional request to confirm a change. If the future is dropped, the call stops, and it is not
    /// known whether the operation was carried out.
    ///
    /// # Errors
    ///
    /// [`Error`], whose [`may_have_acted`](Error::may_have_acted) shows whether the change may have been made.
    pub async fn call<O: Operation>(&self, operation: O) -> Result<Reply<O::Output>, Error> {
        let call = Call::new(&self.api, operation, self.retry.clone())?;
        event::in_span(call.endpoint(), self.run(call)).await
    }

    async fn run<O: Operation>(&self, mut call: Call<O>) -> Result<Reply<O::Output>, Error> {
        let started = self.transport.now();
        let elapsed = || self.transport.now().saturating_sub(started);
        if self.pacer.is_some() {
            call.set_paced();
        }
        loop {
            if let Some(id) = self.next_request_id() {
                call.set_client_request_id(id);
            }
            let reservation = self.reserve(&call, elapsed).await?;
            let attempt = call.attempt(elapsed());
            // A request must not be sent when the timeout is zero.
            let step = if attempt.timeout.is_zero() {
                drop(reservation);
                let unsent = TransportError::new(TransportErrorKind::Connect);
                call.handle_response(Err::<Response<Bytes>, _>(unsent), elapsed())
            } else {
                let (outcome, assessment) = self.send(&call, attempt, reservation).await;
                call.handle_assessed(outcome, assessment, elapsed())
            };
            match step {
                Step::Done(result) => return result,
                Step::Retry(delay, again) => {
                    call = again;
                    if !delay.max.is_zero() {
                        let required = call.server_delay().is_some();
                        let reason =
                            if required { WaitReason::Server } else { WaitReason::Backoff };
                        self.wait(call.endpoint(), reason, delay).await;
                    }
                }
            }
        }
    }

    /// Sends the request of a call once, and reports it to the pacer and the observers.
    async fn send<O: Operation>(
        &self,
        call: &Call<O>,
        attempt: Attempt,
        reservation: Option<Reservation>,
    ) -> (Result<Response<Bytes>, TransportError>, Assessment) {
        let request = call.request();
        let (uri, effect) = (request.uri().clone(), O::EFFECT);
        self.observers.emit(&Event::AttemptStarted { attempt: &attempt, uri: &uri, effect });
        let started = self.transport.now();
        let in_flight = reservation.map(Reservation::start);
        let outcome = self.transport.send(request, attempt.clone()).await;
        let ended = self.transport.now();
        if let Some(in_flight) = in_flight {
            in_flight.finish(&outcome, ended);
        }
        let assessment = call.assess(&outcome);
        self.observers.emit(&Event::AttemptEnded {
            attempt: &attempt,
            uri: &uri,
            effect,
            duration: ended.saturating_sub(started),
            status: assessment.status,
            request_id: assessment.request_id.as_ref(),
            server_time: assessment.sent_at,
            error: outcome.as_ref().err(),
            may_have_acted: assessment.decision.may_have_acted,
        });
        (outcome, assessment)
    }

    async fn wait(&self, endpoint: &'static Endpoint, reason: WaitReason, delay: Delay) {
        self.observers.emit(&Event::Waiting { endpoint, reason, delay });
        self.transport.sleep(delay).await;
    }

    fn next_request_id(&self) -> Option<ClientRequestId> {
        match &self.request_ids.0 {
            Some(source) => Some(source()),
            None => self.transport.client_request_id(),
        }
    }

    /// Waits until the pacer allows the next request, but not beyond the deadline.
    async fn reserve<O: Operation>(
        &self,
        call: &Call<O>,
        elapsed: impl Fn() -> Duration,
    ) -> Result<Option<Reservation>, Error> {
        let Some(pacer) = &self.pacer else { return Ok(None) };
        loop {
            match pacer.try_reserve(call.endpoint(), self.transport.now()) {
                Ok(reservation) => return Ok(Some(reservation)),
                Err(wait) if wait < call.until_deadline(elapsed()) => {
                    self.wait(call.endpoint(), WaitReason::Pace, Delay::exactly(wait)).await;
                }
                Err(_) => return Err(call.rate_limited()),
            }
        }
    }
}

/// The caller's source of request ids; the transport's if there is none.
#[derive(Clone, Default)]
struct RequestIds(Option<Arc<dyn Fn() -> ClientRequestId + Send + Sync>>);

impl fmt::Debug for RequestIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "RequestIds(own)" } else { "RequestIds(transport)" })
    }
}
