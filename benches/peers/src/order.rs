//! The order that every client sends, and what those without a venue crate of their own do to write, sign and read it.

use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use orderwire::dec;
use rust_decimal::Decimal;
use serde::Deserialize;
use sha2::Sha256;

pub const KEY: &str = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A";
pub const SECRET: &str = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";
pub const KEY_HEADER: &str = "X-MBX-APIKEY";
pub const BASE_PATH: &str = "/api/v3";

pub const SYMBOL: &str = "BTCUSDT";
pub const QUANTITY: Decimal = dec!(0.001);
pub const PRICE: Decimal = dec!(20000.01);
pub const RECV_WINDOW_MS: u64 = 5_000;

/// What orderwire's own ids have where it has no prefix: the others make theirs as long.
pub const ID_BYTES: usize = 14;

/// Writes and signs orders the fastest way that is open to a user of the peers: into a reused `String`, by a clone of a keyed
/// `Hmac`. Nothing here allocates after the first order.
pub struct Signer {
    key: Hmac<Sha256>,
    text: String,
    id: [u8; ID_BYTES],
}

impl Default for Signer {
    fn default() -> Self {
        let key = <Hmac<Sha256>>::new_from_slice(SECRET.as_bytes()).expect("a key of any length");
        Self { key, text: String::with_capacity(1024), id: *b"peer0000000000" }
    }
}

impl Signer {
    /// `lead` (a path, or a URL as far as the path), and the query of the next order, signed.
    pub fn next(&mut self, lead: &str) -> &str {
        self.count();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
        let text = &mut self.text;
        text.clear();
        text.push_str(lead);
        text.push('?');
        let signed = text.len();
        text.push_str("symbol=");
        text.push_str(SYMBOL);
        text.push_str("&side=BUY&type=LIMIT&timeInForce=GTC&newOrderRespType=RESULT&recvWindow=");
        text.push_str(itoa::Buffer::new().format(RECV_WINDOW_MS));
        let _ = write!(text, "&quantity={QUANTITY}");
        text.push_str("&newClientOrderId=");
        text.push_str(std::str::from_utf8(&self.id).expect("ASCII"));
        let _ = write!(text, "&price={PRICE}");
        text.push_str("&timestamp=");
        text.push_str(itoa::Buffer::new().format(u64::try_from(now.as_millis()).expect("before 2554")));
        let mut mac = self.key.clone();
        mac.update(&text.as_bytes()[signed..]);
        let signature: [u8; 32] = mac.finalize().into_bytes().into();
        // Our own hex, the fastest at hand: not what is compared.
        let hex: [u8; 64] = orderwire::http::text::hex(&signature);
        text.push_str("&signature=");
        text.push_str(std::str::from_utf8(&hex).expect("ASCII"));
        text
    }

    /// The id of the order written last.
    pub fn id(&self) -> &str {
        std::str::from_utf8(&self.id).expect("ASCII")
    }

    /// The next id: one more, in decimal digits.
    pub fn count(&mut self) -> &str {
        for digit in self.id.iter_mut().rev() {
            if *digit < b'9' {
                *digit += 1;
                break;
            }
            *digit = b'0';
        }
        self.id()
    }
}

/// What a strategy takes from the reply: the fields of orderwire's `OrderAck`.
#[derive(Debug)]
pub struct Ack {
    pub order_id: u64,
    pub status: [u8; 24],
    pub executed: Decimal,
    pub executed_quote: Decimal,
    pub transact_time: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reply<'a> {
    symbol: &'a str,
    order_id: u64,
    client_order_id: &'a str,
    transact_time: u64,
    executed_qty: &'a str,
    cummulative_quote_qty: &'a str,
    status: &'a str,
}

/// Reads a reply by sonic-rs into borrowed fields and checks that it is the order's.
///
/// # Panics
/// Where it is another order's, or no reply to an order.
pub fn read(status: u16, body: &[u8], id: &str) -> Ack {
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(body));
    let reply: Reply<'_> = sonic_rs::from_slice(body).expect("a reply to an order");
    assert!(reply.client_order_id == id && reply.symbol == SYMBOL, "the order's own reply");
    let mut word = [0; 24];
    word[..reply.status.len()].copy_from_slice(reply.status.as_bytes());
    Ack {
        order_id: reply.order_id,
        status: word,
        executed: Decimal::from_str_exact(reply.executed_qty).expect("a decimal"),
        executed_quote: Decimal::from_str_exact(reply.cummulative_quote_qty).expect("a decimal"),
        transact_time: reply.transact_time,
    }
}
