//! An application that chooses its transport when it starts.

use certs_core::operations::{List, Scope};
use certs_core::transport::AnyTransport;
use certs_core::{Client, Error};
use certs_hyper::HyperTransport;

use crate::support::{api, emulated};

/// The application has one type of client, whatever the transport is.
struct Application {
    client: Client<AnyTransport>,
}

impl Application {
    /// `memory:` is a setting that only tests use.
    fn start(base_url: &str) -> Self {
        let (api, transport) = if base_url == "memory:" {
            let (api, emulator) = emulated();
            (api, AnyTransport::new(emulator))
        } else {
            (api(base_url), AnyTransport::new(HyperTransport::loopback()))
        };
        Self { client: Client::new(api, transport) }
    }

    async fn certificates(&self) -> Result<usize, Error> {
        Ok(self.client.call(List::new(Scope::Organization)).await?.value.data.len())
    }
}

#[tokio::test]
async fn a_transport_can_be_chosen_at_run_time() -> Result<(), Error> {
    let server = emulated().1.emulator().clone().bind("127.0.0.1:0").await.expect("a port");
    for base_url in [&server.base_url(), "memory:"] {
        let application = Application::start(base_url);
        assert_eq!(application.certificates().await?, 0);
        let task = tokio::spawn(async move { application.certificates().await });
        assert_eq!(task.await.expect("no panic")?, 0);
    }
    Ok(())
}
