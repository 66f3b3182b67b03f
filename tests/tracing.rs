//! What happens to connections, as events of the `tracing` crate: the same as the observer hears, on the connector's thread, with
//! nothing secret in it, and nothing at all while orders go out.

mod peer;

use std::fmt::{Debug, Write as _};
use std::io::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use orderwire::{ClientPool, Deadline};
use peer::{Authority, OK, Peer, answer, read_request};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

const SOON: Duration = Duration::from_secs(5);
const CANARY: &str = "canary-key-5Rt2";

/// What was heard: each event's level, message and fields, and the thread that it came from.
static HEARD: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Listener(AtomicU64);

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("orderwire")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(self.0.fetch_add(1, Ordering::Relaxed) + 1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = Text(event.metadata().level().to_string());
        event.record(&mut text);
        let thread = std::thread::current();
        assert_eq!(thread.name(), Some("orderwire-connector"), "off the order path: {}", text.0);
        assert_eq!(event.metadata().target(), "orderwire::client::events");
        HEARD.lock().unwrap().push(text.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        match field.name() {
            "message" => write!(self.0, " [{value:?}]").unwrap(),
            name => write!(self.0, " {name}={value:?}").unwrap(),
        }
    }
}

/// What was heard since the last time, once there is so much of it.
fn heard(events: usize) -> Vec<String> {
    let begun = Instant::now();
    while HEARD.lock().unwrap().len() < events && begun.elapsed() < SOON {
        std::thread::sleep(Duration::from_millis(1));
    }
    std::mem::take(&mut *HEARD.lock().unwrap())
}

async fn send(pool: &ClientPool) -> u16 {
    let mut slot = pool.acquire().await.unwrap();
    let s = &mut *slot;
    let request = s.writer.post("/order").body("side=BUY").finish().unwrap();
    let conn = s.conn.as_mut().unwrap();
    conn.send_by(request, &mut s.reader, Deadline::after(SOON)).await.unwrap().status()
}

#[tokio::test]
async fn connections_are_told_of_and_orders_are_not() {
    tracing::subscriber::set_global_default(Listener(AtomicU64::new(0))).unwrap();
    let authority = Authority::new();
    let server = Peer::tls(authority.server.clone(), |number, mut stream| {
        if number == 0 {
            for _ in 0..100 {
                read_request(&mut stream).unwrap();
                stream.write_all(OK).unwrap();
                stream.flush().unwrap();
            }
            read_request(&mut stream).unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}").unwrap();
            stream.flush().unwrap();
            let _ = stream.sock.shutdown(std::net::Shutdown::Both);
        } else {
            answer(stream, OK);
        }
    });
    let builder = ClientPool::builder().url(server.tls_url()).tls(&authority.trusted());
    let pool = builder.default_header("X-Key", CANARY).unwrap().build().await.unwrap();
    let peer = server.address;
    assert_eq!(heard(1), [format!("INFO [connected] slot=0 serial=0 peer={peer} resumed=false")]);

    for _ in 0..100 {
        assert_eq!(send(&pool).await, 200);
    }
    assert_eq!(heard(0), Vec::<String>::new(), "an order's own path tells nothing");

    assert_eq!(send(&pool).await, 200);
    let told = heard(4);
    let healed = told.last().unwrap().split_once(" after=").unwrap();
    assert_eq!(
        (&told[..3], healed.0),
        (
            &[
                "WARN [died] slot=0 reason=the peer ended the connection with its last reply noticed=InUse".to_owned(),
                "INFO [healing] slot=0".to_owned(),
                format!("INFO [connected] slot=0 serial=1 peer={peer} resumed=true"),
            ][..],
            "INFO [healed] slot=0 serial=1"
        ),
        "{told:?}"
    );
    assert!(healed.1.ends_with(" attempts=1"), "{told:?}");

    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let builder = ClientPool::builder().url(format!("http://{nobody}")).default_header("X-Key", CANARY).unwrap();
    builder.build().await.unwrap_err();
    let failed = heard(1);
    let text = "WARN [connect failed] slot=0 phase=connect reason=Connection refused (os error 111)";
    assert_eq!(failed[0], text);
    assert!(!format!("{told:?}{failed:?}").contains(&CANARY[7..]));
}
