//! A repository in memory with one kind of file that the fuzzer writes, read as `detect` and `init` do.

use pykube::detect::{detect_files, json, text};

const FLASK: &[(&str, &str)] = &[
    ("app.py", "from flask import Flask\nimport os\nfrom pkg import *\napp = Flask(__name__)\n"),
    ("requirements.txt", "flask\n"),
];

const DJANGO: &[(&str, &str)] = &[
    (
        "manage.py",
        "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n\
         from django.core.management import execute_from_command_line\n",
    ),
    ("shop/__init__.py", ""),
    ("shop/wsgi.py", "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n"),
    ("shop/settings.py", "ROOT_URLCONF = 'shop.urls'\nWSGI_APPLICATION = 'shop.wsgi.application'\n"),
    ("shop/views.py", "def health(request):\n    pass\n"),
    ("requirements.txt", "django\n"),
];

/// Reads the repository `fixed` in which `paths` all hold `data`.
fn read(fixed: &[(&str, &str)], paths: &[&str], data: &[u8]) {
    let mut files: Vec<(String, Vec<u8>)> = fixed
        .iter()
        .filter(|(path, _)| !paths.contains(path))
        .map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()))
        .collect();
    files.extend(paths.iter().map(|path| ((*path).to_owned(), data.to_vec())));
    let found = detect_files(files);
    let _ = json(&found);
    let _ = text(&found, true);
}

/// Python in every place that is read differently.
pub(super) fn python(data: &[u8]) {
    read(FLASK, &["pkg/__init__.py", "pkg/tasks.py", "setup.py", "wsgi.py", "gunicorn.conf.py"], data);
}

/// A Django project's settings.
pub(super) fn settings(data: &[u8]) {
    read(DJANGO, &["shop/settings.py", "shop/celery.py"], data);
}

/// A Django project's routes.
pub(super) fn urls(data: &[u8]) {
    read(DJANGO, &["shop/urls.py", "shop/views.py"], data);
}

pub(super) fn dockerfile(data: &[u8]) {
    read(FLASK, &["Dockerfile"], data);
}

pub(super) fn compose(data: &[u8]) {
    read(FLASK, &["docker-compose.yml"], data);
}

/// Command lines in every form.
pub(super) fn commands(data: &[u8]) {
    let paths = ["Procfile", "start.sh", "supervisord.conf", ".github/workflows/ci.yml", "README.md", "fly.toml"];
    read(FLASK, &paths, data);
}

pub(super) fn requirements(data: &[u8]) {
    read(FLASK, &["requirements.txt", "requirements-dev.txt", "constraints.txt"], data);
}

pub(super) fn pyproject(data: &[u8]) {
    read(FLASK, &["pyproject.toml", "Pipfile", "environment.yml"], data);
}

pub(super) fn setup_cfg(data: &[u8]) {
    read(FLASK, &["setup.cfg", "uwsgi.ini"], data);
}

/// Lock files of the package managers, and version files.
pub(super) fn resolved_lock(data: &[u8]) {
    read(FLASK, &["uv.lock", "poetry.lock", "Pipfile.lock", ".python-version", "runtime.txt"], data);
}

/// `.env` files as detection sees them.
pub(super) fn env_example(data: &[u8]) {
    read(FLASK, &[".env", ".env.example"], data);
}
