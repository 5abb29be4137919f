//! Laws of a call: whatever the responses, it ends within its bounds and reports correctly what may have happened.

use std::time::Duration;

use certs_core::call::{Call, Step};
use certs_core::operation::{Effect, Operation};
use certs_core::operations::{Deactivate, Delete, List, Modify, Scope, Upload};
use certs_core::transport::TransportErrorKind;
use certs_core::{Client, Error, Reply, Retry};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::support::{KEY, Outcome, api, id, scripted};

/// One attempt: its outcome, and how much of its time limit it takes.
#[derive(Debug, Clone)]
struct Attempt {
    outcome: Outcome,
    share_of_time: f64,
}

/// The observable result of a call that ran to its end.
#[derive(Debug)]
struct Run<T> {
    sent: Vec<Attempt>,
    waited: Duration,
    took: Duration,
    result: Result<Reply<T>, Error>,
}

fn run<O: Operation>(operation: O, retry: &Retry, script: &[Attempt]) -> Run<O::Output> {
    let mut call = Call::new(&api(), operation, retry.clone()).unwrap();
    let (mut sent, mut waited, mut took) = (Vec::new(), Duration::ZERO, Duration::ZERO);
    // After the end of the script its last line repeats, to find calls that never end.
    for step in 0..1000 {
        let attempt = script[step.min(script.len() - 1)].clone();
        took += call.time_left(took).mul_f64(attempt.share_of_time);
        let outcome = attempt.outcome.result();
        sent.push(attempt);
        match call.handle_response(outcome, took) {
            Step::Done(result) => return Run { sent, waited, took, result },
            Step::Retry(delay, again) => {
                assert!(delay.min <= delay.max);
                waited += delay.max;
                took += delay.max;
                call = again;
            }
        }
    }
    panic!("the call did not end");
}

/// The model, written only from the contract.
fn may_be_processed(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Failure(kind) => *kind != TransportErrorKind::Connect,
        Outcome::Response { status, body, .. } => {
            matches!(status, 200..=299 | 408 | 409 | 500..)
                || body.windows(16).any(|text| text == b"project_archived")
        }
    }
}

fn check<O: Operation>(
    operation: O,
    retry: &Retry,
    script: &[Attempt],
) -> Result<(), TestCaseError> {
    let once = O::EFFECT == Effect::NonIdempotent;
    let reads = O::EFFECT == Effect::Safe;
    let run = run(operation, retry, script);
    prop_assert!(run.sent.len() <= retry.attempts.max(1) as usize);
    prop_assert!(run.waited <= retry.deadline, "waited {:?}", run.waited);
    prop_assert!(run.took <= retry.deadline, "took {:?}", run.took);
    if once {
        for attempt in &run.sent[..run.sent.len() - 1] {
            let lost = may_be_processed(&attempt.outcome);
            prop_assert!(!lost, "sent again after {:?}", attempt.outcome);
        }
    }
    match &run.result {
        Ok(reply) => prop_assert_eq!(reply.attempts as usize, run.sent.len()),
        Err(error) => {
            let processed = run.sent.iter().any(|attempt| may_be_processed(&attempt.outcome));
            prop_assert_eq!(error.may_have_acted(), processed && !reads, "{:?}", error);
            prop_assert_eq!(error.context().unwrap().attempts as usize, run.sent.len());
            if let Some(Attempt { outcome: Outcome::Response { status, .. }, .. }) = run.sent.last()
            {
                prop_assert_eq!(error.status().unwrap().as_u16(), *status);
            }
            let mut printed = format!("{error:?} {error}");
            let mut source = std::error::Error::source(error);
            while let Some(error) = source {
                printed += &format!(" {error:?} {error}");
                source = error.source();
            }
            prop_assert!(!printed.contains("QZXJVW"), "{}", printed);
            prop_assert!(!printed.contains('\u{1b}'), "{:?}", printed);
        }
    }
    Ok(())
}

fn outcome() -> impl Strategy<Value = Outcome> {
    let kind = prop::sample::select(vec![
        TransportErrorKind::Connect,
        TransportErrorKind::Timeout,
        TransportErrorKind::Interrupted,
        TransportErrorKind::TooLarge,
    ]);
    let status = prop::sample::select(vec![
        100, 200, 201, 204, 301, 307, 400, 401, 403, 404, 408, 409, 413, 425, 429, 500, 502, 503,
        599,
    ]);
    let header = prop::sample::select(vec![
        ("x-should-retry", "true"),
        ("x-should-retry", "false"),
        ("x-should-retry", "perhaps"),
        ("retry-after", "1"),
        ("retry-after", "120"),
        ("retry-after", "7200"),
        ("retry-after", "0"),
        ("retry-after", "-5"),
        ("retry-after", "Tue, 24 Nov 2026 04:00:07 GMT"),
        ("date", "Tue, 24 Nov 2026 04:00:00 GMT"),
        ("retry-after-ms", "99999999999999999999"),
        ("retry-after-ms", "1"),
        ("x-request-id", "req_1"),
        ("x-request-id", KEY),
        ("location", "https://elsewhere.example/"),
    ]);
    let body = prop_oneof![
        Just(Vec::new()),
        Just(b"<html>502</html>".to_vec()),
        Just(br#"{"error":"sk-admin-QZXJVWKPHG is wrong"}"#.to_vec()),
        Just(br#"{"error":{"message":"\u001b[2J","code":"project_archived"}}"#.to_vec()),
        Just(format!(r#"{{"error":{{"code":"{KEY}","type":"{KEY}","param":"{KEY}"}}}}"#).into()),
        Just(format!(r#"{{"object":"list","data":[],"id":"{KEY}"}}"#).into()),
        Just("[".repeat(100_000).into()),
        vec(any::<u8>(), 0..40),
    ];
    let response = (status, vec(header, 0..3), body).prop_map(|(status, headers, body)| {
        let response = Outcome::response(status, body);
        headers.into_iter().fold(response, |response, (name, value)| response.header(name, value))
    });
    prop_oneof![1 => kind.prop_map(Outcome::Failure), 3 => response]
}

fn script() -> impl Strategy<Value = Vec<Attempt>> {
    let attempt = (outcome(), 0.0..=1.0)
        .prop_map(|(outcome, share_of_time)| Attempt { outcome, share_of_time });
    vec(attempt, 1..8)
}

fn bounds() -> impl Strategy<Value = Retry> {
    (0u32..12, 0u64..400, 0u64..90).prop_map(|(attempts, deadline, attempt_timeout)| {
        let mut retry = Retry::default();
        retry.attempts = attempts;
        retry.deadline = Duration::from_secs(deadline);
        retry.attempt_timeout = Duration::from_secs(attempt_timeout);
        retry
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn a_toggle_ends_in_bounds_and_reports_what_may_have_happened(retry in bounds(), script in script()) {
        check(Deactivate::new(Scope::Organization, id("cert_a")), &retry, &script)?;
    }

    #[test]
    fn an_upload_is_never_repeated_after_a_lost_response(retry in bounds(), script in script()) {
        let pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----";
        check(Upload::new(pem.parse().unwrap()), &retry, &script)?;
    }

    #[test]
    fn a_rename_ends_in_bounds_and_reports_what_may_have_happened(retry in bounds(), script in script()) {
        check(Modify::new(id("cert_a"), "New"), &retry, &script)?;
    }

    #[test]
    fn a_delete_ends_in_bounds_and_reports_what_may_have_happened(retry in bounds(), script in script()) {
        check(Delete::new(id("cert_a")), &retry, &script)?;
    }

    #[test]
    fn a_list_ends_in_bounds_and_never_has_acted(retry in bounds(), script in script()) {
        check(List::new(Scope::Organization), &retry, &script)?;
    }
}

/// Runs a script in which time passes only while the call waits.
fn play<O: Operation>(operation: O, script: impl IntoIterator<Item = Outcome>) -> Run<O::Output> {
    let attempt = |outcome| Attempt { outcome, share_of_time: 0.0 };
    run(operation, &Retry::default(), &script.into_iter().map(attempt).collect::<Vec<_>>())
}

#[test]
fn a_delete_that_finds_nothing_after_a_lost_response_was_done() {
    let lost = Outcome::Failure(TransportErrorKind::Interrupted);
    let gone = Outcome::response(404, r#"{"error":{"message":"No such certificate"}}"#);
    let delete = Delete::new(id("cert_a"));
    for run in
        [play(&delete, [lost.clone(), gone.clone()]), play(delete.clone(), [lost, gone.clone()])]
    {
        assert_eq!(run.result.unwrap().value.id, id("cert_a"));
    }

    let unsent = Outcome::Failure(TransportErrorKind::Connect);
    for script in [vec![gone.clone()], vec![unsent, gone.clone()]] {
        let error = play(Delete::new(id("cert_a")), script).result.unwrap_err();
        assert_eq!(error.status().unwrap(), 404);
        assert!(!error.may_have_acted());
    }

    let lost = Outcome::Failure(TransportErrorKind::Timeout);
    let run = play(Deactivate::new(Scope::Organization, id("cert_a")), [lost, gone]);
    assert!(run.result.unwrap_err().may_have_acted(), "only a delete reads 404 as done");
}

#[test]
fn a_server_delay_is_respected_up_to_a_bound() {
    let busy = |wait: &str| Outcome::response(429, "").header("retry-after", wait);
    let fine = Outcome::response(200, r#"{"object":"list","data":[]}"#);
    let run = play(List::new(Scope::Organization), [busy("7"), fine.clone()]);
    assert_eq!(run.waited, Duration::from_secs(7));
    assert!(run.result.is_ok());

    let run = play(List::new(Scope::Organization), [busy("7200"), fine]);
    assert_eq!(run.waited, Duration::ZERO);
    let error = run.result.unwrap_err();
    assert_eq!(error.server_delay(), Some(Duration::from_secs(7200)));
    assert!(error.is_retryable());
}

#[test]
fn a_wait_beyond_the_deadline_is_not_started() {
    let busy = || Outcome::response(429, "").header("retry-after", "7");
    let fine = Outcome::response(200, r#"{"object":"list","data":[]}"#);
    for (deadline, requests) in [(7_000, 1), (7_001, 2)] {
        let mut retry = Retry::default();
        retry.deadline = Duration::from_millis(deadline);
        let script = [busy(), fine.clone()].map(|outcome| Attempt { outcome, share_of_time: 0.0 });
        let run = run(List::new(Scope::Organization), &retry, &script);
        assert_eq!(run.sent.len(), requests, "{deadline} ms");
    }
}

#[tokio::test]
async fn nothing_is_sent_when_no_time_is_left() {
    let client = Client::new(api(), scripted([Outcome::response(200, "{}")]));
    let mut retry = Retry::default();
    retry.deadline = Duration::ZERO;
    let client = client.with_retry(retry);
    let error = client.call(Deactivate::new(Scope::Organization, id("cert_a"))).await.unwrap_err();
    assert!(!error.may_have_acted(), "{error:?}");
    assert!(client.transport().requests().is_empty());
}

#[test]
fn an_unbounded_timeout_can_be_added_to_a_clock() {
    let mut retry = Retry::default();
    (retry.attempt_timeout, retry.deadline) = (Duration::MAX, Duration::MAX);
    let call = Call::new(&api(), List::new(Scope::Organization), retry).unwrap();
    assert_eq!(call.time_left(Duration::ZERO), Duration::from_secs(86_400));
}

#[test]
fn any_success_is_a_success() {
    for status in [200, 201, 202, 299] {
        let response = Outcome::response(status, "\u{feff}{\"object\":\"list\",\"data\":[]}");
        assert!(play(List::new(Scope::Organization), [response]).result.is_ok(), "{status}");
    }
}
