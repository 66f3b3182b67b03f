//! The same client without a runtime; see [`orderwire::blocking`].

use orderwire::blocking::{VenueClient, VenueClientBuilder};

use crate::OkxVenue;

/// A client of OKX. The environment has no default: live trading must be written out.
pub type Okx = VenueClient<OkxVenue>;

/// Collects what an [`Okx`] client is made of.
pub type OkxBuilder = VenueClientBuilder<OkxVenue>;
