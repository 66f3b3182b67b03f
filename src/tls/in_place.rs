//! TLS 1.3 records of our own, after a handshake by rustls: sealed and opened in buffers made beforehand, no heap call in
//! Rust or in C.
//!
//! ```text
//! out   writer's text ──seal──► sealed  │ KeyUpdate, where one is owed │ the request, one record │ ──► one write
//! in    landing │ record │ record │ part of a record │
//!           └──open──► reader's spare: contents of consecutive records lie end to end, nothing is moved
//! ```
//!
//! Records are opened out of the buffer they landed in, straight to where the reader wants the next byte of the reply. That
//! costs nothing over opening in place, and it leaves the reader a reader of plain bytes: the parts of a record, and what
//! comes behind a reply, belong to the connection and stay in its buffer.
//!
//! What a KeyUpdate and a ticket need from rustls allocates: a KeyUpdate when it comes (its record is the last under the old
//! key), a ticket not before [`InPlace::after_release`].

use core::fmt;
use core::ops::Range;

use rustls::{AlertDescription, ContentType};

use super::error::RecordFault;
use super::post_handshake::{KeyUpdate, PostHandshake};
use super::protection::{
    HEADER_BYTES, OVERHEAD_BYTES, RECORD_BYTES_MAX, SEALED_BYTES_MAX, TAG_BYTES, TrafficKey, WornOut, whole_record,
};
use crate::exchange::CloseReason;
use crate::http::response::{Progress, ResponseReader};

/// Empty application data records in a row that are taken, as in rustls. They hide traffic (RFC 8446 section 5.1), but a
/// peer must not keep us busy with them.
pub(crate) const EMPTY_RECORDS_MAX: u32 = 32;

/// `user_canceled` alerts a connection takes, as in rustls: some peers send one before `close_notify`, for nothing.
pub(crate) const USER_CANCELED_MAX: u32 = 4;

/// A KeyUpdate that wants none back (RFC 8446 section 4.6.3): type 24, length 1, `update_not_requested`.
const KEY_UPDATE: [u8; 5] = [24, 0, 0, 1, 0];

/// Room for one request and a KeyUpdate in front of it.
const SEALED_BYTES: usize = KEY_UPDATE.len() + OVERHEAD_BYTES + RECORD_BYTES_MAX + OVERHEAD_BYTES;

/// What lives on of a handshake. Its methods allocate.
pub(crate) trait KeySchedule: Send + Sync {
    /// The key of our records after a KeyUpdate of ours.
    fn next_sealing(&mut self) -> Result<TrafficKey, CloseReason>;

    /// The key of the peer's records after its KeyUpdate.
    fn next_opening(&mut self) -> Result<TrafficKey, CloseReason>;

    /// A session ticket, without its message header.
    fn ticket(&mut self, ticket: &[u8]) -> Result<(), CloseReason>;
}

/// The keys of a connection and the bytes on their way through them.
pub(crate) struct InPlace {
    sealing: TrafficKey,
    opening: TrafficKey,
    /// Seals what is only rehearsed: a record number of the real key must never be used twice.
    rehearsing: Option<TrafficKey>,
    schedule: Box<dyn KeySchedule>,
    messages: PostHandshake,
    /// Records for the socket, until the kernel has all of them.
    sealed: Box<[u8]>,
    sealed_bytes: usize,
    /// Where the socket's bytes land: whole records only while they are opened, then at most a part of one.
    landing: Box<[u8]>,
    landed: usize,
    /// The part of a record that was there before the request was sealed.
    begun_before: bool,
    /// The peer wants a KeyUpdate of ours before our next record.
    answer_owed: bool,
    empty_in_a_row: u32,
    user_canceled: u32,
    /// Why there can be no further request on it, once that is known.
    end: Option<CloseReason>,
}

impl InPlace {
    /// The records of a connection whose handshake is done, and what of them came behind it.
    pub(crate) fn new(sealing: TrafficKey, opening: TrafficKey, schedule: Box<dyn KeySchedule>) -> Self {
        Self {
            rehearsing: sealing.for_rehearsal().ok(),
            sealing,
            opening,
            schedule,
            messages: PostHandshake::new(),
            sealed: vec![0; SEALED_BYTES].into_boxed_slice(),
            sealed_bytes: 0,
            landing: vec![0; SEALED_BYTES_MAX].into_boxed_slice(),
            landed: 0,
            begun_before: false,
            answer_owed: false,
            empty_in_a_row: 0,
            user_canceled: 0,
            end: None,
        }
    }

    #[inline]
    pub(crate) fn seal(&mut self, request: &[u8]) -> Result<(), CloseReason> {
        self.begun_before = self.landed > 0;
        self.answer()?;
        self.put(ContentType::ApplicationData, request)
    }

    /// Seals a request that is not to be sent, behind what may wait to go out.
    pub(crate) fn rehearse(&mut self, request: &[u8]) {
        if let Some(key) = &mut self.rehearsing {
            let record = key.seal(ContentType::ApplicationData, request, &mut self.sealed[self.sealed_bytes..]);
            core::hint::black_box(&record);
        }
    }

    /// RFC 8446 section 4.6.3: who is asked for a KeyUpdate sends one before its next application data; several requests
    /// may get one answer.
    #[inline]
    fn answer(&mut self) -> Result<(), CloseReason> {
        if core::mem::take(&mut self.answer_owed) {
            self.put(ContentType::Handshake, &KEY_UPDATE)?;
            self.sealing = self.schedule.next_sealing()?;
        }
        Ok(())
    }

    fn put(&mut self, kind: ContentType, content: &[u8]) -> Result<(), CloseReason> {
        let room = &mut self.sealed[self.sealed_bytes..];
        self.sealed_bytes += self.sealing.seal(kind, content, room).map_err(|WornOut| CloseReason::WornOut)?;
        Ok(())
    }

    #[inline]
    pub(crate) fn outgoing(&self) -> &[u8] {
        &self.sealed[..self.sealed_bytes]
    }

    #[inline]
    pub(crate) const fn sent(&mut self) {
        self.sealed_bytes = 0;
    }

    /// RFC 8446 section 6.1: who closes says so first.
    pub(crate) fn farewell(&mut self) -> &[u8] {
        let worn_out = self.put(ContentType::Alert, &CLOSE_NOTIFY).is_err();
        if worn_out { &[] } else { self.outgoing() }
    }

    /// Never empty: a part of a record is always shorter than the longest record.
    #[inline]
    pub(crate) fn landing(&mut self) -> &mut [u8] {
        &mut self.landing[self.landed..]
    }

    #[inline]
    pub(crate) const fn end(&mut self) -> &mut Option<CloseReason> {
        &mut self.end
    }

    /// RFC 8446 section 5.5: neither side's key may protect more records than its cipher allows. The peer's is not ours to
    /// change, and a KeyUpdate of ours would cost no less than a new connection, which the pool makes anyway.
    #[inline]
    pub(crate) const fn is_worn_out(&self) -> bool {
        self.sealing.is_worn_out() || self.opening.is_worn_out()
    }

    /// What waited because it allocates: tickets go to rustls, so that the next handshake resumes; a KeyUpdate that is owed
    /// is sealed, to go out in front of the next request.
    pub(crate) fn after_release(&mut self) -> Result<(), CloseReason> {
        let Self { messages, schedule, .. } = self;
        let tickets =
            if messages.has_tickets() { messages.hand_over(|ticket| schedule.ticket(ticket)) } else { Ok(()) };
        self.answer().and(tickets)
    }

    /// `bytes` came: opens every whole record. `reader` takes application data, and there may be none without it.
    #[inline]
    pub(crate) fn take(
        &mut self,
        bytes: usize,
        mut reader: Option<&mut ResponseReader>,
        progress: &mut Progress,
    ) -> Result<(), CloseReason> {
        self.landed += bytes;
        let mut from = 0;
        while let Some(length) = whole_record(&self.landing[from..self.landed]).map_err(CloseReason::Record)? {
            let record = from..from + length;
            from = record.end;
            self.take_record(record, reader.as_deref_mut(), progress)?;
            // RFC 8446 section 6.1: what comes after a closure alert must be ignored.
            if self.end.is_some() {
                from = self.landed;
                break;
            }
        }
        if from < self.landed {
            self.landing.copy_within(from..self.landed, 0);
        }
        self.landed -= from;
        Ok(())
    }

    fn take_record(
        &mut self,
        record: Range<usize>,
        mut reader: Option<&mut ResponseReader>,
        progress: &mut Progress,
    ) -> Result<(), CloseReason> {
        let begun_before = core::mem::take(&mut self.begun_before);
        let record = &mut self.landing[record];
        let inner_bytes = record.len() - HEADER_BYTES - TAG_BYTES;
        let spare = reader.as_deref_mut().map(ResponseReader::spare).filter(|spare| spare.len() >= inner_bytes);
        let in_reader = spare.is_some();
        let (opened, inner) = match spare {
            Some(spare) => (self.opening.open(record, spare), &*spare),
            // At rest, or the reader may have to grow for what is in it.
            None => (self.opening.open_in_place(record), &record[HEADER_BYTES..]),
        };
        let opened = opened.map_err(CloseReason::Record)?;
        let content = &inner[..opened.bytes];
        if opened.kind != ContentType::Handshake && self.messages.is_mid_message() {
            // RFC 8446 section 5.1: no other record between the parts of a handshake message.
            return Err(CloseReason::Record(RecordFault::Interleaved));
        }
        if content.is_empty() {
            return self.count_empty(opened.kind).map_err(CloseReason::Record);
        }
        self.empty_in_a_row = 0;
        match opened.kind {
            ContentType::ApplicationData => {
                self.messages.saw_data();
                // Begun before the request went out, so it answers nothing that was asked.
                let Some(reader) = reader.filter(|_| !begun_before) else { return Err(CloseReason::Stray) };
                let read = if in_reader {
                    reader.advance(opened.bytes)
                } else {
                    reader.push(&record[HEADER_BYTES..][..opened.bytes])
                };
                *progress = read.map_err(CloseReason::Http)?;
            }
            ContentType::Handshake => {
                if let Some(update) = self.messages.take(content).map_err(CloseReason::Record)? {
                    self.opening = self.schedule.next_opening()?;
                    // An answer that waits to be sent already answers this one too.
                    self.answer_owed |= update == KeyUpdate::Requested && self.sealed_bytes == 0;
                }
            }
            ContentType::Alert => {
                // RFC 8446 section 5.1: a record with an alert holds one, and all of it.
                let alert = content.try_into().map_err(|_| CloseReason::Record(RecordFault::AlertSize))?;
                self.alert(alert).map_err(CloseReason::Record)?;
            }
            // RFC 8446 section 5: a sealed change_cipher_spec, and any other type, must end the connection.
            other => return Err(CloseReason::Record(RecordFault::UnexpectedRecord { kind: other.into() })),
        }
        Ok(())
    }

    /// RFC 8446 section 5.4: application data may be empty; handshake messages and alerts may not.
    fn count_empty(&mut self, kind: ContentType) -> Result<(), RecordFault> {
        if kind != ContentType::ApplicationData {
            return Err(RecordFault::Empty { kind: kind.into() });
        }
        self.empty_in_a_row += 1;
        if self.empty_in_a_row > EMPTY_RECORDS_MAX { Err(RecordFault::TooManyEmpty) } else { Ok(()) }
    }

    fn alert(&mut self, [level, code]: [u8; 2]) -> Result<(), RecordFault> {
        match (level, AlertDescription::from(code)) {
            // RFC 8446 section 6.1: the peer sends no more.
            (ALERT_WARNING | ALERT_FATAL, AlertDescription::CloseNotify) => self.end = Some(CloseReason::PeerClosed),
            (ALERT_WARNING, AlertDescription::UserCanceled) => {
                self.user_canceled += 1;
                if self.user_canceled > USER_CANCELED_MAX {
                    return Err(RecordFault::TooManyUserCanceled);
                }
            }
            // RFC 8446 section 6.2: every other alert, known or not, is an error whatever its level says.
            _ => return Err(RecordFault::Alert { code }),
        }
        Ok(())
    }
}

const ALERT_WARNING: u8 = 1;
const ALERT_FATAL: u8 = 2;
const CLOSE_NOTIFY: [u8; 2] = [ALERT_WARNING, 0];

/// Numbers only, no key and no byte of what went through.
impl fmt::Debug for InPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InPlace")
            .field("sealing", &self.sealing)
            .field("opening", &self.opening)
            .field("messages", &self.messages)
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Algorithm, CHACHA20_POLY1305};

    use super::super::peer::{REPLY, land, reading};
    use super::super::script::{ALERT, CHANGE_CIPHER_SPEC, DATA, HANDSHAKE, Rehearsal, key_update, new_session_ticket};
    use super::*;
    use crate::http::response::HttpError;

    static SUITES: [&Algorithm; 3] = [&AES_128_GCM, &AES_256_GCM, &CHACHA20_POLY1305];
    const REQUEST: &[u8] = b"POST /order HTTP/1.1\r\n\r\n";

    /// Sends a request, feeds `stream` in parts of `at_once` bytes as its reply, and then the end of the stream.
    fn answer(peer: &mut Rehearsal, stream: &[u8], at_once: usize) -> Result<Vec<u8>, CloseReason> {
        peer.client.seal(REQUEST)?;
        peer.client.sent();
        let mut reader = reading();
        for part in stream.chunks(at_once) {
            land(&mut peer.client, part);
            if peer.client.open(part.len(), &mut reader)? == Progress::Complete {
                return Ok(reader.response().unwrap().body().to_vec());
            }
        }
        match peer.client.closed(&mut reader)? {
            Progress::Complete => Ok(reader.response().unwrap().body().to_vec()),
            Progress::NeedMore => panic!("an end of the stream that ends nothing"),
        }
    }

    /// What becomes of a stream that starts with `records`, a good reply behind them.
    fn before_a_reply(records: impl FnOnce(&mut Rehearsal) -> Vec<u8>) -> Result<Vec<u8>, CloseReason> {
        let mut peer = Rehearsal::new(&AES_128_GCM);
        let mut stream = records(&mut peer);
        stream.extend(peer.ours.record(DATA, REPLY, 0));
        answer(&mut peer, &stream, usize::MAX)
    }

    fn refused(fault: RecordFault) -> Result<Vec<u8>, CloseReason> {
        Err(CloseReason::Record(fault))
    }

    #[test]
    fn seals_one_record_per_request_and_opens_the_reply_in_every_suite() {
        for suite in SUITES {
            let mut peer = Rehearsal::new(suite);
            for round in 0..300 {
                let request = vec![b'r'; 1 + round * 7];
                peer.client.seal(&request).unwrap();
                assert_eq!(peer.clients.open(peer.client.outgoing(b"")), [(DATA, request)]);
                peer.client.sent();
                let reply = peer.ours.record(DATA, REPLY, round);
                assert_eq!(answer(&mut peer, &reply, 1 + round), Ok(b"{}".to_vec()));
                peer.clients.sequence += 1;
            }
            let longest = vec![b'r'; RECORD_BYTES_MAX];
            peer.client.seal(&longest).unwrap();
            assert_eq!(peer.clients.open(peer.client.outgoing(b"")), [(DATA, longest)]);
        }
    }

    #[test]
    fn every_flipped_bit_is_refused() {
        for suite in SUITES {
            let bytes = Rehearsal::new(suite).ours.record(DATA, REPLY, 3).len();
            for bit in 0..bytes * 8 {
                let mut peer = Rehearsal::new(suite);
                let mut record = peer.ours.record(DATA, REPLY, 3);
                record[bit / 8] ^= 1 << (bit % 8);
                let outcome = answer(&mut peer, &record, usize::MAX).unwrap_err();
                match (bit / 8, outcome) {
                    (0, CloseReason::Record(RecordFault::UnexpectedRecord { .. })) => {}
                    (1 | 2, CloseReason::Record(RecordFault::Version { .. })) => {}
                    // A longer record than came: it is waited for in vain.
                    (
                        3 | 4,
                        CloseReason::Record(RecordFault::TooLong) | CloseReason::Http(HttpError::ClosedBeforeReply),
                    ) => {}
                    (3.., CloseReason::Record(RecordFault::BadTag)) => {}
                    (_, other) => panic!("bit {bit}: {other:?}"),
                }
            }
        }
    }

    #[test]
    fn a_stream_cut_at_any_byte_is_no_reply() {
        let whole = {
            let mut peer = Rehearsal::new(&AES_128_GCM);
            let (head, body) = REPLY.split_at(30);
            [peer.ours.record(DATA, head, 0), peer.ours.record(DATA, body, 5)].concat()
        };
        for cut in 0..whole.len() {
            let error = answer(&mut Rehearsal::new(&AES_128_GCM), &whole[..cut], usize::MAX).unwrap_err();
            assert!(matches!(error, CloseReason::Http(_)), "{cut}: {error}");
        }
        assert_eq!(answer(&mut Rehearsal::new(&AES_128_GCM), &whole, 1), Ok(b"{}".to_vec()));
    }

    #[test]
    fn records_come_once_and_in_their_order() {
        let mut peer = Rehearsal::new(&AES_256_GCM);
        let records: Vec<_> = REPLY.chunks(14).map(|part| peer.ours.record(DATA, part, 0)).collect();
        for order in [&[0, 1, 2][..], &[0, 0], &[1], &[0, 2], &[2, 1, 0], &[0, 1, 1], &[0, 1, 0]] {
            let stream: Vec<u8> = order.iter().flat_map(|number| records[*number].clone()).collect();
            let outcome = answer(&mut Rehearsal::new(&AES_256_GCM), &stream, usize::MAX);
            let expected = if order == [0, 1, 2] { Ok(b"{}".to_vec()) } else { refused(RecordFault::BadTag) };
            assert_eq!(outcome, expected, "{order:?}");
        }
    }

    #[test]
    fn records_may_have_one_byte_each() {
        for suite in SUITES {
            for padding in [0, 1, 255] {
                let mut peer = Rehearsal::new(suite);
                let stream: Vec<u8> = REPLY.chunks(1).flat_map(|byte| peer.ours.record(DATA, byte, padding)).collect();
                for at_once in [1, 22, 23, 1000] {
                    assert_eq!(answer(&mut Rehearsal::new(suite), &stream, at_once), Ok(b"{}".to_vec()));
                }
            }
        }
    }

    #[test]
    fn a_record_is_as_long_as_it_may_be_and_no_longer() {
        let text = |body: usize| {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {body}\r\n\r\n");
            [head.as_bytes(), &vec![b'x'; body]].concat()
        };
        let fits = RECORD_BYTES_MAX - text(10_000).len() + 10_000;
        let open = |content: &[u8], padding| {
            let mut peer = Rehearsal::new(&CHACHA20_POLY1305);
            let record = peer.ours.record(DATA, content, padding);
            answer(&mut peer, &record, 1000).map(|body| body.len())
        };
        assert_eq!(open(&text(fits), 0), Ok(fits));
        assert_eq!(open(&text(fits - 1), 1), Ok(fits - 1));
        for (content, padding) in [(text(fits + 1), 0), (text(fits), 1), (text(0), RECORD_BYTES_MAX), (text(fits), 239)]
        {
            assert_eq!(open(&content, padding), Err(CloseReason::Record(RecordFault::TooLong)));
        }
        // Refused by its header, before all of it is there.
        for length in [RECORD_BYTES_MAX + 257, 0xffff] {
            let [high, low] = u16::try_from(length).unwrap().to_be_bytes();
            let outcome = answer(&mut Rehearsal::new(&AES_128_GCM), &[DATA, 3, 3, high, low], usize::MAX);
            assert_eq!(outcome, refused(RecordFault::TooLong));
        }
        for bytes in 0..17 {
            let low = u8::try_from(bytes).unwrap();
            let outcome = answer(&mut Rehearsal::new(&AES_128_GCM), &[DATA, 3, 3, 0, low], usize::MAX);
            assert_eq!(outcome, refused(RecordFault::TooShort { bytes }));
        }
    }

    #[test]
    fn a_header_that_was_sealed_wrong_is_refused_all_the_same() {
        for kind in (0..=255).filter(|kind| *kind != DATA) {
            let outcome = before_a_reply(|peer| peer.ours.seal([kind, 3, 3], &[b'x', DATA]));
            assert_eq!(outcome, refused(RecordFault::UnexpectedRecord { kind }));
        }
        for version in [[3, 1], [3, 4], [2, 3], [0, 0]] {
            let outcome = before_a_reply(|peer| peer.ours.seal([DATA, version[0], version[1]], &[b'x', DATA]));
            assert_eq!(outcome, refused(RecordFault::Version { version: u16::from_be_bytes(version) }));
        }
    }

    #[test]
    fn records_in_the_clear_are_refused() {
        for record in
            [&[CHANGE_CIPHER_SPEC, 3, 3, 0, 1, 1][..], &[ALERT, 3, 3, 0, 2, 1, 0], &[ALERT, 3, 3, 0, 2, 2, 40]]
        {
            assert_eq!(before_a_reply(|_| record.to_vec()), refused(RecordFault::UnexpectedRecord { kind: record[0] }));
        }
    }

    #[test]
    fn only_three_types_may_be_inside() {
        for kind in (1..=255).filter(|kind| ![ALERT, HANDSHAKE, DATA].contains(kind)) {
            let outcome = before_a_reply(|peer| peer.ours.record(kind, &[1], 0));
            assert_eq!(outcome, refused(RecordFault::UnexpectedRecord { kind }));
        }
        for zeros in [1, 2, 100] {
            let outcome = before_a_reply(|peer| peer.ours.seal([DATA, 3, 3], &vec![0; zeros]));
            assert_eq!(outcome, refused(RecordFault::NoContentType));
        }
    }

    #[test]
    fn empty_records_are_counted_where_they_may_come() {
        let empties = |peer: &mut Rehearsal, count| -> Vec<u8> {
            (0..count).flat_map(|padding| peer.ours.record(DATA, b"", padding % 3)).collect()
        };
        let most = usize::try_from(EMPTY_RECORDS_MAX).unwrap();
        assert_eq!(before_a_reply(|peer| empties(peer, most)), Ok(b"{}".to_vec()));
        assert_eq!(before_a_reply(|peer| empties(peer, most + 1)), refused(RecordFault::TooManyEmpty));
        for kind in [ALERT, HANDSHAKE] {
            assert_eq!(before_a_reply(|peer| peer.ours.record(kind, b"", 7)), refused(RecordFault::Empty { kind }));
        }
        // Between full ones they start anew; behind the reply they are no data.
        let mut peer = Rehearsal::new(&AES_128_GCM);
        let mut stream = Vec::new();
        for part in REPLY.chunks(10) {
            stream.extend(empties(&mut peer, most));
            stream.extend(peer.ours.record(DATA, part, 0));
        }
        stream.extend(empties(&mut peer, most));
        assert_eq!(answer(&mut peer, &stream, usize::MAX), Ok(b"{}".to_vec()));
    }

    #[test]
    fn every_alert_ends_the_connection_but_one() {
        for level in 0..=3 {
            for code in 0..=255 {
                let outcome = before_a_reply(|peer| peer.ours.record(ALERT, &[level, code], 0));
                match (level, code) {
                    (1 | 2, 0) => assert_eq!(outcome, Err(CloseReason::Http(HttpError::ClosedBeforeReply))),
                    (1, 90) => assert_eq!(outcome, Ok(b"{}".to_vec())),
                    _ => assert_eq!(outcome, refused(RecordFault::Alert { code })),
                }
            }
        }
        for malformed in [&[2][..], &[1, 0, 0], &[1, 0, 1, 0]] {
            let outcome = before_a_reply(|peer| peer.ours.record(ALERT, malformed, 0));
            assert_eq!(outcome, refused(RecordFault::AlertSize));
        }
        let canceled =
            |times| before_a_reply(|peer| (0..times).flat_map(|_| peer.ours.record(ALERT, &[1, 90], 0)).collect());
        assert_eq!(canceled(USER_CANCELED_MAX), Ok(b"{}".to_vec()));
        assert_eq!(canceled(USER_CANCELED_MAX + 1), refused(RecordFault::TooManyUserCanceled));
        assert!(refused(RecordFault::Alert { code: 40 }).unwrap_err().to_string().contains("HandshakeFailure"));
    }

    #[test]
    fn handshake_messages_may_come_in_any_parts_but_alone() {
        let ticket = new_session_ticket(100);
        for part in [1, 2, 3, 4, 5, ticket.len()] {
            let split = |peer: &mut Rehearsal| -> Vec<u8> {
                ticket.chunks(part).flat_map(|part| peer.ours.record(HANDSHAKE, part, 1)).collect()
            };
            assert_eq!(before_a_reply(split), Ok(b"{}".to_vec()));
        }
        let two = [ticket.clone(), ticket.clone()].concat();
        assert_eq!(before_a_reply(|peer| peer.ours.record(HANDSHAKE, &two, 0)), Ok(b"{}".to_vec()));
        // Something else between two parts, wherever the cut is.
        for cut in 1..ticket.len() {
            for (kind, content) in [(DATA, &b"x"[..]), (DATA, b""), (ALERT, &[1, 0]), (ALERT, &[1, 90])] {
                let between = |peer: &mut Rehearsal| {
                    let part = peer.ours.record(HANDSHAKE, &ticket[..cut], 0);
                    [part, peer.ours.record(kind, content, 0)].concat()
                };
                assert_eq!(before_a_reply(between), refused(RecordFault::Interleaved));
            }
        }
    }

    #[test]
    fn a_key_update_may_come_anywhere_and_is_answered_once() {
        for at in 0..=REPLY.len() {
            for (requested, updates) in [(0, 1), (1, 1), (1, 3)] {
                for part in [1, 2, 5] {
                    let mut peer = Rehearsal::new(&AES_128_GCM);
                    let mut stream = peer.ours.record(DATA, &REPLY[..at], 0);
                    for _ in 0..updates {
                        let message = key_update(requested);
                        stream.extend(message.chunks(part).flat_map(|part| peer.ours.record(HANDSHAKE, part, 0)));
                        peer.change_key();
                    }
                    stream.extend(peer.ours.record(DATA, &REPLY[at..], 0));
                    assert_eq!(answer(&mut peer, &stream, usize::MAX), Ok(b"{}".to_vec()), "at {at}");
                    peer.clients.sequence += 1;
                    // One write: the answer first, then the request under the key that comes with it.
                    peer.client.seal(REQUEST).unwrap();
                    let out = peer.client.outgoing(b"").to_vec();
                    let (answered, request) =
                        out.split_at(if requested == 1 { KEY_UPDATE.len() + OVERHEAD_BYTES } else { 0 });
                    if requested == 1 {
                        assert_eq!(peer.clients.open(answered), [(HANDSHAKE, key_update(0).to_vec())]);
                        peer.clients = Rehearsal::client_key(&AES_128_GCM, 1);
                    }
                    assert_eq!(peer.clients.open(request), [(DATA, REQUEST.to_vec())]);
                    peer.client.sent();
                    peer.client.seal(REQUEST).unwrap();
                    assert_eq!(peer.clients.open(peer.client.outgoing(b"")), [(DATA, REQUEST.to_vec())]);
                }
            }
        }
    }

    #[test]
    fn a_key_update_is_what_the_rfc_says_it_is() {
        let send = |message: &[u8]| before_a_reply(|peer| peer.ours.record(HANDSHAKE, message, 0));
        for value in 2..=255 {
            assert_eq!(send(&key_update(value)), refused(RecordFault::KeyUpdate));
        }
        assert_eq!(send(&[24, 0, 0, 0]), refused(RecordFault::KeyUpdate));
        assert_eq!(send(&[24, 0, 0, 2, 0, 0]), refused(RecordFault::KeyUpdate));
        assert_eq!(send(&[&key_update(0)[..], &[4]].concat()), refused(RecordFault::KeyUpdateNotLast));
        assert_eq!(send(&[key_update(0), key_update(0)].concat()), refused(RecordFault::KeyUpdateNotLast));
        // The old key is not used any more.
        assert_eq!(send(&key_update(0)), refused(RecordFault::BadTag));
        // Behind a ticket in the same record it still ends the record.
        let both = before_a_reply(|peer| {
            let record = peer.ours.record(HANDSHAKE, &[&new_session_ticket(9)[..], &key_update(0)].concat(), 0);
            peer.change_key();
            record
        });
        assert_eq!(both, Ok(b"{}".to_vec()));
    }

    #[test]
    fn an_endless_row_of_messages_ends() {
        let updates = |count| {
            before_a_reply(|peer| {
                let mut stream = Vec::new();
                for _ in 0..count {
                    stream.extend(peer.ours.record(HANDSHAKE, &key_update(0), 0));
                    peer.change_key();
                }
                stream
            })
        };
        assert_eq!(updates(32), Ok(b"{}".to_vec()));
        assert_eq!(updates(33), refused(RecordFault::TooManyMessages));
    }

    #[test]
    fn a_reply_larger_than_the_reader_names_the_limit_and_one_that_may_grow_grows() {
        let text = [&b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"[..], &[b'x'; 5000]].concat();
        for grows in [false, true] {
            let mut peer = Rehearsal::new(&AES_128_GCM);
            let mut reader = ResponseReader::new(1000);
            reader.start(false).unwrap();
            if grows {
                reader.allow(10_000);
            }
            let record = peer.ours.record(DATA, &text, 100);
            land(&mut peer.client, &record);
            let outcome = peer.client.open(record.len(), &mut reader);
            if grows {
                assert_eq!(outcome, Ok(Progress::Complete));
                assert_eq!(reader.response().unwrap().body(), &[b'x'; 5000]);
            } else {
                assert!(matches!(outcome, Err(CloseReason::Http(HttpError::TooLarge { .. }))), "{outcome:?}");
            }
        }
    }

    #[test]
    fn worn_out_keys_end_the_connection_between_two_requests() {
        // Ours: three requests.
        let mut peer = Rehearsal::with_limit(&AES_128_GCM, 3);
        for left in (0..3).rev() {
            assert_eq!(peer.client.end(), None);
            peer.client.seal(REQUEST).unwrap();
            peer.client.sent();
            assert_eq!(peer.client.end().is_some(), left == 0);
        }
        assert_eq!(peer.client.end(), Some(&CloseReason::WornOut));
        assert_eq!(peer.client.seal(REQUEST), Err(CloseReason::WornOut));
        // The peer's: its third record is still opened.
        let mut peer = Rehearsal::with_limit(&AES_128_GCM, 3);
        let stream: Vec<u8> = REPLY.chunks(14).flat_map(|part| peer.ours.record(DATA, part, 0)).collect();
        assert_eq!(answer(&mut peer, &stream, usize::MAX), Ok(b"{}".to_vec()));
        assert_eq!(peer.client.end(), Some(&CloseReason::WornOut));
        // A KeyUpdate makes them new.
        let mut peer = Rehearsal::with_limit(&AES_128_GCM, 2);
        let update = peer.ours.record(HANDSHAKE, &key_update(1), 0);
        peer.change_key();
        let stream = [update, peer.ours.record(DATA, REPLY, 0)].concat();
        assert_eq!(answer(&mut peer, &stream, usize::MAX), Ok(b"{}".to_vec()));
        peer.client.seal(REQUEST).unwrap();
        assert_eq!(peer.client.end(), None);
    }
}
