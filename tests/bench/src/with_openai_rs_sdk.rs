//! Another client of this API.

use openai_rs::admin::{AdminApiKey, AdminClient, AdminListParams, ToggleCertificatesRequest};
use openai_rs::types::{Nullable, Omittable};

use crate::answers::ids;
use crate::load::Calls;

/// The client.
#[derive(Clone)]
pub struct WithOpenaiRsSdk {
    client: AdminClient,
    toggle: ToggleCertificatesRequest,
}

impl WithOpenaiRsSdk {
    /// Calls this server.
    pub fn new(base: &str) -> Self {
        let key = AdminApiKey::new("sk-admin-load").expect("a key");
        let builder = AdminClient::builder(key)
            .base_url(base.parse().expect("a base URL"))
            .allow_insecure_loopback(true);
        let toggle = ToggleCertificatesRequest { certificate_ids: ids() };
        Self { client: builder.build().expect("a client"), toggle }
    }
}

impl Calls for WithOpenaiRsSdk {
    async fn deactivate(&self) -> usize {
        let answer = self.client.certificates().deactivate(self.toggle.clone()).await;
        answer.expect("an answer").into_inner().data.len()
    }

    async fn list(&self) -> (usize, usize) {
        let mut query = AdminListParams { limit: Omittable::Value(100), ..Default::default() };
        let (mut pages, mut items) = (0, 0);
        loop {
            let page = self.client.certificates().list(&query).await.expect("a page").into_inner();
            pages += 1;
            items += page.data.len();
            match page.last_id {
                Nullable::Value(last) if page.has_more => {
                    query.after = Omittable::Value(Nullable::Value(last));
                }
                _ => return (pages, items),
            }
        }
    }
}
