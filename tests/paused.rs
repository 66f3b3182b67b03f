//! Deadlines on tokio's paused clock: an hour takes milliseconds, and ends exactly when it should.
//!
//! A paused clock jumps to the next timer as soon as every task of its runtime waits, for a socket too. So it serves wherever
//! nothing is to come from outside; a reply that is on its way would find its deadline passed. It has to be stopped before the first request:
//! a connection that has waited by the host's clock has an alarm set in the kernel, and may go by either. What that means, test by test:
//!
//! | what waits | on the paused clock | why not |
//! | --- | --- | --- |
//! | a call for a reply that never comes, a call for a slot | here | |
//! | the pauses of backoff, the connect-rate budget, the address race, a silent resolver | in their own files (`src/net/`): no socket in them, time is an argument or tokio's | |
//! | healing, a connect's deadline, keep-warm, idle age | no: `tests/client_pool.rs`, `tests/settle.rs`, tens of milliseconds each | they run on the connector's own thread and runtime, which no test's clock reaches, and wait for sockets |
//! | a reply that is late, a write that stalls | no: `tests/client_pool.rs`, `tests/faults.rs` | the clock would jump over it |
//! | settling, receive windows | no: `tests/settle.rs` | what counts there is the venue's clock, which is the host's and no runtime's |
//! | the blocking driver | no: `tests/blocking.rs` | it waits in the kernel, without a runtime |

mod peer;

use std::time::{Duration, Instant};

use orderwire::error::{Busy, Phase};
use orderwire::{ClientPool, CloseReason, Deadline, Fate, RestError};
use orderwire_binance::{Credentials, Environment, NewOrder, Side, Spot, Symbol, dec};
use peer::{OK, Peer, answer, read_request};

const HOUR: Duration = Duration::from_secs(3_600);

/// One tick of tokio's timer.
const TICK: Duration = Duration::from_millis(1);

/// When something began.
struct Watch(Instant);

impl Watch {
    fn start() -> Self {
        Self(Instant::now())
    }

    /// It ends now: so much later by the runtime's clock, and soon by the real one.
    #[track_caller]
    fn shows(&self, timeout: Duration) {
        let (real, ended) = (self.0.elapsed(), tokio::time::Instant::now().into_std());
        assert!(real < HOUR / 600, "{real:?} of real time");
        // Its deadline was reckoned a moment after the watch was started.
        let (least, most) = (self.0 + timeout, self.0 + timeout + real + 2 * TICK);
        assert!(least <= ended && ended <= most, "{:?}, not {timeout:?}", ended.duration_since(self.0));
    }
}

/// A server that takes requests and says nothing.
fn silent() -> Peer {
    Peer::plain(|_, mut stream| while read_request(&mut stream).is_some() {})
}

#[tokio::test(start_paused = true)]
async fn silence_ends_a_call_at_its_deadline_and_no_sooner() {
    let server = silent();
    let pool = ClientPool::builder().url(server.url()).connections(2).deadline(HOUR).build().await.unwrap();
    for own in [None, Some(2 * HOUR)] {
        let mut slot = pool.try_acquire().unwrap();
        let s = &mut *slot;
        let request = s.writer.post("/order").body("side=BUY").finish().unwrap();
        let conn = s.conn.as_mut().unwrap();
        let watch = Watch::start();
        let outcome = match own {
            None => conn.send(request, &mut s.reader).await,
            Some(timeout) => conn.send_by(request, &mut s.reader, Deadline::after(timeout)).await,
        };
        let Err(RestError::Conn(error)) = outcome else { panic!("{outcome:?}") };
        assert_eq!((error.phase, error.reason, error.fate), (Phase::Read, CloseReason::Deadline, Fate::Unknown));
        watch.shows(own.unwrap_or(HOUR));
    }
}

#[tokio::test(start_paused = true)]
async fn an_order_without_an_answer_is_unknown_at_its_deadline() {
    let server = silent();
    let spot = Spot::builder(Environment::custom(&server.url(), None).unwrap())
        .credentials(Credentials::new("key", "secret").unwrap())
        .deadline(HOUR)
        .build_cold()
        .await
        .unwrap();
    let symbol = Symbol::new("BTCUSDT").unwrap();
    let order = NewOrder::limit(spot.next_id(), symbol, Side::Buy, dec!(0.001), dec!(20000));
    let watch = Watch::start();
    assert_eq!(spot.place(&order).await.unwrap_err().fate(), Fate::Unknown);
    watch.shows(HOUR);
    assert_eq!(spot.in_doubt().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn says_why_there_is_no_slot() {
    let server = Peer::plain(|_, stream| answer(stream, OK));
    let pool = ClientPool::builder().url(server.url()).deadline(HOUR).build().await.unwrap();
    let held = pool.try_acquire().unwrap();
    assert!(pool.try_acquire().is_none());
    let watch = Watch::start();
    let error = pool.acquire().await.unwrap_err();
    watch.shows(HOUR);
    assert_eq!(error, RestError::Busy(Busy::AllInUse { healthy: 1, healing: 0 }));
    assert_eq!(error.fate(), Fate::NotSent);
    let watch = Watch::start();
    assert_eq!(pool.acquire_by(Deadline::after(3 * HOUR)).await.unwrap_err(), error);
    watch.shows(3 * HOUR);
    drop(held);
    assert!(pool.acquire().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn waits_for_healing_and_says_so_when_it_does_not_come() {
    // The listener's queue goes with it: from then on connects are refused.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let accepted = std::thread::spawn(move || listener.accept().unwrap());
    let pool = ClientPool::builder().url(url).deadline(HOUR).build().await.unwrap();
    // Held before the end comes: else whoever watches resting connections may be first to hear of it.
    let mut slot = pool.try_acquire().unwrap();
    drop(accepted.join().unwrap());
    let s = &mut *slot;
    let request = s.writer.post("/order").body("side=BUY").finish().unwrap();
    assert_eq!(s.conn.as_mut().unwrap().send(request, &mut s.reader).await.unwrap_err().fate(), Fate::NotSent);
    drop(slot);
    let watch = Watch::start();
    let error = pool.acquire().await.unwrap_err();
    watch.shows(HOUR);
    assert_eq!(error, RestError::Busy(Busy::Down { healing: 1 }));
}
