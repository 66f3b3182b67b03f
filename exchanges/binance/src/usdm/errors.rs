//! What the refusals of USD-M futures mean, and what became of the request. How status, code and text decide: [`crate::errors`].
//!
//! There are four kinds of 503, told apart by their text:
//!
//! | text | what became of the request |
//! | --- | --- |
//! | "Unknown error, please check your request or try again later." | unknown: "the API successfully sent the request but not get a response" |
//! | "Service Unavailable." | rejected: "100% failure" |
//! | "Internal error; unable to process your request. Please try again." | rejected: "this is a failure API operation and you can resend your request" |
//! | "Request throttled by system-level protection. …" (-1008) | rejected: "100% failure"; orders that only reduce are exempt |
//!
//! Any other text, and none, is unknown; some of these replies have no `code`.
//!
//! **Source**: <https://developers.binance.com/docs/derivatives/usds-margined-futures/error-code> and general-info, "HTTP Return
//! Codes" and "HTTP 503 Status: Message Variants & Handling", read as of 2026-01-15.

use orderwire::decimal::Decimal;
use orderwire::venue::{Fate, PriceBand, RejectKind, RestError};

use super::UsdmVenue;
use crate::errors::{self, Market, Meaning};

/// What an error of the venue means for a request; `None` where the reply is none.
///
/// For whole replies of [`RawCall`](crate::RawCall), which are handed over whatever they say. Every typed call has gone
/// through this already. Each element of a batch has an error of its own.
#[must_use]
pub fn classify(status: u16, body: &[u8]) -> Option<RestError> {
    errors::classify::<UsdmVenue>(status, body)
}

impl Market for UsdmVenue {
    const CODES: &'static [(i32, Meaning, Fate)] = CODES;
    const MESSAGES: &'static [(&'static str, RejectKind)] = MESSAGES;

    fn is_failure(status: u16, msg: &str) -> bool {
        // A part of a request has the status 400 here.
        matches!(status, 400 | 503) && FAILURES.iter().any(|start| msg.starts_with(start))
    }

    /// Source: common-definition, "PERCENT_PRICE": a buy may not be dearer, a sell not cheaper.
    fn price_band(least: Decimal, most: Decimal) -> PriceBand {
        // Far beyond any price, and small enough to be multiplied.
        let unbounded = Decimal::from(u32::MAX);
        PriceBand { buy_least: Decimal::ZERO, buy_most: most, sell_least: least, sell_most: unbounded }
    }
}

/// How the texts start of which the document says that nothing was executed.
const FAILURES: [&str; 3] = [
    "Internal error; unable to process your request",
    "Request throttled by system-level protection",
    "Service Unavailable.",
];

use Fate::{Rejected, Unknown};
use Meaning::{ByText, Is};
use RejectKind::{
    Auth, Balance, Banned, DuplicateId, InstrumentRule, Malformed, MarketClosed, Other, PostOnlyWouldTake, RateLimited,
    ReduceOnly, Signature, Timestamp, Unavailable, UnknownOrder,
};

/// Every documented code, largest first. Where a document does not say that nothing was executed, the fate is unknown.
const CODES: &[(i32, Meaning, Fate)] = &[
    // 10xx: server and network.
    (-1000, Is(Unavailable), Unknown),         // UNKNOWN
    (-1001, Is(Unavailable), Unknown),         // DISCONNECTED
    (-1002, Is(Auth), Rejected),               // UNAUTHORIZED
    (-1003, ByText(RateLimited), Rejected),    // TOO_MANY_REQUESTS
    (-1004, Is(Auth), Rejected),               // DUPLICATE_IP
    (-1005, Is(Auth), Rejected),               // NO_SUCH_IP
    (-1006, Is(Unavailable), Unknown),         // UNEXPECTED_RESP: "execution status unknown"
    (-1007, Is(Unavailable), Unknown),         // TIMEOUT: "execution status unknown"
    (-1008, Is(Unavailable), Unknown), // REQUEST_THROTTLED: one of its texts says "Reduce-only/close-position orders are exempt": a failure
    (-1010, ByText(Other), Rejected),  // ERROR_MSG_RECEIVED
    (-1011, Is(Auth), Rejected),       // NON_WHITE_LIST
    (-1013, ByText(InstrumentRule), Rejected), // INVALID_MESSAGE
    (-1014, Is(Malformed), Rejected),  // UNKNOWN_ORDER_COMPOSITION
    (-1015, Is(RateLimited), Rejected), // TOO_MANY_ORDERS
    (-1016, Is(Unavailable), Unknown), // SERVICE_SHUTTING_DOWN: does not say when it began
    (-1020, Is(Malformed), Rejected),  // UNSUPPORTED_OPERATION
    (-1021, Is(Timestamp), Rejected),  // INVALID_TIMESTAMP
    (-1022, Is(Signature), Rejected),  // INVALID_SIGNATURE
    (-1023, Is(Malformed), Rejected),  // START_TIME_GREATER_THAN_END_TIME
    (-1099, Is(Auth), Rejected),       // NOT_FOUND
    // 11xx: the request.
    (-1100, Is(Malformed), Rejected),      // ILLEGAL_CHARS
    (-1101, Is(Malformed), Rejected),      // TOO_MANY_PARAMETERS
    (-1102, Is(Malformed), Rejected),      // MANDATORY_PARAM_EMPTY_OR_MALFORMED
    (-1103, Is(Malformed), Rejected),      // UNKNOWN_PARAM
    (-1104, Is(Malformed), Rejected),      // UNREAD_PARAMETERS
    (-1105, Is(Malformed), Rejected),      // PARAM_EMPTY
    (-1106, Is(Malformed), Rejected),      // PARAM_NOT_REQUIRED
    (-1108, Is(Malformed), Rejected),      // BAD_ASSET
    (-1109, Is(Malformed), Rejected),      // BAD_ACCOUNT
    (-1110, Is(Malformed), Rejected),      // BAD_INSTRUMENT_TYPE
    (-1111, Is(InstrumentRule), Rejected), // BAD_PRECISION
    (-1112, Is(Other), Rejected),          // NO_DEPTH
    (-1113, Is(Malformed), Rejected),      // WITHDRAW_NOT_NEGATIVE
    (-1114, Is(Malformed), Rejected),      // TIF_NOT_REQUIRED
    (-1115, Is(Malformed), Rejected),      // INVALID_TIF
    (-1116, Is(Malformed), Rejected),      // INVALID_ORDER_TYPE
    (-1117, Is(Malformed), Rejected),      // INVALID_SIDE
    (-1118, Is(Malformed), Rejected),      // EMPTY_NEW_CL_ORD_ID
    (-1119, Is(Malformed), Rejected),      // EMPTY_ORG_CL_ORD_ID
    (-1120, Is(Malformed), Rejected),      // BAD_INTERVAL
    (-1121, Is(Malformed), Rejected),      // BAD_SYMBOL
    (-1122, Is(Malformed), Rejected),      // INVALID_SYMBOL_STATUS
    (-1125, Is(Malformed), Rejected),      // INVALID_LISTEN_KEY
    (-1126, Is(Malformed), Rejected),      // ASSET_NOT_SUPPORTED
    (-1127, Is(Malformed), Rejected),      // MORE_THAN_XX_HOURS
    (-1128, Is(Malformed), Rejected),      // OPTIONAL_PARAMS_BAD_COMBO
    (-1130, Is(Malformed), Rejected),      // INVALID_PARAMETER
    (-1136, Is(Malformed), Rejected),      // INVALID_NEW_ORDER_RESP_TYPE
    // 20xx: the order.
    (-2010, ByText(Other), Rejected),        // NEW_ORDER_REJECTED
    (-2011, ByText(UnknownOrder), Rejected), // CANCEL_REJECTED: the cancel did nothing
    (-2012, Is(Other), Unknown),             // CANCEL_ALL_FAIL: of a batch: does not say that none was cancelled
    (-2013, Is(UnknownOrder), Rejected),     // NO_SUCH_ORDER
    (-2014, Is(Auth), Rejected),             // BAD_API_KEY_FMT
    (-2015, Is(Auth), Rejected),             // REJECTED_MBX_KEY
    (-2016, Is(MarketClosed), Rejected),     // NO_TRADING_WINDOW
    (-2017, Is(Auth), Rejected),             // API_KEYS_LOCKED
    (-2018, Is(Balance), Rejected),          // BALANCE_NOT_SUFFICIENT
    (-2019, Is(Balance), Rejected),          // MARGIN_NOT_SUFFICIEN
    (-2020, Is(Other), Rejected),            // UNABLE_TO_FILL
    (-2021, Is(Other), Rejected),            // ORDER_WOULD_IMMEDIATELY_TRIGGER
    (-2022, Is(ReduceOnly), Rejected),       // REDUCE_ONLY_REJECT
    (-2023, Is(Other), Rejected),            // USER_IN_LIQUIDATION
    (-2024, Is(ReduceOnly), Rejected),       // POSITION_NOT_SUFFICIENT
    (-2025, Is(InstrumentRule), Rejected),   // MAX_OPEN_ORDER_EXCEEDED
    (-2026, Is(Malformed), Rejected),        // REDUCE_ONLY_ORDER_TYPE_NOT_SUPPORTED
    (-2027, Is(InstrumentRule), Rejected),   // MAX_LEVERAGE_RATIO
    (-2028, Is(Balance), Rejected),          // MIN_LEVERAGE_RATIO
    // 4xxx: rules, positions and others.
    (-4000, Is(Other), Rejected),          // INVALID_ORDER_STATUS
    (-4001, Is(InstrumentRule), Rejected), // PRICE_LESS_THAN_ZERO
    (-4002, Is(InstrumentRule), Rejected), // PRICE_GREATER_THAN_MAX_PRICE
    (-4003, Is(InstrumentRule), Rejected), // QTY_LESS_THAN_ZERO
    (-4004, Is(InstrumentRule), Rejected), // QTY_LESS_THAN_MIN_QTY
    (-4005, Is(InstrumentRule), Rejected), // QTY_GREATER_THAN_MAX_QTY
    (-4006, Is(InstrumentRule), Rejected), // STOP_PRICE_LESS_THAN_ZERO
    (-4007, Is(InstrumentRule), Rejected), // STOP_PRICE_GREATER_THAN_MAX_PRICE
    (-4008, Is(Malformed), Rejected),      // TICK_SIZE_LESS_THAN_ZERO
    (-4009, Is(Malformed), Rejected),      // MAX_PRICE_LESS_THAN_MIN_PRICE
    (-4010, Is(Malformed), Rejected),      // MAX_QTY_LESS_THAN_MIN_QTY
    (-4011, Is(Malformed), Rejected),      // STEP_SIZE_LESS_THAN_ZERO
    (-4012, Is(Malformed), Rejected),      // MAX_NUM_ORDERS_LESS_THAN_ZERO
    (-4013, Is(InstrumentRule), Rejected), // PRICE_LESS_THAN_MIN_PRICE
    (-4014, Is(InstrumentRule), Rejected), // PRICE_NOT_INCREASED_BY_TICK_SIZE
    (-4015, Is(Malformed), Rejected),      // INVALID_CL_ORD_ID_LEN
    (-4016, Is(InstrumentRule), Rejected), // PRICE_HIGHTER_THAN_MULTIPLIER_UP
    (-4017, Is(Malformed), Rejected),      // MULTIPLIER_UP_LESS_THAN_ZERO
    (-4018, Is(Malformed), Rejected),      // MULTIPLIER_DOWN_LESS_THAN_ZERO
    (-4019, Is(Malformed), Rejected),      // COMPOSITE_SCALE_OVERFLOW
    (-4020, Is(Malformed), Rejected),      // TARGET_STRATEGY_INVALID
    (-4021, Is(Malformed), Rejected),      // INVALID_DEPTH_LIMIT
    (-4022, Is(Malformed), Rejected),      // WRONG_MARKET_STATUS
    (-4023, Is(InstrumentRule), Rejected), // QTY_NOT_INCREASED_BY_STEP_SIZE
    (-4024, Is(InstrumentRule), Rejected), // PRICE_LOWER_THAN_MULTIPLIER_DOWN
    (-4025, Is(Malformed), Rejected),      // MULTIPLIER_DECIMAL_LESS_THAN_ZERO
    (-4026, Is(Malformed), Rejected),      // COMMISSION_INVALID
    (-4027, Is(Malformed), Rejected),      // INVALID_ACCOUNT_TYPE
    (-4028, Is(Malformed), Rejected),      // INVALID_LEVERAGE
    (-4029, Is(Malformed), Rejected),      // INVALID_TICK_SIZE_PRECISION
    (-4030, Is(Malformed), Rejected),      // INVALID_STEP_SIZE_PRECISION
    (-4031, Is(Malformed), Rejected),      // INVALID_WORKING_TYPE
    (-4032, Is(Malformed), Rejected),      // EXCEED_MAX_CANCEL_ORDER_SIZE
    (-4033, Is(Other), Rejected),          // INSURANCE_ACCOUNT_NOT_FOUND
    (-4044, Is(Malformed), Rejected),      // INVALID_BALANCE_TYPE
    (-4045, Is(InstrumentRule), Rejected), // MAX_STOP_ORDER_EXCEEDED
    (-4046, Is(Other), Rejected),          // NO_NEED_TO_CHANGE_MARGIN_TYPE
    (-4047, Is(Other), Rejected),          // THERE_EXISTS_OPEN_ORDERS
    (-4048, Is(Other), Rejected),          // THERE_EXISTS_QUANTITY
    (-4049, Is(Other), Rejected),          // ADD_ISOLATED_MARGIN_REJECT
    (-4050, Is(Balance), Rejected),        // CROSS_BALANCE_INSUFFICIENT
    (-4051, Is(Balance), Rejected),        // ISOLATED_BALANCE_INSUFFICIENT
    (-4052, Is(Other), Rejected),          // NO_NEED_TO_CHANGE_AUTO_ADD_MARGIN
    (-4053, Is(Other), Rejected),          // AUTO_ADD_CROSSED_MARGIN_REJECT
    (-4054, Is(Other), Rejected),          // ADD_ISOLATED_MARGIN_NO_POSITION_REJECT
    (-4055, Is(Malformed), Rejected),      // AMOUNT_MUST_BE_POSITIVE
    (-4056, Is(Malformed), Rejected),      // INVALID_API_KEY_TYPE
    (-4057, Is(Malformed), Rejected),      // INVALID_RSA_PUBLIC_KEY
    (-4058, Is(Malformed), Rejected),      // MAX_PRICE_TOO_LARGE
    (-4059, Is(Other), Rejected),          // NO_NEED_TO_CHANGE_POSITION_SIDE
    (-4060, Is(Malformed), Rejected),      // INVALID_POSITION_SIDE
    (-4061, Is(Malformed), Rejected),      // POSITION_SIDE_NOT_MATCH
    (-4062, Is(Malformed), Rejected),      // REDUCE_ONLY_CONFLICT
    (-4063, Is(Malformed), Rejected),      // INVALID_OPTIONS_REQUEST_TYPE
    (-4064, Is(Malformed), Rejected),      // INVALID_OPTIONS_TIME_FRAME
    (-4065, Is(Malformed), Rejected),      // INVALID_OPTIONS_AMOUNT
    (-4066, Is(Malformed), Rejected),      // INVALID_OPTIONS_EVENT_TYPE
    (-4067, Is(Other), Rejected),          // POSITION_SIDE_CHANGE_EXISTS_OPEN_ORDERS
    (-4068, Is(Other), Rejected),          // POSITION_SIDE_CHANGE_EXISTS_QUANTITY
    (-4069, Is(Malformed), Rejected),      // INVALID_OPTIONS_PREMIUM_FEE
    (-4070, Is(Malformed), Rejected),      // INVALID_CL_OPTIONS_ID_LEN
    (-4071, Is(Malformed), Rejected),      // INVALID_OPTIONS_DIRECTION
    (-4072, Is(Other), Rejected),          // OPTIONS_PREMIUM_NOT_UPDATE
    (-4073, Is(Malformed), Rejected),      // OPTIONS_PREMIUM_INPUT_LESS_THAN_ZERO
    (-4074, Is(Malformed), Rejected),      // OPTIONS_AMOUNT_BIGGER_THAN_UPPER
    (-4075, Is(Malformed), Rejected),      // OPTIONS_PREMIUM_OUTPUT_ZERO
    (-4076, Is(Other), Rejected),          // OPTIONS_PREMIUM_TOO_DIFF
    (-4077, Is(Other), Rejected),          // OPTIONS_PREMIUM_REACH_LIMIT
    (-4078, Is(Unavailable), Unknown),     // OPTIONS_COMMON_ERROR
    (-4079, Is(Malformed), Rejected),      // INVALID_OPTIONS_ID
    (-4080, Is(Other), Rejected),          // OPTIONS_USER_NOT_FOUND
    (-4081, Is(Other), Rejected),          // OPTIONS_NOT_FOUND
    (-4082, Is(Malformed), Rejected),      // INVALID_BATCH_PLACE_ORDER_SIZE
    (-4083, Is(Other), Unknown),           // PLACE_BATCH_ORDERS_FAIL: of a batch: does not say that none was placed
    (-4084, Is(Malformed), Rejected),      // UPCOMING_METHOD
    (-4085, Is(Malformed), Rejected),      // INVALID_NOTIONAL_LIMIT_COEF
    (-4086, Is(Malformed), Rejected),      // INVALID_PRICE_SPREAD_THRESHOLD
    (-4087, Is(Auth), Rejected),           // REDUCE_ONLY_ORDER_PERMISSION
    (-4088, Is(Auth), Rejected),           // NO_PLACE_ORDER_PERMISSION
    (-4104, Is(Malformed), Rejected),      // INVALID_CONTRACT_TYPE
    (-4109, Is(Auth), Rejected),           // INACTIVE_ACCOUNT
    (-4114, Is(Malformed), Rejected),      // INVALID_CLIENT_TRAN_ID_LEN
    (-4115, Is(Other), Rejected),          // DUPLICATED_CLIENT_TRAN_ID
    (-4116, Is(DuplicateId), Rejected),    // DUPLICATED_CLIENT_ORDER_ID
    (-4117, Is(Other), Rejected),          // STOP_ORDER_TRIGGERING
    (-4118, Is(ReduceOnly), Rejected),     // REDUCE_ONLY_MARGIN_CHECK_FAILED
    (-4120, Is(Malformed), Rejected),      // STOP_ORDER_SWITCH_ALGO
    (-4131, Is(InstrumentRule), Rejected), // MARKET_ORDER_REJECT
    (-4135, Is(Malformed), Rejected),      // INVALID_ACTIVATION_PRICE
    (-4137, Is(Malformed), Rejected),      // QUANTITY_EXISTS_WITH_CLOSE_POSITION
    (-4138, Is(Malformed), Rejected),      // REDUCE_ONLY_MUST_BE_TRUE
    (-4139, Is(Malformed), Rejected),      // ORDER_TYPE_CANNOT_BE_MKT
    (-4140, Is(MarketClosed), Rejected),   // INVALID_OPENING_POSITION_STATUS
    (-4141, Is(MarketClosed), Rejected),   // SYMBOL_ALREADY_CLOSED
    (-4142, Is(Other), Rejected),          // STRATEGY_INVALID_TRIGGER_PRICE
    (-4144, Is(Malformed), Rejected),      // INVALID_PAIR
    (-4161, Is(Other), Rejected),          // ISOLATED_LEVERAGE_REJECT_WITH_POSITION
    (-4164, Is(InstrumentRule), Rejected), // MIN_NOTIONAL
    (-4165, Is(Malformed), Rejected),      // INVALID_TIME_INTERVAL
    (-4167, Is(Other), Rejected),          // ISOLATED_REJECT_WITH_JOINT_MARGIN
    (-4168, Is(Other), Rejected),          // JOINT_MARGIN_REJECT_WITH_ISOLATED
    (-4169, Is(Balance), Rejected),        // JOINT_MARGIN_REJECT_WITH_MB
    (-4170, Is(Other), Rejected),          // JOINT_MARGIN_REJECT_WITH_OPEN_ORDER
    (-4171, Is(Other), Rejected),          // NO_NEED_TO_CHANGE_JOINT_MARGIN
    (-4172, Is(Balance), Rejected),        // JOINT_MARGIN_REJECT_WITH_NEGATIVE_BALANCE
    (-4183, Is(InstrumentRule), Rejected), // PRICE_HIGHTER_THAN_STOP_MULTIPLIER_UP
    (-4184, Is(InstrumentRule), Rejected), // PRICE_LOWER_THAN_STOP_MULTIPLIER_DOWN
    (-4192, Is(Auth), Rejected),           // COOLING_OFF_PERIOD
    (-4202, Is(Auth), Rejected),           // ADJUST_LEVERAGE_KYC_FAILED
    (-4203, Is(Auth), Rejected),           // ADJUST_LEVERAGE_ONE_MONTH_FAILED
    (-4205, Is(Auth), Rejected),           // ADJUST_LEVERAGE_X_DAYS_FAILED
    (-4206, Is(Auth), Rejected),           // ADJUST_LEVERAGE_KYC_LIMIT
    (-4208, Is(Other), Rejected),          // ADJUST_LEVERAGE_ACCOUNT_SYMBOL_FAILED
    (-4209, Is(Other), Rejected),          // ADJUST_LEVERAGE_SYMBOL_FAILED
    (-4210, Is(InstrumentRule), Rejected), // STOP_PRICE_HIGHER_THAN_PRICE_MULTIPLIER_LIMIT
    (-4211, Is(InstrumentRule), Rejected), // STOP_PRICE_LOWER_THAN_PRICE_MULTIPLIER_LIMIT
    (-4400, Is(Banned), Rejected), // TRADING_QUANTITATIVE_RULE: "only reduceOnly order is allowed, please try again later"
    (-4401, Is(InstrumentRule), Rejected), // LARGE_POSITION_SYM_RULE: a position too large: only orders that reduce it are allowed
    (-4402, Is(Auth), Rejected),           // COMPLIANCE_BLACK_SYMBOL_RESTRICTION
    (-4403, Is(Auth), Rejected),           // ADJUST_LEVERAGE_COMPLIANCE_FAILED
    (-4531, Is(Other), Rejected),          // DUAL_SIDE_SYNC: positions' mode differs from that of coin-margined futures
    // 50xx: the engine.
    (-5021, Is(Other), Rejected),             // FOK_ORDER_REJECT: of fill or kill
    (-5022, Is(PostOnlyWouldTake), Rejected), // GTX_ORDER_REJECT
    (-5024, Is(MarketClosed), Rejected),      // MOVE_ORDER_NOT_ALLOWED_SYMBOL_REASON
    (-5025, Is(Malformed), Rejected),         // LIMIT_ORDER_ONLY
    (-5026, Is(Other), Rejected),             // Exceed_Maximum_Modify_Order_Limit
    (-5027, Is(Other), Rejected),             // SAME_ORDER
    (-5028, Is(Timestamp), Rejected),         // ME_RECVWINDOW_REJECT: of the engine's own check
    (-5029, Is(InstrumentRule), Rejected),    // MODIFICATION_MIN_NOTIONAL
    (-5037, Is(Malformed), Rejected),         // INVALID_PRICE_MATCH
    (-5038, Is(Malformed), Rejected),         // UNSUPPORTED_ORDER_TYPE_PRICE_MATCH
    (-5039, Is(Malformed), Rejected),         // INVALID_SELF_TRADE_PREVENTION_MODE
    (-5040, Is(Malformed), Rejected),         // FUTURE_GOOD_TILL_DATE
    (-5041, Is(Other), Rejected),             // BBO_ORDER_REJECT
    (-5043, Is(Other), Rejected),             // Existing_Pending_Modification
];

/// How the texts of errors start that share a code.
const MESSAGES: &[(&str, RejectKind)] = &[
    ("Duplicate order sent", DuplicateId),
    ("Filter failure", InstrumentRule),
    ("Margin is insufficient", Balance),
    ("Market is closed", MarketClosed),
    ("Order would immediately match and take", PostOnlyWouldTake),
    ("ReduceOnly Order", ReduceOnly),
    ("Unknown order sent", UnknownOrder),
    ("Way too many requests; IP banned", Banned),
    ("Way too much request weight used; IP banned", Banned),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, code: i32, msg: &str) -> RestError {
        classify(status, format!(r#"{{"code":{code},"msg":"{msg}"}}"#).as_bytes()).unwrap()
    }

    #[test]
    fn the_table_has_every_documented_code_once_and_no_other() {
        let mut codes: Vec<_> = CODES.iter().map(|(code, ..)| *code).collect();
        assert!(codes.is_sorted_by(|a, b| a > b), "the search needs them in order");
        codes.reverse();
        let lines = include_str!("../../tests/fixtures/usdm/error_codes.txt").lines();
        let mut documented: Vec<i32> = lines.filter_map(|line| line.split(' ').next()?.parse().ok()).collect();
        documented.sort_unstable();
        assert_eq!(codes, documented);
    }

    #[test]
    fn every_code_has_a_kind_and_a_fate() {
        for (code, meaning, fate) in CODES {
            let error = answer(400, *code, "");
            assert_eq!((error.fate(), error.answer().unwrap().code), (*fate, Some(*code)));
            let (Is(kind) | ByText(kind)) = *meaning;
            assert_eq!(error.kind(), kind, "{code}");
            assert_ne!(kind, RejectKind::NotRejected);
            // Whatever the code says elsewhere, these statuses say that nobody knows.
            for status in [200, 302, 408, 409, 500, 502, 503, 504] {
                assert_eq!(answer(status, *code, "").fate(), Fate::Unknown, "{code} under {status}");
            }
            assert_eq!(answer(418, *code, "").kind(), RejectKind::Banned);
        }
        for code in [-1, -999, -1009, -1107, -2029, -3000, -4034, -9999, i32::MIN, 0, 200] {
            let error = answer(400, code, "");
            assert_eq!((error.fate(), error.kind()), (Fate::Unknown, RejectKind::Other), "{code}");
        }
    }

    #[test]
    fn each_kind_of_503_is_told_by_its_text() {
        let unknown = "Unknown error, please check your request or try again later.";
        let unavailable = "Service Unavailable.";
        let internal = "Internal error; unable to process your request. Please try again.";
        let throttled = "Request throttled by system-level protection. Reduce-only/close-position orders are exempt. \
                         Please try again.";
        for (code, msg, fate) in [
            (None, unknown, Fate::Unknown),
            (Some(-1000), unknown, Fate::Unknown),
            (None, unavailable, Fate::Rejected),
            (Some(-1016), unavailable, Fate::Rejected),
            (Some(-1001), internal, Fate::Rejected),
            (None, internal, Fate::Rejected),
            (Some(-1008), throttled, Fate::Rejected),
            (Some(-1008), "Server is currently overloaded with other requests.", Fate::Unknown),
            (None, "Service Unavailable", Fate::Unknown),
            (None, "We say: Service Unavailable.", Fate::Unknown),
            (None, "", Fate::Unknown),
        ] {
            let code_text = code.map_or(String::new(), |code: i32| format!(r#""code":{code},"#));
            // Such a reply was seen without a code, and with a time and a path.
            let body = format!(r#"{{"timestamp":1645796148264,"path":"/fapi/v1/order",{code_text}"msg":"{msg}"}}"#);
            let error = classify(503, body.as_bytes()).unwrap();
            assert_eq!((error.fate(), error.kind()), (fate, RejectKind::Unavailable), "{code:?} {msg}");
            // No other status of the venue's own trouble is documented to mean that.
            for status in [500, 502, 504] {
                assert_eq!(classify(status, body.as_bytes()).unwrap().fate(), Fate::Unknown, "{status} {msg}");
            }
        }
        for page in ["<html>503 Service Unavailable.</html>", "Service Unavailable.", ""] {
            assert_eq!(classify(503, page.as_bytes()).unwrap().fate(), Fate::Unknown, "{page}");
        }
    }

    #[test]
    fn codes_mean_what_they_mean_on_futures() {
        // On Spot these two are of a cancel-replace, and unknown.
        assert_eq!(answer(400, -2021, "Order would immediately trigger.").fate(), Fate::Rejected);
        assert_eq!(answer(400, -2022, "ReduceOnly Order is rejected.").kind(), RejectKind::ReduceOnly);
        assert_eq!(answer(400, -2026, "").kind(), RejectKind::Malformed);
        for (code, msg, kind) in [
            (-1003, "Too many requests; current limit is 2400 requests per minute.", RateLimited),
            (-1003, "Way too many requests; IP banned until 1784615505000.", Banned),
            (-2011, "Unknown order sent.", UnknownOrder),
            (-4015, "Client order id is not valid.", Malformed),
            (-4116, "ClientOrderId is duplicated.", DuplicateId),
            (-4164, "Order's notional must be no smaller than 5.0 (unless you choose reduce only)", InstrumentRule),
            (
                -5022,
                "Due to the order could not be executed as maker, the Post Only order will be rejected.",
                PostOnlyWouldTake,
            ),
        ] {
            let error = answer(400, code, msg);
            assert_eq!((error.fate(), error.kind()), (Fate::Rejected, kind), "{msg}");
        }
    }
}
