//! The small languages inside values: what the API server, the container runtimes and a shell parse after YAML is read.

pub(crate) mod cidr;
pub(crate) mod cron;
pub(crate) mod image_reference;
pub(crate) mod name;
pub(crate) mod quantity;
pub(crate) mod shell;

/// Whether no line of a file that is rendered may hold the character: some readers take U+2028 and U+2029 for the end of
/// a line and some do not, and a byte order mark is for the first line alone.
pub(crate) fn is_foreign(c: char) -> bool {
    c.is_control() || matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}')
}
