//! rustls's own record layer, behind the same interface as ours.
//!
//! It serves TLS 1.2, is what ours is compared with in tests, and stands in where ours may not be used. It allocates once
//! per record written and once per record read, and copies both through buffers of its own.
//!
//! ```text
//! landing │ parts of a handshake message │ record │ part of a record │
//!         0            rustls still needs them    given              landed
//! ```

use core::fmt;

use rustls::client::UnbufferedClientConnection;
use rustls::unbuffered::{ConnectionState, UnbufferedStatus};

use super::error::RecordFault;
use super::protection::{HEADER_BYTES, RECORD_BYTES_MAX, SEALED_BYTES_MAX};
use super::record::tls_reason;
use crate::exchange::CloseReason;
use crate::http::response::{Progress, ResponseReader};
use crate::text::Text;

/// Bytes of a record beside its plaintext: header 5, content type 1, tag 16; TLS 1.2 has an 8 byte nonce instead of the type.
const OVERHEAD_BYTES: usize = 5 + 8 + 16;

/// Room for one request and what rustls may have to say before it: the answer to a KeyUpdate, the refusal to renegotiate
/// (which it allows once), an update of a worn key.
const SEALED_BYTES: usize = RECORD_BYTES_MAX + 4 * OVERHEAD_BYTES;

/// Bytes of unfinished handshake messages that rustls may hold back; its own buffer has the same limit.
const HELD_BYTES_MAX: usize = 65_536;

/// rustls's connection and the bytes on their way through it.
pub(crate) struct Buffered {
    tls: UnbufferedClientConnection,
    /// Records for the socket, until the kernel has all of them.
    sealed: Box<[u8]>,
    sealed_bytes: usize,
    /// Where the socket's bytes land; see above. Grows where rustls holds something back.
    landing: Vec<u8>,
    given: usize,
    landed: usize,
    /// The part of a record that was there before the request was sealed.
    begun_before: bool,
    /// Why there can be no further request on it, once that is known.
    end: Option<CloseReason>,
}

impl Buffered {
    /// The records of a connection whose handshake is done.
    pub(crate) fn new(tls: UnbufferedClientConnection) -> Self {
        Self {
            tls,
            sealed: vec![0; SEALED_BYTES].into_boxed_slice(),
            sealed_bytes: 0,
            landing: vec![0; SEALED_BYTES_MAX],
            given: 0,
            landed: 0,
            begun_before: false,
            end: None,
        }
    }

    pub(crate) fn seal(&mut self, request: &[u8]) -> Result<(), CloseReason> {
        self.begun_before = self.landed > self.given;
        self.run(Some(request), None, &mut Progress::NeedMore)
    }

    pub(crate) fn outgoing(&self) -> &[u8] {
        &self.sealed[..self.sealed_bytes]
    }

    pub(crate) const fn sent(&mut self) {
        self.sealed_bytes = 0;
    }

    /// RFC 8446 section 6.1: who closes says so first.
    pub(crate) fn farewell(&mut self) -> &[u8] {
        let status = self.tls.process_tls_records(&mut self.landing[..self.given]);
        if let Ok(ConnectionState::WriteTraffic(mut traffic)) = status.state {
            let room = &mut self.sealed[self.sealed_bytes..];
            self.sealed_bytes += traffic.queue_close_notify(room).unwrap_or(0);
        }
        self.outgoing()
    }

    /// Never empty.
    pub(crate) fn landing(&mut self) -> &mut [u8] {
        // A part of a record that is already there is shorter than the room for a whole one behind what is held back.
        let needed = self.given + SEALED_BYTES_MAX;
        if self.landing.len() < needed {
            self.landing.resize(needed, 0);
        }
        &mut self.landing[self.landed..]
    }

    pub(crate) const fn end(&mut self) -> &mut Option<CloseReason> {
        &mut self.end
    }

    /// `bytes` came: opens every whole record. `reader` takes application data, and there may be none without it.
    pub(crate) fn take(
        &mut self,
        bytes: usize,
        mut reader: Option<&mut ResponseReader>,
        progress: &mut Progress,
    ) -> Result<(), CloseReason> {
        self.landed += bytes;
        // One record at a time, so that it is known whether it was begun before the request went out.
        while let Some(length) = record_bytes(&self.landing[self.given..self.landed]).map_err(CloseReason::Record)? {
            self.given += length;
            self.run(None, reader.as_deref_mut(), progress)?;
            self.begun_before = false;
            // RFC 8446 section 6.1: what comes after a closure alert must be ignored.
            if self.end.is_some() {
                (self.given, self.landed) = (0, 0);
                break;
            }
            if self.given > HELD_BYTES_MAX {
                return Err(CloseReason::Tls(Text::cut("a handshake message in too many parts")));
            }
        }
        Ok(())
    }

    /// Lets rustls do all it can with what it was given, and seal `request` if there is one.
    fn run(
        &mut self,
        mut request: Option<&[u8]>,
        mut reader: Option<&mut ResponseReader>,
        progress: &mut Progress,
    ) -> Result<(), CloseReason> {
        let mut at_work = true;
        while at_work {
            let UnbufferedStatus { discard, state } = self.tls.process_tls_records(&mut self.landing[..self.given]);
            match state.map_err(tls_reason)? {
                ConnectionState::ReadTraffic(mut traffic) => {
                    while let Some(record) = traffic.next_record() {
                        let record = record.map_err(tls_reason)?;
                        // Begun before the request went out, so it answers nothing that was asked.
                        let reader = reader.as_deref_mut().filter(|_| !self.begun_before);
                        let Some(reader) = reader else { return Err(CloseReason::Stray) };
                        *progress = reader.push(record.payload).map_err(CloseReason::Http)?;
                    }
                }
                ConnectionState::EncodeTlsData(mut data) => {
                    let room = &mut self.sealed[self.sealed_bytes..];
                    self.sealed_bytes += data.encode(room).map_err(|e| CloseReason::Tls(Text::display(e)))?;
                }
                ConnectionState::TransmitTlsData(waiting) => waiting.done(),
                ConnectionState::PeerClosed => self.end = Some(CloseReason::PeerClosed),
                ConnectionState::WriteTraffic(mut traffic) => match request.take() {
                    Some(request) => {
                        let room = &mut self.sealed[self.sealed_bytes..];
                        let sealed = traffic.encrypt(request, room);
                        self.sealed_bytes += sealed.map_err(|e| CloseReason::Tls(Text::display(e)))?;
                        at_work = false;
                    }
                    None => at_work = false,
                },
                _ => at_work = false,
            }
            self.landing.copy_within(discard..self.landed, 0);
            self.given -= discard;
            self.landed -= discard;
        }
        match request {
            None => Ok(()),
            Some(_unsealed) => Err(CloseReason::PeerClosed),
        }
    }
}

/// The length of the record at the start of `bytes`, once all of it is there.
///
/// **Errors**: longer than a record can be; all else in its header is for rustls to judge.
fn record_bytes(bytes: &[u8]) -> Result<Option<usize>, RecordFault> {
    let Some((&[_, _, _, high, low], rest)) = bytes.split_first_chunk::<HEADER_BYTES>() else { return Ok(None) };
    let length = usize::from(u16::from_be_bytes([high, low]));
    if length > SEALED_BYTES_MAX - HEADER_BYTES {
        return Err(RecordFault::TooLong);
    }
    Ok((rest.len() >= length).then_some(HEADER_BYTES + length))
}

impl fmt::Debug for Buffered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buffered").field("end", &self.end).finish_non_exhaustive()
    }
}
