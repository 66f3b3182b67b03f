//! HTTP/1.1 over TLS or plain, by hyper and tokio-rustls: parsers and records other than the SDK's own.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Body, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::{Accept, TlsAcceptor};

use crate::Dialect;
use crate::faults::{Fault, Faults};
use crate::venue::{Call, Reply, Venue};
use crate::wire::{self, InHand, Tap, Wire};

/// What every connection shares.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) dialect: Dialect,
    pub(crate) venue: Arc<Mutex<Venue>>,
    pub(crate) tls: Option<Acceptors>,
    pub(crate) faults: Arc<Faults>,
    /// Tell stderr what happens.
    pub(crate) log: bool,
    /// Replies so far.
    pub(crate) replies: Arc<AtomicU64>,
}

/// TLS as usual, and with records as small as they can be.
#[derive(Clone)]
pub(crate) struct Acceptors {
    usual: TlsAcceptor,
    small: TlsAcceptor,
}

impl Acceptors {
    pub(crate) fn new(config: ServerConfig) -> Self {
        // Sessions of one resume with the other: they share the store.
        let mut small = config.clone();
        small.max_fragment_size = Some(FRAGMENT_BYTES_MIN);
        Self { usual: Arc::new(config).into(), small: Arc::new(small).into() }
    }

    fn accept(&self, tap: Tap, fault: Option<Fault>) -> Accept<Tap> {
        if fault == Some(Fault::SmallRecords) { self.small.accept(tap) } else { self.usual.accept(tap) }
    }
}

impl Server {
    /// Accepts connections until the future is dropped.
    pub(crate) async fn run(self, listener: TcpListener) {
        let (mut restarts, address) = (self.faults.restarts(), listener.local_addr());
        let mut listener = Some(listener);
        loop {
            let Some(open) = &listener else {
                // The address was ours a moment ago; should somebody else have it now, it is asked for again.
                tokio::time::sleep(ACCEPT_PAUSE).await;
                listener = match &address {
                    Ok(address) => TcpListener::bind(address).await.ok(),
                    Err(_) => return,
                };
                continue;
            };
            let accepted = tokio::select! {
                accepted = open.accept() => accepted,
                _ = restarts.changed() => {
                    listener = None;
                    let pause = *restarts.borrow_and_update();
                    tokio::time::sleep(pause).await;
                    continue;
                }
            };
            let Ok((stream, peer)) = accepted else {
                // Out of descriptors, most likely: connections that end give some back.
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            };
            let fault = self.faults.of_connection();
            match fault {
                Some(Fault::RefuseConnect { ms }) => {
                    wire::abort(&stream);
                    (listener, _) = (None, drop(stream));
                    tokio::time::sleep(Duration::from_millis(ms)).await;
                    continue;
                }
                Some(Fault::BlackHoleConnect { ms }) => {
                    // In this order: who is reset may connect again at once.
                    wire::deafen(open);
                    wire::abort(&stream);
                    drop(stream);
                    tokio::time::sleep(Duration::from_millis(ms)).await;
                    wire::hear(open);
                    continue;
                }
                _ => {}
            }
            let server = self.clone();
            tokio::spawn(async move {
                if let Some(Fault::StallInAccept { ms }) = fault {
                    return tokio::time::sleep(Duration::from_millis(ms)).await;
                }
                let _ = stream.set_nodelay(true);
                let tap = Tap::new(stream, fault);
                match &server.tls {
                    Some(tls) => match tokio::time::timeout(HANDSHAKE_MAX, tls.accept(tap, fault)).await {
                        Ok(Ok(stream)) => server.converse(stream, peer.ip(), fault).await,
                        Ok(Err(error)) if server.log => eprintln!("{peer}: TLS handshake: {error}"),
                        Ok(Err(_)) | Err(_) => {}
                    },
                    None if matches!(fault, Some(Fault::CloseInHandshake { .. })) => {}
                    None => server.converse(tap, peer.ip(), fault).await,
                }
            });
        }
    }

    async fn converse(&self, stream: impl Wire, peer: IpAddr, fault: Option<Fault>) {
        let in_hand = InHand::default();
        let (ours, hypers) = tokio::io::duplex(PIPE_BYTES);
        let service = service_fn(|request| self.answer(request, peer, &in_hand));
        // An error here is a peer that went away or spoke no HTTP; hyper has answered 400 where it could.
        tokio::select! {
            // Asked first: what hyper has written last still goes out.
            biased;
            _ = wire::carry(stream, ours, &self.faults, &in_hand, self.dialect.api(), fault) => {}
            () = async {
                let _ = http1::Builder::new().serve_connection(TokioIo::new(hypers), service).await;
                // The pipe has ended: carry sees it and ends.
                std::future::pending::<()>().await;
            } => {}
        }
    }

    async fn answer(
        &self,
        request: Request<Incoming>,
        peer: IpAddr,
        in_hand: &InHand,
    ) -> Result<Response<Full<Bytes>>, Infallible> {
        let (head, body) = request.into_parts();
        let body = if body.is_end_stream() {
            Bytes::new()
        } else {
            match Limited::new(body, BODY_BYTES_MAX).collect().await {
                Ok(body) => body.to_bytes(),
                Err(_) => return Ok(empty(StatusCode::PAYLOAD_TOO_LARGE)),
            }
        };
        let call = Call {
            method: head.method.as_str(),
            path: head.uri.path(),
            query: head.uri.query().unwrap_or_default(),
            headers: &head.headers,
            body: &body,
            peer,
        };
        let fault = *in_hand.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reply) = fault.and_then(|fault| fault.instead_of_engine(self.dialect.api())) {
            return Ok(self.response(reply));
        }
        let reply = {
            let mut venue = self.venue.lock().unwrap_or_else(PoisonError::into_inner);
            let now_us = self.faults.skewed(now_us());
            venue.pass_time(now_us);
            (self.dialect.api().handle)(&mut venue, &call, now_us)
        };
        if self.log {
            // Without the query: it is signed.
            eprintln!("{peer}: {} {} {}", head.method, head.uri.path(), reply.status);
        }
        Ok(self.response(reply))
    }

    /// As the content network before the venue hands it on: each with an id of its own, those that it makes itself too.
    fn response(&self, reply: Reply) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(Bytes::from(reply.body)));
        *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(reply.content_type));
        for (name, value) in reply.headers {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        }
        let id = format!("{:016x}", self.replies.fetch_add(1, Ordering::Relaxed));
        if let Ok(id) = HeaderValue::try_from(id) {
            headers.insert("x-amz-cf-id", id);
        }
        response
    }
}

fn empty(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}

/// The venue's clock, µs since the epoch.
pub(crate) fn now_us() -> u64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_epoch.as_micros()).unwrap_or(u64::MAX)
}

/// The smallest records that rustls makes, bytes.
const FRAGMENT_BYTES_MIN: usize = 32;
/// Largest request body.
const BODY_BYTES_MAX: usize = 64 * 1_024;
/// What hyper may have written before it is carried on.
const PIPE_BYTES: usize = 64 * 1_024;
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);
/// A handshake takes no longer.
const HANDSHAKE_MAX: Duration = Duration::from_secs(30);
