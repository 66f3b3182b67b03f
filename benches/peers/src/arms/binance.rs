//! The venue's own SDK, as it comes but for its address and its trust in the test's certificate. It signs and decodes by
//! itself. Its order of parameters is the alphabet's, and it sends `recvWindow` too where it is told.

use std::sync::Arc;

use binance_sdk::config::{ConfigurationRestApi, HttpAgent};
use binance_sdk::spot::SpotRestApi;
use binance_sdk::spot::rest_api::{
    NewOrderNewOrderRespTypeEnum, NewOrderParams, NewOrderSideEnum, NewOrderTimeInForceEnum, NewOrderTypeEnum, RestApi,
};
use reqwest_of_binance_sdk::Certificate;
use tokio::runtime::Runtime;

use super::{Arm, runtime};
use crate::order::{KEY, PRICE, QUANTITY, RECV_WINDOW_MS, SECRET, SYMBOL, Signer};
use crate::pace::Pace;
use crate::venue::Address;

struct Binance {
    runtime: Runtime,
    client: RestApi,
    ids: Signer,
}

pub(super) fn connect(address: &Address) -> Box<dyn Arm> {
    let ca = address.ca_pem.as_ref().map(|pem| Certificate::from_pem(pem.as_bytes()).expect("a certificate"));
    let agent = HttpAgent(Arc::new(move |client| match &ca {
        None => client.no_proxy(),
        Some(ca) => client.no_proxy().add_root_certificate(ca.clone()),
    }));
    // Under callgrind its first order takes longer than the second that it waits by default.
    let config = ConfigurationRestApi::builder().api_key(KEY).api_secret(SECRET).timeout(60_000_u64);
    let config = config.base_path(address.url.as_str()).agent(agent).build().expect("a configuration");
    Box::new(Binance { runtime: runtime(), client: SpotRestApi::from_config(config), ids: Signer::default() })
}

impl Arm for Binance {
    fn run(&mut self, pace: &mut Pace) {
        let Self { runtime, client, ids } = self;
        runtime.block_on(async {
            while let Some(start) = pace.due().await {
                place(client, ids.count()).await;
                pace.done(start);
            }
        });
    }
}

async fn place(client: &RestApi, id: &str) {
    let order = NewOrderParams::builder(SYMBOL.to_owned(), NewOrderSideEnum::Buy, NewOrderTypeEnum::Limit)
        .time_in_force(NewOrderTimeInForceEnum::Gtc)
        .quantity(QUANTITY)
        .price(PRICE)
        .new_client_order_id(id.to_owned())
        .new_order_resp_type(NewOrderNewOrderRespTypeEnum::Result)
        .recv_window(rust_decimal::Decimal::from(RECV_WINDOW_MS))
        .build()
        .expect("an order");
    let reply = client.new_order(order).await.expect("a reply").data().await.expect("a reply to an order");
    assert_eq!(reply.client_order_id.as_deref(), Some(id), "the order's own reply");
    std::hint::black_box(reply);
}
