//! What both transports share: one request and its response through a service, and sleeping.

use std::error::Error as StdError;
use std::future::poll_fn;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use certs_core::request_id::ClientRequestId;
use certs_core::transport::{Delay, TransportError, TransportErrorKind as Kind};
use http::{Request, Response};
use hyper::body::{Body, Bytes};
use hyper_util::client::legacy;
use tokio::time::{Instant, timeout_at};
use tower_service::Service;

use crate::body::{BodyError, RequestBody, WriteStarted, read};
use crate::connect::Phase;
use crate::error_chain::{BoxError, error_chain};
use crate::explain;

/// Which evidence counts as proof that a request handed to a service was not carried out.
#[derive(Debug, Clone, Copy)]
pub(crate) enum UnsentEvidence {
    /// That hyper never read the body, or that the server refused the client's certificate in the TLS handshake.
    Hyper,
    /// Only the error itself, if it is an error of hyper or one that the application recognizes. A service other than
    /// hyper may send a request before it reads the body.
    Error(Option<UnsentErrors>),
}

/// Whether an error of a service proves that nothing of the request was sent.
pub(crate) type UnsentErrors = fn(&(dyn StdError + 'static)) -> bool;

/// Sends the request and reads the complete response within the timeout.
pub(crate) async fn exchange<S, B>(
    mut service: S,
    request: Request<Bytes>,
    timeout: Duration,
    max_response_size: usize,
    evidence: UnsentEvidence,
) -> Result<Response<Bytes>, TransportError>
where
    S: Service<Request<RequestBody>, Response = Response<B>>,
    S::Error: Into<BoxError>,
    B: Body,
    B::Error: Into<BoxError>,
{
    let until = Instant::now() + timeout;
    let timed_out = |kind| {
        TransportError::new(kind)
            .with_source(format!("timed out after {} s", timeout.as_secs_f64()))
    };
    match timeout_at(until, poll_fn(|context| service.poll_ready(context))).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => return Err(evidence.not_ready(error.into())),
        Err(_) => return Err(timed_out(Kind::Connect)),
    }
    let write_started = WriteStarted::default();
    let request = request.map(|body| RequestBody::new(body, write_started.clone()));
    let unwritten = || matches!(evidence, UnsentEvidence::Hyper) && !write_started.get();
    let phase = Phase::default();
    let response = match timeout_at(until, phase.scope(service.call(request))).await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => return Err(evidence.failure(error.into(), unwritten())),
        Err(_) if unwritten() => {
            let error = timed_out(Kind::Connect);
            return Err(match phase.timed_out(timeout) {
                Some(missing) => error.with_source(missing),
                None => error,
            });
        }
        Err(_) => return Err(timed_out(Kind::Timeout)),
    };
    let (head, body) = response.into_parts();
    let head = Response::from_parts(head, ());
    let error = match timeout_at(until, read(body, max_response_size)).await {
        Ok(Ok(body)) => return Ok(head.map(|()| body)),
        Ok(Err(BodyError::Broken(error))) => {
            TransportError::new(Kind::Interrupted).with_source(evidence.explain(error))
        }
        Ok(Err(BodyError::TooLarge)) => TransportError::new(Kind::TooLarge),
        Err(_) => timed_out(Kind::Timeout),
    };
    Err(error.with_response(&head))
}

impl UnsentEvidence {
    /// The error of a service that did not become ready, so it did not get the request.
    fn not_ready(self, error: BoxError) -> TransportError {
        TransportError::from_layers(error).unwrap_or_else(|error| {
            TransportError::new(Kind::Connect).with_source(self.explain(error))
        })
    }

    /// The error of a service instead of a response.
    fn failure(self, error: BoxError, unwritten: bool) -> TransportError {
        let error = match TransportError::from_layers(error) {
            Ok(error) => return error,
            Err(error) => error,
        };
        let is_unsent = unwritten || error_chain(&*error).any(|cause| self.proves_unsent(cause));
        let kind = if is_unsent {
            Kind::Connect
        } else {
            self.declared_by_server(&*error).unwrap_or(Kind::Interrupted)
        };
        TransportError::new(kind).with_source(self.explain(error))
    }

    fn proves_unsent(self, cause: &(dyn StdError + 'static)) -> bool {
        let known = cause.downcast_ref().is_some_and(legacy::Error::is_connect)
            || cause.downcast_ref().is_some_and(hyper::Error::is_canceled);
        known || matches!(self, Self::Error(Some(is_unsent)) if is_unsent(cause))
    }

    /// The kind of the error, if the server declared what happened to the request.
    #[cfg_attr(
        not(feature = "tls"),
        expect(unused_variables, reason = "only TLS and HTTP/2 have such declarations")
    )]
    fn declared_by_server(self, error: &(dyn StdError + 'static)) -> Option<Kind> {
        #[cfg(feature = "tls")]
        if matches!(self, Self::Hyper) && explain::is_certificate_refusal(error) {
            return Some(Kind::Connect);
        }
        #[cfg(feature = "http2")]
        if explain::is_unprocessed(error) {
            return Some(Kind::NotProcessed);
        }
        None
    }

    /// Replaces errors of hyper by plain messages. Errors of another service are left unchanged.
    fn explain(self, error: BoxError) -> BoxError {
        match self {
            Self::Hyper => explain::explain(error),
            Self::Error(_) => error,
        }
    }
}

/// Waits for a random time in the range.
pub(crate) async fn sleep(delay: Delay) {
    tokio::time::sleep(delay.sample(random())).await;
}

pub(crate) fn random_request_id() -> ClientRequestId {
    ClientRequestId::from_random(u128::from(random()) << 64 | u128::from(random()))
}

/// The keys of a new `RandomState` differ each time, which is random enough to spread retries.
fn random() -> u64 {
    RandomState::new().hash_one(())
}
