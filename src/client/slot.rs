//! One slot: all that one request needs, made before trading starts.

use std::sync::Arc;

use crate::client::flight::FlightRecorder;
use crate::client::latency::Lanes;
use crate::exchange::CloseReason;
use crate::http::request::RequestWriter;
use crate::http::response::ResponseReader;
use crate::net::connection::{Connection, Noticed};
use crate::net::driver::{Driver, Tokio};

/// One slot: a request writer, a response reader and a connection.
///
/// ```text
/// writer ──Request──► conn ──Response──► reader
/// ```
///
/// The fields are public, so safe code may swap or take them. What must stay true does: a connection carries its own
/// state, a slot's identity lives in its guard, and a slot returned without a healthy connection heals.
///
/// `D` is how its connection waits: in tokio unless said.
#[derive(Debug)]
pub struct ClientSlot<D: Driver = Tokio> {
    /// Writes requests; knows the base path and the default headers.
    pub writer: RequestWriter,
    /// Reads replies; the last one can be read until the next request goes out or the slot is returned.
    pub reader: ResponseReader,
    /// The connection; `None` while the slot heals.
    pub conn: Option<Connection<D>>,
    /// Connections in a row that ended, or could not be made, before they had served a reply.
    pub(crate) failures: u32,
    /// Why its last connection ended, and how that was found out, until the healer has told.
    pub(crate) died: Option<(CloseReason, Noticed)>,
    /// Where its requests are counted; `None` in a pool without a venue client.
    pub(crate) lanes: Option<Arc<Lanes>>,
    /// Where they are kept to be looked at, and as which slot's.
    pub(crate) recorder: Option<(FlightRecorder, usize)>,
}

impl<D: Driver> ClientSlot<D> {
    pub(crate) const fn new(writer: RequestWriter, reader: ResponseReader) -> Self {
        Self { writer, reader, conn: None, failures: 0, died: None, lanes: None, recorder: None }
    }

    /// Asks the kernel whether the resting connection still stands. If not, the slot heals when it is returned.
    pub(crate) fn confirm(&mut self) {
        if let Some(conn) = &mut self.conn {
            conn.look(&mut self.reader);
            self.reader.reset();
        }
    }

    /// Ends the resting connection: the slot heals when it is returned.
    pub(crate) fn end(&mut self, reason: CloseReason, noticed: Noticed) {
        if let Some(conn) = &mut self.conn {
            conn.end(reason, noticed);
        }
    }

    /// Asked on return: may the slot be handed out again? A connection that is not ready ends here and now, so that the
    /// kernel stops delivering what its caller gave up.
    ///
    /// Session tickets that came since the last return are handed on first, which allocates (once per connection, as servers
    /// go): late enough, since the reply is with the caller, and early enough for the handshake that heals this slot.
    #[inline]
    pub(crate) fn keep(&mut self) -> bool {
        // What a long list needed is given back with it; an order's slot has nothing to give.
        self.reader.shrink();
        if let Some(conn) = &mut self.conn {
            conn.after_release();
        }
        match &self.conn {
            Some(conn) if conn.is_ready() => true,
            Some(conn) => {
                self.died = conn.close_reason().map(|reason| (reason, conn.noticed()));
                self.failures = if conn.replies() > 0 { 0 } else { self.failures.saturating_add(1) };
                self.conn = None;
                false
            }
            None => false,
        }
    }
}
