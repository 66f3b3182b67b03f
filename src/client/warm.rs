//! Warming a slot: a harmless exchange before it is first handed out, and again where it rests for long.

use core::fmt;
use core::future::Future;
use core::pin::Pin;

use crate::error::RestError;
use crate::http::request::RequestWriter;
use crate::http::response::ResponseReader;
use crate::net::HttpConnection;
use crate::time::Deadline;

/// What warms a slot. A venue client gives its pool one, since the pool knows no venue.
pub(crate) trait Warmup: Send + Sync {
    /// Makes one exchange with a slot's buffers. Any whole reply will do.
    fn warm<'a>(
        &'a self,
        writer: &'a mut RequestWriter,
        reader: &'a mut ResponseReader,
        conn: &'a mut HttpConnection,
        deadline: Deadline,
    ) -> Warming<'a>;
}

/// A slot being warmed. Boxed: it happens while a slot is made or rests, never on an order's path.
pub(crate) type Warming<'a> = Pin<Box<dyn Future<Output = Result<(), RestError>> + Send + 'a>>;

impl fmt::Debug for dyn Warmup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Warmup")
    }
}
