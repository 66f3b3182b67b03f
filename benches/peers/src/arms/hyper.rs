//! hyper 1's client connection over tokio-rustls, its connection task on the same runtime.

use std::sync::Arc;

use http_body_util::{BodyExt, Empty};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{CONTENT_LENGTH, HOST, HeaderName, HeaderValue};
use hyper_util::rt::TokioIo;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;

use super::{Arm, runtime};
use crate::order::{self, KEY, Signer};
use crate::pace::Pace;
use crate::venue::Address;

struct Hyper {
    runtime: Runtime,
    sender: SendRequest<Empty<Bytes>>,
    signer: Signer,
    host: HeaderValue,
}

pub(super) fn connect(address: &Address) -> Box<dyn Arm> {
    let runtime = runtime();
    let sender = runtime.block_on(async {
        let socket = TcpStream::connect(address.socket).await.expect("the venue listens");
        socket.set_nodelay(true).expect("a socket");
        match &address.ca_pem {
            None => handshake(socket).await,
            Some(pem) => {
                let mut roots = RootCertStore::empty();
                roots
                    .add(CertificateDer::from_pem_slice(pem.as_bytes()).expect("a certificate"))
                    .expect("a certificate");
                let config = ClientConfig::builder_with_provider(Arc::new(default_provider()));
                let config = config.with_safe_default_protocol_versions().expect("TLS 1.3");
                let config = config.with_root_certificates(roots).with_no_client_auth();
                let name = ServerName::try_from("localhost").expect("a name");
                let tls = tokio_rustls::TlsConnector::from(Arc::new(config));
                handshake(tls.connect(name, socket).await.expect("a handshake")).await
            }
        }
    });
    let host = HeaderValue::from_str(&address.socket.to_string()).expect("an address");
    Box::new(Hyper { runtime, sender, signer: Signer::default(), host })
}

async fn handshake<S>(stream: S) -> SendRequest<Empty<Bytes>>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.expect("a connection");
    tokio::spawn(connection);
    sender
}

impl Arm for Hyper {
    fn run(&mut self, pace: &mut Pace) {
        let Self { runtime, sender, signer, host } = self;
        runtime.block_on(async {
            while let Some(start) = pace.due().await {
                place(sender, signer, host).await;
                pace.done(start);
            }
        });
    }
}

async fn place(sender: &mut SendRequest<Empty<Bytes>>, signer: &mut Signer, host: &HeaderValue) {
    const KEY_NAME: HeaderName = HeaderName::from_static("x-mbx-apikey");
    const PATH: &str = "/api/v3/order";
    let request = Request::post(signer.next(PATH))
        .header(HOST, host)
        .header(KEY_NAME, HeaderValue::from_static(KEY))
        .header(CONTENT_LENGTH, HeaderValue::from_static("0"))
        .body(Empty::new())
        .expect("a request");
    sender.ready().await.expect("the venue stands");
    let reply = sender.send_request(request).await.expect("a reply");
    let status = reply.status().as_u16();
    let body = reply.into_body().collect().await.expect("a whole reply").to_bytes();
    std::hint::black_box(order::read(status, &body, signer.id()));
}
