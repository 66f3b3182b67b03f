//! What two parsers that know nothing of the writer read in its bytes: httparse and hyper's server.

use std::convert::Infallible;

use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use orderwire::http::request::REQUEST_BYTES_MAX;

/// What a reader should see.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    pub method: String,
    pub target: String,
    /// Names in lower case, in wire order.
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
}

/// The head by httparse; what follows is the body if its length says so.
pub fn read_by_httparse(bytes: &[u8]) -> Seen {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut request = httparse::Request::new(&mut headers);
    let head = request.parse(bytes).unwrap().unwrap();
    assert_eq!(request.version, Some(1));
    let headers: Vec<_> =
        request.headers.iter().map(|header| (header.name.to_lowercase(), header.value.to_vec())).collect();
    let lengths: Vec<_> = headers.iter().filter(|(name, _)| name == "content-length").collect();
    let length = match lengths[..] {
        [] => 0,
        [(_, digits)] => std::str::from_utf8(digits).unwrap().parse().unwrap(),
        _ => panic!("several lengths"),
    };
    assert!(!headers.iter().any(|(name, _)| name == "transfer-encoding"));
    assert_eq!(bytes.len(), head + length, "nothing stands behind the request");
    let (method, target) = (request.method.unwrap().to_owned(), request.path.unwrap().to_owned());
    Seen { method, target, headers, body: bytes[head..].to_vec() }
}

/// All requests that hyper's server reads off a connection on which nothing else is sent.
pub async fn read_by_hyper(bytes: &[u8]) -> Vec<Seen> {
    let (client, server) = tokio::io::duplex(4 * REQUEST_BYTES_MAX);
    let (mut replies, mut requests) = tokio::io::split(client);
    tokio::io::AsyncWriteExt::write_all(&mut requests, bytes).await.unwrap();
    tokio::io::AsyncWriteExt::shutdown(&mut requests).await.unwrap();
    let seen = std::cell::RefCell::new(Vec::new());
    let service = service_fn(async |request: hyper::Request<Incoming>| {
        let (head, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        let headers = head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()));
        seen.borrow_mut().push(Seen {
            method: head.method.as_str().to_owned(),
            target: head.uri.to_string(),
            headers: headers.collect(),
            body,
        });
        Ok::<_, Infallible>(hyper::Response::new(Empty::<Bytes>::new()))
    });
    http1::Builder::new().half_close(true).serve_connection(TokioIo::new(server), service).await.unwrap();
    let mut reply = Vec::new();
    tokio::io::AsyncReadExt::read_to_end(&mut replies, &mut reply).await.unwrap();
    assert_eq!(reply.windows(9).filter(|window| window == b"HTTP/1.1 ").count(), 1);
    assert!(reply.starts_with(b"HTTP/1.1 200 OK\r\n"), "{}", String::from_utf8_lossy(&reply));
    seen.into_inner()
}

/// hyper keeps the order of values under one name, and not that of names.
pub fn by_name(mut seen: Vec<Seen>) -> Vec<Seen> {
    for seen in &mut seen {
        seen.headers.sort_by(|(one, _), (other, _)| one.cmp(other));
    }
    seen
}
