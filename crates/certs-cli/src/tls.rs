//! Builds the transport from the settings: TLS roots, client identity and proxy.

use std::fs;
use std::path::Path;

use certs_core::BaseUrl;
use certs_hyper::identity::ClientChain;
use certs_hyper::{ClientIdentity, HyperTransport, Proxy};

use crate::error::Error;
use crate::settings::{Settings, key};

/// The transport to a base URL, and the client certificate that it presents.
pub(crate) struct Tls {
    pub(crate) transport: HyperTransport,
    pub(crate) chain: Option<ClientChain>,
}

/// The transport to this base URL. TLS files are read only for `https`.
pub(crate) fn transport(settings: &Settings, base: &BaseUrl) -> Result<Tls, Error> {
    let identity = identity(settings)?;
    let chain = identity.as_ref().map(ClientIdentity::chain);
    if base.is_http() {
        return Ok(Tls { transport: HyperTransport::loopback(), chain });
    }
    let mut builder = HyperTransport::builder();
    if let Some(path) = &settings.ca_file {
        let name = format!("{} {}", path.source, path.value.display());
        let pem = read(&name, &path.value)?;
        builder = builder.with_roots_pem(&pem).map_err(wrong(&name))?;
    }
    if let Some(identity) = identity {
        builder = builder.with_identity(identity);
    }
    if let Some(proxy) = proxy()? {
        builder = builder.with_proxy(proxy);
    }
    Ok(Tls { transport: builder.build().map_err(wrong("TLS"))?, chain })
}

fn identity(settings: &Settings) -> Result<Option<ClientIdentity>, Error> {
    let (chain, key) = match (&settings.client_cert, &settings.client_key) {
        (None, None) => return Ok(None),
        (Some(chain), Some(key)) => (&chain.value, &key.value),
        (Some(_), None) => {
            return Err(Error::usage(
                "a client certificate without its key: give --client-key or OPENAI_MTLS_CLIENT_KEY_FILE",
            ));
        }
        (None, Some(_)) => {
            return Err(Error::usage(
                "a client key without its certificate: give --client-cert or OPENAI_MTLS_CLIENT_CERT_FILE",
            ));
        }
    };
    let names = format!("{}, {}", chain.display(), key.display());
    let chain = read(&format!("client certificate {}", chain.display()), chain)?;
    key::warn_if_world_readable(key);
    let key = read(&format!("client key {}", key.display()), key)?;
    ClientIdentity::from_pem(&chain, &key).map(Some).map_err(wrong(&names))
}

/// The proxy of the environment, as other tools read it.
fn proxy() -> Result<Option<Proxy>, Error> {
    Proxy::from_env(|name| std::env::var_os(name))
        .map_err(|error| Error::invalid(error.name, &error.reason))
}

fn read(name: &str, path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(wrong(name))
}

fn wrong<E: std::error::Error + 'static>(what: &str) -> impl FnOnce(E) -> Error {
    move |error| Error::invalid(what, &error)
}
