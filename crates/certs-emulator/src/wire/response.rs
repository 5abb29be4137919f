//! Responses.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use certs_types::Timestamp;
use http::header::{ALLOW, CONTENT_TYPE, DATE, HeaderName, HeaderValue};
use http::{Response, StatusCode};

use crate::rng;
use crate::wire::refusal::Refusal;

/// The JSON body of a 200, or the refusal.
pub(crate) type OperationResult = Result<Vec<u8>, Refusal>;

/// Builds the response to one request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Responder {
    pub(crate) seed: u64,
    pub(crate) number: u64,
    pub(crate) now: Timestamp,
}

impl Responder {
    pub(crate) fn respond(&self, result: OperationResult) -> Response<Bytes> {
        match result {
            Ok(body) => self.response(StatusCode::OK, body),
            Err(refusal) => self.refusal(&refusal),
        }
    }

    fn refusal(&self, refusal: &Refusal) -> Response<Bytes> {
        // Four optional strings can always be written as JSON.
        let body = serde_json::to_vec(&refusal.body).unwrap_or_default();
        let mut response = self.response(refusal.status, body);
        if let Some(Ok(allow)) = refusal.allow.as_deref().map(HeaderValue::from_str) {
            response.headers_mut().insert(ALLOW, allow);
        }
        if let Some(error) = &refusal.storage_error {
            response.extensions_mut().insert(error.clone());
        }
        response
    }

    fn response(&self, status: StatusCode, body: Vec<u8>) -> Response<Bytes> {
        let mut response = Response::new(Bytes::from(body));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        for (name, value) in [
            ("openai-organization", "org-emulator"),
            ("openai-processing-ms", "1"),
            ("openai-version", "2020-10-01"),
        ] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let request_id = HeaderValue::try_from(rng::id("req", self.seed, self.number));
        if let (Ok(id), Ok(date)) = (request_id, HeaderValue::try_from(self.date())) {
            headers.insert(HeaderName::from_static("x-request-id"), id);
            headers.insert(DATE, date);
        }
        response
    }

    fn date(&self) -> String {
        let seconds = u64::try_from(self.now.as_secs()).unwrap_or_default();
        httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
    }
}
