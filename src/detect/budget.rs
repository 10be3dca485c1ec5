//! How much work one repository is worth, and what was left out: an answer is never silent about what it did not look at.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Steps from one name to the next, over imports, bases and texts; the largest projects that were measured take a
/// hundredth of it.
const MAX_STEPS: u64 = 3_000_000;
/// Text that one expression or variable may stand for.
pub(crate) const MAX_TEXT: usize = 16 * 1024;
/// Bytes that are read of one repository, a file read twice counted twice.
const MAX_READ: u64 = 256 * 1024 * 1024;
/// Names that a sentence about files lists.
const NAMED: usize = 3;

/// Why something was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Omission {
    /// A folder or file that the system did not give.
    Unreadable,
    /// A name that is not UTF-8, or holds control characters.
    Unnamed,
    /// More bytes than source has.
    TooLarge,
    /// Nested deeper than the language itself allows.
    TooDeep,
    /// Files of packages that an installer put there.
    Installed,
    /// More than are read of the kind.
    TooMany,
}

impl Omission {
    /// What is said ahead of the list of files.
    fn clause(self) -> &'static str {
        match self {
            Self::Unreadable => "could not be read, and what it holds is unknown",
            Self::Unnamed => "left out, as its name is not plain text",
            Self::TooLarge => "not read, as larger than 2 MiB",
            Self::TooDeep => "not read, as nested too deeply",
            Self::Installed => "left out as installed packages",
            Self::TooMany => "read in part, as it lists too much",
        }
    }
}

/// What is left to spend, and what was left out so far.
#[derive(Debug, Default)]
pub(crate) struct Budget {
    steps: AtomicU64,
    read: AtomicU64,
    omissions: Mutex<BTreeMap<Omission, BTreeSet<String>>>,
}

impl Budget {
    /// Takes `steps`; nothing when there are none left, and then what they were for is unknown.
    pub(crate) fn spend(&self, steps: u64) -> Option<()> {
        (self.steps.fetch_add(steps, Ordering::Relaxed) < MAX_STEPS).then_some(())
    }

    /// Takes the bytes of a file that is about to be read.
    pub(crate) fn spend_read(&self, bytes: u64) -> Option<()> {
        // Opening a file costs about as much as reading this much of one.
        (self.read.fetch_add(bytes + 256, Ordering::Relaxed) < MAX_READ).then_some(())
    }

    /// Notes that `path` was left out.
    pub(crate) fn leave_out(&self, omission: Omission, path: &str) {
        let mut omissions = self.omissions.lock().unwrap_or_else(PoisonError::into_inner);
        omissions.entry(omission).or_default().insert(path.to_owned());
    }

    /// One sentence for every kind of thing that was not looked at.
    pub(crate) fn sentences(&self) -> Vec<String> {
        let omissions = self.omissions.lock().unwrap_or_else(PoisonError::into_inner);
        let mut sentences: Vec<String> =
            omissions.iter().map(|(omission, paths)| format!("{}: {}", omission.clause(), listed(paths))).collect();
        if self.steps.load(Ordering::Relaxed) > MAX_STEPS {
            sentences
                .push("the code is too entangled to follow every name; what was not followed is unknown".to_owned());
        }
        if self.read.load(Ordering::Relaxed) > MAX_READ {
            sentences.push("the files include each other too often; what was not read is unknown".to_owned());
        }
        sentences
    }
}

/// The first few names, and how many more there are.
fn listed(paths: &BTreeSet<String>) -> String {
    let named: Vec<String> = paths.iter().take(NAMED).map(|path| format!("`{}`", printable(path))).collect();
    match paths.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

/// A path as it may be shown: a name may hold what moves the cursor.
fn printable(path: &str) -> String {
    let shown = |c: char| if c.is_control() { c.escape_default().collect() } else { c.to_string() };
    path.chars().map(shown).collect()
}
