//! The client most programs use for this API.

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::traits::RequestOptionsBuilder;
use async_openai::types::admin::certificates::ToggleCertificatesRequest;

use crate::answers::ids;
use crate::load::Calls;

/// The client.
#[derive(Clone)]
pub struct WithAsyncOpenai {
    client: Client<OpenAIConfig>,
    toggle: ToggleCertificatesRequest,
}

impl WithAsyncOpenai {
    /// Calls this server.
    pub fn new(base: &str) -> Self {
        let config = OpenAIConfig::new().with_api_base(base).with_api_key("sk-admin-load");
        let toggle = ToggleCertificatesRequest { certificate_ids: ids() };
        Self { client: Client::with_config(config), toggle }
    }
}

impl Calls for WithAsyncOpenai {
    async fn deactivate(&self) -> usize {
        let admin = self.client.admin();
        let answer = admin.certificates().deactivate_organization(self.toggle.clone()).await;
        answer.expect("an answer").data.len()
    }

    async fn list(&self) -> (usize, usize) {
        let admin = self.client.admin();
        let mut query = vec![("limit", "100".to_owned())];
        let (mut pages, mut items) = (0, 0);
        loop {
            let certificates = admin.certificates().query(&query).expect("a query");
            let page = certificates.list_organization().await.expect("a page");
            pages += 1;
            items += page.data.len();
            match page.last_id {
                Some(last) if page.has_more => {
                    query.truncate(1);
                    query.push(("after", last));
                }
                _ => return (pages, items),
            }
        }
    }
}
