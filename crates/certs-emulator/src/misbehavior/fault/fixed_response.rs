//! A response that is sent instead of the normal one.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A status, headers and a body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "Fields", try_from = "Fields")]
pub(crate) struct FixedResponse {
    status: StatusCode,
    pub(super) headers: HeaderMap,
    body: Value,
}

impl FixedResponse {
    pub(super) fn new(status: StatusCode, body: Value) -> Self {
        Self { status, headers: HeaderMap::new(), body }
    }

    /// Replaces the status and body of a response, and adds to its headers.
    pub(crate) fn apply_to(&self, mut response: Response<Bytes>) -> Response<Bytes> {
        // After an informational status the client would wait for the final one.
        let informational = self.status.is_informational();
        *response.status_mut() =
            if informational { StatusCode::INTERNAL_SERVER_ERROR } else { self.status };
        let (content_type, body) = match &self.body {
            Value::Null => (None, Vec::new()),
            Value::String(text) => (Some("text/html"), text.clone().into_bytes()),
            json => (Some("application/json"), json.to_string().into_bytes()),
        };
        *response.body_mut() = body.into();
        let headers = response.headers_mut();
        headers.remove(header::CONTENT_TYPE);
        if let Some(content_type) = content_type {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        headers.extend(self.headers.clone());
        // The server sets these headers; `Fault::cut_body` makes a body shorter than announced.
        headers.remove(header::CONTENT_LENGTH);
        headers.remove(header::TRANSFER_ENCODING);
        response
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    status: u16,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: Value,
}

impl From<FixedResponse> for Fields {
    fn from(fixed: FixedResponse) -> Self {
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = fixed.headers.iter();
        Self {
            status: fixed.status.as_u16(),
            headers: headers.map(|(name, value)| (name.to_string(), text(value))).collect(),
            body: fixed.body,
        }
    }
}

impl TryFrom<Fields> for FixedResponse {
    type Error = String;

    fn try_from(fields: Fields) -> Result<Self, String> {
        let status = StatusCode::from_u16(fields.status)
            .ok()
            .filter(|status| !status.is_informational())
            .ok_or_else(|| format!("{} is not a final status code", fields.status))?;
        let mut fixed = Self::new(status, fields.body);
        for (name, value) in fields.headers {
            let header = HeaderName::try_from(&name).ok().zip(HeaderValue::try_from(value).ok());
            let (name, value) = header.ok_or_else(|| format!("'{name}' is not a valid header"))?;
            fixed.headers.insert(name, value);
        }
        Ok(fixed)
    }
}
