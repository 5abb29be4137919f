//! Builds the transport from the settings: TLS roots, client identity and proxy.

use std::fs;
use std::path::{Path, PathBuf};

use certs_core::BaseUrl;
use certs_hyper::identity::ClientChain;
use certs_hyper::{ClientIdentity, HyperTransport, InvalidProxy, Proxy};

use crate::environment;
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
    let proxy = proxy(base)?;
    if base.is_http() {
        return Ok(Tls { transport: HyperTransport::loopback(), chain });
    }
    let mut builder = HyperTransport::builder();
    if let Some(path) = &settings.ca_file {
        let name = format!("{} {}", path.source, path.value.display());
        let pem = read(&name, &path.value)?;
        builder = builder.with_roots_pem(&pem).map_err(invalid(&name))?;
    }
    if let Some(identity) = identity {
        builder = builder.with_identity(identity);
    }
    if let Some(proxy) = proxy {
        builder = builder.with_proxy(proxy);
    }
    check_root_variables()?;
    Ok(Tls { transport: builder.build().map_err(invalid("TLS"))?, chain })
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
    ClientIdentity::from_pem(&chain, &key).map(Some).map_err(invalid(&names))
}

/// The proxy in the environment, as other tools read it. Requests to this machine use none, so that an invalid one
/// is ignored for them, except if its variable is not UTF-8.
fn proxy(base: &BaseUrl) -> Result<Option<Proxy>, Error> {
    match Proxy::from_env(|name| std::env::var_os(name)) {
        Ok(proxy) => Ok(proxy),
        Err(error) if base.is_http() && error.reason != InvalidProxy::NotUtf8 => Ok(None),
        Err(error) => Err(Error::invalid(error.name, &error.reason)),
    }
}

/// Refuses a variable that replaces the trusted roots of this machine if its file or directory cannot be read.
fn check_root_variables() -> Result<(), Error> {
    let paths = |name, split: fn(PathBuf) -> Vec<PathBuf>| {
        let paths = environment::path(name).map(split).unwrap_or_default();
        paths.into_iter().map(move |path| (name, path))
    };
    let directories = |list: PathBuf| std::env::split_paths(&list).collect();
    for (name, path) in
        paths("SSL_CERT_FILE", |file| vec![file]).chain(paths("SSL_CERT_DIR", directories))
    {
        let found = if name == "SSL_CERT_DIR" {
            fs::read_dir(&path).map(drop)
        } else {
            fs::File::open(&path).map(drop)
        };
        found.map_err(invalid(&format!("{name} {}", path.display())))?;
    }
    Ok(())
}

fn read(name: &str, path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(invalid(name))
}

fn invalid<E: std::error::Error + 'static>(what: &str) -> impl FnOnce(E) -> Error {
    move |error| Error::invalid(what, &error)
}
