//! Preflight: what changes would break. Hazards are refused, notices are reported.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use certs_core::operations::Scope;
use certs_types::{CertificateId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::change::{Change, ScopeNames};
use crate::fingerprint::{CertificateRef, Fingerprint};
use crate::forecast::Forecast;
use crate::inventory::Inventory;
use crate::refusal::Refusal;
use crate::trust::{CertificateSet, Index};

/// Finds what a series of changes would break, after each change and not only at the end.
///
/// Only scopes that were read are considered: for a toggle, its own scope and the organization are enough. Archived
/// projects have no workloads and are not considered.
///
/// ```
/// use certs_core::types::{Certificate, Object, Timestamp};
/// use certs_core::operations::Scope;
/// use certs_plan::{CallerIdentity, Change, Hazard, Inventory, preflight};
///
/// let now = Timestamp::try_from(1_800_000_000)?;
/// let mut only = Certificate::new(Object::ORGANIZATION_CERTIFICATE, "cert_a".parse()?, now);
/// only.active = Some(true);
/// let mut inventory = Inventory::new();
/// inventory.observe(&Scope::Organization, [only.clone()], now)?;
///
/// let changes = Change::deactivate(&Scope::Organization, [only.id]);
/// let preflight = preflight(&changes, &inventory, &CallerIdentity::none(), now);
/// assert_eq!(preflight.hazards, [Hazard::Unenforced { scopes: vec![Scope::Organization] }]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn preflight(
    changes: &[Change],
    inventory: &Inventory,
    identity: &CallerIdentity,
    now: Timestamp,
) -> Preflight {
    let mut findings = Findings::default();
    let mut forecast = Forecast::new(inventory);
    for change in changes {
        let affected = forecast.affected_by(change);
        let before: Vec<View> =
            affected.iter().map(|scope| View::of(&forecast, scope, now)).collect();
        let was_locked_out = identity.is_locked_out(&forecast, now);
        forecast.apply(change);
        for (scope, before) in affected.into_iter().zip(before) {
            let after = View::of(&forecast, &scope, now);
            findings.compare(scope, &before, &after);
        }
        let is_locked_out = identity.is_locked_out(&forecast, now);
        findings.locks_out |= was_locked_out != Some(true) && is_locked_out == Some(true);
    }
    findings.into_preflight(&forecast, now)
}

/// The hazards and notices of changes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Preflight {
    /// The hazards, which are refused unless explicitly allowed.
    pub hazards: Vec<Hazard>,
    /// The notices, which are reported before the changes are made.
    pub notices: Vec<Notice>,
}

impl Preflight {
    /// The refusal because of the first hazard that is not allowed; `None` if all are.
    #[must_use]
    pub fn refusal(&self, allowed: Allowed) -> Option<Refusal> {
        let is_refused = |hazard: &&Hazard| match hazard {
            Hazard::Unenforced { .. } => !allowed.unenforced,
            Hazard::LockOut => !allowed.lock_out,
        };
        self.hazards.iter().find(is_refused).map(Hazard::refusal)
    }
}

/// Which hazards are allowed; none by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "one field for each hazard")]
pub struct Allowed {
    /// Whether [`Hazard::Unenforced`] is allowed.
    pub unenforced: bool,
    /// Whether [`Hazard::LockOut`] is allowed.
    pub lock_out: bool,
}

/// A harmful consequence of a change, refused unless explicitly allowed. `Display` writes one sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "each one has to be handled")]
pub enum Hazard {
    /// mTLS would no longer be enforced in these scopes, or no client certificate would be accepted there because
    /// only expired certificates would be active.
    Unenforced {
        /// The scopes.
        scopes: Vec<Scope>,
    },
    /// The requests of this program itself would be refused afterwards.
    LockOut,
}

/// A consequence that people should know before the change. `Display` writes one sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Notice {
    /// mTLS starts to be enforced: requests to these scopes without a client certificate will be refused.
    StartsEnforcement {
        /// The scopes.
        scopes: Vec<Scope>,
    },
    /// This certificate is no longer trusted in these scopes: client certificates that chain to it will be refused,
    /// and X.509 workload identity federation through it ends.
    EndsTrust {
        /// The certificate.
        certificate: CertificateRef,
        /// The scopes.
        scopes: Vec<Scope>,
        /// The certificates that are valid there when all changes are made.
        remaining: Vec<CertificateRef>,
    },
    /// All certificates that remain valid in these scopes expire within 30 days.
    RemainingExpiresSoon {
        /// The scopes.
        scopes: Vec<Scope>,
        /// The certificate that remains valid the longest.
        certificate: CertificateRef,
        /// When it expires.
        expires_at: Timestamp,
    },
}

/// The client certificate with which this program makes its requests, as the server sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerIdentity {
    vouching: BTreeSet<CertificateRef>,
    presentation: Presentation,
}

/// Whether the client certificate is presented to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the server sees it or does not")]
pub enum Presentation {
    /// The host requests one, or the requests are plain HTTP to this machine.
    Presented,
    /// The host requests none, such as `api.openai.com`, or the program has none.
    NotPresented,
}

impl Hazard {
    fn refusal(&self) -> Refusal {
        match self {
            Self::Unenforced { scopes } => Refusal::WouldUnenforce { scopes: scopes.clone() },
            Self::LockOut => Refusal::WouldLockOut,
        }
    }
}

impl fmt::Display for Hazard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.refusal().fmt(f)
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StartsEnforcement { scopes } => {
                let scopes = ScopeNames(scopes);
                write!(f, "requests without a client certificate will be refused in {scopes}")
            }
            Self::EndsTrust { certificate, scopes, .. } => {
                let scopes = ScopeNames(scopes);
                write!(
                    f,
                    "client certificates that chain to {certificate} will be refused in {scopes}"
                )
            }
            Self::RemainingExpiresSoon { scopes, .. } => {
                let scopes = ScopeNames(scopes);
                write!(f, "all certificates that remain valid expire within 30 days in {scopes}")
            }
        }
    }
}

impl CallerIdentity {
    /// Requests without a client certificate.
    #[must_use]
    pub fn none() -> Self {
        Self { vouching: BTreeSet::new(), presentation: Presentation::NotPresented }
    }

    /// Requests with a client certificate that chains to each of these certificates.
    ///
    /// The caller has checked the chain with the intermediates that are presented, its dates, and the
    /// authorityKeyIdentifier: `certs_hyper::identity::ClientChain::verify` does this.
    #[must_use]
    pub fn new(
        vouching: impl IntoIterator<Item = CertificateRef>,
        presentation: Presentation,
    ) -> Self {
        Self { vouching: vouching.into_iter().collect(), presentation }
    }

    /// The valid certificates that can vouch for a client certificate: those that are active in the organization after
    /// these changes, then those that no longer are. The latter matter only if none of the others vouches for it.
    #[must_use]
    pub fn candidates(
        inventory: &Inventory,
        changes: &[Change],
        now: Timestamp,
    ) -> Vec<CertificateRef> {
        let mut forecast = Forecast::new(inventory);
        let active = |forecast: &Forecast| {
            forecast.valid(&forecast.trust(&Scope::Organization).known(), now)
        };
        let before = active(&forecast);
        for change in changes {
            forecast.apply(change);
        }
        let after = active(&forecast);
        let [remaining, removed] =
            [&after, &(&before - &after)].map(|set| forecast.references(set));
        [remaining, removed].concat()
    }

    /// Whether this certificate vouches for the client certificate, presented or not.
    #[must_use]
    pub fn is_vouched_for_by(&self, certificate: &CertificateRef) -> bool {
        self.vouching.contains(certificate)
    }

    /// Adds the id of a certificate that was new.
    pub(crate) fn resolve(&mut self, fingerprint: Fingerprint, id: &CertificateId) {
        if self.vouching.contains(&fingerprint.into()) {
            self.vouching.insert(id.clone().into());
        }
    }

    /// Whether the organization refuses requests with this client certificate.
    fn is_locked_out(&self, forecast: &Forecast, now: Timestamp) -> Option<bool> {
        let active = forecast.trust(&Scope::Organization);
        if !active.is_enforced()? {
            return Some(false);
        }
        let is_vouching = |index: Index| {
            forecast.validity(index).is_valid(now)
                && forecast.reference(index).is_some_and(|known| self.vouching.contains(known))
        };
        Some(
            self.presentation == Presentation::NotPresented
                || !active.known().into_iter().any(is_vouching),
        )
    }
}

/// A scope at one moment.
struct View {
    is_enforced: Option<bool>,
    accepts_requests: Option<bool>,
    /// Trusted certificates that are or may be valid.
    usable: CertificateSet,
}

impl View {
    fn of(forecast: &Forecast, scope: &Scope, now: Timestamp) -> Self {
        let trust = forecast.trust(scope);
        let may_be_valid = |index: &Index| forecast.validity(*index).may_be_valid(now);
        Self {
            is_enforced: trust.is_enforced(),
            accepts_requests: trust
                .accepts_requests(|index| forecast.validity(index).is_valid(now)),
            usable: trust.known().into_iter().filter(may_be_valid).collect(),
        }
    }
}

/// What was found after each change.
#[derive(Default)]
struct Findings {
    unenforced: BTreeSet<Scope>,
    locks_out: bool,
    starts: BTreeSet<Scope>,
    ended: BTreeSet<(Index, Scope)>,
}

impl Findings {
    fn compare(&mut self, scope: Scope, before: &View, after: &View) {
        let is_enforced = |view: &View| view.is_enforced == Some(true);
        let ends = is_enforced(before) && !is_enforced(after);
        let closes = before.accepts_requests == Some(true) && after.accepts_requests == Some(false);
        if ends || closes {
            self.unenforced.insert(scope.clone());
        }
        if !is_enforced(before) && is_enforced(after) {
            self.starts.insert(scope.clone());
        }
        let ended = before.usable.difference(&after.usable);
        self.ended.extend(ended.map(|index| (*index, scope.clone())));
    }

    /// Describes what remains by the state after all changes.
    fn into_preflight(self, forecast: &Forecast, now: Timestamp) -> Preflight {
        let mut hazards = Vec::new();
        if !self.unenforced.is_empty() {
            hazards.push(Hazard::Unenforced { scopes: Vec::from_iter(self.unenforced) });
        }
        if self.locks_out {
            hazards.push(Hazard::LockOut);
        }
        let mut notices = Vec::new();
        if !self.starts.is_empty() {
            notices.push(Notice::StartsEnforcement { scopes: Vec::from_iter(self.starts) });
        }
        let mut ended: BTreeMap<_, Vec<Scope>> = BTreeMap::new();
        let mut expiring: BTreeMap<_, BTreeSet<Scope>> = BTreeMap::new();
        for (index, scope) in self.ended {
            let remaining = forecast.valid(&forecast.trust(&scope).known(), now);
            let last =
                remaining.iter().filter_map(|&i| Some((forecast.validity(i).expires_at?, i)));
            if let Some((expires_at, last)) = last.max()
                && expires_at.as_secs() - now.as_secs() <= SOON
            {
                expiring.entry((last, expires_at)).or_default().insert(scope.clone());
            }
            ended.entry((index, forecast.references(&remaining))).or_default().push(scope);
        }
        for ((index, remaining), scopes) in ended {
            if let Some(certificate) = forecast.reference(index).cloned() {
                notices.push(Notice::EndsTrust { certificate, scopes, remaining });
            }
        }
        for ((index, expires_at), scopes) in expiring {
            if let Some(certificate) = forecast.reference(index).cloned() {
                let scopes = Vec::from_iter(scopes);
                notices.push(Notice::RemainingExpiresSoon { scopes, certificate, expires_at });
            }
        }
        Preflight { hazards, notices }
    }
}

/// The last certificate that remains expires soon: within 30 days, in seconds.
const SOON: i64 = 30 * 24 * 60 * 60;

#[cfg(test)]
mod tests;
