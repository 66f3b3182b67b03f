//! What the account has, pays and may do.

use serde_json::{Value, json};

use super::errors::Failure;
use super::{Context, PORTFOLIO, plain};
use crate::engine::Balance;
use crate::uuid;

/// Source: "List Accounts": 49 at a time unless said, 250 at most.
pub(super) fn accounts(context: &mut Context<'_, '_>) -> Result<Value, Failure> {
    let limit = context.query.limit(49, 250)?;
    let all: Vec<Value> = context.each().map(|(uuid, coin, balance)| told(&uuid, coin, balance)).collect();
    let begin = match context.query.get("cursor") {
        None => 0,
        Some(cursor) => {
            let last = all.iter().position(|account| account["uuid"] == cursor);
            last.ok_or_else(|| Failure::argument("cursor"))? + 1
        }
    };
    let page = &all[begin..all.len().min(begin.saturating_add(limit))];
    let has_next = begin + page.len() < all.len();
    let cursor = if has_next { page.last().map_or(Value::Null, |last| last["uuid"].clone()) } else { json!("") };
    Ok(json!({ "accounts": page, "has_next": has_next, "cursor": cursor, "size": page.len() }))
}

/// Source: "Get Account".
pub(super) fn account(context: &mut Context<'_, '_>) -> Result<Value, Failure> {
    let found = context.each().find(|(uuid, ..)| uuid == context.named);
    let (uuid, coin, balance) = found.ok_or_else(|| Failure::not_found("account not found"))?;
    Ok(json!({ "account": told(&uuid, coin, balance) }))
}

/// Source: "Get Transaction Summary".
pub(super) fn fees(context: &mut Context<'_, '_>) -> Result<Value, Failure> {
    let fees = context.venue.engine().fees();
    Ok(json!({
        "total_volume": 0, "total_fees": 0,
        "fee_tier": {
            "pricing_tier": "Advanced 2", "usd_from": "10000", "usd_to": "50000", "aop_from": "", "aop_to": "",
            "taker_fee_rate": plain(fees.taker), "maker_fee_rate": plain(fees.maker),
        },
        "margin_rate": null, "goods_and_services_tax": null, "advanced_trade_only_volume": 0,
        "advanced_trade_only_fees": 0, "coinbase_pro_volume": 0, "coinbase_pro_fees": 0, "total_balance": "",
        "has_promo_fee": false,
    }))
}

/// Source: "Get API Key Permissions".
pub(super) fn permissions(_: &mut Context<'_, '_>) -> Result<Value, Failure> {
    Ok(json!({
        "can_view": true, "can_trade": true, "can_transfer": false, "portfolio_uuid": uuid::of(PORTFOLIO),
        "portfolio_type": "DEFAULT",
    }))
}

/// Source: "Get Futures Balance Summary", of who has none.
pub(super) fn futures_balance(_: &mut Context<'_, '_>) -> Result<Value, Failure> {
    Ok(json!({ "balance_summary": null }))
}

/// Source: "List Futures Positions", of who has none.
pub(super) fn futures_positions(_: &mut Context<'_, '_>) -> Result<Value, Failure> {
    Ok(json!({ "positions": [] }))
}

impl Context<'_, '_> {
    /// A wallet for each coin: its UUID, the coin, and what is in it.
    fn each(&self) -> impl Iterator<Item = (String, &str, Balance)> {
        let coins = self.venue.engine().balances(self.account);
        (WALLETS_FROM..).zip(coins).map(|(number, (coin, balance))| (uuid::of(number), coin, balance))
    }
}

fn told(uuid: &str, coin: &str, balance: Balance) -> Value {
    let amount = |value| json!({ "value": plain(value), "currency": coin });
    let kind = if coin == "USD" { "ACCOUNT_TYPE_FIAT" } else { "ACCOUNT_TYPE_CRYPTO" };
    json!({
        "uuid": uuid, "name": format!("{coin} Wallet"), "currency": coin, "available_balance": amount(balance.free),
        "hold": amount(balance.locked), "default": true, "active": true, "ready": true, "type": kind,
        "created_at": "2023-01-04T06:20:06.456Z", "updated_at": "2023-01-04T06:20:06.456Z", "deleted_at": null,
        "retail_portfolio_id": uuid::of(PORTFOLIO), "platform": "ACCOUNT_PLATFORM_CONSUMER",
    })
}

const WALLETS_FROM: u64 = PORTFOLIO + 1;
