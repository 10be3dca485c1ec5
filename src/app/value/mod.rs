//! Values that cannot be bad: each type takes only text that Kubernetes, Docker or Python takes.
//!
//! Every `FromStr` error is a clause that can follow the name of the key: ``must be …``.

mod command;
mod duration;
mod entry_point;
mod image_reference;
mod mount_path;
mod name;
mod package;
mod python_version;
mod quantity;
mod schedule;

pub(crate) use command::{Command, escape_kubelet};
pub(crate) use duration::Duration;
pub(crate) use entry_point::EntryPoint;
pub(crate) use image_reference::{Digest, ImageReference, ImageRepository, Tag};
pub(crate) use mount_path::MountPath;
pub(crate) use name::{DnsLabel, EnvName, HostName, HostPattern, ObjectName, PortName, SecretKey};
pub(crate) use package::{
    DebianPackage, ExtraName, FilePath, PinnedRequirement, Release, RoutePath, UrlPath, WorkerClass,
};
pub(crate) use python_version::{KubernetesVersion, PythonVersion};
pub(crate) use quantity::Quantity;
pub(crate) use schedule::{Schedule, TimeZone};

/// Makes a type that holds checked text: with a predicate and the clause for what does not meet it, or with a function
/// that gives the text to keep, or its own clause.
macro_rules! checked_text {
    ($(#[$about:meta])* $name:ident, $holds:expr, $clause:literal) => {
        checked_text!($(#[$about])* $name, |text| {
            let holds: fn(&str) -> bool = $holds;
            if holds(text) { Ok(text.to_owned()) } else { Err($clause.to_owned()) }
        });
    };
    ($(#[$about:meta])* $name:ident, $check:expr) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) struct $name(String);

        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                let check: fn(&str) -> Result<String, String> = $check;
                check(text).map(Self)
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
    };
}
use checked_text;
