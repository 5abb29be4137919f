//! The client and the settings of a command, and what commands read in common.

use std::time::Duration;

use certs_core::operations::{List, PageSize, Scope};
use certs_core::pacer::SharedPacer;
use certs_core::paging::IncompleteList;
use certs_core::transport::Transport;
use certs_core::{Api, BaseUrl, Client, Retry};
use certs_hyper::identity::ClientChain;
use certs_types::{Certificate, Timestamp};

use crate::account::Account;
use crate::error::Error;
use crate::interrupt::Stop;
use crate::observer::Observer;
use crate::output::Output;
use crate::pace_file;
use crate::settings::{Pace, Settings, key, state_directory};
use crate::terminal::print_status;
use crate::tls::{self, Tls};
use crate::transport::CommandTransport;

/// The client of the command.
pub(crate) type CommandClient = Client<CommandTransport>;

/// The client of a command with its settings and output.
pub(crate) struct Session {
    pub(crate) client: CommandClient,
    pub(crate) settings: Settings,
    pub(crate) output: Output,
    account: Account,
    pub(crate) observer: Observer,
    chain: Option<ClientChain>,
    /// The deadline of the whole command, on the clock of [`Transport::now`].
    ends_at: Option<Duration>,
}

/// How long a command may take without `--timeout`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DefaultTimeout {
    /// 120 s: a single call.
    SingleCall,
    /// None: a job that reads projects.
    None,
}

impl Session {
    /// Reads key and TLS files and builds the client. Sends nothing.
    pub(crate) fn open(
        settings: Settings,
        output: Output,
        timeout: DefaultTimeout,
        stop: Stop,
    ) -> Result<Self, Error> {
        let base = &settings.base_url.value;
        let key = key::read(&settings)?;
        let account = Account::new(base, &key);
        let Tls { transport, chain } = tls::transport(&settings, base)?;
        warn_of_unused_client_certificate(&settings, base);
        let timeout = timeout_of(&settings, timeout);
        if let Some(timeout) = timeout {
            stop.after(timeout);
        }
        let ends_at = timeout.map(|timeout| transport.now().saturating_add(timeout));
        let transport = CommandTransport::new(transport, stop, settings.verbose > 1);
        let observer = Observer::new(settings.verbose > 0);
        let observing = observer.clone();
        let mut client = Client::new(Api::new(base.clone(), key), transport)
            .with_retry(retry(&settings, timeout))
            .with_observer(move |event| observing.observe(event));
        if let Some(pacer) = pacer(&settings, &account)? {
            client = client.with_pacer(pacer);
        }
        Ok(Self { client, settings, output, account, observer, chain, ends_at })
    }

    /// All certificates with their state in a scope, newest first.
    pub(crate) async fn certificates(
        &self,
        scope: Scope,
    ) -> Result<Vec<Certificate>, IncompleteList<Certificate>> {
        self.client.all(List::new(scope).with_page_size(PageSize::MAX)).await
    }

    /// The time in Unix seconds: the server's where it differs from this machine's by more than a minute.
    pub(crate) fn now(&self) -> i64 {
        let here = jiff::Timestamp::now().as_second();
        let there = self.observer.server_time();
        there.filter(|there| (there - here).abs() > 60).unwrap_or(here)
    }

    /// The same time as a [`Timestamp`].
    pub(crate) fn timestamp(&self) -> Timestamp {
        self.now().try_into().unwrap_or(Timestamp::MAX)
    }

    /// The client certificate of this command, presented or not.
    pub(crate) fn client_chain(&self) -> Option<&ClientChain> {
        self.chain.as_ref()
    }

    /// Whether the client certificate is presented to the server. Plain HTTP to this machine counts as presented.
    pub(crate) fn presents_client_certificate(&self) -> bool {
        let base = &self.settings.base_url.value;
        let requests_none = base.host() == "api.openai.com"
            || !base.is_http() && !self.client.transport().certificate_was_requested();
        self.chain.is_some() && !requests_none
    }

    /// The time left until the deadline; without one, longer than any command takes.
    pub(crate) fn time_left(&self) -> Duration {
        const FOREVER: Duration = Duration::from_secs(365 * 86_400);
        self.ends_at.map_or(FOREVER, |end| end.saturating_sub(self.client.transport().now()))
    }

    /// The account whose data is read.
    pub(crate) fn account(&self) -> &Account {
        &self.account
    }

    pub(crate) fn stop(&self) -> &Stop {
        self.client.transport().stop()
    }

    /// Whether the server accepted a change from this command.
    pub(crate) fn has_changed_something(&self) -> bool {
        self.observer.has_seen_a_change()
    }

    /// The target of a change in words: the host, the organization if it is known, and the profile.
    pub(crate) fn target(&self) -> String {
        let mut target = format!("at {}", self.settings.base_url.value.host());
        if let Some(organization) = self.client.transport().organization() {
            target += &format!(", organization {organization}");
        }
        if let Some((profile, _)) = &self.settings.profile {
            target += &format!(", profile {profile}");
        }
        target
    }
}

/// The pacer for the settings, which shares its state with other runs for this account.
fn pacer(settings: &Settings, account: &Account) -> Result<Option<SharedPacer>, Error> {
    let pacer = match settings.pace.value {
        Pace::Off => return Ok(None),
        Pace::PerMinute(pace) => SharedPacer::fixed(pace.get()),
        Pace::Auto => SharedPacer::auto(),
    };
    let report: fn(&str) = if settings.verbose > 0 { print_status } else { |_: &str| {} };
    let directory = state_directory()?;
    Ok(Some(pace_file::share(pacer, directory.as_deref(), account, report)))
}

/// Warns that `api.openai.com` requests no client certificate, so that a given one is not presented.
fn warn_of_unused_client_certificate(settings: &Settings, base: &BaseUrl) {
    if settings.client_cert.is_some() && base.host() == "api.openai.com" {
        print_status(
            "warning: api.openai.com requests no client certificate, so yours is not presented: \
             give --base-url https://mtls.api.openai.com/v1",
        );
    }
}

fn timeout_of(settings: &Settings, default: DefaultTimeout) -> Option<Duration> {
    let default = match default {
        DefaultTimeout::SingleCall => Some(Duration::from_secs(120)),
        DefaultTimeout::None => None,
    };
    settings.timeout.as_ref().map(|timeout| timeout.value).or(default)
}

fn retry(settings: &Settings, timeout: Option<Duration>) -> Retry {
    /// A job has no deadline, but fails when the rate limit delays a single call for this long.
    const STALLED: Duration = Duration::from_secs(600);
    let timeout = timeout.unwrap_or(STALLED);
    let mut retry = Retry::default();
    retry.attempts = settings.max_retries.value.saturating_add(1);
    retry.deadline = timeout;
    // The other half is left for a second attempt, or for checking whether the first one succeeded.
    retry.attempt_timeout = (timeout / 2).min(Duration::from_secs(60));
    retry
}
