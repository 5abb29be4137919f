//! Connects directly or through a proxy.

use std::io;
use std::task::{Context, Poll};

use certs_core::proxy::{Proxy, Tunnel};
use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tower_service::Service;

use crate::connect::{BoxFuture, Phase};
use crate::error_chain::BoxError;
use crate::explain::explain;
use crate::stream::Stream;

/// Connects directly or through the proxy.
#[derive(Debug, Clone)]
pub(crate) struct Tcp {
    pub(crate) direct: HttpConnector,
    pub(crate) proxy: Option<Proxy>,
}

impl Service<Uri> for Tcp {
    type Response = TokioIo<Stream>;
    type Error = BoxError;
    type Future = BoxFuture<Self::Response>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.direct.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        let phase = Phase::current();
        let tls = format!("no TLS handshake with {}", target.host().unwrap_or_default());
        let Some(tunnel) = self.proxy.as_ref().and_then(|proxy| proxy.tunnel_to(&target)) else {
            let connecting = self.direct.call(target);
            return Box::pin(async move {
                let stream = connecting.await?;
                phase.set(tls);
                Ok(TokioIo::new(stream.into_inner().into()))
            });
        };
        phase.set(format!("no response from the proxy {}", tunnel.proxy()));
        let connecting = self.direct.call(tunnel.proxy_uri().clone());
        Box::pin(async move {
            let connected = connecting.await;
            let stream =
                connected.map_err(|error| tunnel.unreachable_error(explain(error.into())))?;
            let stream = open(&tunnel, stream.into_inner()).await?;
            phase.set(format!("{tls} through the proxy {}", tunnel.proxy()));
            Ok(TokioIo::new(stream.into()))
        })
    }
}

async fn open(tunnel: &Tunnel, mut stream: TcpStream) -> Result<TcpStream, BoxError> {
    let broken = |error: io::Error| tunnel.unreachable_error(error);
    stream.write_all(&tunnel.request()).await.map_err(broken)?;
    let mut received = Vec::new();
    let mut buffer = [0; 4096];
    while !tunnel.is_open(&received)? {
        let read = stream.read(&mut buffer).await.map_err(broken)?;
        if read == 0 {
            return Err(tunnel.closed_error().into());
        }
        received.extend_from_slice(&buffer[..read]);
    }
    Ok(stream)
}
