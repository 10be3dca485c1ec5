//! `[rollout.blue-green]`: the web workload once, or once for each colour.

use std::collections::BTreeMap;

use super::super::component::Component;
use super::super::value::Tag;
use super::faults::{Faults, constant};
use super::image::Image;
use super::names::Names;
use crate::config::defaults;
use crate::config::section::{Colour, Config, MigrationRun, RolloutStrategy};
use crate::kube::grammar::name::label_value;

/// Label that tells the two versions of a blue-green rollout apart.
const COLOUR: &str = "colour";

/// The web workload: the only one, or one of the two colours.
#[derive(Clone, Debug)]
pub(super) struct WebVariant {
    pub(super) component: Component,
    /// The image instead of the application's.
    pub(super) image: Option<Image>,
    /// The version, where two run side by side.
    version: Option<String>,
    /// Whether requests from outside go to it.
    pub(super) live: bool,
}

impl WebVariant {
    /// The name of a file of its, without folder and ending.
    pub(super) fn file(&self, name: &str) -> String {
        match &self.component {
            Component::WebColour(colour) => format!("{name}-{}", colour.word()),
            _ => name.to_owned(),
        }
    }

    /// Labels of its selector.
    pub(super) fn match_labels(&self, names: &Names) -> BTreeMap<String, String> {
        let mut labels = names.match_labels(&self.component);
        if let Component::WebColour(colour) = self.component {
            labels.insert(COLOUR.to_owned(), colour.word().to_owned());
        }
        labels
    }

    /// Labels of its pods.
    pub(super) fn labels(&self, names: &Names) -> BTreeMap<String, String> {
        let mut labels = names.labels(&self.component);
        labels.extend(self.match_labels(names));
        let version = self.version.as_ref().filter(|version| is_label_value(version));
        labels.extend(version.map(|version| ("app.kubernetes.io/version".to_owned(), version.clone())));
        labels
    }
}

/// The web workload, once or once for each colour; `is_asked` says that the image is one of the call.
pub(super) fn resolve(config: &Config, is_asked: bool, image: &Image, faults: &mut Faults<'_>) -> Vec<WebVariant> {
    let Some(section) = &config.rollout.blue_green else {
        if config.rollout.strategy == RolloutStrategy::BlueGreen {
            faults.refuse(&["rollout", "strategy"], "needs `[rollout.blue-green]` with `live`, `blue` and `green`");
        }
        return vec![WebVariant { component: Component::Web, image: None, version: None, live: true }];
    };
    keys_fit_blue_green(config, faults);
    let tags = [("blue", &section.blue), ("green", &section.green)];
    let [blue, green] = tags.map(|(key, tag)| faults.parse::<Tag>(tag, &["rollout", "blue-green", key]));
    if let (Some(blue), Some(green)) = (&blue, &green) {
        tag_is_of_a_colour(config, is_asked, blue, green, faults);
    }
    let variants = [(Colour::Blue, blue), (Colour::Green, green)].into_iter().map(|(colour, tag)| {
        let tag = tag.unwrap_or_else(|| constant(defaults::image::TAG));
        let live = colour == section.live;
        let tagged = Image {
            reference: format!("{}:{tag}", image.repository),
            repository: image.repository.clone(),
            by_digest: false,
        };
        // The image of a call is a new one: it takes the place of the version that nobody sees.
        let image = if is_asked && !live { image.clone() } else { tagged };
        let component = Component::WebColour(colour);
        WebVariant { component, image: Some(image), version: Some(tag.to_string()), live }
    });
    variants.collect()
}

fn keys_fit_blue_green(config: &Config, faults: &mut Faults<'_>) {
    let place = ["rollout", "blue-green"];
    if config.rollout.strategy != RolloutStrategy::BlueGreen {
        let strategy = ["rollout", "strategy"];
        let other: &[&str] = if faults.has(&strategy) { &strategy } else { &["rollout"] };
        let help = "[rollout] strategy = \"blue-green\"";
        faults.contradiction("`rollout.blue-green` is not used by this strategy", (&place, ""), (other, ""), help);
    }
    if config.migrations.run == MigrationRun::InitContainer {
        let message = "an init container would migrate the database for the old version as well";
        let run = ["migrations", "run"];
        let help = "run = \"job\": once, with the image of [image] tag";
        faults.contradiction(message, (&run, "in every pod"), (&["rollout", "strategy"], "two versions"), help);
    }
    if config.stateful.is_some() {
        let message = "a StatefulSet cannot be rolled out blue-green: the new version would have other volumes";
        let strategy: &[&str] = &["rollout", "strategy"];
        let help = "leave one of the two out; data that both versions need belongs in a database";
        faults.contradiction(message, (&["stateful"], "a StatefulSet"), (strategy, "two versions side by side"), help);
    }
}

/// Migrations and workers run one version, which must be one of the two.
fn tag_is_of_a_colour(config: &Config, is_asked: bool, blue: &Tag, green: &Tag, faults: &mut Faults<'_>) {
    let place = ["image", "tag"];
    let tag = config.image.tag.as_deref();
    if is_asked || tag == Some(blue.as_ref()) || tag == Some(green.as_ref()) {
        return;
    }
    let help = "the newer of the two: migrations run with it before requests reach it";
    if tag.is_none() {
        faults.refuse(&["rollout", "blue-green"], &format!("needs [image] tag = \"{blue}\" or \"{green}\": {help}"));
    } else {
        let message = format!("`image.tag` is neither the blue version `{blue}` nor the green one `{green}`");
        faults.contradiction(&message, (&place, "runs the migrations"), (&["rollout", "blue-green"], ""), help);
    }
}

/// Whether `text` can be the value of a label; tags of images may be longer.
/// Source: <https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set>
fn is_label_value(text: &str) -> bool {
    !text.is_empty() && label_value(text).is_ok()
}
