//! What a text that was refused was probably meant to be.

use std::str::FromStr;

/// A small change of a text: of layout, of case, of what is around the value.
type Change = fn(&str) -> String;

/// The usual slips, the smallest change first.
const CHANGES: [Change; 11] = [
    |text| text.split_whitespace().collect(),
    |text| text.to_lowercase(),
    |text| format!("/{text}"),
    |text| text.trim_start_matches("./").trim_start_matches('/').to_owned(),
    |text| text.trim_end_matches('/').to_owned(),
    // A length of time without its unit.
    |text| format!("{text}s"),
    // `v1.36`, and a version with its patch release.
    |text| text.trim_start_matches('v').splitn(3, '.').take(2).collect::<Vec<_>>().join("."),
    // The file of a module, and `module.attribute`.
    |text| text.replace(".py:", ":").replace('/', "."),
    |text| text.rsplit_once('.').map_or_else(String::new, |(module, attribute)| format!("{module}:{attribute}")),
    // An address, of which the host is wanted.
    |text| {
        let behind = text.split_once("://").map_or(text, |(_, rest)| rest);
        behind.split(['/', ':', '?']).next().unwrap_or_default().to_lowercase()
    },
    |text| words(&text.to_lowercase()).join("-"),
];

/// `text` after the first of the usual slips was put right, when it is a `T` then.
pub(super) fn repaired<T: FromStr>(text: &str) -> Option<String> {
    let changed = CHANGES.iter().map(|change| change(text.trim()));
    let variable = || words(text).join("_");
    changed.chain(std::iter::once_with(variable)).find(|changed| changed != text && changed.parse::<T>().is_ok())
}

/// Runs of letters and digits.
fn words(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::value::{
        DnsLabel, Duration, EntryPoint, EnvName, FilePath, HostName, ImageRepository, KubernetesVersion, PythonVersion,
        Quantity, RoutePath,
    };
    use super::*;

    #[test]
    fn usual_slips_are_put_right() {
        for (found, meant) in [
            (repaired::<DnsLabel>("My Shop_1"), "my-shop-1"),
            (repaired::<DnsLabel>("Shop"), "shop"),
            (repaired::<EnvName>("my-name"), "my_name"),
            (repaired::<HostName>("https://Shop.example.com:8443/a"), "shop.example.com"),
            (repaired::<Quantity>("1 Gi"), "1Gi"),
            (repaired::<Duration>("30"), "30s"),
            (repaired::<RoutePath>("livez"), "/livez"),
            (repaired::<FilePath>("./requirements.txt"), "requirements.txt"),
            (repaired::<PythonVersion>("3.13.2"), "3.13"),
            (repaired::<KubernetesVersion>("v1.36"), "1.36"),
            (repaired::<EntryPoint>("config/wsgi.py:application"), "config.wsgi:application"),
            (repaired::<EntryPoint>("config.wsgi.application"), "config.wsgi:application"),
            (repaired::<ImageRepository>("ghcr.io/Acme/Shop"), "ghcr.io/acme/shop"),
        ] {
            assert_eq!(found.as_deref(), Some(meant));
        }
        assert_eq!(repaired::<DnsLabel>("***"), None);
        assert_eq!(repaired::<Quantity>("much"), None);
    }
}
