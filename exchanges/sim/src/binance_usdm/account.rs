//! What an account may ask about itself beside its orders.

use rust_decimal::Decimal;
use serde::Serialize;

use super::reports::position_word;
use super::{ALGO_IDS_FROM, Amount, Context, Number, ORDER_IDS_FROM, engine_id};
use crate::binance::{Failure, RateLimit, json};
use crate::engine::{MarketId, Party, Position, PositionSide, Trade};

pub(super) const TRADES: &[&str] = &["symbol", "orderId", "startTime", "endTime", "fromId", "limit"];

/// What an account has of one coin, all of it crossed.
struct Wallet<'a> {
    asset: &'a str,
    balance: Decimal,
    unrealized: Decimal,
    of_positions: Decimal,
    of_orders: Decimal,
    maintenance: Decimal,
    available: Decimal,
}

/// "Futures Account Balance V3".
pub(super) fn balances(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Balance<'a> {
        account_alias: &'static str,
        asset: &'a str,
        balance: Amount,
        cross_wallet_balance: Amount,
        cross_un_pnl: Amount,
        available_balance: Amount,
        max_withdraw_amount: Amount,
        margin_available: bool,
        update_time: u64,
    }
    let rows = context.wallets().into_iter().map(|wallet| Balance {
        account_alias: "SgsR",
        asset: wallet.asset,
        balance: Amount(wallet.balance),
        cross_wallet_balance: Amount(wallet.balance),
        cross_un_pnl: Amount(wallet.unrealized),
        available_balance: Amount(wallet.available),
        max_withdraw_amount: Amount(wallet.available),
        margin_available: true,
        update_time: context.time(context.now_us),
    });
    Ok(json(&rows.collect::<Vec<_>>()))
}

/// "Account Information V3", in single-asset mode: the totals are those of USDT.
pub(super) fn account(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Account<'a> {
        total_initial_margin: Amount,
        total_maint_margin: Amount,
        total_wallet_balance: Amount,
        total_unrealized_profit: Amount,
        total_margin_balance: Amount,
        total_position_initial_margin: Amount,
        total_open_order_initial_margin: Amount,
        total_cross_wallet_balance: Amount,
        total_cross_un_pnl: Amount,
        available_balance: Amount,
        max_withdraw_amount: Amount,
        assets: Vec<Asset<'a>>,
        positions: Vec<Held<'a>>,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Asset<'a> {
        asset: &'a str,
        wallet_balance: Amount,
        unrealized_profit: Amount,
        margin_balance: Amount,
        maint_margin: Amount,
        initial_margin: Amount,
        position_initial_margin: Amount,
        open_order_initial_margin: Amount,
        cross_wallet_balance: Amount,
        cross_un_pnl: Amount,
        available_balance: Amount,
        max_withdraw_amount: Amount,
        update_time: u64,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Held<'a> {
        symbol: &'a str,
        position_side: &'static str,
        position_amt: Number,
        unrealized_profit: Amount,
        isolated_margin: Amount,
        notional: Number,
        isolated_wallet: Amount,
        initial_margin: Number,
        maint_margin: Number,
        update_time: u64,
    }
    let zero = Amount(Decimal::ZERO);
    let wallets = context.wallets();
    let usdt = wallets.iter().find(|wallet| wallet.asset == "USDT").or(wallets.first());
    let usdt = usdt.ok_or_else(Failure::internal)?;
    let engine = context.venue.engine();
    Ok(json(&Account {
        total_initial_margin: Amount(usdt.of_positions + usdt.of_orders),
        total_maint_margin: Amount(usdt.maintenance),
        total_wallet_balance: Amount(usdt.balance),
        total_unrealized_profit: Amount(usdt.unrealized),
        total_margin_balance: Amount(usdt.balance + usdt.unrealized),
        total_position_initial_margin: Amount(usdt.of_positions),
        total_open_order_initial_margin: Amount(usdt.of_orders),
        total_cross_wallet_balance: Amount(usdt.balance),
        total_cross_un_pnl: Amount(usdt.unrealized),
        available_balance: Amount(usdt.available),
        max_withdraw_amount: Amount(usdt.available),
        assets: wallets
            .iter()
            .map(|wallet| Asset {
                asset: wallet.asset,
                wallet_balance: Amount(wallet.balance),
                unrealized_profit: Amount(wallet.unrealized),
                margin_balance: Amount(wallet.balance + wallet.unrealized),
                maint_margin: Amount(wallet.maintenance),
                initial_margin: Amount(wallet.of_positions + wallet.of_orders),
                position_initial_margin: Amount(wallet.of_positions),
                open_order_initial_margin: Amount(wallet.of_orders),
                cross_wallet_balance: Amount(wallet.balance),
                cross_un_pnl: Amount(wallet.unrealized),
                available_balance: Amount(wallet.available),
                max_withdraw_amount: Amount(wallet.available),
                update_time: context.time(context.now_us),
            })
            .collect(),
        positions: engine
            .positions(context.account)
            .map(|position| Held {
                symbol: &engine.market(position.market).instrument.symbol,
                position_side: position_word(position.side),
                position_amt: Number(position.quantity),
                unrealized_profit: Amount(engine.unrealized(position)),
                isolated_margin: zero,
                notional: Number(engine.market(position.market).last_price * position.quantity),
                isolated_wallet: zero,
                initial_margin: Number(engine.position_margin(context.account, position)),
                maint_margin: Number(context.maintenance(position)),
                update_time: context.time(position.updated_us),
            })
            .collect(),
    }))
}

/// "Position Information V3": what has a position or open orders.
pub(super) fn positions(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Risk<'a> {
        symbol: &'a str,
        position_side: &'static str,
        position_amt: Number,
        entry_price: Number,
        break_even_price: Number,
        mark_price: Amount,
        un_realized_profit: Amount,
        liquidation_price: Number,
        isolated_margin: Number,
        notional: Number,
        margin_asset: &'a str,
        isolated_wallet: Number,
        initial_margin: Number,
        maint_margin: Number,
        position_initial_margin: Number,
        open_order_initial_margin: Number,
        adl: u32,
        bid_notional: Number,
        ask_notional: Number,
        update_time: u64,
    }
    let wanted = context.optional_market()?;
    let engine = context.venue.engine();
    let mut held: Vec<Position> = engine.positions(context.account).copied().collect();
    let with_orders: std::collections::BTreeSet<MarketId> =
        engine.open_orders(context.account, None).map(|order| order.request.market).collect();
    for market in with_orders {
        if !held.iter().any(|position| position.market == market) {
            held.push(Position::none(market, PositionSide::Net));
        }
    }
    let zero = Number(Decimal::ZERO);
    let rows = held.iter().filter(|position| wanted.is_none_or(|wanted| position.market == wanted)).map(|position| {
        let market = engine.market(position.market);
        let margin = Number(engine.position_margin(context.account, position));
        Risk {
            symbol: &market.instrument.symbol,
            position_side: position_word(position.side),
            position_amt: Number(position.quantity),
            entry_price: Number(position.entry_price().round_dp(8)),
            break_even_price: Number(position.entry_price().round_dp(8)),
            mark_price: Amount(market.last_price),
            un_realized_profit: Amount(engine.unrealized(position)),
            // Nobody is closed by force here.
            liquidation_price: zero,
            isolated_margin: zero,
            notional: Number(market.last_price * position.quantity),
            margin_asset: &market.instrument.quote,
            isolated_wallet: zero,
            initial_margin: margin,
            maint_margin: Number(context.maintenance(position)),
            position_initial_margin: margin,
            open_order_initial_margin: zero,
            adl: 1,
            bid_notional: zero,
            ask_notional: zero,
            update_time: context.time(position.updated_us),
        }
    });
    Ok(json(&rows.collect::<Vec<_>>()))
}

/// "Account Trade List": without `fromId`, of the last seven days.
pub(super) fn trades(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct MyTrade<'a> {
        symbol: &'a str,
        id: u64,
        order_id: u64,
        side: &'static str,
        price: Number,
        qty: Number,
        realized_pnl: Amount,
        quote_qty: Number,
        commission: Amount,
        commission_asset: &'a str,
        time: u64,
        position_side: &'static str,
        buyer: bool,
        maker: bool,
    }
    let params = context.params()?;
    let (order, from_id) = (params.integer("orderId")?, params.integer("fromId")?);
    let (start_us, end_us) = (params.time("startTime")?, params.time("endTime")?);
    if from_id.is_some() && (start_us.is_some() || end_us.is_some()) {
        return Err(Failure::new(-1128, "Combination of optional parameters invalid."));
    }
    if start_us.zip(end_us).is_some_and(|(start, end)| end.saturating_sub(start) > WEEK_US) {
        return Err(Failure::new(-1127, "More than 7 days between startTime and endTime."));
    }
    let order = order.map(|told| engine_id(told, if told >= ORDER_IDS_FROM { ORDER_IDS_FROM } else { ALGO_IDS_FROM }));
    let since_us = match from_id {
        Some(_) => 0,
        None => start_us.unwrap_or_else(|| context.now_us.saturating_sub(WEEK_US)),
    };
    let market = context.market()?;
    let limit = context.limit(500, 1_000)?;
    let engine = context.venue.engine();
    let mine = |trade: &Trade, party: &Party| {
        party.account == context.account
            && order.is_none_or(|wanted| party.order == wanted)
            && from_id.is_none_or(|first| trade.id >= first)
            && trade.time_us >= since_us
            && end_us.is_none_or(|end| trade.time_us <= end)
    };
    let contract = &engine.market(market).instrument;
    // A trade with oneself is listed once for each side.
    let rows = engine.trades(market).flat_map(|trade| [(trade, &trade.buyer, true), (trade, &trade.seller, false)]);
    let rows: Vec<_> = rows
        .filter(|(trade, party, _)| mine(trade, party))
        .map(|(trade, party, buyer)| MyTrade {
            symbol: &contract.symbol,
            id: trade.id,
            order_id: ORDER_IDS_FROM + party.order,
            side: if buyer { "BUY" } else { "SELL" },
            price: Number(trade.price),
            qty: Number(trade.quantity),
            realized_pnl: Amount(party.realized),
            quote_qty: Number(trade.quote_quantity),
            commission: Amount(party.fee),
            commission_asset: &contract.quote,
            time: context.time(trade.time_us),
            position_side: position_word(party.position),
            buyer,
            maker: buyer == trade.buyer_is_maker,
        })
        .collect();
    let limit = limit.min(rows.len());
    let oldest_first = from_id.is_some() || start_us.is_some();
    Ok(json(if oldest_first { &rows[..limit] } else { &rows[rows.len() - limit..] }))
}

pub(super) fn commission(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Commission<'a> {
        symbol: &'a str,
        maker_commission_rate: Number,
        taker_commission_rate: Number,
        rpi_commission_rate: Number,
    }
    let market = context.market()?;
    let engine = context.venue.engine();
    let fees = engine.fees();
    Ok(json(&Commission {
        symbol: &engine.market(market).instrument.symbol,
        maker_commission_rate: Number(fees.maker),
        taker_commission_rate: Number(fees.taker),
        rpi_commission_rate: Number(fees.maker),
    }))
}

/// How much is used of them, the headers of orders' replies say alone.
pub(super) fn order_limits(context: &mut Context<'_, '_>) -> Result<Vec<u8>, Failure> {
    Ok(json(&RateLimit::of_counts(&context.venue.limits)))
}

impl Context<'_, '_> {
    /// The coins that margin contracts here.
    fn wallets(&self) -> Vec<Wallet<'_>> {
        let engine = self.venue.engine();
        let balances = engine.balances(self.account).enumerate();
        let is_margin = |asset: &str| engine.markets().iter().any(|market| market.instrument.quote == asset);
        balances
            .filter(|(_, (asset, _))| is_margin(asset))
            .map(|(index, (asset, balance))| {
                let of_asset = || {
                    let is_its = move |position: &&Position| engine.market(position.market).instrument.quote == asset;
                    engine.positions(self.account).filter(is_its)
                };
                Wallet {
                    asset,
                    balance: balance.free + balance.locked,
                    unrealized: of_asset().map(|position| engine.unrealized(position)).sum(),
                    of_positions: of_asset().map(|position| engine.position_margin(self.account, position)).sum(),
                    of_orders: balance.locked,
                    maintenance: of_asset().map(|position| self.maintenance(position)).sum(),
                    available: engine.available(self.account, index).max(Decimal::ZERO),
                }
            })
            .collect()
    }

    /// Margin that a position must keep, of which nothing comes here. Source: `maintMarginPercent`.
    fn maintenance(&self, position: &Position) -> Decimal {
        let worth = self.venue.engine().market(position.market).last_price * position.quantity.abs();
        (worth * Decimal::new(25, 3)).round_dp(8)
    }
}

const WEEK_US: u64 = 7 * 24 * 3_600 * 1_000_000;
