//! The one template environment.

use std::sync::LazyLock;

use include_dir::{Dir, File, include_dir};
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior, Value};

use super::escape;
use super::indent::indent;
use crate::bug::bug;
use crate::data;
use crate::kube::grammar::is_foreign;

/// The templates, as they were when pykube was built.
static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// Ending of a template's file name.
const ENDING: &str = ".j2";

/// The templates with their environment.
pub struct Templates(Environment<'static>);

impl Templates {
    /// The templates of the binary, each parsed once in a process.
    #[must_use]
    pub fn embedded() -> &'static Self {
        static TEMPLATES: LazyLock<Templates> = LazyLock::new(Templates::new);
        &TEMPLATES
    }

    fn new() -> Self {
        let mut environment = Environment::empty();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        // Debug mode would put the user's values into error messages.
        environment.set_debug(false);
        environment.set_syntax(whitespace());
        environment.set_auto_escape_callback(escape::mode);
        environment.set_formatter(escape::format);
        environment.add_filter("indent", |value: Value, width: usize| indent(&value, width));
        environment.add_filter("comment", |text: String| comment(&text));
        environment.add_filter("key", |text: String| Value::from_safe_string(escape::toml_key(&text)));
        environment.add_filter("text", |text: String, width: usize| {
            Value::from_safe_string(escape::block(&text, width).into_owned())
        });
        environment.add_filter("items", |value: Value| items(&value));
        environment.add_filter("words", |words: Vec<String>| words.join(" "));
        environment.add_function("action", |name: &str| action(name));
        environment.set_loader(|name| Ok(source(name)));
        Self(environment)
    }

    /// The text that the template called `name` makes of `context`.
    ///
    /// # Errors
    /// A fault of the template, named with its line.
    pub fn render(&self, name: &str, context: Value) -> anyhow::Result<String> {
        let fault = |error: minijinja::Error| bug(format!("the template `{name}` fails: {error:#}"));
        self.0.get_template(name).map_err(fault)?.render(context).map_err(fault)
    }
}

/// Block tags stand alone on their lines and leave no trace of them.
fn whitespace() -> SyntaxConfig {
    let mut syntax = SyntaxConfig::builder();
    syntax.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true);
    // Only delimiters can be refused, and they are the usual ones.
    syntax.build().unwrap_or_default()
}

/// The text of the template called `name`, which is its path without the ending.
fn source(name: &str) -> Option<String> {
    let file: &File<'_> = EMBEDDED.get_file(format!("{name}{ENDING}"))?;
    // A checkout on Windows may have other line ends.
    file.contents_utf8().map(|text| text.replace("\r\n", "\n"))
}

/// `text` as the rest of a comment: one line, whatever it holds.
fn comment(text: &str) -> Result<Value, minijinja::Error> {
    if text.contains(is_foreign) {
        return Err(minijinja::Error::new(minijinja::ErrorKind::BadEscape, "a comment must be one line"));
    }
    Ok(Value::from_safe_string(text.to_owned()))
}

/// `name`, a GitHub action, by the commit of its release, with the release as a comment.
fn action(name: &str) -> Result<Value, minijinja::Error> {
    let unknown =
        || minijinja::Error::new(minijinja::ErrorKind::InvalidOperation, format!("no action `{name}` in data/"));
    let action = data::ACTIONS.iter().find(|action| action.name == name).ok_or_else(unknown)?;
    Ok(Value::from_safe_string(format!("{name}@{} # {}", action.sha, action.version)))
}

/// Key and value of each pair, sorted by key.
fn items(value: &Value) -> Result<Vec<Vec<Value>>, minijinja::Error> {
    let mut keys: Vec<Value> = value.try_iter()?.collect();
    keys.sort();
    keys.into_iter().map(|key| Ok(vec![key.clone(), value.get_item(&key)?])).collect()
}

#[cfg(test)]
mod tests {
    use super::comment;

    #[test]
    fn a_comment_stays_on_its_line() {
        assert_eq!(comment("it's # all: {one} line").unwrap().as_str(), Some("it's # all: {one} line"));
        for text in ["a\nb", "a\rb", "a\u{85}b", "a\u{2028}b", "a\u{2029}b", "a\u{0}b"] {
            assert!(comment(text).is_err(), "{text:?}");
        }
    }
}
