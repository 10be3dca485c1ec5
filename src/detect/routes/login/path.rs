//! Conditions about the path of the request: for which paths code ahead of a view asks for a login.

use super::{Asking, MAX_HOPS};
use crate::detect::code::{Definition, Source};
use crate::detect::python::{Class, Expr, ExprKind, StmtKind, walk};

impl Asking<'_> {
    /// Whether a condition holds for the request's path; nothing when that depends on something else too.
    pub(super) fn about_path(&self, source: &Source, class: Option<&Class>, test: &Expr, hops: usize) -> Option<bool> {
        let hops = hops.checked_sub(1)?;
        let of = |part: &Expr| self.about_path(source, class, part, hops);
        match &test.kind {
            ExprKind::Not(inner) => of(inner).map(|holds| !holds),
            ExprKind::Or(parts) => {
                let parts: Vec<Option<bool>> = parts.iter().map(of).collect();
                if parts.contains(&Some(true)) {
                    Some(true)
                } else {
                    parts.iter().all(Option::is_some).then_some(false)
                }
            }
            ExprKind::And(parts) => {
                let parts: Vec<Option<bool>> = parts.iter().map(of).collect();
                if parts.contains(&Some(false)) {
                    Some(false)
                } else {
                    parts.iter().all(Option::is_some).then_some(true)
                }
            }
            ExprKind::Equal(left, right) if is_path(left) => self.fits(source, class, right, false),
            ExprKind::Equal(left, right) if is_path(right) => self.fits(source, class, left, false),
            ExprKind::In(left, right) if is_path(left) => self.fits(source, class, right, false),
            ExprKind::Call(call) => match (&call.function.kind, call.arguments.first()) {
                (ExprKind::Attr(object, method), Some(given)) if method == "startswith" && is_path(object) => {
                    self.fits(source, class, given, true)
                }
                // `any(request.path.startswith(start) for start in OPEN)`.
                (ExprKind::Name(name), Some(Expr { kind: ExprKind::Comprehension { element, loops }, .. }))
                    if name == "any" =>
                {
                    let starts = |part: &Expr| {
                        part.as_call().is_some_and(|call| call.callee() == "startswith") && part.any(is_path)
                    };
                    let (_, list) = loops.first().filter(|_| element.iter().any(starts))?;
                    self.fits(source, class, list, true)
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether one of the texts that `expr` stands for is the path or, `prefixed`, its beginning, or names the view.
    fn fits(&self, source: &Source, class: Option<&Class>, expr: &Expr, prefixed: bool) -> Option<bool> {
        let mut texts = Vec::new();
        self.texts(source, class, expr, MAX_HOPS, &mut texts);
        let path = self.path.trim_end_matches('/');
        let fits = |text: &String| {
            let plain = text.trim_end_matches('/');
            plain == path
                || prefixed && !plain.is_empty() && path.starts_with(plain)
                || text.rsplit('.').next() == Some(self.view)
        };
        (!texts.is_empty()).then(|| texts.iter().any(fits))
    }

    /// The texts that an expression holds, constants and lists of them followed.
    fn texts(&self, source: &Source, class: Option<&Class>, expr: &Expr, hops: usize, found: &mut Vec<String>) {
        let Some(hops) = hops.checked_sub(1) else { return };
        let mut named = Vec::new();
        expr.visit(&mut |expr| match &expr.kind {
            ExprKind::Str(text) => found.push(text.clone()),
            ExprKind::Name(_) | ExprKind::Attr(..) => named.push(expr),
            _ => {}
        });
        for name in named {
            if let Some(Definition::Value(place, _, value)) = self.code.resolve(source, name) {
                self.texts(place, None, value, hops, found);
            } else if let (ExprKind::Attr(object, attribute), Some(class)) = (&name.kind, class)
                && object.as_name().is_some_and(|name| matches!(name, "self" | "cls"))
            {
                for stmt in walk::statements(&class.body) {
                    if let StmtKind::Assign { targets, value: Some(value), .. } = &stmt.kind
                        && targets.iter().any(|target| target.last_name() == Some(attribute))
                    {
                        self.texts(source, None, value, hops, found);
                    }
                }
            }
        }
    }
}

/// Whether an expression is the path of the request, or the name of the view behind it.
fn is_path(expr: &Expr) -> bool {
    matches!(expr.last_name(), Some("path" | "path_info" | "endpoint" | "full_path" | "url_name" | "view_name"))
        || matches!(&expr.kind, ExprKind::Index(_, key) if matches!(key.as_str(), Some("path" | "PATH_INFO")))
}
