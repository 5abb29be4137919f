//! Events of a call, for logs and metrics.
//!
//! [`Client::with_observer`](crate::Client::with_observer) takes a function that is called with each [`Event`],
//! for example to know what may have been changed when a program is interrupted.
//!
//! With the feature `tracing`, each call is also a span of [`tracing`](https://docs.rs/tracing) named
//! `call`, and each event an event in it.
//!
//! ```
//! use certs_core::Client;
//! use certs_core::event::Event;
//! use certs_core::transport::Transport;
//!
//! fn logged<T: Transport>(client: Client<T>) -> Client<T> {
//!     client.with_observer(|event| match event {
//!         Event::AttemptStarted { attempt, .. } => {
//!             eprintln!("{}, attempt {}", attempt.endpoint, attempt.number);
//!         }
//!         Event::AttemptEnded { status: Some(status), duration, .. } => {
//!             eprintln!("{status} after {} ms", duration.as_millis());
//!         }
//!         Event::Waiting { delay, .. } => eprintln!("waiting {} s", delay.max.as_secs()),
//!         _ => {}
//!     })
//! }
//! ```

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use certs_types::Timestamp;
use http::{StatusCode, Uri};

use crate::delay::Delay;
use crate::endpoint::Endpoint;
use crate::error::TransportError;
use crate::operation::Effect;
use crate::request_id::RequestId;
use crate::transport::Attempt;

/// Something that happened during a call. It never contains the admin key or a body.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A request is about to be sent.
    #[non_exhaustive]
    AttemptStarted {
        /// Which attempt it is.
        attempt: &'a Attempt,
        /// The URI of the request.
        uri: &'a Uri,
        /// What the request may change.
        effect: Effect,
    },
    /// An attempt has ended, with or without a response.
    ///
    /// If the future of the call is dropped before, there is no such event.
    #[non_exhaustive]
    AttemptEnded {
        /// Which attempt it was.
        attempt: &'a Attempt,
        /// The URI of the request.
        uri: &'a Uri,
        /// What the request may change.
        effect: Effect,
        /// How long the attempt took.
        duration: Duration,
        /// The status of the response, complete or not.
        status: Option<StatusCode>,
        /// The request id that the server assigned.
        request_id: Option<&'a RequestId>,
        /// The server's time when it sent the response.
        server_time: Option<Timestamp>,
        /// Why there is no complete response.
        error: Option<&'a TransportError>,
        /// Whether this attempt may have changed something. It is true for a change that succeeded.
        may_have_acted: bool,
    },
    /// The call is about to wait.
    #[non_exhaustive]
    Waiting {
        /// The endpoint that is called.
        endpoint: &'static Endpoint,
        /// The reason for the wait.
        reason: WaitReason,
        /// The range of the wait.
        delay: Delay,
    },
}

/// Why a call waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WaitReason {
    /// The client waits before it sends the request again.
    Backoff,
    /// The server requires the wait.
    Server,
    /// The pacer waits for the rate limit.
    Pace,
    /// An upload whose response was lost is looked for after this wait.
    Confirmation,
}

/// The observers of a client, shared by its clones.
#[derive(Clone, Default)]
pub(crate) struct Observers(Vec<Arc<Observer>>);

type Observer = dyn Fn(&Event<'_>) + Send + Sync;

impl Observers {
    pub(crate) fn add(&mut self, observer: impl Fn(&Event<'_>) + Send + Sync + 'static) {
        self.0.push(Arc::new(observer));
    }

    pub(crate) fn emit(&self, event: &Event<'_>) {
        #[cfg(feature = "tracing")]
        traced::emit(event);
        for observer in &self.0 {
            observer(event);
        }
    }
}

impl fmt::Debug for Observers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Observers({})", self.0.len())
    }
}

/// Runs the future of a call in its span.
#[cfg(feature = "tracing")]
pub(crate) fn in_span<F: Future>(
    endpoint: &'static Endpoint,
    call: F,
) -> impl Future<Output = F::Output> {
    use tracing::Instrument;
    call.instrument(tracing::info_span!("call", operation = endpoint.operation_id))
}

/// Without the feature `tracing` a call has no span.
#[cfg(not(feature = "tracing"))]
pub(crate) fn in_span<F: Future>(_: &'static Endpoint, call: F) -> F {
    call
}

#[cfg(feature = "tracing")]
mod traced {
    use tracing::{debug, info, warn};

    use super::Event;

    pub(super) fn emit(event: &Event<'_>) {
        match *event {
            Event::AttemptStarted { attempt, uri, .. } => debug!(
                attempt = attempt.number,
                client_request_id = attempt.client_request_id.as_ref().map(tracing::field::display),
                method = %attempt.endpoint.method,
                %uri,
                "attempt started",
            ),
            Event::AttemptEnded {
                attempt,
                duration,
                status,
                request_id,
                error,
                may_have_acted,
                ..
            } => {
                let status = status.map(|status| status.as_u16());
                let request_id = request_id.map(tracing::field::display);
                let (attempt, millis) = (attempt.number, duration.as_millis());
                match error {
                    None => {
                        info!(attempt, status, request_id, millis, may_have_acted, "attempt ended");
                    }
                    Some(error) => {
                        let error = tracing::field::display(error);
                        warn!(
                            attempt,
                            status, request_id, millis, may_have_acted, error, "attempt failed",
                        );
                    }
                }
            }
            Event::Waiting { reason, delay, .. } => {
                info!(?reason, seconds = delay.max.as_secs_f64(), "waiting");
            }
        }
    }
}
