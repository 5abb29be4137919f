//! One connection: requests are read whole, within limits, and answered.

use std::pin::pin;

use http::{HeaderValue, Request, Response, header};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::watch;

use super::Limits;
use super::reply::{Broken, Reply};
use crate::Emulator;
use crate::fault::Outcome;
use crate::refusal::Refusal;

/// Serves a connection until either side ends it.
pub(super) async fn serve(
    emulator: Emulator,
    stream: TcpStream,
    limits: Limits,
    mut stopped: watch::Receiver<bool>,
) {
    let service = service_fn(|request| answer(&emulator, request, limits));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    // An error is the client's: it went away, was too slow, or spoke no HTTP.
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stopped.wait_for(|stopped| *stopped) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}

async fn answer(
    emulator: &Emulator,
    request: Request<Incoming>,
    limits: Limits,
) -> Result<Response<Reply>, Broken> {
    let (head, body) = request.into_parts();
    let waits = head.headers.contains_key(header::EXPECT);
    let read = read(body, emulator.body_limit(), waits);
    let response = match tokio::time::timeout(limits.body, read).await {
        Ok(Ok(body)) => {
            let outcome = exchange(emulator, Request::from_parts(head, body)).await?;
            tokio::time::sleep(outcome.delay).await;
            return Reply::of(outcome.ending);
        }
        Ok(Err(Unread::TooLarge)) => {
            emulator.refuse(Refusal::body_too_large(emulator.body_limit()))
        }
        Ok(Err(Unread::Broken)) | Err(_) => closing(emulator.refuse(Refusal::body_timed_out())),
    };
    Ok(response.map(Reply::whole))
}

/// Lets other connections go on while this one waits for the disk.
async fn exchange(emulator: &Emulator, request: Request<Vec<u8>>) -> Result<Outcome, Broken> {
    if !emulator.may_block() {
        return Ok(emulator.exchange(request));
    }
    let emulator = emulator.clone();
    tokio::task::spawn_blocking(move || emulator.exchange(request)).await.map_err(|_| Broken)
}

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
    let mut kept = Vec::new();
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
