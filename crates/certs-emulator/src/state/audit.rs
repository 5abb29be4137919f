//! The audit log: the five events about certificates.

use certs_types::{CertificateId, CertificatePem, ProjectId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::rng;
use crate::state::StoredCertificate;
use crate::state::ordered_store::{Order, OrderedStore, SortKey};

/// Keeps the latest events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Audit(OrderedStore<Event>);

/// The maximum number of events; older ones are dropped.
const LIMIT: usize = 1000;

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) sequence: u64,
    pub(crate) effective_at: Timestamp,
    pub(crate) action: Action,
    /// The default project, on which actions by admin keys are recorded.
    pub(crate) project: Option<ProjectId>,
    pub(crate) certificates: Vec<Subject>,
}

/// The type of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Action {
    #[serde(rename = "certificate.created")]
    Created,
    #[serde(rename = "certificate.updated")]
    Updated,
    #[serde(rename = "certificate.deleted")]
    Deleted,
    #[serde(rename = "certificates.activated")]
    Activated,
    #[serde(rename = "certificates.deactivated")]
    Deactivated,
}

/// A certificate that an event concerns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Subject {
    pub(crate) id: CertificateId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// The content, if the certificate was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) certificate: Option<CertificatePem>,
}

impl Audit {
    pub(crate) fn put(&mut self, event: Event) {
        let (id, key) = (event.id.clone(), event.sort_key());
        self.0.insert(&id, key, event);
        while self.0.len() > LIMIT {
            let Some(oldest) = self.0.iter().next().map(|(_, event)| event.id.clone()) else {
                break;
            };
            self.0.remove(&oldest);
        }
    }

    pub(crate) fn contains(&self, id: &str) -> bool {
        self.0.get(id).is_some()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Event> {
        self.0.iter().map(|(_, event)| event)
    }

    /// Iterates over the events after the cursor. `None` if the cursor is unknown.
    pub(crate) fn after(
        &self,
        cursor: Option<&str>,
        order: Order,
    ) -> Option<Box<dyn Iterator<Item = &Event> + '_>> {
        self.0.after(cursor, order)
    }
}

impl Event {
    pub(crate) fn new(
        (now, sequence): SortKey,
        seed: u64,
        action: Action,
        certificates: Vec<Subject>,
        project: Option<ProjectId>,
    ) -> Self {
        let id = rng::id("audit_log", seed, sequence);
        Self { id, sequence, effective_at: now, action, project, certificates }
    }

    fn sort_key(&self) -> SortKey {
        (self.effective_at, self.sequence)
    }

    /// The event in the format of the API.
    pub(crate) fn view(&self) -> Value {
        let details = match self.action {
            Action::Activated | Action::Deactivated => json!({"certificates": self.certificates}),
            Action::Created | Action::Updated | Action::Deleted => {
                json!(self.certificates.first())
            }
        };
        let mut view = json!({
            "id": self.id,
            "type": self.action.name(),
            "effective_at": self.effective_at,
            "actor": {"type": "api_key", "api_key": {
                "id": KEY_ID, "type": "user", "user": {"id": "user-emulator", "email": USER_EMAIL},
            }},
        });
        view[self.action.name()] = details;
        if let Some(project) = &self.project {
            view["project"] = json!({"id": project, "name": project});
        }
        view
    }
}

/// The id that the emulator reports for every key.
pub(crate) const KEY_ID: &str = "key_emulator";

/// The email address that the emulator reports for every user.
pub(crate) const USER_EMAIL: &str = "admin@example.com";

impl Action {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Created => "certificate.created",
            Self::Updated => "certificate.updated",
            Self::Deleted => "certificate.deleted",
            Self::Activated => "certificates.activated",
            Self::Deactivated => "certificates.deactivated",
        }
    }
}

impl From<&StoredCertificate> for Subject {
    fn from(stored: &StoredCertificate) -> Self {
        Self { id: stored.id.clone(), name: stored.name.clone(), certificate: None }
    }
}
