//! What all transports of this crate do alike: one exchange through anything that takes a request, and
//! a pause.

use std::error::Error as StdError;
use std::future::poll_fn;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use certs_core::{Delay, TransportError, TransportErrorKind};
use http::{Request, Response};
use hyper::body::Body;
use hyper_util::client::legacy;
use tokio::time::{Instant, timeout_at};
use tower_service::Service;

use crate::body::{RequestBody, Unread, WriteStarted, read};
use crate::causes::{BoxError, causes};
#[cfg(feature = "tls")]
use crate::handshake;

/// What proves that a request, once handed over, was never sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proof {
    /// hyper did not ask for its body, or the server refused the client's certificate.
    Hyper,
    /// The error itself. Any other service may carry out a request without a look at its body.
    Error,
}

/// The answer and its body, or what became of the request.
pub(crate) async fn exchange<S, B>(
    mut service: S,
    request: Request<Vec<u8>>,
    timeout: Duration,
    max_response_size: usize,
    proof: Proof,
) -> Result<Response<Vec<u8>>, TransportError>
where
    S: Service<Request<RequestBody>, Response = Response<B>>,
    S::Error: Into<BoxError>,
    B: Body,
    B::Error: Into<BoxError>,
{
    let until = Instant::now() + timeout;
    let unsent = TransportError::new(TransportErrorKind::Connect);
    match timeout_at(until, poll_fn(|context| service.poll_ready(context))).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => return Err(unsent.with_source(error)),
        Err(_) => return Err(unsent),
    }
    let begun = WriteStarted::default();
    let request = request.map(|body| RequestBody::new(body, begun.clone()));
    let untouched = || proof == Proof::Hyper && !begun.get();
    let response = match timeout_at(until, service.call(request)).await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => {
            let error = error.into();
            #[cfg(feature = "tls")]
            if proof == Proof::Hyper && handshake::is_refusal(&*error) {
                return Err(unsent.with_source(handshake::explain(error)));
            }
            if untouched() || causes(&*error).any(is_unsent) {
                return Err(unsent.with_source(error));
            }
            return Err(TransportError::new(TransportErrorKind::Interrupted).with_source(error));
        }
        Err(_) if untouched() => return Err(unsent),
        Err(_) => return Err(TransportError::new(TransportErrorKind::Timeout)),
    };
    let (head, body) = response.into_parts();
    let head = Response::from_parts(head, ());
    let error = match timeout_at(until, read(body, max_response_size)).await {
        Ok(Ok(body)) => return Ok(head.map(|()| body)),
        Ok(Err(Unread::Broken(error))) => {
            TransportError::new(TransportErrorKind::Interrupted).with_source(error)
        }
        Ok(Err(Unread::TooLarge)) => TransportError::new(TransportErrorKind::TooLarge),
        Err(_) => TransportError::new(TransportErrorKind::Timeout),
    };
    Err(error.with_response(&head))
}

/// Whether hyper says that it made no connection, or that one ended before the request's turn.
fn is_unsent(cause: &(dyn StdError + 'static)) -> bool {
    cause.downcast_ref().is_some_and(legacy::Error::is_connect)
        || cause.downcast_ref().is_some_and(hyper::Error::is_canceled)
}

/// Waits for a random time inside the range.
pub(crate) async fn sleep(delay: Delay) {
    // The keys of a new `RandomState` differ each time: dice enough to keep callers out of step.
    tokio::time::sleep(delay.sample(RandomState::new().hash_one(()))).await;
}
