//! Why there is no plan for a goal, or why a plan is not carried out.

use std::fmt;

use certs_core::operations::Scope;
use certs_types::{CertificateId, ProjectId};

use crate::change::{List, ScopeNames};
use crate::format::Quoted;

/// Why a goal or a plan is refused. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// A list on which the decision depends was not read.
    #[error("not everything that this depends on was read")]
    Incomplete,
    /// There is no such certificate.
    #[error("there is no certificate with the id or the name {}", Quoted(what))]
    NotFound {
        /// The id or the name.
        what: String,
    },
    /// There is no such project.
    #[error("there is no project {project}")]
    ProjectNotFound {
        /// Its id.
        project: ProjectId,
    },
    /// Several certificates have this name.
    #[error("{} certificates have the name {}", ids.len(), Quoted(name))]
    AmbiguousName {
        /// The name.
        name: String,
        /// The certificates that have it.
        ids: Vec<CertificateId>,
    },
    /// Requests to these scopes would no longer need a client certificate, or none would be accepted.
    #[error(
        "mTLS would no longer be enforced, or no client certificate accepted, in {}",
        ScopeNames(scopes)
    )]
    WouldUnenforce {
        /// The scopes.
        scopes: Vec<Scope>,
    },
    /// The requests of this program itself would be refused afterwards.
    #[error(
        "this program itself would be refused from then on: no valid certificate that is active in the organization would vouch for a client certificate that it presents"
    )]
    WouldLockOut,
    /// The new certificate is the same as the old one.
    #[error("{certificate} cannot replace itself")]
    SameCertificate {
        /// The certificate.
        certificate: CertificateId,
    },
    /// The new certificate is not active in all scopes in which the old one is.
    #[error("{new} is not active where {old} is: {}", ScopeNames(scopes))]
    NotEverywhere {
        /// The old certificate.
        old: CertificateId,
        /// The new one.
        new: CertificateId,
        /// The scopes in which the old one is active and the new one is not.
        scopes: Vec<Scope>,
    },
    /// The new certificate is not valid now.
    #[error("{certificate} {reason}")]
    NotValid {
        /// The certificate.
        certificate: CertificateId,
        /// Why not.
        reason: NotValidReason,
    },
    /// The organization has reached its maximum number of certificates.
    #[error("the organization has {count} of at most {max} certificates{}", Unused(unused))]
    Full {
        /// The number of certificates.
        count: usize,
        /// The maximum.
        max: usize,
        /// The certificates that have expired and are active nowhere.
        unused: Vec<CertificateId>,
    },
    /// All certificates that were valid in these scopes would be removed in the same change that adds the
    /// new ones.
    #[error("every certificate that is valid now would be removed in {}", ScopeNames(scopes))]
    CutOver {
        /// The scopes.
        scopes: Vec<Scope>,
    },
    /// The state is not the one that the plan is based on.
    #[error("the state has moved since the plan was made: {}", ScopeNames(scopes))]
    StateMoved {
        /// The scopes whose state differs.
        scopes: Vec<Scope>,
    },
    /// The declaration has a mistake.
    #[error("line {line}: {message}")]
    Declaration {
        /// The line, counted from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
}

impl Refusal {
    /// The class of the refusal, for the code of an error.
    #[must_use]
    pub fn code(&self) -> RefusalCode {
        match self {
            Self::Incomplete => RefusalCode::Incomplete,
            Self::NotFound { .. } | Self::ProjectNotFound { .. } => RefusalCode::NotFound,
            Self::AmbiguousName { .. } => RefusalCode::AmbiguousName,
            Self::WouldUnenforce { .. } => RefusalCode::WouldUnenforce,
            Self::WouldLockOut => RefusalCode::WouldLockOut,
            Self::CutOver { .. } => RefusalCode::NeedsConsent,
            Self::StateMoved { .. } => RefusalCode::StateMoved,
            Self::SameCertificate { .. }
            | Self::NotEverywhere { .. }
            | Self::NotValid { .. }
            | Self::Full { .. }
            | Self::Declaration { .. } => RefusalCode::Usage,
        }
    }
}

/// Why a certificate is not valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotValidReason {
    /// It is not valid yet.
    NotYet,
    /// It has expired.
    Expired,
    /// Its dates are not known.
    UnknownDates,
}

impl fmt::Display for NotValidReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotYet => "is not valid yet",
            Self::Expired => "has expired",
            Self::UnknownDates => "has unknown dates",
        })
    }
}

/// The class of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefusalCode {
    /// Wrong usage.
    Usage,
    /// A certificate or project does not exist.
    NotFound,
    /// Several certificates have the name.
    AmbiguousName,
    /// mTLS would end in a scope, or no client certificate would be accepted there.
    WouldUnenforce,
    /// The requests of this program itself would be refused afterwards.
    WouldLockOut,
    /// The change needs explicit consent.
    NeedsConsent,
    /// The state is not the one that the plan is based on.
    StateMoved,
    /// A list was not read.
    Incomplete,
}

impl RefusalCode {
    /// The code in the JSON of the `certs` command; `None` for an incomplete reading, which has only an exit code there.
    #[must_use]
    pub fn as_str(self) -> Option<&'static str> {
        match self {
            Self::Usage => Some("usage"),
            Self::NotFound => Some("not_found"),
            Self::AmbiguousName => Some("ambiguous_name"),
            Self::WouldUnenforce => Some("would_unenforce"),
            Self::WouldLockOut => Some("would_lock_out"),
            Self::NeedsConsent => Some("needs_consent"),
            Self::StateMoved => Some("state_moved"),
            Self::Incomplete => None,
        }
    }
}

struct Unused<'a>(&'a [CertificateId]);

impl fmt::Display for Unused<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        write!(f, "; expired and active nowhere: {}", List(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::id;

    #[test]
    fn an_invalid_certificate_is_reported_with_the_reason() {
        let message = |reason| Refusal::NotValid { certificate: id("a"), reason }.to_string();
        assert_eq!(message(NotValidReason::NotYet), "a is not valid yet");
        assert_eq!(message(NotValidReason::Expired), "a has expired");
        assert_eq!(message(NotValidReason::UnknownDates), "a has unknown dates");
    }

    #[test]
    fn the_error_of_a_full_organization_lists_what_can_be_deleted() {
        let message = |unused: &[&str]| {
            let unused = unused.iter().map(|name| id(name)).collect();
            Refusal::Full { count: 50, max: 50, unused }.to_string()
        };
        assert_eq!(message(&[]), "the organization has 50 of at most 50 certificates");
        assert_eq!(
            message(&["a"]),
            "the organization has 50 of at most 50 certificates; expired and active nowhere: a"
        );
    }

    #[test]
    fn only_an_incomplete_reading_has_no_code_in_json() {
        assert_eq!(Refusal::Incomplete.code().as_str(), None);
        let moved = Refusal::StateMoved { scopes: Vec::new() };
        assert_eq!(moved.code().as_str(), Some("state_moved"));
    }
}
