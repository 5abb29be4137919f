//! Turns a declaration into changes.

use std::collections::{BTreeMap, BTreeSet};

use certs_core::operations::Scope;
use certs_types::CertificateId;

use super::{Contents, Declaration, Declared, Identity, Target, Unmanaged, mistake};
use crate::change::{Change, NewCertificate};
use crate::fingerprint::{CertificateRef, Fingerprint};
use crate::goal::rotate::require_room;
use crate::goal::{activate_everywhere, choose_copy, deactivate_everywhere, is_active};
use crate::inventory::Inventory;
use crate::plan::{Plan, PlanInput};
use crate::refusal::Refusal;

impl Declaration {
    /// Plans the changes that make the organization match the declaration: uploads, activations, deactivations and
    /// deletions, in this order.
    ///
    /// # Errors
    ///
    /// [`Refusal::Declaration`] with the line that names an unknown project or certificate, or one that is named twice;
    /// [`Refusal::Full`] when there is no room for the uploads; and [`Refusal::Incomplete`] when a list was not read, or
    /// `contents` lacks a file or a needed fingerprint.
    pub fn plan(&self, input: PlanInput<'_>, contents: &Contents) -> Result<Plan, Refusal> {
        let inventory = input.complete()?;
        let resolved = self.resolve(inventory, contents)?;

        let uploads: Vec<_> = resolved.iter().filter_map(|known| known.upload.clone()).collect();
        require_room(input, uploads.len())?;
        let mut changes: Vec<_> = uploads.into_iter().map(Change::Upload).collect();
        changes.extend(activate_everywhere(inventory, |scope| {
            let missing = resolved.iter().filter(|known| known.is_missing(inventory, scope));
            missing.filter_map(|known| known.chosen.clone()).collect()
        }));
        changes.extend(deactivate_everywhere(inventory, |scope| {
            let unwanted = resolved.iter().filter(|known| !known.declared.wants(scope));
            let copies = unwanted.flat_map(|known| &known.copies);
            copies.filter(|id| is_active(inventory, scope, id)).cloned().collect()
        }));
        let retired = |known: &&Resolved<'_>| matches!(known.declared.target, Target::Retired);
        let deleted = resolved.iter().filter(retired).flat_map(|known| known.copies.clone());
        changes.extend(deleted.map(|certificate| Change::Delete { certificate }));

        let mut plan = input.plan(changes);
        if self.unmanaged == Unmanaged::Report {
            let managed: BTreeSet<_> = resolved.iter().flat_map(|known| &known.copies).collect();
            let listed = inventory.certificates().filter(|known| known.is_listed);
            let unmanaged = listed.filter(|known| !managed.contains(&known.id));
            plan.unmanaged = unmanaged.map(|known| known.id.clone()).collect();
        }
        Ok(plan)
    }

    fn resolve(
        &self,
        inventory: &Inventory,
        contents: &Contents,
    ) -> Result<Vec<Resolved<'_>>, Refusal> {
        let needed = self.needed_contents(inventory, &contents.files);
        if !needed.iter().all(|id| contents.fingerprints.contains_key(id)) {
            return Err(Refusal::Incomplete);
        }
        let mut lines_of_ids: BTreeMap<CertificateId, usize> = BTreeMap::new();
        let mut lines_of_content: BTreeMap<Fingerprint, usize> = BTreeMap::new();
        let mut resolved = Vec::new();
        for declared in &self.certificates {
            let known = Resolved::new(declared, inventory, contents)?;
            let by_id = known.copies.iter().filter_map(|id| lines_of_ids.get(id));
            let by_content = known.fingerprint.iter().filter_map(|it| lines_of_content.get(it));
            if let Some(first) = by_id.chain(by_content).next() {
                let message = format!("the same certificate is named in line {first}");
                return Err(mistake(declared.identity_line, message));
            }
            let line = declared.identity_line;
            lines_of_ids.extend(known.copies.iter().map(|id| (id.clone(), line)));
            lines_of_content.extend(known.fingerprint.map(|fingerprint| (fingerprint, line)));
            resolved.push(known);
        }
        Ok(resolved)
    }
}

/// A declared certificate, with its uploaded copies.
struct Resolved<'a> {
    declared: &'a Declared,
    fingerprint: Option<Fingerprint>,
    copies: Vec<CertificateId>,
    /// The certificate to activate.
    chosen: Option<CertificateRef>,
    upload: Option<NewCertificate>,
}

impl<'a> Resolved<'a> {
    fn new(
        declared: &'a Declared,
        inventory: &Inventory,
        contents: &Contents,
    ) -> Result<Self, Refusal> {
        if let Target::Active(scopes) = &declared.target {
            let unknown = scopes.iter().find_map(|(scope, line)| match scope {
                Scope::Project(id) if inventory.project(id).is_none() => Some((id, *line)),
                _ => None,
            });
            if let Some((id, line)) = unknown {
                return Err(mistake(line, format!("there is no project {id}")));
            }
        }
        let file = match &declared.identity {
            Identity::Pem(path) => Some(contents.files.get(path).ok_or(Refusal::Incomplete)?),
            _ => None,
        };
        let fingerprint = match &declared.identity {
            Identity::Pem(_) => file.map(|file| file.fingerprint),
            Identity::Sha256(fingerprint) => Some(*fingerprint),
            Identity::Id(_) => None,
        };
        let copies: Vec<_> = match (&declared.identity, fingerprint) {
            (Identity::Id(id), _) => {
                inventory.certificate(id).map(|_| id.clone()).into_iter().collect()
            }
            (_, Some(fingerprint)) => {
                let same = contents.fingerprints.iter().filter(|(_, other)| **other == fingerprint);
                let listed = same.filter(|(id, _)| inventory.certificate(id).is_some());
                listed.map(|(id, _)| id.clone()).collect()
            }
            (_, None) => Vec::new(),
        };
        let mut chosen =
            choose_copy(inventory, &copies, &declared.wanted()).cloned().map(Into::into);
        let mut upload = None;
        if copies.is_empty() && !matches!(declared.target, Target::Retired) {
            let Some(file) = file else {
                return Err(mistake(declared.identity_line, "there is no such certificate"));
            };
            upload = Some(file.clone().with_name(&declared.name));
            chosen = Some(file.fingerprint.into());
        }
        Ok(Self { declared, fingerprint, copies, chosen, upload })
    }

    /// Whether it is wanted in this scope and certainly not active there.
    fn is_missing(&self, inventory: &Inventory, scope: &Scope) -> bool {
        let is_inactive = |id| inventory.is_active(scope, id) == Some(false);
        let is_observed = inventory.observed_at(scope).is_some();
        self.declared.wants(scope) && is_observed && self.copies.iter().all(is_inactive)
    }
}
