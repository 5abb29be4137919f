//! `certs demo`: shows the main operations on an emulated organization.

use certs_core::operations::{Activate, Deactivate, List, Scope, Upload};
use certs_core::types::{Certificate, CertificateId, CertificateIds, CertificatePem};
use certs_core::{AdminKey, Api, Client};
use certs_emulator::{Emulator, Server};
use certs_hyper::HyperTransport;

use crate::commands::emulator::EMULATOR_KEY;
use crate::error::Error;
use crate::exit::Exit;
use crate::interrupt::Stop;
use crate::observer::Observer;
use crate::output::{self, Activity, certificate_table, print};
use crate::transport::CommandTransport;

pub(crate) async fn run(verbose: bool) -> Result<(), Error> {
    let (server, client) = start(verbose).await.map_err(cannot_run)?;
    print(&format!(
        "An emulated organization listens on {}.\nNothing here leaves this machine.\n",
        server.base_url()
    ))?;
    let outcome = demonstrate(&client).await;
    server.stop().await;
    outcome
}

async fn demonstrate(client: &Client<CommandTransport>) -> Result<(), Error> {
    let organization = || Scope::Organization;

    heading("1. Upload three CA certificates, generated just now")?;
    let mut ids = Vec::new();
    for (name, years) in [("Old root", 1), ("Branch office", 2), ("New root", 10)] {
        let certificate = authority(name, years).map_err(cannot_run)?;
        ids.push(client.call(Upload::new(certificate).with_name(name)).await?.value.id);
    }
    show(client).await?;

    heading("2. Activate all three for the organization, in one call")?;
    let all = CertificateIds::new(ids.clone()).map_err(cannot_run)?;
    let activate = Activate::new(organization(), all);
    let response = client.call(&activate).await?.value;
    expect(activate.unconfirmed(&response).is_empty(), "the response confirms all three")?;
    show(client).await?;

    heading("3. Deactivate Old root and Branch office, in one call")?;
    let two = CertificateIds::new(ids[..2].iter().cloned()).map_err(cannot_run)?;
    let deactivate = Deactivate::new(organization(), two);
    let response = client.call(&deactivate).await?.value;
    expect(deactivate.unconfirmed(&response).is_empty(), "the response confirms both")?;
    let after = show(client).await?;

    heading("4. Repeat the same call: it is idempotent, so nothing changes")?;
    let response = client.call(&deactivate).await?.value;
    expect(deactivate.unconfirmed(&response).is_empty(), "the response confirms both again")?;
    expect(list(client).await? == after, "the list is the same as before")?;

    heading("5. Deactivate New root together with an id that does not exist: all or none")?;
    let unknown: CertificateId = "cert_unknown".parse().map_err(cannot_run)?;
    let mixed = Deactivate::new(organization(), [ids[2].clone(), unknown]);
    match client.call(&mixed).await {
        Ok(_) => expect(false, "the server refuses the call")?,
        Err(error) => print(&format!("  {error}\n"))?,
    }
    expect(
        list(client).await? == after,
        "New root is still active: the list is the same as before",
    )?;

    print("\nDone. `certs emulator` serves such an organization for you to try.\n")
}

async fn start(
    verbose: bool,
) -> Result<(Server, Client<CommandTransport>), Box<dyn std::error::Error>> {
    let server = Emulator::builder().admin_key(EMULATOR_KEY).build().bind("127.0.0.1:0").await?;
    let api = Api::new(server.base_url().parse()?, AdminKey::new(EMULATOR_KEY.into())?);
    let transport = CommandTransport::new(HyperTransport::loopback(), Stop::never(), false);
    let observer = Observer::new(verbose);
    Ok((server, Client::new(api, transport).with_observer(move |event| observer.observe(event))))
}

/// Generates a CA certificate that the API accepts.
fn authority(name: &str, years: i16) -> Result<CertificatePem, Box<dyn std::error::Error>> {
    use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair, KeyUsagePurpose};
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.use_authority_key_identifier_extension = true;
    let this_year = jiff::tz::TimeZone::UTC.to_datetime(jiff::Timestamp::now()).year();
    params.not_before = rcgen::date_time_ymd(this_year.into(), 1, 1);
    params.not_after = rcgen::date_time_ymd((this_year + years).into(), 12, 31);
    let certificate = params.self_signed(&KeyPair::generate()?)?;
    Ok(certificate.pem().parse()?)
}

async fn list(client: &Client<CommandTransport>) -> Result<Vec<Certificate>, Error> {
    Ok(client.all(List::new(Scope::Organization)).await?)
}

async fn show(client: &Client<CommandTransport>) -> Result<Vec<Certificate>, Error> {
    let certificates = list(client).await?;
    let columns = output::columns()?.map(|columns| columns.saturating_sub(2));
    let now = jiff::Timestamp::now().as_second();
    let table = certificate_table(&certificates, Activity::default(), now).render(columns, false);
    print(&table.lines().map(|line| format!("  {line}\n")).collect::<String>())?;
    Ok(certificates)
}

fn heading(text: &str) -> Result<(), Error> {
    print(&format!("\n{text}\n"))
}

/// Prints a statement that is true, and fails if it is not.
fn expect(holds: bool, statement: &str) -> Result<(), Error> {
    if holds {
        print(&format!("  {statement}\n"))
    } else {
        let message = format!("the demo failed: this is not true: {statement}");
        Err(Error::new(Exit::Unreachable, message))
    }
}

fn cannot_run(error: impl std::fmt::Display) -> Error {
    Error::new(Exit::Unreachable, format!("the demo cannot run here: {error}"))
}
