//! Letting clients in, so many at once and no more.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::connection::{self, Service};
use crate::Tls;

/// Serves whoever comes until it is stopped, then lets running requests end.
pub(super) async fn run(
    service: Service,
    listener: TcpListener,
    tls: Option<Tls>,
    mut stopped: watch::Receiver<bool>,
) {
    let tls = tls.map(|tls| TlsAcceptor::from(tls.0));
    let places = service.limits.connections.clamp(1, Semaphore::MAX_PERMITS);
    let places = Arc::new(Semaphore::new(places));
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            biased;
            _ = stopped.wait_for(|stopped| *stopped) => break,
            Some(_) = connections.join_next() => continue,
            accepted = async {
                let place = Arc::clone(&places).acquire_owned().await;
                (place, listener.accept().await)
            } => accepted,
        };
        match accepted {
            (Ok(place), Ok((stream, _))) => {
                // An answer is small and awaited: it shall not wait for more to send.
                let _ = stream.set_nodelay(true);
                let (service, tls, stopped) = (service.clone(), tls.clone(), stopped.clone());
                connections.spawn(async move {
                    match tls {
                        Some(tls) => connection::serve_tls(&service, stream, tls, stopped).await,
                        None => connection::serve(&service, stream, None, stopped).await,
                    }
                    drop(place);
                });
            }
            // Out of file descriptors, or the client is gone already: others may do better soon.
            _ => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}
