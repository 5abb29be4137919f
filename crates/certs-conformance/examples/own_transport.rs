//! A transport of your own in about sixty lines, and the conformance suite for it.
//!
//! `cargo test --example own_transport` runs the suite.

use std::time::Duration;

use certs_core::transport::{
    Attempt, Delay, Transport, TransportError, TransportErrorKind as Kind,
};
use http::{Request, Response};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout_at};

/// A connection for each request, over hyper and tokio.
struct OwnTransport {
    max_response_size: usize,
    epoch: Instant,
}

impl Transport for OwnTransport {
    async fn send(
        &self,
        request: Request<Bytes>,
        attempt: Attempt,
    ) -> Result<Response<Bytes>, TransportError> {
        let until = Instant::now() + attempt.timeout;
        let failed = |kind| TransportError::new(kind);
        let host = request.uri().authority().map_or("", |authority| authority.as_str()).to_owned();
        // Nothing is sent before the connection is established.
        let stream = tokio::time::timeout(attempt.timeout, TcpStream::connect(&host)).await;
        let stream = stream.map_err(|_| failed(Kind::Connect))?;
        let stream = stream.map_err(|error| failed(Kind::Connect).with_source(error))?;
        let handshake = http1::handshake::<_, Full<Bytes>>(TokioIo::new(stream)).await;
        let (mut sender, connection) = handshake.map_err(|_| failed(Kind::Connect))?;
        let exchange = async {
            let response = sender.send_request(in_origin_form(request, &host)).await;
            let response =
                response.map_err(|error| failed(Kind::Interrupted).with_source(error))?;
            let (head, body) = response.into_parts();
            let head = Response::from_parts(head, ());
            let body = Limited::new(body, self.max_response_size).collect();
            let error = match timeout_at(until, body).await {
                Ok(Ok(body)) => return Ok(head.map(|()| body.to_bytes())),
                Ok(Err(error)) if error.is::<LengthLimitError>() => failed(Kind::TooLarge),
                Ok(Err(_)) => failed(Kind::Interrupted),
                Err(_) => failed(Kind::Timeout),
            };
            Err(error.with_response(&head))
        };
        // The connection is driven together with the exchange, and dropped with it.
        tokio::select! {
            biased;
            outcome = timeout_at(until, exchange) => outcome.unwrap_or(Err(failed(Kind::Timeout))),
            unreachable = async { drop(connection.await); std::future::pending().await } => unreachable,
        }
    }

    async fn sleep(&self, delay: Delay) {
        sleep(delay.sample(u64::MAX / 2)).await;
    }

    fn now(&self) -> Duration {
        self.epoch.elapsed()
    }
}

/// The request as it is sent to a server: only path and query in the request line, and a `host` header.
fn in_origin_form(request: Request<Bytes>, host: &str) -> Request<Full<Bytes>> {
    let (mut parts, body) = request.into_parts();
    if let Ok(host) = host.parse() {
        parts.headers.insert("host", host);
    }
    let target = parts.uri.path_and_query().map(|target| target.clone().into());
    parts.uri = target.unwrap_or_default();
    Request::from_parts(parts, Full::from(body))
}

fn main() {
    println!("cargo test --example own_transport");
    let _ = OwnTransport { max_response_size: 8 * 1024 * 1024, epoch: Instant::now() };
}

#[cfg(test)]
mod tests {
    use certs_conformance::{Requirements, Subject, conformance_suite};
    use tokio::runtime::Runtime;

    use super::*;

    conformance_suite!(own_transport: Own(Runtime::new().unwrap()), [
        clock, requests, responses, failures, cancellation, emulator
    ]);

    struct Own(Runtime);

    impl Subject for Own {
        type Transport = OwnTransport;

        fn transport(&self, requirements: &Requirements) -> OwnTransport {
            OwnTransport {
                max_response_size: requirements.max_response_size,
                epoch: Instant::now(),
            }
        }

        fn run<F: Future>(&self, future: F) -> F::Output {
            self.0.block_on(future)
        }
    }
}
