//! An HTTP server behind TLS, and a proxy in front of it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::server::read_request;
use certs_emulator::pki::{Authority, Leaf};

/// Handles every request in the same way, one request per connection.
pub(crate) struct TlsServer {
    pub(crate) address: SocketAddr,
    /// For each request that was read, the client's certificate in DER, if it presented one.
    clients: Arc<Mutex<Vec<Option<Vec<u8>>>>>,
    task: JoinHandle<()>,
}

/// A TLS record that is not encrypted.
const UNENCRYPTED_RECORD: &[u8] = b"\x17\x03\x03\x00\x20................................";

impl TlsServer {
    /// Requires client certificates of the authority `clients`, if one is given.
    pub(crate) async fn start(leaf: &Leaf, clients: Option<&Authority>, body: &str) -> Self {
        let length = body.len();
        let response = format!(
            "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        Self::start_with(leaf, clients, Some(response)).await
    }

    /// Responds to every request with these bytes, and closes the connection with `close_notify`.
    pub(crate) async fn responding(leaf: &Leaf, response: &str) -> Self {
        Self::start_with(leaf, None, Some(response.to_owned())).await
    }

    /// Reads every request, and then sends the alert `bad_record_mac`.
    pub(crate) async fn alerting(leaf: &Leaf) -> Self {
        Self::start_with(leaf, None, None).await
    }

    async fn start_with(
        leaf: &Leaf,
        clients: Option<&Authority>,
        response: Option<String>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config(leaf, clients)));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let shown = seen.clone();
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (acceptor, response, shown) =
                    (acceptor.clone(), response.clone(), shown.clone());
                tokio::spawn(async move {
                    let Ok(mut stream) = acceptor.accept(stream).await else { return };
                    if read_request(&mut stream).await.is_none() {
                        return;
                    }
                    let certificate = stream.get_ref().1.peer_certificates().map(|c| c[0].to_vec());
                    shown.lock().unwrap().push(certificate);
                    if let Some(response) = response {
                        stream.write_all(response.as_bytes()).await.unwrap();
                    } else {
                        let tls = stream.get_mut().1;
                        tls.read_tls(&mut &*UNENCRYPTED_RECORD).unwrap();
                        tls.process_new_packets().unwrap_err();
                    }
                    let _ = stream.shutdown().await;
                });
            }
        });
        Self { address, clients: seen, task }
    }

    pub(crate) fn base(&self, host: &str) -> String {
        format!("https://{host}:{}/v1", self.address.port())
    }

    pub(crate) fn clients(&self) -> Vec<Option<Vec<u8>>> {
        self.clients.lock().unwrap().clone()
    }
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Accepts TLS with these protocols (ALPN).
pub(crate) fn acceptor(leaf: &Leaf, protocols: &[&[u8]]) -> TlsAcceptor {
    let mut config = config(leaf, None);
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    TlsAcceptor::from(Arc::new(config))
}

/// Connects every `CONNECT` to one address, whatever the host.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Proxy {
    pub(crate) async fn start(to: SocketAddr, response: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let seen = heads.clone();
        let task = tokio::spawn(async move {
            loop {
                let (mut client, _) = listener.accept().await.unwrap();
                let seen = seen.clone();
                tokio::spawn(async move {
                    let Some(head) = read_request(&mut client).await else { return };
                    seen.lock().unwrap().push(head);
                    client.write_all(response.as_bytes()).await.unwrap();
                    if response.contains(" 200 ") {
                        let mut server = TcpStream::connect(to).await.unwrap();
                        let _ = copy_bidirectional(&mut client, &mut server).await;
                    }
                });
            }
        });
        Self { address, heads, task }
    }

    /// A proxy that reads requests and never responds.
    pub(crate) async fn silent() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move {
            let mut connections = Vec::new();
            loop {
                connections.push(listener.accept().await.unwrap());
            }
        });
        Self { address, heads: Arc::default(), task }
    }

    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn config(leaf: &Leaf, clients: Option<&Authority>) -> ServerConfig {
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots
                .add(CertificateDer::from_pem_slice(authority.certificate().as_bytes()).unwrap())
                .unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    let chain = vec![CertificateDer::from_pem_slice(leaf.certificate.as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(leaf.key.as_bytes()).unwrap();
    builder.with_single_cert(chain, key).unwrap()
}
