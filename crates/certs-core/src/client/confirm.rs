//! Changes that are confirmed by their response, or else by reading once more.

use certs_types::{Certificate, CertificateId, CertificateIds, DeleteResponse, ToggleResponse};
use http::StatusCode;

use super::Client;
use crate::call::Reply;
use crate::error::{CallContext, Error, Mismatch};
use crate::local::LocalTransport;
use crate::operation::Operation;
use crate::operations::{
    Activate, Deactivate, Delete, Get, List, Modify, PageSize, Scope, Toggle, Upload,
};

impl<T: LocalTransport> Client<T> {
    /// Activates one to ten certificates, and confirms that they are active.
    ///
    /// If the response does not show the state of a certificate, the list of the scope is read once.
    ///
    /// # Errors
    ///
    /// [`Error`]; [`Error::Unconfirmed`] when neither the response nor the list shows the change.
    pub async fn activate(
        &self,
        scope: impl Into<Scope>,
        ids: impl Into<CertificateIds>,
    ) -> Result<Reply<ToggleResponse>, Error> {
        self.toggle(Activate::new(scope, ids)).await
    }

    /// Deactivates one to ten certificates, and confirms that they are inactive.
    ///
    /// If the response does not show the state of a certificate, the list of the scope is read once.
    ///
    /// # Errors
    ///
    /// [`Error`]; [`Error::Unconfirmed`] when neither the response nor the list shows the change.
    pub async fn deactivate(
        &self,
        scope: impl Into<Scope>,
        ids: impl Into<CertificateIds>,
    ) -> Result<Reply<ToggleResponse>, Error> {
        self.toggle(Deactivate::new(scope, ids)).await
    }

    /// Deletes a certificate, and confirms that it is gone.
    ///
    /// If the response cannot be decoded, the certificate is read once.
    ///
    /// # Errors
    ///
    /// [`Error`]; [`Error::Unconfirmed`] when neither the response nor the read shows the change.
    pub async fn delete(&self, id: CertificateId) -> Result<Reply<DeleteResponse>, Error> {
        match self.call(Delete::new(id.clone())).await {
            Err(Error::Decode { context, .. }) => match self.call(Get::new(id.clone())).await {
                Err(error) if error.status() == Some(StatusCode::NOT_FOUND) => {
                    Ok(reply(DeleteResponse::new(id), &context))
                }
                Err(error) => Err(read_failed(error, context)),
                Ok(_) => Err(unconfirmed(format!("{id} still exists"), context)),
            },
            result => result,
        }
    }

    /// Renames a certificate, and confirms its new name.
    ///
    /// If the response does not show the name, the certificate is read once.
    ///
    /// # Errors
    ///
    /// [`Error`]; [`Error::Unconfirmed`] when neither the response nor the read shows the change.
    pub async fn rename(
        &self,
        id: CertificateId,
        name: impl Into<String>,
    ) -> Result<Reply<Certificate>, Error> {
        let name = name.into();
        let modify = Modify::new(id.clone(), name.clone());
        let context = match self.call(&modify).await {
            Ok(reply) if reply.value.name.is_none() => self.context(&modify, &reply),
            Err(Error::Decode { context, .. }) => context,
            result => return result,
        };
        match self.call(Get::new(id.clone())).await {
            Ok(read) if read.value.name.as_ref() == Some(&name) => Ok(reply(read.value, &context)),
            Ok(_) => Err(unconfirmed(format!("{id} does not have the new name"), context)),
            Err(error) => Err(read_failed(error, context)),
        }
    }

    /// Uploads a certificate, and looks for it when the response is lost.
    ///
    /// An upload is never repeated if it may have been made. Instead, it is compared with the certificates that were
    /// uploaded after it began, by the server's clock.
    ///
    /// # Errors
    ///
    /// [`Error`]; [`Error::Unconfirmed`] when the upload may have been made but is not found or cannot be looked for,
    /// or when the certificate that is found may be an earlier upload.
    pub async fn upload(&self, upload: Upload) -> Result<Reply<Certificate>, Error> {
        let began = self.transport.now();
        match self.call(&upload).await {
            Err(error) if error.may_have_acted() => self.find_upload(&upload, error, began).await,
            result => result,
        }
    }

    /// Like [`activate`](Self::activate) or [`deactivate`](Self::deactivate), for an operation that exists already.
    ///
    /// # Errors
    ///
    /// [`Error`]; [`Error::Unconfirmed`] when neither the response nor the list shows the change.
    pub async fn toggle<const ACTIVE: bool>(
        &self,
        toggle: Toggle<ACTIVE>,
    ) -> Result<Reply<ToggleResponse>, Error> {
        let (context, response) = match self.call(&toggle).await {
            Ok(reply) if toggle.unconfirmed(&reply.value).is_empty() => return Ok(reply),
            Ok(reply) => (self.context(&toggle, &reply), reply.value),
            Err(Error::Decode { context, .. }) => {
                (context, ToggleResponse::new(toggle.object(), Vec::new()))
            }
            Err(error) => return Err(error),
        };
        let list = List::new(toggle.scope().clone()).with_page_size(PageSize::MAX);
        let listed = match self.all(list).await {
            Ok(listed) => listed,
            Err(incomplete) => return Err(read_failed(incomplete.error, context)),
        };
        let confirmed = confirm(&toggle, response, listed);
        match toggle.unconfirmed(&confirmed).first() {
            None => Ok(reply(confirmed, &context)),
            Some(first) => {
                let state = if ACTIVE { "active" } else { "inactive" };
                Err(unconfirmed(format!("{} is not listed as {state}", first.id()), context))
            }
        }
    }

    /// The context of a call that succeeded but is not confirmed.
    fn context<O: Operation>(&self, operation: &O, reply: &Reply<O::Output>) -> Box<CallContext> {
        let mut context =
            CallContext::new(operation.request().endpoint()).with_may_have_acted(true);
        context.host = self.api.authority().clone();
        context.attempts = reply.attempts;
        context.request_id = reply.request_id.clone();
        Box::new(context)
    }
}

/// The response, completed by the list where it does not show the state of a certificate.
fn confirm<const ACTIVE: bool>(
    toggle: &Toggle<ACTIVE>,
    mut response: ToggleResponse,
    listed: Vec<Certificate>,
) -> ToggleResponse {
    let missing: Vec<_> =
        toggle.unconfirmed(&response).iter().map(|one| one.id().clone()).collect();
    response.data.retain(|certificate| !missing.contains(&certificate.id));
    response
        .data
        .extend(listed.into_iter().filter(|certificate| missing.contains(&certificate.id)));
    response
}

fn reply<V>(value: V, context: &CallContext) -> Reply<V> {
    let reply = Reply::new(value).with_attempts(context.attempts);
    match context.request_id.clone() {
        Some(id) => reply.with_request_id(id),
        None => reply,
    }
}

fn unconfirmed(message: String, context: Box<CallContext>) -> Error {
    Error::Unconfirmed { source: Mismatch::new(message), context }
}

fn read_failed(error: Error, context: Box<CallContext>) -> Error {
    let source = Mismatch::new("the read that should confirm it failed").with_source(error);
    Error::Unconfirmed { source, context }
}
