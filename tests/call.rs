//! The `call` example as a user has it: its output, line by line, and its exit status, against the simulated venue.

use std::path::PathBuf;
use std::process::Command;

use orderwire_sim::{Dialect, SimVenue};
use serde_json::{Value, json};

const KEY: &str = "call-test-key";

struct Shell {
    sim: SimVenue,
    secret: String,
    ca: Option<PathBuf>,
}

/// What a run printed, and its exit status.
struct Ran {
    stdout: String,
    stderr: String,
    status: Option<i32>,
}

impl Shell {
    /// A venue whose account has this secret, or this private key with this public one.
    fn start(tls: bool, secret: &str, known_to_venue: &str) -> Self {
        Self::start_on(Dialect::BinanceSpot, tls, secret, known_to_venue)
    }

    fn start_on(dialect: Dialect, tls: bool, secret: &str, known_to_venue: &str) -> Self {
        let builder = SimVenue::builder(dialect).account(KEY, known_to_venue);
        let builder = if tls { builder } else { builder.plain() };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let sim = runtime.block_on(builder.start()).unwrap();
        let ca = sim.ca_pem().map(|pem| {
            let path = std::env::temp_dir().join(format!("orderwire-call-{}.pem", sim.address().port()));
            std::fs::write(&path, pem).unwrap();
            path
        });
        Self { sim, secret: secret.to_owned(), ca }
    }

    fn with_hmac(tls: bool) -> Self {
        Self::start(tls, "call-test-secret", "call-test-secret")
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(program());
        command.args(["--venue", self.sim.dialect().name(), "--url", &self.sim.url()]);
        if let Some(ca) = &self.ca {
            command.arg("--ca").arg(ca);
        }
        command.args(words).env("ORDERWIRE_API_KEY", KEY).env("ORDERWIRE_API_SECRET", &self.secret);
        // What the simulated venue has until it is told another.
        command.env("ORDERWIRE_PASSPHRASE", "passphrase");
        command
    }

    fn call(&self, words: &[&str]) -> Ran {
        run(&mut self.command(words))
    }

    /// The one object that `--json` prints, once the exit status is this.
    #[track_caller]
    fn json(&self, status: i32, words: &[&str]) -> Value {
        let ran = self.call(&[&["--json"], words].concat());
        assert_eq!(ran.status, Some(status), "{words:?}: {}{}", ran.stdout, ran.stderr);
        serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{words:?}: {error}: {}", ran.stdout))
    }

    /// What a person reads, without the time it took.
    #[track_caller]
    fn told(&self, status: i32, words: &[&str]) -> String {
        let ran = self.call(words);
        assert_eq!(ran.status, Some(status), "{words:?}: {}{}", ran.stdout, ran.stderr);
        let (op, rest) = ran.stdout.split_once(" (").unwrap();
        let (_, rest) = rest.split_once(" us)").unwrap();
        format!("{op}{rest}")
    }

    /// Why nothing was sent.
    #[track_caller]
    fn refused(&self, words: &[&str]) -> String {
        let ran = self.call(words);
        assert_eq!((ran.status, ran.stdout.as_str()), (Some(2), ""), "{words:?}: {}", ran.stderr);
        ran.stderr
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        if let Some(ca) = &self.ca {
            let _ = std::fs::remove_file(ca);
        }
    }
}

fn run(command: &mut Command) -> Ran {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { stdout: text(output.stdout), stderr: text(output.stderr), status: output.status.code() }
}

/// The example stands beside the tests, where `cargo test` has built it; this test alone has it built.
fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(|deps| deps.parent()).unwrap();
    let program = profile.join("examples").join(format!("call{}", std::env::consts::EXE_SUFFIX));
    if !program.exists() {
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--locked", "--example", "call"]);
        if profile.ends_with("release") {
            build.arg("--release");
        }
        assert!(build.status().unwrap().success());
    }
    program
}

#[test]
fn an_orders_life_as_a_person_reads_it() {
    for tls in [true, false] {
        let shell = Shell::with_hmac(tls);
        assert_eq!(shell.told(0, &["ping"]), "ping answered the venue answers\n");
        assert!(
            shell.told(0, &["balances"]).starts_with("balances answered\n  BTC 1000 free 0 locked\n  USDT 100000000 ")
        );
        let rules = "BTCUSDT tick 0.01 lot 0.00001 least quantity 0.00001 least notional 5\n";
        assert_eq!(shell.told(0, &["instruments", "symbol=BTCUSDT"]), format!("instruments answered\n  {rules}"));
        assert!(shell.told(0, &["instruments"]).contains("\n  ETHBTC tick 0.00001 lot 0.0001 "));
        assert!(shell.told(0, &["top", "symbol=BTCUSDT"]).starts_with("top answered BTCUSDT bid 59994 x 0."));

        let order = ["symbol=BTCUSDT", "side=buy", "type=limit", "qty=0.002", "price=20000", "client-id=a"];
        let test = [&["test-place"], &order[..]].concat();
        assert_eq!(shell.told(0, &test), "test-place accepted the venue would take it\n");
        assert_eq!(shell.told(0, &["open-orders", "symbol=BTCUSDT"]), "open-orders answered none\n");
        let place = [&["place"], &order[..]].concat();
        assert_eq!(shell.told(0, &place), "place accepted BTCUSDT a #201 NEW executed 0\n");
        assert_eq!(shell.told(1, &place), "place rejected HTTP 400, code -2010: Duplicate order sent.\n",);
        let stop = ["place", "symbol=BTCUSDT", "side=sell", "type=stop-limit", "qty=0.001", "stop-price=59000"];
        let stop = [&stop[..], &["price=58000", "client-id=s"]].concat();
        assert_eq!(shell.told(0, &stop), "place accepted BTCUSDT s #202 NEW executed 0\n");
        assert_eq!(
            shell.told(0, &["amend", "symbol=BTCUSDT", "client-id=a", "qty=0.001"]),
            "amend accepted BTCUSDT a #201 buy 0.001 at 20000 NEW executed 0\n"
        );
        assert_eq!(
            shell.told(0, &["open-orders"]),
            "open-orders answered\n  BTCUSDT a #201 buy 0.001 at 20000 NEW executed 0\n  \
             BTCUSDT s #202 sell 0.001 at 58000 NEW executed 0\n"
        );
        assert_eq!(
            shell.told(0, &["settle", "symbol=BTCUSDT", "client-id=s"]),
            "settle answered BTCUSDT s #202 sell 0.001 at 58000 NEW executed 0\n"
        );
        let market = ["place", "symbol=BTCUSDT", "side=buy", "type=market", "qty=0.01", "client-id=m"];
        assert_eq!(shell.told(0, &market), "place accepted BTCUSDT m #203 FILLED executed 0.01\n");
        let fills = shell.told(0, &["fills", "symbol=BTCUSDT", "order-id=203"]);
        assert!(
            fills.starts_with("fills answered\n  #203 buy 0.01 at 60006 as taker fee 0.00001 BTC execution 1 20"),
            "{fills}"
        );
        assert_eq!(shell.told(0, &["fills", "symbol=BTCUSDT", "from-trade=2"]), "fills answered none\n");
        assert_eq!(
            shell.told(0, &["cancel-all", "symbol=BTCUSDT"]),
            "cancel-all accepted\n  #201 cancelled\n  #202 cancelled\n"
        );
        assert_eq!(
            shell.told(1, &["cancel-all", "symbol=BTCUSDT"]),
            "cancel-all rejected HTTP 400, code -2011: Unknown order sent.\n"
        );
        let undecided = shell.told(4, &["--deadline-ms", "300", "settle", "symbol=BTCUSDT", "client-id=never"]);
        assert!(undecided.starts_with("settle unknown undecided: ask again after 20"), "{undecided}");
    }
}

#[test]
fn a_program_reads_one_object_a_call() {
    let shell = Shell::with_hmac(true);
    let place = ["place", "symbol=BTCUSDT", "side=buy", "type=limit", "qty=0.002", "price=20000", "client-id=a"];
    let placed = shell.json(0, &place);
    let connection = json!({"serial": 0, "peer": shell.sim.address().to_string(), "tls_records": "in-place"});
    for (name, value) in [
        ("op", json!("place")),
        ("outcome", json!("accepted")),
        ("status", json!(200)),
        ("client_order_id", json!("a")),
        ("order_id", json!("201")),
        ("order_status", json!("NEW")),
        ("executed_qty", json!("0.00000000")),
        ("code", json!(null)),
        ("message", json!(null)),
        ("body", json!(null)),
        ("connection", connection),
    ] {
        assert_eq!(placed[name], value, "{name}");
    }
    assert!(placed["latency_ns"].is_u64() && placed.get("result").is_none());

    let order = json!({
        "symbol": "BTCUSDT", "client_order_id": "a", "order_id": "201", "side": "buy", "price": "20000.00000000",
        "qty": "0.00200000", "executed_qty": "0.00000000", "order_status": "NEW",
    });
    let without_time = |mut order: Value| {
        assert!(order.as_object_mut().unwrap().remove("updated_ms").unwrap().is_u64());
        order
    };
    assert_eq!(without_time(shell.json(0, &["open-orders"])["result"][0].clone()), order);
    assert_eq!(without_time(shell.json(0, &["query", "symbol=BTCUSDT", "order-id=201"])["result"].clone()), order);
    let settled = shell.json(0, &["settle", "symbol=BTCUSDT", "client-id=a"]);
    assert_eq!((&settled["verdict"], &settled["outcome"]), (&json!("exists"), &json!("answered")));
    let amended = shell.json(0, &["amend", "symbol=BTCUSDT", "client-id=a", "qty=0.001"]);
    assert_eq!((&amended["outcome"], &amended["result"]["qty"]), (&json!("accepted"), &json!("0.00100000")));
    let refused = shell.json(1, &["amend", "symbol=BTCUSDT", "client-id=a", "qty=0.001"]);
    assert_eq!(
        (&refused["outcome"], &refused["code"], &refused["status"]),
        (&json!("rejected"), &json!(-2038), &json!(400))
    );

    shell.json(0, &["place", "symbol=BTCUSDT", "side=sell", "type=market", "qty=0.01", "client-id=m"]);
    let fill = &shell.json(0, &["fills", "symbol=BTCUSDT"])["result"][0];
    assert_eq!(
        (&fill["side"], &fill["qty"], &fill["liquidity"]),
        (&json!("sell"), &json!("0.01000000"), &json!("taker"))
    );
    assert_eq!((&fill["fee_asset"], &fill["order_id"], &fill["trade_id"]), (&json!("USDT"), &json!("202"), &json!(1)));
    let balances = shell.json(0, &["balances"])["result"].clone();
    assert_eq!(balances[0], json!({"asset": "BTC", "free": "999.99000000", "locked": "0.00000000"}));
    assert_eq!(shell.json(0, &["instruments", "symbol=BTCUSDT"])["result"][0]["tick_size"], "0.01");
    assert_eq!(shell.json(0, &["top", "symbol=BTCUSDT"])["result"]["ask"], "60006.00000000");
    assert!(shell.json(0, &["time"])["result"]["time_ms"].is_u64());
    let cancelled = shell.json(0, &["cancel-all", "symbol=BTCUSDT"]);
    assert_eq!(
        cancelled["result"],
        json!([{
            "client_order_id": "a", "order_id": "201", "order_status": "CANCELED", "executed_qty": "0.00000000",
        }])
    );

    let three =
        shell.call(&["--json", "--count", "3", "test-place", "symbol=BTCUSDT", "side=buy", "type=market", "qty=1"]);
    let ids: std::collections::BTreeSet<_> = three
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["client_order_id"].to_string())
        .collect();
    assert_eq!((three.status, ids.len()), (Some(0), 3), "each call has an id of its own");
}

#[test]
fn raw_calls_go_out_as_they_are_said() {
    let shell = Shell::with_hmac(true);
    let raw = |status, words: &[&str]| shell.json(status, words)["body"].as_str().unwrap().to_owned();
    assert!(raw(0, &["raw", "get", "/api/v3/time"]).starts_with(r#"{"serverTime":"#));
    let body = "side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.001&price=20000";
    let post = ["--signed", "--body", body, "raw", "POST", "/api/v3/order", "symbol=BTCUSDT", "newClientOrderId=r"];
    assert!(raw(0, &post).contains(r#""status":"NEW""#));
    let get = ["raw", "--signed", "GET", "/api/v3/order", "symbol=BTCUSDT", "origClientOrderId=r"];
    let ms: Value = serde_json::from_str(&raw(0, &get)).unwrap();
    let us = raw(0, &[&get[..], &["--header", "X-MBX-TIME-UNIT: MICROSECOND"]].concat());
    let us: Value = serde_json::from_str(&us).unwrap();
    assert_eq!(us["time"].as_u64().unwrap() / 1_000, ms["time"].as_u64().unwrap());
    let delete = ["raw", "--signed", "DELETE", "/api/v3/order", "symbol=BTCUSDT", "origClientOrderId=r"];
    raw(0, &delete);
    let refused = shell.json(1, &delete);
    assert_eq!(
        (&refused["code"], &refused["body"]),
        (&json!(-2011), &json!(r#"{"code":-2011,"msg":"Unknown order sent."}"#))
    );

    let dry = ["--dry-run", "--now-ms", "1499827319559", "--signed", "--header", "X-A: b", "--body", "a=1"];
    let dry = shell.call(&[&dry[..], &["raw", "POST", "/api/v3/order", "symbol=LTCBTC"]].concat());
    let (head, body) = dry.stdout.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /api/v3/order?symbol=LTCBTC&timestamp=1499827319559&signature="), "{head}");
    assert!(head.contains("\r\nX-A: b\r\n") && head.ends_with("\r\nContent-Length: 3"), "{head}");
    assert_eq!((dry.status, body), (Some(0), "a=1"));
    assert_eq!(shell.sim.ledger()[0].received, 1, "dry runs send nothing");
}

#[test]
fn a_private_key_is_taken_from_a_file_or_as_text() {
    let key = |name: &str| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/keys").join(name);
    let text = |name: &str| std::fs::read_to_string(key(name)).unwrap();
    let order = ["symbol=BTCUSDT", "side=buy", "type=limit", "qty=0.001", "price=20000", "client-id=k"];
    for (private, public) in [("ed25519.pem", "ed25519_public.pem"), ("rsa_2048_pkcs1.pem", "rsa_2048_public.pem")] {
        let mut shell = Shell::start(true, key(private).to_str().unwrap(), &text(public));
        shell.json(0, &[&["place"], &order[..]].concat());
        shell.secret = text(private);
        shell.json(0, &["cancel", "symbol=BTCUSDT", "client-id=k"]);
        for (secret, problem) in [
            (key("nosuch.pem").to_str().unwrap().to_owned(), "ORDERWIRE_API_SECRET: cannot read the key's file"),
            (text(public), "found a public key, which cannot sign"),
            (text("encrypted.pem"), "encrypted"),
            (String::new(), "the key is empty"),
        ] {
            shell.secret = secret;
            let told = shell.refused(&["balances"]);
            assert!(told.contains(problem), "{told}");
        }
        shell.secret = "a-shared-secret".to_owned();
        assert_eq!(shell.json(1, &["balances"])["code"], -1022);
    }
}

#[test]
fn bad_usage_names_the_cure_and_sends_nothing() {
    let shell = Shell::with_hmac(false);
    for (words, problem) in [
        (&["amend", "symbol=BTCUSDT", "client-id=a"][..], "say what changes: qty=… or price=…"),
        (&["amend", "symbol=BTCUSDT", "client-id=a", "price=3"], "Binance Spot amends quantities alone"),
        (&["amend", "symbol=BTCUSDT", "qty=3"], "name the order: client-id=… or order-id=…"),
        (&["fills", "symbol=BTCUSDT", "since-ms=1", "from-trade=1"], "exclude each other"),
        (&["fills"], "symbol=… is missing"),
        (&["settle", "symbol=BTCUSDT", "order-id=1"], "settle asks by client order id"),
        (&["place", "symbol=BTCUSDT", "side=buy", "type=stop-limit", "qty=1", "price=1"], "stop-price=… is missing"),
        (
            &["place", "symbol=BTCUSDT", "side=buy", "type=limit", "qty=1", "price=1", "stop-price=1"],
            "stop-price belongs to",
        ),
        (&["place", "symbol=BTCUSDT", "side=buy", "type=stop-market", "qty=1", "price=1", "stop-price=1"], "no price"),
        (&["balances", "asset=BTC"], "asset=… does not belong to this operation"),
        (&["raw", "GET", "/api/v3/time?x=1"], "the query goes behind the path as name=value pairs"),
        (&["raw", "GET", "api/v3/time"], "the path is absolute"),
        (&["raw", "GET", "/api/v3/time", "--header", "X-A b"], "--header 'Name: value'"),
        (&["raw", "GET", "/api/v3/time", "--header", "Host: x"], "the header Host is written by orderwire"),
        (&["--signed", "ping"], "--signed, --body and --header belong to raw calls"),
        (&["cancel-everything"], "there is: ping, time, instruments"),
    ] {
        let told = shell.refused(words);
        assert!(told.contains(problem), "{words:?}: {told}");
    }
    for words in [&["balances"][..], &["raw", "--signed", "GET", "/api/v3/account"], &["--dry-run", "balances"]] {
        let ran = run(shell.command(words).env_remove("ORDERWIRE_API_KEY"));
        assert_eq!((ran.status, ran.stdout.as_str()), (Some(2), ""));
        assert!(ran.stderr.contains("set ORDERWIRE_API_KEY and ORDERWIRE_API_SECRET"), "{}", ran.stderr);
    }
    assert_eq!(run(shell.command(&["ping"]).env_remove("ORDERWIRE_API_KEY")).status, Some(0));
    assert!(shell.sim.ledger().is_empty());
}

#[test]
fn a_server_that_is_not_trusted_or_not_http_is_told_with_the_cure() {
    let mut shell = Shell::with_hmac(true);
    let ca = shell.ca.take().unwrap();
    let told = shell.told(3, &["ping"]);
    assert!(
        told.starts_with("ping not_sent TLS handshake: TLS: ") && told.ends_with("; --ca FILE trusts a further root\n"),
        "{told}"
    );
    std::fs::remove_file(ca).unwrap();
    let plain = shell.sim.url().replace("https://", "http://");
    let ran = run(Command::new(program()).args(["--url", &plain, "raw", "GET", "/"]));
    assert!(
        ran.status == Some(4) && ran.stdout.ends_with("byte 0 is 0x15, a TLS alert; try https://\n"),
        "{}",
        ran.stdout
    );
}

/// A venue whose signature stands in a header, before the body that it covers; made again by other code. Nothing is sent.
#[test]
fn orders_for_okx_are_written_and_signed() {
    let okx = |passphrase: Option<&str>, words: &[&str]| {
        let mut command = Command::new(program());
        command.args(["--venue", "okx", "--dry-run", "--now-ms", "1607418537715"]).args(words);
        command.env("ORDERWIRE_API_KEY", KEY).env("ORDERWIRE_API_SECRET", "call-test-secret");
        command.env_remove("ORDERWIRE_PASSPHRASE").envs(passphrase.map(|text| ("ORDERWIRE_PASSPHRASE", text)));
        run(&mut command)
    };
    let swap = ["symbol=BTC-USDT-SWAP", "side=sell", "type=limit", "qty=1e-8", "price=123456789012.00000001"];
    let place = [&["place"], &swap[..], &["post-only=true", "reduce-only=true", "client-id=abc123"]].concat();
    let cancel = ["cancel", "symbol=BTC-USDT", "client-id=abc123", "trigger=true"];
    let batch = [
        "raw",
        "--signed",
        "--body",
        r#"[{"instId":"BTC-USDT","ordId":"7"}]"#,
        "POST",
        "/api/v5/trade/cancel-batch-orders",
    ];
    let query = ["query", "symbol=BTC-USDT", "client-id=abc123"];
    for (words, target, body) in [
        (
            &place[..],
            "POST /api/v5/trade/order",
            r#"{"instId":"BTC-USDT-SWAP","tdMode":"cross","clOrdId":"abc123","side":"sell","ordType":"post_only","px":"123456789012.00000001","sz":"0.00000001","reduceOnly":true}"#,
        ),
        (&cancel, "POST /api/v5/trade/cancel-algos", r#"[{"instId":"BTC-USDT","algoClOrdId":"abc123"}]"#),
        (&batch, "POST /api/v5/trade/cancel-batch-orders", r#"[{"instId":"BTC-USDT","ordId":"7"}]"#),
        (&query, "GET /api/v5/trade/order?instId=BTC-USDT&clOrdId=abc123", ""),
    ] {
        let ran = okx(Some("passphrase"), words);
        assert_eq!(ran.status, Some(0), "{words:?}: {}", ran.stderr);
        let (head, written) = ran.stdout.split_once("\r\n\r\n").unwrap();
        assert_eq!((head.split(" HTTP/1.1").next(), written), (Some(target), body));
        let signed = format!("2020-12-08T09:08:57.715Z{}{body}", target.replacen(' ', "", 1));
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"call-test-secret");
        let signature = data_encoding::BASE64.encode(ring::hmac::sign(&key, signed.as_bytes()).as_ref());
        let header = |line: &str| head.lines().any(|each| each == line);
        assert!(
            header(&format!("OK-ACCESS-SIGN: {signature}")) && header("OK-ACCESS-PASSPHRASE: passphrase"),
            "{head}"
        );
        assert!(header("Host: openapi.okx.com") && !head.contains("x-simulated-trading"), "{head}");
    }
    let demo = okx(Some("passphrase"), &[&["--env", "demo"], &query[..]].concat());
    assert!(demo.stdout.contains("\r\nx-simulated-trading: 1\r\n"), "{}", demo.stdout);
    let refused = okx(None, &query);
    assert_eq!(refused.status, Some(2));
    assert!(refused.stderr.contains("passphrase"), "{}", refused.stderr);
    let all = okx(Some("passphrase"), &["cancel-all", "symbol=BTC-USDT"]);
    assert_eq!(all.status, Some(2));
    assert!(all.stderr.contains("CancelBatch"), "{}", all.stderr);
}

/// The same of Bitget, whose orders carry the window that they are good for.
#[test]
fn orders_for_bitget_are_written_and_signed() {
    let bitget = |words: &[&str]| {
        let mut command = Command::new(program());
        command.args(["--venue", "bitget-spot", "--dry-run", "--now-ms", "1659076670000"]).args(words);
        command.env("ORDERWIRE_API_KEY", KEY).env("ORDERWIRE_API_SECRET", "call-test-secret");
        run(command.env("ORDERWIRE_PASSPHRASE", "passphrase"))
    };
    let longest = "x".repeat(36);
    let client_id = format!("client-id={longest}");
    let order = ["symbol=BTCUSDT", "side=sell", "type=limit", "qty=1e-8", "price=123456789012.00000001"];
    let place = [&["place"], &order[..], &["post-only=true", &client_id]].concat();
    let batch = r#"{"symbol":"币安人生USDT","orderList":[{"orderId":"7"}]}"#;
    let cancel_batch = ["raw", "--signed", "--body", batch, "POST", "/api/v2/spot/trade/batch-cancel-order"];
    for (words, target, body) in [
        (
            &place[..],
            "POST /api/v2/spot/trade/place-order",
            format!(
                r#"{{"symbol":"BTCUSDT","side":"sell","orderType":"limit","force":"post_only","price":"123456789012.00000001","size":"0.00000001","clientOid":"{longest}","requestTime":"1659076670000","receiveWindow":"10000"}}"#
            ),
        ),
        (
            &["cancel", "symbol=BTCUSDT", "client-id=a-1"],
            "POST /api/v2/spot/trade/cancel-order",
            r#"{"symbol":"BTCUSDT","clientOid":"a-1"}"#.to_owned(),
        ),
        (
            &["cancel-all", "symbol=BTCUSDT"],
            "POST /api/v2/spot/trade/cancel-symbol-order",
            r#"{"symbol":"BTCUSDT"}"#.to_owned(),
        ),
        (&cancel_batch, "POST /api/v2/spot/trade/batch-cancel-order", batch.to_owned()),
        (
            &["query", "symbol=BTCUSDT", "client-id=a-1"],
            "GET /api/v2/spot/trade/orderInfo?clientOid=a-1",
            String::new(),
        ),
    ] {
        let ran = bitget(words);
        assert_eq!(ran.status, Some(0), "{words:?}: {}", ran.stderr);
        let (head, written) = ran.stdout.split_once("\r\n\r\n").unwrap();
        assert_eq!((head.split(" HTTP/1.1").next(), written), (Some(target), &*body));
        let signed = format!("1659076670000{}{body}", target.replacen(' ', "", 1));
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"call-test-secret");
        let signature = data_encoding::BASE64.encode(ring::hmac::sign(&key, signed.as_bytes()).as_ref());
        let header = |line: &str| head.lines().any(|each| each == line);
        assert!(header(&format!("ACCESS-SIGN: {signature}")) && header("ACCESS-PASSPHRASE: passphrase"), "{head}");
    }
    let demo = bitget(&["--env", "demo", "query", "symbol=BTCUSDT", "client-id=a"]);
    assert!(demo.stdout.contains("\r\npaptrading: 1\r\n"), "{}", demo.stdout);
    for (words, cure) in [
        (&["place", "symbol=BTCUSDT", "side=buy", "type=market", "qty=1"][..], "quote coin"),
        (&["amend", "symbol=BTCUSDT", "client-id=a", "qty=1"], "CancelReplace"),
        (&["raw", "--signed", "GET", "/api/v2/spot/account/bills", "coin=é"], "percent-encoded"),
    ] {
        let refused = bitget(words);
        assert_eq!(refused.status, Some(2), "{}", refused.stdout);
        assert!(refused.stderr.contains(cure), "{}", refused.stderr);
    }
}

#[test]
fn usdm_futures_are_spoken_in_the_same_words() {
    let shell = Shell::start_on(Dialect::BinanceUsdm, true, "call-test-secret", "call-test-secret");
    assert_eq!(shell.json(0, &["ping"])["outcome"], "answered");
    assert_eq!(shell.json(0, &["time"])["outcome"], "answered");
    assert_eq!(shell.json(0, &["top", "symbol=BTCUSDT"])["outcome"], "answered");
    assert_eq!(shell.json(0, &["instruments", "symbol=BTCUSDT"])["result"][0]["symbol"], "BTCUSDT");
    assert_eq!(shell.json(0, &["balances"])["outcome"], "answered");

    let order = ["symbol=BTCUSDT", "side=buy", "type=limit", "tif=gtc", "qty=0.002", "price=58000"];
    let placed = |op, more: &[&str], status| shell.json(status, &[&[op], &order[..], more].concat());
    assert_eq!(placed("test-place", &[], 0)["outcome"], "accepted");
    let ack = placed("place", &["client-id=f1"], 0);
    assert_eq!((&ack["outcome"], &ack["order_status"]), (&json!("accepted"), &json!("NEW")));
    assert_eq!(placed("place", &["client-id=f1"], 1)["code"], -4116);
    assert_eq!(placed("place", &["reduce-only=true"], 1)["code"], -2022);
    assert_eq!(placed("place", &["position-side=long"], 1)["code"], -4061);
    let named = ["symbol=BTCUSDT", "client-id=f1"];
    let of = |op, more: &[&str], status| shell.json(status, &[&[op], &named[..], more].concat());
    assert_eq!(of("amend", &["side=buy", "qty=0.003", "price=58001"], 0)["outcome"], "accepted");
    assert!(shell.refused(&["amend", "symbol=BTCUSDT", "client-id=f1", "qty=0.003", "price=58001"]).contains("side"));
    assert_eq!(of("query", &[], 0)["order_status"], "NEW");
    assert_eq!(of("settle", &[], 0)["verdict"], "exists");
    assert_eq!(shell.json(0, &["open-orders", "symbol=BTCUSDT"])["result"].as_array().unwrap().len(), 1);
    assert_eq!(of("cancel", &[], 0)["outcome"], "accepted");

    // Orders with a trigger live apart.
    let stop = ["symbol=BTCUSDT", "side=sell", "type=stop-market", "qty=0.002", "stop-price=50000", "client-id=f2"];
    assert_eq!(shell.json(0, &[&["place"], &stop[..]].concat())["outcome"], "accepted");
    let triggered = ["symbol=BTCUSDT", "client-id=f2"];
    assert_eq!(shell.json(1, &[&["query"], &triggered[..]].concat())["code"], -2013);
    assert_eq!(shell.json(0, &[&["query", "trigger=true"], &triggered[..]].concat())["order_status"], "NEW");
    let open = shell.json(0, &["open-orders", "symbol=BTCUSDT", "triggers=true"]);
    assert_eq!(open["result"].as_array().unwrap().len(), 1);
    assert_eq!(shell.json(0, &["cancel-all", "symbol=BTCUSDT", "triggers=true"])["outcome"], "accepted");
    assert_eq!(shell.json(0, &["cancel-all", "symbol=BTCUSDT"])["outcome"], "accepted");

    let bought = shell.json(0, &["place", "symbol=BTCUSDT", "side=buy", "type=market", "qty=0.002"]);
    assert_eq!(bought["order_status"], "FILLED");
    assert!(!shell.json(0, &["fills", "symbol=BTCUSDT"])["result"].as_array().unwrap().is_empty());
    let raw = shell.json(0, &["--signed", "raw", "GET", "/fapi/v3/positionRisk", "symbol=BTCUSDT"]);
    assert!(raw["body"].as_str().unwrap().contains("\"positionAmt\":\"0.002\""), "{raw}");
}

#[test]
fn okx_is_spoken_in_the_same_words() {
    let shell = Shell::start_on(Dialect::Okx, true, "call-test-secret", "call-test-secret");
    for question in [&["ping"][..], &["time"], &["balances"], &["top", "symbol=BTC-USDT"], &["instruments"]] {
        assert_eq!(shell.json(0, question)["outcome"], "answered");
    }
    let order = ["symbol=BTC-USDT", "side=buy", "type=limit", "tif=gtc", "qty=0.002", "price=58000"];
    let placed = |op, more: &[&str], status| shell.json(status, &[&[op], &order[..], more].concat());
    // The check is for accounts that margin all coins together.
    assert_eq!(placed("test-place", &[], 1)["code"], 51010);
    assert_eq!(placed("place", &["client-id=f1"], 0)["outcome"], "accepted");
    // Refused with HTTP 200.
    let again = placed("place", &["client-id=f1"], 1);
    assert_eq!((&again["status"], &again["code"]), (&json!(200), &json!(51016)));
    let of = |op, more: &[&str], status| shell.json(status, &[&[op, "symbol=BTC-USDT", "client-id=f1"], more].concat());
    assert_eq!(of("amend", &["qty=0.003", "price=58001"], 0)["outcome"], "accepted");
    assert_eq!(of("query", &[], 0)["result"]["price"], "58001");
    assert_eq!(of("settle", &[], 0)["verdict"], "exists");
    assert_eq!(shell.json(0, &["open-orders"])["result"].as_array().unwrap().len(), 1);
    assert_eq!(of("cancel", &[], 0)["outcome"], "accepted");
    assert_eq!(of("query", &[], 0)["order_status"], "canceled");

    // Orders with a trigger live apart.
    let stop = ["symbol=BTC-USDT", "side=sell", "type=stop-market", "qty=0.002", "stop-price=50000", "client-id=f2"];
    assert_eq!(shell.json(0, &[&["place"], &stop[..]].concat())["outcome"], "accepted");
    let triggered = ["query", "symbol=BTC-USDT", "client-id=f2"];
    assert_eq!(shell.json(1, &triggered)["code"], 51603);
    assert_eq!(shell.json(0, &[&triggered[..], &["trigger=true"]].concat())["order_status"], "live");
    let cancel = ["cancel", "symbol=BTC-USDT", "client-id=f2", "trigger=true"];
    assert_eq!(shell.json(0, &cancel)["outcome"], "accepted");

    let contract = ["place", "symbol=BTC-USDT-SWAP", "side=buy", "type=market", "qty=0.5"];
    assert_eq!(shell.json(1, &[&contract[..], &["reduce-only=true"]].concat())["code"], 51169);
    assert_eq!(shell.json(0, &contract)["outcome"], "accepted");
    assert!(!shell.json(0, &["fills", "symbol=BTC-USDT-SWAP"])["result"].as_array().unwrap().is_empty());
    let raw = shell.json(0, &["--signed", "raw", "GET", "/api/v5/account/positions", "instId=BTC-USDT-SWAP"]);
    assert!(raw["body"].as_str().unwrap().contains("\"pos\":\"0.5\""), "{raw}");
}

/// The same of Bybit, whose signatures here were made with Python's hmac. Nothing is sent.
#[test]
fn orders_for_bybit_are_written_and_signed() {
    let bybit = |venue: &str, words: &[&str]| {
        let mut command = Command::new(program());
        command.args(["--venue", venue, "--dry-run", "--now-ms", "1700000000123"]).args(words);
        command.env("ORDERWIRE_API_KEY", KEY).env("ORDERWIRE_API_SECRET", "call-test-secret");
        run(&mut command)
    };
    let id = "x".repeat(36);
    let client_id = format!("client-id={id}");
    let place = [
        "place",
        "symbol=BTCUSDT",
        "side=sell",
        "type=limit",
        "qty=1e-8",
        "price=123456789012.00000001",
        "post-only=true",
        "reduce-only=true",
        &client_id,
    ];
    let body = format!(
        r#"{{"category":"linear","symbol":"BTCUSDT","side":"Sell","orderType":"Limit","qty":"0.00000001","price":"123456789012.00000001","timeInForce":"PostOnly","orderLinkId":"{id}","reduceOnly":true}}"#
    );
    let note = r#"{"category": "spot", "note": "naïve"}"#;
    let raw = ["raw", "--signed", "--body", note, "POST", "/v5/order/create-batch"];
    for (venue, words, target, body, signature) in [
        (
            "bybit-linear",
            &place[..],
            "/v5/order/create",
            body.as_str(),
            "bc3f817ecf202323cfaa4888de68d24a36677e00392e03eb329e56ec0380f5a9",
        ),
        (
            "bybit-spot",
            &raw,
            "/v5/order/create-batch",
            note,
            "5b2f72a688a68958e4a0809d48ab800eba606d2cf31ce9e37bc864196104ab8f",
        ),
    ] {
        let ran = bybit(venue, words);
        assert_eq!(ran.status, Some(0), "{words:?}: {}", ran.stderr);
        let length = format!("{:>6}", body.len());
        assert_eq!(
            ran.stdout,
            format!(
                "POST {target} HTTP/1.1\r\nHost: api.bybit.com\r\nX-BAPI-API-KEY: {KEY}\r\n\
                 X-BAPI-TIMESTAMP: 1700000000123\r\nX-BAPI-RECV-WINDOW: 5000\r\nX-BAPI-SIGN: {signature}\r\n\
                 Content-Type: application/json\r\nContent-Length:{length}\r\n\r\n{body}"
            )
        );
    }
    let spot = bybit("bybit-spot", &place);
    assert_eq!(spot.status, Some(2));
    assert!(spot.stderr.contains("leave reduce_only() out"), "{}", spot.stderr);
}

/// The same of Coinbase, whose tokens cover method, host and path, with both kinds of key. Nothing is sent.
#[test]
fn orders_for_coinbase_are_written_and_signed() {
    use data_encoding::{BASE64, BASE64URL_NOPAD};
    use ring::signature::{ECDSA_P256_SHA256_FIXED, ED25519, UnparsedPublicKey};

    /// The key of RFC 8032, section 7.1, test 1: seed and public half.
    const ED25519_SECRET: &str =
        "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2DXWpgBgrEKt9VL/tPJZAc6DuFy89qmIyWvAhpo9wdRGg==";
    const NAME: &str = "organizations/o/apiKeys/k";
    let ec = include_str!("keys/ec.pem");
    let coinbase = |secret: &str, words: &[&str]| {
        let mut command = Command::new(program());
        command.args(["--venue", "coinbase", "--dry-run", "--now-ms", "1700000000999"]).args(words);
        run(command.env("ORDERWIRE_API_KEY", NAME).env("ORDERWIRE_API_SECRET", secret))
    };
    let ec_public = {
        let der =
            BASE64.decode(ec.lines().filter(|line| !line.starts_with('-')).collect::<String>().as_bytes()).unwrap();
        der[der.len() - 65..].to_vec()
    };
    let id = "x".repeat(36);
    let client_id = format!("client-id={id}");
    let price = "price=123456789012.00000001";
    let place = ["place", "symbol=BTC-USD", "side=sell", "type=limit", "qty=1e-8", price, "post-only=true", &client_id];
    let order_id = "b0313b63-a2a1-4d30-a506-936337b52978";
    let named = format!("order-id={order_id}");
    let cancel = ["cancel", "symbol=BTC-USD", &named];
    let amend = ["amend", "symbol=BTC-USD", &named, "qty=0.5", "price=19000"];
    let query = ["query", "symbol=BTC-USD", &named];
    let note = "{\"order_ids\":[\"naïve ☕\"]}";
    let batch =
        ["raw", "--signed", "--body", note, "POST", "/api/v3/brokerage/orders/batch_cancel", "empty=", "odd=a b&é"];
    for (words, method, target, body) in [
        (
            &place[..],
            "POST",
            "/orders".to_owned(),
            format!(
                r#"{{"client_order_id":"{id}","product_id":"BTC-USD","side":"SELL","order_configuration":{{"limit_limit_gtc":{{"base_size":"0.00000001","limit_price":"123456789012.00000001","post_only":true}}}}}}"#
            ),
        ),
        (&cancel, "POST", "/orders/batch_cancel".to_owned(), format!(r#"{{"order_ids":["{order_id}"]}}"#)),
        (
            &amend,
            "POST",
            "/orders/edit".to_owned(),
            format!(r#"{{"order_id":"{order_id}","price":"19000","size":"0.5"}}"#),
        ),
        (&query, "GET", format!("/orders/historical/{order_id}"), String::new()),
        (&batch, "POST", "/orders/batch_cancel?empty=&odd=a%20b%26%C3%A9".to_owned(), note.to_owned()),
    ] {
        for (secret, algorithm) in [(ED25519_SECRET, "EdDSA"), (ec, "ES256")] {
            let ran = coinbase(secret, words);
            assert_eq!(ran.status, Some(0), "{words:?}: {}", ran.stderr);
            let (head, written) = ran.stdout.split_once("\r\n\r\n").unwrap();
            assert_eq!(written, body);
            assert!(head.starts_with(&format!("{method} /api/v3/brokerage{target} HTTP/1.1\r\n")), "{head}");
            let token = head.lines().find_map(|line| line.strip_prefix("Authorization: Bearer ")).unwrap();
            let (text, signature) = token.rsplit_once('.').unwrap();
            let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap();
            let verified = match algorithm {
                "EdDSA" => {
                    let public = &BASE64.decode(ED25519_SECRET.as_bytes()).unwrap()[32..];
                    UnparsedPublicKey::new(&ED25519, public).verify(text.as_bytes(), &signature)
                }
                _ => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &ec_public).verify(text.as_bytes(), &signature),
            };
            verified.unwrap();
            let says = |at: usize| {
                let part = BASE64URL_NOPAD.decode(text.split('.').nth(at).unwrap().as_bytes()).unwrap();
                serde_json::from_slice::<Value>(&part).unwrap()
            };
            assert_eq!((&says(0)["alg"], &says(0)["kid"]), (&json!(algorithm), &json!(NAME)));
            let path = target.split('?').next().unwrap();
            assert_eq!(says(1)["uri"], format!("{method} api.coinbase.com/api/v3/brokerage{path}"));
            assert_eq!((&says(1)["nbf"], &says(1)["exp"]), (&json!(1_699_999_998), &json!(1_700_000_118)));
        }
    }
    for (secret, words, cure) in [
        ("no-base64", &query[..], "base64"),
        (ED25519_SECRET, &["cancel", "symbol=BTC-USD", "client-id=a"], "take that of the acknowledgement"),
        (ED25519_SECRET, &["cancel-all", "symbol=BTC-USD"], "CancelBatch"),
        (ED25519_SECRET, &["amend", "symbol=BTC-USD", &named, "qty=1"], "give both"),
    ] {
        let refused = coinbase(secret, words);
        assert_eq!((refused.status, refused.stdout.as_str()), (Some(2), ""));
        assert!(refused.stderr.contains(cure), "{}", refused.stderr);
    }
}

/// The same of Kraken: a form whose nonce is the clock's, signed over a digest. The first is the venue's published example. Nothing is sent.
#[test]
fn orders_for_kraken_are_written_and_signed() {
    const SECRET: &str = "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg==";
    let kraken = |secret: &str, words: &[&str]| {
        let mut command = Command::new(program());
        command.args(["--venue", "kraken", "--dry-run", "--now-ms", "1616492376594"]).args(words);
        run(command.env("ORDERWIRE_API_KEY", KEY).env("ORDERWIRE_API_SECRET", secret))
    };
    let published = "nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25";
    let example = ["raw", "--signed", "--body", published, "POST", "/0/private/AddOrder"];
    let id = "x".repeat(18);
    let client_id = format!("client-id={id}");
    let price = "price=123456789012.00000001";
    let place = ["place", "symbol=XBTUSD", "side=sell", "type=limit", "qty=1e-8", price, "post-only=true", &client_id];
    let cancel = ["cancel", "symbol=XBTUSD", "client-id=6d1b345e-2821-40e2-ad83-4ecb18a06876"];
    let query = ["query", "symbol=XBTUSD", "order-id=OUF4EM-FRGI2-MQMWZD"];
    let batch = [
        "raw",
        "--signed",
        "--body",
        r#"{"orders":["OUF4EM-FRGI2-MQMWZD"],"cl_ord_ids":["naïve"]}"#,
        "POST",
        "/0/private/CancelOrderBatch",
    ];
    let pairs = ["raw", "--signed", "POST", "/0/private/TradeVolume", "pair=XBTUSD,ETHUSD", "empty=", "odd=a b&é"];
    for (words, path, body) in [
        (&example[..], "/0/private/AddOrder", published.to_owned()),
        (
            &place,
            "/0/private/AddOrder",
            format!(
                "nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=123456789012.00000001&type=sell&volume=0.00000001\
                 &oflags=post&cl_ord_id={id}&deadline=2021-03-23T09%3A39%3A46"
            ),
        ),
        (
            &cancel,
            "/0/private/CancelOrder",
            "nonce=1616492376594&cl_ord_id=6d1b345e-2821-40e2-ad83-4ecb18a06876".to_owned(),
        ),
        (&query, "/0/private/QueryOrders", "nonce=1616492376594&txid=OUF4EM-FRGI2-MQMWZD".to_owned()),
        (
            &batch,
            "/0/private/CancelOrderBatch",
            r#"{"orders":["OUF4EM-FRGI2-MQMWZD"],"cl_ord_ids":["naïve"],"nonce":"1616492376594"}"#.to_owned(),
        ),
        (
            &pairs,
            "/0/private/TradeVolume",
            "pair=XBTUSD%2CETHUSD&empty=&odd=a%20b%26%C3%A9&nonce=1616492376594".to_owned(),
        ),
    ] {
        let ran = kraken(SECRET, words);
        assert_eq!(ran.status, Some(0), "{words:?}: {}", ran.stderr);
        let (head, written) = ran.stdout.split_once("\r\n\r\n").unwrap();
        assert_eq!(head.split(" HTTP/1.1").next(), Some(format!("POST {path}").as_str()));
        // The deadline is as many milliseconds behind the clock as the order took to be written.
        assert!(written.starts_with(&body) && written.len() - body.len() <= ".594Z".len(), "{written}");
        let inner = ring::digest::digest(&ring::digest::SHA256, format!("1616492376594{written}").as_bytes());
        let key = data_encoding::BASE64.decode(SECRET.as_bytes()).unwrap();
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA512, &key);
        let signature = ring::hmac::sign(&key, &[path.as_bytes(), inner.as_ref()].concat());
        let signature = data_encoding::BASE64.encode(signature.as_ref());
        let header = |line: &str| head.lines().any(|each| each == line);
        assert!(header(&format!("API-Sign: {signature}")) && header(&format!("API-Key: {KEY}")), "{head}");
    }
    let ran = kraken(SECRET, &example);
    let signature = "4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ==";
    assert!(ran.stdout.contains(&format!("\r\nAPI-Sign: {signature}\r\n")), "{}", ran.stdout);
    for (secret, words, cure) in [
        ("no-base64", &query[..], "base64"),
        (SECRET, &["--connections", "2", "query", "symbol=XBTUSD", "client-id=a"], "one request in flight"),
        (SECRET, &["cancel-all", "symbol=XBTUSD"], "CancelBatch"),
        (SECRET, &["cancel", "symbol=XBTUSD", "client-id=xxxxxxxxxxxxxxxxxxx"], "up to 18 characters"),
    ] {
        let refused = kraken(secret, words);
        assert_eq!((refused.status, refused.stdout.as_str()), (Some(2), ""));
        assert!(refused.stderr.contains(cure), "{}", refused.stderr);
    }
}
