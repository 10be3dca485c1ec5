//! What `pykube init` makes of the processes beside the server, as files of the project start them, and of the files that they share.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod harness;

use harness::project::Project;

const MANAGE: &str = "import os, sys\nos.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"bakery.settings\")\n\
                      from django.core.management import execute_from_command_line\nexecute_from_command_line(sys.argv)\n";
const WSGI: &str = "import os\nfrom django.core.wsgi import get_wsgi_application\n\
                    os.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"bakery.settings\")\napplication = get_wsgi_application()\n";
const SETTINGS: &str = "import os\nfrom pathlib import Path\nBASE_DIR = Path(__file__).resolve().parent.parent\nSECRET_KEY = \"x\"\n\
                        ALLOWED_HOSTS = [\"*\"]\nROOT_URLCONF = \"bakery.urls\"\n";

/// A Django project with `packages` and `settings`, and `more` files.
fn django(packages: &str, settings: &str, more: &[(&str, &str)]) -> Project {
    let requirements = format!("django==5.2.8\ngunicorn==23.0.0\n{packages}");
    let settings = format!("{SETTINGS}{settings}");
    let own = [
        ("manage.py", MANAGE),
        ("bakery/__init__.py", ""),
        ("bakery/wsgi.py", WSGI),
        ("bakery/settings.py", &settings),
        ("requirements.txt", &requirements),
    ];
    Project::with_files(&[&own, more].concat())
}

/// What `init --render` said, and `app.toml`.
#[track_caller]
fn initialised(project: &Project) -> (String, String) {
    let run = project.run(&["init", "--render"]).code(0);
    (run.text(), project.read("app.toml"))
}

/// The commands of `[workers]`, each behind the name of its process.
fn workers(toml: &str) -> Vec<String> {
    let tables = toml.split("[workers.").skip(1);
    tables
        .map(|table| {
            let (name, rest) = table.split_once(']').unwrap();
            format!("{name}: {}", rest.split('"').nth(1).unwrap())
        })
        .collect()
}

#[test]
fn a_requirements_file_of_powershell_is_read_as_pip_reads_it() {
    let lines = "Django==5.2.8\r\ndjango-q2==1.8.0\r\nmysqlclient==2.2.7\r\n";
    let installed = "INSTALLED_APPS = [\"django_q\"]\n";
    let little: Vec<u8> = lines.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = lines.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for (mark, bytes) in [([0xff, 0xfe], little), ([0xfe, 0xff], big)] {
        let project = django("", installed, &[]);
        project.write("requirements.txt", &[&mark[..], &bytes].concat());
        let (said, toml) = initialised(&project);
        assert!(toml.contains("lock = \"requirements.txt\"") && toml.contains("\"libmariadb3\""), "{toml}");
        assert_eq!(workers(&toml), ["qcluster: python manage.py qcluster"]);
        assert!(!said.contains("no file lists the dependencies"), "{said}");
    }
    // Bytes of another kind are not text.
    let project = django("", installed, &[]);
    project.write("requirements.txt", &[&[0, 1][..], lines.as_bytes()].concat());
    assert!(initialised(&project).0.contains("no file lists the dependencies"));
}

#[test]
fn a_file_that_names_two_workers_of_a_queue_runs_both() {
    let queues = "RQ_QUEUES = {\"default\": {\"HOST\": os.environ[\"REDIS_HOST\"]}, \"cakes\": {\"HOST\": os.environ[\"REDIS_HOST\"]}}\n";
    let compose = "services:\n  web:\n    build: .\n    command: gunicorn bakery.wsgi\n  oven:\n    build: .\n    \
                   command: python manage.py rqworker default\n  pastry:\n    build: .\n    command: python ./manage.py rqworker cakes\n";
    let packages = "django-rq==3.1\n";
    let (_, toml) = initialised(&django(packages, queues, &[("compose.yaml", compose)]));
    assert_eq!(
        workers(&toml),
        ["rq-worker: python manage.py rqworker default", "pastry: python manage.py rqworker cakes"]
    );
    // Another file is another way to start the first.
    let one = compose.split("  pastry").next().unwrap();
    let procfile = ("Procfile", "web: gunicorn bakery.wsgi\nworker: python manage.py rqworker default cakes\n");
    let (_, toml) = initialised(&django(packages, queues, &[("compose.yaml", one), procfile]));
    assert_eq!(workers(&toml).len(), 1, "{toml}");
}

#[test]
fn a_worker_that_an_entry_point_puts_in_the_background_is_one_of_its_own() {
    let image = "FROM python:3.12-slim\nCOPY . /srv\nWORKDIR /srv\nENTRYPOINT [\"sh\", \"start.sh\"]\n";
    let start = "#!/bin/sh\npython manage.py migrate --noinput\nnohup python manage.py rundramatiq -p 1 -t 2 &\n\
                 gunicorn bakery.wsgi --bind 0.0.0.0:8000\n";
    let packages = "django-dramatiq==0.13.0\ndramatiq[rabbitmq]==1.17.1\n";
    let installed = "INSTALLED_APPS = [\"django_dramatiq\"]\n";
    let files = [("Dockerfile", image), ("start.sh", start), (".python-version", "3.12\n")];
    let (_, toml) = initialised(&django(packages, installed, &files));
    assert_eq!(workers(&toml), ["rundramatiq: python manage.py rundramatiq -p 1 -t 2"]);
    // One that no file starts says how many processes it has: this Python counts the node's cores.
    let (_, toml) = initialised(&django(packages, installed, &files[2..]));
    assert_eq!(workers(&toml), ["rundramatiq: python manage.py rundramatiq --processes 2"]);
}

#[test]
fn an_entry_point_of_compose_takes_the_command_as_its_arguments() {
    let compose = "x-app: &app\n  build: .\n  entrypoint: [\"python\", \"manage.py\"]\nservices:\n  web:\n    <<: *app\n    \
                   command: [\"runserver\", \"0.0.0.0:8000\"]\n  errands:\n    <<: *app\n    command: [\"djangohuey\"]\n  letters:\n    \
                   <<: *app\n    command: [\"djangohuey\", \"--queue\", \"letters\"]\n";
    let settings = "INSTALLED_APPS = [\"django_huey\"]\nDJANGO_HUEY = {\"default\": \"errands\", \"queues\": {}}\n";
    let (_, toml) = initialised(&django("django-huey==1.3.1\n", settings, &[("compose.yaml", compose)]));
    assert_eq!(
        workers(&toml),
        ["djangohuey: python manage.py djangohuey", "letters: python manage.py djangohuey --queue letters"]
    );
    // A script runs the command on its own.
    let script = compose
        .replace("[\"python\", \"manage.py\"]", "./wait.sh")
        .replace("[\"djangohuey\"", "[\"python\", \"manage.py\", \"djangohuey\"");
    let (_, toml) = initialised(&django("django-huey==1.3.1\n", settings, &[("compose.yaml", &script)]));
    assert_eq!(workers(&toml).len(), 2, "{toml}");
}

#[test]
fn the_folder_of_uploads_can_be_written() {
    let media = "INSTALLED_APPS = [\"bread\"]\nMEDIA_ROOT = BASE_DIR / \"photos\"\n";
    let model = "from django.db import models\nclass Loaf(models.Model):\n    photo = models.ImageField()\n";
    let view = "from django.core.files.storage import FileSystemStorage\ndef keep(request):\n    \
                FileSystemStorage().save(\"a\", request.FILES[\"a\"])\n";
    let form = "from django import forms\nclass Order(forms.Form):\n    list = forms.FileField()\n";
    let s3 = "STORAGES = {\"default\": {\"BACKEND\": \"storages.backends.s3.S3Storage\"}}\n";
    let local = "STORAGES = {\"default\": {\"BACKEND\": \"django.core.files.storage.FileSystemStorage\"}}\n";
    for (settings, file, text, is_kept) in [
        ("", "bread/models.py", model, true),
        ("", "bread/views.py", view, true),
        (local, "bread/models.py", model, true),
        (s3, "bread/models.py", model, false),
        ("", "bread/forms.py", form, false),
    ] {
        let settings = format!("{media}{settings}");
        let project = django("pillow==12.0.0\n", &settings, &[("bread/__init__.py", ""), (file, text)]);
        let (said, toml) = initialised(&project);
        assert_eq!(toml.contains("writable = [\"photos\"]"), is_kept, "{file}: {toml}");
        assert_eq!(said.contains("bakery/settings.py:8: uploads go to photos, which"), is_kept, "{file}: {said}");
    }
    let committed = [("bread/models.py", model), ("photos/.gitignore", "*\n"), ("photos/first.txt", "a")];
    let (said, toml) = initialised(&django("pillow==12.0.0\n", media, &committed));
    assert!(
        !toml.contains("writable") && said.contains("photos, where the image has files, so it is read-only"),
        "{said}"
    );
}

#[test]
fn the_first_word_of_a_variable_says_which_server_of_the_tests_it_is_about() {
    let settings = "INSTALLED_APPS = []\nDATABASES = {\"default\": {\"ENGINE\": \"django.db.backends.mysql\", \"NAME\": os.environ[\"DB_NAME\"], \
                    \"HOST\": os.environ[\"DB_HOST\"]}}\nRQ = os.environ[\"REDIS_HOST\"] + \"/\" + os.environ.get(\"REDIS_QUEUE_DB\", \"2\")\n";
    let compose = "services:\n  db:\n    image: mariadb:11\n  cache:\n    image: redis:7\n";
    let (_, toml) = initialised(&django(
        "mysqlclient==2.2.7\nredis==6.4.0\npytest==9.0.1\n",
        settings,
        &[("compose.yaml", compose), ("tests/test_bread.py", "def test_bread():\n    pass\n")],
    ));
    let (_, env) = toml.split_once("[ci.env]").unwrap();
    assert!(env.contains("DB_NAME = \"test\"") && env.contains("REDIS_HOST = \"localhost\""), "{toml}");
    assert!(!env.contains("REDIS_QUEUE_DB"), "{toml}");
}

#[test]
fn a_server_of_data_stays_out_of_the_image_and_its_client_has_the_name_of_this_release() {
    let image = "FROM python:3.12-slim-bookworm\nRUN apt-get update && apt-get install -y postgresql-15 postgresql-client-15 \\\n    \
                 redis-server postgresql-contrib tesseract-ocr\nCOPY . /srv\nWORKDIR /srv\nCMD [\"gunicorn\", \"bakery.wsgi\"]\n";
    let (_, toml) = initialised(&django("", "INSTALLED_APPS = []\n", &[("Dockerfile", image)]));
    assert!(toml.contains("system = [\"postgresql-client\", \"tesseract-ocr\"]"), "{toml}");
}
