//! The client over any transport: the retry loop, paging and series, each written once.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::api::Api;
use crate::call::{Call, Reply, Step};
use crate::delay::Delay;
use crate::error::{Error, TransportError, TransportErrorKind};
use crate::local::LocalTransport;
use crate::operation::Operation;
use crate::pacer::{Reservation, SharedPacer};
use crate::paging::{IncompleteList, Paged, Paging};
use crate::request_id::ClientRequestId;
use crate::retry::Retry;
use crate::series::SeriesError;

/// Calls the API through a transport.
///
/// ```
/// use certs_core::{Client, Error};
/// use certs_core::types::CertificateIds;
/// use certs_core::operations::{Deactivate, Scope};
/// use certs_core::transport::Transport;
///
/// async fn retire<T: Transport>(client: &Client<T>, ids: CertificateIds) -> Result<(), Error> {
///     let deactivate = Deactivate::new(Scope::Organization, ids);
///     let reply = client.call(&deactivate).await?;
///     for doubt in deactivate.unconfirmed(&reply.value) {
///         eprintln!("not confirmed: {}", doubt.id());
///     }
///     Ok(())
/// }
/// ```
///
/// Clones share the transport's connections, if it shares them, and the pacer.
#[derive(Debug, Clone)]
pub struct Client<T> {
    api: Api,
    transport: T,
    retry: Retry,
    pacer: Option<SharedPacer>,
    request_ids: RequestIds,
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
        }
    }

    /// Bounds each call like this.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// Waits for the server's rate limit with this pacer.
    ///
    /// A 429 that means a rate is then repeated until the deadline and does not count as one of the
    /// [attempts](Retry::attempts). Waiting is part of the deadline: when it is known that the rate limit allows no
    /// request before it, the call ends at once with [`Error::RateLimited`].
    #[must_use]
    pub fn with_pacer(mut self, pacer: SharedPacer) -> Self {
        self.pacer = Some(pacer);
        self
    }

    /// Names each request with an id from this source, in place of the transport's own.
    ///
    /// The source is called once for each request, and its ids should all be different.
    #[must_use]
    pub fn with_request_ids(
        mut self,
        source: impl Fn() -> ClientRequestId + Send + Sync + 'static,
    ) -> Self {
        self.request_ids = RequestIds(Some(Arc::new(source)));
        self
    }

    /// The transport that sends the requests.
    pub fn transport(&self) -> &T {
        &self.transport
    }

    /// Carries out an operation, given by value or by reference.
    ///
    /// Dropping the future stops the call; whether it was carried out is then not known.
    ///
    /// # Errors
    ///
    /// [`Error`], which says whether the change may have been made all the same.
    pub async fn call<O: Operation>(&self, operation: O) -> Result<Reply<O::Output>, Error> {
        let started = self.transport.now();
        let elapsed = || self.transport.now().saturating_sub(started);
        let mut call = Call::new(&self.api, operation, self.retry.clone())?;
        if self.pacer.is_some() {
            call = call.paced();
        }
        loop {
            if let Some(id) = self.next_request_id() {
                call = call.with_client_request_id(id);
            }
            let reservation = self.reserve(&call, elapsed).await?;
            let attempt = call.attempt(elapsed());
            // A request must not be sent when the timeout is zero.
            let outcome = if attempt.timeout.is_zero() {
                drop(reservation);
                Err(TransportError::new(TransportErrorKind::Connect))
            } else {
                let in_flight = reservation.map(Reservation::start);
                let outcome = self.transport.send(call.request(), attempt).await;
                if let Some(in_flight) = in_flight {
                    in_flight.finish(&outcome, self.transport.now());
                }
                outcome
            };
            match call.handle_response(outcome, elapsed()) {
                Step::Done(result) => return result,
                Step::Retry(delay, again) => {
                    if !delay.max.is_zero() {
                        self.transport.sleep(delay).await;
                    }
                    call = again;
                }
            }
        }
    }

    /// Goes through a list page by page.
    pub fn pages<O: Paged>(&self, first: O) -> Pages<'_, T, O> {
        Pages { client: self, paging: Paging::new(first) }
    }

    /// Reads a whole list; an item that comes twice is kept once.
    ///
    /// # Errors
    ///
    /// [`IncompleteList`], with what was read so far.
    pub async fn all<O: Paged>(&self, first: O) -> Result<Vec<O::Item>, IncompleteList<O::Item>> {
        let mut pages = self.pages(first);
        let mut seen = BTreeSet::new();
        let mut read = Vec::new();
        while let Some(page) = pages.next().await {
            let (items, error) = match page {
                Ok(items) => (items, None),
                Err(IncompleteList { read, error }) => (read, Some(error)),
            };
            read.extend(items.into_iter().filter(|item| seen.insert(O::id(item).to_owned())));
            if let Some(error) = error {
                return Err(IncompleteList { read, error });
            }
        }
        Ok(read)
    }

    /// Carries out operations one after the other and stops at the first that fails.
    ///
    /// For more than ten certificates: see
    /// [`CertificateIds::batches`](certs_types::CertificateIds::batches). Each call is atomic, the
    /// series is not.
    ///
    /// # Errors
    ///
    /// [`SeriesError`], with what was done and what remains.
    pub async fn series<O: Operation>(
        &self,
        operations: impl IntoIterator<Item = O>,
    ) -> Result<Vec<Reply<O::Output>>, Box<SeriesError<O>>> {
        let mut operations = operations.into_iter();
        let mut done = Vec::new();
        while let Some(operation) = operations.next() {
            match self.call(&operation).await {
                Ok(reply) => done.push(reply),
                Err(error) => {
                    let rest = operations.collect();
                    return Err(Box::new(SeriesError { done, failed: operation, rest, error }));
                }
            }
        }
        Ok(done)
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
                    self.transport.sleep(Delay::exactly(wait)).await;
                }
                Err(_) => return Err(call.rate_limited()),
            }
        }
    }
}

/// The pages of a list, from [`Client::pages`].
#[derive(Debug)]
pub struct Pages<'a, T, O> {
    client: &'a Client<T>,
    paging: Paging<O>,
}

impl<T: LocalTransport, O: Paged> Pages<'_, T, O> {
    /// The items of the next page; `None` when the list has ended or an error was given.
    ///
    /// After an error of a call the same page is asked for again, so going on is possible.
    pub async fn next(&mut self) -> Option<Result<Vec<O::Item>, IncompleteList<O::Item>>> {
        Some(match self.client.call(self.paging.next()?).await {
            Ok(reply) => self.paging.handle_page(reply.value),
            Err(error) => Err(IncompleteList { read: Vec::new(), error }),
        })
    }
}

/// The caller's source of request ids; the transport's where there is none.
#[derive(Clone, Default)]
struct RequestIds(Option<Arc<dyn Fn() -> ClientRequestId + Send + Sync>>);

impl fmt::Debug for RequestIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "RequestIds(own)" } else { "RequestIds(transport)" })
    }
}
