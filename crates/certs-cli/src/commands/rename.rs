//! `certs rename`

use certs_core::operations::{Get, Modify};
use certs_core::types::CertificateId;

use crate::arguments::Consent;
use crate::confirm::ask;
use crate::failure::Failure;
use crate::interrupt::guard;
use crate::session::Session;
use crate::text::harmless;

pub(crate) async fn run(
    session: &Session,
    id: CertificateId,
    name: String,
    consent: &Consent,
) -> Result<(), Failure> {
    if consent.must_ask() {
        let current = session.client.call(Get::new(id.clone())).await?.value.name;
        let current = harmless(current.as_deref().unwrap_or("without a name"));
        ask(&format!("Rename {id}\n  from {current}\n  to   {}\n", harmless(&name)))?;
    }
    let rename = async {
        let modify = Modify::new(id.clone(), name.as_str());
        let renamed = session.client.call(modify).await?.value;
        match renamed.id == id && renamed.name.as_deref().unwrap_or_default() == name {
            true => Ok(renamed),
            false => Err(Failure::unconfirmed(format!("that {id} was renamed"))),
        }
    };
    let renamed = guard(&session.client, rename).await.map_err(|failure| {
        failure.or_find_out("repeating the same command is safe, and `certs get` shows the name")
    })?;
    let printed = session.format.certificate(&renamed);
    printed.map_err(|failure| failure.although(format!("{} was renamed", renamed.id)))
}
