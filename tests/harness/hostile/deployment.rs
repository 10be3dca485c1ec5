//! Dockerfiles, compose files, scripts and what else says how a project is run.

use super::{Form, each, many};

#[allow(clippy::too_many_lines, reason = "a table of cases")]
pub(super) fn forms() -> Vec<Form> {
    let docker = |name, text: fn() -> String| Form::file(name, "Dockerfile", text);
    let compose = |name, text: fn() -> String| Form::file(name, "docker-compose.yml", text);
    let script = |name, text: fn() -> String| Form::file(name, "start.sh", text);
    vec![
        docker("arguments-that-double", || {
            "ARG a0=xxxxxxxxxx\n".to_owned() + &each(60, |n| format!("ARG a{}=$a{n}$a{n}\n", n + 1)) + "FROM $a60\n"
        }),
        docker("arguments-that-grow", || {
            "FROM python:3.13\nENV a=xxxxxxxxxx\n".to_owned()
                + &each(many(80_000), |n| format!("ENV a=$a$a\nENV b{n}=$a$a\n"))
        }),
        docker("defaults-in-defaults", || format!("FROM {}x{}\n", "${A:-".repeat(200_000), "}".repeat(200_000))),
        docker("stages", || each(many(50_000), |n| format!("FROM python:3.13 AS s{n}\n"))),
        docker("stages-that-copy", || {
            each(many(5_000), |n| format!("FROM s{n} AS s{}\nCOPY --from=s{n} a b\nCMD gunicorn app:app\n", n + 1))
        }),
        docker("one-continued-instruction", || "FROM python:3.13\nRUN a \\\n".to_owned() + &"  b \\\n".repeat(300_000)),
        docker("here-documents", || "FROM python:3.13\n".to_owned() + &"RUN <<A <<B <<C\n".repeat(100_000)),
        docker("commands", || {
            "FROM python:3.13\n".to_owned() + &each(many(40_000), |n| format!("CMD gunicorn m{n}:app\n"))
        }),
        docker("command-nesting", || format!("FROM python:3.13\nCMD {}\n", "[".repeat(1_000_000))),
        docker("command-quotes", || format!("FROM python:3.13\nCMD {}\n", "sh -c \"".repeat(200_000))),
        docker("ports", || "FROM python:3.13\nEXPOSE ".to_owned() + &"80 ".repeat(600_000) + "\n"),
        compose("yaml-sequences", || format!("a: {}{}\n", "[".repeat(500_000), "]".repeat(500_000))),
        compose("yaml-mappings", || "{a: ".repeat(400_000)),
        compose("yaml-sequences-in-lines", || "a:\n".to_owned() + &"  [\n".repeat(300_000)),
        compose("yaml-indentation", || each(1_200, |depth| format!("{}a:\n", " ".repeat(depth)))),
        compose("yaml-dashes", || "- ".repeat(500_000)),
        compose("yaml-aliases", || {
            "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned()
                + &each(40, |n| {
                    format!("a{0}: &a{0} [*a{n}, *a{n}, *a{n}, *a{n}, *a{n}, *a{n}, *a{n}, *a{n}, *a{n}]\n", n + 1)
                })
        }),
        compose("yaml-merges", || "a: &a\n  b: c\n".to_owned() + &each(many(20_000), |n| format!("s{n}:\n  <<: *a\n"))),
        compose("yaml-documents", || "a: 1\n---\n".repeat(150_000)),
        compose("yaml-services", || {
            "services:\n".to_owned()
                + &each(many(30_000), |n| format!("  s{n}:\n    image: i{n}\n    command: gunicorn m{n}:app\n"))
        }),
        compose("yaml-tags", || "a: ".to_owned() + &"!a ".repeat(500_000)),
        compose("yaml-keys", || format!("? {}\n", "? ".repeat(400_000))),
        script("blank-lines", || "\n".repeat(1_900_000)),
        script("variables-that-double", || "A=xxxxxxxxxx\n".to_owned() + &"A=$A$A\n".repeat(100_000)),
        script("variables-that-run", || each(many(40_000), |n| format!("A{n}=\"gunicorn m{n}:app\"\nexec $A{n}\n"))),
        script("commands-on-one-line", || "gunicorn a:b && ".repeat(many(100_000))),
        script("continued-lines", || "gunicorn \\\n".repeat(200_000)),
        script("quotes", || "'\"".repeat(900_000)),
        Form::file("procfile-processes", "Procfile", || {
            each(many(60_000), |n| format!("p{n}: celery -A m{n} worker\n"))
        }),
        Form::file("supervisor-programs", "supervisord.conf", || {
            "command=gunicorn a:b --bind 0.0.0.0:80\n".repeat(many(40_000))
        }),
        Form::file("workflow-versions", ".github/workflows/ci.yml", || "python-version: [3.9, 3.10]\n".repeat(60_000)),
        Form::file("environment-file", ".env.example", || "PORT=8000\n".repeat(180_000)),
        Form::file("uwsgi-modules", "uwsgi.ini", || each(many(60_000), |n| format!("module=m{n}:app\n"))),
        Form::file("gunicorn-configuration", "gunicorn.conf.py", || {
            each(many(60_000), |n| format!("bind = 'a:{n}'\n"))
        }),
    ]
}
