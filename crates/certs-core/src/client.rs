//! The client over any transport: the retry loop, paging and series, each written once.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;

use http::Response;

use crate::lane::Lane;
use crate::{
    Api, Call, Delay, Endpoint, Error, Next, Operation, Pacer, Paged, Paging, Reply, Retry,
    Stopped, Transport, TransportError, TransportErrorKind, Unfinished,
};

/// Calls the API through a transport.
///
/// ```
/// use certs_core::{CertificateIds, Client, Deactivate, Error, Scope, Transport};
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
    lane: Lane,
}

impl<T: Transport> Client<T> {
    /// A client with the default [`Retry`] and without a pacer.
    pub fn new(api: Api, transport: T) -> Self {
        Self { api, transport, retry: Retry::default(), lane: Lane::default() }
    }

    /// Bounds each call like this.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// Keeps below a rate. Waiting for the pacer before the first request is not part of a call's
    /// deadline.
    #[must_use]
    pub fn with_pacer(mut self, pacer: Pacer) -> Self {
        self.lane = Lane::of(pacer);
        self
    }

    /// The transport below.
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
        self.answered(operation).await.read()
    }

    /// [`call`](Self::call), but a success is still to be read.
    async fn answered<O: Operation>(&self, operation: O) -> Answered<O> {
        let mut call = match Call::new(&self.api, operation, self.retry.clone()) {
            Ok(call) => call,
            Err(error) => return Answered::Read(Err(error)),
        };
        self.wait_for_a_place(call.endpoint()).await;
        let started = self.transport.now();
        let elapsed = || self.transport.now().saturating_sub(started);
        loop {
            let within = call.time_left(elapsed());
            // No time is no attempt: a transport must not even begin.
            let outcome = match within.is_zero() {
                true => Err(TransportError::new(TransportErrorKind::Connect)),
                false => self.transport.send(call.request(), within).await,
            };
            let outcome = match outcome {
                Ok(response) if response.status().is_success() => {
                    return Answered::Unread(call, response);
                }
                outcome => outcome,
            };
            match call.answer(outcome, elapsed()) {
                Next::Done(result) => return Answered::Read(result),
                Next::Retry(delay, again) => {
                    let place = self.lane.reserve_again(&again, self.transport.now());
                    let after = elapsed().saturating_add(place.wait);
                    // Counted also if the deadline does not let it be awaited, so that others keep their
                    // distance.
                    let wait = match again.time_left(after).is_zero() {
                        true => delay,
                        false => delay.no_sooner_than(place.wait),
                    };
                    self.transport.pause(wait).await;
                    place.take();
                    call = again;
                }
            }
        }
    }

    /// Goes through a list page by page.
    pub fn pages<O: Paged>(&self, first: O) -> Pages<'_, T, O> {
        Pages { client: self, paging: Paging::new(first) }
    }

    /// Reads a whole list, each page on its way while the one before is read; an item that comes twice is
    /// kept once.
    ///
    /// # Errors
    ///
    /// [`Unfinished`], with what was read so far.
    pub async fn all<O: Paged>(&self, first: O) -> Result<Vec<O::Item>, Unfinished<O::Item>> {
        let mut seen = BTreeSet::new();
        let mut read = Vec::new();
        let keep = |items: Vec<O::Item>| {
            read.extend(items.into_iter().filter(|item| seen.insert(O::id(item).to_owned())));
        };
        match self.pages(first).for_each(keep).await {
            Ok(()) => Ok(read),
            Err(error) => Err(Unfinished { read, error }),
        }
    }

    /// Carries out operations one after the other and stops at the first that fails.
    ///
    /// For more than ten certificates: see
    /// [`CertificateIds::batches`](certs_types::CertificateIds::batches). Each call is atomic, the
    /// series is not.
    ///
    /// # Errors
    ///
    /// [`Stopped`], with what was done and what remains.
    pub async fn series<O: Operation>(
        &self,
        operations: impl IntoIterator<Item = O>,
    ) -> Result<Vec<Reply<O::Output>>, Box<Stopped<O>>> {
        let mut operations = operations.into_iter();
        let mut done = Vec::new();
        while let Some(operation) = operations.next() {
            match self.call(&operation).await {
                Ok(reply) => done.push(reply),
                Err(error) => {
                    let rest = operations.collect();
                    return Err(Box::new(Stopped { done, failed: operation, rest, error }));
                }
            }
        }
        Ok(done)
    }

    async fn wait_for_a_place(&self, endpoint: &'static Endpoint) {
        let place = self.lane.reserve(endpoint, self.transport.now());
        if !place.wait.is_zero() {
            self.transport.pause(Delay::exactly(place.wait)).await;
            // Meanwhile the server may have asked another call to wait.
            let held = self.lane.held(self.transport.now());
            if !held.is_zero() {
                self.transport.pause(Delay::exactly(held)).await;
            }
        }
        place.take();
    }
}

/// The pages of a list, from [`Client::pages`].
#[derive(Debug)]
pub struct Pages<'a, T, O> {
    client: &'a Client<T>,
    paging: Paging<O>,
}

impl<T: Transport, O: Paged> Pages<'_, T, O> {
    /// The items of the next page; `None` when the list has ended or an error was given.
    ///
    /// After an error of a call the same page is asked for again, so going on is possible.
    pub async fn next(&mut self) -> Option<Result<Vec<O::Item>, Unfinished<O::Item>>> {
        Some(match self.client.call(self.paging.next()?).await {
            Ok(reply) => self.paging.answer(reply.value),
            Err(error) => Err(Unfinished { read: Vec::new(), error }),
        })
    }

    /// Gives the items of all further pages to `take`, a page at a time.
    ///
    /// Faster than [`next`](Self::next), because the page behind is on its way while one is read. It
    /// costs no request more: who reads to the end needs them all. The time of that call runs while
    /// `take` works, so nothing slow belongs there.
    ///
    /// # Errors
    ///
    /// What broke the list off, when `take` has had all that was read before. After an error of a call,
    /// going on is possible as with [`next`](Self::next).
    pub async fn for_each(&mut self, mut take: impl FnMut(Vec<O::Item>)) -> Result<(), Error> {
        let Some(first) = self.paging.next() else { return Ok(()) };
        let mut coming = pin!(self.client.answered(first.clone()));
        let mut come = None;
        loop {
            let answered = match come.take() {
                Some(answered) => answered,
                None => coming.as_mut().await,
            };
            let ahead = self.paging.ahead(answered.body());
            let is_asked = ahead.is_some();
            if let Some(next) = ahead {
                coming.set(self.client.answered(next));
                come = begin(coming.as_mut()).await;
            }
            match self.paging.answer(answered.read()?.value) {
                Ok(items) => take(items),
                Err(Unfinished { read, error }) => {
                    take(read);
                    return Err(error);
                }
            }
            let Some(next) = self.paging.next() else { return Ok(()) };
            if !is_asked {
                coming.set(self.client.answered(next.clone()));
            }
        }
    }
}

/// Brings a call on its way; gives its result if that is there at once.
async fn begin<F: Future>(mut call: Pin<&mut F>) -> Option<F::Output> {
    let mut polled = false;
    poll_fn(|context| {
        if polled {
            return Poll::Ready(None);
        }
        polled = true;
        match call.as_mut().poll(context) {
            Poll::Ready(result) => Poll::Ready(Some(result)),
            Poll::Pending => {
                // Others have their turn now, such as a task that writes requests.
                context.waker().wake_by_ref();
                Poll::Pending
            }
        }
    })
    .await
}

/// How a call ended.
#[allow(clippy::large_enum_variant, reason = "the large one is what nearly always comes")]
enum Answered<O: Operation> {
    Unread(Call<O>, Response<Vec<u8>>),
    Read(Result<Reply<O::Output>, Error>),
}

impl<O: Operation> Answered<O> {
    /// What is still to be read.
    fn body(&self) -> &[u8] {
        match self {
            Self::Unread(_, response) => response.body(),
            Self::Read(_) => &[],
        }
    }

    fn read(self) -> Result<Reply<O::Output>, Error> {
        match self {
            Self::Unread(call, response) => call.accepted(&response),
            Self::Read(result) => result,
        }
    }
}
