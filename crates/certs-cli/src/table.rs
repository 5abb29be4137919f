//! Certificates and projects for people: plain text that fits the terminal.

use std::io::{stderr, stdout};

use certs_core::types::{Certificate, Project, Timestamp};
use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};
use terminal_size::{Height, Width, terminal_size_of};

use crate::text::{cut, harmless};

/// Certificates, one a line; or two lines each where the terminal is too narrow for that.
pub(crate) fn certificates(certificates: &[Certificate], width: Option<u16>) -> String {
    let now = jiff::Timestamp::now().as_second();
    let mut wide = start(["ID", "NAME", "ACTIVE", "EXPIRES"]);
    for certificate in certificates {
        let [id, name, active] = cells(certificate);
        wide.add_row([id, name, active, expiry(certificate, now, " ")]);
    }
    match width {
        Some(width) if width < width_of(&wide) => {
            let mut narrow = start(["CERTIFICATE", "ACTIVE", "EXPIRES"]);
            for certificate in certificates {
                let [id, name, active] = cells(certificate);
                narrow.add_row([format!("{name}\n{id}"), active, expiry(certificate, now, "\n")]);
            }
            fit(narrow, width)
        }
        _ => finish(&wide),
    }
}

/// Projects, one a line.
pub(crate) fn projects(projects: &[Project], width: Option<u16>) -> String {
    let mut table = start(["ID", "NAME", "STATUS", "CREATED"]);
    for project in projects {
        let status = match (project.is_archived(), &project.status) {
            (true, _) => "archived".into(),
            (false, Some(status)) => harmless(status.as_str()),
            (false, None) => "-".into(),
        };
        let name = named(project.name.as_deref());
        table.add_row([harmless(project.id.as_str()), name, status, day(project.created_at)]);
    }
    match width {
        Some(width) if width < width_of(&table) => fit(table, width),
        _ => finish(&table),
    }
}

/// One certificate, a line for each of its fields, then its PEM.
pub(crate) fn certificate(certificate: &Certificate) -> String {
    let [id, name, _] = cells(certificate);
    let details = &certificate.certificate_details;
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.add_row(["id", &id]).add_row(["name", &name]);
    table.add_row(["uploaded", &day(certificate.created_at)]);
    table.add_row(["valid from", &details.valid_at.map_or("-".into(), day)]);
    table.add_row(["expires", &expiry(certificate, jiff::Timestamp::now().as_second(), " ")]);
    let mut text = finish(&table);
    if let Some(content) = &details.content {
        text.push('\n');
        text.extend(content.lines().map(|line| harmless(line) + "\n"));
    }
    text
}

/// How many columns there are to print results to; `None` when that does not matter.
pub(crate) fn width() -> Option<u16> {
    columns(terminal_size_of(stdout()))
}

/// How many columns there are to ask on.
pub(crate) fn width_to_ask() -> Option<u16> {
    columns(terminal_size_of(stderr()))
}

fn columns(size: Option<(Width, Height)>) -> Option<u16> {
    let told = crate::environment::variable("COLUMNS").and_then(|columns| columns.parse().ok());
    told.or(size.map(|(width, _)| width.0)).filter(|&columns| columns > 0)
}

fn cells(certificate: &Certificate) -> [String; 3] {
    let active = match certificate.active {
        Some(true) => "yes",
        Some(false) => "no",
        None => "-",
    };
    [harmless(certificate.id.as_str()), named(certificate.name.as_deref()), active.into()]
}

fn named(name: Option<&str>) -> String {
    /// A longer name takes long to lay out, and no terminal shows it in a line.
    const MOST: usize = 200;
    let name = name.filter(|name| !name.trim().is_empty());
    name.map_or("-".into(), |name| harmless(&cut(name, MOST)))
}

/// The day on which a certificate expires, and how soon that is where it matters.
fn expiry(certificate: &Certificate, now: i64, gap: &str) -> String {
    const DAY: i64 = 24 * 60 * 60;
    let Some(expires_at) = certificate.certificate_details.expires_at else { return "-".into() };
    let day = day(expires_at);
    match expires_at.as_secs() - now {
        ..=0 => format!("{day}{gap}expired"),
        left @ 1..=2_592_000 => format!("{day}{gap}in {} d", left / DAY),
        _ => day,
    }
}

/// The day in UTC.
fn day(moment: Timestamp) -> String {
    // The last moment of X.509 means that there is no end, and lies beyond most calendars.
    match jiff::Timestamp::from_second(moment.as_secs()) {
        Ok(moment) => moment.strftime("%Y-%m-%d").to_string(),
        Err(_) => "never".into(),
    }
}

fn start<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header);
    table
}

const GAP: u16 = 2;

fn width_of(table: &Table) -> u16 {
    let widths = table.column_max_content_widths();
    let gaps = GAP * u16::try_from(widths.len().saturating_sub(1)).unwrap_or_default();
    widths.into_iter().fold(gaps, u16::saturating_add)
}

/// Wraps what is too long; ids last, for they are copied.
fn fit(mut table: Table, width: u16) -> String {
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    let last = table.column_count().saturating_sub(1);
    for column in table.column_iter_mut().skip(1).take(last) {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
    finish(&table)
}

fn finish(table: &Table) -> String {
    let mut table = table.clone();
    let last = table.column_count().saturating_sub(1);
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, if index == last { 0 } else { GAP }));
    }
    table.trim_fmt() + "\n"
}
