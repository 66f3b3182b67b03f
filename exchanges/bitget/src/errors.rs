//! What a refusal of Bitget means, and what became of the request.
//!
//! | status | `code` | what decides |
//! | --- | --- | --- |
//! | 2xx | `00000` | yes; of a batch each order has an answer of its own, and `errorCode` decides by the table |
//! | 2xx, 4xx | any other | the code, by the table |
//! | 403, 429 | none | rejected: firewall and rate limit stand before the venue |
//! | other 4xx, 3xx | none | unknown: something else than the venue may have answered |
//! | 5xx | any | unknown |
//!
//! A code that is not in the table is unknown. Codes are text with leading zeros, `"00171"`, and told as numbers, 171.
//!
//! **Source**: the lists "RestAPI error codes" of spot and of futures, which are the same but for one line, through the mirror
//! <https://github.com/rektibus/exchange-docs> at `3b5108d`, read 2026-11-26; the page of v2 is the same in the codes that could be compared.
//! 429, 30007, 30014, 30026, 36206, 40084 and 40085 are not in them: clients have them. 40010 is "Request timed out" there, and a wrong
//! signature in a client: it is unknown. So are refusals that name no reason, "Error creating order" among them.

use orderwire::venue::json::{self, Json};
use orderwire::venue::{Answer, Fate, RejectKind, Response, RestError};

/// What an error of the venue means for a request; `None` where the reply is none.
///
/// For whole replies of [`RawCall`](crate::RawCall), which are handed over whatever they say. Every typed call has gone through this
/// already. A reply about a batch is none of its own accord: each order in it has an answer.
#[must_use]
pub fn classify(status: u16, body: &[u8]) -> Option<RestError> {
    let [code, _, msg] = json::whole_object(body, &MEMBERS).unwrap_or_default();
    judge(status, code, msg).err()
}

/// What is read of every reply.
pub(crate) const MEMBERS: [&str; 3] = ["code", "data", "msg"];

/// Turns any reply but a 2xx into the error that it is.
#[inline]
pub(crate) fn refuse_failures(response: &Response<'_>) -> Result<(), RestError> {
    match response.status() {
        200..300 => Ok(()),
        status => {
            let [code, _, msg] = json::whole_object(response.body(), &MEMBERS).unwrap_or_default();
            judge(status, code, msg)
        }
    }
}

/// The reply as an error, by its status, its code and its text.
#[inline]
pub(crate) fn judge(status: u16, code: Option<Json<'_>>, msg: Option<Json<'_>>) -> Result<(), RestError> {
    match (status, number(code)) {
        (200..300, Some(0)) => Ok(()),
        (status, code) => Err(failure(status, code, msg.and_then(Json::as_raw_str))),
    }
}

/// One order of a batch that failed: it has no status of its own, and need not have a code.
#[cold]
pub(crate) fn of_part(code: Option<Json<'_>>, msg: Option<Json<'_>>) -> RestError {
    failure(200, number(code), msg.and_then(Json::as_raw_str))
}

/// A list that was looked through, and has no such order: a denial, unless it goes on.
#[cold]
pub(crate) fn none_found(response: &Response<'_>, fate: Fate) -> RestError {
    Answer::new(response.status(), None, UnknownOrder, "no such order in its list").into_error(fate)
}

/// A no of two halves that does not say which it is about.
#[cold]
pub(crate) fn unclear(response: &Response<'_>, msg: Option<&str>) -> RestError {
    Answer::new(response.status(), None, Other, msg.unwrap_or("failure")).into_error(Unknown)
}

/// Codes are text: `"43012"`.
#[inline]
fn number(code: Option<Json<'_>>) -> Option<i32> {
    let code = code?;
    match code.as_str() {
        Some(text) => text.parse().ok(),
        None => code.as_i64().and_then(|code| i32::try_from(code).ok()),
    }
}

#[cold]
fn failure(status: u16, code: Option<i32>, msg: Option<&str>) -> RestError {
    let (mut kind, meant) = match code {
        Some(code) => by_code(code),
        None => by_status(status),
    };
    let fate = match status {
        200..300 | 400..500 => meant,
        _ => Unknown,
    };
    if status >= 500 && kind == Other {
        kind = Unavailable;
    }
    let msg = msg.filter(|msg| !msg.is_empty());
    Answer::new(status, code, kind, msg.unwrap_or_else(|| meaning(status))).into_error(fate)
}

fn by_code(code: i32) -> (RejectKind, Fate) {
    let found = CODES.iter().find(|(.., codes)| codes.binary_search(&code).is_ok());
    found.map_or((Other, Unknown), |(kind, fate, _)| (*kind, *fate))
}

/// Of a reply without a code of the venue.
fn by_status(status: u16) -> (RejectKind, Fate) {
    match status {
        403 => (RejectKind::Banned, Rejected),
        429 => (RateLimited, Rejected),
        _ => (Other, Unknown),
    }
}

/// What a status says where the venue itself says nothing. Foreign pages are not quoted.
fn meaning(status: u16) -> &'static str {
    match status {
        403 => "blocked by the venue's firewall",
        404 => "nothing at this address: look at the host and the base path",
        429 => "too many requests",
        _ => "",
    }
}

use Fate::{Rejected, Unknown};
use RejectKind::{
    Auth, Balance, DuplicateId, InstrumentRule, Malformed, MarketClosed, Other, RateLimited, ReduceOnly, Signature,
    Timestamp, Unavailable, UnknownOrder,
};

/// What codes mean: every documented one, each group ascending.
const CODES: &[(RejectKind, Fate, &[i32])] = &[
    // The key, the account, or where either is from.
    (
        Auth,
        Rejected,
        &[
            22010, 40000, 40001, 40006, 40011, 40012, 40013, 40014, 40016, 40018, 40022, 40023, 40024, 40025, 40026,
            40031, 40035, 40036, 40037, 40038, 40040, 40041, 40061, 40068, 40084, 40085, 40100, 40101, 40103, 40199,
            40301, 40710, 40752, 40753, 40760, 40916, 40926, 45009, 45107, 45108, 49000, 49002, 49003, 49004, 50012,
            50013, 50019, 50022, 50023, 50064,
        ],
    ),
    // Coins, margin, or room for a position.
    (
        Balance,
        Rejected,
        &[
            40711, 40712, 40754, 40755, 40756, 40757, 40758, 40759, 40762, 40798, 40800, 40891, 40893, 40898, 40901,
            43012, 43023, 45002, 45003, 45004, 45005, 45006, 45007, 45008, 49023, 50020, 50045, 60013,
        ],
    ),
    // An earlier request with this id did something, or may have.
    (DuplicateId, Rejected, &[40708, 40786, 43118, 45034, 50060]),
    // The instrument's rules: steps, least and greatest, how far from the market.
    (
        InstrumentRule,
        Rejected,
        &[
            12002, 12003, 13007, 22006, 22007, 22008, 22009, 30001, 31017, 31018, 31022, 40706, 40715, 40718, 40719,
            40723, 40748, 40749, 40761, 40763, 40787, 40815, 40816, 40820, 40821, 40921, 40928, 41103, 43005, 43006,
            43007, 43008, 43009, 43010, 43027, 43028, 43037, 43038, 43039, 43040, 43041, 43042, 43125, 43128, 45010,
            45035, 45110, 45111, 45112, 45113, 45114, 45115, 45118, 45120, 46013, 50016, 50017, 50018, 50046, 50047,
            50048, 50063,
        ],
    ),
    // The request as such.
    (
        Malformed,
        Rejected,
        &[
            1, 171, 172, 20001, 22003, 31003, 31028, 36206, 40007, 40017, 40019, 40020, 40034, 40053, 40054, 40056,
            40057, 40058, 40059, 40072, 40102, 40303, 40304, 40305, 40306, 40402, 40404, 40408, 40409, 40704, 40705,
            40707, 40724, 40774, 40779, 40805, 40806, 40808, 40809, 40810, 40811, 40812, 40813, 40818, 40822, 40895,
            40902, 40912, 40913, 40922, 40923, 40924, 40925, 41101, 42016, 43011, 43048, 43058, 43060, 43061, 43067,
            43111, 43123, 45021, 45026, 45051, 45052, 45056, 48001, 48002, 50011, 50024, 50032, 50039, 50061,
        ],
    ),
    // No trading now, or not of this kind.
    (
        MarketClosed,
        Rejected,
        &[
            22004, 31021, 40308, 40309, 40721, 40795, 40824, 40844, 40845, 40919, 41113, 41114, 43115, 43119, 43120,
            45043, 45119, 45123, 50025, 50026, 50027, 50028, 50030, 50065,
        ],
    ),
    // All other refusals: of futures, triggers, copy trading, transfers, settings.
    (
        Other,
        Rejected,
        &[
            11000, 12001, 13002, 13003, 13004, 13005, 13008, 13009, 22005, 31001, 31002, 31004, 31005, 31006, 31008,
            31009, 31010, 31011, 31012, 31013, 31014, 31015, 31019, 31020, 31023, 31024, 31025, 31026, 31029, 31030,
            31031, 31032, 31033, 31034, 31035, 31036, 31037, 31038, 31039, 31040, 31041, 31042, 31043, 31044, 31045,
            31046, 31047, 31048, 31049, 31050, 31051, 31052, 31053, 32038, 40021, 40027, 40028, 40029, 40032, 40033,
            40043, 40045, 40048, 40049, 40051, 40052, 40055, 40060, 40063, 40064, 40065, 40066, 40067, 40069, 40070,
            40071, 40104, 40401, 40407, 40709, 40713, 40714, 40716, 40720, 40722, 40726, 40727, 40728, 40729, 40730,
            40731, 40732, 40734, 40735, 40736, 40737, 40738, 40739, 40740, 40741, 40742, 40743, 40744, 40745, 40747,
            40750, 40751, 40764, 40765, 40766, 40767, 40770, 40771, 40772, 40773, 40775, 40778, 40780, 40781, 40783,
            40784, 40785, 40789, 40790, 40791, 40792, 40793, 40794, 40796, 40797, 40799, 40801, 40802, 40803, 40807,
            40814, 40823, 40825, 40826, 40827, 40828, 40829, 40830, 40831, 40832, 40833, 40834, 40835, 40836, 40837,
            40838, 40839, 40840, 40841, 40842, 40843, 40847, 40848, 40849, 40850, 40851, 40852, 40853, 40854, 40855,
            40857, 40858, 40859, 40860, 40861, 40862, 40863, 40864, 40865, 40866, 40868, 40869, 40870, 40871, 40872,
            40873, 40874, 40875, 40876, 40877, 40878, 40879, 40880, 40881, 40882, 40883, 40884, 40885, 40886, 40887,
            40888, 40889, 40890, 40892, 40894, 40896, 40897, 40899, 40900, 40907, 40914, 40915, 40917, 40920, 42014,
            42015, 43013, 43014, 43015, 43016, 43017, 43024, 43030, 43031, 43032, 43034, 43035, 43043, 43044, 43045,
            43046, 43047, 43049, 43050, 43051, 43052, 43053, 43054, 43055, 43056, 43057, 43062, 43063, 43064, 43065,
            43068, 43069, 43112, 43113, 43114, 43116, 43117, 43121, 43122, 43124, 43126, 43127, 45011, 45012, 45013,
            45014, 45017, 45018, 45019, 45020, 45025, 45044, 45045, 45047, 45054, 45060, 45061, 45062, 45064, 45065,
            45066, 45067, 45068, 45075, 45082, 45089, 45091, 45097, 45098, 45099, 45100, 45101, 45102, 45103, 45104,
            45106, 45109, 45116, 45117, 45121, 45122, 45124, 45125, 45126, 45127, 45128, 47001, 47002, 47003, 49001,
            49005, 49007, 49008, 49009, 49010, 49011, 49020, 49022, 49024, 49025, 49026, 49030, 50001, 50002, 50003,
            50004, 50014, 50015, 50021, 50029, 50033, 50034, 50035, 50036, 50037, 50038, 50040, 50041, 50042, 50043,
            50044, 50049, 50050, 50051, 50052, 50053, 50054, 50055, 50056, 50057, 50058, 50059, 60001, 60002, 60003,
            60004, 60005, 60006, 60007, 60008, 60009, 60010, 60011, 60012, 60014, 60015, 60016, 60017, 60018, 60019,
            60020, 60021, 60022, 60023, 60024, 60025, 60026, 60027, 60028, 60029, 60030, 60031, 60032, 60033, 60034,
            60035, 60036, 60037, 60038, 60039, 60040, 60041, 60042, 60043, 60044, 60045, 60046, 60047, 70001, 70002,
        ],
    ),
    // Too many requests.
    (RateLimited, Rejected, &[429, 13001, 30007, 30014, 30026, 40047, 40918, 43036, 45129]),
    // Nothing to make smaller, or already taken.
    (ReduceOnly, Rejected, &[22002, 40717, 40746, 40804, 40867, 43029]),
    // The signature.
    (Signature, Rejected, &[40002, 40003, 40009, 40039, 49006]),
    // The timestamp, or the window that the request itself set.
    (Timestamp, Rejected, &[40004, 40005, 40008, 40911]),
    // No such order, or no longer open.
    (
        UnknownOrder,
        Rejected,
        &[
            22001, 31007, 31054, 40109, 40733, 40768, 40769, 40817, 40819, 43001, 43004, 43020, 43021, 43025, 43026,
            43033, 45031, 45055, 45057, 50062,
        ],
    ),
    // Errors of the system, time-outs, and failures without a reason.
    (
        Unavailable,
        Unknown,
        &[
            31016, 31027, 40010, 40015, 40200, 40400, 40725, 40776, 40777, 40782, 40788, 40846, 40856, 40903, 40904,
            40905, 40906, 40908, 40909, 40910, 41100, 42013, 43002, 43003, 43022, 43059, 43066, 45001, 45023, 45024,
            49021, 49040, 50010, 50031, 50066,
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_code_has_one_meaning() {
        for (.., codes) in CODES {
            assert!(codes.is_sorted_by(|one, next| one < next), "{codes:?}");
        }
        for line in include_str!("../tests/fixtures/error_codes.txt").lines() {
            let code: i32 = line.parse().unwrap();
            let places = CODES.iter().filter(|(.., codes)| codes.contains(&code)).count();
            assert_eq!(places, 1, "{code}");
        }
        assert_eq!(by_code(999_999), (Other, Unknown));
    }
}
