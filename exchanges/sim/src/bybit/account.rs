//! What the account has, pays, and is.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::errors::Failure;
use super::reports::maintenance;
use super::{Answer, Category, Context, plain};

/// What an account has of one coin.
pub(super) struct Wallet {
    pub(super) balance: Decimal,
    pub(super) unrealized: Decimal,
    pub(super) of_positions: Decimal,
    /// What open orders hold.
    pub(super) of_orders: Decimal,
    pub(super) maintenance: Decimal,
    pub(super) available: Decimal,
}

impl Wallet {
    pub(super) fn equity(&self) -> Decimal {
        self.balance + self.unrealized
    }
}

/// Source: account/wallet-balance. The totals in USD, which need prices of every coin in it, are not told.
pub(super) fn wallet(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    if context.query.needed("accountType")? != "UNIFIED" {
        return Err(Failure::with(10001, "accountType only support UNIFIED."));
    }
    let wanted: Option<Vec<&str>> = context.query.get("coin").map(|list| list.split(',').collect());
    let is_spot = context.category == Category::Spot;
    let coins = context.venue.engine().balances(context.account).enumerate();
    let coins = coins.filter(|(_, (coin, _))| wanted.as_ref().is_none_or(|wanted| wanted.contains(coin)));
    let coins: Vec<Value> = coins
        .map(|(asset, (coin, _))| (coin, context.wallet_of(asset)))
        .filter(|(_, wallet)| wanted.is_some() || !wallet.balance.is_zero())
        .map(|(coin, wallet)| {
            let (locked, margin) =
                if is_spot { (wallet.of_orders, Decimal::ZERO) } else { (Decimal::ZERO, wallet.of_orders) };
            json!({
                "coin": coin, "equity": plain(wallet.equity()), "usdValue": "", "walletBalance": plain(wallet.balance),
                "locked": plain(locked), "spotHedgingQty": "0", "borrowAmount": "0", "accruedInterest": "0",
                "totalOrderIM": plain(margin), "totalPositionIM": plain(wallet.of_positions),
                "totalPositionMM": plain(wallet.maintenance), "unrealisedPnl": plain(wallet.unrealized),
                "cumRealisedPnl": "0", "bonus": "0", "marginCollateral": true, "collateralSwitch": true,
                "spotBorrow": "0", "availableToWithdraw": "", "availableToBorrow": "",
            })
        })
        .collect();
    Ok(Answer::new(json!({ "list": [{
        "accountType": "UNIFIED", "accountLTV": "", "accountIMRate": "", "accountIMRateByMp": "", "accountMMRate": "",
        "accountMMRateByMp": "", "totalEquity": "", "totalWalletBalance": "", "totalMarginBalance": "",
        "totalAvailableBalance": "", "totalPerpUPL": "", "totalInitialMargin": "", "totalInitialMarginByMp": "",
        "totalMaintenanceMargin": "", "totalMaintenanceMarginByMp": "", "coin": coins,
    }] })))
}

/// Source: account/fee-rate.
pub(super) fn fee_rates(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    context.check_queried_category()?;
    let wanted = context.query.get("symbol").map(|symbol| context.market(symbol)).transpose()?;
    let engine = context.venue.engine();
    let fees = engine.fees();
    let markets = engine.markets().iter().enumerate().filter(|(id, _)| wanted.is_none_or(|wanted| wanted == *id));
    let list: Vec<Value> = markets
        .map(|(_, market)| {
            json!({
                "symbol": market.instrument.symbol, "baseCoin": "", "takerFeeRate": plain(fees.taker),
                "makerFeeRate": plain(fees.maker),
            })
        })
        .collect();
    let mut result = json!({ "list": list });
    if context.category == Category::Spot {
        // "Derivatives does not have this field."
        result["category"] = json!("spot");
    }
    Ok(Answer::new(result))
}

/// Source: account/account-info: a unified account 2.0 Pro in cross margin.
pub(super) fn info(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    Ok(Answer::new(json!({
        "unifiedMarginStatus": 6, "marginMode": "REGULAR_MARGIN", "isMasterTrader": false, "spotHedgingStatus": "OFF",
        "updatedTime": context.now_ms(), "dcpStatus": "OFF", "timeWindow": 0, "smpGroup": 0,
    })))
}

/// Source: user/apikey-info.
pub(super) fn key(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    let key = &context.venue.traders[context.account - 1].key;
    Ok(Answer::new(json!({
        "id": context.account.to_string(), "note": "simulated", "apiKey": key, "readOnly": 0, "secret": "",
        "permissions": { "ContractTrade": ["Order", "Position"], "Spot": ["SpotTrade"] }, "ips": ["*"], "type": 1,
        "unified": 0, "uta": 1, "userID": context.account, "vipLevel": "No VIP", "isMaster": true,
    })))
}

/// Source: asset/coin-info: coins, as a client may ask before it trades. Nothing can be sent anywhere.
pub(super) fn coins(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    let wanted = context.query.get("coin");
    let coins = context.venue.engine().balances(context.account).map(|(coin, _)| coin);
    let rows: Vec<Value> = coins
        .filter(|coin| wanted.is_none_or(|wanted| wanted == *coin))
        .map(|coin| json!({ "name": coin, "coin": coin, "remainAmount": "0", "chains": [] }))
        .collect();
    Ok(Answer::new(json!({ "rows": rows })))
}

impl Context<'_, '_> {
    pub(super) fn wallet_of(&self, asset: usize) -> Wallet {
        let engine = self.venue.engine();
        let balance = engine.balances(self.account).nth(asset).map(|(_, balance)| balance).unwrap_or_default();
        let positions =
            || engine.positions(self.account).filter(move |position| engine.market(position.market).quote == asset);
        let worth = |market| engine.market(market).last_price;
        Wallet {
            balance: balance.free + balance.locked,
            unrealized: positions().map(|position| engine.unrealized(position)).sum(),
            of_positions: positions().map(|position| engine.position_margin(self.account, position)).sum(),
            of_orders: balance.locked,
            maintenance: positions()
                .map(|position| maintenance(worth(position.market) * position.quantity.abs()))
                .sum(),
            available: engine.available(self.account, asset).max(Decimal::ZERO),
        }
    }
}
