//! Connects directly or through a proxy, and marks the errors that occur before a connection is established.

use std::time::Duration;

use certs_core::proxy::{Proxy, Tunnel};
use http::Uri;
use ureq::Error;
use ureq::config::Config;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    ConnectionDetails, Connector, NextTimeout, RustlsConnector, TcpConnector, Transport,
};

use crate::failure::{explain, not_connected};

/// Resolves and connects, and wraps every error in [`NotConnected`](crate::failure::NotConnected).
///
/// It returns after the TLS handshake, so the error of a failed handshake is wrapped too.
#[derive(Debug, Default)]
pub(crate) struct Route {
    proxy: Option<Proxy>,
    resolver: DefaultResolver,
    tcp: TcpConnector,
    tls: RustlsConnector,
}

impl Route {
    pub(crate) fn through(proxy: Option<Proxy>) -> Self {
        Self { proxy, ..Self::default() }
    }

    fn tunnel_to(&self, target: &Uri) -> Option<Tunnel> {
        self.proxy.as_ref()?.tunnel_to(target)
    }
}

impl Resolver for Route {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let tunnel = self.tunnel_to(uri);
        let uri = tunnel.as_ref().map_or(uri, Tunnel::proxy_uri);
        let resolved = self.resolver.resolve(uri, config, timeout);
        resolved.map_err(|error| match (&tunnel, error) {
            (Some(tunnel), error) => not_connected(tunnel.unreachable_error(explain(error))),
            (None, Error::Timeout(_)) => not_connected(timed_out("no address for", uri, timeout)),
            (None, error) => not_connected(explain(error)),
        })
    }
}

type Tcp = <TcpConnector as Connector<()>>::Out;

impl Connector for Route {
    type Out = <RustlsConnector as Connector<Tcp>>::Out;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<()>,
    ) -> Result<Option<Self::Out>, Error> {
        let (uri, timeout) = (details.uri, details.timeout);
        let tunnel = self.tunnel_to(uri);
        let tcp = self.tcp.connect(details, chained).map_err(|error| match (&tunnel, error) {
            (Some(tunnel), error) => not_connected(tunnel.unreachable_error(explain(error))),
            (None, Error::Timeout(_)) => not_connected(timed_out("no connection to", uri, timeout)),
            (None, error) => not_connected(explain(error)),
        })?;
        let Some(mut tcp) = tcp else { return Ok(None) };
        if let Some(tunnel) = tunnel {
            open(&tunnel, &mut tcp, timeout)?;
        }
        self.tls.connect(details, Some(tcp)).map_err(|error| match error {
            Error::Timeout(_) => not_connected(timed_out("no TLS handshake with", uri, timeout)),
            error => not_connected(explain(error)),
        })
    }
}

/// Opens a tunnel on a connection to the proxy.
fn open(tunnel: &Tunnel, stream: &mut impl Transport, timeout: NextTimeout) -> Result<(), Error> {
    let broken = |error| match error {
        Error::Timeout(_) => {
            let problem = format!("no response from the proxy {}", tunnel.proxy());
            not_connected(within(problem, timeout))
        }
        error => not_connected(tunnel.unreachable_error(explain(error))),
    };
    let request = tunnel.request();
    let mut rest = &*request;
    while !rest.is_empty() {
        let output = stream.buffers().output();
        let length = output.len().min(rest.len());
        output[..length].copy_from_slice(&rest[..length]);
        stream.transmit_output(length, timeout).map_err(broken)?;
        rest = &rest[length..];
    }
    let mut received = Vec::new();
    while !tunnel.is_open(&received).map_err(not_connected)? {
        if !stream.await_input(timeout).map_err(broken)? {
            return Err(not_connected(tunnel.closed_error()));
        }
        let input = stream.buffers().input();
        let length = input.len();
        received.extend_from_slice(input);
        stream.buffers().input_consume(length);
    }
    Ok(())
}

fn timed_out(problem: &str, uri: &Uri, timeout: NextTimeout) -> String {
    within(format!("{problem} {}", uri.host().unwrap_or_default()), timeout)
}

fn within(problem: String, timeout: NextTimeout) -> String {
    let limit: Duration = *timeout.after;
    format!("{problem} within {} s", limit.as_secs_f64().ceil())
}
