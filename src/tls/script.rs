//! Records as a peer might make them, right or wrong: for tests and fuzzing.
//!
//! It shares no code with what it tests: it seals any inner bytes behind any header, in records of any size. rustls makes
//! only good records, none of them short.

use aws_lc_rs::aead::{Aad, Algorithm, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use super::in_place::{InPlace, KeySchedule};
use super::protection::TrafficKey;
use super::record::Records;
use crate::exchange::CloseReason;

pub(crate) const CHANGE_CIPHER_SPEC: u8 = 20;
pub(crate) const ALERT: u8 = 21;
pub(crate) const HANDSHAKE: u8 = 22;
pub(crate) const DATA: u8 = 23;

/// One direction of a scripted peer.
pub(crate) struct ScriptKey {
    key: LessSafeKey,
    iv: [u8; NONCE_LEN],
    pub(crate) sequence: u64,
}

impl ScriptKey {
    pub(crate) fn new(algorithm: &'static Algorithm, key: &[u8], iv: &[u8], sequence: u64) -> Self {
        let key = LessSafeKey::new(UnboundKey::new(algorithm, key).expect("a key of the algorithm's length"));
        Self { key, iv: iv.try_into().expect("an IV of 12 bytes"), sequence }
    }

    fn nonce(&mut self) -> Nonce {
        let number = u128::from(self.sequence) ^ u128::from_be_bytes(padded(self.iv));
        self.sequence += 1;
        Nonce::assume_unique_for_key(number.to_be_bytes()[4..].try_into().expect("12 bytes"))
    }

    /// A record of this type and content, with so many bytes of padding.
    pub(crate) fn record(&mut self, kind: u8, content: &[u8], padding: usize) -> Vec<u8> {
        let mut inner = content.to_vec();
        inner.push(kind);
        inner.resize(inner.len() + padding, 0);
        self.seal([DATA, 3, 3], &inner)
    }

    /// A record with this header and any inner bytes.
    pub(crate) fn seal(&mut self, [kind, major, minor]: [u8; 3], inner: &[u8]) -> Vec<u8> {
        let length = u16::try_from(inner.len() + 16).expect("a length of two bytes").to_be_bytes();
        let header = [kind, major, minor, length[0], length[1]];
        let (mut sealed, nonce) = (inner.to_vec(), self.nonce());
        self.key.seal_in_place_append_tag(nonce, Aad::from(header), &mut sealed).expect("a record is short enough");
        [&header[..], &sealed].concat()
    }

    /// Type and content of each record in `records`.
    pub(crate) fn open(&mut self, mut records: &[u8]) -> Vec<(u8, Vec<u8>)> {
        let mut opened = Vec::new();
        while let Some((header, rest)) = records.split_first_chunk::<5>() {
            let (sealed, behind) = rest.split_at(usize::from(u16::from_be_bytes([header[3], header[4]])));
            let (mut sealed, nonce) = (sealed.to_vec(), self.nonce());
            let inner = self.key.open_in_place(nonce, Aad::from(header), &mut sealed).expect("the client's record");
            let mut inner = inner.to_vec();
            while inner.last() == Some(&0) {
                inner.pop();
            }
            opened.push((inner.pop().expect("a content type"), inner));
            records = behind;
        }
        opened
    }
}

fn padded(iv: [u8; NONCE_LEN]) -> [u8; 16] {
    let mut padded = [0; 16];
    padded[4..].copy_from_slice(&iv);
    padded
}

/// A KeyUpdate message.
pub(crate) const fn key_update(requested: u8) -> [u8; 5] {
    [24, 0, 0, 1, requested]
}

/// A well-formed NewSessionTicket message with a ticket of so many bytes.
pub(crate) fn new_session_ticket(ticket_bytes: u16) -> Vec<u8> {
    let mut body = vec![0, 0, 0x1c, 0x20, 1, 2, 3, 4, 1, 9];
    body.extend(ticket_bytes.to_be_bytes());
    body.resize(body.len() + usize::from(ticket_bytes), 0x5a);
    body.extend([0, 0]);
    let length = u32::try_from(body.len()).expect("a short ticket").to_be_bytes();
    [&[4], &length[1..], &body].concat()
}

/// A client's records and its peer, with keys made up rather than agreed on: as cheap as a test that breaks thousands of
/// connections needs.
pub(crate) struct Rehearsal {
    pub(crate) client: Records,
    pub(crate) ours: ScriptKey,
    pub(crate) clients: ScriptKey,
    algorithm: &'static Algorithm,
    generation: u8,
}

impl Rehearsal {
    pub(crate) fn new(algorithm: &'static Algorithm) -> Self {
        Self::with_limit(algorithm, u64::MAX)
    }

    /// The client's keys may protect `limit` records.
    pub(crate) fn with_limit(algorithm: &'static Algorithm, limit: u64) -> Self {
        let schedule = Rehearsed { algorithm, sealing: 0, opening: 0, limit };
        let keys = (schedule.key(CLIENT, 0), schedule.key(SERVER, 0));
        Self {
            client: Records::InPlace(Box::new(InPlace::new(keys.0, keys.1, Box::new(schedule)))),
            ours: script_key(algorithm, SERVER, 0),
            clients: script_key(algorithm, CLIENT, 0),
            algorithm,
            generation: 0,
        }
    }

    /// The key of the client's records after so many KeyUpdates of its own.
    pub(crate) fn client_key(algorithm: &'static Algorithm, generation: u8) -> ScriptKey {
        script_key(algorithm, CLIENT, generation)
    }

    /// What the peer seals next has its next key.
    pub(crate) fn change_key(&mut self) {
        self.generation = self.generation.wrapping_add(1);
        self.ours = script_key(self.algorithm, SERVER, self.generation);
    }
}

const CLIENT: u8 = 0xc1;
const SERVER: u8 = 0x5e;

fn key_bytes(side: u8, generation: u8) -> [u8; 32] {
    std::array::from_fn(|at| side ^ generation.wrapping_mul(31) ^ u8::try_from(at).expect("small"))
}

fn iv(side: u8, generation: u8) -> [u8; NONCE_LEN] {
    std::array::from_fn(|at| side.wrapping_add(generation) ^ u8::try_from(7 * at).expect("small"))
}

fn script_key(algorithm: &'static Algorithm, side: u8, generation: u8) -> ScriptKey {
    ScriptKey::new(algorithm, &key_bytes(side, generation)[..algorithm.key_len()], &iv(side, generation), 0)
}

/// Stands in for rustls's key schedule.
struct Rehearsed {
    algorithm: &'static Algorithm,
    sealing: u8,
    opening: u8,
    limit: u64,
}

impl Rehearsed {
    fn key(&self, side: u8, generation: u8) -> TrafficKey {
        let key = &key_bytes(side, generation)[..self.algorithm.key_len()];
        TrafficKey::new(self.algorithm, key, iv(side, generation), 0, self.limit).expect("a key of the right length")
    }
}

impl KeySchedule for Rehearsed {
    fn next_sealing(&mut self) -> Result<TrafficKey, CloseReason> {
        self.sealing = self.sealing.wrapping_add(1);
        Ok(self.key(CLIENT, self.sealing))
    }

    fn next_opening(&mut self) -> Result<TrafficKey, CloseReason> {
        self.opening = self.opening.wrapping_add(1);
        Ok(self.key(SERVER, self.opening))
    }

    fn ticket(&mut self, _ticket: &[u8]) -> Result<(), CloseReason> {
        Ok(())
    }
}
