//! What the account has and pays.

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::errors::Failure;
use super::{Context, pair_id, places};
use crate::engine::Balance;

/// Source: "Get Account Balance".
pub(super) fn balance(context: &mut Context<'_, '_>) -> Result<Value, Failure> {
    Ok(context.coins(|balance| json!(places(balance.free + balance.locked, PLACES))))
}

/// Source: "Get Extended Balance".
pub(super) fn balance_extended(context: &mut Context<'_, '_>) -> Result<Value, Failure> {
    Ok(context.coins(|balance| {
        json!({
            "balance": places(balance.free + balance.locked, PLACES), "hold_trade": places(balance.locked, PLACES),
        })
    }))
}

/// Source: "Get Open Positions": there is no margin here.
pub(super) fn positions(_: &mut Context<'_, '_>) -> Result<Value, Failure> {
    Ok(json!({}))
}

/// Source: "Get Trade Volume": the lowest tier.
pub(super) fn fees(context: &mut Context<'_, '_>) -> Result<Value, Failure> {
    let engine = context.venue.engine();
    let fees = engine.fees();
    let tier = |rate: Decimal| {
        let percent = places(rate * Decimal::ONE_HUNDRED, 4);
        json!({
            "fee": percent, "minfee": "0.0000", "maxfee": percent, "nextfee": percent, "nextvolume": "50000.0000",
            "tiervolume": "0.0000",
        })
    };
    let (mut takers, mut makers) = (Map::new(), Map::new());
    for name in context.params.get("pair").into_iter().flat_map(|names| names.split(',')) {
        let id = pair_id(&engine.market(context.market(name)?).instrument);
        takers.insert(id.clone(), tier(fees.taker));
        makers.insert(id, tier(fees.maker));
    }
    Ok(json!({ "currency": "ZUSD", "volume": "0.0000", "fees": takers, "fees_maker": makers }))
}

impl Context<'_, '_> {
    fn coins(&self, tell: impl Fn(Balance) -> Value) -> Value {
        let coins = self.venue.engine().balances(self.account);
        Value::Object(coins.map(|(coin, balance)| (coin.to_owned(), tell(balance))).collect())
    }
}

const PLACES: u32 = 10;
