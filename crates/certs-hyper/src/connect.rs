//! Connecting within a time limit.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use tower_service::Service;

use crate::error_chain::{BoxError, error_chain};
use crate::explain::{self, ConnectError};

pub(crate) type BoxFuture<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>>;

/// A connector with a time limit for the whole connection: TCP, proxy and TLS handshake.
#[derive(Debug, Clone)]
pub(crate) struct Timed<C> {
    pub(crate) inner: C,
    pub(crate) limit: Duration,
}

impl<C> Service<Uri> for Timed<C>
where
    C: Service<Uri>,
    C::Error: Into<BoxError>,
    C::Future: Send + 'static,
{
    type Response = C::Response;
    type Error = BoxError;
    type Future = BoxFuture<C::Response>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        let phase = Phase::current();
        phase.set(format!("no connection to {}", target.host().unwrap_or_default()));
        let connecting = PHASE.sync_scope(phase.clone(), || self.inner.call(target));
        let limit = self.limit;
        Box::pin(async move {
            match tokio::time::timeout(limit, connecting).await {
                Ok(Ok(connected)) => {
                    phase.set(String::new());
                    Ok(connected)
                }
                Ok(Err(error)) => Err(phase.explain(error.into())),
                Err(_) => Err(phase.error(within(limit))),
            }
        })
    }
}

tokio::task_local! {
    /// The phase of the connection that is about to be made.
    static PHASE: Phase;
}

/// What a connection is waiting for, for the error after a timeout. Clones share it.
///
/// The connectors are nested, and the outer one can pass only the URL to the inner one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Phase(Arc<Mutex<String>>);

impl Phase {
    /// The phase of the connection that the caller is making.
    pub(crate) fn current() -> Self {
        PHASE.try_with(Clone::clone).unwrap_or_default()
    }

    /// Gives this phase to the connection that a request makes.
    pub(crate) fn scope<F: Future>(&self, request: F) -> impl Future<Output = F::Output> {
        PHASE.scope(self.clone(), request)
    }

    /// The error of a request whose time was over before there was a connection; `None` if there was one.
    pub(crate) fn timed_out(&self, limit: Duration) -> Option<BoxError> {
        let is_connected = self.missing().is_empty();
        (!is_connected).then(|| self.error(within(limit)))
    }

    pub(crate) fn set(&self, missing: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = missing;
    }

    fn explain(&self, error: BoxError) -> BoxError {
        let known = error_chain(&*error).find_map(explain::known);
        known.unwrap_or_else(|| self.error(format!("({})", explain::explain(error))))
    }

    fn error(&self, reason: String) -> BoxError {
        Box::new(ConnectError::new(self.missing(), reason))
    }

    fn missing(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn within(limit: Duration) -> String {
    format!("within {} s", limit.as_secs_f64())
}

pub(crate) fn tcp() -> HttpConnector {
    let mut tcp = HttpConnector::new();
    tcp.set_nodelay(true);
    tcp.enforce_http(false);
    tcp
}
