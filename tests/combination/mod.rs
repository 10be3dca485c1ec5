//! A random `app.toml` that is valid, made of one die for each section: 0 leaves the section out, so that proptest finds
//! the sections that a failure needs.

mod dice;
mod pods;
mod web;
mod work;

use std::fmt::Write as _;

use proptest::prelude::*;
use proptest::strategy::Union;

use dice::Dice;

/// Sections, in the order of their dice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    App,
    Image,
    Server,
    Probes,
    Config,
    Secrets,
    Resources,
    Scaling,
    Rollout,
    Expose,
    Migrations,
    Workers,
    Cron,
    Jobs,
    Services,
    Monitoring,
    Stateful,
    Volumes,
    Init,
    Sidecars,
    Rbac,
    Resilience,
    Security,
    Cluster,
    Ci,
}

/// Number of sections.
const SECTIONS: usize = Section::Ci as usize + 1;

/// A random `app.toml`, by its dice.
#[derive(Clone, Debug)]
pub(crate) struct Combination(Vec<u32>);

/// Random combinations; each section is left out in one of three.
pub(crate) fn combinations() -> impl Strategy<Value = Combination> {
    let die = Union::new_weighted(vec![(1, Just(0).boxed()), (2, (1..u32::MAX).boxed())]);
    proptest::collection::vec(die, SECTIONS).prop_map(Combination)
}

impl Combination {
    /// Whether the section is there.
    fn has(&self, section: Section) -> bool {
        self.0[section as usize] != 0
    }

    /// The die of a section, from its beginning.
    fn dice(&self, section: Section) -> Dice {
        Dice::new(self.0[section as usize])
    }

    /// The file.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        self.app(&mut text);
        self.web(&mut text);
        self.work(&mut text);
        self.pods(&mut text);
        self.surroundings(&mut text);
        text
    }

    /// The minor version of Kubernetes 1 that the manifests are for.
    fn kubernetes(&self) -> u64 {
        if self.has(Section::Cluster) { 32 + self.dice(Section::Cluster).below(6) } else { 35 }
    }

    fn surroundings(&self, text: &mut String) {
        if self.has(Section::Cluster) {
            let _ = writeln!(text, "[cluster]\nkubernetes = \"1.{}\"", self.kubernetes());
        }
        if self.has(Section::Ci) {
            let mut dice = self.dice(Section::Ci);
            text.push_str("[ci]\n");
            let deploy = dice.one(&["kubeconfig", "eks", "gke", "aks", "none"]);
            let _ = writeln!(text, "deploy = \"{deploy}\"");
            let _ = writeln!(text, "scan = \"{}\"", dice.one(&["grype", "trivy", "none"]));
            let _ = writeln!(text, "lint = \"{}\"", dice.one(&["ruff", "flake8", "none"]));
            if dice.flip() {
                text.push_str("env = { SECRET_KEY = \"test-only\" }\n");
            }
            // Two that an operator follows need folders of their own, which this file is alone without.
            let count = if deploy == "none" { dice.below(2) } else { dice.below(4) };
            for number in 0..count {
                let _ = writeln!(text, "[[ci.environments]]\nname = \"stage-{number}\"");
                if dice.flip() {
                    text.push_str("after = []\n");
                }
                if deploy != "none" && dice.flip() {
                    let _ = writeln!(text, "deploy = \"{}\"", dice.one(&["kubeconfig", "eks", "gke", "aks"]));
                }
            }
        }
    }
}
