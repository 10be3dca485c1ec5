use super::*;

/// What every credential below holds: one look tells whether it is still there.
const MARKER: &str = "hunter2Xq9";

fn assert_hidden(text: &str) {
    let shown = redact(text).text;
    assert!(!shown.contains(MARKER), "{text}\nis shown as\n{shown}");
}

#[test]
#[allow(clippy::too_many_lines, reason = "a table of cases")]
fn credentials_are_hidden_wherever_they_stand() {
    let forms = [
        "DB_PASSWORD = \"hunter2Xq9\"",
        "DB_PASSWORD = 'hunter2Xq9'",
        "DB_PASSWORD=hunter2Xq9",
        "DB_PASSWORD = hunter2Xq9",
        "export API_TOKEN=hunter2Xq9",
        "  password: hunter2Xq9",
        "- password: \"hunter2Xq9\"",
        "+      password: hunter2Xq9",
        "{\"password\": \"hunter2Xq9\"}",
        "{\\\"api_key\\\": \\\"hunter2Xq9\\\"}",
        "{password=hunter2Xq9}",
        "apiKey: 'hunter2Xq9'",
        "dbPassword=\"hunter2Xq9\"",
        "\"DB_PASSWORD\" = \"hunter2Xq9\"",
        "config = { DB_PASSWORD = \"hunter2Xq9\" }",
        "PASSCODE = \"hunter2Xq9\"",
        "ADMIN_PIN = \"hunter2Xq9\"",
        "AWS_CREDS = \"hunter2Xq9\"",
        "PASSWORD_FILE = \"hunter2Xq9\"",
        "SECRET_PREFIX = \"hunter2Xq9\"",
        "DB_PASSWORD = \"hunter2Xq9",
        "DB_PASSWORD = \"\"\"\nhunter2Xq9\n\"\"\"",
        "DB_PASSWORD = '''hunter2Xq9'''",
        "URL = \"postgres://shop:hunter2Xq9@db/shop\"",
        "amqp://u:hunter2Xq9@h",
        "mysql://root:hunter2Xq9@localhost:3306/x?ssl=1",
        "redis://:hunter2Xq9@cache:6379/0",
        "postgres://u:p/hunter2Xq9@h/db",
        "pip install https://u:hunter2Xq9@packages.example/simple",
        "git+https://hunter2Xq9abcdef@github.com/acme/x",
        "https://h/x?token=hunter2Xq9&b=1",
        "https://h/x?a=1&sig=hunter2Xq9",
        "valkey-server --requirepass hunter2Xq9",
        "[\"valkey-server\", \"--requirepass\", \"hunter2Xq9\"]",
        "app --password hunter2Xq9 --port 80",
        "app --password=hunter2Xq9",
        "app --db-password 'hunter2Xq9'",
        "curl -u user:hunter2Xq9 https://h",
        "sshpass -p hunter2Xq9 ssh h",
        "mysql -phunter2Xq9 -u root",
        "redis-cli -a hunter2Xq9 ping",
        "PGPASSWORD=hunter2Xq9 psql",
        "Authorization: Bearer hunter2Xq9",
        "\"Authorization\": \"Basic hunter2Xq9\"",
        "Bearer hunter2Xq9",
        "ghp_hunter2Xq9abcdefghij",
        "github_pat_hunter2Xq9",
        "TOKEN1 = \"ghp_hunter2Xq9\"",
        "glpat-hunter2Xq9",
        "sk-ant-hunter2Xq9",
        "sk_live_hunter2Xq9",
        "AIzahunter2Xq9hunter2Xq9hunter2Xq9",
        "https://hooks.slack.com/services/T0/B0/hunter2Xq9",
        "xoxb-1-hunter2Xq9",
        "SG.hunter2Xq9hunter2Xq9.x",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.hunter2Xq9",
        "-----BEGIN RSA PRIVATE KEY-----\nhunter2Xq9\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\\nhunter2Xq9",
        "django-insecure-hunter2Xq9$%^&*(",
        "$2b$12$hunter2Xq9hunter2Xq9",
        "pbkdf2_sha256$600000$hunter2Xq9$x",
        "os.environ.get(\"API_TOKEN\", \"hunter2Xq9\")",
        "config('SECRET_KEY', default='hunter2Xq9')",
        "os.getenv(\"DB_PASSWORD\") or \"hunter2Xq9\"",
        "env.str(\"STRIPE_KEY\", default=\"hunter2Xq9\")",
        "api_key=os.environ.get('API_KEY', 'hunter2Xq9')",
        "Server=h;User=u;Password=hunter2Xq9;",
        "host=h user=u password=hunter2Xq9 dbname=d",
        "DefaultEndpointsProtocol=https;AccountKey=hunter2Xq9==;",
        "ENV API_TOKEN hunter2Xq9\nENV API_TOKEN=hunter2Xq9".split_once('\n').map_or("", |(_, line)| line),
    ];
    for text in forms {
        assert_hidden(text);
    }
}

#[test]
fn harmless_text_is_shown_as_it_is() {
    let texts = [
        "PASSWORD_MIN_LENGTH = \"8\"",
        "ACCESS_TOKEN_EXPIRE_MINUTES=30",
        "TOKEN_URL = \"https://example.com/token\"",
        "REQUIRE_CLIENT_SECRET = \"true\"",
        "JWT_ALGORITHM = \"HS256\"",
        "TOKEN_HEADER = \"X-Auth-Token\"",
        "SECRET_NAME = \"shop-secrets\"",
        "PASSWORD_FILE = \"/run/secrets/db\"",
        "DB_PASSWORD = \"$(DB_PASSWORD)\"",
        "--requirepass $(REDIS_PASSWORD)",
        "DB_PASSWORD = \"shop-secrets/DB_PASSWORD\"",
        "secretName: shop-tls",
        "secret = \"shop-secrets\"",
        "secret = \"pip_index\"",
        "      secretKeyRef:\n        name: shop-secrets\n        key: DATABASE_URL",
        "automountServiceAccountToken: false",
        "redis://cache:6379/0",
        "postgres://localhost/db",
        "postgres://${DB_USER}:${DB_PASSWORD}@db/shop",
        "https://user@host/x",
        "git@github.com:acme/shop.git",
        "ghcr.io/acme/shop@sha256:9b2cf5e0a1e7b0c6d3f4a5968778695a4b3c2d1e0f9a8b7c6d5e4f3a2b1c0d9e",
        "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        "actions/checkout@8e8c483db84b4bee98b60c0593521ed34d9990e8",
        "error: `DB_PASSWORD`: its name says so",
        "docker build --secret id=pip_index,src=netrc .",
        "RUN --mount=type=secret,id=netrc,target=/root/.netrc pip install .",
        "config.settings.production:application",
        "secrets = { AGENT_KEY = \"agent/key\" }",
        "needs `--file /etc/shop/key.pem=LOCAL`",
        "key: value",
        "sort_key = \"created_at\"",
        "topologyKey: kubernetes.io/hostname",
        "the token is read from the environment",
        "SECRET_KEY has no default (settings.py:3): set it in [secrets.env]",
    ];
    for text in texts {
        assert_eq!(redact(text).text, text);
    }
}

#[test]
fn a_default_is_shown_only_where_it_cannot_be_a_credential() {
    for (name, value) in [
        ("PASSWORD_FILE", "hunter2"),
        ("SECRET_PREFIX", "hunter2"),
        ("API_KEY", "changeme"),
        ("BROKER_URL", "amqp://u:pw@h"),
        ("ANYTHING", "Bearer hunter22"),
        ("ANYTHING", "{\"password\": \"x1\"}"),
        ("PIN", "1234"),
    ] {
        assert!(!may_show(name, value), "{name}={value}");
    }
    for (name, value) in [
        ("LOG_LEVEL", "INFO"),
        ("REDIS_URL", "redis://localhost:6379/0"),
        ("PASSWORD_MIN_LENGTH", "8"),
        ("SESSION_COOKIE_NAME", "sessionid"),
        ("API_KEY", ""),
        ("TOKEN_TTL", "30m"),
        ("DATABASE_HOST", "db-1.example.com"),
    ] {
        assert!(may_show(name, value), "{name}={value}");
    }
}

#[test]
fn credentials_are_known_by_name_and_by_form_without_being_repeated() {
    for (name, value) in [
        ("SECRET_KEY", "abc"),
        ("DB_PASSWORD", "hunter2"),
        ("STRIPE_API_KEY", "x"),
        ("ANYTHING", "postgres://u:p@h/db"),
        ("ANYTHING", "ghp_0123456789abcdefghij"),
    ] {
        let why = why(name, value).unwrap();
        assert!(!why.contains(value) || value == "x", "{why}");
    }
    for (name, value) in
        [("ACCESS_TOKEN_EXPIRE_MINUTES", "30"), ("REQUIRE_CLIENT_SECRET", "true"), ("DATABASE_HOST", "db.example.com")]
    {
        assert_eq!(why(name, value), None, "{name}");
    }
}

#[test]
fn places_move_with_the_text() {
    let text = "a = 1\nDB_PASSWORD = \"hunter2Xq9\"\nport = 8000\n";
    let redacted = redact_app_toml(text);
    assert_eq!(redacted.text, "a = 1\nDB_PASSWORD = \"…\"\nport = 8000\n");
    for word in ["DB_PASSWORD", "port", "8000", "hunter2Xq9"] {
        let at = text.find(word).unwrap();
        let span = redacted.span(&(at..at + word.len()));
        assert_eq!(&redacted.text[span], if word == "hunter2Xq9" { "…" } else { word });
    }
    assert_eq!(redacted.without_hidden("`hunter2Xq9` is too short"), "`…` is too short");
}

#[test]
fn sections_of_secrets_show_references_only() {
    let shown = redact_app_toml("[secrets.env]\nA = \"shop/A\"\nB = \"swordfish\"\n[config]\nC = \"swordfish\"\n").text;
    assert_eq!(shown, "[secrets.env]\nA = \"shop/A\"\nB = \"…\"\n[config]\nC = \"swordfish\"\n");
}

#[test]
fn the_name_of_a_secret_may_look_like_a_credential() {
    let text = "[secrets.env]\nDATABASE_URL = \"tmp81vp7h-secrets/DATABASE_URL\"  # app.py:5\n";
    assert_eq!(redact_app_toml(text).text, text);
    let commented = "[secrets.env]\nA = \"tmp81vp7h-secrets/A\"  # password=hunter2Xq9\n";
    assert_eq!(redact_app_toml(commented).text, commented.replace("hunter2Xq9", "…"));
}

#[test]
fn a_hostile_text_takes_time_in_proportion_to_its_length() {
    for unit in ["://", "TOKEN_URL: ", "sk-", "TOKEN=\"", "a=", "--password ", "-----BEGIN", "\"API_TOKEN\", ", "eyJ"] {
        let short = unit.repeat(20_000 / unit.len());
        let long = unit.repeat(200_000 / unit.len());
        let time = |text: &str| {
            let begin = processor_seconds();
            let _ = redact(text);
            processor_seconds() - begin
        };
        let (short, long) = (time(&short).max(0.002), time(&long));
        // Ten times the length: with room for a busy machine forty times the time, where the square would be a hundred.
        assert!(long < short * 40.0, "{unit}: {short} s, then {long} s");
    }
}

/// Seconds that this thread has computed: a busy machine does not count. Elsewhere than on Linux nothing is measured.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    stat.split(' ').next().and_then(|nanoseconds| nanoseconds.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}
