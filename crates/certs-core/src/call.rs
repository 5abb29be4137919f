//! A call and its attempts, as values.

mod redact;

use std::fmt::{self, Debug};
use std::time::Duration;

use certs_types::{ErrorBody, ErrorCode};
use http::{Request, Response, StatusCode};

use crate::api::Api;
use crate::delay::Delay;
use crate::endpoint::Endpoint;
use crate::error::{CallContext, DecodeError, Error, TransportError};
use crate::operation::{Effect, Operation};
use crate::request_id::{ClientRequestId, RequestId};
use crate::retry::{
    AttemptOutcome, Retry, RetryDecision, classify, is_quota, server_delay, should_retry,
};
use crate::transport::Attempt;
use redact::{redact, shows_key};

/// A call that waits for a response: one operation, and as many requests as it takes.
///
/// [`handle_response`](Self::handle_response) consumes the call, so there is no wrong order of steps. The
/// [first example of the crate](crate) is the whole loop.
pub struct Call<O> {
    api: Api,
    operation: O,
    endpoint: &'static Endpoint,
    request: Request<Vec<u8>>,
    retry: Retry,
    attempts: u32,
    /// The sum of the longest waits so far.
    waited: Duration,
    may_have_acted: bool,
    server_delay: Option<Duration>,
    client_request_id: Option<ClientRequestId>,
    /// How many requests were refused by the server's rate limit, all of them certainly not carried out.
    rate_limited: u32,
    /// A pacer waits for the rate limit: its refusals do not count as attempts.
    paced: bool,
    /// Status and request id of the last response, if it was a refusal.
    refusal: Option<(StatusCode, Option<RequestId>)>,
}

/// What to do after an attempt.
#[derive(Debug)]
#[allow(clippy::exhaustive_enums, reason = "a loop must be able to match all of it")]
#[allow(clippy::large_enum_variant, reason = "matched at once, never stored")]
pub enum Step<O: Operation> {
    /// The call has ended.
    Done(Result<Reply<O::Output>, Error>),
    /// Wait for a time inside the range, then send the [request](Call::request) of this call.
    Retry(Delay, Call<O>),
}

/// A successful response.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reply<T> {
    /// The decoded body.
    pub value: T,
    /// The server's name for the request.
    pub request_id: Option<RequestId>,
    /// How many requests the call took.
    pub attempts: u32,
}

impl<T> Reply<T> {
    /// A reply to the first request, without a request id.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self { value, request_id: None, attempts: 1 }
    }

    /// Sets the server's name for the request.
    #[must_use]
    pub fn with_request_id(mut self, id: RequestId) -> Self {
        self.request_id = Some(id);
        self
    }

    /// Sets how many requests the call took.
    #[must_use]
    pub fn with_attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }
}

impl<O: Operation> Call<O> {
    /// Prepares a call. `operation` may be a reference.
    ///
    /// # Errors
    ///
    /// [`Error::Build`] when the operation makes no valid request. For the operations of this crate that
    /// is only possible when an id or a cursor is too long for a URI.
    pub fn new(api: &Api, operation: O, retry: Retry) -> Result<Self, Error> {
        let builder = operation.request();
        let endpoint = builder.endpoint();
        let request = builder.build(api).map_err(Error::Build)?;
        Ok(Self {
            api: api.clone(),
            operation,
            endpoint,
            request,
            retry,
            attempts: 0,
            waited: Duration::ZERO,
            may_have_acted: false,
            server_delay: None,
            client_request_id: None,
            rate_limited: 0,
            paced: false,
            refusal: None,
        })
    }

    /// Sets the client's own name for the next request, which should be different each time.
    #[must_use]
    pub fn with_client_request_id(mut self, id: ClientRequestId) -> Self {
        self.request.headers_mut().insert(ClientRequestId::HEADER, id.to_header_value());
        self.client_request_id = Some(id);
        self
    }

    /// The request to send now.
    #[must_use]
    pub fn request(&self) -> Request<Vec<u8>> {
        self.request.clone()
    }

    /// What a transport must know about the next request, when the call began `elapsed` ago.
    ///
    /// Its timeout is [`time_left`](Self::time_left): when that is zero, the request must not be sent.
    #[must_use]
    pub fn attempt(&self, elapsed: Duration) -> Attempt {
        Attempt {
            endpoint: self.endpoint,
            number: self.attempts + 1,
            timeout: self.time_left(elapsed),
            fresh_connection: O::EFFECT == Effect::NonIdempotent,
            client_request_id: self.client_request_id.clone(),
        }
    }

    /// How long the next request may take, when the call began `elapsed` ago.
    ///
    /// At most a day, so that it can be added to any clock. Zero when time is up: send nothing then, and
    /// [report](Self::handle_response) that there was no connection.
    #[must_use]
    pub fn time_left(&self, elapsed: Duration) -> Duration {
        const DAY: Duration = Duration::from_secs(24 * 60 * 60);
        let spent = elapsed.max(self.waited);
        self.retry.deadline.saturating_sub(spent).min(self.retry.attempt_timeout).min(DAY)
    }

    /// The endpoint that is called.
    #[must_use]
    pub fn endpoint(&self) -> &'static Endpoint {
        self.endpoint
    }

    /// How long the server requires to wait after the last attempt.
    #[must_use]
    pub fn server_delay(&self) -> Option<Duration> {
        self.server_delay
    }

    /// The call of a client whose pacer waits for the rate limit.
    pub(crate) fn paced(self) -> Self {
        Self { paced: true, ..self }
    }

    /// How long the whole call may still take.
    pub(crate) fn until_deadline(&self, elapsed: Duration) -> Duration {
        self.retry.deadline.saturating_sub(elapsed)
    }

    /// The error of a call whose next request the rate limit does not allow before the deadline.
    pub(crate) fn rate_limited(&self) -> Error {
        let decision = RetryDecision { again: true, may_have_acted: false };
        let (status, request_id) = self.refusal.clone().unzip();
        Error::RateLimited { context: self.context(status, request_id.flatten(), decision) }
    }

    /// Takes the outcome of the request, `elapsed` after the call began, and returns what to do next.
    ///
    /// Any 2xx is a success. Without a clock, pass [`Duration::ZERO`]: attempts and waiting are bounded
    /// all the same.
    pub fn handle_response(
        self,
        outcome: Result<Response<impl AsRef<[u8]>>, TransportError>,
        elapsed: Duration,
    ) -> Step<O> {
        match outcome {
            Ok(response) if response.status().is_success() => Step::Done(self.accepted(&response)),
            Ok(response) => self.refused(&response, elapsed),
            Err(error) => self.failed(error, elapsed),
        }
    }

    fn accepted<B: AsRef<[u8]>>(
        mut self,
        response: &Response<B>,
    ) -> Result<Reply<O::Output>, Error> {
        self.attempts += 1;
        let request_id = RequestId::from_headers(response.headers());
        match decode(response.body().as_ref()) {
            Ok(value) => Ok(Reply { value, request_id, attempts: self.attempts }),
            Err(source) => {
                let acted = O::EFFECT != Effect::Safe;
                let decision = RetryDecision { again: false, may_have_acted: acted };
                let context = self.context(Some(response.status()), request_id, decision);
                Err(Error::Decode { source, context })
            }
        }
    }

    fn refused<B: AsRef<[u8]>>(mut self, response: &Response<B>, elapsed: Duration) -> Step<O> {
        self.attempts += 1;
        let (status, headers) = (response.status(), response.headers());
        let request_id = RequestId::from_headers(headers);
        if self.may_have_acted
            && let Some(value) = self.operation.already_applied(status)
        {
            let request_id = self.without_key(request_id);
            return Step::Done(Ok(Reply { value, request_id, attempts: self.attempts }));
        }
        self.refusal = Some((status, request_id.clone()));
        let said = read_refusal(response.body().as_ref());
        let met = if said.code == Some(ErrorCode::PROJECT_ARCHIVED) {
            AttemptOutcome::ProjectArchived
        } else if status == StatusCode::TOO_MANY_REQUESTS && is_quota(&said) {
            AttemptOutcome::QuotaExceeded
        } else {
            AttemptOutcome::Refusal(status)
        };
        let body = self.redacted(said);
        let decision = classify(O::EFFECT, met, should_retry(headers));
        self.server_delay = server_delay(headers);
        let rate_limited = status == StatusCode::TOO_MANY_REQUESTS && decision.again;
        self.repeat_or(decision, rate_limited, elapsed, |call| {
            let context = call.context(Some(status), request_id, decision);
            Error::Api { body: Box::new(body), context }
        })
    }

    fn failed(mut self, source: TransportError, elapsed: Duration) -> Step<O> {
        self.attempts += 1;
        let decision = classify(O::EFFECT, AttemptOutcome::Failure(source.kind()), None);
        (self.server_delay, self.refusal) = (None, None);
        self.repeat_or(decision, false, elapsed, |call| {
            let request_id = source.request_id().cloned();
            Error::Transport {
                context: call.context(source.status(), request_id, decision),
                source,
            }
        })
    }

    /// Sends again if the decision, the count and the time allow it; else ends with the error.
    fn repeat_or(
        mut self,
        decision: RetryDecision,
        rate_limited: bool,
        elapsed: Duration,
        error: impl FnOnce(&Self) -> Error,
    ) -> Step<O> {
        self.may_have_acted |= decision.may_have_acted;
        let delay = if rate_limited && self.paced {
            self.rate_limited += 1;
            self.retry.allows(self.server_delay).then_some(Delay::exactly(Duration::ZERO))
        } else {
            self.retry.delay(self.attempts - self.rate_limited, self.server_delay)
        };
        let delay = delay.filter(|_| decision.again);
        if let Some(delay) = delay {
            let spent = elapsed.max(self.waited).saturating_add(delay.max);
            if spent < self.retry.deadline {
                self.waited = self.waited.saturating_add(delay.max);
                return Step::Retry(delay, self);
            }
        }
        Step::Done(Err(error(&self)))
    }

    fn context(
        &self,
        status: Option<StatusCode>,
        request_id: Option<RequestId>,
        decision: RetryDecision,
    ) -> Box<CallContext> {
        Box::new(CallContext {
            endpoint: self.endpoint,
            host: self.api.authority().clone(),
            attempts: self.attempts,
            status,
            request_id: self.without_key(request_id),
            client_request_id: self.client_request_id.clone(),
            server_delay: self.server_delay,
            may_have_acted: self.may_have_acted || decision.may_have_acted,
            retryable: decision.again,
        })
    }

    /// The request id, unless a server, or a proxy before it, echoes the key there.
    fn without_key(&self, id: Option<RequestId>) -> Option<RequestId> {
        id.filter(|id| !shows_key(id.as_str(), self.api.key().expose()))
    }

    /// The refusal without anything that may show the key. Known codes and types show nothing.
    fn redacted(&self, mut body: ErrorBody) -> ErrorBody {
        let key = self.api.key().expose();
        let clean = |text: &str| redact(text, key);
        body.message = body.message.as_deref().map(clean);
        body.param = body.param.as_deref().map(clean);
        if let Some(code) = body.code.take_if(|code| !code.is_known()) {
            body.code = Some(clean(code.as_str()).as_str().into());
        }
        if let Some(kind) = body.kind.take_if(|kind| !kind.is_known()) {
            body.kind = Some(clean(kind.as_str()).as_str().into());
        }
        body
    }
}

impl<O> Debug for Call<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("endpoint", &self.endpoint.operation_id)
            .field("uri", self.request.uri())
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

/// The reason of a refusal, empty where the body is not the API's own.
pub(crate) fn read_refusal(body: &[u8]) -> ErrorBody {
    let text = String::from_utf8_lossy(body);
    serde_json::from_str(without_bom(&text)).unwrap_or_default()
}

fn decode<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, DecodeError> {
    // Once for the whole body, not string by string.
    let text = std::str::from_utf8(body)
        .map_err(|error| DecodeError::NotUtf8 { at: error.valid_up_to() })?;
    let text = without_bom(text);
    if text.trim_ascii().is_empty() {
        return Err(DecodeError::Empty);
    }
    serde_json::from_str(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        if error.is_data() {
            DecodeError::WrongShape { line, column }
        } else {
            DecodeError::NotJson { line, column }
        }
    })
}

/// RFC 8259 lets a reader ignore a byte order mark, and a change that was made is worth reading.
fn without_bom(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}
