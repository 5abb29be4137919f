//! The ways in which servers limit a rate.

use std::collections::VecDeque;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// The algorithm of a server's rate limiter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Model {
    TokenBucket,
    FixedWindow,
    SlidingLog,
}

pub(super) const MODELS: [(&str, Model); 3] = [
    ("token bucket", Model::TokenBucket),
    ("fixed window", Model::FixedWindow),
    ("sliding log", Model::SlidingLog),
];

/// A rate limiter with this many requests a minute.
#[derive(Debug)]
pub(super) struct Limiter {
    model: Model,
    per_minute: u32,
    /// The level of the bucket, and the time of that level.
    tokens: f64,
    filled_at: Duration,
    /// The number of the window, and the requests in it.
    window: (u64, u32),
    log: VecDeque<Duration>,
}

impl Limiter {
    pub(super) fn new(model: Model, per_minute: u32) -> Self {
        Self {
            model,
            per_minute,
            tokens: per_minute.into(),
            filled_at: Duration::ZERO,
            window: (0, 0),
            log: VecDeque::new(),
        }
    }

    pub(super) fn set(&mut self, per_minute: u32) {
        self.per_minute = per_minute;
    }

    /// How long a refused request should wait, in whole seconds as in `retry-after`.
    pub(super) fn retry_after(&self, now: Duration) -> u64 {
        let wait = match self.model {
            Model::TokenBucket => {
                Duration::from_secs_f64((1.0 - self.tokens) * 60.0 / f64::from(self.per_minute))
            }
            Model::FixedWindow => MINUTE * u32::try_from(self.window.0 + 1).unwrap() - now,
            Model::SlidingLog => self.log.front().map_or(Duration::ZERO, |at| *at + MINUTE - now),
        };
        wait.as_secs() + 1
    }

    pub(super) fn admits(&mut self, now: Duration) -> bool {
        match self.model {
            Model::TokenBucket => {
                let full = f64::from(self.per_minute);
                let passed = (now - self.filled_at).as_secs_f64();
                self.tokens = (self.tokens + passed * full / 60.0).min(full);
                self.filled_at = now;
                let admitted = self.tokens >= 1.0;
                self.tokens -= f64::from(u8::from(admitted));
                admitted
            }
            Model::FixedWindow => {
                let number = now.as_secs() / 60;
                if self.window.0 != number {
                    self.window = (number, 0);
                }
                let admitted = self.window.1 < self.per_minute;
                self.window.1 += u32::from(admitted);
                admitted
            }
            Model::SlidingLog => {
                while self.log.front().is_some_and(|at| *at + MINUTE <= now) {
                    self.log.pop_front();
                }
                let admitted = self.log.len() < self.per_minute as usize;
                if admitted {
                    self.log.push_back(now);
                }
                admitted
            }
        }
    }
}
