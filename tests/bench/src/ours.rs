//! The same calls through `certs-hyper`.

use std::sync::Arc;

use certs_core::{
    AdminKey, Api, Certificate, CertificateId, CertificateIds, Client, Deactivate, List, PageSize,
    Scope,
};
use certs_hyper::HyperTransport;

use crate::answers;
use crate::load::Calls;

/// The client, which also checks that the answer proves the change.
#[derive(Clone)]
pub struct Ours {
    client: Client<HyperTransport>,
    operation: Arc<Deactivate>,
}

impl Ours {
    /// Calls this server.
    pub fn new(base: &str) -> Self {
        let client = Client::new(api(base), HyperTransport::loopback());
        Self { client, operation: Arc::new(operation()) }
    }
}

impl Calls for Ours {
    async fn deactivate(&self) -> usize {
        let reply = self.client.call(&*self.operation).await.expect("an answer");
        assert!(self.operation.unconfirmed(&reply.value).is_empty());
        reply.value.data.len()
    }

    async fn list(&self) -> (usize, usize) {
        let list = List::new(Scope::Organization).with_page_size(PageSize::MAX);
        let (mut pages, mut items) = (0, 0);
        let count = |page: Vec<Certificate>| {
            pages += 1;
            items += page.len();
        };
        self.client.pages(list).for_each(count).await.expect("a list");
        (pages, items)
    }
}

/// The API at this base URL.
pub fn api(base: &str) -> Api {
    let key = AdminKey::new("sk-admin-load".into()).expect("a key");
    Api::new(base.parse().expect("a base URL"), key)
}

/// The toggle of ten certificates.
pub fn operation() -> Deactivate {
    let ids = answers::ids().into_iter().map(|id| CertificateId::try_from(id).expect("an id"));
    Deactivate::new(Scope::Organization, CertificateIds::new(ids).expect("ten"))
}
