//! The findings of `certs check` for monitoring: a line for Nagios, or JSON.

use std::fmt::Write as _;

use certs_core::operations::Scope;
use certs_plan::Inventory;
use certs_plan::check::{Finding, Problem, Severity};
use certs_plan::inventory::KnownProject;
use certs_types::{CertificateId, Timestamp};
use serde::Serialize;

use crate::output::day;
use crate::terminal::sanitize_line;

/// The findings of a check and the state that they mean for monitoring.
#[derive(Serialize)]
pub(super) struct Report<'a> {
    object: &'static str,
    status: Status,
    /// Whether everything was read.
    complete: bool,
    observed_at: Option<Timestamp>,
    findings: &'a [Finding],
    /// Why not everything was read.
    failure: Option<&'a str>,
    #[serde(skip)]
    inventory: &'a Inventory,
    #[serde(skip)]
    now: Timestamp,
}

/// The four states of a Nagios plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    Ok = 0,
    Warning = 1,
    Critical = 2,
    Unknown = 3,
}

impl<'a> Report<'a> {
    /// A critical finding comes first, also if not everything was read; then a failed reading; then a warning.
    pub(super) fn new(
        inventory: &'a Inventory,
        findings: &'a [Finding],
        failure: Option<&'a str>,
        now: Timestamp,
    ) -> Self {
        let worst = findings.iter().map(|finding| finding.severity).max();
        let status = match (worst, failure) {
            (Some(Severity::Critical), _) => Status::Critical,
            (_, Some(_)) => Status::Unknown,
            (Some(Severity::Warning), None) => Status::Warning,
            _ => Status::Ok,
        };
        let complete = failure.is_none();
        let observed_at = inventory.oldest_observation();
        Self {
            object: "certs.check",
            status,
            complete,
            observed_at,
            findings,
            failure,
            inventory,
            now,
        }
    }

    pub(super) fn status(&self) -> Status {
        self.status
    }

    /// A line with performance data, then a line for each finding.
    pub(super) fn nagios(&self) -> String {
        let lines: Vec<_> = self.findings.iter().map(|finding| self.sentence(finding)).collect();
        let mut parts: Vec<&str> = self.failure.into_iter().collect();
        parts.extend(lines.iter().take(3).map(String::as_str));
        let more = lines.len().saturating_sub(3);
        let mut text = if parts.is_empty() { self.no_findings() } else { parts.join("; ") };
        if more > 0 {
            // Writing to a string cannot fail.
            let _ = write!(text, "; and {more} more");
        }
        let mut plugin = format!("{} - {}", self.status.title(), plain(&text));
        if self.complete {
            plugin += &format!(" | {}", self.performance());
        }
        plugin.push('\n');
        if lines.len() > 1 {
            for (line, finding) in lines.iter().zip(self.findings) {
                let _ = writeln!(plugin, "{}: {}", word(finding.severity), plain(line));
            }
        }
        plugin
    }

    fn no_findings(&self) -> String {
        match self.next_end() {
            Some((id, days)) => {
                format!("{}; the next to expire is {} in {days} d", self.counted(), self.named(id))
            }
            None => self.counted(),
        }
    }

    fn counted(&self) -> String {
        let active = self.active().count();
        format!("{active} active {}", if active == 1 { "certificate" } else { "certificates" })
    }

    fn performance(&self) -> String {
        let count =
            |severity| self.findings.iter().filter(|finding| finding.severity == severity).count();
        let mut data = format!(
            "active={} warnings={} criticals={}",
            self.active().count(),
            count(Severity::Warning),
            count(Severity::Critical)
        );
        if let Some((_, days)) = self.next_end() {
            let _ = write!(data, " days_left={days}");
        }
        data
    }

    /// The active certificate that expires next, and in how many days.
    fn next_end(&self) -> Option<(&CertificateId, i64)> {
        const DAY: i64 = 24 * 60 * 60;
        let ends = self.active().filter_map(|id| {
            let expires_at = self.inventory.certificate(id)?.validity.expires_at?;
            Some((expires_at, id))
        });
        let (expires_at, id) = ends.min()?;
        Some((id, (expires_at.as_secs() - self.now.as_secs()).div_euclid(DAY)))
    }

    fn active(&self) -> impl Iterator<Item = &CertificateId> {
        let certificates = self.inventory.certificates().map(|certificate| &certificate.id);
        certificates.filter(|id| self.inventory.active_scopes(id).is_nowhere() == Some(false))
    }

    fn sentence(&self, finding: &Finding) -> String {
        match &finding.problem {
            Problem::Expires { certificate, expires_at } => {
                format!("{} {}", self.named(certificate), self.end(*expires_at))
            }
            Problem::ExpiryUnknown { certificate } => {
                format!("it is not known when {} expires", self.named(certificate))
            }
            Problem::ClientExpires { expires_at } => {
                format!("this command's client certificate {}", self.end(*expires_at))
            }
            Problem::Unenforced { scope } => {
                format!("mTLS is not enforced in {}", self.scope_name(scope))
            }
            Problem::NobodyPasses { scope } => {
                format!(
                    "no client certificate is accepted in {}: no active certificate is valid",
                    self.scope_name(scope)
                )
            }
            other => format!("{other:?}"),
        }
    }

    fn end(&self, expires_at: Timestamp) -> String {
        const DAY: i64 = 24 * 60 * 60;
        match expires_at.as_secs() - self.now.as_secs() {
            ..0 => format!("has expired on {}", day(expires_at)),
            left => format!("expires on {} in {} d", day(expires_at), left / DAY),
        }
    }

    fn named(&self, id: &CertificateId) -> String {
        let known = self.inventory.certificate(id);
        match known.and_then(|certificate| certificate.name.as_deref()) {
            Some(name) => format!("{name} ({id})"),
            None => id.to_string(),
        }
    }

    fn scope_name(&self, scope: &Scope) -> String {
        let Scope::Project(id) = scope else { return "the organization".into() };
        match self.inventory.project(id).and_then(KnownProject::name) {
            Some(name) => format!("project {name} ({id})"),
            None => format!("project {id}"),
        }
    }
}

impl Status {
    fn title(self) -> &'static str {
        match self {
            Self::Ok => "CERTS OK",
            Self::Warning => "CERTS WARNING",
            Self::Critical => "CERTS CRITICAL",
            Self::Unknown => "CERTS UNKNOWN",
        }
    }
}

/// The line of a check that could not check anything.
pub(in crate::commands) fn unknown(why: &str) -> String {
    format!("{} - {}\n", Status::Unknown.title(), plain(why))
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Ok => "ok",
        Severity::Warning => "warning",
        Severity::Critical => "critical",
    }
}

/// A text without line breaks and without `|`, which begins the performance data of a plugin.
fn plain(text: &str) -> String {
    sanitize_line(text).replace('|', "¦")
}
