//! TLS that requests client certificates.

use std::fmt;
use std::sync::Arc;

use tokio_rustls::rustls::client::danger::HandshakeSignatureValid;
use tokio_rustls::rustls::crypto::{
    CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature,
};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use tokio_rustls::rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use tokio_rustls::rustls::{
    DigitallySignedStruct, DistinguishedName, Error, ServerConfig, SignatureScheme,
};

use crate::pki::Leaf;

/// The certificate and key of a server.
///
/// The server requests a client certificate in each handshake, but accepts connections without one.
/// Whether a request needs one depends on which certificates are active when it is made.
#[derive(Clone)]
pub struct Tls(pub(crate) Arc<ServerConfig>);

impl Tls {
    /// Generates a certificate for `localhost`, `127.0.0.1` and `::1`, and also returns it in PEM, for
    /// clients to trust.
    ///
    /// # Errors
    ///
    /// Fails if a key cannot be generated.
    pub fn self_signed() -> Result<(Self, String), InvalidTls> {
        let leaf = Leaf::self_signed(&["localhost", "127.0.0.1", "::1"])
            .map_err(|_| InvalidTls::Generate)?;
        Ok((Self::from_pem(&leaf.certificate, &leaf.key)?, leaf.certificate))
    }

    /// Reads a certificate, followed by its intermediates, and its private key, both in PEM.
    ///
    /// # Errors
    ///
    /// Fails if either is not PEM, or the key does not belong to the certificate.
    pub fn from_pem(certificates: &str, key: &str) -> Result<Self, InvalidTls> {
        let chain = CertificateDer::pem_slice_iter(certificates.as_bytes())
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| InvalidTls::Certificates)?;
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|_| InvalidTls::Key)?;
        let provider = Arc::new(ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| InvalidTls::Unusable(error.into()))?
            .with_client_cert_verifier(Arc::new(AcceptAnyIssuer(provider)))
            .with_single_cert(chain, key)
            .map_err(|error| InvalidTls::Unusable(error.into()))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self(Arc::new(config)))
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

/// Why a certificate and key cannot be used. The message contains neither.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidTls {
    /// The certificates are not PEM.
    #[error("the certificates are not PEM")]
    Certificates,
    /// The key is not PEM.
    #[error("the private key is not PEM")]
    Key,
    /// A certificate cannot be generated.
    #[error("cannot generate a certificate")]
    Generate,
    /// There is no certificate, or the key does not belong to it.
    #[error("the certificate and key cannot be used")]
    Unusable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Accepts every client that has the key of its certificate, whatever the issuer.
#[derive(Debug)]
struct AcceptAnyIssuer(Arc<CryptoProvider>);

impl ClientCertVerifier for AcceptAnyIssuer {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rcgen::{CertificateParams, Issuer, KeyPair};
    use serde_json::json;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};
    use tokio_rustls::TlsConnector;
    use tokio_rustls::rustls::{ClientConfig, RootCertStore};

    use super::*;
    use crate::testing::{Calls, authority_params, builder};
    use crate::{Limits, Server};

    /// Requests the models over TLS, with or without a client certificate.
    async fn models(
        server: &Server,
        trusted: &str,
        client: Option<(CertificateDer<'static>, &KeyPair)>,
    ) -> String {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(trusted.as_bytes()).unwrap()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let config = match client {
            None => config.with_no_client_auth(),
            Some((certificate, key)) => {
                let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap();
                config.with_client_auth_cert(vec![certificate], key).unwrap()
            }
        };
        let stream = TcpStream::connect(server.address()).await.unwrap();
        let connector = TlsConnector::from(Arc::new(config));
        let mut stream = connector.connect("localhost".try_into().unwrap(), stream).await.unwrap();
        let request = "GET /v1/models HTTP/1.1\r\nhost: x\r\nauthorization: Bearer sk-proj-w\r\nconnection: close\r\n\r\n";
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).await.unwrap();
        response
    }

    #[tokio::test]
    async fn verifies_the_certificate_of_the_handshake() {
        let emulator =
            builder().project_key("sk-proj-w", "proj_a".parse().unwrap()).enforce_mtls().build();
        let (tls, certificate) = Tls::self_signed().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = emulator.serve_tls(listener, Limits::default(), tls).unwrap();
        assert!(server.base_url().starts_with("https://127.0.0.1:"));
        assert!(models(&server, &certificate, None).await.starts_with("HTTP/1.1 200"));

        let (params, ca_key) = (authority_params(), KeyPair::generate().unwrap());
        let upload = json!({"certificate": params.self_signed(&ca_key).unwrap().pem()});
        let id = emulator.post("/organization/certificates", upload).1["id"]
            .as_str()
            .unwrap()
            .to_owned();
        emulator.toggle("projects/proj_a/", "activate", &[id]);
        let response = models(&server, &certificate, None).await;
        assert!(
            response.starts_with("HTTP/1.1 401") && response.contains("certificate_required"),
            "{response}"
        );

        let leaf_key = KeyPair::generate().unwrap();
        let mut leaf = CertificateParams::new(vec!["workload".into()]).unwrap();
        leaf.distinguished_name.push(rcgen::DnType::CommonName, "workload");
        leaf.use_authority_key_identifier_extension = true;
        let leaf = leaf.signed_by(&leaf_key, &Issuer::new(params, ca_key)).unwrap();
        let response = models(&server, &certificate, Some((leaf.der().clone(), &leaf_key))).await;
        assert!(response.starts_with("HTTP/1.1 200"), "{response}");
        server.stop().await;
    }

    #[tokio::test]
    async fn times_out_waiting_for_a_handshake() {
        let (tls, _) = Tls::self_signed().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let limits = Limits { head_timeout: Duration::from_millis(200), ..Limits::default() };
        let server = builder().build().serve_tls(listener, limits, tls).unwrap();
        let mut silent = TcpStream::connect(server.address()).await.unwrap();
        let mut received = Vec::new();
        let read = silent.read_to_end(&mut received);
        tokio::time::timeout(Duration::from_secs(20), read).await.expect("a hang").unwrap();
    }

    #[test]
    fn reports_which_part_is_invalid() {
        let made = || rcgen::generate_simple_self_signed(["localhost".into()]).unwrap();
        let (own, other) = (made(), made().signing_key.serialize_pem());
        let (certificate, key) = (own.cert.pem(), own.signing_key.serialize_pem());
        let error = |certificate: &str, key: &str| Tls::from_pem(certificate, key).unwrap_err();
        assert!(matches!(error(&certificate, "x"), InvalidTls::Key));
        assert!(matches!(error(&certificate[..99], &key), InvalidTls::Certificates));
        assert!(matches!(error("", &key), InvalidTls::Unusable(_)));
        assert!(matches!(error(&certificate, &other), InvalidTls::Unusable(_)));
    }
}
