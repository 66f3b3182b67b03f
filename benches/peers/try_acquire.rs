//! Isolates: a client slot taken and given back, `try_acquire` plus drop, with a healthy connection in it; no I/O.
//! A worse number means that the pool stands longer between the strategy's decision and the first byte of its order.
//!
//! The peer is nexus-async-web's `ClientPool`, which serves one thread; ours serves any number.
//!
//! Run: `cargo bench --bench try_acquire` in this folder.

use std::hint::black_box;
use std::net::TcpListener;

use orderwire_peers::{Contender, compare};

const CONNECTIONS: usize = 4;

fn main() {
    // Accepts by its queue and answers nobody: connections stay up and silent.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        let ours = orderwire::ClientPool::builder().url(&url).connections(CONNECTIONS).build().await.unwrap();
        let theirs =
            nexus_async_web::rest::ClientPool::builder().url(&url).connections(CONNECTIONS).build().await.unwrap();
        compare(
            "try_acquire and drop, a healthy slot, ns",
            200,
            20_000,
            &mut [
                Contender {
                    name: "nexus-async-web ClientPool",
                    run: &mut || drop(black_box(theirs.try_acquire().unwrap())),
                },
                Contender { name: "orderwire ClientPool", run: &mut || drop(black_box(ours.try_acquire().unwrap())) },
            ],
        );
    });
}
