//! The ledger of the truth: what the venue really did with every client order id it saw in an authentic place request,
//! so that a test can compare it with what a client claims.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::Dialect;
use crate::engine::{OrderId, Status};

/// What the venue knows of one client order id.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Record {
    /// The id the client gave, or the one the venue made for an order without.
    pub client_order_id: String,
    /// The venue's own id of the latest order with this client order id, as replies tell it; `None` when every such request
    /// was refused.
    pub order_id: Option<String>,
    /// What became of that order; [`Status::Rejected`] when there is none.
    pub status: Status,
    /// Authentic place requests that carried this id, refused ones included.
    pub received: u64,
    /// The engine's id of that order.
    order: Option<OrderId>,
}

impl Record {
    /// The record as one line of JSON, as the program writes it: `client_order_id`, `order_id` (text, or null when every
    /// request was refused), `status` in the venue's own word, `received`.
    #[must_use]
    pub fn json(&self, dialect: Dialect) -> String {
        #[derive(Serialize)]
        struct Line<'a> {
            client_order_id: &'a str,
            order_id: Option<&'a str>,
            status: &'a str,
            received: u64,
        }
        let line = Line {
            client_order_id: &self.client_order_id,
            order_id: self.order_id.as_deref(),
            status: dialect.status_word(self.status),
            received: self.received,
        };
        // Serialising texts and a number into memory cannot fail.
        serde_json::to_string(&line).unwrap_or_default()
    }
}

/// Records in the order in which their ids were first seen.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Ledger {
    records: Vec<Record>,
    #[serde(skip)]
    by_client_id: HashMap<String, usize>,
    #[serde(skip)]
    by_order_id: HashMap<OrderId, usize>,
}

impl Ledger {
    /// Rebuilds what is not written into a snapshot.
    pub(crate) fn index(&mut self) {
        for (place, record) in self.records.iter().enumerate() {
            self.by_client_id.insert(record.client_order_id.clone(), place);
            if let Some(id) = record.order {
                self.by_order_id.insert(id, place);
            }
        }
    }

    /// Counts one authentic place request.
    pub(crate) fn received(&mut self, client_id: &str) {
        if let Some(&place) = self.by_client_id.get(client_id) {
            self.records[place].received += 1;
            return;
        }
        self.by_client_id.insert(client_id.to_owned(), self.records.len());
        self.records.push(Record {
            client_order_id: client_id.to_owned(),
            order_id: None,
            status: Status::Rejected,
            received: 1,
            order: None,
        });
    }

    /// The id became an order. An earlier, finished order with the same id is no longer told.
    pub(crate) fn accepted(&mut self, client_id: &str, order: OrderId, order_id: String, status: Status) {
        let Some(&place) = self.by_client_id.get(client_id) else { return };
        let record = &mut self.records[place];
        if let Some(earlier) = record.order.replace(order) {
            self.by_order_id.remove(&earlier);
        }
        (record.order_id, record.status) = (Some(order_id), status);
        self.by_order_id.insert(order, place);
    }

    /// An order changed.
    pub(crate) fn changed(&mut self, order: OrderId, status: Status) {
        if let Some(&place) = self.by_order_id.get(&order) {
            self.records[place].status = status;
        }
    }

    pub(crate) fn records(&self) -> &[Record] {
        &self.records
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_id_counts_and_a_later_order_takes_its_place() {
        let mut ledger = Ledger::default();
        ledger.received("a");
        ledger.received("a");
        assert_eq!((ledger.records()[0].status, ledger.records()[0].received), (Status::Rejected, 2));
        ledger.received("a");
        ledger.accepted("a", 7, "7".to_owned(), Status::New);
        ledger.changed(7, Status::Filled);
        ledger.received("a");
        ledger.accepted("a", 9, "9".to_owned(), Status::New);
        ledger.changed(7, Status::Canceled);
        let record = &ledger.records()[0];
        assert_eq!((record.order_id.as_deref(), record.status, record.received), (Some("9"), Status::New, 4));
    }

    #[test]
    fn a_ledger_read_back_goes_on_where_it_was() {
        let mut ledger = Ledger::default();
        ledger.received("a");
        ledger.accepted("a", 1, "1".to_owned(), Status::New);
        let text = serde_json::to_string(&ledger).unwrap();
        let mut again: Ledger = serde_json::from_str(&text).unwrap();
        again.index();
        again.received("a");
        again.changed(1, Status::Canceled);
        assert_eq!(again.records().len(), 1);
        assert_eq!((again.records()[0].received, again.records()[0].status), (2, Status::Canceled));
    }
}
