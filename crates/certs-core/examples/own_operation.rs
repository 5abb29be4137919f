//! An operation that these crates do not have: `GET /organization/admin_api_keys`.
//!
//! It has the same retries, paging and errors as the operations of certs-core.

use std::sync::Arc;

use certs_core::call::Call;
use certs_core::operation::{Effect, Endpoint, Operation, RequestBuilder};
use certs_core::paging::Paged;
use certs_core::types::Page;
use certs_core::{AdminKey, Api, BaseUrl, Retry};
use serde::Deserialize;

static LIST_ADMIN_KEYS: Endpoint =
    Endpoint::get("admin-api-keys-list", "/organization/admin_api_keys");

/// Lists the admin keys of the organization.
#[derive(Debug, Clone, Default)]
struct ListAdminKeys {
    after: Option<String>,
}

/// An admin key, with the fields that are used here.
#[derive(Debug, Deserialize)]
struct AdminApiKey {
    id: String,
}

impl Operation for ListAdminKeys {
    type Output = Page<AdminApiKey>;
    const EFFECT: Effect = Effect::Safe;

    fn request(&self) -> RequestBuilder {
        let request = RequestBuilder::new(&LIST_ADMIN_KEYS).query("limit", "100");
        match &self.after {
            Some(after) => request.query("after", after),
            None => request,
        }
    }
}

impl Paged for ListAdminKeys {
    type Item = AdminApiKey;

    fn after(self, cursor: &str) -> Self {
        Self { after: Some(cursor.to_owned()) }
    }

    fn id(item: &AdminApiKey) -> Arc<str> {
        item.id.as_str().into()
    }
}

/// Shows the request. With a transport, `Client::all(ListAdminKeys::default())` reads the list.
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let api = Api::new(BaseUrl::default(), AdminKey::new("sk-admin-x".into())?);
    let call = Call::new(&api, ListAdminKeys::default(), Retry::default())?;
    println!("{} {}", call.request().method(), call.request().uri());
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use certs_core::call::Step;
    use certs_core::paging::Paging;
    use http::Response;

    use super::*;

    #[test]
    fn a_custom_operation_is_called_and_paged_like_any_other() {
        let api = Api::new(BaseUrl::default(), AdminKey::new("sk-admin-x".into()).unwrap());
        let mut responses = ["a", "b"].into_iter().enumerate().map(|(n, id)| {
            let key = format!(r#"{{"id":"key_{id}","redacted_value":"sk-…"}}"#);
            format!(r#"{{"data":[{key}],"last_id":"key_{id}","has_more":{}}}"#, n == 0)
        });
        let mut paging = Paging::new(ListAdminKeys::default());
        let mut targets = Vec::new();
        let mut ids = Vec::new();
        while let Some(operation) = paging.next() {
            let call = Call::new(&api, operation, Retry::default()).unwrap();
            targets.push(call.request().uri().path_and_query().unwrap().to_string());
            let response = Response::new(responses.next().unwrap());
            let Step::Done(Ok(reply)) = call.handle_response(Ok(response), Duration::ZERO) else {
                unreachable!("a success ends the call")
            };
            ids.extend(paging.handle_page(reply.value).unwrap().into_iter().map(|key| key.id));
        }
        assert_eq!(ids, ["key_a", "key_b"]);
        assert_eq!(targets[0], "/v1/organization/admin_api_keys?limit=100");
        assert_eq!(targets[1], "/v1/organization/admin_api_keys?limit=100&after=key_a");
    }
}
