//! One connection: requests are read whole, within limits, and answered.

use std::pin::pin;

use http::{HeaderValue, Request, Response, header};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::Limits;
use super::reply::{Broken, Reply};
use super::stall::Stall;
use crate::misbehaviour::fault::Outcome;
use crate::wire::refusal::Refusal;
use crate::{ClientCertificates, Emulator};

/// What stands behind every connection of a server.
#[derive(Debug, Clone)]
pub(super) struct Service {
    pub(super) emulator: Emulator,
    pub(super) limits: Limits,
    pub(super) face: Face,
}

/// Which of its functions an emulator shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Face {
    Api,
    Management,
}

/// Shakes hands, then serves the connection.
pub(super) async fn serve_tls(
    service: &Service,
    stream: TcpStream,
    tls: TlsAcceptor,
    mut stopped: watch::Receiver<bool>,
) {
    let handshake = tokio::select! {
        handshake = timeout(service.limits.head, tls.accept(stream)) => handshake,
        _ = stopped.wait_for(|stopped| *stopped) => return,
    };
    // Nobody is told: a client that does not end its handshake would not understand.
    let Ok(Ok(stream)) = handshake else { return };
    let shown = stream.get_ref().1.peer_certificates();
    let client =
        shown.map(|chain| ClientCertificates::from_der(chain.iter().map(|der| der.to_vec())));
    serve(service, stream, client, stopped).await;
}

/// Serves a connection until either side ends it.
pub(super) async fn serve(
    service: &Service,
    stream: impl AsyncRead + AsyncWrite + Unpin,
    client: Option<ClientCertificates>,
    mut stopped: watch::Receiver<bool>,
) {
    let answer = |mut request: Request<Incoming>| {
        if let Some(client) = &client {
            request.extensions_mut().insert(client.clone());
        }
        service.answer(request)
    };
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(service.limits.head)
        .max_buf_size(BUFFER)
        .serve_connection(
            TokioIo::new(Stall::new(stream, service.limits.answer)),
            service_fn(answer),
        );
    let mut connection = pin!(connection);
    // An error is the client's: it went away, was too slow, or spoke no HTTP.
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stopped.wait_for(|stopped| *stopped) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}

impl Service {
    async fn answer(&self, request: Request<Incoming>) -> Result<Response<Reply>, Broken> {
        let (head, body) = request.into_parts();
        let waits = head.headers.contains_key(header::EXPECT);
        let limit = self.body_limit();
        let (refusal, closes) = match timeout(self.limits.body, read(body, limit, waits)).await {
            Ok(Ok(body)) => {
                let outcome = self.exchange(Request::from_parts(head, body)).await?;
                // No wait at all would take until the next tick of the timer, a millisecond away.
                if !outcome.delay.is_zero() {
                    sleep(outcome.delay).await;
                }
                return Reply::of(outcome.ending);
            }
            Ok(Err(Unread::TooLarge)) => (Refusal::body_too_large(limit), false),
            // Where the next request begins is not known.
            Ok(Err(Unread::Broken)) => (Refusal::body_broken(), true),
            Err(_) => (Refusal::body_timed_out(), true),
        };
        let response = match self.face {
            Face::Api => self.emulator.refuse_unread(&Request::from_parts(head, ()), refusal),
            Face::Management => self.emulator.refuse(refusal),
        };
        let response = if closes { closing(response) } else { response };
        Ok(response.map(Reply::whole))
    }

    /// Lets other connections go on while this one waits for the disk.
    async fn exchange(&self, request: Request<Vec<u8>>) -> Result<Outcome, Broken> {
        let (emulator, face) = (self.emulator.clone(), self.face);
        let may_block = emulator.may_block();
        let exchange = move || match face {
            Face::Api => emulator.exchange(request),
            Face::Management => Outcome::answer(emulator.manage(&request)),
        };
        if !may_block {
            return Ok(exchange());
        }
        tokio::task::spawn_blocking(exchange).await.map_err(|_| Broken)
    }

    fn body_limit(&self) -> usize {
        match self.face {
            Face::Api => self.emulator.body_limit(),
            Face::Management => MANAGEMENT_BODY_LIMIT,
        }
    }
}

/// About the most bytes of a connection that wait to be read. A head of twice as many is answered 431.
const BUFFER: usize = 32 * 1024;

/// A snapshot with every event that is kept fits in.
const MANAGEMENT_BODY_LIMIT: usize = 64 * 1024 * 1024;

enum Unread {
    TooLarge,
    Broken,
}

/// Reads a body to its end, keeping no more than the limit.
///
/// What is too large is still read: a client that is told so while it sends may lose the answer.
async fn read(mut body: Incoming, limit: usize, waits: bool) -> Result<Vec<u8>, Unread> {
    let announced = body.size_hint().lower();
    if waits && announced > limit as u64 {
        return Err(Unread::TooLarge);
    }
    let mut kept = Vec::with_capacity(limit.min(usize::try_from(announced).unwrap_or(limit)));
    let mut too_large = false;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Unread::Broken)?.into_data() else { continue };
        too_large |= data.len() > limit - kept.len();
        if !too_large {
            kept.extend_from_slice(&data);
        }
    }
    if too_large { Err(Unread::TooLarge) } else { Ok(kept) }
}

fn closing(mut response: Response<Vec<u8>>) -> Response<Vec<u8>> {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}
