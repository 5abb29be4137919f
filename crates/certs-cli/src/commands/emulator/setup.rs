//! From arguments to an emulator.

use std::fs;
use std::path::Path;
use std::time::Instant;

use certs_core::Timestamp;
use certs_emulator::{Builder, Emulator, Fault, Guesses, Limits, Snapshot, Tls};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::log::Log;
use crate::arguments::emulator::{
    Behaviour, EmulatorArguments, LimitArguments, Listeners, Organization,
};
use crate::failure::{Exit, Failure, chain};
use crate::text;

/// Judges what the arguments are worth together.
pub(super) fn check(arguments: &EmulatorArguments) -> Result<(), Failure> {
    let EmulatorArguments { listeners, organization, behaviour, .. } = arguments;
    if organization.admin_key_file.is_some() {
        return Err(Failure::usage(
            "the emulator reads no --admin-key-file: \
             give the key with --admin-key or CERTS_EMULATOR_ADMIN_KEY",
        ));
    }
    // Not left to clap, to which a variable that says false is as good as a flag.
    let needs_tls = [
        ("--enforce-mtls", behaviour.enforce_mtls),
        ("--tls-cert", listeners.tls_cert.is_some()),
        ("--tls-cert-out", listeners.tls_cert_out.is_some()),
    ];
    match needs_tls.into_iter().find(|&(_, wanted)| wanted && !listeners.tls) {
        Some((flag, _)) => Err(Failure::usage(format!("{flag} needs --tls"))),
        None => Ok(()),
    }
}

pub(super) fn emulator(
    arguments: &EmulatorArguments,
    log: Option<Log>,
) -> Result<Emulator, Failure> {
    let EmulatorArguments { limits, organization, behaviour, .. } = arguments;
    let mut builder =
        Emulator::builder().body_limit(limits.body_limit).journal_limit(limits.journal_limit);
    if let Some(log) = log {
        builder = builder.observer(move |entry| log.show(entry));
    }
    builder = inhabit(builder, organization)?;
    builder = behave(builder, behaviour)?;
    match &organization.state {
        Some(file) => builder.open(file).map_err(|error| Failure::usage(chain(&error))),
        None => Ok(builder.build()),
    }
}

pub(super) fn limits(arguments: &LimitArguments) -> Limits {
    let mut limits = Limits::default();
    limits.connections = arguments.max_connections;
    limits.head = arguments.head_timeout;
    limits.body = arguments.body_timeout;
    limits.answer = arguments.answer_timeout;
    limits
}

pub(super) fn tls(arguments: &Listeners) -> Result<Option<Tls>, Failure> {
    if !arguments.tls {
        return Ok(None);
    }
    if let (Some(certificates), Some(key)) = (&arguments.tls_cert, &arguments.tls_key) {
        let names = format!("--tls-cert {}, --tls-key {}", certificates.display(), key.display());
        let (certificates, key) = (read(certificates)?, read(key)?);
        let tls = Tls::from_pem(&certificates, &key);
        return tls.map(Some).map_err(|error| Failure::with_source(Exit::Usage, names, &error));
    }
    let made = Tls::self_signed();
    let (tls, certificate) =
        made.map_err(|error| Failure::with_source(Exit::Unreachable, "--tls", &error))?;
    match &arguments.tls_cert_out {
        Some(file) => fs::write(file, certificate).map_err(|error| {
            Failure::with_source(Exit::Usage, format!("cannot write {}", file.display()), &error)
        })?,
        None => text::say("--tls-cert-out FILE writes the certificate that clients must trust"),
    }
    Ok(Some(tls))
}

fn inhabit(mut builder: Builder, organization: &Organization) -> Result<Builder, Failure> {
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
        builder = builder.state(parse::<Snapshot>("seed", file)?);
    }
    Ok(builder)
}

fn behave(mut builder: Builder, behaviour: &Behaviour) -> Result<Builder, Failure> {
    if behaviour.enforce_mtls {
        builder = builder.enforce_mtls();
    }
    if let Some(limit) = behaviour.admin_rate_limit {
        builder = builder.admin_rate_limit(limit);
    }
    if let Some(propagation) = behaviour.propagation {
        builder = builder.propagation(propagation);
    }
    if behaviour.loose {
        builder = builder.loose();
    }
    if behaviour.legacy {
        builder = builder.legacy();
    }
    if let Some(file) = &behaviour.faults {
        for fault in parse::<Vec<Fault>>("faults", file)? {
            builder = builder.fault(fault);
        }
    }
    let guesses = behaviour.guess.iter().cloned().collect();
    let guesses = serde_json::from_value::<Guesses>(Value::Object(guesses))
        .map_err(|error| Failure::with_source(Exit::Usage, "--guess", &error))?;
    Ok(builder.guesses(guesses))
}

/// A clock that shows this moment now, and runs on.
fn clock(start: Timestamp) -> impl Fn() -> Timestamp {
    let began = Instant::now();
    move || {
        let passed = i64::try_from(began.elapsed().as_secs()).unwrap_or(i64::MAX);
        start.as_secs().saturating_add(passed).try_into().unwrap_or(Timestamp::MAX)
    }
}

fn parse<T: DeserializeOwned>(what: &str, file: &Path) -> Result<T, Failure> {
    serde_json::from_str(&read(file)?).map_err(|error| {
        let what = format!("the {what} in {} cannot be read", file.display());
        Failure::with_source(Exit::Usage, what, &error)
    })
}

fn read(file: &Path) -> Result<String, Failure> {
    fs::read_to_string(file).map_err(|error| {
        Failure::with_source(Exit::Usage, format!("cannot read {}", file.display()), &error)
    })
}
