//! A program chooses its transport in one line; the rest stays the same.

use certs_core::local::LocalTransport;
use certs_core::operations::{Activate, Deactivate, List, Scope, Upload};
use certs_core::{AdminKey, Api, Client, Error};
use certs_emulator::Emulator;
use certs_emulator::pki::Authority;
use certs_hyper::HyperTransport;

/// Activates a new certificate, deactivates the others, and returns how many those were.
async fn rotate<T: LocalTransport>(client: &Client<T>, new: Upload) -> Result<usize, Error> {
    let new = client.call(new).await?.value.id;
    client.call(Activate::new(Scope::Organization, new.clone())).await?;
    let all = client.all(List::new(Scope::Organization)).await.map_err(|list| list.error)?;
    let old: Vec<_> = all.into_iter().map(|certificate| certificate.id).collect();
    let old = certs_core::types::CertificateIds::batches(old.into_iter().filter(|id| *id != new));
    let retire = old.into_iter().map(|ids| Deactivate::new(Scope::Organization, ids));
    let retired = client.series(retire).await.map_err(|stopped| stopped.error)?;
    Ok(retired.into_iter().map(|reply| reply.value.data.len()).sum())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let emulator = Emulator::builder().admin_key("sk-admin-x").build();
    let server = emulator.bind("127.0.0.1:0").await?;
    let api = Api::new(server.base_url().parse()?, AdminKey::new("sk-admin-x".into())?);

    // The choice of the transport.
    let client = Client::new(api, HyperTransport::loopback());

    println!("{} certificates retired", rotate(&client, new_authority()?).await?);
    Ok(())
}

fn new_authority() -> Result<Upload, Box<dyn std::error::Error>> {
    Ok(Upload::new(Authority::new("Example CA")?.certificate().parse()?))
}

#[cfg(test)]
mod tests {
    use certs_core::BaseUrl;
    use certs_core::blocking::AsLocal;
    use certs_testing::{EmulatorTransport, block_on};
    use certs_ureq::UreqTransport;

    use super::*;

    fn twice<T: LocalTransport>(api: Api, transport: T) -> [usize; 2] {
        let client = Client::new(api, transport);
        [0, 1].map(|_| block_on(rotate(&client, new_authority().unwrap())).unwrap())
    }

    #[test]
    fn every_transport_does_the_same() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let _entered = runtime.enter();
        let key = || AdminKey::new("sk-admin-x".into()).unwrap();
        let emulator = || Emulator::builder().admin_key("sk-admin-x");
        let server = || runtime.block_on(emulator().build().bind("127.0.0.1:0")).unwrap();
        let api = |base: &str| Api::new(base.parse().unwrap(), key());

        let (one, two) = (server(), server());
        let hyper = twice(api(&one.base_url()), HyperTransport::loopback());
        let ureq = twice(api(&two.base_url()), AsLocal(UreqTransport::loopback()));
        let memory =
            twice(api(&BaseUrl::default().to_string()), EmulatorTransport::new(emulator()));
        assert_eq!((hyper, ureq, memory), ([0, 1], [0, 1], [0, 1]));
    }
}
