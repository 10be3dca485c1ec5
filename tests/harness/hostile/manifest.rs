//! Manifests, lock files and configuration of tools.

use super::{Form, each, many, write};

pub(super) fn forms() -> Vec<Form> {
    let pyproject = |name, text: fn() -> String| Form::file(name, "pyproject.toml", text);
    let requirements = |name, text: fn() -> String| Form::file(name, "requirements.txt", text);
    vec![
        pyproject("toml-arrays", || format!("a = {}{}\n", "[".repeat(500_000), "]".repeat(500_000))),
        pyproject("toml-tables", || format!("a = {}1{}\n", "{a=".repeat(300_000), "}".repeat(300_000))),
        pyproject("toml-dotted-key", || format!("{}a = 1\n", "a.".repeat(500_000))),
        pyproject("toml-headers", || each(many(100_000), |n| format!("[a{n}]\n"))),
        pyproject("toml-nested-headers", || format!("[{}a]\n", "a.".repeat(200_000))),
        pyproject("toml-garbage", || "= [ \" \n".repeat(200_000)),
        pyproject("toml-dependencies", || {
            format!("[project]\nname = 'a'\ndependencies = [{}]\n", each(100_000, |n| format!("'a{n}>=1',")))
        }),
        pyproject("toml-poetry-dependencies", || {
            format!(
                "[tool.poetry.dependencies]\n{}",
                each(60_000, |n| format!("a{n} = {{version = '1', optional = true}}\n"))
            )
        }),
        pyproject("toml-poetry-extras", || {
            format!(
                "[tool.poetry.extras]\n{}[tool.poetry.dependencies]\n{}",
                each(30_000, |n| format!("e{n} = ['a{n}']\n")),
                each(30_000, |n| format!("a{n} = {{version = '1', optional = true}}\n"))
            )
        }),
        pyproject("toml-group-web", || {
            let includes = each(200, |n| format!("{{include-group = 'g{n}'}}, "));
            format!("[dependency-groups]\n{}", each(200, |n| format!("g{n} = [{includes}'a{n}']\n")))
        }),
        Form::new("workspace-outside", |root| {
            write(root, "../outside/victim/pyproject.toml", "[project]\nname = \"name-from-outside\"\n");
            workspace(root, "\"../outside/*\", \"svc/../../outside/victim\", \"/etc/*\"");
        }),
        Form::new("workspace-that-multiplies", |root| workspace(root, &format!("\"{}*\"", "*/../".repeat(60)))),
        Form::new("workspace-of-many-patterns", |root| workspace(root, &"\"*\", \"*/*\", ".repeat(20_000))),
        requirements("requirements-many", || each(200_000, |n| format!("a{n}==1\n"))),
        requirements("requirements-eggs", || format!("+{}a\n", "#egg=+".repeat(300_000))),
        requirements("requirements-extras", || format!("flask[{}]\n", "a,".repeat(500_000))),
        requirements("requirements-continued", || "flask \\\n".repeat(200_000)),
        requirements("requirements-of-itself", || {
            "-r requirements.txt\n-r ./requirements.txt\n-r a/../requirements.txt\n".repeat(many(30_000))
        }),
        requirements("requirements-outside", || {
            "-r /etc/passwd\n-r ../../../../../etc/passwd\n-c /dev/zero\n-r /proc/self/environ\nflask\n".to_owned()
        }),
        Form::new("requirements-chain", |root| {
            write(root, "requirements.txt", "-r r/0.txt\n");
            (0..1_000).for_each(|n| write(root, &format!("r/{n}.txt"), format!("-r {}.txt\na{n}\n", n + 1)));
        }),
        Form::new("requirements-web", |root| {
            let all = each(300, |n| format!("-r requirements-a{n}.txt\n"));
            (0..300).for_each(|n| write(root, &format!("requirements-a{n}.txt"), all.clone() + "flask\n"));
        }),
        Form::new("requirements-bomb", |root| {
            write(root, "requirements.txt", "-r l0.txt\n");
            (0..16).for_each(|n| {
                let next = each(20, |at| format!("-r x{at}/../l{}.txt\n", n + 1));
                write(root, &format!("l{n}.txt"), next + "flask\n");
            });
        }),
        Form::file("pipfile-lock-nesting", "Pipfile.lock", || "{\"a\":".repeat(300_000)),
        Form::file("pipfile-tables", "Pipfile", || {
            format!("[packages]\n{}", each(60_000, |n| format!("a{n} = '*'\n")))
        }),
        Form::file("setup-cfg-sections", "setup.cfg", || {
            each(100_000, |n| format!("[a{n}]\n")) + "[options]\ninstall_requires =\n" + &"  flask\n".repeat(100_000)
        }),
        Form::file("setup-py-nesting", "setup.py", || {
            format!("setup(install_requires={}1{})\n", "[".repeat(100_000), "]".repeat(100_000))
        }),
        Form::file("setup-py-many", "setup.py", || {
            format!("setup(install_requires=[{}])\n", each(80_000, |n| format!("'a{n}',")))
        }),
        Form::new("setup-py-without-end", |root| write(root, "setup.py", "setup(\n".repeat(150))),
        Form::file("conda-nesting", "environment.yml", || "{a: ".repeat(100_000)),
        Form::file("conda-many", "environment.yml", || {
            "dependencies:\n".to_owned() + &each(80_000, |n| format!("- a{n}=1\n"))
        }),
        Form::file("python-versions", ".python-version", || "3.13\n".repeat(300_000)),
        Form::file("lock-of-many", "uv.lock", || each(50_000, |n| format!("name = \"a{n}\"\nversion = \"1\"\n"))),
        Form::new("manifests-everywhere", |root| {
            (0..many(3_000)).for_each(|n| {
                write(root, &format!("svc{n}/pyproject.toml"), "[project]\nname='a'\ndependencies=['flask']\n");
            });
        }),
    ]
}

fn workspace(root: &std::path::Path, members: &str) {
    let head = "[project]\nname = \"root\"\nversion = \"1\"\n[tool.uv.sources]\nsvc = { workspace = true }\n";
    write(root, "pyproject.toml", format!("{head}[tool.uv.workspace]\nmembers = [\"svc\", {members}]\n"));
    write(root, "uv.lock", "version = 1\n");
    write(root, "svc/pyproject.toml", "[project]\nname = \"svc\"\nversion = \"1\"\ndependencies = [\"flask\"]\n");
    write(root, "svc/app.py", "from flask import Flask\napp = Flask(__name__)\n");
    for folder in ["p1", "p2", "p3", "p4"] {
        write(root, &format!("{folder}/x.txt"), "");
    }
}
