//! TLS servers of others, started and driven by the tests.

mod nginx;
mod openssl;

use std::time::Duration;

pub use nginx::{Nginx, echo_in_chunks};
pub use openssl::OpensslServer;

/// How long anything here may take.
pub const PATIENCE: Duration = Duration::from_secs(20);
