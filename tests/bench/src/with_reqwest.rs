//! reqwest and serde, as most people would write it.

use std::sync::Arc;

use reqwest::{Client, RequestBuilder};

use crate::answers::{Answer, Toggle, ids};
use crate::load::Calls;

/// The client.
#[derive(Clone)]
pub struct WithReqwest {
    client: Client,
    base: Arc<str>,
    ids: Arc<[String]>,
}

impl WithReqwest {
    /// Calls this server.
    pub fn new(base: &str) -> Self {
        Self { client: Client::new(), base: base.into(), ids: ids().into() }
    }
}

impl Calls for WithReqwest {
    async fn deactivate(&self) -> usize {
        let url = format!("{}/organization/certificates/deactivate", self.base);
        let request = self.client.post(url).json(&Toggle { certificate_ids: &self.ids });
        let answer = send(request).await;
        let answer: Answer<'_> = serde_json::from_slice(&answer).expect("an answer");
        answer.data.len()
    }

    async fn list(&self) -> (usize, usize) {
        let url = format!("{}/organization/certificates", self.base);
        let mut after: Option<(&str, String)> = None;
        let (mut pages, mut items) = (0, 0);
        loop {
            let request = self.client.get(&url).query(&[("limit", "100")]).query(after.as_slice());
            let answer = send(request).await;
            let page: Answer<'_> = serde_json::from_slice(&answer).expect("a page");
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
    let request = request.bearer_auth("sk-admin-load");
    let response = request.send().await.expect("an answer").error_for_status().expect("success");
    response.bytes().await.expect("a body").to_vec()
}
