//! The same clients without a runtime; see [`orderwire::blocking`].

use orderwire::blocking::{VenueClient, VenueClientBuilder};

use crate::spot::SpotVenue;

/// A client of Binance Spot. The environment has no default: live trading must be written out.
pub type Spot = VenueClient<SpotVenue>;

/// Collects what a [`Spot`] client is made of.
pub type SpotBuilder = VenueClientBuilder<SpotVenue>;
