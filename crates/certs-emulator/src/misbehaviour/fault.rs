//! Rules that make requests go wrong.

mod canned;

use std::time::Duration;

use http::header::{HeaderName, HeaderValue};
use http::{Response, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use self::canned::Canned;
use crate::dice;
use crate::wire::endpoint::Endpoint;

/// A rule that makes some requests go wrong.
///
/// Of several rules that strike the same request, the first one counts. As JSON, where every field
/// may be left out:
///
/// ```
/// # use certs_emulator::{Endpoint, Fault};
/// let second_upload = Fault::on(Endpoint::UploadCertificate).nth(2).close_after_commit();
/// let json = r#"{"endpoint":"uploadCertificate","when":{"nth":2},"act":"close_after_commit"}"#;
/// assert_eq!(serde_json::from_str::<Fault>(json)?, second_upload);
///
/// let proxy = Fault::any().probability(0.1).answer(http::StatusCode::BAD_GATEWAY, "<html></html>");
/// let json = r#"{"when":{"probability":0.1},"act":{"answer":{"status":502,"body":"<html></html>"}}}"#;
/// assert_eq!(serde_json::from_str::<Fault>(json)?, proxy);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fault {
    endpoint: Option<Endpoint>,
    when: When,
    delay_ms: u64,
    act: Act,
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

/// What goes wrong. Unless it says otherwise, the request is carried out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Act {
    #[default]
    None,
    /// Instead of carrying it out.
    Answer(Canned),
    CloseBeforeCommit,
    CloseAfterCommit,
    CutBody(usize),
}

impl Fault {
    /// Strikes the requests to one endpoint.
    #[must_use]
    pub fn on(endpoint: Endpoint) -> Self {
        Self { endpoint: Some(endpoint), ..Self::default() }
    }

    /// Strikes every request, even to what is no endpoint.
    #[must_use]
    pub fn any() -> Self {
        Self::default()
    }

    /// Strikes only the nth such request, counted from 1.
    #[must_use]
    pub fn nth(self, n: u64) -> Self {
        Self { when: When::Nth(n), ..self }
    }

    /// Strikes only the first such requests.
    #[must_use]
    pub fn first(self, count: u64) -> Self {
        Self { when: When::First(count), ..self }
    }

    /// Strikes each such request with this probability, 0 to 1, decided by the emulator's seed.
    #[must_use]
    pub fn probability(self, probability: f64) -> Self {
        Self { when: When::Probability(probability), ..self }
    }

    /// Holds the answer back. What was asked for is done before the wait, not after it.
    #[must_use]
    pub fn delay(self, delay: Duration) -> Self {
        Self { delay_ms: u64::try_from(delay.as_millis()).unwrap_or(u64::MAX), ..self }
    }

    /// Answers this instead of doing what was asked for.
    ///
    /// A string is sent as it is (an HTML page), null is an empty body, anything else is JSON.
    #[must_use]
    pub fn answer(self, status: StatusCode, body: impl Into<Value>) -> Self {
        Self { act: Act::Answer(Canned::new(status, body.into())), ..self }
    }

    /// Adds a header to the answer that was given before.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        if let Act::Answer(canned) = &mut self.act {
            canned.headers.insert(name, value);
        }
        self
    }

    /// Closes the connection instead of doing what was asked for.
    #[must_use]
    pub fn close_before_commit(self) -> Self {
        Self { act: Act::CloseBeforeCommit, ..self }
    }

    /// Does what was asked for, then closes the connection: the answer is lost.
    #[must_use]
    pub fn close_after_commit(self) -> Self {
        Self { act: Act::CloseAfterCommit, ..self }
    }

    /// Does what was asked for, then sends only so many bytes of the answer's body.
    #[must_use]
    pub fn cut_body(self, bytes: usize) -> Self {
        Self { act: Act::CutBody(bytes), ..self }
    }

    pub(crate) fn act(&self) -> &Act {
        &self.act
    }

    pub(crate) fn delay_of(&self) -> Duration {
        Duration::from_millis(self.delay_ms)
    }
}

/// How a request ends, when it need not end with an answer: see
/// [`Emulator::exchange`](crate::Emulator::exchange).
#[derive(Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// How long the answer, or the close, is held back.
    pub delay: Duration,
    /// What the client gets then.
    pub ending: Ending,
}

impl Ending {
    pub(crate) fn response(&self) -> Option<&Response<Vec<u8>>> {
        match self {
            Self::Answer(response) | Self::Cut { response, .. } => Some(response),
            Self::Close => None,
        }
    }
}

impl Outcome {
    pub(crate) fn answer(response: Response<Vec<u8>>) -> Self {
        Self { delay: Duration::ZERO, ending: Ending::Answer(response) }
    }
}

/// What a client gets.
#[derive(Debug)]
#[non_exhaustive]
pub enum Ending {
    /// A whole answer.
    Answer(Response<Vec<u8>>),
    /// An answer whose body breaks off.
    Cut {
        /// The answer, with as much of its body as arrives.
        response: Response<Vec<u8>>,
        /// The length that was promised, in bytes.
        announced: usize,
    },
    /// A closed connection, without an answer.
    Close,
}

/// The rules, and how often each was asked.
#[derive(Debug)]
pub(crate) struct Faults {
    rules: Vec<(Fault, u64)>,
    seed: u64,
    rolls: u64,
}

impl Faults {
    pub(crate) fn new(rules: Vec<Fault>, seed: u64) -> Self {
        Self { rules: rules.into_iter().map(|rule| (rule, 0)).collect(), seed, rolls: 0 }
    }

    pub(crate) fn add(&mut self, rule: Fault) {
        self.rules.push((rule, 0));
    }

    pub(crate) fn rules(&self) -> Vec<Fault> {
        self.rules.iter().map(|(rule, _)| rule.clone()).collect()
    }

    /// The rule that strikes a request. Every rule counts it, the struck ones and the others.
    pub(crate) fn strike(&mut self, endpoint: Option<Endpoint>) -> Option<Fault> {
        let mut struck = None;
        for (rule, count) in &mut self.rules {
            if rule.endpoint.is_some() && rule.endpoint != endpoint {
                continue;
            }
            *count += 1;
            let strikes = match rule.when {
                When::Always => true,
                When::Nth(n) => *count == n,
                When::First(most) => *count <= most,
                When::Probability(probability) => {
                    self.rolls += 1;
                    // 53 bits are what an `f64` between 0 and 1 can tell apart.
                    let roll = dice::roll(self.seed, self.rolls) >> 11;
                    (roll as f64) < probability * (1u64 << 53) as f64
                }
            };
            if strikes && struck.is_none() {
                struck = Some(rule.clone());
            }
        }
        struck
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Emulator;
    use crate::testing::{Calls, builder, request};

    const GET: Endpoint = Endpoint::GetCertificate;

    fn with(fault: Fault) -> Emulator {
        builder().fault(fault).build()
    }

    fn statuses(emulator: &Emulator, path: &str, count: usize) -> Vec<u16> {
        (0..count).map(|_| emulator.handle(request("GET", path, None)).status().as_u16()).collect()
    }

    #[test]
    fn a_rule_strikes_its_endpoint_on_its_turn() {
        let path = "/organization/certificates/x";
        let fault = || Fault::on(GET).answer(StatusCode::SERVICE_UNAVAILABLE, Value::Null);
        assert_eq!(statuses(&with(fault().nth(2)), path, 3), [404, 503, 404]);
        assert_eq!(statuses(&with(fault().first(2)), path, 3), [503, 503, 404]);
        assert_eq!(statuses(&with(fault()), path, 2), [503, 503]);
        assert_eq!(statuses(&with(fault()), "/organization/certificates", 1), [200]);
        let any = Fault::any().answer(StatusCode::SERVICE_UNAVAILABLE, Value::Null);
        assert_eq!(statuses(&with(any), "/nowhere", 1), [503]);
    }

    #[test]
    fn the_first_rule_that_strikes_counts() {
        let fault = |status| Fault::any().answer(status, Value::Null);
        let emulator = builder()
            .fault(fault(StatusCode::BAD_GATEWAY).nth(2))
            .fault(fault(StatusCode::GATEWAY_TIMEOUT).first(3))
            .build();
        assert_eq!(statuses(&emulator, "/organization/certificates", 4), [504, 502, 504, 200]);
    }

    #[test]
    fn probability_is_repeated_by_the_seed_and_roughly_kept() {
        let run = |seed| {
            let fault = Fault::any().probability(0.25).answer(StatusCode::BAD_GATEWAY, Value::Null);
            statuses(&builder().seed(seed).fault(fault).build(), "/organization/certificates", 400)
        };
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
        let struck = run(3).iter().filter(|&&status| status == 502).count();
        assert!((60..140).contains(&struck), "{struck} of 400");
    }

    #[test]
    fn an_answer_has_any_body() {
        let answer = |body: Value| {
            let fault = Fault::any()
                .answer(StatusCode::BAD_GATEWAY, body)
                .header(http::header::RETRY_AFTER, HeaderValue::from_static("7"));
            with(fault).handle(request("GET", "/organization/certificates", None))
        };
        let html = answer("<html>".into());
        assert_eq!(html.body(), b"<html>");
        assert_eq!(html.headers()["content-type"], "text/html");
        assert_eq!(html.headers()["retry-after"], "7");
        assert_eq!(answer(Value::Null).body(), b"");
        assert!(!answer(Value::Null).headers().contains_key("content-type"));
        let bare = answer(json!({"error": "Missing scopes"}));
        assert_eq!(bare.body(), br#"{"error":"Missing scopes"}"#);
        assert_eq!(bare.headers()["content-type"], "application/json");
        assert!(bare.headers().contains_key("x-request-id"));
    }

    #[test]
    fn before_the_commit_nothing_is_done_and_after_it_everything() {
        for (fault, made) in [
            (Fault::on(Endpoint::UploadCertificate).close_before_commit(), 0),
            (Fault::on(Endpoint::UploadCertificate).close_after_commit(), 1),
            (Fault::on(Endpoint::UploadCertificate).cut_body(5), 1),
            (Fault::on(Endpoint::UploadCertificate).delay(Duration::from_secs(9)), 1),
        ] {
            let emulator = with(fault);
            let body = json!({"certificate": *crate::testing::AUTHORITY});
            let upload = request("POST", "/organization/certificates", Some(body));
            let outcome = emulator.exchange(upload);
            match &outcome.ending {
                Ending::Answer(answer) => assert_eq!(answer.status(), 200),
                Ending::Cut { response, announced } => {
                    assert_eq!(response.body(), b"{\"obj");
                    assert!(*announced > 100);
                }
                Ending::Close => assert_eq!(emulator.journal()[0].status, None),
            }
            let list = emulator.get("/organization/certificates").1;
            assert_eq!(list["data"].as_array().unwrap().len(), made, "{outcome:?}");
        }
    }

    #[test]
    fn a_function_cannot_close_so_it_answers_like_a_proxy() {
        let emulator = with(Fault::any().close_after_commit());
        let answer = emulator.handle(request("GET", "/organization/certificates", None));
        assert_eq!((answer.status().as_u16(), answer.body().len()), (502, 0));
    }

    #[test]
    fn rules_that_make_no_sense_are_not_read() {
        for text in [
            r#"{"endpoint":"nothing"}"#,
            r#"{"act":{"answer":{"status":99}}}"#,
            r#"{"act":{"answer":{"status":100}}}"#,
            r#"{"act":{"answer":{"status":200,"headers":{"a b":"c"}}}}"#,
            r#"{"act":"explode"}"#,
            r#"{"whem":"always"}"#,
        ] {
            assert!(serde_json::from_str::<Fault>(text).is_err(), "{text}");
        }
    }
}
