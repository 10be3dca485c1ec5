//! The examples in `docs/review.md` are what the program prints. `UPDATE_DOCS=1` writes them again.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod harness;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use harness::project::Project;

const APP: &str = r#"[app]
name = "shop"
framework = "django"
entrypoint = "config.wsgi:application"
interface = "wsgi"
python = "3.13"

[image]
repository = "ghcr.io/acme/shop"
tag = "1.4.2"

[build]
manager = "uv"

[config]
DJANGO_SETTINGS_MODULE = "config.settings.production"

[secrets.env]
DATABASE_URL = "db-credentials/url"

[resources]
memory = "512Mi"

[scaling]
min = 3
max = 10

[probes]
liveness = "/livez"
readiness = "/readyz"

[expose]
kind = "ingress"
host = "shop.example.com"
tls = "shop-tls"

[migrations]
command = "python manage.py migrate --noinput"

[security]
egress = ["db.example.com:5432"]

[ci]
dependabot = false
"#;

/// What is edited: a title, and texts of `app.toml` with what comes in their place.
struct Example {
    title: &'static str,
    edits: &'static [(&'static str, &'static str)],
}

const EXAMPLES: &[Example] = &[
    Example { title: "A new release", edits: &[("tag = \"1.4.2\"", "tag = \"1.5.0\"")] },
    Example { title: "A variable", edits: &[("production\"\n", "production\"\nFEATURE_CART = \"on\"\n")] },
    Example { title: "Less memory", edits: &[("512Mi", "384Mi")] },
    Example { title: "Another Python", edits: &[("3.13", "3.14")] },
    Example { title: "More replicas at peak", edits: &[("max = 10", "max = 20")] },
    Example { title: "Another host", edits: &[("shop.example.com", "store.example.com")] },
    Example { title: "Open egress", edits: &[("egress = [\"db.example.com:5432\"]\n", "")] },
    Example { title: "Half of the pods at a time", edits: &[("[ci]", "[rollout]\nmax-unavailable = \"50%\"\n\n[ci]")] },
    Example {
        title: "A container that may write to its own files, by a patch",
        edits: &[(
            "[ci]\ndependabot = false\n",
            "[ci]\ndependabot = false\n\n[[patches]]\ntarget = { kind = \"Deployment\", name = \"shop-web\" }\npatch = { spec = { template = { spec = { containers = [{ name = \"web\", securityContext = { readOnlyRootFilesystem = false } }] } } } }\n",
        )],
    },
    Example {
        title: "A headless Service, by a patch",
        edits: &[(
            "[ci]\ndependabot = false\n",
            "[ci]\ndependabot = false\n\n[[patches]]\ntarget = { kind = \"Service\", name = \"shop-web\" }\npatch = { spec = { clusterIP = \"None\" } }\n",
        )],
    },
];

/// What `pykube diff` prints after the edits.
fn printed(example: &Example) -> String {
    let project = Project::new(APP).rendered();
    for (old, new) in example.edits {
        project.replace("app.toml", old, new);
    }
    let run = project.run(&["diff"]);
    assert_eq!(run.err, "", "{}", example.title);
    run.out
}

#[test]
fn the_examples_are_what_is_printed() {
    let mut section = String::new();
    for example in EXAMPLES {
        write!(section, "\n### {}\n\n```text\n$ pykube diff\n{}```\n", example.title, printed(example)).unwrap();
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/review.md");
    let text = fs::read_to_string(&path).unwrap();
    let (head, rest) = text.split_once("<!-- examples -->\n").unwrap();
    let (known, tail) = rest.split_once("<!-- end of examples -->\n").unwrap();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, format!("{head}<!-- examples -->\n{section}\n<!-- end of examples -->\n{tail}")).unwrap();
        return;
    }
    assert_eq!(known.trim(), section.trim(), "UPDATE_DOCS=1 cargo test --test review_docs writes docs/review.md anew");
}
