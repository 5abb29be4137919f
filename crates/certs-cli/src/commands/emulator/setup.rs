//! Creates an emulator from arguments.

use std::fs;
use std::path::Path;
use std::time::Instant;

use certs_core::types::Timestamp;
use certs_emulator::{Assumptions, Builder, Emulator, Fault, Limits, Snapshot, Tls};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::log::Log;
use crate::commands::emulator::{
    Behavior, EmulatorArguments, LimitArguments, Listeners, Organization,
};
use crate::error::{Error, error_chain};
use crate::exit::Exit;
use crate::terminal::print_status;

/// Checks combinations of arguments.
pub(super) fn check(arguments: &EmulatorArguments) -> Result<(), Error> {
    let EmulatorArguments { listeners, organization, behavior, .. } = arguments;
    if organization.admin_key_file.is_some() {
        return Err(Error::usage(
            "the emulator does not read --admin-key-file: \
             give the key with --admin-key or CERTS_EMULATOR_ADMIN_KEY",
        ));
    }
    // clap cannot check this: to clap, a variable with the value false counts as a present flag.
    let needs_tls = [
        ("--enforce-mtls", behavior.enforce_mtls),
        ("--tls-cert", listeners.tls_cert.is_some()),
        ("--tls-cert-out", listeners.tls_cert_out.is_some()),
    ];
    match needs_tls.into_iter().find(|&(_, wanted)| wanted && !listeners.tls) {
        Some((flag, _)) => Err(Error::usage(format!("{flag} needs --tls"))),
        None => Ok(()),
    }
}

pub(super) fn emulator(arguments: &EmulatorArguments, log: Option<Log>) -> Result<Emulator, Error> {
    let EmulatorArguments { listeners, limits, organization, behavior } = arguments;
    let mut builder =
        Emulator::builder().body_limit(limits.body_limit).journal_limit(limits.journal_limit);
    if let Some(log) = log {
        builder = builder.observer(move |entry| log.write(entry));
    }
    for host in &listeners.manage_host {
        builder = builder.management_host(host);
    }
    builder = populate(builder, organization)?;
    builder = apply_behavior(builder, behavior)?;
    match &organization.state {
        Some(file) => builder.open(file).map_err(|error| Error::usage(error_chain(&error))),
        None => Ok(builder.build()),
    }
}

pub(super) fn limits(arguments: &LimitArguments) -> Limits {
    let mut limits = Limits::default();
    limits.max_connections = arguments.max_connections;
    limits.head_timeout = arguments.head_timeout;
    limits.body_timeout = arguments.body_timeout;
    limits.write_timeout = arguments.write_timeout;
    limits
}

pub(super) fn tls(arguments: &Listeners) -> Result<Option<Tls>, Error> {
    if !arguments.tls {
        return Ok(None);
    }
    if let (Some(certificates), Some(key)) = (&arguments.tls_cert, &arguments.tls_key) {
        let names = format!("--tls-cert {}, --tls-key {}", certificates.display(), key.display());
        let (certificates, key) = (read(certificates)?, read(key)?);
        let tls = Tls::from_pem(&certificates, &key);
        return tls.map(Some).map_err(|error| Error::with_source(Exit::Usage, names, &error));
    }
    let made = Tls::self_signed();
    let (tls, certificate) =
        made.map_err(|error| Error::with_source(Exit::Unreachable, "--tls", &error))?;
    match &arguments.tls_cert_out {
        Some(file) => fs::write(file, certificate).map_err(|error| {
            Error::with_source(Exit::Usage, format!("cannot write {}", file.display()), &error)
        })?,
        None => print_status("--tls-cert-out FILE writes the certificate that clients must trust"),
    }
    Ok(Some(tls))
}

fn populate(mut builder: Builder, organization: &Organization) -> Result<Builder, Error> {
    builder = builder
        .admin_key(&organization.admin_key)
        .certificate_limit(organization.certificate_limit)
        .seed(organization.random_seed);
    if let Some(key) = &organization.key_without_scopes {
        builder = builder.key_without_scopes(key);
    }
    for id in &organization.project {
        builder = builder.project(id.clone());
    }
    for id in &organization.archived_project {
        builder = builder.archived_project(id.clone());
    }
    for (id, key) in &organization.project_key {
        builder = builder.project(id.clone()).project_key(key, id.clone());
    }
    if let Some(start) = organization.clock {
        builder = builder.clock(clock(start));
    }
    if let Some(file) = &organization.seed {
        let seed = Snapshot::from_slice(read(file)?.as_bytes());
        builder = builder.state(seed.map_err(|error| unreadable("seed", file, &error))?);
    }
    Ok(builder)
}

fn apply_behavior(mut builder: Builder, behavior: &Behavior) -> Result<Builder, Error> {
    if behavior.enforce_mtls {
        builder = builder.enforce_mtls();
    }
    if let Some(limit) = behavior.admin_rate_limit {
        builder = builder.admin_rate_limit(limit);
    }
    if let Some(propagation) = behavior.propagation {
        builder = builder.propagation(propagation);
    }
    if let Some(propagation) = behavior.upload_propagation {
        builder = builder.upload_propagation(propagation);
    }
    if behavior.loose {
        builder = builder.loose();
    }
    if behavior.legacy {
        builder = builder.legacy();
    }
    if let Some(file) = &behavior.faults {
        for fault in parse::<Vec<Fault>>("faults", file)? {
            builder = builder.fault(fault);
        }
    }
    let assumptions = behavior.assume.iter().cloned().collect();
    let assumptions = serde_json::from_value::<Assumptions>(Value::Object(assumptions))
        .map_err(|error| Error::with_source(Exit::Usage, "--assume", &error))?;
    Ok(builder.assumptions(assumptions))
}

/// A clock that starts at this time.
fn clock(start: Timestamp) -> impl Fn() -> Timestamp {
    let began = Instant::now();
    move || {
        let elapsed = i64::try_from(began.elapsed().as_secs()).unwrap_or(i64::MAX);
        start.as_secs().saturating_add(elapsed).try_into().unwrap_or(Timestamp::MAX)
    }
}

fn parse<T: DeserializeOwned>(kind: &str, file: &Path) -> Result<T, Error> {
    serde_json::from_str(&read(file)?).map_err(|error| unreadable(kind, file, &error))
}

fn unreadable(kind: &str, file: &Path, error: &serde_json::Error) -> Error {
    let message = format!("the {kind} in {} cannot be read", file.display());
    Error::with_source(Exit::Usage, message, error)
}

fn read(file: &Path) -> Result<String, Error> {
    fs::read_to_string(file).map_err(|error| {
        Error::with_source(Exit::Usage, format!("cannot read {}", file.display()), &error)
    })
}
