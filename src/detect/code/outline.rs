//! A file as far as lines to add to it depend on it: what is bound, called and imported, and on which lines.

use super::source::Source;
use crate::detect::python::{Call, Expr, Import, Stmt, StmtKind, walk};

/// First and last line of a statement, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lines {
    pub(crate) first: u32,
    pub(crate) last: u32,
}

/// `name = value`, in a module's own scope or a function's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Assignment<'a> {
    pub(crate) name: &'a str,
    pub(crate) value: &'a Expr,
    pub(crate) lines: Lines,
    /// Spaces before the statement.
    pub(crate) indent: usize,
    /// Whether it is in the module's own scope.
    pub(crate) top_level: bool,
}

/// A call that is a statement of its own or what a function returns.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CallStatement<'a> {
    pub(crate) call: &'a Call,
    pub(crate) lines: Lines,
    pub(crate) indent: usize,
}

impl Source {
    /// Assignments to plain names, in the order of the text; those of classes are attributes, and left out.
    pub(crate) fn assignments(&self) -> Vec<Assignment<'_>> {
        let mut found = Vec::new();
        visit(&self.module.body, true, &mut |stmt, top_level| {
            let StmtKind::Assign { targets, value: Some(value), augmented: false, .. } = &stmt.kind else { return };
            let [target] = targets.as_slice() else { return };
            let Some(name) = target.as_name() else { return };
            let (lines, indent) = (lines(stmt), self.indent(stmt));
            found.push(Assignment { name, value, lines, indent, top_level });
        });
        found
    }

    /// The assignment to `name` in the module's own scope, the last one when there are several.
    pub(crate) fn assignment(&self, name: &str) -> Option<Assignment<'_>> {
        self.assignments().into_iter().rfind(|assignment| assignment.top_level && assignment.name == name)
    }

    /// Calls that are statements of their own, as `db.init_app(app)`.
    pub(crate) fn plain_calls(&self) -> Vec<CallStatement<'_>> {
        self.call_statements(|stmt| match &stmt.kind {
            StmtKind::Expr(value) => Some(value),
            _ => None,
        })
    }

    /// Calls whose result is returned, as `return create_engine(url)`.
    pub(crate) fn returned_calls(&self) -> Vec<CallStatement<'_>> {
        self.call_statements(|stmt| match &stmt.kind {
            StmtKind::Return(value) => value.as_ref(),
            _ => None,
        })
    }

    fn call_statements<'a>(&'a self, value_of: impl Fn(&'a Stmt) -> Option<&'a Expr>) -> Vec<CallStatement<'a>> {
        let mut found = Vec::new();
        visit(&self.module.body, true, &mut |stmt, _| {
            if let Some(call) = value_of(stmt).and_then(Expr::as_call) {
                found.push(CallStatement { call, lines: lines(stmt), indent: self.indent(stmt) });
            }
        });
        found
    }

    /// The import in the module's own scope of `name` from `module`, or of `module` itself.
    pub(crate) fn import(&self, module: &str, name: Option<&str>) -> Option<&Import> {
        self.imports().find(|import| import.name.as_deref() == name && import.to_string() == module)
    }

    /// Whether the file gives the name a meaning of its own.
    pub(crate) fn binds(&self, name: &str) -> bool {
        self.imports().any(|import| import.bound == name)
            || self.assignments().iter().any(|assignment| assignment.name == name)
    }

    /// Line that an import is added after: the last import that is on its own, or the docstring; 0 without either.
    pub(crate) fn imports_end(&self) -> u32 {
        let body = &self.module.body;
        let imports = body.iter().filter(|stmt| is_import(stmt)).map(|stmt| stmt.end).max();
        let docstring = || match body.first().map(|stmt| (&stmt.kind, stmt.end)) {
            Some((StmtKind::Expr(value), end)) if value.as_str().is_some() => end,
            _ => 0,
        };
        imports.unwrap_or_else(docstring)
    }

    /// Last line of the last statement of the module's body that has `word` in it.
    pub(crate) fn last_mention(&self, word: &str) -> Option<u32> {
        let (line, _) = (1..).zip(self.text().lines()).filter(|(_, line)| line.contains(word)).last()?;
        let around = self.module.body.iter().rfind(|stmt| stmt.line <= line && line <= stmt.end);
        around.map(|stmt| stmt.end)
    }

    /// Number of lines.
    pub(crate) fn last_line(&self) -> u32 {
        u32::try_from(self.text().lines().count()).unwrap_or(u32::MAX)
    }

    /// The text of the line `number`, from 1, without the spaces around it.
    pub(crate) fn line(&self, number: u32) -> &str {
        self.raw_line(number).trim()
    }

    /// The text of `lines`, as it is in the file.
    pub(crate) fn excerpt(&self, lines: Lines) -> String {
        let before = usize::try_from(lines.first.saturating_sub(1)).unwrap_or_default();
        let count = usize::try_from(lines.last - lines.first + 1).unwrap_or_default();
        self.text().lines().skip(before).take(count).collect::<Vec<_>>().join("\n")
    }

    fn indent(&self, stmt: &Stmt) -> usize {
        let line = self.raw_line(stmt.line);
        line.len() - line.trim_start().len()
    }
}

fn lines(stmt: &Stmt) -> Lines {
    Lines { first: stmt.line, last: stmt.end }
}

/// An import, or a `try` that holds one: `try: import uvloop`.
fn is_import(stmt: &Stmt) -> bool {
    match &stmt.kind {
        StmtKind::Import(_) => true,
        StmtKind::Try { body, .. } => walk::scope(body).any(|stmt| matches!(stmt.kind, StmtKind::Import(_))),
        _ => false,
    }
}

/// Shows every statement outside classes to `visitor`, and whether it is in the module's own scope.
fn visit<'a>(body: &'a [Stmt], top_level: bool, visitor: &mut impl FnMut(&'a Stmt, bool)) {
    for stmt in body {
        visitor(stmt, top_level);
        let inside = match stmt.kind {
            StmtKind::Class(_) => continue,
            StmtKind::Function(_) => false,
            _ => top_level,
        };
        for block in stmt.blocks() {
            visit(block, inside, visitor);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::python;
    use crate::detect::text_file::TextFile;

    const FACTORY: &str = "\
\"\"\"The shop.\"\"\"

from flask import (
    Flask,
)
import os
try:
    import uvloop
except ImportError:
    uvloop = None

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

    fn parsed(path: &str, text: &str) -> Source {
        Source::new(TextFile::new(path.to_owned(), text.to_owned()), python::parse(text).unwrap_or_default())
    }

    #[test]
    fn statements_are_found_with_their_lines() {
        let source = parsed("shop.py", FACTORY);
        assert_eq!(source.imports_end(), 10, "an import is never added inside of a `try`");
        let assignments = source.assignments();
        let app = assignments.iter().find(|assignment| assignment.name == "app").unwrap();
        assert_eq!((app.lines, app.indent, app.top_level), (Lines { first: 13, last: 15 }, 4, false));
        assert_eq!(source.excerpt(app.lines), "    app = Flask(\n        __name__,\n    )");
        assert_eq!(app.value.as_call().map(Call::callee), Some("Flask"));
        assert_eq!(source.plain_calls()[0].call.receiver().as_deref(), Some("db"));
        let middleware = source.assignment("MIDDLEWARE").unwrap();
        assert_eq!((middleware.value.line, middleware.value.elements()[1].line), (19, 21));
    }

    #[test]
    fn what_is_not_python_is_an_empty_file() {
        let source = parsed("x.py", "print 'two'\n<<<<<<< HEAD\n");
        assert_eq!(source.imports_end(), 0);
        assert!(source.assignments().is_empty());
    }
}
