//! `[[patches]]`: the last word over a rendered object.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

/// A merge patch over one rendered object; `pykube adopt` writes them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct PatchSection {
    /// The object that is patched.
    pub target: PatchTarget,
    /// What differs, as a table or as YAML text. Lists are merged by the key of their items (containers and variables
    /// by name, ports by number); `{ "$patch" = "delete" }`, or null in YAML, removes a field or an item.
    pub patch: PatchBody,
}

/// Which object a patch is for.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct PatchTarget {
    /// Kind of the object: `Deployment`.
    pub kind: String,
    /// Its name; the hash behind the name of a ConfigMap or Job is left out.
    pub name: String,
}

/// The patch itself.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum PatchBody {
    /// As TOML.
    Table(Map<String, Value>),
    /// As YAML text.
    Text(String),
}
