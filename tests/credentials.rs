//! A credential is in no file that pykube writes and in nothing that it prints, wherever in a project it is; and what
//! only looks a little like one is still shown.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by its panic")]

mod harness;

use harness::project::Project;
use pykube::credential::{may_show, redact};

/// What stands for the secret part: found anywhere, it has leaked.
const MARKER: &str = "Zq7hunter2";

/// Variables whose default is a credential, by name or by form: name, default.
#[allow(clippy::too_many_lines, reason = "a table of cases")]
fn defaults() -> Vec<(String, String)> {
    let named = [
        "DB_PASSWORD",
        "SECRET_KEY",
        "API_TOKEN",
        "STRIPE_API_KEY",
        "ADMIN_PASSCODE",
        "LOGIN_PIN",
        "AWS_CREDS",
        "SMTP_PASS",
        "LDAP_BIND_PWD",
        "HASH_SALT",
        "PASSWORD_FILE",
        "SECRET_PREFIX",
        "JWT_SIGNING_KEY",
        "WEBHOOK_SECRET",
        "CLIENT_SECRET",
        "SENTRY_DSN",
        "ENCRYPTION_KEY",
        "AUTH_TOKEN",
        "DJANGO_SECRET",
        "PRIVATE_KEY",
        "FERNET_KEY",
        "SESSION_SECRET",
        "OTP_SEED_SECRET",
        "MAILGUN_KEY",
        "GITHUB_PAT_TOKEN",
        "REDISPASSWORD",
        "dbPassword",
        "apiKey",
    ];
    let plain = ["BACKEND", "TARGET", "UPSTREAM", "OPTIONS"];
    let forms = [
        "postgres://shop:{}@db/shop",
        "amqp://u:{}@h//",
        "mysql://root:{}@localhost/x",
        "redis://:{}@cache:6379/0",
        "mongodb+srv://u:{}@c.example.net/db",
        "https://u:{}@packages.example/simple",
        "Bearer {}",
        "Basic {}",
        "ghp_{}abcdefghij",
        "github_pat_{}",
        "glpat-{}",
        "sk-ant-{}",
        "sk_live_{}",
        "rk_live_{}",
        "xoxb-1-{}",
        "SG.{}{}.x",
        "AIza{}{}{}",
        "npm_{}{}",
        "hf_{}{}",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.{}",
        "https://hooks.slack.com/services/T0/B0/{}",
        "{{\\\"password\\\": \\\"{}\\\"}}",
        "host=h password={} dbname=d",
        "Server=h;Password={};",
        "AccountKey={}==;EndpointSuffix=x",
        "https://h/x?token={}",
        "https://h/x?sig={}&a=1",
        "django-insecure-{}",
        "$2b$12${}{}",
        "-----BEGIN PRIVATE KEY----- {}",
        "--password {}",
        "app --token={}",
    ];
    let of_names = named.iter().map(|name| ((*name).to_owned(), MARKER.to_owned()));
    let of_forms = forms.iter().flat_map(|form| {
        let value = form.replace("{{", "{").replace("}}", "}").replace("{}", MARKER);
        plain.iter().enumerate().map(move |(index, name)| (format!("{name}_{index}_{}", form.len()), value.clone()))
    });
    of_names.chain(of_forms).collect()
}

/// A Flask application that reads every variable with its default, in three styles.
fn application(variables: &[(String, String)]) -> String {
    let mut text = "import os\nfrom flask import Flask\napp = Flask(__name__)\n".to_owned();
    for (index, (name, default)) in variables.iter().enumerate() {
        let line = match index % 3 {
            0 => format!("V{index} = os.environ.get(\"{name}\", \"{default}\")\n"),
            1 => format!("V{index} = os.getenv('{name}', \"{default}\")\n"),
            _ => format!("V{index} = os.environ.get(\"{name}\") or \"{default}\"\n"),
        };
        text += &line;
    }
    text
}

#[track_caller]
fn assert_clean(what: &str, text: &str) {
    let leaks: Vec<&str> = text.lines().filter(|line| line.contains(MARKER)).collect();
    assert!(leaks.is_empty(), "{what} shows a credential {} times:\n{}", leaks.len(), leaks.join("\n"));
}

#[test]
fn defaults_of_the_code_are_in_no_file_and_on_no_screen() {
    let variables = defaults();
    assert!(variables.len() >= 150, "{}", variables.len());
    let project =
        Project::with_files(&[("app.py", &application(&variables)), ("requirements.txt", "flask\ngunicorn\n")]);
    for arguments in [&["detect"][..], &["detect", "--verbose"], &["detect", "--format", "json"], &["init", "--render"]]
    {
        let run = project.run(arguments);
        assert_eq!(run.code, 0, "{}", run.text());
        assert_clean(&format!("{arguments:?}"), &run.text());
    }
    for (path, text) in project.tree() {
        if path != "app.py" {
            assert_clean(&path, &text);
        }
    }
    for arguments in [&["check"][..], &["diff"], &["diff", "--format", "json"]] {
        let run = project.run(arguments);
        assert_clean(&format!("{arguments:?}"), &run.text());
    }
}

#[test]
fn commands_of_other_files_lose_their_credentials() {
    let project = Project::with_files(&[
        ("app.py", "from flask import Flask\napp = Flask(__name__)\n"),
        ("requirements.txt", "flask\ngunicorn\nrq\n"),
        (
            "Procfile",
            &format!("web: API_TOKEN={MARKER} gunicorn app:app\nworker: rq worker --url redis://:{MARKER}@h:6379\n"),
        ),
        (
            "Dockerfile",
            &format!(
                "FROM python:3.13\nENV API_TOKEN={MARKER}\nCMD [\"sh\", \"-c\", \"TOKEN={MARKER} gunicorn app:app\"]\n"
            ),
        ),
        (
            "docker-compose.yml",
            &format!(
                "services:\n  web:\n    build: .\n    environment:\n      DB_PASSWORD: {MARKER}\n    command: gunicorn --password {MARKER} app:app\n"
            ),
        ),
        ("start.sh", &format!("export SECRET_KEY={MARKER}\nexec gunicorn app:app\n")),
        (".env", &format!("SECRET_KEY={MARKER}\n")),
    ]);
    for arguments in [&["detect", "--verbose"][..], &["detect", "--format", "json"], &["init"], &["render"], &["check"]]
    {
        let run = project.run(arguments);
        assert_clean(&format!("{arguments:?}"), &run.text());
    }
    assert_clean("app.toml", &project.read("app.toml"));
}

/// The smallest `app.toml` with `more` behind it.
fn app_toml(more: &str) -> String {
    format!(
        "[app]\nname = \"shop\"\nframework = \"flask\"\nentrypoint = \"shop:app\"\n[image]\nrepository = \"ghcr.io/acme/shop\"\n{more}"
    )
}

#[test]
fn faulty_app_toml_is_refused_without_its_credentials() {
    let faulty = [
        "[config]\nDB_PASSWORD = \"{}\"\n",
        "[config]\nDB_PASSWORD = \"{}\"\nport = 80\n",
        "[config]\nDB_PASSWORD = \"{}\n",
        "[config]\nDB_PASSWORD = {}\n",
        "[config]\nDB_PASSWORD = \"{}\"\nDB_PASSWORD = \"{}\"\n",
        "[config]\nDB_PASSWORD = [\"{}\"]\n",
        "[config]\nTOKEN1 = \"ghp_{}\"\n",
        "[config]\nURL = \"postgres://u:{}@h/db\"\n",
        "[config]\nX = \"{\\\"password\\\": \\\"{}\\\"}\"\n",
        "[config]\nX = 'Bearer {}'\n",
        "[secrets.env]\nDB_PASSWORD = \"{}\"\n",
        "[secrets.env]\nANY = \"{}\"\n",
        "[secrets.env]\nANY = \"{} with words\"\n",
        "[secrets.files]\n\"/etc/x\" = \"{}\"\n",
        "[secrets]\nprovider = \"sealed-secrets\"\n[secrets.env]\nA = \"x/A\"\n[secrets.sealed.x]\nA = \"{}\"\n",
        "[build.env]\nAWS_SECRET_ACCESS_KEY = \"{}\"\n",
        "[build.env]\nAWS_SECRET_ACCESS_KEY = \"{}\\\\\"\n",
        "[build.env]\nX = \"https://u:{}@h\"\n",
        "[build]\nsteps = [\"pip install https://u:{}@h/x.whl\"]\n",
        "[build]\nsteps = [\"curl -u user:{} https://h\"]\n",
        "[build]\nsteps = [\"export TOKEN={} && make\"]\n",
        "[build]\nindex = { url = \"https://u:{}@h/simple\" }\n",
        "[server]\ncommand = \"serve --password {}\"\n",
        "[server]\ncommand = [\"serve\", \"--password\", \"{}\"]\n",
        "[workers.mail]\ncommand = \"worker --token={}\"\n",
        "[workers.mail]\ncommand = \"sh -c 'DB_PASSWORD={} worker'\"\n",
        "[cron.a]\nschedule = \"1 * * * *\"\ncommand = \"job --password {}\"\n",
        "[cron.a]\nschedule = \"99 * * * *\"\ncommand = \"job --password {}\"\n",
        "[jobs.a]\ncommand = \"redis-cli -a {} flushall\"\n",
        "[migrations]\ncommand = \"PGPASSWORD={} psql -f x\"\n",
        "[sidecars.a]\nimage = \"x:1\"\nenv = { API_KEY = \"{}\" }\n",
        "[[patches]]\ntarget = { kind = \"Deployment\", name = \"shop\" }\npatch = { spec = { password = \"{}\" } }\n",
        "[[patches]]\ntarget = { kind = \"Deployment\", name = \"nothere\" }\npatch = { spec = { x = \"https://u:{}@h\" } }\n",
        "[ci]\ntest = \"API_TOKEN={} pytest\"\n",
        "password = \"{}\"\n",
        "[unknown]\nAPI_TOKEN = \"{}\"\n",
        "[app]\nsecret-key = \"{}\"\n",
        "[image]\nrepository = \"https://u:{}@ghcr.io/a/b\"\n",
        "[config]\n\"DB_PASSWORD\" = \"\"\"\n{}\n\"\"\"\n",
        "config.DB_PASSWORD = \"{}\"\n",
    ];
    let mut wrong = Vec::new();
    for form in faulty {
        let project = Project::new(&app_toml(&form.replace("{}", MARKER)));
        for arguments in [&["render"][..], &["render", "--check"], &["diff"], &["check"]] {
            let run = project.run(arguments);
            if run.code != 2 || run.text().contains(MARKER) {
                wrong.push(format!("{form}{arguments:?} exits with {}:\n{}", run.code, run.text()));
            }
        }
        assert!(!project.has("k8s"), "{form}: something was written");
    }
    assert!(wrong.is_empty(), "{} of {}\n{}", wrong.len(), faulty.len(), wrong.join("\n"));
}

/// Values that look a little like credentials and are none: name, value.
const HARMLESS: &str = include_str!("credentials/harmless.txt");

#[test]
fn values_that_only_look_alike_are_shown() {
    let lines: Vec<&str> = HARMLESS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    assert!(lines.len() >= 200, "{}", lines.len());
    let hidden: Vec<&&str> = lines
        .iter()
        .filter(|line| {
            let (name, value) = line.split_once('=').unwrap();
            !may_show(name, value) || redact(line).text != **line
        })
        .collect();
    assert!(hidden.len() <= 5, "{} of {} are hidden: {hidden:#?}", hidden.len(), lines.len());
}

#[test]
fn hostile_names_reach_no_terminal_raw() {
    let hostile = "\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}\u{2028}x\u{200b}";
    let project = Project::with_files(&[
        (
            "app.py",
            &format!("import os\nfrom flask import Flask\napp = Flask(__name__)\nX = os.environ['A{hostile}']\n"),
        ),
        (
            "pyproject.toml",
            &format!("[project]\nname = \"a{hostile}\\n::add-mask::b\"\ndependencies = [\"flask\"]\n")
                .replace('\u{1b}', "\\u001b")
                .replace('\u{7}', "\\u0007"),
        ),
        ("app.toml", &app_toml(&format!("[config]\nX{hostile} = 1\n"))),
    ]);
    let folder = format!("nowhere{hostile}");
    for arguments in [
        &["detect"][..],
        &["detect", "--format", "json"],
        &["render"],
        &["diff"],
        &["check"],
        &["init"],
        &["detect", &folder],
        &["render", &folder],
        &[&folder],
    ] {
        let run = project.run(arguments);
        let text = run.text();
        let raw: Vec<char> = text
            .chars()
            .filter(|sign| (sign.is_control() && !"\n\t".contains(*sign)) || "\u{202e}\u{2028}\u{200b}".contains(*sign))
            .collect();
        assert!(raw.is_empty(), "{arguments:?}: {raw:?}\n{text:?}");
        assert!(!text.lines().any(|line| line.trim_start().starts_with("::")), "{arguments:?}: {text}");
    }
}
