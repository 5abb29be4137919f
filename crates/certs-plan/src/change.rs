//! The changes that a plan consists of.

use std::fmt;

use certs_core::operations::Scope;
use certs_types::{CertificateId, CertificateIds, CertificatePem, InvalidCount};
use serde::{Deserialize, Deserializer, Serialize};

use crate::fingerprint::{CertificateRef, Fingerprint};
use crate::format::Quoted;
use crate::validity::Validity;

/// One change: one atomic call of the API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "the API can change certificates in these ways")]
pub enum Change {
    /// Uploads a certificate, which is then active nowhere.
    Upload(NewCertificate),
    /// Activates certificates in a scope.
    Activate {
        /// The scope that changes.
        scope: Scope,
        /// The certificates, one to ten.
        certificates: CertificateRefs,
    },
    /// Deactivates certificates in a scope.
    Deactivate {
        /// The scope that changes.
        scope: Scope,
        /// The certificates, one to ten.
        certificates: CertificateIds,
    },
    /// Deletes a certificate, which must be active nowhere.
    Delete {
        /// The certificate.
        certificate: CertificateId,
    },
}

impl Change {
    /// Activates certificates in a scope, in batches of at most ten.
    #[must_use]
    pub fn activate(
        scope: &Scope,
        certificates: impl IntoIterator<Item = CertificateRef>,
    ) -> Vec<Self> {
        let batches = CertificateRefs::batches(certificates).into_iter();
        batches.map(|certificates| Self::Activate { scope: scope.clone(), certificates }).collect()
    }

    /// Deactivates certificates in a scope, in batches of at most ten.
    #[must_use]
    pub fn deactivate(
        scope: &Scope,
        certificates: impl IntoIterator<Item = CertificateId>,
    ) -> Vec<Self> {
        let batches = CertificateIds::batches(certificates).into_iter();
        batches
            .map(|certificates| Self::Deactivate { scope: scope.clone(), certificates })
            .collect()
    }

    /// The scope in which certificates are activated or deactivated; `None` for an upload and a deletion.
    #[must_use]
    pub fn scope(&self) -> Option<&Scope> {
        match self {
            Self::Activate { scope, .. } | Self::Deactivate { scope, .. } => Some(scope),
            Self::Upload(_) | Self::Delete { .. } => None,
        }
    }

    /// Whether it deactivates or deletes.
    #[must_use]
    pub fn is_removal(&self) -> bool {
        matches!(self, Self::Deactivate { .. } | Self::Delete { .. })
    }
}

impl fmt::Display for Change {
    /// Writes one line with ids only; [`Plan::describe`](crate::plan::Plan::describe) adds the names.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Upload(new) => write!(f, "upload {}", new.label()),
            Self::Activate { scope, certificates } => {
                write!(f, "activate {} in {}", List(certificates.as_slice()), InWords(scope))
            }
            Self::Deactivate { scope, certificates } => {
                write!(f, "deactivate {} in {}", List(certificates.as_slice()), InWords(scope))
            }
            Self::Delete { certificate } => write!(f, "delete {certificate}"),
        }
    }
}

/// A certificate in a file that was not uploaded yet, with what was read from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NewCertificate {
    /// The fingerprint, which identifies it until it has an id.
    #[serde(rename = "sha256")]
    pub fingerprint: Fingerprint,
    /// The display name for the upload.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The dates of the certificate.
    #[serde(flatten)]
    pub validity: Validity,
    /// The certificate itself.
    pub pem: CertificatePem,
}

impl NewCertificate {
    /// A certificate without a display name. The caller reads the fingerprint and the dates from it.
    #[must_use]
    pub fn new(pem: CertificatePem, fingerprint: Fingerprint, validity: Validity) -> Self {
        Self { fingerprint, name: None, validity, pem }
    }

    /// Sets the display name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    pub(crate) fn label(&self) -> String {
        let reference = CertificateRef::New(self.fingerprint);
        match &self.name {
            Some(name) => format!("{} ({reference})", Quoted(name)),
            None => reference.to_string(),
        }
    }
}

/// One to ten different certificates for one activation, with or without an id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct CertificateRefs(Vec<CertificateRef>);

impl CertificateRefs {
    /// Collects certificates; duplicates count once.
    ///
    /// # Errors
    ///
    /// [`InvalidCount`] when there is none, or more than ten.
    pub fn new(
        certificates: impl IntoIterator<Item = CertificateRef>,
    ) -> Result<Self, InvalidCount> {
        let mut batches = Self::batches(certificates);
        match (batches.pop(), batches.len()) {
            (None, _) => Err(InvalidCount::Empty),
            (Some(only), 0) => Ok(only),
            (Some(last), before) => {
                let count = before * CertificateIds::MAX + last.0.len();
                Err(InvalidCount::TooMany { count })
            }
        }
    }

    /// Splits any number of certificates into batches of at most ten.
    #[must_use]
    pub fn batches(certificates: impl IntoIterator<Item = CertificateRef>) -> Vec<Self> {
        let mut different: Vec<CertificateRef> = Vec::new();
        for certificate in certificates {
            if !different.contains(&certificate) {
                different.push(certificate);
            }
        }
        different.chunks(CertificateIds::MAX).map(|batch| Self(batch.to_vec())).collect()
    }

    /// The certificates, in the order in which they were given.
    #[must_use]
    pub fn as_slice(&self) -> &[CertificateRef] {
        &self.0
    }
}

impl<'de> Deserialize<'de> for CertificateRefs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(Vec::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// `the organization` or `project proj_a`.
pub(crate) struct InWords<'a>(pub(crate) &'a Scope);

impl fmt::Display for InWords<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Scope::Organization => f.write_str("the organization"),
            Scope::Project(id) => write!(f, "project {id}"),
        }
    }
}

/// Scopes in a sentence: `the organization and projects proj_a, proj_b, proj_c and 6 more`.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "a view of a slice")]
pub struct ScopeNames<'a>(pub &'a [Scope]);

impl fmt::Display for ScopeNames<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// The maximum number of projects that are all named.
        const MAX: usize = 8;
        /// How many are named if there are more.
        const NAMED: usize = 3;
        let projects = self.0.iter().filter_map(|scope| match scope {
            Scope::Project(project) => Some(project),
            Scope::Organization => None,
        });
        let projects: Vec<_> = projects.collect();
        if projects.len() < self.0.len() {
            f.write_str("the organization")?;
            f.write_str(if projects.is_empty() { "" } else { " and " })?;
        }
        let (named, last) = match &projects[..] {
            [] => return Ok(()),
            [project] => return write!(f, "project {project}"),
            [named @ .., last] if projects.len() <= MAX => (named, last.to_string()),
            projects => {
                let (named, others) = projects.split_at(NAMED);
                (named, format!("{} more", others.len()))
            }
        };
        write!(f, "projects {} and {last}", List(named))
    }
}

/// Items with commas between them.
pub(crate) struct List<'a, T>(pub(crate) &'a [T]);

impl<T: fmt::Display> fmt::Display for List<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, item) in self.0.iter().enumerate() {
            if position > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{item}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_projects_are_counted_rather_than_named() {
        let project = |n: usize| Scope::Project(format!("proj_{n}").parse().unwrap());
        let scopes: Vec<_> = [Scope::Organization].into_iter().chain((0..9).map(project)).collect();
        let names = |range: std::ops::Range<usize>| ScopeNames(&scopes[range]).to_string();
        assert_eq!(names(0..1), "the organization");
        assert_eq!(names(1..2), "project proj_0");
        assert_eq!(names(0..3), "the organization and projects proj_0 and proj_1");
        assert_eq!(names(1..4), "projects proj_0, proj_1 and proj_2");
        assert_eq!(names(1..10), "projects proj_0, proj_1, proj_2 and 6 more");
    }

    fn refs(count: usize) -> Vec<CertificateRef> {
        let id = |n| format!("cert_{n}").parse::<CertificateId>().unwrap();
        (0..count).map(|n| id(n).into()).collect()
    }

    #[test]
    fn one_activation_takes_one_to_ten() {
        assert_eq!(CertificateRefs::new(refs(0)), Err(InvalidCount::Empty));
        assert_eq!(CertificateRefs::new(refs(10)).unwrap().as_slice(), refs(10));
        assert_eq!(CertificateRefs::new(refs(21)), Err(InvalidCount::TooMany { count: 21 }));
        let twice = refs(10).into_iter().chain(refs(3));
        assert_eq!(CertificateRefs::new(twice).unwrap().as_slice(), refs(10));
        assert_eq!(Change::activate(&Scope::Organization, refs(21)).len(), 3);
        assert!(Change::activate(&Scope::Organization, []).is_empty());
    }

    #[test]
    fn a_change_is_one_line_and_survives_json() {
        let project: Scope = "proj_a".parse().unwrap();
        let new = crate::testing::new_certificate(1, Validity::default());
        let digits = "01".repeat(32);
        let pem = serde_json::to_string(&new.pem).unwrap();
        let id: CertificateId = "cert_a".parse().unwrap();
        let mixed = [id.clone().into(), new.fingerprint.into()];
        for (change, line, json) in [
            (
                Change::Upload(new.with_name("Root")),
                format!("upload \"Root\" (sha256:{digits})"),
                format!(r#"{{"change":"upload","sha256":"{digits}","name":"Root","pem":{pem}}}"#),
            ),
            (
                Change::activate(&project, mixed).remove(0),
                format!("activate cert_a, sha256:{digits} in project proj_a"),
                format!(
                    r#"{{"change":"activate","scope":"proj_a","certificates":["cert_a","sha256:{digits}"]}}"#
                ),
            ),
            (
                Change::deactivate(&Scope::Organization, [id.clone()]).remove(0),
                "deactivate cert_a in the organization".into(),
                r#"{"change":"deactivate","scope":"organization","certificates":["cert_a"]}"#
                    .into(),
            ),
            (
                Change::Delete { certificate: id },
                "delete cert_a".into(),
                r#"{"change":"delete","certificate":"cert_a"}"#.into(),
            ),
        ] {
            assert_eq!(change.to_string(), line);
            assert_eq!(serde_json::to_string(&change).unwrap(), json);
            assert_eq!(serde_json::from_str::<Change>(&json).unwrap(), change);
        }
    }
}
