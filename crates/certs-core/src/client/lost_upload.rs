//! Finding an upload whose response was lost.

use std::error::Error as _;
use std::ops::Range;
use std::time::Duration;

use certs_types::{Certificate, ErrorType};
use http::StatusCode;

use super::Client;
use crate::call::Reply;
use crate::delay::Delay;
use crate::error::{Error, Mismatch, TransportErrorKind};
use crate::event::WaitReason;
use crate::local::LocalTransport;
use crate::operations::{Get, List, PageSize, Scope, Upload};
use crate::paging::Paging;

/// How long to wait before the list is read, for a server that is still storing the upload.
const WAIT: Duration = Duration::from_secs(2);

/// Both clocks of the server count whole seconds.
const ROUNDING: i64 = 2;

/// How far the clock that dates responses may be ahead of the one that dates certificates.
const SKEW: i64 = 5 * 60;

impl<T: LocalTransport> Client<T> {
    /// Looks for the certificate among those that were uploaded since the upload began.
    ///
    /// The server's clock decides which certificates are older, because the same certificate may have been uploaded
    /// before and the clock of this machine may be wrong. If the server sends no time, or its clocks may differ, an
    /// equal certificate proves nothing.
    pub(super) async fn find_upload(
        &self,
        upload: &Upload,
        mut error: Error,
        began: Duration,
    ) -> Result<Reply<Certificate>, Error> {
        if let Some(context) = error.context() {
            self.wait(context.endpoint, WaitReason::Confirmation, Delay::exactly(WAIT)).await;
        }
        let (listed, began) = match self.list_with_time(began).await {
            Ok(listed) => listed,
            Err(cause) => return Err(search_failed(&error, "the list cannot be read", cause)),
        };
        let since = began.map_or(i64::MIN, |time| time - ROUNDING);
        let found = match self.find_same(upload, &listed, since..i64::MAX).await {
            Ok(found) => found,
            Err(cause) => return Err(search_failed(&error, UNCOMPARED, cause)),
        };
        let (earlier, certainty) = match (found, began) {
            (Some(found), Some(_)) => {
                let attempts = error.context().map_or(1, |context| context.attempts);
                return Ok(Reply::new(found).with_attempts(attempts));
            }
            (found, None) => (found, "may be"),
            (None, Some(_)) => match self.find_same(upload, &listed, since - SKEW..since).await {
                Ok(found) => (found, "seems to be"),
                Err(cause) => return Err(search_failed(&error, UNCOMPARED, cause)),
            },
        };
        if let Some(Certificate { id, .. }) = earlier {
            let message =
                format!("{id} is the same certificate, but {certainty} an earlier upload");
            return Err(lost(error, message));
        }
        if !is_conclusive(&error) {
            let message = "it is not in the list so far, but the server may still be working on it";
            return Err(lost(error, message.to_owned()));
        }
        if let Error::Transport { context, .. } | Error::Api { context, .. } = &mut error {
            (context.may_have_acted, context.retryable) = (false, true);
        }
        Err(error)
    }

    /// The certificates of the organization, and the server's time at `moment`, in Unix seconds.
    async fn list_with_time(
        &self,
        moment: Duration,
    ) -> Result<(Vec<Certificate>, Option<i64>), Error> {
        let mut paging = Paging::new(List::new(Scope::Organization).with_page_size(PageSize::MAX));
        let (mut listed, mut time) = (Vec::new(), None);
        while let Some(list) = paging.next() {
            let reply = self.call(list).await?;
            let ago = self.transport.now().saturating_sub(moment).as_secs();
            time = reply.server_time.and_then(|time| time.as_secs().checked_sub_unsigned(ago));
            let page = paging.handle_page(reply.value);
            listed.extend(page.map_err(|incomplete| incomplete.error)?);
        }
        Ok((listed, time))
    }

    /// The newest of the certificates uploaded in this time that has the same content as the upload.
    async fn find_same(
        &self,
        upload: &Upload,
        listed: &[Certificate],
        made: Range<i64>,
    ) -> Result<Option<Certificate>, Error> {
        for listed in listed.iter().filter(|one| made.contains(&one.created_at.as_secs())) {
            let get = Get::new(listed.id.clone()).with_content();
            let mut certificate = self.call(get).await?.value;
            let content = certificate.certificate_details.content.take();
            if content.and_then(|pem| pem.parse().ok()).as_ref() == Some(upload.certificate()) {
                return Ok(Some(certificate));
            }
        }
        Ok(None)
    }
}

fn lost(error: Error, message: String) -> Error {
    let Some(context) = error.context().cloned() else { return error };
    let source = Mismatch::new(message).with_source(error);
    Error::Unconfirmed { source, context: Box::new(context) }
}

/// The error of an upload whose response was lost, when the search for it failed as well.
fn search_failed(error: &Error, what: &str, cause: Error) -> Error {
    let context = error.context().or(cause.context()).cloned();
    let Some(context) = context else { return cause };
    let causes = std::iter::successors(error.source(), |&error| error.source());
    let causes: Vec<_> = causes.map(ToString::to_string).collect();
    let lost = if causes.is_empty() { error.to_string() } else { causes.join(": ") };
    let source = Mismatch::new(format!("{lost}; {what}")).with_source(cause);
    Error::Unconfirmed { source, context: Box::new(context) }
}

const UNCOMPARED: &str = "a certificate that may be the same cannot be read";

/// Whether the server has certainly stopped working on the upload: the only attempt was interrupted, or was
/// refused by the API itself. A gateway that timed out does not count as the API.
fn is_conclusive(error: &Error) -> bool {
    // Nothing is known here about earlier attempts.
    let only = error.context().is_some_and(|context| context.attempts == 1);
    only && match (error, error.status()) {
        (Error::Transport { source, .. }, None) => source.kind() == TransportErrorKind::Interrupted,
        (Error::Api { body, .. }, Some(status)) => {
            let failed = status == StatusCode::CONFLICT || status.is_server_error();
            let is_own = body.kind.as_ref().is_some_and(ErrorType::is_known);
            failed && status != StatusCode::GATEWAY_TIMEOUT && is_own
        }
        _ => false,
    }
}
