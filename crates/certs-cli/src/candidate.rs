//! A CA certificate in a file, read and checked before anything is sent.

use std::fs::File;
use std::io::{Read, stdin};
use std::path::Path;

use certs_plan::{NewCertificate, Validity};
use certs_types::CertificatePem;

use crate::error::Error;
use crate::session::Session;
use crate::terminal::print_status;
use crate::x509::Facts;

/// Reads the one certificate in a file; `-` is stdin. Warns about rules that only older documents mention.
///
/// # Errors
///
/// A usage error when the file holds no certificate that can be uploaded.
pub(crate) fn read(file: &Path, session: &Session) -> Result<NewCertificate, Error> {
    let (pem, facts) = read_facts(file, session)?;
    require_uploadable(&facts, file, session)?;
    for warning in facts.warnings() {
        print_status(&format!("warning: {}: {warning}", file.display()));
    }
    Ok(new_certificate(pem, &facts))
}

/// Refuses a certificate that the API would certainly refuse.
///
/// # Errors
///
/// A usage error with the file and the reason.
pub(crate) fn require_uploadable(
    facts: &Facts,
    file: &Path,
    session: &Session,
) -> Result<(), Error> {
    match facts.refusal(session.timestamp()) {
        Some(why) => Err(Error::usage(format!("{}: {why}", file.display()))),
        None => Ok(()),
    }
}

/// The certificate in the form in which a plan uploads it.
pub(crate) fn new_certificate(pem: CertificatePem, facts: &Facts) -> NewCertificate {
    let validity = Validity::new(facts.valid_at, facts.expires_at);
    NewCertificate::new(pem, facts.fingerprint, validity)
}

/// Reads the one certificate in a file, without checking its dates.
///
/// # Errors
///
/// A usage error when the file holds no certificate.
pub(crate) fn read_facts(file: &Path, session: &Session) -> Result<(CertificatePem, Facts), Error> {
    // The API accepts less than 16 kB, but the file may have other text around the certificate.
    const MAX_LEN: u64 = 1024 * 1024;
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
    let pem = CertificatePem::from_bytes(&bytes).map_err(|error| invalid(&error))?;
    let facts = Facts::of(&pem).map_err(|error| invalid(&error))?;
    Ok((pem, facts))
}
