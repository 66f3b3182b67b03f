//! An order whose building or decoding does more work: what a regression looks like to the tool.
//!
//! The work is counted, not timed: reading the clock takes a third of what 10 % of a stage does, and a processor that slows down
//! slows the work with the stage. Both sides of a comparison send their orders this way, one with no work to do, so that they
//! differ in nothing else.

use std::hint::black_box;
use std::time::{Duration, Instant};

use orderwire_binance::orderwire::http::request::{Draft, Method, Request};
use orderwire_binance::orderwire::venue::{BuildError, Cost, Endpoint, Observed, Path, Response, Venue, Window};
use orderwire_binance::{NewOrder, OrderAck, OrderRef, RestError};

/// How much work stands behind encoding and behind decoding.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Work {
    pub(crate) encoding: u64,
    pub(crate) decoding: u64,
}

/// How much work takes so long, as this processor runs now.
pub(crate) fn lasting(time: Duration) -> u64 {
    let once = || {
        let begun = Instant::now();
        work(CALIBRATION);
        begun.elapsed()
    };
    // The least of some: whatever disturbs a try makes it longer.
    let least = (0..TRIES).map(|_| once()).min().unwrap_or_default().max(Duration::from_nanos(1));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a hundred times a stage at most")]
    let steps = (time.as_secs_f64() / least.as_secs_f64() * CALIBRATION as f64).round() as u64;
    steps
}

/// An order as the venue has it, with work behind its encoding and behind its decoding.
pub(crate) struct Slowed {
    pub(crate) order: NewOrder,
    pub(crate) work: Work,
}

impl<V: Venue> Endpoint<V> for Slowed
where
    NewOrder: Endpoint<V, Reply = OrderAck>,
{
    type Reply = OrderAck;
    const METHOD: Method = <NewOrder as Endpoint<V>>::METHOD;
    const PATH: &'static str = <NewOrder as Endpoint<V>>::PATH;

    fn path(&self) -> Path<'_> {
        Endpoint::<V>::path(&self.order)
    }

    fn method(&self) -> Method {
        Endpoint::<V>::method(&self.order)
    }

    fn cost(&self) -> Cost {
        Endpoint::<V>::cost(&self.order)
    }

    fn learn(&self, response: &Response<'_>, observed: &Observed<'_>) {
        Endpoint::<V>::learn(&self.order, response, observed);
    }

    fn places(&self) -> impl Iterator<Item = &NewOrder> {
        Endpoint::<V>::places(&self.order)
    }

    fn creates(&self) -> impl Iterator<Item = OrderRef> {
        Endpoint::<V>::creates(&self.order)
    }

    fn leaves_doubt(&self, reply: &OrderAck, place: usize) -> bool {
        Endpoint::<V>::leaves_doubt(&self.order, reply, place)
    }

    fn encode<'b>(&self, venue: &V, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        let request = Endpoint::<V>::encode(&self.order, venue, draft, window);
        work(self.work.encoding);
        request
    }

    fn decode(&self, response: &Response<'_>) -> Result<OrderAck, RestError> {
        let reply = Endpoint::<V>::decode(&self.order, response);
        work(self.work.decoding);
        reply
    }
}

/// So many steps, each of which waits for the one before.
#[inline(never)]
fn work(steps: u64) {
    let mut value = 1_u64;
    for _ in 0..steps {
        value = black_box(value.wrapping_mul(ODD));
    }
    black_box(value);
}

/// Any odd number: then the product never becomes 0.
const ODD: u64 = 0x9e37_79b9_7f4a_7c15;

/// So much work is timed, some 50 us, so often.
const CALIBRATION: u64 = 20_000;
const TRIES: u32 = 9;
