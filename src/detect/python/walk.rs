//! Walks over a tree: every statement, every expression, with or without going into functions.

use super::{Call, Expr, ExprKind, Function, Stmt, StmtKind};

impl Expr {
    /// Visits this expression and everything in it.
    pub(crate) fn visit<'a, F: FnMut(&'a Expr)>(&'a self, visitor: &mut F) {
        visitor(self);
        // Written out, not collected: half of all time went into the lists of children.
        match &self.kind {
            ExprKind::Name(_) | ExprKind::Str(_) | ExprKind::Int(_) | ExprKind::Bool(_) | ExprKind::None => {}
            ExprKind::Attr(value, _)
            | ExprKind::Not(value)
            | ExprKind::Await(value)
            | ExprKind::Starred(value)
            | ExprKind::Lambda(value) => value.visit(visitor),
            ExprKind::Call(call) => {
                call.function.visit(visitor);
                visit_all(&call.arguments, visitor);
                visit_all(call.keywords.iter().map(|(_, value)| value), visitor);
            }
            ExprKind::Index(a, b)
            | ExprKind::Add(a, b)
            | ExprKind::Divide(a, b)
            | ExprKind::BitOr(a, b)
            | ExprKind::Percent(a, b)
            | ExprKind::In(a, b)
            | ExprKind::Equal(a, b) => {
                a.visit(visitor);
                b.visit(visitor);
            }
            ExprKind::Sequence(parts)
            | ExprKind::Format(parts)
            | ExprKind::Or(parts)
            | ExprKind::And(parts)
            | ExprKind::Other(parts) => {
                visit_all(parts, visitor);
            }
            ExprKind::Dict(items) => {
                for (key, value) in items {
                    visit_all(key, visitor);
                    value.visit(visitor);
                }
            }
            ExprKind::Conditional { test, body, orelse } => {
                test.visit(visitor);
                body.visit(visitor);
                orelse.visit(visitor);
            }
            ExprKind::Comprehension { element, loops } => {
                visit_all(element, visitor);
                for (target, iter) in loops {
                    target.visit(visitor);
                    iter.visit(visitor);
                }
            }
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

fn visit_all<'a, F: FnMut(&'a Expr)>(exprs: impl IntoIterator<Item = &'a Expr>, visitor: &mut F) {
    for expr in exprs {
        expr.visit(visitor);
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

/// Visits every statement of a module's own scope but what runs only as a script.
pub(crate) fn own_scope<'a>(body: &'a [Stmt], visitor: &mut impl FnMut(&'a Stmt)) {
    for stmt in body {
        if let StmtKind::If { test, body, orelse } = &stmt.kind {
            if is_main_guard(test) {
                continue;
            }
            own_scope(body, visitor);
            own_scope(orelse, visitor);
            continue;
        }
        visitor(stmt);
        if !matches!(stmt.kind, StmtKind::Function(_) | StmtKind::Class(_)) {
            for block in stmt.blocks() {
                own_scope(block, visitor);
            }
        }
    }
}

/// `__name__ == "__main__"`.
fn is_main_guard(test: &Expr) -> bool {
    test.any(|expr| expr.as_name() == Some("__name__")) && test.any(|expr| expr.as_str() == Some("__main__"))
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
