//! Observes calls: for the log of `-v`, the announcement of waits, and whether anything was changed.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use certs_core::event::{Event, WaitReason};
use certs_core::operation::Effect;

use crate::error::error_chain;
use crate::terminal::print_status;

/// Waits up to this long are announced only by `-v`.
const UNANNOUNCED: Duration = Duration::from_secs(2);

/// Observes the calls of a client. Clones share what was observed.
#[derive(Clone)]
pub(crate) struct Observer {
    verbose: bool,
    quiet: Arc<AtomicUsize>,
    observed: Arc<Mutex<Observed>>,
}

#[derive(Default)]
struct Observed {
    changed: bool,
    /// The server's time in Unix seconds, and when it was received.
    server_time: Option<(i64, Instant)>,
}

/// Waits are not announced while this value lives.
#[must_use]
pub(crate) struct Quiet(Arc<AtomicUsize>);

impl Drop for Quiet {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Observer {
    pub(crate) fn new(verbose: bool) -> Self {
        Self { verbose, quiet: Arc::default(), observed: Arc::default() }
    }

    /// Waits are not announced while the returned value lives, because a progress bar is shown.
    pub(crate) fn without_announcements(&self) -> Quiet {
        self.quiet.fetch_add(1, Ordering::Relaxed);
        Quiet(self.quiet.clone())
    }

    /// Whether the server accepted a change.
    pub(crate) fn has_seen_a_change(&self) -> bool {
        self.observed().changed
    }

    /// The server's current time, in Unix seconds.
    pub(crate) fn server_time(&self) -> Option<i64> {
        let (time, received) = self.observed().server_time?;
        time.checked_add(i64::try_from(received.elapsed().as_secs()).ok()?)
    }

    /// Handles an event.
    pub(crate) fn observe(&self, event: &Event<'_>) {
        match event {
            Event::AttemptEnded {
                attempt,
                uri,
                effect,
                duration,
                status,
                request_id,
                server_time,
                error,
                ..
            } => {
                let mut observed = self.observed();
                observed.changed |=
                    *effect != Effect::Safe && status.is_some_and(|status| status.is_success());
                if let Some(time) = server_time {
                    observed.server_time = Some((time.as_secs(), Instant::now()));
                }
                drop(observed);
                if self.verbose {
                    let outcome = match (status, error) {
                        (_, Some(error)) => error_chain(*error),
                        (Some(status), None) => status.to_string(),
                        (None, None) => "no response".into(),
                    };
                    let request_id = match request_id {
                        Some(id) => format!(", request {id}"),
                        None => String::new(),
                    };
                    print_status(&format!(
                        "{} {} at {}: {outcome}, {} ms, attempt {}{request_id}",
                        attempt.endpoint.method,
                        uri.path_and_query().map_or("/", |target| target.as_str()),
                        uri.authority().map_or("", |authority| authority.as_str()),
                        duration.as_millis(),
                        attempt.number,
                    ));
                }
            }
            Event::Waiting { reason, delay, .. } => {
                let is_announced =
                    delay.max > UNANNOUNCED && self.quiet.load(Ordering::Relaxed) == 0;
                if self.verbose || is_announced {
                    let why = match reason {
                        WaitReason::Backoff => "to try again",
                        WaitReason::Server => "as the server requires",
                        WaitReason::Pace => "to keep to the server's rate",
                        WaitReason::Confirmation => "to check whether the change was made",
                        _ => "before the next request",
                    };
                    print_status(&format!("waiting {:.1} s {why}", delay.max.as_secs_f64()));
                }
            }
            _ => {}
        }
    }

    fn observed(&self) -> MutexGuard<'_, Observed> {
        self.observed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
