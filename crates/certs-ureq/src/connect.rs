//! Marks errors of ureq's resolver and connector: they came before the connection was made.

use std::fmt;

use http::Uri;
use ureq::Error;
use ureq::config::Config;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{ConnectionDetails, Connector, DefaultConnector, NextTimeout};

/// Marks the errors of a resolver or a connector with [`NotConnected`].
///
/// ureq's connector returns after the TLS handshake, so a failed handshake is marked as well.
#[derive(Debug, Default)]
pub(crate) struct TagConnectErrors<T>(T);

/// An error from before there was a connection.
#[derive(Debug)]
pub(crate) struct NotConnected(pub(crate) Error);

impl fmt::Display for NotConnected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for NotConnected {}

fn mark(error: Error) -> Error {
    Error::Other(Box::new(NotConnected(error)))
}

impl Resolver for TagConnectErrors<DefaultResolver> {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        self.0.resolve(uri, config, timeout).map_err(mark)
    }
}

impl Connector for TagConnectErrors<DefaultConnector> {
    type Out = <DefaultConnector as Connector>::Out;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<()>,
    ) -> Result<Option<Self::Out>, Error> {
        self.0.connect(details, chained).map_err(mark)
    }
}
