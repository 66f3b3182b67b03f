//! Each fault as a raw socket sees it: what comes, how the connection ends, and whether the order was taken.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use orderwire_sim::{Fault, SimVenue};

use crate::client::{Client, KEY, limit, stamped, start, venue};

/// How a connection stands after the reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Closed,
    Open,
    Reset,
}

/// Longer than any delay asked for here.
const PATIENCE: Duration = Duration::from_millis(250);

/// Sends an order on a connection of its own; what came, and how it ended.
fn order(sim: &SimVenue, id: &str) -> (String, End) {
    let Ok(mut stream) = TcpStream::connect(sim.address()) else { return (String::new(), End::Reset) };
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let query = Client::of(sim).sign(&stamped(&limit("BUY", "0.001", "20000", id)));
    let request =
        format!("POST /api/v3/order?{query} HTTP/1.1\r\nHost: x\r\nX-MBX-APIKEY: {KEY}\r\nContent-Length: 0\r\n\r\n");
    let sent = stream.write_all(request.as_bytes());
    let (mut seen, mut part) = (Vec::new(), [0; 65_536]);
    let end = loop {
        match stream.read(&mut part) {
            Ok(0) => break if sent.is_ok() { End::Closed } else { End::Reset },
            Ok(bytes) => seen.extend_from_slice(&part[..bytes]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => break End::Open,
            Err(_) => break End::Reset,
        }
    };
    (String::from_utf8_lossy(&seen).into_owned(), end)
}

fn is_taken(sim: &SimVenue, id: &str) -> bool {
    sim.ledger().iter().any(|record| record.client_order_id == id && record.order_id.is_some())
}

#[test]
fn each_fault_of_a_request_does_what_its_name_says() {
    let sim = start(venue().plain());
    let ok = "HTTP/1.1 200 OK\r\n";
    let cases: &[(Fault, &str, &str, End, bool)] = &[
        // fault, how the reply begins, what stands in it, how it ends, whether the order is taken
        (Fault::Banned, "HTTP/1.1 418", "retry-after: 1", End::Open, false),
        (Fault::BlackHole { ms: 100 }, "", "", End::Reset, true),
        (Fault::BlackHoleIdle { ms: 100 }, ok, "\"clientOrderId\"", End::Reset, true),
        (Fault::CloseAfterAccept, "", "", End::Closed, true),
        (Fault::CloseInReply { at: 20 }, "HTTP/1.1 200 OK\r\n", "", End::Closed, true),
        (Fault::CloseInRequest { at: 50 }, "", "", End::Closed, false),
        (Fault::Chunked, ok, "0\r\nX-Trailer: t\r\n\r\n", End::Open, true),
        (Fault::Compressed, ok, "Content-Encoding: gzip\r\n", End::Open, true),
        (Fault::ConnectionClose, ok, "Connection: close\r\n", End::Closed, true),
        (Fault::CutJson, ok, "\"clientOrderId\"", End::Open, true),
        (Fault::CutReply { at: 20 }, "HTTP/1.1 200 OK\r\n", "", End::Closed, true),
        (Fault::DuplicateReply, ok, "}HTTP/1.1 200 OK\r\n", End::Open, true),
        (Fault::Firewall, "HTTP/1.1 403", "text/html", End::Open, false),
        (Fault::GatewayTimeout, "HTTP/1.1 504", "<html>", End::Open, true),
        (Fault::HalfClose, ok, "\"clientOrderId\"", End::Closed, true),
        (Fault::Http10, "HTTP/1.0 200 OK\r\n", "\"clientOrderId\"", End::Closed, true),
        (Fault::HugeBody, ok, "Content-Length: 1000000\r\n", End::Open, true),
        (Fault::HugeHead, ok, "X-Huge: xxx", End::Open, true),
        (
            Fault::Informational,
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102",
            "\r\n\r\nHTTP/1.1 200 OK\r\n",
            End::Open,
            true,
        ),
        (Fault::InternalError, "HTTP/1.1 503", "\"code\":-1001", End::Open, false),
        (Fault::LateReply { ms: 50 }, ok, "\"clientOrderId\"", End::Open, true),
        (Fault::LengthAndChunked, ok, "Transfer-Encoding: chunked\r\n", End::Open, true),
        (Fault::MalformedJson, ok, "{\"symbol\":BTCUSDT}", End::Open, true),
        (Fault::NestedJson, ok, "[[[[[[[[", End::Open, true),
        (Fault::OneByteRecords, ok, "\"clientOrderId\"", End::Open, true),
        (Fault::OtherId, ok, "\"clientOrderId\":\"not-", End::Open, true),
        (Fault::PlusLength, ok, "Content-Length: +", End::Open, true),
        (Fault::RateLimited, "HTTP/1.1 429", "retry-after: 1", End::Open, false),
        (Fault::ReplyInFlight, ok, "}HTTP/1.1 200 OK\r\n", End::Open, true),
        (Fault::ResetAfterAccept, "", "", End::Reset, true),
        (Fault::ResetInReply { at: 20 }, "", "", End::Reset, true),
        (Fault::ResetInRequest { at: 50 }, "", "", End::Reset, false),
        (Fault::ServerErrorAfter, "HTTP/1.1 503", "", End::Open, true),
        (Fault::ServerErrorBefore, "HTTP/1.1 503", "", End::Open, false),
        (Fault::ShortLength, ok, "\"clientOrderId\"", End::Open, true),
        (Fault::Silence, "", "", End::Open, true),
        (Fault::StallAfterReply, ok, "\"clientOrderId\"", End::Open, true),
        (Fault::StallInReply { at: 30 }, "HTTP/1.1 200 OK\r\n", "", End::Open, true),
        (Fault::StatusUnknown, "HTTP/1.1 503", "Unknown error, please check", End::Open, true),
        (Fault::StopReading { at: 50 }, "", "", End::Open, false),
        (Fault::StrayAfter, ok, "never-placed", End::Open, true),
        (Fault::StrayBefore, ok, "never-placed\",\"status\":\"FILLED\"}HTTP/1.1 200 OK\r\n", End::Open, true),
        (Fault::StrayIdle { ms: 50 }, ok, "never-placed", End::Open, true),
        (Fault::Throttled, "HTTP/1.1 503", "\"code\":-1008", End::Open, false),
        (Fault::TimeoutAfter, "HTTP/1.1 408", "-1007", End::Open, true),
        (Fault::TwoLengths, ok, "Content-Length: 1\r\n", End::Open, true),
        (Fault::Unavailable, "HTTP/1.1 503", "{\"msg\":\"Service Unavailable.\"}", End::Open, false),
        (Fault::Unsolicited408 { ms: 50 }, ok, "}HTTP/1.1 408 Request Timeout\r\n", End::Closed, true),
        (Fault::WrongLength, ok, "\"clientOrderId\"", End::Open, true),
    ];
    for (number, (fault, begins, has, ends, taken)) in cases.iter().enumerate() {
        let id = format!("fault{number}");
        sim.next(*fault);
        let (seen, end) = order(&sim, &id);
        let shown = &seen[..seen.len().min(400)];
        assert!(seen.starts_with(begins) && seen.contains(has), "{fault}: {shown}");
        assert_eq!(end, *ends, "{fault}: {shown}");
        assert_eq!(is_taken(&sim, &id), *taken, "{fault}");
        if begins.is_empty() && *ends != End::Reset {
            assert_eq!(seen, "", "{fault}");
        }
    }
    // Each struck once: the venue is well again.
    let (seen, end) = order(&sim, "afterwards");
    assert!(seen.starts_with(ok) && end == End::Open && is_taken(&sim, "afterwards"), "{seen}");
    // Those that strike a request before its id was read cannot be told by the order.
    assert_eq!(sim.struck().len(), cases.len() - 3);
}

#[test]
fn faults_of_a_connection_strike_as_it_is_made() {
    let sim = start(venue().plain());
    sim.next(Fault::StrayAtStart);
    let (seen, _) = order(&sim, "a");
    assert!(seen.contains("never-placed"), "{seen}");

    sim.next(Fault::StallInAccept { ms: 100 });
    let begun = Instant::now();
    assert_eq!(order(&sim, "b").0, "");
    assert!(begun.elapsed() >= Duration::from_millis(100) && !is_taken(&sim, "b"));

    sim.next(Fault::RefuseConnect { ms: 150 });
    assert_eq!(order(&sim, "c"), (String::new(), End::Reset));
    assert!(TcpStream::connect(sim.address()).is_err(), "nobody listens for a while");
    std::thread::sleep(Duration::from_millis(250));

    sim.next(Fault::OneByteSegments);
    let (seen, end) = order(&sim, "d");
    assert!(seen.starts_with("HTTP/1.1 200 OK") && end == End::Open, "{seen}");

    sim.next(Fault::CloseInHandshake { at: 0 });
    assert_eq!(order(&sim, "e").0, "");
    assert!(!is_taken(&sim, "e"));
}

/// What is written into a black hole is never acknowledged, and a new connection is never answered.
#[cfg(target_os = "linux")]
#[test]
fn a_black_hole_drops_packets() {
    let sim = start(venue().plain());
    sim.next(Fault::BlackHoleIdle { ms: 5_000 });
    let mut stream = TcpStream::connect(sim.address()).unwrap();
    let answer = place(&mut stream, &sim, "heard");
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    // The kernel gives up by itself, long before the venue resets the connection.
    rustix::net::sockopt::set_tcp_user_timeout(&stream, 100).unwrap();
    let begun = Instant::now();
    assert_eq!(place(&mut stream, &sim, "lost"), "TimedOut");
    assert!(begun.elapsed() < Duration::from_millis(4_500), "{:?}", begun.elapsed());
    assert!(is_taken(&sim, "heard") && !is_taken(&sim, "lost"));

    sim.next(Fault::BlackHoleConnect { ms: 300 });
    assert_eq!(order(&sim, "reset").1, End::Reset);
    let unanswered = TcpStream::connect_timeout(&sim.address(), Duration::from_millis(150)).unwrap_err();
    assert_eq!(unanswered.kind(), ErrorKind::TimedOut);
    std::thread::sleep(Duration::from_millis(300));
    assert!(is_taken_after(&sim, "afterwards"));
}

/// Sends an order on this connection; the first bytes that come, or the kind of the error.
#[cfg(target_os = "linux")]
fn place(stream: &mut TcpStream, sim: &SimVenue, id: &str) -> String {
    let query = Client::of(sim).sign(&stamped(&limit("BUY", "0.001", "20000", id)));
    let request =
        format!("POST /api/v3/order?{query} HTTP/1.1\r\nHost: x\r\nX-MBX-APIKEY: {KEY}\r\nContent-Length: 0\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut part = [0; 65_536];
    match stream.read(&mut part) {
        Ok(bytes) => String::from_utf8_lossy(&part[..bytes]).into_owned(),
        Err(error) => format!("{:?}", error.kind()),
    }
}

/// All records of the server's, those of its session tickets too.
#[test]
fn records_can_be_small() {
    let longest = |sim: &SimVenue| {
        let mut stream = TcpStream::connect(sim.address()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(CLIENT_HELLO).unwrap();
        let (mut seen, mut part) = (Vec::new(), [0; 4096]);
        while let Ok(bytes @ 1..) = stream.read(&mut part) {
            seen.extend_from_slice(&part[..bytes]);
        }
        // RFC 8446 section 5.1: type, version, length in two bytes, and as many bytes.
        let (mut rest, mut lengths) = (&seen[..], Vec::new());
        while let [_, _, _, high, low, behind @ ..] = rest {
            let length = usize::from(u16::from_be_bytes([*high, *low]));
            lengths.push(length);
            rest = &behind[length.min(behind.len())..];
        }
        lengths.into_iter().max()
    };
    let sim = start(venue());
    assert!(longest(&sim) > Some(200), "a certificate in one record");
    sim.next(Fault::SmallRecords);
    // 32 bytes with their head; one byte of content type and 16 of tag where they are sealed.
    assert!(longest(&sim) <= Some(32 - 5 + 17) && longest(&sim) > Some(200));
    assert_eq!(Client::of(&sim).limit("BUY", "0.001", "20000", "well").status, 200);
}

#[test]
fn a_handshake_is_disturbed_at_any_byte() {
    let sim = start(venue());
    for at in [0, 1, 100, 500] {
        for fault in [Fault::CloseInHandshake { at }, Fault::ResetInHandshake { at }, Fault::StallInHandshake { at }] {
            sim.next(fault);
            let mut stream = TcpStream::connect(sim.address()).unwrap();
            stream.write_all(CLIENT_HELLO).unwrap();
            let (mut seen, mut part) = (0, [0; 4096]);
            let came = usize::try_from(at).unwrap();
            let end = loop {
                // A machine that is busy may be late with what is to come; that nothing more comes shows soon.
                let is_stalled = seen == came && matches!(fault, Fault::StallInHandshake { .. });
                let patience = Duration::from_millis(if is_stalled { 150 } else { 10_000 });
                stream.set_read_timeout(Some(patience)).unwrap();
                match stream.read(&mut part) {
                    Ok(0) => break End::Closed,
                    Ok(bytes) => seen += bytes,
                    Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                        break End::Open;
                    }
                    Err(_) => break End::Reset,
                }
            };
            let expected = match fault {
                Fault::CloseInHandshake { .. } => End::Closed,
                Fault::ResetInHandshake { .. } => End::Reset,
                _ => End::Open,
            };
            assert_eq!(end, expected, "{fault}: {seen} bytes");
            // A reset may overtake what was sent before it.
            assert!(seen == came || (end == End::Reset && seen < came), "{fault}: {seen} bytes");
        }
    }
    assert_eq!(Client::of(&sim).limit("BUY", "0.001", "20000", "well").status, 200);
}

/// TLS 1.2 and 1.3, X25519, from the example of RFC 8448 section 3.
const CLIENT_HELLO: &[u8] = &[
    0x16, 0x03, 0x01, 0x00, 0xc4, 0x01, 0x00, 0x00, 0xc0, 0x03, 0x03, 0xcb, 0x34, 0xec, 0xb1, 0xe7, 0x81, 0x63, 0xba,
    0x1c, 0x38, 0xc6, 0xda, 0xcb, 0x19, 0x6a, 0x6d, 0xff, 0xa2, 0x1a, 0x8d, 0x99, 0x12, 0xec, 0x18, 0xa2, 0xef, 0x62,
    0x83, 0x02, 0x4d, 0xec, 0xe7, 0x00, 0x00, 0x06, 0x13, 0x01, 0x13, 0x03, 0x13, 0x02, 0x01, 0x00, 0x00, 0x91, 0x00,
    0x00, 0x00, 0x0b, 0x00, 0x09, 0x00, 0x00, 0x06, 0x73, 0x65, 0x72, 0x76, 0x65, 0x72, 0xff, 0x01, 0x00, 0x01, 0x00,
    0x00, 0x0a, 0x00, 0x14, 0x00, 0x12, 0x00, 0x1d, 0x00, 0x17, 0x00, 0x18, 0x00, 0x19, 0x01, 0x00, 0x01, 0x01, 0x01,
    0x02, 0x01, 0x03, 0x01, 0x04, 0x00, 0x23, 0x00, 0x00, 0x00, 0x33, 0x00, 0x26, 0x00, 0x24, 0x00, 0x1d, 0x00, 0x20,
    0x99, 0x38, 0x1d, 0xe5, 0x60, 0xe4, 0xbd, 0x43, 0xd2, 0x3d, 0x8e, 0x43, 0x5a, 0x7d, 0xba, 0xfe, 0xb3, 0xc0, 0x6e,
    0x51, 0xc1, 0x3c, 0xae, 0x4d, 0x54, 0x13, 0x69, 0x1e, 0x52, 0x9a, 0xaf, 0x2c, 0x00, 0x2b, 0x00, 0x03, 0x02, 0x03,
    0x04, 0x00, 0x0d, 0x00, 0x20, 0x00, 0x1e, 0x04, 0x03, 0x05, 0x03, 0x06, 0x03, 0x02, 0x03, 0x08, 0x04, 0x08, 0x05,
    0x08, 0x06, 0x04, 0x01, 0x05, 0x01, 0x06, 0x01, 0x02, 0x01, 0x04, 0x02, 0x05, 0x02, 0x06, 0x02, 0x02, 0x02, 0x00,
    0x2d, 0x00, 0x02, 0x01, 0x01, 0x00, 0x1c, 0x00, 0x02, 0x40, 0x01,
];

#[test]
fn a_restart_ends_every_connection_and_the_ledger_stays() {
    let sim = start(venue().plain());
    let mut idle = TcpStream::connect(sim.address()).unwrap();
    assert!(is_taken_after(&sim, "before"));
    sim.next(Fault::Restart { ms: 100 });
    idle.set_read_timeout(Some(PATIENCE)).unwrap();
    assert!(idle.read(&mut [0]).is_err_and(|error| error.kind() == ErrorKind::ConnectionReset));
    assert!(TcpStream::connect(sim.address()).is_err());
    std::thread::sleep(Duration::from_millis(250));
    assert!(is_taken_after(&sim, "after") && is_taken(&sim, "before"));
}

fn is_taken_after(sim: &SimVenue, id: &str) -> bool {
    order(sim, id);
    is_taken(sim, id)
}

#[test]
fn a_clock_that_is_off_refuses_what_is_stamped_right() {
    let sim = start(venue().plain());
    sim.next(Fault::ClockSkew { ms: 60_000 });
    let client = Client::of(&sim);
    assert_eq!(client.limit("BUY", "0.001", "20000", "late").refusal(), (400, -1021));
    let venues_time = || client.public("/api/v3/time", &[]).ok()["serverTime"].as_u64().unwrap();
    assert!(venues_time().abs_diff(crate::client::now_ms() + 60_000) < 2_000);
    sim.next(Fault::ClockBehind { ms: 60_000 });
    assert_eq!(client.limit("BUY", "0.001", "20000", "early").refusal(), (400, -1021));
    assert!(venues_time().abs_diff(crate::client::now_ms() - 60_000) < 2_000);
}

#[test]
fn standing_faults_strike_as_often_as_asked() {
    let sim = start(venue().plain().fault("rate-limited:every=3".parse::<orderwire_sim::StandingFault>().unwrap()));
    let client = Client::of(&sim);
    let statuses: Vec<_> = (0..6).map(|n| client.limit("BUY", "0.001", "20000", &format!("n{n}")).status).collect();
    assert_eq!(statuses, [200, 200, 429, 200, 200, 429]);
    assert_eq!(client.public("/api/v3/time", &[]).status, 200);
    sim.stop_faults();
    assert_eq!(client.limit("BUY", "0.001", "20000", "well").status, 200);
    let named: Vec<_> = sim.struck().into_iter().map(|(id, fault)| format!("{id} {fault}")).collect();
    assert_eq!(named, ["n2 rate-limited", "n5 rate-limited"]);
}
