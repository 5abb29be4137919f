//! The journal of requests and responses, without secrets.

mod redact;

use std::collections::VecDeque;

use bytes::Bytes;
use certs_types::Timestamp;
use http::{Request, Response};
use serde::Serialize;
use serde_json::Value;

use self::redact::{redact, redact_all};
use crate::wire::endpoint::Endpoint;
use crate::wire::keys::Keys;
use crate::wire::refusal::StorageError;
use crate::wire::response::Responder;

/// A request and its response, as the journal keeps them.
///
/// Headers are left out, except for `X-Client-Request-Id`. A text that contains a key or a certificate,
/// in PEM, in base64 or percent-encoded, is replaced by `[redacted]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct JournalEntry {
    /// The number of the request, counted from 0.
    pub number: u64,
    /// When the request was handled.
    pub at: Timestamp,
    /// The request method.
    pub method: String,
    /// The path and query, undecoded.
    pub target: String,
    /// The requested endpoint, or `None` if no endpoint has this path and method.
    pub endpoint: Option<Endpoint>,
    /// The `X-Client-Request-Id` header of the request.
    pub client_request_id: Option<String>,
    /// The request body, if it was JSON and takes at most 16 KiB of memory.
    pub body: Option<Value>,
    /// The status of the response, or `None` if the connection was closed without one.
    pub status: Option<u16>,
    /// The `x-request-id` of the response.
    pub request_id: Option<String>,
    /// Why the state file could not be written, if the request failed for this reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_error: Option<String>,
}

impl JournalEntry {
    /// Creates an entry from a request; [`with_response`](Self::with_response) completes it.
    pub(crate) fn for_request<T>(
        request: &Request<T>,
        body: &[u8],
        endpoint: Option<Endpoint>,
        keys: &Keys,
    ) -> Self {
        let target = request.uri().path_and_query().map_or("", |target| target.as_str());
        let client = request.headers().get("x-client-request-id");
        let mut body: Option<Value> = serde_json::from_slice(body).ok();
        if let Some(body) = &mut body {
            redact_all(body, keys);
        }
        let body = body.filter(|body| memory_size(body) <= MAX_BODY_SIZE);
        Self {
            number: 0,
            at: Timestamp::MIN,
            method: request.method().to_string(),
            target: redact(target, keys),
            endpoint,
            client_request_id: client.and_then(|id| id.to_str().ok()).map(|id| redact(id, keys)),
            body,
            status: None,
            request_id: None,
            storage_error: None,
        }
    }

    pub(crate) fn with_response(
        mut self,
        responder: Responder,
        response: Option<&Response<Bytes>>,
    ) -> Self {
        (self.number, self.at) = (responder.number, responder.now);
        let header = |response: &Response<_>| response.headers().get("x-request-id").cloned();
        let id = response.and_then(header);
        self.status = response.map(|response| response.status().as_u16());
        self.request_id = id.and_then(|id| id.to_str().map(ToOwned::to_owned).ok());
        let error = response.and_then(|response| response.extensions().get::<StorageError>());
        self.storage_error = error.map(|StorageError(error)| error.clone());
        self
    }
}

/// Keeps the latest entries.
#[derive(Debug)]
pub(crate) struct Journal {
    entries: VecDeque<JournalEntry>,
    limit: usize,
}

impl Journal {
    pub(crate) fn new(limit: usize) -> Self {
        Self { entries: VecDeque::new(), limit }
    }

    pub(crate) fn push(&mut self, entry: JournalEntry) {
        self.entries.push_back(entry);
        while self.entries.len() > self.limit {
            self.entries.pop_front();
        }
    }

    pub(crate) fn entries(&self) -> Vec<JournalEntry> {
        self.entries.iter().cloned().collect()
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }
}

/// The maximum memory for the body of one entry, so that the journal as a whole stays bounded.
const MAX_BODY_SIZE: usize = 16 * 1024;

/// Estimates how many bytes of memory a value takes.
fn memory_size(value: &Value) -> usize {
    let own = size_of::<Value>();
    match value {
        Value::String(text) => own + text.len(),
        Value::Array(items) => own + items.iter().map(memory_size).sum::<usize>(),
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| own + name.len() + memory_size(value);
            own + fields.iter().map(field).sum::<usize>()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => own,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use serde_json::json;

    use super::redact::REDACTED;
    use super::*;
    use crate::testing::{AUTHORITY, Calls, KEY, builder};

    #[test]
    fn records_requests_and_responses() {
        let emulator = builder().build();
        emulator.post("/organization/certificates/cert_x?a=b", json!({"name": "New"}));
        emulator.get("/nowhere");
        let journal = emulator.journal();
        assert_eq!(journal.len(), 2);
        assert_eq!(journal[0].method, "POST");
        assert_eq!(journal[0].target, "/v1/organization/certificates/cert_x?a=b");
        assert_eq!(journal[0].endpoint, Some(Endpoint::ModifyCertificate));
        assert_eq!(journal[0].body, Some(json!({"name": "New"})));
        assert_eq!(journal[0].status, Some(404));
        assert!(journal[0].request_id.as_ref().unwrap().starts_with("req_"));
        assert_eq!((journal[1].number, journal[1].endpoint), (1, None));
    }

    #[test]
    fn observer_receives_the_entries_of_the_journal() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&seen);
        let observe = move |entry: &JournalEntry| sink.lock().unwrap().push(entry.clone());
        let emulator = builder().observer(observe).build();
        emulator.upload();
        emulator.get("/nowhere");
        assert_eq!(*seen.lock().unwrap(), emulator.journal());
    }

    #[test]
    fn redacts_keys_and_pem() {
        let emulator = builder().admin_key("opensesame").build();
        emulator.upload();
        let hidden = json!({"name": [{"opensesame": "my opensesame"}, *AUTHORITY, "sk-other"]});
        emulator.post("/organization/certificates/opensesame?sk-other", hidden);
        let text = serde_json::to_string(&emulator.journal()).unwrap();
        for secret in [KEY, "sk-", "opensesame", "BEGIN"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
        assert!(text.contains(REDACTED));
    }

    #[test]
    fn leaves_out_large_bodies() {
        let emulator = builder().build();
        for (body, kept) in [
            (json!({"certificate": "-----BEGIN".repeat(2000)}), true),
            (json!({"name": "x".repeat(16_000)}), true),
            (json!({"name": "x".repeat(17_000)}), false),
            (json!({"x".repeat(17_000): 1}), false),
            (json!({"name": vec![0; 1000]}), false),
        ] {
            emulator.clear_journal();
            emulator.post("/organization/certificates", body);
            assert_eq!(emulator.journal()[0].body.is_some(), kept);
        }
    }

    #[test]
    fn keeps_only_the_latest_entries() {
        let emulator = builder().journal_limit(3).build();
        for n in 0..5 {
            emulator.get(&format!("/{n}"));
        }
        let targets: Vec<_> = emulator.journal().into_iter().map(|entry| entry.target).collect();
        assert_eq!(targets, ["/v1/2", "/v1/3", "/v1/4"]);
        emulator.clear_journal();
        assert_eq!(emulator.journal(), []);
        let silent = builder().journal_limit(0).build();
        silent.get("/");
        assert_eq!(silent.journal(), []);
    }
}
