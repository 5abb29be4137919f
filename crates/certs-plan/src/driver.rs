//! Carries out a survey through a client.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use certs_core::local::LocalTransport;
use certs_core::{Client, Error};
use certs_types::{Certificate, Page, Project, Timestamp};

use crate::survey::{ReadCertificates, ReadProjects, Reading, Survey, SurveyError};

/// The maximum number of requests that a survey has in flight.
pub const MAX_IN_FLIGHT: usize = 4;

/// Carries out a survey, up to [`MAX_IN_FLIGHT`] requests at a time.
///
/// `now` returns the time of each observation. `on_progress` is called after each page, to show the progress or to
/// save the inventory. If the future is dropped, `survey` keeps what was read.
///
/// ```
/// use certs_core::Client;
/// use certs_core::types::Timestamp;
/// use certs_core::transport::Transport;
/// use certs_plan::{Inventory, driver, survey::{Survey, SurveyError}};
///
/// async fn read_everything<T: Transport>(
///     client: &Client<T>,
///     now: impl Fn() -> Timestamp,
/// ) -> Result<Inventory, SurveyError> {
///     let mut survey = Survey::of_everything(Inventory::new());
///     driver::run(client, &mut survey, now, |survey| {
///         eprintln!("{} of {}", survey.progress().done, survey.progress().total);
///     })
///     .await?;
///     Ok(survey.into_inventory())
/// }
/// ```
///
/// # Errors
///
/// [`SurveyError`] for the first list that cannot be read. Other requests in flight are dropped, and `survey` keeps
/// what was read before.
pub async fn run<T: LocalTransport>(
    client: &Client<T>,
    survey: &mut Survey,
    now: impl Fn() -> Timestamp,
    on_progress: impl FnMut(&Survey),
) -> Result<(), SurveyError> {
    run_with_failures(client, survey, now, on_progress, Err).await
}

/// Like [`run`], but `on_failure` decides whether to continue after a list that cannot be read. If it returns `Ok`,
/// that list stays unread (it may be the list of projects) and the survey continues; an error ends the survey.
///
/// # Errors
///
/// The error that `on_failure` returns. Other requests in flight are then dropped.
pub async fn run_with_failures<T: LocalTransport>(
    client: &Client<T>,
    survey: &mut Survey,
    now: impl Fn() -> Timestamp,
    mut on_progress: impl FnMut(&Survey),
    mut on_failure: impl FnMut(SurveyError) -> Result<(), SurveyError>,
) -> Result<(), SurveyError> {
    let mut in_flight = InFlight::default();
    loop {
        while in_flight.len() < MAX_IN_FLIGHT {
            let Some(reading) = survey.next() else { break };
            in_flight.push(read(client, reading));
        }
        let Some(outcome) = in_flight.next().await else { return Ok(()) };
        let handled = match outcome {
            Outcome::Projects(reading, page) => survey.handle_projects(reading, page, now()),
            Outcome::Certificates(reading, page) => {
                survey.handle_certificates(reading, page, now())
            }
        };
        handled.or_else(&mut on_failure)?;
        on_progress(survey);
    }
}

/// A reading and its result.
enum Outcome {
    Projects(ReadProjects, Result<Page<Project>, Error>),
    Certificates(ReadCertificates, Result<Page<Certificate>, Error>),
}

async fn read<T: LocalTransport>(client: &Client<T>, reading: Reading) -> Outcome {
    match reading {
        Reading::Projects(reading) => {
            let page = client.call(reading.operation()).await.map(|reply| reply.value);
            Outcome::Projects(reading, page)
        }
        Reading::Certificates(reading) => {
            let page = client.call(reading.operation()).await.map(|reply| reply.value);
            Outcome::Certificates(reading, page)
        }
    }
}

/// A few futures of one type, polled together.
struct InFlight<F>(Vec<Pin<Box<F>>>);

impl<F> Default for InFlight<F> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<F: Future> InFlight<F> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn push(&mut self, future: F) {
        self.0.push(Box::pin(future));
    }

    /// The output of the next future that is ready; `None` without futures.
    async fn next(&mut self) -> Option<F::Output> {
        if self.0.is_empty() {
            return None;
        }
        // With so few futures, polling all of them is cheaper than tracking which one woke the task.
        poll_fn(|context| {
            for position in 0..self.0.len() {
                if let Poll::Ready(output) = self.0[position].as_mut().poll(context) {
                    drop(self.0.swap_remove(position));
                    return Poll::Ready(Some(output));
                }
            }
            Poll::Pending
        })
        .await
    }
}
