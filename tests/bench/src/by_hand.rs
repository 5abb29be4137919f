//! Pooled hyper and borrowed serde, as a careful engineer writes them by hand.

use std::sync::Arc;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Method, Request};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{Connect, HttpConnector};
use hyper_util::rt::TokioExecutor;

use crate::answers::{Answer, Toggle, ids};
use crate::load::Calls;

/// The client.
#[derive(Clone)]
pub struct ByHand<C = HttpConnector> {
    pool: Client<C, Full<Bytes>>,
    base: Arc<str>,
    ids: Arc<[String]>,
}

impl ByHand {
    /// Calls this server.
    pub fn new(base: &str) -> Self {
        Self::over(tcp(), base)
    }
}

#[cfg(feature = "tls")]
impl ByHand<hyper_rustls::HttpsConnector<HttpConnector>> {
    /// Calls this server, and could call one with TLS.
    pub fn with_tls(base: &str) -> Self {
        let https = hyper_rustls::HttpsConnectorBuilder::new().with_native_roots();
        let https = https.expect("authorities").https_or_http().enable_http1();
        let mut tcp = tcp();
        tcp.enforce_http(false);
        Self::over(https.wrap_connector(tcp), base)
    }
}

impl<C: Connect + Clone + Send + Sync + 'static> ByHand<C> {
    fn over(connector: C, base: &str) -> Self {
        let pool = Client::builder(TokioExecutor::new()).build(connector);
        Self { pool, base: base.into(), ids: ids().into() }
    }

    async fn send(&self, method: Method, url: &str, body: Vec<u8>) -> Bytes {
        let response = self.pool.request(request(method, url, body)).await.expect("an answer");
        assert!(response.status().is_success());
        response.into_body().collect().await.expect("a body").to_bytes()
    }
}

impl<C: Connect + Clone + Send + Sync + 'static> Calls for ByHand<C> {
    async fn deactivate(&self) -> usize {
        let url = format!("{}/organization/certificates/deactivate", self.base);
        let body = serde_json::to_vec(&Toggle { certificate_ids: &self.ids }).expect("JSON");
        let answer = self.send(Method::POST, &url, body).await;
        let answer: Answer<'_> = serde_json::from_slice(&answer).expect("an answer");
        answer.data.len()
    }

    async fn list(&self) -> (usize, usize) {
        let base = &self.base;
        let mut url = format!("{base}/organization/certificates?limit=100");
        let (mut pages, mut items) = (0, 0);
        loop {
            let answer = self.send(Method::GET, &url, Vec::new()).await;
            let page: Answer<'_> = serde_json::from_slice(&answer).expect("a page");
            pages += 1;
            items += page.data.len();
            match page.last_id {
                Some(after) if page.has_more => {
                    url = format!("{base}/organization/certificates?limit=100&after={after}");
                }
                _ => return (pages, items),
            }
        }
    }
}

fn tcp() -> HttpConnector {
    let mut tcp = HttpConnector::new();
    tcp.set_nodelay(true);
    tcp
}

/// A request with the headers that the API wants.
pub fn request(method: Method, url: &str, body: Vec<u8>) -> Request<Full<Bytes>> {
    Request::builder()
        .method(method)
        .uri(url)
        .header("authorization", "Bearer sk-admin-load")
        .header("accept", "application/json")
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(body)))
        .expect("a request")
}
