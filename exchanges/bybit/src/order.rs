//! An order with all that the venue can say of one, and how it is written.

use orderwire::decimal::Decimal;
use orderwire::order::{NewOrder, OrderType, Side, TimeInForce};
use orderwire::position::PositionSide;
use orderwire::venue::{Body, BuildError, Draft};

use crate::fields::{Category, client_id, put_positive, put_side, put_symbol};

/// An order with all that Bybit can say of one; [`NewOrder`] is what venues have in common.
///
/// ```
/// # use orderwire_bybit::{BboSide, BybitOrder, ClientOrderId, Exit, NewOrder, Side, Symbol, dec};
/// # let (id, btc) = (ClientOrderId::new("mm1-1").unwrap(), Symbol::new("BTCUSDT").unwrap());
/// let at_the_best = BybitOrder::new(NewOrder::limit(id, btc, Side::Buy, dec!(1), dec!(0))).best_bid_offer(BboSide::Queue, 1);
/// let with_exits = BybitOrder::new(NewOrder::limit(id, btc, Side::Buy, dec!(1), dec!(50000)))
///     .take_profit(Exit::market(dec!(60000)))
///     .stop_loss(Exit::market(dec!(45000)));
/// let for_200_usdt = BybitOrder::market_for(id, btc, Side::Buy, dec!(200));
/// ```
///
/// **Source**: order/create-order, read 2026-11-25.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BybitOrder {
    /// What it has in common with every venue's.
    pub order: NewOrder,
    /// What the quantity of a spot market order counts; the base coin until said.
    pub market_unit: MarketUnit,
    /// Whether a spot order may borrow; the account must have margin trading turned on.
    pub borrows: bool,
    /// Whether a spot order with a trigger holds its funds while it waits.
    pub holds_funds: bool,
    /// Whether a post-only order trades with orders from the venue's app and website alone (retail price improvement).
    pub retail_only: bool,
    /// Whether an order may trade with such orders.
    pub takes_retail: bool,
    /// How far a market order may run from the best price.
    pub slippage: Option<Slippage>,
    /// What happens when it meets an order of the same group.
    pub self_trade_prevention: Option<SelfTradePrevention>,
    /// Which price sets the trigger of a contract's order off; the last until said.
    pub trigger_by: Option<TriggerBy>,
    /// Whether a contract's order that closes a position makes room for itself: other orders are cancelled where margin lacks.
    pub close_on_trigger: bool,
    /// Where in the book a contract's order takes its price from, and how deep, 1 to 5; it has none of its own then.
    pub best_bid_offer: Option<(BboSide, u8)>,
    /// Where its position is closed with profit.
    pub take_profit: Option<Exit>,
    /// Where its position is closed with loss.
    pub stop_loss: Option<Exit>,
}

impl BybitOrder {
    /// The order as it is.
    #[must_use]
    pub const fn new(order: NewOrder) -> Self {
        Self {
            order,
            market_unit: MarketUnit::Base,
            borrows: false,
            holds_funds: false,
            retail_only: false,
            takes_retail: false,
            slippage: None,
            self_trade_prevention: None,
            trigger_by: None,
            close_on_trigger: false,
            best_bid_offer: None,
            take_profit: None,
            stop_loss: None,
        }
    }

    /// A spot market order for an amount of the quote coin.
    #[must_use]
    pub const fn market_for(
        id: orderwire::ClientOrderId,
        symbol: orderwire::Symbol,
        side: Side,
        quote_quantity: Decimal,
    ) -> Self {
        let order = Self::new(NewOrder::market(id, symbol, side, quote_quantity));
        Self { market_unit: MarketUnit::Quote, ..order }
    }

    /// A market order that closes the whole position of a contract, as far as one order may.
    #[must_use]
    pub const fn close_position(id: orderwire::ClientOrderId, symbol: orderwire::Symbol, side: Side) -> Self {
        let order = NewOrder::market(id, symbol, side, Decimal::ZERO).reduce_only();
        Self { close_on_trigger: true, ..Self::new(order) }
    }

    /// The same spot order, which may borrow.
    #[must_use]
    pub const fn borrowing(self) -> Self {
        Self { borrows: true, ..self }
    }

    /// The same spot order with a trigger, which holds its funds while it waits.
    #[must_use]
    pub const fn holding_funds(self) -> Self {
        Self { holds_funds: true, ..self }
    }

    /// The same post-only order for the venue's app and website alone.
    #[must_use]
    pub const fn retail_only(self) -> Self {
        Self { retail_only: true, ..self }
    }

    /// The same order, which may trade with those for the app and website.
    #[must_use]
    pub const fn takes_retail(self) -> Self {
        Self { takes_retail: true, ..self }
    }

    /// The same market order, which runs no further than this.
    #[must_use]
    pub const fn slippage(self, slippage: Slippage) -> Self {
        Self { slippage: Some(slippage), ..self }
    }

    /// The same order with a rule for meeting an order of the same group.
    #[must_use]
    pub const fn self_trade_prevention(self, mode: SelfTradePrevention) -> Self {
        Self { self_trade_prevention: Some(mode), ..self }
    }

    /// The same order, triggered by this price.
    #[must_use]
    pub const fn trigger_by(self, price: TriggerBy) -> Self {
        Self { trigger_by: Some(price), ..self }
    }

    /// The same order, which makes room for itself when it closes a position.
    #[must_use]
    pub const fn close_on_trigger(self) -> Self {
        Self { close_on_trigger: true, ..self }
    }

    /// The same order at a price of the book's, not one of its own: the best of a side, or the second best, down to the fifth.
    #[must_use]
    pub const fn best_bid_offer(self, side: BboSide, level: u8) -> Self {
        let mut order = self.order;
        order.price = None;
        Self { order, best_bid_offer: Some((side, level)), ..self }
    }

    /// The same order, whose position is closed with profit.
    #[must_use]
    pub const fn take_profit(self, exit: Exit) -> Self {
        Self { take_profit: Some(exit), ..self }
    }

    /// The same order, whose position is closed with loss.
    #[must_use]
    pub const fn stop_loss(self, exit: Exit) -> Self {
        Self { stop_loss: Some(exit), ..self }
    }

    /// The order, where its quantity is its own: not an amount of the quote coin, not a whole position.
    pub(crate) fn places(&self) -> impl Iterator<Item = &NewOrder> {
        (self.market_unit == MarketUnit::Base && !self.closes_position()).then_some(&self.order).into_iter()
    }

    fn closes_position(&self) -> bool {
        self.close_on_trigger && self.order.reduce_only && self.order.quantity.is_zero()
    }
}

impl From<NewOrder> for BybitOrder {
    fn from(order: NewOrder) -> Self {
        Self::new(order)
    }
}

/// What the quantity of a spot market order counts. Without a word the venue takes a buy's for quote coin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "an instrument has two coins")]
pub enum MarketUnit {
    /// The base coin.
    Base,
    /// The quote coin.
    Quote,
}

/// How far a market order may run from the best price of the other side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Slippage {
    /// So many percent, 0.01 to 10, with two places at most.
    Percent(Decimal),
    /// So many ticks, 1 to 10,000.
    Ticks(u16),
}

/// What happens when an order meets one of the same group. Source: enum, "smpType".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SelfTradePrevention {
    /// Both are cancelled.
    CancelBoth,
    /// The one in the book is cancelled.
    CancelMaker,
    /// The one that came is cancelled.
    CancelTaker,
}

/// Which price sets a trigger off. Source: enum, "triggerBy".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TriggerBy {
    /// That of the venues that the index is made of.
    IndexPrice,
    /// That of the contract's last trade.
    LastPrice,
    /// The price that positions are valued at.
    MarkPrice,
}

/// Which side of the book a price is taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a book has two sides")]
pub enum BboSide {
    /// The other: the order takes.
    Counterparty,
    /// Its own: the order joins the queue.
    Queue,
}

/// Where a position is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exit {
    /// The price that sets it off.
    pub trigger: Decimal,
    /// At which price then; at market with `None`.
    pub limit: Option<Decimal>,
    /// Which price of a contract; the last until said.
    pub trigger_by: Option<TriggerBy>,
}

impl Exit {
    /// Closed at market.
    #[must_use]
    pub const fn market(trigger: Decimal) -> Self {
        Self { trigger, limit: None, trigger_by: None }
    }

    /// Closed at a price. Of a contract the exit then is of what this order fills, not of the whole position.
    #[must_use]
    pub const fn limit(trigger: Decimal, limit: Decimal) -> Self {
        Self { trigger, limit: Some(limit), trigger_by: None }
    }

    /// The same, set off by this price.
    #[must_use]
    pub const fn trigger_by(self, price: TriggerBy) -> Self {
        Self { trigger_by: Some(price), ..self }
    }
}

/// Everything of an order; `lead` is what stands before its first field.
#[inline]
pub(crate) fn put_order<C: Category>(
    draft: &mut Draft<'_, Body>,
    lead: &str,
    order: &NewOrder,
    bybit: Option<&BybitOrder>,
) -> Result<(), BuildError> {
    let terms = terms(order, bybit)?;
    check_category::<C>(order)?;
    put_symbol(draft, lead, order.symbol)?;
    put_side(draft, order.side);
    draft.put(if terms.is_market { ",\"orderType\":\"Market\"" } else { ",\"orderType\":\"Limit\"" });
    if bybit.is_some_and(BybitOrder::closes_position) {
        draft.put(",\"qty\":\"0\"");
    } else {
        put_positive(draft, ",\"qty\":\"", "quantity", order.quantity)?;
    }
    if C::IS_SPOT && terms.is_market {
        // Left out, a buy's quantity would be taken for quote coin.
        let is_quote = bybit.is_some_and(|bybit| bybit.market_unit == MarketUnit::Quote);
        draft.put(if is_quote { ",\"marketUnit\":\"quoteCoin\"" } else { ",\"marketUnit\":\"baseCoin\"" });
    }
    if let Some(price) = order.price {
        put_positive(draft, ",\"price\":\"", "price", price)?;
    }
    draft.put(terms.time_in_force);
    if let Some(price) = order.stop_price {
        put_trigger::<C>(draft, order, price, bybit)?;
    }
    draft.put(",\"orderLinkId\":\"").put(client_id(&order.id)?).put("\"");
    draft.put(match order.position_side {
        PositionSide::Long => ",\"positionIdx\":1",
        PositionSide::Net => "",
        PositionSide::Short => ",\"positionIdx\":2",
    });
    if order.reduce_only {
        draft.put(",\"reduceOnly\":true");
    }
    if let Some(bybit) = bybit {
        put_details::<C>(draft, bybit)?;
    }
    Ok(())
}

/// What only contracts have.
#[inline]
fn check_category<C: Category>(order: &NewOrder) -> Result<(), BuildError> {
    if C::IS_SPOT && order.reduce_only {
        let cure = "a spot account has no positions to reduce: leave reduce_only() out";
        return Err(BuildError::Unsupported { what: "a reduce-only order on Spot", cure });
    }
    if C::IS_SPOT && order.position_side != PositionSide::Net {
        let cure = "a spot account has no positions: leave position_side() out";
        return Err(BuildError::Unsupported { what: "an order for a position on Spot", cure });
    }
    Ok(())
}

/// What an order with a trigger waits for. The venue reads which way the price has to go from `triggerDirection` on contracts, and on
/// Spot from where the market is.
fn put_trigger<C: Category>(
    draft: &mut Draft<'_, Body>,
    order: &NewOrder,
    price: Decimal,
    bybit: Option<&BybitOrder>,
) -> Result<(), BuildError> {
    put_positive(draft, ",\"triggerPrice\":\"", "stop_price", price)?;
    if C::IS_SPOT {
        let holds_funds = bybit.is_some_and(|bybit| bybit.holds_funds);
        draft.put(if holds_funds { ",\"orderFilter\":\"tpslOrder\"" } else { ",\"orderFilter\":\"StopOrder\"" });
        return Ok(());
    }
    let is_stop = matches!(order.order_type, OrderType::StopLimit | OrderType::StopMarket);
    let waits_for_rise = is_stop == (order.side == Side::Buy);
    draft.put(if waits_for_rise { ",\"triggerDirection\":1" } else { ",\"triggerDirection\":2" });
    Ok(())
}

/// What only this venue's orders have.
fn put_details<C: Category>(draft: &mut Draft<'_, Body>, bybit: &BybitOrder) -> Result<(), BuildError> {
    check_details::<C>(bybit)?;
    if bybit.borrows {
        draft.put(",\"isLeverage\":1");
    }
    if bybit.takes_retail {
        draft.put(",\"rpiTakerAccess\":true");
    }
    match bybit.slippage {
        Some(Slippage::Percent(percent)) => {
            draft.put(",\"slippageToleranceType\":\"Percent\",\"slippageTolerance\":\"").put_decimal(percent).put("\"");
        }
        Some(Slippage::Ticks(ticks)) => {
            draft
                .put(",\"slippageToleranceType\":\"TickSize\",\"slippageTolerance\":\"")
                .put_u64(ticks.into())
                .put("\"");
        }
        None => {}
    }
    draft.put(match bybit.self_trade_prevention {
        Some(SelfTradePrevention::CancelBoth) => ",\"smpType\":\"CancelBoth\"",
        Some(SelfTradePrevention::CancelMaker) => ",\"smpType\":\"CancelMaker\"",
        Some(SelfTradePrevention::CancelTaker) => ",\"smpType\":\"CancelTaker\"",
        None => "",
    });
    put_trigger_by(draft, ",\"triggerBy\":\"", bybit.trigger_by);
    if bybit.close_on_trigger {
        draft.put(",\"closeOnTrigger\":true");
    }
    if let Some((side, level)) = bybit.best_bid_offer {
        draft.put(match side {
            BboSide::Counterparty => ",\"bboSideType\":\"Counterparty\"",
            BboSide::Queue => ",\"bboSideType\":\"Queue\"",
        });
        draft.put(",\"bboLevel\":\"").put_u64(level.into()).put("\"");
    }
    put_exits::<C>(draft, bybit)
}

fn put_exits<C: Category>(draft: &mut Draft<'_, Body>, bybit: &BybitOrder) -> Result<(), BuildError> {
    let exits = [
        (bybit.take_profit, ",\"takeProfit\":\"", ",\"tpOrderType\":", ",\"tpLimitPrice\":\"", ",\"tpTriggerBy\":\""),
        (bybit.stop_loss, ",\"stopLoss\":\"", ",\"slOrderType\":", ",\"slLimitPrice\":\"", ",\"slTriggerBy\":\""),
    ];
    let has_limit = |exit: &Option<Exit>| exit.is_some_and(|exit| exit.limit.is_some());
    if !C::IS_SPOT && exits.iter().any(|(exit, ..)| has_limit(exit)) {
        // "When create limit tp/sl, tpslMode is required and it must be Partial".
        draft.put(",\"tpslMode\":\"Partial\"");
    }
    for (exit, trigger, order_type, limit, trigger_by) in exits {
        let Some(exit) = exit else { continue };
        put_positive(draft, trigger, "the exit's trigger", exit.trigger)?;
        draft.put(order_type);
        match exit.limit {
            Some(price) => {
                draft.put("\"Limit\"");
                put_positive(draft, limit, "the exit's limit", price)?;
            }
            None => {
                draft.put("\"Market\"");
            }
        }
        put_trigger_by(draft, trigger_by, exit.trigger_by);
    }
    Ok(())
}

fn put_trigger_by(draft: &mut Draft<'_, Body>, lead: &'static str, price: Option<TriggerBy>) {
    let word = match price {
        Some(TriggerBy::IndexPrice) => "IndexPrice\"",
        Some(TriggerBy::LastPrice) => "LastPrice\"",
        Some(TriggerBy::MarkPrice) => "MarkPrice\"",
        None => return,
    };
    draft.put(lead).put(word);
}

/// How an order meets the book.
#[derive(Clone, Copy)]
struct Terms {
    is_market: bool,
    time_in_force: &'static str,
}

/// Type and time in force, of an order that makes sense. A market order is always `IOC` and says nothing.
#[inline]
fn terms(order: &NewOrder, bybit: Option<&BybitOrder>) -> Result<Terms, BuildError> {
    use OrderType::{Limit, LimitMaker, Market, StopLimit, StopMarket, TakeProfitLimit, TakeProfitMarket};
    let is_priced = order.price.is_some() || bybit.is_some_and(|bybit| bybit.best_bid_offer.is_some());
    let retail = bybit.is_some_and(|bybit| bybit.retail_only);
    let (is_market, time_in_force) = match (order.order_type, is_priced, order.time_in_force, retail) {
        (Limit | StopLimit | TakeProfitLimit, true, TimeInForce::Gtc, false) => (false, ",\"timeInForce\":\"GTC\""),
        (Limit | StopLimit | TakeProfitLimit, true, TimeInForce::Ioc, false) => (false, ",\"timeInForce\":\"IOC\""),
        (Limit | StopLimit | TakeProfitLimit, true, TimeInForce::Fok, false) => (false, ",\"timeInForce\":\"FOK\""),
        (LimitMaker, true, TimeInForce::Gtc, false) => (false, ",\"timeInForce\":\"PostOnly\""),
        (LimitMaker, true, TimeInForce::Gtc, true) => (false, ",\"timeInForce\":\"RPI\""),
        (Market | StopMarket | TakeProfitMarket, false, TimeInForce::Gtc, false) => (true, ""),
        _ => return Err(refused_terms(order, is_priced, retail)),
    };
    match (order.order_type.has_trigger(), order.stop_price) {
        (true, None) => {
            let cure = "what waits needs to know for which price: use NewOrder::stop_market and its like";
            Err(BuildError::MissingField { field: "stop_price", cure })
        }
        (false, Some(_)) => {
            let cure = "only stop and take-profit orders wait: use NewOrder::stop_limit, stop_market and their like";
            Err(BuildError::Value { field: "stop_price", cure })
        }
        _ => Ok(Terms { is_market, time_in_force }),
    }
}

#[cold]
fn refused_terms(order: &NewOrder, is_priced: bool, retail: bool) -> BuildError {
    use OrderType::{Limit, LimitMaker, Market, StopLimit, StopMarket, TakeProfitLimit, TakeProfitMarket};
    let (what, cure) = match order.order_type {
        Limit | StopLimit | TakeProfitLimit if !is_priced => {
            let cure =
                "a limit order has one: use NewOrder::limit, stop_limit or take_profit_limit, or best_bid_offer()";
            return BuildError::MissingField { field: "price", cure };
        }
        LimitMaker if !is_priced => (
            "a post-only order without a price",
            "a market order takes at once: use NewOrder::limit(..).post_only(), or leave post_only() out",
        ),
        Market | StopMarket | TakeProfitMarket if is_priced => {
            let cure = "a market order has none, waiting or not: use NewOrder::limit, stop_limit or take_profit_limit";
            return BuildError::Value { field: "price", cure };
        }
        _ if retail => {
            ("an order for the app and website that may take", "it is post only: use NewOrder::limit(..).post_only()")
        }
        LimitMaker => (
            "a post-only order with a time in force",
            "it stays until it is cancelled: leave time_in_force() out, or post_only()",
        ),
        Market | StopMarket | TakeProfitMarket => (
            "a market order with a time in force",
            "what does not fill at once expires anyway: leave time_in_force() out, or use NewOrder::limit",
        ),
        _ => ("this order type or time in force", "use NewOrder's constructors with GTC, IOC or FOK"),
    };
    BuildError::Unsupported { what, cure }
}

/// Whether the details fit each other and the category. Source: order/create-order, the column "Comments".
fn check_details<C: Category>(bybit: &BybitOrder) -> Result<(), BuildError> {
    let BybitOrder { order, .. } = bybit;
    let is_market = order.price.is_none() && bybit.best_bid_offer.is_none();
    let has_trigger = order.order_type.has_trigger();
    let has_exit = bybit.take_profit.is_some() || bybit.stop_loss.is_some();
    let by_price = |exit: Option<Exit>| exit.is_some_and(|exit| exit.trigger_by.is_some());
    let of_spot = "it belongs to spot orders: leave it out";
    let of_contracts = "it belongs to orders of contracts: leave it out";
    let refusals = [
        ("market_unit", bybit.market_unit == MarketUnit::Quote && !C::IS_SPOT, of_spot),
        ("market_unit", bybit.market_unit == MarketUnit::Quote && !is_market, "a limit order counts the base coin"),
        ("borrows", bybit.borrows && !C::IS_SPOT, of_spot),
        ("holds_funds", bybit.holds_funds && !C::IS_SPOT, of_spot),
        (
            "holds_funds",
            bybit.holds_funds && !has_trigger,
            "an order with a trigger has it: NewOrder::stop_market and its like",
        ),
        (
            "trigger_by",
            (bybit.trigger_by.is_some() || by_price(bybit.take_profit) || by_price(bybit.stop_loss)) && C::IS_SPOT,
            of_contracts,
        ),
        (
            "trigger_by",
            bybit.trigger_by.is_some() && !has_trigger,
            "an order with a trigger has it: NewOrder::stop_market and its like",
        ),
        ("close_on_trigger", bybit.close_on_trigger && C::IS_SPOT, of_contracts),
        ("close_on_trigger", bybit.close_on_trigger && !order.reduce_only, "it closes a position: add reduce_only()"),
        ("best_bid_offer", bybit.best_bid_offer.is_some() && C::IS_SPOT, of_contracts),
        (
            "price",
            bybit.best_bid_offer.is_some() && order.price.is_some(),
            "it has the book's: best_bid_offer() or a price, not both",
        ),
        (
            "best_bid_offer",
            bybit.best_bid_offer.is_some_and(|(_, level)| !(1..=5).contains(&level)),
            "the level is 1 to 5",
        ),
        (
            "slippage",
            bybit.slippage.is_some() && (!is_market || has_trigger),
            "a market order without a trigger has it",
        ),
        ("slippage", !bybit.slippage.is_none_or(is_within), "0.01 to 10 percent with two places, or 1 to 10000 ticks"),
        (
            "take_profit",
            has_exit && order.reduce_only,
            "a reduce-only order opens nothing that could be closed: leave it out",
        ),
        (
            "take_profit",
            has_exit && C::IS_SPOT && (is_market || has_trigger),
            "on Spot a limit order without a trigger has it",
        ),
    ];
    match refusals.into_iter().find(|(_, is_refused, _)| *is_refused) {
        Some((field, _, cure)) => Err(BuildError::Value { field, cure }),
        None => Ok(()),
    }
}

/// Source: order/create-order, `slippageTolerance`.
fn is_within(slippage: Slippage) -> bool {
    match slippage {
        Slippage::Percent(percent) => {
            let percent = percent.normalize();
            percent.scale() <= 2 && percent >= Decimal::new(1, 2) && percent <= Decimal::TEN
        }
        Slippage::Ticks(ticks) => (1..=10_000).contains(&ticks),
    }
}
