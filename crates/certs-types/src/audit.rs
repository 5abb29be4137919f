//! Events of the audit log that concern certificates.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{CertificateId, ProjectId};
use crate::timestamp::Timestamp;
use crate::vocabulary::AuditEventType;

/// One event of the audit log.
///
/// ```
/// use certs_types::{AuditEvent, AuditLog};
///
/// let log: AuditLog = serde_json::from_str(
///     r#"{"id":"audit_log-1","type":"certificates.activated","effective_at":1767225600,
///         "certificates.activated":{"certificates":[{"id":"cert_abc","name":"Root"}]}}"#,
/// )?;
/// let AuditEvent::CertificatesActivated(certificates) = &log.event else { unreachable!() };
/// assert_eq!(certificates[0].id.as_str(), "cert_abc");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Raw", into = "Raw")]
#[non_exhaustive]
pub struct AuditLog {
    /// The id of the event.
    pub id: String,
    /// When the action took effect.
    pub effective_at: Timestamp,
    /// What happened.
    pub event: AuditEvent,
    /// The project in which the action is recorded.
    ///
    /// It is not the scope that changed: actions with admin keys are recorded in the default project.
    pub project: Option<AuditProject>,
    /// The user or the API key that performed the action.
    pub actor: Option<AuditActor>,
}

impl AuditLog {
    /// An event without a project and an actor.
    pub fn new(id: impl Into<String>, effective_at: Timestamp, event: AuditEvent) -> Self {
        Self { id: id.into(), effective_at, event, project: None, actor: None }
    }
}

/// What happened: one of the five certificate events, or another event.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuditEvent {
    /// A certificate was uploaded.
    CertificateCreated(AuditCertificate),
    /// A certificate was renamed.
    CertificateUpdated(AuditCertificate),
    /// A certificate was deleted.
    CertificateDeleted(AuditCertificate),
    /// Certificates were activated, in a scope that the event does not name.
    CertificatesActivated(Vec<AuditCertificate>),
    /// Certificates were deactivated, in a scope that the event does not name.
    CertificatesDeactivated(Vec<AuditCertificate>),
    /// Any other event, or one without its details. Only its type is kept.
    Other(AuditEventType),
}

impl AuditEvent {
    /// The type of the event.
    #[must_use]
    pub fn event_type(&self) -> AuditEventType {
        match self {
            Self::CertificateCreated(_) => AuditEventType::CERTIFICATE_CREATED,
            Self::CertificateUpdated(_) => AuditEventType::CERTIFICATE_UPDATED,
            Self::CertificateDeleted(_) => AuditEventType::CERTIFICATE_DELETED,
            Self::CertificatesActivated(_) => AuditEventType::CERTIFICATES_ACTIVATED,
            Self::CertificatesDeactivated(_) => AuditEventType::CERTIFICATES_DEACTIVATED,
            Self::Other(event_type) => event_type.clone(),
        }
    }

    /// The certificates that the event is about; empty for [`Other`](Self::Other).
    #[must_use]
    pub fn certificates(&self) -> &[AuditCertificate] {
        match self {
            Self::CertificateCreated(one)
            | Self::CertificateUpdated(one)
            | Self::CertificateDeleted(one) => core::slice::from_ref(one),
            Self::CertificatesActivated(all) | Self::CertificatesDeactivated(all) => all,
            Self::Other(_) => &[],
        }
    }
}

/// A certificate that an event is about.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AuditCertificate {
    /// The id of the certificate.
    pub id: CertificateId,
    /// The display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The PEM; only the event of a deletion contains it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
}

impl AuditCertificate {
    /// A certificate without a name and a PEM.
    #[must_use]
    pub fn new(id: CertificateId) -> Self {
        Self { id, name: None, certificate: None }
    }
}

impl fmt::Debug for AuditCertificate {
    /// Shows the length of the PEM, never the PEM.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuditCertificate")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("certificate_len", &self.certificate.as_ref().map(String::len))
            .finish()
    }
}

/// The project in which an action is recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AuditProject {
    /// The id of the project.
    pub id: ProjectId,
    /// The display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// The user or the API key that performed an action.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AuditActor {
    /// `session` or `api_key`.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The session, if a user performed the action.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<AuditSession>,
    /// The API key, if one was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_key: Option<AuditApiKey>,
}

/// The session of a user that performed an action.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AuditSession {
    /// The user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<AuditUser>,
    /// The IP address that the request came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip_address: Option<String>,
}

/// An API key that performed an action.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AuditApiKey {
    /// The tracking id of the key, which is not the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// `user` or `service_account`.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The user that the key belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<AuditUser>,
    /// The service account that the key belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_account: Option<AuditServiceAccount>,
}

/// A user.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AuditUser {
    /// The id of the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The email address of the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// A service account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AuditServiceAccount {
    /// The id of the service account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// The event as it is in JSON, with its details under a key that is its type.
#[derive(Serialize, Deserialize)]
struct Raw {
    id: String,
    #[serde(rename = "type")]
    kind: AuditEventType,
    effective_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    project: Option<AuditProject>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    actor: Option<AuditActor>,
    #[serde(rename = "certificate.created", default, skip_serializing_if = "Option::is_none")]
    created: Option<AuditCertificate>,
    #[serde(rename = "certificate.updated", default, skip_serializing_if = "Option::is_none")]
    updated: Option<AuditCertificate>,
    #[serde(rename = "certificate.deleted", default, skip_serializing_if = "Option::is_none")]
    deleted: Option<AuditCertificate>,
    #[serde(rename = "certificates.activated", default, skip_serializing_if = "Option::is_none")]
    activated: Option<Certificates>,
    #[serde(rename = "certificates.deactivated", default, skip_serializing_if = "Option::is_none")]
    deactivated: Option<Certificates>,
}

#[derive(Serialize, Deserialize)]
struct Certificates {
    #[serde(default)]
    certificates: Vec<AuditCertificate>,
}

impl From<Raw> for AuditLog {
    fn from(raw: Raw) -> Self {
        let Raw { id, kind, effective_at, project, actor, .. } = raw;
        let event = match kind.as_str() {
            "certificate.created" => raw.created.map(AuditEvent::CertificateCreated),
            "certificate.updated" => raw.updated.map(AuditEvent::CertificateUpdated),
            "certificate.deleted" => raw.deleted.map(AuditEvent::CertificateDeleted),
            "certificates.activated" => {
                raw.activated.map(|all| AuditEvent::CertificatesActivated(all.certificates))
            }
            "certificates.deactivated" => {
                raw.deactivated.map(|all| AuditEvent::CertificatesDeactivated(all.certificates))
            }
            _ => None,
        };
        let event = event.unwrap_or(AuditEvent::Other(kind));
        Self { id, effective_at, event, project, actor }
    }
}

impl From<AuditLog> for Raw {
    fn from(log: AuditLog) -> Self {
        let mut raw = Self {
            id: log.id,
            kind: log.event.event_type(),
            effective_at: log.effective_at,
            project: log.project,
            actor: log.actor,
            created: None,
            updated: None,
            deleted: None,
            activated: None,
            deactivated: None,
        };
        match log.event {
            AuditEvent::CertificateCreated(one) => raw.created = Some(one),
            AuditEvent::CertificateUpdated(one) => raw.updated = Some(one),
            AuditEvent::CertificateDeleted(one) => raw.deleted = Some(one),
            AuditEvent::CertificatesActivated(certificates) => {
                raw.activated = Some(Certificates { certificates });
            }
            AuditEvent::CertificatesDeactivated(certificates) => {
                raw.deactivated = Some(Certificates { certificates });
            }
            AuditEvent::Other(_) => {}
        }
        raw
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn certificate_events_make_a_round_trip() {
        for text in [
            r#"{"id":"a","type":"certificate.created","effective_at":1,"certificate.created":{"id":"cert_a","name":"Root"}}"#,
            r#"{"id":"a","type":"certificate.updated","effective_at":1,"certificate.updated":{"id":"cert_a","name":"Leaf"}}"#,
            r#"{"id":"a","type":"certificate.deleted","effective_at":1,"actor":{"type":"api_key","api_key":{"id":"key_1","type":"user","user":{"id":"user-1","email":"a@b.example"}}},"certificate.deleted":{"id":"cert_a","certificate":"PEM"}}"#,
            r#"{"id":"a","type":"certificates.activated","effective_at":1,"certificates.activated":{"certificates":[{"id":"cert_a"}]}}"#,
            r#"{"id":"a","type":"certificates.deactivated","effective_at":1,"project":{"id":"proj_a","name":"Default"},"certificates.deactivated":{"certificates":[{"id":"cert_a"},{"id":"cert_b"}]}}"#,
        ] {
            let log: AuditLog = serde_json::from_str(text).unwrap();
            assert!(!log.event.certificates().is_empty());
            assert_eq!(serde_json::to_string(&log).unwrap(), text);
        }
    }

    #[test]
    fn debug_never_shows_a_certificate() {
        let text = r#"{"id":"a","type":"certificate.deleted","effective_at":1,"certificate.deleted":{"id":"cert_a","certificate":"PEM"}}"#;
        let printed = alloc::format!("{:?}", serde_json::from_str::<AuditLog>(text).unwrap());
        assert!(printed.contains("cert_a") && !printed.contains("PEM"), "{printed}");
    }

    #[test]
    fn other_events_keep_their_type() {
        for text in [
            r#"{"id":"a","type":"project.created","effective_at":1,"project.created":{"id":"x"}}"#,
            r#"{"id":"a","type":"certificate.created","effective_at":1,"actor":null}"#,
        ] {
            let log: AuditLog = serde_json::from_str(text).unwrap();
            assert!(matches!(log.event, AuditEvent::Other(_)), "{log:?}");
            assert!(text.contains(&log.event.event_type().to_string()));
            assert!(log.event.certificates().is_empty());
        }
    }
}
