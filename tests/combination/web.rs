//! The application, its server and what scales and exposes it.

use std::fmt::Write as _;

use super::{Combination, Section};

/// The database pool, the settings and the like: any text will do.
const CONFIG: [(&str, &str); 6] = [
    ("LOG_LEVEL", "INFO"),
    ("FEATURES", "yes: no, \\\"on\\\" #1"),
    ("PRICE", "1e3"),
    ("TEMPLATE", "$(HOME) {{ x }} %"),
    ("ALLOWED_HOSTS", "shop.example.com,localhost"),
    ("NAME", "Zoë 😀"),
];

impl Combination {
    fn framework(&self) -> &'static str {
        self.dice(Section::App).one(&["django", "flask", "fastapi"])
    }

    fn is_wsgi(&self) -> bool {
        self.framework() != "fastapi"
    }

    /// Whether two versions run side by side.
    pub(super) fn is_blue_green(&self) -> bool {
        self.has(Section::Rollout) && !self.has(Section::Stateful) && self.dice(Section::Rollout).below(4) == 0
    }

    /// Whether all pods go at once.
    fn is_recreated(&self) -> bool {
        self.has(Section::Rollout)
            && !self.has(Section::Stateful)
            && !self.is_blue_green()
            && self.dice(Section::Rollout).below(5) == 1
    }

    /// The one number of replicas, when it is fixed.
    fn replicas(&self) -> Option<u64> {
        if self.is_recreated() {
            return Some(1);
        }
        if !self.has(Section::Scaling) {
            return None;
        }
        let mut dice = self.dice(Section::Scaling);
        dice.flip().then(|| dice.between(1, 4))
    }

    pub(super) fn is_exposed_by_namespace(&self) -> bool {
        self.has(Section::Expose) && self.dice(Section::Expose).below(3) == 0
    }

    pub(super) fn app(&self, text: &mut String) {
        let framework = self.framework();
        let mut dice = self.dice(Section::App);
        dice.below(3);
        let _ = writeln!(text, "[app]\nname = \"{}\"", dice.one(&["shop", "a", "orders-api", "s1"]));
        let _ = writeln!(text, "framework = \"{framework}\"\nentrypoint = \"shop.main:app\"");
        let _ = writeln!(text, "python = \"3.{}\"", dice.between(11, 15));
        if dice.flip() {
            let _ = writeln!(text, "port = {}", dice.one(&[80, 5000, 8080, 9000]));
        }
        let quota = "quota = { cpu = \"4000\", memory = \"8Ti\", pods = 9000 }, limits = { cpu = \"100m\", memory = \"128Mi\" }";
        match dice.below(3) {
            0 => text.push_str("namespace = \"retail\"\n"),
            1 => {
                let _ = writeln!(text, "namespace = {{ create = true, {quota} }}");
            }
            _ => {}
        }
        let mut dice = self.dice(Section::Image);
        let tag = if self.is_blue_green() { "1.4.2" } else { dice.one(&["1.4.2", "2026.11", "v3", "0.1.0-rc.1"]) };
        let _ = writeln!(text, "[image]\nrepository = \"ghcr.io/acme/shop\"\ntag = \"{tag}\"");
    }

    pub(super) fn web(&self, text: &mut String) {
        self.server(text);
        self.probes(text);
        self.environment(text);
        self.resources(text);
        self.scaling(text);
        self.rollout(text);
        self.expose(text);
        if self.has(Section::Migrations) {
            let mut dice = self.dice(Section::Migrations);
            let _ = writeln!(
                text,
                "[migrations]\ncommand = \"{}\"",
                dice.one(&["python -m shop.migrate", "alembic upgrade head && echo $?"])
            );
            let run = if self.is_blue_green() { "job" } else { dice.one(&["job", "init-container", "none"]) };
            let _ = writeln!(text, "run = \"{run}\"");
        }
    }

    /// The server, which decides whether processes may share their metrics.
    pub(super) fn has_gunicorn(&self) -> bool {
        if !self.is_wsgi() {
            return false;
        }
        !self.has(Section::Server) || self.dice(Section::Server).below(3) != 0
    }

    fn server(&self, text: &mut String) {
        if !self.has(Section::Server) {
            return;
        }
        let mut dice = self.dice(Section::Server);
        dice.below(3);
        let kind = match (self.is_wsgi(), self.has_gunicorn()) {
            (true, true) => "gunicorn",
            (true, false) => dice.one(&["granian", "uwsgi", "hypercorn"]),
            (false, _) => dice.one(&["uvicorn", "granian", "hypercorn"]),
        };
        let _ = writeln!(text, "[server]\nkind = \"{kind}\"\nworkers = {}", dice.between(1, 4));
        if self.is_wsgi() {
            let _ = writeln!(text, "threads = {}", dice.between(1, 16));
        }
        let _ = writeln!(text, "graceful-timeout = {}", dice.between(5, 120));
    }

    fn probes(&self, text: &mut String) {
        if !self.has(Section::Probes) {
            return;
        }
        let mut dice = self.dice(Section::Probes);
        text.push_str("[probes]\n");
        if dice.flip() {
            text.push_str("liveness = \"/livez\"\n");
        }
        if dice.flip() {
            let _ =
                writeln!(text, "readiness = {{ path = \"/readyz\", period = {}, timeout = 4 }}", dice.between(4, 20));
        }
        if dice.flip() {
            let _ = writeln!(text, "startup = {{ seconds = {} }}", dice.between(30, 300));
        }
    }

    fn environment(&self, text: &mut String) {
        if self.has(Section::Config) {
            let mut dice = self.dice(Section::Config);
            text.push_str("[config]\n");
            for (name, value) in CONFIG.iter().filter(|_| dice.flip()) {
                let _ = writeln!(text, "{name} = \"{value}\"");
            }
        }
        let mut dice = self.dice(Section::Secrets);
        if self.has(Section::Secrets) && dice.flip() {
            text.push_str("[secrets]\nprovider = \"external-secrets\"\nstore = \"vault\"\n");
        }
        // The broker is needed by workers that follow a queue of RabbitMQ.
        text.push_str("[secrets.env]\nCELERY_BROKER_URL = \"broker/url\"\n");
        if self.has(Section::Secrets) {
            text.push_str("SECRET_KEY = \"shop/secret-key\"\n");
            if dice.flip() {
                text.push_str("[secrets.files]\n\"/etc/shop/key.pem\" = \"shop-tls/tls.key\"\n");
            }
        }
    }

    fn resources(&self, text: &mut String) {
        if !self.has(Section::Resources) {
            return;
        }
        let mut dice = self.dice(Section::Resources);
        let _ = writeln!(text, "[resources]\ncpu = \"{}\"", dice.one(&["100m", "0.5", "1"]));
        let _ = writeln!(text, "memory = \"{}\"", dice.one(&["256Mi", "1Gi", "1.5Gi"]));
        if dice.flip() {
            text.push_str("memory-request = \"200Mi\"\n");
        }
        if dice.flip() {
            let _ = writeln!(text, "cpu-limit = {}", dice.one(&["\"2\"", "\"1500m\"", "true"]));
        }
    }

    fn scaling(&self, text: &mut String) {
        let mut dice = self.dice(Section::Scaling);
        let fixed = self.replicas();
        if !self.has(Section::Scaling) && fixed.is_none() {
            return;
        }
        text.push_str("[scaling]\n");
        if let Some(replicas) = fixed {
            let _ = writeln!(text, "replicas = {replicas}");
            let _ = writeln!(text, "vertical = \"{}\"", dice.one(&["off", "recommend", "auto"]));
            return;
        }
        dice.below(2);
        let min = dice.between(1, 5);
        let _ = writeln!(text, "min = {min}\nmax = {}", min + dice.between(1, 10));
        let by_own_only = dice.flip();
        if !by_own_only {
            let _ = writeln!(text, "cpu = {}", dice.between(40, 90));
            if dice.flip() {
                text.push_str("memory = 85\n");
            }
        }
        if by_own_only || dice.flip() {
            let metric = dice.one(&[
                "{ pods = \"http_requests_per_second\", average = \"100\" }",
                "{ external = \"queue_length\", selector = { queue = \"a\" }, value = 30 }",
                "{ object = \"hits\", of = { api-version = \"v1\", kind = \"Service\", name = \"shop-web\" }, average = \"500m\" }",
            ]);
            let _ = writeln!(text, "metrics = [{metric}]");
        }
        if dice.flip() {
            let _ = writeln!(text, "scale-up = {{ percent = {}, period = 15 }}", dice.between(10, 200));
        }
        if dice.flip() {
            let _ = writeln!(text, "scale-down = {{ pods = {}, wait = 120 }}", dice.between(1, 5));
        }
        let vertical =
            if by_own_only { dice.one(&["off", "recommend", "auto"]) } else { dice.one(&["off", "recommend"]) };
        let _ = writeln!(text, "vertical = \"{vertical}\"");
    }

    fn rollout(&self, text: &mut String) {
        if !self.has(Section::Rollout) {
            return;
        }
        let mut dice = self.dice(Section::Rollout);
        dice.below(5);
        let _ = writeln!(text, "[rollout]\ndrain-seconds = {}", dice.between(0, 30));
        if self.is_blue_green() {
            let live = dice.one(&["blue", "green"]);
            text.push_str("strategy = \"blue-green\"\n");
            let _ = writeln!(text, "blue-green = {{ live = \"{live}\", blue = \"1.4.2\", green = \"1.5.0\" }}");
        } else if self.is_recreated() {
            text.push_str("strategy = \"recreate\"\n");
        } else if !self.has(Section::Stateful) {
            let _ = writeln!(text, "max-surge = \"{}%\"\nmax-unavailable = {}", dice.between(1, 100), dice.below(2));
        }
    }

    fn expose(&self, text: &mut String) {
        if !self.has(Section::Expose) {
            return;
        }
        let mut dice = self.dice(Section::Expose);
        dice.below(3);
        text.push_str("[expose]\n");
        let from = if self.is_exposed_by_namespace() { "from-namespace = \"edge\"\n" } else { "" };
        match dice.below(4) {
            0 => {
                let _ = write!(
                    text,
                    "kind = \"gateway\"\nhost = \"shop.example.com\"\nclass = \"edge/public\"\ntimeout = 30\n{from}"
                );
            }
            1 => {
                let _ = write!(text, "kind = \"load-balancer\"\n{from}");
            }
            2 => {
                let _ = write!(
                    text,
                    "host = \"shop.example.com\"\naliases = [\"www.shop.example.com\"]\ntls = \"shop-tls\"\n{from}"
                );
            }
            _ => {
                let _ = write!(
                    text,
                    "host = \"shop.example.com\"\nissuer = \"letsencrypt\"\nclass = \"traefik\"\npath = \"/api\"\n{from}"
                );
            }
        }
        if self.framework() == "django" {
            // The probes ask for that host, so Django must know it: `ALLOWED_HOSTS` above does, or is not there.
            text.push('\n');
        }
    }
}
