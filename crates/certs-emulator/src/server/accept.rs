//! Accepts connections, up to a limit.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::connection::{self, Service};
use super::resettable::{Reset, Resettable};
use crate::server::tls::Tls;

/// How long a stopped server waits for incomplete requests and unread responses.
const GRACE_PERIOD: Duration = Duration::from_secs(2);

/// Accepts and serves connections until the server is stopped, then completes running requests.
pub(super) async fn run(
    service: Service,
    listener: TcpListener,
    tls: Option<Tls>,
    mut stopped: watch::Receiver<bool>,
) {
    let tls = tls.map(|tls| TlsAcceptor::from(tls.0));
    let permits = service.limits.max_connections.clamp(1, Semaphore::MAX_PERMITS);
    let permits = Arc::new(Semaphore::new(permits));
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            biased;
            _ = stopped.wait_for(|stopped| *stopped) => break,
            Some(_) = connections.join_next() => continue,
            accepted = async {
                let permit = Arc::clone(&permits).acquire_owned().await;
                (permit, listener.accept().await)
            } => accepted,
        };
        match accepted {
            (Ok(permit), Ok((stream, _))) => {
                // Responses are small, and clients wait for them: send them without delay.
                let _ = stream.set_nodelay(true);
                let (service, tls, stopped) = (service.clone(), tls.clone(), stopped.clone());
                let reset = Reset::default();
                let stream = Resettable::new(stream, reset.clone());
                connections.spawn(async move {
                    match tls {
                        Some(tls) => {
                            connection::serve_tls(&service, stream, tls, reset, stopped).await;
                        }
                        None => connection::serve(&service, stream, None, reset, stopped).await,
                    }
                    drop(permit);
                });
            }
            // No file descriptor is free, or the client has gone: accept again soon.
            _ => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
    drop(listener);
    let finished = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(GRACE_PERIOD, finished).await.is_err() {
        connections.shutdown().await;
    }
}
