//! A scripted server for tests: blocking sockets on threads of its own, plain or TLS, that does exactly what it is told.
#![allow(dead_code, clippy::allow_attributes, reason = "each test file uses its own part of it")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustls::server::WebPkiClientVerifier;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A reply to an order, whole.
pub const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

/// A listening server; every connection is handled by the script on a thread of its own.
pub struct Peer {
    pub address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl Peer {
    /// Serves plain TCP. The script gets the connection's number, from 0.
    pub fn plain(script: impl Fn(usize, TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let (script, counted) = (Arc::new(script), Arc::clone(&connections));
        std::thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                let number = counted.fetch_add(1, Ordering::SeqCst);
                let script = Arc::clone(&script);
                std::thread::spawn(move || script(number, stream));
            }
        });
        Self { address, connections }
    }

    /// Serves TLS with this configuration.
    pub fn tls(
        config: Arc<ServerConfig>,
        script: impl Fn(usize, StreamOwned<ServerConnection, TcpStream>) + Send + Sync + 'static,
    ) -> Self {
        Self::plain(move |number, stream| {
            let tls = ServerConnection::new(Arc::clone(&config)).unwrap();
            script(number, StreamOwned::new(tls, stream));
        })
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn tls_url(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }

    /// How many connections were accepted so far, or `expected` as soon as there are as many: a client may be connected
    /// before the server has accepted it.
    pub fn connections(&self, expected: usize) -> usize {
        for _ in 0..500 {
            if self.connections.load(Ordering::SeqCst) >= expected {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        self.connections.load(Ordering::SeqCst)
    }
}

/// Answers every request with `reply` until the client goes.
pub fn answer(mut stream: impl Read + Write, reply: &[u8]) {
    while read_request(&mut stream).is_some() {
        if stream.write_all(reply).and_then(|()| stream.flush()).is_err() {
            return;
        }
    }
}

/// Reads one request: its head and as much body as `Content-Length` says. `None` at the end of the stream.
pub fn read_request(stream: &mut impl Read) -> Option<String> {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => request.push(byte[0]),
            _ => return None,
        }
    }
    let head = String::from_utf8(request).unwrap();
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:").map(|v| v.trim().parse().unwrap()));
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    Some(head + &String::from_utf8(body).unwrap())
}

/// A certificate authority and a server that it vouches for as `localhost`.
pub struct Authority {
    pub ca_pem: String,
    pub server: Arc<ServerConfig>,
    /// The same server, wanting a certificate of this authority from its clients.
    pub asking_server: Arc<ServerConfig>,
    /// What such a client shows, and its key.
    pub client_pem: (String, String),
}

impl Authority {
    pub fn new() -> Self {
        Self::for_name("localhost", rustls::DEFAULT_VERSIONS)
    }

    pub fn for_name(name: &str, versions: &[&'static rustls::SupportedProtocolVersion]) -> Self {
        Self::vouching(name, versions, |_| {})
    }

    /// Vouches for what `say` makes of the server's certificate.
    pub fn vouching(
        name: &str,
        versions: &[&'static rustls::SupportedProtocolVersion],
        say: impl Fn(&mut rcgen::CertificateParams),
    ) -> Self {
        let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let ca_key = rcgen::KeyPair::generate().unwrap();
        // A name of its own, so that a client does not take it for another authority with a broken signature.
        let name_of_its_own = format!("test authority {:02x?}", &ca_key.public_key_raw()[..8]);
        params.distinguished_name.push(rcgen::DnType::CommonName, name_of_its_own);
        let ca = params.self_signed(&ca_key).unwrap();
        let issuer = rcgen::Issuer::new(params, ca_key);
        let vouch = |name: &str| {
            let key = rcgen::KeyPair::generate().unwrap();
            let mut params = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap();
            say(&mut params);
            (params.signed_by(&key, &issuer).unwrap(), key)
        };
        let (leaf, key) = vouch(name);
        let (client, client_key) = vouch("client");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut roots = rustls::RootCertStore::empty();
        roots.add(ca.der().clone()).unwrap();
        let asking =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build().unwrap();
        let serve = |verifier| {
            let config = ServerConfig::builder_with_provider(Arc::clone(&provider));
            let config = config.with_protocol_versions(versions).unwrap().with_client_cert_verifier(verifier);
            let key = key.serialize_der().try_into().unwrap();
            Arc::new(config.with_single_cert(vec![leaf.der().clone()], key).unwrap())
        };
        Self {
            ca_pem: ca.pem(),
            server: serve(WebPkiClientVerifier::no_client_auth()),
            asking_server: serve(asking),
            client_pem: (client.pem(), client_key.serialize_pem()),
        }
    }

    pub fn trusted(&self) -> orderwire::TlsConfig {
        orderwire::TlsConfig::builder().root_pem(self.ca_pem.as_bytes()).unwrap().build().unwrap()
    }
}
