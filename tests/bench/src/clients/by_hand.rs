//! Pooled hyper and borrowed serde, written by hand for these two calls.

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Method, Request};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::Client;
use super::models::{Certificates, Toggle, ids};

/// The client.
pub struct ByHand {
    pool: legacy::Client<HttpConnector, Full<Bytes>>,
    base: String,
    ids: Vec<String>,
}

impl Client for ByHand {
    fn new(base: &str) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.set_nodelay(true);
        let pool = legacy::Client::builder(TokioExecutor::new()).build(tcp);
        Self { pool, base: base.into(), ids: ids() }
    }

    async fn deactivate(&self) -> usize {
        let url = format!("{}/organization/certificates/deactivate", self.base);
        let body = serde_json::to_vec(&Toggle { certificate_ids: &self.ids }).expect("JSON");
        let body = self.send(Method::POST, &url, body).await;
        let response: Certificates<'_> = serde_json::from_slice(&body).expect("a response");
        response.data.len()
    }

    async fn list(&self) -> (usize, usize) {
        let base = &self.base;
        let mut url = format!("{base}/organization/certificates?limit=100");
        let (mut pages, mut items) = (0, 0);
        loop {
            let body = self.send(Method::GET, &url, Vec::new()).await;
            let page: Certificates<'_> = serde_json::from_slice(&body).expect("a page");
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

impl ByHand {
    async fn send(&self, method: Method, url: &str, body: Vec<u8>) -> Bytes {
        let request = Request::builder()
            .method(method)
            .uri(url)
            .header("authorization", "Bearer sk-admin-bench")
            .header("accept", "application/json")
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(body)));
        let request = request.expect("a request");
        let response = self.pool.request(request).await.expect("a response");
        assert!(response.status().is_success());
        response.into_body().collect().await.expect("a body").to_bytes()
    }
}
