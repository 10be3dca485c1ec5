//! What the pods have around the application.

use std::fmt::Write as _;

use super::{Combination, Section};

impl Combination {
    #[allow(clippy::too_many_lines, reason = "a table of cases")]
    pub(super) fn pods(&self, text: &mut String) {
        if self.has(Section::Stateful) {
            let mut dice = self.dice(Section::Stateful);
            let _ = writeln!(text, "[stateful]\nordered = {}", dice.flip());
            text.push_str("volumes = { data = { mount = \"/app/data\", size = \"1Gi\" } }\n");
        }
        if self.has(Section::Volumes) {
            let mut dice = self.dice(Section::Volumes);
            text.push_str("[volumes.media]\nmount = \"/app/media\"\nsize = \"10Gi\"\naccess = \"ReadWriteMany\"\n");
            if self.has(Section::Cron) && dice.flip() {
                text.push_str("on = [\"web\", \"cron-nightly\"]\n");
            }
            if dice.flip() {
                let _ = writeln!(
                    text,
                    "[volumes.cache]\nmount = \"/app/cache\"\nkind = \"empty-dir\"\nmemory = {}",
                    dice.flip()
                );
            }
            if dice.flip() {
                text.push_str("[volumes.certs]\nmount = \"/etc/certs\"\nsecret = \"certs\"\n");
            }
        }
        if self.has(Section::Init) {
            let mut dice = self.dice(Section::Init);
            text.push_str("[init.wait]\ncommand = \"python -m shop.wait\"\n");
            if dice.flip() {
                text.push_str("image = \"docker.io/library/busybox:1.37\"\n");
            }
            if self.has(Section::Workers) && dice.flip() {
                text.push_str("on = [\"web\", \"worker-w0\"]\n");
            }
        }
        if self.has(Section::Sidecars) {
            let mut dice = self.dice(Section::Sidecars);
            text.push_str("[sidecars.proxy]\nimage = \"ghcr.io/acme/proxy:2.1\"\n");
            if dice.flip() {
                text.push_str("ports = { admin = 9901 }\nhealth = { path = \"/ready\", port = \"admin\" }\n");
            }
            if self.has(Section::Workers) && dice.flip() {
                text.push_str("on = [\"web\", \"worker-w0\"]\n");
            } else if self.has(Section::Jobs) && self.kubernetes() >= 33 && dice.flip() {
                text.push_str("on = [\"job-import\"]\n");
            }
        }
        if self.has(Section::Rbac) {
            let mut dice = self.dice(Section::Rbac);
            text.push_str("[[rbac]]\nresources = [\"configmaps\"]\nverbs = [\"get\", \"list\"]\n");
            if self.has(Section::Workers) && dice.flip() {
                text.push_str("on = [\"worker-w0\"]\n");
            }
        }
        if self.has(Section::Resilience) {
            let mut dice = self.dice(Section::Resilience);
            text.push_str("[resilience]\nmesh = \"istio\"\n[resilience.calls.payments]\nhost = \"pay.example.com\"\n");
            let _ = writeln!(text, "failures = {}", dice.between(1, 9));
        }
        if self.has(Section::Security) {
            let mut dice = self.dice(Section::Security);
            text.push_str("[security]\n");
            match dice.below(3) {
                0 => text.push_str("network-policy = false\n"),
                1 => text.push_str("egress = [\"db.example.com:5432\", \"10.1.0.0/16:9092\"]\n"),
                _ => {}
            }
            if dice.flip() {
                let _ = writeln!(text, "user = {}", dice.between(10_001, 60_000));
            }
            if dice.flip() {
                text.push_str("writable = [\"var\", \"/srv/spool\"]\n");
            }
        }
    }
}
