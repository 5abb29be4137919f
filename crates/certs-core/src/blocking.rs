//! A blocking client, for HTTP stacks without async.
//!
//! [`Client`] runs the one retry loop of this crate over any [`blocking::Transport`](Transport), without
//! an async runtime.
//!
//! ```
//! use std::time::{Duration, Instant};
//! use certs_core::blocking::{Client, Transport};
//! use certs_core::bytes::Bytes;
//! use certs_core::http::{Request, Response};
//! use certs_core::operations::ListProjects;
//! use certs_core::transport::{Attempt, Delay, TransportError};
//! use certs_core::{AdminKey, Api, BaseUrl};
//!
//! /// Sends with a blocking HTTP client. This one always returns the same response.
//! struct Blocking(Instant);
//!
//! impl Transport for Blocking {
//!     fn send(&self, _: Request<Bytes>, _: Attempt) -> Result<Response<Bytes>, TransportError> {
//!         Ok(Response::new(r#"{"object":"list","data":[],"has_more":false}"#.into()))
//!     }
//!
//!     fn sleep(&self, delay: Delay) {
//!         std::thread::sleep(delay.max);
//!     }
//!
//!     fn now(&self) -> Duration {
//!         self.0.elapsed()
//!     }
//! }
//!
//! let api = Api::new(BaseUrl::default(), AdminKey::new("sk-admin-example".into())?);
//! let client = Client::new(api, Blocking(Instant::now()));
//! assert!(client.all(ListProjects::new())?.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use certs_types::{Certificate, CertificateId, CertificateIds, DeleteResponse, ToggleResponse};
use http::{Request, Response};

use crate::api::Api;
use crate::call::Reply;
use crate::client;
use crate::delay::Delay;
use crate::error::{Error, TransportError};
use crate::event::Event;
use crate::local::LocalTransport;
use crate::operation::Operation;
use crate::operations::{Scope, Toggle, Upload};
use crate::pacer::SharedPacer;
use crate::paging::{IncompleteList, Paged};
use crate::request_id::ClientRequestId;
use crate::retry::Retry;
use crate::series::SeriesError;
use crate::transport::Attempt;

/// A [`Transport`](crate::transport::Transport) whose methods block.
pub trait Transport {
    /// Like [`Transport::send`](crate::transport::Transport::send).
    ///
    /// # Errors
    ///
    /// Like [`Transport::send`](crate::transport::Transport::send).
    fn send(
        &self,
        request: Request<Bytes>,
        attempt: Attempt,
    ) -> Result<Response<Bytes>, TransportError>;

    /// Like [`Transport::sleep`](crate::transport::Transport::sleep).
    fn sleep(&self, delay: Delay);

    /// Like [`Transport::now`](crate::transport::Transport::now).
    fn now(&self) -> Duration;

    /// Like [`Transport::client_request_id`](crate::transport::Transport::client_request_id).
    fn client_request_id(&self) -> Option<ClientRequestId> {
        None
    }
}

/// A [`LocalTransport`] over a blocking [`Transport`].
///
/// Its futures block the thread that polls them until they are done, so other tasks of that thread stop. It is for
/// the conformance suite, and for code that is generic over [`LocalTransport`].
#[derive(Debug, Clone, Copy)]
#[allow(clippy::exhaustive_structs, reason = "an adapter has nothing else")]
pub struct AsLocal<T>(pub T);

impl<T: Transport> LocalTransport for AsLocal<T> {
    async fn send(
        &self,
        request: Request<Bytes>,
        attempt: Attempt,
    ) -> Result<Response<Bytes>, TransportError> {
        self.0.send(request, attempt)
    }

    async fn sleep(&self, delay: Delay) {
        self.0.sleep(delay);
    }

    fn now(&self) -> Duration {
        self.0.now()
    }

    fn client_request_id(&self) -> Option<ClientRequestId> {
        self.0.client_request_id()
    }
}

/// Calls the API and blocks until the call has ended.
///
/// It has the methods of the async [`Client`](crate::Client). Clones share the pacer, and the transport's connections
/// if its clones share them.
#[derive(Debug, Clone)]
pub struct Client<T>(client::Client<AsLocal<T>>);

impl<T: Transport> Client<T> {
    /// A client with the default [`Retry`] and without a pacer.
    pub fn new(api: Api, transport: T) -> Self {
        Self(client::Client::new(api, AsLocal(transport)))
    }

    /// Like [`Client::with_retry`](crate::Client::with_retry).
    #[must_use]
    pub fn with_retry(self, retry: Retry) -> Self {
        Self(self.0.with_retry(retry))
    }

    /// Like [`Client::with_pacer`](crate::Client::with_pacer).
    #[must_use]
    pub fn with_pacer(self, pacer: SharedPacer) -> Self {
        Self(self.0.with_pacer(pacer))
    }

    /// Like [`Client::with_client_request_ids`](crate::Client::with_client_request_ids).
    #[must_use]
    pub fn with_client_request_ids(
        self,
        source: impl Fn() -> ClientRequestId + Send + Sync + 'static,
    ) -> Self {
        Self(self.0.with_client_request_ids(source))
    }

    /// Like [`Client::with_observer`](crate::Client::with_observer).
    #[must_use]
    pub fn with_observer(self, observer: impl Fn(&Event<'_>) + Send + Sync + 'static) -> Self {
        Self(self.0.with_observer(observer))
    }

    /// Like [`Client::map_transport`](crate::Client::map_transport).
    pub fn map_transport<U>(self, map: impl FnOnce(T) -> U) -> Client<U> {
        Client(self.0.map_transport(|AsLocal(transport)| AsLocal(map(transport))))
    }

    /// The API that is called.
    pub fn api(&self) -> &Api {
        self.0.api()
    }

    /// The transport that sends the requests.
    pub fn transport(&self) -> &T {
        &self.0.transport().0
    }

    /// Like [`Client::call`](crate::Client::call).
    ///
    /// # Errors
    ///
    /// [`Error`], whose [`may_have_acted`](Error::may_have_acted) shows whether the change may have been made.
    pub fn call<O: Operation>(&self, operation: O) -> Result<Reply<O::Output>, Error> {
        run(self.0.call(operation))
    }

    /// Like [`Client::activate`](crate::Client::activate).
    ///
    /// # Errors
    ///
    /// [`Error`], whose [`may_have_acted`](Error::may_have_acted) shows whether the change may have been made.
    pub fn activate(
        &self,
        scope: impl Into<Scope>,
        ids: impl Into<CertificateIds>,
    ) -> Result<Reply<ToggleResponse>, Error> {
        run(self.0.activate(scope, ids))
    }

    /// Like [`Client::deactivate`](crate::Client::deactivate).
    ///
    /// # Errors
    ///
    /// [`Error`], whose [`may_have_acted`](Error::may_have_acted) shows whether the change may have been made.
    pub fn deactivate(
        &self,
        scope: impl Into<Scope>,
        ids: impl Into<CertificateIds>,
    ) -> Result<Reply<ToggleResponse>, Error> {
        run(self.0.deactivate(scope, ids))
    }

    /// Like [`Client::delete`](crate::Client::delete).
    ///
    /// # Errors
    ///
    /// [`Error`], whose [`may_have_acted`](Error::may_have_acted) shows whether the change may have been made.
    pub fn delete(&self, id: CertificateId) -> Result<Reply<DeleteResponse>, Error> {
        run(self.0.delete(id))
    }

    /// Like [`Client::rename`](crate::Client::rename).
    ///
    /// # Errors
    ///
    /// [`Error`], whose [`may_have_acted`](Error::may_have_acted) shows whether the change may have been made.
    pub fn rename(
        &self,
        id: CertificateId,
        name: impl Into<String>,
    ) -> Result<Reply<Certificate>, Error> {
        run(self.0.rename(id, name))
    }

    /// Like [`Client::upload`](crate::Client::upload).
    ///
    /// # Errors
    ///
    /// [`Error`], whose [`may_have_acted`](Error::may_have_acted) shows whether the change may have been made.
    pub fn upload(&self, upload: Upload) -> Result<Reply<Certificate>, Error> {
        run(self.0.upload(upload))
    }

    /// Like [`Client::toggle`](crate::Client::toggle).
    ///
    /// # Errors
    ///
    /// [`Error`], whose [`may_have_acted`](Error::may_have_acted) shows whether the change may have been made.
    pub fn toggle<const ACTIVE: bool>(
        &self,
        toggle: Toggle<ACTIVE>,
    ) -> Result<Reply<ToggleResponse>, Error> {
        run(self.0.toggle(toggle))
    }

    /// Like [`Client::pages`](crate::Client::pages).
    pub fn pages<O: Paged>(&self, first: O) -> Pages<'_, T, O> {
        Pages(Some(self.0.pages(first)))
    }

    /// Like [`Client::all`](crate::Client::all).
    ///
    /// # Errors
    ///
    /// [`IncompleteList`], with the items that were read before the error.
    pub fn all<O: Paged>(&self, first: O) -> Result<Vec<O::Item>, IncompleteList<O::Item>> {
        run(self.0.all(first))
    }

    /// Like [`Client::series`](crate::Client::series).
    ///
    /// # Errors
    ///
    /// [`SeriesError`], with the operations that were done, the one that failed, and the others.
    pub fn series<O: Operation>(
        &self,
        operations: impl IntoIterator<Item = O>,
    ) -> Result<Vec<Reply<O::Output>>, Box<SeriesError<O>>> {
        run(self.0.series(operations))
    }
}

/// The pages of a list, from [`Client::pages`]. The iterator ends with the list, or after the first error.
#[derive(Debug)]
pub struct Pages<'a, T, O>(Option<client::Pages<&'a client::Client<AsLocal<T>>, O>>);

impl<T: Transport, O: Paged> Iterator for Pages<'_, T, O> {
    type Item = Result<Vec<O::Item>, IncompleteList<O::Item>>;

    fn next(&mut self) -> Option<Self::Item> {
        let page = run(self.0.as_mut()?.next());
        if !matches!(page, Some(Ok(_))) {
            self.0 = None;
        }
        page
    }
}

/// The output of a future over [`AsLocal`], which is never pending.
fn run<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}
