//! For each case of the suite, a transport with one defect that the case detects.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use certs_conformance::{CASES, Requirements, Subject, run_case};
use certs_core::bytes::Bytes;
use certs_core::transport::{
    Attempt, Delay, Transport, TransportError, TransportErrorKind as Kind,
};
use certs_hyper::HyperTransport;
use http::{HeaderMap, HeaderValue, Request, Response, header};

use super::Hyper;

#[test]
fn every_case_detects_its_defect() {
    // One thread for each group, because some cases wait for an event that their defect prevents.
    thread::scope(|scope| {
        for (group, cases) in CASES {
            scope.spawn(|| cases.iter().for_each(|case| assert_detected(group, case)));
        }
    });
}

#[test]
fn every_defect_belongs_to_a_case() {
    let known = |(group, case, _): &(&str, &str, Defect)| {
        CASES.iter().any(|(known, cases)| known == group && cases.contains(case))
    };
    let unknown: Vec<_> = defects().into_iter().filter(|defect| !known(defect)).collect();
    assert!(unknown.is_empty(), "no such cases: {unknown:?}");
}

fn assert_detected(group: &str, case: &str) {
    let defect = defects().into_iter().find(|defect| (defect.0, defect.1) == (group, case));
    let (.., defect) = defect.unwrap_or_else(|| panic!("{group}::{case} has no defect"));
    let subject = DefectiveHyper(Hyper::new(), defect);
    let outcome = catch_unwind(AssertUnwindSafe(|| run_case(group, case, subject)));
    assert!(outcome.is_err(), "{group}::{case} does not detect {defect:?}");
}

fn defects() -> Vec<(&'static str, &'static str, Defect)> {
    use Defect::*;
    vec![
        ("clock", "sleeps_within_the_delay", NeverSleeps),
        ("clock", "clock_never_runs_backwards", ClockRunsBackwards),
        ("requests", "sends_method_and_target_unchanged", DecodesSlashes),
        ("requests", "sends_headers_unchanged", KeepsOneHeaderOfAName),
        ("requests", "sends_body_unchanged", ReadsBodiesAsText),
        ("requests", "sends_no_body_where_there_is_none", AlwaysSendsABody),
        ("requests", "adds_no_headers", RequestsGzip),
        ("responses", "returns_status_headers_and_body_unchanged", ReadsBodiesAsText),
        ("responses", "accepts_every_body_framing", IgnoresBodiesWithoutLength),
        ("responses", "accepts_responses_without_a_body", RequiresABody),
        ("responses", "skips_interim_responses", StopsAtTheFirstHead),
        ("responses", "returns_error_statuses_as_responses", ReportsErrorStatusesAsFailures),
        ("responses", "does_not_follow_redirects", FollowsRedirects),
        ("responses", "accepts_a_response_of_exactly_the_maximum_size", ChangesTheMaximumSize(-1)),
        ("responses", "matches_concurrent_responses_to_their_requests", RepeatsTheFirstResponse),
        (
            "failures",
            "refused_connection_is_connect",
            ConfusesKinds(Kind::Connect, Kind::Interrupted),
        ),
        ("failures", "silent_server_is_timeout", ConfusesKinds(Kind::Timeout, Kind::Interrupted)),
        ("failures", "slow_response_is_timeout", IgnoresTheTimeout),
        (
            "failures",
            "closed_connection_is_interrupted",
            ConfusesKinds(Kind::Interrupted, Kind::Connect),
        ),
        ("failures", "truncated_body_is_interrupted", AcceptsTruncatedResponses),
        (
            "failures",
            "malformed_response_is_interrupted",
            ConfusesKinds(Kind::Interrupted, Kind::Timeout),
        ),
        ("failures", "oversized_response_is_too_large", ChangesTheMaximumSize(64 * 1024 * 1024)),
        ("failures", "incomplete_response_keeps_status_and_request_id", LosesTheHead),
        ("failures", "never_resends_a_request", SendsAgain),
        ("failures", "idle_close_does_not_look_like_a_lost_request", FailsAfterTheFirst),
        ("failures", "non_idempotent_requests_use_a_fresh_connection", ReusesConnections),
        ("failures", "errors_never_show_the_key", QuotesTheRequest),
        ("cancellation", "unpolled_future_sends_nothing", SendsBeforeThePoll),
        ("cancellation", "dropped_send_closes_its_connection", ContinuesWhenDropped),
        ("cancellation", "dropped_send_does_not_affect_others", BreaksWhenDropped),
        ("tls", "accepts_a_trusted_server", TrustsNoRoot),
        (
            "tls",
            "sends_nothing_to_an_untrusted_server",
            ConfusesKinds(Kind::Connect, Kind::Interrupted),
        ),
        (
            "tls",
            "sends_nothing_to_a_server_of_another_name",
            ConfusesKinds(Kind::Connect, Kind::Interrupted),
        ),
        ("tls", "missing_close_notify_is_interrupted", AcceptsTruncatedResponses),
        ("emulator", "manages_a_certificate_from_upload_to_delete", LosesTheQuery),
        ("emulator", "reads_a_list_to_its_end", LosesTheQuery),
        ("emulator", "reports_the_error_of_the_server", ReportsErrorStatusesAsFailures),
        (
            "emulator",
            "retries_a_toggle_after_a_lost_response",
            ConfusesKinds(Kind::Interrupted, Kind::TooLarge),
        ),
        (
            "emulator",
            "does_not_repeat_an_upload_after_a_lost_response",
            ConfusesKinds(Kind::Interrupted, Kind::Connect),
        ),
        ("emulator", "late_response_is_timeout", ConfusesKinds(Kind::Timeout, Kind::Connect)),
        (
            "emulator",
            "truncated_response_is_interrupted",
            ConfusesKinds(Kind::Interrupted, Kind::Timeout),
        ),
        ("emulator", "reports_a_redirect_as_an_error", FollowsRedirects),
        ("emulator", "waits_as_long_as_the_server_requests", NeverSleeps),
        ("emulator", "carries_out_concurrent_calls", RepeatsTheFirstResponse),
    ]
}

/// The defect of a transport.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Defect {
    AlwaysSendsABody,
    RequestsGzip,
    ChangesTheMaximumSize(isize),
    BreaksWhenDropped,
    ConfusesKinds(Kind, Kind),
    DecodesSlashes,
    FailsAfterTheFirst,
    FollowsRedirects,
    RepeatsTheFirstResponse,
    ContinuesWhenDropped,
    IgnoresTheTimeout,
    KeepsOneHeaderOfAName,
    LosesTheHead,
    LosesTheQuery,
    NeverSleeps,
    QuotesTheRequest,
    ReadsBodiesAsText,
    ReusesConnections,
    ClockRunsBackwards,
    SendsAgain,
    SendsBeforeThePoll,
    IgnoresBodiesWithoutLength,
    ReportsErrorStatusesAsFailures,
    StopsAtTheFirstHead,
    AcceptsTruncatedResponses,
    TrustsNoRoot,
    RequiresABody,
}

struct DefectiveHyper(Hyper, Defect);

impl Subject for DefectiveHyper {
    type Transport = DefectiveTransport;

    fn transport(&self, requirements: &Requirements) -> DefectiveTransport {
        let mut requirements = requirements.clone();
        match self.1 {
            Defect::ChangesTheMaximumSize(by) => {
                requirements.max_response_size =
                    requirements.max_response_size.wrapping_add_signed(by);
            }
            Defect::TrustsNoRoot => requirements.root_certificate = None,
            _ => {}
        }
        DefectiveTransport {
            inner: self.0.transport(&requirements),
            defect: self.1,
            first: Arc::default(),
            broken: Arc::default(),
            ticks: AtomicU64::new(u64::MAX / 2),
        }
    }

    fn run<F: Future>(&self, future: F) -> F::Output {
        self.0.run(future)
    }
}

type Outcome = Result<Response<Bytes>, TransportError>;

struct DefectiveTransport {
    inner: HyperTransport,
    defect: Defect,
    first: Arc<Mutex<Option<Response<Bytes>>>>,
    broken: Arc<AtomicBool>,
    ticks: AtomicU64,
}

impl Transport for DefectiveTransport {
    fn send(
        &self,
        request: Request<Bytes>,
        attempt: Attempt,
    ) -> impl Future<Output = Outcome> + Send {
        let attempt = match self.defect {
            Defect::ReusesConnections => Attempt::new(attempt.endpoint, attempt.timeout),
            _ => attempt,
        };
        let inner = self.inner.clone();
        let request = alter_request(self.defect, request);
        let at_once = (self.defect == Defect::SendsBeforeThePoll).then(|| {
            let (inner, request, attempt) = (inner.clone(), request.clone(), attempt.clone());
            tokio::spawn(async move { inner.send(request, attempt).await })
        });
        async move {
            if let Some(sending) = at_once {
                return sending.await.unwrap();
            }
            if self.broken.load(Ordering::SeqCst) {
                return Err(TransportError::new(Kind::Connect));
            }
            let mut guard =
                Guard(Arc::clone(&self.broken), self.defect == Defect::BreaksWhenDropped);
            let outcome = match self.defect {
                Defect::ContinuesWhenDropped => {
                    let (request, attempt) = (request.clone(), attempt.clone());
                    tokio::spawn(async move { inner.send(request, attempt).await }).await.unwrap()
                }
                Defect::IgnoresTheTimeout => {
                    send_without_timeout(&inner, request.clone(), &attempt).await
                }
                Defect::StopsAtTheFirstHead => first_head(&request),
                _ => inner.send(request.clone(), attempt.clone()).await,
            };
            guard.1 = false;
            self.alter(outcome, request, attempt).await
        }
    }

    async fn sleep(&self, delay: Delay) {
        if self.defect != Defect::NeverSleeps {
            self.inner.sleep(delay).await;
        }
    }

    fn now(&self) -> Duration {
        if self.defect == Defect::ClockRunsBackwards {
            return Duration::from_nanos(self.ticks.fetch_sub(1, Ordering::SeqCst));
        }
        self.inner.now()
    }
}

fn alter_request(defect: Defect, mut request: Request<Bytes>) -> Request<Bytes> {
    let uri = request.uri().to_string();
    match defect {
        Defect::DecodesSlashes => *request.uri_mut() = uri.replace("%2F", "/").parse().unwrap(),
        Defect::LosesTheQuery => {
            *request.uri_mut() = uri.split('?').next().unwrap().parse().unwrap();
        }
        Defect::KeepsOneHeaderOfAName => {
            let mut kept = HeaderMap::new();
            for (name, value) in request.headers() {
                kept.insert(name, value.clone());
            }
            *request.headers_mut() = kept;
        }
        Defect::ReadsBodiesAsText => {
            let text = String::from_utf8_lossy(request.body()).into_owned();
            *request.body_mut() = text.into();
        }
        Defect::AlwaysSendsABody if request.body().is_empty() => *request.body_mut() = "{}".into(),
        Defect::RequestsGzip => {
            request.headers_mut().insert("accept-encoding", HeaderValue::from_static("gzip"));
        }
        _ => {}
    }
    request
}

impl DefectiveTransport {
    async fn alter(&self, outcome: Outcome, request: Request<Bytes>, attempt: Attempt) -> Outcome {
        let interrupted = || Err(TransportError::new(Kind::Interrupted));
        let earlier = {
            let mut first = self.first.lock().unwrap();
            let before = first.clone();
            if let (None, Ok(response)) = (&before, &outcome) {
                *first = Some(response.clone());
            }
            before
        };
        match (self.defect, outcome) {
            (Defect::ReadsBodiesAsText, Ok(response)) => {
                Ok(response.map(|body| String::from_utf8_lossy(&body).into_owned().into()))
            }
            (Defect::IgnoresBodiesWithoutLength, Ok(response))
                if !response.headers().contains_key(header::CONTENT_LENGTH) =>
            {
                Ok(response.map(|_| Bytes::new()))
            }
            (Defect::RequiresABody, Ok(response)) if response.body().is_empty() => interrupted(),
            (Defect::ReportsErrorStatusesAsFailures, Ok(response))
                if response.status().as_u16() >= 400 =>
            {
                interrupted()
            }
            (Defect::FollowsRedirects, Ok(response)) if response.status().is_redirection() => {
                let Some(location) = response.headers().get(header::LOCATION) else {
                    return Ok(response);
                };
                let mut parts = request.uri().clone().into_parts();
                let location: http::Uri = location.to_str().unwrap().parse().unwrap();
                let there = location.into_parts();
                parts.authority = there.authority.or(parts.authority);
                parts.path_and_query = there.path_and_query;
                let mut again = request;
                *again.uri_mut() = http::Uri::from_parts(parts).unwrap();
                self.inner.send(again, attempt).await
            }
            (Defect::RepeatsTheFirstResponse, Ok(response)) => Ok(earlier.unwrap_or(response)),
            (Defect::FailsAfterTheFirst, Ok(_)) if earlier.is_some() => interrupted(),
            (Defect::ConfusesKinds(from, to), Err(error)) if error.kind() == from => {
                Err(TransportError::new(to))
            }
            (Defect::AcceptsTruncatedResponses, Err(error))
                if error.kind() == Kind::Interrupted =>
            {
                Ok(Response::new(Bytes::new()))
            }
            (Defect::LosesTheHead, Err(error)) => Err(TransportError::new(error.kind())),
            (Defect::SendsAgain, Err(error)) if error.kind() == Kind::Interrupted => {
                self.inner.send(request, attempt).await
            }
            (Defect::QuotesTheRequest, Err(error)) => {
                let key = request.headers()[header::AUTHORIZATION].to_str().unwrap();
                Err(TransportError::new(error.kind()).with_source(format!("sent {key}")))
            }
            (_, outcome) => outcome,
        }
    }
}

/// Sends without a timeout, and reports every failure as a timeout.
async fn send_without_timeout(
    inner: &HyperTransport,
    request: Request<Bytes>,
    attempt: &Attempt,
) -> Outcome {
    let long = Attempt::new(attempt.endpoint, Duration::from_secs(600));
    let outcome = inner.send(request, long).await;
    outcome.map_err(|_| TransportError::new(Kind::Timeout))
}

/// Returns the first head as the whole response.
fn first_head(request: &Request<Bytes>) -> Outcome {
    let mut stream = TcpStream::connect(request.uri().authority().unwrap().as_str()).unwrap();
    write!(stream, "GET {} HTTP/1.1\r\nhost: x\r\n\r\n", request.uri().path()).unwrap();
    let mut head = [0; 12];
    stream.read_exact(&mut head).unwrap();
    let status = std::str::from_utf8(&head[9..]).unwrap();
    Ok(Response::builder().status(status).body(Bytes::new()).unwrap())
}

/// Breaks its transport when it is dropped during a send.
struct Guard(Arc<AtomicBool>, bool);

impl Drop for Guard {
    fn drop(&mut self) {
        if self.1 {
            self.0.store(true, Ordering::SeqCst);
        }
    }
}
