//! A declaration in a file: which certificates there should be, and where each should be active.

mod file;
mod resolve;

use std::collections::{BTreeMap, BTreeSet};

use certs_core::operations::Scope;
use certs_types::CertificateId;

use super::recognize::possible_copies;
use crate::change::NewCertificate;
use crate::fingerprint::Fingerprint;
use crate::inventory::Inventory;
use crate::refusal::Refusal;

/// Where certificates should be active, as declared in a TOML file.
///
/// ```
/// use certs_plan::goal::Declaration;
///
/// let declaration: Declaration = r#"
///     [certificate.root2027]
///     pem = "ca/root2027.pem"
///     active = ["organization", "proj_02"]
///     [certificate.root2019]
///     id = "cert_abc"
///     retired = true
/// "#
/// .parse()?;
/// assert_eq!(declaration.pem_files().collect::<Vec<_>>(), [(3, "ca/root2027.pem")]);
///
/// let mistake = "[certificate.root]\nid = \"cert_abc\"\nactiv = []".parse::<Declaration>();
/// assert!(mistake.unwrap_err().to_string().starts_with("line 3: "));
/// # Ok::<(), certs_plan::Refusal>(())
/// ```
#[derive(Debug, Clone)]
pub struct Declaration {
    certificates: Vec<Declared>,
    unmanaged: Unmanaged,
}

/// One certificate of a declaration.
#[derive(Debug, Clone)]
struct Declared {
    /// The display name for an upload.
    name: String,
    line: usize,
    identity: Identity,
    /// The line of the identity.
    identity_line: usize,
    target: Target,
}

/// How the declaration identifies a certificate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Identity {
    /// By a PEM file: every copy of the certificate in it.
    Pem(String),
    /// By a fingerprint: every copy of the certificate.
    Sha256(Fingerprint),
    /// By id: only this copy.
    Id(CertificateId),
}

/// The wanted state of a certificate.
#[derive(Debug, Clone)]
enum Target {
    /// Active in these scopes, each with its line, and nowhere else.
    Active(BTreeMap<Scope, usize>),
    /// Deleted.
    Retired,
}

/// Whether certificates that the file does not mention are reported. They are never changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unmanaged {
    Report,
    Ignore,
}

/// Contents of certificates that were read from files and from the API.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Contents {
    /// The files that the declaration refers to, by their paths as written there.
    pub files: BTreeMap<String, NewCertificate>,
    /// The fingerprints of [`needed`](Declaration::needed_contents) certificates.
    pub fingerprints: BTreeMap<CertificateId, Fingerprint>,
}

impl Contents {
    /// No contents.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Declaration {
    /// The files to read, each with the line that refers to it.
    pub fn pem_files(&self) -> impl Iterator<Item = (usize, &str)> {
        self.certificates.iter().filter_map(|declared| match &declared.identity {
            Identity::Pem(path) => Some((declared.identity_line, path.as_str())),
            _ => None,
        })
    }

    /// The certificates whose content must be read, to find out which of them the declaration refers to: those with
    /// the same dates as a file, or all of them if the declaration contains a fingerprint.
    #[must_use]
    pub fn needed_contents(
        &self,
        inventory: &Inventory,
        files: &BTreeMap<String, NewCertificate>,
    ) -> BTreeSet<CertificateId> {
        let needed = self.certificates.iter().flat_map(|declared| match &declared.identity {
            Identity::Pem(path) => files
                .get(path)
                .map(|file| possible_copies(inventory, file.validity))
                .unwrap_or_default(),
            Identity::Sha256(_) => possible_copies(inventory, crate::Validity::default()),
            Identity::Id(_) => Vec::new(),
        });
        needed.collect()
    }
}

impl Declared {
    /// The scopes in which it is wanted.
    fn wanted(&self) -> Vec<Scope> {
        match &self.target {
            Target::Active(scopes) => scopes.keys().cloned().collect(),
            Target::Retired => Vec::new(),
        }
    }

    fn wants(&self, scope: &Scope) -> bool {
        matches!(&self.target, Target::Active(scopes) if scopes.contains_key(scope))
    }
}

fn mistake(line: usize, message: impl Into<String>) -> Refusal {
    Refusal::Declaration { line, message: message.into() }
}

#[cfg(test)]
mod tests;
