//! What a folder can hold beside files: links, pipes, devices, names, and too much of everything.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use super::{Form, many, write};

/// Every file that a reader asks for by its name.
const KNOWN: [&str; 24] = [
    "Dockerfile",
    "Pipfile",
    "Pipfile.lock",
    "Procfile",
    ".python-version",
    "docker-compose.yml",
    "environment.yml",
    "fly.toml",
    "gunicorn.conf.py",
    "manage.py",
    "poetry.lock",
    "pyproject.toml",
    "requirements/base.txt",
    "requirements/prod.txt",
    "runtime.txt",
    "settings.py",
    "setup.cfg",
    "setup.py",
    "start.sh",
    "uv.lock",
    "wsgi.py",
    ".env.example",
    ".git/config",
    "alembic.ini",
];

#[allow(clippy::too_many_lines, reason = "a table of cases")]
pub(super) fn forms() -> Vec<Form> {
    vec![
        Form::new("pipes-for-every-file", |root| known(root, pipe)),
        Form::new("folders-for-every-file", |root| known(root, |path| fs::create_dir(path).unwrap())),
        Form::new("links-to-the-zero-device", |root| known(root, |path| symlink("/dev/zero", path).unwrap())),
        Form::new("links-to-this-process", |root| known(root, |path| symlink("/proc/self/environ", path).unwrap())),
        Form::new("links-to-themselves", |root| known(root, |path| symlink(path, path).unwrap())),
        Form::new("links-to-pipes", |root| {
            pipe(&root.join("pipe"));
            known(root, |path| symlink(root.join("pipe"), path).unwrap());
        }),
        Form::new("files-that-nobody-may-read", |root| {
            known(root, |path| {
                fs::write(path, "x = 1\n").unwrap();
                fs::set_permissions(path, fs::Permissions::from_mode(0o000)).unwrap();
            });
        }),
        Form::new("huge-sparse-files", |root| {
            known(root, |path| File::create(path).unwrap().set_len(3 << 30).unwrap());
        }),
        Form::new("the-pipe-app-toml", |root| pipe(&root.join("app.toml"))),
        Form::new("the-link-app-toml", |root| symlink("/proc/self/environ", root.join("app.toml")).unwrap()),
        Form::new("links-in-a-circle", |root| {
            fs::create_dir_all(root.join("a/b")).unwrap();
            symlink("../..", root.join("a/b/up")).unwrap();
            symlink(".", root.join("here")).unwrap();
            symlink("/", root.join("everything")).unwrap();
        }),
        Form::new("deep-folders", |root| {
            write(root, &("d/".repeat(1_000) + "app.py"), "from flask import Flask\napp = Flask('a')\n");
        }),
        Form::new("names-that-are-not-utf-8", |root| {
            for byte in 0x80..=0xff_u8 {
                fs::write(root.join(OsStr::from_bytes(&[b'a', byte, b'.', b'p', b'y'])), "import os\n").unwrap();
            }
        }),
        Form::new("names-that-move-the-cursor", |root| {
            for (at, name) in [
                "\u{1b}[2J",
                "a\nb",
                "\n::add-mask::x",
                "\u{202e}yp.",
                "\u{9b}31m",
                "`x`",
                "$(x)",
                "'",
                "\"",
                "\\",
                "\u{7f}",
                " ",
            ]
            .iter()
            .enumerate()
            {
                write(root, &format!("{name}{at}.py"), "import os\nX = os.environ['READ_THERE']\n");
                write(root, &format!("{name}/requirements.txt"), "flask\n");
                write(root, &format!("{name}/Dockerfile"), "FROM python\nCMD gunicorn app:app\n");
            }
        }),
        Form::new("a-long-name", |root| write(root, &("a".repeat(250) + ".py"), "import os\nX = os.environ['A']\n")),
        Form::new("many-small-files", |root| spread(root, many(100_000), "py", "import os\n")),
        Form::new("many-data-files", |root| spread(root, many(200_000), "json", "{}")),
        Form::new("many-folders", |root| {
            (0..many(50_000)).for_each(|n| fs::create_dir_all(root.join(format!("f{}/g{n}", n % 100))).unwrap());
        }),
        Form::new("many-dockerfiles", |root| {
            (0..many(5_000))
                .for_each(|n| write(root, &format!("svc{n}/Dockerfile"), "FROM python:3.13\nCMD gunicorn app:app\n"));
        }),
        Form::new("installed-packages", |root| {
            for package in 0..many(1_000) {
                let record: String = (0..60).map(|file| format!("pkg{package}/m{file}.py,sha256=x,1\n")).collect();
                write(root, &format!("pkg{package}-1.0.dist-info/RECORD"), record);
                (0..60).for_each(|file| {
                    write(
                        root,
                        &format!("pkg{package}/m{file}.py"),
                        "import os\nX = os.environ['INSTALLED']\n".repeat(20),
                    );
                });
            }
        }),
        Form::new("a-virtual-environment", |root| {
            write(root, "pyvenv.cfg", "home = /usr/bin\n");
            (0..many(2_000)).for_each(|n| {
                write(
                    root,
                    &format!("lib/python3.13/site-packages/p{n}/m.py"),
                    "import os\nX = os.environ['INSTALLED']\n",
                );
            });
        }),
        Form::new("a-large-git-configuration", |root| {
            fs::create_dir(root.join(".git")).unwrap();
            write(root, ".git/config", "[remote \"origin\"]\nurl = x\n".repeat(many(500_000)));
        }),
        Form::new("a-git-link", |root| write(root, ".git", "gitdir: /proc/self\n")),
    ]
}

/// Puts something in the place of every file that a reader asks for, the application's own two left as they are.
fn known(root: &Path, put: impl Fn(&Path)) {
    for path in KNOWN {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        put(&path);
    }
}

fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

fn spread(root: &Path, count: usize, extension: &str, text: &str) {
    for n in 0..count {
        if n < 1_000 {
            fs::create_dir_all(root.join(format!("f{n}"))).unwrap();
        }
        fs::write(root.join(format!("f{}/m{n}.{extension}", n % 1_000)), text).unwrap();
    }
}
