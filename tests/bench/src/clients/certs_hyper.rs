//! The same calls through `certs-hyper`.

use certs_core::{AdminKey, Api};
use certs_core::types::{CertificateId, CertificateIds};
use certs_core::operations::{Deactivate, List, PageSize, Scope};
use certs_hyper::HyperTransport;

use super::Client;
use super::models::ids;

/// The client, which checks that no response contradicts the change.
pub struct CertsHyper {
    client: certs_core::Client<HyperTransport>,
    deactivate: Deactivate,
}

impl Client for CertsHyper {
    fn new(base: &str) -> Self {
        let key = AdminKey::new("sk-admin-bench".into()).expect("a key");
        let api = Api::new(base.parse().expect("a base URL"), key);
        let ids = ids().into_iter().map(|id| CertificateId::try_from(id).expect("an id"));
        let ids = CertificateIds::new(ids).expect("ten ids");
        Self {
            client: certs_core::Client::new(api, HyperTransport::loopback()),
            deactivate: Deactivate::new(Scope::Organization, ids),
        }
    }

    async fn deactivate(&self) -> usize {
        let reply = self.client.call(&self.deactivate).await.expect("a response");
        reply.value.data.len()
    }

    async fn list(&self) -> (usize, usize) {
        let list = List::new(Scope::Organization).with_page_size(PageSize::MAX);
        let mut list = self.client.pages(list);
        let (mut pages, mut items) = (0, 0);
        while let Some(page) = list.next().await {
            pages += 1;
            items += page.expect("a page").len();
        }
        (pages, items)
    }
}
