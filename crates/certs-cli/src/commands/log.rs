//! `certs log`

use std::collections::BTreeSet;
use std::time::Duration;

use certs_core::operations::{ListAuditLogs, PageSize, Scope};
use certs_core::paging::IncompleteList;
use certs_types::{AuditActor, AuditEvent, AuditLog, CertificateId, Timestamp};
use clap::Args;
use serde::Serialize;

use crate::duration;
use crate::error::{Error, code};
use crate::exit::Exit;
use crate::format::Format;
use crate::names;
use crate::output::{Cell, Table, display_name};
use crate::session::Session;
use crate::terminal::{print_status, style};

/// Show who changed certificates and when, from the audit log
#[derive(Args)]
#[command(after_help = HELP)]
pub(crate) struct LogArgs {
    /// Only changes of this certificate, by id or name
    #[arg(value_name = "CERT")]
    certificate: Option<String>,
    /// How far to look back, such as 30d
    #[arg(long, value_name = "TIME", default_value = "30d", value_parser = duration::with_unit)]
    since: Duration,
}

const HELP: &str = "\
The log does not contain in which project a certificate was activated or deactivated: the project of an event is that \
of its actor.

Examples:
  certs log --since 7d
  certs log 'Root 2025' --output json";

pub(crate) async fn run(args: LogArgs, session: &Session) -> Result<(), Error> {
    let since = duration::before(session.timestamp(), args.since);
    let list = ListAuditLogs::certificate_events().with_start(since).with_page_size(PageSize::MAX);
    let (mut events, failure) = match session.client.all(list).await {
        Ok(events) => (events, None),
        Err(IncompleteList { read, error, .. }) => (read, Some(incomplete(error))),
    };
    if let Some(named) = &args.certificate {
        let ids = find(named, &events, session).await?;
        events.retain(|event| event.event.certificates().iter().any(|one| ids.contains(&one.id)));
    }
    let output = &session.output;
    match output.format {
        Format::Json => output.json(&Document { data: &events, complete: failure.is_none() })?,
        _ if events.is_empty() && failure.is_none() => print_status("no events"),
        // A log that could not be read does not mean that there are no events.
        _ if events.is_empty() => {}
        _ => output.table(&table(&events))?,
    }
    match failure {
        Some(failure) => Err(failure),
        None => Ok(()),
    }
}

#[derive(Serialize)]
struct Document<'a> {
    data: &'a [AuditLog],
    complete: bool,
}

/// The certificates with this id or name. A deleted certificate is found in the log alone.
async fn find(
    named: &str,
    events: &[AuditLog],
    session: &Session,
) -> Result<BTreeSet<CertificateId>, Error> {
    if names::looks_like_id(named)
        && let Ok(id) = named.parse()
    {
        return Ok(BTreeSet::from([id]));
    }
    let listed = session.certificates(Scope::Organization).await?;
    let error = match names::find(named, &listed) {
        Ok(certificate) => return Ok(BTreeSet::from([certificate.id.clone()])),
        Err(error) if error.code() != Some(code::NOT_FOUND) => return Err(error),
        Err(error) => error,
    };
    let logged = events.iter().flat_map(|event| event.event.certificates());
    let had_it =
        logged.filter(|one| one.name.as_deref() == Some(named) || one.id.as_str() == named);
    let ids: BTreeSet<_> = had_it.map(|one| one.id.clone()).collect();
    if ids.is_empty() { Err(error) } else { Ok(ids) }
}

/// A row for each certificate of each event, the newest first.
fn table(events: &[AuditLog]) -> Table {
    let header = ["TIME", "EVENT", "CERTIFICATE", "NAME", "BY"];
    let mut table = Table::new(header).with_flexible_column(3).with_details_column(4);
    for event in events {
        let by = event.actor.as_ref().map_or("-".into(), actor);
        let mut row = |id: &str, name: Option<&str>| {
            table.row([
                time(event.effective_at).into(),
                word(&event.event).into(),
                Cell::styled(id, style::ID),
                display_name(name).into(),
                by.as_str().into(),
            ]);
        };
        for certificate in event.event.certificates() {
            row(certificate.id.as_str(), certificate.name.as_deref());
        }
        if event.event.certificates().is_empty() {
            row("-", None);
        }
    }
    table
}

fn word(event: &AuditEvent) -> String {
    match event {
        AuditEvent::CertificateCreated(_) => "uploaded".into(),
        AuditEvent::CertificateUpdated(_) => "renamed".into(),
        AuditEvent::CertificateDeleted(_) => "deleted".into(),
        AuditEvent::CertificatesActivated(_) => "activated".into(),
        AuditEvent::CertificatesDeactivated(_) => "deactivated".into(),
        other => other.event_type().to_string(),
    }
}

/// A user by email, or a key by its tracking id.
fn actor(actor: &AuditActor) -> String {
    let (session, key) = (actor.session.as_ref(), actor.api_key.as_ref());
    let user = session.and_then(|session| session.user.as_ref());
    let user = user.or_else(|| key?.user.as_ref());
    let user = user.and_then(|user| user.email.as_deref().or(user.id.as_deref()));
    let account = key.and_then(|key| key.service_account.as_ref()?.id.as_deref());
    match (user.or(account), key.and_then(|key| key.id.as_deref())) {
        (Some(who), Some(key)) => format!("{who} (key {key})"),
        (Some(who), None) => who.into(),
        (None, Some(key)) => format!("key {key}"),
        (None, None) => "-".into(),
    }
}

fn time(moment: Timestamp) -> String {
    let moment = jiff::Timestamp::from_second(moment.as_secs());
    moment.map_or_else(|_| "-".into(), |moment| moment.strftime("%Y-%m-%d %H:%M:%SZ").to_string())
}

/// The error for a log that was not read to its end.
fn incomplete(error: certs_core::Error) -> Error {
    let error = Error::from(error).while_doing("the log is incomplete");
    if error.exit == Exit::Refused { error.with_exit(Exit::Unreachable) } else { error }
}
