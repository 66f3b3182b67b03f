//! The least that could be done: bytes made before, one write, one read of a reply of which nothing is parsed. Over TLS one
//! record each, sealed and opened where it lies. The *safe* floor looks once at the socket before it writes, as a client must
//! that will not take a stray reply for its own. Once more on tokio, which a client on tokio cannot be faster than: it waits for the
//! runtime's driver, and then reads.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustix::net::{RecvFlags, SendFlags, recv, send};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};
use tokio::io::Interest;
use tokio::runtime::Runtime;

use super::{Arm, Waits, runtime};
use crate::order::{self, KEY, KEY_HEADER, Signer};
use crate::pace::Pace;
use crate::records::{RecordByRecord, Records};
use crate::venue::Address;

struct Floor {
    socket: TcpStream,
    probes: bool,
    spins: bool,
    exchange: Exchange,
}

struct FloorOnTokio {
    runtime: Runtime,
    socket: tokio::net::TcpStream,
    exchange: Exchange,
}

/// What goes out and what comes back, and not how.
struct Exchange {
    records: Option<Records>,
    request: Vec<u8>,
    sealed: Vec<u8>,
    came: Vec<u8>,
}

pub(super) fn connect(address: &Address, waits: Waits, probes: bool) -> Box<dyn Arm> {
    let (socket, exchange) = Exchange::connect(address);
    let spins = waits == Waits::Spinning;
    socket.set_nonblocking(spins).expect("a socket");
    Box::new(Floor { socket, probes, spins, exchange })
}

pub(super) fn connect_on_tokio(address: &Address) -> Box<dyn Arm> {
    let (socket, exchange) = Exchange::connect(address);
    socket.set_nonblocking(true).expect("a socket");
    let runtime = runtime();
    let socket = {
        let _inside = runtime.enter();
        tokio::net::TcpStream::from_std(socket).expect("a socket")
    };
    Box::new(FloorOnTokio { runtime, socket, exchange })
}

impl Arm for Floor {
    fn run(&mut self, pace: &mut Pace) {
        while let Some(start) = pace.due_blocking() {
            self.exchange();
            pace.done(start);
        }
    }
}

impl Floor {
    fn exchange(&mut self) {
        if self.probes {
            let nothing = recv(&self.socket, &mut self.exchange.came[..], RecvFlags::DONTWAIT);
            assert!(nothing.is_err_and(|error| error == rustix::io::Errno::WOULDBLOCK), "a clean slate");
        }
        let out = self.exchange.sealed();
        assert_eq!(self.socket.write(out).expect("the venue stands"), out.len(), "one write");
        let bytes = loop {
            match self.socket.read(&mut self.exchange.came) {
                Ok(bytes) => break bytes,
                Err(error) if self.spins && error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => panic!("{error}"),
            }
        };
        self.exchange.opened(bytes);
    }
}

impl Arm for FloorOnTokio {
    fn run(&mut self, pace: &mut Pace) {
        let Self { runtime, socket, exchange } = self;
        runtime.block_on(async {
            while let Some(start) = pace.due().await {
                // Asked through tokio, so that it forgets that the last reply made the socket readable, and the wait parks at once.
                let nothing = socket
                    .try_io(Interest::READABLE, || Ok(recv(&*socket, &mut exchange.came[..], RecvFlags::DONTWAIT)?));
                assert!(nothing.is_err_and(|error| error.kind() == ErrorKind::WouldBlock), "a clean slate");
                let out = exchange.sealed();
                assert_eq!(send(&*socket, out, SendFlags::DONTWAIT), Ok(out.len()), "one write");
                let bytes = loop {
                    socket.readable().await.expect("the venue stands");
                    match socket.try_read(&mut exchange.came) {
                        Ok(bytes) => break bytes,
                        Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                        Err(error) => panic!("{error}"),
                    }
                };
                exchange.opened(bytes);
                pace.done(start);
            }
        });
    }
}

impl Exchange {
    fn connect(address: &Address) -> (TcpStream, Self) {
        let socket = TcpStream::connect(address.socket).expect("the venue listens");
        socket.set_nodelay(true).expect("a socket");
        let records = address.ca_pem.as_ref().map(|pem| shake_hands(&socket, pem));
        let target = Signer::default().next(&format!("{}/order", order::BASE_PATH)).to_owned();
        let request = format!(
            "POST {target} HTTP/1.1\r\nHost: {}\r\n{KEY_HEADER}: {KEY}\r\nContent-Length: 0\r\n\r\n",
            address.socket
        );
        let (sealed, came) = (vec![0; 4096], vec![0; 32 * 1024]);
        (socket, Self { records, request: request.into_bytes(), sealed, came })
    }

    /// What goes out.
    #[inline]
    fn sealed(&mut self) -> &[u8] {
        match &mut self.records {
            None => &self.request,
            Some(records) => records.seal(&self.request, &mut self.sealed),
        }
    }

    /// Reads what came as little as can be.
    #[inline]
    fn opened(&mut self, bytes: usize) {
        let came = &mut self.came[..bytes];
        let reply = match &mut self.records {
            None => &*came,
            Some(records) => {
                assert_eq!(Records::whole(came), Some(bytes), "the reply is one record and comes in one piece");
                records.open(came).expect("a reply")
            }
        };
        assert!(reply.len() > 300, "the reply comes in one piece");
        std::hint::black_box(reply);
    }
}

fn shake_hands(socket: &TcpStream, ca_pem: &str) -> Records {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca_pem.as_bytes()).expect("a certificate")).expect("a certificate");
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()));
    let config = config.with_safe_default_protocol_versions().expect("TLS 1.3").with_root_certificates(roots);
    let mut config = config.with_no_client_auth();
    config.enable_secret_extraction = true;
    let name = ServerName::try_from("localhost").expect("a name");
    let mut tls = ClientConnection::new(Arc::new(config), name).expect("a configuration");
    while tls.is_handshaking() {
        tls.complete_io(&mut RecordByRecord(socket)).expect("a handshake");
    }
    while tls.wants_write() {
        tls.write_tls(&mut &*socket).expect("the venue stands");
    }
    Records::new(tls.dangerous_extract_secrets().expect("asked for"))
}
