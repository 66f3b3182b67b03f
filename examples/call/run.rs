//! Runs the calls: builds what is needed, sends as often as asked, reports each.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use orderwire::client::{ClientSlot, DryRun, VenueClientBuilder};
use orderwire::error::BuildError;
use orderwire::http::request::Draft;
use orderwire::id::ClientOrderIds;
use orderwire::venue::{Cost, Cursor, Endpoint, Observed, Path, QueryOrder, Venue, VenueClient, Window};
use orderwire::{
    Deadline, Method, NewOrder, OrderRef, OrderState, Pooled, RejectKind, Request, Response, RestError, Timestamp,
    Verdict,
};
use tokio::task::JoinSet;

use crate::cli::{Cli, Refused};
use crate::op::Op;
use crate::report::{Outcome, Report};
use crate::venues::Speaks;

/// Runs the calls of the command line; the worst outcome.
pub fn run<V: Speaks>(cli: Cli) -> Result<Outcome, Refused> {
    cli.check()?;
    let ids = ClientOrderIds::new("", random_u32()).map_err(|e| Refused::new(e.to_string()))?;
    let op = Op::parse(&cli, ids.next_id())?;
    if op.is_signed() && cli.venue.is_some() && cli.credentials()?.is_none() {
        return Err(Refused::new("this call is signed: set ORDERWIRE_API_KEY and ORDERWIRE_API_SECRET"));
    }
    // Written once before anything is connected: what cannot be written is bad usage.
    let mut dry = builder::<V>(&cli)?.dry_run().map_err(|e| Refused::new(e.to_string()))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|e| Refused::new(format!("no runtime: {e}")))?.block_on(async {
        if cli.dry_run {
            for call in 0..cli.count {
                V::perform(&op.of_call(call, &ids), &mut Way::Print(&mut dry), &mut Report::new(&cli.op)).await?;
            }
            return Ok(Outcome::Answered);
        }
        V::perform(&op, &mut Way::Check(&mut dry), &mut Report::new(&cli.op)).await?;
        let client = builder::<V>(&cli)?.build_cold().await;
        let next = AtomicU64::new(0);
        let job = Arc::new(Job { cli, op, ids, client, next, start: Instant::now() });
        let mut workers = JoinSet::new();
        for _ in 0..job.cli.connections {
            workers.spawn(work(Arc::clone(&job)));
        }
        let mut worst = Outcome::Accepted;
        while let Some(done) = workers.join_next().await {
            worst = worst.max(done.map_err(|e| Refused::new(e.to_string()))??);
        }
        Ok(worst)
    })
}

fn builder<V: Venue>(cli: &Cli) -> Result<VenueClientBuilder<V>, Refused> {
    let mut builder = VenueClient::builder(cli.environment()?).deadline(cli.deadline()).connections(cli.connections);
    builder = builder.pool(|pool| pool.connect_timeout(cli.connect_timeout()));
    if let Some(credentials) = cli.credentials()? {
        builder = builder.credentials(credentials);
    }
    builder = builder.tls_records(cli.tls_records).spin(Duration::from_micros(cli.spin_us));
    if let Some(tls) = cli.tls()? {
        builder = builder.tls(&tls);
    }
    if let Some(now_ms) = cli.now_ms {
        builder = builder.fixed_clock(Timestamp::from_ms(now_ms));
    }
    Ok(builder)
}

/// What all workers share. Each makes one call after another, until all are made.
struct Job<V> {
    cli: Cli,
    op: Op,
    ids: ClientOrderIds,
    /// Or why none of its slots could be connected.
    client: Result<VenueClient<V>, RestError>,
    next: AtomicU64,
    start: Instant,
}

async fn work<V: Speaks>(job: Arc<Job<V>>) -> Result<Outcome, Refused> {
    let mut worst = Outcome::Accepted;
    loop {
        let call = job.next.fetch_add(1, Ordering::Relaxed);
        if call >= job.cli.count {
            return Ok(worst);
        }
        let due = Duration::from_millis(job.cli.interval_ms).saturating_mul(u32::try_from(call).unwrap_or(u32::MAX));
        tokio::time::sleep_until((job.start + due).into()).await;
        let mut report = Report::new(&job.cli.op);
        match &job.client {
            Ok(client) => {
                let mut way = Way::Live { client, deadline: Deadline::after(job.cli.deadline()) };
                V::perform(&job.op.of_call(call, &job.ids), &mut way, &mut report).await?;
            }
            Err(error) => report.error(error),
        }
        report.print(job.cli.json);
        worst = worst.max(report.outcome);
    }
}

/// What is done with a call.
pub enum Way<'a, V: Venue> {
    /// Written and thrown away.
    Check(&'a mut DryRun<V>),
    /// Sent.
    Live { client: &'a VenueClient<V>, deadline: Deadline },
    /// Written to stdout.
    Print(&'a mut DryRun<V>),
}

impl<V: Venue> Way<'_, V> {
    /// Makes the call. `None` where there is no reply: it was only written, or it failed and the report says how.
    pub async fn make<E: Endpoint<V>>(
        &mut self,
        endpoint: &E,
        report: &mut Report,
    ) -> Result<Option<E::Reply>, Refused> {
        let Some((client, deadline)) = self.live(endpoint)? else { return Ok(None) };
        let (start, seen) = (Instant::now(), Seen { endpoint, status: AtomicU16::new(0) });
        let outcome = match slot(client, deadline, report).await {
            Ok(mut slot) => client.call_on(&mut slot, &seen, deadline).await,
            Err(error) => Err(error),
        };
        Ok(seen.told(outcome, start, report))
    }

    /// Asks for a list, all of it, however many parts the venue hands it out in.
    pub async fn list<E: Endpoint<V, Reply = Vec<T>>, T: Send>(
        &mut self,
        endpoint: &E,
        report: &mut Report,
    ) -> Result<Option<Vec<T>>, Refused> {
        let Some((client, deadline)) = self.live(endpoint)? else { return Ok(None) };
        let (start, seen) = (Instant::now(), Seen { endpoint, status: AtomicU16::new(0) });
        let outcome = match slot(client, deadline, report).await {
            Ok(mut slot) => client.list_on(&mut slot, &seen, deadline).await,
            Err(error) => Err(error),
        };
        Ok(seen.told(outcome, start, report))
    }

    /// What a call is to be sent with; `None` where it was only to be written, which is done then.
    fn live<E: Endpoint<V>>(&mut self, endpoint: &E) -> Result<Option<(&VenueClient<V>, Deadline)>, Refused> {
        let written = |e: RestError| Refused::new(e.to_string());
        match self {
            Self::Check(dry) => dry.request(endpoint).map(|_| None).map_err(written),
            Self::Print(dry) => {
                let request = dry.request(endpoint).map_err(written)?;
                let mut stdout = std::io::stdout().lock();
                let printed = stdout.write_all(request.as_bytes()).and_then(|()| stdout.flush());
                printed.map(|()| None).map_err(|e| Refused::new(format!("stdout: {e}")))
            }
            Self::Live { client, deadline } => Ok(Some((client, *deadline))),
        }
    }
}

async fn slot<V: Venue>(
    client: &VenueClient<V>,
    deadline: Deadline,
    report: &mut Report,
) -> Result<Pooled<ClientSlot>, RestError> {
    let slot = client.pool().acquire_by(deadline).await?;
    if let Some(conn) = &slot.conn {
        report.connection(conn);
    }
    Ok(slot)
}

impl<E> Seen<'_, E> {
    /// The reply of a call; the report says how long it took, and what was wrong.
    fn told<T>(self, outcome: Result<T, RestError>, start: Instant, report: &mut Report) -> Option<T> {
        report.set("latency_ns", u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX));
        match self.status.into_inner() {
            0 => {}
            status => drop(report.set("status", status)),
        }
        outcome.map_err(|error| report.error(&error)).ok()
    }
}

impl<V: Venue> Way<'_, V>
where
    QueryOrder: Endpoint<V, Reply = OrderState>,
{
    /// Asks for one order: where one question does not find it, wherever the venue may have it.
    pub async fn query(&mut self, order: OrderRef, report: &mut Report) -> Result<Option<OrderState>, Refused> {
        let endpoint = QueryOrder { order };
        let Some((client, deadline)) = self.live(&endpoint)? else { return Ok(None) };
        let (start, seen) = (Instant::now(), Seen { endpoint: &endpoint, status: AtomicU16::new(0) });
        let mut outcome = match slot(client, deadline, report).await {
            Ok(mut slot) => client.call_on(&mut slot, &seen, deadline).await,
            Err(error) => Err(error),
        };
        if outcome.as_ref().is_err_and(|error| error.kind() == RejectKind::UnknownOrder) {
            outcome = client.query(order).await;
        }
        Ok(seen.told(outcome, start, report))
    }

    /// Settles an order until the deadline; written only, it is the question that would be asked.
    pub async fn settle(&mut self, order: OrderRef, report: &mut Report) -> Result<Option<Verdict>, Refused> {
        if order.id.is_none() {
            return Err(Refused::new(
                "settle asks by client order id: client-id=…; an order that has an order-id exists: query it",
            ));
        }
        let Self::Live { client, deadline } = self else {
            return self.make(&QueryOrder { order }, report).await.map(|_| None);
        };
        let start = Instant::now();
        let patience = deadline.instant().map_or(Duration::MAX, |at| at.saturating_duration_since(start));
        let outcome = client.settle(order, patience).await;
        report.set("latency_ns", u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX));
        Ok(outcome.map_err(|error| report.error(&error)).ok())
    }
}

/// The endpoint, and the HTTP status of its reply, which a typed reply does not keep.
struct Seen<'a, E> {
    endpoint: &'a E,
    status: AtomicU16,
}

impl<V: Venue, E: Endpoint<V>> Endpoint<V> for Seen<'_, E> {
    type Reply = E::Reply;
    const METHOD: Method = E::METHOD;
    const PATH: &'static str = E::PATH;

    fn path(&self) -> Path<'_> {
        self.endpoint.path()
    }

    fn method(&self) -> Method {
        self.endpoint.method()
    }

    fn cost(&self) -> Cost {
        self.endpoint.cost()
    }

    fn learn(&self, response: &Response<'_>, observed: &Observed<'_>) {
        self.endpoint.learn(response, observed);
    }

    fn places(&self) -> impl Iterator<Item = &NewOrder> {
        self.endpoint.places()
    }

    fn creates(&self) -> impl Iterator<Item = OrderRef> {
        self.endpoint.creates()
    }

    fn leaves_doubt(&self, reply: &E::Reply, place: usize) -> bool {
        self.endpoint.leaves_doubt(reply, place)
    }

    fn reply_bytes_max(&self) -> Option<usize> {
        self.endpoint.reply_bytes_max()
    }

    fn encode<'b>(&self, venue: &V, draft: Draft<'b>, window: Window) -> Result<Request<'b>, BuildError> {
        self.endpoint.encode(venue, draft, window)
    }

    fn decode(&self, response: &Response<'_>) -> Result<E::Reply, RestError> {
        self.status.store(response.status(), Ordering::Relaxed);
        self.endpoint.decode(response)
    }

    fn next_page(&self, response: &Response<'_>) -> Result<Option<Cursor>, RestError> {
        self.endpoint.next_page(response)
    }

    fn encode_page<'b>(
        &self,
        venue: &V,
        draft: Draft<'b>,
        window: Window,
        after: Option<&Cursor>,
    ) -> Result<Request<'b>, BuildError> {
        self.endpoint.encode_page(venue, draft, window, after)
    }
}

/// 32 random bits for the ids of this run.
fn random_u32() -> u32 {
    use std::hash::{BuildHasher, RandomState};
    let drawn = RandomState::new().hash_one(std::process::id());
    u32::try_from(drawn >> 32).unwrap_or_default()
}
