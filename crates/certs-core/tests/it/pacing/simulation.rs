//! The pacer against servers with known limits, in simulated time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use certs_core::pacer::{InFlight, SharedPacer};
use certs_core::transport::TransportError;
use http::header::RETRY_AFTER;
use http::{Response, StatusCode};

use super::LIST;
use super::limiters::{Limiter, Model};
use super::store::MemoryStore;

/// The maximum number of calls that each process has in flight: more than the pacer allows.
const WORKERS: usize = 4;

/// What happened in a minute.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Minute {
    pub(super) accepted: u32,
    pub(super) refused: u32,
}

/// Processes that send as many requests as they can to one server.
pub(super) struct Simulation {
    limiter: Limiter,
    pacers: Vec<SharedPacer>,
    events: BinaryHeap<Reverse<(Duration, usize)>>,
    workers: Vec<Worker>,
    pub(super) minutes: Vec<Minute>,
    random: u64,
    /// Whether refusals have a `retry-after`.
    pub(super) sends_retry_after: bool,
    store: MemoryStore,
}

enum Worker {
    Waiting,
    Arriving(InFlight),
    Responding(InFlight, Response<&'static str>),
}

impl Simulation {
    pub(super) fn new(model: Model, per_minute: u32, starts: &[Duration]) -> Self {
        let mut simulation = Self {
            limiter: Limiter::new(model, per_minute),
            pacers: starts.iter().map(|_| SharedPacer::auto()).collect(),
            events: BinaryHeap::new(),
            workers: Vec::new(),
            minutes: Vec::new(),
            random: 1,
            sends_retry_after: false,
            store: MemoryStore::default(),
        };
        for start in starts {
            for _ in 0..WORKERS {
                simulation.events.push(Reverse((*start, simulation.workers.len())));
                simulation.workers.push(Worker::Waiting);
            }
        }
        simulation
    }

    /// Lets all processes use one store.
    pub(super) fn share(&mut self) {
        for (process, pacer) in self.pacers.iter_mut().enumerate() {
            *pacer = pacer.clone().with_store(self.store.clone(), process.to_string());
        }
    }

    pub(super) fn set_limit(&mut self, per_minute: u32) {
        self.limiter.set(per_minute);
    }

    pub(super) fn run_until(&mut self, end: Duration) {
        while let Some(Reverse((now, index))) = self.events.peek().copied() {
            if now >= end {
                return;
            }
            self.events.pop();
            self.store.set_unix(Duration::from_millis(1_700_000_000_500) + now);
            let next = self.step(now, index);
            self.events.push(Reverse((next, index)));
        }
    }

    /// Runs one step of a worker, and returns when its next step is due.
    fn step(&mut self, now: Duration, index: usize) -> Duration {
        let process = index / WORKERS;
        match std::mem::replace(&mut self.workers[index], Worker::Waiting) {
            Worker::Waiting => match self.pacers[process].try_reserve(&LIST, now) {
                Ok(reservation) => {
                    self.workers[index] = Worker::Arriving(reservation.start());
                    now + self.travel()
                }
                Err(wait) => now + wait,
            },
            Worker::Arriving(in_flight) => {
                let admitted = self.limiter.admits(now);
                let minute = usize::try_from(now.as_secs() / 60).unwrap();
                self.minutes.resize(self.minutes.len().max(minute + 1), Minute::default());
                let minute = &mut self.minutes[minute];
                *(if admitted { &mut minute.accepted } else { &mut minute.refused }) += 1;
                let response = self.response(admitted, now);
                self.workers[index] = Worker::Responding(in_flight, response);
                now + self.travel()
            }
            Worker::Responding(in_flight, response) => {
                in_flight.finish(&Ok::<_, TransportError>(response), now);
                now
            }
        }
    }

    fn response(&self, admitted: bool, now: Duration) -> Response<&'static str> {
        let mut response = Response::new("");
        if !admitted {
            *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
            if self.sends_retry_after {
                response.headers_mut().insert(RETRY_AFTER, self.limiter.retry_after(now).into());
            }
        }
        response
    }

    /// From 20 to 120 ms, the same in each run.
    fn travel(&mut self) -> Duration {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        Duration::from_millis(20 + (self.random >> 33) % 100)
    }
}
