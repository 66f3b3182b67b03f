//! A third party's HTTP client that signs by itself, so that the venue is tested from outside and without the SDK.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use data_encoding::HEXLOWER;
use form_urlencoded::Serializer;
use orderwire_sim::{Dialect, SimVenue, SimVenueBuilder};
use ring::hmac;
use serde_json::Value;
use ureq::http::{HeaderMap, Request};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

pub(crate) const KEY: &str = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A";
pub(crate) const SECRET: &str = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";

pub(crate) type Pairs<'a> = &'a [(&'a str, &'a str)];

/// A venue that knows [`KEY`] and [`SECRET`], to set up further.
pub(crate) fn venue() -> SimVenueBuilder {
    SimVenue::builder(Dialect::BinanceSpot).account(KEY, SECRET)
}

/// Starts it under a runtime that ends right away: the venue needs none of the caller's.
pub(crate) fn start(builder: SimVenueBuilder) -> SimVenue {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(builder.start()).unwrap()
}

pub(crate) struct Client {
    agent: ureq::Agent,
    url: String,
    pub(crate) key: Option<String>,
    pub(crate) secret: String,
    pub(crate) headers: Vec<(&'static str, &'static str)>,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Client {
    pub(crate) fn of(sim: &SimVenue) -> Self {
        Self::new(&sim.url(), sim.ca_pem())
    }

    pub(crate) fn new(url: &str, ca_pem: Option<&str>) -> Self {
        let mut config = ureq::Agent::config_builder().http_status_as_error(false);
        if let Some(pem) = ca_pem {
            let roots = RootCerts::new_with_certs(&[Certificate::from_pem(pem.as_bytes()).unwrap()]);
            let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
            config = config.tls_config(
                TlsConfig::builder().root_certs(roots).unversioned_rustls_crypto_provider(provider).build(),
            );
        }
        Self {
            agent: config.build().new_agent(),
            url: url.to_owned(),
            key: Some(KEY.to_owned()),
            secret: SECRET.to_owned(),
            headers: Vec::new(),
        }
    }

    /// Sends these very bytes as query and form.
    pub(crate) fn send(&self, method: &str, path: &str, query: &str, form: &str) -> Answer {
        let mark = if query.is_empty() { "" } else { "?" };
        let mut request = Request::builder().method(method).uri(format!("{}{path}{mark}{query}", self.url));
        if let Some(key) = &self.key {
            request = request.header("X-MBX-APIKEY", key);
        }
        for (name, value) in &self.headers {
            request = request.header(*name, *value);
        }
        if !form.is_empty() {
            request = request.header("Content-Type", "application/x-www-form-urlencoded");
        }
        let answer = if form.is_empty() {
            self.agent.run(request.body(()).unwrap())
        } else {
            self.agent.run(request.body(form.to_owned()).unwrap())
        };
        let mut answer = answer.unwrap();
        let text = answer.body_mut().read_to_string().unwrap();
        Answer { status: answer.status().as_u16(), headers: answer.headers().clone(), text }
    }

    pub(crate) fn public(&self, path: &str, pairs: Pairs<'_>) -> Answer {
        self.send("GET", path, &encode(pairs), "")
    }

    /// Signs and sends everything in the query.
    pub(crate) fn signed(&self, method: &str, path: &str, pairs: Pairs<'_>) -> Answer {
        self.send(method, path, &self.sign(&stamped(pairs)), "")
    }

    /// A text with its signature behind it.
    pub(crate) fn sign(&self, text: &str) -> String {
        format!("{text}&signature={}", self.tag(text))
    }

    pub(crate) fn tag(&self, text: &str) -> String {
        HEXLOWER
            .encode(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, self.secret.as_bytes()), text.as_bytes()).as_ref())
    }

    pub(crate) fn place(&self, pairs: Pairs<'_>) -> Answer {
        self.signed("POST", "/api/v3/order", pairs)
    }

    /// Places a limit order on BTCUSDT that may rest.
    pub(crate) fn limit(&self, side: &str, quantity: &str, price: &str, id: &str) -> Answer {
        self.place(&limit(side, quantity, price, id))
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// Status and code of a refusal.
    pub(crate) fn refusal(&self) -> (u16, i64) {
        (self.status, self.json()["code"].as_i64().unwrap_or_default())
    }

    pub(crate) fn message(&self) -> String {
        self.json()["msg"].as_str().unwrap_or_default().to_owned()
    }

    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text);
        self.json()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

pub(crate) fn limit<'a>(side: &'a str, quantity: &'a str, price: &'a str, id: &'a str) -> [(&'a str, &'a str); 7] {
    [
        ("symbol", "BTCUSDT"),
        ("side", side),
        ("type", "LIMIT"),
        ("timeInForce", "GTC"),
        ("quantity", quantity),
        ("price", price),
        ("newClientOrderId", id),
    ]
}

pub(crate) fn encode(pairs: Pairs<'_>) -> String {
    Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// With the time now, unless the pairs have one.
pub(crate) fn stamped(pairs: Pairs<'_>) -> String {
    let text = encode(pairs);
    if pairs.iter().any(|pair| pair.0 == "timestamp") {
        return text;
    }
    let joint = if text.is_empty() { "" } else { "&" };
    format!("{text}{joint}timestamp={}", now_ms())
}

pub(crate) fn now_ms() -> u64 {
    u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// The names of an object's members in their order, of the outermost level.
pub(crate) fn names(json: &str) -> Vec<String> {
    let (mut names, mut depth, mut text, mut in_text) = (Vec::new(), 0, String::new(), false);
    for byte in json.chars() {
        match (in_text, byte) {
            (true, '"') => in_text = false,
            (true, other) => text.push(other),
            (false, '"') => (in_text, text) = (true, String::new()),
            (false, '{' | '[') => depth += 1,
            (false, '}' | ']') => depth -= 1,
            (false, ':') if depth == 1 => names.push(text.clone()),
            (false, _) => {}
        }
    }
    names
}
