//! Checks for monitoring: certificates that expire, and scopes without enforcement.

use std::collections::BTreeSet;
use std::time::Duration;

use certs_core::operations::Scope;
use certs_types::{CertificateId, Timestamp};
use serde::Serialize;

use crate::inventory::{Inventory, KnownCertificate, KnownProject};
use crate::validity::Validity;

/// Finds certificates that expire and scopes where mTLS is not enforced, the most severe first.
///
/// `client` contains the dates of the client certificate with which this program makes its requests. Lists that
/// were not read have no findings, so an incomplete inventory may hide some.
///
/// ```
/// use certs_core::types::{Certificate, Object, Timestamp};
/// use certs_core::operations::Scope;
/// use certs_plan::{Inventory, check::{Problem, Rules, Severity, check}};
///
/// let now = Timestamp::try_from(1_800_000_000)?;
/// let tomorrow = Timestamp::try_from(now.as_secs() + 86_400)?;
/// let mut root = Certificate::new(Object::ORGANIZATION_CERTIFICATE, "cert_a".parse()?, now);
/// root.active = Some(true);
/// root.certificate_details.valid_at = Some(now);
/// root.certificate_details.expires_at = Some(tomorrow);
///
/// let mut inventory = Inventory::new();
/// inventory.observe(&Scope::Organization, [root.clone()], now)?;
/// let findings = check(&inventory, &Rules::default(), None, now);
/// assert_eq!(findings[0].severity, Severity::Critical);
/// assert_eq!(findings[0].problem, Problem::Expires { certificate: root.id, expires_at: tomorrow });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn check(
    inventory: &Inventory,
    rules: &Rules,
    client: Option<Validity>,
    now: Timestamp,
) -> Vec<Finding> {
    let client = client.and_then(|client| rules.of_client(client, now));
    let is_meant = |certificate: &&KnownCertificate| {
        rules.includes_inactive
            || inventory.active_scopes(&certificate.id).is_nowhere() == Some(false)
    };
    let certificates = inventory.certificates().filter(is_meant);
    let expiring = certificates.filter_map(|certificate| rules.of_certificate(certificate, now));
    let scopes = rules.of_scopes(inventory, now);
    let mut findings: Vec<_> = client.into_iter().chain(expiring).chain(scopes).collect();
    findings.sort_by_key(|finding| (std::cmp::Reverse(finding.severity), finding.problem.end()));
    findings
}

/// The thresholds and severities of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rules {
    /// A certificate that expires within this time, inclusive, is a warning.
    pub warn: Duration,
    /// A certificate that expires within this time, inclusive, is critical.
    pub critical: Duration,
    /// Whether certificates that are active nowhere are checked too.
    pub includes_inactive: bool,
    /// The severity of a scope where mTLS is not enforced, in an organization that enforces it elsewhere.
    pub unenforced: Severity,
    /// Scopes where it is critical if mTLS is not enforced.
    pub required: BTreeSet<Scope>,
}

impl Default for Rules {
    /// 30 days for a warning and 7 for critical, only active certificates, and a warning for an unenforced scope.
    fn default() -> Self {
        const DAY: Duration = Duration::from_secs(24 * 60 * 60);
        Self {
            warn: 30 * DAY,
            critical: 7 * DAY,
            includes_inactive: false,
            unenforced: Severity::Warning,
            required: BTreeSet::new(),
        }
    }
}

/// The severity of a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "monitoring knows these three")]
pub enum Severity {
    /// No problem.
    Ok,
    /// Needs attention soon.
    Warning,
    /// Needs attention now.
    Critical,
}

/// One problem and its severity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// The severity.
    pub severity: Severity,
    /// The problem.
    #[serde(flatten)]
    pub problem: Problem,
}

/// A problem with certificates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Problem {
    /// A certificate expires soon, or has expired.
    Expires {
        /// The certificate.
        certificate: CertificateId,
        /// The last second at which it is valid.
        expires_at: Timestamp,
    },
    /// It is not known when a certificate expires.
    ExpiryUnknown {
        /// The certificate.
        certificate: CertificateId,
    },
    /// The client certificate of this program expires soon, or has expired.
    ClientExpires {
        /// The last second at which it is valid.
        expires_at: Timestamp,
    },
    /// mTLS is not enforced in this scope.
    Unenforced {
        /// The scope.
        scope: Scope,
    },
    /// mTLS is enforced in this scope, but no active or inherited certificate is valid, so every request is refused.
    NobodyPasses {
        /// The scope.
        scope: Scope,
    },
}

impl Problem {
    /// The time by which problems of the same severity are sorted: the first to expire comes first.
    fn end(&self) -> Option<Timestamp> {
        match self {
            Self::Expires { expires_at, .. } | Self::ClientExpires { expires_at } => {
                Some(*expires_at)
            }
            _ => None,
        }
    }
}

impl Rules {
    fn of_client(&self, client: Validity, now: Timestamp) -> Option<Finding> {
        let expires_at = client.expires_at?;
        self.finding(self.severity(expires_at, now), Problem::ClientExpires { expires_at })
    }

    fn of_certificate(&self, known: &KnownCertificate, now: Timestamp) -> Option<Finding> {
        let certificate = known.id.clone();
        match known.validity.expires_at {
            Some(expires_at) => {
                let severity = self.severity(expires_at, now);
                self.finding(severity, Problem::Expires { certificate, expires_at })
            }
            None => self.finding(Severity::Warning, Problem::ExpiryUnknown { certificate }),
        }
    }

    fn of_scopes(&self, inventory: &Inventory, now: Timestamp) -> Vec<Finding> {
        let workloads: Vec<_> = scopes_with_workloads(inventory).collect();
        let is_used = workloads.iter().any(|scope| inventory.is_enforced(scope) == Some(true));
        let findings = workloads.into_iter().filter_map(|scope| {
            match (inventory.is_enforced(&scope), inventory.has_valid_certificate(&scope, now)) {
                (Some(true), Some(false)) => {
                    self.finding(Severity::Critical, Problem::NobodyPasses { scope })
                }
                (Some(false), _) if self.required.contains(&scope) => {
                    self.finding(Severity::Critical, Problem::Unenforced { scope })
                }
                (Some(false), _) if is_used => {
                    self.finding(self.unenforced, Problem::Unenforced { scope })
                }
                _ => None,
            }
        });
        findings.collect()
    }

    fn severity(&self, expires_at: Timestamp, now: Timestamp) -> Severity {
        // An expired certificate has a negative time left, which is below any threshold.
        let left = expires_at.as_secs().saturating_sub(now.as_secs());
        let is_within = |time: Duration| left <= i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        if is_within(self.critical) {
            Severity::Critical
        } else if is_within(self.warn) {
            Severity::Warning
        } else {
            Severity::Ok
        }
    }

    fn finding(&self, severity: Severity, problem: Problem) -> Option<Finding> {
        (severity > Severity::Ok).then_some(Finding { severity, problem })
    }
}

/// The organization, and the projects that are not archived, which have no workloads.
fn scopes_with_workloads(inventory: &Inventory) -> impl Iterator<Item = Scope> {
    let projects = inventory.projects().filter(|project| !project.is_archived());
    std::iter::once(Scope::Organization).chain(projects.map(KnownProject::scope))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{DAY, NOW, at, id, inventory, now, scope};

    fn found(inventory: &Inventory, rules: &Rules) -> Vec<(Severity, Problem)> {
        let findings = check(inventory, rules, None, now());
        findings.into_iter().map(|finding| (finding.severity, finding.problem)).collect()
    }

    fn quiet() -> Rules {
        Rules { unenforced: Severity::Ok, ..Rules::default() }
    }

    fn expires(name: &str, expires_at: i64) -> Problem {
        Problem::Expires { certificate: id(name), expires_at: at(expires_at) }
    }

    #[test]
    fn the_last_second_of_a_threshold_is_within_it() {
        let severity = |left: i64| Rules::default().severity(at(NOW + left), now());
        assert_eq!(severity(30 * DAY + 1), Severity::Ok);
        assert_eq!(severity(30 * DAY), Severity::Warning);
        assert_eq!(severity(7 * DAY + 1), Severity::Warning);
        assert_eq!(severity(7 * DAY), Severity::Critical);
        assert_eq!(severity(-1), Severity::Critical);
    }

    #[test]
    fn an_unlimited_threshold_covers_every_date() {
        let rules = Rules { critical: Duration::ZERO, warn: Duration::MAX, ..Rules::default() };
        let severity = |left: i64| rules.severity(at(NOW + left), now());
        assert_eq!(severity(365 * DAY), Severity::Warning);
        assert_eq!(severity(0), Severity::Critical);
        assert_eq!(severity(-1), Severity::Critical);
    }

    #[test]
    fn only_active_certificates_count_unless_all_are_included() {
        let inventory = inventory(&["soon", "old", "a"], &["a"], &[("p", &["soon"])]);
        let soon = (Severity::Warning, expires("soon", NOW + 10 * DAY));
        assert_eq!(found(&inventory, &quiet()), std::slice::from_ref(&soon));
        let all = Rules { includes_inactive: true, ..quiet() };
        let old = (Severity::Critical, expires("old", NOW - DAY));
        assert_eq!(found(&inventory, &all), [old, soon]);
    }

    #[test]
    fn an_unenforced_scope_counts_only_where_mtls_is_used_at_all() {
        let unused = inventory(&["a"], &[], &[("p", &[]), ("q", &[])]);
        assert_eq!(found(&unused, &Rules::default()), []);
        let used = inventory(&["a"], &[], &[("p", &["a"]), ("q", &[]), ("arch", &[])]);
        let unenforced = |text| (Severity::Warning, Problem::Unenforced { scope: scope(text) });
        assert_eq!(
            found(&used, &Rules::default()),
            [unenforced("organization"), unenforced("q")],
            "an archived project is never unenforced"
        );
        assert_eq!(found(&used, &quiet()), []);
    }

    #[test]
    fn a_required_scope_that_is_not_enforced_is_critical() {
        let unused = inventory(&["a"], &[], &[("p", &[])]);
        let rules = Rules { required: [scope("p")].into(), ..quiet() };
        let finding = (Severity::Critical, Problem::Unenforced { scope: scope("p") });
        assert_eq!(found(&unused, &rules), [finding]);
        let inherited = inventory(&["a"], &["a"], &[("p", &[])]);
        assert_eq!(found(&inherited, &rules), []);
    }

    #[test]
    fn an_enforced_scope_with_only_expired_certificates_is_critical() {
        let inventory = inventory(&["old", "a"], &[], &[("p", &["old"]), ("q", &["old", "a"])]);
        let nobody = (Severity::Critical, Problem::NobodyPasses { scope: scope("p") });
        let old = (Severity::Critical, expires("old", NOW - DAY));
        assert_eq!(found(&inventory, &quiet()), [nobody, old]);
    }

    #[test]
    fn an_unknown_end_is_a_warning() {
        let inventory = inventory(&["unknown", "a"], &["unknown", "a"], &[]);
        let unknown = Problem::ExpiryUnknown { certificate: id("unknown") };
        assert_eq!(found(&inventory, &quiet()), [(Severity::Warning, unknown)]);
    }

    #[test]
    fn the_client_certificate_is_checked_like_any_other() {
        let inventory = inventory(&[], &[], &[]);
        let client = |left| Some(Validity::new(at(1), at(NOW + left)));
        let found = |left| check(&inventory, &quiet(), client(left), now());
        assert_eq!(found(31 * DAY), []);
        let expires_at = at(NOW + 3 * DAY);
        let finding = Finding {
            severity: Severity::Critical,
            problem: Problem::ClientExpires { expires_at },
        };
        assert_eq!(found(3 * DAY), std::slice::from_ref(&finding));
        let json = serde_json::to_value(finding).unwrap();
        assert_eq!(json["kind"], "client_expires");
        assert_eq!(json["severity"], "critical");
    }

    #[test]
    fn an_unread_list_has_no_findings() {
        let mut inventory = inventory(&["a"], &[], &[("p", &["a"])]);
        inventory.observe_projects([crate::testing::project("unread")]);
        let findings = found(&inventory, &Rules::default());
        let organization = Problem::Unenforced { scope: Scope::Organization };
        assert_eq!(findings, [(Severity::Warning, organization)]);
    }
}
