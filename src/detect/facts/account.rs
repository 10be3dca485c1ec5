//! What became of each line of the project's own deployment files that matters in production.

use super::image;
use super::packages::{self, Fate};
use crate::detect::context::Context;
use crate::detect::deploy::{Command, Image, StageInstalls};
use crate::detect::project::{Evidence, Project, ReadLine};
use crate::detect::tree::{file_name, join};

pub(crate) fn find(context: &Context<'_>, project: &mut Project) {
    let mut account = Account { context, project, lines: Vec::new() };
    account.system_packages();
    if let Some(image) = image::own(context.deployment, &context.root) {
        account.image(image);
    }
    account.variables();
    let commands = context.deployment.commands.iter().filter(|command| command.weight > 1 && !command.is_development());
    for command in commands {
        account.command(command);
    }
    account.services();
    account.files();
    let mut lines = account.lines;
    lines.sort_by(|one, other| (&one.place.file, one.place.line).cmp(&(&other.place.file, other.place.line)));
    lines.dedup();
    project.account = lines;
}

struct Account<'a, 'c> {
    context: &'a Context<'c>,
    project: &'a Project,
    lines: Vec<ReadLine>,
}

impl Account<'_, '_> {
    fn taken(&mut self, place: &Evidence, what: impl Into<String>, to: impl Into<String>) {
        self.lines.push(ReadLine { place: place.clone(), what: what.into(), is_taken: true, why: to.into() });
    }

    fn left(&mut self, place: &Evidence, what: impl Into<String>, why: impl Into<String>) {
        self.lines.push(ReadLine { place: place.clone(), what: what.into(), is_taken: false, why: why.into() });
    }

    fn system_packages(&mut self) {
        for package in packages::own_packages(self.context) {
            match package.fate {
                Fate::Runtime => self.taken(&package.place, package.name, "[build] system"),
                Fate::Build => self.taken(&package.place, package.name, "[build] build-system"),
                Fate::Left(why) => self.left(&package.place, package.name, why),
            }
        }
    }

    /// What a stage of the image installs.
    fn installs(&mut self, installs: &StageInstalls) {
        let place = &installs.place;
        for name in &installs.what.alpine {
            self.left(place, name, "an Alpine package: the image is Debian's, [build] system takes the name there");
        }
        for file in &installs.what.requirements {
            let name = file_name(file);
            if self.project.dependency_files.iter().any(|own| file_name(own) == name) {
                self.taken(place, format!("-r {file}"), "[build]");
            } else {
                let lock = self
                    .project
                    .lockfile
                    .as_deref()
                    .map_or("is not in the repository", |_| "the lock file is what is installed");
                self.left(place, format!("-r {file}"), lock);
            }
        }
        for package in &installs.what.packages {
            let name = package.split(['=', '<', '>', '~', '[', '!', ';']).next().unwrap_or(package);
            let name = crate::detect::manifest::normalised(name);
            if image::INSTALLERS.contains(&name.as_str()) {
                continue;
            }
            if self.context.manifest.at_runtime(&name).is_some() {
                self.taken(place, package, "the dependencies name it too");
            } else if self.project.image_packages.contains(package) {
                self.taken(place, package, "[build] packages");
            } else {
                self.left(
                    place,
                    package,
                    "names no version: add it to the dependencies, or pinned to [build] packages",
                );
            }
        }
    }

    /// What the image installs and does besides its command.
    fn image(&mut self, image: &Image) {
        for installs in &image.installs {
            self.installs(installs);
        }
        for (keyword, text, place) in &image.others {
            let why = match keyword.as_str() {
                "USER" => "the container runs as [security] user",
                "HEALTHCHECK" => "the kubelet runs the probes",
                "SHELL" => "steps run in /bin/sh",
                _ => "a step of its own: [build] steps takes it if the image needs it",
            };
            self.left(place, format!("{keyword} {text}"), why);
        }
        for (path, place) in &image.volumes {
            let what = format!("VOLUME {path}");
            if self.project.written.iter().any(|written| written.path == *path) {
                self.taken(place, what, "[security] writable; [volumes] keeps what outlives a pod");
            } else {
                self.left(place, what, "[volumes] keeps what outlives a pod");
            }
        }
        for (port, place) in &image.ports {
            let to = if self.project.port == Some(*port) && *port >= 1024 { "[app] port" } else { "" };
            if to.is_empty() {
                self.left(place, format!("port {port}"), "the container listens on [app] port");
            } else {
                self.taken(place, format!("port {port}"), to);
            }
        }
    }

    fn variables(&mut self) {
        for variable in &self.project.image_variables {
            match variable.left {
                None => self.taken(&variable.place, &variable.name, "[config]"),
                // What every image sets says nothing.
                Some("pykube sets its own" | "it is for the build") => {}
                Some(why) => self.left(&variable.place, &variable.name, why),
            }
        }
    }

    fn command(&mut self, command: &Command) {
        const OF_THE_BUILD: [&str; 4] = ["collectstatic", "compilemessages", "compress", "pybabel"];
        let place = &command.place;
        let shown = command.words.join(" ");
        let process = self.project.processes.iter().find(|process| process.place == *place);
        // Several files often start the same worker.
        let of_queue = || {
            let (name, _) = super::queues::of(command)?;
            self.project.processes.iter().find(|process| process.name == name)
        };
        if let Some(process) = process.or_else(of_queue) {
            return self.taken(place, shown, format!("[workers.{}]", process.name));
        }
        if let Some(server) = command.server() {
            let is_it = self.project.server.as_ref().is_some_and(|own| own.kind == server);
            return if is_it {
                self.taken(place, shown, "[server]");
            } else {
                self.left(place, shown, "another server runs the application");
            };
        }
        if command.runs("celery") {
            let is_known = self.project.processes.iter().any(|process| process.command.starts_with("celery"));
            let is_worker = command.words.iter().any(|word| word == "worker" || word == "beat");
            return match (is_known && is_worker, command.runs("flower")) {
                (true, _) => self.taken(place, shown, "[workers]"),
                (_, true) => self.left(place, shown, "a page for people, which needs a host and a login of its own"),
                _ => self.left(place, shown, "not a worker"),
            };
        }
        let is_migration = self.project.migrate_command.as_deref().is_some_and(|migrate| {
            let last = migrate.rsplit("&& ").next().unwrap_or(migrate);
            let words: Vec<&str> = last.split(' ').filter(|word| !word.starts_with('-')).collect();
            words.iter().all(|word| command.words.iter().any(|own| own.ends_with(word)))
        });
        if is_migration {
            self.taken(place, shown, "[migrations]");
        } else if OF_THE_BUILD.iter().any(|step| command.runs(step)) {
            self.taken(place, shown, "[build] steps");
        } else if command.words.windows(2).any(|pair| pair[0].ends_with("manage.py") && pair[1] == "run") {
            self.left(place, shown, "a development server, or a process of its own: [workers] takes it then");
        } else if command.words.iter().any(|word| word.ends_with("manage.py"))
            || command.runs("flask")
            || command.runs("alembic")
        {
            self.left(place, shown, "a step before the server: [jobs] runs it once a release, [init] in each pod");
        } else if command.process.is_some() {
            self.left(place, shown, "not a module, a file or a script of the project");
        }
    }

    /// Servers that compose files start beside the application.
    fn services(&mut self) {
        for (image, place) in &self.context.deployment.service_images {
            let name = image.split(['@', '$']).next().unwrap_or(image).trim_end_matches(':');
            self.left(
                place,
                name,
                "runs elsewhere: [services] has redis, the addresses of others are in [config] and Secrets",
            );
        }
    }

    /// Files that are taken as they are.
    fn files(&mut self) {
        let tree = self.context.code.tree;
        let whole = |file: &str| Evidence::of_file(file.to_owned());
        if let Some(text) = tree.read(".dockerignore") {
            let rules = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')).count();
            self.taken(&whole(".dockerignore"), format!("{rules} rules"), "the ignore file beside the Dockerfile");
        }
        let folder = self.project.lockfile.as_deref().map_or("", crate::detect::tree::parent);
        if let Some(path) = join(folder, "uv.toml").filter(|path| tree.has(path)) {
            self.taken(&whole(&path), "settings of uv", "[build] files");
        }
    }
}
