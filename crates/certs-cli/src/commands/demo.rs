//! `certs demo`: the main job on an emulated organization, told as it happens.

use certs_core::{
    Activate, AdminKey, Api, Certificate, CertificateId, CertificateIds, CertificatePem, Client,
    Deactivate, List, Scope, Upload,
};
use certs_emulator::{Emulator, Server};
use certs_hyper::HyperTransport;

use crate::arguments::emulator::EMULATOR_KEY;
use crate::failure::{Exit, Failure};
use crate::output::print;
use crate::table;
use crate::wire::Wire;

pub(crate) async fn run(verbose: bool) -> Result<(), Failure> {
    let (server, client) = start(verbose).await.map_err(broken)?;
    print(&format!(
        "An emulated organization listens on {}.\nNothing here leaves this machine.\n",
        server.base_url()
    ))?;
    let told = tell(&client).await;
    server.stop().await;
    told
}

async fn tell(client: &Client<Wire>) -> Result<(), Failure> {
    let organization = || Scope::Organization;

    heading("1. Upload three CA certificates, made just now")?;
    let mut ids = Vec::new();
    for (name, years) in [("Old root", 1), ("Branch office", 2), ("New root", 10)] {
        let certificate = authority(name, years).map_err(broken)?;
        ids.push(client.call(Upload::new(certificate).with_name(name)).await?.value.id);
    }
    show(client).await?;

    heading("2. Activate all three for the organization, in one call")?;
    let all = CertificateIds::new(ids.clone()).map_err(broken)?;
    let activate = Activate::new(organization(), all);
    let answer = client.call(&activate).await?.value;
    expect(activate.unconfirmed(&answer).is_empty(), "the answer confirms all three")?;
    show(client).await?;

    heading("3. Deactivate Old root and Branch office, in one call")?;
    let two = CertificateIds::new(ids[..2].iter().cloned()).map_err(broken)?;
    let deactivate = Deactivate::new(organization(), two);
    let answer = client.call(&deactivate).await?.value;
    expect(deactivate.unconfirmed(&answer).is_empty(), "the answer confirms both")?;
    let after = show(client).await?;

    heading("4. Repeat that very call: idempotent, so nothing changes")?;
    let answer = client.call(&deactivate).await?.value;
    expect(deactivate.unconfirmed(&answer).is_empty(), "accepted again, and both confirmed again")?;
    expect(list(client).await? == after, "the list is the same as before")?;

    heading("5. Deactivate New root together with an id that does not exist: all or none")?;
    let unknown: CertificateId = "cert_unknown".parse().map_err(broken)?;
    let mixed = Deactivate::new(organization(), [ids[2].clone(), unknown]);
    match client.call(&mixed).await {
        Ok(_) => expect(false, "the server refuses the call")?,
        Err(error) => print(&format!("  {error}\n"))?,
    }
    expect(
        list(client).await? == after,
        "New root is still active: the list is the same as before",
    )?;

    print("\nDone. `certs emulator` serves such an organization for your own tries.\n")
}

async fn start(verbose: bool) -> Result<(Server, Client<Wire>), Box<dyn std::error::Error>> {
    let server = Emulator::builder().admin_key(EMULATOR_KEY).build().bind("127.0.0.1:0").await?;
    let api = Api::new(server.base_url().parse()?, AdminKey::new(EMULATOR_KEY.into())?);
    Ok((server, Client::new(api, Wire::new(HyperTransport::loopback(), verbose))))
}

/// A certificate authority as the API takes it.
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

async fn list(client: &Client<Wire>) -> Result<Vec<Certificate>, Failure> {
    Ok(client.all(List::new(Scope::Organization)).await?)
}

async fn show(client: &Client<Wire>) -> Result<Vec<Certificate>, Failure> {
    let certificates = list(client).await?;
    let width = table::width().map(|width| width.saturating_sub(2));
    let table = table::certificates(&certificates, width);
    print(&table.lines().map(|line| format!("  {line}\n")).collect::<String>())?;
    Ok(certificates)
}

fn heading(text: &str) -> Result<(), Failure> {
    print(&format!("\n{text}\n"))
}

/// Tells what holds; a demonstration of what does not is a failure.
fn expect(holds: bool, what: &str) -> Result<(), Failure> {
    match holds {
        true => print(&format!("  {what}\n")),
        false => Err(Failure::new(Exit::Unreachable, format!("the demo failed: not so: {what}"))),
    }
}

fn broken(error: impl std::fmt::Display) -> Failure {
    Failure::new(Exit::Unreachable, format!("the demo cannot run here: {error}"))
}
