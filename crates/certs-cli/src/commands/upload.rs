//! `certs upload`: never sent twice, and looked for when its answer is lost.

use std::fs::File;
use std::io::{Read, stdin};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use certs_core::operations::{Get, Scope, Upload};
use certs_core::transport::{Delay, Transport, TransportErrorKind};
use certs_types::{Certificate, CertificatePem};
use clap::Args;
use http::StatusCode;

use crate::error::{Error, error_chain};
use crate::exit::Exit;
use crate::output::after_change;
use crate::session::Session;
use crate::terminal::print_status;

/// Upload a CA certificate; it is not active until it is activated
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct UploadArgs {
    /// A file with exactly one certificate in PEM; `-` reads stdin
    file: PathBuf,
    /// Display name
    #[arg(long)]
    name: Option<String>,
    // Accepted, so that scripts can give it to every change: an upload is not asked about.
    #[arg(long, short, hide = true)]
    yes: bool,
}

const EXAMPLES: &str = "\
Examples:
  certs upload root.pem --name 'Root 2027'
  certs activate \"$(certs upload root.pem --quiet)\" --project proj_canary";

pub(crate) async fn run(args: UploadArgs, session: &Session) -> Result<(), Error> {
    let upload = read(&args, session)?;
    let began = session.client.transport().now();
    let uploaded = match session.client.call(&upload).await {
        Ok(reply) => Ok(reply.value),
        Err(error) if error.may_have_acted() && session.stop().reason().is_none() => {
            find_out(session, &upload, error, began).await
        }
        Err(error) => Err(error.into()),
    };
    let uploaded = uploaded.map_err(|error| {
        error.with_hint_if_unknown(
            "do not repeat it before you looked whether it is there: certs list, certs get ID --content",
        )
    })?;
    let printed = session.output.certificate(&uploaded, session.now());
    after_change(printed, &format!("uploaded as {}", uploaded.id))
}

/// Reads the certificate and judges it, before anything is sent.
fn read(args: &UploadArgs, session: &Session) -> Result<Upload, Error> {
    // The API takes less than 16 kB; around the certificate there may be other text.
    const MAX_LEN: u64 = 1024 * 1024;
    let file = args.file.as_path();
    let invalid = |error: &(dyn std::error::Error + 'static)| Error::invalid(file.display(), error);
    let mut bytes = Vec::new();
    let read = if file == Path::new("-") {
        if session.settings.reads_stdin() {
            return Err(Error::usage("stdin cannot be both the certificate and the admin key"));
        }
        stdin().lock().take(MAX_LEN).read_to_end(&mut bytes)
    } else {
        File::open(file).and_then(|file| file.take(MAX_LEN).read_to_end(&mut bytes))
    };
    read.map_err(|error| invalid(&error))?;
    let certificate = CertificatePem::from_bytes(&bytes).map_err(|error| invalid(&error))?;
    let upload = Upload::new(certificate);
    Ok(match &args.name {
        Some(name) => upload.with_name(name.as_str()),
        None => upload,
    })
}

/// Looks for the certificate among those that were made since the upload began.
///
/// The server's own clock decides what is older: the same certificate may have been uploaded
/// before, and this machine's clock may be wrong. Where the server tells no time, or its clocks may
/// differ, the same certificate proves nothing.
async fn find_out(
    session: &Session,
    upload: &Upload,
    error: certs_core::Error,
    began: Duration,
) -> Result<Certificate, Error> {
    /// Both clocks count whole seconds.
    const BLUR: i64 = 2;
    /// How far the clock that dates answers may be ahead of the one that dates certificates.
    const SKEW: i64 = 5 * 60;
    /// A server that is just finishing gets there meanwhile.
    const PATIENCE: Duration = Duration::from_secs(2);
    let exit = Exit::from(&error);
    let conclusive = is_conclusive(&error);
    let lost = Error::from(error).into_message();
    print_status(&format!("{lost}; looking in two seconds whether it was uploaded all the same"));
    let unknown = |why: String| Error::new(exit, format!("{lost}; looking for it: {why}"));
    let unread = |error: certs_core::Error| unknown(error_chain(&error));

    let wire = session.client.transport();
    wire.sleep(Delay::exactly(PATIENCE)).await;
    let listed = session
        .certificates(Scope::Organization)
        .await
        .map_err(|error| unknown(error_chain(&error)))?;
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
            print_status(&format!("it was uploaded as {one_of}{}", ids.join(", ")));
            return Ok(found.swap_remove(0));
        }
        doubt = "seems to be";
        found = same(session, upload, made(since - SKEW..since)).await.map_err(unread)?;
    }
    Err(match found.first() {
        Some(Certificate { id, .. }) => {
            unknown(format!("{id} is the same certificate, but {doubt} an earlier upload"))
        }
        None if conclusive => Error::new(
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
) -> Result<Vec<Certificate>, certs_core::Error> {
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
fn is_conclusive(error: &certs_core::Error) -> bool {
    // Of an earlier attempt nothing is known here.
    let only = error.context().is_some_and(|context| context.attempts == 1);
    only && match (error, error.status()) {
        (certs_core::Error::Transport { source, .. }, None) => {
            source.kind() == TransportErrorKind::Interrupted
        }
        (certs_core::Error::Api { body, .. }, Some(status)) => {
            let failed = status == StatusCode::CONFLICT || status.is_server_error();
            failed && status != StatusCode::GATEWAY_TIMEOUT && body.message.is_some()
        }
        _ => false,
    }
}
