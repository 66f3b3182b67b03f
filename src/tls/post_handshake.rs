//! Handshake messages that come after the handshake: put together from their parts, tickets kept, the rest judged.
//!
//! RFC 8446 section 4.6 has three: NewSessionTicket and KeyUpdate, and CertificateRequest, which only a client that has
//! offered it may be sent, and this one never does. A message may be split over records down to single bytes, and a record
//! may hold several. What may come is bounded; a ticket waits in a buffer made beforehand until
//! [`PostHandshake::hand_over`] is called where allocating is allowed, since rustls allocates on it. What finds no room is
//! dropped and counted: without its ticket a later handshake is a full one, that is all.
//!
//! ```text
//! room  │ length, ticket │ length, ticket │ (length) the part of one that came │ free │
//!       0                                 kept
//! ```

use core::fmt;

use rustls::HandshakeType;

use super::error::RecordFault;

/// Handshake messages that may come without application data in between.
pub(crate) const MESSAGES_MAX: u32 = 32;

/// The longest handshake message taken, as in rustls.
pub(crate) const MESSAGE_BYTES_MAX: usize = 0xffff;

/// Room for the tickets of one exchange: servers send two of about 200 bytes, up to some 2 KB where the ticket holds the
/// client's certificates.
const ROOM_BYTES: usize = 4096;

/// Type and length of a handshake message (RFC 8446 section 4).
const HEADER_BYTES: usize = 4;

/// Lifetime 4, age 4, an empty nonce 1, a ticket of one byte 3, no extension 2 (RFC 8446 section 4.6.1).
const TICKET_BYTES_MIN: usize = 4 + 4 + 1 + 3 + 2;

/// Bytes that say how long a kept ticket is.
const LENGTH_BYTES: usize = 2;

/// The peer's sealing key changes after this record (RFC 8446 section 4.6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyUpdate {
    /// And it wants ours to change too.
    Requested,
    /// That is all.
    NotRequested,
}

/// Handshake messages on their way in, and the tickets that wait.
pub(crate) struct PostHandshake {
    room: Box<[u8]>,
    /// Bytes of `room` that hold whole tickets.
    kept: usize,
    header: [u8; HEADER_BYTES],
    /// Bytes of the message that came, its header among them; 0 between messages.
    came: usize,
    /// There was room for all of it when it began.
    fits: bool,
    /// Messages since the last application data.
    in_a_row: u32,
    dropped: u32,
}

impl PostHandshake {
    pub(crate) fn new() -> Self {
        let room = vec![0; ROOM_BYTES].into_boxed_slice();
        Self { room, kept: 0, header: [0; HEADER_BYTES], came: 0, fits: false, in_a_row: 0, dropped: 0 }
    }

    /// Whether a message is there in part.
    pub(crate) const fn is_mid_message(&self) -> bool {
        self.came > 0
    }

    /// Application data came: the peer does more than to send messages.
    pub(crate) const fn saw_data(&mut self) {
        self.in_a_row = 0;
    }

    /// Takes the content of one handshake record.
    pub(crate) fn take(&mut self, mut content: &[u8]) -> Result<Option<KeyUpdate>, RecordFault> {
        while !content.is_empty() {
            if self.came < HEADER_BYTES {
                let part = split_off(&mut content, HEADER_BYTES - self.came);
                self.header[self.came..][..part.len()].copy_from_slice(part);
                self.came += part.len();
                if self.came < HEADER_BYTES {
                    break;
                }
                self.begin()?;
            }
            let body_came = self.came - HEADER_BYTES;
            let part = split_off(&mut content, self.body_bytes() - body_came);
            self.came += part.len();
            let whole = self.came == HEADER_BYTES + self.body_bytes();
            match self.kind() {
                HandshakeType::KeyUpdate => {
                    if let Some(value) = part.first() {
                        self.came = 0;
                        // RFC 8446 section 5.1: a key change has to align with a record's end.
                        if !content.is_empty() {
                            return Err(RecordFault::KeyUpdateNotLast);
                        }
                        // RFC 8446 section 4.6.3: any other value must end the connection.
                        return match value {
                            0 => Ok(Some(KeyUpdate::NotRequested)),
                            1 => Ok(Some(KeyUpdate::Requested)),
                            _ => Err(RecordFault::KeyUpdate),
                        };
                    }
                }
                _ticket => self.keep(body_came, part, whole),
            }
            if whole {
                self.came = 0;
            }
        }
        Ok(None)
    }

    /// The header is whole: may its message come?
    fn begin(&mut self) -> Result<(), RecordFault> {
        let bytes = self.body_bytes();
        match self.kind() {
            HandshakeType::KeyUpdate if bytes != 1 => return Err(RecordFault::KeyUpdate),
            HandshakeType::NewSessionTicket if bytes < TICKET_BYTES_MIN => return Err(RecordFault::Ticket),
            HandshakeType::NewSessionTicket if bytes > MESSAGE_BYTES_MAX => {
                return Err(RecordFault::MessageTooLong { bytes });
            }
            HandshakeType::KeyUpdate | HandshakeType::NewSessionTicket => {}
            // RFC 8446 section 4.6.2: a CertificateRequest without post_handshake_auth offered is unexpected too.
            other => return Err(RecordFault::UnexpectedMessage { kind: other.into() }),
        }
        self.fits = self.ticket_end() <= self.room.len();
        self.in_a_row += 1;
        if self.in_a_row > MESSAGES_MAX {
            return Err(RecordFault::TooManyMessages);
        }
        Ok(())
    }

    /// Keeps a part of a ticket, from byte `at` of it, or counts the ticket when it is whole and has no room.
    fn keep(&mut self, at: usize, part: &[u8], whole: bool) {
        if !self.fits {
            self.dropped = self.dropped.saturating_add(u32::from(whole));
            return;
        }
        let end = self.ticket_end();
        let ticket = &mut self.room[self.kept..end];
        ticket[LENGTH_BYTES + at..][..part.len()].copy_from_slice(part);
        if whole {
            ticket[..LENGTH_BYTES].copy_from_slice(&self.header[HEADER_BYTES - LENGTH_BYTES..]);
            self.kept = end;
        }
    }

    /// Whether whole tickets wait.
    pub(crate) const fn has_tickets(&self) -> bool {
        self.kept > 0
    }

    /// Gives all whole tickets away, each without its message header, oldest first.
    ///
    /// **Errors**: the first one of `taker`; the tickets are gone all the same.
    pub(crate) fn hand_over<E>(&mut self, mut taker: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        let mut tickets = &self.room[..self.kept];
        let mut outcome = Ok(());
        while let Some((length, rest)) = tickets.split_first_chunk::<LENGTH_BYTES>() {
            let (ticket, behind) = rest.split_at(usize::from(u16::from_be_bytes(*length)));
            tickets = behind;
            outcome = outcome.and(taker(ticket));
        }
        if self.is_mid_message() {
            self.room.copy_within(self.kept.., 0);
        }
        self.kept = 0;
        outcome
    }

    /// Where in the room the ticket that comes in will end.
    fn ticket_end(&self) -> usize {
        self.kept + LENGTH_BYTES + self.body_bytes()
    }

    fn kind(&self) -> HandshakeType {
        self.header[0].into()
    }

    fn body_bytes(&self) -> usize {
        let [_, length @ ..] = self.header;
        length.iter().fold(0, |bytes, byte| bytes << 8 | usize::from(*byte))
    }
}

/// Takes at most so many bytes from the front.
fn split_off<'a>(bytes: &mut &'a [u8], most: usize) -> &'a [u8] {
    let (taken, rest) = bytes.split_at(most.min(bytes.len()));
    *bytes = rest;
    taken
}

/// Numbers only: tickets are credentials.
impl fmt::Debug for PostHandshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostHandshake")
            .field("ticket_bytes", &self.kept)
            .field("tickets_dropped", &self.dropped)
            .field("in_a_row", &self.in_a_row)
            .finish_non_exhaustive()
    }
}

const _: () = assert!(MESSAGE_BYTES_MAX <= 0xffff, "a kept ticket's length is two bytes");

#[cfg(test)]
mod tests {
    use super::super::script::{key_update, new_session_ticket};
    use super::*;

    fn tickets(messages: &mut PostHandshake) -> Vec<Vec<u8>> {
        let mut given = Vec::new();
        let taken: Result<(), ()> = messages.hand_over(|ticket| {
            given.push(ticket.to_vec());
            Ok(())
        });
        taken.unwrap();
        given
    }

    #[test]
    fn tickets_come_out_whole_however_they_came_in() {
        let sizes = [1, 200, 2000, 700];
        let stream: Vec<u8> = sizes.iter().flat_map(|size| new_session_ticket(*size)).collect();
        let expected: Vec<_> = sizes.iter().map(|size| new_session_ticket(*size)[4..].to_vec()).collect();
        for part in [1, 2, 3, 4, 5, 17, 1000, stream.len()] {
            let mut messages = PostHandshake::new();
            for part in stream.chunks(part) {
                assert_eq!(messages.take(part), Ok(None));
            }
            assert!(!messages.is_mid_message());
            assert_eq!(tickets(&mut messages), expected, "in parts of {part}");
            assert!(!messages.has_tickets() && tickets(&mut messages).is_empty());
        }
    }

    #[test]
    fn a_ticket_under_way_is_kept_when_the_others_are_handed_over() {
        let (first, second) = (new_session_ticket(300), new_session_ticket(1500));
        for cut in 0..second.len() {
            let mut messages = PostHandshake::new();
            messages.take(&first).unwrap();
            messages.take(&second[..cut]).unwrap();
            assert_eq!(tickets(&mut messages), [&first[4..]]);
            messages.take(&second[cut..]).unwrap();
            assert_eq!(tickets(&mut messages), [&second[4..]], "cut at {cut}");
        }
    }

    #[test]
    fn a_ticket_without_room_is_dropped_and_counted() {
        let mut messages = PostHandshake::new();
        let (large, small) = (new_session_ticket(3000), new_session_ticket(500));
        messages.take(&large).unwrap();
        // Its room is gone when it begins: that it comes back half way must not give half a ticket away.
        messages.take(&large[..1000]).unwrap();
        assert_eq!(tickets(&mut messages).len(), 1);
        messages.take(&large[1000..]).unwrap();
        messages.take(&small).unwrap();
        messages.take(&new_session_ticket(0xff00)).unwrap();
        assert_eq!(tickets(&mut messages), [&small[4..]]);
        assert_eq!(messages.dropped, 2);
    }

    #[test]
    fn the_first_refusal_is_told_and_all_tickets_are_gone() {
        let mut messages = PostHandshake::new();
        messages.take(&[new_session_ticket(5), new_session_ticket(6), new_session_ticket(7)].concat()).unwrap();
        let mut asked = 0;
        let outcome = messages.hand_over(|ticket| {
            asked += 1;
            if ticket.len() > 19 { Err(asked) } else { Ok(()) }
        });
        assert_eq!((outcome, asked, messages.has_tickets()), (Err(2), 3, false));
    }

    #[test]
    fn what_may_not_come_is_refused_by_its_header() {
        for kind in (0..=255).filter(|kind| ![4, 24].contains(kind)) {
            assert_eq!(PostHandshake::new().take(&[kind, 0, 0, 1]), Err(RecordFault::UnexpectedMessage { kind }));
        }
        assert_eq!(PostHandshake::new().take(&[4, 0, 0, 13]), Err(RecordFault::Ticket));
        assert_eq!(PostHandshake::new().take(&[4, 1, 0, 0]), Err(RecordFault::MessageTooLong { bytes: 0x1_0000 }));
        assert_eq!(PostHandshake::new().take(&[24, 0, 0, 2]), Err(RecordFault::KeyUpdate));
    }

    #[test]
    fn data_in_between_makes_room_for_more_messages() {
        let mut messages = PostHandshake::new();
        for _ in 0..5 {
            for _ in 0..MESSAGES_MAX {
                assert_eq!(messages.take(&key_update(1)), Ok(Some(KeyUpdate::Requested)));
            }
            messages.saw_data();
        }
        for _ in 0..MESSAGES_MAX {
            messages.take(&new_session_ticket(1)).unwrap();
        }
        assert_eq!(messages.take(&new_session_ticket(1)), Err(RecordFault::TooManyMessages));
    }

    #[test]
    fn shows_no_ticket() {
        let mut messages = PostHandshake::new();
        messages.take(&new_session_ticket(20)).unwrap();
        let shown = format!("{messages:?}");
        assert!(shown.contains("ticket_bytes: 36") && !shown.contains("90"), "{shown}");
    }
}
