//! A peer's records, good and bad, at rest and as a reply; in parts of any size.
//!
//! The reply has no length, so that all data belongs to its body and `close_notify` ends it: what the reader got can be
//! compared with what was sealed.

use orderwire::http::response::{Progress, RESPONSE_BYTES_DEFAULT, ResponseReader};
use orderwire::internals::{ALERT, Client, DATA, HANDSHAKE, Peer, key_update, new_session_ticket, rehearse};

use crate::input::Input;
use crate::messages::Model as Messages;

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\n\r\n";
const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\n\r\n";

/// What the peer does next.
#[derive(Clone, Debug)]
pub enum Op {
    /// So many bytes of data, so many of padding.
    Data(u8, u8),
    /// A good ticket in parts.
    Ticket(u16, u8),
    /// A good KeyUpdate in parts.
    KeyUpdate(u8, u8),
    /// Any type, content and padding.
    Record(u8, Vec<u8>, u8),
    /// A good record of another header, or of other inner bytes.
    Seal([u8; 3], Vec<u8>),
    /// Bytes as they are.
    Raw(Vec<u8>),
    /// The client sends its request now.
    Reply,
    /// The slot is returned, if the client rests.
    Release,
}

impl Op {
    pub fn read(input: &mut Input<'_>) -> Self {
        match input.byte() {
            0..=59 => Self::Data(input.byte(), input.byte()),
            60..=89 => Self::Ticket(u16::from_be_bytes([input.byte() % 3, input.byte()]) + 1, input.byte().max(1)),
            90..=119 => Self::KeyUpdate(input.byte() % 2, input.byte() % 5 + 1),
            120..=149 => Self::Record(
                [ALERT, HANDSHAKE, DATA][usize::from(input.byte() % 3)],
                input.counted().to_vec(),
                input.byte(),
            ),
            150..=169 => Self::Record(input.byte(), input.counted().to_vec(), input.byte()),
            170..=189 => Self::Seal([DATA, 3, 3], input.counted().to_vec()),
            190..=199 => Self::Seal([input.byte(), input.byte(), input.byte()], input.counted().to_vec()),
            200..=209 => Self::Raw(input.counted().to_vec()),
            210..=229 => Self::Release,
            230..=255 => Self::Reply,
        }
    }

    pub fn write(&self, bytes: &mut Vec<u8>) {
        let count = |bytes: &[u8]| u8::try_from(bytes.len()).expect("a short seed");
        match self {
            Self::Data(length, padding) => bytes.extend([0, *length, *padding]),
            Self::Ticket(length, part) => bytes.extend([60, length.to_be_bytes()[0], length.to_be_bytes()[1], *part]),
            Self::KeyUpdate(requested, part) => bytes.extend([90, *requested, *part - 1]),
            Self::Record(kind, content, padding) => {
                bytes.extend([150, *kind, count(content)]);
                bytes.extend(content);
                bytes.push(*padding);
            }
            Self::Seal(header, inner) => {
                bytes.push(190);
                bytes.extend(header);
                bytes.push(count(inner));
                bytes.extend(inner);
            }
            Self::Raw(raw) => {
                bytes.extend([200, count(raw)]);
                bytes.extend(raw);
            }
            Self::Release => bytes.push(210),
            Self::Reply => bytes.push(230),
        }
    }
}

/// How a stream of records stands, by RFC 8446.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Open,
    Closed,
    Refused,
    /// Bytes that are no record, or a part of one: nothing behind them can be opened any more.
    Garbled,
}

#[derive(Debug)]
struct Model {
    messages: Messages,
    standing: Standing,
    resting: bool,
    /// All data there was.
    data: Vec<u8>,
    empty_in_a_row: u32,
    user_canceled: u32,
    /// A KeyUpdate of the client's is due before its request.
    answer_owed: bool,
    /// It is sealed already and waits to be sent.
    answer_sealed: bool,
    /// What comes next has the peer's next key.
    key_changes: bool,
}

impl Model {
    /// A record that was sealed with the right key and number.
    fn take(&mut self, header: [u8; 3], inner: &[u8]) {
        if self.standing != Standing::Open {
            return;
        }
        self.standing = match self.judge(header, inner) {
            Ok(standing) => standing,
            Err(()) => Standing::Refused,
        };
    }

    fn judge(&mut self, header: [u8; 3], inner: &[u8]) -> Result<Standing, ()> {
        let end = inner.iter().rposition(|byte| *byte != 0).ok_or(())?;
        let (content, kind) = (&inner[..end], inner[end]);
        if header != [23, 3, 3] || (kind != 22 && self.messages.is_mid_message()) {
            return Err(());
        }
        if content.is_empty() {
            self.empty_in_a_row += 1;
            return if kind == 23 && self.empty_in_a_row <= 32 { Ok(Standing::Open) } else { Err(()) };
        }
        self.empty_in_a_row = 0;
        match (kind, content) {
            (21, [1 | 2, 0]) => return Ok(Standing::Closed),
            (21, [1, 90]) if self.user_canceled < 4 => self.user_canceled += 1,
            (22, _) => {
                let update = self.messages.take(content)?;
                self.key_changes = update.is_some();
                self.answer_owed |= update == Some(true) && !self.answer_sealed;
            }
            (23, _) if !self.resting => {
                self.messages.saw_data();
                self.data.extend(content);
            }
            _ => return Err(()),
        }
        Ok(Standing::Open)
    }
}

/// Both ends, and the model between them.
struct Play {
    client: Client,
    peer: Peer,
    reader: ResponseReader,
    model: Model,
    /// Bytes that arrive at once.
    at_once: usize,
    done: bool,
}

/// Does what the input says.
pub fn play(input: &[u8]) {
    let mut input = Input(input);
    let (client, peer) = rehearse(usize::from(input.byte()));
    let at_once = match input.byte() {
        0 => usize::MAX,
        bytes => usize::from(bytes),
    };
    let model = Model {
        messages: Messages::default(),
        standing: Standing::Open,
        resting: true,
        data: Vec::new(),
        empty_in_a_row: 0,
        user_canceled: 0,
        answer_owed: false,
        answer_sealed: false,
        key_changes: false,
    };
    let mut reader = ResponseReader::new(RESPONSE_BYTES_DEFAULT / 8);
    reader.allow(8 << 20);
    reader.start(false).expect("a new reader");
    let mut play = Play { client, peer, reader, model, at_once, done: false };
    while !input.is_empty() && !play.done {
        play.act(&Op::read(&mut input));
    }
    play.finish();
}

impl Play {
    fn act(&mut self, op: &Op) {
        match op {
            Op::Data(bytes, padding) => self.record(DATA, &vec![b'd'; usize::from(*bytes)], *padding),
            Op::Ticket(bytes, part) => {
                for part in new_session_ticket(*bytes).chunks(usize::from(*part)) {
                    self.record(HANDSHAKE, part, 1);
                }
            }
            Op::KeyUpdate(requested, part) => {
                for part in key_update(*requested).chunks(usize::from(*part)) {
                    self.record(HANDSHAKE, part, 0);
                }
            }
            Op::Record(kind, content, padding) => self.record(*kind, content, *padding),
            Op::Seal(header, inner) => self.seal(*header, inner),
            Op::Raw(raw) => {
                if !raw.is_empty() && self.model.standing == Standing::Open {
                    self.model.standing = Standing::Garbled;
                }
                self.arrive(raw);
            }
            Op::Reply => self.ask(),
            Op::Release => {
                if self.model.resting {
                    self.client.after_release().expect("keys and tickets are made up");
                    self.model.messages.take_tickets();
                    self.model.answer_sealed |= std::mem::take(&mut self.model.answer_owed);
                }
            }
        }
    }

    fn record(&mut self, kind: u8, content: &[u8], padding: u8) {
        let mut inner = content.to_vec();
        inner.push(kind);
        inner.resize(inner.len() + usize::from(padding), 0);
        self.seal([DATA, 3, 3], &inner);
    }

    fn seal(&mut self, header: [u8; 3], inner: &[u8]) {
        if self.done {
            return;
        }
        let record = self.peer.seal(header, inner);
        self.model.take(header, inner);
        if std::mem::take(&mut self.model.key_changes) {
            self.peer.change_key();
        }
        self.arrive(&record);
    }

    fn arrive(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(self.at_once) {
            let outcome = match self.model.resting {
                true => self.client.rest(part).map(|()| Progress::NeedMore),
                false => self.client.receive(part, &mut self.reader),
            };
            match (outcome, self.model.standing) {
                (Ok(Progress::NeedMore), _) => continue,
                (Ok(Progress::Complete), Standing::Closed) => {
                    let body = self.reader.response().expect("a whole reply").body();
                    assert!(body == &self.model.data[HEAD.len()..], "other data than was sealed");
                }
                (Err(_), Standing::Refused | Standing::Garbled) => {}
                (Err(_), Standing::Closed) => assert!(self.model.resting, "a reply that ended well was refused"),
                (outcome, standing) => panic!("{outcome:?} of records that are {standing:?}"),
            }
            self.done = true;
            return;
        }
        assert!(
            matches!(self.model.standing, Standing::Open | Standing::Garbled),
            "{:?} and taken",
            self.model.standing
        );
    }

    /// The client sends its request, and the reply begins.
    fn ask(&mut self) {
        if self.done || !self.model.resting {
            return;
        }
        let sealed = self.client.seal(REQUEST).expect("the keys are new").to_vec();
        self.client.sent();
        let (answer, request) = sealed.split_at(sealed.len() - REQUEST.len() - 22);
        if self.model.answer_owed || self.model.answer_sealed {
            assert_eq!(self.peer.open(answer), [(HANDSHAKE, key_update(0).to_vec())]);
            self.peer.change_clients_key(1);
        }
        assert_eq!(self.peer.open(request), [(DATA, REQUEST.to_vec())]);
        self.model.resting = false;
        self.record(DATA, HEAD, 0);
    }

    fn finish(mut self) {
        self.ask();
        self.record(ALERT, &[1, 0], 0);
        let whole = matches!(self.model.standing, Standing::Closed | Standing::Refused);
        assert!(self.done || !whole, "no end");
    }
}
