//! What a refusal of Coinbase means, and what became of the request.
//!
//! The venue refuses in two ways. What its gateway refuses has an HTTP status and a code of gRPC's; what is refused behind it, an order
//! for want of money, say, comes with HTTP 200, `"success":false` and words, several of them in one reply:
//!
//! ```text
//! {"success":false,"failure_reason":"UNKNOWN_FAILURE_REASON","error_response":{"error":"INSUFFICIENT_FUND","message":"Insufficient
//!  balance in source account","preview_failure_reason":"PREVIEW_INSUFFICIENT_FUND","new_order_failure_reason":"INSUFFICIENT_FUND"}}
//! ```
//!
//! | status | body | what decides |
//! | --- | --- | --- |
//! | 200 | `success` true | yes |
//! | 200 | `success` false | its words by the table; `UNKNOWN_…` fills a field that has nothing to say, and decides only where no other word is there; of several words the one that knows least |
//! | 200 | neither | unknown |
//! | 400 to 429 but 408 | `code` of gRPC's | the table of codes |
//! | 401, 403, 429 | any, `Unauthorized` as plain text too | rejected: these are answered before anything is done |
//! | 408, 5xx and all others | any | unknown |
//!
//! A word of the checks before an order, `PREVIEW_…`, means the same as without it.
//!
//! **Source**: <https://docs.cdp.coinbase.com/api-reference/advanced-trade-api/rest-api/orders/create-order>, `edit-order` and
//! `cancel-order` beside it, their lists of reasons as client libraries have them (2026); codes of gRPC:
//! <https://grpc.io/docs/guides/status-codes/>. Read 2026-11-26.

use orderwire::venue::json::{self, Json};
use orderwire::venue::{Answer, DecodeError, Fate, RejectKind, Response, RestError, Text};

/// What an error of the venue means for a request; `None` where the reply is none.
///
/// For whole replies of [`RawCall`](crate::RawCall), which are handed over whatever they say. Every typed call has gone through this
/// already. Each element of a batch of cancels has a reason of its own.
#[must_use]
pub fn classify(status: u16, body: &[u8]) -> Option<RestError> {
    if status != 200 {
        return (!matches!(status, 200..300)).then(|| failure(status, body));
    }
    let [success, reason, error, errors] = json::whole_object(body, &REFUSED).ok()?;
    match success.and_then(Json::as_bool) {
        Some(false) => Some(refusal(reason, error, errors)),
        _ => None,
    }
}

/// What is read of a reply that may refuse with HTTP 200.
pub(crate) const REFUSED: [&str; 4] = ["success", "failure_reason", "error_response", "errors"];

/// Turns any reply but a 2xx into the error that it is.
#[inline]
pub(crate) fn refuse_failures(response: &Response<'_>) -> Result<(), RestError> {
    match response.status() {
        200..300 => Ok(()),
        status => Err(failure(status, response.body())),
    }
}

/// Whether a reply that says `success` says yes. What it has of reasons besides decides what its no means.
#[inline]
pub(crate) fn judge(
    success: Option<Json<'_>>,
    reason: Option<Json<'_>>,
    error: Option<Json<'_>>,
    errors: Option<Json<'_>>,
) -> Result<(), RestError> {
    match success.and_then(Json::as_bool) {
        Some(true) => Ok(()),
        Some(false) => Err(refusal(reason, error, errors)),
        None => Err(DecodeError::Missing { field: "success" }.into()),
    }
}

/// A refusal of several words.
#[cold]
fn refusal(reason: Option<Json<'_>>, error: Option<Json<'_>>, errors: Option<Json<'_>>) -> RestError {
    const WORDS: [&str; 6] = [
        "new_order_failure_reason",
        "edit_order_failure_reason",
        "error",
        "preview_failure_reason",
        "message",
        "error_details",
    ];
    let mut words = Words::default();
    let [new, edit, older, preview, message, details] = members(error, &WORDS);
    for word in [new, edit, older, preview, reason] {
        words.add(word);
    }
    for each in errors.and_then(Json::array).into_iter().flatten() {
        // A list of reasons, or of words alone.
        let [edit, preview] = members(Some(each), &["edit_failure_reason", "preview_failure_reason"]);
        for word in [edit, preview, Some(each)] {
            words.add(word);
        }
    }
    words.into_error([message, details])
}

/// The reasons that a check of an order has; none where it would be taken.
#[inline]
pub(crate) fn judge_check(reasons: Option<Json<'_>>) -> Result<(), RestError> {
    let mut words = Words::default();
    let mut reasons = reasons.and_then(Json::array).into_iter().flatten().peekable();
    if reasons.peek().is_none() {
        return Ok(());
    }
    for each in reasons {
        let [edit, preview] = members(Some(each), &["edit_failure_reason", "preview_failure_reason"]);
        for word in [edit, preview, Some(each)] {
            words.add(word);
        }
    }
    Err(words.into_error([None, None]))
}

/// One order of a batch of cancels as the error that its reason is.
#[cold]
pub(crate) fn of_element(reason: Option<Json<'_>>) -> RestError {
    let mut words = Words::default();
    words.add(reason);
    words.into_error([None, None])
}

/// The venue has nothing under this id: a list does not have it. `is_whole` where the list had all that there is.
#[cold]
pub(crate) fn none_found(response: &Response<'_>, is_whole: bool) -> RestError {
    let words = if is_whole { "no such order in its list" } else { "no such order in this part of its list" };
    let fate = if is_whole { Rejected } else { Unknown };
    Answer::new(response.status(), None, UnknownOrder, words).into_error(fate)
}

/// Words of one refusal: the first that says something, and what all together mean.
#[derive(Default)]
struct Words<'a> {
    first: Option<(&'a str, RejectKind)>,
    is_unknown: bool,
    /// What stands where there is nothing to say.
    filler: Option<&'a str>,
}

impl<'a> Words<'a> {
    fn add(&mut self, word: Option<Json<'a>>) {
        let Some(word) = word.and_then(Json::as_raw_str).filter(|word| !word.is_empty()) else { return };
        if word.starts_with("UNKNOWN_") && word.contains("_FAILURE_REASON") {
            self.filler.get_or_insert(word);
            return;
        }
        let (kind, fate) = by_word(word);
        self.is_unknown |= fate == Unknown;
        self.first.get_or_insert((word, kind));
    }

    fn into_error(self, told: [Option<Json<'_>>; 2]) -> RestError {
        let (word, kind) = self.first.unwrap_or((self.filler.unwrap_or_default(), Other));
        let fate = if self.is_unknown || self.first.is_none() { Unknown } else { Rejected };
        let told = told.into_iter().flatten().filter_map(Json::as_raw_str).find(|told| !told.is_empty());
        let mut answer = Answer::new(200, None, kind, word);
        // A word that is known hides nothing, however it looks.
        if self.first.is_some() && by_word(word) != (Other, Unknown) {
            answer.text = Text::cut(word);
        }
        if let Some(told) = told {
            let quoted = Text::<96>::quoted(told.as_bytes());
            answer.text = Text::display(format_args!("{}: {quoted}", answer.text));
        }
        answer.into_error(fate)
    }
}

fn by_word(word: &str) -> (RejectKind, Fate) {
    let word = word.strip_prefix("PREVIEW_").unwrap_or(word);
    let known = WORDS.iter().find(|(.., words)| words.binary_search(&word).is_ok());
    known.map_or((Other, Unknown), |(kind, fate, _)| (*kind, *fate))
}

fn members<'a, const N: usize>(value: Option<Json<'a>>, names: &[&str; N]) -> [Option<Json<'a>>; N] {
    // What cannot be read has no word, and no word is unknown.
    value.and_then(|value| value.members(names).ok()).unwrap_or([None; N])
}

/// A reply that is no 2xx.
#[cold]
fn failure(status: u16, body: &[u8]) -> RestError {
    let [error, code, message, details] =
        json::whole_object(body, &["error", "code", "message", "error_details"]).unwrap_or_default();
    let code = code.and_then(Json::as_u64).and_then(|code| i32::try_from(code).ok());
    let by_code = code.and_then(|code| CODES.iter().find(|(known, ..)| *known == code));
    let (mut kind, meant) = match (by_code, status) {
        (Some((_, kind, fate)), _) => (*kind, *fate),
        (None, 401) => (Auth, Rejected),
        // Words of the venue, or a page of what stands before it.
        (None, 403) => (if error.is_some() { Auth } else { Banned }, Rejected),
        (None, 429) => (RateLimited, Rejected),
        (None, _) => (Other, Unknown),
    };
    let fate = match status {
        401 | 403 | 429 => Rejected,
        // 408 says that nobody knows.
        400..=428 if status != 408 => meant,
        _ => Unknown,
    };
    if status >= 500 {
        kind = Unavailable;
    }
    let mut told =
        [error, message, details].into_iter().flatten().filter_map(Json::as_raw_str).filter(|told| !told.is_empty());
    let mut answer = Answer::new(status, code, kind, told.next().unwrap_or_else(|| meaning(status)));
    if let Some(more) = told.next() {
        let quoted = Text::<96>::quoted(more.as_bytes());
        answer.text = Text::display(format_args!("{}: {quoted}", answer.text));
    }
    answer.into_error(fate)
}

/// What a status says where the venue itself says nothing. Foreign pages are not quoted.
fn meaning(status: u16) -> &'static str {
    match status {
        401 => "Unauthorized: key, secret, permissions or the host's clock",
        403 => "blocked by the venue's firewall",
        404 => "nothing at this address: look at the host and the path",
        429 => "too many requests",
        520..530 => "the network before the venue did not reach it",
        _ => "",
    }
}

use Fate::{Rejected, Unknown};
use RejectKind::{
    Auth, Balance, Banned, DuplicateId, InstrumentRule, Malformed, MarketClosed, Other, PostOnlyWouldTake, RateLimited,
    ReduceOnly, Unavailable, UnknownOrder,
};

/// What gRPC's codes mean. Those that its own servers use for trouble of theirs are unknown.
const CODES: &[(i32, RejectKind, Fate)] = &[
    (1, Other, Unknown),
    (2, Other, Unknown),
    (3, Malformed, Rejected),
    (4, Unavailable, Unknown),
    (5, UnknownOrder, Rejected),
    (6, DuplicateId, Rejected),
    (7, Auth, Rejected),
    (8, RateLimited, Rejected),
    (9, Other, Rejected),
    (10, Other, Unknown),
    (11, Malformed, Rejected),
    (12, Malformed, Rejected),
    (13, Unavailable, Unknown),
    (14, Unavailable, Unknown),
    (15, Unavailable, Unknown),
    (16, Auth, Rejected),
];

/// What words mean, each list in order. Those of orders, their checks, changes and cancels together: none means two things.
const WORDS: &[(RejectKind, Fate, &[&str])] = &[
    // The key, what it may, or where its owner lives.
    (
        Auth,
        Rejected,
        &[
            "CALLER_ID_MISMATCH",
            "GEOFENCING_RESTRICTION",
            "NOT_ALLOWED_TO_CANCEL",
            "PORTFOLIO_NOT_ALLOWED_FOR_EDITS",
            "UNTRADABLE_FCM_ACCOUNT_STATUS",
        ],
    ),
    // Coins, margin, or room for a position.
    (
        Balance,
        Rejected,
        &[
            "ASSET_BALANCE_INCREASE_REJECT",
            "BRACKET_ORDER_SIZE_EXCEEDS_POSITION",
            "BREACHED_ACCOUNT_POSITION_LIMIT",
            "BREACHED_COMPANY_POSITION_LIMIT",
            "BREACHED_OPEN_INTEREST_LIMIT",
            "BREACHED_RISK_LIMIT",
            "COMPLIANCE_PURCHASE_LIMIT_EXCEEDED",
            "ECOSYSTEM_LEVERAGE_UTILIZATION_BREACHED",
            "INSUFFICIENT_FUND",
            "INSUFFICIENT_FUNDS",
            "INSUFFICIENT_FUNDS_FOR_FUTURES",
            "INSUFFICIENT_LEDGER_BALANCE",
            "INVALID_LEDGER_BALANCE",
            "INVALID_MARGIN_HEALTH",
            "IN_LIQUIDATION",
            "MAX_DAILY_VOLUME_NOTIONAL_BREACHED",
            "ORDER_SIZE_EXCEEDS_BRACKETED_POSITION",
            "POSITION_SIZE_INCREASE_REJECT",
            "UBO_HIGH_LEVERAGE_NOTIONAL_BREACHED",
            "UBO_HIGH_LEVERAGE_QUANTITY_BREACHED",
        ],
    ),
    // An order of this id is there already. Most often the venue answers with that order instead.
    (DuplicateId, Rejected, &["DUPLICATE_CLIENT_ORDER_ID"]),
    // The instrument's rules.
    (
        InstrumentRule,
        Rejected,
        &[
            "ATTACHED_ORDER_MUST_HAVE_POSITIVE_PRICES",
            "ATTACHED_STOP_LOSS_PRICE_TOO_HIGH",
            "ATTACHED_STOP_LOSS_PRICE_TOO_LOW",
            "ATTACHED_TAKE_PROFIT_PRICE_TOO_HIGH",
            "ATTACHED_TAKE_PROFIT_PRICE_TOO_LOW",
            "BELOW_MIN_SIZE_FOR_DURATION",
            "BRACKET_LIMIT_PRICE_OUT_OF_BOUNDS",
            "BREACHED_PRICE_LIMIT",
            "BUCKET_SIZE_SMALLER_THAN_BASE_MIN",
            "BUCKET_SIZE_SMALLER_THAN_QUOTE_MIN",
            "DURATION_TOO_LARGE",
            "DURATION_TOO_SMALL",
            "END_TIME_TOO_FAR_IN_FUTURE",
            "FRACTIONAL_ORDERS_NOT_ALLOWED_FOR_PRODUCT",
            "INVALID_ATTACHED_STOP_LOSS_PRICE",
            "INVALID_ATTACHED_STOP_LOSS_PRICE_OUT_OF_BOUNDS",
            "INVALID_ATTACHED_STOP_LOSS_PRICE_OUT_OF_BOUNDS_ON_AGGRESSIVE_ORDER",
            "INVALID_ATTACHED_STOP_LOSS_PRICE_PRECISION",
            "INVALID_ATTACHED_TAKE_PROFIT_PRICE",
            "INVALID_ATTACHED_TAKE_PROFIT_PRICE_EXCEEDS_MAX_DISTANCE_FROM_ORIGINATING_PRICE",
            "INVALID_ATTACHED_TAKE_PROFIT_PRICE_OUT_OF_BOUNDS",
            "INVALID_ATTACHED_TAKE_PROFIT_PRICE_OUT_OF_BOUNDS_ON_AGGRESSIVE_ORDER",
            "INVALID_ATTACHED_TAKE_PROFIT_PRICE_PRECISION",
            "INVALID_ATTACHED_TAKE_PROFIT_SIZE_BELOW_MIN",
            "INVALID_BASE_SIZE_TOO_LARGE",
            "INVALID_BASE_SIZE_TOO_SMALL",
            "INVALID_BRACKET_LIMIT_PRICE",
            "INVALID_BRACKET_LIMIT_PRICE_PRECISION",
            "INVALID_BRACKET_PRICES",
            "INVALID_BRACKET_STOP_TRIGGER_PRICE",
            "INVALID_CANCEL_PRODUCT_ID",
            "INVALID_EDITED_PRICE",
            "INVALID_EDITED_SIZE",
            "INVALID_EDITED_STOP_LIMIT_PRICE",
            "INVALID_EDITED_STOP_LOSS_PRICE",
            "INVALID_EDITED_STOP_PRICE",
            "INVALID_EDITED_TAKE_PROFIT_PRICE",
            "INVALID_LIMIT_PRICE",
            "INVALID_LIMIT_PRICE_PRECISION",
            "INVALID_NBBO_ASK_PRICE",
            "INVALID_NBBO_BID_PRICE",
            "INVALID_PRICE_PRECISION",
            "INVALID_PRICE_TOO_LARGE",
            "INVALID_PRODUCT_ID",
            "INVALID_QUOTE_SIZE_PRECISION",
            "INVALID_QUOTE_SIZE_TOO_LARGE",
            "INVALID_QUOTE_SIZE_TOO_SMALL",
            "INVALID_RFQ_BASE_SIZE_TOO_LARGE",
            "INVALID_RFQ_BASE_SIZE_TOO_SMALL",
            "INVALID_RFQ_QUOTE_SIZE_TOO_LARGE",
            "INVALID_RFQ_QUOTE_SIZE_TOO_SMALL",
            "INVALID_SIZE_PRECISION",
            "INVALID_STOP_PRICE",
            "INVALID_STOP_PRICE_PRECISION",
            "INVALID_STOP_TRIGGER_PRICE_PRECISION",
            "INVALID_UNSUPPORTED_INSTRUMENT",
            "LIMIT_ORDER_PRICE_EXCEEDS_PRICE_BAND_ON_BUY",
            "LIMIT_ORDER_PRICE_EXCEEDS_PRICE_BAND_ON_SELL",
            "LIMIT_PRICE_TOO_FAR_FROM_MARKET",
            "MAX_NOTIONAL_PER_ORDER_BREACHED_15C35_CHECK",
            "MAX_SHARES_PER_ORDER_BREACHED_15C35_CHECK",
            "NON_NUMERIC_ORDER_SIZE",
            "NOTIONAL_SIZE_BREACHES_FRACTIONAL_MINIMUM",
            "PREDICTIONS_QUOTE_SIZE_BELOW_MIN_CONTRACT_PRICE",
            "QUOTE_ORDERS_NOT_ALLOWED_FOR_PRODUCT",
            "SCALED_MAX_ORDER_VIOLATION",
            "SCALED_MIN_ORDER_VIOLATION",
            "STOP_LOSS_PRICE_TOO_HIGH",
            "STOP_LOSS_PRICE_TOO_LOW",
            "STOP_PRICE_ABOVE_LAST_TRADE_PRICE",
            "STOP_PRICE_ABOVE_LIMIT_PRICE",
            "STOP_PRICE_BELOW_LAST_TRADE_PRICE",
            "STOP_PRICE_BELOW_LIMIT_PRICE",
            "STOP_TRIGGER_PRICE_OUT_OF_BOUNDS",
            "TAKE_PROFIT_PRICE_TOO_HIGH",
            "TAKE_PROFIT_PRICE_TOO_LOW",
        ],
    ),
    // The request as such.
    (
        Malformed,
        Rejected,
        &[
            "ATTACHED_CONFIGURATION_IS_EQUAL",
            "ATTACHED_ORDERS_ONLY_ALLOWED_ON_MARKET_LIMIT",
            "ATTACHED_ORDER_SIZE_MUST_BE_NIL",
            "BRACKET_ORDER_NOT_SUPPORTED",
            "CANNOT_ADD_ATTACHED_ORDER_TO_ORDER_TYPE",
            "CANNOT_ADD_LEG_TO_TPSL_ORDER",
            "CANNOT_CANCEL_ACTIVE_ATTACHED_ORDER",
            "CANNOT_CHANGE_ORDER_TYPE_OF_ORDER",
            "CANNOT_CHANGE_PRODUCT_ID_OF_ORDER",
            "CANNOT_CHANGE_SIDE_OF_ORDER",
            "CANNOT_CONVERT_DISPLAY_SIZE_ASSET",
            "CANNOT_CONVERT_SIZE_ASSET",
            "CANNOT_EDIT_ATTACHED_ORDER_CONFIGURATION_AFTER_CREATION",
            "CANNOT_EDIT_ATTACHED_ORDER_SIZE_WITH_OPEN_ORIGINATING_ORDER",
            "CANNOT_EDIT_ATTACHED_SL_ORDER_PRICE",
            "CANNOT_EDIT_FUTURES_ORDER",
            "CANNOT_EDIT_STOP_PRICE_FOR_TRIGGERED_ORDER",
            "CANNOT_EDIT_TO_BELOW_FILLED_SIZE",
            "CANNOT_EDIT_TRIGGERED_ORDER",
            "CANNOT_MODIFY_ATTACHED_CONFIG_OF_NON_NEW_ORDER",
            "CANNOT_REMOVE_LEG_FROM_TPSL_ORDER",
            "CLIENT_ORDER_ID_MUST_BE_DIFFERENT_FROM_PREV_CLIENT_ORDER_ID",
            "CLIENT_ORDER_ID_REQUIRED_WHEN_PREV_CLIENT_ORDER_ID_PROVIDED",
            "EDIT_REQUEST_EQUAL_TO_ORIGINAL_REQUEST",
            "END_TIME_AFTER_CONTRACT_EXPIRATION",
            "END_TIME_IS_IN_THE_PAST",
            "FIELD_DISPLAYSIZE_NOT_SUPPORTED",
            "FIELD_ENDTIME_NOT_SUPPORTED",
            "FIELD_STOPPRICE_NOT_SUPPORTED",
            "FOK_DISABLED",
            "FOK_ONLY_ALLOWED_ON_LIMIT_ORDERS",
            "GTD_ORDERS_MUST_HAVE_END_TIME",
            "ICEBERG_ORDERS_NOT_SUPPORTED",
            "INTX_FOK_ONLY_ALLOWED_ON_LIMIT_AND_MARKET_ORDERS",
            "INVALID_BRACKET_ORDER_SIDE",
            "INVALID_CANCEL_REQUEST",
            "INVALID_COMMISSION_CONFIGURATION",
            "INVALID_EDITED_ATTACHED_ORDER_CONFIGURATION",
            "INVALID_EDITED_ATTACHED_ORDER_CONFIGURATION_NON_MODIFIABLE_VALUE_EDIT",
            "INVALID_END_TIME",
            "INVALID_INTX_CLIENT_ORDER_ID",
            "INVALID_LEVERAGE",
            "INVALID_MARGIN_TYPE",
            "INVALID_NEW_ENDTIME",
            "INVALID_ORDER_CONFIG",
            "INVALID_ORDER_SIDE_FOR_ATTACHED_TPSL",
            "INVALID_ORDER_TYPE_FOR_ATTACHED",
            "INVALID_ORIGINAL_ATTACHED_ORDER_CONFIG",
            "INVALID_ORIGINAL_PRICE",
            "INVALID_ORIGINAL_SIZE",
            "INVALID_ORIGINAL_STOP_LIMIT_PRICE",
            "INVALID_ORIGINAL_STOP_PRICE",
            "INVALID_ORIGINAL_TIME",
            "INVALID_PEG_OFFSET",
            "INVALID_PEG_VENUE_OPTIONS",
            "INVALID_PEG_WIG_LEVEL",
            "INVALID_REQUEST",
            "INVALID_SETTLEMENT_CURRENCY",
            "INVALID_SIDE",
            "MISSING_COMMISSION_RATE",
            "ONLY_LIMIT_ORDER_EDITS_SUPPORTED",
            "ORDER_EDIT_INVALID_ATTACHED_ORDER_REQUEST",
            "ORDER_EDIT_ORDER_TYPE_NOT_SUPPORTED",
            "PEG_INVALID_ORDER_TYPE",
            "POST_ONLY_NOT_ALLOWED_WITH_FOK",
            "POST_ONLY_NOT_ALLOWED_WITH_PEG",
            "PREV_CLIENT_ORDER_ID_MUST_MATCH_CURRENT_CLIENT_ORDER_ID",
            "PREV_CLIENT_ORDER_ID_REQUIRED_WHEN_CLIENT_ORDER_ID_PROVIDED",
            "PRICE_NOT_ALLOWED_FOR_MARKET_ORDERS",
            "QUOTE_SIZE_NOT_ALLOWED_FOR_BRACKET",
            "REDUCE_ONLY_NOT_ALLOWED_ON_SPOT_PRODUCTS",
            "REDUCE_ONLY_NOT_ALLOWED_ON_VENUE",
            "REPLACE_NOT_SUPPORTED",
            "RFQ_INVALID_COMBO_LEGS",
            "SCALED_PARAM_DISCREPANCY",
            "SCALED_PARAM_INFEASIBLE",
            "SINGLE_LEGGED_ATTACHED_ORDER_CONFIGURATION_NOT_ALLOWED",
            "SINGLE_LEGGED_BRACKET_ORDER_NOT_ALLOWED",
            "SINGLE_LEGGED_TPSL_NOT_ALLOWED",
            "SIZE_IN_QUOTE_EDITS_NOT_ALLOWED",
            "START_TIME_MUST_BE_SPECIFIED",
            "STRATEGY_NOT_SUPPORTED",
            "UNSUPPORTED_ORDER_CONFIGURATION",
        ],
    ),
    // The market takes no such orders now.
    (
        MarketClosed,
        Rejected,
        &[
            "CLOSE_ONLY_FAILURE",
            "FUTURES_AFTER_HOUR_INVALID_ORDER_TYPE",
            "FUTURES_AFTER_HOUR_INVALID_TIME_IN_FORCE",
            "INELIGIBLE_PAIR",
            "INVALID_CANCEL_FCM_TRADING_SESSION",
            "INVALID_EQUITY_TRADING_SESSION",
            "INVALID_FCM_TRADING_SESSION",
            "INVALID_NO_LIQUIDITY",
            "MARKET_ORDERS_PROHIBITED_DURING_NON_CORE_SESSION",
            "MISSING_MARKET_TRADE_DATA",
            "MISSING_PRODUCT_PRICE_BOOK",
            "NBBO_NOT_PROVIDED",
            "NOTIONAL_ORDERS_PROHIBITED_DURING_NON_CORE_SESSION",
            "NOT_ALLOWED_BY_MARKET_STATE",
            "ORDER_ENTRY_DISABLED",
            "ORDER_ENTRY_PAUSED",
            "PREDICTIONS_HIGH_PRICE_CONTRACTS_BLOCKED",
            "PRODUCT_TRADING_HALTED",
            "TRADING_DISABLED",
            "UNTRADABLE_PRODUCT",
        ],
    ),
    // A post-only order that would take.
    (PostOnlyWouldTake, Rejected, &["INVALID_LIMIT_PRICE_POST_ONLY"]),
    // Too many of them.
    (
        RateLimited,
        Rejected,
        &[
            "EXCEEDED_MAX_ALLOWED_EDIT_REQUEST_COUNT",
            "RFQ_RATE_LIMITED",
            "RFQ_TOO_MANY_OPEN_QUOTES",
            "TOO_MANY_PENDING_REPLACES",
        ],
    ),
    // No position, or none that large.
    (ReduceOnly, Rejected, &["CANNOT_CLOSE_ZERO_POSITION", "REDUCE_ONLY_INCREASED_POSITION_SIZE"]),
    // No such order, or no longer open.
    (
        UnknownOrder,
        Rejected,
        &[
            "FUTURES_VENUE_ORDER_NOT_FOUND",
            "ONLY_OPEN_ORDERS_CAN_BE_EDITED",
            "ORDER_IS_FULLY_FILLED",
            "ORDER_NOT_FOUND",
            "UNKNOWN_CANCEL_ORDER",
        ],
    ),
    // Something else that is known to have done nothing.
    (
        Other,
        Rejected,
        &[
            "CANNOT_EDIT_ORDER_PENDING_CANCEL",
            "COMMANDER_REJECTED_CANCEL_ORDER",
            "COMMANDER_REJECTED_EDIT_ORDER",
            "COMMANDER_REJECTED_NEW_ORDER",
            "INSUFFICIENT_TIME_TO_EDIT",
            "MODIFY_POSITION_WORKFLOW_ALREADY_RUNNING",
            "NOT_STARTED",
            "OPEN_BRACKET_ORDERS",
            "OPPOSITE_MARGIN_TYPE_EXISTS",
            "ORDER_IS_ALREADY_BEING_REPLACED",
            "ORDER_IS_BEING_REPLACED",
            "ORDER_IS_PENDING_CANCEL",
            "RFQ_QUOTE_EXPIRED",
            "RFQ_VALIDATION_FAILURE",
            "RFQ_VENUE_REJECTED",
            "STOP_ALREADY_TRIGGERED",
            "STOP_TRIGGERED",
        ],
    ),
    // A cancel that came before this one is under way.
    (Other, Unknown, &["DUPLICATE_CANCEL_REQUEST"]),
    // A check that could not be made.
    (Unavailable, Unknown, &["RISK_PROXY_FAILURE"]),
    // The venue does not know either: these are also what its replies have where there is nothing to say, and then another word stands beside them.
    (
        Other,
        Unknown,
        &[
            "UNKNOWN_CANCEL_FAILURE_REASON",
            "UNKNOWN_EDIT_ORDER_FAILURE_REASON",
            "UNKNOWN_FAILURE_REASON",
            "UNKNOWN_PREVIEW_FAILURE_REASON",
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENTED: [&str; 4] = [
        include_str!("../tests/fixtures/cancel_reasons.txt"),
        include_str!("../tests/fixtures/edit_reasons.txt"),
        include_str!("../tests/fixtures/new_order_reasons.txt"),
        include_str!("../tests/fixtures/preview_reasons.txt"),
    ];

    #[test]
    fn every_documented_reason_has_one_meaning() {
        for (.., words) in WORDS {
            assert!(words.is_sorted_by(|one, next| one < next), "{words:?}");
        }
        let mut documented = 0;
        for word in DOCUMENTED.iter().flat_map(|list| list.lines()) {
            documented += 1;
            let bare = word.strip_prefix("PREVIEW_").unwrap_or(word);
            assert_eq!(WORDS.iter().filter(|(.., all)| all.contains(&bare)).count(), 1, "{word}");
        }
        assert_eq!(documented, 10 + 60 + 123 + 151);
        assert_eq!(by_word("MERCURY_IN_RETROGRADE"), (Other, Unknown));
    }

    #[test]
    fn the_word_that_says_something_decides_and_the_one_that_knows_least_what_it_means() {
        let refused = |body: &str| classify(200, body.as_bytes()).unwrap();
        for (body, kind, fate, text) in [
            (
                r#"{"success":false,"failure_reason":"UNKNOWN_FAILURE_REASON","error_response":{"error":"INSUFFICIENT_FUND","message":"Insufficient balance in source account","preview_failure_reason":"PREVIEW_INSUFFICIENT_FUND","new_order_failure_reason":"INSUFFICIENT_FUND"}}"#,
                Balance,
                Rejected,
                "INSUFFICIENT_FUND: Insufficient balance in source account",
            ),
            (
                r#"{"success":false,"error_response":{"error":"UNKNOWN_FAILURE_REASON","preview_failure_reason":"PREVIEW_STOP_PRICE_BELOW_LAST_TRADE_PRICE"}}"#,
                InstrumentRule,
                Rejected,
                "PREVIEW_STOP_PRICE_BELOW_LAST_TRADE_PRICE",
            ),
            (
                r#"{"success":false,"failure_reason":"UNKNOWN_FAILURE_REASON","error_response":{"error":"UNKNOWN_FAILURE_REASON","preview_failure_reason":"UNKNOWN_PREVIEW_FAILURE_REASON"}}"#,
                Other,
                Unknown,
                "UNKNOWN_FAILURE_REASON",
            ),
            (
                r#"{"success":false,"error_response":{"error":"INSUFFICIENT_FUND","new_order_failure_reason":"OF_TOMORROW"}}"#,
                Other,
                Unknown,
                "OF_TOMORROW",
            ),
            (
                r#"{"success":false,"errors":[{"edit_failure_reason":"ORDER_NOT_FOUND","preview_failure_reason":"UNKNOWN_PREVIEW_FAILURE_REASON"}]}"#,
                UnknownOrder,
                Rejected,
                "ORDER_NOT_FOUND",
            ),
            (r#"{"success":false}"#, Other, Unknown, ""),
            (r#"{"success":false,"error_response":[]}"#, Other, Unknown, ""),
        ] {
            let error = refused(body);
            assert_eq!((error.kind(), error.fate()), (kind, fate), "{body}");
            assert_eq!(error.answer().unwrap().text.as_str(), text, "{body}");
        }
        assert_eq!(classify(200, br#"{"success":true}"#), None);
        assert_eq!(classify(200, br#"{"orders":[]}"#), None);
    }

    #[test]
    fn what_the_gateway_refuses_goes_by_status_and_code() {
        let json = |code: i32| {
            format!(r#"{{"error":"WORD","code":{code},"message":"words","error_details":"","details":[]}}"#)
        };
        for (status, body, kind, fate) in [
            (400, json(3), Malformed, Rejected),
            (400, json(99), Other, Unknown),
            (400, "Bad Request".to_owned(), Other, Unknown),
            (401, "Unauthorized\n".to_owned(), Auth, Rejected),
            (401, json(16), Auth, Rejected),
            (
                403,
                r#"{"error":"PERMISSION_DENIED","error_details":"Missing required scopes"}"#.to_owned(),
                Auth,
                Rejected,
            ),
            (403, "<html>".to_owned(), Banned, Rejected),
            (404, json(5), UnknownOrder, Rejected),
            (404, "<html>".to_owned(), Other, Unknown),
            (408, json(3), Malformed, Unknown),
            (429, String::new(), RateLimited, Rejected),
            (500, json(3), Unavailable, Unknown),
            (503, json(14), Unavailable, Unknown),
            (302, String::new(), Other, Unknown),
        ] {
            let error = classify(status, body.as_bytes()).unwrap();
            assert_eq!((error.kind(), error.fate()), (kind, fate), "{status} {body}");
        }
        let told =
            classify(403, br#"{"error":"PERMISSION_DENIED","error_details":"Missing required scopes"}"#).unwrap();
        assert_eq!(told.answer().unwrap().text.as_str(), "PERMISSION_DENIED: Missing required scopes");
        assert!(classify(401, b"Unauthorized").unwrap().to_string().contains("clock"));
    }
}
