//! Every fault of `app.toml` has one clear message with its place, exit code 2, and nothing is written.

mod harness;

use harness::project::Project;

/// A good `app.toml` that each case changes.
const GOOD: &str = r#"[app]
name = "shop"
framework = "django"
entrypoint = "config.wsgi:application"

[image]
repository = "ghcr.io/acme/shop"
tag = "1.4.2"
"#;

/// The message for `bytes` as `app.toml`; asserts what holds for every fault.
fn fault(bytes: Option<&[u8]>, arguments: &[&str]) -> String {
    let project = Project::empty();
    if let Some(bytes) = bytes {
        project.write("app.toml", bytes);
    }
    let run = project.run(&[&["render"], arguments].concat()).code(2);
    assert_eq!(run.out, "", "talk belongs on standard error");
    let leftovers = std::fs::read_dir(project.root()).expect("folder").map(|entry| entry.expect("entry").file_name());
    assert_eq!(leftovers.filter(|name| name != "app.toml").count(), 0, "{}", run.err);
    assert!(run.err.len() < 4_000, "a message of {} bytes", run.err.len());
    run.err
}

/// `GOOD` with `addition` at its end must fail with `message` at `place`.
fn added(addition: &str, message: &str, place: &str) {
    let text = fault(Some(format!("{GOOD}{addition}").as_bytes()), &[]);
    assert!(text.contains(&format!("error: {message}")), "{addition}\nwanted: {message}\n{text}");
    assert!(text.contains(&format!("--> app.toml:{place}\n")), "{addition}\nwanted: {place}\n{text}");
}

/// `GOOD` with `from` replaced must fail with `message` at `place`.
fn replaced(from: &str, to: &str, message: &str, place: &str) {
    assert!(GOOD.contains(from));
    let text = fault(Some(GOOD.replace(from, to).as_bytes()), &[]);
    assert!(text.contains(&format!("error: {message}")), "{to}\nwanted: {message}\n{text}");
    assert!(text.contains(&format!("--> app.toml:{place}\n")), "{to}\nwanted: {place}\n{text}");
}

#[test]
fn the_good_file_is_good() {
    Project::new(GOOD).run(&["render"]).code(0);
    let below = format!("{GOOD}[config]\nALLOWED_HOSTS = \".acme.dev\"\n[probes]\nhost = \"acme.dev\"\n");
    Project::new(&below).run(&["render"]).code(0);
}

#[test]
fn files_that_are_none() {
    assert!(fault(None, &[]).contains("error: no app.toml in this folder or above"));
    assert!(fault(None, &[]).contains("help: `pykube init` writes one"));
    assert!(fault(Some(b""), &[]).contains("error: app.toml is empty"));
    assert!(fault(Some(b"# only a comment\n"), &[]).contains("error: app.toml is empty"));
    assert!(fault(Some(b"[app]\nname = \"sh\xffop\"\n"), &[]).contains("error: app.toml:2:11: app.toml is not UTF-8"));
    let nonsense = "nonsense ".repeat(10 << 17);
    let text = fault(Some(nonsense.as_bytes()), &[]);
    assert!(text.contains("`app.toml` is 12 MiB; the limit is 1 MiB"), "{text}");
    let text = fault(Some("nonsense ".repeat(1 << 15).as_bytes()), &[]);
    assert!(text.contains("--> app.toml:1:"), "{text}");
    let text = fault(Some(b"[app\nname = 1"), &[]);
    assert!(text.contains("--> app.toml:1:5"), "{text}");
}

#[test]
fn keys_and_types() {
    added("[probes]\nlivenes = \"/x\"\n", "unknown key `livenes`", "10:1");
    assert!(
        fault(Some(format!("{GOOD}[probes]\nlivenes = \"/x\"").as_bytes()), &[]).contains("did you mean `liveness`?")
    );
    added("[zzz]\nx = 1\n", "unknown key `zzz`", "9:2");
    added("[server]\nzzz = 1\n", "unknown key `zzz`", "10:1");
    replaced("name = \"shop\"\n", "", "`app` needs the key `name`", "1:2");
    replaced(
        "[image]\nrepository = \"ghcr.io/acme/shop\"\ntag = \"1.4.2\"\n",
        "",
        "the section `[image]` is missing",
        "1:1",
    );
    replaced("\"shop\"", "7", "`app.name` takes a string, not a whole number", "2:8");
    replaced("\"django\"", "\"djnago\"", "`app.framework` cannot be `djnago`", "3:13");
    added("[server]\nworkers = \"2\"\n", "`server.workers` takes a whole number, not a string", "10:11");
    added("[config]\nDEBUG = false\n", "`config.DEBUG` takes a string, not `true` or `false`", "10:9");
    added("[build]\nsteps = \"x\"\n", "`build.steps` takes a list, not a string", "10:9");
    added("[server]\nworkers = 0\n", "`server.workers` must be between 1 and 64", "10:11");
    added("[server]\nworkers = 99999999999999999999\n", "`server.workers` must be between 1 and 64", "10:11");
    replaced("[image]", "port = 70000\n[image]", "`app.port` must be between 1 and 65535", "6:8");
    added("[app]\nx = 1\n", "duplicate key", "9:2");
}

#[test]
#[allow(clippy::too_many_lines, reason = "a table of cases")]
fn values() {
    replaced("\"shop\"", "\"My_Shop\"", "`app.name` must be a DNS label", "2:8");
    let long = format!("\"{}\"", "a".repeat(41));
    replaced("\"shop\"", &long, "`app.name` must be at most 40 characters", "2:8");
    replaced("config.wsgi:application", "config.wsgi", "`app.entrypoint` must be `package.module:attribute`", "4:14");
    replaced("ghcr.io/acme/shop", "ghcr.io/Acme/shop", "`image.repository` must be a repository such as", "7:14");
    replaced("ghcr.io/acme/shop", "ghcr.io/acme/shop:1", "`image.repository` must be a repository without tag", "7:14");
    // What a runtime refuses is refused where it is written.
    replaced("ghcr.io/acme/shop", "acme/a-_b", "`image.repository` must be a repository such as", "7:14");
    replaced("1.4.2", "latest", "`image.tag` must name a version", "8:7");
    replaced("1.4.2", "a b", "`image.tag` must be a tag", "8:7");
    replaced("[image]", "python = \"3.13.1\"\n[image]", "`app.python` must be a minor version", "6:10");
    replaced(
        "[image]",
        "namespace = \"kube-system\"\n[image]",
        "`app.namespace` must be a dedicated namespace",
        "6:13",
    );
    replaced("[image]", "dir = \"../x\"\n[image]", "`app.dir` leaves the directory of app.toml", "6:7");
    added("base-digest = \"sha256:1\"\n", "`image.base-digest` must be `sha256:`", "9:15");
    added("debian = \"bookworm\"\n", "`image.debian` must be `trixie`", "9:10");
    added(
        "[resources]\nmemory = \"512MB\"\n",
        "`resources.memory` must be a quantity such as `500m` or `512Mi`; did you mean `512Mi`?",
        "10:10",
    );
    added("[resources]\ncpu = \"0\"\n", "`resources.cpu` must be more than zero", "10:7");
    added("[cluster]\nkubernetes = \"1.20\"\n", "`cluster.kubernetes` must be `1.32` to `1.37`", "10:14");
    added("[probes]\nliveness = \"livez\"\n", "`probes.liveness` must be a path that begins with `/`", "10:12");
    added("[probes]\nhost = \"https://x\"\n", "`probes.host` must be a host name", "10:8");
    added("[expose]\nhost = \"a.example.com/x\"\n", "`expose.host` must be a host name", "10:8");
    added(
        "[build]\nsystem = [\"libpq5\", \"rm -rf\"]\n",
        "`build.system` must be the name of a Debian package",
        "10:21",
    );
    added("[build]\ngroups = [\"a b\"]\n", "`build.groups` must be a name of letters", "10:11");
    added("[build]\npackages = [\"gunicorn\"]\n", "`build.packages` must be a package pinned to one version", "10:13");
    added("[build]\nlock = \"../uv.lock\"\n", "`build.lock` leaves the directory of app.toml", "10:8");
    added("[build]\nsteps = [\"a\\nb\"]\n", "`build.steps` must be one line", "10:10");
    added("[build]\nsteps = [\"cat <<EOF\"]\n", "`build.steps` holds `<<`", "10:10");
    added("[build]\nsteps = [\"echo 'a\"]\n", "`build.steps` has a quote that is not closed", "10:10");
    added(
        "[build]\nindex = { url = \"https://u:p@x.example/simple\", secret = \"netrc\" }\n",
        "`build.index.url` must not hold credentials",
        "10:17",
    );
    added(
        "[build]\nindex = { url = \"ftp://x\", secret = \"netrc\" }\n",
        "`build.index.url` must be an http or https URL",
        "10:17",
    );
    added("[config]\n\"A-B\" = \"x\"\n", "`config.A-B` must be the name of an environment variable", "10:9");
    added("[config]\nA = \"a\\u0000b\"\n", "`config.A` holds a control character", "10:5");
    added("[secrets.env]\n\"1A\" = \"s/k\"\n", "`secrets.env.1A` must be the name of an environment variable", "10:8");
    added("[secrets.env]\nA = \"S/k\"\n", "`secrets.env.A` is not `secret/key`", "10:1");
    added("[security]\negress = [\"db.example.com\"]\n", "`security.egress` must be `host:port`", "10:11");
    added("[security]\negress = [\"DB:5432\"]\n", "`security.egress` must be a host name", "10:11");
    added("[security]\nwritable = [\"/tmp\"]\n", "`security.writable` is writable already", "10:13");
    added("[rollout]\nmax-surge = \"200%\"\n", "`rollout.max-surge` must be a number, or a percentage", "10:13");
    added("[migrations]\ncommand = \"\"\n", "`migrations.command` must not be empty", "10:11");
    added("[ci]\nbranch = \"a b\"\n", "`ci.branch` must be a name of letters", "10:10");
    added("[ci.env]\nA = \"${{ secrets.X }}\"\n", "`ci.env.A` holds `${{`", "10:5");
    added(
        "[expose]\nhost = \"a.example\"\nannotations = { \"a b\" = \"x\" }\n",
        "`expose.annotations.a b` must be the key of an annotation",
        "11:25",
    );
    added(
        "[expose]\nhost = \"a.example\"\nannotations = { \"n.io/server-snippet\" = \"x\" }\n",
        "`expose.annotations.n.io/server-snippet` lets an annotation",
        "11:41",
    );
}

#[test]
fn contradictions_show_both_places() {
    let both = |addition: &str, message: &str, places: [&str; 2]| {
        let text = fault(Some(format!("{GOOD}{addition}").as_bytes()), &[]);
        assert!(text.contains(message), "wanted: {message}\n{text}");
        for place in places {
            assert!(text.contains(&format!("{place} | ")), "{place} is not shown:\n{text}");
        }
        assert!(text.contains("help: "), "{text}");
    };
    both("[scaling]\nreplicas = 2\nmin = 1\n", "`scaling.min` is for an autoscaler", ["10", "11"]);
    both("[scaling]\nmin = 5\nmax = 3\n", "`scaling.max` is less than `scaling.min`", ["10", "11"]);
    both(
        "[scaling]\nreplicas = 3\n[rollout]\nstrategy = \"recreate\"\n",
        "`recreate` stops every replica",
        ["10", "12"],
    );
    both("[rollout]\nmax-surge = 0\nmax-unavailable = 0\n", "a rollout could not replace a single pod", ["10", "11"]);
    both(
        "[scaling]\nreplicas = 1\n[rollout]\nstrategy = \"recreate\"\nmax-surge = 1\n",
        "`rollout.max-surge` has no meaning for `recreate`",
        ["12", "13"],
    );
    both("[server]\nkind = \"uvicorn\"\n", "server and interface do not fit", ["3", "10"]);
    both(
        "[server]\ncommand = \"x\"\nworkers = 2\n",
        "`server.workers` is not used together with `server.command`",
        ["10", "11"],
    );
    both("[config]\nA = \"1\"\n[secrets.env]\nA = \"s/k\"\n", "`A` is set twice", ["10", "12"]);
    both("[resources]\ncpu = \"2\"\ncpu-limit = \"1\"\n", "`resources.cpu` asks for more than", ["10", "11"]);
    both(
        "[resources]\nmemory = \"1Gi\"\nmemory-request = \"2Gi\"\n",
        "`resources.memory-request` asks for more than",
        ["10", "11"],
    );
    both(
        "[probes]\nliveness = { path = \"/x\", timeout = 9, period = 5 }\n",
        "`probes.liveness` waits longer than its period",
        ["10", "10"],
    );
    both("[expose]\nkind = \"none\"\ntls = \"x\"\n", "`expose.tls` has no meaning here", ["10", "11"]);
    both(
        "[config]\nALLOWED_HOSTS = \"a.example\"\n[probes]\nhost = \"b.example\"\n",
        "Django would answer 400 to every probe",
        ["10", "12"],
    );
    both(
        "implementation = \"pypy\"\n",
        "PyPy speaks Python 3.11 only",
        ["2", "9"].map(|line| if line == "2" { "9" } else { line }),
    );
}

#[test]
fn keys_that_need_others() {
    added("[expose]\nkind = \"ingress\"\n", "`expose.kind` needs `host`", "10:8");
    added("[expose]\nkind = \"gateway\"\nhost = \"a.example\"\n", "`expose.kind` needs `class`", "10:8");
    added("[migrations]\ndeadline = 100\n", "`migrations.deadline` needs `command`", "10:12");
    added("[build.env]\nA = \"x\"\n", "`build.env.A` is for `steps` only", "10:5");
    added(
        "[security]\nnetwork-policy = false\negress = [\"a.example:1\"]\n",
        "`security.egress` needs a NetworkPolicy",
        "11:1",
    );
    added("[build]\nmanager = \"uv\"\nhashes = true\n", "`build.hashes` is for pip", "11:10");
    added("[build]\nmanager = \"conda\"\ninstall-project = true\n", "`build.install-project` is for pip", "11:19");
    let namespace = "namespace = { quota = { pods = 5 } }\n[image]";
    replaced("[image]", namespace, "`app.namespace.quota` needs `create = true`", "6:15");
    replaced(
        "[image]",
        "namespace = { create = true, quota = {} }\n[image]",
        "`app.namespace.quota` must name",
        "6:30",
    );
}

#[test]
fn credentials_are_refused_and_not_repeated() {
    for (addition, key) in [
        ("[config]\nSECRET_KEY = \"hunter2-hunter2\"\n", "config.SECRET_KEY"),
        ("[config]\nX = \"postgres://u:hunter2@db/x\"\n", "config.X"),
        ("[build]\nsteps = [\"true\"]\n[build.env]\nX = \"postgres://u:hunter2@db/x\"\n", "build.env.X"),
    ] {
        let text = fault(Some(format!("{GOOD}{addition}").as_bytes()), &[]);
        assert!(text.contains(&format!("`{key}` looks like a credential")), "{text}");
    }
    // A value pasted where its place belongs is not a reference; its key is named and not itself.
    let text = fault(Some(format!("{GOOD}[secrets.env]\nA = \"hunter2\"\n").as_bytes()), &[]);
    assert!(text.contains("`secrets.env.A` must be `secret/key`"), "{text}");
}

#[test]
fn all_faults_are_told_in_one_run() {
    let text = fault(
        Some(
            format!("{GOOD}[scaling]\nmin = 5\nmax = 3\n[resources]\nmemory = \"x\"\n[cluster]\nkubernetes = \"2\"\n")
                .as_bytes(),
        ),
        &[],
    );
    assert_eq!(text.matches("error: ").count(), 3, "{text}");
    let text = fault(Some(format!("{GOOD}[zzz]\n[yyy]\n[server]\nworkers = \"x\"\n").as_bytes()), &[]);
    assert_eq!(text.matches("error: ").count(), 3, "{text}");
}

#[test]
fn the_image_of_the_call_is_checked() {
    for (image, message) in [
        ("ghcr.io/acme/shop", "must name a tag or a digest"),
        ("ghcr.io/acme/shop:latest", "must name a version"),
        ("ghcr.io/acme/shop@sha256:1", "must be `sha256:`"),
        ("Ghcr.io/X:1", "must be a repository"),
    ] {
        let text = fault(Some(GOOD.as_bytes()), &["--image", image]);
        assert!(text.contains(&format!("error: `--image {image}` {message}")), "{text}");
    }
}
