//! Versions that a bot bumped in a committed file are read back, and kept by the next render.
//!
//! Dependabot and Renovate change the commit of an action, or the tag and digest of an image, in files that pykube
//! renders. Such a change is nobody's hand edit: it is taken over as long as it is whole (every place that names the
//! action or the image agrees), stays the same sort of pin (a commit with its version behind it, the same variant of
//! the tag), and is newer than what pykube would write. Anything else is an edit like any other.

mod images;
mod scan;
mod version;

use std::collections::{BTreeMap, BTreeSet};

use crate::file_set::RelativePath;

use scan::{Pin, PinKind, scan};
use version::{is_bump, is_newer};

/// One file of three ages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ThreeVersions<'a> {
    pub(crate) path: &'a RelativePath,
    /// What pykube rendered last.
    pub(crate) base: &'a str,
    pub(crate) current: &'a str,
    /// What is rendered now.
    pub(crate) rendered: &'a str,
}

/// The pins that are kept, by the name of what they pin.
#[derive(Debug, Default)]
pub(crate) struct KeptPins {
    bumps: BTreeMap<(PinKind, String), Bump>,
    /// `images` of kustomizations, which pykube writes none of.
    images: BTreeMap<RelativePath, String>,
}

#[derive(Debug)]
struct Bump {
    /// As pykube wrote it.
    base: Pin,
    /// As the bot wrote it.
    current: Pin,
}

/// What was bumped in `files`, which are all that pykube wrote and that are there.
pub(crate) fn read_back(files: &[ThreeVersions<'_>]) -> KeptPins {
    let all = |text: &dyn Fn(&ThreeVersions<'_>) -> String| {
        let mut pins: BTreeMap<(PinKind, String), BTreeSet<Pin>> = BTreeMap::new();
        for file in files {
            let text = text(file);
            for found in scan(file.path, &text) {
                pins.entry((found.sort, found.name)).or_default().insert(found.pin);
            }
        }
        pins
    };
    let base = all(&|file| file.base.to_owned());
    let current = all(&|file| file.current.to_owned());
    let rendered = all(&|file| file.rendered.to_owned());
    let mut bumps = BTreeMap::new();
    for (key, new) in rendered {
        let one = |pins: &BTreeMap<(PinKind, String), BTreeSet<Pin>>| {
            pins.get(&key).filter(|pins| pins.len() == 1).and_then(|pins| pins.first()).cloned()
        };
        let (Some(base), Some(current)) = (one(&base), one(&current)) else { continue };
        let Some(new) = new.first().filter(|_| new.len() == 1) else { continue };
        let unchanged = *new == base;
        let wins = unchanged || (key.0 != PinKind::Manifest && is_newer(&current, new));
        if current != base && is_bump(key.0, &key.1, &base, &current) && wins {
            bumps.insert(key, Bump { base, current });
        }
    }
    KeptPins { bumps, images: files.iter().filter_map(images_of_the_pipeline).collect() }
}

/// The `images` that are there and were not rendered.
fn images_of_the_pipeline(file: &ThreeVersions<'_>) -> Option<(RelativePath, String)> {
    let there = images::block(file.path, file.current)?;
    let is_rendered = [file.base, file.rendered].iter().any(|text| images::block(file.path, text).is_some());
    (!is_rendered).then(|| (file.path.clone(), file.current[there].to_owned()))
}

impl KeptPins {
    /// A rendered text with the bumps in it.
    pub(crate) fn apply(&self, path: &RelativePath, text: &str) -> String {
        let mut text = self.rewrite(path, text, |bump, _| Some(&bump.current));
        if let Some(images) = self.images.get(path) {
            text.push_str(images);
        }
        text
    }

    /// A text that is there with the bumps taken out of it, for the comparison with what pykube wrote.
    pub(crate) fn undo(&self, path: &RelativePath, text: &str) -> String {
        let place = images::block(path, text)
            .filter(|place| self.images.get(path).is_some_and(|of| *of == text[place.clone()]));
        let (before, after) = place.map_or((text, ""), |place| (&text[..place.start], &text[place.end..]));
        let text = format!("{before}{after}");
        self.rewrite(path, &text, |bump, pin| (bump.current == *pin).then_some(&bump.base))
    }

    fn rewrite(
        &self,
        path: &RelativePath,
        text: &str,
        wanted: impl for<'b> Fn(&'b Bump, &Pin) -> Option<&'b Pin>,
    ) -> String {
        if self.bumps.is_empty() {
            return text.to_owned();
        }
        let mut written = String::with_capacity(text.len());
        let mut at = 0;
        for found in scan(path, text) {
            let bump = self.bumps.get(&(found.sort, found.name));
            if let Some(pin) = bump.and_then(|bump| wanted(bump, &found.pin)) {
                written.push_str(&text[at..found.place.start]);
                written.push_str(&pin.to_text(found.sort));
                at = found.place.end;
            }
        }
        written.push_str(&text[at..]);
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "3d3c42e5aac5ba805825da76410c181273ba90b1";
    const NEW: &str = "5fda3b95a4ea91299a34e894583c3862153e4b97";
    const NEWEST: &str = "27d5ce7f107fe9357f9df03efb73ab90386fccae";

    fn workflow(pin: &str) -> String {
        format!(
            "jobs:\n  a:\n    steps:\n      - uses: actions/checkout@{pin}\n      - name: x\n        uses: actions/checkout@{pin}\n"
        )
    }

    /// What the next render writes, given what was written, what is there and what is rendered.
    fn next(path: &str, base: &str, current: &str, rendered: &str) -> String {
        let path = RelativePath::new(path).unwrap();
        let kept = read_back(&[ThreeVersions { path: &path, base, current, rendered }]);
        kept.apply(&path, rendered)
    }

    fn next_workflow(base: &str, current: &str, rendered: &str) -> String {
        next(".github/workflows/deploy.yml", &workflow(base), current, &workflow(rendered))
    }

    #[test]
    fn a_whole_bump_of_an_action_is_kept() {
        let (old, new) = (format!("{OLD} # v7.0.1"), format!("{NEW} # v7.1.0"));
        let bumped = workflow(&new);
        assert_eq!(next_workflow(&old, &bumped, &old), bumped);
    }

    #[test]
    fn a_half_bump_or_a_foreign_change_is_not() {
        let (old, new) = (format!("{OLD} # v7.0.1"), format!("{NEW} # v7.1.0"));
        let half = workflow(&old).replacen(&old, &new, 1);
        for current in [
            half,
            workflow(&format!("{NEW} # v7.0.1")),
            workflow(&format!("{OLD} # v7.1.0")),
            workflow("v7.1.0"),
            workflow("main"),
            workflow(&new).replace("actions/checkout", "evil/checkout"),
        ] {
            assert_eq!(next_workflow(&old, &current, &old), workflow(&old), "{current}");
        }
    }

    #[test]
    fn the_newer_of_bot_and_pykube_wins() {
        let (old, new) = (format!("{OLD} # v7.0.1"), format!("{NEW} # v7.1.0"));
        let newest = format!("{NEWEST} # v8.0.0");
        assert_eq!(next_workflow(&old, &workflow(&new), &newest), workflow(&newest));
        assert_eq!(next_workflow(&old, &workflow(&newest), &new), workflow(&newest));
    }

    fn dockerfile(tag: &str) -> String {
        format!(
            "FROM docker.io/library/python:{tag} AS build\nCOPY --from=ghcr.io/astral-sh/uv:0.9.5 /uv /bin/\nFROM docker.io/library/python:{tag} AS runtime\nCOPY --from=build /app /app\n"
        )
    }

    fn next_image(base: &str, current: &str, rendered: &str) -> String {
        next("Dockerfile", &dockerfile(base), &dockerfile(current), &dockerfile(rendered))
    }

    #[test]
    fn a_digest_or_a_patch_release_of_the_base_image_is_kept() {
        let digest = format!("@sha256:{}", "a".repeat(64));
        let pinned = format!("3.13-slim-trixie{digest}");
        assert_eq!(next_image("3.13-slim-trixie", &pinned, "3.13-slim-trixie"), dockerfile(&pinned));
        assert_eq!(next_image("3.13.1-slim", "3.13.2-slim", "3.13.1-slim"), dockerfile("3.13.2-slim"));
        let uv = |version: &str| dockerfile("3.13-slim").replace("0.9.5", version);
        assert_eq!(next("Dockerfile", &uv("0.9.5"), &uv("0.10.0"), &uv("0.9.5")), uv("0.10.0"));
    }

    #[test]
    fn another_python_another_variant_or_a_stale_digest_is_not() {
        let digest = |c: &str| format!("@sha256:{}", c.repeat(64));
        for (base, current) in [
            ("3.13-slim".to_owned(), "3.14-slim".to_owned()),
            ("3.13-slim".to_owned(), "3.13-alpine".to_owned()),
            ("3.13.1-slim".to_owned(), "latest".to_owned()),
            (format!("3.13.1-slim{}", digest("a")), format!("3.13.2-slim{}", digest("a"))),
            (format!("3.13.1-slim{}", digest("a")), "3.13.2-slim".to_owned()),
        ] {
            assert_eq!(next_image(&base, &current, &base), dockerfile(&base), "{current}");
        }
    }

    #[test]
    fn an_image_that_the_pipeline_wrote_into_a_manifest_is_kept_until_app_toml_names_another() {
        let manifest = |tag: &str| {
            format!(
                "kind: Deployment\nspec:\n  containers:\n    - image: ghcr.io/acme/shop:{tag}\n    - image: \"ghcr.io/acme/shop:{tag}\"\n"
            )
        };
        let next = |base: &str, current: &str, rendered: &str| {
            next("k8s/a.yaml", &manifest(base), &manifest(current), &manifest(rendered))
        };
        assert_eq!(next("1.4.2", "git-abc123", "1.4.2"), manifest("git-abc123"));
        assert_eq!(next("1.4.2", "1.6.0", "1.5.0"), manifest("1.5.0"));
        assert_eq!(next("1.4.2", "latest", "1.4.2"), manifest("1.4.2"));
    }

    #[test]
    fn the_digest_that_the_pipeline_wrote_into_a_kustomization_is_kept() {
        let base = "kind: Kustomization\nresources:\n  - a.yaml\n";
        let images = "images:\n- digest: sha256:1\n  name: ghcr.io/acme/shop\n  newName: ghcr.io/acme/shop\n";
        let current = format!("kind: Kustomization\nresources:\n- a.yaml\n{images}");
        let rendered = "kind: Kustomization\nresources:\n  - a.yaml\n  - b.yaml\n";
        assert_eq!(next("k8s/kustomization.yaml", base, &current, rendered), format!("{rendered}{images}"));
        let edited = format!("{current}namePrefix: x-\n");
        let path = RelativePath::new("k8s/kustomization.yaml").unwrap();
        let kept = read_back(&[ThreeVersions { path: &path, base, current: &edited, rendered }]);
        assert!(kept.undo(&path, &edited).ends_with("namePrefix: x-\n"), "an edit beside it stays one");
    }
}
