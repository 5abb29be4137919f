//! The whole state in JSON.

use std::collections::BTreeSet;

use certs_types::{CertificateId, CertificatePem, Project, ProjectId, Timestamp};
use serde::{Deserialize, Deserializer, Serialize};

use crate::assumptions::CertificateRules;
use crate::state::audit::Event;
use crate::state::ca_certificate::{CaCertificate, UploadError};
use crate::state::ordered_store::SortKey;
use crate::state::propagation::PendingChange;
use crate::state::{Scope, State, StoredCertificate};

/// The whole state of an emulator at one moment.
///
/// It contains the projects, the certificates with their activations, and the audit log, but neither
/// keys and settings nor faults and the journal. It can be written as JSON and read again; damaged
/// ones and other versions are rejected. Emulators that start from equal snapshots behave alike.
///
/// ```
/// # use certs_emulator::{Emulator, Snapshot};
/// let emulator = Emulator::builder().project("proj_a".parse()?).build();
/// let text = serde_json::to_string(&emulator.snapshot())?;
/// let copy = Emulator::builder().state(serde_json::from_str(&text)?).build();
/// assert_eq!(copy.snapshot(), emulator.snapshot());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Records", try_from = "Records")]
pub struct Snapshot(pub(crate) State);

const VERSION: u32 = 1;

/// The largest sequence number that is read: half of what JSON readers of all languages represent
/// exactly, so that an emulator can continue to count.
const MAX_SEQUENCE: u64 = 1 << 52;

/// A snapshot as JSON.
#[derive(Serialize, Deserialize)]
struct Records {
    /// The first field, so that another version is reported before any error that it causes.
    #[serde(deserialize_with = "version")]
    version: u32,
    last_sequence: u64,
    projects: Vec<ProjectRecord>,
    certificates: Vec<CertificateRecord>,
    audit: Vec<Event>,
}

#[derive(Serialize, Deserialize)]
struct ProjectRecord {
    sequence: u64,
    #[serde(flatten)]
    project: Project,
}

/// A certificate in a snapshot or a change.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CertificateRecord {
    sequence: u64,
    id: CertificateId,
    name: Option<String>,
    created_at: Timestamp,
    certificate: CertificatePem,
    active: bool,
    active_in: BTreeSet<ProjectId>,
    /// A list, because a scope cannot be a key in JSON.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pending: Vec<(Scope, PendingChange)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unlisted: Option<PendingChange>,
}

fn version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    match u32::deserialize(deserializer)? {
        VERSION => Ok(VERSION),
        other => Err(serde::de::Error::custom(format_args!(
            "the state has version {other}, but this emulator reads version {VERSION}"
        ))),
    }
}

impl From<Snapshot> for Records {
    fn from(Snapshot(state): Snapshot) -> Self {
        let projects = state.projects.iter();
        let certificates = state.certificates.iter();
        let audit = state.audit.iter().cloned().collect();
        Self {
            version: VERSION,
            last_sequence: state.last_sequence,
            projects: projects
                .map(|(&(_, sequence), project)| ProjectRecord {
                    sequence,
                    project: project.clone(),
                })
                .collect(),
            certificates: certificates.map(CertificateRecord::from).collect(),
            audit,
        }
    }
}

impl From<(&SortKey, &StoredCertificate)> for CertificateRecord {
    fn from((&(_, sequence), stored): (&SortKey, &StoredCertificate)) -> Self {
        Self {
            sequence,
            id: stored.id.clone(),
            name: stored.name.clone(),
            created_at: stored.created_at,
            certificate: stored.authority.pem.clone(),
            active: stored.active_in_organization,
            active_in: stored.active_projects.clone(),
            pending: stored.pending.clone().into_iter().collect(),
            unlisted: stored.unlisted,
        }
    }
}

impl CertificateRecord {
    /// Returns the certificate and its sequence number.
    pub(crate) fn into_stored(self) -> Result<(StoredCertificate, u64), String> {
        let id = self.id;
        let authority = CaCertificate::parse(self.certificate, CertificateRules::Guide);
        let authority = authority.map_err(|error| match error {
            UploadError::Invalid(why) => format!("certificate '{id}' is invalid: {why}"),
            UploadError::Expired => format!("certificate '{id}' has expired"),
        })?;
        let stored = StoredCertificate {
            id,
            name: self.name,
            created_at: self.created_at,
            authority,
            active_in_organization: self.active,
            active_projects: self.active_in,
            pending: self.pending.into_iter().collect(),
            unlisted: self.unlisted,
        };
        Ok((stored, self.sequence))
    }
}

impl TryFrom<Records> for Snapshot {
    type Error = String;

    fn try_from(records: Records) -> Result<Self, String> {
        let mut state = State { last_sequence: records.last_sequence, ..State::default() };
        if records.last_sequence > MAX_SEQUENCE {
            return Err(format!("the sequence number {} is too large", records.last_sequence));
        }
        let mut sequences = BTreeSet::new();
        let mut check_sequence = |sequence: u64| {
            let new = sequence <= records.last_sequence && sequences.insert(sequence);
            if new {
                Ok(())
            } else {
                Err(format!("the sequence number {sequence} is repeated or too large"))
            }
        };
        for ProjectRecord { sequence, project } in records.projects {
            check_sequence(sequence)?;
            if state.projects.get(project.id.as_str()).is_some() {
                return Err(format!("project '{}' is repeated", project.id));
            }
            state.put_project(project, sequence);
        }
        for record in records.certificates {
            check_sequence(record.sequence)?;
            let id = &record.id;
            if state.certificates.get(id.as_str()).is_some() {
                return Err(format!("certificate '{id}' is repeated"));
            }
            let unknown = |project: &&ProjectId| state.projects.get(project.as_str()).is_none();
            if let Some(project) = record.active_in.iter().find(unknown) {
                return Err(format!("certificate '{id}' is active in unknown project '{project}'"));
            }
            let (stored, sequence) = record.into_stored()?;
            state.put_certificate(stored, sequence);
        }
        for event in records.audit {
            check_sequence(event.sequence)?;
            if state.audit.contains(&event.id) {
                return Err(format!("event '{}' is repeated", event.id));
            }
            state.audit.put(event);
        }
        Ok(Self(state))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::Emulator;
    use crate::testing::{Calls, builder};

    fn emulator_with_data() -> Emulator {
        let emulator = builder().build();
        let ids = emulator.uploads(4);
        emulator.toggle("", "activate", &ids[..2]);
        emulator.toggle("projects/proj_a/", "activate", &ids[1..3]);
        emulator.delete(&format!("/organization/certificates/{}", ids[3]));
        emulator.post(&format!("/organization/certificates/{}", ids[0]), json!({"name": "Root"}));
        emulator
    }

    fn read(value: Value) -> Result<Snapshot, String> {
        serde_json::from_str(&value.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_restored_copy_behaves_like_the_original() {
        let emulator = emulator_with_data();
        let snapshot = read(serde_json::to_value(emulator.snapshot()).unwrap()).unwrap();
        assert_eq!(snapshot, emulator.snapshot());
        let copy = builder().state(snapshot).build();
        assert_eq!(copy.upload(), emulator.upload(), "even the next id is the same");
        assert_eq!(copy.snapshot(), emulator.snapshot());
    }

    #[test]
    fn requests_without_effect_leave_the_snapshot_unchanged() {
        let emulator = emulator_with_data();
        let before = emulator.snapshot();
        let id =
            emulator.get("/organization/certificates").1["first_id"].as_str().unwrap().to_owned();
        emulator.get(&format!("/organization/certificates/{id}"));
        emulator.toggle("", "activate", &[id.clone(), "cert_x".into()]);
        emulator.toggle("", "deactivate", std::slice::from_ref(&id));
        assert_eq!(emulator.snapshot(), before);
        emulator.toggle("", "activate", &[id]);
        assert_ne!(emulator.snapshot(), before);
    }

    #[test]
    fn restore_and_reset_replace_everything() {
        let emulator = emulator_with_data();
        let (full, fresh) = (emulator.snapshot(), builder().build().snapshot());
        emulator.reset().unwrap();
        assert_eq!(emulator.snapshot(), fresh);
        emulator.restore(full.clone()).unwrap();
        assert_eq!(emulator.snapshot(), full);
    }

    #[test]
    fn distinguishes_another_version_from_damage() {
        let mut value = json!({"version": 2, "shape": "other"});
        assert!(read(value.clone()).unwrap_err().contains("version 2, but this emulator reads"));
        value["version"] = json!(1);
        assert!(read(value).unwrap_err().contains("missing field"));
    }

    #[test]
    fn rejects_inconsistent_states() {
        let whole = serde_json::to_value(emulator_with_data().snapshot()).unwrap();
        let error = |damage: fn(&mut Value)| {
            let mut value = whole.clone();
            damage(&mut value);
            read(value).unwrap_err()
        };
        let twice = |value: &mut Value| {
            value["certificates"][1]["id"] = value["certificates"][0]["id"].clone();
        };
        assert!(error(twice).contains("is repeated"));
        assert!(error(|v| v["projects"][1]["id"] = json!("proj_a")).contains("is repeated"));
        assert!(error(|v| v["projects"][0]["sequence"] = json!(2)).contains("is repeated"));
        assert!(error(|v| v["last_sequence"] = json!(3)).contains("too large"));
        assert!(error(|v| v["last_sequence"] = json!(u64::MAX)).contains("too large"));
        let unknown_project = |v: &mut Value| v["certificates"][0]["active_in"] = json!(["proj_x"]);
        assert!(error(unknown_project).contains("unknown project 'proj_x'"));
        let pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let no_pem = |v: &mut Value| v["certificates"][0]["certificate"] = json!("x");
        assert!(error(no_pem).contains("not PEM"));
        let mut value = whole.clone();
        value["certificates"][0]["certificate"] = json!(pem);
        assert!(read(value).unwrap_err().contains("is invalid"));
    }
}
