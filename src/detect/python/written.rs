//! A call as it is written: the texts of what is called and of its arguments, to write it again with others.

use ruff_python_ast::{Expr, ExprCall, Mod, Stmt};
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};
use ruff_text_size::{Ranged, TextRange};

/// A call, in the words of its file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct WrittenCall {
    /// `create_engine`, `sa.create_engine`.
    pub(crate) function: String,
    /// The arguments without a name.
    pub(crate) arguments: Vec<String>,
    /// Name and value of the others; `**other` has an empty name.
    pub(crate) keywords: Vec<(String, String)>,
}

/// The call that the one statement in `text` assigns or returns.
pub(crate) fn written_call(text: &str) -> Option<WrittenCall> {
    let text = text.trim_start();
    // One nested too deeply is not read.
    super::guard::size(text)?;
    let Mod::Module(module) = parse_unchecked(text, ParseOptions::from(Mode::Module)).into_syntax() else {
        return None;
    };
    let value = match module.body.first()? {
        Stmt::Assign(node) => &*node.value,
        Stmt::AnnAssign(node) => node.value.as_deref()?,
        Stmt::Return(node) => node.value.as_deref()?,
        _ => return None,
    };
    match value {
        Expr::Call(call) => Some(written(text, call)),
        _ => None,
    }
}

fn written(text: &str, call: &ExprCall) -> WrittenCall {
    let slice = |range: TextRange| text.get(range.start().to_usize()..range.end().to_usize()).unwrap_or_default();
    let keywords = call.arguments.keywords.iter().map(|keyword| {
        let name = keyword.arg.as_ref().map(ToString::to_string).unwrap_or_default();
        (name, slice(keyword.value.range()).to_owned())
    });
    WrittenCall {
        function: slice(call.func.range()).to_owned(),
        arguments: call.arguments.args.iter().map(|argument| slice(argument.range()).to_owned()).collect(),
        keywords: keywords.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_keep_their_text() {
        let call =
            written_call("    engine = sa.create_engine(\n        f\"{url}\", echo=True, **more\n    )").unwrap();
        assert_eq!(call.function, "sa.create_engine");
        assert_eq!(call.arguments, ["f\"{url}\""]);
        assert_eq!(call.keywords, [("echo".into(), "True".into()), (String::new(), "more".into())]);
        assert_eq!(written_call("    return create_engine(url)").map(|call| call.arguments), Some(vec!["url".into()]));
        assert_eq!(written_call("engine = url"), None);
    }
}
