//! A blocking backend over another HTTP client, minreq.

use std::io::Read;
use std::time::{Duration, Instant};

use certs_conformance::{Requirements, Subject, block_on};
use certs_core::blocking::{AsLocal, Transport};
use certs_core::bytes::Bytes;
use certs_core::transport::{Attempt, Delay, TransportError, TransportErrorKind as Kind};
use http::header::CONTENT_LENGTH;
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode};

/// The reason phrase of the 503 that minreq returns when there is no status line.
const NO_STATUS_LINE: &str = "Server did not provide a status line";

/// Uses a connection for each request.
pub(super) struct MinreqTransport {
    max_response_size: usize,
    epoch: Instant,
}

impl Transport for MinreqTransport {
    fn send(
        &self,
        request: Request<Bytes>,
        attempt: Attempt,
    ) -> Result<Response<Bytes>, TransportError> {
        let sent = prepare(request, attempt.timeout).send_lazy();
        let mut received = sent.map_err(failed)?;
        if received.reason_phrase == NO_STATUS_LINE {
            return Err(TransportError::new(Kind::Interrupted));
        }
        let mut response = Response::new(());
        *response.status_mut() = received.status_code.try_into().map_err(interrupted)?;
        for (name, value) in &received.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(interrupted)?;
            response
                .headers_mut()
                .append(name, HeaderValue::from_str(value.trim()).map_err(interrupted)?);
        }
        match self.read_body(&mut received, &response) {
            Ok(body) => Ok(response.map(|()| body.into())),
            Err(error) => Err(error.with_response(&response)),
        }
    }

    fn sleep(&self, delay: Delay) {
        std::thread::sleep(delay.min);
    }

    fn now(&self) -> Duration {
        self.epoch.elapsed()
    }
}

impl MinreqTransport {
    fn read_body(
        &self,
        received: &mut minreq::ResponseLazy,
        response: &Response<()>,
    ) -> Result<Vec<u8>, TransportError> {
        let mut body = Vec::new();
        if matches!(response.status(), StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) {
            return Ok(body);
        }
        let limit = self.max_response_size as u64;
        let read = received.take(limit.saturating_add(1)).read_to_end(&mut body);
        read.map_err(|error| failed(minreq::Error::IoError(error)))?;
        let length = body.len();
        if length > self.max_response_size {
            return Err(TransportError::new(Kind::TooLarge));
        }
        // minreq does not detect a connection that ends too early.
        match response.headers().get(CONTENT_LENGTH).map(HeaderValue::as_bytes) {
            Some(announced) if announced != length.to_string().as_bytes() => {
                Err(TransportError::new(Kind::Interrupted))
            }
            _ => Ok(body),
        }
    }
}

fn prepare(request: Request<Bytes>, timeout: Duration) -> minreq::Request {
    let method = match *request.method() {
        Method::GET => minreq::Method::Get,
        Method::DELETE => minreq::Method::Delete,
        _ => minreq::Method::Post,
    };
    let mut prepared = minreq::Request::new(method, request.uri().to_string())
        .with_follow_redirects(false)
        .with_timeout(timeout.as_secs_f64().ceil() as u64);
    for (name, value) in request.headers() {
        prepared = prepared.with_header(name.as_str(), String::from_utf8_lossy(value.as_bytes()));
    }
    if request.body().is_empty() { prepared } else { prepared.with_body(request.into_body()) }
}

fn failed(error: minreq::Error) -> TransportError {
    let kind = match &error {
        minreq::Error::IoError(io) => match io.kind() {
            std::io::ErrorKind::ConnectionRefused => Kind::Connect,
            std::io::ErrorKind::TimedOut | std::io::ErrorKind::WouldBlock => Kind::Timeout,
            _ => Kind::Interrupted,
        },
        _ => Kind::Interrupted,
    };
    TransportError::new(kind).with_source(error)
}

fn interrupted(error: impl std::error::Error + Send + Sync + 'static) -> TransportError {
    TransportError::new(Kind::Interrupted).with_source(error)
}

pub(super) struct Minreq;

impl Subject for Minreq {
    type Transport = AsLocal<MinreqTransport>;

    fn transport(&self, requirements: &Requirements) -> Self::Transport {
        let max_response_size = requirements.max_response_size;
        AsLocal(MinreqTransport { max_response_size, epoch: Instant::now() })
    }

    fn run<F: Future>(&self, future: F) -> F::Output {
        block_on(future)
    }
}
