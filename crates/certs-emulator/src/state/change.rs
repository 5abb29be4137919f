//! The difference between two states, as it is appended to a state file.

use certs_types::CertificateId;
use serde::{Deserialize, Serialize};

use crate::state::State;
use crate::state::audit::Event;
use crate::state::snapshot::CertificateRecord;

/// What a request changed.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Change {
    last_sequence: u64,
    /// The certificates that are new or different.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    certificates: Vec<CertificateRecord>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    removed: Vec<CertificateId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    events: Vec<Event>,
}

impl Change {
    /// Returns the change from one state to another.
    ///
    /// `None` if something else changed, for example a project.
    pub(crate) fn between(old: &State, new: &State) -> Option<Self> {
        let changed = new.certificates.iter().filter(|(_, stored)| {
            let id = stored.id.as_str();
            old.certificates.get(id) != Some(stored)
        });
        let removed = old.certificates.iter().map(|(_, stored)| &stored.id);
        let removed = removed.filter(|id| new.certificates.get(id.as_str()).is_none());
        let events = new.audit.iter().filter(|event| event.sequence > old.last_sequence);
        let change = Self {
            last_sequence: new.last_sequence,
            certificates: changed.map(CertificateRecord::from).collect(),
            removed: removed.cloned().collect(),
            events: events.cloned().collect(),
        };
        let mut reproduced = old.clone();
        change.apply(&mut reproduced).ok()?;
        (reproduced == *new).then_some(change)
    }

    /// Makes the change.
    ///
    /// # Errors
    ///
    /// Fails if a certificate in it is invalid. The state can be partly changed then.
    pub(crate) fn apply(&self, state: &mut State) -> Result<(), String> {
        for id in &self.removed {
            state.certificates.remove(id.as_str());
        }
        for record in &self.certificates {
            let (stored, sequence) = record.clone().into_stored()?;
            state.certificates.remove(stored.id.as_str());
            state.put_certificate(stored, sequence);
        }
        for event in &self.events {
            state.audit.put(event.clone());
        }
        state.last_sequence = self.last_sequence;
        Ok(())
    }
}
