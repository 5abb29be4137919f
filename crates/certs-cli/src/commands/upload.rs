//! `certs upload`: never sent twice, and looked for when its answer is lost.

use std::fs::File;
use std::io::{Read, stdin};
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use certs_core::Error;
use certs_core::operations::{Get, Scope, Upload};
use certs_core::transport::{Delay, Transport, TransportErrorKind};
use certs_core::types::{Certificate, CertificatePem};
use http::StatusCode;

use crate::arguments::{Consent, Settings};
use crate::confirm::ask;
use crate::failure::{Exit, Failure, chain};
use crate::interrupt::guard;
use crate::session::Session;
use crate::text::{harmless, say};

/// Reads the certificate and judges it, before anything is sent.
pub(crate) fn read(
    file: &Path,
    name: Option<String>,
    settings: &Settings,
) -> Result<Upload, Failure> {
    // The API takes less than 16 kB; around the certificate there may be other text.
    const MOST: u64 = 1024 * 1024;
    let wrong = |error: &(dyn std::error::Error + 'static)| {
        Failure::with_source(Exit::Usage, file.display(), error)
    };
    let mut bytes = Vec::new();
    let outcome = if file == Path::new("-") {
        if settings.admin_key_file.as_deref() == Some(file) {
            return Err(Failure::usage("stdin cannot be both the certificate and the admin key"));
        }
        stdin().lock().take(MOST).read_to_end(&mut bytes)
    } else {
        File::open(file).and_then(|file| file.take(MOST).read_to_end(&mut bytes))
    };
    outcome.map_err(|error| wrong(&error))?;
    let certificate = CertificatePem::from_bytes(&bytes).map_err(|error| wrong(&error))?;
    let upload = Upload::new(certificate);
    Ok(match name {
        Some(name) => upload.with_name(name),
        None => upload,
    })
}

pub(crate) async fn run(
    session: &Session,
    file: &Path,
    upload: Upload,
    consent: &Consent,
) -> Result<(), Failure> {
    if consent.must_ask() {
        let file = harmless(&file.display().to_string());
        ask(&format!(
            "Upload the certificate in {file}. It is not active until it is activated.\n"
        ))?;
    }
    let carry_out = async {
        let began = session.client.transport().now();
        match session.client.call(&upload).await {
            Ok(reply) => Ok(reply.value),
            Err(error) if error.may_have_acted() => find_out(session, &upload, error, began).await,
            Err(error) => Err(error.into()),
        }
    };
    let uploaded = guard(&session.client, carry_out).await.map_err(|failure| {
        failure
            .or_find_out("do not repeat it before `certs list` and `certs get ID --content` told")
    })?;
    let printed = session.format.certificate(&uploaded);
    printed.map_err(|failure| failure.although(format!("uploaded as {}", uploaded.id)))
}

/// Looks for the certificate among those that were made since the upload began.
///
/// The server's own clock decides what is older: the same certificate may have been uploaded
/// before, and this machine's clock may be wrong. Where the server tells no time, or its clocks may
/// differ, the same certificate proves nothing.
async fn find_out(
    session: &Session,
    upload: &Upload,
    error: Error,
    began: Duration,
) -> Result<Certificate, Failure> {
    /// Both clocks count whole seconds.
    const BLUR: i64 = 2;
    /// How far the clock that dates answers may be ahead of the one that dates certificates.
    const SKEW: i64 = 5 * 60;
    /// A server that is just finishing gets there meanwhile.
    const PATIENCE: Duration = Duration::from_secs(2);
    let exit = Exit::from(&error);
    let conclusive = is_conclusive(&error);
    let lost = Failure::from(error).message();
    say(&format!("{lost}; looking in two seconds whether it was uploaded all the same"));
    let unknown = |why: String| Failure::new(exit, format!("{lost}; looking for it: {why}"));
    let unread = |error: Error| unknown(chain(&error));

    let wire = session.client.transport();
    wire.sleep(Delay::exactly(PATIENCE)).await;
    let listed = session.list(Scope::Organization).await.map_err(|error| unknown(chain(&error)))?;
    let began = wire.server_time_at(began);
    let since = began.map_or(i64::MIN, |time| time - BLUR);
    let made = |when: Range<i64>| {
        listed.iter().filter(move |one| when.contains(&one.created_at.as_secs()))
    };
    let mut found = same(session, upload, made(since..i64::MAX)).await.map_err(unread)?;
    let mut doubt = "may be";
    if began.is_some() {
        if !found.is_empty() {
            let ids: Vec<_> = found.iter().map(|one| one.id.as_str()).collect();
            let one_of =
                if ids.len() > 1 { "one of these, all the same certificate: " } else { "" };
            say(&format!("it was uploaded as {one_of}{}", ids.join(", ")));
            return Ok(found.swap_remove(0));
        }
        doubt = "seems to be";
        found = same(session, upload, made(since - SKEW..since)).await.map_err(unread)?;
    }
    Err(match found.first() {
        Some(Certificate { id, .. }) => {
            unknown(format!("{id} is the same certificate, but {doubt} an earlier upload"))
        }
        None if conclusive => Failure::new(
            Exit::Unreachable,
            format!("{lost}; it was not uploaded: it is not in the list"),
        ),
        None => unknown("not in the list so far, but the server may still get to it".into()),
    })
}

/// Those of the listed certificates that are the uploaded one.
async fn same(
    session: &Session,
    upload: &Upload,
    listed: impl Iterator<Item = &Certificate>,
) -> Result<Vec<Certificate>, Error> {
    let mut same = Vec::new();
    for one in listed {
        let mut one = session.client.call(Get::new(one.id.clone()).with_content()).await?.value;
        let content = one.certificate_details.content.take();
        if content.and_then(|pem| pem.parse().ok()).as_ref() == Some(upload.certificate()) {
            same.push(one);
        }
    }
    Ok(same)
}

/// Whether nothing is still at work on the upload: the only attempt broke, or failed in the API's
/// own words. A gateway that gave up waiting speaks for itself, whatever its answer reads like.
fn is_conclusive(error: &Error) -> bool {
    // Of an earlier attempt nothing is known here.
    let only = error.context().is_some_and(|context| context.attempts == 1);
    only && match (error, error.status()) {
        (Error::Transport { source, .. }, None) => source.kind() == TransportErrorKind::Interrupted,
        (Error::Api { body, .. }, Some(status)) => {
            let failed = status == StatusCode::CONFLICT || status.is_server_error();
            failed && status != StatusCode::GATEWAY_TIMEOUT && body.message.is_some()
        }
        _ => false,
    }
}
