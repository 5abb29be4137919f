//! An answer that is given instead of the real one.

use std::collections::BTreeMap;

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A status, headers and a body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "Text", try_from = "Text")]
pub(crate) struct Canned {
    status: StatusCode,
    pub(super) headers: HeaderMap,
    body: Value,
}

impl Canned {
    pub(super) fn new(status: StatusCode, body: Value) -> Self {
        Self { status, headers: HeaderMap::new(), body }
    }

    /// Puts this answer in the place of another, whose other headers stay.
    pub(crate) fn replace(&self, mut response: Response<Vec<u8>>) -> Response<Vec<u8>> {
        // An interim status would leave the client waiting for the final one.
        let interim = self.status.is_informational();
        *response.status_mut() =
            if interim { StatusCode::INTERNAL_SERVER_ERROR } else { self.status };
        let (kind, body) = match &self.body {
            Value::Null => (None, Vec::new()),
            Value::String(text) => (Some("text/html"), text.clone().into_bytes()),
            json => (Some("application/json"), json.to_string().into_bytes()),
        };
        *response.body_mut() = body;
        let headers = response.headers_mut();
        headers.remove(header::CONTENT_TYPE);
        if let Some(kind) = kind {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        headers.extend(self.headers.clone());
        // The server frames its messages itself; a body that breaks off has its own rule.
        headers.remove(header::CONTENT_LENGTH);
        headers.remove(header::TRANSFER_ENCODING);
        response
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    status: u16,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: Value,
}

impl From<Canned> for Text {
    fn from(canned: Canned) -> Self {
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = canned.headers.iter();
        Self {
            status: canned.status.as_u16(),
            headers: headers.map(|(name, value)| (name.to_string(), text(value))).collect(),
            body: canned.body,
        }
    }
}

impl TryFrom<Text> for Canned {
    type Error = String;

    fn try_from(text: Text) -> Result<Self, String> {
        let status = StatusCode::from_u16(text.status)
            .ok()
            .filter(|status| !status.is_informational())
            .ok_or_else(|| format!("{} is no status to answer with", text.status))?;
        let mut canned = Self::new(status, text.body);
        for (name, value) in text.headers {
            let header = HeaderName::try_from(&name).ok().zip(HeaderValue::try_from(value).ok());
            let (name, value) = header.ok_or_else(|| format!("'{name}' is no header"))?;
            canned.headers.insert(name, value);
        }
        Ok(canned)
    }
}
