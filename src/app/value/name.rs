//! Names of objects, hosts and Secret keys.

use std::str::FromStr;

use super::checked_text;
use crate::kube::grammar::name;

/// A DNS label of RFC 1123, short enough to be the first part of every object's name.
/// Source: <https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names>
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DnsLabel(String);
checked_text!(DnsLabel);

impl FromStr for DnsLabel {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if name::service_name(text).is_ok() {
            Ok(Self(text.to_owned()))
        } else {
            // A Service's name must begin with a letter (RFC 1035), so every name here does.
            Err("must be a DNS label: lower-case letters, digits and `-`, a letter first, at most 63 characters".into())
        }
    }
}

/// A DNS name: labels separated by dots, at most 253 characters; the first may be `*` where wildcards are allowed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostName(String);
checked_text!(HostName);

impl FromStr for HostName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if name::host_name(text).is_ok() {
            Ok(Self(text.to_owned()))
        } else {
            Err("must be a host name in lower case, without scheme, port or path".into())
        }
    }
}

/// Name of a Secret, ConfigMap, class or Gateway: a DNS subdomain of RFC 1123.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SecretName(String);
checked_text!(SecretName);

impl FromStr for SecretName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if name::dns_subdomain(text).is_ok() {
            Ok(Self(text.to_owned()))
        } else {
            Err("must be a name of Kubernetes: lower-case letters, digits, `-` and `.`".into())
        }
    }
}

/// Key of a Secret or ConfigMap.
/// Source: <https://kubernetes.io/docs/concepts/configuration/secret/#restriction-names-data>
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SecretKey(String);
checked_text!(SecretKey);

impl FromStr for SecretKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if name::data_key(text).is_ok() {
            Ok(Self(text.to_owned()))
        } else {
            Err("must be a key of a Secret: letters, digits, `-`, `_` and `.`".into())
        }
    }
}

/// Name of a container's port.
/// Source: `IsValidPortName` of <https://github.com/kubernetes/kubernetes/blob/v1.36.2/staging/src/k8s.io/apimachinery/pkg/util/validation/validation.go>
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PortName(String);
checked_text!(PortName);

impl FromStr for PortName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if name::port_name(text).is_ok() {
            Ok(Self(text.to_owned()))
        } else {
            Err("must be the name of a port: at most 15 lower-case letters, digits and single `-`, with a letter"
                .into())
        }
    }
}
