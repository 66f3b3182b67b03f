//! orderwire's venue clients with everything on: pool, deadline, register of orders in doubt, clean-slate probe, fate.

use std::time::Duration;

use orderwire_binance::{ClientOrderId, Credentials, Environment, NewOrder, Side, Spot, Symbol, blocking};
use tokio::runtime::Runtime;

use super::{Arm, Waits, runtime};
use crate::order::{KEY, PRICE, QUANTITY, RECV_WINDOW_MS, SECRET, SYMBOL};
use crate::pace::Pace;
use crate::venue::Address;

/// Longer than any reply here takes.
const SPIN: Duration = Duration::from_secs(1);

struct Tokio {
    runtime: Runtime,
    spot: Spot,
    symbol: Symbol,
}

pub(super) fn connect(address: &Address, waits: Waits) -> Box<dyn Arm> {
    let runtime = runtime();
    let spot = Spot::builder(environment(address))
        .credentials(credentials())
        .recv_window(Duration::from_millis(RECV_WINDOW_MS))
        .spin(if waits == Waits::Spinning { SPIN } else { Duration::ZERO });
    let spot = runtime.block_on(spot.build()).expect("the venue listens");
    Box::new(Tokio { runtime, spot, symbol: symbol() })
}

impl Arm for Tokio {
    fn run(&mut self, pace: &mut Pace) {
        let Self { runtime, spot, symbol } = self;
        runtime.block_on(async {
            while let Some(start) = pace.due().await {
                std::hint::black_box(spot.place(&next(spot.next_id(), *symbol)).await.expect("a reply"));
                pace.done(start);
            }
        });
    }
}

struct Blocking {
    spot: blocking::Spot,
    symbol: Symbol,
}

pub(super) fn connect_blocking(address: &Address, waits: Waits) -> Box<dyn Arm> {
    let spot = blocking::Spot::builder(environment(address))
        .credentials(credentials())
        .recv_window(Duration::from_millis(RECV_WINDOW_MS))
        .spin(if waits == Waits::Spinning { SPIN } else { Duration::ZERO });
    Box::new(Blocking { spot: spot.build().expect("the venue listens"), symbol: symbol() })
}

impl Arm for Blocking {
    fn run(&mut self, pace: &mut Pace) {
        while let Some(start) = pace.due_blocking() {
            std::hint::black_box(self.spot.place(&next(self.spot.next_id(), self.symbol)).expect("a reply"));
            pace.done(start);
        }
    }
}

fn environment(address: &Address) -> Environment {
    Environment::custom(&address.url, address.ca_pem.as_deref().map(str::as_bytes)).expect("a URL")
}

fn credentials() -> Credentials {
    Credentials::new(KEY, SECRET).expect("a key")
}

/// Checked once, as a strategy does.
fn symbol() -> Symbol {
    Symbol::new(SYMBOL).expect("a symbol")
}

fn next(id: ClientOrderId, symbol: Symbol) -> NewOrder {
    NewOrder::limit(id, symbol, Side::Buy, QUANTITY, PRICE)
}
