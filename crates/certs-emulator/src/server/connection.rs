//! Serves one connection: reads whole requests within limits, and responds.

use std::pin::pin;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::Limits;
use super::resettable::{Reset, Resettable};
use super::response_body::{Aborted, ResponseBody};
use super::write_timeout::WriteTimeout;
use crate::emulator::Emulator;
use crate::misbehavior::fault::{Ending, Outcome};
use crate::mtls::ClientCertificates;
use crate::wire::refusal::Refusal;

/// What all connections of a server share.
#[derive(Debug, Clone)]
pub(super) struct Service {
    pub(super) emulator: Emulator,
    pub(super) limits: Limits,
    pub(super) listener: Listener,
}

/// Which API a listener serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Listener {
    Api,
    Management,
}

/// Performs the TLS handshake, then serves the connection.
pub(super) async fn serve_tls(
    service: &Service,
    stream: Resettable,
    tls: TlsAcceptor,
    reset: Reset,
    mut stopped: watch::Receiver<bool>,
) {
    let handshake = tokio::select! {
        handshake = timeout(service.limits.head_timeout, tls.accept(stream)) => handshake,
        _ = stopped.wait_for(|stopped| *stopped) => return,
    };
    // Without a handshake there is no way to send an error.
    let Ok(Ok(stream)) = handshake else { return };
    let presented = stream.get_ref().1.peer_certificates();
    let client =
        presented.map(|chain| ClientCertificates::from_der(chain.iter().map(|der| der.to_vec())));
    serve(service, stream, client, reset, stopped).await;
}

/// Serves a connection until either side closes it.
pub(super) async fn serve(
    service: &Service,
    stream: impl AsyncRead + AsyncWrite + Unpin,
    client: Option<ClientCertificates>,
    reset: Reset,
    stopped: watch::Receiver<bool>,
) {
    let respond = |mut request: Request<Incoming>| {
        if let Some(client) = &client {
            request.extensions_mut().insert(client.clone());
        }
        service.respond(request, reset.clone(), stopped.clone())
    };
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        // A client that has closed its side of the connection still waits for the response.
        .half_close(true)
        .header_read_timeout(service.limits.head_timeout)
        .max_buf_size(BUFFER_SIZE)
        .serve_connection(
            TokioIo::new(WriteTimeout::new(stream, service.limits.write_timeout)),
            service_fn(respond),
        );
    let mut connection = pin!(connection);
    let mut stop = stopped.clone();
    // An error means that the client closed the connection, was too slow, or did not send HTTP.
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stop.wait_for(|stopped| *stopped) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}

impl Service {
    async fn respond(
        &self,
        request: Request<Incoming>,
        reset: Reset,
        mut stopped: watch::Receiver<bool>,
    ) -> Result<Response<ResponseBody>, Aborted> {
        let (head, body) = request.into_parts();
        let expects_continue = head.headers.contains_key(header::EXPECT);
        let limit = self.body_limit();
        let (refusal, closes) =
            match timeout(self.limits.body_timeout, read(body, limit, expects_continue)).await {
                Ok(Ok(body)) => {
                    let outcome = self.exchange(Request::from_parts(head, body.into())).await?;
                    // Even a zero sleep would last until the next tick of the timer.
                    if !outcome.delay.is_zero() {
                        tokio::select! {
                            () = sleep(outcome.delay) => {}
                            _ = stopped.wait_for(|stopped| *stopped) => {}
                        }
                    }
                    if matches!(outcome.ending, Ending::Reset) {
                        reset.request();
                    }
                    return ResponseBody::of(outcome.ending);
                }
                Ok(Err(BodyError::TooLarge)) => (Refusal::body_too_large(limit), false),
                // Where the next request would start is unknown.
                Ok(Err(BodyError::Malformed)) => (Refusal::body_malformed(), true),
                Err(_) => (Refusal::body_timed_out(), true),
            };
        let response = match self.listener {
            Listener::Api => {
                self.emulator.refuse_incomplete(&Request::from_parts(head, ()), refusal)
            }
            Listener::Management => self.emulator.refuse(refusal),
        };
        let response = if closes { with_connection_close(response) } else { response };
        Ok(response.map(ResponseBody::whole))
    }

    /// Handles a request, on another thread if it may wait for the disk.
    async fn exchange(&self, request: Request<Bytes>) -> Result<Outcome, Aborted> {
        let (emulator, listener) = (self.emulator.clone(), self.listener);
        let may_block = emulator.may_block(request.method());
        let exchange = move || match listener {
            Listener::Api => emulator.exchange(request),
            Listener::Management => Outcome::response(emulator.manage(request)),
        };
        if !may_block {
            return Ok(exchange());
        }
        tokio::task::spawn_blocking(exchange).await.map_err(|_| Aborted)
    }

    fn body_limit(&self) -> usize {
        match self.listener {
            Listener::Api => self.emulator.body_limit(),
            Listener::Management => MANAGEMENT_BODY_LIMIT,
        }
    }
}

/// The approximate size of the read buffer. A head of twice this size is refused with 431.
const BUFFER_SIZE: usize = 32 * 1024;

/// Large enough for a snapshot with the maximum number of events.
const MANAGEMENT_BODY_LIMIT: usize = 64 * 1024 * 1024;

enum BodyError {
    TooLarge,
    Malformed,
}

/// Reads a body to its end, and keeps no more than the limit.
///
/// A body that is too large is still read, because a client can miss a response that it gets while it sends.
async fn read(
    mut body: Incoming,
    limit: usize,
    expects_continue: bool,
) -> Result<Vec<u8>, BodyError> {
    let announced = body.size_hint().lower();
    if expects_continue && announced > limit as u64 {
        return Err(BodyError::TooLarge);
    }
    let mut kept = Vec::with_capacity(limit.min(usize::try_from(announced).unwrap_or(limit)));
    let mut too_large = false;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| BodyError::Malformed)?.into_data() else { continue };
        too_large |= data.len() > limit - kept.len();
        if !too_large {
            kept.extend_from_slice(&data);
        }
    }
    if too_large { Err(BodyError::TooLarge) } else { Ok(kept) }
}

fn with_connection_close(mut response: Response<Bytes>) -> Response<Bytes> {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}
