//! What an account may ask about itself beside its orders.

use rust_decimal::Decimal;
use serde::Serialize;

use super::reports::{list_id, mode_word};
use super::{Context, Fixed8};
use crate::binance::{Failure, Params, RateLimit, json};
use crate::engine::{Party, Trade};

pub(super) const PREVENTED: &[&str] = &["symbol", "preventedMatchId", "orderId", "fromPreventedMatchId", "limit"];
pub(super) const TRADES: &[&str] = &["symbol", "orderId", "startTime", "endTime", "fromId", "limit"];

pub(super) fn account(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Account<'a> {
        maker_commission: u32,
        taker_commission: u32,
        buyer_commission: u32,
        seller_commission: u32,
        commission_rates: Rates,
        can_trade: bool,
        can_withdraw: bool,
        can_deposit: bool,
        brokered: bool,
        require_self_trade_prevention: bool,
        prevent_sor: bool,
        update_time: u64,
        account_type: &'static str,
        balances: Vec<Asset<'a>>,
        permissions: [&'static str; 1],
        uid: u64,
    }
    #[derive(Serialize)]
    struct Asset<'a> {
        asset: &'a str,
        free: Fixed8,
        locked: Fixed8,
    }
    let omit_zero = context.params()?.boolean("omitZeroBalances")?.unwrap_or(false);
    let balances = context
        .venue
        .engine()
        .balances(context.account)
        .filter(|(_, balance)| !(omit_zero && balance.free.is_zero() && balance.locked.is_zero()))
        .map(|(asset, balance)| Asset { asset, free: Fixed8(balance.free), locked: Fixed8(balance.locked) })
        .collect();
    Ok(json(&Account {
        maker_commission: BASIS_POINTS,
        taker_commission: BASIS_POINTS,
        buyer_commission: 0,
        seller_commission: 0,
        commission_rates: context.rates(),
        can_trade: true,
        can_withdraw: false,
        can_deposit: false,
        brokered: false,
        require_self_trade_prevention: false,
        prevent_sor: false,
        update_time: context.time(context.now_us),
        account_type: "SPOT",
        balances,
        permissions: ["SPOT"],
        uid: 354_937_867 + context.account as u64,
    }))
}

pub(super) fn commission(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Commission<'a> {
        symbol: &'a str,
        standard_commission: Rates,
        special_commission: Rates,
        tax_commission: Rates,
        discount: Discount,
    }
    let market = context.market()?;
    Ok(json(&Commission {
        symbol: &context.venue.engine().market(market).instrument.symbol,
        standard_commission: context.rates(),
        special_commission: Rates::NONE,
        tax_commission: Rates::NONE,
        discount: Discount::NONE,
    }))
}

pub(super) fn trades_weight(params: &Params<'_>) -> u64 {
    if params.has("orderId") { 5 } else { 20 }
}

pub(super) fn trades(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct MyTrade<'a> {
        symbol: &'a str,
        id: u64,
        order_id: u64,
        order_list_id: i64,
        price: Fixed8,
        qty: Fixed8,
        quote_qty: Fixed8,
        commission: Fixed8,
        commission_asset: &'a str,
        time: u64,
        is_buyer: bool,
        is_maker: bool,
        is_best_match: bool,
    }
    let params = context.params()?;
    let (order, from_id) = (params.integer("orderId")?, params.integer("fromId")?);
    let (start_us, end_us) = (params.time("startTime")?, params.time("endTime")?);
    let combination = order.is_some() || from_id.is_some();
    if combination && (start_us.is_some() || end_us.is_some()) {
        return Err(Failure::new(-1128, "Combination of optional parameters invalid."));
    }
    check_span(start_us, end_us)?;
    let market = context.market()?;
    let limit = context.limit(500, 1_000)?;
    let engine = context.venue.engine();
    let mine = |trade: &Trade, party: &Party| {
        party.account == context.account
            && order.is_none_or(|wanted| party.order == wanted)
            && from_id.is_none_or(|first| trade.id >= first)
            && start_us.is_none_or(|start| trade.time_us >= start)
            && end_us.is_none_or(|end| trade.time_us <= end)
    };
    let names = engine.market(market);
    // A trade with oneself is listed once for each side.
    let rows = engine.trades(market).flat_map(|trade| [(trade, &trade.buyer, true), (trade, &trade.seller, false)]);
    let rows: Vec<_> = rows
        .filter(|(trade, party, _)| mine(trade, party))
        .map(|(trade, party, is_buyer)| MyTrade {
            symbol: &names.instrument.symbol,
            id: trade.id,
            order_id: party.order,
            order_list_id: engine.order(party.order).map_or(-1, list_id),
            price: Fixed8(trade.price),
            qty: Fixed8(trade.quantity),
            quote_qty: Fixed8(trade.quote_quantity),
            commission: Fixed8(party.fee),
            commission_asset: engine.asset(if is_buyer { names.base } else { names.quote }),
            time: context.time(trade.time_us),
            is_buyer,
            is_maker: is_buyer == trade.buyer_is_maker,
            is_best_match: true,
        })
        .collect();
    let oldest_first = from_id.is_some() || start_us.is_some();
    Ok(json(window(&rows, limit, oldest_first)))
}

pub(super) fn prevented_weight(params: &Params<'_>) -> u64 {
    if params.has("orderId") { 20 } else { 2 }
}

pub(super) fn prevented(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Prevented<'a> {
        symbol: &'a str,
        prevented_match_id: u64,
        taker_order_id: u64,
        maker_symbol: &'a str,
        maker_order_id: u64,
        trade_group_id: i64,
        self_trade_prevention_mode: &'static str,
        price: Fixed8,
        #[serde(skip_serializing_if = "Option::is_none")]
        taker_prevented_quantity: Option<Fixed8>,
        #[serde(skip_serializing_if = "Option::is_none")]
        maker_prevented_quantity: Option<Fixed8>,
        transact_time: u64,
    }
    let params = context.params()?;
    let (id, order) = (params.integer("preventedMatchId")?, params.integer("orderId")?);
    let first = params.integer("fromPreventedMatchId")?;
    // Source: the list of supported combinations of `Query Prevented Matches`.
    match (id, order, first.is_some() || params.has("limit")) {
        (Some(_), None, false) | (None, Some(_), false) => {}
        (None, Some(_), true) if first.is_some() => {}
        _ => return Err(Failure::new(-1128, "Combination of optional parameters invalid.")),
    }
    let market = context.market()?;
    let limit = context.limit(500, 1_000)?;
    let engine = context.venue.engine();
    let symbol = &engine.market(market).instrument.symbol;
    let wanted = engine.preventions(context.account, market).filter(|prevention| {
        id.is_none_or(|id| prevention.id == id)
            && order.is_none_or(|order| prevention.taker == order || prevention.maker == order)
            && first.is_none_or(|first| prevention.id >= first)
    });
    let rows = wanted.take(limit).map(|prevention| Prevented {
        symbol,
        prevented_match_id: prevention.id,
        taker_order_id: prevention.taker,
        maker_symbol: symbol,
        maker_order_id: prevention.maker,
        // Accounts are in no group here.
        trade_group_id: -1,
        self_trade_prevention_mode: mode_word(prevention.mode),
        price: Fixed8(prevention.price),
        taker_prevented_quantity: prevention.taker_quantity.map(Fixed8),
        maker_prevented_quantity: prevention.maker_quantity.map(Fixed8),
        transact_time: context.time(prevention.time_us),
    });
    Ok(json(&rows.collect::<Vec<_>>()))
}

pub(super) fn order_count(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    let now_us = context.now_us;
    Ok(json(&RateLimit::of_orders(&mut context.venue.trader_mut(context.account).orders, now_us)))
}

/// The wallet's list of coins, which some clients ask for while they load markets: no network to deposit through or to
/// withdraw to. Source: `All Coins' Information` of the wallet documentation.
pub(super) fn coins(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Coin<'a> {
        coin: &'a str,
        deposit_all_enable: bool,
        withdraw_all_enable: bool,
        name: &'a str,
        free: Fixed8,
        locked: Fixed8,
        freeze: Fixed8,
        withdrawing: Fixed8,
        ipoing: Fixed8,
        ipoable: Fixed8,
        storage: Fixed8,
        is_legal_money: bool,
        trading: bool,
        network_list: [(); 0],
    }
    let zero = Fixed8(Decimal::ZERO);
    let balances = context.venue.engine().balances(context.account);
    let coins: Vec<_> = balances
        .map(|(coin, balance)| Coin {
            coin,
            deposit_all_enable: false,
            withdraw_all_enable: false,
            name: coin,
            free: Fixed8(balance.free),
            locked: Fixed8(balance.locked),
            freeze: zero,
            withdrawing: zero,
            ipoing: zero,
            ipoable: zero,
            storage: zero,
            is_legal_money: false,
            trading: true,
            network_list: [],
        })
        .collect();
    Ok(json(&coins))
}

/// Nothing is traded on margin here; clients that load markets ask for it.
pub(super) fn no_margin_pairs(_: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    Ok(b"[]".to_vec())
}

/// Of rows that stand oldest first, those a reply with this limit shows.
pub(super) fn window<T>(rows: &[T], limit: usize, oldest_first: bool) -> &[T] {
    let limit = limit.min(rows.len());
    if oldest_first { &rows[..limit] } else { &rows[rows.len() - limit..] }
}

/// Two times may be a day apart.
pub(super) fn check_span(start_us: Option<u64>, end_us: Option<u64>) -> Result<(), Failure> {
    match (start_us, end_us) {
        (Some(start), Some(end)) if end.saturating_sub(start) > 24 * 3_600 * 1_000_000 => {
            Err(Failure::new(-1127, "More than 24 hours between startTime and endTime."))
        }
        _ => Ok(()),
    }
}

impl Context<'_, '_> {
    pub(super) fn rates(&self) -> Rates {
        let fees = self.venue.engine().fees();
        Rates { maker: Fixed8(fees.maker), taker: Fixed8(fees.taker), ..Rates::NONE }
    }
}

#[derive(Serialize)]
pub(super) struct Rates {
    maker: Fixed8,
    taker: Fixed8,
    buyer: Fixed8,
    seller: Fixed8,
}

impl Rates {
    pub(super) const NONE: Self = Self {
        maker: Fixed8(Decimal::ZERO),
        taker: Fixed8(Decimal::ZERO),
        buyer: Fixed8(Decimal::ZERO),
        seller: Fixed8(Decimal::ZERO),
    };
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Discount {
    enabled_for_account: bool,
    enabled_for_symbol: bool,
    discount_asset: &'static str,
    discount: Fixed8,
}

impl Discount {
    pub(super) const NONE: Self = Self {
        enabled_for_account: false,
        enabled_for_symbol: false,
        discount_asset: "BNB",
        discount: Fixed8(Decimal::ZERO),
    };
}

/// The fee rate in hundredths of a percent.
const BASIS_POINTS: u32 = 10;
