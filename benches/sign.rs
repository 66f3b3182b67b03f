//! Signing: which implementation of the hash, and what is around it.
//!
//! Isolates the signature of an order's query, 184 bytes as on Binance Spot: no text is written but the hex. Whatever stands
//! above the bare function of its kind is ours; a worse number means that each signed request leaves later by as much.
//!
//! Blocks are interleaved, so that what the machine does meanwhile falls on all. `cargo bench --bench sign`
//!
//! Without the processor's SHA instructions (both switches are for measuring only):
//! `OPENSSL_ia32cap=:~0x20000000 RUSTFLAGS='--cfg sha2_backend="soft"' cargo bench --bench sign --target-dir target/soft`
//!
//! On an AMD EPYC (family 25), rustc 1.95, 2026-11-25, ns for a query of 184 bytes:
//!
//! | HMAC-SHA256 | with SHA instructions | without |
//! | --- | --- | --- |
//! | states kept, block function of sha2 | 218 | 1,170 (its five blocks alone) |
//! | states kept, block function of aws-lc | 218 | 1,012 |
//! | `aws_lc_rs::hmac` | 413 | 1,278 |
//! | `ring::hmac` | 335 | cannot be switched |
//!
//! Under callgrind, whose processor has none, a block takes 3,362 instructions by sha2 and 2,117 by aws-lc. So `HmacSha256` uses
//! aws-lc's blocks: the same where there are SHA instructions, 0.86 of the time where there are none. On aarch64 nobody has measured.
//!
//! The same machine, 2026-11-26, ns for a whole request, text and signature:
//!
//! | | |
//! | --- | --- |
//! | Coinbase, an order, whose token was made ahead | 182 |
//! | Binance Spot, an order, HMAC-SHA256 | 293 |
//! | Coinbase, a query, whose token is signed on its way, Ed25519 | 12,922 |
//! | Coinbase, a query, whose token is signed on its way, P-256 | 19,815 |
#![expect(unsafe_code, reason = "calls two C functions bare, to have something to compare with")]

use std::hint::black_box;
use std::time::Instant;

use aws_lc_rs::hmac as aws;
use orderwire::http::text;
use orderwire::sign::{Ed25519Key, HmacSha256, HmacSha512};
use orderwire::venue::{Credentials, QueryOrder};
use orderwire::{ClientOrderId, NewOrder, OrderRef, Side, Symbol, dec};
use sha2::block_api::compress256;

/// Rounds of one block of each, and signatures in a block.
const BLOCKS: usize = 300;
const CALLS: u32 = 1_000;

const KEY: &[u8] = b"NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";
const QUERY: &[u8] = b"symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.00100&price=64250.10\
&newClientOrderId=ow-1a2b3c4d-00000001&newOrderRespType=RESULT&recvWindow=5000&timestamp=1499827319559";
const _: () = assert!(QUERY.len() == 184);

fn main() {
    let ours = HmacSha256::new(KEY);
    let by_aws = aws::Key::new(aws::HMAC_SHA256, KEY);
    let by_ring = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, KEY);
    let states = Blocks::new(KEY);
    let expected = aws::sign(&by_aws, QUERY);
    assert_eq!(ours.sign(QUERY), expected.as_ref());
    assert_eq!(states.sign(QUERY, compress_by_aws), expected.as_ref());
    assert_eq!(states.sign(QUERY, compress_by_sha2), expected.as_ref());
    assert_eq!(ring::hmac::sign(&by_ring, QUERY).as_ref(), expected.as_ref());
    table(
        "HMAC-SHA256 of 184 bytes",
        &mut [
            ("orderwire HmacSha256", &mut || _ = black_box(ours.sign(black_box(QUERY)))),
            ("states kept, block function of sha2", &mut || {
                black_box(states.sign(black_box(QUERY), compress_by_sha2));
            }),
            ("states kept, block function of aws-lc", &mut || {
                black_box(states.sign(black_box(QUERY), compress_by_aws));
            }),
            ("aws_lc_rs::hmac", &mut || _ = black_box(aws::sign(&by_aws, black_box(QUERY)))),
            ("ring::hmac", &mut || _ = black_box(ring::hmac::sign(&by_ring, black_box(QUERY)))),
        ],
    );

    let (ours, by_aws) = (HmacSha512::new(KEY), aws::Key::new(aws::HMAC_SHA512, KEY));
    assert_eq!(ours.sign(QUERY), aws::sign(&by_aws, QUERY).as_ref());
    table(
        "HMAC-SHA512 of 184 bytes",
        &mut [
            ("orderwire HmacSha512", &mut || _ = black_box(ours.sign(black_box(QUERY)))),
            ("aws_lc_rs::hmac", &mut || _ = black_box(aws::sign(&by_aws, black_box(QUERY)))),
        ],
    );

    let digest = [0x5a; 32];
    table(
        "a signature as text",
        &mut [
            ("32 bytes as hex", &mut || _ = black_box(text::hex::<32, 64>(black_box(&digest)))),
            ("64 bytes as base64", &mut || _ = black_box(text::base64::<64, 88>(black_box(&[0x5a; 64])))),
        ],
    );

    let seed = [7; 32];
    let ours = Ed25519Key::from_seed(&seed).expect("32 bytes");
    let private: [u8; 64] = [seed, ours.public_key()].concat().try_into().expect("64 bytes");
    assert_eq!(bare_ed25519(&private, QUERY), ours.sign(QUERY).expect("a signature"));
    table(
        "Ed25519 of 184 bytes",
        &mut [
            ("the C function", &mut || _ = black_box(bare_ed25519(&private, black_box(QUERY)))),
            ("orderwire Ed25519Key", &mut || _ = black_box(ours.sign(black_box(QUERY)))),
        ],
    );
    tokens();
}

/// What a token that is made ahead saves an order of Coinbase: beside it requests whose path needs one of their own, and an order of
/// Binance. All of it is timed, the text too.
fn tokens() {
    const KEY: &str = "organizations/11111111-1111-1111-1111-111111111111/apiKeys/22222222-2222-2222-2222-222222222222";
    const ED25519: &str = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2DXWpgBgrEKt9VL/tPJZAc6DuFy89qmIyWvAhpo9wdRGg==";
    let live = || orderwire::venue::Environment::Live;
    let now = orderwire::Timestamp::from_ms(1_700_000_000_000);
    let coinbase = |secret| {
        let credentials = Credentials::new(KEY, secret).expect("a key");
        orderwire_coinbase::Coinbase::builder(live())
            .credentials(credentials)
            .fixed_clock(now)
            .dry_run()
            .expect("settings")
    };
    let [mut ed25519, mut p256] = [coinbase(ED25519), coinbase(include_str!("../tests/keys/ec.pem"))];
    let credentials = Credentials::new("key", "secret").expect("a key");
    let mut binance =
        orderwire_binance::Spot::builder(live()).credentials(credentials).fixed_clock(now).dry_run().expect("settings");
    let order = |symbol| {
        let id = ClientOrderId::new("ow1x2y3z4a5b6c").expect("an id");
        NewOrder::limit(id, Symbol::new(symbol).expect("a symbol"), Side::Buy, dec!(0.001), dec!(64250.10))
    };
    let (btc, btcusdt) = (order("BTC-USD"), order("BTCUSDT"));
    let named = OrderRef::by_order_id(btc.symbol, "b0313b63-a2a1-4d30-a506-936337b52978".parse().expect("an id"));
    let query = QueryOrder { order: named };
    table(
        "a request, written and signed",
        &mut [
            ("Coinbase, an order, its token made ahead", &mut || {
                _ = black_box(ed25519.request(black_box(&btc)).is_ok())
            }),
            ("Binance Spot, an order, HMAC-SHA256", &mut || {
                _ = black_box(binance.request(black_box(&btcusdt)).is_ok())
            }),
        ],
    );
    table(
        "a request whose token is signed on its way",
        &mut [
            ("Coinbase, a query, Ed25519", &mut || _ = black_box(ed25519.request(black_box(&query)).is_ok())),
            ("Coinbase, a query, P-256", &mut || _ = black_box(p256.request(black_box(&query)).is_ok())),
        ],
    );
}

/// HMAC-SHA256 from the states after the key's blocks, over any block function.
struct Blocks {
    inner: [u32; 8],
    outer: [u32; 8],
}

type Compress = fn(&mut [u32; 8], &[[u8; 64]]);

fn compress_by_sha2(state: &mut [u32; 8], blocks: &[[u8; 64]]) {
    compress256(state, blocks);
}

fn compress_by_aws(state: &mut [u32; 8], blocks: &[[u8; 64]]) {
    // SAFETY: it reads so many blocks of 64 bytes and changes the eight words of the state.
    unsafe { aws_lc_sys::SHA256_TransformBlocks(state.as_mut_ptr(), blocks.as_ptr().cast(), blocks.len()) };
}

impl Blocks {
    /// For keys of at most a block.
    fn new(key: &[u8]) -> Self {
        let state = |pad: u8| {
            let mut block = [pad; 64];
            block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
            // FIPS 180-4 section 5.3.3.
            let mut state =
                [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];
            compress256(&mut state, &[block]);
            state
        };
        Self { inner: state(0x36), outer: state(0x5c) }
    }

    #[inline]
    fn sign(&self, text: &[u8], compress: Compress) -> [u8; 32] {
        let end = |mut state: [u32; 8], text: &[u8]| {
            let (blocks, rest) = text.as_chunks::<64>();
            if !blocks.is_empty() {
                compress(&mut state, blocks);
            }
            let mut last = [[0; 64]; 2];
            let bytes = last.as_flattened_mut();
            bytes[..rest.len()].copy_from_slice(rest);
            bytes[rest.len()] = 0x80;
            let count = if rest.len() < 56 { 1 } else { 2 };
            bytes[count * 64 - 8..count * 64].copy_from_slice(&(8 * (64 + text.len() as u64)).to_be_bytes());
            compress(&mut state, &last[..count]);
            let mut digest = [0; 32];
            for (bytes, word) in digest.as_chunks_mut().0.iter_mut().zip(state) {
                *bytes = word.to_be_bytes();
            }
            digest
        };
        end(self.outer, &end(self.inner, text))
    }
}

fn bare_ed25519(private: &[u8; 64], text: &[u8]) -> [u8; 64] {
    let mut signature = [0; 64];
    // SAFETY: it writes 64 bytes, and reads the text and the 64 bytes of the key.
    let done = unsafe { aws_lc_sys::ED25519_sign(signature.as_mut_ptr(), text.as_ptr(), text.len(), private.as_ptr()) };
    assert_eq!(done, 1, "a signature");
    signature
}

/// Prints nanoseconds per call of each, the median of its blocks, and the ratio to the first.
fn table(title: &str, contenders: &mut [(&str, &mut dyn FnMut())]) {
    let mut blocks = vec![Vec::with_capacity(BLOCKS); contenders.len()];
    for _ in 0..BLOCKS {
        for ((_, call), blocks) in contenders.iter_mut().zip(&mut blocks) {
            let start = Instant::now();
            for _ in 0..CALLS {
                call();
            }
            blocks.push(start.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS));
        }
    }
    println!("{title}: medians of {BLOCKS} interleaved blocks of {CALLS}");
    let mut first = None;
    for ((name, _), mut blocks) in contenders.iter().zip(blocks) {
        blocks.sort_by(f64::total_cmp);
        let median = blocks[BLOCKS / 2];
        println!("  {name:38} {median:8.1} ns  {:6.3}", median / *first.get_or_insert(median));
    }
}
