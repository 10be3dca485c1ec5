//! Names that lead in circles, multiply or double.

use std::fmt::Write as _;
use std::path::Path;

use super::{Form, each, many, write};

#[allow(clippy::too_many_lines, reason = "a table of cases")]
pub(super) fn forms() -> Vec<Form> {
    let web = |count| move |root: &Path| star_web(root, count);
    vec![
        Form::new("star-web-of-6", web(6)),
        Form::new("star-web-of-20", web(20)),
        Form::new("star-web-of-60", web(60)),
        Form::new("star-web-of-300", web(300)),
        Form::new("star-chain", |root| chain(root, |next| format!("from pkg.m{next} import *\n"))),
        Form::new("import-chain", |root| chain(root, |next| format!("from pkg.m{next} import K as K, app2 as app2\n"))),
        Form::file("constants-that-double", "double.py", || {
            "import os\na0 = 'x' * 1 or 'xxxxxxxxxx'\n".to_owned()
                + &each(60, |n| format!("a{} = a{n} + a{n}\n", n + 1))
                + "os.environ[a60]\nos.environ[a12]\n"
        }),
        Form::file("formats-that-multiply", "multiply.py", || {
            let parts = "{a}".repeat(300);
            "import os\na0 = 'x'\n".to_owned()
                + &each(12, |n| format!("a{} = f\"{}\"\n", n + 1, parts.replace('a', &format!("a{n}"))))
                + "os.environ[a12]\n"
        }),
        Form::file("bases-that-multiply", "bases.py", || {
            let bases = |n: usize| vec![format!("B{n}"); 50].join(", ");
            "from pydantic import BaseSettings\nclass B0: pass\n".to_owned()
                + &each(40, |n| format!("class B{}({}):\n    x: int\n", n + 1, bases(n)))
        }),
        Form::file("bases-in-a-circle", "circle.py", || {
            "from pydantic import BaseSettings\n".to_owned()
                + &each(40, |n| format!("class C{n}({}):\n    x: str\n", each(40, |other| format!("C{other}, "))))
        }),
        Form::file("settings-that-multiply", "nested.py", || {
            let fields = |n: usize| each(60, |field| format!("    f{field}: M{n}\n"));
            "from pydantic import BaseModel\nfrom pydantic_settings import BaseSettings\nclass M0(BaseModel):\n    x: str\n".to_owned()
                + &each(6, |n| format!("class M{}(BaseModel):\n{}", n + 1, fields(n)))
                + "class S(BaseSettings, env_nested_delimiter='_'):\n"
                + &fields(6)
        }),
        Form::file("factories-that-multiply", "factories.py", || {
            let calls = |n: usize| vec![format!("f{n}()"); 40].join(" or ");
            "def f0(): pass\n".to_owned()
                + &each(12, |n| format!("def f{}(): return {}\n", n + 1, calls(n)))
                + "app = f12()\n"
        }),
        Form::file("routers-that-multiply", "routers.py", || {
            let mut text = "from flask import Blueprint\n".to_owned();
            for n in 0..40 {
                let _ = writeln!(text, "b{n} = Blueprint('b{n}', __name__, url_prefix='/p{n}')");
            }
            for n in 0..40 {
                text += &each(40, |other| format!("b{n}.register_blueprint(b{other})\n"));
            }
            text + &each(40, |n| format!("@b{n}.route('/health')\ndef h{n}(): pass\n"))
        }),
        Form::new("urls-that-multiply", |root| {
            django(root, || {
                (0..8)
                    .map(|n| {
                        (format!("u{n}.py"), urls(&each(60, |at| format!("path('{at}/', include('u{}')), ", n + 1))))
                    })
                    .collect()
            });
        }),
        Form::new("urls-in-a-circle", |root| {
            django(root, || {
                vec![(
                    "u0.py".to_owned(),
                    urls("path('a/', include('u0')), path('', include(urlpatterns)), *urlpatterns, "),
                )]
            });
        }),
        Form::new("settings-of-every-kind", |root| {
            django(root, || {
                (0..many(1_000))
                    .map(|n| {
                        (
                            format!("conf/settings/s{n}.py"),
                            "from .base import *\nINSTALLED_APPS = []\nDATABASES = {}\n".to_owned(),
                        )
                    })
                    .collect()
            });
        }),
        Form::file("wrappers-of-wrappers", "wrappers.py", || {
            "import os\ndef w0(name): return os.environ[name]\n".to_owned()
                + &each(many(3_000), |n| format!("def w{}(name): return w{n}(name)\n", n + 1))
                + &each(many(3_000), |n| format!("w{n}('A{n}')\n"))
        }),
        Form::file("methods-of-one-name", "methods.py", || {
            each(many(4_000), |n| {
                format!("class C{n}:\n    def get(self, name): return os.environ[name]\nC{n}().get('A')\n")
            })
        }),
        Form::new("packages-of-one-module", |root| {
            for n in 0..many(3_000) {
                write(root, &format!("p{n}/__init__.py"), "from .main import app\n");
                write(root, &format!("p{n}/main.py"), "from flask import Flask\napp = Flask('a')\n");
            }
        }),
    ]
}

/// `count` modules that all import each other with a star, and read a variable whose name none of them binds.
fn star_web(root: &Path, count: usize) {
    write(root, "pkg/__init__.py", "");
    for n in 0..count {
        let stars = each(count, |other| format!("from pkg.m{other} import *\n"));
        write(
            root,
            &format!("pkg/m{n}.py"),
            format!("{stars}import os\nV = os.environ[K{n}]\nW = env('{n}')\napp = create()\n"),
        );
    }
}

fn chain(root: &Path, import: impl Fn(usize) -> String) {
    write(root, "pkg/__init__.py", "");
    for n in 0..many(3_000) {
        write(root, &format!("pkg/m{n}.py"), import(n + 1) + "import os\nV = os.environ[K]\n");
    }
}

fn django(root: &Path, files: impl Fn() -> Vec<(String, String)>) {
    write(root, "requirements.txt", "django==5.2\n");
    write(
        root,
        "manage.py",
        "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\nexecute_from_command_line()\n",
    );
    write(root, "wsgi.py", "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n");
    write(root, "settings.py", "INSTALLED_APPS = []\nROOT_URLCONF = 'u0'\n");
    for (path, text) in files() {
        write(root, &path, text);
    }
}

fn urls(entries: &str) -> String {
    format!("from django.urls import include, path\nurlpatterns = [{entries}path('health', h)]\n")
}
