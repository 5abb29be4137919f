//! Reads an organization through a client.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use certs_core::local::LocalTransport;
use certs_core::{Client, Error};
use certs_types::{Certificate, Page, Project, Timestamp};

use crate::survey::{ReadCertificates, ReadProjects, Reading, Survey, SurveyError};

/// How many requests a survey has in flight, where the client's pace allows.
pub const MAX_IN_FLIGHT: usize = 4;

/// Carries out a survey, up to [`MAX_IN_FLIGHT`] requests at a time.
///
/// `now` gives the time of each observation, and `on_progress` is called after each page: to show how far
/// it is, and to save the inventory. Dropping the future keeps what was read in `survey`.
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
/// [`SurveyError`] for the first list that cannot be read; other requests in flight are given up. What was
/// read before is in `survey`.
pub async fn run<T: LocalTransport>(
    client: &Client<T>,
    survey: &mut Survey,
    now: impl Fn() -> Timestamp,
    on_progress: impl FnMut(&Survey),
) -> Result<(), SurveyError> {
    run_past_failures(client, survey, now, on_progress, Err).await
}

/// As [`run`], but `on_failure` decides whether the survey goes on after a list that cannot be read. What it
/// takes stays unread, also if it is the list of projects; what it returns ends the survey.
///
/// # Errors
///
/// What `on_failure` returns. Other requests in flight are given up then.
pub async fn run_past_failures<T: LocalTransport>(
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

/// A reading, and what came of it.
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

/// A few futures of one kind, of which the next to be ready is awaited.
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

    /// The result of the next one that is ready; `None` when there are none.
    async fn next(&mut self) -> Option<F::Output> {
        if self.0.is_empty() {
            return None;
        }
        // With so few, looking at all of them costs less than knowing which one woke the task.
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
