//! One Python file as far as the lines to add depend on it: what is bound, called and imported, and on which lines.

use ruff_python_ast::{self as ast, Expr, Stmt};
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};
use ruff_text_size::{Ranged, TextRange};

/// One Python file of the project.
#[derive(Debug)]
pub(crate) struct Source {
    /// Path below the folder of `app.toml`.
    pub(crate) path: String,
    /// Its text.
    pub(crate) text: String,
    /// Assignments to plain names, inside functions too, in the order of the text.
    pub(crate) assignments: Vec<Assignment>,
    /// Calls that are statements of their own, as `db.init_app(app)`.
    pub(crate) calls: Vec<CallStatement>,
    /// Calls whose result is returned, as `return create_engine(url)`.
    pub(crate) returned: Vec<CallStatement>,
    /// Imports at the top level.
    pub(crate) imports: Vec<Import>,
    /// The statements at the top level.
    pub(crate) statements: Vec<Lines>,
    /// Line that the docstring of the module ends on; 0 when there is none.
    pub(crate) docstring_end: u32,
}

/// `name = value`.
#[derive(Debug)]
pub(crate) struct Assignment {
    pub(crate) name: String,
    pub(crate) value: Bound,
    pub(crate) lines: Lines,
    /// Spaces before the statement.
    pub(crate) indent: usize,
    /// Whether it stands at the top level of the module.
    pub(crate) top_level: bool,
}

/// First and last line of a statement, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lines {
    pub(crate) first: u32,
    pub(crate) last: u32,
}

/// What is bound to a name.
#[derive(Debug)]
pub(crate) enum Bound {
    /// A call.
    Call(Call),
    /// A list: its elements that are strings, with their lines, and the line that the list opens on.
    List { opens: u32, strings: Vec<(String, u32)> },
    /// Anything else.
    Other,
}

/// A call: what is called, and with what.
#[derive(Debug)]
pub(crate) struct Call {
    /// `FastAPI`, `flask.Flask`, `db.init_app`.
    pub(crate) function: String,
    /// The text of the arguments without a name.
    pub(crate) arguments: Vec<String>,
    /// Name and text of the others; `**other` has an empty name.
    pub(crate) keywords: Vec<(String, String)>,
}

impl Call {
    /// The last part of what is called.
    pub(crate) fn callee(&self) -> &str {
        self.function.rsplit('.').next().unwrap_or_default()
    }

    /// What the method is called on: `db` of `db.init_app`.
    pub(crate) fn receiver(&self) -> Option<&str> {
        self.function.rsplit_once('.').map(|(receiver, _)| receiver)
    }
}

/// A call that is a statement.
#[derive(Debug)]
pub(crate) struct CallStatement {
    pub(crate) call: Call,
    pub(crate) lines: Lines,
    pub(crate) indent: usize,
}

/// A top-level `import` or `from`, once for each name.
#[derive(Debug)]
pub(crate) struct Import {
    /// The module, with leading dots when it is relative.
    pub(crate) module: String,
    /// What is taken from it; none for `import module`.
    pub(crate) name: Option<String>,
    /// The name that it has here; for `import a.b` it is `a`.
    pub(crate) bound: String,
    pub(crate) lines: Lines,
}

impl Source {
    /// Reads `text`; what cannot be parsed is left out.
    pub(crate) fn new(path: String, text: String) -> Self {
        let parsed = parse_unchecked(&text, ParseOptions::from(Mode::Module));
        let mut source = Self {
            path,
            text: String::new(),
            assignments: Vec::new(),
            calls: Vec::new(),
            returned: Vec::new(),
            imports: Vec::new(),
            statements: Vec::new(),
            docstring_end: 0,
        };
        if let ast::Mod::Module(module) = parsed.into_syntax() {
            let reader = Reader { text: &text };
            if let Some(Stmt::Expr(first)) = module.body.first()
                && first.value.is_string_literal_expr()
            {
                source.docstring_end = reader.lines(first.range()).last;
            }
            source.statements = module.body.iter().map(|stmt| reader.lines(stmt.range())).collect();
            reader.body(&module.body, true, &mut source);
        }
        source.text = text;
        source
    }

    /// The import of `name` from `module`, or of `module` itself.
    pub(crate) fn import(&self, module: &str, name: Option<&str>) -> Option<&Import> {
        self.imports.iter().find(|import| import.module == module && import.name.as_deref() == name)
    }

    /// Whether the module gives the name a meaning of its own.
    pub(crate) fn binds(&self, name: &str) -> bool {
        self.imports.iter().any(|import| import.bound == name)
            || self.assignments.iter().any(|assignment| assignment.name == name)
    }

    /// Line that an import is added after: the last import at the head of the module, or the docstring.
    pub(crate) fn imports_end(&self) -> u32 {
        self.imports.iter().map(|import| import.lines.last).max().unwrap_or(self.docstring_end)
    }

    /// The assignment to `name`, the last one when there are several.
    pub(crate) fn assignment(&self, name: &str) -> Option<&Assignment> {
        self.assignments.iter().rfind(|assignment| assignment.top_level && assignment.name == name)
    }

    /// Last line of the last statement at the top level that has `word` in it.
    pub(crate) fn last_mention(&self, word: &str) -> Option<u32> {
        let (line, _) = (1..).zip(self.text.lines()).filter(|(_, line)| line.contains(word)).last()?;
        self.statements.iter().rfind(|lines| lines.first <= line && line <= lines.last).map(|lines| lines.last)
    }

    /// Number of lines.
    pub(crate) fn last_line(&self) -> u32 {
        u32::try_from(self.text.lines().count()).unwrap_or(u32::MAX)
    }

    /// The text of a line, from 1, without the spaces around it.
    pub(crate) fn line(&self, number: u32) -> &str {
        let index = usize::try_from(number).unwrap_or_default();
        self.text.lines().nth(index.saturating_sub(1)).unwrap_or_default().trim()
    }
}

/// `a` of `a.b`.
fn first_part(module: &str) -> String {
    module.split('.').next().unwrap_or_default().to_owned()
}

/// Turns ruff's tree into ours.
struct Reader<'a> {
    text: &'a str,
}

impl Reader<'_> {
    fn body(&self, body: &[Stmt], top_level: bool, into: &mut Source) {
        for stmt in body {
            self.stmt(stmt, top_level, into);
        }
    }

    fn stmt(&self, stmt: &Stmt, top_level: bool, into: &mut Source) {
        match stmt {
            Stmt::Assign(node) => {
                if let [Expr::Name(name)] = node.targets.as_slice() {
                    into.assignments.push(self.assignment(&name.id, &node.value, stmt, top_level));
                }
            }
            Stmt::AnnAssign(node) => {
                if let (Expr::Name(name), Some(value)) = (node.target.as_ref(), &node.value) {
                    into.assignments.push(self.assignment(&name.id, value, stmt, top_level));
                }
            }
            Stmt::Expr(node) => {
                if let Expr::Call(call) = node.value.as_ref() {
                    let (lines, indent) = (self.lines(stmt.range()), self.indent(stmt.range()));
                    into.calls.push(CallStatement { call: self.call(call), lines, indent });
                }
            }
            Stmt::Return(node) => {
                if let Some(Expr::Call(call)) = node.value.as_deref() {
                    let (lines, indent) = (self.lines(stmt.range()), self.indent(stmt.range()));
                    into.returned.push(CallStatement { call: self.call(call), lines, indent });
                }
            }
            Stmt::Import(node) if top_level => {
                into.imports.extend(node.names.iter().map(|alias| Import {
                    module: alias.name.to_string(),
                    name: None,
                    bound: alias.asname.as_ref().map_or_else(|| first_part(&alias.name), ToString::to_string),
                    lines: self.lines(stmt.range()),
                }));
            }
            Stmt::ImportFrom(node) if top_level => {
                let dots = ".".repeat(usize::try_from(node.level).unwrap_or_default());
                let module = format!("{dots}{}", node.module.as_deref().unwrap_or_default());
                into.imports.extend(node.names.iter().map(|alias| Import {
                    module: module.clone(),
                    name: Some(alias.name.to_string()),
                    bound: alias.asname.as_ref().unwrap_or(&alias.name).to_string(),
                    lines: self.lines(stmt.range()),
                }));
            }
            Stmt::FunctionDef(node) => self.body(&node.body, false, into),
            Stmt::With(node) => self.body(&node.body, top_level, into),
            Stmt::If(node) => {
                self.body(&node.body, top_level, into);
                for clause in &node.elif_else_clauses {
                    self.body(&clause.body, top_level, into);
                }
            }
            Stmt::Try(node) => {
                self.body(&node.body, top_level, into);
                self.body(&node.orelse, top_level, into);
            }
            _ => {}
        }
    }

    fn assignment(&self, name: &str, value: &Expr, stmt: &Stmt, top_level: bool) -> Assignment {
        Assignment {
            name: name.to_owned(),
            value: self.bound(value),
            lines: self.lines(stmt.range()),
            indent: self.indent(stmt.range()),
            top_level,
        }
    }

    fn bound(&self, value: &Expr) -> Bound {
        match value {
            Expr::Call(call) => Bound::Call(self.call(call)),
            Expr::List(list) => {
                let strings = list.elts.iter().filter_map(|element| match element {
                    Expr::StringLiteral(text) => {
                        Some((text.value.to_str().to_owned(), self.lines(element.range()).first))
                    }
                    _ => None,
                });
                Bound::List { opens: self.lines(value.range()).first, strings: strings.collect() }
            }
            _ => Bound::Other,
        }
    }

    fn call(&self, call: &ast::ExprCall) -> Call {
        Call {
            function: self.slice(call.func.range()),
            arguments: call.arguments.args.iter().map(|argument| self.slice(argument.range())).collect(),
            keywords: call
                .arguments
                .keywords
                .iter()
                .map(|keyword| {
                    let name = keyword.arg.as_ref().map(ToString::to_string).unwrap_or_default();
                    (name, self.slice(keyword.value.range()))
                })
                .collect(),
        }
    }

    fn slice(&self, range: TextRange) -> String {
        self.text.get(range.start().to_usize()..range.end().to_usize()).unwrap_or_default().to_owned()
    }

    fn lines(&self, range: TextRange) -> Lines {
        Lines { first: self.line(range.start().to_usize()), last: self.line(range.end().to_usize()) }
    }

    fn line(&self, at: usize) -> u32 {
        let before = self.text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count();
        u32::try_from(before).unwrap_or(u32::MAX - 1) + 1
    }

    fn indent(&self, range: TextRange) -> usize {
        let before = self.text.get(..range.start().to_usize()).unwrap_or_default();
        before.len() - before.rfind('\n').map_or(0, |at| at + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FACTORY: &str = "\
\"\"\"The shop.\"\"\"

from flask import (
    Flask,
)
import os

def create_app():
    app = Flask(
        __name__,
    )
    db.init_app(app)
    return app

MIDDLEWARE = [
    \"a.B\",  # first
    \"c.D\",
]
";

    #[test]
    fn statements_are_found_with_their_lines() {
        let source = Source::new("shop.py".into(), FACTORY.into());
        assert_eq!(source.docstring_end, 1);
        assert_eq!(source.imports_end(), 6);
        let app = &source.assignments[0];
        assert_eq!((app.name.as_str(), app.lines, app.indent), ("app", Lines { first: 9, last: 11 }, 4));
        assert!(matches!(&app.value, Bound::Call(call) if call.callee() == "Flask"));
        assert_eq!(source.calls[0].call.receiver(), Some("db"));
        let Bound::List { opens, strings } = &source.assignment("MIDDLEWARE").unwrap().value else { panic!() };
        assert_eq!((*opens, strings.len(), strings[1].1), (15, 2, 17));
    }

    #[test]
    fn what_is_no_python_is_an_empty_file() {
        let source = Source::new("x.py".into(), "print 'two'\n<<<<<<< HEAD\n".into());
        assert_eq!(source.imports_end(), 0);
        assert!(source.assignments.is_empty());
    }
}
