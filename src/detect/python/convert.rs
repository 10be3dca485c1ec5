//! Ruff's tree into ours.

use ruff_python_ast as ast;
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};
use ruff_text_size::{Ranged, TextSize};

use super::{Call, Class, Expr, ExprKind, Function, Import, Module, Parameter, Stmt, StmtKind};

/// `elif` that are nested in each other.
const MAX_ELIF: usize = 100;

/// Starts of lines, to turn an offset into a line.
struct Lines(Vec<u32>);

impl Lines {
    fn new(text: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self(breaks.filter_map(|(at, _)| u32::try_from(at + 1).ok()).collect())
    }

    fn line(&self, at: TextSize) -> u32 {
        let before = self.0.partition_point(|start| *start <= at.to_u32());
        u32::try_from(before).unwrap_or(u32::MAX - 1) + 1
    }
}

/// Parses `text`, keeping what can be understood.
pub(crate) fn module(text: &str) -> Module {
    let parsed = parse_unchecked(text, ParseOptions::from(Mode::Module));
    let lines = Lines::new(text);
    match parsed.into_syntax() {
        ast::Mod::Module(module) => Module { body: lines.body(&module.body) },
        ast::Mod::Expression(_) => Module::default(),
    }
}

impl Lines {
    fn body(&self, body: &[ast::Stmt]) -> Vec<Stmt> {
        body.iter().map(|stmt| self.stmt(stmt)).collect()
    }

    fn stmt(&self, stmt: &ast::Stmt) -> Stmt {
        Stmt { line: self.line(stmt.start()), end: self.line(stmt.end()), kind: self.stmt_kind(stmt) }
    }

    fn stmt_kind(&self, stmt: &ast::Stmt) -> StmtKind {
        match stmt {
            ast::Stmt::Assign(node) => StmtKind::Assign {
                targets: self.exprs(&node.targets),
                value: Some(self.expr(&node.value)),
                annotation: None,
                augmented: false,
            },
            ast::Stmt::AnnAssign(node) => StmtKind::Assign {
                targets: vec![self.expr(&node.target)],
                value: node.value.as_deref().map(|value| self.expr(value)),
                annotation: Some(self.expr(&node.annotation)),
                augmented: false,
            },
            ast::Stmt::AugAssign(node) => StmtKind::Assign {
                targets: vec![self.expr(&node.target)],
                value: Some(self.expr(&node.value)),
                annotation: None,
                augmented: true,
            },
            ast::Stmt::FunctionDef(node) => StmtKind::Function(self.function(node)),
            ast::Stmt::ClassDef(node) => StmtKind::Class(self.class(node)),
            ast::Stmt::Return(node) => StmtKind::Return(node.value.as_deref().map(|value| self.expr(value))),
            ast::Stmt::Expr(node) => StmtKind::Expr(self.expr(&node.value)),
            ast::Stmt::Import(node) => StmtKind::Import(node.names.iter().map(import).collect()),
            ast::Stmt::ImportFrom(node) => StmtKind::Import(imports_from(node)),
            _ => self.block_kind(stmt),
        }
    }

    /// The statements that hold other statements, and the few that hold only expressions.
    fn block_kind(&self, stmt: &ast::Stmt) -> StmtKind {
        match stmt {
            ast::Stmt::If(node) => StmtKind::If {
                test: self.expr(&node.test),
                body: self.body(&node.body),
                orelse: self.alternatives(&node.elif_else_clauses),
            },
            ast::Stmt::For(node) => StmtKind::For {
                target: self.expr(&node.target),
                iter: self.expr(&node.iter),
                body: self.both(&node.body, &node.orelse),
            },
            ast::Stmt::While(node) => {
                StmtKind::Block { exprs: vec![self.expr(&node.test)], body: self.both(&node.body, &node.orelse) }
            }
            ast::Stmt::With(node) => StmtKind::Block {
                exprs: node.items.iter().map(|item| self.expr(&item.context_expr)).collect(),
                body: self.body(&node.body),
            },
            ast::Stmt::Match(node) => StmtKind::Block {
                exprs: vec![self.expr(&node.subject)],
                body: node.cases.iter().flat_map(|case| self.body(&case.body)).collect(),
            },
            ast::Stmt::Try(node) => StmtKind::Try {
                body: self.three(&node.body, &node.orelse, &node.finalbody),
                handlers: node
                    .handlers
                    .iter()
                    .flat_map(|ast::ExceptHandler::ExceptHandler(handler)| self.body(&handler.body))
                    .collect(),
            },
            ast::Stmt::Raise(node) => StmtKind::Other(node.exc.iter().map(|value| self.expr(value)).collect()),
            ast::Stmt::Assert(node) => {
                StmtKind::Other(std::iter::once(&node.test).chain(&node.msg).map(|value| self.expr(value)).collect())
            }
            ast::Stmt::Delete(node) => StmtKind::Other(self.exprs(&node.targets)),
            _ => StmtKind::Other(Vec::new()),
        }
    }

    fn both(&self, first: &[ast::Stmt], second: &[ast::Stmt]) -> Vec<Stmt> {
        self.three(first, second, &[])
    }

    fn three(&self, first: &[ast::Stmt], second: &[ast::Stmt], third: &[ast::Stmt]) -> Vec<Stmt> {
        first.iter().chain(second).chain(third).map(|stmt| self.stmt(stmt)).collect()
    }

    /// `elif` and `else` as an `if` inside the `else` of the one before; of very many the last ones beside each other, or
    /// the tree would be as deep as the chain is long.
    fn alternatives(&self, clauses: &[ast::ElifElseClause]) -> Vec<Stmt> {
        let mut orelse = Vec::new();
        for (position, clause) in clauses.iter().enumerate().rev() {
            let body = self.body(&clause.body);
            let nested = if position < MAX_ELIF { std::mem::take(&mut orelse) } else { Vec::new() };
            match &clause.test {
                Some(test) => {
                    let kind = StmtKind::If { test: self.expr(test), body, orelse: nested };
                    orelse.push(Stmt { line: self.line(clause.start()), end: self.line(clause.end()), kind });
                }
                None => orelse = body,
            }
        }
        orelse
    }

    fn class(&self, node: &ast::StmtClassDef) -> Class {
        let arguments = node.arguments.as_deref();
        Class {
            name: node.name.to_string(),
            bases: arguments.map(|arguments| self.exprs(&arguments.args)).unwrap_or_default(),
            keywords: arguments.map(|arguments| self.keywords(arguments)).unwrap_or_default(),
            decorators: node.decorator_list.iter().map(|decorator| self.expr(&decorator.expression)).collect(),
            body: self.body(&node.body),
        }
    }

    fn function(&self, node: &ast::StmtFunctionDef) -> Function {
        let parameters = &node.parameters;
        let named = parameters.posonlyargs.iter().chain(&parameters.args).chain(&parameters.kwonlyargs);
        Function {
            name: node.name.to_string(),
            parameters: named
                .map(|parameter| Parameter {
                    name: parameter.parameter.name.to_string(),
                    annotation: parameter.parameter.annotation.as_deref().map(|value| self.expr(value)),
                    default: parameter.default.as_deref().map(|value| self.expr(value)),
                })
                .collect(),
            decorators: node.decorator_list.iter().map(|decorator| self.expr(&decorator.expression)).collect(),
            returns: node.returns.as_deref().map(|value| self.expr(value)),
            body: self.body(&node.body),
            is_async: node.is_async,
        }
    }

    fn exprs<'a>(&self, exprs: impl IntoIterator<Item = &'a ast::Expr>) -> Vec<Expr> {
        exprs.into_iter().map(|expr| self.expr(expr)).collect()
    }

    fn expr(&self, expr: &ast::Expr) -> Expr {
        Expr { line: self.line(expr.start()), kind: self.expr_kind(expr) }
    }

    fn boxed(&self, expr: &ast::Expr) -> Box<Expr> {
        Box::new(self.expr(expr))
    }

    fn expr_kind(&self, expr: &ast::Expr) -> ExprKind {
        match expr {
            ast::Expr::Name(node) => ExprKind::Name(node.id.to_string()),
            ast::Expr::StringLiteral(node) => ExprKind::Str(node.value.to_str().to_owned()),
            ast::Expr::BytesLiteral(node) => {
                String::from_utf8(node.value.bytes().collect()).map_or(ExprKind::Other(Vec::new()), ExprKind::Str)
            }
            ast::Expr::NumberLiteral(node) => match &node.value {
                ast::Number::Int(value) => value.as_i64().map_or(ExprKind::Other(Vec::new()), ExprKind::Int),
                _ => ExprKind::Other(Vec::new()),
            },
            ast::Expr::BooleanLiteral(node) => ExprKind::Bool(node.value),
            ast::Expr::NoneLiteral(_) => ExprKind::None,
            ast::Expr::Attribute(node) => ExprKind::Attr(self.boxed(&node.value), node.attr.to_string()),
            ast::Expr::Call(node) => ExprKind::Call(Box::new(Call {
                function: self.expr(&node.func),
                arguments: self.exprs(&node.arguments.args),
                keywords: self.keywords(&node.arguments),
            })),
            ast::Expr::Subscript(node) => ExprKind::Index(self.boxed(&node.value), self.boxed(&node.slice)),
            ast::Expr::List(node) => ExprKind::Sequence(self.exprs(&node.elts)),
            ast::Expr::Tuple(node) => ExprKind::Sequence(self.exprs(&node.elts)),
            ast::Expr::Set(node) => ExprKind::Sequence(self.exprs(&node.elts)),
            ast::Expr::Dict(node) => ExprKind::Dict(
                node.items
                    .iter()
                    .map(|item| (item.key.as_ref().map(|key| self.expr(key)), self.expr(&item.value)))
                    .collect(),
            ),
            ast::Expr::FString(node) => ExprKind::Format(self.format_parts(&node.value)),
            _ => self.operator_kind(expr),
        }
    }

    fn operator_kind(&self, expr: &ast::Expr) -> ExprKind {
        match expr {
            ast::Expr::BinOp(node) => {
                let (left, right) = (self.boxed(&node.left), self.boxed(&node.right));
                match node.op {
                    ast::Operator::Add => ExprKind::Add(left, right),
                    ast::Operator::Div => ExprKind::Divide(left, right),
                    ast::Operator::BitOr => ExprKind::BitOr(left, right),
                    ast::Operator::Mod => ExprKind::Percent(left, right),
                    _ => ExprKind::Other(vec![*left, *right]),
                }
            }
            ast::Expr::BoolOp(node) if node.op == ast::BoolOp::Or => ExprKind::Or(self.exprs(&node.values)),
            ast::Expr::BoolOp(node) => ExprKind::And(self.exprs(&node.values)),
            ast::Expr::Compare(node) => match (&*node.ops, &*node.comparators) {
                ([ast::CmpOp::In], [right]) => ExprKind::In(self.boxed(&node.left), self.boxed(right)),
                ([ast::CmpOp::Eq], [right]) => ExprKind::Equal(self.boxed(&node.left), self.boxed(right)),
                ([op @ (ast::CmpOp::NotIn | ast::CmpOp::NotEq)], [right]) => {
                    let (left, right) = (self.boxed(&node.left), self.boxed(right));
                    let kind =
                        if *op == ast::CmpOp::NotIn { ExprKind::In(left, right) } else { ExprKind::Equal(left, right) };
                    ExprKind::Not(Box::new(Expr { line: self.line(expr.start()), kind }))
                }
                (_, comparators) => ExprKind::Other(self.exprs(std::iter::once(&*node.left).chain(comparators))),
            },
            ast::Expr::If(node) => ExprKind::Conditional {
                test: self.boxed(&node.test),
                body: self.boxed(&node.body),
                orelse: self.boxed(&node.orelse),
            },
            ast::Expr::UnaryOp(node) if node.op == ast::UnaryOp::Not => ExprKind::Not(self.boxed(&node.operand)),
            ast::Expr::UnaryOp(node) => ExprKind::Other(vec![self.expr(&node.operand)]),
            ast::Expr::Await(node) => ExprKind::Await(self.boxed(&node.value)),
            ast::Expr::Starred(node) => ExprKind::Starred(self.boxed(&node.value)),
            ast::Expr::Lambda(node) => ExprKind::Lambda(self.boxed(&node.body)),
            ast::Expr::ListComp(node) => self.comprehension([&*node.elt], &node.generators),
            ast::Expr::SetComp(node) => self.comprehension([&*node.elt], &node.generators),
            ast::Expr::Generator(node) => self.comprehension([&*node.elt], &node.generators),
            ast::Expr::DictComp(node) => {
                self.comprehension(node.key.as_deref().into_iter().chain([&*node.value]), &node.generators)
            }
            ast::Expr::Named(node) => ExprKind::Other(self.exprs([&*node.target, &*node.value])),
            ast::Expr::Yield(node) => ExprKind::Other(self.exprs(node.value.as_deref())),
            ast::Expr::YieldFrom(node) => ExprKind::Other(self.exprs([&*node.value])),
            ast::Expr::Slice(node) => {
                ExprKind::Other(self.exprs(node.lower.as_deref().into_iter().chain(node.upper.as_deref())))
            }
            _ => ExprKind::Other(Vec::new()),
        }
    }

    fn comprehension<'a>(
        &self,
        element: impl IntoIterator<Item = &'a ast::Expr>,
        generators: &[ast::Comprehension],
    ) -> ExprKind {
        ExprKind::Comprehension {
            element: self.exprs(element),
            loops: generators.iter().map(|part| (self.expr(&part.target), self.expr(&part.iter))).collect(),
        }
    }

    fn keywords(&self, arguments: &ast::Arguments) -> Vec<(String, Expr)> {
        let name = |keyword: &ast::Keyword| keyword.arg.as_ref().map(ToString::to_string).unwrap_or_default();
        arguments.keywords.iter().map(|keyword| (name(keyword), self.expr(&keyword.value))).collect()
    }

    fn format_parts(&self, value: &ast::FStringValue) -> Vec<Expr> {
        let mut parts = Vec::new();
        for part in value.as_slice() {
            match part {
                ast::FStringPart::Literal(literal) => parts.push(Expr {
                    line: self.line(literal.range.start()),
                    kind: ExprKind::Str(literal.value.to_string()),
                }),
                ast::FStringPart::FString(format) => {
                    for element in &format.elements {
                        parts.push(match element {
                            ast::InterpolatedStringElement::Literal(text) => Expr {
                                line: self.line(text.range.start()),
                                kind: ExprKind::Str(text.value.to_string()),
                            },
                            ast::InterpolatedStringElement::Interpolation(inner) => self.expr(&inner.expression),
                        });
                    }
                }
            }
        }
        parts
    }
}

fn import(alias: &ast::Alias) -> Import {
    let module = alias.name.to_string();
    let bound = alias
        .asname
        .as_ref()
        .map_or_else(|| module.split('.').next().unwrap_or_default().to_owned(), ToString::to_string);
    Import { level: 0, module, name: None, bound }
}

fn imports_from(node: &ast::StmtImportFrom) -> Vec<Import> {
    let module = node.module.as_ref().map(ToString::to_string).unwrap_or_default();
    let entry = |alias: &ast::Alias| Import {
        level: node.level,
        module: module.clone(),
        name: Some(alias.name.to_string()),
        bound: alias.asname.as_ref().unwrap_or(&alias.name).to_string(),
    };
    node.names.iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{ExprKind, StmtKind, parse};

    #[test]
    fn old_and_new_syntax_keep_the_statements_around_them() {
        for middle in [
            "print \"two\"",
            "exec 'code'",
            "try:\n    pass\nexcept A, B:\n    pass",
            "type X[T] = list[T]",
            "x = f\"{d[\"k\"]}\"",
            "raise E, 'old'",
            "x = `old`",
        ] {
            let module = parse(&format!("first = 1\n{middle}\nlast = 2\n")).expect("shallow");
            let assigned: Vec<&str> = module
                .body
                .iter()
                .filter_map(|stmt| match &stmt.kind {
                    StmtKind::Assign { targets, .. } => targets[0].as_name(),
                    _ => None,
                })
                .collect();
            assert!(assigned.first() == Some(&"first") && assigned.last() == Some(&"last"), "{middle}: {module:?}");
        }
    }

    #[test]
    fn lines_are_counted_from_one() {
        let module = parse("\n\nx = f(\n  'a' 'b')\n").expect("shallow");
        assert_eq!(module.body[0].line, 3);
        let StmtKind::Assign { value: Some(value), .. } = &module.body[0].kind else { panic!("{module:?}") };
        let argument = &value.as_call().expect("a call").arguments[0];
        assert_eq!(argument.line, 4);
        assert!(matches!(&argument.kind, ExprKind::Str(text) if text == "ab"));
    }
}
