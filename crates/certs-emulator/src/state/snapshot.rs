//! The whole state as JSON.

use std::collections::BTreeSet;

use certs_types::{CertificateId, CertificatePem, Project, ProjectId, Timestamp};
use serde::{Deserialize, Deserializer, Serialize};

use crate::misbehaviour::lag::Lag;
use crate::state::audit::Event;
use crate::state::authority::{Authority, Flaw};
use crate::state::{Scope, State, Stored};

/// The whole state of an emulator, as it was at one moment.
///
/// Two snapshots are equal when nothing that the API shows, or will ever show, differs. Written as
/// JSON it can be read again, unless it is damaged or of another version: a snapshot that was read is
/// whole. Keys, settings and the journal are no part of it.
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

#[derive(Serialize, Deserialize)]
struct Records {
    /// Stands first, so that it is told before anything it explains.
    #[serde(deserialize_with = "version")]
    version: u32,
    made: u64,
    projects: Vec<ProjectRecord>,
    certificates: Vec<CertificateRecord>,
    audit: Vec<Event>,
}

#[derive(Serialize, Deserialize)]
struct ProjectRecord {
    place: u64,
    #[serde(flatten)]
    project: Project,
}

#[derive(Serialize, Deserialize)]
struct CertificateRecord {
    place: u64,
    id: CertificateId,
    name: Option<String>,
    created_at: Timestamp,
    certificate: CertificatePem,
    active: bool,
    active_in: BTreeSet<ProjectId>,
    /// A list, because a scope cannot be the key of a JSON object.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    lags: Vec<(Scope, Lag)>,
}

fn version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    match u32::deserialize(deserializer)? {
        VERSION => Ok(VERSION),
        other => Err(serde::de::Error::custom(format_args!(
            "the state is of version {other}, but this emulator reads version {VERSION}"
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
            made: state.made,
            projects: projects
                .map(|(&(_, place), project)| ProjectRecord { place, project: project.clone() })
                .collect(),
            certificates: certificates
                .map(|(&(_, place), stored)| CertificateRecord {
                    place,
                    id: stored.id.clone(),
                    name: stored.name.clone(),
                    created_at: stored.created_at,
                    certificate: stored.authority.pem.clone(),
                    active: stored.organization,
                    active_in: stored.projects.clone(),
                    lags: stored.lags.clone().into_iter().collect(),
                })
                .collect(),
            audit,
        }
    }
}

impl TryFrom<Records> for Snapshot {
    type Error = String;

    fn try_from(records: Records) -> Result<Self, String> {
        let mut state = State { made: records.made, ..State::default() };
        let mut places = BTreeSet::new();
        let mut check_place = |place: u64| {
            let new = place <= records.made && places.insert(place);
            if new {
                Ok(())
            } else {
                Err(format!("the place {place} is taken twice or not yet made"))
            }
        };
        for ProjectRecord { place, project } in records.projects {
            check_place(place)?;
            if state.projects.get(project.id.as_str()).is_some() {
                return Err(format!("project '{}' is there twice", project.id));
            }
            state.put_project(project, place);
        }
        for record in records.certificates {
            check_place(record.place)?;
            let id = record.id;
            if state.certificates.get(id.as_str()).is_some() {
                return Err(format!("certificate '{id}' is there twice"));
            }
            let unknown = |project: &&ProjectId| state.projects.get(project.as_str()).is_none();
            if let Some(project) = record.active_in.iter().find(unknown) {
                return Err(format!("certificate '{id}' is active in unknown project '{project}'"));
            }
            let authority = Authority::parse(record.certificate).map_err(|flaw| match flaw {
                Flaw::Invalid(why) => format!("certificate '{id}' is not one: {why}"),
                Flaw::Expired => format!("certificate '{id}' has expired"),
            })?;
            let stored = Stored {
                id,
                name: record.name,
                created_at: record.created_at,
                authority,
                organization: record.active,
                projects: record.active_in,
                lags: record.lags.into_iter().collect(),
            };
            state.put_certificate(stored, record.place);
        }
        for event in records.audit {
            check_place(event.place)?;
            if state.audit.holds(&event.id) {
                return Err(format!("event '{}' is there twice", event.id));
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

    fn lived_in() -> Emulator {
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
    fn a_snapshot_makes_a_round_trip_and_the_copy_goes_on_alike() {
        let emulator = lived_in();
        let snapshot = read(serde_json::to_value(emulator.snapshot()).unwrap()).unwrap();
        assert_eq!(snapshot, emulator.snapshot());
        let copy = builder().state(snapshot).build();
        assert_eq!(copy.upload(), emulator.upload(), "even the next id is the same");
        assert_eq!(copy.snapshot(), emulator.snapshot());
    }

    #[test]
    fn what_changes_nothing_changes_no_snapshot() {
        let emulator = lived_in();
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
    fn restoring_and_resetting_replace_everything() {
        let emulator = lived_in();
        let (full, fresh) = (emulator.snapshot(), builder().build().snapshot());
        emulator.reset().unwrap();
        assert_eq!(emulator.snapshot(), fresh);
        emulator.restore(full.clone()).unwrap();
        assert_eq!(emulator.snapshot(), full);
    }

    #[test]
    fn another_version_is_told_apart_from_damage() {
        let mut value = json!({"version": 2, "shape": "other"});
        assert!(read(value.clone()).unwrap_err().contains("version 2, but this emulator reads"));
        value["version"] = json!(1);
        assert!(read(value).unwrap_err().contains("missing field"));
    }

    #[test]
    fn a_state_that_cannot_be_is_refused() {
        let whole = serde_json::to_value(lived_in().snapshot()).unwrap();
        let refused = |damage: fn(&mut Value)| {
            let mut value = whole.clone();
            damage(&mut value);
            read(value).unwrap_err()
        };
        let twice = |value: &mut Value| {
            value["certificates"][1]["id"] = value["certificates"][0]["id"].clone();
        };
        assert!(refused(twice).contains("is there twice"));
        assert!(refused(|v| v["projects"][1]["id"] = json!("proj_a")).contains("is there twice"));
        assert!(refused(|v| v["projects"][0]["place"] = json!(2)).contains("taken twice"));
        assert!(refused(|v| v["made"] = json!(3)).contains("not yet made"));
        let stray = |v: &mut Value| v["certificates"][0]["active_in"] = json!(["proj_x"]);
        assert!(refused(stray).contains("unknown project 'proj_x'"));
        let pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let damage = |v: &mut Value| v["certificates"][0]["certificate"] = json!("x");
        assert!(refused(damage).contains("not PEM"));
        let mut value = whole.clone();
        value["certificates"][0]["certificate"] = json!(pem);
        assert!(read(value).unwrap_err().contains("is not one"));
    }
}
