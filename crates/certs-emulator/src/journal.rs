//! What was asked and how it was answered, without secrets.

use std::collections::VecDeque;

use certs_types::Timestamp;
use http::{Request, Response};
use serde::Serialize;
use serde_json::Value;

use crate::wire::answer::Stamp;
use crate::wire::endpoint::Endpoint;
use crate::wire::keys::Keys;

/// A request and its answer, as the journal keeps them.
///
/// No key and no PEM is ever in it: headers are left out, and where a text holds either it is
/// replaced by `[redacted]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct JournalEntry {
    /// Counts the requests, from 0.
    pub number: u64,
    /// When the request was answered.
    pub at: Timestamp,
    /// The method.
    pub method: String,
    /// The path and query, as they came.
    pub target: String,
    /// The endpoint that was meant; `None` when there is no such.
    pub endpoint: Option<Endpoint>,
    /// The `X-Client-Request-Id`.
    pub client_request_id: Option<String>,
    /// The body, where it was JSON; `None` as well when it takes more than 16 KiB to keep.
    pub body: Option<Value>,
    /// The status of the answer; `None` when the connection was closed instead.
    pub status: Option<u16>,
    /// The `x-request-id` of the answer.
    pub request_id: Option<String>,
}

impl JournalEntry {
    /// The half that is known before there is an answer.
    pub(crate) fn of<T>(
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
        let body = body.filter(|body| weight(body) <= HEAVIEST);
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
        }
    }

    pub(crate) fn answered(mut self, stamp: Stamp, response: Option<&Response<Vec<u8>>>) -> Self {
        (self.number, self.at) = (stamp.number, stamp.now);
        let header = |response: &Response<_>| response.headers().get("x-request-id").cloned();
        let id = response.and_then(header);
        self.status = response.map(|response| response.status().as_u16());
        self.request_id = id.and_then(|id| id.to_str().map(ToOwned::to_owned).ok());
        self
    }
}

/// The latest entries.
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

/// The most bytes that the body of one entry may take: together they must not fill the memory.
const HEAVIEST: usize = 16 * 1024;

/// About how many bytes a value takes: itself, and what it points at.
fn weight(value: &Value) -> usize {
    let own = size_of::<Value>();
    match value {
        Value::String(text) => own + text.len(),
        Value::Array(items) => own + items.iter().map(weight).sum::<usize>(),
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| own + name.len() + weight(value);
            own + fields.iter().map(field).sum::<usize>()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => own,
    }
}

const REDACTED: &str = "[redacted]";

fn redact(text: &str, keys: &Keys) -> String {
    let secret = shows_key(text) || text.contains("-----BEGIN") || keys.any_within(text);
    if secret { REDACTED.into() } else { text.into() }
}

/// Whether a word of the text begins as keys do.
fn shows_key(text: &str) -> bool {
    let within_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    text.match_indices("sk-").any(|(at, _)| {
        let before = &text[..at];
        // The end of an escape like %22 is no letter of a word.
        let escaped = before.as_bytes().iter().rev().nth(2) == Some(&b'%');
        escaped || !before.ends_with(within_word)
    })
}

/// Goes through a value that serde has read, so its depth is bounded.
fn redact_all(value: &mut Value, keys: &Keys) {
    match value {
        Value::String(text) => *text = redact(text, keys),
        Value::Array(items) => items.iter_mut().for_each(|item| redact_all(item, keys)),
        Value::Object(fields) => {
            let redacted = std::mem::take(fields).into_iter().map(|(name, mut value)| {
                redact_all(&mut value, keys);
                (redact(&name, keys), value)
            });
            *fields = redacted.collect();
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use serde_json::json;

    use super::*;
    use crate::testing::{AUTHORITY, Calls, KEY, builder};

    #[test]
    fn a_journal_tells_what_was_asked_and_answered() {
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
    fn an_observer_sees_what_the_journal_keeps() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&seen);
        let observe = move |entry: &JournalEntry| sink.lock().unwrap().push(entry.clone());
        let emulator = builder().observer(observe).build();
        emulator.upload();
        emulator.get("/nowhere");
        assert_eq!(*seen.lock().unwrap(), emulator.journal());
    }

    #[test]
    fn no_key_and_no_pem_is_kept() {
        let emulator = builder().admin_key("opensesame").build();
        emulator.upload();
        let smuggle = json!({"name": [{"opensesame": "my opensesame"}, *AUTHORITY, "sk-other"]});
        emulator.post("/organization/certificates/opensesame?sk-other", smuggle);
        let text = serde_json::to_string(&emulator.journal()).unwrap();
        for secret in [KEY, "sk-", "opensesame", "BEGIN"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
        assert!(text.contains(REDACTED));
    }

    #[test]
    fn only_a_word_that_begins_like_a_key_is_taken_for_one() {
        let keys = Keys::default();
        for kept in ["Helpdesk-CA", "desk-a", "/v1/x/task-1?a=b", "a-sk-b", "a_sk-b", "süsk-a"] {
            assert_eq!(redact(kept, &keys), kept);
        }
        for secret in ["sk-a", "desk-a sk-b", "/v1/sk-a", "?key=sk-a", "(sk-a)", "?a=%22sk-b"] {
            assert_eq!(redact(secret, &keys), REDACTED, "{secret}");
        }
    }

    #[test]
    fn a_body_that_takes_much_to_keep_is_left_out() {
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
    fn only_the_latest_entries_are_kept() {
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
