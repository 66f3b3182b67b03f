//! Typed calls against the simulated venue, whose signature check, engine and ledger are other code; the ledger is compared.

mod linear;
mod spot;

use orderwire_bybit::{AmendOrder, ClientOrderId, Decimal, Fate, OrderRef, RejectKind, RestError, Symbol};
use orderwire_sim::SimVenue;

fn btc() -> Symbol {
    Symbol::new("BTCUSDT").unwrap()
}

fn change(order: OrderRef, quantity: Option<Decimal>, price: Option<Decimal>) -> AmendOrder {
    AmendOrder { order, new_id: None, quantity, price, side: None }
}

fn refused<T: std::fmt::Debug>(outcome: Result<T, RestError>) -> (RejectKind, i32) {
    let error = outcome.unwrap_err();
    assert_eq!(error.fate(), Fate::Rejected, "{error}");
    (error.kind(), error.answer().and_then(|answer| answer.code).unwrap_or_default())
}

/// What the client is told of every order is what the venue's ledger says, and nothing was sent twice.
macro_rules! assert_the_ledger_agrees {
    ($sim:expr, $client:expr, $symbol:expr) => {
        for record in $sim.ledger() {
            let order = OrderRef::by_id($symbol, ClientOrderId::new(&record.client_order_id).unwrap());
            let told = $client.query(order).await;
            match &record.order_id {
                None => assert_eq!(told.unwrap_err().kind(), RejectKind::UnknownOrder, "{record:?}"),
                Some(order_id) => {
                    let told = told.unwrap();
                    assert_eq!(told.order_id.as_str(), order_id, "{record:?}");
                    let is_open = matches!(record.status, Status::New | Status::PartlyFilled);
                    assert_eq!(told.status.is_open(), is_open, "{record:?}");
                    assert_eq!(told.status == OrderStatus::Filled, record.status == Status::Filled, "{record:?}");
                }
            }
            assert_eq!(record.received, 1, "{record:?}");
        }
    };
}
pub(crate) use assert_the_ledger_agrees;

/// How often the ledger has an order's id.
fn received(sim: &SimVenue, id: ClientOrderId) -> u64 {
    let ledger = sim.ledger();
    ledger.iter().find(|record| record.client_order_id == id.as_str()).map_or(0, |record| record.received)
}
