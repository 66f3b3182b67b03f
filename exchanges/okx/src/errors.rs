//! What a refusal of OKX means, and what became of the request.
//!
//! A reply has a code of its own, and one for each order in it:
//!
//! | status | `code` | `sCode` | what decides |
//! | --- | --- | --- | --- |
//! | 2xx | 0 | 0, or none | yes |
//! | 2xx | 0, 1 or 2 | any other | the order's code, by the table |
//! | 2xx | 2 | 0 | yes: of a batch some were done |
//! | 2xx | 1 | 0 | unknown: all failed, and this one did not |
//! | 2xx | 1 or 2 | no orders in it | unknown |
//! | 2xx, 4xx | any other | | the reply's code, by the table |
//! | 403, 429 | none | | rejected: firewall and rate limit stand before the venue |
//! | other 4xx, 3xx | none | | unknown: something else than the venue may have answered |
//! | 5xx | any | | unknown |
//!
//! A code that is not in the table is unknown. 50004, a time-out, comes with the status 400 and is unknown all the same.
//!
//! **Source**: <https://www.okx.com/docs-v5/en/#error-code>, read 2026-07-28 through the mirror at `e2de730`. By it 51149 has the status
//! 500, where the digest that this crate was written from said 200: it is unknown either way.

use orderwire::venue::json::{self, Json};
use orderwire::venue::{Answer, Fate, RejectKind, Response, RestError};

/// What an error of the venue means for a request; `None` where the reply is none.
///
/// For whole replies of [`RawCall`](crate::RawCall), which are handed over whatever they say. Every typed call has gone through this
/// already. A reply about one order is judged by what it says of that order; one about several has no single answer, and is judged by
/// its own code alone.
#[must_use]
pub fn classify(status: u16, body: &[u8]) -> Option<RestError> {
    let [code, data, msg] = json::whole_object(body, &MEMBERS).unwrap_or_default();
    let whole = judge(status, code, msg).err()?;
    let only = data.and_then(Json::array).and_then(|mut orders| orders.next().filter(|_| orders.next().is_none()));
    let of_order = only.filter(|_| matches!(status, 200..300)).and_then(|only| only.members(&["sCode", "sMsg"]).ok());
    match of_order {
        Some([Some(code), msg]) => Some(judge_part(Some(code), msg).err().unwrap_or(whole)),
        _ => Some(whole),
    }
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

/// One order of a request as an error, if it is one: it has no status of its own.
#[inline]
pub(crate) fn judge_part(code: Option<Json<'_>>, msg: Option<Json<'_>>) -> Result<(), RestError> {
    match number(code) {
        Some(0) => Ok(()),
        code => Err(failure(200, code, msg.and_then(Json::as_raw_str))),
    }
}

/// Codes are text: `"51008"`.
#[inline]
pub(crate) fn number(code: Option<Json<'_>>) -> Option<i32> {
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
        _ => Fate::Unknown,
    };
    if status >= 500 && kind == RejectKind::Other {
        kind = RejectKind::Unavailable;
    }
    let msg = msg.filter(|msg| !msg.is_empty());
    Answer::new(status, code, kind, msg.unwrap_or_else(|| meaning(status))).into_error(fate)
}

fn by_code(code: i32) -> (RejectKind, Fate) {
    let found = CODES.iter().find(|(.., codes)| codes.binary_search(&code).is_ok());
    found.map_or((RejectKind::Other, Fate::Unknown), |(kind, fate, _)| (*kind, *fate))
}

/// Of a reply without a code of the venue.
fn by_status(status: u16) -> (RejectKind, Fate) {
    match status {
        403 => (RejectKind::Banned, Fate::Rejected),
        429 => (RejectKind::RateLimited, Fate::Rejected),
        _ => (RejectKind::Other, Fate::Unknown),
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
    Auth, Balance, DuplicateId, InstrumentRule, Malformed, MarketClosed, Other, PostOnlyWouldTake, RateLimited,
    ReduceOnly, Signature, Timestamp, Unavailable, UnknownOrder,
};

/// What codes mean: every documented one of the classes general, API, trading, data, algorithms and accounts, each group ascending. Two are
/// not in the documents any more: 51119 and 52912.
const CODES: &[(RejectKind, Fate, &[i32])] = &[
    // The key, the account, or where either is from.
    (
        Auth,
        Rejected,
        &[
            50007, 50008, 50009, 50010, 50012, 50027, 50028, 50029, 50030, 50032, 50033, 50035, 50041, 50051, 50052,
            50059, 50060, 50067, 50075, 50100, 50101, 50103, 50104, 50105, 50108, 50109, 50110, 50111, 50114, 50116,
            50118, 50119, 50120, 50121, 51009, 51010, 51024, 51035, 51036, 51147, 51155, 51411, 51620, 51621, 54000,
            54075, 54092,
        ],
    ),
    // Coins, margin, or room for a position.
    (
        Balance,
        Rejected,
        &[
            51004, 51008, 51017, 51037, 51119, 51127, 51131, 51132, 51143, 51209, 51210, 51211, 51213, 51214, 51502,
            54024, 54025, 54026, 54027, 54028, 54030, 54031, 54035,
        ],
    ),
    // An earlier request with this id did something, or may have.
    (DuplicateId, Rejected, &[50042, 50071, 51016, 51065, 51068]),
    // The instrument's rules: steps, least and greatest, how far from the market.
    (
        InstrumentRule,
        Rejected,
        &[
            50122, 51005, 51006, 51007, 51020, 51031, 51046, 51047, 51048, 51049, 51050, 51051, 51052, 51053, 51101,
            51102, 51103, 51104, 51105, 51106, 51107, 51108, 51116, 51120, 51121, 51122, 51123, 51135, 51136, 51137,
            51138, 51150, 51185, 51201, 51202, 51203, 51207, 51252, 51275, 51277, 51278, 51279, 51280, 51286, 51300,
            51302, 51303, 51304, 51305, 51306, 51307, 51308, 54006, 54018, 54019,
        ],
    ),
    // The request as such.
    (
        Malformed,
        Rejected,
        &[
            50000, 50002, 50005, 50006, 50014, 50015, 50016, 50024, 50025, 50039, 50044, 50076, 50077, 50115, 51000,
            51001, 51002, 51003, 51012, 51014, 51015, 51026, 51081, 51111, 51175, 51176, 51178, 51180, 51204, 51406,
            51407, 51408, 51409, 51413, 51500, 51501, 51506, 51512, 51514, 51601, 51602, 54007, 54009,
        ],
    ),
    // No trading now, or not of this kind.
    (
        MarketClosed,
        Rejected,
        &[
            50017, 50018, 50019, 50020, 50021, 50022, 50023, 50047, 51021, 51022, 51027, 51028, 51029, 51030, 51087,
            51109, 51110, 51124, 51196, 51197, 51404, 51505, 51507, 51508, 54072, 54094,
        ],
    ),
    // All other refusals: of algorithms, of copy trading, of settings.
    (
        Other,
        Rejected,
        &[
            50038, 50045, 50048, 50049, 50050, 50053, 50055, 50056, 50057, 50058, 50063, 50069, 50072, 51011, 51018,
            51019, 51025, 51032, 51033, 51034, 51038, 51039, 51040, 51041, 51042, 51044, 51055, 51056, 51057, 51058,
            51059, 51066, 51069, 51070, 51071, 51072, 51073, 51074, 51075, 51076, 51077, 51078, 51079, 51080, 51082,
            51083, 51084, 51085, 51086, 51088, 51089, 51090, 51091, 51092, 51093, 51094, 51095, 51096, 51098, 51099,
            51100, 51115, 51128, 51129, 51130, 51140, 51142, 51144, 51152, 51153, 51154, 51156, 51158, 51159, 51162,
            51163, 51164, 51165, 51166, 51167, 51168, 51173, 51174, 51177, 51179, 51181, 51182, 51186, 51187, 51192,
            51193, 51194, 51195, 51212, 51220, 51221, 51222, 51223, 51224, 51225, 51226, 51250, 51251, 51253, 51254,
            51255, 51256, 51257, 51258, 51259, 51260, 51261, 51262, 51263, 51264, 51265, 51267, 51268, 51269, 51270,
            51271, 51272, 51273, 51274, 51276, 51281, 51282, 51283, 51284, 51285, 51287, 51288, 51289, 51292, 51294,
            51295, 51298, 51299, 51309, 51310, 51311, 51312, 51313, 51317, 51320, 51321, 51322, 51323, 51324, 51325,
            51326, 51330, 51331, 51332, 51333, 51340, 51341, 51342, 51343, 51344, 51345, 51346, 51347, 51348, 51349,
            51350, 51351, 51352, 51353, 51354, 51355, 51356, 51357, 51358, 51359, 51370, 51380, 51381, 51382, 51383,
            51384, 51385, 51386, 51387, 51388, 51389, 51390, 51391, 51392, 51393, 51394, 51395, 51396, 51397, 51398,
            51399, 51403, 51415, 51513, 51524, 51525, 51526, 51528, 51529, 51530, 51531, 51536, 51537, 51538, 51539,
            51543, 51604, 51605, 51606, 51607, 51608, 51610, 51611, 51625, 51821, 51822, 51823, 52000, 54001, 54004,
            54005, 54008, 54011, 54029, 54036, 54039, 54040, 54041, 54042, 54043, 54044, 54045, 54046, 54047, 54048,
            54070, 54071, 54073, 54074, 54078, 54079, 55100, 55101, 55102, 55103, 55104, 55105, 55106, 55111, 55112,
            55113, 55116, 59000, 59001, 59002, 59004, 59005, 59006, 59101, 59102, 59103, 59104, 59105, 59106, 59107,
            59108, 59109, 59110, 59111, 59112, 59113, 59114, 59117, 59118, 59119, 59120, 59121, 59122, 59123, 59124,
            59125, 59132, 59133, 59134, 59135, 59136, 59137, 59138, 59139, 59140, 59141, 59142, 59200, 59201, 59202,
            59300, 59301, 59302, 59303, 59304, 59305, 59306, 59307, 59308, 59309, 59310, 59311, 59312, 59313, 59314,
            59315, 59316, 59317, 59319, 59320, 59401, 59402, 59410, 59411, 59412, 59413, 59414, 59417, 59500, 59501,
            59502, 59503, 59504, 59505, 59506, 59507, 59508, 59509, 59510, 59512, 59515, 59516, 59517, 59518, 59519,
            59520, 59521, 59522, 59523, 59524, 59525, 59526, 59527, 59528, 59529, 59550, 59601, 59603, 59604, 59606,
            59608, 59609, 59610, 59611, 59612, 59613, 59614, 59615, 59616, 59617, 59618, 59619, 59622, 59623, 59648,
            59649, 59650, 59651, 59652, 59658, 59659, 59660, 59661, 59662, 59664, 59665, 59666, 59667, 59668, 59669,
            59670, 59671, 59672, 59673, 59674, 59675, 59676, 59678, 59679, 59683, 59684, 59686, 59689, 59691, 59692,
            59693,
        ],
    ),
    // A change to a price at which it would take.
    (PostOnlyWouldTake, Rejected, &[51511]),
    // Too many requests.
    (RateLimited, Rejected, &[50011, 50040, 50061, 51113]),
    // Nothing to make smaller, or already taken.
    (
        ReduceOnly,
        Rejected,
        &[
            51023, 51043, 51112, 51117, 51125, 51126, 51133, 51134, 51139, 51148, 51169, 51170, 51171, 51205, 51206,
            51327, 51328, 51329, 51521, 51522,
        ],
    ),
    // The signature.
    (Signature, Rejected, &[50106, 50113]),
    // The timestamp, or the expiry that the request itself set.
    (Timestamp, Rejected, &[50036, 50037, 50102, 50107, 50112]),
    // Overload and upgrades, before anything was done.
    (Unavailable, Rejected, &[50013, 50046, 50062, 50064, 51290, 54049]),
    // No such order, or no longer open.
    (
        UnknownOrder,
        Rejected,
        &[51291, 51293, 51400, 51401, 51402, 51405, 51410, 51416, 51503, 51509, 51510, 51527, 51532, 51600, 51603],
    ),
    // "Does not mean success or failure", time-outs and errors of the system; all failed, or some, without a word on each.
    (Unavailable, Unknown, &[1, 2, 50001, 50004, 50026, 51054, 51149, 51412, 51820, 52912]),
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
            let (code, _) = line.split_once(' ').unwrap();
            let code: i32 = code.parse().unwrap();
            let places = CODES.iter().filter(|(.., codes)| codes.contains(&code)).count();
            assert_eq!(places, 1, "{code}");
        }
        assert_eq!(by_code(999_999), (Other, Unknown));
    }
}
