//! A call and its attempts, as values.

mod decode;
mod redact;
mod reply;

use std::fmt::{self, Debug};
use std::time::Duration;

use bytes::Bytes;
use certs_types::{ErrorBody, Timestamp};
use http::{HeaderMap, Request, Response, StatusCode};

use crate::api::Api;
use crate::delay::Delay;
use crate::endpoint::Endpoint;
use crate::error::{CallContext, Error, TransportError};
use crate::operation::{Effect, Operation};
use crate::request_id::{ClientRequestId, RequestId};
use crate::retry::{
    AttemptOutcome, Retry, RetryDecision, classify, sent_at, server_delay, should_retry,
};
use crate::transport::Attempt;
use decode::decode;
use redact::{redact, shows_key};

pub use reply::Reply;

pub(crate) use decode::read_refusal;

/// A call in progress: one operation, and as many requests as it takes.
///
/// [`handle_response`](Self::handle_response) consumes the call, so the steps cannot be taken in a wrong order. The
/// second example of the [crate's page](crate) is the whole loop, and [`guide::by_hand`](crate::guide::by_hand)
/// explains it.
pub struct Call<O> {
    api: Api,
    operation: O,
    endpoint: &'static Endpoint,
    /// Without the headers that every request has. An attempt copies only the operation's own headers, not the body.
    request: Request<Bytes>,
    retry: Retry,
    attempts: u32,
    /// The sum of the maximum waits so far.
    waited: Duration,
    may_have_acted: bool,
    server_delay: Option<Duration>,
    client_request_id: Option<ClientRequestId>,
    /// How many requests were refused by the server's rate limit, all of them certainly not carried out.
    rate_limited: u32,
    /// Whether a pacer waits for the rate limit, so that its refusals do not count as attempts.
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
    /// Wait for a random time in the range, then send the [request](Call::request) of this call.
    Retry(Delay, Call<O>),
}

impl<O: Operation> Call<O> {
    /// Starts a call, with the operation by value or by reference.
    ///
    /// # Errors
    ///
    /// [`Error::Build`] when the operation does not make a valid request. For the operations of this crate that
    /// happens only when an id or a cursor is too long for a URI.
    pub fn new(api: &Api, operation: O, retry: Retry) -> Result<Self, Error> {
        let builder = operation.request();
        let endpoint = builder.endpoint();
        let request = builder.without_common_headers(api).map_err(Error::Build)?;
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

    /// Sets the client request id of the next request, which should be different each time.
    #[must_use]
    pub fn with_client_request_id(mut self, id: ClientRequestId) -> Self {
        self.set_client_request_id(id);
        self
    }

    pub(crate) fn set_client_request_id(&mut self, id: ClientRequestId) {
        self.client_request_id = Some(id);
    }

    /// The request of the next attempt.
    #[must_use]
    pub fn request(&self) -> Request<Bytes> {
        let mut request = self.request.clone();
        self.api.add_common_headers(&mut request);
        if let Some(id) = &self.client_request_id {
            request.headers_mut().insert(ClientRequestId::HEADER, id.to_header_value());
        }
        request
    }

    /// What a transport needs to know about the next request, when the call began `elapsed` ago.
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
    /// At most a day, so that it can be added to any clock. If it is zero, send nothing and pass a
    /// [`Connect`](crate::transport::TransportErrorKind::Connect) error to [`handle_response`](Self::handle_response).
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

    /// How long the server requires to wait after the last attempt, if it requires that.
    #[must_use]
    pub fn server_delay(&self) -> Option<Duration> {
        self.server_delay
    }

    /// Marks the call of a client whose pacer waits for the rate limit.
    pub(crate) fn set_paced(&mut self) {
        self.paced = true;
    }

    /// How long the whole call may still take.
    pub(crate) fn until_deadline(&self, elapsed: Duration) -> Duration {
        self.retry.deadline.saturating_sub(elapsed)
    }

    /// The error of a call whose next request the rate limit does not allow before the deadline.
    pub(crate) fn rate_limited(&self) -> Error {
        let (status, request_id) = self.refusal.clone().unzip();
        let assessment = Assessment {
            decision: RetryDecision { again: true, may_have_acted: false },
            status,
            request_id: request_id.flatten(),
            sent_at: None,
            body: ErrorBody::default(),
        };
        Error::RateLimited { context: self.context(&assessment) }
    }

    /// Takes the outcome of the request, `elapsed` after the call began, and returns what to do next.
    ///
    /// Any 2xx is a success. Without a clock, pass [`Duration::ZERO`]: the number of attempts and the total wait are
    /// still bounded.
    pub fn handle_response(
        self,
        outcome: Result<Response<impl AsRef<[u8]>>, TransportError>,
        elapsed: Duration,
    ) -> Step<O> {
        let assessment = self.assess(&outcome);
        self.handle_assessed(outcome, assessment, elapsed)
    }

    /// [`handle_response`](Self::handle_response) for an outcome that was assessed before.
    pub(crate) fn handle_assessed(
        mut self,
        outcome: Result<Response<impl AsRef<[u8]>>, TransportError>,
        assessment: Assessment,
        elapsed: Duration,
    ) -> Step<O> {
        self.attempts += 1;
        match outcome {
            Ok(response) if response.status().is_success() => {
                Step::Done(self.accepted(&response, assessment))
            }
            Ok(response) => self.refused(response.headers(), assessment, elapsed),
            Err(error) => self.failed(error, assessment, elapsed),
        }
    }

    /// Assesses the outcome of an attempt by the [decision table](classify).
    pub(crate) fn assess<B: AsRef<[u8]>>(
        &self,
        outcome: &Result<Response<B>, TransportError>,
    ) -> Assessment {
        let (status, request_id, sent_at) = match outcome {
            Ok(response) => {
                let headers = response.headers();
                let sent_at = sent_at(headers).and_then(|seconds| i64::try_from(seconds).ok());
                let sent_at = sent_at.and_then(|seconds| Timestamp::try_from(seconds).ok());
                (Some(response.status()), RequestId::from_headers(headers), sent_at)
            }
            Err(error) => (error.status(), error.request_id().cloned(), None),
        };
        let mut body = ErrorBody::default();
        let (outcome, server_allows) = match outcome {
            Err(error) => (AttemptOutcome::Failure(error.kind()), None),
            Ok(response) if response.status().is_success() => (AttemptOutcome::Success, None),
            Ok(response) => {
                body = read_refusal(response.body().as_ref());
                let outcome = AttemptOutcome::of_refusal(response.status(), &body);
                (outcome, should_retry(response.headers()))
            }
        };
        Assessment {
            decision: classify(O::EFFECT, outcome, server_allows),
            status,
            request_id: self.without_key(request_id),
            sent_at,
            body,
        }
    }

    fn accepted<B: AsRef<[u8]>>(
        self,
        response: &Response<B>,
        assessment: Assessment,
    ) -> Result<Reply<O::Output>, Error> {
        let value = match decode(response) {
            Ok(value) => value,
            Err(source) => {
                return Err(Error::Decode { source, context: self.context(&assessment) });
            }
        };
        if let Err(source) = self.operation.verify(&value) {
            return Err(Error::Unconfirmed { source, context: self.context(&assessment) });
        }
        Ok(self.reply(value, assessment))
    }

    fn refused(
        mut self,
        headers: &HeaderMap,
        mut assessment: Assessment,
        elapsed: Duration,
    ) -> Step<O> {
        if self.may_have_acted
            && let Some(status) = assessment.status
            && let Some(value) = self.operation.already_applied(status)
        {
            return Step::Done(Ok(self.reply(value, assessment)));
        }
        self.refusal = assessment.status.map(|status| (status, assessment.request_id.clone()));
        self.server_delay = server_delay(headers).map(|delay| self.retry.required(delay));
        let body = self.redacted(std::mem::take(&mut assessment.body));
        let rate_limited = assessment.status == Some(StatusCode::TOO_MANY_REQUESTS);
        self.retry_or_end(assessment, rate_limited, elapsed, |context| Error::Api {
            body: Box::new(body),
            context,
        })
    }

    fn failed(
        mut self,
        source: TransportError,
        assessment: Assessment,
        elapsed: Duration,
    ) -> Step<O> {
        (self.server_delay, self.refusal) = (None, None);
        self.retry_or_end(assessment, false, elapsed, |context| Error::Transport {
            source,
            context,
        })
    }

    /// Retries if the decision, the number of attempts and the time allow it, or else ends with the error.
    fn retry_or_end(
        mut self,
        assessment: Assessment,
        rate_limited: bool,
        elapsed: Duration,
        error: impl FnOnce(Box<CallContext>) -> Error,
    ) -> Step<O> {
        self.may_have_acted |= assessment.decision.may_have_acted;
        let delay = if rate_limited && self.paced {
            self.rate_limited += 1;
            self.retry.allows(self.server_delay).then_some(Delay::exactly(Duration::ZERO))
        } else {
            self.retry.delay(self.attempts - self.rate_limited, self.server_delay)
        };
        let delay = delay.filter(|_| assessment.decision.again);
        if let Some(delay) = delay {
            let spent = elapsed.max(self.waited).saturating_add(delay.max);
            if spent < self.retry.deadline {
                self.waited = self.waited.saturating_add(delay.max);
                return Step::Retry(delay, self);
            }
        }
        Step::Done(Err(error(self.context(&assessment))))
    }

    fn reply(self, value: O::Output, assessment: Assessment) -> Reply<O::Output> {
        Reply {
            value,
            request_id: assessment.request_id,
            attempts: self.attempts,
            server_time: assessment.sent_at,
        }
    }

    fn context(&self, assessment: &Assessment) -> Box<CallContext> {
        Box::new(CallContext {
            endpoint: self.endpoint,
            host: self.api.authority().clone(),
            attempts: self.attempts,
            status: assessment.status,
            request_id: assessment.request_id.clone(),
            client_request_id: self.client_request_id.clone(),
            server_delay: self.server_delay,
            may_have_acted: self.may_have_acted || assessment.decision.may_have_acted,
            retryable: assessment.decision.again,
        })
    }

    /// The request id, unless a server or a proxy echoes the key in it.
    fn without_key(&self, id: Option<RequestId>) -> Option<RequestId> {
        id.filter(|id| !shows_key(id.as_str(), self.api.key().expose()))
    }

    /// The refusal without anything that may show the key. Known codes and types cannot show it.
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

/// What the outcome of one attempt means.
#[derive(Debug)]
pub(crate) struct Assessment {
    pub(crate) decision: RetryDecision,
    /// The status of the response, complete or not.
    pub(crate) status: Option<StatusCode>,
    pub(crate) request_id: Option<RequestId>,
    /// The server's time when it sent the response.
    pub(crate) sent_at: Option<Timestamp>,
    /// The reason of a refusal, before it is redacted.
    body: ErrorBody,
}
