//! What the program writes to its log, whatever it is sent and whatever it commits: nothing secret.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::client::{Client, KEY, SECRET};

/// So many characters of a secret in a row are no accident.
const TELLING: usize = 10;

/// Orders, well and badly made, on a venue that fails in every way; spoken plainly to its TLS port too.
fn log_of(scheme: &str) -> (String, Vec<String>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_orderwire-sim"));
    command.args(["--dialect", "binance-spot", scheme, "--log", "--fault", "any:rate=40", "--seed", "5"]);
    command.env("ORDERWIRE_API_KEY", KEY).env("ORDERWIRE_API_SECRET", SECRET);
    let mut venue = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(venue.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim_end().split_once("://").unwrap().1;
    let mut stderr = venue.stderr.take().unwrap();
    let log = std::thread::spawn(move || {
        let mut log = String::new();
        stderr.read_to_string(&mut log).map(|_| log)
    });
    let (client, mut signatures) = (Client::new("", None), Vec::new());
    for number in 0..60 {
        let query =
            format!("symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1&newClientOrderId=id{number}&timestamp={number}");
        signatures.push(client.tag(&query));
        let query = client.sign(&query);
        let [order, path] = [("POST", "/api/v3/order"), ("DELETE", "/api/v3/no-such-path")];
        let (method, path) = if number % 3 == 0 { path } else { order };
        let request = match number % 4 {
            0 => format!("{method} {path}?{query} HTTP/1.1\r\nHost: a\r\nX-MBX-APIKEY: {KEY}\r\n\r\n"),
            1 => format!("{method} {path}?{query} HTTP/9\r\nX-MBX-APIKEY: {SECRET}\r\n\r\n"),
            2 => format!("{query} {KEY}\r\n\r\n"),
            _ => format!(
                "{method} {path} HTTP/1.1\r\nHost: a\r\nX-MBX-APIKEY: {SECRET}\r\nContent-Length: {}\r\n\r\n{query}",
                query.len()
            ),
        };
        // What it answers, and whether, is told elsewhere.
        let Ok(mut stream) = TcpStream::connect(address) else { continue };
        stream.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        let _ = stream.write_all(request.as_bytes()).and_then(|()| stream.read(&mut [0; 4096]));
    }
    venue.kill().unwrap();
    venue.wait().unwrap();
    (log.join().unwrap().unwrap(), signatures)
}

#[test]
fn the_log_says_no_key_no_signature_and_no_query() {
    for (scheme, tells) in [("--plain", "POST /api/v3/order "), ("--tls", "TLS handshake: ")] {
        let (log, signatures) = log_of(scheme);
        assert!(log.contains(tells), "{log}");
        for secret in [KEY, SECRET].into_iter().chain(signatures.iter().map(String::as_str)) {
            let told = (0..=secret.len() - TELLING).find(|at| log.contains(&secret[*at..at + TELLING]));
            assert_eq!(told, None, "{scheme}: {log}");
        }
        for query in ["signature", "timestamp", "symbol", "quantity"] {
            assert!(!log.contains(query), "{scheme}: {query} in {log}");
        }
    }
}
