//! Certificates on the command line: by id, or by a name that only one certificate has.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read, stdin};
use std::path::{Path, PathBuf};

use certs_plan::{Inventory, Refusal};
use certs_types::{Certificate, CertificateId};
use clap::Args;
use serde_json::Value;

use crate::error::{Error, code};
use crate::exit::Exit;
use crate::session::Session;
use crate::terminal::print_status;

/// Certificates as arguments, or in a file.
#[derive(Args)]
pub(crate) struct CertificateArgs {
    /// Certificates, by id or name; more than ten are changed in batches of ten
    #[arg(value_name = "CERT")]
    pub(crate) certificates: Vec<String>,
    /// Read ids from this file, one per line or the JSON of `certs list`; `-` reads stdin
    #[arg(long, value_name = "FILE")]
    pub(crate) ids_from: Option<PathBuf>,
}

impl CertificateArgs {
    /// The given ids and names without duplicates, in order. Empty only if the file is empty.
    ///
    /// # Errors
    ///
    /// A usage error when nothing is given, or the file cannot be used.
    pub(crate) fn read(&self, session_reads_stdin: bool) -> Result<Vec<String>, Error> {
        let mut named = self.certificates.clone();
        match &self.ids_from {
            Some(file) if file == Path::new("-") && session_reads_stdin => {
                return Err(Error::usage("stdin cannot be both the ids and the admin key"));
            }
            Some(file) => named.extend(read_ids(file)?),
            None if named.is_empty() => {
                return Err(Error::usage("name at least one certificate, by id or name"));
            }
            None => {}
        }
        if named.iter().any(|name| name.trim().is_empty()) {
            return Err(Error::usage("a certificate's id or name must not be empty"));
        }
        let mut seen = BTreeSet::new();
        named.retain(|name| seen.insert(name.clone()));
        Ok(named)
    }
}

/// Whether a text has the current form of the API's ids. Ids of another form are looked up in a list.
pub(crate) fn looks_like_id(text: &str) -> bool {
    text.starts_with("cert_") && text.parse::<CertificateId>().is_ok()
}

/// Finds a certificate by id, or else by name.
///
/// # Errors
///
/// Exit 2 with `not_found`, or with `ambiguous_name` and the ids that have the name.
pub(crate) fn find<'a>(named: &str, among: &'a [Certificate]) -> Result<&'a Certificate, Error> {
    if let Some(certificate) = among.iter().find(|certificate| certificate.id.as_str() == named) {
        return Ok(certificate);
    }
    let by_name: Vec<_> =
        among.iter().filter(|certificate| certificate.name.as_deref() == Some(named)).collect();
    match by_name[..] {
        [certificate] => Ok(certificate),
        [] => Err(not_found(named)),
        _ => {
            let ids: Vec<_> = by_name.iter().map(|certificate| certificate.id.as_str()).collect();
            let message = format!("{} certificates have the name \"{named}\"", ids.len());
            Err(Error::usage(message)
                .with_code(code::AMBIGUOUS_NAME)
                .with_hint(format!("name one by its id: {}", ids.join(", "))))
        }
    }
}

/// The ids of the given certificates, without duplicates. With `if_exists`, missing certificates are reported and left out.
///
/// # Errors
///
/// Exit 2 with `not_found`, or with `ambiguous_name`.
pub(crate) fn find_all(
    named: &[String],
    inventory: &Inventory,
    if_exists: bool,
) -> Result<Vec<CertificateId>, Error> {
    let mut ids: Vec<CertificateId> = Vec::new();
    for named in named {
        match inventory.find(named) {
            Ok(known) if ids.contains(&known.id) => {}
            Ok(known) => ids.push(known.id.clone()),
            Err(Refusal::NotFound { .. }) if if_exists => {
                print_status(&format!("{named} does not exist: nothing to do"));
            }
            Err(refusal) => return Err(refusal.into()),
        }
    }
    Ok(ids)
}

/// Checks that a new name has a reasonable length. The limit of the API is not documented.
pub(crate) fn new_name(text: &str) -> Result<String, &'static str> {
    const MAX_LEN: usize = 4096;
    if text.len() > MAX_LEN { Err("a name has at most 4096 bytes") } else { Ok(text.to_owned()) }
}

/// The error for a certificate that does not exist.
pub(crate) fn not_found(named: &str) -> Error {
    Error::new(Exit::Usage, format!("there is no certificate with the id or the name \"{named}\""))
        .with_code(code::NOT_FOUND)
        .with_hint("certs list")
}

/// The error of a call for one certificate: [`not_found`] if the server does not know the certificate.
pub(crate) fn or_not_found(error: certs_core::Error, named: &str) -> Error {
    match error.status().map(|status| status.as_u16()) {
        Some(404) if !error.may_have_acted() => {
            not_found(named).with_call(Error::from_call(&error))
        }
        _ => error.into(),
    }
}

/// The id of a certificate; the organization's list is read only if the text does not look like an id.
///
/// # Errors
///
/// Those of [`find`] and of reading the list.
pub(crate) async fn id_of(named: &str, session: &Session) -> Result<CertificateId, Error> {
    match named.parse() {
        Ok(id) if looks_like_id(named) => Ok(id),
        _ => {
            let listed = session.certificates(certs_core::operations::Scope::Organization).await?;
            Ok(find(named, &listed)?.id.clone())
        }
    }
}

fn read_ids(file: &Path) -> Result<Vec<String>, Error> {
    // Even a list of ten thousand certificates is smaller.
    const MAX_LEN: u64 = 64 * 1024 * 1024;
    let name = format!("--ids-from {}", file.display());
    let mut text = String::new();
    let read = if file == Path::new("-") {
        stdin().lock().take(MAX_LEN).read_to_string(&mut text)
    } else {
        File::open(file).and_then(|file| file.take(MAX_LEN).read_to_string(&mut text))
    };
    read.map_err(|error| Error::invalid(&name, &error))?;
    parse_ids(&text).map_err(|what| Error::usage(format!("{name}: {what}")))
}

/// Ids one per line, or JSON: the document of `list`, its `data`, or one object per line.
fn parse_ids(text: &str) -> Result<Vec<String>, String> {
    let text = text.trim_start_matches('\u{feff}');
    if !text.trim_start().starts_with(['{', '[']) {
        let lines = text.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty());
        return lines
            .map(|(index, line)| match line.parse::<CertificateId>() {
                Ok(_) => Ok(line.to_owned()),
                Err(error) => Err(format!("line {}: {error}", index + 1)),
            })
            .collect();
    }
    let mut ids = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        let value = value.map_err(|error| error.to_string())?;
        let items = match &value {
            Value::Array(items) => items.as_slice(),
            Value::Object(object) => match object.get("data") {
                Some(Value::Array(items)) => items.as_slice(),
                _ => std::slice::from_ref(&value),
            },
            _ => return Err("neither ids nor the JSON of `certs list`".into()),
        };
        for item in items {
            let id = item.as_str().or_else(|| item.get("id")?.as_str());
            let id = id.ok_or("an item without an id")?;
            id.parse::<CertificateId>().map_err(|error| error.to_string())?;
            ids.push(id.to_owned());
        }
    }
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_from_lines_and_from_json() {
        for text in [
            "cert_a\ncert_b\n",
            "\u{feff}  cert_a\r\n\r\ncert_b",
            r#"{"data":[{"id":"cert_a"},{"id":"cert_b"}]}"#,
            r#"[{"id":"cert_a"},"cert_b"]"#,
            "{\"id\":\"cert_a\"}\n{\"id\":\"cert_b\"}\n",
        ] {
            assert_eq!(parse_ids(text).unwrap(), ["cert_a", "cert_b"], "{text}");
        }
        for text in ["", "\n \n", "[]", r#"{"data":[]}"#] {
            assert!(parse_ids(text).unwrap().is_empty(), "{text}");
        }
    }

    #[test]
    fn invalid_ids_are_refused_with_their_line() {
        assert!(parse_ids("cert_a\ncert b\n").unwrap_err().starts_with("line 2: "));
        for text in ["{", r#"{"data":[{}]}"#, "[1]", "[[]]"] {
            assert!(parse_ids(text).is_err(), "{text}");
        }
    }
}
