//! The form of a body: a venue answers orders with the same members each time, and of their bytes only those of numbers and of plain
//! strings change. So a body is first held against one of the same kind that was read in full. Where nothing differs but bytes that
//! may, what it is made of stands where it stood there.
//!
//! ```text
//! {"symbol":"BTCUSDT","orderId":28457,"price":"20000.01000000","fills":[]}
//! └─ same ─┘└ free ─┘└── same ─┘└ d ┘└─ same ┘└──── free ────┘└── same ──┘
//! ```
//!
//! Of each byte is known between which two it may lie. What that means for the text, the reader of bodies knows who marks them
//! (`venue::json`); what does not fit, every body of another length above all, is read in full. Of each length there is a form of its
//! own, a few in all: orders that buy and sell in turn have replies of two. One is learned from a reply that did not fit, where one of the
//! last that did not was of the same length: what came twice may come again. Each time it takes twice as many, since learning costs
//! more than a fit saves.

use std::sync::atomic::{AtomicBool, Ordering};

use super::bounds::Bounds;

/// The longest body whose form is kept, bytes. An order's reply has some 400.
pub(crate) const FORM_BYTES_MAX: usize = 1_024;

/// Most parts that are told apart.
pub(crate) const PARTS_MAX: usize = 28;

/// So many replies of lengths that had missed before have to miss again, at most, before a form is learned.
const MISSED_MAX: u32 = 1_024;

/// Forms that a reader keeps: of two kinds of reply, orders and one more, in two lengths each.
const FORMS: usize = 4;

/// What a reader knows of the bodies that it has read.
pub(crate) struct Forms {
    /// Which bodies the forms are of, side by side, so that the right one is found at once.
    of: [Of; FORMS],
    forms: [Form; FORMS],
    /// Which is learned over next.
    next: usize,
    /// Whether the last body fitted. Written by who reads, through a shared reference.
    fitted: AtomicBool,
    /// The lengths of the last that did not, and where the next is noted.
    missed_bytes: [usize; FORMS],
    missed_next: usize,
    /// How many of a length that is noted did not since a form was learned, and how many have to before the next is.
    missed: u32,
    missed_enough: u32,
}

/// Which bodies a form is of.
#[derive(Clone, Copy)]
struct Of {
    /// Who asked for it: its parts are for these names.
    names: &'static [&'static str],
    bytes: usize,
}

/// The form of one body.
pub(crate) struct Form {
    bounds: Bounds<FORM_BYTES_MAX>,
    parts: [Part; PARTS_MAX],
}

/// A part of a body: from where to where it goes, and what it is.
#[derive(Clone, Copy)]
pub(crate) struct Part {
    pub(crate) from: u16,
    pub(crate) to: u16,
    pub(crate) kind: u8,
}

impl Part {
    /// It is not there: no text goes backwards.
    const NONE: Self = Self { from: 1, to: 0, kind: 0 };
}

impl Forms {
    pub(crate) fn new() -> Self {
        let form = |()| Form { bounds: Bounds::new(), parts: [Part::NONE; PARTS_MAX] };
        Self {
            of: [Of { names: &[], bytes: 0 }; FORMS],
            forms: [(); FORMS].map(form),
            next: 0,
            fitted: AtomicBool::new(false),
            missed_bytes: [0; FORMS],
            missed_next: 0,
            missed: 0,
            missed_enough: 1,
        }
    }

    /// The form that this body has, among those that were learned for these names.
    #[inline]
    pub(crate) fn of(&self, names: &'static [&'static str], body: &[u8]) -> Option<&Form> {
        let at = self.of.iter().position(|of| of.is(names, body));
        let form = at.and_then(|at| self.forms.get(at)).filter(|form| form.fits(body));
        self.fitted.store(form.is_some(), Ordering::Relaxed);
        form
    }

    /// Whether the form of the last body is worth to be learned.
    #[inline]
    pub(crate) fn should_learn(&mut self, body: &[u8]) -> bool {
        !self.fitted.load(Ordering::Relaxed) && self.has_missed_enough(body.len())
    }

    #[cold]
    fn has_missed_enough(&mut self, bytes: usize) -> bool {
        if !self.missed_bytes.contains(&bytes) {
            self.missed_bytes[self.missed_next] = bytes;
            self.missed_next = (self.missed_next + 1) % FORMS;
            return false;
        }
        self.missed += 1;
        if self.missed < self.missed_enough || !Bounds::<FORM_BYTES_MAX>::may_hold(bytes) {
            return false;
        }
        self.missed = 0;
        self.missed_enough = (2 * self.missed_enough).min(MISSED_MAX);
        true
    }

    /// Learns a form in place of what is known of such bodies: every byte the same, but for what is marked, and no parts but those
    /// that are. Where `mark` says no it is none.
    pub(crate) fn learn(
        &mut self,
        names: &'static [&'static str],
        body: &[u8],
        mark: impl FnOnce(&[u8], &mut Form) -> bool,
    ) {
        let at = self.of.iter().position(|of| of.is(names, body)).unwrap_or_else(|| {
            self.next = (self.next + 1) % FORMS;
            self.next
        });
        let form = &mut self.forms[at];
        self.of[at] = Of { names: &[], bytes: 0 };
        if !form.bounds.same_as(body) {
            return;
        }
        form.parts = [Part::NONE; PARTS_MAX];
        if mark(body, form) {
            self.of[at] = Of { names, bytes: body.len() };
        }
    }
}

impl Of {
    /// The same list of names, and not one that says the same; and as long.
    #[inline]
    fn is(&self, names: &'static [&'static str], body: &[u8]) -> bool {
        core::ptr::eq(self.names, names) && self.bytes == body.len()
    }
}

impl Form {
    /// Whether a body, which is as long, has this form.
    #[inline(never)]
    fn fits(&self, body: &[u8]) -> bool {
        self.bounds.hold_plain(body)
    }

    /// Where what was asked for stands, in the order of the names.
    #[inline]
    pub(crate) fn parts(&self) -> &[Part; PARTS_MAX] {
        &self.parts
    }

    /// What stands in this place, one for each name.
    pub(crate) fn put(&mut self, place: usize, part: Part) {
        if let Some(there) = self.parts.get_mut(place) {
            *there = part;
        }
    }

    /// Another byte may stand here: one of a plain string, which is no control, quote or backslash, and ASCII. One that is a blank or
    /// stands right behind it stays as it is: so all that may stand here are in one row.
    pub(crate) fn free_text(&mut self, at: usize) {
        self.bounds.free(at, b'#', b'~');
    }

    /// Another byte may stand here, from the least to the greatest.
    pub(crate) fn free(&mut self, at: usize, least: u8, greatest: u8) {
        self.bounds.free(at, least, greatest);
    }
}
