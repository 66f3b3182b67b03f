//! Placing, changing and cancelling orders, one by one and several at once.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::errors::{Failure, broken, refused};
use super::params::Fields;
use super::reports::{self, kind_of, link_id};
use super::{Answer, Category, Context};
use crate::engine::{MarketId, Order, OrderId, Size};

/// Source: order/create-order.
pub(super) fn place(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    let order = std::mem::take(&mut context.body);
    if let Err(failure) = context.check_category(&order) {
        context.record(&order)?;
        return Err(failure);
    }
    let placed = context.place_one(&order)?;
    Ok(Answer::new(context.ids(placed)))
}

/// Source: order/batch-place.
pub(super) fn place_batch(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    let body = std::mem::take(&mut context.body);
    let orders = match context.batch(&body) {
        Ok(orders) => orders,
        Err(failure) => {
            for order in body["request"].as_array().into_iter().flatten() {
                context.record(order)?;
            }
            return Err(failure);
        }
    };
    let fates: Vec<_> = orders.iter().map(|order| context.place_one(order)).collect();
    let created = context.now_ms();
    Ok(context.each_its_own(orders, fates, |element, done| {
        element["createAt"] = json!(if done { created.as_str() } else { "" });
    }))
}

/// Source: order/pre-check-order: what an order would do to the account's margin, in ten-thousandths of its equity.
pub(super) fn pre_check(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    let order = std::mem::take(&mut context.body);
    context.check_category(&order)?;
    if context.category == Category::Spot {
        return Err(Failure::parameter("category"));
    }
    let order = context.read_order(&order)?;
    if order.trigger.is_some() {
        return Err(Failure::parameter("triggerPrice"));
    }
    let engine = context.venue.engine();
    let market = engine.market(order.market);
    let wallet = context.wallet_of(market.quote);
    let quantity = match order.size {
        Size::Base(quantity) if !order.only_reduces() => quantity,
        _ => Decimal::ZERO,
    };
    let worth = order.price.unwrap_or(market.last_price) * quantity;
    let more = worth / Decimal::from(engine.terms(context.account, order.market).leverage);
    if more > wallet.available {
        return Err(Failure::too_little(context.category));
    }
    let rate = |margin: Decimal| {
        let rate = margin.checked_div(wallet.equity()).unwrap_or_default() * Decimal::from(10_000);
        u64::try_from(rate.round()).unwrap_or_default()
    };
    let (initial, kept) = (wallet.of_orders + wallet.of_positions, wallet.maintenance);
    let kept_more = reports::maintenance(worth);
    Ok(Answer::new(json!({
        "orderId": context.category.told_id(engine.next_order_id()), "orderLinkId": link_id(&order.client_id),
        "preImrE4": rate(initial), "postImrE4": rate(initial + more),
        "preMmrE4": rate(kept), "postMmrE4": rate(kept + kept_more),
    })))
}

/// Source: order/amend-order.
pub(super) fn amend(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    let change = std::mem::take(&mut context.body);
    context.check_category(&change)?;
    let changed = context.amend_one(&change)?;
    Ok(Answer::new(context.ids(changed)))
}

/// Source: order/batch-amend.
pub(super) fn amend_batch(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    let body = std::mem::take(&mut context.body);
    let changes = context.batch(&body)?;
    let fates: Vec<_> = changes.iter().map(|change| context.amend_one(change)).collect();
    Ok(context.each_its_own(changes, fates, |_, _| {}))
}

/// Source: order/cancel-order.
pub(super) fn cancel(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    let order = std::mem::take(&mut context.body);
    context.check_category(&order)?;
    let filter = Fields::of(&order)?.text("orderFilter")?.unwrap_or("Order");
    let canceled = context.cancel_one(&order, filter)?;
    Ok(Answer::new(context.ids(canceled)))
}

/// Source: order/batch-cancel. Its elements have no `orderFilter`.
pub(super) fn cancel_batch(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    let body = std::mem::take(&mut context.body);
    let orders = context.batch(&body)?;
    let fates: Vec<_> = orders.iter().map(|order| context.cancel_one(order, "Order")).collect();
    Ok(context.each_its_own(orders, fates, |_, _| {}))
}

/// Source: order/cancel-all. Of contracts no more than 500, the oldest first here.
pub(super) fn cancel_all(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    let body = std::mem::take(&mut context.body);
    context.check_category(&body)?;
    let fields = Fields::of(&body)?;
    let names = [fields.text("symbol")?, fields.text("baseCoin")?, fields.text("settleCoin")?];
    if context.category == Category::Linear && names.iter().all(Option::is_none) {
        return Err(Failure::with(10001, "symbol, baseCoin or settleCoin is required"));
    }
    let market = names[0].map(|symbol| context.market(symbol)).transpose()?;
    let filter = match (fields.text("orderFilter")?, context.category) {
        (Some(filter), _) => Some(filter),
        // "If not passed, Order by default"; of contracts "all kinds of orders will be cancelled".
        (None, Category::Spot) => Some("Order"),
        (None, Category::Linear) => None,
    };
    let engine = context.venue.engine();
    let open = engine.open_orders(context.account, market).filter(|order| {
        let instrument = &engine.market(order.request.market).instrument;
        filter.is_none_or(|filter| filter == kind_of(order))
            && names[1].is_none_or(|coin| market.is_some() || instrument.base == coin)
            && names[2].is_none_or(|coin| market.is_some() || names[1].is_some() || instrument.quote == coin)
    });
    let most = if context.category == Category::Spot { usize::MAX } else { 500 };
    let open: Vec<OrderId> = open.map(|order| order.id).take(most).collect();
    let mut list = Vec::with_capacity(open.len());
    for id in open {
        context.venue.cancel(id, context.now_us)?;
        list.push(context.ids(id));
    }
    Ok(Answer::new(json!({ "list": list, "success": "1" })))
}

/// Source: order/dcp. It hangs on a private WebSocket, which nobody has here.
pub(super) fn set_disconnect_window(context: &mut Context<'_, '_>) -> Result<Answer, Failure> {
    let fields = Fields::of(&context.body)?;
    if !matches!(fields.text("product")?, None | Some("OPTIONS" | "DERIVATIVES" | "SPOT")) {
        return Err(Failure::parameter("product"));
    }
    match fields.integer("timeWindow")? {
        Some(3..=300) => Ok(Answer::new(json!({}))),
        _ => Err(Failure::parameter("timeWindow")),
    }
}

impl Context<'_, '_> {
    /// The category that every body says.
    pub(super) fn check_category(&self, body: &Value) -> Result<(), Failure> {
        match Fields::of(body)?.needed("category")? {
            word if word == self.category.word() => Ok(()),
            // Those that are not traded here.
            "inverse" | "linear" | "option" | "spot" => Err(Failure::no_symbol(self.category)),
            _ => Err(Failure::parameter("category")),
        }
    }

    fn batch<'b>(&self, body: &'b Value) -> Result<&'b [Value], Failure> {
        self.check_category(body)?;
        let elements = body["request"].as_array().ok_or_else(|| Failure::parameter("request"))?;
        if (1..=self.category.batch_max()).contains(&elements.len()) {
            Ok(elements)
        } else {
            Err(Failure::with(10001, "The number of orders of a batch is out of range"))
        }
    }

    /// One order: whatever becomes of it, the ledger knows of it then.
    fn place_one(&mut self, order: &Value) -> Result<OrderId, Failure> {
        let request = match self.read_order(order) {
            Ok(request) => request,
            Err(failure) => {
                self.record(order)?;
                return Err(failure);
            }
        };
        let placed = self.venue.place(request.clone(), self.now_us)?;
        placed.map(|placed| placed.order.id).map_err(|refusal| {
            let instrument = &self.venue.engine().market(request.market).instrument;
            refused(self.category, refusal, &request, instrument)
        })
    }

    fn cancel_one(&mut self, order: &Value, filter: &str) -> Result<OrderId, Failure> {
        let order = self.named(order)?;
        let is_meant = self.category == Category::Linear || kind_of(order) == filter;
        if !order.is_open() || !is_meant {
            return Err(Failure::no_order(self.category));
        }
        let id = order.id;
        self.venue.cancel(id, self.now_us)?;
        Ok(id)
    }

    fn amend_one(&mut self, change: &Value) -> Result<OrderId, Failure> {
        let fields = Fields::of(change)?;
        fields.refuse(&["orderIv", "tpLimitPrice", "slLimitPrice"])?;
        for name in ["takeProfit", "stopLoss"] {
            if fields.decimal(name)?.is_some_and(|price| !price.is_zero()) {
                fields.refuse(&[name])?;
            }
        }
        let (quantity, price) = (fields.positive("qty")?, fields.positive("price")?);
        let stop_price = fields.positive("triggerPrice")?;
        let order = self.named(change)?;
        if !order.is_open() {
            return Err(Failure::no_order(self.category));
        }
        let mut request = order.request.clone();
        let (id, is_waiting) = (order.id, order.is_waiting());
        request.size = match quantity {
            Some(quantity) if quantity <= order.executed => {
                let message = "The modified contract quantity cannot be less than or equal to the filled quantity";
                return Err(Failure::with(110064, message));
            }
            Some(quantity) => Size::Base(quantity),
            None if is_waiting => request.size,
            None => Size::Base(order.quantity),
        };
        request.price = match (request.price, price) {
            (None, Some(_)) => return Err(Failure::parameter("price")),
            (old, new) => new.or(old),
        };
        match (&mut request.trigger, stop_price) {
            (Some(trigger), Some(_)) if is_waiting => trigger.stop_price = stop_price,
            (_, Some(_)) => return Err(Failure::parameter("triggerPrice")),
            (_, None) => {}
        }
        let instrument = &self.venue.engine().market(request.market).instrument;
        instrument.check_order(&request).map_err(|rule| broken(self.category, rule, &request, instrument))?;
        let done = match (request.size, request.price) {
            (size, price) if is_waiting => {
                let stop_price = request.trigger.and_then(|trigger| trigger.stop_price);
                self.venue.rearm(id, size, price, stop_price, self.now_us)?
            }
            (Size::Base(quantity), Some(price)) => self.venue.modify(id, quantity, price, self.now_us)?,
            _ => return Err(Failure::no_order(self.category)),
        };
        done.map(|()| id).map_err(|refusal| {
            let instrument = &self.venue.engine().market(request.market).instrument;
            refused(self.category, refusal, &request, instrument)
        })
    }

    /// The market that a request names.
    pub(super) fn market(&self, symbol: &str) -> Result<MarketId, Failure> {
        self.venue.engine().market_by_symbol(symbol).ok_or_else(|| Failure::no_symbol(self.category))
    }

    /// The order that a request names: "if both are entered, Bybit will prioritize the orderId".
    fn named(&self, request: &Value) -> Result<&Order, Failure> {
        let fields = Fields::of(request)?;
        let market = self.market(fields.needed("symbol")?)?;
        let order = match (fields.text("orderId")?, fields.text("orderLinkId")?) {
            (Some(told), _) => self.by_told_id(told),
            (None, Some(link_id)) => self.by_link_id(link_id),
            (None, None) => return Err(Failure::parameter("orderId")),
        };
        order.filter(|order| order.request.market == market).ok_or_else(|| Failure::no_order(self.category))
    }

    pub(super) fn by_told_id(&self, told: &str) -> Option<&Order> {
        let order = self.venue.engine().order(self.category.engine_id(told)?)?;
        Some(order).filter(|order| order.request.account == self.account)
    }

    /// The account's order with this client order id, on whatever market.
    pub(super) fn by_link_id(&self, link_id: &str) -> Option<&Order> {
        let engine = self.venue.engine();
        (0..engine.markets().len()).find_map(|market| engine.order_by_client_id(self.account, market, link_id))
    }

    /// The two ids that every acknowledgement has.
    fn ids(&self, id: OrderId) -> Value {
        let order = self.venue.engine().order(id);
        let link = order.map(|order| link_id(&order.request.client_id)).unwrap_or_default();
        json!({ "orderId": self.category.told_id(id), "orderLinkId": link })
    }

    /// What became of each element of a batch, at its place: the ids in `result`, the codes beside it.
    fn each_its_own(
        &self,
        asked: &[Value],
        fates: Vec<Result<OrderId, Failure>>,
        more: impl Fn(&mut Value, bool),
    ) -> Answer {
        let (mut list, mut codes) = (Vec::with_capacity(asked.len()), Vec::with_capacity(asked.len()));
        for (element, fate) in asked.iter().zip(fates) {
            let said = |name: &str| element[name].as_str().unwrap_or_default();
            let (mut told, code, message) = match fate {
                Ok(id) => (self.ids(id), 0, "OK".into()),
                Err(failure) => {
                    (json!({ "orderId": "", "orderLinkId": said("orderLinkId") }), failure.code, failure.message)
                }
            };
            told["category"] = json!(self.category.word());
            told["symbol"] = json!(said("symbol"));
            more(&mut told, code == 0);
            list.push(told);
            codes.push(json!({ "code": code, "msg": message }));
        }
        Answer { result: json!({ "list": list }), further: json!({ "list": codes }) }
    }
}
