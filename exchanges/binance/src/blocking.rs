//! The same clients without a runtime; see [`orderwire::blocking`].

use orderwire::blocking::{VenueClient, VenueClientBuilder};

use crate::spot::SpotVenue;
use crate::usdm::UsdmVenue;

/// A client of Binance Spot. The environment has no default: live trading must be written out.
pub type Spot = VenueClient<SpotVenue>;

/// Collects what a [`Spot`] client is made of.
pub type SpotBuilder = VenueClientBuilder<SpotVenue>;

/// A client of Binance USD-M futures. The environment has no default: live trading must be written out.
pub type Usdm = VenueClient<UsdmVenue>;

/// Collects what a [`Usdm`] client is made of.
pub type UsdmBuilder = VenueClientBuilder<UsdmVenue>;
