//! Python that is deep, long or dense.

use super::{Form, each, many, write};

const HEAD: &str = "import os\nfrom flask import Flask\napp = Flask(__name__)\nX = os.environ['SEEN']\n";

#[allow(clippy::too_many_lines, reason = "a table of cases")]
pub(super) fn forms() -> Vec<Form> {
    let deep =
        |name, text: fn() -> String| Form::new(name, move |root| write(root, "app.py", HEAD.to_owned() + &text()));
    vec![
        deep("elif", || "if a: pass\n".to_owned() + &"elif b: pass\n".repeat(20_000)),
        deep("elif-with-reads", || {
            "if a: pass\n".to_owned() + &each(5_000, |n| format!("elif b: x = os.environ['A{n}']\n"))
        }),
        deep("continued-sum", || format!("x = a \\\n{} + 1\n", " + a \\\n".repeat(30_000))),
        deep("attribute-chain", || format!("environ = a{}\n", ".b".repeat(400_000))),
        deep("attribute-chains-of-allowed-length", || {
            each(many(500), |_| format!("environ = a{}\n", ".b".repeat(1_900)))
        }),
        deep("call-chain", || format!("environ = f{}\n", "()".repeat(400_000))),
        deep("subscript-chain", || format!("environ = f{}\n", "[0]".repeat(400_000))),
        deep("signs-in-brackets", || {
            format!("environ = {}1{}\n", ("-".repeat(1_900) + "(").repeat(190), ")".repeat(190))
        }),
        deep("format-brackets", || format!("environ = f'{{{}1{}}}'\n", "(".repeat(200_000), ")".repeat(200_000))),
        deep("formats-in-formats", || format!("environ = {}1{}\n", "f\"{".repeat(50_000), "}\"".repeat(50_000))),
        deep("lambdas", || format!("environ = {}1\n", "lambda: ".repeat(200_000))),
        deep("conditionals", || format!("environ = {}1\n", "1 if 1 else ".repeat(100_000))),
        deep("open-brackets", || "environ = ".to_owned() + &"([{".repeat(300_000)),
        deep("indentation", || each(3_000, |depth| format!("{}if x:\n", " ".repeat(depth)))),
        deep("branches-in-branches", || {
            each(90, |depth| format!("{}if x:\n", " ".repeat(depth)))
                + &" ".repeat(90)
                + "app.config['REDIS_URL'] = 'redis://localhost'\n"
        }),
        deep("functions-in-functions", || {
            each(95, |depth| format!("{}def f{depth}(environ):\n", " ".repeat(depth))) + &" ".repeat(95) + "pass\n"
        }),
        deep("comprehensions", || format!("environ = [x {}]\n", "for x in y ".repeat(50_000))),
        deep("one-long-line", || "x = [".to_owned() + &"os.environ['A'], ".repeat(many(60_000)) + "]\n"),
        deep("one-long-string", || format!("x = '{}'\n", "os.environ ".repeat(180_000))),
        deep("adjacent-strings", || format!("environ = {}\n", "'a' ".repeat(400_000))),
        deep("zero-bytes", || "\0".repeat(1_000_000)),
        deep("carriage-returns", || "x = os.environ['A']\r".repeat(50_000)),
        deep("form-feeds", || "\u{c}".repeat(1_000_000)),
        deep("decorators", || "@app.route('/a')\n".repeat(many(8_000)) + "def f(): pass\n"),
        deep("routes-to-one-view", || {
            "def f():\n".to_owned()
                + &"    a = b\n".repeat(many(20_000))
                + &"app.add_url_rule('/up', '', f)\n".repeat(many(20_000))
        }),
        deep("environment-reads", || each(many(20_000), |n| format!("x{n} = os.environ['A{n}']\n"))),
        deep("variables-that-are-refused", || {
            each(many(10_000), |n| format!("v{n} = os.environ.get('V{n}')\nif not v{n}:\n    raise ValueError\n"))
        }),
        deep("elif-with-refusals", || {
            "if a: pass\n".to_owned() + &each(5_000, |n| format!("elif not v{n}:\n    raise ValueError\n"))
        }),
        deep("calls-that-never-return", || {
            format!("def f(x):\n{}    raise ValueError\n", "    print(x)\n".repeat(3_000))
                + &each(many(5_000), |n| format!("w{n} = os.environ.get('W{n}') or f(1)\n"))
        }),
        deep("defaults-by-a-name", || {
            "NAME = 'a'\n".to_owned() + &each(many(14_000), |n| format!("d{n} = os.environ.get('D{n}', NAME)\n"))
        }),
        deep("names-that-lead-to-names", || {
            let chain = |n: usize| format!("x{} = {}x{n}\n", n + 1, format!("x{n} or ").repeat(60));
            "x0 = os.environ.get('X')\n".to_owned() + &each(14, chain) + "DEBUG = x14\n"
        }),
        deep("parameters", || format!("def f({}): return os.environ[a1]\n", each(many(50_000), |n| format!("a{n}, ")))),
        deep("assignments", || each(many(100_000), |n| format!("a{n} = a{}\n", n + 1))),
        deep("assignments-in-a-factory", || {
            "def create_app():\n    a = Flask('a')\n".to_owned()
                + &"    b = a\n".repeat(many(50_000))
                + "    return b\n"
        }),
        deep("applications", || each(many(20_000), |n| format!("app{n} = Flask('a')\n"))),
        deep("imports", || each(many(50_000), |n| format!("from m{n} import a{n}\n"))),
        deep("imports-of-one-name", || "from m import a\n".repeat(many(80_000))),
        deep("relative-imports", || format!("from {}a import b\n", ".".repeat(1_000_000))),
        deep("conditions-on-paths", || "if request.path == '/health': return 1\n".repeat(many(30_000))),
        deep("loops-over-names", || each(many(3_000), |n| format!("for k in ('A{n}', 'B'): os.environ[k]\n"))),
        deep("not-utf-8-at-all", || "é".repeat(900_000)),
        Form::new("bytes-of-every-kind", |root| {
            write(root, "noise.py", (0..=255_u8).cycle().skip(1).take(1_500_000).collect::<Vec<_>>());
        }),
        Form::new("byte-order-marks", |root| write(root, "app.py", "\u{feff}".repeat(100_000) + HEAD)),
        Form::new("dense-modules", |root| {
            for file in 0..many(60) {
                write(root, &format!("m{file}.py"), "os.environ;".to_owned() + &"a=b;".repeat(170_000));
            }
        }),
    ]
}
