//! ureq 3's `Agent`, as it comes but for its trust in the test's certificate. It blocks and has no runtime.

use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use super::Arm;
use crate::order::{self, BASE_PATH, KEY, KEY_HEADER, Signer};
use crate::pace::Pace;
use crate::venue::Address;

struct Ureq {
    agent: Agent,
    signer: Signer,
    url: String,
    body: Vec<u8>,
}

pub(super) fn connect(address: &Address) -> Box<dyn Arm> {
    let mut config = Agent::config_builder().proxy(None);
    if let Some(pem) = &address.ca_pem {
        let root = Certificate::from_pem(pem.as_bytes()).expect("a certificate").to_owned();
        config = config.tls_config(TlsConfig::builder().root_certs(RootCerts::new_with_certs(&[root])).build());
    }
    let agent = config.build().new_agent();
    Box::new(Ureq {
        agent,
        signer: Signer::default(),
        url: format!("{}{BASE_PATH}/order", address.url),
        body: Vec::new(),
    })
}

impl Arm for Ureq {
    fn run(&mut self, pace: &mut Pace) {
        while let Some(start) = pace.due_blocking() {
            self.place();
            pace.done(start);
        }
    }
}

impl Ureq {
    fn place(&mut self) {
        let request = self.agent.post(self.signer.next(&self.url)).header(KEY_HEADER, KEY);
        let mut reply = request.send_empty().expect("a reply");
        self.body.clear();
        std::io::Read::read_to_end(&mut reply.body_mut().as_reader(), &mut self.body).expect("a whole reply");
        std::hint::black_box(order::read(reply.status().as_u16(), &self.body, self.signer.id()));
    }
}
