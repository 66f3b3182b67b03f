//! The shape of a peer's heads: a venue answers orders with the same header lines each time, and of their bytes only those of a
//! date, a count or an id change. So a head is first held against the last one that was read in full. Where nothing differs but
//! bytes of values that decide nothing, it says the same as that one, and where its lines are is known.
//!
//! ```text
//! HTTP/1.1 200 OK\r\nDate: Wed, 22 Jul 2026 10:00:00 GMT\r\nContent-Length: 382\r\nConnection: keep-alive\r\n\r\n
//! └──────── same ───────┘└──────────── free ────────────┘└───── same ────┘└ len ┘└────────── same ──────────────┘
//! ```
//!
//! A free byte may be any visible character or a blank. Line ends are not among those, so no line can move; what names a field or frames
//! the body is the same byte for byte, but for the digits of a length, which are read anew. What does not fit is read in full, as
//! if there were no shape; so is what a value may have and seldom has where there was none: a tab, or what is not ASCII.
//!
//! So of each byte is known between which two it may lie: where it is the same these are one.

use super::bounds::Bounds;
use super::framing::{Body, Decides, content_length};
use super::head::{Head, HeaderLines};

/// The longest head whose shape is kept, bytes. What venues send with an order's reply has 0.5 to 1.5 KB.
const SHAPE_BYTES_MAX: usize = 2_048;

/// What is known of the last head that was read in full.
pub(crate) struct Shape {
    bounds: Bounds<SHAPE_BYTES_MAX>,
    learned: Option<Learned>,
}

#[derive(Clone, Copy)]
struct Learned {
    head: Head,
    /// Where the value of `Content-Length` starts and ends, where there is one.
    length: Option<(usize, usize)>,
}

impl Shape {
    pub(crate) fn new() -> Self {
        Self { bounds: Bounds::new(), learned: None }
    }

    /// The head that `bytes` start with, where it fits: its lines are those of the head that the shape was learned from.
    #[inline]
    pub(crate) fn fits(&self, bytes: &[u8]) -> Option<Head> {
        let Learned { mut head, length } = self.learned?;
        let bytes = bytes.get(..head.end)?;
        if !self.bounds.hold(bytes) {
            return None;
        }
        if let Some((start, end)) = length {
            head.framing.body = Body::Length(content_length(bytes.get(start..end)?)?);
        }
        Some(head)
    }

    /// From now on nothing fits.
    pub(crate) const fn forget(&mut self) {
        self.learned = None;
    }

    /// Learns from a head that was read in full: `bytes` start with it.
    pub(crate) fn learn(&mut self, bytes: &[u8], head: Head, lines: &HeaderLines) {
        // A length of another kind of reply decides over more than where its body ends.
        if !matches!(head.framing.body, Body::Length(_) | Body::Chunked) || !self.bounds.same_as(&bytes[..head.end]) {
            return;
        }
        let mut length = None;
        for (start, line) in lines.of(&bytes[..head.end]) {
            let Some(colon) = memchr::memchr(b':', line) else { return };
            let (from, to) = (start + colon + 1, start + line.len() - b"\r\n".len());
            match Decides::of(&line[..colon]) {
                None => {}
                Some(Decides::ContentLength) => length = Some((from, to)),
                // With an encoding it depends on the length whether the reply is taken.
                Some(Decides::ContentEncoding) => return,
                Some(Decides::Connection | Decides::ProxyConnection | Decides::TransferEncoding) => continue,
            }
            // What else there is stays as it is. RFC 9110 section 5.5: a value has no control but the tab.
            (from..to).for_each(|at| self.bounds.free(at, b' ', b'~'));
        }
        self.learned = Some(Learned { head, length });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::response::{HttpError, Progress, ResponseReader};

    const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json;charset=UTF-8\r\nContent-Length: 012\r\n\
        Connection: keep-alive\r\nDate: Wed, 22 Jul 2026 10:00:00 GMT\r\nx-mbx-used-weight-1m: 21\r\nServer:\tnginx \r\n\r\n";
    const CHUNKED: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json;charset=UTF-8\r\nTransfer-Encoding: chunked\r\n\
        Connection: keep-alive\r\nDate: Wed, 22 Jul 2026 10:00:00 GMT\r\nx-mbx-used-weight-1m: 21\r\nServer: nginx\r\n\r\n";

    const OLD: &str = "HTTP/1.0 400 Bad\r\nProxy-Connection: close\r\nConnection: keep-alive\r\nContent-Length: 12\r\n\
        Empty:\r\nBlank: \t\r\nDate: Wed, 22 Jul 2026 10:00:00 GMT\r\n\r\n";
    const ACCENTED: &str = "HTTP/1.1 200 OK\r\nContent-Length: 12\r\nServer: caf\u{e9} \r\n\
        Date: Wed, 22 Jul 2026 10:00:00 GMT\r\n\r\n";
    const ENCODED: &str = "HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Length: 12\r\n\
        Date: Wed, 22 Jul 2026 10:00:00 GMT\r\n\r\n";

    /// Everything a reply says, or why it is refused.
    type Said = Result<(Progress, u16, bool, Vec<u8>, Vec<(String, Vec<u8>)>), HttpError>;

    fn read(reader: &mut ResponseReader, wire: &[u8]) -> Said {
        reader.reset();
        reader.start(false)?;
        reader.spare()[..wire.len()].copy_from_slice(wire);
        let progress = reader.advance(wire.len())?;
        let Some(response) = reader.response() else { return Ok((progress, 0, false, Vec::new(), Vec::new())) };
        let headers = response.headers().map(|(name, value)| (name.to_owned(), value.to_vec())).collect();
        Ok((progress, response.status(), reader.keep_alive(), response.body().to_vec(), headers))
    }

    /// By a reader that has read `before`, and by one that has read nothing.
    fn both(before: &str, wire: &[u8]) -> (Said, Said) {
        let [mut knows, mut fresh] = [(); 2].map(|()| ResponseReader::new(4_096));
        let _whole = read(&mut knows, before.as_bytes()).unwrap();
        (read(&mut knows, wire), read(&mut fresh, wire))
    }

    #[test]
    fn every_byte_for_every_other() {
        for (head, body) in [
            (HEAD, "hello world!"),
            (ACCENTED, "hello world!"),
            (OLD, "hello world!"),
            (ENCODED, "hello world!"),
            (CHUNKED, "c\r\nhello world!\r\n0\r\n\r\n"),
        ] {
            let wire = format!("{head}{body}");
            for at in 0..head.len() {
                for byte in 0..=u8::MAX {
                    let mut other = wire.clone().into_bytes();
                    other[at] = byte;
                    let (knows, fresh) = both(&wire, &other);
                    assert_eq!(knows, fresh, "byte {byte:#04x} at {at}");
                }
            }
        }
    }

    #[test]
    fn lines_are_found_in_a_head_that_fits() {
        let wire = format!("{HEAD}hello world!");
        let later =
            wire.replace("10:00:00", "10:00:07").replace(": 21", ": 22").replace("012", " 11").replace("d!", "d");
        let (knows, fresh) = both(&wire, later.as_bytes());
        assert_eq!(knows, fresh);
        let (_, status, keep_alive, body, headers) = knows.unwrap();
        assert_eq!((status, keep_alive, &body[..]), (200, true, &b"hello world"[..]));
        assert!(headers.contains(&("x-mbx-used-weight-1m".to_owned(), b"22".to_vec())));
    }

    proptest! {
        /// Lines put in, taken out, moved, and bytes changed: what was read before never shows.
        #[test]
        fn a_reader_that_knows_a_shape_reads_as_a_fresh_one(
            edits in prop::collection::vec((0..9_usize, 0..9_usize, any::<(prop::sample::Index, u8)>(), 0..4_u8), 0..6),
        ) {
            let wire = format!("{HEAD}hello world!");
            let mut lines: Vec<Vec<u8>> = HEAD.as_bytes().split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
            for (from, to, (place, byte), kind) in edits {
                let (from, to) = (from % lines.len(), to % lines.len());
                match kind {
                    0 => lines.swap(from, to),
                    1 => lines.insert(to, lines[from].clone()),
                    2 if lines.len() > 1 => drop(lines.remove(from)),
                    _ => {
                        let at = place.index(lines[from].len());
                        lines[from][at] = byte;
                    }
                }
            }
            let other = [lines.concat(), b"hello world!".to_vec()].concat();
            let (knows, fresh) = both(&wire, &other);
            prop_assert_eq!(knows, fresh);
        }
    }
}
