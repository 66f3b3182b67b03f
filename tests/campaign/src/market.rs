//! The markets that these programs trade on: a line each.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use orderwire_binance::orderwire::venue::OrderEntry;
use orderwire_binance::orderwire::{ClientPool, ClientPoolBuilder, ClockOffset};
use orderwire_binance::{
    ClientOrderId, Credentials, Decimal, Environment, NewOrder, RestError, Side, Spot, Symbol, TimeInForce, Usdm, dec,
};
use orderwire_sim::{Dialect, UnknownDialect};

/// A client as these programs use one: what a strategy may ask of any venue, and its pool.
pub(crate) trait Client: OrderEntry + fmt::Debug {
    const MARKET: Market;

    fn connect(
        environment: Environment,
        credentials: Credentials,
        pool: impl FnOnce(ClientPoolBuilder) -> ClientPoolBuilder + Send,
    ) -> impl Future<Output = Result<Self, RestError>> + Send;

    fn pool(&self) -> &ClientPool;

    fn clock(&self) -> Option<ClockOffset>;
}

/// A program that runs on any of the markets.
pub(crate) trait OnMarket {
    type Outcome;

    async fn run_on<C: Client>(&self) -> Self::Outcome;
}

macro_rules! markets {
    ($($(#[$doc:meta])* $market:ident: $client:ty, $symbol:literal, $quantity:literal at $price:literal;)*) => {
        /// Which venue's market is traded.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        #[non_exhaustive]
        pub enum Market {
            $($(#[$doc])* $market,)*
        }

        impl Market {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$market),*];

            /// What the simulated venue speaks.
            #[must_use]
            pub const fn dialect(self) -> Dialect {
                match self {
                    $(Self::$market => Dialect::$market,)*
                }
            }

            /// What is bought, how much of it, and at which price.
            const fn terms(self) -> (&'static str, Decimal, Decimal) {
                match self {
                    $(Self::$market => ($symbol, dec!($quantity), dec!($price)),)*
                }
            }

            /// Runs a program with this market's client.
            pub(crate) async fn run<P: OnMarket>(self, program: &P) -> P::Outcome {
                match self {
                    $(Self::$market => program.run_on::<$client>().await,)*
                }
            }
        }

        $(impl Client for $client {
            const MARKET: Market = Market::$market;

            async fn connect(
                environment: Environment,
                credentials: Credentials,
                pool: impl FnOnce(ClientPoolBuilder) -> ClientPoolBuilder + Send,
            ) -> Result<Self, RestError> {
                let builder = Self::builder(environment).credentials(credentials).pool(pool);
                let builder = match Self::MARKET.recv_window() {
                    Some(window) => builder.recv_window(window),
                    None => builder,
                };
                builder.build().await
            }

            fn pool(&self) -> &ClientPool {
                Self::pool(self)
            }

            fn clock(&self) -> Option<ClockOffset> {
                self.clock_offset()
            }
        })*
    };
}

/// How late the requests of a key may overtake each other: a client of several slots has one key here.
pub(crate) const NONCE_WINDOW_MS: u64 = 10_000;

// Far below the market, so that nothing is filled, and worth as much as an order must be.
markets! {
    /// Binance Spot.
    BinanceSpot: Spot, "BTCUSDT", 0.001 at 20000;
    /// Binance USD-M futures.
    BinanceUsdm: Usdm, "BTCUSDT", 0.003 at 20000;
    /// Bybit's linear contracts.
    BybitLinear: orderwire_bybit::Linear, "BTCUSDT", 0.001 at 20000;
    /// Bybit Spot.
    BybitSpot: orderwire_bybit::Spot, "BTCUSDT", 0.001 at 20000;
    /// Coinbase Advanced Trade.
    Coinbase: orderwire_coinbase::Coinbase, "BTC-USD", 0.001 at 20000;
    /// Kraken Spot.
    Kraken: orderwire_kraken::Kraken, "XBTUSDT", 0.001 at 20000;
    /// OKX.
    Okx: orderwire_okx::Okx, "BTC-USDT", 0.001 at 20000;
}

impl Market {
    /// Whether the venue takes a key's requests in the order of their nonces alone, unless the key has a window.
    const fn has_nonces(self) -> bool {
        matches!(self, Self::Kraken)
    }

    /// How long a request counts, where a client is told.
    const fn recv_window(self) -> Option<Duration> {
        match self {
            Self::Kraken => Some(Duration::from_millis(NONCE_WINDOW_MS)),
            // As short as a token may hold: so long settling takes where an order never arrived.
            Self::Coinbase => Some(Duration::from_secs(10)),
            _ => None,
        }
    }

    /// What the program `orderwire-sim` is told of the market beside its dialect.
    pub(crate) fn venue_options(self) -> Vec<String> {
        if self.has_nonces() { vec![format!("--nonce-window={NONCE_WINDOW_MS}")] } else { Vec::new() }
    }

    /// An order that ends at once, so that the book stays empty.
    pub(crate) fn order(self, id: ClientOrderId) -> NewOrder {
        let (symbol, quantity, price) = self.terms();
        let symbol = Symbol::new(symbol).expect("a symbol");
        NewOrder::limit(id, symbol, Side::Buy, quantity, price).time_in_force(TimeInForce::Ioc)
    }
}

impl fmt::Display for Market {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.dialect().fmt(f)
    }
}

impl FromStr for Market {
    type Err = String;

    /// By the name of its dialect, that of `call --venue`.
    fn from_str(name: &str) -> Result<Self, String> {
        let dialect: Dialect = name.parse().map_err(|error: UnknownDialect| error.to_string())?;
        let known = Self::ALL.iter().find(|market| market.dialect() == dialect);
        known.copied().ok_or_else(|| format!("nothing trades on {dialect} here yet: it wants a line in market.rs"))
    }
}
