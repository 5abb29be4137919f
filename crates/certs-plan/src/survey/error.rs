//! Why a list could not be read.

use std::fmt;

use certs_core::Error;
use certs_core::http::StatusCode;
use certs_core::operations::Scope;
use certs_core::transport::TransportErrorKind;

use crate::change::InWords;
use crate::inventory::UnknownState;

/// A list could not be read.
#[derive(Debug, thiserror::Error)]
#[error("could not read {}", Subject(scope))]
#[non_exhaustive]
pub struct SurveyError {
    /// The scope whose list it was; `None` for the list of projects.
    pub scope: Option<Scope>,
    /// Why it could not be read.
    pub source: ReadError,
}

impl SurveyError {
    /// Whether only this list is affected: the cause is not the key, the rate limit or the connection, so that other
    /// lists may still be readable.
    #[must_use]
    pub fn concerns_one_list(&self) -> bool {
        match &self.source {
            ReadError::UnknownState(_) => true,
            ReadError::Call(error) if error.is_rate_limited() => false,
            ReadError::Call(Error::Transport { source, .. }) => {
                source.kind() != TransportErrorKind::Connect
            }
            ReadError::Call(Error::Api { context, .. }) => {
                let status = context.status.map(|status| status.as_u16());
                !matches!(status, Some(401 | 403 | 429))
            }
            ReadError::Call(_) => true,
        }
    }

    pub(crate) fn new(scope: Option<Scope>, source: impl Into<ReadError>) -> Self {
        Self { scope, source: source.into() }
    }
}

/// Why a list could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The call failed, or the list could not be read to its end.
    #[error(transparent)]
    Call(#[from] Error),
    /// The list does not show whether a certificate is active.
    #[error(transparent)]
    UnknownState(#[from] UnknownState),
}

/// Whether a refusal is about what was requested: neither about the key nor about the rate.
pub(crate) fn is_about_project(error: &Error) -> bool {
    let is_meant = |status: StatusCode| {
        status.is_client_error() && !matches!(status.as_u16(), 401 | 408 | 429)
    };
    matches!(error, Error::Api { .. }) && error.status().is_some_and(is_meant)
}

struct Subject<'a>(&'a Option<Scope>);

impl fmt::Display for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("the list of projects"),
            Some(scope) => write!(f, "the certificates of {}", InWords(scope)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use certs_core::error::CallContext;
    use certs_core::operations::ENDPOINTS;
    use certs_core::transport::TransportError;
    use certs_types::ErrorBody;

    #[test]
    fn a_failure_concerns_one_list_unless_its_cause_is_the_key_the_rate_or_the_connection() {
        let context = || Box::new(CallContext::new(ENDPOINTS[0]));
        let refused = |status| {
            let status = StatusCode::from_u16(status).unwrap();
            let context = Box::new(CallContext::new(ENDPOINTS[0]).with_status(status));
            Error::Api { body: Box::new(ErrorBody::default()), context }
        };
        let broken =
            |kind| Error::Transport { source: TransportError::new(kind), context: context() };
        for (error, expected) in [
            (refused(400), true),
            (refused(500), true),
            (refused(401), false),
            (refused(403), false),
            (refused(429), false),
            (Error::RateLimited { context: context() }, false),
            (broken(TransportErrorKind::Connect), false),
            (broken(TransportErrorKind::Timeout), true),
        ] {
            let error = SurveyError::new(None, error);
            assert_eq!(error.concerns_one_list(), expected, "{error:?}");
        }
    }
}
