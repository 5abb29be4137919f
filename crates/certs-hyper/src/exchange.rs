//! What all transports of this crate do alike: one exchange through anything that takes a request, and
//! a pause.

use std::future::poll_fn;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use certs_core::{Delay, TransportError, TransportErrorKind};
use http::{Request, Response};
use hyper::body::Body;
use tokio::time::{Instant, sleep, timeout_at};
use tower_service::Service;

use crate::body::{Begun, RequestBody, Unread, read};
use crate::connect::BoxError;
#[cfg(feature = "tls")]
use crate::handshake;

/// The answer and its body, or what became of the request.
pub(crate) async fn exchange<S, B>(
    mut service: S,
    request: Request<Vec<u8>>,
    within: Duration,
    largest_answer: usize,
) -> Result<Response<Vec<u8>>, TransportError>
where
    S: Service<Request<RequestBody>, Response = Response<B>>,
    S::Error: Into<BoxError>,
    B: Body,
    B::Error: Into<BoxError>,
{
    let until = Instant::now() + within;
    let begun = Begun::default();
    let failed = |kind| match begun.get() {
        true => TransportError::new(kind),
        false => TransportError::new(TransportErrorKind::Connect),
    };
    let request = request.map(|body| RequestBody::new(body, begun.clone()));
    let answering = async {
        poll_fn(|context| service.poll_ready(context)).await?;
        service.call(request).await
    };
    let response = match timeout_at(until, answering).await {
        Ok(answered) => answered.map_err(|error| {
            let error = error.into();
            #[cfg(feature = "tls")]
            if handshake::is_refusal(&*error) {
                let error = handshake::explain(error);
                return TransportError::new(TransportErrorKind::Connect).because(error);
            }
            failed(TransportErrorKind::Interrupted).because(error)
        })?,
        Err(_) => return Err(failed(TransportErrorKind::Timeout)),
    };
    let (head, body) = response.into_parts();
    let head = Response::from_parts(head, ());
    let error = match timeout_at(until, read(body, largest_answer)).await {
        Ok(Ok(body)) => return Ok(head.map(|()| body)),
        Ok(Err(Unread::Broken(error))) => {
            TransportError::new(TransportErrorKind::Interrupted).because(error)
        }
        Ok(Err(Unread::TooLarge)) => TransportError::new(TransportErrorKind::TooLarge),
        Err(_) => TransportError::new(TransportErrorKind::Timeout),
    };
    Err(error.in_answer(&head))
}

/// Waits for a random time inside the range.
pub(crate) async fn pause(delay: Delay) {
    // The keys of a new `RandomState` differ each time: dice enough to keep callers out of step.
    sleep(delay.chosen_by(RandomState::new().hash_one(()))).await;
}
