//! Detection survives whatever is in a folder, and never looks outside it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use pykube::detect::{Detection, Project, detect, detect_files};

const APP: &str = "from flask import Flask\nimport os\napp = Flask(__name__)\nX = os.environ['SEEN']\n";

fn project(detection: Detection) -> Project {
    match detection {
        Detection::Application(project) => *project,
        other => panic!("an application, not {other:?}"),
    }
}

fn names(project: &Project) -> Vec<&str> {
    project.environment.config.iter().map(|variable| variable.name.as_str()).collect()
}

fn write(root: &Path, path: &str, bytes: impl AsRef<[u8]>) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(path, bytes).expect("written");
}

/// A folder with an application that must still be found, and something odd beside it.
fn found_beside(odd: impl FnOnce(&Path)) -> Project {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "app.py", APP);
    write(folder.path(), "requirements.txt", "flask\n");
    odd(folder.path());
    let start = Instant::now();
    let project = project(detect(folder.path()).expect("readable"));
    assert!(start.elapsed() < Duration::from_secs(20), "took {:?}", start.elapsed());
    assert_eq!(project.entrypoint.as_deref(), Some("app:app"));
    project
}

#[test]
fn binary_and_invalid_files() {
    let project = found_beside(|root| {
        write(root, "blob.py", [0_u8, 159, 146, 150].repeat(1000));
        write(root, "latin.py", b"# caf\xe9\nimport os\nX = os.environ['LATIN']\n");
        write(root, "bom.py", "\u{feff}import os\nX = os.environ['MARKED']\n");
        write(root, "crlf.py", "import os\r\nX = os.environ['CRLF']\r\n");
        write(root, "empty.py", "");
        write(root, "pyproject.toml", "[project\nname = ");
        write(root, "docker-compose.yml", "services: [*unknown");
        write(root, "Dockerfile", b"FROM python\xff:3.12\nRUN \\\n");
        write(root, "Pipfile.lock", "{");
        write(root, "uv.lock", "[[[");
    });
    assert_eq!(names(&project), ["CRLF", "LATIN", "MARKED", "SEEN"]);
    assert!(project.warnings.iter().any(|warning| warning.contains("`pyproject.toml` is not TOML")));
}

#[test]
fn nesting_that_no_python_accepts() {
    let project = found_beside(|root| {
        for (number, text) in [
            "(".repeat(1_000_000),
            format!("x = {}1", "-".repeat(1_000_000)),
            format!("x = {}1", "not ".repeat(200_000)),
            format!("environ = a{}", ".b".repeat(400_000)),
            format!("environ = {}1", "lambda: ".repeat(100_000)),
            format!("environ = 1{}", " + 1".repeat(300_000)),
            format!("environ = f{}", "()".repeat(400_000)),
            format!("environ = {}1", "1 if 1 else ".repeat(50_000)),
            format!("environ = {}'x'{}", "f'{".repeat(300), "}'".repeat(300)),
            (0..3_000).fold("environ = 1\n".to_owned(), |mut text, depth| {
                let _ = writeln!(text, "{}if x:", " ".repeat(depth));
                text
            }),
        ]
        .into_iter()
        .enumerate()
        {
            write(root, &format!("deep{number}.py"), text);
        }
        let mut folder = String::new();
        for _ in 0..120 {
            folder.push_str("d/");
        }
        write(root, &format!("{folder}x.py"), APP);
    });
    assert_eq!(names(&project), ["SEEN"]);
}

#[test]
fn a_file_of_a_hundred_megabytes_is_not_read() {
    found_beside(|root| {
        let file = fs::File::create(root.join("huge.py")).expect("made");
        file.set_len(100 * 1024 * 1024).expect("sparse");
        write(root, "requirements-dev.txt", "x==1\n".repeat(600_000));
    });
}

#[test]
fn circles_of_every_kind() {
    let project = found_beside(|root| {
        write(
            root,
            "a.py",
            "from b import *\nfrom b import environ as environ\napp2 = b.app2\nclass A(B): pass\nX = Y\n",
        );
        write(
            root,
            "b.py",
            "from a import *\nfrom a import environ as environ\napp2 = a.app2\nclass B(A): pass\nY = X\n",
        );
        write(
            root,
            "c.py",
            "from c import c\nenviron = environ\napp3 = app3\ndef make(): return make()\napp4 = make()\n",
        );
        write(
            root,
            "r.py",
            "from flask import Blueprint\na = Blueprint('a', __name__)\nb = Blueprint('b', __name__)\na.register_blueprint(b)\nb.register_blueprint(a)\n@a.route('/health')\ndef h(): pass\n",
        );
        write(root, "requirements.txt", "-r other.txt\nflask\n");
        write(root, "other.txt", "-r requirements.txt\n-r ../outside.txt\n-r /etc/passwd\n");
    });
    assert_eq!(project.dependency_files, ["requirements.txt", "other.txt"]);
}

#[test]
fn includes_of_django_in_a_circle() {
    let files = [
        ("manage.py", "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 's')\n"),
        ("wsgi.py", "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n"),
        ("s.py", "INSTALLED_APPS = []\nROOT_URLCONF = 'u'\n"),
        (
            "u.py",
            "from django.urls import include, path\nurlpatterns = [path('a/', include('u')), path('health', h), path('', include(urlpatterns))]\n",
        ),
        ("requirements.txt", "django\n"),
    ];
    let files = files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()));
    assert!(project(detect_files(files)).health.iter().any(|health| health.path == "/health"));
}

#[cfg(unix)]
#[test]
fn links_are_never_followed() {
    use std::os::unix::fs::symlink;
    let outside = tempfile::tempdir().expect("a folder");
    write(outside.path(), "pkg/leak.py", "import os\nX = os.environ['OUTSIDE']\n");
    write(outside.path(), "leak.txt", "gunicorn\n");
    let project = found_beside(|root| {
        symlink(outside.path().join("pkg"), root.join("pkg")).expect("linked");
        symlink(outside.path().join("pkg/leak.py"), root.join("leak.py")).expect("linked");
        symlink(outside.path().join("leak.txt"), root.join("linked.txt")).expect("linked");
        write(root, "requirements.txt", "flask\n-r linked.txt\n");
        symlink(root, root.join("itself")).expect("linked");
        symlink("loop", root.join("loop")).expect("linked");
        symlink("/dev/zero", root.join("zero.py")).expect("linked");
    });
    assert_eq!(names(&project), ["SEEN"]);
    assert!(project.server.is_none());
}

#[cfg(unix)]
#[test]
fn folders_that_cannot_be_read_are_left_out() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    write(root, "app.py", APP);
    write(root, "requirements.txt", "flask\n");
    write(root, "closed/x.py", APP);
    fs::set_permissions(root.join("closed"), fs::Permissions::from_mode(0o000)).expect("closed");
    // The superuser reads it all the same.
    let is_closed = fs::read_dir(root.join("closed")).is_err();
    let found = project(detect(root).expect("readable"));
    fs::set_permissions(root.join("closed"), fs::Permissions::from_mode(0o755)).expect("opened");
    assert_eq!(found.entrypoint.as_deref(), Some("app:app"));
    assert_eq!(found.warnings.iter().any(|warning| warning.contains("could not be read")), is_closed);
}

#[test]
fn what_is_no_folder_is_an_error_that_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "file", "");
    let message = |path: &Path| format!("{:#}", detect(path).expect_err("no folder"));
    assert!(message(&folder.path().join("file")).contains("is not a folder"));
    assert!(message(&folder.path().join("missing")).contains("cannot read"));
}

/// Words that Python and its manifests are made of: random text gets past the first line.
fn words() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("os.environ".to_owned()),
        Just("os.environ.get(".to_owned()),
        Just("environ[".to_owned()),
        Just("from flask import Flask\n".to_owned()),
        Just("app = Flask(__name__)\n".to_owned()),
        Just("def create_app(".to_owned()),
        Just("class S(BaseSettings):\n    ".to_owned()),
        Just("@app.route('/health')\n".to_owned()),
        Just("urlpatterns = [".to_owned()),
        Just("path('a', include(".to_owned()),
        Just("import *\n".to_owned()),
        Just("for x in (".to_owned()),
        Just("return app\n".to_owned()),
        Just("f'{".to_owned()),
        Just("\n    ".to_owned()),
        Just("[a]>=1,<2;".to_owned()),
        Just("FROM python:3.".to_owned()),
        Just("CMD [\"gunicorn\", ".to_owned()),
        Just("${PORT:-".to_owned()),
        Just("RUN <<EOF\n".to_owned()),
        "[()\\[\\]{}:,.=+*'\"#\\\\\\n \\t$@-]{1,4}",
        "[a-zA-Z_0-9é]{1,8}",
    ];
    prop::collection::vec(word, 0..40).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn random_repositories_never_panic(texts in prop::collection::vec(words(), 8), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let paths = ["app.py", "pkg/settings.py", "requirements.txt", "Dockerfile", "pyproject.toml", "setup.cfg", "Procfile", "start.sh"];
        let mut files: Vec<(String, Vec<u8>)> =
            paths.iter().zip(&texts).map(|(path, text)| ((*path).to_owned(), text.clone().into_bytes())).collect();
        files.push(("noise.py".to_owned(), bytes.clone()));
        files.push(("uv.lock".to_owned(), bytes));
        let found = detect_files(files);
        let _ = pykube::detect::json(&found);
        let _ = pykube::detect::text(&found, true);
    }
}
