//! `certs where` as tables and as tab-separated values.

use std::fmt::Write as _;

use certs_plan::inventory::Enforcement;
use certs_types::Timestamp;

use super::document::{Certificate, Document, Project, State, Status};
use crate::output::{Cell, Table, display_name, expiry_of, tsv_field};
use crate::terminal::style;

/// The mark for a state that could not be read.
const UNKNOWN: &str = "?";
const ORGANIZATION: &str = "organization";

/// A row for each scope: what enforces mTLS there, and how many certificates are active.
pub(super) fn scopes(document: &Document<'_>) -> Table {
    let header = ["SCOPE", "NAME", "ENFORCED BY", "OWN", "INHERITED"];
    let mut table = Table::new(header).with_flexible_column(1);
    let organization = &document.organization;
    table.row([
        ORGANIZATION.into(),
        "-".into(),
        match organization.enforced {
            Some(true) => Cell::styled(ORGANIZATION, style::ACTIVE),
            Some(false) => "nothing".into(),
            None => UNKNOWN.into(),
        },
        count(organization.active.as_ref()),
        "-".into(),
    ]);
    for project in &document.projects {
        table.row([
            project.id.as_str().into(),
            name_and_status(project).into(),
            match project.enforced_by {
                Some(Enforcement::Project) => Cell::styled("project", style::ACTIVE),
                Some(Enforcement::Organization) => Cell::styled(ORGANIZATION, style::ACTIVE),
                Some(Enforcement::Nothing) => "nothing".into(),
                None => UNKNOWN.into(),
            },
            count(project.active.as_ref()),
            count(organization.active.as_ref()),
        ]);
    }
    if !document.lists_all_projects {
        table.row(["further projects", UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN].map(Cell::new));
    }
    table
}

fn count<T>(active: Option<&Vec<T>>) -> Cell {
    active.map_or(UNKNOWN.into(), |active| active.len().to_string()).into()
}

/// A row for each certificate and scope in which it is or may be active.
pub(super) fn certificates(document: &Document<'_>, now: i64) -> Table {
    let header = ["CERTIFICATE", "NAME", "EXPIRES", "SCOPE", "STATE"];
    let mut table = Table::new(header).with_flexible_column(1);
    for certificate in &document.certificates {
        let mut row = |scope: &str, state: Cell| {
            table.row([
                Cell::styled(certificate.id.as_str(), style::ID),
                display_name(certificate.name).into(),
                expiry_of(certificate.dates.expires_at, now),
                scope.into(),
                state,
            ]);
        };
        let mut is_anywhere = false;
        let mut scope = |scope: &str, state: Cell| {
            is_anywhere = true;
            row(scope, state);
        };
        match document.in_organization(certificate) {
            State::Active => scope(ORGANIZATION, Cell::styled("active", style::ACTIVE)),
            State::Unknown => scope(ORGANIZATION, UNKNOWN.into()),
            _ => {}
        }
        let (mut inherited, mut unread) = (0, 0);
        for project in &document.projects {
            match document.in_project(certificate, project) {
                State::Active if project.is_archived() => {
                    scope(project.id.as_str(), "active, archived".into());
                }
                State::Active => scope(project.id.as_str(), Cell::styled("active", style::ACTIVE)),
                State::Inherited => inherited += 1,
                State::Unknown => unread += 1,
                State::Inactive => {}
            }
        }
        if inherited > 0 {
            scope(&projects(inherited), "inherited".into());
        }
        if unread > 0 {
            scope(&projects(unread), UNKNOWN.into());
        }
        if !document.lists_all_projects {
            scope("further projects", UNKNOWN.into());
        }
        if !is_anywhere {
            row("nowhere", "-".into());
        }
    }
    table
}

fn projects(count: usize) -> String {
    format!("{count} {}", if count == 1 { "project" } else { "projects" })
}

fn name_and_status(project: &Project<'_>) -> String {
    let name = display_name(project.name);
    // A long name is truncated at its end.
    if project.is_archived() { format!("(archived) {name}") } else { name }
}

/// A line for each scope of a certificate.
pub(super) fn tsv(document: &Document<'_>, certificate: &Certificate<'_>) -> String {
    let mut lines = String::new();
    let mut line = |scope: [&str; 3], state: State| {
        let (id, name) = (certificate.id.as_str(), certificate.name.unwrap_or_default());
        let expires = certificate.dates.expires_at.map_or(UNKNOWN.into(), moment);
        let fields = [id, name, &expires, scope[0], scope[1], scope[2], word(state)];
        let fields: Vec<_> = fields.iter().map(|field| tsv_field(field)).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(lines, "{}", fields.join("\t"));
    };
    line([ORGANIZATION, "", ""], document.in_organization(certificate));
    for project in &document.projects {
        let status = match project.status {
            Status::Active => "active",
            Status::Archived => "archived",
        };
        let scope = [project.id.as_str(), project.name.unwrap_or_default(), status];
        line(scope, document.in_project(certificate, project));
    }
    if !document.lists_all_projects {
        line([UNKNOWN, "", ""], State::Unknown);
    }
    lines
}

fn word(state: State) -> &'static str {
    match state {
        State::Active => "active",
        State::Inherited => "inherited",
        State::Inactive => "inactive",
        State::Unknown => UNKNOWN,
    }
}

fn moment(moment: Timestamp) -> String {
    let moment = jiff::Timestamp::from_second(moment.as_secs());
    moment.map_or_else(|_| "never".into(), |moment| moment.to_string())
}
