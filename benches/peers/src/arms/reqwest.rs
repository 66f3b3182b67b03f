//! reqwest 0.13's `Client`, as it comes but for its trust in the test's certificate.

use reqwest::{Certificate, Client};
use tokio::runtime::Runtime;

use super::{Arm, runtime};
use crate::order::{self, BASE_PATH, KEY, KEY_HEADER, Signer};
use crate::pace::Pace;
use crate::venue::Address;

struct Reqwest {
    runtime: Runtime,
    client: Client,
    signer: Signer,
    url: String,
}

pub(super) fn connect(address: &Address) -> Box<dyn Arm> {
    let mut client = Client::builder().no_proxy();
    if let Some(pem) = &address.ca_pem {
        client = client.tls_certs_only([Certificate::from_pem(pem.as_bytes()).expect("a certificate")]);
    }
    Box::new(Reqwest {
        runtime: runtime(),
        client: client.build().expect("a client"),
        signer: Signer::default(),
        url: format!("{}{BASE_PATH}/order", address.url),
    })
}

impl Arm for Reqwest {
    fn run(&mut self, pace: &mut Pace) {
        let Self { runtime, client, signer, url } = self;
        runtime.block_on(async {
            while let Some(start) = pace.due().await {
                place(client, signer, url).await;
                pace.done(start);
            }
        });
    }
}

async fn place(client: &Client, signer: &mut Signer, url: &str) {
    let request = client.post(signer.next(url)).header(KEY_HEADER, KEY);
    let reply = request.send().await.expect("a reply");
    let status = reply.status().as_u16();
    let body = reply.bytes().await.expect("a whole reply");
    std::hint::black_box(order::read(status, &body, signer.id()));
}
