//! What a venue makes ahead of its requests, so that none of them waits for it: tokens that are good for a while, say.

use core::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::client::slot::ClientSlot;
use crate::net::driver::Driver;
use crate::pool::WeakPool;

/// What makes it. A venue client gives its pool one, since the pool knows no venue.
pub(crate) trait Prepare: Send + Sync {
    /// Makes anew what will soon be over.
    fn prepare(&self);
}

impl fmt::Debug for dyn Prepare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Prepare")
    }
}

/// Has it made so often, until the pool closes. Runs on the connector's thread, so also while the pool's own runtime is not polled.
pub(crate) async fn run<D: Driver>(pool: WeakPool<ClientSlot<D>>, prepare: Arc<dyn Prepare>, every: Duration) {
    loop {
        tokio::time::sleep(every).await;
        if pool.upgrade().is_none() {
            return;
        }
        prepare.prepare();
    }
}
