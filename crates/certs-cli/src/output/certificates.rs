//! Certificates in every format.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use certs_core::operations::Scope;
use certs_types::{Certificate, CertificateId, DeleteResponse, Timestamp};
use serde::Serialize;

use super::{Cell, Format, Output, Table, tsv_field};
use crate::error::Error;
use crate::json;
use crate::terminal::{print_status, sanitize, style, truncate_chars};
use crate::x509::Facts;

/// Activations beyond a scope's own that a table of its certificates takes into account.
#[derive(Clone, Copy, Default)]
pub(crate) struct Activity<'a> {
    /// The ids that are active in the organization, where the scope is a project.
    pub(crate) inherited: &'a [CertificateId],
}

impl Output {
    /// Prints the certificates of a scope. `now` is the time in Unix seconds.
    pub(crate) fn certificates(
        &self,
        certificates: &[Certificate],
        activity: Activity<'_>,
        now: i64,
    ) -> Result<(), Error> {
        match self.format {
            Format::Json => self.json(&Data { data: certificates }),
            Format::Jsonl | Format::Tsv | Format::Ids => self.certificate_rows(certificates),
            _ if certificates.is_empty() => {
                print_status("no certificates");
                Ok(())
            }
            _ => self.table(&certificate_table(certificates, activity, now)),
        }
    }

    /// Prints certificates with their state in each of several scopes.
    pub(crate) fn certificates_in_scopes(
        &self,
        certificates: &[InScope<'_>],
        now: i64,
    ) -> Result<(), Error> {
        match self.format {
            Format::Json => self.json(&Data { data: certificates }),
            Format::Jsonl => self.print(
                &certificates.iter().filter_map(|one| json::line(one).ok()).collect::<String>(),
            ),
            Format::Tsv => {
                self.print(&certificates.iter().map(InScope::tsv_row).collect::<String>())
            }
            Format::Ids => {
                let ids: BTreeSet<_> = certificates.iter().map(|one| &one.certificate.id).collect();
                self.print(&ids.into_iter().map(id_row).collect::<String>())
            }
            _ => self.table(&table_of_scopes(certificates, now)),
        }
    }

    /// Prints one line per item, for the formats that can be printed page by page.
    pub(crate) fn certificate_rows(&self, certificates: &[Certificate]) -> Result<(), Error> {
        let mut rows = String::new();
        for certificate in certificates {
            match self.format {
                Format::Ids => rows += &id_row(&certificate.id),
                Format::Tsv => rows += &(tsv_row(certificate) + "\n"),
                _ => rows += &json::line(certificate).unwrap_or_default(),
            }
        }
        self.print(&rows)
    }

    /// Prints one certificate, with the fields of its X.509 certificate if they are known.
    pub(crate) fn certificate(
        &self,
        certificate: &Certificate,
        facts: Option<&Facts>,
        now: i64,
    ) -> Result<(), Error> {
        match self.format {
            Format::Json => self.json(certificate),
            Format::Jsonl | Format::Tsv | Format::Ids => {
                self.certificate_rows(std::slice::from_ref(certificate))
            }
            _ => self.print(&self.one(certificate, facts, now)),
        }
    }

    /// Prints that a certificate was deleted.
    pub(crate) fn deleted(&self, deleted: &DeleteResponse) -> Result<(), Error> {
        match self.format {
            Format::Json | Format::Jsonl => self.json(deleted),
            Format::Tsv | Format::Ids => self.print(&id_row(&deleted.id)),
            _ => self.print(&format!("{} deleted\n", sanitize(deleted.id.as_str()))),
        }
    }

    /// A line for each field, then the PEM.
    fn one(&self, certificate: &Certificate, facts: Option<&Facts>, now: i64) -> String {
        let details = &certificate.certificate_details;
        let mut table = Table::new(["", ""]);
        let mut line = |name: &str, value: Cell| table.row([Cell::new(name), value]);
        line("id", certificate.id.as_str().into());
        line("name", display_name(certificate.name.as_deref()).into());
        line("uploaded", day(certificate.created_at).into());
        line("valid from", details.valid_at.map_or("-".into(), day).into());
        line("expires", expiry(certificate, now));
        if let Some(facts) = facts {
            line("subject", facts.subject.as_str().into());
            line("issuer", facts.issuer.as_str().into());
            line("SHA-256", facts.fingerprint.to_string().into());
            line("key", facts.key.as_str().into());
        }
        let mut text = table.render(None, self.colors);
        if let Some(content) = &details.content {
            text.push('\n');
            for line in content.lines() {
                let _ = writeln!(text, "{}", sanitize(line));
            }
        }
        text
    }
}

/// A certificate with its state in a scope. In JSON, the scope is one more field of the certificate.
#[derive(Serialize)]
pub(crate) struct InScope<'a> {
    #[serde(flatten)]
    pub(crate) certificate: Certificate,
    pub(crate) scope: &'a Scope,
}

impl InScope<'_> {
    fn tsv_row(&self) -> String {
        format!("{}\t{}\n", tsv_row(&self.certificate), tsv_field(&self.scope.to_string()))
    }
}

/// Certificates as a table, in which inherited certificates are marked.
pub(crate) fn certificate_table(
    certificates: &[Certificate],
    activity: Activity<'_>,
    now: i64,
) -> Table {
    let mut table = Table::new(["ID", "NAME", "ACTIVE", "EXPIRES"]).with_flexible_column(1);
    for certificate in certificates {
        table.row(row(certificate, activity, now));
    }
    table
}

fn table_of_scopes(certificates: &[InScope<'_>], now: i64) -> Table {
    let header = ["SCOPE", "ID", "NAME", "ACTIVE", "EXPIRES"];
    let mut table = Table::new(header).with_flexible_column(2);
    for InScope { certificate, scope } in certificates {
        let [id, name, active, expires] = row(certificate, Activity::default(), now);
        table.row([scope.to_string().into(), id, name, active, expires]);
    }
    table
}

fn row(certificate: &Certificate, activity: Activity<'_>, now: i64) -> [Cell; 4] {
    let active = match certificate.active {
        Some(true) => Cell::styled("yes", style::ACTIVE),
        _ if activity.inherited.contains(&certificate.id) => {
            Cell::styled("inherited", style::ACTIVE)
        }
        Some(false) => "no".into(),
        None => "-".into(),
    };
    let name = display_name(certificate.name.as_deref());
    let id = Cell::styled(certificate.id.as_str(), style::ID);
    [id, name.into(), active, expiry(certificate, now)]
}

/// A name as it is displayed, or `-`.
pub(crate) fn display_name(name: Option<&str>) -> String {
    /// Longer names take long to lay out, and fit on no terminal.
    const MAX: usize = 200;
    let name = name.filter(|name| !name.trim().is_empty());
    name.map_or("-".into(), |name| sanitize(&truncate_chars(name, MAX)))
}

/// The day on which a certificate expires, with the time left if it is short.
pub(crate) fn expiry(certificate: &Certificate, now: i64) -> Cell {
    expiry_of(certificate.certificate_details.expires_at, now)
}

/// Like [`expiry`], for a time that is known from elsewhere.
pub(crate) fn expiry_of(expires_at: Option<Timestamp>, now: i64) -> Cell {
    const DAY: i64 = 24 * 60 * 60;
    let Some(expires_at) = expires_at else { return "-".into() };
    let day = day(expires_at);
    match expires_at.as_secs() - now {
        ..=0 => Cell::styled(&format!("{day} expired"), style::EXPIRED),
        left if left < 7 * DAY => {
            Cell::styled(&format!("{day} in {} d", left / DAY), style::EXPIRED)
        }
        left if left <= 30 * DAY => {
            Cell::styled(&format!("{day} in {} d", left / DAY), style::EXPIRES_SOON)
        }
        _ => day.into(),
    }
}

/// The day in UTC.
pub(crate) fn day(moment: Timestamp) -> String {
    // In X.509 the last moment of the year 9999 means no expiry.
    match jiff::Timestamp::from_second(moment.as_secs()) {
        Ok(moment) => moment.strftime("%Y-%m-%d").to_string(),
        Err(_) => "never".into(),
    }
}

fn id_row(id: &CertificateId) -> String {
    sanitize(id.as_str()) + "\n"
}

/// Id, name, state, time of expiry and time of upload, separated by tabs; unknown fields are empty.
fn tsv_row(certificate: &Certificate) -> String {
    let details = &certificate.certificate_details;
    let moment = |moment: Timestamp| {
        let moment = jiff::Timestamp::from_second(moment.as_secs());
        moment.map_or_else(|_| "never".into(), |moment| moment.to_string())
    };
    let active = certificate.active.map(|active| if active { "active" } else { "inactive" });
    format!(
        "{}\t{}\t{}\t{}\t{}",
        tsv_field(certificate.id.as_str()),
        tsv_field(certificate.name.as_deref().unwrap_or_default()),
        active.unwrap_or_default(),
        details.expires_at.map(moment).unwrap_or_default(),
        moment(certificate.created_at),
    )
}

#[derive(Serialize)]
pub(super) struct Data<'a, T> {
    pub(super) data: &'a [T],
}
