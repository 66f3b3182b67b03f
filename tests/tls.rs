//! The pool over TLS, with both record layers, against rustls servers: what the caller learns, and that sessions resume.

mod peer;

use std::io::{Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use orderwire::client::Event;
use orderwire::error::Phase;
use orderwire::{
    ClientPool, ClientPoolBuilder, CloseReason, ConnError, Deadline, Fate, RestError, TlsConfig, TlsRecords,
};
use peer::{Authority, OK, Peer, answer, read_request};
use rustls::version::{TLS12, TLS13};
use rustls::{HandshakeKind, ServerConnection, StreamOwned};

const SOON: Duration = Duration::from_secs(5);

fn pool(server: &Peer, trusted: &TlsConfig, records: TlsRecords) -> ClientPoolBuilder {
    let builder = ClientPool::builder().url(server.tls_url()).tls(trusted).tls_records(records);
    builder.deadline(SOON).backoff_max(Duration::from_millis(20))
}

/// Sends one request on the next slot and gives the slot back.
async fn send(pool: &ClientPool) -> Result<Vec<u8>, RestError> {
    let mut slot = pool.acquire().await?;
    let s = &mut *slot;
    let request = s.writer.post("/order").body("side=BUY").finish()?;
    let response = s.conn.as_mut().unwrap().send_by(request, &mut s.reader, Deadline::after(SOON)).await?;
    Ok(response.body().to_vec())
}

const LAYERS: [TlsRecords; 2] = [TlsRecords::InPlace, TlsRecords::Buffered];

#[tokio::test]
async fn carries_the_same_and_verifies_the_server() {
    let layers = [
        (&TLS13, TlsRecords::InPlace, TlsRecords::InPlace),
        (&TLS13, TlsRecords::Buffered, TlsRecords::Buffered),
        (&TLS12, TlsRecords::InPlace, TlsRecords::Buffered),
    ];
    for (version, asked, got) in layers {
        let authority = Authority::for_name("localhost", &[version]);
        let server = Peer::tls(Arc::clone(&authority.server), |_, stream| answer(stream, OK));
        let builder = pool(&server, &authority.trusted(), asked).connections(2);
        let pool = builder.clone().build().await.unwrap();
        for _ in 0..20 {
            assert_eq!(send(&pool).await.unwrap(), b"{}");
        }
        assert_eq!((pool.available(), server.connections(2)), (2, 2));
        assert_eq!(pool.try_acquire().unwrap().conn.as_ref().unwrap().tls_records(), Some(got));

        let error = builder.clone().tls(&Authority::new().trusted()).build().await.unwrap_err().to_string();
        assert!(error.contains("UnknownIssuer"), "{error}");
        let url = server.tls_url().replace("localhost", "127.0.0.1");
        let error = builder.url(url).build().await.unwrap_err().to_string();
        assert!(error.contains("not valid for name"), "{error}");
    }
}

#[tokio::test]
async fn a_certificate_counts_while_it_is_valid() {
    let day = |year| rcgen::date_time_ymd(year, 1, 1);
    for version in [&TLS13, &TLS12] {
        for (from, until, problem) in [(2001, 2002, "expired"), (4001, 4002, "not valid yet")] {
            let authority = Authority::vouching("localhost", &[version], |params| {
                (params.not_before, params.not_after) = (day(from), day(until));
            });
            let server = Peer::tls(Arc::clone(&authority.server), |_, stream| answer(stream, OK));
            for layer in LAYERS {
                let error = pool(&server, &authority.trusted(), layer).build().await.unwrap_err();
                assert_eq!(error.fate(), Fate::NotSent);
                assert!(error.to_string().contains(problem), "{layer:?}: {error}");
            }
        }
    }
}

/// The nearest to a revoked certificate that a client without revocation lists can be asked to notice.
#[tokio::test]
async fn a_certificate_replaced_by_another_authoritys_is_refused_though_a_session_could_resume() {
    for (version, layer) in [(&TLS13, LAYERS[0]), (&TLS13, LAYERS[1]), (&TLS12, LAYERS[1])] {
        let (first, other) =
            (Authority::for_name("localhost", &[version]), Authority::for_name("localhost", &[version]));
        let trusted = first.trusted();
        let is_replaced = Arc::new(AtomicBool::new(false));
        let (requests, seen) = mpsc::channel();
        let replaced = Arc::clone(&is_replaced);
        let server = Peer::plain(move |_, socket| {
            let is_other = replaced.load(Ordering::SeqCst);
            let config = Arc::clone(if is_other { &other.server } else { &first.server });
            let mut stream = StreamOwned::new(ServerConnection::new(config).unwrap(), socket);
            if read_request(&mut stream).is_some() {
                requests.send(is_other).unwrap();
                // Before the reply goes out: the client connects again as soon as it has it.
                replaced.store(true, Ordering::SeqCst);
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}");
            }
        });
        let (failures, failed) = mpsc::channel();
        let failures = Mutex::new(failures);
        let observed = pool(&server, &trusted, layer).observer(move |event| {
            if let Event::ConnectFailed { error, .. } = event {
                failures.lock().unwrap().send(error.to_string()).unwrap();
            }
        });
        let pool = observed.build().await.unwrap();
        assert_eq!(send(&pool).await.unwrap(), b"{}");
        assert_eq!(seen.recv_timeout(SOON), Ok(false));

        // It tries again and again, and never gives out a connection.
        assert!(server.connections(4) >= 4);
        let error = pool.acquire_by(Deadline::after(Duration::from_millis(50))).await.unwrap_err();
        assert_eq!((error.fate(), pool.available()), (Fate::NotSent, 0), "{layer:?}: {error}");
        let why = failed.recv_timeout(SOON).unwrap();
        assert!(why.contains("UnknownIssuer"), "{layer:?}: {why}");
        assert_eq!(seen.try_recv(), Err(mpsc::TryRecvError::Empty), "nothing was asked of the other");

        is_replaced.store(false, Ordering::SeqCst);
        assert_eq!(send(&pool).await.unwrap(), b"{}", "it heals once the venue is itself again");
    }
}

#[tokio::test]
async fn an_end_while_idle_is_found_before_the_write() {
    for layer in LAYERS {
        let authority = Authority::new();
        // The server ends a connection when it is told that the reply has been read, and tells when it has done so.
        let (go, told) = mpsc::channel::<()>();
        let (done, ended) = mpsc::channel();
        let told = Mutex::new(told);
        let server = Peer::tls(Arc::clone(&authority.server), move |number, mut stream| {
            if number >= 2 {
                return answer(stream, OK);
            }
            read_request(&mut stream).unwrap();
            stream.write_all(OK).unwrap();
            stream.flush().unwrap();
            told.lock().unwrap().recv().unwrap();
            if number == 0 {
                stream.conn.send_close_notify();
                stream.flush().unwrap();
            }
            drop(stream);
            done.send(()).unwrap();
        });
        let pool = pool(&server, &authority.trusted(), layer).build().await.unwrap();
        for expected in [CloseReason::PeerClosed, CloseReason::Truncated] {
            assert!(send(&pool).await.is_ok());
            // Held, so that the watch leaves it alone.
            let mut slot = pool.acquire().await.unwrap();
            go.send(()).unwrap();
            ended.recv().unwrap();
            let s = &mut *slot;
            let request = s.writer.post("/order").body("x").finish().unwrap();
            let error = s.conn.as_mut().unwrap().send(request, &mut s.reader).await.map(|_| ()).unwrap_err();
            assert_eq!(error, RestError::Conn(ConnError::not_sent(Phase::Probe, expected)), "{layer:?}");
        }
        assert!(send(&pool).await.is_ok());
    }
}

#[tokio::test]
async fn closes_by_saying_so() {
    for (version, layer) in [(&TLS13, LAYERS[0]), (&TLS13, LAYERS[1]), (&TLS12, LAYERS[1])] {
        let authority = Authority::for_name("localhost", &[version]);
        let (seen, ends) = mpsc::channel();
        let server = Peer::tls(Arc::clone(&authority.server), move |number, mut stream| {
            while read_request(&mut stream).is_some() {
                let close = if number == 0 { "Connection: close\r\n" } else { "" };
                write!(stream, "HTTP/1.1 200 OK\r\n{close}Content-Length: 2\r\n\r\n{{}}").unwrap();
                if number == 0 {
                    break;
                }
            }
            // Without close_notify this is an error; at its second end the stream says the same again.
            seen.send(stream.read(&mut [0]).map_err(|e| e.kind())).unwrap();
        });
        let pool = pool(&server, &authority.trusted(), layer).build().await.unwrap();
        assert!(send(&pool).await.is_ok());
        assert_eq!(ends.recv_timeout(SOON), Ok(Ok(0)), "{layer:?}: after Connection: close");
        assert!(send(&pool).await.is_ok());
        drop(pool);
        assert_eq!(ends.recv_timeout(SOON), Ok(Ok(0)), "{layer:?}: with its pool");
    }
}

#[tokio::test]
async fn a_cut_in_the_middle_of_a_record_is_unknown() {
    for layer in LAYERS {
        let authority = Authority::new();
        let server = Peer::tls(Arc::clone(&authority.server), |number, mut stream| {
            if number > 0 {
                return answer(stream, OK);
            }
            read_request(&mut stream).unwrap();
            stream.conn.writer().write_all(OK).unwrap();
            let mut sealed = Vec::new();
            stream.conn.write_tls(&mut sealed).unwrap();
            stream.sock.write_all(&sealed[..sealed.len() - 1]).unwrap();
        });
        let pool = pool(&server, &authority.trusted(), layer).build().await.unwrap();
        let error = send(&pool).await.unwrap_err();
        assert_eq!(error.fate(), Fate::Unknown, "{layer:?}");
        assert!(send(&pool).await.is_ok());
    }
}

#[tokio::test]
async fn sessions_resume_on_the_next_connection() {
    for layer in LAYERS {
        let authority = Authority::new();
        let (seen, kinds) = mpsc::channel();
        let server = Peer::tls(Arc::clone(&authority.server), move |_, mut stream| {
            read_request(&mut stream).unwrap();
            seen.send(stream.conn.handshake_kind()).unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}").unwrap();
        });
        let pool = pool(&server, &authority.trusted(), layer).build().await.unwrap();
        for expected in [HandshakeKind::Full, HandshakeKind::Resumed, HandshakeKind::Resumed] {
            assert!(send(&pool).await.is_ok());
            assert_eq!(kinds.recv().unwrap(), Some(expected), "{layer:?}");
        }
    }
}

#[tokio::test]
async fn the_server_may_change_its_keys_at_any_time() {
    for layer in LAYERS {
        let authority = Authority::new();
        let server = Peer::tls(Arc::clone(&authority.server), |_, mut stream| {
            stream.sock.set_nodelay(true).unwrap();
            let mut turn = 0_usize;
            while read_request(&mut stream).is_some() {
                turn += 1;
                let (first, rest) = OK.split_at(turn % OK.len());
                stream.write_all(first).unwrap();
                stream.flush().unwrap();
                if turn.is_multiple_of(3) {
                    stream.conn.refresh_traffic_keys().unwrap();
                }
                stream.write_all(rest).unwrap();
                stream.flush().unwrap();
                if turn.is_multiple_of(2) {
                    stream.conn.refresh_traffic_keys().unwrap();
                    stream.flush().unwrap();
                }
            }
        });
        let pool = pool(&server, &authority.trusted(), layer).build().await.unwrap();
        for _ in 0..200 {
            assert_eq!(send(&pool).await.unwrap(), b"{}", "{layer:?}");
        }
        assert_eq!(server.connections(1), 1);
    }
}

#[tokio::test]
async fn a_reply_may_be_spread_over_many_records() {
    const BODY: usize = 150_000;
    // Records of a thousand bytes, and the longest there are: 16 KiB.
    for (layer, record) in LAYERS.into_iter().flat_map(|layer| [(layer, 1000), (layer, 16_384)]) {
        let authority = Authority::new();
        let server = Peer::tls(Arc::clone(&authority.server), move |_, mut stream| {
            let body: Vec<u8> = (0..BODY).map(|at| b'a' + u8::try_from(at / 1000 % 26).unwrap()).collect();
            while read_request(&mut stream).is_some() {
                write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {BODY}\r\n\r\n").unwrap();
                for part in body.chunks(record) {
                    stream.write_all(part).unwrap();
                }
                stream.flush().unwrap();
            }
        });
        let pool = pool(&server, &authority.trusted(), layer).build().await.unwrap();
        let error = send(&pool).await.unwrap_err();
        assert!(error.to_string().contains("response_bytes"), "{layer:?}: {error}");
        for _ in 0..3 {
            let mut slot = pool.acquire().await.unwrap();
            let s = &mut *slot;
            s.reader.allow(BODY + 1000);
            let request = s.writer.get("/instruments").no_body().unwrap();
            let response = s.conn.as_mut().unwrap().send(request, &mut s.reader).await.unwrap();
            assert_eq!(response.body().len(), BODY);
            assert!(
                response
                    .body()
                    .chunks(1000)
                    .enumerate()
                    .all(|(at, part)| { part.iter().all(|byte| usize::from(*byte - b'a') == at % 26) })
            );
        }
    }
}

#[tokio::test]
async fn a_client_certificate_is_shown_where_it_is_asked_for() {
    for version in [&TLS13, &TLS12] {
        let authority = Authority::for_name("localhost", &[version]);
        let server = Peer::tls(Arc::clone(&authority.asking_server), |_, stream| answer(stream, OK));
        let (chain, key) = &authority.client_pem;
        let shown = TlsConfig::builder().root_pem(authority.ca_pem.as_bytes()).unwrap();
        let shown = shown.client_certificate_pem(chain.as_bytes(), key.as_bytes()).unwrap().build().unwrap();
        for layer in LAYERS {
            assert_eq!(send(&pool(&server, &shown, layer).build().await.unwrap()).await.unwrap(), b"{}");
            // TLS 1.3 tells the client only with what follows the handshake.
            let outcome = match pool(&server, &authority.trusted(), layer).build().await {
                Ok(pool) => send(&pool).await.map(drop),
                Err(error) => Err(error),
            };
            let error = outcome.unwrap_err();
            assert!(error.to_string().contains("CertificateRequired"), "{layer:?}: {error}");
        }
    }
}
