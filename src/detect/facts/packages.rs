//! Debian packages that Python packages need beside their wheels: by the table of `data/debian-packages.csv`.

use super::image;
use crate::data::{DEBIAN_RENAMES, PLATFORMS, SYSTEM_PACKAGES};
use crate::detect::context::Context;
use crate::detect::manifest::{self, wheels};
use crate::detect::project::{Evidence, Project};

pub(crate) fn find(context: &Context<'_>, project: &mut Project) {
    let manifest = &context.manifest;
    let (mut runtime, mut build) = (Vec::new(), Vec::new());
    for entry in &*SYSTEM_PACKAGES {
        let Some(dependency) = manifest.at_runtime(entry.package) else { continue };
        // `psycopg[binary]` and `[c]` say how libpq comes in.
        let has = |extra: &str| dependency.extras.iter().any(|known| known == extra);
        if entry.package == "psycopg" && (has("binary") || manifest.at_runtime("psycopg-binary").is_some()) {
            continue;
        }
        if entry.package == "psycopg" && has("c") {
            build.extend(["gcc", "libpq-dev"]);
        }
        runtime.extend(&entry.runtime);
        build.extend(&entry.build);
        let text = format!("{}{}", entry.package, dependency.specifier);
        project.because("system_packages", dependency.evidence(text));
    }
    source_builds(context, project, &mut runtime, &mut build);
    if project.databases.contains(&crate::detect::project::Database::Postgresql) && uses_gis(context) {
        runtime.extend(["gdal-bin", "libgdal36", "libgeos-c1t64", "libproj25"]);
    }
    if project.processes.iter().any(|process| process.command.contains("compilemessages")) {
        build.push("gettext");
    }
    // Requirements straight from a repository need git where they are installed.
    if manifest.files.iter().any(|file| {
        context.code.tree.read(file).is_some_and(|text| text.contains("git+https://") || text.contains("git = \""))
    }) {
        build.push("git");
    }
    let own = own_packages(context);
    let renamed = |name: &str| {
        let row = DEBIAN_RENAMES.iter().find(|[old, _]| *old == name);
        row.map_or_else(|| name.to_owned(), |[_, new]| (*new).to_owned())
    };
    // A compiler without the C library's headers compiles nothing on a slim image.
    if build.contains(&"gcc") || build.contains(&"g++") {
        build.push("libc6-dev");
    }
    for (list, target) in [(runtime, &mut project.system_packages.runtime), (build, &mut project.system_packages.build)]
    {
        *target = list.into_iter().map(str::to_owned).collect();
    }
    for package in own {
        let packages = &mut project.system_packages;
        match package.fate {
            Fate::Runtime => packages.runtime.push(renamed(&package.name)),
            Fate::Build => packages.build.push(renamed(&package.name)),
            Fate::Left(_) => continue,
        }
        project.because("system_packages", package.place.clone());
    }
    for target in [&mut project.system_packages.runtime, &mut project.system_packages.build] {
        target.sort();
        target.dedup();
    }
}

/// A Debian package that the project's own image or platform installs.
pub(crate) struct OwnPackage {
    pub(crate) name: String,
    pub(crate) fate: Fate,
    pub(crate) place: Evidence,
}

/// What becomes of it.
pub(crate) enum Fate {
    Runtime,
    Build,
    /// It has no place in the image, for this reason.
    Left(&'static str),
}

/// Every package of the project's own Dockerfile, and of the lists that platforms install from.
pub(crate) fn own_packages(context: &Context<'_>) -> Vec<OwnPackage> {
    let mut found = Vec::new();
    if let Some(image) = image::own(context.deployment, &context.root) {
        for installs in &image.installs {
            for name in &installs.what.debian {
                let fate = fate(context, name, installs.in_runtime);
                found.push(OwnPackage { name: name.clone(), fate, place: installs.place.clone() });
            }
        }
    }
    for (name, place) in &context.deployment.packages {
        found.push(OwnPackage { name: name.clone(), fate: fate(context, name, true), place: place.clone() });
    }
    found
}

/// Why a server is left out.
const ELSEWHERE: &str = "servers run elsewhere: in [services], or at an address in [config] or a Secret";

/// Packages that the base image has, or has the libraries of.
const IN_THE_BASE: [&str; 10] = [
    "python3",
    "python3-pip",
    "python3-dev",
    "python3-venv",
    "python-dev",
    "python3-setuptools",
    "ca-certificates",
    "libffi-dev",
    "libssl-dev",
    "zlib1g-dev",
];

/// Whether a package is a server of data: `postgresql`, `postgresql-15` and `postgresql-contrib`; its client has another name.
fn is_server(name: &str) -> bool {
    const NAMES: [&str; 7] = [
        "mysql-server",
        "default-mysql-server",
        "mariadb-server",
        "redis",
        "redis-server",
        "rabbitmq-server",
        "memcached",
    ];
    let is_version = |rest: &str| rest.strip_prefix('-').is_some_and(|version| version.parse::<u8>().is_ok());
    let rest = name.strip_prefix("postgresql");
    NAMES.contains(&name) || rest.is_some_and(|rest| rest.is_empty() || rest == "-contrib" || is_version(rest))
}

/// What becomes of a package: one of the final image is needed there, unless it is there to build, to wait or to serve.
fn fate(context: &Context<'_>, name: &str, in_runtime: bool) -> Fate {
    const COMPILERS: [&str; 9] =
        ["gcc", "g++", "make", "cmake", "build-essential", "pkg-config", "cargo", "rustc", "gfortran"];
    match name {
        _ if IN_THE_BASE.contains(&name) => Fate::Left("the base image already covers it"),
        _ if is_server(name) => Fate::Left(ELSEWHERE),
        "supervisor" | "runit" | "s6" => Fate::Left("each process is a Deployment of its own"),
        "nginx" | "nginx-light" | "apache2" => {
            Fate::Left("the Ingress serves, and `[sidecars]` takes a server of files")
        }
        "cron" | "anacron" => Fate::Left("[cron] runs commands on a schedule"),
        "nodejs" | "npm" | "yarn" => Fate::Left("the image has no Node: build the front end before it"),
        "vim" | "nano" | "less" | "sudo" | "procps" | "htop" | "iputils-ping" | "net-tools" | "telnet" | "gosu"
        | "openssh-server" | "man-db" | "bash" | "tini" | "dumb-init" => Fate::Left("a pod does not need it"),
        "curl"
        | "wget"
        | "netcat"
        | "netcat-openbsd"
        | "netcat-traditional"
        | "gnupg"
        | "gnupg2"
        | "lsb-release"
        | "apt-transport-https"
        | "software-properties-common"
        | "unzip"
        | "xz-utils"
            if !runs(context, name) =>
        {
            Fate::Left("it downloads or waits, and probes do that here; [build] system takes it")
        }
        _ if COMPILERS.contains(&name) => Fate::Build,
        "git" if !runs(context, name) => Fate::Build,
        _ if !in_runtime => Fate::Build,
        _ if name.ends_with("-dev") => {
            let is_known = SYSTEM_PACKAGES.iter().any(|entry| entry.build.contains(&name))
                || [
                    "default-libmysqlclient-dev",
                    "libmysqlclient-dev",
                    "libjpeg-dev",
                    "libxml2-dev",
                    "libxslt1-dev",
                    "libxslt-dev",
                ]
                .contains(&name);
            // Nobody says which library it is the headers of: with them it comes on its own.
            if is_known { Fate::Build } else { Fate::Runtime }
        }
        _ => Fate::Runtime,
    }
}

/// Whether the code starts that program: `subprocess.run(["git", …])`.
fn runs(context: &Context<'_>, name: &str) -> bool {
    let written = [format!("\"{name}\""), format!("'{name}'"), format!("\"{name} "), format!("'{name} ")];
    context.sources().any(|source| {
        (source.mentions("subprocess") || source.mentions("os.system") || source.mentions("import git"))
            && written.iter().any(|word| source.mentions(word))
    })
}

/// A compiler where a lock file shows that there is no wheel to install, or pins are older than the Python that is taken.
fn source_builds(
    context: &Context<'_>,
    project: &mut Project,
    runtime: &mut Vec<&'static str>,
    build: &mut Vec<&'static str>,
) {
    let manifest = &context.manifest;
    let oldest = PLATFORMS.python.images.oldest;
    let stated = project.python.as_deref().and_then(|python| python.strip_prefix("3.")?.parse().ok());
    let minor = stated.unwrap_or(oldest).max(oldest);
    let lock = manifest
        .lockfile
        .as_ref()
        .filter(|lock| ["uv.lock", "poetry.lock", "pdm.lock"].contains(&crate::detect::tree::file_name(lock)));
    let psycopg2 = match lock.and_then(|lock| Some((lock, context.code.tree.read(lock)?))) {
        Some((lock, text)) => {
            let names = wheels::built(&text, minor);
            let Some(first) = names.first() else { return };
            let text = format!("no wheel of {first}");
            project.because("system_packages", Evidence { file: lock.clone(), line: 0, text });
            names.iter().any(|name| name == "psycopg2-binary")
        }
        // Nothing tells which wheels there are, but pins that are older than the Python have none for it.
        None if manifest::newest_python(manifest).is_some_and(|(bound, _)| bound < minor) => {
            manifest.at_runtime("psycopg2-binary").is_some()
        }
        None => return,
    };
    build.push("build-essential");
    if psycopg2 {
        // Without a wheel it is built like psycopg2, and asks `pg_config`.
        runtime.push("libpq5");
        build.push("libpq-dev");
    }
}

fn uses_gis(context: &Context<'_>) -> bool {
    context.sources().any(|source| source.mentions("django.contrib.gis"))
}
