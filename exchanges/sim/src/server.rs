//! HTTP/1.1 over TLS or plain, by hyper and tokio-rustls: parsers and records other than the SDK's own.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Body, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::Dialect;
use crate::venue::{Call, Reply, Venue};

/// What every connection shares.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) dialect: Dialect,
    pub(crate) venue: Arc<Mutex<Venue>>,
    pub(crate) tls: Option<TlsAcceptor>,
    /// Tell stderr what happens.
    pub(crate) log: bool,
}

impl Server {
    /// Accepts connections until the future is dropped.
    pub(crate) async fn run(self, listener: TcpListener) {
        loop {
            let Ok((stream, peer)) = listener.accept().await else {
                // Out of descriptors, most likely: connections that end give some back.
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            };
            let server = self.clone();
            tokio::spawn(async move {
                let _ = stream.set_nodelay(true);
                match &server.tls {
                    Some(tls) => match tls.accept(stream).await {
                        Ok(stream) => server.converse(stream, peer.ip()).await,
                        Err(error) if server.log => eprintln!("{peer}: TLS handshake: {error}"),
                        Err(_) => {}
                    },
                    None => server.converse(stream, peer.ip()).await,
                }
            });
        }
    }

    async fn converse(&self, stream: impl AsyncRead + AsyncWrite + Unpin, peer: IpAddr) {
        let service = service_fn(|request| self.answer(request, peer));
        // An error here is a peer that went away or spoke no HTTP; hyper has answered 400 where it could.
        let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
    }

    async fn answer(&self, request: Request<Incoming>, peer: IpAddr) -> Result<Response<Full<Bytes>>, Infallible> {
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
        let reply = {
            let mut venue = self.venue.lock().unwrap_or_else(PoisonError::into_inner);
            self.dialect.handle(&mut venue, &call, now_us())
        };
        if self.log {
            // Without the query: it is signed.
            eprintln!("{peer}: {} {} {}", head.method, head.uri.path(), reply.status);
        }
        Ok(response(reply))
    }
}

fn response(reply: Reply) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(reply.body)));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(reply.content_type));
    for (name, value) in reply.headers {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    }
    response
}

fn empty(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}

/// The venue's clock, µs since the epoch.
fn now_us() -> u64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_epoch.as_micros()).unwrap_or(u64::MAX)
}

/// Largest request body.
const BODY_BYTES_MAX: usize = 64 * 1_024;
const ACCEPT_PAUSE: std::time::Duration = std::time::Duration::from_millis(20);
