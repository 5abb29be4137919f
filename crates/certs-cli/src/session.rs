//! From settings to a client.

use std::time::Duration;

use certs_core::operations::{List, PageSize, Scope};
use certs_core::pacer::SharedPacer;
use certs_core::paging::IncompleteList;
use certs_core::types::Certificate;
use certs_core::{Api, BaseUrl, Client, Retry};

use crate::arguments::{Format, Settings};
use crate::environment::variable;
use crate::failure::{Exit, Failure};
use crate::wire::Wire;
use crate::{key, tls};

/// A client and how to print what it brings.
pub(crate) struct Session {
    pub(crate) client: Client<Wire>,
    pub(crate) format: Format,
}

impl Session {
    pub(crate) fn new(settings: &Settings) -> Result<Self, Failure> {
        let base = base_url(settings)?;
        let key = key::find(settings)?;
        let transport = tls::transport(settings, &base)?;
        let mut client =
            Client::new(Api::new(base.clone(), key), Wire::new(transport, settings.verbose))
                .with_retry(retry(settings));
        match settings.pace {
            Some(0) => {}
            Some(per_minute) => client = client.with_pacer(SharedPacer::fixed(per_minute)),
            None => client = client.with_pacer(SharedPacer::auto()),
        }
        Ok(Self { client, format: settings.output })
    }

    /// All certificates as a scope sees them, newest first.
    pub(crate) async fn list(
        &self,
        scope: Scope,
    ) -> Result<Vec<Certificate>, IncompleteList<Certificate>> {
        self.client.all(List::new(scope).with_page_size(PageSize::MAX)).await
    }
}

fn base_url(settings: &Settings) -> Result<BaseUrl, Failure> {
    match (&settings.base_url, variable("OPENAI_BASE_URL")) {
        (Some(base), _) => Ok(base.clone()),
        (None, Some(text)) => text
            .parse()
            .map_err(|error| Failure::with_source(Exit::Usage, "OPENAI_BASE_URL", &error)),
        (None, None) => Ok(BaseUrl::default()),
    }
}

fn retry(settings: &Settings) -> Retry {
    let mut retry = Retry::default();
    retry.attempts = settings.max_retries.saturating_add(1);
    retry.deadline = settings.timeout;
    retry.attempt_timeout = settings.timeout.min(Duration::from_secs(60));
    retry
}
