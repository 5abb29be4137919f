//! `certs doctor`

mod checklist;

use certs_core::operations::{ListAuditLogs, ListProjects, PageSize, Scope};
use certs_hyper::identity::ClientChain;
use certs_types::{Certificate, CertificateId, Timestamp};
use clap::Args;

use self::checklist::{Checklist, Item};
use crate::contents;
use crate::error::{Error, error_chain};
use crate::exit::{Exit, Outcome};
use crate::format::Format;
use crate::output::day;
use crate::pace_file::learned_limit;
use crate::session::Session;
use crate::settings::{Pace, state_directory};

/// Check the connection, the admin key, the client certificate and the rate
#[derive(Args)]
#[command(after_help = HELP)]
pub(crate) struct DoctorArgs {}

const HELP: &str = "\
Nothing is changed, so it is not known whether the key may change something.

Exit codes: 0 also with warnings, else that of the first failure.

Examples:
  certs doctor
  certs doctor --profile production";

pub(crate) async fn run(_: DoctorArgs, session: &Session) -> Result<Outcome, Error> {
    let mut checklist = Checklist::default();
    let started = std::time::Instant::now();
    let listed = session.certificates(Scope::Organization).await;
    let took = started.elapsed().as_millis();
    let host = session.settings.base_url.value.host();
    match listed {
        Err(incomplete) => {
            let error = Error::from(incomplete);
            match error.exit {
                // A response, even a refusal, means that the server was reached.
                Exit::Unauthorized | Exit::Refused | Exit::RateLimited => {
                    checklist.add(Item::ok("reach", format!("{host} responded in {took} ms")));
                    checklist.add(clock(session));
                    checklist.add(Item::failed("key", error));
                }
                _ => checklist.add(Item::failed("reach", error)),
            }
            checklist.add(pace(session));
        }
        Ok(certificates) => {
            checklist.add(Item::ok("reach", format!("{host} responded in {took} ms")));
            checklist.add(clock(session));
            checklist.add(key(session).await);
            checklist.add(client_certificate(session, &certificates).await);
            checklist.add(certificate_count(&certificates));
            checklist.add(pace(session));
        }
    }
    match session.output.format {
        Format::Json => session.output.json(&checklist)?,
        _ => session.output.table(&checklist.table())?,
    }
    checklist.outcome()
}

/// Whether this machine's clock agrees with the server's, which is used for dates if they differ.
fn clock(session: &Session) -> Item {
    const TOLERANCE: i64 = 60;
    let Some(there) = session.observer.server_time() else {
        return Item::warning("clock", "the server did not send its time");
    };
    let ahead = jiff::Timestamp::now().as_second() - there;
    if ahead.abs() <= TOLERANCE {
        return Item::ok("clock", format!("agrees with the server's within {TOLERANCE} s"));
    }
    let direction = if ahead > 0 { "ahead of" } else { "behind" };
    let apart = jiff::SignedDuration::from_secs(ahead.abs());
    let message = format!("this machine is {apart:#} {direction} the server, whose time is used");
    Item::warning("clock", message)
}

/// What the key may read. Changes are not tried.
async fn key(session: &Session) -> Item {
    let projects = ListProjects::new().with_page_size(PageSize::MAX);
    if let Err(error) = session.client.call(projects).await {
        return Item::failed("key", Error::from(error).while_doing("projects cannot be read"));
    }
    let log = ListAuditLogs::certificate_events().with_page_size(PageSize::MAX);
    match session.client.call(log).await {
        Ok(_) => Item::ok("key", "can read certificates, projects and the audit log"),
        Err(error) => Item::warning(
            "key",
            format!(
                "can read certificates and projects, but not the audit log, so `certs log` fails and `certs apply` \
                 waits longer: {}",
                error_chain(&error)
            ),
        ),
    }
}

/// Whether the client certificate of this command is needed, presented and accepted.
async fn client_certificate(session: &Session, certificates: &[Certificate]) -> Item {
    const NAME: &str = "client certificate";
    let active: Vec<_> =
        certificates.iter().filter(|one| one.active == Some(true)).map(|one| &one.id).collect();
    let base = &session.settings.base_url.value;
    let Some(chain) = session.client_chain() else {
        return match (active.is_empty(), base.host()) {
            (true, _) => Item::ok(NAME, "none; the organization requires none"),
            (false, "api.openai.com") => Item::warning(
                NAME,
                "none, while the organization has active certificates: mTLS hosts would refuse this command",
            ),
            (false, _) => Item::warning(
                NAME,
                "none, while the organization has active certificates, which require one",
            ),
        };
    };
    let validity = contents::validity(chain).unwrap_or_default();
    let now = session.timestamp();
    let until = validity.expires_at.map_or("?".into(), day);
    if validity.has_expired(now) {
        return Item::failed(
            NAME,
            Error::new(Exit::Unauthorized, format!("it has expired on {until}")),
        );
    }
    if base.host() == "api.openai.com" {
        return Item::warning(
            NAME,
            "api.openai.com requests none, so it is not presented: give --base-url https://mtls.api.openai.com/v1",
        );
    }
    match authority(session, chain, &active, now).await {
        Err(error) => Item::failed(NAME, error),
        Ok(_) if active.is_empty() => {
            Item::ok(NAME, format!("valid until {until}; the organization requires none"))
        }
        Ok(Some(id)) => Item::ok(NAME, format!("valid until {until}, chains to {id}")),
        Ok(None) => Item::warning(
            NAME,
            format!(
                "valid until {until}, but it chains to no active certificate of the organization"
            ),
        ),
    }
}

/// The active certificate of the organization to which the client certificate of this command chains.
async fn authority(
    session: &Session,
    chain: &ClientChain,
    active: &[&CertificateId],
    now: Timestamp,
) -> Result<Option<CertificateId>, Error> {
    let anchors = contents::read(session, active.iter().copied()).await?;
    let mut vouching = anchors.into_iter().filter(|(_, pem)| chain.verify(pem, now).is_ok());
    Ok(vouching.next().map(|(id, _)| id))
}

/// How many more certificates can be uploaded.
fn certificate_count(certificates: &[Certificate]) -> Item {
    const MAX_CERTIFICATES: usize = 50;
    const FEW: usize = 5;
    let count = certificates.len();
    let message = format!("{count} of {MAX_CERTIFICATES}");
    match MAX_CERTIFICATES.saturating_sub(count) {
        0 => Item::warning("certificates", format!("{message}: no upload is possible")),
        1..=FEW => Item::warning("certificates", message),
        _ => Item::ok("certificates", message),
    }
}

fn pace(session: &Session) -> Item {
    let pace = &session.settings.pace;
    Item::ok(
        "pace",
        match pace.value {
            Pace::Auto => {
                let directory = state_directory().ok().flatten();
                let learned =
                    directory.and_then(|directory| learned_limit(&directory, session.account()));
                match learned {
                    Some(limit) => format!(
                        "auto: {limit} requests a minute to an endpoint, learned from the server"
                    ),
                    None => "auto: no limit was reached in the last 10 minutes".into(),
                }
            }
            Pace::PerMinute(each) => {
                format!("{each} requests a minute to each endpoint ({})", pace.source)
            }
            Pace::Off => {
                format!("off ({}): requests are sent without regard to the rate limit", pace.source)
            }
        },
    )
}
