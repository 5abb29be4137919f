//! What a change would break, judged before the first request that changes something.

use certs_core::operations::Scope;
use certs_types::{Certificate, CertificateId};
use clap::Args;
use serde_json::Value;

use crate::error::Error;
use crate::session::Session;

/// The flags that allow what preflight refuses. `--yes` does not.
#[derive(Args, Clone, Copy)]
pub(crate) struct AllowArgs {
    /// Allow that mTLS is no longer enforced somewhere, or that nobody passes there
    #[arg(long)]
    pub(crate) allow_unenforced: bool,
    /// Allow that this command itself is refused from then on
    #[arg(long)]
    pub(crate) allow_lockout: bool,
}

/// A list as it was read.
pub(crate) struct Reading<'a> {
    pub(crate) scope: &'a Scope,
    pub(crate) certificates: &'a [Certificate],
}

/// One change of a state, in one scope.
pub(crate) struct PlannedChange<'a> {
    pub(crate) scope: &'a Scope,
    pub(crate) ids: &'a [CertificateId],
    pub(crate) activate: bool,
}

/// What preflight found.
#[derive(Default)]
pub(crate) struct Findings {
    /// What others have to know, as JSON.
    pub(crate) notices: Vec<Value>,
    /// The refusal, unless the flags allow it.
    pub(crate) refusal: Option<Error>,
    /// Whether something starts to be enforced.
    pub(crate) starts_enforcement: bool,
}

/// Judges changes in their order against what was read.
pub(crate) fn preflight(
    _session: &Session,
    _readings: &[Reading<'_>],
    _changes: &[PlannedChange<'_>],
    _allow: AllowArgs,
) -> Findings {
    Findings::default()
}
