//! Why a call failed, and whether the change may have been made.

mod context;
mod mismatch;
mod transport;

use std::fmt;
use std::time::Duration;

use certs_types::{ErrorBody, ErrorCode};
use http::StatusCode;

use crate::request_id::RequestId;

pub use context::CallContext;
pub use mismatch::Mismatch;
pub use transport::{TransportError, TransportErrorKind};

/// A failed call.
///
/// Every error shows whether the change may have been made ([`may_have_acted`](Self::may_have_acted)) and whether
/// the same call may succeed later ([`is_retryable`](Self::is_retryable)). With the
/// [`request_id`](Self::request_id), the vendor's support finds the request.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The request could not be built. Nothing was sent.
    #[error("the request could not be built")]
    Build(#[source] BuildError),
    /// The last attempt got no complete response.
    #[error("{context} got no response")]
    Transport {
        /// The error of the transport.
        source: TransportError,
        /// What is known about the call.
        context: Box<CallContext>,
    },
    /// The server refused.
    #[error("{}", Refusal(context, body))]
    Api {
        /// The reason, empty if the response contains none. It never shows the admin key.
        body: Box<ErrorBody>,
        /// What is known about the call.
        context: Box<CallContext>,
    },
    /// The server's rate limit allowed no further request before the deadline.
    ///
    /// Earlier requests of the call may have been carried out: see [`may_have_acted`](Error::may_have_acted).
    #[error("{}", RateLimited(context))]
    RateLimited {
        /// What is known about the call.
        context: Box<CallContext>,
    },
    /// The operation is not confirmed, or the response contradicts it.
    #[error("{context} is not confirmed")]
    Unconfirmed {
        /// What is missing, or what the contradiction is.
        source: Mismatch,
        /// What is known about the call.
        context: Box<CallContext>,
    },
    /// The server reported success, but its response cannot be decoded.
    #[error("{context} was accepted, but the response cannot be decoded")]
    Decode {
        /// What is wrong with the response.
        source: DecodeError,
        /// What is known about the call.
        context: Box<CallContext>,
    },
    /// The server announced more items of a list, but they cannot be read.
    #[error("the list is incomplete")]
    Paging(#[source] PagingError),
}

impl Error {
    /// Whether the change may have been made although the call failed.
    ///
    /// If `false`, the call changed nothing, according to the API's documents.
    #[must_use]
    pub fn may_have_acted(&self) -> bool {
        self.context().is_some_and(|context| context.may_have_acted)
    }

    /// Whether the same call may be made again safely and may then succeed.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.context().is_some_and(|context| context.retryable)
    }

    /// Whether the call failed because of the server's rate limit.
    ///
    /// Either the last request was refused with 429, or no other request was allowed before the deadline. An
    /// exhausted quota is not a rate limit, because waiting does not help.
    #[must_use]
    pub fn is_rate_limited(&self) -> bool {
        match self {
            Self::RateLimited { .. } => true,
            Self::Api { context, .. } => {
                context.status == Some(StatusCode::TOO_MANY_REQUESTS) && context.retryable
            }
            _ => false,
        }
    }

    /// The request id that the server assigned, for the vendor's support.
    #[must_use]
    pub fn request_id(&self) -> Option<&RequestId> {
        self.context()?.request_id.as_ref()
    }

    /// The status of the last response, complete or not.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.context()?.status
    }

    /// How long the server requires to wait, if it requires that.
    #[must_use]
    pub fn server_delay(&self) -> Option<Duration> {
        self.context()?.server_delay
    }

    /// The code of a refusal.
    #[must_use]
    pub fn code(&self) -> Option<&ErrorCode> {
        match self {
            Self::Api { body, .. } => body.code.as_ref(),
            _ => None,
        }
    }

    /// What is known about the call; `None` for [`Build`](Self::Build) and [`Paging`](Self::Paging).
    #[must_use]
    pub fn context(&self) -> Option<&CallContext> {
        match self {
            Self::Transport { context, .. }
            | Self::Api { context, .. }
            | Self::RateLimited { context }
            | Self::Unconfirmed { context, .. }
            | Self::Decode { context, .. } => Some(context),
            Self::Build(_) | Self::Paging(_) => None,
        }
    }
}

struct Refusal<'a>(&'a CallContext, &'a ErrorBody);

impl fmt::Display for Refusal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(context, body) = self;
        write!(f, "{context} was refused")?;
        if let Some(status) = context.status {
            write!(f, " with {}", StatusText(status))?;
            if status.is_redirection() {
                f.write_str(", a redirect, which is not followed")?;
            }
        }
        if let Some(message) = &body.message {
            write!(f, ": {message}")?;
        }
        if let Some(code) = &body.code {
            write!(f, " ({code})")?;
        }
        if let Some(delay) = context.server_delay {
            write!(f, "; it requires a wait of {} s", delay.as_secs_f64().ceil())?;
        }
        Ok(())
    }
}

/// A status with its reason phrase, if it has one.
pub(crate) struct StatusText(pub(crate) StatusCode);

impl fmt::Display for StatusText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())?;
        match self.0.canonical_reason() {
            Some(reason) => write!(f, " {reason}"),
            None => Ok(()),
        }
    }
}

struct RateLimited<'a>(&'a CallContext);

impl fmt::Display for RateLimited<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(context) = self;
        let again = if context.attempts == 0 { "" } else { " again" };
        write!(
            f,
            "{context} was not sent{again}: the rate limit allows no request before the deadline"
        )
    }
}

/// Why an operation could not be built into a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A parameter of the path is missing.
    #[error("a parameter of the path is missing")]
    MissingSegment,
    /// There are more parameters than the path has.
    #[error("the path has fewer parameters than were given")]
    ExtraSegment,
    /// A parameter of the path is empty, `.` or `..`.
    #[error("a parameter of the path is empty, `.` or `..`")]
    InvalidSegment,
    /// The path and query are longer than a URI can be.
    #[error("the path and query are too long")]
    TooLong,
    /// The body cannot be written as JSON.
    #[error("the body cannot be written as JSON")]
    Body,
}

/// Why a response cannot be decoded. Never shows the body, which may be confidential.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The body is empty.
    #[error("the body is empty")]
    Empty,
    /// The response has a `Content-Encoding`, which was not requested.
    #[error("the body is compressed, which was not requested")]
    Encoded,
    /// The body is not UTF-8.
    #[error("the body is not UTF-8 from byte {at} on")]
    NotUtf8 {
        /// The number of valid bytes before it.
        at: usize,
    },
    /// The body is not JSON.
    #[error("the body is not JSON (line {line}, column {column})")]
    NotJson {
        /// The line, counted from 1.
        line: usize,
        /// The column in bytes, counted from 1; 0 before the first byte of a line.
        column: usize,
    },
    /// The body is JSON, but not in the shape that the endpoint sends.
    #[error("the JSON does not have the expected shape (line {line}, column {column})")]
    WrongShape {
        /// The line, counted from 1.
        line: usize,
        /// The column in bytes, counted from 1; 0 before the first byte of a line.
        column: usize,
    },
}

/// Why a list cannot be read to its end, although the server announced more items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PagingError {
    /// The page has no `last_id`, which is the cursor.
    #[error("the list goes on, but the server sent no cursor")]
    NoCursor,
    /// The cursor was sent before, so the list would never end.
    #[error("the list goes on, but the server repeated a cursor")]
    RepeatedCursor,
    /// The page is empty.
    #[error("the list goes on, but the server sent an empty page")]
    EmptyPage,
    /// The list continues after the maximum number of items.
    #[error("the list has no end after {max} items")]
    TooLong {
        /// The maximum number of items: [`Paged::MAX_ITEMS`](crate::paging::Paged::MAX_ITEMS).
        max: usize,
    },
}
