//! Django's settings: values that are written down, and that Django or a pod cannot work with.

use super::{fault, on_the_pod};
use crate::detect::code::Source;
use crate::detect::context::Context;
use crate::detect::project::{CodeFault, Project};
use crate::detect::python::{Expr, ExprKind, Stmt, StmtKind, walk};

/// Settings with the address of a server.
const SERVERS: [&str; 11] = [
    "DATABASES",
    "CACHES",
    "CHANNEL_LAYERS",
    "CELERY_BROKER_URL",
    "BROKER_URL",
    "CELERY_RESULT_BACKEND",
    "RQ_QUEUES",
    "Q_CLUSTER",
    "DRAMATIQ_BROKER",
    "SESSION_REDIS",
    "EMAIL_HOST",
];

/// Hosts that Django takes with `DEBUG` and an empty list.
/// Source: <https://docs.djangoproject.com/en/stable/ref/settings/#allowed-hosts>
const OF_DEBUG: [&str; 3] = [".localhost", "127.0.0.1", "[::1]"];

/// Words of modules whose settings come from elsewhere as well.
const OPEN: [&str; 9] = [
    "locals()",
    "globals()",
    "vars()",
    "django_heroku",
    "dynaconf",
    "DYNACONF",
    "import configurations",
    "from configurations",
    "include(",
];

/// A settings module and the modules that it takes over, as far as they can be read.
pub(super) struct Settings<'s> {
    pub(super) chain: &'s [&'s Source],
    /// Whether all of them were read, and nothing else makes settings.
    is_whole: bool,
}

impl<'s> Settings<'s> {
    pub(super) fn of(context: &Context<'_>, chain: &'s [&'s Source]) -> Self {
        let is_read = |source: &&Source| {
            let mut stars = source.imports().filter(|import| import.name.as_deref() == Some("*"));
            stars.all(|import| context.code.imported_module(source, import).is_some())
                && !OPEN.iter().any(|word| source.mentions(word))
        };
        Self { chain, is_whole: !chain.is_empty() && chain.iter().all(is_read) }
    }

    /// The value of a setting that one plain statement sets and that nothing changes.
    pub(super) fn plain(&self, name: &str) -> Option<(&'s Source, &'s Expr)> {
        let (source, touching) = self.touching(name)?;
        let [stmt] = touching.as_slice() else { return None };
        let is_plain = source.module.body.iter().any(|own| std::ptr::eq(own, *stmt));
        match &stmt.kind {
            StmtKind::Assign { targets, value: Some(value), augmented: false, .. }
                if is_plain && targets.iter().any(|target| target.as_name() == Some(name)) =>
            {
                Some((source, value))
            }
            _ => None,
        }
    }

    /// Whether no module says anything of a setting.
    pub(super) fn lacks(&self, name: &str) -> bool {
        self.is_whole && self.chain.iter().all(|source| !source.mentions(name))
    }

    /// The first module of the chain that says something of a setting, and its statements that do.
    fn touching(&self, name: &str) -> Option<(&'s Source, Vec<&'s Stmt>)> {
        if !self.is_whole {
            return None;
        }
        self.chain.iter().find_map(|source| {
            let is_about = |stmt: &&Stmt| match &stmt.kind {
                StmtKind::Assign { targets, .. } => targets.iter().any(|target| root(target) == Some(name)),
                StmtKind::Expr(value) => value.as_call().is_some_and(|call| root(&call.function) == Some(name)),
                _ => false,
            };
            let found: Vec<&Stmt> = walk::scope(&source.module.body).filter(is_about).collect();
            (!found.is_empty()).then_some((*source, found))
        })
    }

    /// The literal texts of a list, where every statement that adds to it runs in any case.
    pub(super) fn listed(&self, name: &str) -> Vec<(&'s Source, &'s Expr)> {
        let mut found = Vec::new();
        for source in self.chain {
            for stmt in &source.module.body {
                let StmtKind::Assign { targets, value: Some(value), .. } = &stmt.kind else { continue };
                if targets.iter().any(|target| target.as_name() == Some(name)) {
                    let mut texts = Vec::new();
                    literals(value, &mut texts);
                    found.extend(texts.into_iter().map(|text| (*source, text)));
                }
            }
        }
        found
    }

    pub(super) fn find(&self, project: &mut Project, faults: &mut Vec<CodeFault>) {
        self.debug(faults);
        self.origins(faults);
        self.sessions(faults);
        for name in SERVERS {
            if let Some((source, value)) = self.plain(name) {
                on_the_pod(name, |line| source.evidence(line), value, faults);
            }
        }
        if let Some((source, value)) = self.plain("SECURE_SSL_REDIRECT")
            && matches!(value.kind, ExprKind::Bool(true))
        {
            project.serving.ssl_redirect = Some(source.evidence(value.line));
        }
        if let (Some(hosts), Some((_, value))) = (&mut project.allowed_hosts, self.plain("ALLOWED_HOSTS")) {
            hosts.is_certain = match &value.kind {
                ExprKind::Sequence(items) => {
                    hosts.variable.is_some() || items.iter().all(|host| host.as_str().is_some())
                }
                ExprKind::Call(_) => hosts.variable.is_some(),
                _ => false,
            };
            let is_debug = |(_, debug): (_, &Expr)| matches!(debug.kind, ExprKind::Bool(true));
            if value.elements().is_empty() && self.plain("DEBUG").is_some_and(is_debug) {
                hosts.literal.extend(OF_DEBUG.map(str::to_owned));
            }
        }
        let first = self.chain.first().filter(|_| self.lacks("STATIC_ROOT"));
        project.serving.lacks_static_root = first.map(|source| source.evidence(0));
    }

    fn debug(&self, faults: &mut Vec<CodeFault>) {
        if let Some((source, value)) = self.plain("DEBUG")
            && matches!(value.kind, ExprKind::Bool(true))
        {
            let message = "`DEBUG` is on: every error shows settings and code to any visitor";
            faults.push(fault(source.evidence(value.line), message, "DEBUG = False, or read it from the environment"));
        }
    }

    /// Source: system check `4_0.E001` of Django, with which `migrate` ends.
    /// <https://docs.djangoproject.com/en/stable/ref/checks/#backwards-compatibility>
    fn origins(&self, faults: &mut Vec<CodeFault>) {
        let Some((source, value)) = self.plain("CSRF_TRUSTED_ORIGINS") else { return };
        for element in value.elements() {
            if let Some(origin) = element.as_str().filter(|origin| !origin.contains("://")) {
                let message = format!(
                    "`{origin}` in `CSRF_TRUSTED_ORIGINS` has no scheme, and Django's own check of it fails at startup"
                );
                let bare = origin.trim_start_matches('.');
                let star = if bare == origin { "" } else { "*." };
                let help = format!("write `https://{star}{bare}`");
                faults.push(fault(source.evidence(element.line), message, help));
            }
        }
    }

    /// Sessions that one process or one pod keeps for itself.
    /// Source: <https://docs.djangoproject.com/en/stable/topics/http/sessions/#configuring-the-session-engine>
    fn sessions(&self, faults: &mut Vec<CodeFault>) {
        let Some((source, value)) = self.plain("SESSION_ENGINE") else { return };
        let engine = value.as_str().and_then(|engine| engine.strip_prefix("django.contrib.sessions.backends."));
        let of_memory = || match self.plain("CACHES") {
            Some((_, caches)) => {
                let mut texts = Vec::new();
                literals(caches, &mut texts);
                texts.iter().any(|text| text.as_str().is_some_and(|text| text.ends_with("LocMemCache")))
            }
            None => self.lacks("CACHES"),
        };
        let kept = match engine {
            Some("file") => "in files of one pod",
            Some("cache") if of_memory() => "in the memory of one process",
            _ => return,
        };
        let message = format!("sessions are kept {kept}: the next request reaches another pod and is logged out");
        let help = "keep them in Redis or the database: SESSION_ENGINE = \"django.contrib.sessions.backends.db\"";
        faults.push(fault(source.evidence(value.line), message, help));
    }
}

/// The name at the beginning: `DATABASES` of `DATABASES["default"]["HOST"]` and of `DATABASES.update`.
fn root(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name),
        ExprKind::Index(object, _) | ExprKind::Attr(object, _) => root(object),
        _ => None,
    }
}

/// Texts that are in a value in any case.
fn literals<'e>(value: &'e Expr, found: &mut Vec<&'e Expr>) {
    match &value.kind {
        ExprKind::Str(_) => found.push(value),
        ExprKind::Sequence(items) => items.iter().for_each(|item| literals(item, found)),
        ExprKind::Dict(items) => items.iter().for_each(|(_, value)| literals(value, found)),
        ExprKind::Add(one, other) => {
            literals(one, found);
            literals(other, found);
        }
        _ => {}
    }
}
