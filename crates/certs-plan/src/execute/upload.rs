//! Uploads a certificate once: if the response is lost, the certificate is looked for by its content.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::time::Duration;

use certs_core::local::LocalTransport;
use certs_core::operations::{Scope, Upload};
use certs_types::{CertificateId, Timestamp};

use super::copies::find_other_copies;
use super::{Failure, Polling, Run, Step};
use crate::change::{Change, NewCertificate};
use crate::goal::choose_copy;

/// How long to wait for an earlier upload to be listed.
const LISTING_DELAY: Duration = Duration::from_secs(2);

impl<T, N, S> Run<'_, '_, T, N, S>
where
    T: LocalTransport,
    N: Fn() -> Timestamp,
    S: FnMut(Step<'_>) -> ControlFlow<()>,
{
    pub(super) async fn upload(&mut self, new: &NewCertificate) -> Result<(), Failure> {
        if self.execution.report.uploaded.contains_key(&new.fingerprint) {
            self.execution.report.unchanged();
            return Ok(());
        }
        let mut read = BTreeSet::new();
        let mut copy = self.find(new, &mut read).await?;
        if copy.is_none() {
            self.sleep(LISTING_DELAY).await;
            copy = self.find(new, &mut read).await?;
        }
        if let Some(id) = copy {
            self.execution.resolve(new.fingerprint, id);
            self.execution.report.unchanged();
            return Ok(());
        }
        let mut upload = Upload::new(new.pem.clone());
        if let Some(name) = &new.name {
            upload = upload.with_name(name);
        }
        let id = match self.execution.client.call(upload).await {
            Ok(reply) => reply.value.id,
            Err(error) if error.may_have_acted() => match self.find_lost(new, &mut read).await {
                Ok(Some(id)) => id,
                _ => return Err(error.into()),
            },
            Err(error) => return Err(error.into()),
        };
        self.execution.resolve(new.fingerprint, id.clone());
        self.execution.report.done(Change::Upload(new.clone()));
        let organization = Scope::Organization;
        let is_listed = |inventory: &crate::Inventory| inventory.certificate(&id).is_some();
        if self.is_shown(&organization, is_listed).await? {
            Ok(())
        } else {
            Err(Failure::NotShown { scope: organization })
        }
    }

    /// Reads the organization's list and reads for the certificate in it.
    async fn find(
        &mut self,
        new: &NewCertificate,
        read: &mut BTreeSet<CertificateId>,
    ) -> Result<Option<CertificateId>, Failure> {
        self.read(&Scope::Organization).await?;
        let Self { execution, .. } = self;
        let inventory = &execution.inventory;
        let copies = find_other_copies(execution.client, inventory, new, read).await?;
        Ok(choose_copy(inventory, &copies, &[]).cloned())
    }

    /// Looks for an upload whose response was lost.
    async fn find_lost(
        &mut self,
        new: &NewCertificate,
        read: &mut BTreeSet<CertificateId>,
    ) -> Result<Option<CertificateId>, Failure> {
        let mut polling = Polling::new(self.transport().now());
        loop {
            if let Some(id) = self.find(new, read).await? {
                return Ok(Some(id));
            }
            let Some(pause) = polling.next_pause(self.transport().now()) else { return Ok(None) };
            self.announce(Step::ReadAgain(&Scope::Organization))?;
            self.sleep(pause).await;
        }
    }
}
