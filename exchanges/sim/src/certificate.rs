//! The venue's certificate: an authority made at start, one leaf for the loopback names, and nothing left of the
//! authority's key, so that its certificate can vouch for this venue and for nothing else.

use std::fs;
use std::io::{self, Write};
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig};

/// A certificate that could not be made, read or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// It could not be made.
    #[error("certificate: {0}")]
    Make(#[from] rcgen::Error),
    /// rustls would not take it.
    #[error("certificate: {0}")]
    Rustls(#[from] rustls::Error),
    /// Its files could not be read or written.
    #[error("certificate file: {0}")]
    Io(#[from] io::Error),
    /// A file holds no PEM of the right kind.
    #[error("certificate file: {0}")]
    Pem(#[from] rustls::pki_types::pem::Error),
}

/// The authority's certificate and the server's certificate and key, all PEM.
#[derive(Clone)]
pub(crate) struct Identity {
    pub(crate) ca_pem: String,
    server_pem: String,
    server_key: String,
}

impl Identity {
    /// Makes a new authority and a leaf for the loopback names and `address`.
    pub(crate) fn make(address: IpAddr) -> Result<Self, CertificateError> {
        let mut ca = CertificateParams::new(Vec::new())?;
        ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        ca.distinguished_name.push(DnType::CommonName, "orderwire simulated venue authority");
        let ca_key = KeyPair::generate()?;
        let ca_pem = ca.self_signed(&ca_key)?.pem();

        let mut names: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into();
        if !names.contains(&address.to_string()) && !address.is_unspecified() {
            names.push(address.to_string());
        }
        let mut server = CertificateParams::new(names)?;
        server.distinguished_name.push(DnType::CommonName, "orderwire simulated venue");
        server.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        server.use_authority_key_identifier_extension = true;
        let server_key = KeyPair::generate()?;
        let server_pem = server.signed_by(&server_key, &Issuer::new(ca, ca_key))?.pem();
        Ok(Self { ca_pem, server_pem, server_key: server_key.serialize_pem() })
    }

    /// The identity kept in a state directory, made and kept there at the first start.
    pub(crate) fn load_or_make(directory: &Path, address: IpAddr) -> Result<Self, CertificateError> {
        let paths = ["ca.pem", "server.pem", "server.key"].map(|name| directory.join(name));
        // The key is written last: where it is, the others are whole.
        if paths[2].exists() {
            let [ca_pem, server_pem, server_key] = paths.map(fs::read_to_string);
            return Ok(Self { ca_pem: ca_pem?, server_pem: server_pem?, server_key: server_key? });
        }
        let identity = Self::make(address)?;
        fs::write(&paths[0], &identity.ca_pem)?;
        fs::write(&paths[1], &identity.server_pem)?;
        let half_written = directory.join("server.key.tmp");
        let mut options = fs::OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&half_written)?;
        file.write_all(identity.server_key.as_bytes())?;
        fs::rename(half_written, &paths[2])?;
        Ok(identity)
    }

    /// TLS 1.2 and 1.3 with ALPN `http/1.1`.
    pub(crate) fn server_config(&self) -> Result<ServerConfig, CertificateError> {
        let chain = vec![CertificateDer::from_pem_slice(self.server_pem.as_bytes())?];
        let key = PrivateKeyDer::from_pem_slice(self.server_key.as_bytes())?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }
}
