//! Isolates: one Binance Spot limit order with HMAC-SHA256, from typed values to the bytes of the request; no I/O, no clock.
//! A worse number means that writing or signing takes longer between the strategy's decision and the socket.
//!
//! The peer is nexus-web's `RequestWriter` with a cloned keyed `hmac::Hmac`. It cannot sign what it has written, so its user
//! writes the target into a reused `String`, signs that, and hands it over whole: the fastest way it leaves open. Nothing
//! on either side allocates.
//!
//! Orders are of one instrument, side and quantity, as a quote's are; price and client order id change from each to the next.
//!
//! Run: `cargo bench --bench build_and_sign` in this folder.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use orderwire::dec;
use orderwire::decimal::Decimal;
use orderwire::http::request::{REQUEST_BYTES_DEFAULT, RequestTemplate, RequestWriter};
use orderwire::sign::hmac::HmacSha256;
use orderwire_binance::{ClientOrderId, Credentials, Environment, NewOrder, Side, Spot, Symbol, Timestamp};
use orderwire_peers::{Contender, compare};
use sha2::Sha256;

const KEY: &str = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A";
const SECRET: &str = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";
const SIGNATURE_BYTES: usize = 64;

struct Order<'a> {
    symbol: &'static str,
    quantity: Decimal,
    price: Decimal,
    id: &'a str,
    timestamp_ms: u64,
}

/// Orders in turn.
struct Turns<'a, T> {
    orders: &'a [T],
    next: usize,
}

impl<'a, T> Turns<'a, T> {
    fn of(orders: &'a [T]) -> Self {
        Self { orders, next: 0 }
    }

    fn next(&mut self) -> &'a T {
        let order = &self.orders[self.next];
        self.next = (self.next + 1) % self.orders.len();
        order
    }
}

/// How many different ones there are.
const ORDERS: usize = 64;

/// The same with the numbers as text already: leaves the writers, the hash and nothing else.
struct TextOrder<'a> {
    symbol: &'static str,
    quantity: &'static str,
    price: &'a str,
    id: &'a str,
    timestamp_ms: &'static str,
}

fn main() {
    let (prices, ids): (Vec<String>, Vec<String>) =
        (10..10 + ORDERS).map(|n| (format!("64250.{n}"), format!("ow-1a2b3c4d-000000{n}"))).unzip();
    let texts: Vec<TextOrder<'_>> = prices
        .iter()
        .zip(&ids)
        .map(|(price, id)| TextOrder {
            symbol: "BTCUSDT",
            quantity: "0.00100",
            price,
            id,
            timestamp_ms: "1499827319559",
        })
        .collect();
    let orders: Vec<Order<'_>> = texts
        .iter()
        .map(|text| Order {
            symbol: text.symbol,
            quantity: dec!(0.00100),
            price: text.price.parse().unwrap(),
            id: text.id,
            timestamp_ms: 1_499_827_319_559,
        })
        .collect();

    let mut template = RequestTemplate::new("api.binance.com", "/api/v3").unwrap();
    template.default_header("X-MBX-APIKEY", KEY).unwrap();
    let mut ours = RequestWriter::new(&template, REQUEST_BYTES_DEFAULT).unwrap();
    let our_key = HmacSha256::new(SECRET.as_bytes());

    let [mut theirs, mut pairs] = [(); 2].map(|()| {
        let mut writer = nexus_web::rest::RequestWriter::new("api.binance.com").unwrap();
        writer.set_base_path("/api/v3").unwrap();
        writer.default_header("X-MBX-APIKEY", KEY).unwrap();
        writer
    });
    let their_key = <Hmac<Sha256>>::new_from_slice(SECRET.as_bytes()).unwrap();
    let mut target = String::with_capacity(1024);
    let mut signed = String::with_capacity(1024);

    let mut spot = Spot::builder(Environment::Testnet)
        .credentials(Credentials::new(KEY, SECRET).unwrap())
        .recv_window(Duration::from_millis(5000))
        .fixed_clock(Timestamp::from_ms(orders[0].timestamp_ms))
        .dry_run()
        .unwrap();
    let new_orders: Vec<NewOrder> = orders
        .iter()
        .map(|order| {
            let id = ClientOrderId::new(order.id).unwrap();
            NewOrder::limit(id, Symbol::new(order.symbol).unwrap(), Side::Buy, order.quantity, order.price)
        })
        .collect();

    let target_of = |request: &[u8]| request.split(|&byte| byte == b'\r').next().map(<[u8]>::to_vec);
    for (order, new_order) in orders.iter().zip(&new_orders) {
        let ours_sends = target_of(ours_bytes(&mut ours, &our_key, order));
        assert_eq!(ours_sends, target_of(theirs_bytes(&mut theirs, &their_key, &mut target, order)));
        assert_eq!(ours_sends, target_of(pairs_bytes(&mut pairs, &their_key, &mut signed, order)));
        assert_eq!(ours_sends, target_of(spot.request(new_order).unwrap().as_bytes()));
    }
    println!("{} bytes; all write the same targets", build_ours(&mut ours, &our_key, &orders[0]));

    let [mut turns_1, mut turns_2, mut turns_3] = [(); 3].map(|()| Turns::of(&orders));
    let [mut texts_1, mut texts_2] = [(); 2].map(|()| Turns::of(&texts));
    let mut new_turns = Turns::of(&new_orders);
    compare(
        "typed values",
        BLOCKS,
        ITERATIONS,
        &mut [
            Contender {
                name: "nexus-web 0.8.0, cloned keyed Hmac",
                run: &mut || {
                    black_box(build_theirs(&mut theirs, &their_key, &mut target, black_box(turns_1.next())));
                },
            },
            Contender {
                name: "orderwire, its writer",
                run: &mut || {
                    black_box(build_ours(&mut ours, &our_key, black_box(turns_2.next())));
                },
            },
            Contender {
                name: "orderwire-binance, NewOrder",
                run: &mut || {
                    black_box(spot.request(black_box(new_turns.next())).unwrap().as_bytes().len());
                },
            },
            Contender {
                name: "nexus-web 0.8.0, query() for each pair",
                run: &mut || {
                    black_box(pairs_bytes(&mut pairs, &their_key, &mut signed, black_box(turns_3.next())).len());
                },
            },
        ],
    );
    compare(
        "values as text",
        BLOCKS,
        ITERATIONS,
        &mut [
            Contender {
                name: "nexus-web 0.8.0, cloned keyed Hmac",
                run: &mut || {
                    black_box(build_theirs_text(&mut theirs, &their_key, &mut target, black_box(texts_1.next())));
                },
            },
            Contender {
                name: "orderwire",
                run: &mut || {
                    black_box(build_ours_text(&mut ours, &our_key, black_box(texts_2.next())));
                },
            },
        ],
    );

    let query = [b'q'; 186];
    let aws_key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, SECRET.as_bytes());
    compare(
        "HMAC-SHA256 of 186 bytes alone",
        BLOCKS,
        ITERATIONS,
        &mut [
            Contender {
                name: "hmac::Hmac, cloned",
                run: &mut || {
                    let mut mac = their_key.clone();
                    mac.update(black_box(&query));
                    black_box(mac.finalize().into_bytes());
                },
            },
            Contender {
                name: "hmac::Hmac, keyed anew",
                run: &mut || {
                    let mut mac = <Hmac<Sha256>>::new_from_slice(SECRET.as_bytes()).unwrap();
                    mac.update(black_box(&query));
                    black_box(mac.finalize().into_bytes());
                },
            },
            Contender {
                name: "aws_lc_rs::hmac::sign",
                run: &mut || {
                    black_box(aws_lc_rs::hmac::sign(&aws_key, black_box(&query)));
                },
            },
            Contender {
                name: "orderwire HmacSha256",
                run: &mut || {
                    black_box(our_key.sign(black_box(&query)));
                },
            },
        ],
    );
}

const BLOCKS: usize = 400;
const ITERATIONS: u32 = 2_000;

fn build_ours(writer: &mut RequestWriter, key: &HmacSha256, order: &Order<'_>) -> usize {
    ours_bytes(writer, key, order).len()
}

fn ours_bytes<'b>(writer: &'b mut RequestWriter, key: &HmacSha256, order: &Order<'_>) -> &'b [u8] {
    let mut draft = writer.post("/order").query();
    let signed = draft.mark();
    draft
        .put(b"symbol=")
        .put_percent(order.symbol)
        .put(b"&side=BUY&type=LIMIT&timeInForce=GTC&newOrderRespType=RESULT&recvWindow=5000&quantity=")
        .put_decimal(order.quantity)
        .put(b"&newClientOrderId=")
        .put_percent(order.id)
        .put(b"&price=")
        .put_decimal(order.price)
        .put(b"&timestamp=")
        .put_u64(order.timestamp_ms);
    let signature = draft.hmac_since(signed, key);
    draft.put(b"&signature=").put_hex(&signature);
    draft.no_body().unwrap().as_bytes()
}

fn build_theirs(
    writer: &mut nexus_web::rest::RequestWriter,
    key: &Hmac<Sha256>,
    target: &mut String,
    order: &Order<'_>,
) -> usize {
    theirs_bytes(writer, key, target, order).len()
}

fn theirs_bytes<'b>(
    writer: &'b mut nexus_web::rest::RequestWriter,
    key: &Hmac<Sha256>,
    target: &mut String,
    order: &Order<'_>,
) -> &'b [u8] {
    target.clear();
    target.push_str("/order?");
    let signed = target.len();
    target.push_str("symbol=");
    target.push_str(order.symbol);
    target.push_str("&side=BUY&type=LIMIT&timeInForce=GTC&newOrderRespType=RESULT&recvWindow=5000&quantity=");
    let _ = write!(target, "{}", order.quantity);
    target.push_str("&newClientOrderId=");
    target.push_str(order.id);
    target.push_str("&price=");
    let _ = write!(target, "{}", order.price);
    target.push_str("&timestamp=");
    target.push_str(itoa::Buffer::new().format(order.timestamp_ms));
    sign_theirs(key, target, signed);
    writer.post_raw(target).finish().unwrap().into_bytes()
}

/// The other way: the text to sign apart, and each pair once more through the writer.
fn pairs_bytes<'b>(
    writer: &'b mut nexus_web::rest::RequestWriter,
    key: &Hmac<Sha256>,
    signed: &mut String,
    order: &Order<'_>,
) -> &'b [u8] {
    let (mut quantity, mut price, mut timestamp) = (Digits::default(), Digits::default(), Digits::default());
    let _ = write!(quantity, "{}", order.quantity);
    let _ = write!(price, "{}", order.price);
    let _ = write!(timestamp, "{}", order.timestamp_ms);
    let pairs = [
        ("symbol", order.symbol),
        ("side", "BUY"),
        ("type", "LIMIT"),
        ("timeInForce", "GTC"),
        ("newOrderRespType", "RESULT"),
        ("recvWindow", "5000"),
        ("quantity", quantity.text()),
        ("newClientOrderId", order.id),
        ("price", price.text()),
        ("timestamp", timestamp.text()),
    ];
    signed.clear();
    for (name, value) in pairs {
        if !signed.is_empty() {
            signed.push('&');
        }
        signed.push_str(name);
        signed.push('=');
        signed.push_str(value);
    }
    let mut mac = key.clone();
    mac.update(signed.as_bytes());
    let signature: [u8; 32] = mac.finalize().into_bytes().into();
    let hex: [u8; SIGNATURE_BYTES] = orderwire::http::text::hex(&signature);
    let draft = pairs.iter().fold(writer.post("/order"), |draft, (name, value)| draft.query(name, value));
    draft.query("signature", std::str::from_utf8(&hex).unwrap()).finish().unwrap().into_bytes()
}

/// Digits on the stack, as a user who will not allocate would keep them.
#[derive(Default)]
struct Digits {
    bytes: [u8; 32],
    len: usize,
}

impl Digits {
    fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.len]).unwrap()
    }
}

impl std::fmt::Write for Digits {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.bytes[self.len..][..text.len()].copy_from_slice(text.as_bytes());
        self.len += text.len();
        Ok(())
    }
}

fn sign_theirs(key: &Hmac<Sha256>, target: &mut String, signed: usize) {
    let mut mac = key.clone();
    mac.update(&target.as_bytes()[signed..]);
    let signature: [u8; 32] = mac.finalize().into_bytes().into();
    // Our own hex, the fastest at hand: not what is compared.
    let hex: [u8; SIGNATURE_BYTES] = orderwire::http::text::hex(&signature);
    target.push_str("&signature=");
    target.push_str(std::str::from_utf8(&hex).unwrap());
}

fn build_ours_text(writer: &mut RequestWriter, key: &HmacSha256, order: &TextOrder<'_>) -> usize {
    let mut draft = writer.post("/order").query();
    let signed = draft.mark();
    draft
        .put(b"symbol=")
        .put_percent(order.symbol)
        .put(b"&side=BUY&type=LIMIT&timeInForce=GTC&newOrderRespType=RESULT&recvWindow=5000&quantity=")
        .put(order.quantity)
        .put(b"&newClientOrderId=")
        .put_percent(order.id)
        .put(b"&price=")
        .put(order.price)
        .put(b"&timestamp=")
        .put(order.timestamp_ms);
    let signature = draft.hmac_since(signed, key);
    draft.put(b"&signature=").put_hex(&signature);
    draft.no_body().unwrap().as_bytes().len()
}

fn build_theirs_text(
    writer: &mut nexus_web::rest::RequestWriter,
    key: &Hmac<Sha256>,
    target: &mut String,
    order: &TextOrder<'_>,
) -> usize {
    target.clear();
    target.push_str("/order?");
    let signed = target.len();
    target.push_str("symbol=");
    target.push_str(order.symbol);
    target.push_str("&side=BUY&type=LIMIT&timeInForce=GTC&newOrderRespType=RESULT&recvWindow=5000&quantity=");
    target.push_str(order.quantity);
    target.push_str("&newClientOrderId=");
    target.push_str(order.id);
    target.push_str("&price=");
    target.push_str(order.price);
    target.push_str("&timestamp=");
    target.push_str(order.timestamp_ms);
    sign_theirs(key, target, signed);
    writer.post_raw(target).finish().unwrap().into_bytes().len()
}
