//! The plainest exchange there is, and a property test that the engine does as it does.

use std::collections::{BTreeMap, VecDeque};

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::tests::{ALICE, BOB, FUNDS, engine, limit, place};
use super::{
    AccountId, Balance, Fees, ListKind, NewList, NewOrder, OrderId, SelfTrade, Side, Size, Status, TimeInForce, Trade,
    Trigger, TriggerKind,
};

/// The same exchange in the slowest and plainest way: a list of resting orders in order of arrival, matched one lot
/// at a time, and balances counted from the beginning each time they are asked for.
#[derive(Clone, Default)]
struct Naive {
    resting: Vec<Resting>,
    waiting: Vec<Waiting>,
    /// Buyer, seller, price, quantity.
    trades: Vec<(AccountId, AccountId, Decimal, Decimal)>,
    /// Who paid, in which asset, how much.
    fees: Vec<(AccountId, usize, Decimal)>,
    statuses: BTreeMap<OrderId, Status>,
}

#[derive(Clone)]
struct Resting {
    id: OrderId,
    account: AccountId,
    side: Side,
    price: Decimal,
    left: Decimal,
    visible: Decimal,
    iceberg: Option<Decimal>,
    /// It shows anew since it was last met.
    renewed: bool,
    touched: bool,
    prevented: bool,
    partner: Option<OrderId>,
}

#[derive(Clone)]
struct Waiting {
    id: OrderId,
    order: NewOrder,
    held_at: Decimal,
    best: Option<Decimal>,
    is_due: bool,
    partner: Option<OrderId>,
}

/// Maker, price and quantity of each match.
type Lots = Vec<(OrderId, Decimal, Decimal)>;

impl Naive {
    fn last_price(&self) -> Decimal {
        self.trades.last().map_or(Decimal::TEN, |trade| trade.2)
    }

    fn best(&self, side: Side, limit: Option<Decimal>) -> Option<usize> {
        let mut best: Option<usize> = None;
        for (place, order) in self.resting.iter().enumerate() {
            let crosses = limit.is_none_or(|limit| match side {
                Side::Buy => order.price <= limit,
                Side::Sell => order.price >= limit,
            });
            let better = best.is_none_or(|best| match side {
                Side::Buy => order.price < self.resting[best].price,
                Side::Sell => order.price > self.resting[best].price,
            });
            if order.side != side && crosses && better {
                best = Some(place);
            }
        }
        best
    }

    fn balance(&self, account: AccountId, asset: usize) -> Balance {
        let mut total = Decimal::from(FUNDS);
        for (buyer, seller, price, quantity) in &self.trades {
            let moved = if asset == 0 { *quantity } else { -*price * *quantity };
            total += if *buyer == account { moved } else { Decimal::ZERO };
            total -= if *seller == account { moved } else { Decimal::ZERO };
        }
        total -= self.fees.iter().filter(|fee| (fee.0, fee.1) == (account, asset)).map(|fee| fee.2).sum::<Decimal>();
        let mut holds: Vec<(OrderId, Option<OrderId>, Decimal)> = Vec::new();
        let hold = |side, price: Decimal, quantity| match (side, asset) {
            (Side::Buy, 1) => price * quantity,
            (Side::Sell, 0) => quantity,
            _ => Decimal::ZERO,
        };
        for order in self.resting.iter().filter(|order| order.account == account) {
            holds.push((order.id, order.partner, hold(order.side, order.price, order.left)));
        }
        for Waiting { id, order, held_at, partner, .. } in &self.waiting {
            if order.account == account {
                holds.push((*id, *partner, hold(order.side, *held_at, base(order))));
            }
        }
        // The two of a pair hold what the one holds that needs more.
        let of_partner = |partner: Option<OrderId>| holds.iter().find(|hold| Some(hold.0) == partner);
        let locked = holds
            .iter()
            .map(|hold| match of_partner(hold.1) {
                Some(other) if (other.2, hold.0) > (hold.2, other.0) => Decimal::ZERO,
                _ => hold.2,
            })
            .sum();
        Balance { free: total - locked, locked }
    }

    /// `None` when the order is refused.
    fn place(&mut self, id: OrderId, order: &NewOrder, fees: Fees) -> Option<Lots> {
        if order.trigger.is_some() {
            self.wait(id, order, None)?;
            return Some(Lots::new());
        }
        let lots = self.enter(id, order, None, fees)?;
        self.go_on(&lots, fees);
        Some(lots)
    }

    /// A stop loss, and the post-only order that cancels it and is canceled by it.
    fn place_pair(&mut self, [stop_id, maker_id]: [OrderId; 2], [stop, maker]: [&NewOrder; 2]) -> Option<()> {
        let limit = maker.price?;
        let right = match maker.side {
            Side::Buy => limit < self.last_price(),
            Side::Sell => limit > self.last_price(),
        };
        if !right || self.best(maker.side, maker.price).is_some() {
            return None;
        }
        let mut after = self.clone();
        after.wait(stop_id, stop, Some(maker_id))?;
        after.rest(maker_id, maker, base(maker), false, Some(stop_id));
        after.statuses.insert(maker_id, Status::New);
        if after.balance(maker.account, 0).free < Decimal::ZERO || after.balance(maker.account, 1).free < Decimal::ZERO
        {
            return None;
        }
        *self = after;
        Some(())
    }

    fn wait(&mut self, id: OrderId, order: &NewOrder, partner: Option<OrderId>) -> Option<()> {
        let trigger = order.trigger?;
        if is_reached(order, self.last_price()) {
            return None;
        }
        let held_at = order.price.or(trigger.stop_price).unwrap_or(self.last_price());
        let mut after = self.clone();
        after.waiting.push(Waiting { id, order: order.clone(), held_at, best: None, is_due: false, partner });
        after.statuses.insert(id, Status::New);
        let asset = usize::from(order.side == Side::Buy);
        if after.balance(order.account, asset).free < Decimal::ZERO {
            return None;
        }
        *self = after;
        Some(())
    }

    /// Tells those that wait what was traded; those that begin by it may trade in turn.
    fn go_on(&mut self, lots: &Lots, fees: Fees) {
        let mut due = VecDeque::new();
        self.hear(lots, &mut due);
        while let Some(id) = due.pop_front() {
            let Some(place) = self.waiting.iter().position(|waiting| waiting.id == id) else { continue };
            let Waiting { order, partner, .. } = self.waiting.remove(place);
            self.end(partner, Status::Expired);
            let order = NewOrder { trigger: None, ..order };
            match self.enter(id, &order, None, fees) {
                Some(lots) => self.hear(&lots, &mut due),
                None => drop(self.statuses.insert(id, Status::Expired)),
            }
        }
    }

    fn hear(&mut self, lots: &Lots, due: &mut VecDeque<OrderId>) {
        for (_, price, _) in lots {
            for waiting in self.waiting.iter_mut().filter(|waiting| !waiting.is_due) {
                let Some(trigger) = waiting.order.trigger else { continue };
                let at_stop = trigger.stop_price.is_none() || is_reached(&waiting.order, *price);
                waiting.is_due = match (trigger.trailing_delta, waiting.best) {
                    (None, _) => at_stop,
                    (Some(_), None) => {
                        waiting.best = at_stop.then_some(*price);
                        false
                    }
                    (Some(delta), Some(best)) => {
                        let delta = Decimal::new(delta.into(), 4);
                        let best = if waiting.order.side == Side::Buy { best.min(*price) } else { best.max(*price) };
                        waiting.best = Some(best);
                        match waiting.order.side {
                            Side::Buy => *price >= best * (Decimal::ONE + delta),
                            Side::Sell => *price <= best * (Decimal::ONE - delta),
                        }
                    }
                };
                if waiting.is_due {
                    due.push_back(waiting.id);
                }
            }
        }
    }

    /// Takes an order off, wherever it is.
    fn end(&mut self, id: Option<OrderId>, status: Status) {
        let Some(id) = id else { return };
        let before = self.resting.len() + self.waiting.len();
        self.resting.retain(|order| order.id != id);
        self.waiting.retain(|order| order.id != id);
        if self.resting.len() + self.waiting.len() < before {
            self.statuses.insert(id, status);
        }
    }

    fn rest(&mut self, id: OrderId, order: &NewOrder, left: Decimal, touched: bool, partner: Option<OrderId>) {
        let Some(price) = order.price else { return };
        let visible = order.iceberg.map_or(left, |iceberg| iceberg.min(left));
        let (account, side, iceberg) = (order.account, order.side, order.iceberg);
        let (renewed, prevented) = (false, false);
        let order = Resting { id, account, side, price, left, visible, iceberg, renewed, touched, prevented, partner };
        self.resting.push(order);
    }

    /// `None` when the order is refused.
    fn enter(&mut self, id: OrderId, order: &NewOrder, partner: Option<OrderId>, fees: Fees) -> Option<Lots> {
        if order.post_only && self.best(order.side, order.price).is_some() {
            return None;
        }
        let mut after = self.clone();
        let mut lots = Lots::new();
        let (mut base, mut quote, mut prevented, mut expires) = (Decimal::ZERO, Decimal::ZERO, false, false);
        let (mut prevented_lots, mut prevented_quote) = (Decimal::ZERO, Decimal::ZERO);
        while let Some(place) = after.best(order.side, order.price) {
            let maker = after.resting[place].clone();
            let wants = match order.size {
                Size::Base(quantity) => base + prevented_lots < quantity,
                Size::Quote(amount) => quote + prevented_quote + maker.price <= amount,
                Size::Position | Size::Proceeds => unreachable!("neither contracts nor such lists are modelled"),
            };
            if !wants {
                break;
            }
            let own = maker.account == order.account;
            let resting = &mut after.resting[place];
            match if own { order.self_trade } else { SelfTrade::Allow } {
                SelfTrade::Allow => {
                    (base, quote) = (base + Decimal::ONE, quote + maker.price);
                    match lots.last_mut() {
                        Some(last) if last.0 == maker.id && !maker.renewed => last.2 += Decimal::ONE,
                        _ => lots.push((maker.id, maker.price, Decimal::ONE)),
                    }
                    resting.left -= Decimal::ONE;
                    resting.visible -= Decimal::ONE;
                    resting.touched = true;
                }
                SelfTrade::Decrement | SelfTrade::Transfer => {
                    (prevented, prevented_lots) = (true, prevented_lots + Decimal::ONE);
                    prevented_quote += maker.price;
                    resting.left -= Decimal::ONE;
                    resting.visible -= Decimal::ONE;
                    resting.prevented = true;
                }
                SelfTrade::ExpireTaker => {
                    expires = true;
                    break;
                }
                mode @ (SelfTrade::ExpireBoth | SelfTrade::ExpireMaker) => {
                    (resting.left, resting.visible) = (Decimal::ZERO, Decimal::ZERO);
                    resting.prevented = true;
                    expires = mode == SelfTrade::ExpireBoth;
                }
            }
            resting.renewed = false;
            let maker = resting.clone();
            if maker.left.is_zero() {
                after.resting.remove(place);
                let status = if maker.prevented { Status::ExpiredInMatch } else { Status::Filled };
                after.statuses.insert(maker.id, status);
            } else {
                if maker.touched {
                    after.statuses.insert(maker.id, Status::PartlyFilled);
                }
                if maker.visible.is_zero() {
                    let mut maker = after.resting.remove(place);
                    maker.visible = maker.iceberg.unwrap_or(maker.left).min(maker.left);
                    maker.renewed = true;
                    after.resting.push(maker);
                }
            }
            if maker.touched || maker.left.is_zero() {
                after.end(maker.partner, Status::Expired);
            }
            if expires {
                break;
            }
        }
        let wanted = match order.size {
            Size::Base(quantity) => quantity,
            Size::Position | Size::Proceeds | Size::Quote(_) if base + prevented_lots == Decimal::ZERO => return None,
            Size::Position | Size::Proceeds | Size::Quote(_) => base + prevented_lots,
        };
        let free = |asset| self.balance(order.account, asset).free;
        let killed = order.time_in_force == TimeInForce::FillOrKill && base < wanted;
        let affordable = match (order.side, order.price) {
            (Side::Buy, Some(price)) => price * wanted <= free(1),
            (Side::Buy, None) => quote <= free(1),
            (Side::Sell, Some(_)) => wanted <= free(0),
            (Side::Sell, None) => base <= free(0),
        };
        if !affordable {
            return None;
        }
        if killed {
            self.statuses.insert(id, Status::Expired);
            return Some(Lots::new());
        }
        for (maker, price, quantity) in &lots {
            let maker = self.resting.iter().find(|resting| resting.id == *maker)?.account;
            let buys = order.side == Side::Buy;
            let (buyer, seller) = if buys { (order.account, maker) } else { (maker, order.account) };
            let (buyer_rate, seller_rate) = if buys { (fees.taker, fees.maker) } else { (fees.maker, fees.taker) };
            after.trades.push((buyer, seller, *price, *quantity));
            after.fees.push((buyer, 0, (*quantity * buyer_rate).trunc_with_scale(8)));
            after.fees.push((seller, 1, (*price * *quantity * seller_rate).trunc_with_scale(8)));
        }
        let left = wanted - base - prevented_lots;
        let rests = order.price.is_some() && order.time_in_force == TimeInForce::GoodTillCanceled;
        let status = if expires || (left.is_zero() && prevented) {
            Status::ExpiredInMatch
        } else if left.is_zero() {
            Status::Filled
        } else if !rests {
            Status::Expired
        } else if base.is_zero() {
            Status::New
        } else {
            Status::PartlyFilled
        };
        if matches!(status, Status::New | Status::PartlyFilled) {
            after.rest(id, order, left, !base.is_zero(), partner);
            if let Some(resting) = after.resting.last_mut() {
                resting.prevented = prevented;
            }
        }
        after.statuses.insert(id, status);
        *self = after;
        Some(lots)
    }

    fn cancel(&mut self, id: OrderId) -> bool {
        let resting = self.resting.iter().find(|order| order.id == id).map(|order| order.partner);
        let waiting = self.waiting.iter().find(|order| order.id == id).map(|order| order.partner);
        let Some(partner) = resting.or(waiting) else { return false };
        self.end(Some(id), Status::Canceled);
        self.end(partner, Status::Canceled);
        true
    }
}

fn base(order: &NewOrder) -> Decimal {
    if let Size::Base(quantity) = order.size { quantity } else { Decimal::ZERO }
}

fn is_reached(order: &NewOrder, price: Decimal) -> bool {
    let Some(Trigger { kind, stop_price: Some(stop), .. }) = order.trigger else { return false };
    match (kind, order.side) {
        (TriggerKind::StopLoss, Side::Buy) | (TriggerKind::TakeProfit, Side::Sell) => price >= stop,
        (TriggerKind::StopLoss, Side::Sell) | (TriggerKind::TakeProfit, Side::Buy) => price <= stop,
    }
}

#[derive(Clone, Debug)]
enum Action {
    Cancel(usize),
    Pair([NewOrder; 2]),
    Place(NewOrder),
}

fn action() -> impl Strategy<Value = Action> {
    use TimeInForce::{FillOrKill, GoodTillCanceled, ImmediateOrCancel};
    let side = prop_oneof![Just(Side::Buy), Just(Side::Sell)];
    let tif = prop_oneof![5 => Just(GoodTillCanceled), 1 => Just(ImmediateOrCancel), 1 => Just(FillOrKill)];
    let self_trade = prop_oneof![
        Just(SelfTrade::Allow),
        Just(SelfTrade::Decrement),
        Just(SelfTrade::ExpireBoth),
        Just(SelfTrade::ExpireMaker),
        Just(SelfTrade::ExpireTaker),
        Just(SelfTrade::Transfer),
    ];
    let triggers = prop_oneof![Just(TriggerKind::StopLoss), Just(TriggerKind::TakeProfit)];
    let stop_price = (7..13_i64).prop_map(|price| Some(Decimal::from(price)));
    let delta = prop_oneof![Just(500_u32), Just(1_000), Just(2_500)].prop_map(Some);
    let trigger = prop_oneof![
        3 => (triggers.clone(), stop_price.clone(), Just(None)),
        1 => (triggers.clone(), stop_price, delta.clone()),
        1 => (triggers, Just(None), delta),
    ];
    let trigger = trigger.prop_map(|(kind, stop_price, trailing_delta)| Trigger { kind, stop_price, trailing_delta });
    let kind = prop_oneof![6 => Just(0), 1 => Just(1), 1 => Just(2), 1 => Just(3), 2 => Just(4), 2 => Just(5), 2 => Just(6), 2 => Just(7)];
    let order = (ALICE..=BOB, side, 7..13_i64, 1..9_i64, tif, self_trade, kind, trigger, 1..4_i64);
    let order = order.prop_map(|(account, side, price, quantity, time_in_force, self_trade, kind, trigger, shown)| {
        let plain = NewOrder { self_trade, ..limit(account, side, price, quantity) };
        let market = NewOrder { price: None, time_in_force: ImmediateOrCancel, ..plain.clone() };
        let iceberg = Some(Decimal::from(shown.min(quantity)));
        Action::Place(match kind {
            0 => NewOrder { time_in_force, ..plain },
            1 => NewOrder { post_only: true, ..plain },
            2 => market,
            3 => NewOrder { size: Size::Quote(Decimal::from(quantity * 7)), ..market },
            4 => NewOrder { iceberg, ..plain },
            5 => NewOrder { trigger: Some(trigger), time_in_force, ..plain },
            6 => NewOrder { trigger: Some(trigger), ..market },
            _ => {
                let stop_price = Some(Decimal::from(20 - price));
                let trigger = Trigger { kind: TriggerKind::StopLoss, stop_price, trailing_delta: None };
                let stop = if shown == 1 { market } else { NewOrder { iceberg, ..plain.clone() } };
                return Action::Pair([
                    NewOrder { trigger: Some(trigger), ..stop },
                    NewOrder { post_only: true, ..plain },
                ]);
            }
        })
    });
    prop_oneof![6 => order, 1 => any::<usize>().prop_map(Action::Cancel)]
}

proptest! {
    #[test]
    fn it_does_what_the_plainest_exchange_does(actions in prop::collection::vec(action(), 1..60)) {
        let fees = Fees { maker: Decimal::new(1, 3), taker: Decimal::new(2, 3) };
        let mut engine = engine(fees);
        engine.markets[0].instrument.algo_orders_max = u32::MAX;
        engine.markets[0].instrument.order_lists_max = u32::MAX;
        let mut naive = Naive::default();
        let mut ids = Vec::new();
        for action in actions {
            match action {
                Action::Cancel(which) if !ids.is_empty() => {
                    let id = ids[which % ids.len()];
                    prop_assert_eq!(!engine.cancel(id, 1).is_empty(), naive.cancel(id));
                }
                Action::Cancel(_) => {}
                Action::Pair([stop, maker]) => {
                    let id = engine.next_order_id();
                    let named = |order: &NewOrder, id: OrderId| NewOrder { client_id: format!("c{id}"), ..order.clone() };
                    let orders = vec![named(&stop, id), named(&maker, id + 1)];
                    let list = NewList { client_id: format!("l{id}"), kind: ListKind::Oco, orders };
                    let placed = engine.place_list(list, 1);
                    prop_assert_eq!(placed.as_ref().ok().map(drop), naive.place_pair([id, id + 1], [&stop, &maker]), "{:?}", placed.err());
                    ids.extend((engine.next_order_id() > id).then_some([id, id + 1]).into_iter().flatten());
                }
                Action::Place(order) => {
                    let id = engine.next_order_id();
                    let lots = place(&mut engine, order.clone()).ok().map(|placed| {
                        ids.push(placed.order.id);
                        let maker = |trade: &Trade| if trade.buyer_is_maker { trade.buyer.order } else { trade.seller.order };
                        placed.trades.iter().map(|trade| (maker(trade), trade.price, trade.quantity)).collect::<Vec<_>>()
                    });
                    prop_assert_eq!(lots, naive.place(id, &order, fees));
                }
            }
            for account in [ALICE, BOB] {
                for (asset, (_, balance)) in engine.balances(account).enumerate() {
                    prop_assert_eq!(balance, naive.balance(account, asset));
                }
            }
            for (id, status) in &naive.statuses {
                prop_assert_eq!(engine.order(*id).map(|order| order.status), Some(*status), "order {}", id);
            }
            prop_assert_eq!(engine.market(0).last_price, naive.last_price());
            let open: Decimal = engine.balances(ALICE).chain(engine.balances(BOB)).map(|(_, b)| b.free + b.locked).sum();
            let paid: Decimal = engine.fees_paid.iter().sum();
            prop_assert_eq!(open + paid, Decimal::from(4 * FUNDS));
        }
    }
}
