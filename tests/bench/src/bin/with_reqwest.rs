//! reqwest and serde, as most people would write it.

use std::sync::Arc;

use certs_bench::{Answer, Toggle, ids};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let client = reqwest::Client::new();
    let ids = Arc::new(ids());
    let toggle = |base: String| {
        let (client, ids) = (client.clone(), ids.clone());
        async move {
            let request = client
                .post(format!("{base}/organization/certificates/deactivate"))
                .json(&Toggle { certificate_ids: &ids });
            let answer = send(request).await;
            let answer: Answer<'_> = serde_json::from_slice(&answer).expect("an answer");
            answer.data.len()
        }
    };
    let list = |base: String, after: Option<String>| {
        let client = client.clone();
        async move {
            let after = after.map(|after| ("after", after));
            let request = client
                .get(format!("{base}/organization/certificates"))
                .query(&[("limit", "100")])
                .query(after.as_slice());
            let answer = send(request).await;
            let page: Answer<'_> = serde_json::from_slice(&answer).expect("a page");
            (page.data.len(), page.last_id.filter(|_| page.has_more).map(str::to_owned))
        }
    };
    certs_bench::main(toggle, list).await;
}

async fn send(request: reqwest::RequestBuilder) -> Vec<u8> {
    let request = request.bearer_auth("sk-admin-load");
    let response = request.send().await.expect("an answer").error_for_status().expect("success");
    response.bytes().await.expect("a body").to_vec()
}
