//! The seam: what a venue is, and what one of its calls is.

use core::ops::RangeInclusive;
use std::time::Duration;

use arrayvec::ArrayString;

use crate::decimal::Decimal;
use crate::error::{BuildError, ConfigError, RestError};
use crate::http::request::{Draft, Literal, Method, Request};
use crate::http::response::Response;
use crate::id::{ClientOrderId, OrderId, Symbol};
use crate::order::{NewOrder, OrderRef, Side};
use crate::time::{Timestamp, Window};
use crate::venue::credentials::Credentials;
use crate::venue::environment::Hosts;
use crate::venue::limits::{Cost, Observed};

/// A venue: its hosts, and whatever its signatures need.
pub trait Venue: Sized + Send + Sync + 'static {
    /// The venue's name as a person writes it.
    const NAME: &'static str;
    /// Its hosts.
    const HOSTS: Hosts;
    /// What stands before the path of most of its endpoints: `/api/v3`, or nothing.
    const BASE_PATH: &'static str;

    /// Sets the keys up, once.
    ///
    /// **Errors**: a key of the wrong kind, a setting the venue does not take; the error names the cure.
    fn new(settings: &VenueSettings<'_>) -> Result<Self, ConfigError>;

    /// Headers that every request carries, the key's among them.
    fn default_headers(&self) -> Vec<(&'static str, &str)>;

    /// Whether orders that wait for a trigger live apart from the others: listing and cancelling all of an instrument then takes
    /// two calls, and such an order is named by an [`OrderRef`] that says so.
    const TRIGGERS_APART: bool = false;

    /// Whether an order that has ended may after a while be found among past orders alone. A query that knows no such order is then
    /// asked again for an [`OrderRef`] that says so, before anybody is told that there is none.
    const HISTORY_APART: bool = false;

    /// Whether each slot may have a key of its own, [`Draft::slot`] telling which it is: at a venue that takes the requests of a key in
    /// their order alone, by a nonce that rises.
    const KEY_PER_SLOT: bool = false;

    /// Whether a reply names the order that it is about, by the client order id or by what the request named it by.
    ///
    /// Where it does not, an answer that comes twice could be taken for that of the next order: then a yes to what places or cancels
    /// orders is believed only where it differs from the last on its connection, by a byte of its head at least. The content
    /// networks before venues give each reply an id of its own.
    const ECHOES_ID: bool = true;

    /// What the venue's clock tells whole ones of: milliseconds until said. What a clock cuts off says how far the host's can be
    /// corrected by it.
    const CLOCK_UNIT: Duration = Duration::from_millis(1);

    /// What settling an order in doubt needs to know. Until said nothing expires, and no order is ever said to have never
    /// arrived.
    const SETTLING: Settling = Settling { expiry_max: None, lag: Duration::ZERO };

    /// How often [`prepare`](Self::prepare) is called; never until said.
    const PREPARES_EVERY: Option<Duration> = None;

    /// Makes ahead what requests will need, and what would take too long on their way: tokens that are good for a while. `now` is the
    /// venue's clock. Called before a client is handed out, and from then on by the connector's thread, which it must not hold up. Where
    /// it was not called lately, as in a dry run, requests make themselves what they need.
    fn prepare(&self, now: Timestamp) {
        let _ = now;
    }

    /// Reads what a reply's headers say of the venue's limits: what is used, how long to wait. Nothing until said.
    fn observe(&self, response: &Response<'_>, observed: &Observed<'_>) {
        let _ = (response, observed);
    }

    /// When the venue itself gives up on this order, written for this window; `None` where it never does. Kinds of orders may
    /// differ in it: one that waits for a trigger is told no expiry on some venues.
    fn expiry(&self, order: &OrderRef, window: &Window) -> Option<Timestamp> {
        let _ = (order, window);
        None
    }
}

/// What settling an order in doubt needs to know of a venue.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "venue crates write it as a constant")]
pub struct Settling {
    /// How long after its timestamp the venue takes a request at most, whatever the request says: so long somebody else's
    /// request may be under way. `None` where requests never expire.
    pub expiry_max: Option<Duration>,
    /// How long an order may have been taken before the venue's answers show it.
    pub lag: Duration,
}

/// What a venue is made of.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct VenueSettings<'a> {
    /// The account; `None` for public calls alone.
    pub credentials: Option<&'a Credentials>,
    /// A key for each slot, at a venue that has [one a slot](Venue::KEY_PER_SLOT); empty where all slots use one.
    pub credentials_of_slots: &'a [Credentials],
    /// How many slots write requests; each has one in flight.
    pub slots: usize,
    /// How late the venue still accepts a request; `None` leaves it to the venue.
    pub recv_window: Option<Duration>,
    /// Whether it is the venue's demo trading, which some venues tell by a header rather than by its host.
    pub is_demo: bool,
    /// What stands in `Host`: some venues sign it.
    pub authority: &'a str,
    /// What stands before the path of a [based](Path::Based) request as it is sent: a custom environment's own path, and the venue's.
    pub base_path: &'a str,
}

/// One call of a venue: how it is written, and what its reply means.
pub trait Endpoint<V: Venue>: Sync {
    /// What a reply that says yes is decoded into.
    type Reply: Send;
    /// The request's method.
    const METHOD: Method;
    /// The request's path, after the venue's base path.
    const PATH: &'static str;
    /// How many orders one request is about, at least and at most. Of batches alone it is not one.
    const BATCH: RangeInclusive<usize> = 1..=1;
    /// The members of the object that a reply is, where [`decode`](Self::decode) has them [by form]: the very same
    /// static. A slot then learns the form of such replies; worth it for those that orders wait for.
    ///
    /// [by form]: crate::venue::json::by_form
    const FORM: &'static [&'static str] = &[];

    /// The path of this very request, where it depends on the request.
    fn path(&self) -> Path<'_> {
        Path::Based(const { Literal::new(Self::PATH) })
    }

    /// The method of this very request, where it depends on the request.
    fn method(&self) -> Method {
        Self::METHOD
    }

    /// How long a reply the caller is ready to take, where it may be longer than the reader is; the reader then grows.
    fn reply_bytes_max(&self) -> Option<usize> {
        None
    }

    /// What the request takes of the venue's rate limits. Source: the venue's own table. A weight of 1 until said.
    fn cost(&self) -> Cost {
        Cost::weight(1)
    }

    /// Reads what a reply's body says of the venue's limits. Nothing until said.
    fn learn(&self, response: &Response<'_>, observed: &Observed<'_>) {
        let _ = (response, observed);
    }

    /// The orders that this request places, to be held against the rules of their instruments. Most calls place none.
    fn places(&self) -> impl Iterator<Item = &NewOrder> {
        core::iter::empty()
    }

    /// The orders whose existence this request decides, at most [`BATCH_ORDERS_MAX`]: each stands in the register of orders in
    /// doubt until its outcome is known. Most calls make none.
    fn creates(&self) -> impl Iterator<Item = OrderRef> {
        core::iter::empty()
    }

    /// Whether a reply that says yes leaves in doubt the order that this request [`creates`](Self::creates) at this place.
    fn leaves_doubt(&self, reply: &Self::Reply, place: usize) -> bool {
        let _ = (reply, place);
        false
    }

    /// Writes the request, in wire order, signature included. `window` says when it is made, and when its caller gives up.
    ///
    /// **Errors**: a value the venue has no way to say; no room.
    fn encode<'b>(&self, venue: &V, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError>;

    /// Reads the reply; knows what was asked.
    ///
    /// **Errors**: [`RestError::Rejected`] where the venue's answer is known to mean "not executed", else unknown.
    fn decode(&self, response: &Response<'_>) -> Result<Self::Reply, RestError>;

    /// Where a list goes on, when the reply has no more than a part of it. Every list is whole until said. A query that looks for its
    /// order in such a list says [`UnknownOrder`](crate::RejectKind::UnknownOrder) of a part without it, and with the fate `Unknown` as long
    /// as there are more.
    ///
    /// **Errors**: the reply says that there is more, and not in a way to ask for it.
    fn next_page(&self, response: &Response<'_>) -> Result<Option<Cursor>, RestError> {
        let _ = response;
        Ok(None)
    }

    /// Writes the request for the part of a list that begins at `after`, or for the first. A list that comes in parts writes all of
    /// them here, and has [`encode`](Self::encode) ask for the first; no other has it.
    ///
    /// **Errors**: as [`encode`](Self::encode).
    fn encode_page<'b>(
        &self,
        venue: &V,
        draft: Draft<'b>,
        window: Window,
        after: Option<&Cursor>,
    ) -> Result<Request<'b>, BuildError> {
        let _ = after;
        self.encode(venue, draft, window)
    }
}

/// Where a list goes on, in the venue's own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor(ArrayString<CURSOR_BYTES_MAX>);

impl Cursor {
    /// A cursor as the venue gave it; `None` where it is empty, or longer than [`CURSOR_BYTES_MAX`].
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        ArrayString::from(text).ok().filter(|text| !text.is_empty()).map(Self)
    }

    /// The cursor as the venue gave it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Longest cursor that is taken, bytes. Bybit's have some 80: an order's id, an instrument's number, escapes.
pub const CURSOR_BYTES_MAX: usize = 256;

/// The part of a list that begins at a cursor.
pub(crate) struct Page<'a, E> {
    pub(crate) list: &'a E,
    pub(crate) after: &'a Cursor,
}

impl<V: Venue, E: Endpoint<V>> Endpoint<V> for Page<'_, E> {
    type Reply = E::Reply;
    const METHOD: Method = E::METHOD;
    const PATH: &'static str = E::PATH;

    fn path(&self) -> Path<'_> {
        self.list.path()
    }

    fn method(&self) -> Method {
        self.list.method()
    }

    fn reply_bytes_max(&self) -> Option<usize> {
        self.list.reply_bytes_max()
    }

    fn cost(&self) -> Cost {
        self.list.cost()
    }

    fn learn(&self, response: &Response<'_>, observed: &Observed<'_>) {
        self.list.learn(response, observed);
    }

    fn encode<'b>(&self, venue: &V, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        self.list.encode_page(venue, draft, window, Some(self.after))
    }

    fn decode(&self, response: &Response<'_>) -> Result<Self::Reply, RestError> {
        self.list.decode(response)
    }
}

/// Most orders that one request may place: what OKX and Bybit take. Venues' own limits are lower or are kept to this.
pub const BATCH_ORDERS_MAX: usize = 20;

/// Where a request goes on the venue's host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a path starts at the base path or at the root")]
pub enum Path<'a> {
    /// From the root of the host.
    Absolute(&'a str),
    /// After the base path: a literal, so that which of several it is costs an order nothing.
    Based(Literal),
}

/// Which executions are asked for. A venue answers with so many at once; ask on from the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FillsSince {
    /// Those of one order.
    Order(OrderId),
    /// The latest.
    Recent,
    /// From this time on.
    Time(Timestamp),
    /// From this trade on, by the venue's number.
    Trade(u64),
}

macro_rules! common_call {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty),* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[expect(clippy::exhaustive_structs, reason = "venue crates take it apart")]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type),*
        }
    };
}

common_call! {
    /// Has the venue check an order without placing it.
    TestOrder {
        /// The order.
        order: NewOrder
    }
}
common_call! {
    /// Cancels one order.
    CancelOrder {
        /// Which.
        order: OrderRef
    }
}
common_call! {
    /// Changes an open order. What is `None` stays; venues differ in what can change, and refuse the rest.
    AmendOrder {
        /// Which.
        order: OrderRef,
        /// What it is called from now on; it keeps its client order id with `None`.
        new_id: Option<ClientOrderId>,
        /// How much in all, what is executed already included.
        quantity: Option<Decimal>,
        /// At which price.
        price: Option<Decimal>,
        /// Which side it is on, which stays too; some venues want to be told again.
        side: Option<Side>
    }
}
common_call! {
    /// Asks for the account's executions of one instrument.
    GetFills {
        /// Of which.
        symbol: Symbol,
        /// Which of them.
        since: FillsSince
    }
}
common_call! {
    /// Asks for what the venue takes of the account's trades of one instrument.
    GetFeeRates {
        /// Of which.
        symbol: Symbol
    }
}
common_call! {
    /// Asks for one order.
    QueryOrder {
        /// Which.
        order: OrderRef
    }
}
common_call! {
    /// Lists the open orders.
    OpenOrders {
        /// Of one instrument; `None` for all, which costs more of the rate limit.
        symbol: Option<Symbol>,
        /// Where the venue keeps [orders with a trigger apart](Venue::TRIGGERS_APART): those instead of the others.
        triggers: bool
    }
}
common_call! {
    /// Cancels all open orders of an instrument.
    CancelAll {
        /// Of which.
        symbol: Symbol,
        /// Where the venue keeps [orders with a trigger apart](Venue::TRIGGERS_APART): those instead of the others.
        triggers: bool
    }
}
common_call! {
    /// Has the venue cancel open orders by itself unless it is told again in time: a dead man's switch.
    CancelAllAfter {
        /// Of one instrument, or of the whole account; venues have one or the other.
        symbol: Option<Symbol>,
        /// How long from now, at the venue; `None` switches it off.
        after: Option<Duration>
    }
}
common_call! {
    /// Asks for the account's positions.
    GetPositions {
        /// In one instrument; `None` for all.
        symbol: Option<Symbol>
    }
}
common_call! {
    /// Asks for the rules of all instruments.
    GetInstruments {}
}
common_call! {
    /// Asks what the account holds.
    Balances {}
}
common_call! {
    /// Asks for the rules of one instrument.
    GetInstrument {
        /// Of which.
        symbol: Symbol
    }
}
common_call! {
    /// Asks for the best prices of one instrument.
    GetTopOfBook {
        /// Of which.
        symbol: Symbol
    }
}
common_call! {
    /// Asks for the venue's clock.
    ServerTime {}
}
common_call! {
    /// Asks whether the venue answers.
    Ping {}
}

macro_rules! batch_call {
    ($(#[$doc:meta])* $name:ident<$type:ty> { $(#[$field_doc:meta])* $field:ident }) => {
        $(#[$doc])*
        ///
        /// The reply has an element for each, in their order, with a fate of its own: the venue does some and refuses others.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[expect(clippy::exhaustive_structs, reason = "venue crates take it apart")]
        pub struct $name<'a, T = $type> {
            $(#[$field_doc])* pub $field: &'a [T],
        }
    };
}

batch_call! {
    /// Places several orders with one request.
    PlaceBatch<NewOrder> {
        /// Which; venues limit how many.
        orders
    }
}
batch_call! {
    /// Cancels several orders with one request.
    CancelBatch<OrderRef> {
        /// Which; venues limit how many.
        orders
    }
}
batch_call! {
    /// Changes several orders with one request.
    AmendBatch<AmendOrder> {
        /// How; venues limit how many.
        changes
    }
}

/// Any call of the venue, for what has no type of its own.
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "it is written out where it is used")]
pub struct RawCall<'a> {
    /// The method.
    pub method: Method,
    /// The path, from the root of the host.
    pub path: &'a str,
    /// Names and values of the query, in this order; values are percent-encoded.
    pub query: &'a [(&'a str, &'a str)],
    /// Headers of this request alone.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body; empty for none.
    pub body: &'a [u8],
    /// Whether the venue's signature is added.
    pub signed: bool,
    /// How long a reply is taken, bytes.
    pub reply_bytes_max: usize,
}

impl core::fmt::Debug for RawCall<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // Query, headers and body may hold what no log should.
        f.debug_struct("RawCall").field("method", &self.method).field("path", &self.path).finish_non_exhaustive()
    }
}

impl<'a> RawCall<'a> {
    /// An unsigned call without a query, headers or a body.
    #[must_use]
    pub const fn new(method: Method, path: &'a str) -> Self {
        Self { method, path, query: &[], headers: &[], body: &[], signed: false, reply_bytes_max: RAW_REPLY_BYTES_MAX }
    }

    /// The same call with the venue's signature.
    #[must_use]
    pub const fn signed(self) -> Self {
        Self { signed: true, ..self }
    }

    /// The same call with this query.
    #[must_use]
    pub const fn query(self, query: &'a [(&'a str, &'a str)]) -> Self {
        Self { query, ..self }
    }

    /// The same call with this body.
    #[must_use]
    pub const fn body(self, body: &'a [u8]) -> Self {
        Self { body, ..self }
    }
}

/// The longest reply of a raw call that is taken unless it says otherwise: an instrument list of a large venue has some
/// 20 MB.
pub const RAW_REPLY_BYTES_MAX: usize = 64 << 20;

/// A whole reply that owns its bytes.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RawReply {
    /// The HTTP status, whatever it is.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

impl RawReply {
    /// A copy of the response.
    #[must_use]
    pub fn new(response: &Response<'_>) -> Self {
        Self { status: response.status(), body: response.body().to_vec() }
    }
}

impl core::fmt::Debug for RawReply {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // The body may hold what no log should: a new key, say.
        f.debug_struct("RawReply").field("status", &self.status).field("body_bytes", &self.body.len()).finish()
    }
}

/// Says which of the common calls a venue does not have: each is an error before anything is sent.
///
/// ```
/// # use orderwire::position::Position;
/// # use orderwire::venue::{ConfigError, GetPositions, Hosts, Venue, VenueSettings};
/// # struct CashVenue;
/// # impl Venue for CashVenue {
/// #     const NAME: &'static str = "Cash";
/// #     const HOSTS: Hosts = Hosts { venue: "Cash", live: "https://cash.example", testnet: None, demo: None };
/// #     const BASE_PATH: &'static str = "";
/// #     fn new(_: &VenueSettings<'_>) -> Result<Self, ConfigError> { Ok(Self) }
/// #     fn default_headers(&self) -> Vec<(&'static str, &str)> { Vec::new() }
/// # }
/// orderwire::venue_lacks! {
///     CashVenue: GetPositions => Vec<Position>, "asking for positions", "a cash account has balances";
/// }
/// ```
#[macro_export]
macro_rules! venue_lacks {
    ($venue:ty: $($call:ty => $reply:ty, $what:literal, $cure:literal;)*) => {$(
        #[doc = concat!("The venue has none: ", $cure, ".")]
        impl $crate::venue::Endpoint<$venue> for $call {
            type Reply = $reply;
            const METHOD: $crate::venue::Method = $crate::venue::Method::Get;
            const PATH: &'static str = "";

            fn encode<'b>(
                &self,
                _: &$venue,
                _: $crate::venue::Draft<'b>,
                _: $crate::venue::Window,
            ) -> Result<$crate::venue::Request<'b>, $crate::venue::BuildError> {
                Err($crate::venue::BuildError::Unsupported { what: $what, cure: $cure })
            }

            fn decode(&self, _: &$crate::venue::Response<'_>) -> Result<$reply, $crate::venue::RestError> {
                // Nothing was asked, so nothing can be answered.
                Err($crate::venue::DecodeError::Missing { field: $what }.into())
            }
        }
    )*};
}
