//! Pooled hyper and borrowed serde, written by hand.

use std::sync::Arc;

use certs_bench::{Answer, Toggle, ids};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Method, Request};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

type Pool = Client<HttpConnector, Full<Bytes>>;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut tcp = HttpConnector::new();
    tcp.set_nodelay(true);
    let pool: Pool = Client::builder(TokioExecutor::new()).build(tcp);
    let ids = Arc::new(ids());
    let toggle = |base: String| {
        let (pool, ids) = (pool.clone(), ids.clone());
        async move {
            let url = format!("{base}/organization/certificates/deactivate");
            let body = serde_json::to_vec(&Toggle { certificate_ids: &ids }).expect("JSON");
            let answer = send(&pool, Method::POST, &url, body).await;
            let answer: Answer<'_> = serde_json::from_slice(&answer).expect("an answer");
            answer.data.len()
        }
    };
    let list = |base: String, after: Option<String>| {
        let pool = pool.clone();
        async move {
            let url = match after {
                None => format!("{base}/organization/certificates?limit=100"),
                Some(after) => format!("{base}/organization/certificates?limit=100&after={after}"),
            };
            let answer = send(&pool, Method::GET, &url, Vec::new()).await;
            let page: Answer<'_> = serde_json::from_slice(&answer).expect("a page");
            (page.data.len(), page.last_id.filter(|_| page.has_more).map(str::to_owned))
        }
    };
    certs_bench::main(toggle, list).await;
}

async fn send(pool: &Pool, method: Method, url: &str, body: Vec<u8>) -> Bytes {
    let request = Request::builder()
        .method(method)
        .uri(url)
        .header("authorization", "Bearer sk-admin-load")
        .header("accept", "application/json")
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(body)))
        .expect("a request");
    let response = pool.request(request).await.expect("an answer");
    assert!(response.status().is_success());
    response.into_body().collect().await.expect("a body").to_bytes()
}
