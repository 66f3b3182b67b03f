//! Reading a reply: from the bytes in the reader's buffer to status, body and the headers an order looks at.
//!
//! Isolates the head (line ends, httparse, framing) and the lookup of two headers; the body is only passed over. Beside
//! it stands the floor, httparse alone over the same head into a table made beforehand, with no rule of framing checked.
//! A worse ratio means that our own checks got slower. Both pay for copying the reply into the buffer, as the kernel
//! would.
//!
//! Blocks are interleaved, so that what the machine does meanwhile falls on all. `cargo bench --bench parse`

use std::hint::black_box;
use std::time::Instant;

use orderwire::http::response::{Progress, RESPONSE_BYTES_DEFAULT, ResponseReader};

/// Rounds of one block of each, and calls in a block.
const BLOCKS: usize = 400;
const CALLS: u32 = 1_000;

/// Header lines in the manner of a venue behind a content delivery network.
const HEAD: &str = "HTTP/1.1 200 OK\r\n\
    Content-Type: application/json;charset=UTF-8\r\n\
    Connection: keep-alive\r\n\
    Date: Tue, 21 Jul 2026 12:34:56 GMT\r\n\
    Server: nginx\r\n\
    Vary: Accept-Encoding\r\n\
    x-mbx-uuid: 1a2b3c4d-5e6f-4a3b-9c8d-0123456789ab\r\n\
    x-mbx-used-weight: 21\r\n\
    x-mbx-used-weight-1m: 21\r\n\
    x-mbx-order-count-10s: 3\r\n\
    x-mbx-order-count-1d: 1204\r\n\
    Strict-Transport-Security: max-age=31536000; includeSubdomains\r\n\
    X-Frame-Options: SAMEORIGIN\r\n\
    X-Xss-Protection: 1; mode=block\r\n\
    X-Content-Type-Options: nosniff\r\n\
    Content-Security-Policy: default-src 'self'\r\n\
    X-Content-Security-Policy: default-src 'self'\r\n\
    X-WebKit-CSP: default-src 'self'\r\n\
    Cache-Control: no-cache, no-store, must-revalidate\r\n\
    Pragma: no-cache\r\n\
    Expires: 0\r\n\
    X-Cache: Miss from cdn\r\n\
    Via: 1.1 0123456789abcdef0123456789abcdef.cdn.example (CDN)\r\n";

fn main() {
    let body = "x".repeat(400);
    let chunked = format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n190\r\n{body}\r\n0\r\n\r\n");
    let known = format!("{HEAD}Content-Length: 400\r\n\r\n{body}");
    for (name, reply) in [("Content-Length", known), ("chunked", chunked)] {
        let mut reader = ResponseReader::new(RESPONSE_BYTES_DEFAULT);
        let mut bare = vec![0; RESPONSE_BYTES_DEFAULT];
        let (mut ours, mut floor) = (Vec::with_capacity(BLOCKS), Vec::with_capacity(BLOCKS));
        for _ in 0..BLOCKS {
            ours.push(block(|| by_reader(&mut reader, black_box(reply.as_bytes()))));
            floor.push(block(|| by_httparse(&mut bare, black_box(reply.as_bytes()))));
        }
        let (ours, floor) = (median(ours), median(floor));
        println!("{name}, {} bytes: medians of {BLOCKS} interleaved blocks of {CALLS}", reply.len());
        println!("  ResponseReader  {ours:7.1} ns   {:.2} of httparse alone", ours / floor);
        println!("  httparse alone  {floor:7.1} ns");
    }
}

fn by_reader(reader: &mut ResponseReader, reply: &[u8]) {
    reader.start(false).expect("a clean reader");
    reader.spare()[..reply.len()].copy_from_slice(reply);
    assert_eq!(reader.advance(reply.len()), Ok(Progress::Complete));
    let response = reader.response().expect("a whole reply");
    black_box((response.status(), response.body()));
    black_box(response.header("X-MBX-USED-WEIGHT-1M"));
    black_box(response.header("X-MBX-ORDER-COUNT-10S"));
}

fn by_httparse(buffer: &mut [u8], reply: &[u8]) {
    buffer[..reply.len()].copy_from_slice(reply);
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut head = httparse::Response::new(&mut headers);
    assert!(head.parse(&buffer[..reply.len()]).is_ok_and(|status| status.is_complete()));
    black_box(&head);
}

/// Nanoseconds per call.
fn block(mut call: impl FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..CALLS {
        call();
    }
    start.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS)
}

fn median(mut blocks: Vec<f64>) -> f64 {
    blocks.sort_by(f64::total_cmp);
    blocks[blocks.len() / 2]
}
