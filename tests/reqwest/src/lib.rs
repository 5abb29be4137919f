//! A transport over reqwest, written from the guide alone; it sits the suite.

use std::time::Duration;

use certs_core::transport::{Attempt, Delay, Transport, TransportError, TransportErrorKind as Kind};
use http::{Request, Response};
use reqwest::{Certificate, Client, redirect, retry};
use tokio::time::{Instant, sleep};

/// reqwest's pool of connections.
#[derive(Debug)]
pub struct ReqwestTransport {
    client: Client,
    max_response_size: usize,
    epoch: Instant,
}

impl ReqwestTransport {
    /// A transport that takes answers of so many bytes, and trusts this authority alone, in PEM.
    ///
    /// # Errors
    ///
    /// The PEM is none.
    pub fn new(max_response_size: usize, authority: Option<&str>) -> reqwest::Result<Self> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let authority = authority.map(|pem| Certificate::from_pem(pem.as_bytes())).transpose()?;
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .no_proxy()
            .connect_timeout(Duration::from_secs(10))
            .tls_certs_only(authority)
            .build()?;
        Ok(Self { client, max_response_size, epoch: Instant::now() })
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
        request: Request<Vec<u8>>,
        attempt: Attempt,
    ) -> Result<Response<Vec<u8>>, TransportError> {
        let mut request = reqwest::Request::try_from(request)
            .map_err(|error| TransportError::new(Kind::Connect).with_source(error))?;
        *request.timeout_mut() = Some(attempt.timeout);
        let mut response = self.client.execute(request).await.map_err(failed)?;
        let mut head = Response::new(());
        *head.status_mut() = response.status();
        *head.headers_mut() = response.headers().clone();
        match self.read(&mut response).await {
            Ok(body) => Ok(head.map(|()| body)),
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
            ReqwestTransport::new(requirements.max_response_size, requirements.root_certificate.as_deref()).unwrap()
        }

        fn run<F: Future>(&self, future: F) -> F::Output {
            self.0.block_on(future)
        }
    }
}
