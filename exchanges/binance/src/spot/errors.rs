//! What Spot's refusals mean, and what became of the request. How status, code and text decide: [`crate::errors`].
//!
//! **Source**: <https://github.com/binance/binance-spot-api-docs/blob/master/errors.md> and rest-api.md, "HTTP Return Codes",
//! read 2026-07-21.

use orderwire::venue::{Fate, RejectKind, RestError};

use super::SpotVenue;
use crate::errors::{self, Market, Meaning};

/// What an error of the venue means for a request; `None` where the reply is none.
///
/// For whole replies of [`RawCall`](crate::RawCall), which are handed over whatever they say. Every typed call has gone
/// through this already.
#[must_use]
pub fn classify(status: u16, body: &[u8]) -> Option<RestError> {
    errors::classify::<SpotVenue>(status, body)
}

impl Market for SpotVenue {
    const CODES: &'static [(i32, Meaning, Fate)] = CODES;
    const MESSAGES: &'static [(&'static str, RejectKind)] = MESSAGES;
}

use Fate::{Rejected, Unknown};
use Meaning::{ByText, Is};
use RejectKind::{
    Auth, Balance, Banned, DuplicateId, InstrumentRule, Malformed, MarketClosed, Other, PostOnlyWouldTake, RateLimited,
    Signature, Timestamp, Unavailable, UnknownOrder,
};

/// Every documented code, largest first. Where a document does not say that nothing was executed, the fate is unknown.
const CODES: &[(i32, Meaning, Fate)] = &[
    // 10xx: server and network.
    (-1000, Is(Unavailable), Unknown),         // UNKNOWN
    (-1001, Is(Unavailable), Unknown),         // DISCONNECTED
    (-1002, Is(Auth), Rejected),               // UNAUTHORIZED
    (-1003, ByText(RateLimited), Rejected),    // TOO_MANY_REQUESTS
    (-1006, Is(Unavailable), Unknown),         // UNEXPECTED_RESP, "execution status unknown"
    (-1007, Is(Unavailable), Unknown),         // TIMEOUT, "execution status unknown"
    (-1008, Is(Unavailable), Unknown),         // SERVER_BUSY, does not say whether before or after the engine
    (-1010, ByText(Other), Rejected),          // ERROR_MSG_RECEIVED, an error of the matching engine
    (-1013, ByText(InstrumentRule), Rejected), // INVALID_MESSAGE, "didn't reach the Matching Engine"
    (-1014, Is(Malformed), Rejected),          // UNKNOWN_ORDER_COMPOSITION
    (-1015, Is(RateLimited), Rejected),        // TOO_MANY_ORDERS
    (-1016, Is(Unavailable), Unknown),         // SERVICE_SHUTTING_DOWN, does not say when it began
    (-1020, Is(Malformed), Rejected),          // UNSUPPORTED_OPERATION
    (-1021, Is(Timestamp), Rejected),          // INVALID_TIMESTAMP
    (-1022, Is(Signature), Rejected),          // INVALID_SIGNATURE
    (-1033, Is(Auth), Rejected),               // COMP_ID_IN_USE
    (-1034, Is(RateLimited), Rejected),        // TOO_MANY_CONNECTIONS
    (-1035, Is(Unavailable), Unknown),         // LOGGED_OUT, of FIX sessions
    (-1099, Is(Auth), Rejected),               // "Not found, authenticated, or authorized"
    // 11xx: the request.
    (-1100, Is(Malformed), Rejected),      // ILLEGAL_CHARS
    (-1101, Is(Malformed), Rejected),      // TOO_MANY_PARAMETERS
    (-1102, Is(Malformed), Rejected),      // MANDATORY_PARAM_EMPTY_OR_MALFORMED
    (-1103, Is(Malformed), Rejected),      // UNKNOWN_PARAM
    (-1104, Is(Malformed), Rejected),      // UNREAD_PARAMETERS
    (-1105, Is(Malformed), Rejected),      // PARAM_EMPTY
    (-1106, Is(Malformed), Rejected),      // PARAM_NOT_REQUIRED
    (-1108, Is(Malformed), Rejected),      // PARAM_OVERFLOW
    (-1111, Is(InstrumentRule), Rejected), // BAD_PRECISION
    (-1112, Is(Other), Rejected),          // NO_DEPTH
    (-1114, Is(Malformed), Rejected),      // TIF_NOT_REQUIRED
    (-1115, Is(Malformed), Rejected),      // INVALID_TIF
    (-1116, Is(Malformed), Rejected),      // INVALID_ORDER_TYPE
    (-1117, Is(Malformed), Rejected),      // INVALID_SIDE
    (-1118, Is(Malformed), Rejected),      // EMPTY_NEW_CL_ORD_ID
    (-1119, Is(Malformed), Rejected),      // EMPTY_ORG_CL_ORD_ID
    (-1120, Is(Malformed), Rejected),      // BAD_INTERVAL
    (-1121, Is(Malformed), Rejected),      // BAD_SYMBOL
    (-1122, Is(Malformed), Rejected),      // INVALID_SYMBOLSTATUS
    (-1125, Is(Malformed), Rejected),      // INVALID_LISTEN_KEY
    (-1127, Is(Malformed), Rejected),      // MORE_THAN_XX_HOURS
    (-1128, Is(Malformed), Rejected),      // OPTIONAL_PARAMS_BAD_COMBO
    (-1130, Is(Malformed), Rejected),      // INVALID_PARAMETER
    (-1131, Is(Malformed), Rejected),      // BAD_RECV_WINDOW
    (-1134, Is(Malformed), Rejected),      // BAD_STRATEGY_TYPE
    (-1135, Is(Malformed), Rejected),      // INVALID_JSON
    (-1139, Is(Malformed), Rejected),      // INVALID_TICKER_TYPE
    (-1145, Is(Malformed), Rejected),      // INVALID_CANCEL_RESTRICTIONS
    (-1151, Is(Malformed), Rejected),      // DUPLICATE_SYMBOLS
    (-1152, Is(Malformed), Rejected),      // INVALID_SBE_HEADER
    (-1153, Is(Malformed), Rejected),      // UNSUPPORTED_SCHEMA_ID
    (-1155, Is(Malformed), Rejected),      // SBE_DISABLED
    (-1158, Is(Malformed), Rejected),      // OCO_ORDER_TYPE_REJECTED
    (-1160, Is(Malformed), Rejected),      // OCO_ICEBERGQTY_TIMEINFORCE
    (-1161, Is(Other), Unknown),           // DEPRECATED_SCHEMA, it is the response that cannot be encoded
    (-1165, Is(Malformed), Rejected),      // BUY_OCO_LIMIT_MUST_BE_BELOW
    (-1166, Is(Malformed), Rejected),      // SELL_OCO_LIMIT_MUST_BE_ABOVE
    (-1168, Is(Malformed), Rejected),      // BOTH_OCO_ORDERS_CANNOT_BE_LIMIT
    (-1169, Is(Malformed), Rejected),      // INVALID_TAG_NUMBER
    (-1170, Is(Malformed), Rejected),      // TAG_NOT_DEFINED_IN_MESSAGE
    (-1171, Is(Malformed), Rejected),      // TAG_APPEARS_MORE_THAN_ONCE
    (-1172, Is(Malformed), Rejected),      // TAG_OUT_OF_ORDER
    (-1173, Is(Malformed), Rejected),      // GROUP_FIELDS_OUT_OF_ORDER
    (-1174, Is(Malformed), Rejected),      // INVALID_COMPONENT
    (-1175, Is(Malformed), Rejected),      // RESET_SEQ_NUM_SUPPORT
    (-1176, Is(Malformed), Rejected),      // ALREADY_LOGGED_IN
    (-1177, Is(Malformed), Rejected),      // GARBLED_MESSAGE
    (-1178, Is(Malformed), Rejected),      // BAD_SENDER_COMPID
    (-1179, Is(Malformed), Rejected),      // BAD_SEQ_NUM
    (-1180, Is(Malformed), Rejected),      // EXPECTED_LOGON
    (-1181, Is(RateLimited), Rejected),    // TOO_MANY_MESSAGES
    (-1182, Is(Malformed), Rejected),      // PARAMS_BAD_COMBO
    (-1183, Is(Malformed), Rejected),      // NOT_ALLOWED_IN_DROP_COPY_SESSIONS
    (-1184, Is(Malformed), Rejected),      // DROP_COPY_SESSION_NOT_ALLOWED
    (-1185, Is(Malformed), Rejected),      // DROP_COPY_SESSION_REQUIRED
    (-1186, Is(Malformed), Rejected),      // NOT_ALLOWED_IN_ORDER_ENTRY_SESSIONS
    (-1187, Is(Malformed), Rejected),      // NOT_ALLOWED_IN_MARKET_DATA_SESSIONS
    (-1188, Is(Malformed), Rejected),      // INCORRECT_NUM_IN_GROUP_COUNT
    (-1189, Is(Malformed), Rejected),      // DUPLICATE_ENTRIES_IN_A_GROUP
    (-1190, Is(Malformed), Rejected),      // INVALID_REQUEST_ID
    (-1191, Is(RateLimited), Rejected),    // TOO_MANY_SUBSCRIPTIONS
    (-1194, Is(Malformed), Rejected),      // INVALID_TIME_UNIT
    (-1196, Is(Malformed), Rejected),      // BUY_OCO_STOP_LOSS_MUST_BE_ABOVE
    (-1197, Is(Malformed), Rejected),      // SELL_OCO_STOP_LOSS_MUST_BE_BELOW
    (-1198, Is(Malformed), Rejected),      // BUY_OCO_TAKE_PROFIT_MUST_BE_BELOW
    (-1199, Is(Malformed), Rejected),      // SELL_OCO_TAKE_PROFIT_MUST_BE_ABOVE
    (-1210, Is(Malformed), Rejected),      // INVALID_PEG_PRICE_TYPE
    (-1211, Is(Malformed), Rejected),      // INVALID_PEG_OFFSET_TYPE
    (-1220, Is(Malformed), Rejected),      // SYMBOL_DOES_NOT_MATCH_STATUS
    (-1221, Is(Malformed), Rejected),      // INVALID_SBE_MESSAGE_FIELD
    (-1222, Is(Malformed), Rejected),      // OPO_WORKING_MUST_BE_BUY
    (-1223, Is(Malformed), Rejected),      // OPO_PENDING_MUST_BE_SELL
    (-1224, Is(Malformed), Rejected),      // WORKING_PARAM_REQUIRED
    (-1225, Is(Malformed), Rejected),      // PENDING_PARAM_NOT_REQUIRED
    // 20xx: the order.
    (-2010, ByText(Other), Rejected),        // NEW_ORDER_REJECTED
    (-2011, ByText(UnknownOrder), Rejected), // CANCEL_REJECTED: the cancel did nothing
    (-2013, Is(UnknownOrder), Rejected),     // NO_SUCH_ORDER
    (-2014, Is(Auth), Rejected),             // BAD_API_KEY_FMT
    (-2015, Is(Auth), Rejected),             // REJECTED_MBX_KEY
    (-2016, Is(MarketClosed), Rejected),     // NO_TRADING_WINDOW
    (-2021, Is(Other), Unknown),             // of cancel-replace: one half worked
    (-2022, Is(Other), Unknown),             // of cancel-replace: its halves say why, each with a code of its own
    (-2026, Is(Other), Rejected),            // ORDER_ARCHIVED: there was such an order
    (-2035, Is(Other), Rejected),            // SUBSCRIPTION_ACTIVE
    (-2036, Is(Other), Rejected),            // SUBSCRIPTION_INACTIVE
    (-2038, ByText(Other), Rejected),        // ORDER_AMEND_REJECTED
    (-2039, Is(UnknownOrder), Rejected),     // CLIENT_ORDER_ID_INVALID: not that of this order id
    (-2042, Is(RateLimited), Rejected),      // MAXIMUM_SUBSCRIPTION_IDS
    (-2043, Is(Other), Rejected),            // NO_REFERENCE_PRICE
];

/// How the texts of errors start that share a code. Source: errors.md, "Messages for -1010, -2010, -2011, and -2038" and
/// "-1003 TOO_MANY_REQUESTS".
const MESSAGES: &[(&str, RejectKind)] = &[
    ("Account has insufficient balance", Balance),
    ("Cancel order is invalid", Malformed),
    ("Duplicate order sent", DuplicateId),
    ("Filter failure", InstrumentRule),
    ("IcebergQty exceeds QTY", InstrumentRule),
    ("Market is closed", MarketClosed),
    ("Order was not canceled due to cancel restrictions", Other),
    ("Order would immediately match and take", PostOnlyWouldTake),
    ("Price * QTY is zero or less", InstrumentRule),
    ("Rest API trading is not enabled", MarketClosed),
    ("This account may not place or cancel orders", Auth),
    ("This action is disabled on this account", Auth),
    ("This symbol is not permitted for this account", Auth),
    ("This symbol is restricted for this account", Auth),
    ("Unknown order sent", UnknownOrder),
    ("Unsupported order combination", Malformed),
    ("Way too much request weight used; IP banned", Banned),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, code: i32, msg: &str) -> RestError {
        classify(status, format!(r#"{{"code":{code},"msg":"{msg}"}}"#).as_bytes()).unwrap()
    }

    fn documented() -> Vec<i32> {
        let lines = include_str!("../../tests/fixtures/error_codes.txt").lines();
        lines.filter_map(|line| line.split(' ').next()?.parse().ok()).collect()
    }

    #[test]
    fn the_table_has_every_documented_code_once_and_no_other() {
        let mut codes: Vec<_> = CODES.iter().map(|(code, ..)| *code).collect();
        assert!(codes.is_sorted_by(|a, b| a > b), "the search needs them in order");
        codes.reverse();
        let mut documented = documented();
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
            for status in [200, 302, 409, 500, 502, 503, 504] {
                assert_eq!(answer(status, *code, "").fate(), Fate::Unknown, "{code} under {status}");
            }
            assert_eq!(answer(418, *code, "").kind(), RejectKind::Banned);
        }
        for code in [-1, -999, -1005, -1107, -2012, -3000, -9999, i32::MIN, 0, 200] {
            let error = answer(400, code, "Duplicate order sent.");
            assert_eq!((error.fate(), error.kind()), (Fate::Unknown, RejectKind::Other), "{code}");
        }
    }

    #[test]
    fn the_codes_of_unknown_status_are_unknown() {
        for code in [-1000, -1001, -1006, -1007, -1008] {
            for status in [400, 500, 503] {
                let error = answer(status, code, "");
                assert_eq!((error.fate(), error.kind()), (Fate::Unknown, RejectKind::Unavailable));
            }
        }
    }

    #[test]
    fn codes_that_stand_for_many_things_are_told_apart_by_their_text() {
        for (code, msg, kind) in [
            (-1003, "Too much request weight used; current limit is 6000 request weight per 1 MINUTE.", RateLimited),
            (-1003, "Way too much request weight used; IP banned until 1784615505000.", Banned),
            (-1013, "Filter failure: LOT_SIZE", InstrumentRule),
            (-1013, "Invalid quantity.", InstrumentRule),
            (-1013, "Market is closed.", MarketClosed),
            (-2010, "Account has insufficient balance for requested action.", Balance),
            (-2010, "Duplicate order sent.", DuplicateId),
            (-2010, "Filter failure: MAX_POSITION", InstrumentRule),
            (-2010, "Market is closed.", MarketClosed),
            (-2010, "Order would immediately match and take.", PostOnlyWouldTake),
            (-2010, "Order would trigger immediately.", Other),
            (-2010, "This account may not place or cancel orders.", Auth),
            (-2011, "Cancel order is invalid. Check origClOrdId and orderId.", Malformed),
            (-2011, "Order was not canceled due to cancel restrictions.", Other),
            (-2011, "Unknown order sent.", UnknownOrder),
            (-2038, "Filter failure: MAX_NUM_ORDER_AMENDS", InstrumentRule),
            (-2038, "The requested action would change no state; rejecting.", Other),
        ] {
            let error = answer(400, code, msg);
            assert_eq!((error.fate(), error.kind()), (Fate::Rejected, kind), "{msg}");
            assert_eq!(error.answer().unwrap().text.as_str(), msg);
        }
    }

    #[test]
    fn a_status_without_an_error_body() {
        for body in
            ["", "<html>", "{}", r#"{"msg":"no"}"#, r#"{"code":"-1121"}"#, r#"{"code":1e3}"#, r#"{"code":-1121"#]
        {
            for (status, kind, fate) in [
                (302, Other, Unknown),
                (400, Other, Unknown),
                (401, Other, Unknown),
                (403, Banned, Rejected),
                (404, Other, Unknown),
                (409, Other, Unknown),
                (418, Banned, Rejected),
                (429, RateLimited, Rejected),
                (499, Other, Unknown),
                (500, Unavailable, Unknown),
                (503, Unavailable, Unknown),
                (599, Unavailable, Unknown),
            ] {
                let error = classify(status, body.as_bytes()).unwrap();
                assert_eq!((error.kind(), error.fate()), (kind, fate), "{status} {body}");
                assert!(!error.to_string().contains("html"), "{error}");
            }
        }
    }

    #[test]
    fn two_codes_are_none() {
        let error = classify(400, br#"{"code":-1121,"msg":"","code":-1000}"#).unwrap();
        assert_eq!((error.fate(), error.answer().unwrap().code), (Fate::Unknown, None));
    }

    #[test]
    fn what_is_no_error_is_none() {
        for body in ["{}", "[]", r#"{"orderId":28}"#, r#"{"code":200,"msg":"success"}"#, r#"[{"code":-2011}]"#] {
            assert_eq!(classify(200, body.as_bytes()), None, "{body}");
        }
    }

    #[test]
    fn a_long_text_is_cut() {
        let error = answer(400, -1102, &"Mandatory parameter ".repeat(20));
        assert!(error.answer().unwrap().text.as_str().ends_with('…'));
    }
}
