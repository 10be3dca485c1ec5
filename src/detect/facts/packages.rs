//! Debian packages that Python packages need beside their wheels: one table.

use crate::detect::context::Context;
use crate::detect::manifest::{self, wheels};
use crate::detect::project::{Evidence, Project};

/// What one Python package needs.
struct Needs {
    /// Normalised name of the Python package.
    package: &'static str,
    /// In the final image.
    runtime: &'static [&'static str],
    /// Where it is built; empty when `PyPI` has wheels that bring their own libraries.
    build: &'static [&'static str],
}

const fn needs(package: &'static str, runtime: &'static [&'static str], build: &'static [&'static str]) -> Needs {
    Needs { package, runtime, build }
}

/// Names of Debian 13 (trixie), checked with `apt-cache policy` in November 2026. That psycopg2,
/// mysqlclient, python-ldap, uwsgi, pylibmc, gssapi, pycairo and gdal have no Linux wheel for Python 3.13 was asked of pip in
/// November 2026; pycurl, xmlsec and pygraphviz have one. Which library each loads is from its own documentation as far as
/// known and was not looked up row by row; packages whose wheels are taken to bundle
/// everything (lxml, Pillow, cryptography, psycopg2-binary) are absent.
const TABLE: [Needs; 45] = [
    needs("psycopg2", &["libpq5"], &["gcc", "libpq-dev"]),
    needs("psycopg-c", &["libpq5"], &["gcc", "libpq-dev"]),
    needs("psycopg", &["libpq5"], &[]),
    needs("psycopg2cffi", &["libpq5"], &["gcc", "libpq-dev"]),
    needs("mysqlclient", &["libmariadb3"], &["gcc", "libmariadb-dev", "pkg-config"]),
    needs("flask-mysqldb", &["libmariadb3"], &["gcc", "libmariadb-dev", "pkg-config"]),
    needs("mariadb", &["libmariadb3"], &["gcc", "libmariadb-dev"]),
    needs("pyodbc", &["unixodbc"], &[]),
    needs("mssql-django", &["unixodbc"], &[]),
    needs("python-ldap", &["libldap2", "libsasl2-2"], &["gcc", "libldap2-dev", "libsasl2-dev"]),
    needs("django-auth-ldap", &["libldap2", "libsasl2-2"], &["gcc", "libldap2-dev", "libsasl2-dev"]),
    needs("python-magic", &["libmagic1t64"], &[]),
    needs("weasyprint", &["libharfbuzz-subset0", "libpango-1.0-0", "libpangoft2-1.0-0"], &[]),
    needs("cairosvg", &["libcairo2"], &[]),
    needs("cairocffi", &["libcairo2"], &[]),
    needs("pycairo", &["libcairo2"], &["gcc", "libcairo2-dev", "pkg-config"]),
    needs("xmlsec", &["libxmlsec1t64-openssl"], &[]),
    needs("python3-saml", &["libxmlsec1t64-openssl"], &[]),
    needs("pysaml2", &["xmlsec1"], &[]),
    needs("djangosaml2", &["xmlsec1"], &[]),
    needs("uwsgi", &["libpcre2-8-0"], &["gcc"]),
    needs("pylibmc", &["libmemcached11t64"], &["gcc", "libmemcached-dev", "zlib1g-dev"]),
    needs("pycurl", &["libcurl4t64"], &[]),
    needs("gssapi", &["libgssapi-krb5-2"], &["gcc", "libkrb5-dev"]),
    needs("kerberos", &["libgssapi-krb5-2"], &["gcc", "libkrb5-dev"]),
    needs("gdal", &["libgdal36"], &["g++", "libgdal-dev"]),
    needs("djangorestframework-gis", &["gdal-bin", "libgdal36", "libgeos-c1t64"], &[]),
    needs("django-leaflet", &["gdal-bin", "libgdal36", "libgeos-c1t64"], &[]),
    needs("pygraphviz", &["graphviz"], &[]),
    needs("graphviz", &["graphviz"], &[]),
    needs("pytesseract", &["tesseract-ocr"], &[]),
    needs("pdf2image", &["poppler-utils"], &[]),
    needs("pyzbar", &["libzbar0t64"], &[]),
    needs("wand", &["libmagickwand-7.q16-10"], &[]),
    needs("pyvips", &["libvips42t64"], &[]),
    needs("ffmpeg-python", &["ffmpeg"], &[]),
    needs("pydub", &["ffmpeg"], &[]),
    needs("opencv-python", &["libgl1", "libglib2.0-0t64"], &[]),
    needs("python-gnupg", &["gnupg"], &[]),
    needs("gpg", &["libgpgme11t64"], &["gcc", "libgpgme-dev"]),
    needs("pyenchant", &["libenchant-2-2"], &[]),
    needs("python-xmp-toolkit", &["libexempi8"], &[]),
    needs("netifaces", &[], &["gcc"]),
    needs("pycups", &["libcups2t64"], &["gcc", "libcups2-dev"]),
    needs("gitpython", &["git"], &[]),
];

pub(crate) fn find(context: &Context<'_>, project: &mut Project) {
    let manifest = &context.manifest;
    let (mut runtime, mut build) = (Vec::new(), Vec::new());
    for entry in &TABLE {
        let Some(dependency) = manifest.at_runtime(entry.package) else { continue };
        // `psycopg[binary]` and `[c]` say how libpq comes in.
        let has = |extra: &str| dependency.extras.iter().any(|known| known == extra);
        if entry.package == "psycopg" && (has("binary") || manifest.at_runtime("psycopg-binary").is_some()) {
            continue;
        }
        if entry.package == "psycopg" && has("c") {
            build.extend(["gcc", "libpq-dev"]);
        }
        runtime.extend(entry.runtime);
        build.extend(entry.build);
        let text = format!("{}{}", entry.package, dependency.specifier);
        project.because("system_packages", Evidence { file: dependency.file.clone(), line: dependency.line, text });
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
    // A compiler without the C library's headers compiles nothing on a slim image.
    if build.contains(&"gcc") || build.contains(&"g++") {
        build.push("libc6-dev");
    }
    for (list, target) in [(runtime, &mut project.system_packages.runtime), (build, &mut project.system_packages.build)]
    {
        *target = list.into_iter().map(str::to_owned).collect();
        target.sort();
        target.dedup();
    }
}

/// The oldest Python that images are made with.
const OLDEST: u32 = 10;

/// A compiler where a lock file shows that there is no wheel to install, or pins are older than the Python that is taken.
fn source_builds(
    context: &Context<'_>,
    project: &mut Project,
    runtime: &mut Vec<&'static str>,
    build: &mut Vec<&'static str>,
) {
    let manifest = &context.manifest;
    let minor = project.python.as_deref().and_then(|python| python.strip_prefix("3.")?.parse().ok()).unwrap_or(OLDEST);
    let minor = minor.max(OLDEST);
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
