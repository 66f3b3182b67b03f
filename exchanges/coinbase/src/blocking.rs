//! The same client without a runtime; see [`orderwire::blocking`].

use orderwire::blocking::{VenueClient, VenueClientBuilder};

use crate::CoinbaseVenue;

/// A client of Coinbase Advanced Trade. The environment has no default: live trading must be written out.
pub type Coinbase = VenueClient<CoinbaseVenue>;

/// Collects what a [`Coinbase`] client is made of.
pub type CoinbaseBuilder = VenueClientBuilder<CoinbaseVenue>;
