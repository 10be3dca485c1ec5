//! Names of objects, hosts, variables and Secret keys.

use super::checked_text;
use crate::kube::grammar::name;

checked_text!(
    /// A DNS label of RFC 1123, short enough to be the first part of every object's name. A Service's name must begin
    /// with a letter (RFC 1035), so every name here does.
    /// Source: <https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names>
    DnsLabel,
    |text| name::service_name(text).is_ok(),
    "must be a DNS label: lower-case letters, digits and `-`, a letter first, at most 63 characters"
);

checked_text!(
    /// A DNS name: labels separated by dots, at most 253 characters.
    HostName,
    |text| name::host_name(text).is_ok(),
    "must be a host name in lower case, without scheme, port or path"
);

checked_text!(
    /// A host, or all hosts below a name: `*.example.com`.
    HostPattern,
    |text| name::host(text).is_ok(),
    "must be a host name in lower case, or `*.` before one, without scheme, port or path"
);

checked_text!(
    /// Name of a Secret, ConfigMap, class or Gateway: a DNS subdomain of RFC 1123.
    ObjectName,
    |text| name::dns_subdomain(text).is_ok(),
    "must be a Kubernetes object name: lower-case letters, digits, `-` and `.`"
);

checked_text!(
    /// Key of a Secret or ConfigMap.
    /// Source: <https://kubernetes.io/docs/concepts/configuration/secret/#restriction-names-data>
    SecretKey,
    |text| name::data_key(text).is_ok(),
    "must be a key of a Secret: letters, digits, `-`, `_` and `.`"
);

checked_text!(
    /// Name of a container's port.
    PortName,
    |text| name::port_name(text).is_ok(),
    "must be the name of a port: at most 15 lower-case letters, digits and single `-`, with a letter"
);

checked_text!(
    /// Name of an environment variable, as a POSIX shell can set it.
    EnvName,
    |text| name::variable(text).is_ok() && !text.contains(['-', '.']),
    "must be the name of an environment variable: letters, digits and `_`, no digit first"
);
