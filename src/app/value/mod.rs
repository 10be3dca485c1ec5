//! Values that cannot be bad: each type takes only text that Kubernetes, Docker or Python takes.
//!
//! Every `FromStr` error is a clause that can follow the name of the key: ``must be …``.

mod command;
mod duration;
mod entry_point;
mod env_name;
mod image_reference;
mod mount_path;
mod name;
mod package;
mod python_version;
mod quantity;
mod schedule;

pub use command::{Command, escape_kubelet};
pub use duration::Duration;
pub use entry_point::EntryPoint;
pub use env_name::EnvName;
pub use image_reference::{Digest, ImageReference, ImageRepository, Tag};
pub use mount_path::MountPath;
pub use name::{DnsLabel, HostName, PortName, SecretKey, SecretName};
pub use package::{DebianPackage, ExtraName, FilePath, PinnedRequirement, RoutePath, UrlPath};
pub use python_version::{KubernetesVersion, PythonVersion};
pub use quantity::Quantity;
pub use schedule::{Schedule, TimeZone};

/// Gives a type that wraps checked text its `Display`, `AsRef<str>` and `Serialize`.
macro_rules! checked_text {
    ($name:ident) => {
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
