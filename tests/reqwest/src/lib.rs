//! A transport over reqwest, written from the guide alone, and the conformance suite for it.

use std::time::Duration;

use certs_core::bytes::Bytes;
use certs_core::transport::{Attempt, Delay, Transport, TransportError, TransportErrorKind as Kind};
use http::{Request, Response};
use reqwest::{Certificate, Client, redirect, retry};
use tokio::time::{Instant, sleep};

/// Sends through reqwest.
#[derive(Debug)]
pub struct ReqwestTransport {
    pooled: Client,
    /// Keeps no connection, for requests that need a fresh one.
    unpooled: Client,
    max_response_size: usize,
    epoch: Instant,
}

impl ReqwestTransport {
    /// A transport with a maximum response size in bytes, which trusts only this root certificate in PEM.
    ///
    /// # Errors
    ///
    /// The root certificate is not PEM.
    pub fn new(max_response_size: usize, root_certificate: Option<&str>) -> reqwest::Result<Self> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let root_certificate =
            root_certificate.map(|pem| Certificate::from_pem(pem.as_bytes())).transpose()?;
        let client = |idle_connections| {
            Client::builder()
                .pool_max_idle_per_host(idle_connections)
                .redirect(redirect::Policy::none())
                .retry(retry::never())
                .no_proxy()
                .connect_timeout(Duration::from_secs(10))
                .tls_certs_only(root_certificate.clone())
                .build()
        };
        let (pooled, unpooled) = (client(usize::MAX)?, client(0)?);
        Ok(Self { pooled, unpooled, max_response_size, epoch: Instant::now() })
    }

    async fn read(&self, response: &mut reqwest::Response) -> Result<Vec<u8>, TransportError> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if chunk.len() > self.max_response_size - body.len() {
                return Err(TransportError::new(Kind::TooLarge));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

impl Transport for ReqwestTransport {
    async fn send(
        &self,
        request: Request<Bytes>,
        attempt: Attempt,
    ) -> Result<Response<Bytes>, TransportError> {
        let mut request = reqwest::Request::try_from(request)
            .map_err(|error| TransportError::new(Kind::Connect).with_source(error))?;
        *request.timeout_mut() = Some(attempt.timeout);
        let client = if attempt.fresh_connection { &self.unpooled } else { &self.pooled };
        let mut response = client.execute(request).await.map_err(failed)?;
        let mut head = Response::new(());
        *head.status_mut() = response.status();
        *head.headers_mut() = response.headers().clone();
        match self.read(&mut response).await {
            Ok(body) => Ok(head.map(|()| body.into())),
            Err(error) => Err(error.with_response(&head)),
        }
    }

    async fn sleep(&self, delay: Delay) {
        sleep(delay.min).await;
    }

    fn now(&self) -> Duration {
        self.epoch.elapsed()
    }
}

fn failed(error: reqwest::Error) -> TransportError {
    let kind = if error.is_connect() {
        Kind::Connect
    } else if error.is_timeout() {
        Kind::Timeout
    } else {
        Kind::Interrupted
    };
    TransportError::new(kind).with_source(error)
}

#[cfg(test)]
mod tests {
    use certs_conformance::{Requirements, Subject, conformance_suite};
    use tokio::runtime::Runtime;

    use super::*;

    conformance_suite!(reqwest: Reqwest(Runtime::new().unwrap()), [
        clock, requests, responses, failures, cancellation, tls, emulator
    ]);

    struct Reqwest(Runtime);

    impl Subject for Reqwest {
        type Transport = ReqwestTransport;

        fn transport(&self, requirements: &Requirements) -> ReqwestTransport {
            ReqwestTransport::new(
                requirements.max_response_size,
                requirements.root_certificate.as_deref(),
            )
            .unwrap()
        }

        fn run<F: Future>(&self, future: F) -> F::Output {
            self.0.block_on(future)
        }
    }
}
