//! API keys and their checks.

use std::collections::HashMap;

use certs_types::{ErrorCode, ProjectId};
use http::{HeaderMap, StatusCode, header};

use crate::state::Scope;
use crate::wire::endpoint::Endpoint;
use crate::wire::refusal::Refusal;

/// The known keys. `Debug` shows only their number.
#[derive(Clone, Default)]
pub(crate) struct Keys(HashMap<String, Grant>);

/// What a key allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Grant {
    Admin,
    /// The endpoints that a workload of this project needs.
    Project(ProjectId),
    Nothing,
}

impl Keys {
    pub(crate) fn insert(&mut self, key: String, grant: Grant) {
        self.0.insert(key, grant);
    }

    /// Whether the text contains any of the keys.
    pub(crate) fn any_in(&self, text: &str) -> bool {
        self.0.keys().any(|key| text.contains(key))
    }

    /// Checks that the key of a request allows the endpoint, and returns the scope of the key.
    pub(crate) fn check(
        &self,
        headers: &HeaderMap,
        endpoint: Endpoint,
        missing_scopes: StatusCode,
    ) -> Result<Scope, Refusal> {
        let Some(key) = bearer(headers) else { return Err(missing_key()) };
        match self.0.get(&key) {
            Some(Grant::Admin) if endpoint != Endpoint::ListModels => Ok(Scope::Organization),
            Some(Grant::Project(project)) if endpoint == Endpoint::ListModels => {
                Ok(Scope::Project(project.clone()))
            }
            Some(_) => Err(missing_scope(missing_scopes)),
            None => Err(wrong_key(&key)),
        }
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys({})", self.0.len())
    }
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = String::from_utf8_lossy(headers.get(header::AUTHORIZATION)?.as_bytes());
    let (scheme, key) = value.split_once(' ')?;
    let key = key.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !key.is_empty()).then(|| key.to_owned())
}

fn missing_key() -> Refusal {
    Refusal::new(
        StatusCode::UNAUTHORIZED,
        "You didn't provide an API key. You need to provide your API key in an Authorization \
         header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
    )
}

/// Includes part of the key, as was observed; clients must redact it.
fn wrong_key(key: &str) -> Refusal {
    let message = format!("Incorrect API key provided: {}.", mask(key));
    Refusal::new(StatusCode::UNAUTHORIZED, message).code(ErrorCode::INVALID_API_KEY)
}

fn missing_scope(status: StatusCode) -> Refusal {
    Refusal::new(
        status,
        "You have insufficient permissions for this operation. Missing scopes: \
         api.management.read. Check that you have the correct role in your organization.",
    )
}

/// Keeps the first eight and the last four characters of a long key, and fewer of a short one.
fn mask(key: &str) -> String {
    let count = key.chars().count();
    let (head, tail) = ((count / 4).min(8), (count / 4).min(4));
    let masked = |(at, c)| if at < head || at >= count - tail { c } else { '*' };
    key.chars().enumerate().map(masked).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(authorization: &str) -> Result<Scope, Refusal> {
        let mut keys = Keys::default();
        keys.insert("sk-admin-right".into(), Grant::Admin);
        keys.insert("sk-limited".into(), Grant::Nothing);
        let headers =
            HeaderMap::from_iter([(header::AUTHORIZATION, authorization.parse().unwrap())]);
        keys.check(&headers, Endpoint::ListProjects, StatusCode::FORBIDDEN)
    }

    #[test]
    fn requires_the_bearer_scheme_in_any_case() {
        assert!(check("Bearer sk-admin-right").is_ok());
        assert!(check("bearer  sk-admin-right").is_ok());
        for not_bearer in ["Basic sk-admin-right", "sk-admin-right", "Bearer ", "Bearer", ""] {
            let refusal = check(not_bearer).unwrap_err();
            assert_eq!(refusal.status, StatusCode::UNAUTHORIZED);
            assert_eq!(refusal.body.code, None);
        }
    }

    #[test]
    fn names_the_missing_scopes() {
        let refusal = check("Bearer sk-limited").unwrap_err();
        assert_eq!(refusal.status, StatusCode::FORBIDDEN);
        assert!(refusal.body.message.unwrap().contains("Missing scopes: "));
    }

    #[test]
    fn shows_part_of_a_wrong_key() {
        let refusal = check("Bearer sk-admin-0123456789abcdefghijklmnop").unwrap_err();
        assert_eq!(refusal.body.code, Some(ErrorCode::INVALID_API_KEY));
        let message = refusal.body.message.unwrap();
        assert!(message.contains("sk-admin**"), "{message}");
        assert!(message.contains("**mnop."), "{message}");
        assert!(!message.contains("0123"), "{message}");
    }

    #[test]
    fn mask_shows_at_most_half_of_a_key() {
        assert_eq!(mask("abc"), "***");
        assert_eq!(mask("abcdefgh"), "ab****gh");
        assert_eq!(mask("schlüssel"), "sc*****el");
    }

    #[test]
    fn debug_shows_no_key() {
        let mut keys = Keys::default();
        keys.insert("sk-admin-right".into(), Grant::Admin);
        assert_eq!(format!("{keys:?}"), "Keys(1)");
    }
}
