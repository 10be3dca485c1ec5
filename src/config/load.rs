//! From the file to [`Config`], or to everything that is wrong with it.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use toml::de::DeTable;

use super::credentials::credentials;
use super::section::Config;
use super::validate::validate;
use super::{Document, json_schema};
use crate::conflict;
use crate::diagnostic::{Diagnostic, Diagnostics, Source};
use crate::tree_reader::{self, Unreadable};

/// Name of the file that pykube reads.
pub const FILE_NAME: &str = "app.toml";

/// Largest `app.toml` that is read, in bytes. A written one has a few thousand; more is another file under the name.
const MAX_BYTES: u64 = 1 << 20;

/// Reads and checks `directory/app.toml`; `shown` is the path that messages name.
///
/// # Errors
/// [`Diagnostics`] with every fault of the file.
pub fn load(directory: &Path) -> Result<(Config, Document), Diagnostics> {
    let path = directory.join(FILE_NAME);
    let shown = if directory == Path::new(".") || directory.as_os_str().is_empty() {
        FILE_NAME.to_owned()
    } else {
        path.display().to_string()
    };
    let text = tree_reader::read_text(directory, FILE_NAME, MAX_BYTES).map_err(|why| match why {
        Unreadable::Missing => missing(directory),
        other => unreadable(&shown, &other),
    })?;
    parse(shown, text)
}

/// Checks `text` and takes it over; `path` is what messages call it.
///
/// # Errors
/// [`Diagnostics`] with every fault of the text.
pub fn parse(path: String, text: String) -> Result<(Config, Document), Diagnostics> {
    if text.len() as u64 > MAX_BYTES {
        return Err(too_large(&path, text.len() as u64).into());
    }
    let source = Arc::new(Source { path, text });
    let (table, syntax_errors) = DeTable::parse_recoverable(&source.text);
    if let Some(error) = syntax_errors.first() {
        if let Some(span) = conflict::marker(&source.text) {
            let fault = Diagnostic::error("app.toml holds the markers of a merge conflict").at(&source, span, "");
            let help = "resolve them here, then run `pykube render`: it resolves those in the files that it rendered";
            return Err(fault.help(help).into());
        }
        return Err(syntax_fault(&source, error).into());
    }
    if table.get_ref().is_empty() {
        let help = "`pykube init` writes one, with `[app]` and `[image]` from the code";
        return Err(Diagnostic::error("app.toml is empty").at(&source, 0..0, "").help(help).into());
    }
    let document = Document::new(Arc::clone(&source), table.get_ref());
    let mut faults = validate(table.get_ref(), json_schema(), &document);
    faults.0.extend(credentials(table.get_ref(), &document).0);
    if !faults.0.is_empty() {
        return Err(faults);
    }
    let config = Config::deserialize(toml::Deserializer::from(table))
        .map_err(|error| Diagnostics::from(syntax_fault(&source, &error)))?;
    Ok((config, document))
}

/// The folder has no `app.toml`; one above it may be the one that is meant.
fn missing(directory: &Path) -> Diagnostics {
    let folder = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    let shown = if folder == Path::new(".") { "this folder".to_owned() } else { format!("`{}`", folder.display()) };
    if !folder.is_dir() {
        return Diagnostic::error(format!("{shown} is not a folder")).help("give the folder of app.toml").into();
    }
    let place = folder.canonicalize().unwrap_or_default();
    let above = place.ancestors().skip(1).position(|above| above.join(FILE_NAME).is_file());
    match above {
        Some(steps) => {
            let above: PathBuf =
                std::iter::once(folder).chain(std::iter::repeat_n(Path::new(".."), steps + 1)).collect();
            let above = above.strip_prefix(".").unwrap_or(&above).display().to_string();
            Diagnostic::error(format!("no app.toml in {shown}, but in `{above}`"))
                .help(format!("give that folder: {above}"))
        }
        None => Diagnostic::error(format!("no app.toml in {shown} or above")).help("`pykube init` writes one"),
    }
    .into()
}

fn unreadable(shown: &str, why: &Unreadable) -> Diagnostics {
    match why {
        Unreadable::NotText(bytes, valid) => not_utf8(shown, bytes, *valid),
        Unreadable::TooLarge { size, .. } => too_large(shown, *size),
        other => Diagnostic::error(format!("cannot read `{shown}`: it {other}"))
            .help("app.toml is a regular file in the folder of the project"),
    }
    .into()
}

/// The first byte that is not UTF-8, shown in its own line with the bad bytes replaced.
fn not_utf8(shown: &str, bytes: &[u8], offset: usize) -> Diagnostic {
    let start = bytes[..offset].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let line = String::from_utf8_lossy(&bytes[..start]).lines().count() + 1;
    let column = String::from_utf8_lossy(&bytes[start..offset]).chars().count() + 1;
    Diagnostic::error(format!("{shown}:{line}:{column}: app.toml is not UTF-8"))
        .help(format!("invalid UTF-8 byte 0x{:02x}; save the file as UTF-8", bytes[offset]))
}

fn too_large(shown: &str, size: u64) -> Diagnostic {
    let megabytes = size.div_ceil(1 << 20);
    Diagnostic::error(format!("`{shown}` is {megabytes} MiB; the limit is 1 MiB"))
        .help("is this another file under that name? `pykube init --force` writes a new one")
}

fn syntax_fault(source: &Arc<Source>, error: &toml::de::Error) -> Diagnostic {
    let span: Range<usize> = error.span().unwrap_or(0..0);
    let message = error.message();
    let fault = Diagnostic::error(message.to_owned()).at(source, span, "");
    let help = if message.contains("duplicate key") {
        "a key can appear only once in a table: remove one of the two"
    } else if message.contains("expected `=`") || message.contains("must be quoted") {
        "a setting is NAME = \"text\", NAME = 1 or NAME = true"
    } else if message.starts_with("unclosed") {
        "what is opened with `[`, `{` or a quote is closed with `]`, `}` or the same quote"
    } else {
        return fault;
    };
    fault.help(help)
}
