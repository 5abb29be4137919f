//! async-openai, a client for the whole API.

use async_openai::config::OpenAIConfig;
use async_openai::traits::RequestOptionsBuilder;
use async_openai::types::admin::certificates::ToggleCertificatesRequest;

use super::Client;
use super::models::ids;

/// The client.
pub struct AsyncOpenai {
    client: async_openai::Client<OpenAIConfig>,
    toggle: ToggleCertificatesRequest,
}

impl Client for AsyncOpenai {
    fn new(base: &str) -> Self {
        let config = OpenAIConfig::new().with_api_base(base).with_api_key("sk-admin-bench");
        let toggle = ToggleCertificatesRequest { certificate_ids: ids() };
        Self { client: async_openai::Client::with_config(config), toggle }
    }

    async fn deactivate(&self) -> usize {
        let admin = self.client.admin();
        let response = admin.certificates().deactivate_organization(self.toggle.clone()).await;
        response.expect("a response").data.len()
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
