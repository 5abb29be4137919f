//! Reports what a change would break: hazards as an error, notices as lines on stderr.

use certs_core::operations::Scope;
use certs_plan::{
    Allowed, CertificateRef, Hazard, Inventory, Notice, Preflight, Refusal, RefusalCode, ScopeNames,
};
use clap::Args;
use serde_json::Value;

use crate::error::Error;
use crate::exit::Exit;
use crate::output::{day, display_name};

/// The flags that allow what preflight refuses. `--yes` does not.
#[derive(Args, Clone, Copy)]
#[command(next_help_heading = "Safety")]
pub(crate) struct AllowArgs {
    /// Allow the end of mTLS in a scope, or that no client certificate is accepted there anymore
    #[arg(long)]
    pub(crate) allow_unenforced: bool,
    /// Allow a change after which the server refuses this command itself
    #[arg(long)]
    pub(crate) allow_lockout: bool,
}

impl From<AllowArgs> for Allowed {
    fn from(args: AllowArgs) -> Self {
        Self { unenforced: args.allow_unenforced, lock_out: args.allow_lockout }
    }
}

/// The error for hazards that are not allowed.
pub(crate) fn refusal(preflight: &Preflight, allow: AllowArgs) -> Option<Error> {
    let refusal = preflight.refusal(allow.into())?;
    let hazards = preflight.hazards.iter().map(to_json).collect();
    Some(Error::from(refusal).with_hazards(hazards))
}

fn to_json(hazard: &Hazard) -> Value {
    serde_json::to_value(hazard).unwrap_or_default()
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let exit = match refusal.code() {
            RefusalCode::Incomplete => Exit::Unreachable,
            _ => Exit::Usage,
        };
        let error = Self::new(exit, refusal.to_string());
        let error = match refusal.code().as_str() {
            Some(code) => error.with_code(code),
            None => error,
        };
        match refusal {
            Refusal::WouldUnenforce { .. } => error.with_hint(
                "activate another certificate there first, or allow it with --allow-unenforced",
            ),
            Refusal::WouldLockOut => error.with_hint(
                "give a --client-cert that chains to an active certificate and its --client-key, with --base-url \
                 https://mtls.api.openai.com/v1, or allow it with --allow-lockout; the way back is the web \
                 dashboard, which mTLS does not cover",
            ),
            Refusal::NotFound { .. } => error.with_hint("certs list"),
            Refusal::NotEverywhere { old, new, .. } => {
                error.with_hint(format!("certs rotate begin {old} --to {new}"))
            }
            Refusal::AmbiguousName { ids, .. } => {
                let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
                error.with_hint(format!("name one by its id: {}", ids.join(", ")))
            }
            _ => error,
        }
    }
}

/// A notice as a sentence.
pub(crate) fn describe(notice: &Notice, inventory: &Inventory) -> String {
    match notice {
        Notice::StartsEnforcement { scopes } => format!(
            "starts enforcement in {}: requests there without a client certificate are refused from then on",
            scope_names(scopes, inventory)
        ),
        Notice::EndsTrust { certificate, scopes, remaining } => {
            let remaining: Vec<_> = remaining.iter().map(|one| label(one, inventory)).collect();
            let remaining =
                if remaining.is_empty() { "nothing".into() } else { remaining.join(", ") };
            format!(
                "ends trust in {} in {}: client certificates that chain only to it are refused there, and X.509 federation \
                 through it ends; still active and valid there: {remaining}",
                label(certificate, inventory),
                scope_names(scopes, inventory)
            )
        }
        Notice::RemainingExpiresSoon { scopes, certificate, expires_at } => format!(
            "what remains in {} expires soon: {} on {}",
            scope_names(scopes, inventory),
            label(certificate, inventory),
            day(*expires_at)
        ),
        other => format!("{other:?}"),
    }
}

/// A certificate with its name.
pub(crate) fn label(certificate: &CertificateRef, inventory: &Inventory) -> String {
    let known = certificate.id().and_then(|id| inventory.certificate(id));
    match known.and_then(|known| known.name.as_deref()).filter(|name| !name.trim().is_empty()) {
        Some(name) => format!("{certificate} ({})", display_name(Some(name))),
        None => certificate.to_string(),
    }
}

/// Scopes in a sentence. Where the projects were not read, those that inherit from the organization are covered by
/// naming it.
fn scope_names(scopes: &[Scope], inventory: &Inventory) -> String {
    let inherits = scopes.contains(&Scope::Organization) && !inventory.lists_all_projects();
    let others = if inherits { " and projects without certificates of their own" } else { "" };
    format!("{}{others}", ScopeNames(scopes))
}

/// A scope in a sentence.
pub(crate) fn scope_name(scope: &Scope) -> ScopeNames<'_> {
    ScopeNames(std::slice::from_ref(scope))
}
