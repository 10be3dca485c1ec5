//! The application server, its configuration file, and the port.

use super::image::is_of_another_service;
use crate::detect::code::{Source, is_serving_name};
use crate::detect::context::Context;
use crate::detect::deploy::{Command, Image, command};
use crate::detect::manifest::Section;
use crate::detect::project::DetectedServer::{self, Daphne, Known, Waitress};
use crate::detect::project::{Evidence, Project, Server};
use crate::detect::python::{Expr, ExprKind, walk};
use crate::detect::tree::ancestors;
use crate::vocabulary::{Interface, ServerKind};

pub(crate) fn find(context: &Context<'_>, project: &mut Project) {
    let brought = |server: &DetectedServer| brings(context, server.as_str());
    project.installed_servers = DetectedServer::ALL.into_iter().filter(brought).collect();
    let chosen = by_command(context).or_else(|| by_dependency(context, project.interface));
    if let Some((kind, place)) = chosen {
        let name = kind.as_str();
        let runtime_dependency = brings(context, name);
        project.because("server", place);
        project.server = Some(Server {
            kind,
            runtime_dependency,
            config: None,
            worker_class: None,
            options: Vec::new(),
            wrapper: None,
        });
        if !runtime_dependency {
            let place = match context.manifest.any(name).map(|dependency| &dependency.section) {
                Some(Section::Extra(extra)) => format!("only comes with the extra `{extra}`; name it in the install"),
                Some(Section::Group(group)) => format!("only comes with the group `{group}`; name it in the install"),
                _ => "is not among its runtime dependencies; add it".to_owned(),
            };
            project.warnings.push(format!("{name} serves the application but {place}"));
        }
    } else {
        project.warnings.push("no application server is among the dependencies; add gunicorn or uvicorn".to_owned());
    }
}

/// Whether a production install brings a package: named, by an extra of another, or in the lock file.
fn brings(context: &Context<'_>, name: &str) -> bool {
    let manifest = &context.manifest;
    let by_extra = || {
        let standard = |package: &str| {
            manifest
                .at_runtime(package)
                .is_some_and(|found| found.extras.iter().any(|extra| extra == "standard" || extra == "all"))
        };
        match name {
            "uvicorn" => {
                standard("fastapi")
                    || manifest.at_runtime("fastapi-cli").is_some()
                    || manifest.at_runtime("uvicorn-worker").is_some()
            }
            "daphne" => {
                manifest.at_runtime("channels").is_some_and(|found| found.extras.iter().any(|extra| extra == "daphne"))
            }
            _ => false,
        }
    };
    let variants = [name.to_owned(), format!("py{name}")];
    variants.iter().any(|name| manifest.at_runtime(name).is_some()) || by_extra()
}

/// The commands that start this application, most telling first.
pub(super) fn commands<'s>(context: &'s Context<'_>) -> Vec<&'s Command> {
    let mut found: Vec<&Command> = context
        .deployment
        .commands
        .iter()
        .filter(|command| command.server().is_some() && !command.words.iter().any(|word| word == "--reload"))
        .filter(|command| !is_leftover(context, command))
        .collect();
    found.sort_by_key(|command| std::cmp::Reverse(command.weight));
    found
}

/// Whether a configuration file is of a server that nothing installs, while another one is installed.
fn is_leftover(context: &Context<'_>, command: &Command) -> bool {
    let Some(server) = command.server().filter(|_| command.place.file.ends_with(".ini")) else { return false };
    let name = server.as_str();
    let installs = context.deployment.images.iter().flat_map(|image| &image.installs);
    let is_of_image = || {
        let named: Vec<&String> = installs.flat_map(|run| run.what.packages.iter()).collect();
        named.iter().any(|package| package.to_ascii_lowercase().starts_with(name))
    };
    let has_another =
        || DetectedServer::ALL.into_iter().any(|other| other != server && brings(context, other.as_str()));
    let runs = |other: &&Command| other.place != command.place && other.server() == Some(server);
    !brings(context, name)
        && !is_of_image()
        && !context.deployment.commands.iter().any(|other| runs(&other))
        && has_another()
}

fn by_command(context: &Context<'_>) -> Option<(DetectedServer, Evidence)> {
    commands(context).into_iter().find_map(|command| Some((command.server()?, command.place.clone())))
}

fn by_dependency(context: &Context<'_>, interface: Interface) -> Option<(DetectedServer, Evidence)> {
    let fits = |kind: &DetectedServer| match interface {
        Interface::Wsgi => !matches!(kind, Known(ServerKind::Uvicorn | ServerKind::Hypercorn) | Daphne),
        Interface::Asgi => !matches!(kind, Known(ServerKind::Uwsgi) | Waitress),
    };
    let named = |kind: DetectedServer| {
        let name = kind.as_str();
        let dependency = context.manifest.at_runtime(name).or_else(|| context.manifest.any(name))?;
        let text = format!("{name}{}", dependency.specifier);
        Some((kind, dependency.evidence(text)))
    };
    let own = DetectedServer::ALL.into_iter().filter(fits).find_map(named);
    own.or_else(|| {
        let fastapi = context
            .manifest
            .at_runtime("fastapi")
            .filter(|_| interface == Interface::Asgi && brings(context, "uvicorn"))?;
        Some((Known(ServerKind::Uvicorn), fastapi.evidence("fastapi[standard]".to_owned())))
    })
}

/// The port: what the image exposes, then commands, the server's configuration, the code, compose.
pub(crate) fn port(context: &Context<'_>, project: &mut Project) {
    let found = image_port(context, true)
        .or_else(|| commands(context).iter().find_map(|command| Some((command.port()?, command.place.clone()))))
        .or_else(|| gunicorn_bind(context, project))
        .or_else(|| code_port(context))
        .or_else(|| service_port(context))
        .or_else(|| {
            context.deployment.value("PORT").and_then(|(value, place)| Some((command::port_of(value)?, place.clone())))
        })
        .or_else(|| image_port(context, false))
        .or_else(|| development_port(context))
        .or_else(|| documented_port(context))
        .or_else(|| default_port(project));
    if let Some((port, place)) = found {
        project.port = Some(port);
        project.because("port", place);
    }
}

/// What a compose file or a platform says of the service that is built from the application's folder, or from one above it;
/// of others only where no such service is listed.
fn service_port(context: &Context<'_>) -> Option<(u16, Evidence)> {
    let services = &context.deployment.services;
    let is_own = |folder: &str| ancestors(&context.root).any(|here| here == folder);
    let only_own = services.iter().any(|service| is_own(&service.folder));
    let mut fitting: Vec<_> = services.iter().filter(|service| !only_own || is_own(&service.folder)).collect();
    fitting.sort_by_key(|service| std::cmp::Reverse(service.folder.len()));
    fitting.into_iter().find_map(|service| service.ports.first().cloned())
}

/// Where the server listens when nothing tells it otherwise.
///
/// Source: the settings reference of gunicorn (`bind`), uvicorn and granian (`--port`), hypercorn (`bind`), daphne
/// (`--port`) and waitress (`port`), November 2026. uWSGI has none.
fn default_port(project: &Project) -> Option<(u16, Evidence)> {
    let port = match project.server.as_ref()?.kind {
        Known(ServerKind::Uwsgi) => return None,
        Known(_) | Daphne => 8000,
        Waitress => 8080,
    };
    let place = project.evidence.get("server")?.first()?.clone();
    Some((port, place))
}

/// What an image exposes: one that holds Python, or one on a base that says nothing about what it holds.
fn image_port(context: &Context<'_>, is_python: bool) -> Option<(u16, Evidence)> {
    const FOREIGN: [&str; 16] = [
        "node",
        "nginx",
        "caddy",
        "httpd",
        "postgres",
        "redis",
        "golang",
        "rust",
        "pgbouncer",
        "mysql",
        "rabbitmq",
        "elastic",
        "haproxy",
        "traefik",
        "proxy",
        "frontend",
    ];
    let foreign = |text: &str| FOREIGN.iter().any(|word| text.contains(word));
    let wanted = |image: &&Image| {
        image.is_python == is_python
            && (is_python || !(foreign(&image.base) || foreign(&image.file.to_ascii_lowercase())))
            && !is_of_another_service(context.deployment, &context.root, &image.file)
    };
    let mut images: Vec<_> = context.deployment.images.iter().filter(wanted).collect();
    let own = |file: &str| !context.root.is_empty() && file.starts_with(&format!("{}/", context.root));
    images.sort_by_key(|image| {
        let development = ["dev", "local", "test"].iter().any(|word| image.file.to_ascii_lowercase().contains(word));
        let serves = context
            .deployment
            .commands
            .iter()
            .any(|command| command.place.file == image.file && command.server().is_some());
        let beside = ["notebook", "jupyter", "migrat", "worker", "docs"].iter().any(|word| image.file.contains(word));
        (
            development,
            !serves && beside,
            foreign(&image.file.to_ascii_lowercase()),
            !own(&image.file),
            image.file.matches('/').count(),
        )
    });
    // Of several ports (a debugger's among them) the one that the image's own command listens on.
    let listens = |image: &&Image| {
        let own = commands(context).into_iter().filter(|command| command.place.file == image.file);
        let ports: Vec<u16> = own.filter_map(Command::port).collect();
        image.ports.iter().find(|(port, _)| ports.contains(port)).cloned()
    };
    let exposed = images.iter().find_map(|image| listens(image).or_else(|| image.ports.first().cloned()));
    exposed.or_else(|| {
        let variables = images.iter().flat_map(|image| &image.variables);
        let mut ports = variables.filter(|(name, ..)| name == "PORT");
        ports.find_map(|(_, value, place)| Some((command::port_of(value)?, place.clone())))
    })
}

/// `bind` of a gunicorn configuration file.
fn gunicorn_bind(context: &Context<'_>, project: &Project) -> Option<(u16, Evidence)> {
    let path = project.server.as_ref()?.config.clone()?;
    let source = context.code.source(&path)?;
    let (line, value) =
        walk::scope(&source.module.body).filter_map(|stmt| Some((stmt.line, stmt.assigned("bind")?))).last()?;
    let port = match context.code.text(source, value) {
        Some(text) => command::port_of(&text),
        None => value.inside().find_map(|expr| command::port_of(expr.as_str()?)),
    };
    Some((port?, source.evidence(line)))
}

/// `uvicorn.run(app, port=8000)`, a settings field `port: int = 8000`, or the default of a variable `…PORT`.
fn code_port(context: &Context<'_>) -> Option<(u16, Evidence)> {
    let number = |expr: &Expr| match &expr.kind {
        ExprKind::Int(number) => u16::try_from(*number).ok(),
        ExprKind::Str(text) => text.parse().ok(),
        _ => None,
    };
    for source in context.sources() {
        for (line, call) in walk::calls(&source.module.body) {
            if call.callee() == "run"
                && source.qualified(&call.function).is_some_and(|name| name.starts_with("uvicorn"))
                && let Some(port) = call.keyword("port").and_then(number)
            {
                return Some((port, source.evidence(line)));
            }
        }
    }
    let names = [
        "PORT",
        "API_PORT",
        "APP_PORT",
        "SERVER_PORT",
        "HTTP_PORT",
        "WEB_PORT",
        "LISTEN_PORT",
        "UVICORN_PORT",
        "GUNICORN_PORT",
        "BACKEND_PORT",
    ];
    // `MYAPI_PORT` of a project called myapi is its own port; `REDIS_PORT` is somebody else's.
    let own =
        context.manifest.name.as_ref().map(|name| format!("{}_PORT", name.to_ascii_uppercase().replace('-', "_")));
    let is_own = |name: &str| names.contains(&name) || own.as_deref() == Some(name);
    let read = context.reads.iter().find(|read| is_own(&read.name) && read.default.is_some())?;
    let port = read.default.as_deref().and_then(command::port_of)?;
    Some((port, read.place.clone()))
}

/// The port that the project's README sends people to, front ends and databases left out.
fn documented_port(context: &Context<'_>) -> Option<(u16, Evidence)> {
    const OTHERS: [u16; 16] =
        [3000, 3306, 4200, 5173, 5432, 5555, 5672, 6379, 8025, 8081, 8089, 9000, 9090, 9200, 15672, 27017];
    let folders = [context.root.as_str(), ""];
    let names = ["README.md", "README.rst", "readme.md", "README", "README.txt"];
    let paths =
        folders.iter().flat_map(|folder| names.iter().filter_map(|name| crate::detect::tree::join(folder, name)));
    paths.filter(|path| context.code.tree.has(path)).find_map(|path| {
        let text = context.code.tree.read(&path)?;
        (1..).zip(text.lines()).find_map(|(number, line)| {
            let hosts = ["localhost:", "127.0.0.1:", "0.0.0.0:"];
            hosts.iter().find_map(|host| {
                let after = line.split_once(host)?.1;
                let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
                let port = digits.parse::<u16>().ok().filter(|port| *port >= 80 && !OTHERS.contains(port))?;
                Some((port, text.evidence(number)))
            })
        })
    })
}

/// `app.run(port=5001)`, beside the entry point or in another module of the application: a development server, but the
/// port that the project's people know.
fn development_port(context: &Context<'_>) -> Option<(u16, Evidence)> {
    let run = |source: &Source| {
        walk::calls(&source.module.body).find_map(|(line, call)| {
            let port = match &call.keyword("port")?.kind {
                ExprKind::Int(number) if call.callee() == "run" => u16::try_from(*number).ok()?,
                _ => return None,
            };
            Some((port, source.evidence(line)))
        })
    };
    let beside = |source: &&Source| is_serving_name(&source.path) && source.path.matches('/').count() <= 2;
    context.entry.and_then(run).or_else(|| context.sources().filter(beside).find_map(run))
}
