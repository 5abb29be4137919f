//! Measures how much requests cost in a small and in a full emulator; the costs should be about equal.
//!
//! ```text
//! cost                          prints the nanoseconds of each kind of request
//! cost <kind> <full> <count>    makes requests of this kind only, to count instructions
//! ```

use std::env;
use std::error::Error;
use std::time::Instant;

use certs_emulator::{ClientCertificates, Emulator};
use http::Request;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose};
use serde_json::{Value, json};

const KINDS: [&str; 7] = ["list", "get", "toggle", "rename", "projects", "audit", "mtls"];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let [kind, full, count] = arguments[..] {
        let organization = Organization::new(full == "full")?;
        return organization.run(kind, count.parse()?);
    }
    let (small, full) = (Organization::new(false)?, Organization::new(true)?);
    for kind in KINDS {
        println!("{kind:10} small {:>8} ns   full {:>8} ns", small.best(kind)?, full.best(kind)?);
    }
    Ok(())
}

/// An emulator, and the ids of ten of its certificates.
struct Organization {
    emulator: Emulator,
    ids: Vec<String>,
    client: ClientCertificates,
}

const KEY: &str = "sk-admin-cost";

impl Organization {
    /// Ten certificates and ten projects; when full, thousands of each and of past requests.
    fn new(full: bool) -> Result<Self, Box<dyn Error>> {
        let (certificates, projects, requests) =
            if full { (5000, 5000, 5000) } else { (10, 10, 0) };
        let mut builder = Emulator::builder()
            .admin_key(KEY)
            .project_key("sk-workload", "proj_0".parse()?)
            .certificate_limit(certificates)
            .enforce_mtls();
        for n in 0..projects {
            builder = builder.project(format!("proj_{n}").parse()?);
        }
        let authority = authority()?;
        let client_key = KeyPair::generate()?;
        let mut client = CertificateParams::new(["workload".into()])?;
        client.use_authority_key_identifier_extension = true;
        let client = client.signed_by(&client_key, &authority)?;
        let client = ClientCertificates::from_der([client.der().to_vec()]);
        let mut organization = Self { emulator: builder.build(), ids: Vec::new(), client };
        for n in 0..certificates {
            let upload = json!({"certificate": authority.pem(), "name": n.to_string()});
            let made = organization.call("POST", "/organization/certificates", upload)?;
            if n < 10 {
                organization.ids.push(made["id"].as_str().unwrap_or_default().into());
            }
        }
        let path = "/organization/projects/proj_0/certificates/activate";
        organization.call("POST", path, json!({"certificate_ids": organization.ids[..1]}))?;
        organization.run("rename", requests)?;
        Ok(organization)
    }

    fn run(&self, kind: &str, count: u64) -> Result<(), Box<dyn Error>> {
        let certificate = format!("/organization/certificates/{}", self.ids[0]);
        for n in 0..count {
            match kind {
                "list" => self.call("GET", "/organization/certificates?limit=10", Value::Null),
                "get" => self.call("GET", &certificate, Value::Null),
                "toggle" => {
                    let switch = if n % 2 == 0 { "activate" } else { "deactivate" };
                    let path = format!("/organization/projects/proj_0/certificates/{switch}");
                    self.call("POST", &path, json!({"certificate_ids": self.ids[1..]}))
                }
                "rename" => self.call("POST", &certificate, json!({"name": n.to_string()})),
                "projects" => self.call("GET", "/organization/projects?limit=10", Value::Null),
                "audit" => self.call("GET", "/organization/audit_logs?limit=10", Value::Null),
                _ => self.call("GET", "/models", Value::Null),
            }?;
        }
        Ok(())
    }

    fn call(&self, method: &str, path: &str, body: Value) -> Result<Value, Box<dyn Error>> {
        let key = if path == "/models" { "sk-workload" } else { KEY };
        let request = Request::builder()
            .method(method)
            .uri(format!("/v1{path}"))
            .header("authorization", format!("Bearer {key}"))
            .header("content-type", "application/json")
            .extension(self.client.clone());
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let response = self.emulator.handle(request.body(body)?);
        if response.status() != 200 {
            return Err(String::from_utf8_lossy(response.body()).into());
        }
        Ok(serde_json::from_slice(response.body())?)
    }

    /// The nanoseconds of a request in the fastest of several rounds.
    fn best(&self, kind: &str) -> Result<u128, Box<dyn Error>> {
        const ROUND: u64 = 200;
        let mut best = u128::MAX;
        for _ in 0..20 {
            let began = Instant::now();
            self.run(kind, ROUND)?;
            best = best.min(began.elapsed().as_nanos() / u128::from(ROUND));
        }
        Ok(best)
    }
}

fn authority() -> Result<CertifiedIssuer<'static, KeyPair>, Box<dyn Error>> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.use_authority_key_identifier_extension = true;
    Ok(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?)
}
