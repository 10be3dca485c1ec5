//! Looks at a rendered tree the way the cluster, the builder and the runner will: what no linter sees.
//!
//! ```text
//! FileSet ──tree──▶ Tree (texts, documents, objects of each folder, workloads) ──rules──▶ Vec<Finding>
//! ```
//!
//! Linters and schema validators read one object at a time; they pass a Service that selects nothing, a quantity that
//! no API server parses, an autoscaler whose target is gone. Each rule here is one file in `rule`, with a sample that
//! passes and samples that fail. `render` runs [`check`] before a byte is written: a finding about our own templates
//! is our own bug, a finding about a patched object is the user's.

mod code;
mod first_deployment;
#[cfg(test)]
mod fixture;
mod provided;
mod rule;
mod serving;
mod tree;

use std::fmt;

pub use code::{against_code, unread_code};

use crate::file_set::FileSet;
use rule::RULES;
use tree::Tree;

/// What a finding means for whoever applies the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The API server, the kubelet, the builder or the runner would refuse it, or it cannot work.
    Fault,
    /// It would be accepted and run, and an expert would still not sign it.
    Policy,
}

/// One thing that is wrong with a rendered tree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// Which rule found it, a name in kebab case.
    pub rule: &'static str,
    /// The file that it is in, relative to the target directory.
    pub path: String,
    /// The object that it is about as `Kind/name`; empty for a text that holds no object.
    pub object: String,
    /// What is wrong: lower case, values between backticks, no full stop.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, path, object, message, .. } = self;
        if object.is_empty() {
            write!(f, "{path}: {message} [{rule}]")
        } else {
            write!(f, "{path}: {object}: {message} [{rule}]")
        }
    }
}

/// Everything that is wrong with `files`, sorted: faults before policy, then by rule and place.
pub fn check(files: &FileSet) -> Vec<Finding> {
    let mut findings = Vec::new();
    let tree = Tree::new(files, &mut findings);
    for rule in RULES {
        rule.run(&tree, &mut findings);
    }
    findings.sort();
    findings.dedup();
    findings
}

#[cfg(test)]
mod tests {
    use super::fixture::Sample;
    use super::*;

    #[test]
    fn the_good_sample_has_no_finding() {
        let findings = Sample::good().findings();
        assert!(findings.is_empty(), "{findings:#?}");
    }

    #[test]
    fn an_empty_set_has_no_finding() {
        assert_eq!(check(&FileSet::new()), []);
    }

    #[test]
    fn a_finding_names_file_object_and_rule() {
        let finding = Finding {
            level: Level::Fault,
            rule: "services",
            path: "k8s/service.yaml".into(),
            object: "Service/shop".into(),
            message: "selects no pod".into(),
        };
        assert_eq!(finding.to_string(), "k8s/service.yaml: Service/shop: selects no pod [services]");
    }

    #[test]
    fn rule_names_are_unique_and_sorted() {
        let names: Vec<_> = RULES.iter().map(|rule| rule.name).collect();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(names, sorted);
    }

    use proptest::prelude::*;

    use crate::property_cases::property_cases;

    /// Pieces of the languages that rules read, to be put where they do not belong.
    const PIECES: [&str; 16] =
        ["{", "[", "\"", "'", "|", "&a", "*a", "é", "\u{2028}", "${", "$(", ": ", "- ", "@sha256:", "/", "--- x"];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(property_cases(256)))]

        #[test]
        fn no_text_makes_a_rule_panic(file in 0..32_usize, line in 0..200_usize, column in 0..80_usize, piece in 0..PIECES.len(), text in "\\PC{0,8}") {
            let sample = Sample::good().damage(file, line, column, &format!("{}{text}", PIECES[piece]));
            // What it finds is another matter.
            let _ = sample.findings();
        }
    }
}
