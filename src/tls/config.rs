//! What is trusted and which protocol versions are spoken; built once and shared, so that sessions resume.

use core::fmt;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

use crate::error::{ConfigError, ConfigPart};

/// Which certificates are trusted, shared by all connections that are given it. Cheap to clone.
///
/// TLS 1.3 and 1.2 by rustls with aws-lc-rs; ALPN `http/1.1`; never early data; certificates are always verified.
#[derive(Clone)]
pub struct TlsConfig(Arc<ClientConfig>);

impl TlsConfig {
    /// Trusts the system's roots.
    ///
    /// **Errors**: the system has none (a container without `ca-certificates`, say); the error names the cure.
    pub fn new() -> Result<Self, ConfigError> {
        Self::builder().system_roots(true).build()
    }

    /// Starts with nothing trusted.
    #[must_use]
    pub const fn builder() -> TlsConfigBuilder {
        TlsConfigBuilder { system_roots: false, roots: Vec::new(), client: None }
    }

    pub(crate) fn client_config(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.0)
    }
}

impl fmt::Debug for TlsConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsConfig").finish_non_exhaustive()
    }
}

/// Collects what a [`TlsConfig`] trusts.
pub struct TlsConfigBuilder {
    system_roots: bool,
    roots: Vec<CertificateDer<'static>>,
    client: Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>,
}

impl TlsConfigBuilder {
    /// Whether the system's roots are trusted (off until said).
    #[must_use]
    pub const fn system_roots(mut self, trusted: bool) -> Self {
        self.system_roots = trusted;
        self
    }

    /// Trusts the certificates in this PEM text as roots too.
    ///
    /// **Errors**: no certificate in it, or one that cannot be read.
    pub fn root_pem(mut self, pem: &[u8]) -> Result<Self, ConfigError> {
        self.roots.extend(certificates(pem, "root")?);
        Ok(self)
    }

    /// Trusts the certificates in this PEM file as roots too.
    ///
    /// **Errors**: as [`root_pem`](Self::root_pem), and a file that cannot be read, by name.
    pub fn root_pem_file(self, path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        let path = path.as_ref();
        let pem =
            std::fs::read(path).map_err(|e| bad(format_args!("cannot read the roots in {}: {e}", path.display())))?;
        self.root_pem(&pem).map_err(|e| bad(format_args!("{}: {}", path.display(), e.problem())))
    }

    /// Shows the server this certificate chain (PEM, own certificate first) and proves it by its private key (PEM).
    ///
    /// **Errors**: no certificate or no key in the texts. Whether they belong together shows in [`build`](Self::build).
    pub fn client_certificate_pem(mut self, chain: &[u8], key: &[u8]) -> Result<Self, ConfigError> {
        let key =
            PrivateKeyDer::from_pem_slice(key).map_err(|e| bad(format_args!("client key: {}", pem_problem(&e))))?;
        self.client = Some((certificates(chain, "client")?, key));
        Ok(self)
    }

    /// The configuration.
    ///
    /// **Errors**: nothing trusted at all; a root that is no certificate; a client key that does not fit its chain.
    pub fn build(self) -> Result<TlsConfig, ConfigError> {
        let mut roots = RootCertStore::empty();
        for root in self.roots {
            roots.add(root).map_err(|e| bad(format_args!("root certificate: {e}")))?;
        }
        if self.system_roots {
            // A system store may hold certificates that cannot be parsed; what counts is that some can.
            let (_parsed, _refused) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
        if roots.is_empty() {
            return Err(bad(
                "no trusted root: install the system's ca-certificates, set SSL_CERT_FILE, or add a root_pem",
            ));
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let versions = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
            .map_err(bad)?;
        let trusting = versions.with_root_certificates(roots);
        let mut config = match self.client {
            None => trusting.with_no_client_auth(),
            Some((chain, key)) => {
                trusting.with_client_auth_cert(chain, key).map_err(|e| bad(format_args!("client certificate: {e}")))?
            }
        };
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // For records of our own; see `handshake.rs`, which alone makes use of it.
        config.enable_secret_extraction = true;
        Ok(TlsConfig(Arc::new(config)))
    }
}

impl fmt::Debug for TlsConfigBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsConfigBuilder")
            .field("system_roots", &self.system_roots)
            .field("roots", &self.roots.len())
            .finish_non_exhaustive()
    }
}

fn certificates(pem: &[u8], whose: &str) -> Result<Vec<CertificateDer<'static>>, ConfigError> {
    let parsed: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match parsed {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) => Err(bad(format_args!("no {whose} certificate: expected a PEM text with -----BEGIN CERTIFICATE-----"))),
        Err(e) => Err(bad(format_args!("{whose} certificate: {}", pem_problem(&e)))),
    }
}

/// In words of our own: the library's may quote what stands in the file.
fn pem_problem(error: &pem::Error) -> &'static str {
    match error {
        pem::Error::NoItemsFound => "nothing in PEM form (-----BEGIN …-----) was found",
        pem::Error::MissingSectionEnd { .. } => "a PEM section has no end line",
        pem::Error::IllegalSectionStart { .. } => "a PEM section has a malformed start line",
        pem::Error::Base64Decode(_) => "a PEM section is not base64",
        _ => "the PEM text cannot be read",
    }
}

fn bad(problem: impl fmt::Display) -> ConfigError {
    ConfigError::new(ConfigPart::Tls, problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_is_wrong_with_a_root() {
        let problem = |pem: &[u8]| TlsConfig::builder().root_pem(pem).unwrap_err().to_string();
        assert!(problem(b"").contains("expected a PEM text"));
        assert!(problem(b"-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n").contains("not base64"));
        assert!(problem(b"-----BEGIN CERTIFICATE-----\nAAAA\n").contains("no end line"));
        let missing = TlsConfig::builder().root_pem_file("/nonexistent/ca.pem").unwrap_err().to_string();
        assert!(missing.contains("/nonexistent/ca.pem") && missing.contains("No such file"), "{missing}");
        let nothing = TlsConfig::builder().build().unwrap_err().to_string();
        assert!(nothing.contains("no trusted root"), "{nothing}");
    }

    #[test]
    fn a_root_must_be_a_certificate() {
        let builder =
            TlsConfig::builder().root_pem(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
        assert!(builder.build().unwrap_err().to_string().contains("root certificate"));
    }
}
