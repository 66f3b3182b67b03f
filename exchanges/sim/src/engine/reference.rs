//! The plainest exchange there is, and a property test that the engine does as it does.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::tests::{ALICE, BOB, FUNDS, engine, limit, place};
use super::{AccountId, Balance, Fees, NewOrder, OrderId, SelfTrade, Side, Size, Status, TimeInForce, Trade};

/// The same exchange in the slowest and plainest way: a list of resting orders in order of arrival, matched one lot
/// at a time, and balances counted from the beginning each time they are asked for.
#[derive(Default)]
struct Naive {
    resting: Vec<Resting>,
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
    touched: bool,
    prevented: bool,
}

impl Naive {
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
        let holds = self.resting.iter().filter(|order| order.account == account);
        let locked = holds
            .map(|order| match (order.side, asset) {
                (Side::Buy, 1) => order.price * order.left,
                (Side::Sell, 0) => order.left,
                _ => Decimal::ZERO,
            })
            .sum();
        Balance { free: total - locked, locked }
    }

    /// `None` when the order is refused; else the lots it traded, each with its maker.
    fn place(&mut self, id: OrderId, order: &NewOrder, fees: Fees) -> Option<Vec<(OrderId, Decimal, Decimal)>> {
        if order.post_only && self.best(order.side, order.price).is_some() {
            return None;
        }
        let mut after = Self {
            resting: self.resting.clone(),
            trades: self.trades.clone(),
            fees: self.fees.clone(),
            statuses: self.statuses.clone(),
        };
        let mut lots: Vec<(OrderId, Decimal, Decimal)> = Vec::new();
        let (mut base, mut quote, mut prevented, mut expires) = (Decimal::ZERO, Decimal::ZERO, false, false);
        let (mut prevented_lots, mut prevented_quote) = (Decimal::ZERO, Decimal::ZERO);
        while let Some(place) = after.best(order.side, order.price) {
            let maker = after.resting[place].clone();
            let wants = match order.size {
                Size::Base(quantity) => base + prevented_lots < quantity,
                Size::Quote(amount) => quote + prevented_quote + maker.price <= amount,
            };
            if !wants {
                break;
            }
            let own = maker.account == order.account;
            match if own { order.self_trade } else { SelfTrade::Allow } {
                SelfTrade::Allow => {
                    (base, quote) = (base + Decimal::ONE, quote + maker.price);
                    match lots.last_mut() {
                        Some(last) if last.0 == maker.id => last.2 += Decimal::ONE,
                        _ => lots.push((maker.id, maker.price, Decimal::ONE)),
                    }
                    after.resting[place].left -= Decimal::ONE;
                    after.resting[place].touched = true;
                }
                SelfTrade::Decrement => {
                    (prevented, prevented_lots) = (true, prevented_lots + Decimal::ONE);
                    prevented_quote += maker.price;
                    after.resting[place].left -= Decimal::ONE;
                    after.resting[place].prevented = true;
                }
                SelfTrade::ExpireTaker => {
                    expires = true;
                    break;
                }
                mode @ (SelfTrade::ExpireBoth | SelfTrade::ExpireMaker) => {
                    after.resting[place].left = Decimal::ZERO;
                    after.resting[place].prevented = true;
                    expires = mode == SelfTrade::ExpireBoth;
                }
            }
            let maker = after.resting[place].clone();
            if maker.left.is_zero() {
                after.resting.remove(place);
                let status = if maker.prevented { Status::ExpiredInMatch } else { Status::Filled };
                after.statuses.insert(maker.id, status);
            } else if maker.touched {
                after.statuses.insert(maker.id, Status::PartlyFilled);
            }
            if expires {
                break;
            }
        }
        let wanted = match order.size {
            Size::Base(quantity) => quantity,
            Size::Quote(_) if base + prevented_lots == Decimal::ZERO => return None,
            Size::Quote(_) => base + prevented_lots,
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
            return Some(Vec::new());
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
            let price = order.price?;
            let touched = !base.is_zero();
            let resting = Resting { id, account: order.account, side: order.side, price, left, touched, prevented };
            after.resting.push(resting);
        }
        after.statuses.insert(id, status);
        *self = after;
        Some(lots)
    }

    fn cancel(&mut self, id: OrderId) -> bool {
        let Some(place) = self.resting.iter().position(|order| order.id == id) else { return false };
        self.resting.remove(place);
        self.statuses.insert(id, Status::Canceled);
        true
    }
}

#[derive(Clone, Debug)]
enum Action {
    Cancel(usize),
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
    ];
    let kind = prop_oneof![6 => Just(0), 1 => Just(1), 1 => Just(2), 1 => Just(3)];
    let order = (ALICE..=BOB, side, 7..13_i64, 1..9_i64, tif, self_trade, kind);
    let order = order.prop_map(|(account, side, price, quantity, time_in_force, self_trade, kind)| {
        let plain = NewOrder { self_trade, ..limit(account, side, price, quantity) };
        Action::Place(match kind {
            0 => NewOrder { time_in_force, ..plain },
            1 => NewOrder { post_only: true, ..plain },
            2 => NewOrder { price: None, time_in_force: ImmediateOrCancel, ..plain },
            _ => NewOrder {
                price: None,
                time_in_force: ImmediateOrCancel,
                size: Size::Quote(Decimal::from(quantity * 7)),
                ..plain
            },
        })
    });
    prop_oneof![6 => order, 1 => any::<usize>().prop_map(Action::Cancel)]
}

proptest! {
    #[test]
    fn it_does_what_the_plainest_exchange_does(actions in prop::collection::vec(action(), 1..60)) {
        let fees = Fees { maker: Decimal::new(1, 3), taker: Decimal::new(2, 3) };
        let mut engine = engine(fees);
        let mut naive = Naive::default();
        let mut ids = Vec::new();
        for action in actions {
            match action {
                Action::Cancel(which) if !ids.is_empty() => {
                    let id = ids[which % ids.len()];
                    prop_assert_eq!(engine.cancel(id, 1).is_some(), naive.cancel(id));
                }
                Action::Cancel(_) => {}
                Action::Place(order) => {
                    let id = engine.next_order_id();
                    let lots = place(&mut engine, order.clone()).ok().map(|placed| {
                        ids.push(placed.id);
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
                prop_assert_eq!(engine.order(*id).map(|order| order.status), Some(*status));
            }
            let open: Decimal = engine.balances(ALICE).chain(engine.balances(BOB)).map(|(_, b)| b.free + b.locked).sum();
            let paid: Decimal = engine.fees_paid.iter().sum();
            prop_assert_eq!(open + paid, Decimal::from(4 * FUNDS));
        }
    }
}
