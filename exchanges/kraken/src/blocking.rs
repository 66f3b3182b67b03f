//! The same client without a runtime; see [`orderwire::blocking`].

use orderwire::blocking::{VenueClient, VenueClientBuilder};

use crate::KrakenVenue;

/// A client of Kraken Spot. The environment has no default: live trading must be written out.
pub type Kraken = VenueClient<KrakenVenue>;

/// Collects what a [`Kraken`] client is made of.
pub type KrakenBuilder = VenueClientBuilder<KrakenVenue>;
