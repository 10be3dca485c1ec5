//! Workers, runs, servers and their metrics.

use std::fmt::Write as _;

use super::dice::Dice;
use super::{Combination, Section};

impl Combination {
    pub(super) fn work(&self, text: &mut String) {
        self.services(text);
        self.workers(text);
        self.runs(text);
        self.monitoring(text);
    }

    fn has_redis(&self) -> bool {
        self.has(Section::Services)
    }

    fn services(&self, text: &mut String) {
        if !self.has(Section::Services) {
            return;
        }
        let mut dice = self.dice(Section::Services);
        text.push_str("[services.redis]\nkind = \"redis\"\n");
        if dice.flip() {
            let _ = writeln!(text, "size = \"{}Gi\"\neviction = \"allkeys-lru\"", dice.between(1, 9));
        }
        if dice.flip() {
            text.push_str(
                "image = \"docker.io/library/redis:8.2.1\"\nsecret = \"cache/password\"\npassword-in-url = false\n",
            );
        }
        if dice.flip() {
            text.push_str("resources = { memory = \"1Gi\", cpu = \"200m\" }\ndatabase = 2\n");
        }
        if dice.flip() {
            text.push_str("[services.db]\nexternal = \"db.example.com\"\n");
        }
        if dice.flip() {
            text.push_str(
                "[services.mail]\nexternal = \"smtp.example.com\"\nport = 587\ndirect = true\nenv = \"MAIL\"\n",
            );
        }
    }

    fn workers(&self, text: &mut String) {
        if !self.has(Section::Workers) {
            return;
        }
        let mut dice = self.dice(Section::Workers);
        for index in 0..dice.between(1, 3) {
            let _ = writeln!(text, "[workers.w{index}]");
            match dice.below(5) {
                0 => text.push_str("command = \"celery -A shop beat\"\n"),
                1 => text.push_str("command = \"python listen.py\"\nsingleton = true\n"),
                2 => {
                    text.push_str("command = \"rq worker\"\n");
                    self.worker_scaling(text, &mut dice, "redis");
                }
                3 => {
                    text.push_str("command = \"dramatiq shop.tasks -p 2\"\n");
                    self.worker_scaling(text, &mut dice, "rabbitmq");
                }
                _ => {
                    let _ = writeln!(text, "command = \"celery -A shop worker -c {} -Q a,b\"", dice.between(1, 8));
                    self.worker_scaling(text, &mut dice, "redis");
                }
            }
            if dice.flip() {
                let _ = writeln!(text, "heartbeat = {}", dice.one(&["true", "\"/tmp/alive\""]));
            }
            if dice.flip() {
                text.push_str(
                    "env = { LOG_LEVEL = \"DEBUG\" }\nresources = { memory = \"2Gi\" }\ngrace-seconds = 600\n",
                );
            }
        }
    }

    fn worker_scaling(&self, text: &mut String, dice: &mut Dice, queue: &str) {
        match dice.below(5) {
            0 => {
                let _ = writeln!(text, "scaling = {{ replicas = {} }}", dice.between(1, 5));
            }
            1 => {
                let min = dice.between(1, 3);
                let _ = writeln!(text, "scaling = {{ min = {min}, max = {}, cpu = 70 }}", min + dice.between(1, 5));
            }
            2 => text.push_str("scaling = { min = 1, max = 9, metrics = [{ external = \"waiting\", average = 5 }] }\n"),
            3 => {
                let place = match queue {
                    "redis" if !self.has_redis() => {
                        ", address = \"cache.example.com:6379\", secret = \"cache/password\""
                    }
                    _ => "",
                };
                let min = dice.below(3);
                let max = min + dice.between(1, 5);
                let _ =
                    writeln!(text, "scaling = {{ min = {min}, max = {max}, queue = \"{queue}\"{place}, length = 7 }}");
            }
            _ => {}
        }
    }

    fn runs(&self, text: &mut String) {
        if self.has(Section::Cron) {
            let mut dice = self.dice(Section::Cron);
            let _ = writeln!(text, "[cron.nightly]\nschedule = \"{} {} * * *\"", dice.below(60), dice.below(24));
            text.push_str("command = \"python -m shop.clean\"\n");
            let _ = writeln!(text, "timezone = \"{}\"", dice.one(&["Europe/Berlin", "Asia/Kolkata", "Etc/UTC"]));
            let _ = writeln!(text, "concurrency = \"{}\"", dice.one(&["forbid", "replace", "allow"]));
            if dice.flip() {
                text.push_str("[cron.weekly]\nschedule = \"@weekly\"\ncommand = \"a | b\"\nsuspend = true\n");
            }
        }
        if self.has(Section::Jobs) {
            let mut dice = self.dice(Section::Jobs);
            let _ = writeln!(text, "[jobs.import]\ncommand = \"python -m shop.import\"\nretries = {}", dice.below(4));
        }
    }

    fn monitoring(&self, text: &mut String) {
        if !self.has(Section::Monitoring) {
            return;
        }
        let mut dice = self.dice(Section::Monitoring);
        text.push_str("[monitoring]\n");
        if dice.flip() {
            text.push_str("port = 9100\n");
        }
        if self.is_exposed_by_namespace() || dice.flip() {
            text.push_str("namespace = \"monitoring\"\n");
        }
        let scrapes: &[&str] = if self.has(Section::Stateful) {
            &["annotations", "pod-monitor"]
        } else {
            &["annotations", "pod-monitor", "service-monitor"]
        };
        let scrape = dice.one(scrapes);
        let _ = writeln!(text, "scrape = \"{scrape}\"");
        if scrape != "annotations" && dice.flip() {
            text.push_str("interval = \"1m\"\nlabels = { release = \"prometheus\" }\n");
        }
        if self.has_gunicorn() && dice.flip() {
            text.push_str("multiprocess = true\n");
        }
    }
}
