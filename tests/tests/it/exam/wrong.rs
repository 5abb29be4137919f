//! For each case of the exam a transport that is wrong in one way, and fails it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use certs_conformance::{CASES, Candidate, Terms, sit};
use certs_core::{Delay, Transport, TransportError, TransportErrorKind as Kind};
use certs_hyper::HyperTransport;
use http::{HeaderMap, HeaderValue, Request, Response, header};

use super::Hyper;

#[test]
fn every_case_can_be_failed() {
    // A group a thread: some cases wait until it is clear that what is due will not come.
    thread::scope(|scope| {
        for (group, cases) in CASES {
            scope.spawn(|| cases.iter().for_each(|case| assert_can_be_failed(group, case)));
        }
    });
}

#[test]
fn every_wrong_is_wrong_for_a_case() {
    let known = |(group, case, _): &(&str, &str, Wrong)| {
        CASES.iter().any(|(known, cases)| known == group && cases.contains(case))
    };
    let unknown: Vec<_> = wrongs().into_iter().filter(|wrong| !known(wrong)).collect();
    assert!(unknown.is_empty(), "no such cases: {unknown:?}");
}

fn assert_can_be_failed(group: &str, case: &str) {
    let wrong = wrongs().into_iter().find(|wrong| (wrong.0, wrong.1) == (group, case));
    let (.., wrong) = wrong.unwrap_or_else(|| panic!("nothing is wrong for {group}::{case}"));
    let candidate = WrongHyper(Hyper::new(), wrong);
    let sat = catch_unwind(AssertUnwindSafe(|| sit(group, case, &candidate)));
    assert!(sat.is_err(), "{wrong:?} passed {group}::{case}");
}

fn wrongs() -> Vec<(&'static str, &'static str, Wrong)> {
    use Wrong::*;
    vec![
        ("clock", "a_pause_keeps_to_its_range", NeverPauses),
        ("clock", "the_clock_never_runs_backwards", RunsBackwards),
        ("requests", "method_and_target_arrive_byte_for_byte", DecodesSlashes),
        ("requests", "every_header_arrives_as_it_is", KeepsOneHeaderOfAName),
        ("requests", "a_body_arrives_byte_for_byte", ReadsBodiesAsText),
        ("requests", "a_request_without_a_body_stays_without", AlwaysSendsABody),
        ("requests", "nothing_is_added", AsksForGzip),
        ("answers", "status_headers_and_body_come_back_byte_for_byte", ReadsBodiesAsText),
        ("answers", "a_body_comes_in_any_framing", TakesOnlyDeclaredBodies),
        ("answers", "an_answer_without_a_body_is_whole", WantsABody),
        ("answers", "interim_answers_are_skipped", TakesTheFirstHead),
        ("answers", "every_refusal_is_an_answer", TakesRefusalsForFailures),
        ("answers", "a_redirect_is_an_answer", FollowsRedirects),
        ("answers", "an_answer_as_large_as_the_bound_is_taken", BoundsAnswers(-1)),
        ("answers", "a_hundred_sends_at_once_get_each_its_own_answer", GivesTheFirstAnswerAgain),
        ("failures", "a_refused_connection_is_connect", Confuses(Kind::Connect, Kind::Interrupted)),
        ("failures", "silence_is_timeout", Confuses(Kind::Timeout, Kind::Interrupted)),
        ("failures", "an_answer_that_drips_is_timeout", IgnoresTheTime),
        (
            "failures",
            "a_close_instead_of_an_answer_is_interrupted",
            Confuses(Kind::Interrupted, Kind::Connect),
        ),
        ("failures", "a_cut_body_is_interrupted", TakesWhatCame),
        ("failures", "what_is_no_http_is_interrupted", Confuses(Kind::Interrupted, Kind::Timeout)),
        ("failures", "an_oversized_answer_is_too_large", BoundsAnswers(64 * 1024 * 1024)),
        ("failures", "a_broken_answer_keeps_its_head", LosesTheHead),
        ("failures", "one_send_is_one_request", SendsAgain),
        ("failures", "a_connection_closed_while_idle_is_no_doubt", DoubtsAllButTheFirst),
        ("failures", "no_error_shows_the_key", QuotesTheRequest),
        ("cancellation", "a_future_that_is_never_polled_sends_nothing", SendsAtOnce),
        ("cancellation", "a_dropped_send_hangs_up", GoesOnWhenDropped),
        ("cancellation", "a_dropped_send_disturbs_no_other", BreaksWhenDropped),
        ("tls", "a_trusted_server_is_spoken_to", TrustsNobody),
        ("tls", "an_untrusted_server_reads_nothing", Confuses(Kind::Connect, Kind::Interrupted)),
        (
            "tls",
            "a_server_by_another_name_reads_nothing",
            Confuses(Kind::Connect, Kind::Interrupted),
        ),
        ("tls", "an_end_without_a_farewell_is_interrupted", TakesWhatCame),
        ("emulator", "a_certificate_lives_its_life", LosesTheQuery),
        ("emulator", "a_list_is_read_to_its_end", LosesTheQuery),
        ("emulator", "a_refusal_is_told_in_the_words_of_the_server", TakesRefusalsForFailures),
        (
            "emulator",
            "a_lost_answer_is_asked_for_again",
            Confuses(Kind::Interrupted, Kind::TooLarge),
        ),
        (
            "emulator",
            "an_upload_whose_answer_was_lost_is_not_repeated",
            Confuses(Kind::Interrupted, Kind::Connect),
        ),
        ("emulator", "a_late_answer_is_timeout", Confuses(Kind::Timeout, Kind::Connect)),
        ("emulator", "a_cut_answer_is_interrupted", Confuses(Kind::Interrupted, Kind::Timeout)),
        ("emulator", "a_redirect_is_refused", FollowsRedirects),
        ("emulator", "the_delay_that_a_server_asks_for_is_kept", NeverPauses),
        ("emulator", "many_calls_at_once_all_arrive", GivesTheFirstAnswerAgain),
    ]
}

/// A way to be wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Wrong {
    AlwaysSendsABody,
    AsksForGzip,
    BoundsAnswers(isize),
    BreaksWhenDropped,
    Confuses(Kind, Kind),
    DecodesSlashes,
    DoubtsAllButTheFirst,
    FollowsRedirects,
    GivesTheFirstAnswerAgain,
    GoesOnWhenDropped,
    IgnoresTheTime,
    KeepsOneHeaderOfAName,
    LosesTheHead,
    LosesTheQuery,
    NeverPauses,
    QuotesTheRequest,
    ReadsBodiesAsText,
    RunsBackwards,
    SendsAgain,
    SendsAtOnce,
    TakesOnlyDeclaredBodies,
    TakesRefusalsForFailures,
    TakesTheFirstHead,
    TakesWhatCame,
    TrustsNobody,
    WantsABody,
}

struct WrongHyper(Hyper, Wrong);

impl Candidate for WrongHyper {
    type Transport = WrongTransport;

    fn transport(&self, terms: &Terms) -> WrongTransport {
        let mut terms = terms.clone();
        match self.1 {
            Wrong::BoundsAnswers(off) => {
                terms.max_response_size = terms.max_response_size.wrapping_add_signed(off);
            }
            Wrong::TrustsNobody => terms.authority = None,
            _ => {}
        }
        WrongTransport {
            inner: self.0.transport(&terms),
            wrong: self.1,
            first: Arc::default(),
            broken: Arc::default(),
            ticks: AtomicU64::new(u64::MAX / 2),
        }
    }

    fn run<F: Future>(&self, future: F) -> F::Output {
        self.0.run(future)
    }
}

type Outcome = Result<Response<Vec<u8>>, TransportError>;

struct WrongTransport {
    inner: HyperTransport,
    wrong: Wrong,
    first: Arc<Mutex<Option<Response<Vec<u8>>>>>,
    broken: Arc<AtomicBool>,
    ticks: AtomicU64,
}

impl Transport for WrongTransport {
    fn send(
        &self,
        request: Request<Vec<u8>>,
        timeout: Duration,
    ) -> impl Future<Output = Outcome> + Send {
        let inner = self.inner.clone();
        let request = spoil_request(self.wrong, request);
        let at_once = (self.wrong == Wrong::SendsAtOnce).then(|| {
            let (inner, request) = (inner.clone(), request.clone());
            tokio::spawn(async move { inner.send(request, timeout).await })
        });
        async move {
            if let Some(sending) = at_once {
                return sending.await.unwrap();
            }
            if self.broken.load(Ordering::SeqCst) {
                return Err(TransportError::new(Kind::Connect));
            }
            let mut guard = Guard(Arc::clone(&self.broken), self.wrong == Wrong::BreaksWhenDropped);
            let outcome = match self.wrong {
                Wrong::GoesOnWhenDropped => {
                    let request = request.clone();
                    tokio::spawn(async move { inner.send(request, timeout).await }).await.unwrap()
                }
                Wrong::IgnoresTheTime => timed_by_the_server(&inner, request.clone()).await,
                Wrong::TakesTheFirstHead => first_head(&request),
                _ => inner.send(request.clone(), timeout).await,
            };
            guard.1 = false;
            self.spoil(outcome, request, timeout).await
        }
    }

    async fn sleep(&self, delay: Delay) {
        if self.wrong != Wrong::NeverPauses {
            self.inner.sleep(delay).await;
        }
    }

    fn now(&self) -> Duration {
        if self.wrong == Wrong::RunsBackwards {
            return Duration::from_nanos(self.ticks.fetch_sub(1, Ordering::SeqCst));
        }
        self.inner.now()
    }
}

fn spoil_request(wrong: Wrong, mut request: Request<Vec<u8>>) -> Request<Vec<u8>> {
    let uri = request.uri().to_string();
    match wrong {
        Wrong::DecodesSlashes => *request.uri_mut() = uri.replace("%2F", "/").parse().unwrap(),
        Wrong::LosesTheQuery => {
            *request.uri_mut() = uri.split('?').next().unwrap().parse().unwrap();
        }
        Wrong::KeepsOneHeaderOfAName => {
            let mut kept = HeaderMap::new();
            for (name, value) in request.headers() {
                kept.insert(name, value.clone());
            }
            *request.headers_mut() = kept;
        }
        Wrong::ReadsBodiesAsText => {
            let text = String::from_utf8_lossy(request.body()).into_owned();
            *request.body_mut() = text.into_bytes();
        }
        Wrong::AlwaysSendsABody if request.body().is_empty() => *request.body_mut() = b"{}".into(),
        Wrong::AsksForGzip => {
            request.headers_mut().insert("accept-encoding", HeaderValue::from_static("gzip"));
        }
        _ => {}
    }
    request
}

impl WrongTransport {
    async fn spoil(
        &self,
        outcome: Outcome,
        request: Request<Vec<u8>>,
        timeout: Duration,
    ) -> Outcome {
        let interrupted = || Err(TransportError::new(Kind::Interrupted));
        let had_one = {
            let mut first = self.first.lock().unwrap();
            let before = first.clone();
            if let (None, Ok(response)) = (&before, &outcome) {
                *first = Some(response.clone());
            }
            before
        };
        match (self.wrong, outcome) {
            (Wrong::ReadsBodiesAsText, Ok(response)) => {
                Ok(response.map(|body| String::from_utf8_lossy(&body).into_owned().into_bytes()))
            }
            (Wrong::TakesOnlyDeclaredBodies, Ok(response))
                if !response.headers().contains_key(header::CONTENT_LENGTH) =>
            {
                Ok(response.map(|_| Vec::new()))
            }
            (Wrong::WantsABody, Ok(response)) if response.body().is_empty() => interrupted(),
            (Wrong::TakesRefusalsForFailures, Ok(response))
                if response.status().as_u16() >= 400 =>
            {
                interrupted()
            }
            (Wrong::FollowsRedirects, Ok(response)) if response.status().is_redirection() => {
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
                self.inner.send(again, timeout).await
            }
            (Wrong::GivesTheFirstAnswerAgain, Ok(response)) => Ok(had_one.unwrap_or(response)),
            (Wrong::DoubtsAllButTheFirst, Ok(_)) if had_one.is_some() => interrupted(),
            (Wrong::Confuses(from, to), Err(error)) if error.kind() == from => {
                Err(TransportError::new(to))
            }
            (Wrong::TakesWhatCame, Err(error)) if error.kind() == Kind::Interrupted => {
                Ok(Response::new(Vec::new()))
            }
            (Wrong::LosesTheHead, Err(error)) => Err(TransportError::new(error.kind())),
            (Wrong::SendsAgain, Err(error)) if error.kind() == Kind::Interrupted => {
                self.inner.send(request, timeout).await
            }
            (Wrong::QuotesTheRequest, Err(error)) => {
                let key = request.headers()[header::AUTHORIZATION].to_str().unwrap();
                Err(TransportError::new(error.kind()).with_source(format!("sent {key}")))
            }
            (_, outcome) => outcome,
        }
    }
}

/// Waits as long as it takes, and then calls it a timeout.
async fn timed_by_the_server(inner: &HyperTransport, request: Request<Vec<u8>>) -> Outcome {
    let outcome = inner.send(request, Duration::from_secs(600)).await;
    outcome.map_err(|_| TransportError::new(Kind::Timeout))
}

/// Takes the first head that comes for the whole answer.
fn first_head(request: &Request<Vec<u8>>) -> Outcome {
    let mut stream = TcpStream::connect(request.uri().authority().unwrap().as_str()).unwrap();
    write!(stream, "GET {} HTTP/1.1\r\nhost: x\r\n\r\n", request.uri().path()).unwrap();
    let mut head = [0; 12];
    stream.read_exact(&mut head).unwrap();
    let status = std::str::from_utf8(&head[9..]).unwrap();
    Ok(Response::builder().status(status).body(Vec::new()).unwrap())
}

/// Breaks its transport when it is dropped in the middle of a send.
struct Guard(Arc<AtomicBool>, bool);

impl Drop for Guard {
    fn drop(&mut self) {
        if self.1 {
            self.0.store(true, Ordering::SeqCst);
        }
    }
}
