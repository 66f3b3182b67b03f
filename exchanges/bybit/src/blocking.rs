//! The same clients without a runtime; see [`orderwire::blocking`].

use orderwire::blocking::{VenueClient, VenueClientBuilder};

use crate::{LinearUsdcVenue, LinearVenue, SpotVenue};

/// A client of Bybit Spot. The environment has no default: live trading must be written out.
pub type Spot = VenueClient<SpotVenue>;

/// Collects what a [`Spot`] client is made of.
pub type SpotBuilder = VenueClientBuilder<SpotVenue>;

/// A client of Bybit's linear contracts settled in USDT. The environment has no default: live trading must be written out.
pub type Linear = VenueClient<LinearVenue>;

/// Collects what a [`Linear`] client is made of.
pub type LinearBuilder = VenueClientBuilder<LinearVenue>;

/// A client of Bybit's linear contracts settled in USDC. The environment has no default: live trading must be written out.
pub type LinearUsdc = VenueClient<LinearUsdcVenue>;

/// Collects what a [`LinearUsdc`] client is made of.
pub type LinearUsdcBuilder = VenueClientBuilder<LinearUsdcVenue>;
