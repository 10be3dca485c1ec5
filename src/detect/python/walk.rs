//! Walks over a tree: every statement, every expression, with or without going into functions.

use super::{Call, Expr, ExprKind, Function, Stmt, StmtKind};

impl Expr {
    /// The direct parts of this expression.
    fn children(&self) -> Vec<&Expr> {
        match &self.kind {
            ExprKind::Name(_) | ExprKind::Str(_) | ExprKind::Int(_) | ExprKind::Bool(_) | ExprKind::None => Vec::new(),
            ExprKind::Attr(value, _)
            | ExprKind::Not(value)
            | ExprKind::Await(value)
            | ExprKind::Starred(value)
            | ExprKind::Lambda(value) => vec![value],
            ExprKind::Call(call) => call.children(),
            ExprKind::Index(a, b)
            | ExprKind::Add(a, b)
            | ExprKind::Divide(a, b)
            | ExprKind::BitOr(a, b)
            | ExprKind::Percent(a, b)
            | ExprKind::In(a, b)
            | ExprKind::Equal(a, b) => vec![a, b],
            ExprKind::Sequence(parts) | ExprKind::Format(parts) | ExprKind::Or(parts) | ExprKind::Other(parts) => {
                parts.iter().collect()
            }
            ExprKind::Dict(items) => items.iter().flat_map(|(key, value)| key.iter().chain([value])).collect(),
            ExprKind::Conditional { test, body, orelse } => vec![test, body, orelse],
            ExprKind::Comprehension { element, loops } => {
                element.iter().chain(loops.iter().flat_map(|(target, iter)| [target, iter])).collect()
            }
        }
    }

    /// Visits this expression and everything in it.
    pub(crate) fn visit<'a>(&'a self, visitor: &mut impl FnMut(&'a Expr)) {
        visitor(self);
        for child in self.children() {
            child.visit(visitor);
        }
    }

    /// Whether anything in this expression satisfies `test`.
    pub(crate) fn any(&self, mut test: impl FnMut(&Expr) -> bool) -> bool {
        let mut found = false;
        self.visit(&mut |expr| found = found || test(expr));
        found
    }

    /// Every call in this expression, outer ones first.
    pub(crate) fn calls(&self) -> Vec<&Call> {
        let mut calls = Vec::new();
        self.visit(&mut |expr| {
            if let ExprKind::Call(call) = &expr.kind {
                calls.push(&**call);
            }
        });
        calls
    }
}

impl Call {
    fn children(&self) -> Vec<&Expr> {
        let keywords = self.keywords.iter().map(|(_, value)| value);
        std::iter::once(&self.function).chain(&self.arguments).chain(keywords).collect()
    }
}

impl Stmt {
    /// The statements directly inside this one, functions and classes included.
    pub(crate) fn blocks(&self) -> Vec<&[Stmt]> {
        match &self.kind {
            StmtKind::Class(class) => vec![&class.body],
            StmtKind::Function(function) => vec![&function.body],
            StmtKind::If { body, orelse, .. } => vec![body, orelse],
            StmtKind::For { body, .. } | StmtKind::Block { body, .. } => vec![body],
            StmtKind::Try { body, handlers } => vec![body, handlers],
            StmtKind::Assign { .. }
            | StmtKind::Import(_)
            | StmtKind::Return(_)
            | StmtKind::Expr(_)
            | StmtKind::Other(_) => Vec::new(),
        }
    }

    /// The expressions that stand in this statement itself.
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

/// Visits every statement, at any depth.
pub(crate) fn statements<'a>(body: &'a [Stmt], visitor: &mut impl FnMut(&'a Stmt)) {
    for stmt in body {
        visitor(stmt);
        for block in stmt.blocks() {
            statements(block, visitor);
        }
    }
}

/// Visits every statement that runs when the module is imported: not those inside functions, but those in classes.
pub(crate) fn top_level<'a>(body: &'a [Stmt], visitor: &mut impl FnMut(&'a Stmt)) {
    for stmt in body {
        visitor(stmt);
        if !matches!(stmt.kind, StmtKind::Function(_)) {
            for block in stmt.blocks() {
                top_level(block, visitor);
            }
        }
    }
}

/// Visits every statement of a module's own scope: `if`, `try` and `with` are entered, functions and classes are not.
pub(crate) fn scope<'a>(body: &'a [Stmt], visitor: &mut impl FnMut(&'a Stmt)) {
    for stmt in body {
        visitor(stmt);
        if !matches!(stmt.kind, StmtKind::Function(_) | StmtKind::Class(_)) {
            for block in stmt.blocks() {
                scope(block, visitor);
            }
        }
    }
}

/// Visits every expression in `body`, at any depth.
pub(crate) fn expressions<'a>(body: &'a [Stmt], visitor: &mut impl FnMut(&'a Expr)) {
    statements(body, &mut |stmt| {
        for expr in stmt.exprs() {
            expr.visit(visitor);
        }
    });
}

/// Every call in `body`, at any depth, with the line of the call.
pub(crate) fn calls(body: &[Stmt]) -> Vec<(u32, &Call)> {
    let mut calls = Vec::new();
    expressions(body, &mut |expr| {
        if let ExprKind::Call(call) = &expr.kind {
            calls.push((expr.line, &**call));
        }
    });
    calls
}
