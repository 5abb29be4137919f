//! What an operation is, and the request it drafts.

use std::fmt::{self, Debug};

use http::uri::PathAndQuery;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{BuildError, Endpoint};

/// Something the API can be asked to do.
///
/// An operation knows its endpoint, its parameters and its answer; origin and credentials are the
/// [`Api`](crate::Api)'s. Operations of your own need nothing more than this:
///
/// ```
/// use certs_core::{RequestBuilder, Effect, Endpoint, Operation};
///
/// static LIST_ADMIN_KEYS: Endpoint = Endpoint::get("admin-api-keys-list", "/organization/admin_api_keys");
///
/// #[derive(Debug)]
/// struct ListAdminKeys;
///
/// impl Operation for ListAdminKeys {
///     type Output = serde_json::Value;
///     const EFFECT: Effect = Effect::Safe;
///
///     fn request(&self) -> RequestBuilder {
///         RequestBuilder::new(&LIST_ADMIN_KEYS).query("limit", "20")
///     }
/// }
/// ```
pub trait Operation: Debug {
    /// What the server answers.
    type Output: DeserializeOwned + Debug;

    /// What a request that may have arrived can have done: decides what is repeated.
    const EFFECT: Effect;

    /// The request, without origin and credentials.
    fn request(&self) -> RequestBuilder;

    /// What a refusal means when an earlier attempt of the same call may have been carried out.
    ///
    /// A delete that finds nothing the second time was done the first time. Nothing else has such a
    /// reading, so the default is `None`.
    fn already_applied(&self, status: http::StatusCode) -> Option<Self::Output> {
        let _ = status;
        None
    }
}

impl<O: Operation> Operation for &O {
    type Output = O::Output;
    const EFFECT: Effect = O::EFFECT;

    fn request(&self) -> RequestBuilder {
        O::request(self)
    }

    fn already_applied(&self, status: http::StatusCode) -> Option<Self::Output> {
        O::already_applied(self, status)
    }
}

/// What sending a request may change, and so whether it may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Effect {
    /// It only reads: it can be repeated, and can never have acted.
    Safe,
    /// It sets a state: done twice is the same as done once.
    Idempotent,
    /// Each time adds something: never repeated when an earlier attempt may have been carried out.
    NonIdempotent,
}

/// A request on its way: an endpoint with its parameters filled in.
///
/// Everything that comes from outside is percent-encoded, so a value is always one segment of the path
/// or one value of the query. What is wrong with a request is told when a [`Call`](crate::Call) is made
/// of it.
#[derive(Debug, Clone)]
pub struct RequestBuilder {
    pub(crate) endpoint: &'static Endpoint,
    target: String,
    /// What of the path's template is still to be written, from a parameter on.
    open: &'static str,
    has_query: bool,
    pub(crate) body: Option<Json>,
    fault: Option<BuildError>,
}

/// A body of JSON. `Debug` gives its length: it may be a certificate.
#[derive(Clone)]
pub(crate) struct Json(pub(crate) Vec<u8>);

impl Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Json({} bytes)", self.0.len())
    }
}

impl RequestBuilder {
    /// A request to this endpoint.
    #[must_use]
    pub fn new(endpoint: &'static Endpoint) -> Self {
        let mut request = Self {
            endpoint,
            // Room for the base URL's path, which goes in front.
            target: String::with_capacity(endpoint.path.len() + 96),
            open: endpoint.path,
            has_query: false,
            body: None,
            fault: None,
        };
        request.write_fixed();
        request
    }

    /// Fills in the next parameter of the path.
    #[must_use]
    pub fn segment(mut self, value: &str) -> Self {
        match self.open.split_once('}') {
            Some((_, after)) if !matches!(value, "" | "." | "..") => {
                encode(value, &mut self.target);
                self.open = after;
                self.write_fixed();
            }
            _ => self.fault = self.fault.or(Some(BuildError::Path)),
        }
        self
    }

    /// Adds a parameter to the query.
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.target.push(if self.has_query { '&' } else { '?' });
        self.has_query = true;
        encode(name, &mut self.target);
        self.target.push('=');
        encode(value, &mut self.target);
        self
    }

    /// Gives the request a JSON body.
    #[must_use]
    pub fn json(mut self, body: &impl Serialize) -> Self {
        match serde_json::to_vec(body) {
            Ok(bytes) => self.body = Some(Json(bytes)),
            Err(_) => self.fault = self.fault.or(Some(BuildError::Body)),
        }
        self
    }

    /// Path and query below `prefix`.
    pub(crate) fn target(&mut self, prefix: &str) -> Result<PathAndQuery, BuildError> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        if !self.open.is_empty() {
            return Err(BuildError::Path);
        }
        let mut target = std::mem::take(&mut self.target);
        target.insert_str(0, prefix);
        PathAndQuery::from_maybe_shared(bytes::Bytes::from(target)).map_err(|_| BuildError::TooLong)
    }

    /// Copies the template up to its next parameter.
    fn write_fixed(&mut self) {
        let end = self.open.find('{').unwrap_or(self.open.len());
        let (fixed, open) = self.open.split_at(end);
        self.target.push_str(fixed);
        self.open = open;
    }
}

/// Writes every byte outside RFC 3986's *unreserved* as `%XX`.
fn encode(text: &str, target: &mut String) {
    const HEX: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            target.push(char::from(byte));
        } else {
            target.push('%');
            target.push(HEX[usize::from(byte >> 4)]);
            target.push(HEX[usize::from(byte & 15)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static PLAIN: Endpoint = Endpoint::get("plain", "/a/b");
    static NESTED: Endpoint = Endpoint::post("nested", "/a/{x}/b/{y}/c");

    fn target(mut request: RequestBuilder) -> Result<String, BuildError> {
        request.target("/v1").map(|target| target.to_string())
    }

    #[test]
    fn parameters_are_filled_in_their_order() {
        let request =
            RequestBuilder::new(&NESTED).segment("1").segment("2").query("q", "3").query("r", "4");
        assert_eq!(target(request).unwrap(), "/v1/a/1/b/2/c?q=3&r=4");
        assert_eq!(target(RequestBuilder::new(&PLAIN)).unwrap(), "/v1/a/b");
    }

    #[test]
    fn what_comes_from_outside_is_encoded() {
        let request = RequestBuilder::new(&NESTED)
            .segment("a/../b?c#d%2f")
            .segment("ü~-._")
            .query("i[]", "&=");
        assert_eq!(
            target(request).unwrap(),
            "/v1/a/a%2F..%2Fb%3Fc%23d%252f/b/%C3%BC~-._/c?i%5B%5D=%26%3D"
        );
    }

    #[test]
    fn a_draft_that_is_no_request_says_so() {
        assert_eq!(target(RequestBuilder::new(&NESTED).segment("1")), Err(BuildError::Path));
        assert_eq!(target(RequestBuilder::new(&PLAIN).segment("1")), Err(BuildError::Path));
        for step in ["", ".", ".."] {
            assert_eq!(
                target(RequestBuilder::new(&NESTED).segment(step).segment("x")),
                Err(BuildError::Path)
            );
        }
        let long = RequestBuilder::new(&PLAIN).query("q", &"x".repeat(70_000));
        assert_eq!(target(long), Err(BuildError::TooLong));
        let unwritable = std::collections::BTreeMap::from([((1, 2), 3)]);
        assert_eq!(target(RequestBuilder::new(&PLAIN).json(&unwritable)), Err(BuildError::Body));
    }
}
