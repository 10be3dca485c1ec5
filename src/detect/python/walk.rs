//! Walks over a tree: every statement, every expression, with or without going into functions.

use super::{Call, Expr, ExprKind, Function, Stmt, StmtKind};

impl Expr {
    /// Visits this expression and everything in it.
    pub(crate) fn visit<'a, F: FnMut(&'a Expr)>(&'a self, visitor: &mut F) {
        visitor(self);
        self.children(&mut |child| child.visit(visitor));
    }

    fn children<'a>(&'a self, visitor: &mut impl FnMut(&'a Expr)) {
        // Written out, not collected: half of all time went into the lists of children.
        match &self.kind {
            ExprKind::Name(_) | ExprKind::Str(_) | ExprKind::Int(_) | ExprKind::Bool(_) | ExprKind::None => {}
            ExprKind::Attr(value, _)
            | ExprKind::Not(value)
            | ExprKind::Await(value)
            | ExprKind::Starred(value)
            | ExprKind::Lambda(value) => visitor(value),
            ExprKind::Call(call) => {
                visitor(&call.function);
                call.given().for_each(visitor);
            }
            ExprKind::Index(a, b)
            | ExprKind::Add(a, b)
            | ExprKind::Divide(a, b)
            | ExprKind::BitOr(a, b)
            | ExprKind::Percent(a, b)
            | ExprKind::In(a, b)
            | ExprKind::Equal(a, b) => {
                visitor(a);
                visitor(b);
            }
            ExprKind::Sequence(parts)
            | ExprKind::Format(parts)
            | ExprKind::Or(parts)
            | ExprKind::And(parts)
            | ExprKind::Other(parts) => parts.iter().for_each(visitor),
            ExprKind::Dict(items) => {
                items.iter().flat_map(|(key, value)| key.iter().chain([value])).for_each(visitor);
            }
            ExprKind::Conditional { test, body, orelse } => {
                visitor(test);
                visitor(body);
                visitor(orelse);
            }
            ExprKind::Comprehension { element, loops } => {
                element.iter().chain(loops.iter().flat_map(|(target, iter)| [target, iter])).for_each(visitor);
            }
        }
    }

    /// This expression and everything in it.
    pub(crate) fn inside(&self) -> impl Iterator<Item = &Expr> {
        expressions_of(Statements::new(&[], |_| false), vec![self])
    }

    /// Whether anything in this expression satisfies `test`.
    pub(crate) fn any(&self, mut test: impl FnMut(&Expr) -> bool) -> bool {
        let mut found = false;
        self.visit(&mut |expr| found = found || test(expr));
        found
    }

    /// Every call in this expression, outer ones first.
    pub(crate) fn calls(&self) -> Vec<&Call> {
        self.inside().filter_map(call).map(|(_, call)| call).collect()
    }
}

impl Stmt {
    /// The statements directly inside this one, functions and classes included: two lists, of which either may be empty.
    pub(crate) fn blocks(&self) -> [&[Stmt]; 2] {
        match &self.kind {
            StmtKind::Class(class) => [&class.body, &[]],
            StmtKind::Function(function) => [&function.body, &[]],
            StmtKind::If { body, orelse, .. } => [body, orelse],
            StmtKind::For { body, .. } | StmtKind::Block { body, .. } => [body, &[]],
            StmtKind::Try { body, handlers } => [body, handlers],
            StmtKind::Assign { .. }
            | StmtKind::Import(_)
            | StmtKind::Return(_)
            | StmtKind::Expr(_)
            | StmtKind::Other(_) => [&[], &[]],
        }
    }

    /// The expressions that are in this statement itself.
    pub(crate) fn exprs(&self) -> Vec<&Expr> {
        match &self.kind {
            StmtKind::Assign { targets, value, annotation, .. } => {
                targets.iter().chain(annotation).chain(value).collect()
            }
            StmtKind::Class(class) => class
                .decorators
                .iter()
                .chain(&class.bases)
                .chain(class.keywords.iter().map(|(_, value)| value))
                .collect(),
            StmtKind::Function(function) => function.exprs(),
            StmtKind::If { test, .. } => vec![test],
            StmtKind::For { target, iter, .. } => vec![target, iter],
            StmtKind::Block { exprs, .. } | StmtKind::Other(exprs) => exprs.iter().collect(),
            StmtKind::Return(value) => value.iter().collect(),
            StmtKind::Expr(value) => vec![value],
            StmtKind::Try { .. } | StmtKind::Import(_) => Vec::new(),
        }
    }
}

impl Function {
    fn exprs(&self) -> Vec<&Expr> {
        self.decorators
            .iter()
            .chain(self.parameters.iter().flat_map(|parameter| parameter.annotation.iter().chain(&parameter.default)))
            .chain(&self.returns)
            .collect()
    }
}

/// Statements in the order of the text, each ahead of those inside.
pub(crate) struct Statements<'a> {
    ahead: Vec<std::slice::Iter<'a, Stmt>>,
    enters: fn(&Stmt) -> bool,
}

impl<'a> Statements<'a> {
    fn new(body: &'a [Stmt], enters: fn(&Stmt) -> bool) -> Self {
        Self { ahead: vec![body.iter()], enters }
    }
}

impl<'a> Iterator for Statements<'a> {
    type Item = &'a Stmt;

    fn next(&mut self) -> Option<&'a Stmt> {
        loop {
            if let Some(stmt) = self.ahead.last_mut()?.next() {
                if (self.enters)(stmt) {
                    self.ahead.extend(stmt.blocks().into_iter().rev().map(<[Stmt]>::iter));
                }
                return Some(stmt);
            }
            self.ahead.pop();
        }
    }
}

/// Every statement, at any depth.
pub(crate) fn statements(body: &[Stmt]) -> Statements<'_> {
    Statements::new(body, |_| true)
}

/// Every statement that runs when the module is imported: not those inside functions, but those in classes.
pub(crate) fn top_level(body: &[Stmt]) -> Statements<'_> {
    Statements::new(body, |stmt| !matches!(stmt.kind, StmtKind::Function(_)))
}

/// Every statement of a module's own scope: `if`, `try` and `with` are entered, functions and classes are not.
pub(crate) fn scope(body: &[Stmt]) -> Statements<'_> {
    Statements::new(body, is_of_scope)
}

/// Every statement of a module's own scope but what runs only as a script.
pub(crate) fn own_scope(body: &[Stmt]) -> Statements<'_> {
    Statements::new(body, |stmt| is_of_scope(stmt) && !is_main_guard(stmt))
}

fn is_of_scope(stmt: &Stmt) -> bool {
    !matches!(stmt.kind, StmtKind::Function(_) | StmtKind::Class(_))
}

/// `if __name__ == "__main__":`.
fn is_main_guard(stmt: &Stmt) -> bool {
    let StmtKind::If { test, .. } = &stmt.kind else { return false };
    test.any(|expr| expr.as_name() == Some("__name__")) && test.any(|expr| expr.as_str() == Some("__main__"))
}

/// Every expression in `body`, at any depth.
pub(crate) fn expressions(body: &[Stmt]) -> impl Iterator<Item = &Expr> {
    expressions_of(statements(body), Vec::new())
}

/// The expressions `ahead` with everything in them, then those of the statements.
fn expressions_of<'a>(mut statements: Statements<'a>, mut ahead: Vec<&'a Expr>) -> impl Iterator<Item = &'a Expr> {
    std::iter::from_fn(move || {
        while ahead.is_empty() {
            ahead.extend(statements.next()?.exprs().into_iter().rev());
        }
        let expr = ahead.pop()?;
        let rest = ahead.len();
        expr.children(&mut |child| ahead.push(child));
        ahead[rest..].reverse();
        Some(expr)
    })
}

/// Every call in `body`, at any depth, with the line of the call.
pub(crate) fn calls(body: &[Stmt]) -> impl Iterator<Item = (u32, &Call)> {
    expressions(body).filter_map(call)
}

/// As [`calls`], without what runs only as a script.
pub(crate) fn calls_but_of_scripts(body: &[Stmt]) -> impl Iterator<Item = (u32, &Call)> {
    expressions_of(Statements::new(body, |stmt| !is_main_guard(stmt)), Vec::new()).filter_map(call)
}

fn call(expr: &Expr) -> Option<(u32, &Call)> {
    match &expr.kind {
        ExprKind::Call(call) => Some((expr.line, call)),
        _ => None,
    }
}
