//! The pool and its connections against a scripted server: what the caller learns, and whether the slot comes back.

mod peer;

use std::io::{Read, Write};
use std::net::{IpAddr, Shutdown};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use orderwire::client::{Event, PoolCounts};
use orderwire::error::{HttpError, Phase};
use orderwire::net::connection::Noticed;
use orderwire::{ClientPool, ClientPoolBuilder, CloseReason, Deadline, Fate, RestError, SocketOptions};
use orderwire_binance::{Credentials, Environment, Spot};
use peer::{Authority, OK, Peer, answer, read_request};

const SOON: Duration = Duration::from_secs(5);

fn pool(peer: &Peer) -> ClientPoolBuilder {
    ClientPool::builder().url(peer.url()).deadline(SOON).backoff_max(Duration::from_millis(20))
}

/// Sends one request on the next slot and gives the slot back.
async fn send(pool: &ClientPool, deadline: Deadline) -> Result<u16, RestError> {
    let mut slot = pool.acquire().await?;
    let s = &mut *slot;
    let request = slot_request(&mut s.writer)?;
    let conn = s.conn.as_mut().unwrap();
    conn.send_by(request, &mut s.reader, deadline).await.map(|response| response.status())
}

fn slot_request(writer: &mut orderwire::RequestWriter) -> Result<orderwire::Request<'_>, RestError> {
    Ok(writer.post("/order").body("side=BUY").finish()?)
}

/// Waits until the pool has as many healthy slots as it was built with.
async fn healed(pool: &ClientPool) {
    let start = Instant::now();
    while pool.available() < pool.capacity() {
        assert!(start.elapsed() < SOON, "did not heal: {pool:?}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

fn conn_error(error: RestError) -> (Phase, CloseReason, Fate) {
    match error {
        RestError::Conn(e) => (e.phase, e.reason, e.fate),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_request_goes_out_as_written_and_its_reply_comes_back() {
    let (seen, requests) = mpsc::channel();
    let server = Peer::plain(move |_, mut stream| {
        while let Some(request) = read_request(&mut stream) {
            seen.send(request).unwrap();
            stream.write_all(b"HTTP/1.1 201 Created\r\nX-Id: 7\r\nContent-Length: 8\r\n\r\naccepted").unwrap();
        }
    });
    let pool = pool(&server).base_path("/api/v3").default_header("X-API-KEY", "key").unwrap().build().await.unwrap();
    for _ in 0..3 {
        let mut slot = pool.try_acquire().unwrap();
        let s = &mut *slot;
        let request = s.writer.post("/order").body("side=BUY").finish().unwrap();
        let response = s.conn.as_mut().unwrap().send(request, &mut s.reader).await.unwrap();
        assert_eq!((response.status(), response.header("x-id")), (201, Some(&b"7"[..])));
        assert_eq!((response.body(), response.body_str().unwrap()), (&b"accepted"[..], "accepted"));
        let request = requests.recv().unwrap();
        assert!(request.starts_with("POST /api/v3/order HTTP/1.1\r\n"), "{request}");
        assert!(request.contains(&format!("Host: {}\r\n", server.address)), "{request}");
        assert!(request.contains("X-API-KEY: key\r\n") && request.ends_with("\r\n\r\nside=BUY"), "{request}");
    }
    assert_eq!((pool.available(), server.connections(1)), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn works_on_the_multi_thread_runtime_from_many_tasks() {
    let server = Peer::plain(|_, stream| answer(stream, OK));
    let pool = pool(&server).connections(3).build().await.unwrap();
    assert_eq!(pool.available(), 3);
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move {
                for _ in 0..25 {
                    assert_eq!(send(&pool, Deadline::after(SOON)).await, Ok(200));
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!((pool.available(), server.connections(3)), (3, 3));
}

#[tokio::test]
async fn a_fin_while_idle_is_found_before_the_write() {
    let (go, told) = mpsc::channel::<()>();
    let told = std::sync::Mutex::new(told);
    let server = Peer::plain(move |number, stream| match number {
        0 => {
            told.lock().unwrap().recv().unwrap();
            drop(stream);
        }
        _ => answer(stream, OK),
    });
    let pool = pool(&server).build().await.unwrap();
    // Held, so that the watch leaves it alone: the end comes between taking the slot and writing.
    let mut slot = pool.acquire().await.unwrap();
    go.send(()).unwrap();
    std::thread::sleep(Duration::from_millis(50));
    let s = &mut *slot;
    let request = slot_request(&mut s.writer).unwrap();
    let sent = s.conn.as_mut().unwrap().send_by(request, &mut s.reader, Deadline::after(SOON)).await.map(|_| ());
    assert_eq!(conn_error(sent.unwrap_err()), (Phase::Probe, CloseReason::PeerClosed, Fate::NotSent));
    drop(slot);
    // The slot heals and the next request goes through.
    assert_eq!(send(&pool, Deadline::after(SOON)).await, Ok(200));
    assert_eq!(pool.counts().found_by_probe, 1);
}

/// Waits until the count is so much.
async fn counted(pool: &ClientPool, expected: u64, count: impl Fn(&PoolCounts) -> u64) {
    let start = Instant::now();
    while count(&pool.counts()) < expected {
        assert!(start.elapsed() < SOON, "{:?}", pool.counts());
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(count(&pool.counts()), expected);
}

#[tokio::test]
async fn an_end_at_rest_is_heard_and_healed_before_an_order_meets_it() {
    let (go, told) = mpsc::channel::<()>();
    let told = std::sync::Mutex::new(told);
    let server = Peer::plain(move |number, mut stream| match number {
        0 => {
            read_request(&mut stream).unwrap();
            stream.write_all(OK).unwrap();
            told.lock().unwrap().recv().unwrap();
        }
        _ => answer(stream, OK),
    });
    let (told_events, events) = mpsc::channel();
    let pool = pool(&server).observer(move |event| told_events.send(*event).unwrap()).build().await.unwrap();
    assert_eq!(send(&pool, Deadline::after(SOON)).await, Ok(200));
    go.send(()).unwrap();
    // This runtime is not polled: the slot heals all the same, once it is watched again, at most 0.6 s after its request.
    std::thread::sleep(Duration::from_millis(800));
    let mut slot = pool.try_acquire().unwrap();
    let s = &mut *slot;
    assert_eq!(s.conn.as_ref().unwrap().serial(), 1);
    let request = slot_request(&mut s.writer).unwrap();
    let reply = s.conn.as_mut().unwrap().send_by(request, &mut s.reader, Deadline::after(SOON)).await;
    assert_eq!(reply.map(|r| r.status()), Ok(200));
    assert_eq!((pool.counts().found_by_watch, pool.counts().found_by_probe, pool.counts().connected), (1, 0, 2));
    let events: Vec<_> = events.try_iter().collect();
    assert!(
        matches!(
            events[..],
            [
                Event::Connected { slot: 0, serial: 0, .. },
                Event::Died { slot: 0, reason: CloseReason::PeerClosed, noticed: Noticed::AtRest },
                Event::Healing { slot: 0 },
                Event::Connected { slot: 0, serial: 1, .. },
                Event::Healed { slot: 0, serial: 1, attempts: 1, .. },
            ]
        ),
        "{events:?}"
    );
}

#[tokio::test]
async fn an_end_that_comes_with_the_reply_is_heard_once_the_slot_rests() {
    let server = Peer::plain(|number, mut stream| {
        if number == 0 {
            // Ends right behind its reply, without a word.
            read_request(&mut stream).unwrap();
            stream.write_all(OK).unwrap();
        } else {
            answer(stream, OK);
        }
    });
    let pool = pool(&server).build().await.unwrap();
    assert_eq!(send(&pool, Deadline::after(SOON)).await, Ok(200));
    counted(&pool, 1, |counts| counts.found_by_watch).await;
    healed(&pool).await;
    assert_eq!(send(&pool, Deadline::after(SOON)).await, Ok(200));
}

#[tokio::test]
async fn a_connection_that_rests_too_long_is_replaced_and_one_in_use_is_not() {
    let server = Peer::plain(|_, stream| answer(stream, OK));
    let pool = pool(&server).max_idle(Duration::from_millis(60)).build().await.unwrap();
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_millis(200) {
        assert_eq!(send(&pool, Deadline::after(SOON)).await, Ok(200));
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert_eq!(pool.counts().replaced_for_age, 0);
    counted(&pool, 1, |counts| counts.replaced_for_age).await;
    healed(&pool).await;
    assert!(server.connections(2) >= 2);
    let error = ClientPool::builder().url(server.url()).max_idle(Duration::ZERO).build().await.unwrap_err();
    assert!(error.to_string().contains("max_idle: at least 10ms"), "{error}");
}

#[tokio::test]
async fn connecting_again_stays_within_the_budget() {
    // Takes every connection and drops it: each slot would come back at once.
    let server = Peer::plain(|_, stream| drop(stream));
    let pool = pool(&server).connections(4).ready_min(0).connect_rate(6, 20).build().await.unwrap();
    let begun = Instant::now();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let made = server.connections(0) as f64;
    let most = 6.0 + begun.elapsed().as_secs_f64() * 20.0 + 1.0;
    assert!(made <= most && made >= 6.0, "{made} connections, at most {most}");
    drop(pool);
}

#[tokio::test]
async fn bytes_nobody_asked_for_end_the_connection_before_the_write() {
    let (seen, requests) = mpsc::channel();
    let server = Peer::plain(move |number, mut stream| {
        if number == 0 {
            stream.write_all(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n").unwrap();
        }
        while let Some(request) = read_request(&mut stream) {
            seen.send((number, request)).unwrap();
            stream.write_all(OK).unwrap();
        }
    });
    let pool = pool(&server).build().await.unwrap();
    std::thread::sleep(Duration::from_millis(50));
    let error = conn_error(send(&pool, Deadline::after(SOON)).await.unwrap_err());
    assert_eq!(error, (Phase::Probe, CloseReason::Stray, Fate::NotSent));
    assert_eq!(send(&pool, Deadline::after(SOON)).await, Ok(200));
    assert_eq!(requests.recv().unwrap().0, 1, "the refused request must not have reached the first connection");
    assert!(requests.try_recv().is_err());
}

#[tokio::test]
async fn silence_ends_at_the_deadline_and_the_connection_is_reset() {
    let (seen, ends) = mpsc::channel();
    let server = Peer::plain(move |number, mut stream| {
        let Some(_) = read_request(&mut stream) else { return };
        if number > 0 {
            stream.write_all(OK).unwrap();
        }
        let end = stream.read(&mut [0]).map_err(|e| e.kind());
        seen.send((number, end)).unwrap();
    });
    let pool = pool(&server).build().await.unwrap();
    let start = Instant::now();
    let error = conn_error(send(&pool, Deadline::after(Duration::from_millis(60))).await.unwrap_err());
    assert_eq!(error, (Phase::Read, CloseReason::Deadline, Fate::Unknown));
    assert!((60..1_000).contains(&start.elapsed().as_millis()), "{:?}", start.elapsed());
    assert_eq!(ends.recv().unwrap(), (0, Err(std::io::ErrorKind::ConnectionReset)), "aborted, not closed");
    assert_eq!(send(&pool, Deadline::after(SOON)).await, Ok(200));
}

/// Nobody reads its sockets then; but the deadline is kept.
#[test]
fn silence_ends_at_the_deadline_though_the_pools_own_runtime_is_not_at_work() {
    let server = Peer::plain(|_, mut stream| while read_request(&mut stream).is_some() {});
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (home, other) = (runtime(), runtime());
    let pool = home.block_on(pool(&server).build()).unwrap();
    let start = Instant::now();
    let error = conn_error(other.block_on(send(&pool, Deadline::after(Duration::from_millis(60)))).unwrap_err());
    assert_eq!(error, (Phase::Read, CloseReason::Deadline, Fate::Unknown));
    assert!((60..1_000).contains(&start.elapsed().as_millis()), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_deadline_that_has_passed_sends_nothing_and_costs_no_connection() {
    let server = Peer::plain(|_, stream| answer(stream, OK));
    let pool = pool(&server).build().await.unwrap();
    let error = conn_error(send(&pool, Deadline::at(Instant::now())).await.unwrap_err());
    assert_eq!(error, (Phase::Probe, CloseReason::Deadline, Fate::NotSent));
    assert_eq!(pool.available(), 1);
    assert_eq!(send(&pool, Deadline::after(SOON)).await, Ok(200));
    assert_eq!(server.connections(1), 1);
}

#[tokio::test]
async fn a_dropped_future_never_hands_its_reply_to_the_next_request() {
    let server = Peer::plain(|number, mut stream| {
        while let Some(request) = read_request(&mut stream) {
            std::thread::sleep(Duration::from_millis(if number == 0 { 80 } else { 0 }));
            let body = if request.contains("order=A") { "A" } else { "B" };
            let _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{body}");
        }
    });
    let pool = pool(&server).build().await.unwrap();
    let mut slot = pool.acquire().await.unwrap();
    let s = &mut *slot;
    let request = s.writer.post("/order").body("order=A").finish().unwrap();
    let conn = s.conn.as_mut().unwrap();
    let dropped = tokio::time::timeout(Duration::from_millis(20), conn.send(request, &mut s.reader)).await;
    assert!(dropped.is_err());
    // On the same slot, and on the slot after it was returned.
    let request = s.writer.post("/order").body("order=B").finish().unwrap();
    let error = conn_error(s.conn.as_mut().unwrap().send(request, &mut s.reader).await.unwrap_err());
    assert_eq!(error, (Phase::Probe, CloseReason::Abandoned, Fate::NotSent));
    drop(slot);
    assert!(pool.try_acquire().is_none(), "a half-used connection was handed out");
    let mut slot = pool.acquire().await.unwrap();
    let s = &mut *slot;
    let request = s.writer.post("/order").body("order=B").finish().unwrap();
    let response = s.conn.as_mut().unwrap().send(request, &mut s.reader).await.unwrap();
    assert_eq!(response.body(), b"B");
}

#[tokio::test]
async fn a_cut_reply_is_unknown() {
    let server = Peer::plain(|number, mut stream| {
        if number > 0 {
            return answer(stream, OK);
        }
        read_request(&mut stream).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"status\"").unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
    });
    let pool = pool(&server).build().await.unwrap();
    let error = send(&pool, Deadline::after(SOON)).await.unwrap_err();
    assert_eq!(error, RestError::Http(HttpError::CutInBody { got: 9, expected: 100 }));
    assert_eq!(error.fate(), Fate::Unknown);
    healed(&pool).await;
}

#[tokio::test]
async fn an_announced_close_is_honoured() {
    let server = Peer::plain(|_, stream| {
        answer(stream, b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}");
    });
    let pool = pool(&server).build().await.unwrap();
    for _ in 0..3 {
        assert_eq!(send(&pool, Deadline::after(SOON)).await, Ok(200));
        assert_eq!(pool.available(), 0, "the peer said that it closes");
    }
    healed(&pool).await;
    assert_eq!(server.connections(4), 4);
}

#[tokio::test]
async fn bytes_behind_the_reply_make_it_unknown() {
    let server = Peer::plain(|_, stream| answer(stream, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1"));
    let pool = pool(&server).build().await.unwrap();
    let error = send(&pool, Deadline::after(SOON)).await.unwrap_err();
    assert!(matches!(error, RestError::Http(HttpError::Stray { .. })), "{error:?}");
    assert_eq!(error.fate(), Fate::Unknown);
}

#[tokio::test]
async fn a_reply_larger_than_the_buffer_names_the_limit() {
    let reply = format!("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{}", "x".repeat(100_000));
    let server = Peer::plain(move |_, stream| answer(stream, reply.as_bytes()));
    let pool = pool(&server).response_bytes(8192).build().await.unwrap();
    let error = send(&pool, Deadline::after(SOON)).await.unwrap_err();
    assert_eq!(error.fate(), Fate::Unknown);
    assert!(error.to_string().contains("response_bytes"), "{error}");
    healed(&pool).await;
    let mut slot = pool.acquire().await.unwrap();
    let s = &mut *slot;
    s.reader.allow(200_000);
    let request = s.writer.get("/instruments").no_body().unwrap();
    let response = s.conn.as_mut().unwrap().send(request, &mut s.reader).await.unwrap();
    assert_eq!(response.body().len(), 100_000);
}

#[tokio::test]
async fn a_slot_without_its_connection_heals() {
    let server = Peer::plain(|_, stream| answer(stream, OK));
    let pool = pool(&server).connections(2).build().await.unwrap();
    let mut slot = pool.try_acquire().unwrap();
    let taken = slot.conn.take().unwrap();
    drop(slot);
    healed(&pool).await;
    assert_eq!(server.connections(3), 3);
    drop(taken);
}

#[tokio::test]
async fn a_reader_in_the_middle_of_another_reply_is_refused() {
    let server = Peer::plain(|_, stream| answer(stream, OK));
    let pool = pool(&server).build().await.unwrap();
    let mut slot = pool.try_acquire().unwrap();
    let s = &mut *slot;
    s.reader.start(false).unwrap();
    let _ = s.reader.advance(0);
    let request = slot_request(&mut s.writer).unwrap();
    let error = s.conn.as_mut().unwrap().send(request, &mut s.reader).await.unwrap_err();
    assert_eq!(error.fate(), Fate::NotSent);
    assert!(error.to_string().contains("reset()"), "{error}");
    s.reader.reset();
    let request = slot_request(&mut s.writer).unwrap();
    assert_eq!(s.conn.as_mut().unwrap().send(request, &mut s.reader).await.unwrap().status(), 200);
}

#[tokio::test]
async fn build_says_why_nobody_can_be_reached() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = ClientPool::builder().url(format!("http://{free}")).connections(2).build().await.unwrap_err();
    assert!(error.to_string().contains("connect: Connection refused"), "{error}");
    let error = ClientPool::builder().url("http://no-such-host.invalid").build().await.unwrap_err();
    assert!(error.to_string().contains("cannot resolve"), "{error}");
}

/// Two slots start from an address that the venue drops at once: the minimum is ready, and the others heal when it does not any
/// more.
#[tokio::test]
async fn the_minimum_is_enough_to_build_and_the_others_follow() {
    let shut_out: IpAddr = "127.0.0.2".parse().unwrap();
    let is_open = Arc::new(AtomicBool::new(false));
    let open = Arc::clone(&is_open);
    let server = Peer::plain(move |_, stream| {
        if stream.peer_addr().unwrap().ip() != shut_out || open.load(Ordering::SeqCst) {
            answer(stream, OK);
        }
    });
    let mut sockets = SocketOptions::default();
    sockets.source_addresses = vec!["127.0.0.1".parse().unwrap(), shut_out, shut_out];
    let spot = |ready_min| {
        Spot::builder(Environment::custom(&server.url(), None).unwrap())
            .credentials(Credentials::new("key", "secret").unwrap())
            .connections(3)
            .pool(|pool| pool.ready_min(ready_min).sockets(sockets.clone()).backoff_max(Duration::from_millis(20)))
    };
    let error = conn_error(spot(2).build().await.unwrap_err());
    assert_eq!((error.0, error.2), (Phase::FirstExchange, Fate::NotSent), "{error:?}");

    let spot = spot(1).build().await.unwrap();
    assert_eq!(spot.pool().available(), 1);
    assert!(spot.pool().counts().connects_failed >= 2, "each was tried: {:?}", spot.pool().counts());
    is_open.store(true, Ordering::SeqCst);
    healed(spot.pool()).await;
}

/// `localhost` with a listener on one of its two addresses only: the race takes each slot to where one answers.
#[tokio::test]
async fn a_dead_address_among_the_hosts_holds_nobody_up() {
    let server = Peer::plain(|_, stream| answer(stream, OK));
    let url = format!("http://localhost:{}", server.address.port());
    let builder = ClientPool::builder().url(url).connections(4).ready_min(4).spread_addresses(true);
    let pool = builder.build().await.unwrap();
    assert_eq!((pool.available(), pool.counts().connects_failed), (4, 0));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn slots_start_from_an_interface() {
    let server = Peer::plain(|_, stream| answer(stream, OK));
    let from = |name: &str| {
        let mut sockets = SocketOptions::default();
        sockets.source_interfaces = vec![name.to_owned()];
        pool(&server).sockets(sockets)
    };
    let through_lo = from("lo").build().await.unwrap();
    assert_eq!(send(&through_lo, Deadline::after(SOON)).await, Ok(200));
    let error = from("no-such-if0").build().await.unwrap_err();
    assert!(error.to_string().contains("builder: source_interfaces: \"no-such-if0\" cannot be used"), "{error}");
    assert_eq!(server.connections(1), 1);
}

/// That a resolver is silent: `connector.rs`.
#[tokio::test]
async fn a_connect_that_takes_too_long_says_where_it_stood() {
    let patience = Duration::from_millis(80);
    let struck_in = |phase| (phase, CloseReason::Deadline, Fate::NotSent);
    // A queue that is full: the kernel answers no further connection.
    let full = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    rustix::net::listen(&full, 0).unwrap();
    let address = full.local_addr().unwrap();
    let queued: Vec<_> = (0..3).map_while(|_| std::net::TcpStream::connect_timeout(&address, patience).ok()).collect();
    assert!(queued.len() < 3, "its queue takes all");
    let builder = ClientPool::builder().url(format!("http://{address}")).connect_timeout(patience);
    assert_eq!(conn_error(builder.build().await.unwrap_err()), struck_in(Phase::Connect));
    // Takes connections and never shakes hands.
    let mute = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://localhost:{}", mute.local_addr().unwrap().port());
    let builder = ClientPool::builder().url(url).tls(&Authority::new().trusted()).connect_timeout(patience);
    let error = builder.build().await.unwrap_err();
    assert_eq!(conn_error(error), struck_in(Phase::Handshake));
    assert_eq!(error.to_string(), "not sent: TLS handshake: the deadline passed");
    // Reads the first exchange's request and says nothing.
    let silent = Peer::plain(|_, mut stream| while read_request(&mut stream).is_some() {});
    let spot = Spot::builder(Environment::custom(&silent.url(), None).unwrap())
        .credentials(Credentials::new("key", "secret").unwrap())
        .pool(|pool| pool.connect_timeout(patience));
    assert_eq!(conn_error(spot.build().await.unwrap_err()), struck_in(Phase::FirstExchange));
}

#[tokio::test]
async fn bad_settings_are_named() {
    let problem = async |builder: ClientPoolBuilder| builder.build().await.unwrap_err().to_string();
    assert!(problem(ClientPool::builder()).await.contains("url(\"https://"));
    assert!(problem(ClientPool::builder().url("localhost")).await.contains("must start with https://"));
    let local = || ClientPool::builder().url("http://127.0.0.1:1");
    assert!(problem(local().connections(0)).await.contains("connections(0)"));
    assert!(problem(local().connections(2).ready_min(3)).await.contains("ready_min(3)"));
    assert!(problem(local().response_bytes(10)).await.contains("response_bytes(10)"));
    assert!(problem(local().request_bytes(10)).await.contains("request_bytes"));
    assert!(problem(local().base_path("api v3")).await.contains("path"));
    let header = |name: &str, value: &str| local().default_header(name, value).unwrap_err().to_string();
    assert!(header("X API", "canary").contains("default header"), "{}", header("X API", "canary"));
    assert!(header("Host", "canary").contains("Host"), "{}", header("Host", "canary"));
    assert!(!header("X-Key", "canary\n").contains("canary"));
}

#[tokio::test]
async fn dropping_the_pool_ends_its_connections_and_its_healing() {
    let (seen, ends) = mpsc::channel();
    let server = Peer::plain(move |_, mut stream| seen.send(stream.read(&mut [0]).unwrap()).unwrap());
    let pool = pool(&server).connections(2).build().await.unwrap();
    drop(pool);
    assert_eq!((ends.recv_timeout(SOON), ends.recv_timeout(SOON)), (Ok(0), Ok(0)));
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(server.connections(2), 2);
}
