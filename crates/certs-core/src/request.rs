//! Builds a request: path, query, headers and body, in one pass.

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use http::{HeaderMap, Request};
use serde::Serialize;

use crate::api::Api;
use crate::endpoint::Endpoint;
use crate::error::BuildError;

/// Builds a request to an endpoint.
///
/// Every value is percent-encoded, so it is always one segment of the path or one value in the query. Mistakes are
/// reported by [`build`](Self::build), and by [`Call::new`](crate::call::Call::new).
///
/// `Debug` shows the length of the body, which may be confidential.
#[derive(Clone)]
pub struct RequestBuilder {
    endpoint: &'static Endpoint,
    /// The path and query so far.
    target: String,
    /// The rest of the path template, from its next parameter on.
    template: &'static str,
    has_query: bool,
    headers: HeaderMap,
    body: Bytes,
    error: Option<BuildError>,
}

impl RequestBuilder {
    /// A request to this endpoint.
    #[must_use]
    pub fn new(endpoint: &'static Endpoint) -> Self {
        let mut request = Self {
            endpoint,
            target: String::with_capacity(endpoint.path.len() + 64),
            template: endpoint.path,
            has_query: false,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            error: None,
        };
        request.write_fixed();
        request
    }

    /// Fills in the next parameter of the path.
    #[must_use]
    pub fn segment(mut self, value: &str) -> Self {
        match self.template.split_once('}') {
            None => self.fail(BuildError::ExtraSegment),
            Some(_) if matches!(value, "" | "." | "..") => self.fail(BuildError::InvalidSegment),
            Some((_, rest)) => {
                encode(value, &mut self.target);
                self.template = rest;
                self.write_fixed();
            }
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

    /// Sets a header. Only `Authorization` cannot be set.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Sets the JSON body.
    #[must_use]
    pub fn json(mut self, body: &impl Serialize) -> Self {
        match serde_json::to_vec(body) {
            Ok(json) => self.body = json.into(),
            Err(_) => self.fail(BuildError::Body),
        }
        self
    }

    /// The endpoint that the request goes to.
    #[must_use]
    pub fn endpoint(&self) -> &'static Endpoint {
        self.endpoint
    }

    /// Builds the request, with the base URL and the admin key.
    ///
    /// # Errors
    ///
    /// [`BuildError`] when the parameters do not fit the endpoint, the URI is too long, or the body
    /// cannot be written as JSON.
    pub fn build(self, api: &Api) -> Result<Request<Bytes>, BuildError> {
        let mut request = self.without_common_headers(api)?;
        api.add_common_headers(&mut request);
        Ok(request)
    }

    /// The request before [`Api::add_common_headers`].
    pub(crate) fn without_common_headers(self, api: &Api) -> Result<Request<Bytes>, BuildError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        if !self.template.is_empty() {
            return Err(BuildError::MissingSegment);
        }
        let uri = api.uri(&self.target).ok_or(BuildError::TooLong)?;
        let mut request = Request::new(self.body);
        *request.method_mut() = self.endpoint.method.clone();
        *request.uri_mut() = uri;
        *request.headers_mut() = self.headers;
        Ok(request)
    }

    /// Copies the template up to its next parameter.
    fn write_fixed(&mut self) {
        let end = self.template.find('{').unwrap_or(self.template.len());
        let (fixed, rest) = self.template.split_at(end);
        self.target.push_str(fixed);
        self.template = rest;
    }

    /// Keeps the first error.
    fn fail(&mut self, error: BuildError) {
        self.error.get_or_insert(error);
    }
}

impl std::fmt::Debug for RequestBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RequestBuilder")
            .field("endpoint", &self.endpoint.operation_id)
            .field("target", &self.target)
            .field("body_len", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Writes every byte that is not *unreserved* (RFC 3986, 2.3) as `%XX`.
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
    use crate::api::{AdminKey, BaseUrl};

    static PLAIN: Endpoint = Endpoint::get("plain", "/a/b");
    static NESTED: Endpoint = Endpoint::post("nested", "/a/{x}/b/{y}/c");

    fn build(request: RequestBuilder) -> Result<Request<Bytes>, BuildError> {
        let key = AdminKey::new("sk-admin-x".into()).unwrap();
        request.build(&Api::new(BaseUrl::default(), key))
    }

    fn target(request: RequestBuilder) -> Result<String, BuildError> {
        build(request).map(|request| request.uri().path_and_query().unwrap().to_string())
    }

    #[test]
    fn fills_in_parameters_in_their_order() {
        let request =
            RequestBuilder::new(&NESTED).segment("1").segment("2").query("q", "3").query("r", "4");
        assert_eq!(target(request).unwrap(), "/v1/a/1/b/2/c?q=3&r=4");
        assert_eq!(target(RequestBuilder::new(&PLAIN)).unwrap(), "/v1/a/b");
    }

    #[test]
    fn encodes_every_value() {
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
    fn a_body_is_json_and_headers_are_the_callers() {
        let own = HeaderName::from_static("x-own");
        let request =
            RequestBuilder::new(&PLAIN).header(own, HeaderValue::from_static("1")).json(&[1, 2]);
        let request = build(request).unwrap();
        assert_eq!(request.body(), "[1,2]");
        assert_eq!(request.headers()["content-type"], "application/json");
        assert_eq!(request.headers()["x-own"], "1");
    }

    #[test]
    fn build_errors_are_explained() {
        let new = RequestBuilder::new;
        assert_eq!(target(new(&NESTED).segment("1")), Err(BuildError::MissingSegment));
        assert_eq!(target(new(&PLAIN).segment("1")), Err(BuildError::ExtraSegment));
        for step in ["", ".", ".."] {
            let request = new(&NESTED).segment(step).segment("x");
            assert_eq!(target(request), Err(BuildError::InvalidSegment));
        }
        let long = new(&PLAIN).query("q", &"x".repeat(70_000));
        assert_eq!(target(long), Err(BuildError::TooLong));
        let unwritable = std::collections::BTreeMap::from([((1, 2), 3)]);
        assert_eq!(target(new(&PLAIN).json(&unwritable)), Err(BuildError::Body));
    }

    #[test]
    fn debug_shows_no_body() {
        let request = RequestBuilder::new(&PLAIN).json(&"confidential");
        assert!(!format!("{request:?}").contains("confidential"));
    }
}
