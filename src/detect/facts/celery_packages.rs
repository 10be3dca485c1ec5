//! What Celery's Redis transport needs and the project's requirements leave out.

use crate::data::at_least;
use crate::detect::context::Context;
use crate::detect::manifest::Manifest;
use crate::detect::project::{Broker, Project};

/// The last kombu that works with redis-py of before 6.1, and that brings `packaging` itself.
const KOMBU: &str = "kombu==5.6.2";
/// What kombu 5.7 imports for Redis.
const PACKAGING: &str = "packaging==26.4";

pub(super) fn find(context: &Context<'_>, project: &mut Project) {
    if project.celery.is_none() || project.broker != Some(Broker::Redis) {
        return;
    }
    let Some((package, why)) = missing(&context.manifest) else { return };
    project.image_packages.push(package.to_owned());
    project.warnings.push(format!("{why}: [build] packages has {package}; pin it among the dependencies"));
}

/// The package that the image installs beside the requirements, and the reason; a lock file or a pin of kombu settles it.
/// Source: `Requires-Dist` of Celery 5.0 to 5.7 and of kombu 5.5 to 5.7, `kombu/transport/redis.py` of kombu 5.7, November 2026.
fn missing(manifest: &Manifest) -> Option<(&'static str, String)> {
    let celery = manifest.at_runtime("celery")?;
    let is_open = |name: &str| !manifest.pins.contains_key(name) && manifest.at_runtime(name).is_none();
    if !is_open("kombu") {
        return None;
    }
    let is_before = |name: &str, bound: &str| manifest.pins.get(name).is_some_and(|pin| !at_least(pin, bound));
    let has_extra = celery.extras.iter().any(|extra| extra == "redis");
    let pin = manifest.pins.get("celery");
    let is_newest = pin.is_none() && celery.takes_newest();
    let is_from = |bound: &str| pin.is_some_and(|pin| at_least(pin, bound));
    if is_from("5.0") && is_before("celery", "5.5") {
        let pin = pin.map_or("", String::as_str);
        return Some((
            KOMBU,
            format!("Celery {pin} takes kombu 5.7, whose Redis transport needs redis-py 6.1 and packaging"),
        ));
    }
    if is_from("5.6") && is_before("redis", "6.1") && is_before("celery", "5.7") {
        return Some((KOMBU, "kombu 5.7 needs redis-py 6.1 or newer for Redis".to_owned()));
    }
    let takes_new = is_newest || is_from("5.6");
    (takes_new && !has_extra && is_open("packaging"))
        .then(|| (PACKAGING, "kombu 5.7 imports packaging for Redis, which only `celery[redis]` installs".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::manifest::{Dependency, Section};

    fn of(lines: &str) -> Option<&'static str> {
        let mut manifest = Manifest::default();
        for line in lines.split(' ') {
            let (name, version) = line.split_once("==").unwrap_or((line, ""));
            let (name, extra) = name.split_once('[').unwrap_or((name, ""));
            let extras = extra.trim_end_matches(']').split(',').filter(|extra| !extra.is_empty());
            manifest.dependencies.push(Dependency {
                name: name.to_owned(),
                specifier: if version.is_empty() { String::new() } else { format!("=={version}") },
                extras: extras.map(str::to_owned).collect(),
                file: String::new(),
                line: 1,
                section: Section::Main,
            });
            if !version.is_empty() {
                manifest.pins.insert(name.to_owned(), version.to_owned());
            }
        }
        missing(&manifest).map(|(package, _)| package)
    }

    #[test]
    fn a_celery_whose_kombu_is_open_gets_one_that_starts() {
        assert_eq!(of("celery==5.4.0 redis==5.0.7"), Some(KOMBU));
        assert_eq!(of("celery[redis]==5.2.7"), Some(KOMBU));
        assert_eq!(of("celery==5.6.3 redis==5.2.1"), Some(KOMBU));
        assert_eq!(of("celery redis"), Some(PACKAGING));
        for lines in [
            "celery==5.4.0 redis==5.0.7 kombu==5.3.7",
            "celery==5.5.3 redis==5.2.1",
            "celery==4.4.7 redis==3.5.3",
            "celery[redis]",
            "celery redis packaging==26.0",
            "rq redis",
        ] {
            assert_eq!(of(lines), None, "{lines}");
        }
    }
}
