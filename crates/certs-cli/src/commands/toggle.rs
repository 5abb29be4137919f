//! `certs activate` and `certs deactivate`: one atomic call, and the proof that it had its effect.

use certs_core::Error;
use certs_core::operations::{Activate, Deactivate, Scope};
use certs_core::types::{Certificate, CertificateId, CertificateIds, ToggleResponse};

use crate::arguments::{Consent, ToggleArguments};
use crate::confirm::ask;
use crate::failure::{Exit, Failure};
use crate::interrupt::guard;
use crate::session::Session;
use crate::{table, text};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Activate,
    Deactivate,
}

pub(crate) struct Toggle {
    direction: Direction,
    scope: Scope,
    ids: CertificateIds,
    consent: Consent,
}

impl Toggle {
    pub(crate) fn new(direction: Direction, arguments: ToggleArguments) -> Result<Self, Failure> {
        let ToggleArguments { ids, scope, consent } = arguments;
        let ids = CertificateIds::new(ids).map_err(|error| Failure::usage(error.to_string()))?;
        Ok(Self { direction, scope: scope.into(), ids, consent })
    }

    pub(crate) async fn run(self, session: &Session) -> Result<(), Failure> {
        if self.consent.must_ask() {
            ask(&self.consequences(&session.list(self.scope.clone()).await?))?;
        }
        let find_out = |failure: Failure| {
            failure
                .or_find_out("repeating the same command is safe, and `certs list` shows the state")
        };
        let seen = guard(&session.client, self.carry_out(session)).await.map_err(find_out)?;
        // What was seen is shown whatever it means, and judged whether or not it can be shown.
        let printed = session.format.certificates(&seen);
        self.judge(&seen).map_err(find_out)?;
        printed.map_err(|failure| {
            let verb =
                if self.direction == Direction::Activate { "activated" } else { "deactivated" };
            let ids = join(self.ids.iter().map(ToString::to_string));
            failure.although(format!("{verb} in {}: {ids}", self.place()))
        })
    }

    /// The certificates as the scope sees them after the call.
    async fn carry_out(&self, session: &Session) -> Result<Vec<Certificate>, Failure> {
        let (answer, doubtful) = self.send(session).await?;
        let listed = match doubtful[..] {
            [] => Vec::new(),
            _ => self.reread(session, &doubtful).await?,
        };
        let sees = |id: &&CertificateId| {
            let source = if doubtful.contains(id) { &listed } else { &answer.data };
            source.iter().find(|certificate| certificate.id == **id).cloned()
        };
        Ok(self.ids.iter().filter_map(|id| sees(&id)).collect())
    }

    /// The answer, and the ids whose change it does not confirm.
    async fn send(&self, session: &Session) -> Result<(ToggleResponse, Vec<CertificateId>), Error> {
        let (scope, ids) = (self.scope.clone(), self.ids.clone());
        let (answer, doubtful) = match self.direction {
            Direction::Activate => {
                let activate = Activate::new(scope, ids);
                let answer = session.client.call(&activate).await?.value;
                let doubtful =
                    activate.unconfirmed(&answer).iter().map(|d| d.id().clone()).collect();
                (answer, doubtful)
            }
            Direction::Deactivate => {
                let deactivate = Deactivate::new(scope, ids);
                let answer = session.client.call(&deactivate).await?.value;
                let doubtful =
                    deactivate.unconfirmed(&answer).iter().map(|d| d.id().clone()).collect();
                (answer, doubtful)
            }
        };
        Ok((answer, doubtful))
    }

    async fn reread(
        &self,
        session: &Session,
        doubtful: &[CertificateId],
    ) -> Result<Vec<Certificate>, Failure> {
        let ids = join(doubtful.iter().map(ToString::to_string));
        text::say(&format!("the answer does not confirm {ids}: reading the list again"));
        session.list(self.scope.clone()).await.map_err(|unfinished| {
            let why = format!("accepted, but the answer does not confirm {ids}");
            Failure::with_source(Exit::Unknown, why, &unfinished)
        })
    }

    /// What was found for each id after the call.
    fn judge(&self, seen: &[Certificate]) -> Result<(), Failure> {
        let wanted = self.direction == Direction::Activate;
        let other: Vec<_> = seen.iter().filter(|c| c.active == Some(!wanted)).collect();
        if !other.is_empty() {
            let names = join(other.into_iter().map(name));
            let still = if wanted { "still not active" } else { "still active" };
            return Err(Failure::new(
                Exit::Refused,
                format!("{still} in {}: {names}", self.place()),
            ));
        }
        let confirmed = |id: &&CertificateId| {
            seen.iter().any(|certificate| certificate.id == **id && certificate.active.is_some())
        };
        let unseen = join(self.ids.iter().filter(|id| !confirmed(id)).map(ToString::to_string));
        match unseen.is_empty() {
            true => Ok(()),
            false => Err(Failure::new(
                Exit::Unknown,
                format!("accepted, but neither the answer nor the list says the state of {unseen}"),
            )),
        }
    }

    /// What the person should know before saying yes.
    fn consequences(&self, listed: &[Certificate]) -> String {
        let named = |certificate: &&Certificate| self.ids.iter().any(|id| *id == certificate.id);
        let changing: Vec<_> = listed.iter().filter(named).cloned().collect();
        let unknown = self.ids.iter().filter(|id| changing.iter().all(|found| found.id != **id));
        let verb = match self.direction {
            Direction::Activate => "Activate",
            Direction::Deactivate => "Deactivate",
        };
        let mut text = format!("{verb} in {}:\n\n", self.place());
        if !changing.is_empty() {
            text += &table::certificates(&changing, table::width_to_ask());
        }
        for id in unknown {
            text += &format!("{id} is not in the list: the server will probably refuse them all\n");
        }
        text.push('\n');
        let rest = listed.iter().filter(|certificate| !named(certificate));
        let left = rest.filter(|certificate| certificate.active != Some(false)).count();
        // Sixty columns, for terminals break lines within words.
        text += match (self.direction, &self.scope, left) {
            (Direction::Activate, Scope::Organization, _) => {
                "All projects inherit this. From then on requests with admin\n\
                 keys need a client certificate too, this command's among\n\
                 them: without --client-cert and --client-key you lock\n\
                 yourself out. Requests with a client certificate go to the\n\
                 mTLS host, probably those with admin keys too:\n\
                 --base-url https://mtls.api.openai.com/v1\n"
            }
            (Direction::Activate, ..) => {
                "From then on requests to this project need a client\n\
                 certificate.\n"
            }
            (Direction::Deactivate, Scope::Organization, 0) => {
                "Workload identity federation through these authorities ends.\n\
                 WARNING: no certificate is left active for the organization.\n\
                 mTLS is then silently not enforced, but for projects with\n\
                 active certificates of their own.\n"
            }
            (Direction::Deactivate, Scope::Organization, _) => {
                "Whoever still presents a certificate of these authorities is\n\
                 refused, and workload identity federation through them ends.\n"
            }
            (Direction::Deactivate, _, 0) => {
                "Workload identity federation through these authorities ends.\n\
                 WARNING: no certificate of its own is left active in this\n\
                 project. Unless one is active for the organization, mTLS is\n\
                 then silently not enforced in it.\n"
            }
            (Direction::Deactivate, ..) => {
                "Whoever still presents a certificate of these authorities is\n\
                 refused in this project, unless they are active for the\n\
                 organization as well, and workload identity federation\n\
                 through them ends.\n"
            }
        };
        text
    }

    fn place(&self) -> String {
        match &self.scope {
            Scope::Project(project) => format!("project {project}"),
            _ => "the organization".into(),
        }
    }
}

fn name(certificate: &Certificate) -> String {
    match &certificate.name {
        Some(name) => format!("{name} ({})", certificate.id),
        None => certificate.id.to_string(),
    }
}

fn join(words: impl Iterator<Item = String>) -> String {
    words.collect::<Vec<_>>().join(", ")
}
