//! Names, labels and port names.
//!
//! Source: kubernetes/kubernetes `staging/src/k8s.io/apimachinery/pkg/util/validation/validation.go` and the API concept
//! pages "Object Names and IDs" and "Labels and Selectors".

/// Why a text is not the name it has to be, in a clause that can follow it.
pub(crate) type Refusal = &'static str;

fn is_lower_alphanumeric(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

/// RFC 1123 label: container, volume, namespace and most workload names.
pub(crate) fn dns_label(text: &str) -> Result<(), Refusal> {
    if text.len() > 63 {
        return Err("is longer than 63 characters");
    }
    label_of_any_length(text)
}

fn label_of_any_length(text: &str) -> Result<(), Refusal> {
    if text.is_empty() {
        return Err("is empty");
    }
    let bytes = text.as_bytes();
    if !bytes.iter().all(|byte| is_lower_alphanumeric(*byte) || *byte == b'-') {
        return Err("may hold lower-case letters, digits and `-` only");
    }
    if bytes[0] == b'-' || bytes[bytes.len() - 1] == b'-' {
        return Err("starts or ends with `-`");
    }
    Ok(())
}

/// RFC 1035 label: the name of a Service, which becomes a host name and a prefix of variables.
pub(crate) fn service_name(text: &str) -> Result<(), Refusal> {
    dns_label(text)?;
    if text.as_bytes()[0].is_ascii_digit() {
        return Err("starts with a digit");
    }
    Ok(())
}

/// RFC 1123 subdomain as the API has it: parts of any length between dots (`IsDNS1123Subdomain`).
pub(crate) fn dns_subdomain(text: &str) -> Result<(), Refusal> {
    if text.len() > 253 {
        return Err("is longer than 253 characters");
    }
    text.split('.').try_for_each(label_of_any_length)
}

/// Name of a host: what resolves has labels of at most 63 characters.
pub(crate) fn host_name(text: &str) -> Result<(), Refusal> {
    dns_subdomain(text)?;
    text.split('.').try_for_each(dns_label)
}

/// A host of an Ingress or HTTPRoute, whose first label may be `*`.
pub(crate) fn host(text: &str) -> Result<(), Refusal> {
    host_name(text.strip_prefix("*.").unwrap_or(text))
}

/// Key of a label or annotation: `prefix/name`, the prefix a subdomain.
pub(crate) fn qualified_name(text: &str) -> Result<(), Refusal> {
    let name = match text.split_once('/') {
        Some((prefix, name)) => {
            dns_subdomain(prefix)?;
            name
        }
        None => text,
    };
    if name.is_empty() {
        return Err("has no name");
    }
    label_value(name)
}

/// Value of a label: 63 characters at most, or empty.
pub(crate) fn label_value(text: &str) -> Result<(), Refusal> {
    if text.len() > 63 {
        return Err("is longer than 63 characters");
    }
    let bytes = text.as_bytes();
    if !bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte)) {
        return Err("may hold letters, digits, `-`, `_` and `.` only");
    }
    match (bytes.first(), bytes.last()) {
        (Some(first), Some(last)) if !first.is_ascii_alphanumeric() || !last.is_ascii_alphanumeric() => {
            Err("must start and end with a letter or digit")
        }
        _ => Ok(()),
    }
}

/// `IANA_SVC_NAME` of RFC 6335: the name of a container port.
pub(crate) fn port_name(text: &str) -> Result<(), Refusal> {
    if text.len() > 15 {
        return Err("is longer than 15 characters");
    }
    dns_label(text)?;
    if text.contains("--") {
        return Err("holds `--`");
    }
    if !text.bytes().any(|byte| byte.is_ascii_lowercase()) {
        return Err("holds no letter");
    }
    Ok(())
}

/// Name of an environment variable that every supported version takes; newer ones take more, shells take less.
pub(crate) fn variable(text: &str) -> Result<(), Refusal> {
    let mut bytes = text.bytes();
    match bytes.next() {
        None => return Err("is empty"),
        Some(first) if first.is_ascii_digit() => return Err("starts with a digit"),
        Some(_) => {}
    }
    if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)) {
        return Err("may hold letters, digits, `_`, `-` and `.` only");
    }
    Ok(())
}

/// Key in the data of a ConfigMap or Secret, which may become a file name.
pub(crate) fn data_key(text: &str) -> Result<(), Refusal> {
    if text.is_empty() {
        return Err("is empty");
    }
    if text.len() > 253 {
        return Err("is longer than 253 characters");
    }
    if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)) {
        return Err("may hold letters, digits, `-`, `_` and `.` only");
    }
    if text == "." || text.starts_with("..") {
        return Err("is not a file name");
    }
    Ok(())
}

/// Name of a Role, ClusterRole or binding: anything that can be one part of a URL path.
pub(crate) fn path_segment(text: &str) -> Result<(), Refusal> {
    if text.is_empty() || text == "." || text == ".." {
        return Err("is not a name");
    }
    if text.contains(['/', '%']) {
        return Err("holds `/` or `%`");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    type Grammar = fn(&str) -> Result<(), Refusal>;

    fn assert_grammar(grammar: Grammar, good: &[&str], bad: &[&str]) {
        for text in good {
            assert_eq!(grammar(text), Ok(()), "{text:?}");
        }
        for text in bad {
            assert!(grammar(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn names_of_objects() {
        let long = "a".repeat(64);
        assert_grammar(
            dns_label,
            &["a", "shop-web", "0a", &long[..63]],
            &["", "A", "a_b", "-a", "a-", "a.b", "ä", &long],
        );
        assert_grammar(service_name, &["shop"], &["1shop", "shop.web"]);
        assert_grammar(dns_subdomain, &["a.b", "x", &long], &["a..b", ".a", "A.b"]);
        assert_grammar(host_name, &["a.b", "x"], &["*.a", &long]);
        assert_grammar(host, &["*.example.com", "a.b"], &["*", "a.*.b", "a b"]);
        assert_grammar(path_segment, &["system:x"], &["", "..", "a/b"]);
    }

    #[test]
    fn labels_and_keys() {
        let long = "a".repeat(64);
        assert_grammar(qualified_name, &["app", "app.kubernetes.io/name"], &["", "a/", "/a", "a/b/c", "A_b/c", "-x"]);
        assert_grammar(label_value, &["", "1.4.2", "A_b"], &["-a", "a b", "a:b", "a-", &long]);
        assert_grammar(data_key, &["DATABASE_URL", "fluent-bit.yaml"], &["", "a/b", "..", "..data", "a b"]);
        assert_grammar(variable, &["A", "_x", "a.b-c"], &["", "1A", "A=B", "A B"]);
        assert_grammar(port_name, &["http", "metrics-1"], &["", "12", "a--b", "Http", "prometheus-metrics", "-a"]);
    }
}
