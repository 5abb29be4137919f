//! The TOML of a declaration, with the line of each mistake.

use std::collections::BTreeMap;
use std::str::FromStr;

use certs_core::operations::Scope;
use serde::Deserialize;
use toml::Spanned;

use super::{Declaration, Declared, Identity, Target, Unmanaged, mistake};
use crate::change::InWords;
use crate::refusal::Refusal;

impl FromStr for Declaration {
    type Err = Refusal;

    /// Reads the file.
    ///
    /// # Errors
    ///
    /// [`Refusal::Declaration`] with the line of the mistake.
    fn from_str(text: &str) -> Result<Self, Refusal> {
        let lines = Lines(text);
        let file: File = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            mistake(lines.at(at), error.message())
        })?;
        let mut certificates = Vec::new();
        let mut first_named: BTreeMap<Identity, usize> = BTreeMap::new();
        for (name, entry) in file.certificate {
            let declared = declare(&lines, name, entry)?;
            if let Some(first) = first_named.get(&declared.identity) {
                let message = format!("the same certificate is named in line {first}");
                return Err(mistake(declared.identity_line, message));
            }
            first_named.insert(declared.identity.clone(), declared.identity_line);
            certificates.push(declared);
        }
        certificates.sort_by_key(|declared| declared.line);
        let unmanaged = match file.settings.unmanaged {
            None => Unmanaged::Report,
            Some(value) => match value.as_ref().as_str() {
                "report" => Unmanaged::Report,
                "ignore" => Unmanaged::Ignore,
                _ => {
                    let message = "`unmanaged` is \"report\" or \"ignore\"";
                    return Err(mistake(lines.of(&value), message));
                }
            },
        };
        Ok(Self { certificates, unmanaged })
    }
}

fn declare(lines: &Lines<'_>, name: Spanned<String>, entry: Entry) -> Result<Declared, Refusal> {
    let line = lines.of(&name);
    let (identity, identity_line) = match (entry.pem, entry.sha256, entry.id) {
        (Some(path), None, None) => {
            let line = lines.of(&path);
            (Identity::Pem(path.into_inner()), line)
        }
        (None, Some(sha256), None) => (Identity::Sha256(parse(lines, &sha256)?), lines.of(&sha256)),
        (None, None, Some(id)) => (Identity::Id(parse(lines, &id)?), lines.of(&id)),
        _ => {
            let message = "a certificate is named by exactly one of `pem`, `sha256` and `id`";
            return Err(mistake(line, message));
        }
    };
    let target = match (entry.retired, entry.active) {
        (Some(retired), Some(_)) if *retired.as_ref() => {
            return Err(mistake(lines.of(&retired), "what is retired is not active anywhere"));
        }
        (Some(retired), None) if *retired.as_ref() => Target::Retired,
        (_, active) => Target::Active(scopes(lines, active.unwrap_or_default())?),
    };
    Ok(Declared { name: name.into_inner(), line, identity, identity_line, target })
}

fn scopes(
    lines: &Lines<'_>,
    named: Vec<Spanned<String>>,
) -> Result<BTreeMap<Scope, usize>, Refusal> {
    let mut scopes = BTreeMap::new();
    for text in named {
        let line = lines.of(&text);
        let scope: Scope = parse(lines, &text)?;
        let message = format!("{} is named twice", InWords(&scope));
        if scopes.insert(scope, line).is_some() {
            return Err(mistake(line, message));
        }
    }
    Ok(scopes)
}

fn parse<T: FromStr<Err: std::fmt::Display>>(
    lines: &Lines<'_>,
    text: &Spanned<String>,
) -> Result<T, Refusal> {
    text.as_ref().parse().map_err(|error: T::Err| mistake(lines.of(text), error.to_string()))
}

/// Counts lines from 1.
struct Lines<'a>(&'a str);

impl Lines<'_> {
    fn at(&self, offset: usize) -> usize {
        1 + self.0.bytes().take(offset).filter(|byte| *byte == b'\n').count()
    }

    fn of<T>(&self, value: &Spanned<T>) -> usize {
        self.at(value.span().start)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    certificate: BTreeMap<Spanned<String>, Entry>,
    #[serde(default)]
    settings: Settings,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    pem: Option<Spanned<String>>,
    sha256: Option<Spanned<String>>,
    id: Option<Spanned<String>>,
    active: Option<Vec<Spanned<String>>>,
    retired: Option<Spanned<bool>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    unmanaged: Option<Spanned<String>>,
}
