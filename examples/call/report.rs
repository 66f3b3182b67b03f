//! What became of a call: one line for a person, or one JSON object.

use orderwire::error::HttpError;
use orderwire::order::{AckStage, AmendAck, CancelAck, Liquidity, OrderFill};
use orderwire::venue::RawReply;
use orderwire::{Decimal, Fate, HttpConnection, OrderAck, OrderRef, OrderState, RestError, Side, TlsRecords, Verdict};
use serde_json::{Map, Value, json};

/// The worst of several counts; their order is the order of the exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    Accepted,
    Answered,
    Rejected,
    NotSent,
    Unknown,
}

impl Outcome {
    fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Answered => "answered",
            Self::Rejected => "rejected",
            Self::NotSent => "not_sent",
            Self::Unknown => "unknown",
        }
    }

    pub fn exit_status(self) -> u8 {
        match self {
            Self::Accepted | Self::Answered => 0,
            Self::Rejected => 1,
            Self::NotSent => 3,
            Self::Unknown => 4,
        }
    }
}

/// One call, told field by field.
#[derive(Debug)]
pub struct Report {
    pub outcome: Outcome,
    fields: Map<String, Value>,
    /// What a person reads behind the outcome.
    told: String,
}

impl Report {
    pub fn new(op: &str) -> Self {
        let mut fields = Map::new();
        for name in FIELDS {
            fields.insert(name.to_owned(), Value::Null);
        }
        fields.insert("op".to_owned(), op.into());
        Self { outcome: Outcome::NotSent, fields, told: String::new() }
    }

    pub fn set(&mut self, name: &str, value: impl Into<Value>) -> &mut Self {
        self.fields.insert(name.to_owned(), value.into());
        self
    }

    pub fn order(&mut self, order: &OrderRef) -> &mut Self {
        if let Some(id) = order.id {
            self.set("client_order_id", id.as_str());
        }
        if let Some(id) = order.order_id {
            self.set("order_id", id.as_str());
        }
        self
    }

    /// A call that is no order has its answer.
    pub fn answered(&mut self, told: impl Into<String>) {
        self.outcome = Outcome::Answered;
        self.told = told.into();
    }

    /// What a call found out, for a program; numbers are texts, exact.
    pub fn result(&mut self, result: Value) -> &mut Self {
        self.set("result", result)
    }

    /// A call that changes orders was accepted.
    pub fn accepted(&mut self, told: impl Into<String>) {
        self.outcome = Outcome::Accepted;
        self.told = told.into();
    }

    pub fn placed(&mut self, ack: &OrderAck) {
        let word = ack.status.map(|word| word.as_str().to_owned());
        let executed = ack.executed.map(|quantity| format!(" executed {}", quantity.normalize()));
        let word_told = word.as_deref().unwrap_or("received");
        self.accepted(format!("{} {word_told}{}", ack.order(), executed.unwrap_or_default()));
        self.order(&ack.order()).set("order_status", word).set("executed_qty", ack.executed.map(|q| q.to_string()));
    }

    pub fn cancelled(&mut self, ack: &CancelAck) {
        let word = ack.status.map(|word| word.as_str().to_owned());
        let done = if ack.stage == AckStage::Received { "received" } else { "cancelled" };
        self.accepted(format!("{} {} {}", ack.symbol, named(ack), word.as_deref().unwrap_or(done)));
        if let Some(order_id) = ack.order_id {
            self.set("order_id", order_id.as_str());
        }
        self.set("order_status", word).set("executed_qty", ack.executed.map(|q| q.to_string()));
    }

    pub fn amended(&mut self, ack: &AmendAck) {
        if let Some(state) = &ack.state {
            self.state(state);
        }
        self.order(&ack.order());
        let told = ack.state.as_ref().map_or_else(|| format!("{} received", ack.order()), told_state);
        self.accepted(told);
    }

    pub fn state(&mut self, state: &OrderState) {
        self.answered(told_state(state));
        self.order(&state.order()).result(state_json(state));
        self.set("order_status", state.word.as_str()).set("executed_qty", state.executed.to_string());
    }

    /// What settling found out. An order that may yet arrive is as unknown as before.
    pub fn settled(&mut self, verdict: &Verdict) {
        match verdict {
            Verdict::Exists(state) => self.state(state),
            Verdict::NeverArrived => self.answered("it never arrived, and cannot arrive any more"),
            Verdict::Undecided { until } => {
                self.told = format!("undecided: ask again after {until}");
                self.outcome = Outcome::Unknown;
            }
        }
        let word = match verdict {
            Verdict::Exists(_) => "exists",
            Verdict::NeverArrived => "never_arrived",
            Verdict::Undecided { .. } => "undecided",
        };
        self.set("verdict", word);
        if let (Verdict::Undecided { .. }, told) = (verdict, self.told.clone()) {
            self.set("message", told);
        }
    }

    /// A raw reply: what came, whatever it was. The body is text, as it came.
    pub fn raw(&mut self, reply: &RawReply) {
        let text = String::from_utf8_lossy(&reply.body).into_owned();
        self.told = format!("HTTP {}\n{text}", reply.status);
        self.set("body", text);
    }

    /// A raw reply that is the venue's no: its body stays.
    pub fn refused(&mut self, error: &RestError) {
        let told = std::mem::take(&mut self.told);
        self.error(error);
        self.told = told;
    }

    pub fn connection(&mut self, conn: &HttpConnection) {
        let records = conn.tls_records().map(|records| match records {
            TlsRecords::Buffered => "buffered",
            TlsRecords::InPlace => "in-place",
            _ => "other",
        });
        let connection = json!({"serial": conn.serial(), "peer": conn.peer().to_string(), "tls_records": records});
        self.set("connection", connection);
    }

    pub fn error(&mut self, error: &RestError) {
        self.outcome = match error.fate() {
            Fate::NotSent => Outcome::NotSent,
            Fate::Rejected => Outcome::Rejected,
            Fate::Unknown => Outcome::Unknown,
        };
        if let Some(answer) = error.answer() {
            self.set("status", answer.status).set("code", answer.code).set("message", answer.text.as_str());
        } else {
            self.set("message", error.to_string());
        }
        let text = error.to_string();
        // The outcome stands before it.
        let lead = ["not sent: ", "outcome unknown: ", "rejected: "].into_iter().find(|lead| text.starts_with(lead));
        self.told = format!("{}{}", &text[lead.map_or(0, str::len)..], hint(error, &text));
    }

    pub fn print(&self, as_json: bool) {
        if as_json {
            let mut fields = self.fields.clone();
            fields.insert("outcome".to_owned(), self.outcome.word().into());
            println!("{}", Value::Object(fields));
        } else {
            let micros = self.fields["latency_ns"].as_u64().unwrap_or(0) / 1000;
            let gap = if self.told.starts_with('\n') { "" } else { " " };
            let op = self.fields["op"].as_str().unwrap_or("");
            println!("{op} {} ({micros} us){gap}{}", self.outcome.word(), self.told);
        }
    }
}

/// What somebody at the shell can do about it.
fn hint(error: &RestError, text: &str) -> &'static str {
    match error {
        RestError::Conn(_) if text.ends_with("UnknownIssuer") => "; --ca FILE trusts a further root",
        RestError::Http(HttpError::NotHttp { at: 0, byte: TLS_ALERT }) => ", a TLS alert; try https://",
        _ => "",
    }
}

/// The first byte of a TLS record with an alert. Source: RFC 8446 section 5.1.
const TLS_ALERT: u8 = 0x15;

/// An order for a person, in one line.
pub fn told_state(state: &OrderState) -> String {
    let mut told = state.order().to_string();
    if let Some(side) = state.side {
        told += &format!(" {}", side_word(side));
    }
    if let Some(quantity) = state.quantity {
        told += &format!(" {}", quantity.normalize());
    }
    if let Some(price) = state.price.filter(|price| !price.is_zero()) {
        told += &format!(" at {}", price.normalize());
    }
    told + &format!(" {} executed {}", state.word, state.executed.normalize())
}

pub fn state_json(state: &OrderState) -> Value {
    json!({
        "symbol": state.symbol.as_str(),
        "client_order_id": state.id.map(|id| id.to_string()),
        "order_id": state.order_id.as_str(),
        "side": state.side.map(side_word),
        "price": state.price.map(text),
        "qty": state.quantity.map(text),
        "executed_qty": text(state.executed),
        "order_status": state.word.as_str(),
        "updated_ms": state.updated.map(|time| time.ms()),
    })
}

/// The order that was cancelled: by the venue's id, or by ours where its reply names none.
pub fn named(ack: &CancelAck) -> String {
    match (ack.order_id, ack.id) {
        (Some(order_id), _) => format!("#{order_id}"),
        (None, id) => id.map(|id| id.to_string()).unwrap_or_default(),
    }
}

pub fn cancel_json(ack: &CancelAck) -> Value {
    json!({
        "client_order_id": ack.id.map(|id| id.to_string()),
        "order_id": ack.order_id.map(|id| id.to_string()),
        "order_status": ack.status.map(|word| word.to_string()),
        "executed_qty": ack.executed.map(text),
    })
}

/// An execution for a person, in one line.
pub fn told_fill(fill: &OrderFill) -> String {
    let mut told = format!("#{}", fill.order_id);
    if let Some(side) = fill.side {
        told += &format!(" {}", side_word(side));
    }
    told += &format!(" {} at {}", fill.fill.quantity.normalize(), fill.fill.price.normalize());
    if let Some(liquidity) = fill.liquidity {
        told += &format!(" as {}", liquidity_word(liquidity));
    }
    if let Some(commission) = fill.fill.commission {
        told += &format!(" fee {} {}", commission.normalize(), fill.fill.commission_asset);
    }
    if let Some(id) = fill.id {
        told += &format!(" execution {id}");
    }
    if let Some(time) = fill.time {
        told += &format!(" {time}");
    }
    told
}

pub fn fill_json(fill: &OrderFill) -> Value {
    json!({
        "order_id": fill.order_id.as_str(),
        "trade_id": fill.fill.trade_id,
        "execution_id": fill.id.map(|id| id.to_string()),
        "side": fill.side.map(side_word),
        "price": text(fill.fill.price),
        "qty": text(fill.fill.quantity),
        "fee": fill.fill.commission.map(text),
        "fee_asset": fill.fill.commission_asset.as_str(),
        "liquidity": fill.liquidity.map(liquidity_word),
        "time_ms": fill.time.map(|time| time.ms()),
    })
}

/// As the venue writes it, trailing zeros and all.
pub fn text(number: Decimal) -> String {
    number.to_string()
}

fn side_word(side: Side) -> &'static str {
    if side == Side::Buy { "buy" } else { "sell" }
}

fn liquidity_word(liquidity: Liquidity) -> &'static str {
    if liquidity == Liquidity::Maker { "maker" } else { "taker" }
}

/// What every object has, with null where nothing is known.
const FIELDS: [&str; 12] = [
    "op",
    "outcome",
    "status",
    "code",
    "message",
    "client_order_id",
    "order_id",
    "order_status",
    "executed_qty",
    "body",
    "latency_ns",
    "connection",
];
