//! The program's command line, and what a state directory brings back.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use orderwire_sim::{Dialect, SimVenue, Status};
use serde_json::{Value, json};

use crate::client::{Client, KEY, SECRET, start, venue};

/// A directory of this test's own that goes away with it.
pub(crate) struct Scratch(pub(crate) PathBuf);

impl Scratch {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("orderwire-sim-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

struct Program {
    child: Child,
    url: String,
}

impl Program {
    fn start(arguments: &[&str]) -> Self {
        let mut child = command(arguments).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.strip_prefix("listening on ").unwrap_or_else(|| panic!("{line:?}")).trim_end().to_owned();
        Self { child, url }
    }

    /// Sends a signal and waits for the end: the exit status, or none when the signal ended it.
    fn end(mut self, signal: &str) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(Instant::now() < deadline, "still running after {signal}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_orderwire-sim"));
    command.args(arguments).env("ORDERWIRE_API_KEY", KEY).env("ORDERWIRE_API_SECRET", SECRET);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Exit status and stderr of a program that does not get ready.
fn refused(mut command: Command) -> (Option<i32>, String) {
    let output = command.output().unwrap();
    assert!(output.stdout.is_empty());
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

fn ledger(path: &str) -> Vec<Value> {
    fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn open_ids(client: &Client) -> Vec<Value> {
    let open = client.signed("GET", "/api/v3/openOrders", &[]).ok();
    open.as_array().unwrap().iter().map(|order| order["clientOrderId"].clone()).collect()
}

#[test]
fn it_is_killed_and_started_again_with_everything_it_had() {
    let scratch = Scratch::new("killed");
    let (ca, out, state) = (scratch.path("ca.pem"), scratch.path("ledger"), scratch.path("state"));
    let arguments = ["--dialect", "binance-spot", "--ca-out", &ca, "--ledger-out", &out, "--state", &state];
    let first = Program::start(&arguments);
    assert!(first.url.starts_with("https://127.0.0.1:"), "{}", first.url);
    let ca_pem = fs::read_to_string(&ca).unwrap();
    let client = Client::new(&first.url, Some(&ca_pem));
    for id in ["stays", "goes", "goes-too"] {
        client.limit("BUY", "0.001", "20000", id).ok();
    }
    let market =
        [("symbol", "BTCUSDT"), ("side", "SELL"), ("type", "MARKET"), ("quantity", "1"), ("newClientOrderId", "sold")];
    client.place(&market).ok();
    client.limit("BUY", "0.001", "1", "refused");
    client.signed("DELETE", "/api/v3/order", &[("symbol", "BTCUSDT"), ("origClientOrderId", "goes")]).ok();
    let before = client.signed("GET", "/api/v3/account", &[]).ok()["balances"].clone();
    let query = [("symbol", "BTCUSDT"), ("origClientOrderId", "stays")];
    let order = client.signed("GET", "/api/v3/order", &query).ok();
    let book = client.public("/api/v3/depth", &[("symbol", "BTCUSDT")]).ok();
    let first_url = first.url.clone();
    assert_eq!(first.end("-KILL"), None);

    // On the same port, where the first one's connections may still linger.
    let port = first_url.strip_prefix("https://").unwrap();
    let second = Program::start(&[&arguments[..], &["--listen", port]].concat());
    assert_eq!(second.url, first_url);
    assert_eq!(fs::read_to_string(&ca).unwrap(), ca_pem, "clients trust it as before");
    let client = Client::new(&second.url, Some(&ca_pem));
    assert_eq!(open_ids(&client), ["stays", "goes-too"]);
    assert_eq!(client.signed("GET", "/api/v3/account", &[]).ok()["balances"], before);
    assert_eq!(client.signed("GET", "/api/v3/order", &query).ok(), order);
    assert_eq!(client.public("/api/v3/depth", &[("symbol", "BTCUSDT")]).ok(), book);
    assert_eq!(client.limit("BUY", "0.001", "20000", "stays").refusal(), (400, -2010));
    client.signed("DELETE", "/api/v3/order", &[("symbol", "BTCUSDT"), ("origClientOrderId", "goes-too")]).ok();
    assert_eq!(second.end("-KILL"), None);

    fs::write(&out, "what an earlier run had written\n").unwrap();
    let third = Program::start(&arguments);
    assert_eq!(fs::read_to_string(&out).unwrap(), "", "until it is written, no earlier ledger stands for this one");
    assert_eq!(third.end("-TERM"), Some(0));
    let id = order["orderId"].to_string();
    let lines = ledger(&out);
    let told: Vec<_> = lines.iter().map(|line| (line["client_order_id"].clone(), line["status"].clone())).collect();
    let expected =
        [("stays", "NEW"), ("goes", "CANCELED"), ("goes-too", "CANCELED"), ("sold", "FILLED"), ("refused", "REJECTED")];
    assert_eq!(told, expected.map(|(id, status)| (json!(id), json!(status))));
    assert_eq!(lines[0], json!({"client_order_id": "stays", "order_id": id, "status": "NEW", "received": 2}));
    assert_eq!(lines[4], json!({"client_order_id": "refused", "order_id": null, "status": "REJECTED", "received": 1}));
}

#[test]
fn what_waits_goes_on_waiting_after_a_kill() {
    let scratch = Scratch::new("waiting");
    let state = scratch.path("state");
    let arguments = ["--dialect", "binance-spot", "--plain", "--state", &state];
    let order = |kind, side, id, more: &[(&'static str, &'static str)]| {
        let pairs =
            [("symbol", "BTCUSDT"), ("type", kind), ("side", side), ("quantity", "0.01"), ("newClientOrderId", id)];
        pairs.into_iter().chain(more.iter().copied()).collect::<Vec<_>>()
    };
    let list = [
        ("symbol", "BTCUSDT"),
        ("listClientOrderId", "list"),
        ("workingType", "LIMIT"),
        ("workingTimeInForce", "GTC"),
        ("workingSide", "BUY"),
        ("workingQuantity", "0.01"),
        ("workingPrice", "60001"),
        ("workingClientOrderId", "working"),
        ("pendingSide", "SELL"),
        ("pendingAboveType", "LIMIT_MAKER"),
        ("pendingAbovePrice", "60005"),
        ("pendingAboveClientOrderId", "above"),
        ("pendingBelowType", "STOP_LOSS"),
        ("pendingBelowStopPrice", "59000"),
        ("pendingBelowClientOrderId", "below"),
    ];
    let first = Program::start(&arguments);
    let client = Client::new(&first.url, None);
    client.place(&order("STOP_LOSS", "BUY", "stop", &[("stopPrice", "60005")])).ok();
    client.place(&order("STOP_LOSS", "SELL", "trail", &[("trailingDelta", "10")])).ok();
    client
        .place(&order("LIMIT", "SELL", "ice", &[("price", "60003"), ("timeInForce", "GTC"), ("icebergQty", "0.001")]))
        .ok();
    client.limit("BUY", "0.0005", "60003", "taker").ok();
    client.signed("POST", "/api/v3/orderList/opoco", &list).ok();
    client.limit("SELL", "0.004", "60001", "half").ok();
    let told = |client: &Client| {
        let paths = ["/api/v3/openOrders", "/api/v3/openOrderList", "/api/v3/account"];
        let mut told = paths.map(|path| client.signed("GET", path, &[]).ok());
        told[2] = told[2]["balances"].clone();
        (told, client.public("/api/v3/depth", &[("symbol", "BTCUSDT")]).ok())
    };
    let before = told(&client);
    assert_eq!(before.0[0].as_array().unwrap().len(), 6, "{}", before.0[0]);
    assert_eq!(first.end("-KILL"), None);

    // Once from the log of commands, once from a snapshot.
    for _ in 0..2 {
        let again = Program::start(&arguments);
        assert_eq!(told(&Client::new(&again.url, None)), before);
        assert_eq!(again.end("-KILL"), None);
    }
    let last = Program::start(&arguments);
    let client = Client::new(&last.url, None);
    client.limit("SELL", "0.006", "60001", "rest").ok();
    client.limit("BUY", "0.0105", "60005", "up").ok();
    let state = |id| {
        let order = client.signed("GET", "/api/v3/order", &[("symbol", "BTCUSDT"), ("origClientOrderId", id)]).ok();
        (order["status"].as_str().unwrap().to_owned(), order["isWorking"].as_bool().unwrap())
    };
    let expected = [("stop", "FILLED", true), ("trail", "NEW", false), ("working", "FILLED", true)];
    for (id, status, is_working) in expected {
        assert_eq!(state(id), (status.to_owned(), is_working), "{id}");
    }
    assert_eq!((state("above"), state("below")), (("FILLED".to_owned(), true), ("EXPIRED".to_owned(), false)));
}

#[test]
fn a_line_torn_by_the_kill_is_dropped_and_a_damaged_one_is_told() {
    let scratch = Scratch::new("torn");
    let log = scratch.0.join("commands.log");
    {
        let sim = start(venue().plain().state(&scratch.0));
        let client = Client::of(&sim);
        client.limit("BUY", "0.001", "20000", "whole").ok();
        client.limit("BUY", "0.001", "20000", "torn").ok();
    }
    let whole = fs::read(&log).unwrap();
    assert_eq!(whole.iter().filter(|byte| **byte == b'\n').count(), 2);
    let first = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let snapshot = fs::read(scratch.0.join("snapshot.json")).unwrap();
    for end in [first, first + 1, whole.len() - 2, whole.len() - 1] {
        fs::write(scratch.0.join("snapshot.json"), &snapshot).unwrap();
        fs::write(&log, &whole[..end]).unwrap();
        let sim = start(venue().plain().state(&scratch.0));
        assert_eq!(open_ids(&Client::of(&sim)), ["whole"], "cut at {end} of {}", whole.len());
        assert_eq!(sim.ledger().len(), 1);
        drop(sim);
        let sim = start(venue().plain().state(&scratch.0));
        Client::of(&sim).limit("BUY", "0.001", "20000", "later").ok();
        drop(sim);
        assert_eq!(open_ids(&Client::of(&start(venue().plain().state(&scratch.0)))), ["whole", "later"]);
    }
    fs::write(scratch.0.join("snapshot.json"), &snapshot).unwrap();
    let mut damaged = whole.clone();
    damaged[first / 2] = b'}';
    fs::write(&log, &damaged).unwrap();
    assert!(start_error(venue().state(&scratch.0)).contains("commands.log is damaged at line 1"));
    fs::write(&log, &whole[first..]).unwrap();
    assert!(start_error(venue().state(&scratch.0)).contains("command 2 follows command 0"));
}

fn start_error(builder: orderwire_sim::SimVenueBuilder) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(builder.start()).unwrap_err().to_string()
}

#[test]
fn a_snapshot_and_the_log_it_replaced_are_not_counted_twice() {
    let scratch = Scratch::new("snapshot");
    let log = scratch.0.join("commands.log");
    let sim = start(venue().plain().state(&scratch.0));
    Client::of(&sim).limit("BUY", "0.001", "20000", "once").ok();
    drop(sim);
    let lines = fs::read(&log).unwrap();
    drop(start(venue().plain().state(&scratch.0)));
    assert!(fs::read(&log).unwrap().is_empty(), "a start takes the log into the snapshot");
    // As if it had been killed between the two.
    fs::OpenOptions::new().append(true).open(&log).unwrap().write_all(&lines).unwrap();
    let sim = start(venue().plain().state(&scratch.0));
    assert_eq!((sim.ledger().len(), sim.ledger()[0].received, sim.ledger()[0].status), (1, 1, Status::New));
}

#[test]
fn a_state_directory_serves_one_venue_of_its_own_kind() {
    let scratch = Scratch::new("one");
    let first = start(venue().plain().state(&scratch.0).seed(7));
    assert!(start_error(venue().state(&scratch.0)).contains("in use by another"));
    drop(first);
    assert!(start_error(venue().state(&scratch.0).seed(8)).contains("made with seed 7, not 8"));
    assert!(start_error(venue().account("b", "c").state(&scratch.0)).contains("made with accounts 1, not 2"));
    let other = SimVenue::builder(Dialect::BinanceSpot).account(KEY, SECRET).plain().state(&scratch.0);
    drop(start(other));
}

#[test]
fn it_speaks_plain_http_and_ends_on_an_interrupt() {
    let scratch = Scratch::new("plain");
    let out = scratch.path("ledger");
    let program =
        Program::start(&["--dialect", "binance-spot", "--listen", "127.0.0.1:0", "--plain", "--ledger-out", &out]);
    assert!(program.url.starts_with("http://127.0.0.1:"), "{}", program.url);
    let client = Client::new(&program.url, None);
    client.limit("BUY", "0.001", "20000", "one").ok();
    assert_eq!(program.end("-INT"), Some(0));
    assert_eq!(ledger(&out).len(), 1);
}

#[test]
fn equal_seeds_give_equal_books() {
    let book = |seed| {
        let sim = start(venue().plain().seed(seed));
        Client::of(&sim).public("/api/v3/depth", &[("symbol", "BTCUSDT")]).text
    };
    assert_eq!(book(1), book(1));
    assert_ne!(book(1), book(2));
}

#[test]
fn wrong_usage_says_what_is_wrong_and_exits_2() {
    for (arguments, expected) in [
        (&[][..], "--dialect"),
        (&["--dialect", "mtgox"], "no dialect named \"mtgox\" is built yet; there are: binance-spot"),
        (&["--dialect", "binance-spot", "--fault", "close-after:2"], "no fault named \"close-after\""),
        (&["--dialect", "binance-spot", "--listen", "8080"], "--listen"),
        (&["--dialect", "binance-spot", "--listen", "0.0.0.0:0"], "reachable from other machines"),
        (&["--dialect", "binance-spot", "--tls", "--plain"], "cannot be used with"),
        (&["--dialect", "binance-spot", "--plain", "--ca-out", "ca.pem"], "cannot be used with"),
        (&["--dialect", "binance-spot", "--ledger-out", "/no/such/directory/ledger"], "/no/such/directory/ledger"),
        (&["--dialect", "binance-spot", "--state", "/proc/no"], "/proc/no"),
        (&["--dialect", "binance-spot", "--colour"], "--colour"),
    ] {
        let (status, text) = refused(command(arguments));
        assert!(status == Some(2) && text.contains(expected), "{arguments:?}: {status:?} {text}");
    }
    for name in ["ORDERWIRE_API_KEY", "ORDERWIRE_API_SECRET"] {
        let mut command = command(&["--dialect", "binance-spot"]);
        command.env_remove(name);
        let (status, text) = refused(command);
        assert!(status == Some(2) && text.contains(&format!("{name} is not set")), "{status:?} {text}");
    }
}

#[test]
fn a_taken_port_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (status, text) = refused(command(&["--dialect", "binance-spot", "--listen", &address]));
    assert!(status == Some(2) && text.contains(&address), "{text}");
}

#[test]
fn its_key_file_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = Scratch::new("key");
    drop(start(venue().state(&scratch.0)));
    let mode = fs::metadata(Path::new(&scratch.path("server.key"))).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn it_logs_to_stderr_without_what_was_signed() {
    let mut program = Program::start(&["--dialect", "binance-spot", "--plain", "--log"]);
    let client = Client::new(&program.url, None);
    client.limit("BUY", "0.001", "20000", "logged").ok();
    let mut stderr = program.child.stderr.take().unwrap();
    assert_eq!(program.end("-TERM"), Some(0));
    let mut text = String::new();
    stderr.read_to_string(&mut text).unwrap();
    assert!(text.contains("POST /api/v3/order 200") && !text.contains("signature"), "{text}");
}
