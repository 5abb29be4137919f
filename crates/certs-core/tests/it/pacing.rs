//! Laws of pacing through a client: below the rate, within the deadline, and dropped calls release their budget.

mod emulator;
mod figures;
mod learning;
mod limiters;
mod sharing;
mod simulation;
mod store;

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Mutex;
use std::task::Poll;
use std::time::Duration;

use certs_core::bytes::Bytes;
use certs_core::operation::{Effect, Endpoint, Operation, RequestBuilder};
use certs_core::operations::{List, Scope};
use certs_core::pacer::SharedPacer;
use certs_core::transport::{Attempt, Delay, Transport, TransportError, TransportErrorKind};
use certs_core::{AdminKey, Api, BaseUrl, Client, Error, Retry};
use http::{Request, Response, StatusCode};
use proptest::collection::vec;
use proptest::prelude::*;
use tokio::time::Instant;

/// How long each response takes.
const LATENCY: Duration = Duration::from_millis(500);

/// Responds from a script, in tokio's time.
struct Network {
    epoch: Instant,
    responses: Mutex<VecDeque<Response<Bytes>>>,
    sent_at: Mutex<Vec<Duration>>,
}

impl Network {
    fn new(responses: impl IntoIterator<Item = Response<Bytes>>) -> Self {
        Self {
            epoch: Instant::now(),
            responses: Mutex::new(responses.into_iter().collect()),
            sent_at: Mutex::default(),
        }
    }

    /// When requests were sent, in seconds.
    fn sent_at(&self) -> Vec<f64> {
        self.sent_at.lock().unwrap().iter().map(Duration::as_secs_f64).collect()
    }
}

impl Transport for Network {
    async fn send(&self, _: Request<Bytes>, _: Attempt) -> Result<Response<Bytes>, TransportError> {
        self.sent_at.lock().unwrap().push(self.now());
        tokio::time::sleep(LATENCY).await;
        let response = self.responses.lock().unwrap().pop_front();
        response.ok_or_else(|| TransportError::new(TransportErrorKind::Connect))
    }

    async fn sleep(&self, delay: Delay) {
        tokio::time::sleep(delay.max).await;
    }

    fn now(&self) -> Duration {
        self.epoch.elapsed()
    }
}

fn client(pacer: &SharedPacer, responses: Vec<Response<Bytes>>) -> Client<Network> {
    let key = AdminKey::new("sk-admin-example".into()).unwrap();
    Client::new(Api::new(BaseUrl::default(), key), Network::new(responses))
        .with_pacer(pacer.clone())
}

fn with_deadline(seconds: u64) -> Retry {
    let mut retry = Retry::default();
    retry.deadline = Duration::from_secs(seconds);
    retry
}

fn response(status: u16, headers: &[(&'static str, &str)], body: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::copy_from_slice(body.as_bytes()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    for (name, value) in headers {
        response.headers_mut().insert(*name, value.parse().unwrap());
    }
    response
}

fn outcome(
    status: u16,
    headers: &[(&'static str, &str)],
) -> Result<Response<Bytes>, TransportError> {
    Ok(response(status, headers, ""))
}

fn accepted() -> Response<Bytes> {
    response(200, &[], r#"{"object":"list","data":[]}"#)
}

fn too_many() -> Response<Bytes> {
    response(429, &[], "")
}

fn list() -> List {
    List::new(Scope::Organization)
}

/// An operation that is not idempotent.
#[derive(Debug)]
struct Add;

impl Operation for Add {
    type Output = serde_json::Value;
    const EFFECT: Effect = Effect::NonIdempotent;

    fn request(&self) -> RequestBuilder {
        static ADD: Endpoint = Endpoint::post("add", "/add");
        RequestBuilder::new(&ADD)
    }
}

#[tokio::test(start_paused = true)]
async fn an_exhausted_budget_makes_the_next_call_wait() {
    let client = client(&SharedPacer::fixed(3), vec![accepted(); 5]);
    for _ in 0..5 {
        client.call(list()).await.unwrap();
    }
    // A minute and a second after the first response the budget is available again, spread evenly.
    let sent_at = client.transport().sent_at();
    assert_eq!(sent_at[..3], [0.0, 0.5, 1.0]);
    assert!((61.5..61.6).contains(&sent_at[3]), "{sent_at:?}");
    assert!((81.0..83.0).contains(&sent_at[4]), "{sent_at:?}");
}

#[tokio::test(start_paused = true)]
async fn clients_with_the_same_pacer_share_its_budget() {
    let pacer = SharedPacer::fixed(1);
    let first = client(&pacer, vec![accepted()]);
    let second = client(&pacer.clone(), vec![accepted()]);
    first.call(list()).await.unwrap();
    second.call(list()).await.unwrap();
    assert!(second.transport().sent_at()[0] >= 61.0);
}

#[tokio::test(start_paused = true)]
async fn a_call_never_waits_beyond_its_deadline() {
    for deadline in [5, 61] {
        let client =
            client(&SharedPacer::fixed(1), vec![accepted(); 2]).with_retry(with_deadline(deadline));
        client.call(list()).await.unwrap();
        let started = Instant::now();
        let error = client.call(list()).await.unwrap_err();
        assert_eq!(started.elapsed(), Duration::ZERO, "the wait is known to be too long");
        assert!(matches!(error, Error::RateLimited { .. }), "{error:?}");
        assert!(error.is_rate_limited() && error.is_retryable() && !error.may_have_acted());
        assert_eq!(error.context().unwrap().attempts, 0);
        assert_eq!(
            error.to_string(),
            "listOrganizationCertificates at api.openai.com was not sent: \
             the rate limit allows no request before the deadline"
        );
        assert_eq!(client.transport().sent_at().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn refusals_of_the_rate_limit_use_up_no_attempts() {
    for pacer in [SharedPacer::auto(), SharedPacer::fixed(7)] {
        let mut responses = vec![too_many(); 4];
        responses.push(response(503, &[], ""));
        responses.extend(vec![too_many(); 2]);
        responses.push(accepted());
        let client = client(&pacer, responses).with_retry(with_deadline(3600));
        let reply = client.call(list()).await.unwrap();
        assert_eq!(reply.attempts, 8, "all requests are reported");
    }
}

#[tokio::test(start_paused = true)]
async fn a_change_that_must_not_be_made_twice_is_repeated_after_refusals_of_the_rate_limit() {
    let client = client(&SharedPacer::auto(), vec![too_many(), too_many(), accepted()])
        .with_retry(with_deadline(3600));
    assert_eq!(client.call(Add).await.unwrap().attempts, 3);
}

#[tokio::test(start_paused = true)]
async fn a_rate_limit_that_refuses_until_the_deadline_has_an_error_of_its_own() {
    let client =
        client(&SharedPacer::auto(), vec![too_many(); 1000]).with_retry(with_deadline(120));
    let started = Instant::now();
    let error = client.call(Add).await.unwrap_err();
    assert!(error.is_rate_limited() && !error.may_have_acted(), "{error:?}");
    assert_eq!(error.status(), Some(StatusCode::TOO_MANY_REQUESTS));
    assert!(started.elapsed() <= Duration::from_secs(120));
    let sent = client.transport().sent_at().len();
    assert!((2..=8).contains(&sent), "{sent} requests: waits grow while all are refused");
}

#[tokio::test(start_paused = true)]
async fn a_change_that_may_have_been_made_stays_so_when_the_rate_limit_ends_the_call() {
    let rename = certs_core::operations::Modify::new("cert_a".parse().unwrap(), "New name");
    let responses = vec![response(503, &[], "")];
    let client = client(&SharedPacer::fixed(1), responses).with_retry(with_deadline(30));
    let error = client.call(rename).await.unwrap_err();
    assert!(matches!(error, Error::RateLimited { .. }), "{error:?}");
    assert!(error.may_have_acted(), "the 503 may have come after the change");
    assert!(error.to_string().contains("was not sent again"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn an_exhausted_quota_is_refused_at_once() {
    let quota = |code: &str| format!(r#"{{"error":{{"code":"{code}","message":"no"}}}}"#);
    for refusal in [
        response(429, &[], &quota("insufficient_quota")),
        response(429, &[], &quota("billing_hard_limit_reached")),
        response(429, &[("x-should-retry", "false")], ""),
    ] {
        let client = client(&SharedPacer::auto(), vec![refusal, accepted(), accepted()]);
        let error = client.call(list()).await.unwrap_err();
        assert!(!error.is_rate_limited() && !error.is_retryable(), "{error:?}");
        assert_eq!(error.context().unwrap().attempts, 1);
        let started = Instant::now();
        client.call(list()).await.unwrap();
        assert_eq!(started.elapsed(), LATENCY, "no signal for the rate");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_delay_blocks_every_call_that_shares_the_pacer() {
    for status in [429, 503] {
        let busy = response(status, &[("retry-after", "30")], "");
        let client = client(&SharedPacer::auto(), vec![busy, accepted(), accepted()]);
        let second = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            client.call(list()).await
        };
        let (first, second) = tokio::join!(client.call(list()), second);
        assert_eq!((first.unwrap().attempts, second.unwrap().attempts), (2, 1));
        let sent_at = client.transport().sent_at();
        assert_eq!(sent_at[0], 0.0);
        assert!(sent_at[1..].iter().all(|at| *at >= 30.5), "{status}: {sent_at:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_while_it_waits_releases_its_budget() {
    let client = client(&SharedPacer::fixed(1), vec![accepted(); 2]);
    client.call(list()).await.unwrap();
    for _ in 0..100 {
        poll_once(client.call(list())).await;
    }
    client.call(list()).await.unwrap();
    assert_eq!(client.transport().sent_at().len(), 2);
    assert!(client.transport().sent_at()[1] < 62.0, "{:?}", client.transport().sent_at());
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_in_flight_counts_as_sent_and_blocks_no_other_call() {
    let client = client(&SharedPacer::auto(), vec![accepted(); 2]).with_retry(with_deadline(5));
    for _ in 0..10 {
        poll_once(client.call(list())).await;
    }
    assert_eq!(client.transport().sent_at().len(), 10);
    client.call(list()).await.unwrap();

    let pacer = SharedPacer::fixed(1);
    let client = self::client(&pacer, vec![accepted(); 2]).with_retry(with_deadline(5));
    poll_once(client.call(list())).await;
    assert!(client.call(list()).await.unwrap_err().is_rate_limited());
}

/// Starts a call and drops it.
async fn poll_once(call: impl Future) {
    let mut call = pin!(call);
    poll_fn(|context| {
        assert!(call.as_mut().poll(context).is_pending());
        Poll::Ready(())
    })
    .await;
}

static LIST: Endpoint = Endpoint::get("list", "/list");
static OTHER: Endpoint = Endpoint::get("other", "/other");

#[test]
fn a_dropped_reservation_is_released() {
    let pacer = SharedPacer::fixed(2);
    for _ in 0..100 {
        drop(pacer.try_reserve(&LIST, Duration::ZERO).unwrap());
    }
    let reservations = [0, 1].map(|_| pacer.try_reserve(&LIST, Duration::ZERO).unwrap());
    assert!(pacer.try_reserve(&LIST, Duration::ZERO).is_err());
    assert!(pacer.try_reserve(&OTHER, Duration::ZERO).is_ok(), "each endpoint has its own budget");
    drop(reservations);
    assert!(pacer.try_reserve(&LIST, Duration::ZERO).is_ok());
}

#[test]
fn a_clock_that_is_set_back_makes_no_call_wait_longer() {
    let pacer = SharedPacer::fixed(1);
    let late = Duration::from_secs(1_000_000);
    pacer.try_reserve(&LIST, late).unwrap().start().finish(&outcome(200, &[]), late);
    assert!(pacer.try_reserve(&LIST, Duration::ZERO).unwrap_err() <= Duration::from_secs(61));
    assert!(pacer.try_reserve(&LIST, Duration::from_secs(61)).is_ok());
}

proptest! {
    #[test]
    fn no_minute_has_more_requests_than_a_fixed_rate_allows(
        per_minute in 0u32..30,
        steps in vec((0u64..20_000, prop::sample::select(vec![200, 429, 503]), any::<bool>()), 1..120),
    ) {
        let pacer = SharedPacer::fixed(per_minute);
        let mut now = Duration::ZERO;
        let mut sent: [Vec<Duration>; 2] = Default::default();
        for (gap, status, other) in steps {
            now += Duration::from_millis(gap);
            let endpoint = if other { &OTHER } else { &LIST };
            if let Ok(reservation) = pacer.try_reserve(endpoint, now) {
                let in_flight = reservation.start();
                sent[usize::from(other)].push(now);
                now += Duration::from_millis(gap / 7);
                in_flight.finish(&outcome(status, &[]), now);
            }
        }
        for sent in sent {
            for (first, start) in sent.iter().enumerate() {
                let minute = sent[first..].iter().filter(|at| **at < *start + Duration::from_secs(60));
                prop_assert!(minute.count() <= per_minute.max(1) as usize);
            }
        }
    }

    #[test]
    fn no_times_and_delays_overflow(
        auto in any::<bool>(),
        steps in vec((any::<u64>(), prop::sample::select(vec![200, 429, 503]), "[0-9]{1,25}"), 1..60),
    ) {
        let pacer = if auto { SharedPacer::auto() } else { SharedPacer::fixed(u32::MAX) };
        for (seconds, status, delay) in steps {
            let now = if seconds % 5 == 0 { Duration::MAX } else { Duration::from_secs(seconds) };
            match pacer.try_reserve(&LIST, now) {
                Ok(reservation) => {
                    let outcome = Ok(response(status, &[("retry-after", &delay)], ""));
                    reservation.start().finish(&outcome, now);
                }
                Err(wait) => prop_assert!(!wait.is_zero(), "waiters must not spin"),
            }
        }
    }
}
