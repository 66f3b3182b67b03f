//! An order as a request, or an element of a batch, says it. Source: "Add Order".

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::Context;
use super::errors::Failure;
use super::params::Params;
use crate::engine::{MarketId, NewOrder, PositionSide, SelfTrade, Side, Size, TimeInForce, Trigger, TriggerKind};

/// What an order says beside what the engine knows, kept as a number under this name.
pub(super) const USERREF: &str = "userref";

/// What stands before ids that clients cannot choose.
pub(super) const MADE_ID: &str = "made:";

/// Margin, and what begins or follows later.
const NOT_SIMULATED: &[&str] =
    &["starttm", "reduce_only", "close", "close[ordertype]", "close[price]", "close[price2]"];

impl Context<'_, '_> {
    /// Reads an order of this market and holds it against the market's rules.
    pub(super) fn read_order(&mut self, order: &Params, market: MarketId) -> Result<NewOrder, Failure> {
        order.refuse(NOT_SIMULATED)?;
        if order.get("leverage").is_some_and(|leverage| leverage != "none") {
            return Err(Failure("EOrder:Margin allowance exceeded".into()));
        }
        let side = match order.needed("type")? {
            "buy" => Side::Buy,
            "sell" => Side::Sell,
            _ => return Err(Failure::argument("type")),
        };
        let flags: Vec<&str> = order.get("oflags").map(|flags| flags.split(',').collect()).unwrap_or_default();
        if let Some(flag) = flags.iter().find(|flag| !["post", "fcib", "fciq", "nompp", "viqc"].contains(flag)) {
            return Err(Failure::argument(&format!("oflags:{flag}")));
        }
        let order_type = order.needed("ordertype")?;
        let (kind, is_market) = match order_type {
            "limit" | "iceberg" => (None, false),
            "market" => (None, true),
            "stop-loss" => (Some(TriggerKind::StopLoss), true),
            "stop-loss-limit" => (Some(TriggerKind::StopLoss), false),
            "take-profit" => (Some(TriggerKind::TakeProfit), true),
            "take-profit-limit" => (Some(TriggerKind::TakeProfit), false),
            _ => return Err(Failure::argument("ordertype")),
        };
        let price_of = |name: &str| self.price(order, name, market);
        let trigger = match kind {
            None => None,
            Some(kind) => Some(Trigger { kind, stop_price: Some(price_of("price")?), trailing_delta: None }),
        };
        let price = match (is_market, trigger) {
            (true, _) => None,
            (false, None) => Some(price_of("price")?),
            (false, Some(_)) => Some(price_of("price2")?),
        };
        let post_only = flags.contains(&"post");
        if post_only && (is_market || trigger.is_some()) {
            return Err(Failure::argument("oflags"));
        }
        let mut good_till_us = None;
        let time_in_force = match order.get("timeinforce") {
            None | Some("GTC") => TimeInForce::GoodTillCanceled,
            Some("FOK") if !post_only => TimeInForce::FillOrKill,
            Some("IOC") if !post_only => TimeInForce::ImmediateOrCancel,
            Some("GTD") => {
                good_till_us = Some(self.expiry(order)?);
                TimeInForce::GoodTillCanceled
            }
            Some(_) => return Err(Failure::argument("timeinforce")),
        };
        let self_trade = match order.get("stptype") {
            None | Some("cancel-newest") => SelfTrade::ExpireTaker,
            Some("cancel-both") => SelfTrade::ExpireBoth,
            Some("cancel-oldest") => SelfTrade::ExpireMaker,
            Some(_) => return Err(Failure::argument("stptype")),
        };
        let iceberg = match order_type {
            "iceberg" => Some(order.positive("displayvol")?.ok_or_else(|| Failure::argument("displayvol"))?),
            _ => None,
        };
        let volume = order.positive("volume")?.ok_or_else(|| Failure::argument("volume"))?;
        let size = match flags.contains(&"viqc") {
            false => Size::Base(volume),
            true if order_type == "market" && side == Side::Buy => Size::Quote(volume),
            true => return Err(Failure::argument("viqc")),
        };
        let (client_id, labels) = self.names(order)?;
        let order = NewOrder {
            account: self.account,
            market,
            client_id,
            side,
            price,
            size,
            time_in_force,
            post_only,
            // Taken, and cancelled by the engine then: "Post only order".
            ends_if_taking: post_only,
            self_trade,
            trigger,
            holds_late: false,
            iceberg,
            peg: None,
            position: PositionSide::Net,
            reduce_only: false,
            good_till_us,
            labels,
        };
        self.venue.engine().market(market).instrument.check_order(&order)?;
        Ok(order)
    }

    /// Its own price, or one that is reckoned from that of the last trade.
    fn price(&self, order: &Params, name: &str, market: MarketId) -> Result<Decimal, Failure> {
        let text = order.needed(name)?;
        let Some(rest) = text.strip_prefix(['+', '-', '#']) else {
            return order.positive(name)?.ok_or_else(|| Failure::argument(name));
        };
        let market = self.venue.engine().market(market);
        let (digits, is_percent) = rest.strip_suffix('%').map_or((rest, false), |digits| (digits, true));
        let amount: Decimal = digits.parse().map_err(|_| Failure::argument(name))?;
        let amount = if is_percent { market.last_price * amount / Decimal::ONE_HUNDRED } else { amount };
        let is_above = match text.as_bytes()[0] {
            b'+' => true,
            b'-' => false,
            // To the side where it rests.
            _ => order.get("type") == Some("sell"),
        };
        let price = if is_above { market.last_price + amount } else { market.last_price - amount };
        let tick = market.instrument.tick_size;
        Ok(((price / tick).round() * tick).normalize())
    }

    /// `+` and seconds from now, or seconds since 1970.
    fn expiry(&self, order: &Params) -> Result<u64, Failure> {
        let text = order.digits("expiretm").unwrap_or_default();
        let (seconds, from_us) = match text.strip_prefix('+') {
            Some(rest) => (rest, self.now_us),
            None => (text.as_str(), 0),
        };
        let seconds: u64 = seconds.parse().map_err(|_| Failure::argument("expiretm"))?;
        let at_us = from_us.saturating_add(seconds.saturating_mul(1_000_000));
        if at_us > self.now_us { Ok(at_us) } else { Err(Failure::argument("expiretm")) }
    }

    /// The id that the client gave it, within the venue's rules and no other open order's; or a number, which groups.
    fn names(&mut self, order: &Params) -> Result<(String, BTreeMap<String, u64>), Failure> {
        let userref = order.digits("userref").filter(|digits| !digits.is_empty() && digits != "0");
        let id = order.get("cl_ord_id");
        match (id, userref) {
            (Some(_), Some(_)) => Err(Failure::argument("userref")),
            (Some(id), None) if !is_client_id(id) => Err(Failure::argument("cl_ord_id")),
            (Some(id), None) if self.by_client_id(id).any(|order| order.is_open()) => {
                Err(Failure::argument("cl_ord_id already in use"))
            }
            (Some(id), None) => Ok((id.to_owned(), BTreeMap::new())),
            (None, userref) => {
                let userref = userref.map(|digits| digits.parse::<i32>().map_err(|_| Failure::argument("userref")));
                let label = userref.transpose()?.map(|number| (USERREF.to_owned(), u64::from(number.cast_unsigned())));
                // The engine knows each by an id; replies leave it out.
                let made = format!("{MADE_ID}{}", self.venue.make_id(22, self.now_us));
                Ok((made, label.into_iter().collect()))
            }
        }
    }
}

/// A UUID, its digits, or up to 18 characters. Source: spot-clordid.
fn is_client_id(id: &str) -> bool {
    let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let groups: Vec<&str> = id.split('-').collect();
    match id.len() {
        ..=18 => id.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' '),
        32 => is_hex(id),
        36 => groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12]) && groups.iter().all(|group| is_hex(group)),
        _ => false,
    }
}
