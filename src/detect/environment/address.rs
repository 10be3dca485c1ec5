//! Defaults that name a place which a pod does not have: itself, a service of a compose file, a text to be replaced.

/// Last words of names that hold the address of something.
pub(crate) const ADDRESSES: &str =
    "HOST HOSTNAME HOSTS SERVER SERVERS ADDRESS ADDR URL URI DSN BROKER BACKEND ENDPOINT LOCATION";

/// Words in the names of variables and settings, and the store that they are about.
pub(crate) const STORES: [(&str, &str); 5] = [
    ("DB DATABASE DATABASES POSTGRES POSTGRESQL PG MYSQL MARIADB SQL SQLALCHEMY", DATABASE),
    ("MONGO MONGODB", "MongoDB"),
    (
        "REDIS VALKEY CACHE CACHES MEMCACHED MEMCACHE CELERY BROKER RABBIT RABBITMQ AMQP QUEUE RQ RESULT",
        "broker or cache",
    ),
    ("EMAIL MAIL SMTP", "mail server"),
    ("ELASTIC ELASTICSEARCH OPENSEARCH SOLR MEILI MEILISEARCH TYPESENSE QDRANT MINIO", "service"),
];

/// The first of the stores.
pub(crate) const DATABASE: &str = "database";

/// Whether a variable is there for tests.
pub(crate) fn is_of_tests(name: &str) -> bool {
    name.split('_').any(|word| word.starts_with("TEST"))
}

/// The store that a word in a name is about; libpq writes `PGHOST` in one.
pub(crate) fn store_of(word: &str) -> Option<&'static str> {
    let word = if word == "PGHOST" { "PG" } else { word };
    STORES.iter().find(|(words, _)| is_one_of(words, word)).map(|(_, store)| *store)
}

/// The stores that the words of a name are about.
pub(crate) fn stores_in(name: &str) -> impl Iterator<Item = &'static str> {
    name.split('_').filter_map(store_of)
}

/// Whether `list` holds the word, in either case.
pub(crate) fn is_one_of(list: &str, word: &str) -> bool {
    list.split_ascii_whitespace().any(|known| known.eq_ignore_ascii_case(word))
}

/// Whether the default of the variable `name` is useless in a cluster.
pub(crate) fn is_local(name: &str, default: &str) -> bool {
    let default = default.trim();
    if is_placeholder(default) {
        return true;
    }
    let upper = name.to_ascii_uppercase();
    let last = upper.rsplit('_').next().unwrap_or_default();
    // `CELERY_RESULT_BACKEND = "django-db"`: the name of a kind, unless it is a whole address.
    let is_address = last != "BACKEND" && is_one_of(ADDRESSES, last) || upper == "PGHOST";
    match default.split_once("://") {
        Some((scheme, rest)) => {
            !matches!(scheme, "sqlite" | "file" | "memory" | "cache+memory")
                && !scheme.starts_with("sqlite")
                && names_local_host(rest)
        }
        None => is_address && !default.is_empty() && names_local_host(default),
    }
}

/// `host:port`, or several of them, of `user:password@host:port/path?options`.
pub(crate) fn hosts(address: &str) -> &str {
    let authority = address.split(['/', '?']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default()
}

/// The first of the hosts of an address that names several.
fn first_host(address: &str) -> &str {
    hosts(address.split([',', ';']).next().unwrap_or_default())
}

/// The host that an address, with or without a scheme, names, where that is the pod itself.
pub(crate) fn loopback(address: &str) -> Option<&str> {
    let rest = match address.split_once("://") {
        Some((scheme, rest))
            if scheme.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'-' | b'.')) =>
        {
            rest
        }
        Some(_) => return None,
        None => address,
    };
    let host = first_host(rest);
    if host.starts_with("[::1]") || host == "::1" {
        return Some("::1");
    }
    let (host, port) = host.split_once(':').unwrap_or((host, ""));
    let is_port = port.bytes().all(|c| c.is_ascii_digit());
    let is_loopback = host == "localhost" || host.starts_with("127.") && host.split('.').count() == 4;
    (is_loopback && is_port).then_some(host)
}

/// Whether the host of `user:password@host:port/path` is the pod itself, or a bare name as compose gives its services.
pub(crate) fn names_local_host(address: &str) -> bool {
    let host = first_host(address);
    if host.starts_with("[::1]") || host == "::1" {
        return true;
    }
    let host = host.split(':').next().unwrap_or_default();
    let is_plain = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    host.starts_with("127.") || host == "0.0.0.0" || is_plain && host.chars().any(|c| c.is_ascii_alphabetic())
}

/// A text that stands for one that is to be put there.
fn is_placeholder(text: &str) -> bool {
    let plain: String = text.to_ascii_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    [
        "changeme",
        "changethis",
        "replaceme",
        "yourhost",
        "yourserver",
        "yourpassword",
        "youruser",
        "yourdatabase",
        "fillin",
        "placeholder",
    ]
    .iter()
    .any(|word| plain.contains(word))
        || matches!(plain.as_str(), "todo" | "xxx" | "xxxx" | "tbd")
        || text.starts_with('<') && text.ends_with('>')
}

#[cfg(test)]
mod tests {
    use super::is_local;

    #[test]
    fn loopback_compose_names_and_placeholders_are_no_answer_in_a_cluster() {
        for (name, default) in [
            ("DB_HOST", "127.0.0.1"),
            ("DB_HOST", "db"),
            ("BROKER_URL", "redis://localhost:6379/0"),
            ("BROKER_URL", "amqp://guest:guest@rabbitmq:5672//"),
            ("EMAIL_HOST", "mailhog"),
            ("DB_USER", "CHANGE_ME"),
            ("DATABASE_URL", "postgresql://shop:shop@[::1]:5432/shop"),
            ("PGHOST", "localhost"),
        ] {
            assert!(is_local(name, default), "{name} {default}");
        }
        for (name, default) in [
            ("DB_HOST", "pg.example.org"),
            ("DATABASE_URL", "sqlite:///shop.db"),
            ("DB_NAME", "shop"),
            ("DB_HOST", ""),
            ("EMAIL_HOST", "smtp.sendgrid.net"),
            ("EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend"),
            ("LOG_LEVEL", "INFO"),
            ("CELERY_RESULT_BACKEND", "django-db"),
        ] {
            assert!(!is_local(name, default), "{name} {default}");
        }
    }
}
