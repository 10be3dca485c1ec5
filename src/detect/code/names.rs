//! Names followed over modules: imports, constants, classes and their bases.

use std::collections::HashSet;

use super::Code;
use super::source::{Bound, Source};
use crate::detect::budget::{MAX_TEXT, Omission};
use crate::detect::python::{Class, Expr, ExprKind, Function, Import, Stmt, StmtKind, walk};
use crate::detect::tree::file_name;

/// How many imports are followed for one name.
const MAX_HOPS: usize = 12;

/// How many modules may be looked through for one name.
const MAX_STARS: usize = 1_000;
/// How many classes one class may build on.
const MAX_BASES: usize = 200;

/// Modules in whose star imports a name was looked for already.
type Seen<'n> = HashSet<(*const Source, &'n str)>;

/// What a name stands for, imports followed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Definition<'a> {
    /// The value last assigned.
    Value(&'a Source, &'a Stmt, &'a Expr),
    Class(&'a Source, &'a Class),
    Function(&'a Source, &'a Function),
    /// A module of the project.
    Module(&'a Source),
}

impl Code<'_> {
    /// What `name` stands for in `source`.
    pub(crate) fn lookup<'a>(&'a self, source: &'a Source, name: &str) -> Option<Definition<'a>> {
        self.lookup_hops(source, name, MAX_HOPS, &mut Seen::new())
    }

    fn lookup_hops<'a: 'n, 'n>(
        &'a self,
        source: &'a Source,
        name: &'n str,
        hops: usize,
        seen: &mut Seen<'n>,
    ) -> Option<Definition<'a>> {
        let hops = hops.checked_sub(1)?;
        self.tree.budget.spend(1)?;
        match source.bindings.get(name) {
            Some(Bound::Import(import)) => self.follow(source, import, hops, seen),
            Some(Bound::Stmt(index)) => {
                let stmt = source.bound_stmt(index)?;
                match &stmt.kind {
                    StmtKind::Class(class) => Some(Definition::Class(source, class)),
                    StmtKind::Function(function) => Some(Definition::Function(source, function)),
                    StmtKind::Assign { value: Some(value), .. } => Some(Definition::Value(source, stmt, value)),
                    _ => None,
                }
            }
            None => {
                if !source.stars.is_empty() {
                    self.look_through(source, name, seen)?;
                }
                // Each is looked through once, so a star is not a hop: a limit would hide what is close behind a long
                // way.
                let mut stars = self.star_modules(source);
                let from_star = stars.find_map(|module| self.lookup_hops(module, name, hops + 1, seen));
                from_star.or_else(|| self.follow(source, source.inner.get(name)?, hops, seen))
            }
        }
    }

    /// Notes that a name is looked for in the star imports of a module; nothing when it was before.
    fn look_through<'n>(&self, source: &Source, name: &'n str, seen: &mut Seen<'n>) -> Option<()> {
        if seen.len() >= MAX_STARS {
            self.tree.budget.leave_out(Omission::TooMany, &source.path);
            return None;
        }
        seen.insert((source, name)).then_some(())
    }

    fn follow<'a: 'n, 'n>(
        &'a self,
        source: &'a Source,
        import: &'a Import,
        hops: usize,
        seen: &mut Seen<'n>,
    ) -> Option<Definition<'a>> {
        let Some(name) = &import.name else {
            let module = if import.bound == import.module || !import.module.starts_with(&format!("{}.", import.bound)) {
                import.module.as_str()
            } else {
                import.bound.as_str()
            };
            return self.module_of(source, 0, module).map(Definition::Module);
        };
        let module = self.imported_module(source, import);
        if let Some(found) = module.and_then(|module| self.lookup_hops(module, name, hops, seen)) {
            return Some(found);
        }
        let submodule = if import.module.is_empty() { name.clone() } else { format!("{}.{name}", import.module) };
        self.module_of(source, import.level, &submodule).map(Definition::Module)
    }

    /// The dotted name outside the project that an expression stands for, followed through the project's own modules:
    /// `env` is `environs.env` after `from .base import *`, when `base` says `from environs import env`.
    pub(crate) fn origin(&self, source: &Source, expr: &Expr) -> Option<String> {
        let dotted = expr.dotted()?;
        let (head, rest) = dotted.split_once('.').map_or((dotted.as_str(), None), |(head, rest)| (head, Some(rest)));
        let import = self.foreign_import(source, head, MAX_HOPS, &mut Seen::new())?;
        let base = match &import.name {
            Some(name) => format!("{}.{name}", import.module),
            None => import.module.clone(),
        };
        Some(rest.map_or(base.clone(), |rest| format!("{base}.{rest}")))
    }

    /// The import from outside the project that binds `name`, here or in a module that `source` takes it from.
    fn foreign_import<'a: 'n, 'n>(
        &'a self,
        source: &'a Source,
        name: &'n str,
        hops: usize,
        seen: &mut Seen<'n>,
    ) -> Option<&'a Import> {
        let hops = hops.checked_sub(1)?;
        self.tree.budget.spend(1)?;
        match source.bindings.get(name) {
            Some(Bound::Import(import)) => match (self.imported_module(source, import), &import.name) {
                (Some(module), Some(taken)) => self.foreign_import(module, taken, hops, seen),
                (None, _) if import.level == 0 => Some(import),
                _ => None,
            },
            Some(Bound::Stmt(_)) => None,
            None if source.stars.is_empty() => None,
            None => {
                self.look_through(source, name, seen)?;
                self.star_modules(source).find_map(|module| self.foreign_import(module, name, hops + 1, seen))
            }
        }
    }

    /// What a name or chain of attributes stands for: `pkg.module.name` goes through modules.
    pub(crate) fn resolve<'a>(&'a self, source: &'a Source, expr: &Expr) -> Option<Definition<'a>> {
        self.resolve_hops(source, expr, MAX_HOPS)
    }

    fn resolve_hops<'a>(&'a self, source: &'a Source, expr: &Expr, hops: usize) -> Option<Definition<'a>> {
        let hops = hops.checked_sub(1)?;
        match &expr.kind {
            ExprKind::Name(name) => self.lookup(source, name),
            ExprKind::Attr(value, attribute) => {
                if let Some(Definition::Module(module)) = self.resolve_hops(source, value, hops) {
                    self.lookup(module, attribute).or_else(|| {
                        let package = file_name(&module.path) == "__init__.py";
                        let path = package.then(|| self.module_in(module.folder(), attribute)).flatten()?;
                        self.source(path).map(Definition::Module)
                    })
                } else {
                    // `import a.b.c` binds `a`; the whole path may still be a module.
                    let dotted = expr.dotted()?;
                    self.module_of(source, 0, &dotted).map(Definition::Module)
                }
            }
            _ => None,
        }
    }

    /// The value that a name stands for, with its module; anything else stands for itself.
    pub(crate) fn value<'a>(&'a self, source: &'a Source, expr: &'a Expr) -> (&'a Source, &'a Expr) {
        match self.resolve(source, expr) {
            Some(Definition::Value(place, _, value)) => (place, value),
            _ => (source, expr),
        }
    }

    /// The class that an expression names.
    pub(crate) fn class<'a>(&'a self, source: &'a Source, expr: &Expr) -> Option<(&'a Source, &'a Class)> {
        match self.resolve(source, expr)? {
            Definition::Class(place, class) => Some((place, class)),
            _ => None,
        }
    }

    /// The text that an expression stands for, if it can be known: literals, constants, joins and f-strings of them.
    pub(crate) fn text(&self, source: &Source, expr: &Expr) -> Option<String> {
        self.text_hops(source, expr, MAX_HOPS)
    }

    fn text_hops(&self, source: &Source, expr: &Expr, hops: usize) -> Option<String> {
        let hops = hops.checked_sub(1)?;
        self.tree.budget.spend(1)?;
        let text = match &expr.kind {
            ExprKind::Str(text) => {
                self.tree.budget.spend(text.len() as u64 / 256)?;
                Some(text.clone())
            }
            ExprKind::Add(left, right) => {
                let mut text = self.text_hops(source, left, hops)?;
                text.push_str(&self.text_hops(source, right, hops)?);
                Some(text)
            }
            ExprKind::Format(parts) => {
                let mut text = String::new();
                for part in parts {
                    if text.len() > MAX_TEXT {
                        return None;
                    }
                    text.push_str(&self.number(source, part).or_else(|| self.text_hops(source, part, hops))?);
                }
                Some(text)
            }
            ExprKind::Name(_) => match self.resolve(source, expr)? {
                Definition::Value(place, _, value) => self.text_hops(place, value, hops),
                _ => None,
            },
            ExprKind::Attr(value, attribute) => match self.resolve(source, expr) {
                Some(Definition::Value(place, _, value)) => self.text_hops(place, value, hops),
                _ => self.attribute_text(source, value, attribute, hops),
            },
            ExprKind::Call(call) => {
                // A variable read from the environment with a literal default: the default is what is known.
                let default = call.argument(1, "default")?;
                matches!(call.callee(), "get" | "getenv" | "config" | "env" | "str").then_some(())?;
                self.text_hops(source, default, hops)
            }
            ExprKind::Or(parts) => self.text_hops(source, parts.last()?, hops),
            _ => None,
        };
        // Longer ones are not names, paths or addresses, and constants that double each other have no end.
        text.filter(|text| text.len() <= MAX_TEXT)
    }

    /// A number in an f-string, or the constant that holds it: `f"/v{VERSION}"`.
    fn number(&self, source: &Source, part: &Expr) -> Option<String> {
        match self.value(source, part).1.kind {
            ExprKind::Int(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// `settings.API_PREFIX`, where `settings = Settings()` and the class gives the attribute a literal.
    fn attribute_text(&self, source: &Source, object: &Expr, attribute: &str, hops: usize) -> Option<String> {
        let (place, class) = self.class_of(source, object)?;
        let (place, value) = self.class_attribute(place, class, attribute, &mut HashSet::new())?;
        self.text_hops(place, value, hops)
    }

    /// The class that an object is an instance of, or that a name stands for.
    pub(crate) fn class_of<'a>(&'a self, source: &'a Source, object: &Expr) -> Option<(&'a Source, &'a Class)> {
        match self.resolve(source, object)? {
            Definition::Class(place, class) => Some((place, class)),
            Definition::Value(place, _, value) => {
                let call = value.as_call()?;
                match self.resolve(place, &call.function)? {
                    Definition::Class(place, class) => Some((place, class)),
                    Definition::Function(place, function) => self.class_returned(place, function),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The class of what a function returns: by its annotation, else by a `return Class()`.
    pub(crate) fn class_returned<'a>(
        &'a self,
        source: &'a Source,
        function: &'a Function,
    ) -> Option<(&'a Source, &'a Class)> {
        let annotated = function.returns.as_ref().and_then(|returns| self.class(source, returns));
        if annotated.is_some() {
            return annotated;
        }
        let returned = walk::statements(&function.body).filter_map(|stmt| match &stmt.kind {
            StmtKind::Return(Some(value)) => self.class(source, &value.as_call()?.function),
            _ => None,
        });
        returned.last()
    }

    fn class_attribute<'a>(
        &'a self,
        source: &'a Source,
        class: &'a Class,
        attribute: &str,
        seen: &mut HashSet<*const Class>,
    ) -> Option<(&'a Source, &'a Expr)> {
        self.enter(class, seen)?;
        if let Some(value) = class.body.iter().find_map(|stmt| stmt.assigned(attribute)) {
            let value = match value.as_call() {
                // `Field(default="…")`.
                Some(call) if call.callee() == "Field" => call.argument(0, "default")?,
                _ => value,
            };
            return Some((source, value));
        }
        class.bases.iter().find_map(|base| {
            let (place, class) = self.class(source, base)?;
            self.class_attribute(place, class, attribute, seen)
        })
    }

    /// Notes that a class is looked into; nothing when it was before, or when there were too many.
    fn enter(&self, class: &Class, seen: &mut HashSet<*const Class>) -> Option<()> {
        self.tree.budget.spend(1 + class.bases.len() as u64)?;
        (seen.len() < MAX_BASES && seen.insert(class)).then_some(())
    }

    /// Whether `class` is, over any number of bases, one whose dotted name `is_wanted` accepts.
    pub(crate) fn inherits(&self, source: &Source, class: &Class, is_wanted: &dyn Fn(&str) -> bool) -> bool {
        self.inherits_unseen(source, class, is_wanted, &mut HashSet::new())
    }

    fn inherits_unseen(
        &self,
        source: &Source,
        class: &Class,
        is_wanted: &dyn Fn(&str) -> bool,
        seen: &mut HashSet<*const Class>,
    ) -> bool {
        self.enter(class, seen).is_some()
            && class.bases.iter().any(|base| {
                source.qualified(base).is_some_and(|name| is_wanted(&name))
                    || self
                        .class(source, base)
                        .is_some_and(|(place, class)| self.inherits_unseen(place, class, is_wanted, seen))
            })
    }
}
