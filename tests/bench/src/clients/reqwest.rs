//! reqwest with its defaults, and borrowed serde.

use reqwest::RequestBuilder;

use super::Client;
use super::models::{Certificates, Toggle, ids};

/// The client.
pub struct Reqwest {
    client: reqwest::Client,
    base: String,
    ids: Vec<String>,
}

impl Client for Reqwest {
    fn new(base: &str) -> Self {
        Self { client: reqwest::Client::new(), base: base.into(), ids: ids() }
    }

    async fn deactivate(&self) -> usize {
        let url = format!("{}/organization/certificates/deactivate", self.base);
        let request = self.client.post(url).json(&Toggle { certificate_ids: &self.ids });
        let body = send(request).await;
        let response: Certificates<'_> = serde_json::from_slice(&body).expect("a response");
        response.data.len()
    }

    async fn list(&self) -> (usize, usize) {
        let url = format!("{}/organization/certificates", self.base);
        let mut after: Option<(&str, String)> = None;
        let (mut pages, mut items) = (0, 0);
        loop {
            let request = self.client.get(&url).query(&[("limit", "100")]).query(after.as_slice());
            let body = send(request).await;
            let page: Certificates<'_> = serde_json::from_slice(&body).expect("a page");
            pages += 1;
            items += page.data.len();
            match page.last_id {
                Some(last) if page.has_more => after = Some(("after", last.into())),
                _ => return (pages, items),
            }
        }
    }
}

async fn send(request: RequestBuilder) -> Vec<u8> {
    let request = request.bearer_auth("sk-admin-bench");
    let response = request.send().await.expect("a response").error_for_status().expect("success");
    response.bytes().await.expect("a body").to_vec()
}
