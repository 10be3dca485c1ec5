//! What `[workers]`, `[cron]`, `[jobs]` and what scales them refuse: the message, and both places where two keys disagree.

mod harness;

use harness::project::render_text;

/// A good `app.toml` that each case adds to.
const GOOD: &str = r#"[app]
name = "shop"
framework = "django"
entrypoint = "config.wsgi:application"
python = "3.13"
[image]
repository = "ghcr.io/acme/shop"
tag = "1.4.2"
"#;

/// Line of the first line of an addition.
const FIRST: usize = 9;

/// Everything that is wrong with `GOOD` and `addition`.
fn faults(addition: &str) -> String {
    render_text(&format!("{GOOD}{addition}")).map_or_else(|faults| faults.render(false), |_| String::new())
}

/// `addition` must be refused with `message`, and each of `lines` of it shown.
#[track_caller]
fn refused(addition: &str, message: &str, lines: &[usize]) {
    let text = faults(addition);
    assert!(text.contains(message), "{addition}\nwanted: {message}\ngot: {text}");
    for line in lines {
        let line = line + FIRST - 1;
        assert!(text.contains(&format!("{line} | ")) || text.contains(&format!(":{line}:")), "no line {line}:\n{text}");
    }
}

#[track_caller]
fn taken(addition: &str) {
    assert_eq!(faults(addition), "", "{addition}");
}

const BEAT: &str = "[workers.beat]\ncommand = \"celery -A config beat\"\n";
const WORKER: &str = "[workers.default]\ncommand = \"celery -A config worker -c 2\"\n";

#[test]
fn beat_runs_once() {
    taken(BEAT);
    taken(&format!("{BEAT}scaling = {{ replicas = 1 }}\n"));
    refused(&format!("{BEAT}scaling = {{ replicas = 2 }}\n"), "a second beat would schedule every task twice", &[2, 3]);
    refused(&format!("{BEAT}scaling = {{ max = 3 }}\n"), "a second beat would schedule every task twice", &[2, 3]);
    refused(&format!("{BEAT}singleton = false\n"), "a second beat would schedule every task twice", &[2, 3]);
    let inside = "[workers.both]\ncommand = \"celery -A config worker -B -c 1\"\nscaling = { replicas = 2 }\n";
    refused(inside, "a second beat would schedule every task twice", &[2, 3]);
}

#[test]
fn a_singleton_is_single() {
    let singleton = "[workers.one]\ncommand = \"python consume.py\"\nsingleton = true\n";
    taken(singleton);
    let scaled = format!("{singleton}scaling = {{ replicas = 2 }}\n");
    refused(&scaled, "`workers.one.scaling.replicas` contradicts `singleton`", &[3, 4]);
}

#[test]
fn one_autoscaler_scales() {
    let by_both = "scaling = { max = 4, cpu = 70, queue = \"redis\", address = \"r.example:6379\" }\n";
    refused(&format!("{WORKER}{by_both}"), "would be a second autoscaler next to KEDA's", &[3]);
    let on_lines = "[workers.default.scaling]\nmax = 4\ncpu = 70\nqueue = \"redis\"\naddress = \"r.example:6379\"\n";
    refused(&format!("{WORKER}{on_lines}"), "would be a second autoscaler next to KEDA's", &[5, 6]);
    refused(&format!("{WORKER}scaling = {{ min = 0, max = 2 }}\n"), "cannot be 0 without `queue`", &[3]);
    refused(&format!("{WORKER}scaling = {{ min = 3, max = 2 }}\n"), "is less than `workers.default.scaling.min`", &[3]);
    refused(&format!("{WORKER}scaling = {{ min = 3 }}\n"), "needs `max`", &[3]);
    refused(&format!("{WORKER}scaling = {{ replicas = 3, max = 4 }}\n"), "`replicas` means none", &[3]);
    refused(&format!("{WORKER}scaling = {{ length = 3 }}\n"), "needs `queue`", &[3]);
}

#[test]
fn a_queue_can_be_found() {
    let redis = "scaling = { max = 4, queue = \"redis\" }\n";
    refused(&format!("{WORKER}{redis}"), "it is not clear which Redis", &[3]);
    let rabbit = "scaling = { max = 4, queue = \"rabbitmq\" }\n";
    refused(&format!("{WORKER}{rabbit}"), "it is not clear which RabbitMQ", &[3]);
    taken(&format!("{WORKER}{rabbit}[secrets.env]\nCELERY_BROKER_URL = \"broker/url\"\n"));
    let unnamed = "[workers.x]\ncommand = \"rq worker high\"\nscaling = { max = 2, queue = \"redis\", address = \"r.example:6379\" }\n";
    refused(unnamed, "the queue's name cannot be read", &[2, 3]);
    let no_port = "scaling = { max = 4, queue = \"redis\", address = \"r.example\" }\n";
    refused(&format!("{WORKER}{no_port}"), "must be `host:port`", &[3]);
}

#[test]
fn processes_are_counted_by_somebody() {
    let uncounted = "[workers.default]\ncommand = \"celery -A config worker\"\n";
    taken(uncounted);
    refused(&format!("{uncounted}resources = {{ cpu-limit = false }}\n"), "a process for each core of the node", &[2]);
    let old = format!("{GOOD}{uncounted}").replace("3.13", "3.12");
    let text = render_text(&old).expect_err("is refused").render(false);
    assert!(text.contains("a process for each core of the node") && text.contains("5 | "), "{text}");
    assert!(text.contains("--concurrency"), "{text}");
}

#[test]
fn values_of_workers_are_checked() {
    refused("[workers.A_B]\ncommand = \"x\"\n", "`workers.A_B` must be a DNS label", &[1]);
    refused(&format!("[workers.{}]\ncommand = \"x\"\n", "a".repeat(60)), "is longer than 63 characters", &[1]);
    refused(&format!("{WORKER}heartbeat = \"/app/heartbeat\"\n"), "must be in `/tmp`", &[3]);
    taken(&format!("{WORKER}heartbeat = \"/tmp/alive\"\n"));
    refused(&format!("{WORKER}env = {{ API_TOKEN = \"abcdefgh\" }}\n"), "looks like a credential", &[3]);
    refused(
        &format!("{WORKER}resources = {{ memory = \"1GB\" }}\n"),
        "`workers.default.resources.memory` must be",
        &[3],
    );
    let request = "resources = { cpu = \"2\", cpu-limit = \"1\" }\n";
    refused(&format!("{WORKER}{request}"), "`workers.default.resources.cpu` asks for more than", &[3]);
}

#[test]
fn runs_are_checked() {
    let cron = |schedule: &str, rest: &str| format!("[cron.x]\nschedule = \"{schedule}\"\ncommand = \"a\"\n{rest}");
    taken(&cron("*/5 * * * mon-fri", "timezone = \"America/New_York\"\n"));
    refused(&cron("0 25 * * *", ""), "`cron.x.schedule` has a bad hour", &[2]);
    refused(&cron("0 3 * *", ""), "`cron.x.schedule` has 4 fields, not 5", &[2]);
    refused(&cron("0 3 * * *", "timezone = \"Europe/Berln\"\n"), "did you mean `Europe/Berlin`?", &[4]);
    refused(&cron("0 3 * * *", "timezone = \"Local\"\n"), "must be a time zone's IANA name", &[4]);
    refused("[jobs.x]\ncommand = \"a 'b\"\n", "`jobs.x.command` has a quote that is not closed", &[2]);
    refused(&format!("[cron.{}]\nschedule = \"@daily\"\ncommand = \"a\"\n", "a".repeat(50)), "longer than 52", &[1]);
}

#[test]
fn a_vertical_autoscaler_is_alone_with_its_resource() {
    let message = "the vertical autoscaler would change the cpu request that the other one measures by";
    refused("[scaling]\nmin = 2\nmax = 4\ncpu = 60\nvertical = \"auto\"\n", message, &[4, 5]);
    // The autoscaler by CPU is there by default, too.
    refused("[scaling]\nvertical = \"auto\"\n", message, &[1, 2]);
    let memory = "[scaling]\nmax = 4\nmemory = 60\nvertical = \"auto\"\n";
    refused(memory, "would change the memory request", &[3, 4]);
    taken("[scaling]\nvertical = \"recommend\"\n");
    taken("[scaling]\nreplicas = 3\nvertical = \"auto\"\n");
    taken("[scaling]\nmax = 4\nmetrics = [{ pods = \"hits\", average = 5 }]\nvertical = \"auto\"\n");
}

#[test]
fn metrics_say_what_they_measure() {
    let metric = |metric: &str| format!("[scaling]\nmax = 9\nmetrics = [{metric}]\n");
    taken(&metric("{ pods = \"hits\", average = \"500m\" }"));
    refused(&metric("{ average = 5 }"), "must name one metric", &[3]);
    refused(&metric("{ pods = \"a\", external = \"b\", average = 5 }"), "must name one metric", &[3]);
    refused(&metric("{ pods = \"hits\", value = 5 }"), "needs `average`", &[3]);
    refused(&metric("{ external = \"hits\" }"), "needs either `average`", &[3]);
    refused(&metric("{ external = \"hits\", average = 1, value = 5 }"), "needs either `average`", &[3]);
    refused(&metric("{ object = \"hits\", average = 1 }"), "needs `of`", &[3]);
    refused(&metric("{ pods = \"a b\", average = 1 }"), "must be the name of a metric", &[3]);
    refused("[scaling]\nscale-down-seconds = 5\nscale-down = { wait = 9 }\n", "is set twice", &[2, 3]);
    refused("[scaling]\nreplicas = 2\nscale-up = { pods = 9 }\n", "`scaling.replicas` means none", &[2, 3]);
}

#[test]
fn a_service_is_in_the_cluster_or_outside() {
    taken("[services.redis]\nkind = \"redis\"\n");
    let both = "[services.x]\nkind = \"redis\"\nexternal = \"x.example.com\"\n";
    refused(both, "cannot be in the cluster and outside", &[2, 3]);
    refused("[services.x]\n", "needs `kind`", &[1]);
    refused("[services.x]\nexternal = \"x.example.com\"\n", "needs `port`", &[1]);
    refused("[services.db]\nexternal = \"10.0.0.1\"\n", "must be a host name", &[2]);
    refused(
        "[services.db]\nexternal = \"x.example.com\"\nsize = \"1Gi\"\n",
        "has no meaning together with `external`",
        &[2, 3],
    );
    refused("[services.r]\nkind = \"redis\"\ndirect = true\n", "has no meaning together with `kind`", &[2, 3]);
    refused("[services.web]\nkind = \"redis\"\n", "has the name of a part of the application", &[1]);
    refused("[services.r]\nkind = \"redis\"\neviction = \"lru\"\n", "must be one of `noeviction`", &[3]);
    refused("[services.r]\nkind = \"redis\"\nsecret = \"hunter2\"\n", "must be `secret/key`", &[3]);
    refused("[services.r]\nkind = \"redis\"\nimage = \"redis\"\n", "must name a fixed tag or a digest", &[3]);
    let one = "[services.r]\nkind = \"redis\"\nenv = \"R\"\npassword-env = \"R\"\n";
    refused(one, "one variable cannot hold both", &[3, 4]);
    let two = format!("[services.a]\nkind = \"redis\"\n[services.b]\nkind = \"redis\"\n{WORKER}");
    let queue = format!("{two}scaling = {{ max = 4, queue = \"redis\" }}\n");
    refused(&queue, "it is not clear which Redis", &[7]);
    taken(&format!("{two}scaling = {{ max = 4, queue = \"redis\", service = \"b\" }}\n"));
}

#[test]
fn prometheus_can_connect_and_read() {
    let expose = "[expose]\nhost = \"a.example.com\"\nfrom-namespace = \"edge\"\n";
    refused(&format!("{expose}[monitoring]\n"), "Prometheus could not connect", &[3, 4]);
    taken(&format!("{expose}[monitoring]\nnamespace = \"monitoring\"\n"));
    taken(&format!("{expose}[monitoring]\nport = 9100\n"));
    refused("[monitoring]\ninterval = \"5s\"\n", "has no meaning for annotations", &[1, 2]);
    let stateful = "[stateful]\n[monitoring]\nscrape = \"service-monitor\"\n";
    refused(stateful, "a ServiceMonitor would find each replica twice", &[1, 3]);
    let server = "[server]\nkind = \"granian\"\n[monitoring]\nmultiprocess = true\n";
    refused(server, "only gunicorn reports the end of a process", &[2, 4]);
}

#[test]
fn servers_beside_the_tests_are_known_ones() {
    taken("[ci]\nservices = [\"postgresql\", \"redis:8.1\"]\n");
    refused("[ci]\nservices = [\"postgres\"]\n", "`ci.services` must be one of `postgresql`", &[2]);
    refused("[ci]\nservices = [\"mysql\", \"mariadb\"]\n", "uses a port that another service has", &[2]);
    refused("[ci]\nservices = [\"redis:latest\"]\n", "`ci.services` must name a version", &[2]);
}
