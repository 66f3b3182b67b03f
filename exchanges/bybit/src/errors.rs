//! What a refusal of Bybit means, and what became of the request.
//!
//! Business errors come with HTTP 200 and a `retCode` other than 0. The status decides first, then the code:
//!
//! | status | code | fate |
//! | --- | --- | --- |
//! | 2xx | 0 | it is no error |
//! | 2xx | in the table | the table's |
//! | 2xx | not in the table, or none | unknown |
//! | 400, 401, 403, 404, 429 | in the table | the table's |
//! | 400, 401, 403, 404, 429 | none | rejected: the venue's page of errors gives each of them a cause before the engine |
//! | any other | any | unknown |
//!
//! The venue has no words like "execution status unknown". Unknown is what tells of a time-out, of an error or trouble of its own, of
//! something still being processed, and every code that its page does not list.
//!
//! An element of a batch has no status of its own: its code decides.
//!
//! **Source**: <https://github.com/bybit-exchange/docs/blob/master/docs/v5/error.mdx> at `072c197`, "HTTP Code", "UTA" and "Spot
//! Trade", read 2026-11-25. The codes of its other parts (loans, transfers, earn, bots) belong to calls that have no type here.

use orderwire::venue::json::{self, Json};
use orderwire::venue::{Answer, DecodeError, Fate, RejectKind, Response, RestError};

/// What an error of the venue means for a request; `None` where the reply is none.
///
/// For whole replies of [`RawCall`](crate::RawCall), which are handed over whatever they say. Every typed call has gone
/// through this already. Each element of a batch has an error of its own.
#[must_use]
pub fn classify(status: u16, body: &[u8]) -> Option<RestError> {
    let Ok([code, msg]) = json::whole_object(body, &["retCode", "retMsg"]) else {
        return (!matches!(status, 200..300)).then(|| failure(status, None, None));
    };
    judge(status, code, msg).err()
}

/// Turns any reply but a 2xx into the error that it is.
#[inline]
pub(crate) fn refuse_failures(response: &Response<'_>) -> Result<(), RestError> {
    match response.status() {
        200..300 => Ok(()),
        status => classify(status, response.body()).map_or(Ok(()), Err),
    }
}

/// The reply as an error by its status, its code and its message.
#[inline]
pub(crate) fn judge(status: u16, code: Option<Json<'_>>, msg: Option<Json<'_>>) -> Result<(), RestError> {
    match (status, code.and_then(Json::as_i64)) {
        (200..300, Some(0)) => Ok(()),
        (200..300, None) => Err(DecodeError::Missing { field: "retCode" }.into()),
        (_, code) => {
            Err(failure(status, code.and_then(|code| i32::try_from(code).ok()), msg.and_then(Json::as_raw_str)))
        }
    }
}

#[cold]
fn failure(status: u16, code: Option<i32>, msg: Option<&str>) -> RestError {
    let (by_status, words) = of_status(status);
    // A code of 0 under a status that says no is none.
    let meant = match code.filter(|code| *code != 0) {
        Some(code) => of_code(code, msg.unwrap_or_default()),
        None => by_status.map_or((RejectKind::Other, Fate::Unknown), |kind| (kind, Fate::Rejected)),
    };
    let (kind, fate) = match status {
        200..300 => meant,
        403 => (if meant.0 == RejectKind::Other { RejectKind::Banned } else { meant.0 }, meant.1),
        400 | 401 | 404 | 429 => meant,
        500.. if meant.0 == RejectKind::Other => (RejectKind::Unavailable, Fate::Unknown),
        _ => (meant.0, Fate::Unknown),
    };
    Answer::new(status, code, kind, msg.filter(|msg| !msg.is_empty()).unwrap_or(words)).into_error(fate)
}

fn of_code(code: i32, msg: &str) -> (RejectKind, Fate) {
    let Ok(index) = CODES.binary_search_by_key(&code, |(known, ..)| *known) else {
        return (RejectKind::Other, Fate::Unknown);
    };
    let (_, kind, fate) = CODES[index];
    // "current position is zero, cannot fix reduce-only order qty" has the code of a quantity that is cut to nothing.
    if code == CUT_TO_NOTHING && msg.contains("reduce-only") { (RejectKind::ReduceOnly, fate) } else { (kind, fate) }
}

/// What a status means where the venue itself says nothing; foreign pages are not quoted. Source: error, "HTTP Code".
const fn of_status(status: u16) -> (Option<RejectKind>, &'static str) {
    match status {
        400 => (Some(Malformed), "a bad request: the method must be upper case"),
        401 => (Some(Auth), "the key or the headers of its signature are not those of this host"),
        403 => (Some(Banned), "too many requests from this address, or not from this region: wait ten minutes"),
        404 => (Some(Malformed), "no such path, or not with this category"),
        429 => (Some(RateLimited), "the venue protects itself: try again"),
        _ => (None, ""),
    }
}

use Fate::{Rejected, Unknown};
use RejectKind::{
    Auth, Balance, Banned, DuplicateId, InstrumentRule, Malformed, MarketClosed, Other, PostOnlyWouldTake, RateLimited,
    ReduceOnly, Signature, Timestamp, Unavailable, UnknownOrder,
};

/// "orderQty will be truncated to zero".
const CUT_TO_NOTHING: i32 = 110_017;

/// Every documented code of trading, in order.
#[rustfmt::skip]
const CODES: &[(i32, RejectKind, Fate)] = &[
    (-2015, Auth, Rejected), // (Spot) Your api key has expired
    (-1, Timestamp, Rejected), // request expired: o@0, now[] diff[]
    (429, RateLimited, Rejected), // The trading service is experiencing a high server load
    (10000, Unavailable, Unknown), // Server Timeout
    (10001, Malformed, Rejected), // Request parameter error
    (10002, Timestamp, Rejected), // The request time exceeds the time window range
    (10003, Auth, Rejected), // API key is invalid
    (10004, Signature, Rejected), // Error sign, please check your signature generation algorithm
    (10005, Auth, Rejected), // Permission denied, please check your API key permissions
    (10006, RateLimited, Rejected), // Too many visits
    (10007, Auth, Rejected), // User authentication failed
    (10008, Auth, Rejected), // Common banned, please check your account mode
    (10009, Auth, Rejected), // Service Restricted: Access is currently unavailable for your region
    (10010, Auth, Rejected), // Unmatched IP, please check your API key's bound IP addresses
    (10014, DuplicateId, Rejected), // Invalid duplicate request
    (10016, Unavailable, Unknown), // Server error
    (10017, Malformed, Rejected), // Route not found
    (10018, RateLimited, Rejected), // Exceeded the IP Rate Limit
    (10024, Auth, Rejected), // Compliance rules triggered
    (10027, Banned, Rejected), // Transactions are banned
    (10028, Auth, Rejected), // The API can only be accessed by unified account users
    (10029, Auth, Rejected), // The requested symbol is invalid, please check symbol whitelist
    (30035, RateLimited, Rejected), // Option: Too fast to cancel, Try it later
    (30133, Other, Rejected), // OTC loan: The symbol you select for USDT Perpetual is not allowed …
    (30134, Other, Rejected), // OTC loan: The symbol you select for USDC Contract is not allowed …
    (30135, Other, Rejected), // The leverage you select for USDT Perpetual trading cannot exceed …
    (30136, Other, Rejected), // The leverage you select for USDC Perpetual or Futures trading …
    (30208, InstrumentRule, Rejected), // Failed to submit order(s)
    (30209, InstrumentRule, Rejected), // Failed to submit order(s)
    (30228, ReduceOnly, Rejected), // No new positions during delisting
    (30256, Balance, Rejected), // Margin limit exceeded
    (33004, Auth, Rejected), // (Derivatives) Your api key has expired
    (34040, Other, Rejected), // Not modified
    (40004, Other, Unknown), // the order is modified during the process of replacing , please …
    (100028, Auth, Rejected), // The API cannot be accessed by unified account users
    (110001, UnknownOrder, Rejected), // Order does not exist
    (110003, InstrumentRule, Rejected), // Order price exceeds the allowable range
    (110004, Balance, Rejected), // Wallet balance is insufficient
    (110005, Other, Rejected), // position status error
    (110006, Balance, Rejected), // The assets are estimated to be unable to cover the position margin
    (110007, Balance, Rejected), // Available balance is insufficient
    (110008, UnknownOrder, Rejected), // The order has been completed or cancelled
    (110009, InstrumentRule, Rejected), // The number of stop orders exceeds the maximum allowable limit
    (110010, UnknownOrder, Rejected), // The order has been cancelled
    (110011, Other, Rejected), // Liquidation will be triggered immediately by this adjustment
    (110012, Balance, Rejected), // Insufficient available balance
    (110013, Other, Rejected), // Cannot set leverage due to risk limit level
    (110014, Balance, Rejected), // Insufficient available balance to add additional margin
    (110015, Other, Rejected), // The position is in cross margin mode
    (110016, InstrumentRule, Rejected), // The quantity of contracts requested exceeds the risk limit, please …
    (110017, InstrumentRule, Rejected), // orderQty will be truncated to zero
    (110018, Auth, Rejected), // User ID is illegal
    (110019, Malformed, Rejected), // Order ID is illegal
    (110020, InstrumentRule, Rejected), // Not allowed to have more than 500 active orders
    (110021, InstrumentRule, Rejected), // Not allowed to exceeded position limits due to Open Interest
    (110022, InstrumentRule, Rejected), // Quantity has been restricted and orders cannot be modified to …
    (110023, ReduceOnly, Rejected), // Currently you can only reduce your position on this contract
    (110024, Other, Rejected), // You have an existing position, so the position mode cannot be switched
    (110025, Other, Rejected), // Position mode has not been modified
    (110026, Other, Rejected), // Cross/isolated margin mode has not been modified
    (110027, Other, Rejected), // Margin has not been modified
    (110028, Other, Rejected), // You have existing open orders, so the position mode cannot be switched
    (110029, Other, Rejected), // Hedge mode is not supported for this symbol
    (110030, DuplicateId, Rejected), // Duplicate orderId
    (110031, Other, Rejected), // Non-existing risk limit info, please check the risk limit rules
    (110032, Malformed, Rejected), // Order is illegal
    (110033, Other, Rejected), // You can't set margin without an open position
    (110034, ReduceOnly, Rejected), // There is no net position
    (110035, Other, Rejected), // Cancellation of orders was not completed before liquidation
    (110036, Other, Rejected), // You are not allowed to change leverage due to cross margin mode
    (110037, Other, Rejected), // User setting list does not have this symbol
    (110038, Other, Rejected), // You are not allowed to change leverage due to portfolio margin mode
    (110039, Other, Rejected), // Maintenance margin rate is too high
    (110040, Other, Rejected), // The order will trigger a forced liquidation, please re-submit the …
    (110041, Other, Rejected), // Skip liquidation is not allowed when a position or maker order exists
    (110042, ReduceOnly, Rejected), // Currently,due to pre-delivery status, you can only reduce your …
    (110043, Other, Rejected), // Set leverage has not been modified
    (110044, Balance, Rejected), // Available margin is insufficient
    (110045, Balance, Rejected), // Wallet balance is insufficient
    (110046, Other, Rejected), // Liquidation will be triggered immediately by this adjustment
    (110047, Balance, Rejected), // Risk limit cannot be adjusted due to insufficient available margin
    (110048, Other, Rejected), // Risk limit cannot be adjusted as the current/expected position …
    (110049, Malformed, Rejected), // Tick notes can only be numbers
    (110050, Malformed, Rejected), // Invalid coin
    (110051, Balance, Rejected), // The user's available balance cannot cover the lowest price of the …
    (110052, Balance, Rejected), // Your available balance is insufficient to set the price
    (110053, Balance, Rejected), // The user's available balance cannot cover the current market price …
    (110054, Other, Rejected), // This position has at least one take profit link order, so the take …
    (110055, Other, Rejected), // This position has at least one stop loss link order, so the take …
    (110056, Other, Rejected), // This position has at least one trailing stop link order, so the …
    (110057, Malformed, Rejected), // Conditional order or limit order contains TP/SL related params
    (110058, Balance, Rejected), // You can't set take profit and stop loss due to insufficient size …
    (110059, Other, Rejected), // Not allowed to  modify the TP/SL of a partially filled open order
    (110060, Other, Rejected), // Under full TP/SL mode, it is not allowed to modify TP/SL
    (110061, InstrumentRule, Rejected), // Not allowed to have more than 20 TP/SLs under Partial tpSlMode
    (110062, Other, Rejected), // There is no MMP information of the institution found
    (110063, MarketClosed, Rejected), // Settlement in progress! {{key0}} not available for trading
    (110064, InstrumentRule, Rejected), // The modified contract quantity cannot be less than or equal to the …
    (110065, Other, Rejected), // MMP hasn't yet been enabled for your account
    (110066, MarketClosed, Rejected), // Trading is currently not allowed
    (110067, Other, Rejected), // Unified account is not supported
    (110068, Other, Rejected), // Leveraged trading is not allowed
    (110069, Auth, Rejected), // Ins lending customer is not allowed to trade
    (110070, Auth, Rejected), // ETP symbols cannot be traded
    (110071, Auth, Rejected), // Sorry, we're revamping the Unified Margin Account! Currently, new …
    (110072, DuplicateId, Rejected), // OrderLinkedID is duplicate
    (110073, Other, Rejected), // Set margin mode failed
    (110074, MarketClosed, Rejected), // This contract is not live
    (110075, Other, Rejected), // RiskId not modified
    (110076, Other, Rejected), // Only isolated mode can set auto-add-margin
    (110077, Other, Rejected), // Pm mode cannot support
    (110078, Other, Rejected), // Added margin more than max can reduce margin
    (110079, Other, Unknown), // The order is processing and can not be operated, please try again …
    (110080, Other, Rejected), // Operations Restriction: The current LTV ratio of your …
    (110082, Other, Rejected), // You cannot lift Reduce-Only restrictions, as no Reduce-Only …
    (110083, Other, Rejected), // Reduce-Only restrictions must be lifted for both Long and Short …
    (110085, InstrumentRule, Rejected), // The risk limit and margin ratio for this contract has been …
    (110086, InstrumentRule, Rejected), // Current order leverage exceeds the maximum available for your …
    (110087, Other, Rejected), // Leverage for Perpetual or Futures contracts cannot exceed the …
    (110088, Auth, Rejected), // Please Upgrade to UTA to trade
    (110089, InstrumentRule, Rejected), // Exceeds the maximum risk limit level
    (110090, InstrumentRule, Rejected), // Order placement failed as your position may exceed the max limit
    (110092, InstrumentRule, Rejected), // expect Rising, but trigger_price[XXXXX] <= current[XXXXX]??laste
    (110093, InstrumentRule, Rejected), // expect Falling, but trigger_price[XXXXX] >= current[XXXXX]??last
    (110094, InstrumentRule, Rejected), // Order notional value below the lower limit
    (110095, MarketClosed, Rejected), // You cannot create, modify or cancel Pre-Market Perpetual orders …
    (110096, Other, Rejected), // Pre-Market Perpetual Trading does not support Portfolio Margin mode
    (110097, Auth, Rejected), // Non-UTA users cannot access Pre-Market Perpetual Trading
    (110098, InstrumentRule, Rejected), // Only Good-Till-Canceled (GTC) orders are supported during Call Auction
    (110099, Other, Rejected), // You cannot create TP/SL orders during the Call Auction for …
    (110100, Other, Rejected), // You cannot place, modify, or cancel Pre-Market Perpetual orders …
    (110101, Other, Rejected), // Trading inverse contracts under Cross and Portfolio modes requires …
    (110102, Auth, Rejected), // The user does not support trading Inverse contracts - copy trading …
    (110103, InstrumentRule, Rejected), // Only Post-Only orders are available at this stage
    (110104, Other, Rejected), // The LTV for ins Loan has exceeded the limit, and opening inverse …
    (110105, Other, Rejected), // The LTV for ins Loan has exceeded the limit, and trading inverse …
    (110106, Other, Rejected), // Restrictions on Ins Loan; inverse contracts are not on the …
    (110107, Other, Rejected), // Restrictions on ins Loan; leverage exceeding the limit for inverse …
    (110108, InstrumentRule, Rejected), // Allowable range: 1 to 10000 tick size
    (110109, InstrumentRule, Rejected), // Allowable range: 0.01% to 10%
    (110110, Other, Rejected), // Spread trading is not available in isolated margin trading mode
    (110111, Auth, Rejected), // To access spread trading, upgrade to the latest version of UTA
    (110112, Auth, Rejected), // Spread trading is not available for Copy Trading
    (110113, Other, Rejected), // Spread trading is not available in hedge mode
    (110114, Other, Rejected), // You have a Spread trading order in progress
    (110115, Other, Rejected), // The cancellation of a combo single-leg order can only be done by …
    (110116, InstrumentRule, Rejected), // The entry price of a single leg, derived from the combo order …
    (110117, Other, Rejected), // The modification of a combo single-leg order can only be done by …
    (110118, Other, Rejected), // Unable to retrieve a pruce of the market order due to low liquidity
    (110119, Auth, Rejected), // Order failed
    (110120, InstrumentRule, Rejected), // Order price cannot be smaller than xxxx, the price limitation
    (110121, InstrumentRule, Rejected), // Order price cannot be higher than xxxx, the price limitation
    (110123, Auth, Rejected), // You must agree to the Trading Terms
    (110124, Auth, Rejected), // Trading is temporarily restricted due to an active cooling-off period
    (110125, Auth, Rejected), // You must agree to the Trading Terms before trading this contract
    (110131, Balance, Rejected), // Margin limit exceeded
    (110132, Auth, Rejected), // Product not available in your region
    (110135, Other, Rejected), // You currently hold a position in an Event Futures contract
    (110136, Auth, Rejected), // Event Futures are currently available for trading via OpenAPI to …
    (110137, MarketClosed, Rejected), // This Event Futures contract has entered the reduce-only window …
    (170001, Unavailable, Unknown), // Internal error
    (170005, RateLimited, Rejected), // Too many new orders; current limit is %s orders per %s
    (170007, Unavailable, Unknown), // Timeout waiting for response from backend server
    (170010, InstrumentRule, Rejected), // Purchase failed: Exceed the maximum position limit of leveraged …
    (170011, InstrumentRule, Rejected), // Purchase failed: Exceed the maximum position limit of innovation …
    (170019, InstrumentRule, Rejected), // the current available limit is ''{{.replaceKey0}}'' USDT
    (170031, MarketClosed, Rejected), // The feature has been suspended
    (170032, Unavailable, Unknown), // Network error
    (170033, Balance, Rejected), // margin Insufficient account balance
    (170034, Balance, Rejected), // Liability over flow in spot leverage trade!
    (170035, Other, Unknown), // Submitted to the system for processing!
    (170036, Auth, Rejected), // You haven't enabled Cross Margin Trading yet
    (170037, Other, Rejected), // Cross Margin Trading not yet supported by the selected coin
    (170105, Malformed, Rejected), // Parameter '%s' was empty
    (170115, Malformed, Rejected), // Invalid timeInForce
    (170116, Malformed, Rejected), // Invalid orderType
    (170117, Malformed, Rejected), // Invalid side
    (170121, Malformed, Rejected), // Invalid symbol
    (170124, InstrumentRule, Rejected), // Order amount too large
    (170130, Malformed, Rejected), // Data sent for paramter '%s' is not valid
    (170131, Balance, Rejected), // Balance insufficient
    (170132, InstrumentRule, Rejected), // Order price too high
    (170133, InstrumentRule, Rejected), // Order price lower than the minimum
    (170134, InstrumentRule, Rejected), // Order price decimal too long
    (170136, InstrumentRule, Rejected), // Order quantity lower than the minimum
    (170137, InstrumentRule, Rejected), // Order volume decimal too long
    (170139, UnknownOrder, Rejected), // Order has been filled
    (170140, InstrumentRule, Rejected), // Order value exceeded lower limit
    (170141, DuplicateId, Rejected), // Duplicate clientOrderId
    (170142, UnknownOrder, Rejected), // Order has been cancelled
    (170143, UnknownOrder, Rejected), // Cannot be found on order book
    (170144, Other, Rejected), // Order has been locked
    (170145, Other, Rejected), // This order type does not support cancellation
    (170146, Unavailable, Unknown), // Order creation timeout
    (170147, Unavailable, Unknown), // Order cancellation timeout
    (170148, InstrumentRule, Rejected), // Market order amount decimal too long
    (170149, Other, Rejected), // Create order failed
    (170150, Other, Rejected), // Cancel order failed
    (170151, MarketClosed, Rejected), // The trading pair is not open yet
    (170157, Auth, Rejected), // The trading pair is not available for api trading
    (170159, MarketClosed, Rejected), // Market Order is not supported within the first %s minutes of newly …
    (170190, UnknownOrder, Rejected), // Cancel order has been finished
    (170191, Other, Rejected), // Can not cancel order, please try again later
    (170192, InstrumentRule, Rejected), // Order price cannot be higher than %s 
    (170193, InstrumentRule, Rejected), // Buy order price cannot be higher than %s
    (170194, InstrumentRule, Rejected), // Sell order price cannot be lower than %s
    (170195, InstrumentRule, Rejected), // Please note that your order may not be filled
    (170196, InstrumentRule, Rejected), // Please note that your order may not be filled
    (170197, InstrumentRule, Rejected), // Your order quantity to buy is too large
    (170198, InstrumentRule, Rejected), // Your order quantity to sell is too large
    (170199, InstrumentRule, Rejected), // Your order quantity to buy is too large
    (170200, InstrumentRule, Rejected), // Your order quantity to sell is too large
    (170201, Malformed, Rejected), // Invalid orderFilter parameter
    (170202, Malformed, Rejected), // Please enter the TP/SL price
    (170203, InstrumentRule, Rejected), // trigger price cannot be higher than 110% price
    (170204, InstrumentRule, Rejected), // trigger price cannot be lower than 90% of qty
    (170206, MarketClosed, Rejected), // Stop_limit Order is not supported within the first 5 minutes of …
    (170207, Balance, Rejected), // The loan amount of the platform is not enough
    (170209, Auth, Rejected), // This trading pair is only available to the xxx, yyyy,etc region
    (170210, Other, Rejected), // New order rejected
    (170212, Other, Unknown), // Cancel order request processing
    (170213, UnknownOrder, Rejected), // Order does not exist
    (170215, Other, Rejected), // Spot Trading (Buy) Restriction: The current LTV ratio of your …
    (170216, Other, Rejected), // The leverage you select for Spot Trading cannot exceed the maximum …
    (170217, InstrumentRule, Rejected), // Only LIMIT-MAKER order is supported for the current pair
    (170218, PostOnlyWouldTake, Rejected), // The LIMIT-MAKER order is rejected due to invalid price
    (170219, Auth, Rejected), // UID {{xxx}} is not available to this feature
    (170220, Other, Rejected), // Spot Trading Restriction: The current LTV ratio of your …
    (170221, Malformed, Rejected), // This coin does not exist
    (170222, RateLimited, Rejected), // Too many requests in this time frame
    (170223, Other, Rejected), // Your Spot Account with Institutional Lending triggers an alert or …
    (170224, Auth, Rejected), // You're not a user of the Innovation Zone
    (170226, Other, Rejected), // Your Spot Account for Margin Trading is being liquidated
    (170227, Malformed, Rejected), // This feature is not supported
    (170228, InstrumentRule, Rejected), // The purchase amount of each order exceeds the estimated maximum …
    (170229, InstrumentRule, Rejected), // The sell quantity per order exceeds the estimated maximum sell …
    (170230, Other, Rejected), // Operations Restriction: Due to the deactivation of Margin Trading …
    (170234, Unavailable, Unknown), // System Error
    (170241, Auth, Rejected), // To proceed with trading, users must read through and confirm that …
    (170310, Unavailable, Unknown), // Order modification timeout
    (170311, Other, Rejected), // Order modification failed
    (170312, Other, Rejected), // The current order does not support modification
    (170313, InstrumentRule, Rejected), // The modified contract quantity cannot be less than to the filled …
    (170341, InstrumentRule, Rejected), // Request order quantity exceeds maximum limit
    (170344, Other, Rejected), // Symbol is not supported on Margin Trading
    (170346, Other, Rejected), // Settle coin is not a collateral coin, cannot trade
    (170348, Auth, Rejected), // Please go to (https://www.bybit-tr.com) to proceed
    (170355, Auth, Rejected), // RPI orders are restricted to approved market makers only
    (170358, Auth, Rejected), // The current site does not support ETP
    (170359, Auth, Rejected), // TThe current site does not support leveraged trading
    (170360, Other, Rejected), // symbol[XXXX] cannot trade
    (170371, InstrumentRule, Rejected), // Order price cannot be lower than {}, the price limitation
    (170372, InstrumentRule, Rejected), // Order price cannot be higher than 0, the price limitation
    (170381, InstrumentRule, Rejected), // Order quantity too large
    (170382, InstrumentRule, Rejected), // Order quantity too large
    (170709, Other, Rejected), // OTC loan: The select trading pair is not in the whitelist pair
    (170810, InstrumentRule, Rejected), // Cannot exceed maximum of 500 conditional, TP/SL and active orders
    (181017, Other, Rejected), // OrderStatus must be final status
    (182011, Other, Rejected), // The {{coin}} collateral amount has reached the platform limit
    (182100, Other, Rejected), // Compulsory closing of positions, no repayment allowed
    (182101, Other, Rejected), // Failed repayment, insufficient collateral balance
    (182102, Other, Rejected), // Failed repayment, there are no liabilities in the current currency
    (182103, Other, Rejected), // Institutional lending users are not supported
    (182108, Other, Rejected), // Switching failed, margin verification failed, please re-adjust the …
    (182110, Other, Rejected), // Failed to switch
    (182111, Other, Rejected), // The requested currency has a non guaranteed gold currency or does …
    (182112, Other, Rejected), // Duplicate currency, please re-adjust
    (500010, Other, Rejected), // The subaccount specified does not belong to the parent account
    (500011, Other, Rejected), // The Uid 592334 provided is not associated with a Unified Trading …
    (3100181, Malformed, Rejected), // UID can not be null
    (3100197, Auth, Rejected), // Temporary banned due to the upgrade to UTA
    (3100326, Malformed, Rejected), // BaseCoin is required
    (3200316, Other, Rejected), // USDC Options Trading Restriction: The current LTV ratio for your …
    (3200317, Other, Rejected), // USDC Options Open Position Restriction: The current LTV ratio for …
    (3200320, Other, Rejected), // Operations Restriction: The current LTV ratio of your …
    (3200403, Other, Rejected), // isolated margin can not create order
    (3200419, Other, Rejected), // Unable to switch to Portfolio margin due to active pre-market …
    (3200425, Other, Rejected), // You currently hold a position in an Event Futures contract
    (3200641, Other, Rejected), // {{coin}} collateral has reached the platform limit
    (3400052, Other, Rejected), // You have uncancelled USDC perpetual orders
    (3400053, Other, Rejected), // You have uncancelled Options orders
    (3400054, Other, Rejected), // You have uncancelled USDT perpetual orders
    (3400071, Other, Rejected), // The net asset is not satisfied
    (3400139, InstrumentRule, Rejected), // The total value of your positions and orders has exceeded the risk …
    (3400208, Other, Rejected), // You have unclosed hedge mode or isolated mode USDT perpetual positions
    (3400209, Other, Rejected), // You have USDT perpetual positions, so upgrading is prohibited for …
    (3400210, Other, Rejected), // The risk rate of your Derivatives account is too high
    (3400211, Other, Rejected), // Once upgraded, the estimated risk rate will be too high
    (3400212, Other, Rejected), // You have USDC perpetual positions or Options positions, so …
    (3400213, Other, Rejected), // The risk rate of your USDC Derivatives account is too high
    (3400214, Unavailable, Unknown), // Server error, please try again later
    (3401010, Other, Rejected), // Cannot switch to PM mode (for copy trading master trader)
];

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, code: i32, msg: &str) -> RestError {
        classify(
            status,
            format!(r#"{{"retCode":{code},"retMsg":"{msg}","result":{{}},"retExtInfo":{{}},"time":1}}"#).as_bytes(),
        )
        .unwrap()
    }

    #[test]
    fn the_table_has_every_documented_code_once_and_no_other() {
        let codes: Vec<_> = CODES.iter().map(|(code, ..)| *code).collect();
        assert!(codes.is_sorted_by(|a, b| a < b), "the search needs them in order");
        let lines = include_str!("../tests/fixtures/error_codes.txt").lines();
        let mut documented: Vec<i32> = lines.map(|line| line.split(' ').next().unwrap().parse().unwrap()).collect();
        documented.sort_unstable();
        assert_eq!(codes, documented);
    }

    #[test]
    fn every_code_has_a_kind_and_a_fate() {
        for (code, kind, fate) in CODES {
            for status in [200, 400, 404] {
                let error = answer(status, *code, "");
                assert_eq!((error.fate(), error.answer().unwrap().code), (*fate, Some(*code)), "{code} under {status}");
                assert_eq!(error.kind(), *kind, "{code}");
            }
            // Whatever the code says elsewhere, these statuses say that nobody knows.
            for status in [302, 408, 409, 500, 502, 503, 504] {
                assert_eq!(answer(status, *code, "").fate(), Fate::Unknown, "{code} under {status}");
            }
            assert_ne!(*kind, RejectKind::NotRejected);
        }
        for code in [1, -2, 9_999, 10_011, 110_002, 170_135, 999_999, i32::MIN, i32::MAX] {
            for status in [200, 400] {
                let error = answer(status, code, "");
                assert_eq!((error.fate(), error.kind()), (Fate::Unknown, RejectKind::Other), "{code}");
            }
        }
    }

    /// What tells of a time-out, of trouble or of something under way decides nothing.
    #[test]
    fn what_does_not_say_that_nothing_was_done_is_unknown() {
        let doubtful = [
            "imeout",
            "processing",
            "Server",
            "Internal error",
            "System Error",
            "Network error",
            "check the order status",
        ];
        for line in include_str!("../tests/fixtures/error_codes.txt").lines() {
            let (code, words) = line.split_once(' ').unwrap();
            if doubtful.iter().any(|doubt| words.contains(doubt)) {
                assert_eq!(answer(200, code.parse().unwrap(), "").fate(), Fate::Unknown, "{line}");
            }
        }
    }

    #[test]
    fn statuses_without_a_code() {
        for (status, fate, kind) in [
            (400, Fate::Rejected, RejectKind::Malformed),
            (401, Fate::Rejected, RejectKind::Auth),
            (403, Fate::Rejected, RejectKind::Banned),
            (404, Fate::Rejected, RejectKind::Malformed),
            (429, Fate::Rejected, RejectKind::RateLimited),
            (408, Fate::Unknown, RejectKind::Other),
            (418, Fate::Unknown, RejectKind::Other),
            (302, Fate::Unknown, RejectKind::Other),
            (500, Fate::Unknown, RejectKind::Unavailable),
            (503, Fate::Unknown, RejectKind::Unavailable),
        ] {
            for body in ["<html>access too frequent</html>", "", r#"{"retCode":0}"#, r#"{"a":1}"#] {
                let error = classify(status, body.as_bytes()).unwrap();
                assert_eq!((error.fate(), error.kind()), (fate, kind), "{status} {body}");
            }
        }
        assert_eq!(classify(200, br#"{"retCode":0,"retMsg":"OK"}"#), None);
        assert_eq!(classify(200, b"<html>").map(|error| error.fate()), None);
        assert_eq!(classify(200, br#"{"retMsg":"OK"}"#).unwrap().fate(), Fate::Unknown);
    }

    #[test]
    fn texts_tell_a_reduce_only_order_apart() {
        let error = answer(200, 110_017, "current position is zero, cannot fix reduce-only order qty");
        assert_eq!((error.fate(), error.kind()), (Fate::Rejected, RejectKind::ReduceOnly));
        assert_eq!(answer(200, 110_017, "orderQty will be truncated to zero").kind(), RejectKind::InstrumentRule);
    }
}
