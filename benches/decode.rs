//! Decoding an order's reply: from the bytes of a body to the fields an acknowledgement needs.
//!
//! Isolates the pass that proves the body one whole JSON value and picks its members. The rival is
//! `sonic_rs::from_slice` into a borrowed struct of the same fields, which proves less (it takes any depth, and a
//! second value of a key it was not asked for is nobody's business on either side). A worse ratio means that replies
//! reach the strategy later.
//!
//! Blocks of the two are interleaved, so that what the machine does meanwhile falls on both.
//! `cargo bench --bench decode`

use std::hint::black_box;
use std::time::Instant;

use orderwire::venue::json::{self, Json};
use serde::Deserialize;

/// Rounds of one block of each, and calls in a block.
const BLOCKS: usize = 400;
const CALLS: u32 = 1_000;

/// The venue's documented reply to a new order with `newOrderRespType=RESULT`.
const RESULT: &[u8] = br#"{"symbol":"BTCUSDT","orderId":28457349912,"orderListId":-1,"clientOrderId":"6gCrw2kRUAF9CvJDGP16IP","transactTime":1507725176595,"price":"0.00000000","origQty":"10.00000000","executedQty":"10.00000000","origQuoteOrderQty":"0.000000","cummulativeQuoteQty":"10.00000000","status":"FILLED","timeInForce":"GTC","type":"MARKET","side":"SELL","workingTime":1507725176595,"selfTradePreventionMode":"NONE"}"#;

/// A refusal: the shortest reply there is.
const REFUSED: &[u8] = br#"{"code":-2010,"msg":"Account has insufficient balance for requested action."}"#;

/// What an acknowledgement takes from the reply, as text where it is text.
#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
struct Reply<'a> {
    code: Option<i64>,
    msg: Option<&'a str>,
    symbol: Option<&'a str>,
    order_id: Option<u64>,
    client_order_id: Option<&'a str>,
    transact_time: Option<u64>,
    price: Option<&'a str>,
    orig_qty: Option<&'a str>,
    executed_qty: Option<&'a str>,
    cummulative_quote_qty: Option<&'a str>,
    status: Option<&'a str>,
    time_in_force: Option<&'a str>,
    r#type: Option<&'a str>,
    side: Option<&'a str>,
}

/// As the venue's crate asks for them: in the venue's order, and those that are only passed over too.
const NAMES: [&str; 18] = [
    "symbol",
    "orderId",
    "orderListId",
    "clientOrderId",
    "transactTime",
    "price",
    "origQty",
    "executedQty",
    "origQuoteOrderQty",
    "cummulativeQuoteQty",
    "status",
    "timeInForce",
    "type",
    "side",
    "workingTime",
    "selfTradePreventionMode",
    "code",
    "msg",
];

fn by_sonic(body: &[u8]) -> Reply<'_> {
    sonic_rs::from_slice(body).expect("a documented reply")
}

fn by_members(body: &[u8]) -> Reply<'_> {
    let [
        symbol,
        order_id,
        _,
        client,
        time,
        price,
        quantity,
        executed,
        _,
        quote,
        status,
        force,
        kind,
        side,
        _,
        _,
        code,
        msg,
    ] = json::whole_object(body, &NAMES).expect("a documented reply");
    Reply {
        code: code.and_then(Json::as_i64),
        msg: msg.and_then(Json::as_str),
        symbol: symbol.and_then(Json::as_str),
        order_id: order_id.and_then(Json::as_u64),
        client_order_id: client.and_then(Json::as_str),
        transact_time: time.and_then(Json::as_u64),
        price: price.and_then(Json::as_str),
        orig_qty: quantity.and_then(Json::as_str),
        executed_qty: executed.and_then(Json::as_str),
        cummulative_quote_qty: quote.and_then(Json::as_str),
        status: status.and_then(Json::as_str),
        time_in_force: force.and_then(Json::as_str),
        r#type: kind.and_then(Json::as_str),
        side: side.and_then(Json::as_str),
    }
}

fn main() {
    for (name, body) in [("RESULT", RESULT), ("refused", REFUSED)] {
        assert_eq!(by_members(body), by_sonic(body), "both read the same");
        let [members, sonic, value] = interleaved([
            &|| _ = black_box(by_members(black_box(body))),
            &|| _ = black_box(by_sonic(black_box(body))),
            &|| _ = black_box(json::whole_value(black_box(body))),
        ]);
        println!("{name}, {} bytes: medians of {BLOCKS} interleaved blocks of {CALLS}", body.len());
        println!("  whole_object          {members:7.1} ns   {:.2} of sonic_rs::from_slice", members / sonic);
        println!("  sonic_rs::from_slice  {sonic:7.1} ns");
        println!("  whole_value           {value:7.1} ns   the pass alone");
    }
}

/// Nanoseconds per call of each, the median of its blocks.
fn interleaved<const N: usize>(calls: [&dyn Fn(); N]) -> [f64; N] {
    let mut blocks = [(); N].map(|()| Vec::with_capacity(BLOCKS));
    for _ in 0..BLOCKS {
        for (call, blocks) in calls.iter().zip(&mut blocks) {
            let start = Instant::now();
            for _ in 0..CALLS {
                call();
            }
            blocks.push(start.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS));
        }
    }
    blocks.map(|mut blocks| {
        blocks.sort_by(f64::total_cmp);
        blocks[BLOCKS / 2]
    })
}
