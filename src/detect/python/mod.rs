//! Python source as far as detection needs it: our own small tree, whatever parser fills it.
//!
//! Every kind of statement and expression that no rule looks into is kept as `Other` with its children, so a walk
//! still reaches what is inside.

mod convert;
mod guard;
pub(crate) mod walk;
mod written;

use std::fmt;

pub(crate) use written::{WrittenCall, written_call};

/// Names in one dotted name; a longer chain names nothing that is looked for.
const MAX_PARTS: usize = 40;
/// What the shortest module takes beside its tree, in nodes: path, text, names. 200,000 of them took 2.7 kB each.
const MODULE: usize = 50;

/// A parsed file; empty when the text is not Python at all.
#[derive(Debug, Default)]
pub(crate) struct Module {
    /// The top-level statements.
    pub(crate) body: Vec<Stmt>,
}

/// A statement and the lines that it starts and ends on, from 1.
#[derive(Debug)]
pub(crate) struct Stmt {
    pub(crate) line: u32,
    pub(crate) end: u32,
    pub(crate) kind: StmtKind,
}

#[derive(Debug)]
pub(crate) enum StmtKind {
    /// `a = b = value`, `a: T = value`, or with no value `a: T`; `augmented` for `a += value`.
    Assign {
        targets: Vec<Expr>,
        value: Option<Expr>,
        annotation: Option<Expr>,
        augmented: bool,
    },
    Class(Class),
    /// A function or method.
    Function(Function),
    /// `import` and `from` statements, one entry a bound name.
    Import(Vec<Import>),
    /// `if`, the alternatives nested in `orelse`.
    If {
        test: Expr,
        body: Vec<Stmt>,
        orelse: Vec<Stmt>,
    },
    /// `for`, with the loop's own statements and `else`.
    For {
        target: Expr,
        iter: Expr,
        body: Vec<Stmt>,
    },
    /// `try`: what is tried (with `else` and `finally`), and the handlers.
    Try {
        body: Vec<Stmt>,
        handlers: Vec<Stmt>,
    },
    /// `with`, `while` and `match`: their expressions and all their statements.
    Block {
        exprs: Vec<Expr>,
        body: Vec<Stmt>,
    },
    Return(Option<Expr>),
    /// An expression as a statement.
    Expr(Expr),
    /// Anything else that holds expressions.
    Other(Vec<Expr>),
}

/// A class definition.
#[derive(Debug)]
pub(crate) struct Class {
    pub(crate) name: String,
    pub(crate) bases: Vec<Expr>,
    pub(crate) keywords: Vec<(String, Expr)>,
    pub(crate) decorators: Vec<Expr>,
    pub(crate) body: Vec<Stmt>,
}

/// A function definition.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) decorators: Vec<Expr>,
    pub(crate) returns: Option<Expr>,
    pub(crate) body: Vec<Stmt>,
    pub(crate) is_async: bool,
}

impl Function {
    /// Whether it can be called without arguments.
    pub(crate) fn callable_without_arguments(&self) -> bool {
        self.parameters.iter().all(|parameter| parameter.default.is_some())
    }
}

/// One named parameter.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) annotation: Option<Expr>,
    pub(crate) default: Option<Expr>,
}

/// One name that an `import` or `from` statement binds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Import {
    /// Leading dots of a relative import.
    pub(crate) level: u32,
    /// The module, without the leading dots.
    pub(crate) module: String,
    /// What is taken from it: a name, `*`, or nothing for `import module`.
    pub(crate) name: Option<String>,
    /// The name that is bound here; for `import a.b` it is `a`.
    pub(crate) bound: String,
}

/// An expression and the line that it starts on.
#[derive(Debug)]
pub(crate) struct Expr {
    pub(crate) line: u32,
    pub(crate) kind: ExprKind,
}

#[derive(Debug)]
pub(crate) enum ExprKind {
    Name(String),
    /// A string, implicit concatenation done; bytes too when they are UTF-8.
    Str(String),
    /// A whole number.
    Int(i64),
    Bool(bool),
    None,
    /// `a.b`.
    Attr(Box<Expr>, String),
    Call(Box<Call>),
    /// `a[b]`.
    Index(Box<Expr>, Box<Expr>),
    /// A list, tuple or set.
    Sequence(Vec<Expr>),
    /// A dictionary; a key is missing for `**other`.
    Dict(Vec<(Option<Expr>, Expr)>),
    /// An f-string: literal and interpolated parts in order.
    Format(Vec<Expr>),
    /// `a + b`.
    Add(Box<Expr>, Box<Expr>),
    /// `a / b`.
    Divide(Box<Expr>, Box<Expr>),
    /// `a | b`.
    BitOr(Box<Expr>, Box<Expr>),
    /// `a % b`.
    Percent(Box<Expr>, Box<Expr>),
    /// `a or b or c`.
    Or(Vec<Expr>),
    /// `a and b and c`.
    And(Vec<Expr>),
    /// `x in container`; `x not in container` is a `Not` around it.
    In(Box<Expr>, Box<Expr>),
    /// `a == b`; `a != b` is a `Not` around it.
    Equal(Box<Expr>, Box<Expr>),
    /// `body if test else orelse`.
    Conditional {
        test: Box<Expr>,
        body: Box<Expr>,
        orelse: Box<Expr>,
    },
    /// `not a`.
    Not(Box<Expr>),
    /// `await a`.
    Await(Box<Expr>),
    /// `*a`.
    Starred(Box<Expr>),
    /// A comprehension: what it yields, and its `for x in y`.
    Comprehension {
        element: Vec<Expr>,
        loops: Vec<(Expr, Expr)>,
    },
    /// `lambda: body`.
    Lambda(Box<Expr>),
    /// Anything else, with its children.
    Other(Vec<Expr>),
}

#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) function: Expr,
    pub(crate) arguments: Vec<Expr>,
    /// Keyword arguments; `**other` has an empty name.
    pub(crate) keywords: Vec<(String, Expr)>,
}

impl Stmt {
    /// What the statement assigns to the plain name.
    pub(crate) fn assigned(&self, name: &str) -> Option<&Expr> {
        let StmtKind::Assign { targets, value: Some(value), .. } = &self.kind else { return None };
        targets.iter().any(|target| target.as_name() == Some(name)).then_some(value)
    }
}

impl Call {
    /// The value of a keyword argument.
    pub(crate) fn keyword(&self, name: &str) -> Option<&Expr> {
        self.keywords.iter().find(|(keyword, _)| keyword == name).map(|(_, value)| value)
    }

    /// An argument by its position or its name.
    pub(crate) fn argument(&self, position: usize, name: &str) -> Option<&Expr> {
        let positional = self.arguments.get(position).filter(|_| {
            self.arguments.iter().take(position + 1).all(|argument| !matches!(argument.kind, ExprKind::Starred(_)))
        });
        positional.or_else(|| self.keyword(name))
    }

    /// What it is given, with and without a name.
    pub(crate) fn given(&self) -> impl Iterator<Item = &Expr> {
        self.arguments.iter().chain(self.keywords.iter().map(|(_, value)| value))
    }

    /// The last part of what is called: `loads` for `json.loads(…)`.
    pub(crate) fn callee(&self) -> &str {
        self.function.last_name().unwrap_or_default()
    }

    /// What the method is called on: `db` of `db.init_app(app)`.
    pub(crate) fn receiver(&self) -> Option<String> {
        match &self.function.kind {
            ExprKind::Attr(object, _) => object.dotted(),
            _ => None,
        }
    }
}

impl Expr {
    /// The text of a string.
    pub(crate) fn as_str(&self) -> Option<&str> {
        match &self.kind {
            ExprKind::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The name, if it is a plain one.
    pub(crate) fn as_name(&self) -> Option<&str> {
        match &self.kind {
            ExprKind::Name(name) => Some(name),
            _ => None,
        }
    }

    /// The call, if it is one; `await f()` counts.
    pub(crate) fn as_call(&self) -> Option<&Call> {
        match &self.kind {
            ExprKind::Call(call) => Some(call),
            ExprKind::Await(inner) => inner.as_call(),
            _ => None,
        }
    }

    /// `a.b.c` as text, for a name or a chain of attributes on one.
    pub(crate) fn dotted(&self) -> Option<String> {
        self.dotted_within(MAX_PARTS)
    }

    fn dotted_within(&self, parts: usize) -> Option<String> {
        let parts = parts.checked_sub(1)?;
        match &self.kind {
            ExprKind::Name(name) => Some(name.clone()),
            ExprKind::Attr(value, attribute) => {
                let mut text = value.dotted_within(parts)?;
                text.push('.');
                text.push_str(attribute);
                Some(text)
            }
            _ => None,
        }
    }

    /// The last part of a name or attribute.
    pub(crate) fn last_name(&self) -> Option<&str> {
        match &self.kind {
            ExprKind::Name(name) => Some(name),
            ExprKind::Attr(_, attribute) => Some(attribute),
            _ => None,
        }
    }

    /// The name of what is set: `MAIL_SERVER`, `app.config["MAIL_SERVER"]`, `app.conf.broker_url`.
    pub(crate) fn set_name(&self) -> Option<&str> {
        match &self.kind {
            ExprKind::Index(_, key) => key.as_str(),
            _ => self.last_name(),
        }
    }

    /// The value under `key` in a dictionary that is written down, also as `dict(key=…)`.
    pub(crate) fn entry(&self, key: &str) -> Option<&Expr> {
        match &self.kind {
            ExprKind::Dict(items) => {
                items.iter().find(|(name, _)| name.as_ref().and_then(Expr::as_str) == Some(key)).map(|(_, value)| value)
            }
            ExprKind::Call(call) if call.callee() == "dict" => call.keyword(key),
            _ => None,
        }
    }

    /// The elements of a list, tuple or set.
    pub(crate) fn elements(&self) -> &[Expr] {
        match &self.kind {
            ExprKind::Sequence(elements) => elements,
            _ => &[],
        }
    }
}

impl fmt::Display for Import {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for _ in 0..self.level {
            f.write_str(".")?;
        }
        f.write_str(&self.module)
    }
}

/// A text that may be parsed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parsable<'a> {
    text: &'a str,
    /// About how many nodes its tree will have, and what a module takes beside it.
    pub(crate) size: usize,
}

impl<'a> Parsable<'a> {
    /// Looks at Python of any version; nothing when it is nested too deeply to be walked.
    pub(crate) fn new(text: &'a str) -> Option<Self> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        Some(Self { text, size: MODULE + guard::size(text)? })
    }

    /// Parses it; what is not Python is left out and the rest is kept.
    pub(crate) fn parse(self) -> Module {
        convert::module(self.text)
    }
}

/// Parses Python of any version; nothing when it is nested too deeply to be walked.
pub(crate) fn parse(text: &str) -> Option<Module> {
    Parsable::new(text).map(Parsable::parse)
}
