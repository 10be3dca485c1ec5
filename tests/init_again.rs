//! `pykube init`: the tests of the workflow, what is left to do, and `init` a second time.

mod harness;

use harness::project::Project;

const FLASK: (&str, &str) = ("app.py", "from flask import Flask\n\napp = Flask(__name__)\n");
const REQUIREMENTS: (&str, &str) = ("requirements.txt", "flask==3.1.2\ngunicorn==23.0.0\n");

/// A repository of `files` on which `init --render` was run; what it said.
#[track_caller]
fn initialised(files: &[(&str, &str)]) -> (Project, String) {
    let project = Project::with_files(files);
    let run = project.run(&["init", "--render"]).code(0);
    (project, run.text())
}

#[test]
fn the_test_runner_is_found_in_every_file_that_names_it() {
    for file in [
        "requirements-dev.txt",
        "requirements/dev.txt",
        "dev-requirements.txt",
        "test-requirements.txt",
        "requirements-test.txt",
        "requirements_dev.txt",
        "requirements/tests.txt",
        "requirements.local.txt",
    ] {
        let (project, _) = initialised(&[
            FLASK,
            REQUIREMENTS,
            (file, "pytest-cov==7.0.0\npytest==8.4.2\n"),
            ("tests/test_app.py", "def test_app(): pass\n"),
        ]);
        let app = project.read("app.toml");
        assert!(app.contains(&format!("test-requirements = [\"{file}\"]")), "{file}: {app}");
        let workflow = project.read(".github/workflows/deploy.yml");
        assert!(workflow.contains("pytest") && !workflow.contains("unittest discover"), "{file}: {workflow}");
    }
    // A list without a runner says nothing.
    let (project, _) = initialised(&[
        FLASK,
        REQUIREMENTS,
        ("requirements-dev.txt", "black\n"),
        ("tests/test_app.py", "import unittest\n"),
    ]);
    assert!(project.read(".github/workflows/deploy.yml").contains("unittest discover"));
}

#[test]
fn servers_that_the_tests_need_run_beside_them() {
    let settings = "import os\nDB = {\"host\": os.environ[\"DB_HOST\"], \"user\": os.environ[\"DB_USER\"], \"password\": os.environ[\"DB_PASSWORD\"]}\n\
                    QUEUE = {\"host\": os.environ.get(\"REDIS_HOST\"), \"db\": int(os.environ.get(\"QUEUE_REDIS_DB\", \"1\"))}\n";
    let code = format!("{settings}from flask import Flask\nimport psycopg\n\napp = Flask(__name__)\n");
    let workflow = "name: checks\non: [push]\njobs:\n  unit:\n    runs-on: ubuntu-24.04\n    services:\n      db:\n        \
                    image: postgres:16-alpine\n      store:\n        image: redis:8\n    steps:\n      - run: pytest\n";
    let requirements = ("requirements.txt", "flask==3.1.2\ngunicorn==23.0.0\npsycopg[binary]==3.2.9\n");
    let files = [
        ("app.py", code.as_str()),
        requirements,
        ("conftest.py", ""),
        ("tests/test_app.py", "def test_app(): pass\n"),
        (".github/workflows/checks.yml", workflow),
    ];
    let (project, _) = initialised(&files);
    let app = project.read("app.toml");
    let (_, ci) = app.split_once("[ci]").unwrap_or_default();
    assert!(ci.contains("services = [\"postgresql:16\", \"redis\"]\n"), "{app}");
    assert!(ci.contains("REDIS_HOST = \"localhost\"\n") && !ci.contains("REDIS_DB"), "{app}");
    assert!(ci.contains("DB_HOST = \"localhost\"\n") && ci.contains("DB_USER = \"postgres\"\n"), "{app}");
    assert!(project.read(".github/workflows/deploy.yml").contains("postgres:16"));
}

#[test]
fn what_is_left_to_do_is_listed_with_its_commands() {
    let code = "import os\nfrom flask import Flask\nREGION = os.environ[\"REGION\"]\nKEY = os.environ[\"SECRET_KEY\"]\napp = Flask(__name__)\n";
    let (project, said) = initialised(&[("app.py", code), REQUIREMENTS]);
    let (_, list) = said.split_once("To the first release:\n").unwrap_or_default();
    let wanted = [
        "fill in app.toml: [image] repository, [config] REGION",
        "pykube check",
        "kubectl create namespace ",
        "pykube secrets manifest --env-file .env | kubectl apply --namespace ",
        "gh secret set KUBECONFIG --env production",
        "git push",
    ];
    let mut rest = list;
    for part in wanted {
        let Some((_, after)) = rest.split_once(part) else { panic!("{part} is missing or out of order:\n{said}") };
        rest = after;
    }
    // Every name that the workflow reads in that environment, and no other.
    let workflow = project.read(".github/workflows/deploy.yml");
    for line in list.lines().filter_map(|line| line.trim().strip_prefix("gh secret set ")) {
        let name = line.split(' ').next().unwrap_or_default();
        assert!(workflow.contains(&format!("secrets.{name}")), "{name}");
    }
}

#[test]
fn an_update_adds_what_the_code_says_now_and_keeps_every_edit() {
    let (project, _) = initialised(&[FLASK, REQUIREMENTS]);
    let edited = project.read("app.toml").replace("memory = \"512Mi\"", "memory = \"1Gi\" # measured");
    project.write("app.toml", &edited);
    let run = project.run(&["init", "--update"]).code(0);
    assert!(run.text().contains("nothing was changed"), "{}", run.text());
    assert_eq!(project.read("app.toml"), edited);
    let code = format!("import os\n{}DEPTH = os.environ[\"QUEUE_DEPTH\"]\n", FLASK.1);
    project.write("app.py", &code);
    project.write("Procfile", "web: gunicorn app:app\nsweep: python sweep.py\n");
    project.write("sweep.py", "print(1)\n");
    let run = project.run(&["init", "--update"]).code(0);
    let updated = project.read("app.toml");
    assert!(updated.contains("memory = \"1Gi\" # measured"), "{updated}");
    assert!(updated.contains("# QUEUE_DEPTH = \"\"  # required, app.py:5\n"), "{updated}");
    assert!(updated.contains("[workers.sweep]\ncommand = \"python sweep.py\"\n"), "{updated}");
    assert!(
        run.text().contains("+ [workers.sweep]") && run.text().contains("+ [config] QUEUE_DEPTH"),
        "{}",
        run.text()
    );
    let added = |line: &&str| !edited.lines().any(|known| known == *line);
    assert!(edited.lines().all(|line| updated.lines().any(|known| known == line)), "{updated}");
    assert_eq!(updated.lines().filter(added).count(), 3, "{updated}");
}

#[test]
fn one_of_several_applications_is_taken_by_its_name() {
    let files = [
        ("shared.py", FLASK.1),
        ("orders.py", "from shared import app\n"),
        ("stock.py", "from shared import app\n"),
        ("Procfile", "orders: gunicorn orders:app\nstock: gunicorn stock:app\n"),
        REQUIREMENTS,
    ];
    let project = Project::with_files(&files);
    project.run(&["init"]).code(2);
    project.run(&["init", "--entrypoint", "stock:app"]).code(0);
    assert!(project.read("app.toml").contains("entrypoint = \"stock:app\"\n"));
}

#[test]
fn what_pykube_rendered_is_no_evidence() {
    let (project, first) = initialised(&[FLASK, REQUIREMENTS]);
    let before = project.read("app.toml");
    assert!(first.contains("no Python version is declared"), "{first}");
    let again = project.run(&["init", "--force"]).code(0).text();
    assert!(again.contains("no Python version is declared") && !again.contains("Dockerfile:"), "{again}");
    assert!(!again.contains("gunicorn.conf.py"), "{again}");
    assert_eq!(project.read("app.toml"), before);
}
