//! `certs where` as a self-contained HTML page for auditors and change tickets, without scripts.

use certs_plan::inventory::Enforcement;
use certs_types::Timestamp;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::document::{Certificate, Document, Project, State};
use crate::output::{day, display_name};

const STYLE: &str = include_str!("page.css");

/// Nothing is loaded and no script runs, whatever a name contains.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// The page. `target` names the host, the organization and the profile.
pub(super) fn page(document: &Document<'_>, target: &str, now: i64) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                title { "Where certificates are active, " (target) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { "Where certificates are active" }
                    p { "Read " (target) ". " (observed(document)) }
                }
                @if !document.complete { (incomplete(document)) }
                main {
                    (summary(document, now))
                    (certificates(document, now))
                    (matrix(document, now))
                }
                (legend())
            }
        }
    };
    page.into_string()
}

fn observed(document: &Document<'_>) -> Markup {
    html! {
        @match document.observed_at {
            Some(oldest) => { "The oldest list is of " (minute(oldest)) "." }
            None => { "Nothing could be read." }
        }
    }
}

/// Lists what could not be read, so that it is not mistaken for inactive.
fn incomplete(document: &Document<'_>) -> Markup {
    let unread = document.projects.iter().filter(|project| project.is_unread).count();
    html! {
        aside.incomplete role="alert" {
            strong { "This is incomplete." }
            " What could not be read is shown as " span.unknown { "?" } ": it may be active there."
            ul {
                @if !document.organization.observed {
                    li { "The certificates of the organization were not read." }
                }
                @if unread > 0 {
                    li { "The certificates of " (counted(unread, "project")) " were not read." }
                }
                @if !document.lists_all_projects {
                    li { "The list of projects was not read to its end: there may be others." }
                }
            }
        }
    }
}

fn summary(document: &Document<'_>, now: i64) -> Markup {
    let live = || document.projects.iter().filter(|project| !project.is_archived());
    let by = |enforcement| live().filter(|one| one.enforced_by == Some(enforcement)).count();
    let unknown = live().filter(|project| project.enforced_by.is_none()).count();
    let active = document.certificates.iter().filter(|one| document.is_active_somewhere(one));
    let (active, expiring): (Vec<_>, Vec<_>) = (
        active.clone().collect(),
        active.filter(|one| Expiry::of(one, now) != Expiry::Later).collect(),
    );
    let archived = document.projects.len() - live().count();
    html! {
        dl.facts {
            div {
                dt { "Organization" }
                dd { @match document.organization.enforced {
                    Some(true) => { "enforced" }
                    Some(false) => { strong { "not enforced" } }
                    None => { span.unknown { "?" } }
                } }
            }
            div {
                dt { "Projects" }
                dd {
                    (live().count())
                    @if archived > 0 { small { " and " (archived) " archived" } }
                }
            }
            div { dt { "Projects enforced by their own certificates" } dd { (by(Enforcement::Project)) } }
            div { dt { "Projects enforced by the organization’s" } dd { (by(Enforcement::Organization)) } }
            div { dt { "Projects not enforced" } dd { (by(Enforcement::Nothing)) } }
            @if unknown > 0 { div { dt { "Projects not known" } dd.unknown { (unknown) } } }
            div { dt { "Active certificates" } dd { (active.len()) } }
            div { dt { "Active ones expired, or expiring within 30 days" } dd { (expiring.len()) } }
        }
    }
}

fn certificates(document: &Document<'_>, now: i64) -> Markup {
    html! {
        section {
            h2 { "Certificates" }
            @if document.certificates.is_empty() { p { "None." } } @else {
                table.certificates {
                    thead { tr {
                        th scope="col" { "No." }
                        th scope="col" { "Name" }
                        th scope="col" { "Id" }
                        th scope="col" { "Expires" }
                        th scope="col" { "Organization" }
                        th scope="col" { "Projects" }
                    } }
                    tbody {
                        @for (number, certificate) in (1..).zip(&document.certificates) {
                            tr {
                                td.number { (number) }
                                th scope="row" { bdi { (display_name(certificate.name)) } }
                                td.id data-label="Id" { (certificate.id) }
                                td data-label="Expires" { (expiry(certificate, now)) }
                                td data-label="Organization" {
                                    (word(document.in_organization(certificate)))
                                }
                                td data-label="Projects" { div { (projects(document, certificate)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The number of projects in which a certificate is active, by its own activation and by inheritance.
fn projects(document: &Document<'_>, certificate: &Certificate<'_>) -> Markup {
    let count = |state| {
        let stands = |project: &&Project<'_>| document.in_project(certificate, project) == state;
        document.projects.iter().filter(stands).count()
    };
    let (own, inherited, unknown) =
        (count(State::Active), count(State::Inherited), count(State::Unknown));
    html! {
        @if own > 0 { div { "active in " (own) } }
        @if inherited > 0 { div { "inherited by " (inherited) } }
        @if unknown > 0 { div.unknown { "? in " (unknown) } }
        @if !document.lists_all_projects { div.unknown { "? in others" } }
        @if own + inherited + unknown == 0 && document.lists_all_projects { "none" }
    }
}

/// A row for each scope and a column for each certificate.
fn matrix(document: &Document<'_>, now: i64) -> Markup {
    let organization = match document.organization.enforced {
        Some(true) => "organization",
        Some(false) => NOTHING,
        None => UNKNOWN,
    };
    html! {
        section {
            h2 { "Scopes" }
            div.matrix {
                table {
                    thead { tr {
                        th.scope scope="col" { "Scope" }
                        th scope="col" { "Enforced by" }
                        @for (number, certificate) in (1..).zip(&document.certificates) {
                            th.certificate scope="col" class=[Expiry::of(certificate, now).class()] {
                                span.name { bdi { (display_name(certificate.name)) } }
                                span.number { (number) }
                            }
                        }
                    } }
                    tbody {
                        tr {
                            th.scope scope="row" data-enforced=(organization) {
                                strong { "organization" }
                            }
                            td { (enforcer(organization)) }
                            @for certificate in &document.certificates {
                                (cell(document.in_organization(certificate)))
                            }
                        }
                        @for project in &document.projects { (project_row(document, project)) }
                    }
                }
            }
            @if !document.lists_all_projects {
                p.unknown { "? There may be further projects." }
            }
        }
    }
}

fn project_row(document: &Document<'_>, project: &Project<'_>) -> Markup {
    let enforced = match project.enforced_by {
        Some(Enforcement::Project) => "project",
        Some(Enforcement::Organization) => "organization",
        Some(Enforcement::Nothing) => NOTHING,
        None => UNKNOWN,
    };
    html! {
        tr.archived[project.is_archived()] {
            th.scope scope="row" data-enforced=(enforced) {
                @if project.name.is_some() { bdi { (display_name(project.name)) } " " }
                span.id { (project.id) }
                @if project.is_archived() { " " small { "archived" } }
            }
            td { (enforcer(enforced)) }
            @for certificate in &document.certificates {
                (cell(document.in_project(certificate, project)))
            }
        }
    }
}

const NOTHING: &str = "nothing";
const UNKNOWN: &str = "?";

/// What enforces mTLS in a scope. On narrow screens the style sheet shows it below the scope's name.
fn enforcer(name: &str) -> Markup {
    html! {
        @match name {
            NOTHING => { strong { (name) } }
            UNKNOWN => { span.unknown { (name) } }
            _ => { (name) }
        }
    }
}

fn cell(state: State) -> Markup {
    html! {
        @match state {
            State::Active => { td.active { "●" } }
            State::Inherited => { td.inherited { "○" } }
            State::Inactive => { td {} }
            State::Unknown => { td.unknown { "?" } }
        }
    }
}

fn word(state: State) -> Markup {
    html! {
        @match state {
            State::Active => { "active" }
            State::Inherited => { "inherited" }
            State::Inactive => { "not active" }
            State::Unknown => { span.unknown { "?" } }
        }
    }
}

fn legend() -> Markup {
    html! {
        footer {
            dl.legend {
                div { dt.active { "●" } dd { "active there by the scope’s own activation" } }
                div { dt.inherited { "○" } dd { "inherited: active in the organization, and so in every project" } }
                div { dt { " " } dd { "not active there" } }
                div { dt.unknown { "?" } dd { "not read: it may be active there" } }
            }
            p {
                "Enforced means that requests need a client certificate: one is active or inherited, expired or not. "
                "Where nothing enforces, requests are accepted without one. "
                "An archived project whose list is refused is shown as ?, and does not make this page incomplete."
            }
            p { "Made by certs " (env!("CARGO_PKG_VERSION")) ". All times are in UTC." }
        }
    }
}

/// How soon a certificate expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expiry {
    Expired,
    Soon,
    Later,
}

impl Expiry {
    fn of(certificate: &Certificate<'_>, now: i64) -> Self {
        match certificate.dates.expires_at.map(|end| end.as_secs() - now) {
            Some(..0) => Self::Expired,
            Some(..=THIRTY_DAYS) => Self::Soon,
            _ => Self::Later,
        }
    }

    fn class(self) -> Option<&'static str> {
        match self {
            Self::Expired => Some("expired"),
            Self::Soon => Some("soon"),
            Self::Later => None,
        }
    }
}

const DAY: i64 = 24 * 60 * 60;
const THIRTY_DAYS: i64 = 30 * DAY;

fn expiry(certificate: &Certificate<'_>, now: i64) -> Markup {
    let Some(end) = certificate.dates.expires_at else {
        return html! { span.unknown { "?" } };
    };
    let class = Expiry::of(certificate, now);
    html! {
        span class=[class.class()] {
            (day(end))
            @match class {
                Expiry::Expired => { " expired" }
                Expiry::Soon => { " in " (counted(usize::try_from((end.as_secs() - now) / DAY).unwrap_or(0), "day")) }
                Expiry::Later => {}
            }
        }
    }
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn minute(moment: Timestamp) -> String {
    let moment = jiff::Timestamp::from_second(moment.as_secs());
    moment.map_or_else(|_| "?".into(), |moment| moment.strftime("%Y-%m-%d at %H:%M").to_string())
}
