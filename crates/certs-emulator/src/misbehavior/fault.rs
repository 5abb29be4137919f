//! Rules that make requests fail.

mod fixed_response;
#[cfg(test)]
mod tests;

use std::time::Duration;

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use http::{Response, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use self::fixed_response::FixedResponse;
use crate::rng;
use crate::wire::endpoint::Endpoint;

/// A rule that makes some requests fail.
///
/// Each rule counts the requests to its endpoint and id. If several rules match a request, the first
/// one applies.
///
/// As JSON, every field is optional:
///
/// ```
/// # use certs_emulator::{Endpoint, Fault};
/// let second_upload = Fault::on(Endpoint::UploadCertificate).nth(2).close_after_commit();
/// let json = r#"{"endpoint":"uploadCertificate","when":{"nth":2},"action":"close_after_commit"}"#;
/// assert_eq!(serde_json::from_str::<Fault>(json)?, second_upload);
///
/// let proxy = Fault::any().probability(0.1).respond(http::StatusCode::BAD_GATEWAY, "<html></html>");
/// let json = r#"{"when":{"probability":0.1},"action":{"respond":{"status":502,"body":"<html></html>"}}}"#;
/// assert_eq!(serde_json::from_str::<Fault>(json)?, proxy);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fault {
    endpoint: Option<Endpoint>,
    id: Option<String>,
    when: When,
    delay_ms: u64,
    action: FaultAction,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum When {
    #[default]
    Always,
    Nth(u64),
    First(u64),
    Probability(f64),
}

/// What a fault does instead of a normal response.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FaultAction {
    #[default]
    None,
    /// Responds without carrying out the request.
    Respond(FixedResponse),
    RespondAfterCommit(FixedResponse),
    CloseBeforeCommit,
    CloseAfterCommit,
    ResetBeforeCommit,
    ResetAfterCommit,
    /// Carries out the request, and truncates the body of the response to this many bytes.
    CutBody(usize),
}

impl Fault {
    /// Creates a rule for the requests to one endpoint.
    #[must_use]
    pub fn on(endpoint: Endpoint) -> Self {
        Self { endpoint: Some(endpoint), ..Self::default() }
    }

    /// Creates a rule for every request, including those to unknown paths.
    #[must_use]
    pub fn any() -> Self {
        Self::default()
    }

    /// Limits the rule to requests with this project or certificate id in their path.
    #[must_use]
    pub fn on_id(self, id: impl Into<String>) -> Self {
        Self { id: Some(id.into()), ..self }
    }

    /// Limits the rule to the nth request that it counts, from 1.
    #[must_use]
    pub fn nth(self, n: u64) -> Self {
        Self { when: When::Nth(n), ..self }
    }

    /// Limits the rule to the first `count` requests that it counts.
    #[must_use]
    pub fn first(self, count: u64) -> Self {
        Self { when: When::First(count), ..self }
    }

    /// Applies the rule with this probability, from 0 to 1.
    ///
    /// The same [seed](crate::Builder::seed) and requests give the same choices.
    #[must_use]
    pub fn probability(self, probability: f64) -> Self {
        Self { when: When::Probability(probability), ..self }
    }

    /// Delays the response. The request is carried out before the delay.
    #[must_use]
    pub fn delay(self, delay: Duration) -> Self {
        Self { delay_ms: u64::try_from(delay.as_millis()).unwrap_or(u64::MAX), ..self }
    }

    /// Sends this response instead of carrying out the request.
    ///
    /// A string is sent unchanged as `text/html`, null as an empty body, and any other value as JSON.
    /// An informational status (1xx) is replaced by 500, because a client would wait for another one.
    #[must_use]
    pub fn respond(self, status: StatusCode, body: impl Into<Value>) -> Self {
        Self { action: FaultAction::Respond(FixedResponse::new(status, body.into())), ..self }
    }

    /// Carries out the request, then sends this response as [`respond`](Self::respond) does.
    #[must_use]
    pub fn respond_after_commit(self, status: StatusCode, body: impl Into<Value>) -> Self {
        let fixed = FixedResponse::new(status, body.into());
        Self { action: FaultAction::RespondAfterCommit(fixed), ..self }
    }

    /// Sets a header of the response.
    ///
    /// Call it after [`respond`](Self::respond) or
    /// [`respond_after_commit`](Self::respond_after_commit): other rules have no headers, and this
    /// changes nothing. A `content-length` or `transfer-encoding` is ignored.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        if let FaultAction::Respond(fixed) | FaultAction::RespondAfterCommit(fixed) =
            &mut self.action
        {
            fixed.headers.insert(name, value);
        }
        self
    }

    /// Closes the connection without carrying out the request.
    #[must_use]
    pub fn close_before_commit(self) -> Self {
        Self { action: FaultAction::CloseBeforeCommit, ..self }
    }

    /// Carries out the request, then closes the connection: the response is lost.
    #[must_use]
    pub fn close_after_commit(self) -> Self {
        Self { action: FaultAction::CloseAfterCommit, ..self }
    }

    /// Resets the connection without carrying out the request.
    #[must_use]
    pub fn reset_before_commit(self) -> Self {
        Self { action: FaultAction::ResetBeforeCommit, ..self }
    }

    /// Carries out the request, then resets the connection: the response is lost.
    #[must_use]
    pub fn reset_after_commit(self) -> Self {
        Self { action: FaultAction::ResetAfterCommit, ..self }
    }

    /// Carries out the request, then sends only the first bytes of the response body.
    #[must_use]
    pub fn cut_body(self, bytes: usize) -> Self {
        Self { action: FaultAction::CutBody(bytes), ..self }
    }

    pub(crate) fn action(&self) -> &FaultAction {
        &self.action
    }

    pub(crate) fn response_delay(&self) -> Duration {
        Duration::from_millis(self.delay_ms)
    }
}

/// The outcome of a request; see [`Emulator::exchange`](crate::Emulator::exchange).
#[derive(Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// The delay before the ending.
    pub delay: Duration,
    /// What the client receives after the delay.
    pub ending: Ending,
}

impl Ending {
    pub(crate) fn response(&self) -> Option<&Response<Bytes>> {
        match self {
            Self::Response(response) | Self::Cut { response, .. } => Some(response),
            Self::Close | Self::Reset => None,
        }
    }
}

impl Outcome {
    pub(crate) fn response(response: Response<Bytes>) -> Self {
        Self { delay: Duration::ZERO, ending: Ending::Response(response) }
    }
}

/// What a client receives.
#[derive(Debug)]
#[non_exhaustive]
pub enum Ending {
    /// A complete response.
    Response(Response<Bytes>),
    /// A response with a truncated body.
    Cut {
        /// The response, with the part of its body that arrives.
        response: Response<Bytes>,
        /// The announced length of the body, in bytes.
        announced: usize,
    },
    /// A closed connection without a response.
    Close,
    /// A reset connection without a response.
    Reset,
}

/// The rules, each with the number of requests that it has counted.
#[derive(Debug)]
pub(crate) struct Faults {
    rules: Vec<(Fault, u64)>,
    seed: u64,
    draws: u64,
}

impl Faults {
    pub(crate) fn new(rules: Vec<Fault>, seed: u64) -> Self {
        Self { rules: rules.into_iter().map(|rule| (rule, 0)).collect(), seed, draws: 0 }
    }

    pub(crate) fn add(&mut self, rule: Fault) {
        self.rules.push((rule, 0));
    }

    pub(crate) fn rules(&self) -> Vec<Fault> {
        self.rules.iter().map(|(rule, _)| rule.clone()).collect()
    }

    /// Returns the rule that applies to a request. Every rule for its endpoint and id counts it.
    pub(crate) fn select(&mut self, endpoint: Option<Endpoint>, id: &str) -> Option<Fault> {
        let mut selected = None;
        for (rule, count) in &mut self.rules {
            let other_id = rule.id.as_deref().is_some_and(|expected| expected != id);
            if other_id || rule.endpoint.is_some() && rule.endpoint != endpoint {
                continue;
            }
            *count += 1;
            let applies = match rule.when {
                When::Always => true,
                When::Nth(n) => *count == n,
                When::First(limit) => *count <= limit,
                When::Probability(probability) => {
                    self.draws += 1;
                    // An `f64` between 0 and 1 distinguishes 53 bits.
                    let draw = rng::number(self.seed, self.draws) >> 11;
                    (draw as f64) < probability * (1u64 << 53) as f64
                }
            };
            if applies && selected.is_none() {
                selected = Some(rule.clone());
            }
        }
        selected
    }
}
