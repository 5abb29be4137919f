//! `certs upload`: never sent twice, and looked for when its answer is lost.

use std::fs::File;
use std::io::{Read, stdin};
use std::path::Path;
use std::time::Duration;

use certs_core::{
    Certificate, CertificatePem, Error, Get, Scope, Transport, TransportErrorKind, Upload,
};

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
        Failure::because(Exit::Usage, file.display(), error)
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
    // What is not text is not PEM, which the parser tells in its own words.
    let text = String::from_utf8_lossy(&bytes);
    let certificate: CertificatePem = text.parse().map_err(|error| wrong(&error))?;
    let upload = Upload::new(certificate);
    Ok(match name {
        Some(name) => upload.name(name),
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
            Ok(reply) => session.format.certificate(&reply.value),
            Err(error) if error.may_have_acted() => find_out(session, &upload, error, began).await,
            Err(error) => Err(error.into()),
        }
    };
    guard(&session.client, carry_out).await.map_err(|failure| {
        failure
            .or_find_out("do not repeat it before `certs list` and `certs get ID --content` told")
    })
}

/// Looks for the certificate among those that were made since the upload began.
///
/// The server's own clock decides what is older: the same certificate may have been uploaded before, and
/// this machine's clock may be wrong. Where the server tells no time, the same certificate proves nothing.
async fn find_out(
    session: &Session,
    upload: &Upload,
    error: Error,
    began: Duration,
) -> Result<(), Failure> {
    /// Both clocks count whole seconds.
    const BLUR: i64 = 2;
    let exit = Exit::from(&error);
    let slow = is_slow(&error);
    let lost = Failure::from(error).message();
    say(&format!("{lost}; looking whether it was uploaded all the same"));
    let unknown = |why: String| Failure::new(exit, format!("{lost}; looking for it: {why}"));

    let listed = session.list(Scope::Organization).await.map_err(|error| unknown(chain(&error)))?;
    let since = session.client.transport().server_time_at(began).map(|time| time - BLUR);
    let is_new = |one: &&Certificate| since.is_none_or(|since| one.created_at.as_secs() >= since);
    for candidate in listed.iter().filter(is_new) {
        let get = Get::new(candidate.id.clone()).with_content();
        let mut found = session.client.call(get).await.map_err(|e| unknown(chain(&e)))?.value;
        let content = found.certificate_details.content.take();
        let same = content.and_then(|pem| pem.parse().ok()).as_ref() == Some(upload.certificate());
        if same && since.is_none() {
            let id = &found.id;
            return Err(unknown(format!(
                "{id} is the same certificate, but may be an earlier upload"
            )));
        }
        if same {
            say(&format!("it was uploaded as {}", found.id));
            return session.format.certificate(&found);
        }
    }
    match slow {
        true => {
            Err(unknown("not in the list so far, but a slow server may still get to it".into()))
        }
        false => Err(Failure::new(
            Exit::Unreachable,
            format!("{lost}; it was not uploaded: it is not in the list"),
        )),
    }
}

/// Whether a server that gave no answer in time may still be at work.
fn is_slow(error: &Error) -> bool {
    match error {
        Error::Transport { source, .. } => source.kind() == TransportErrorKind::Timeout,
        error => matches!(error.status().map(|status| status.as_u16()), Some(408 | 504)),
    }
}
