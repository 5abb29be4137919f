//! `certs verify`

mod report;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use certs_core::operations::Scope;
use certs_hyper::identity::{ClientChain, Rejection};
use certs_plan::Inventory;
use certs_plan::acceptance::{Acceptance, acceptance};
use certs_plan::inventory::KnownProject;
use certs_types::{CertificateId, ProjectId, Timestamp};
use clap::Args;

use self::report::Report;
use crate::contents::{self, Contents};
use crate::error::Error;
use crate::exit::Outcome;
use crate::format::Format;
use crate::inventory::{self, Extent, Reading, ReadingArgs};
use crate::preflight::scope_name;
use crate::session::Session;
use crate::x509::Facts;

/// Check which client certificates would be accepted, now or after a change
#[derive(Args)]
#[command(after_help = HELP)]
pub(crate) struct VerifyArgs {
    /// Client certificates in PEM, each followed by the intermediates that are presented with it
    #[arg(value_name = "LEAF", required = true)]
    leaves: Vec<PathBuf>,
    /// Only in this project; may be repeated
    #[arg(long, short, value_name = "PROJECT")]
    project: Vec<ProjectId>,
    /// As if this certificate, by id or name, were active nowhere; may be repeated
    #[arg(long, value_name = "CERT")]
    without: Vec<String>,
    #[command(flatten)]
    reading: ReadingArgs,
}

const HELP: &str = "\
A client certificate is accepted if it chains, with its intermediates, to a valid certificate that is active there, \
has an authorityKeyIdentifier, is for client authentication, and has not expired; or if no certificate is active there. \
Without --project, the organization and every project except archived ones are checked.

Exit codes: 0 all are accepted, 6 one is not.

Examples:
  certs verify workload.pem --project proj_abc
  certs verify fleet/*.pem --without 'Root 2025'";

pub(crate) async fn run(args: VerifyArgs, session: &Session) -> Result<Outcome, Error> {
    let leaves = read_leaves(args.leaves)?;
    let extent = Extent::of(args.project);
    let Reading { inventory, failure } =
        inventory::read_available(session, &args.reading, &extent).await?;
    let without = match find(&args.without, &inventory) {
        Ok(without) => without,
        // A certificate that was not found may be in a list that was not read.
        Err(not_found) => return Err(failure.unwrap_or(not_found)),
    };
    let scopes = scopes(&inventory, &extent);
    let verifier = Verifier::new(session, inventory, &scopes, without).await?;
    let results = leaves.iter().map(|leaf| verifier.verify(leaf, &scopes)).collect();
    let report = Report::new(results, failure.is_none());
    match session.output.format {
        Format::Json => session.output.json(&report)?,
        _ => session.output.table(&report.table())?,
    }
    match failure {
        Some(failure) => Err(failure),
        None if report.all_pass() => Ok(Outcome::Done),
        None => Ok(Outcome::Differences),
    }
}

/// Reads client certificates.
///
/// # Errors
///
/// A usage error that names the file.
pub(crate) fn read_leaves(files: Vec<PathBuf>) -> Result<Vec<Leaf>, Error> {
    files.into_iter().map(Leaf::read).collect()
}

/// Refuses unless these client certificates are accepted without a certificate, wherever it is active.
///
/// # Errors
///
/// A usage error with the client certificate, the scope and the reason.
pub(crate) async fn require_passing(
    session: &Session,
    inventory: &Inventory,
    leaves: &[Leaf],
    without: &CertificateId,
) -> Result<(), Error> {
    if leaves.is_empty() {
        return Ok(());
    }
    let scopes = scopes(inventory, &Extent::Everything);
    let scopes: Vec<_> =
        scopes.into_iter().filter(|scope| active_in(inventory, scope).contains(&without)).collect();
    let without = BTreeSet::from([without.clone()]);
    let verifier = Verifier::new(session, inventory.clone(), &scopes, without).await?;
    for leaf in leaves {
        let refused = verifier.verify(leaf, &scopes).scopes;
        let refused = refused.into_iter().find(|result| result.passes != Some(true));
        if let Some(ScopeResult { scope, reason, .. }) = refused {
            let why = reason.unwrap_or_default();
            let message = format!("{} would not pass in {}: {why}", leaf.file, scope_name(&scope));
            return Err(Error::usage(message).with_hint("certs verify shows all of them"));
        }
    }
    Ok(())
}

/// The certificates with these ids or names.
fn find(named: &[String], inventory: &Inventory) -> Result<BTreeSet<CertificateId>, Error> {
    named.iter().map(|named| Ok(inventory.find(named)?.id.clone())).collect()
}

/// The scopes to verify: without archived projects, which have no workloads, unless they are named.
fn scopes(inventory: &Inventory, extent: &Extent) -> Vec<Scope> {
    match extent {
        Extent::Projects(projects) => projects.iter().cloned().map(Scope::Project).collect(),
        Extent::Everything => {
            let projects = inventory.projects().filter(|project| !project.is_archived());
            std::iter::once(Scope::Organization).chain(projects.map(KnownProject::scope)).collect()
        }
    }
}

/// The certificates that are active or inherited in a scope, as far as they were read.
fn active_in<'a>(inventory: &'a Inventory, scope: &Scope) -> Vec<&'a CertificateId> {
    let both = [inventory.active_in(scope), inventory.inherited_in(scope)];
    both.into_iter().flatten().flatten().collect()
}

/// A client certificate in a file.
pub(crate) struct Leaf {
    file: String,
    chain: ClientChain,
    facts: Option<Facts>,
}

impl Leaf {
    fn read(path: PathBuf) -> Result<Self, Error> {
        let file = path.display().to_string();
        let pem = fs::read(&path).map_err(|error| Error::invalid(&file, &error))?;
        let chain = ClientChain::from_pem(&pem).map_err(|error| Error::invalid(&file, &error))?;
        let facts = Facts::of_der(chain.leaf_der(), pem.len());
        Ok(Self { file, chain, facts })
    }
}

/// Everything that client certificates are verified against.
struct Verifier {
    inventory: Inventory,
    anchors: Contents,
    without: BTreeSet<CertificateId>,
    now: Timestamp,
}

/// The result for one client certificate.
struct LeafResult<'a> {
    leaf: &'a Leaf,
    scopes: Vec<ScopeResult>,
}

/// The result for one client certificate in one scope.
struct ScopeResult {
    scope: Scope,
    /// `None` where it depends on something that was not read.
    passes: Option<bool>,
    vouched_by: Vec<CertificateId>,
    reason: Option<String>,
}

impl Verifier {
    /// Reads the contents of what is active in these scopes, except for some certificates.
    async fn new(
        session: &Session,
        inventory: Inventory,
        scopes: &[Scope],
        without: BTreeSet<CertificateId>,
    ) -> Result<Self, Error> {
        let active = scopes.iter().flat_map(|scope| active_in(&inventory, scope));
        let ids: BTreeSet<_> = active.filter(|id| !without.contains(*id)).cloned().collect();
        let anchors = contents::read(session, &ids).await?;
        Ok(Self { inventory, anchors, without, now: session.timestamp() })
    }

    fn verify<'a>(&self, leaf: &'a Leaf, scopes: &[Scope]) -> LeafResult<'a> {
        let rejections: Vec<_> = self
            .anchors
            .iter()
            .map(|(id, pem)| (id, leaf.chain.verify(pem, self.now).err()))
            .collect();
        let accepting = rejections.iter().filter(|(_, rejection)| rejection.is_none());
        let vouching = accepting.map(|(id, _)| (*id).clone()).collect();
        let verify_in = |scope: &Scope| {
            let acceptance = acceptance(&self.inventory, scope, &vouching, &self.without, self.now);
            let reason = match &acceptance {
                Some(Acceptance::Vouched { .. }) => None,
                Some(Acceptance::NotEnforced) => Some("mTLS is not enforced there".into()),
                Some(Acceptance::EnforcementEnds) => {
                    Some("nothing else is active there: mTLS would not be enforced".into())
                }
                Some(Acceptance::Refused) => Some(self.why_refused(scope, &rejections)),
                None => Some("what is active there was not read".into()),
            };
            ScopeResult {
                scope: scope.clone(),
                passes: acceptance.as_ref().map(Acceptance::is_accepted),
                vouched_by: match acceptance {
                    Some(Acceptance::Vouched { by }) => by.into_iter().cloned().collect(),
                    _ => Vec::new(),
                },
                reason,
            }
        };
        LeafResult { leaf, scopes: scopes.iter().map(verify_in).collect() }
    }

    /// Of the reasons of all certificates that are active there, the one nearest to passing.
    fn why_refused(
        &self,
        scope: &Scope,
        rejections: &[(&CertificateId, Option<Rejection>)],
    ) -> String {
        let active = active_in(&self.inventory, scope);
        let remaining: Vec<_> =
            active.into_iter().filter(|id| !self.without.contains(*id)).collect();
        let of = |id: &CertificateId| rejections.iter().find(|(other, _)| *other == id);
        let reasons = remaining.iter().map(|id| match of(id) {
            Some((_, None)) => (Nearness::Authority, self.why_not_valid(id)),
            Some((_, Some(rejection))) => (Nearness::of(*rejection), rejection.to_string()),
            None => (Nearness::Unreadable, format!("the content of {id} cannot be read")),
        });
        let nearest = reasons.min_by_key(|(nearness, _)| *nearness);
        match nearest {
            Some((Nearness::Chain, _)) => {
                "it does not chain to any certificate that is active there: is an intermediate missing?"
                    .into()
            }
            Some((_, reason)) => reason,
            None => "nothing is active there".into(),
        }
    }

    fn why_not_valid(&self, id: &CertificateId) -> String {
        let validity = self.inventory.certificate(id).map(|known| known.validity);
        let validity = validity.unwrap_or_default();
        let what = if validity.has_expired(self.now) {
            "has expired"
        } else if validity.is_in_future(self.now) {
            "is not valid yet"
        } else {
            "has no known dates"
        };
        format!("it chains to {id}, which {what}")
    }
}

/// How near a refusal is to passing: the nearest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Nearness {
    /// It chains to a certificate that is not valid.
    Authority,
    /// Something is wrong with the client certificate itself or with its chain.
    Client,
    /// It does not chain to the certificate.
    Chain,
    Unreadable,
}

impl Nearness {
    fn of(rejection: Rejection) -> Self {
        match rejection {
            Rejection::UnknownIssuer => Self::Chain,
            Rejection::NotAnAnchor => Self::Unreadable,
            _ => Self::Client,
        }
    }
}
