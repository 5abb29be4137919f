//! A limit for the time that a case takes.

use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// The time limit of a case: 120 s.
///
/// A case that takes longer fails, and its thread continues until the test process ends.
pub const CASE_TIME_LIMIT: Duration = Duration::from_secs(120);

/// Runs a case on a thread of its own, and panics if it panics or takes too long.
pub(crate) fn run_within(limit: Duration, case: impl FnOnce() + Send + 'static) {
    let (sender, receiver) = mpsc::channel();
    let thread = thread::spawn(move || {
        let outcome = panic::catch_unwind(AssertUnwindSafe(case));
        let _ = sender.send(outcome);
    });
    match receiver.recv_timeout(limit) {
        Ok(Ok(())) => drop(thread.join()),
        Ok(Err(panic)) => panic::resume_unwind(panic),
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
            panic!("the case did not end within {limit:?}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passes_a_case_that_ends_in_time() {
        run_within(CASE_TIME_LIMIT, || {});
    }

    #[test]
    #[should_panic(expected = "wrong header")]
    fn fails_with_the_message_of_the_case() {
        run_within(CASE_TIME_LIMIT, || panic!("wrong header"));
    }

    #[test]
    #[should_panic(expected = "did not end within")]
    fn fails_a_case_that_never_ends() {
        run_within(Duration::from_millis(10), || {
            loop {
                thread::park();
            }
        });
    }
}
