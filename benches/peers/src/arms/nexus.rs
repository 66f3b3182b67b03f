//! nexus-async-web's `ClientPool` on tokio. What it writes cannot be signed where it stands, so its user hands it the target
//! whole. It has no deadline of its own: its documents recommend `tokio::time::timeout` around each exchange, which costs a timer
//! where the runtime sleeps, so both ways stand here.
//!
//! *Busy-polled*, its runtime never sleeps.

use std::time::Duration;

use nexus_async_web::rest::{ClientPool, ClientSlot};
use nexus_net::tls::TlsConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio::runtime::Runtime;

use super::{Arm, Waits, busy, runtime};
use crate::order::{self, KEY, KEY_HEADER, Signer};
use crate::pace::Pace;
use crate::venue::Address;

struct Nexus {
    runtime: Runtime,
    orders: Orders,
    waits: Waits,
}

struct Orders {
    pool: ClientPool,
    signer: Signer,
    timeout: Option<Duration>,
}

pub(super) fn connect(address: &Address, waits: Waits, timeout: Option<Duration>) -> Box<dyn Arm> {
    let runtime = runtime();
    let pool = ClientPool::builder().url(&address.url).base_path(order::BASE_PATH).connections(1).disable_nagle();
    let mut pool = pool.default_header(KEY_HEADER, KEY).expect("a header");
    if let Some(pem) = &address.ca_pem {
        let root = CertificateDer::from_pem_slice(pem.as_bytes()).expect("a certificate");
        pool =
            pool.tls(&TlsConfig::builder().skip_system_certs().add_root_cert(root).build().expect("a configuration"));
    }
    let pool = runtime.block_on(pool.build()).expect("the venue listens");
    Box::new(Nexus { runtime, orders: Orders { pool, signer: Signer::default(), timeout }, waits })
}

impl Arm for Nexus {
    fn run(&mut self, pace: &mut Pace) {
        let orders = self.orders.place_all(pace);
        match self.waits {
            Waits::Parked => self.runtime.block_on(orders),
            Waits::Spinning => self.runtime.block_on(busy(orders)),
        }
    }
}

impl Orders {
    async fn place_all(&mut self, pace: &mut Pace) {
        while let Some(start) = pace.due().await {
            self.place().await;
            pace.done(start);
        }
    }

    async fn place(&mut self) {
        let mut slot = self.pool.try_acquire().expect("a slot");
        let slot: &mut ClientSlot = &mut slot;
        let request = slot.writer.post_raw(self.signer.next("/order")).finish().expect("it fits");
        let conn = slot.conn.as_mut().expect("a connection");
        let exchange = conn.send(request, &mut slot.reader);
        let reply = match self.timeout {
            None => exchange.await,
            Some(timeout) => tokio::time::timeout(timeout, exchange).await.expect("in time"),
        };
        let reply = reply.expect("a reply");
        std::hint::black_box(order::read(reply.status(), reply.body(), self.signer.id()));
    }
}
