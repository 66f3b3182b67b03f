//! An order whose building or decoding takes longer by a known time: what a regression looks like to the tool.

use std::hint::spin_loop;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use orderwire_binance::orderwire::http::request::{Draft, Method, Request};
use orderwire_binance::orderwire::venue::{BuildError, Cost, Endpoint, Observed, Path, Response, Venue, Window};
use orderwire_binance::{NewOrder, OrderAck, OrderRef, RestError};

/// The delays as they can be kept: reads the clock often, once, so that the first order does not.
pub(crate) fn settle() {
    LazyLock::force(&READ);
}

/// An order as the venue has it, with a wait behind its encoding and one behind its decoding.
pub(crate) struct Delayed {
    pub(crate) order: NewOrder,
    pub(crate) encoding: Duration,
    pub(crate) decoding: Duration,
}

impl<V: Venue> Endpoint<V> for Delayed
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
        wait(self.encoding);
        request
    }

    fn decode(&self, response: &Response<'_>) -> Result<OrderAck, RestError> {
        let reply = Endpoint::<V>::decode(&self.order, response);
        wait(self.decoding);
        reply
    }
}

/// As code that takes longer would: without giving the processor away.
fn wait(delay: Duration) {
    if delay.is_zero() {
        return;
    }
    let begun = Instant::now();
    // The clock is read twice at least, and once more than needed on average: that is part of the delay.
    let reads = *READ;
    while begun.elapsed() + reads < delay {
        spin_loop();
    }
}

/// What one reading of the clock takes, and half a turn of the loop.
static READ: LazyLock<Duration> = LazyLock::new(|| {
    let begun = Instant::now();
    for _ in 0..READINGS {
        std::hint::black_box(begun.elapsed());
    }
    begun.elapsed() * 3 / 2 / READINGS
});

const READINGS: u32 = 10_000;
