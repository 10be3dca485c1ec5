//! Which of Django's settings modules is production's, and what its entry point falls back to.

use crate::detect::code::Source;
use crate::detect::context::Context;
use crate::detect::project::{Evidence, Project};
use crate::detect::python::{Expr, ExprKind, StmtKind, walk};
use crate::detect::tree::{ancestors, file_name, join, parent};

/// Last parts of settings modules that are not production's.
const DEVELOPMENT: [&str; 16] = [
    "dev",
    "development",
    "develop",
    "local",
    "common",
    "base",
    "test",
    "testing",
    "defaults",
    "default",
    "debug",
    "docker_dev",
    "settings_dev",
    "local_settings",
    "dev_settings",
    "ci",
];

/// Last parts of settings modules made for production, best first.
const PRODUCTION: [&str; 9] =
    ["production", "prod", "live", "deploy", "deployment", "server", "heroku", "docker", "cloud"];
/// The settings module for production, and what `wsgi.py` falls back to.
pub(super) fn find(context: &Context<'_>, project: &mut Project) {
    let fallback = fallback(context, project);
    // What a compose file runs on one machine says less than a production module that the code itself falls back to.
    let own = fallback.as_ref().filter(|(module, _)| {
        module.rsplit('.').next().is_some_and(|last| last.starts_with("prod")) && existing(context, module).is_some()
    });
    let is_image = |place: &Evidence| context.deployment.images.iter().any(|image| image.file == place.file);
    if let Some((module, place)) = stated(context).filter(|(_, place)| own.is_none() || is_image(place)) {
        project.because("settings_module", place);
        if let Some((default, place)) = fallback.filter(|(default, _)| *default != module) {
            project.because("settings_module", place);
            project.settings_default = Some(default);
        }
        if !context.has_module(&module) {
            project.warnings.push(format!(
                "the settings module `{module}` is not in the repository; something else has to provide it"
            ));
        }
        // A compose file may name what one machine runs while the production module is beside it.
        let mut of_images = context.deployment.images.iter().flat_map(|image| &image.variables);
        let is_of_image = of_images.any(|(name, value, _)| name == "DJANGO_SETTINGS_MODULE" && *value == module);
        let is_of_compose = !is_of_image && place_of_compose(context, &module);
        if let Some((better, path)) = is_of_compose.then(|| sibling_called_production(context, &module)).flatten() {
            project.because("settings_module", Evidence::of_file(path));
            project
                .warnings
                .push(format!("the settings module is a choice: `{better}` is used; a compose file names `{module}`"));
            project.settings_module = Some(better);
            return;
        }
        project.settings_module = Some(module);
        return;
    }
    let Some((default, place)) = fallback else {
        from_tree(context, project);
        return;
    };
    project.because("settings_module", place);
    if let Some((module, path)) = production_sibling(context, &default) {
        project.because("settings_module", Evidence::of_file(path));
        project.warnings.push(format!(
            "the settings module is a choice: `{module}` is used; without DJANGO_SETTINGS_MODULE `{default}` would be used"
        ));
        project.settings_default = Some(default);
        project.settings_module = Some(module);
    } else {
        if is_development(&default) {
            project
                .warnings
                .push(format!("the settings module `{default}` looks like development, and no other was found"));
        }
        project.settings_module = Some(default);
    }
}

/// Whether only compose files name a settings module.
fn place_of_compose(context: &Context<'_>, module: &str) -> bool {
    let named = context
        .deployment
        .variables
        .iter()
        .filter(|(name, value, _)| name == "DJANGO_SETTINGS_MODULE" && value == module);
    let mut files = named.map(|(.., place)| file_name(&place.file)).peekable();
    files.peek().is_some() && files.all(|file| file.contains("compose"))
}

/// `production` or `prod` beside a module that is called otherwise.
fn sibling_called_production(context: &Context<'_>, module: &str) -> Option<(String, String)> {
    let (package, last) = module.rsplit_once('.')?;
    if last.starts_with("prod") {
        return None;
    }
    ["production", "prod"].iter().find_map(|name| existing(context, &format!("{package}.{name}")))
}

fn is_development(module: &str) -> bool {
    let last = module.rsplit('.').next().unwrap_or(module);
    DEVELOPMENT.contains(&last)
}

/// What deployment files set `DJANGO_SETTINGS_MODULE` to, development and tests left out.
fn stated(context: &Context<'_>) -> Option<(String, Evidence)> {
    let images = context.deployment.images.iter().filter(|image| image.is_python).flat_map(|image| &image.variables);
    let from_files = images
        .chain(&context.deployment.variables)
        .filter(|(name, ..)| name == "DJANGO_SETTINGS_MODULE")
        .filter(|(_, value, place)| {
            let development = |word: &str| place.file.contains(word);
            !is_development(value) && !value.contains('$') && !["dev", "local", "test"].into_iter().any(development)
        })
        .map(|(_, value, place)| (value.clone(), place.clone()))
        .collect::<Vec<_>>();
    // One that is in the tree wins over one that something else would have to bring.
    let exists = |(module, _): &&(String, Evidence)| context.has_module(module);
    let from_images =
        |(_, place): &&(String, Evidence)| context.deployment.images.iter().any(|image| image.file == place.file);
    let from_files = from_files.iter().find(exists).or_else(|| from_files.iter().find(from_images)).cloned();
    let from_files = from_files.or_else(|| uwsgi_variable(context));
    from_files.or_else(|| {
        // `gunicorn --env DJANGO_SETTINGS_MODULE=…`, `manage.py … --settings=…` in commands.
        context.deployment.commands.iter().filter(|command| command.weight >= 2).find_map(|command| {
            let value = command.words.iter().find_map(|word| {
                word.strip_prefix("DJANGO_SETTINGS_MODULE=").or_else(|| word.strip_prefix("--settings="))
            })?;
            (!is_development(value)).then(|| (value.to_owned(), command.place.clone()))
        })
    })
}

/// `env = DJANGO_SETTINGS_MODULE=…` of a configuration file of uWSGI.
fn uwsgi_variable(context: &Context<'_>) -> Option<(String, Evidence)> {
    let files = context.code.tree.paths().filter(|path| path.ends_with(".ini") && file_name(path).contains("uwsgi"));
    files.filter(|path| !["dev", "local", "test"].into_iter().any(|word| path.contains(word))).find_map(|path| {
        let text = context.code.tree.read(path)?;
        let (number, module) = (1..).zip(text.lines()).find_map(|(number, line)| {
            let rest = line.trim().strip_prefix("env")?.trim_start().strip_prefix('=')?;
            let (name, module) = rest.split_once('=')?;
            (name.trim() == "DJANGO_SETTINGS_MODULE").then(|| (number, module.trim().to_owned()))
        })?;
        let is_there = context.has_module(&module) && !is_development(&module);
        is_there.then(|| (module, text.evidence(number)))
    })
}

/// What the module of the entry point, or `manage.py`, sets when nothing else does.
fn fallback(context: &Context<'_>, project: &Project) -> Option<(String, Evidence)> {
    let manage = project.manage_py.as_deref().and_then(|path| context.code.source(path));
    let other = project.other_entrypoint.as_deref().and_then(|entry| entry.split(':').next());
    let other = other
        .and_then(|module| context.code.module_in(&context.root, module))
        .and_then(|path| context.code.source(path));
    let stated = |source: &Source| default_in(context, source).map(|(module, line)| (module, source.evidence(line)));
    let exists = |module: &str| context.has_module(module);
    let own: Vec<&Source> = [context.entry, other, manage].into_iter().flatten().collect();
    // A package is imported before what is in it.
    let packages = context.entry.into_iter().flat_map(|entry| ancestors(entry.folder()));
    let packages = packages.filter_map(|folder| context.code.source(&join(folder, "__init__.py")?));
    let first: Vec<(String, Evidence)> = own.iter().copied().chain(packages).filter_map(stated).collect();
    if let Some(found) = first.iter().find(|(module, _)| exists(module)) {
        return Some(found.clone());
    }
    // `core.settings` as a `manage.py` inside of a package sees it: from where the code is imported it has a longer name.
    let renamed = own.iter().find_map(|source| {
        let (module, place) = stated(source)?;
        let below = source.folder().strip_prefix(context.root.as_str())?.trim_matches('/').replace('/', ".");
        let whole = format!("{below}.{module}");
        (!below.is_empty() && exists(&whole)).then_some((whole, place))
    });
    renamed.or_else(|| first.into_iter().next()).or_else(|| {
        // `from shop.setup import setup_env`: the modules that these take a function from.
        let taken = own.iter().flat_map(|source| {
            source.imports().filter_map(|import| context.code.imported_module(source, import)).collect::<Vec<_>>()
        });
        let named = taken.filter(|source| source.mentions("DJANGO_SETTINGS_MODULE")).filter_map(stated);
        // Such a function may well be there for the projects that are built upon this one.
        named.into_iter().find(|(module, _)| exists(module))
    })
}

fn default_in(context: &Context<'_>, source: &Source) -> Option<(String, u32)> {
    let call = walk::calls(&source.module.body).find_map(|(line, call)| {
        let named = call.arguments.first().and_then(Expr::as_str) == Some("DJANGO_SETTINGS_MODULE");
        let value =
            call.arguments.get(1).filter(|_| named && matches!(call.callee(), "setdefault" | "get" | "getenv"))?;
        Some((chosen(context, source, value)?, line))
    });
    call.or_else(|| {
        let set = walk::statements(&source.module.body).filter_map(|stmt| match &stmt.kind {
            StmtKind::Assign { targets, value: Some(value), .. } if targets.iter().any(is_settings_variable) => {
                Some((chosen(context, source, value)?, stmt.line))
            }
            _ => None,
        });
        set.last()
    })
}

/// The module that an expression names; of `"shop.production" if … else "shop.settings"` production's.
fn chosen(context: &Context<'_>, source: &Source, value: &Expr) -> Option<String> {
    let (_, shown) = context.code.value(source, value);
    if let ExprKind::Conditional { body, orelse, .. } = &shown.kind {
        let texts = [body, orelse].into_iter().filter_map(|side| context.code.text(source, side));
        let is_of_production = |module: &String| PRODUCTION.contains(&module.rsplit('.').next().unwrap_or_default());
        let found = texts.into_iter().find(|module| is_of_production(module) && existing(context, module).is_some());
        if found.is_some() {
            return found;
        }
    }
    context.code.text(source, value)
}

/// `os.environ["DJANGO_SETTINGS_MODULE"]` as a target.
fn is_settings_variable(target: &Expr) -> bool {
    matches!(&target.kind, ExprKind::Index(_, key) if key.as_str() == Some("DJANGO_SETTINGS_MODULE"))
}

/// The production module beside one that is not.
fn production_sibling(context: &Context<'_>, default: &str) -> Option<(String, String)> {
    if !is_development(default) {
        // `pkg.settings` as a package with a production module in it, when the package itself sets nothing.
        let path = context.code.module_in(&context.root, default)?;
        if file_name(path) != "__init__.py"
            || context.code.source(path).is_some_and(|source| !source.module.body.is_empty())
        {
            return None;
        }
        return PRODUCTION.iter().find_map(|name| existing(context, &format!("{default}.{name}")));
    }
    let (package, _) = default.rsplit_once('.').unwrap_or(("", default));
    let known = PRODUCTION.iter().find_map(|name| {
        let module = if package.is_empty() { (*name).to_owned() } else { format!("{package}.{name}") };
        existing(context, &module).or_else(|| existing(context, &format!("{package}.settings_{name}")))
    });
    known.or_else(|| by_traits(context, package))
}

/// Of the modules beside the development one, the one that hardens what it sets, whatever the platform it is called after.
fn by_traits(context: &Context<'_>, package: &str) -> Option<(String, String)> {
    const TRAITS: [&str; 8] = [
        "SECURE_",
        "SESSION_COOKIE_SECURE",
        "CSRF_COOKIE_SECURE",
        "ALLOWED_HOSTS",
        "SECRET_KEY",
        "DEBUG = False",
        "sentry_sdk",
        "EMAIL_HOST",
    ];
    if package.is_empty() {
        return None;
    }
    let folder = parent(context.code.module_in(&context.root, package)?).to_owned();
    let beside =
        context.code.paths().iter().filter(|path| parent(path) == folder && !super::super::code::is_test(path));
    let best = beside
        .filter_map(|path| context.code.source(path))
        .filter(|source| {
            !is_development(source.stem()) && source.stem() != "__init__" && !source.mentions("DEBUG = True")
        })
        .map(|source| (TRAITS.iter().filter(|word| source.mentions(word)).count(), source))
        .filter(|(count, source)| *count >= 3 && source.imports().any(|import| import.name.as_deref() == Some("*")))
        .max_by_key(|(count, source)| (*count, std::cmp::Reverse(source.path.as_str())))?
        .1;
    Some((format!("{package}.{}", best.stem()), best.path.clone()))
}

fn existing(context: &Context<'_>, module: &str) -> Option<(String, String)> {
    context.code.module_in(&context.root, module).map(|path| (module.to_owned(), path.to_owned()))
}

/// No module names the settings: the `settings.py` that has `ROOT_URLCONF`.
fn from_tree(context: &Context<'_>, project: &mut Project) {
    let near = context.entry.map_or(context.root.as_str(), Source::folder).to_owned();
    let path = ancestors(&near).find_map(|here| {
        [
            "settings/production.py",
            "settings/prod.py",
            "settings_prod.py",
            "settings_production.py",
            "settings.py",
            "settings/__init__.py",
        ]
        .iter()
        .find_map(|name| join(here, name).filter(|path| context.code.tree.has(path)))
    });
    let Some(path) = path else { return };
    // A package that only holds the modules of each surrounding: what they share is the nearest to a whole.
    let is_empty = file_name(&path) == "__init__.py"
        && context.code.source(&path).is_some_and(|source| source.module.body.is_empty());
    let shared = ["base.py", "common.py", "default.py", "defaults.py"];
    let shared = shared
        .iter()
        .filter(|_| is_empty)
        .find_map(|name| join(parent(&path), name).filter(|path| context.code.tree.has(path)));
    if let Some(shared) = &shared {
        project.warnings.push(format!("no module names the settings, and none is for production; `{shared}` is used"));
    }
    let path = shared.unwrap_or(path);
    let relative = path.strip_prefix(&context.root).unwrap_or(&path).trim_start_matches('/');
    let module = relative.trim_end_matches(".py").trim_end_matches("/__init__").replace('/', ".");
    project.because("settings_module", Evidence::of_file(path));
    project.settings_module = Some(module);
}
