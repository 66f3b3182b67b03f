//! The seam: all that a venue crate may use of the core.

pub mod checks;
pub mod credentials;
pub mod endpoint;
pub mod environment;
pub mod instrument;
pub mod json;
pub mod limits;
pub mod reply;
pub(crate) mod screen;

pub use crate::client::{
    CancelsBatches, DeadMansSwitch, Fates, OrderEntry, PlacesBatches, SlotReply, VenueClient, VenueClientBuilder,
};
pub use crate::error::{
    Answer, BuildError, ConfigError, ConfigPart, DecodeError, Fate, HttpError, JsonError, RejectKind, RestError,
};
pub use crate::http::request::{
    BeforeBody, Body, Draft, FixedHeaders, FixedText, Headers, Literal, Method, Part, Phase, Query, Request, Reserved,
    Span,
};
pub use crate::http::response::Response;
pub use crate::http::text::{is_alphanumeric_or, is_plain_json};
pub use crate::sign::{
    Ed25519Key, HmacSha256, HmacSha512, KeyError, Mac, P256Key, RsaKey, Secret, SignError, SigningKey,
};
pub use crate::text::Text;
pub use crate::time::{Timestamp, Window};
pub use credentials::Credentials;
pub use endpoint::{
    AmendBatch, AmendOrder, BATCH_ORDERS_MAX, Balances, CancelAll, CancelAllAfter, CancelBatch, CancelOrder, Cursor,
    Endpoint, FillsSince, GetFeeRates, GetFills, GetInstrument, GetInstruments, GetPositions, GetTopOfBook, OpenOrders,
    Path, Ping, PlaceBatch, QueryOrder, RawCall, RawReply, ServerTime, Settling, TestOrder, Venue, VenueSettings,
};
pub use environment::{Environment, Hosts};
pub use instrument::{Instrument, PriceBand, RuleBreach};
pub use limits::{Cost, LimitKind, Limits, Observed};
