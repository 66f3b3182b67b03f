//! An order with all that OKX can say of one, and how it is written: as a JSON object, in which every number is a string.

use orderwire::decimal::Decimal;
use orderwire::id::{ClientOrderId, OrderId, Symbol};
use orderwire::order::{NewOrder, OrderRef, OrderType, Side, TimeInForce};
use orderwire::position::PositionSide;
use orderwire::venue::checks::nameless;
pub(crate) use orderwire::venue::checks::put_positive;
use orderwire::venue::{Body, BuildError, Draft, Text, is_alphanumeric_or, is_plain_json};

use crate::instruments::{InstrumentKind, needed};

/// An order with all that OKX can say of one; [`NewOrder`] is what venues have in common.
///
/// ```
/// # use orderwire_okx::{ClientOrderId, NewOrder, OkxOrder, Side, Symbol, TradeMode, dec};
/// # let (id, btc) = (ClientOrderId::new("mm1x1").unwrap(), Symbol::new("BTC-USDT").unwrap());
/// let on_margin = OkxOrder::new(NewOrder::limit(id, btc, Side::Buy, dec!(1), dec!(20000))).trade_mode(TradeMode::Isolated);
/// let for_100_usdt = OkxOrder::market_for_quote(id, btc, Side::Buy, dec!(100));
/// let trailing = OkxOrder::trailing_stop(id, btc, Side::Sell, dec!(1), dec!(0.05)).activate_price(dec!(70000));
/// ```
///
/// **Source**: "Place order" and "Place algo order", read 2026-07-28.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OkxOrder {
    /// What it has in common with every venue's.
    pub order: NewOrder,
    /// What it is paid or margined with; until said own coins on spot, and the whole account elsewhere.
    pub trade_mode: Option<TradeMode>,
    /// The coin of its margin, of orders on margin.
    pub margin_coin: Option<Text<24>>,
    /// A mark of the caller's, 16 letters and digits at most: [`CancelTagAfter`](crate::CancelTagAfter) cancels by it.
    pub tag: Option<Text<16>>,
    /// A kind of limit order that only this venue has.
    pub style: Option<OrderStyle>,
    /// How much of the quote coin a market order on spot or margin shall take, in place of its quantity, which is zero then.
    pub quote_quantity: Option<Decimal>,
    /// Whether a market order on spot is refused where the account has too little for all of it; else the venue makes it smaller.
    pub whole_only: bool,
    /// Whether a price outside the venue's limits is moved to them; else it is refused.
    pub clamp_price: bool,
    /// What happens when it meets an order of the same account; the account's own setting until said.
    pub self_trade_prevention: Option<SelfTradePrevention>,
    /// The quote coin that is paid with, where a pair takes several.
    pub trade_quote: Option<Text<24>>,
    /// How far a market order on spot or margin may slip: 0 to 0.05, four places.
    pub slippage_max: Option<Decimal>,
    /// Whether an IOC order may take from orders of the liquidity programme, and is held up for it.
    pub takes_elp: bool,
    /// An option's price in another unit than its coin, in place of its price.
    pub option_price: Option<OptionPrice>,
    /// What ends the position that it opens, placed by the venue once it is filled.
    pub attached: Option<Attached>,
    /// Which price sets its trigger off; that of the last trade until said. Spot has no other.
    pub trigger_by: Option<TriggerBy>,
    /// Whether its trigger closes the whole position, whatever it is by then; its quantity is zero then.
    pub close_position: bool,
    /// How its trigger follows the market; it has no stop price then.
    pub trailing: Option<Trailing>,
}

impl OkxOrder {
    /// The order as it is.
    #[must_use]
    pub const fn new(order: NewOrder) -> Self {
        Self {
            order,
            trade_mode: None,
            margin_coin: None,
            tag: None,
            style: None,
            quote_quantity: None,
            whole_only: false,
            clamp_price: false,
            self_trade_prevention: None,
            trade_quote: None,
            slippage_max: None,
            takes_elp: false,
            option_price: None,
            attached: None,
            trigger_by: None,
            close_position: false,
            trailing: None,
        }
    }

    /// A market order for so much of the quote coin: the venue finds the quantity.
    #[must_use]
    pub const fn market_for_quote(id: ClientOrderId, symbol: Symbol, side: Side, quote_quantity: Decimal) -> Self {
        let order = NewOrder::market(id, symbol, side, Decimal::ZERO);
        Self { quote_quantity: Some(quote_quantity), ..Self::new(order) }
    }

    /// A market order that waits until the market turns by this part from its best since: a sell from the highest price, a buy from the
    /// lowest. **Units**: parts of the price, 0.05 for 5 percent.
    #[must_use]
    pub const fn trailing_stop(
        id: ClientOrderId,
        symbol: Symbol,
        side: Side,
        quantity: Decimal,
        callback_ratio: Decimal,
    ) -> Self {
        let mut order = NewOrder::stop_market(id, symbol, side, quantity, Decimal::ZERO);
        order.stop_price = None;
        let trailing = Some(Trailing { callback: Callback::Ratio(callback_ratio), activate_price: None });
        Self { trailing, ..Self::new(order) }
    }

    /// The same order under another id.
    #[must_use]
    pub const fn with_id(self, id: ClientOrderId) -> Self {
        Self { order: self.order.with_id(id), ..self }
    }

    /// The order, where its quantity is its own.
    pub(crate) fn places(&self) -> impl Iterator<Item = &NewOrder> {
        (self.quote_quantity.is_none() && !self.close_position).then_some(&self.order).into_iter()
    }

    /// The same order, paid or margined so.
    #[must_use]
    pub const fn trade_mode(self, mode: TradeMode) -> Self {
        Self { trade_mode: Some(mode), ..self }
    }

    /// The same order on margin, with this coin as margin.
    #[must_use]
    pub fn margin_coin(self, coin: &str) -> Self {
        Self { margin_coin: Some(Text::cut(coin)), ..self }
    }

    /// The same order under a mark of the caller's: 16 letters and digits at most.
    #[must_use]
    pub fn tag(self, tag: &str) -> Self {
        Self { tag: Some(Text::cut(tag)), ..self }
    }

    /// The same limit order of a kind that only this venue has.
    #[must_use]
    pub const fn style(self, style: OrderStyle) -> Self {
        Self { style: Some(style), ..self }
    }

    /// The same market order, refused rather than made smaller where the account has too little.
    #[must_use]
    pub const fn whole_only(self) -> Self {
        Self { whole_only: true, ..self }
    }

    /// The same order, whose price is moved to the venue's limits where it lies outside.
    #[must_use]
    pub const fn clamp_price(self) -> Self {
        Self { clamp_price: true, ..self }
    }

    /// The same order with another rule for meeting an order of the same account.
    #[must_use]
    pub const fn self_trade_prevention(self, mode: SelfTradePrevention) -> Self {
        Self { self_trade_prevention: Some(mode), ..self }
    }

    /// The same order, paid with this quote coin.
    #[must_use]
    pub fn trade_quote(self, coin: &str) -> Self {
        Self { trade_quote: Some(Text::cut(coin)), ..self }
    }

    /// The same market order, which slips no further than this part of its price: 0 to 0.05.
    #[must_use]
    pub const fn slippage_max(self, part: Decimal) -> Self {
        Self { slippage_max: Some(part), ..self }
    }

    /// The same IOC order, which may take from orders of the liquidity programme.
    #[must_use]
    pub const fn takes_elp(self) -> Self {
        Self { takes_elp: true, ..self }
    }

    /// The same order for an option, at a price in dollars or by its volatility.
    #[must_use]
    pub const fn option_price(self, price: OptionPrice) -> Self {
        let mut order = self.order;
        order.price = None;
        Self { order, option_price: Some(price), ..self }
    }

    /// The same order; what it opens is ended so.
    #[must_use]
    pub const fn attach(self, attached: Attached) -> Self {
        Self { attached: Some(attached), ..self }
    }

    /// The same order, triggered by this price.
    #[must_use]
    pub const fn trigger_by(self, price: TriggerBy) -> Self {
        Self { trigger_by: Some(price), ..self }
    }

    /// The same stop or take-profit order at market for the whole position.
    #[must_use]
    pub const fn close_position(self) -> Self {
        Self { close_position: true, ..self }
    }

    /// The same trailing order, which follows the market from this price on.
    #[must_use]
    pub const fn activate_price(self, price: Decimal) -> Self {
        let trailing = match self.trailing {
            Some(trailing) => Some(Trailing { activate_price: Some(price), ..trailing }),
            None => None,
        };
        Self { trailing, ..self }
    }
}

impl From<NewOrder> for OkxOrder {
    fn from(order: NewOrder) -> Self {
        Self::new(order)
    }
}

/// What an order is paid or margined with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TradeMode {
    /// The account's own coins.
    Cash,
    /// All that the account has, together with its other positions.
    Cross,
    /// An amount of its own.
    Isolated,
    /// An amount of its own on spot, of traders whom others copy.
    SpotIsolated,
}

/// A kind of limit order that only this venue has. Source: "Place order", `ordType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OrderStyle {
    /// Post only, of the liquidity programme.
    Elp,
    /// An option's, under market maker protection.
    Mmp,
    /// An option's, under market maker protection and post only.
    MmpPostOnly,
    /// At the outermost price that the venue's limits allow, IOC; of contracts, and without a price of its own.
    OptimalLimitIoc,
}

/// What happens when an order meets one of the same account.
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

/// An option's price in another unit than its coin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OptionPrice {
    /// In dollars.
    Usd(Decimal),
    /// By its implied volatility: 1 is 100 percent.
    Volatility(Decimal),
}

/// What ends a position once the order that opens it is filled. Source: "Place order", `attachAlgoOrds`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct Attached {
    /// The venue's name of both, by which they are found once they wait; the order's own id is not theirs.
    pub id: Option<ClientOrderId>,
    /// With a profit.
    pub take_profit: Option<Exit>,
    /// With a loss.
    pub stop_loss: Option<Exit>,
}

/// When and at which price a position is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct Exit {
    /// At which price of the market.
    pub trigger_price: Decimal,
    /// At which price or better; `None` at market.
    pub price: Option<Decimal>,
}

/// Which price sets a trigger off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TriggerBy {
    /// That of several venues together.
    Index,
    /// That of the last trade.
    LastPrice,
    /// The price that positions are valued at.
    MarkPrice,
}

impl TriggerBy {
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Index => "index",
            Self::LastPrice => "last",
            Self::MarkPrice => "mark",
        }
    }
}

/// How a trigger follows the market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Trailing {
    /// How far the market has to turn.
    pub callback: Callback,
    /// From which price on it is followed; the present one until said.
    pub activate_price: Option<Decimal>,
}

/// How far a market has to turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Callback {
    /// By this part of its price.
    Ratio(Decimal),
    /// By so much.
    Spread(Decimal),
}

/// Everything of an order that has no trigger.
#[inline]
pub(crate) fn put_order(
    draft: &mut Draft<'_, Body>,
    order: &NewOrder,
    okx: Option<&OkxOrder>,
) -> Result<(), BuildError> {
    let kind = needed(&order.symbol)?;
    let terms = terms(order, okx)?;
    put_head(draft, order, kind, okx)?;
    put_side(draft.put(",\"clOrdId\":\"").put(client_id(&order.id)?), order.side);
    put_position_side(draft, order, kind)?;
    draft.put(terms);
    if let Some(price) = order.price {
        put_positive(draft, ",\"px\":\"", "price", price)?;
    }
    let mode = mode(kind, okx);
    match okx.and_then(|okx| okx.quote_quantity) {
        Some(amount) => {
            put_positive(draft, ",\"sz\":\"", "quote_quantity", amount)?;
            put_quote_unit(draft, order, kind, mode)?;
        }
        None => {
            put_positive(draft, ",\"sz\":\"", "quantity", order.quantity)?;
            if order.order_type == OrderType::Market {
                put_base_unit(draft, order, kind, mode)?;
            }
        }
    }
    if order.reduce_only {
        check_reduces(order, kind, mode)?;
        draft.put(",\"reduceOnly\":true");
    }
    if let Some(okx) = okx {
        put_details(draft, okx, kind)?;
    }
    draft.put("}");
    Ok(())
}

/// A market order on spot says that its quantity is base coin: the venue takes a buy's for quote coin by itself. On margin there is no
/// word for it. Source: "Place order", `sz` and `tgtCcy`.
pub(crate) fn put_base_unit(
    draft: &mut Draft<'_, Body>,
    order: &NewOrder,
    kind: InstrumentKind,
    mode: TradeMode,
) -> Result<(), BuildError> {
    if kind.is_derivative() {
        return Ok(());
    }
    match (mode, order.side) {
        (TradeMode::Cash | TradeMode::SpotIsolated, _) => draft.put(",\"tgtCcy\":\"base_ccy\""),
        (_, Side::Sell) => draft,
        (_, Side::Buy) => {
            let cure = "OKX counts it in the quote coin: OkxOrder::market_for_quote(..), or a limit order that is IOC";
            return Err(BuildError::Unsupported { what: "a market buy on margin by its quantity", cure });
        }
    };
    Ok(())
}

/// A market order for an amount of the quote coin. On margin a buy means that anyway, and a sell cannot.
fn put_quote_unit(
    draft: &mut Draft<'_, Body>,
    order: &NewOrder,
    kind: InstrumentKind,
    mode: TradeMode,
) -> Result<(), BuildError> {
    if order.order_type != OrderType::Market || order.quantity != Decimal::ZERO || kind.is_derivative() {
        let cure =
            "market orders on spot and margin have one, in place of their quantity: use OkxOrder::market_for_quote";
        return Err(BuildError::Value { field: "quote_quantity", cure });
    }
    match (mode, order.side) {
        (TradeMode::Cash | TradeMode::SpotIsolated, _) => draft.put(",\"tgtCcy\":\"quote_ccy\""),
        (_, Side::Buy) => draft,
        (_, Side::Sell) => {
            let cure = "OKX counts a sell in the base coin: use NewOrder::market";
            return Err(BuildError::Unsupported { what: "a market sell on margin for quote coin", cure });
        }
    };
    Ok(())
}

/// `{"instId":…,"tdMode":…,"ccy":…`
#[inline]
pub(crate) fn put_head(
    draft: &mut Draft<'_, Body>,
    order: &NewOrder,
    kind: InstrumentKind,
    okx: Option<&OkxOrder>,
) -> Result<(), BuildError> {
    put_symbol(draft.put("{\"instId\":\""), &order.symbol)?;
    match mode(kind, okx) {
        TradeMode::Cash => draft.put("\",\"tdMode\":\"cash\""),
        TradeMode::Cross => draft.put("\",\"tdMode\":\"cross\""),
        TradeMode::Isolated => draft.put("\",\"tdMode\":\"isolated\""),
        TradeMode::SpotIsolated => draft.put("\",\"tdMode\":\"spot_isolated\""),
    };
    if let Some(coin) = okx.and_then(|okx| okx.margin_coin) {
        put_word(draft, ",\"ccy\":\"", coin.as_str(), ("margin_coin", "a coin's name, such as USDT"))?;
    }
    Ok(())
}

/// What it is paid or margined with: what its kind allows.
pub(crate) fn mode(kind: InstrumentKind, okx: Option<&OkxOrder>) -> TradeMode {
    let by_kind = if kind.is_derivative() { TradeMode::Cross } else { TradeMode::Cash };
    okx.and_then(|okx| okx.trade_mode).unwrap_or(by_kind)
}

/// The end of a text, and the side.
#[inline]
pub(crate) fn put_side(draft: &mut Draft<'_, Body>, side: Side) {
    match side {
        Side::Buy => draft.put("\",\"side\":\"buy\""),
        Side::Sell => draft.put("\",\"side\":\"sell\""),
    };
}

/// Which of two positions it is for; an account with one position an instrument needs no word for it. Source: "Place order", `posSide`.
#[inline]
pub(crate) fn put_position_side(
    draft: &mut Draft<'_, Body>,
    order: &NewOrder,
    kind: InstrumentKind,
) -> Result<(), BuildError> {
    match order.position_side {
        PositionSide::Net => return Ok(()),
        _ if !matches!(kind, InstrumentKind::Futures | InstrumentKind::Swap) => {
            let cure = "contracts alone keep a long and a short one apart: leave position_side() out";
            return Err(BuildError::Unsupported { what: "a position side of this instrument", cure });
        }
        _ if order.reduce_only => {
            let cure =
                "a sell of the long position, or a buy of the short one, only reduces it: leave reduce_only() out";
            return Err(BuildError::Unsupported { what: "reduce-only in hedge mode", cure });
        }
        PositionSide::Long => draft.put(",\"posSide\":\"long\""),
        PositionSide::Short => draft.put(",\"posSide\":\"short\""),
    };
    Ok(())
}

/// Source: "Place order", `reduceOnly`: margin, and contracts with one position an instrument.
pub(crate) fn check_reduces(order: &NewOrder, kind: InstrumentKind, mode: TradeMode) -> Result<(), BuildError> {
    let has_position = match kind {
        InstrumentKind::Futures | InstrumentKind::Swap => true,
        InstrumentKind::Option => false,
        _ => matches!(mode, TradeMode::Cross | TradeMode::Isolated),
    };
    if has_position && order.reduce_only {
        return Ok(());
    }
    let cure = "contracts and orders on margin have it: leave reduce_only() out";
    Err(BuildError::Unsupported { what: "a reduce-only order here", cure })
}

/// Type and time in force, of an order that makes sense. Source: "Place order", `ordType`.
#[inline]
fn terms(order: &NewOrder, okx: Option<&OkxOrder>) -> Result<&'static str, BuildError> {
    use OrderType::{Limit, LimitMaker, Market};
    let is_priced = order.price.is_some() || okx.is_some_and(|okx| okx.option_price.is_some());
    let style = okx.and_then(|okx| okx.style);
    if order.stop_price.is_some() {
        let cure = "only stop and take-profit orders wait: use NewOrder::stop_limit, stop_market and their like";
        return Err(BuildError::Value { field: "stop_price", cure });
    }
    Ok(match (order.order_type, is_priced, order.time_in_force, style) {
        (Limit, true, TimeInForce::Gtc, None) => ",\"ordType\":\"limit\"",
        (Limit, true, TimeInForce::Ioc, None) => ",\"ordType\":\"ioc\"",
        (Limit, true, TimeInForce::Fok, None) => ",\"ordType\":\"fok\"",
        (LimitMaker, true, TimeInForce::Gtc, None) => ",\"ordType\":\"post_only\"",
        (Market, false, TimeInForce::Gtc, None) => ",\"ordType\":\"market\"",
        (Limit, true, TimeInForce::Gtc, Some(OrderStyle::Elp)) => ",\"ordType\":\"elp\"",
        (Limit, true, TimeInForce::Gtc, Some(OrderStyle::Mmp)) => ",\"ordType\":\"mmp\"",
        (Limit, true, TimeInForce::Gtc, Some(OrderStyle::MmpPostOnly)) => ",\"ordType\":\"mmp_and_post_only\"",
        (Market, false, TimeInForce::Gtc, Some(OrderStyle::OptimalLimitIoc)) => ",\"ordType\":\"optimal_limit_ioc\"",
        _ => return Err(refused_terms(order, is_priced, style)),
    })
}

#[cold]
fn refused_terms(order: &NewOrder, is_priced: bool, style: Option<OrderStyle>) -> BuildError {
    use OrderType::{Limit, LimitMaker, Market};
    let (what, cure) = match (order.order_type, style) {
        (_, Some(OrderStyle::OptimalLimitIoc)) => {
            ("this kind of order with a price", "the venue finds it: use NewOrder::market(..)")
        }
        (_, Some(_)) => ("this kind of order so", "use NewOrder::limit(..), good till cancelled"),
        (Limit, None) if !is_priced => {
            return BuildError::MissingField { field: "price", cure: "a limit order has one: use NewOrder::limit" };
        }
        (LimitMaker, None) if !is_priced => (
            "a post-only order without a price",
            "a market order takes at once: use NewOrder::limit(..).post_only(), or leave post_only() out",
        ),
        (LimitMaker, None) => (
            "a post-only order with a time in force",
            "it stays until it is cancelled: leave time_in_force() out, or post_only()",
        ),
        (Market, None) if is_priced => {
            return BuildError::Value { field: "price", cure: "a market order has none: use NewOrder::limit" };
        }
        (Market, None) => (
            "a market order with a time in force",
            "what does not fill at once expires anyway: leave time_in_force() out, or use NewOrder::limit",
        ),
        _ => ("this order type or time in force", "use NewOrder's constructors with GTC, IOC or FOK"),
    };
    BuildError::Unsupported { what, cure }
}

/// What only this venue has, of an order without a trigger.
fn put_details(draft: &mut Draft<'_, Body>, okx: &OkxOrder, kind: InstrumentKind) -> Result<(), BuildError> {
    let is_market = okx.order.order_type == OrderType::Market;
    let of_triggers = [
        ("trigger_by", okx.trigger_by.is_some()),
        ("close_position", okx.close_position),
        ("trailing", okx.trailing.is_some()),
    ];
    if let Some((field, _)) = of_triggers.iter().find(|(_, is_set)| *is_set) {
        let cure = "orders with a trigger have it: NewOrder::stop_market and their like, OkxOrder::trailing_stop";
        return Err(BuildError::Value { field, cure });
    }
    if (okx.whole_only || okx.slippage_max.is_some()) && (!is_market || kind.is_derivative()) {
        let cure = "market orders on spot and margin have it";
        return Err(BuildError::Value { field: "whole_only or slippage_max", cure });
    }
    if okx.takes_elp && okx.order.time_in_force != TimeInForce::Ioc {
        return Err(BuildError::Value { field: "takes_elp", cure: "IOC orders have it" });
    }
    put_tag(draft, okx)?;
    if okx.whole_only {
        draft.put(",\"banAmend\":true");
    }
    if okx.clamp_price {
        draft.put(",\"pxAmendType\":\"1\"");
    }
    match okx.self_trade_prevention {
        Some(SelfTradePrevention::CancelBoth) if okx.order.time_in_force == TimeInForce::Fok => {
            let cure = "FOK orders have CancelMaker and CancelTaker";
            return Err(BuildError::Unsupported { what: "this self-trade prevention", cure });
        }
        Some(SelfTradePrevention::CancelBoth) => draft.put(",\"stpMode\":\"cancel_both\""),
        Some(SelfTradePrevention::CancelMaker) => draft.put(",\"stpMode\":\"cancel_maker\""),
        Some(SelfTradePrevention::CancelTaker) => draft.put(",\"stpMode\":\"cancel_taker\""),
        None => draft,
    };
    if let Some(part) = okx.slippage_max {
        if part < Decimal::ZERO || part > SLIPPAGE_MAX || part.normalize().scale() > SLIPPAGE_PLACES_MAX {
            let cure = "0 to 0.05, with at most four places";
            return Err(BuildError::Value { field: "slippage_max", cure });
        }
        draft.put(",\"slippagePct\":\"").put_decimal(part).put("\"");
    }
    if okx.takes_elp {
        draft.put(",\"isElpTakerAccess\":true");
    }
    match okx.option_price {
        Some(_) if kind != InstrumentKind::Option || okx.order.price.is_some() => {
            let cure = "options have it, in place of a price";
            return Err(BuildError::Value { field: "option_price", cure });
        }
        Some(OptionPrice::Usd(price)) => {
            put_positive(draft, ",\"pxUsd\":\"", "option_price", price)?;
        }
        Some(OptionPrice::Volatility(volatility)) => {
            put_positive(draft, ",\"pxVol\":\"", "option_price", volatility)?;
        }
        None => {}
    }
    if let Some(attached) = &okx.attached {
        put_attached(draft, attached)?;
    }
    Ok(())
}

/// Marks that orders with and without a trigger have alike.
pub(crate) fn put_tag(draft: &mut Draft<'_, Body>, okx: &OkxOrder) -> Result<(), BuildError> {
    if let Some(tag) = okx.tag {
        put_word(draft, ",\"tag\":\"", tag.as_str(), ("tag", TAG_RULE))?;
    }
    if let Some(coin) = okx.trade_quote {
        put_word(draft, ",\"tradeQuoteCcy\":\"", coin.as_str(), ("trade_quote", "a coin's name, such as USDC"))?;
    }
    Ok(())
}

fn put_attached(draft: &mut Draft<'_, Body>, attached: &Attached) -> Result<(), BuildError> {
    if attached.take_profit.is_none() && attached.stop_loss.is_none() {
        let cure = "give take_profit, stop_loss or both";
        return Err(BuildError::MissingField { field: "what is attached", cure });
    }
    draft.put(",\"attachAlgoOrds\":[{");
    let mut separator = "";
    if let Some(id) = &attached.id {
        draft.put("\"attachAlgoClOrdId\":\"").put(client_id(id)?).put("\"");
        separator = ",";
    }
    let exits = [
        (attached.take_profit, "\"tpTriggerPx\":\"", ",\"tpOrdPx\":\""),
        (attached.stop_loss, "\"slTriggerPx\":\"", ",\"slOrdPx\":\""),
    ];
    for (exit, trigger, price) in exits {
        let Some(exit) = exit else { continue };
        put_positive(draft.put(separator), trigger, "trigger_price", exit.trigger_price)?;
        put_exit_price(draft, price, exit.price)?;
        separator = ",";
    }
    draft.put("}]");
    Ok(())
}

/// The price of what a trigger sets off; `-1` is at market. Source: "Place algo order".
pub(crate) fn put_exit_price(
    draft: &mut Draft<'_, Body>,
    lead: &'static str,
    price: Option<Decimal>,
) -> Result<(), BuildError> {
    match price {
        Some(price) => put_positive(draft, lead, "price", price),
        None => {
            draft.put(lead).put("-1\"");
            Ok(())
        }
    }
}

/// An instrument's name within JSON, as UTF-8.
#[inline]
pub(crate) fn put_symbol(draft: &mut Draft<'_, Body>, symbol: &Symbol) -> Result<(), BuildError> {
    // Neither stands in a symbol of the venue's; within JSON they would end it.
    if !is_plain_json(symbol.as_str()) {
        let cure = "an instrument of OKX has no quotes or backslashes in its name";
        return Err(BuildError::Value { field: "the symbol", cure });
    }
    draft.put(symbol);
    Ok(())
}

/// A word of letters and digits behind the name of its field.
pub(crate) fn put_word(
    draft: &mut Draft<'_, Body>,
    name: &'static str,
    word: &str,
    (field, cure): (&'static str, &'static str),
) -> Result<(), BuildError> {
    if word.is_empty() || !is_alphanumeric_or(word, b"") {
        return Err(BuildError::Value { field, cure });
    }
    draft.put(name).put(word).put("\"");
    Ok(())
}

/// `"ordId":"…"` or `"clOrdId":"…"`, in the words of the endpoint. Where both of an order's ids are known the venue's goes out alone: it
/// prevails anyway.
#[inline]
pub(crate) fn put_ref(
    draft: &mut Draft<'_, Body>,
    order: &OrderRef,
    (by_order_id, by_id): (&'static str, &'static str),
) -> Result<(), BuildError> {
    match (&order.order_id, &order.id) {
        (Some(order_id), _) => draft.put(by_order_id).put(venue_id(order_id)?),
        (None, Some(id)) => draft.put(by_id).put(client_id(id)?),
        (None, None) => return Err(nameless()),
    };
    draft.put("\"");
    Ok(())
}

/// The id where it is within the venue's rule: 1 to 32 letters and digits. Source: "Place order", `clOrdId`.
#[inline]
pub(crate) fn client_id(id: &ClientOrderId) -> Result<&str, BuildError> {
    let text = id.as_str();
    if text.len() <= CLIENT_ID_BYTES_MAX && is_alphanumeric_or(text, b"") {
        Ok(text)
    } else {
        let cure = "OKX takes letters and digits, at most 32: a UUID without its dashes fits";
        Err(BuildError::Value { field: "the client order id", cure })
    }
}

/// The venue's id where it can be one: a whole number.
#[inline]
pub(crate) fn venue_id(id: &OrderId) -> Result<&str, BuildError> {
    if id.as_str().bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(id.as_str())
    } else {
        let cure = "OKX's are whole numbers: give it as the venue told it";
        Err(BuildError::Value { field: "the order id", cure })
    }
}

/// Source: "Place order", `clOrdId`.
const CLIENT_ID_BYTES_MAX: usize = 32;

/// Source: "Place order", `tag`.
pub(crate) const TAG_RULE: &str = "1 to 16 letters and digits";

/// Source: "Place order", `slippagePct`.
const SLIPPAGE_MAX: Decimal = Decimal::from_parts(5, 0, 0, false, 2);
const SLIPPAGE_PLACES_MAX: u32 = 4;
