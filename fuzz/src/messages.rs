//! Handshake messages that come after the handshake.

use orderwire::internals::Messages;

use crate::input::Input;

/// Bytes the code has for tickets that wait, two of them for each ticket's length.
const ROOM_BYTES: usize = 4096;

/// RFC 8446 section 4.6, and what is bounded beside it.
#[derive(Debug, Default)]
pub struct Model {
    /// The message that is there in part.
    part: Vec<u8>,
    fits: bool,
    in_a_row: usize,
    tickets: Vec<Vec<u8>>,
}

impl Model {
    pub fn is_mid_message(&self) -> bool {
        !self.part.is_empty()
    }

    pub fn saw_data(&mut self) {
        self.in_a_row = 0;
    }

    pub fn take_tickets(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.tickets)
    }

    /// A record's content: whether the key changes after it and an answer is wanted; `Err` where it must be refused.
    pub fn take(&mut self, content: &[u8]) -> Result<Option<bool>, ()> {
        for (at, byte) in content.iter().enumerate() {
            self.part.push(*byte);
            let [kind, high, middle, low, body @ ..] = &self.part[..] else { continue };
            let length = usize::from(*high) << 16 | usize::from(*middle) << 8 | usize::from(*low);
            if body.is_empty() {
                let may_come = match kind {
                    4 => (14..=0xffff).contains(&length),
                    24 => length == 1,
                    _ => false,
                };
                self.in_a_row += 1;
                if !may_come || self.in_a_row > 32 {
                    return Err(());
                }
                let kept: usize = self.tickets.iter().map(|ticket| ticket.len() + 2).sum();
                self.fits = kept + length + 2 <= ROOM_BYTES;
            }
            if body.len() < length {
                continue;
            }
            let message = std::mem::take(&mut self.part);
            match (message[0], &message[4..]) {
                (24, [value @ (0 | 1)]) if at + 1 == content.len() => return Ok(Some(*value == 1)),
                (24, _) => return Err(()),
                (_, ticket) if self.fits => self.tickets.push(ticket.to_vec()),
                _ => {}
            }
        }
        Ok(None)
    }
}

/// Feeds what the input says, in the parts it says, and compares.
pub fn play(input: &[u8]) {
    let mut input = Input(input);
    let (mut code, mut model) = (Messages::new(), Model::default());
    while !input.is_empty() {
        let content = match input.byte() {
            // So that long tickets come about.
            0 => &[0x5a; 700][..],
            1 => {
                assert_eq!(code.tickets(), model.take_tickets());
                continue;
            }
            count => input.bytes(usize::from(count)),
        };
        let (got, expected) = (code.take(content), model.take(content));
        assert_eq!(got.ok(), expected.ok(), "of {content:?}");
        if got.is_err() {
            return;
        }
        assert_eq!(code.is_mid_message(), model.is_mid_message());
    }
    assert_eq!(code.tickets(), model.take_tickets());
}
