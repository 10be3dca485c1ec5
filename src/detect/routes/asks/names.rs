//! What a name is inside of a function: a local variable, a parameter, an object of a class of the project, a library's.

use super::Walker;
use super::known::{self, Known};
use crate::detect::code::{Definition, Source};
use crate::detect::python::{Class, Expr, ExprKind, Function, Parameter, Stmt, StmtKind, walk};

/// The code that a name is looked up from.
#[derive(Clone, Copy)]
pub(super) struct Frame<'a> {
    pub(super) source: &'a Source,
    pub(super) body: &'a [Stmt],
    pub(super) function: Option<&'a Function>,
    pub(super) class: Option<(&'a Source, &'a Class)>,
}

impl<'a> Walker<'a> {
    /// What is known of the module that a chain of names begins with, local variables and parameters looked through.
    pub(super) fn origin(&self, frame: Frame<'a>, expr: &'a Expr, hops: usize) -> Known {
        let Some(hops) = hops.checked_sub(1) else { return Known::Nothing };
        if let Some(origin) = self.code.origin(frame.source, expr).or_else(|| {
            // An import inside of the function itself.
            let name = frame.source.qualified(expr)?;
            (Some(&name) != expr.dotted().as_ref() && self.code.resolve(frame.source, expr).is_none()).then_some(name)
        }) {
            return known::known(&origin);
        }
        match &expr.kind {
            ExprKind::Attr(object, _) | ExprKind::Index(object, _) | ExprKind::Await(object) => {
                self.origin(frame, object, hops)
            }
            ExprKind::Call(call) => self.origin(frame, &call.function, hops),
            ExprKind::Name(name) => {
                if let Some(value) = assigned_in(frame.body, name) {
                    return self.origin_of_value(frame, value, hops);
                }
                if let Some(parameter) = parameter(frame, name) {
                    let known = parameter.annotation.as_ref().map_or(Known::Nothing, |annotation| {
                        self.origin(Frame { body: &[], function: None, ..frame }, annotation, hops)
                    });
                    let is_of_server =
                        matches!(name.as_str(), "request" | "req" | "response" | "res" | "scope" | "receive" | "send");
                    return if known == Known::Nothing && is_of_server { Known::Alone } else { known };
                }
                match self.code.resolve(frame.source, expr) {
                    Some(Definition::Value(source, _, value)) => {
                        let there = Frame { source, body: &[], function: None, class: None };
                        self.origin_of_value(there, value, hops)
                    }
                    _ => Known::Nothing,
                }
            }
            _ => Known::Nothing,
        }
    }

    /// What is known of what a name stands for: `client = request.app.state.redis` is not known better than the chain
    /// itself.
    fn origin_of_value(&self, frame: Frame<'a>, value: &'a Expr, hops: usize) -> Known {
        if is_literal(value) {
            return Known::Alone;
        }
        match self.origin(frame, value, hops) {
            Known::Alone if super::is_beyond(value) => Known::Nothing,
            known => known,
        }
    }

    /// The class of the project that an object is an instance of.
    pub(super) fn instance(&self, frame: Frame<'a>, object: &'a Expr, hops: usize) -> Option<(&'a Source, &'a Class)> {
        let hops = hops.checked_sub(1)?;
        match &object.kind {
            ExprKind::Name(name) if matches!(name.as_str(), "self" | "cls") && frame.class.is_some() => frame.class,
            ExprKind::Name(name) => match assigned_in(frame.body, name) {
                Some(value) => self.instance(frame, value, hops),
                None => self.code.class_of(frame.source, object),
            },
            ExprKind::Attr(..) => self.code.class_of(frame.source, object),
            ExprKind::Await(inner) => self.instance(frame, inner, hops),
            ExprKind::Call(call) => match self.code.resolve(frame.source, &call.function)? {
                Definition::Class(source, class) => Some((source, class)),
                Definition::Function(source, function) => self.code.class_returned(source, function),
                _ => None,
            },
            _ => None,
        }
    }

    pub(super) fn method(
        &self,
        source: &'a Source,
        class: &'a Class,
        name: &str,
        hops: usize,
    ) -> Option<(&'a Source, &'a Function)> {
        let hops = hops.checked_sub(1)?;
        let own = class.body.iter().find_map(|stmt| match &stmt.kind {
            StmtKind::Function(function) if function.name == name => Some((source, function)),
            _ => None,
        });
        own.or_else(|| {
            class.bases.iter().find_map(|base| match self.code.resolve(source, base)? {
                Definition::Class(place, class) => self.method(place, class, name, hops),
                _ => None,
            })
        })
    }
}

pub(super) fn is_literal(expr: &Expr) -> bool {
    matches!(
        expr.kind,
        ExprKind::Str(_)
            | ExprKind::Int(_)
            | ExprKind::Bool(_)
            | ExprKind::None
            | ExprKind::Dict(_)
            | ExprKind::Sequence(_)
            | ExprKind::Format(_)
            | ExprKind::Comprehension { .. }
    )
}

/// What the function itself assigns to a name, the last time.
fn assigned_in<'a>(body: &'a [Stmt], name: &str) -> Option<&'a Expr> {
    let mut found = None;
    for stmt in walk::statements(body) {
        if let StmtKind::Assign { targets, value: Some(value), augmented: false, .. } = &stmt.kind
            && targets.iter().any(|target| target.as_name() == Some(name))
        {
            found = Some(value);
        }
    }
    found
}

/// A parameter of the code: the methods of a class view, and functions inside of the function, have their own.
pub(super) fn parameter<'a>(frame: Frame<'a>, name: &str) -> Option<&'a Parameter> {
    let mut functions: Vec<&Function> = frame.function.into_iter().collect();
    for stmt in walk::statements(frame.body) {
        if let StmtKind::Function(function) = &stmt.kind {
            functions.push(function);
        }
    }
    functions.into_iter().flat_map(|function| &function.parameters).find(|parameter| parameter.name == name)
}
