//! A venue that takes a key's requests in the order of their nonces alone, and whose answers name no order: Kraken. Requests that are under
//! way at once have keys of their own, and no answer is taken twice.

mod peer;

use std::sync::{Arc, Barrier, Mutex};
use std::time::Duration;

use orderwire::error::DecodeError;
use orderwire::venue::{Credentials, Environment};
use orderwire::{AckStage, Fate, NewOrder, RejectKind, RestError, Side, Symbol, dec};
use orderwire_kraken::{Kraken, KrakenBuilder};
use peer::Peer;

/// A request's key and nonce.
type Seen = Arc<Mutex<Vec<(String, u64)>>>;

fn key(name: &str) -> Credentials {
    Credentials::new(name, "c2VjcmV0").unwrap()
}

fn kraken(peer: &Peer) -> KrakenBuilder {
    Kraken::builder(Environment::custom(&peer.url(), None).unwrap()).deadline(Duration::from_secs(5))
}

fn order(kraken: &Kraken) -> NewOrder {
    NewOrder::limit(kraken.next_id(), Symbol::new("XBTUSD").unwrap(), Side::Buy, dec!(0.5), dec!(20000))
}

/// A yes under this order id.
fn yes(order_id: u64) -> String {
    let body = format!(
        r#"{{"error":[],"result":{{"descr":{{"order":"buy 0.50000000 XBTUSD @ limit 20000.0"}},"txid":["OID-{order_id}"]}}}}"#
    );
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

fn read_key_and_nonce(request: &str) -> (String, u64) {
    let after = |name: &str| request.split_once(name).unwrap().1;
    let key = after("API-Key: ").split("\r\n").next().unwrap().to_owned();
    (key, after("\r\n\r\nnonce=").split('&').next().unwrap().parse().unwrap())
}

/// Answers orders by twos: each waits until the other has arrived.
fn answering_by_twos() -> (Peer, Seen) {
    let seen = Seen::default();
    let (kept, both) = (Arc::clone(&seen), Barrier::new(2));
    let peer = Peer::plain(move |_, mut stream| {
        while let Some(request) = peer::read_request(&mut stream) {
            let number = {
                let mut seen = kept.lock().unwrap();
                seen.push(read_key_and_nonce(&request));
                seen.len() as u64
            };
            both.wait();
            std::io::Write::write_all(&mut stream, yes(number).as_bytes()).unwrap();
        }
    });
    (peer, seen)
}

async fn place_by_twos(kraken: &Kraken) {
    for _ in 0..20 {
        for outcome in kraken.burst(&[order(kraken), order(kraken)]).await {
            assert_eq!(outcome.unwrap().stage, AckStage::Received);
        }
    }
}

#[tokio::test]
async fn requests_under_way_at_once_have_keys_of_their_own() {
    let (peer, seen) = answering_by_twos();
    let keys = ["first", "second"];
    let builder = kraken(&peer).connections(2).pool(|pool| pool.ready_min(2)).credentials_of_slots(keys.map(key));
    place_by_twos(&builder.build_cold().await.unwrap()).await;
    let seen = seen.lock().unwrap();
    for name in keys {
        let nonces: Vec<_> = seen.iter().filter(|(key, _)| key == name).map(|(_, nonce)| *nonce).collect();
        assert_eq!(nonces.len(), 20);
        assert!(nonces.windows(2).all(|pair| pair[0] < pair[1]), "{nonces:?}");
    }
}

#[tokio::test]
async fn in_a_nonce_window_slots_share_a_key_and_no_nonce() {
    let (peer, seen) = answering_by_twos();
    let builder = kraken(&peer)
        .connections(2)
        .pool(|pool| pool.ready_min(2))
        .credentials(key("one"))
        .recv_window(Duration::from_secs(10));
    place_by_twos(&builder.build_cold().await.unwrap()).await;
    let mut nonces: Vec<_> = seen.lock().unwrap().iter().map(|(_, nonce)| *nonce).collect();
    nonces.sort_unstable();
    nonces.dedup();
    assert_eq!(nonces.len(), 40);
}

#[tokio::test]
async fn a_nonce_that_came_too_late_did_nothing() {
    let peer = Peer::plain(|_, stream| {
        let body = r#"{"error":["EAPI:Invalid nonce"]}"#;
        peer::answer(stream, format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    });
    let kraken = kraken(&peer).credentials(key("one")).build_cold().await.unwrap();
    let error = kraken.place(&order(&kraken)).await.unwrap_err();
    assert_eq!((error.fate(), error.kind()), (Fate::Rejected, RejectKind::Timestamp));
    assert!(kraken.in_doubt().is_empty());
}

/// Two orders of one size and price have the same answer but for the venue's id: one that comes twice is not believed.
#[tokio::test]
async fn the_same_yes_twice_is_one_orders() {
    let peer = Peer::plain(|number, mut stream| {
        while peer::read_request(&mut stream).is_some() {
            std::io::Write::write_all(&mut stream, yes(number as u64).as_bytes()).unwrap();
        }
    });
    let kraken = kraken(&peer).credentials(key("one")).build_cold().await.unwrap();
    assert_eq!(kraken.place(&order(&kraken)).await.unwrap().order_id.as_str(), "OID-0");
    let second = order(&kraken);
    let error = kraken.place(&second).await.unwrap_err();
    assert!(matches!(error, RestError::Decode(DecodeError::Repeated)), "{error}");
    assert_eq!(kraken.in_doubt(), [second.order()]);
    // What comes on that connection is not read any more.
    assert_eq!(kraken.place(&order(&kraken)).await.unwrap().order_id.as_str(), "OID-1");
}
