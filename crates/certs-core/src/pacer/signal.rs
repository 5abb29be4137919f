//! What the outcome of a request says about the rate limit.

use std::time::Duration;

use http::{Response, StatusCode};

use crate::call::read_refusal;
use crate::error::TransportError;
use crate::retry::{is_quota, server_delay, should_retry};

/// What the outcome of a request says about the rate limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    /// The rate limit let the request through, whatever came of it then.
    Accepted { server_delay: Option<Duration> },
    /// The rate limit refused the request, so it was not carried out.
    Refused { server_delay: Option<Duration> },
    /// There is nothing to learn: no response, or a quota that has been used up.
    Nothing,
}

impl Signal {
    pub(super) fn of<B: AsRef<[u8]>>(outcome: &Result<Response<B>, TransportError>) -> Self {
        let Ok(response) = outcome else { return Self::Nothing };
        let server_delay = server_delay(response.headers());
        if response.status() != StatusCode::TOO_MANY_REQUESTS {
            return Self::Accepted { server_delay: server_delay.filter(|_| is_refusal(response)) };
        }
        let is_rate = should_retry(response.headers())
            .unwrap_or_else(|| !is_quota(&read_refusal(response.body().as_ref())));
        if is_rate { Self::Refused { server_delay } } else { Self::Nothing }
    }

    pub(super) fn server_delay(self) -> Option<Duration> {
        match self {
            Self::Accepted { server_delay } | Self::Refused { server_delay } => server_delay,
            Self::Nothing => None,
        }
    }
}

fn is_refusal<B>(response: &Response<B>) -> bool {
    !response.status().is_success()
}
