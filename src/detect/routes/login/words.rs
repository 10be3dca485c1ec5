//! Names that are about logins.

/// Parts of names that are about credentials.
const WORDS: [&str; 25] = [
    "login_required",
    "loginrequired",
    "jwt",
    "permission",
    "require_auth",
    "requires_auth",
    "auth_required",
    "token_required",
    "require_token",
    "admin_required",
    "staff_member",
    "authenticated",
    "authenticate",
    "superuser",
    "current_user",
    "get_user",
    "verify_token",
    "api_key",
    "apikey",
    "basicauth",
    "basic_auth",
    "httpbasic",
    "authmiddleware",
    "authorize",
    "check_auth",
];
/// Parts of names that take the demand back.
const OPEN: [&str; 6] = ["exempt", "optional", "anonymous", "not_required", "maybe", "auto_error=false"];

/// Whether a dotted name is one of FastAPI's security schemes, which answer 401 or 403 on their own.
/// Source: <https://fastapi.tiangolo.com/reference/security/>
pub(super) fn is_scheme(name: &str) -> bool {
    let lenient = name.ends_with("(auto_error=False)");
    let last = name.rsplit('.').next().unwrap_or(name);
    let is_known = ["HTTPBearer", "HTTPBasic", "HTTPDigest", "OAuth2", "APIKey", "OpenIdConnect"]
        .iter()
        .any(|word| last.starts_with(word));
    is_known && !lenient
}

/// Whether a name is about credentials.
pub(super) fn is_about_login(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    if matches!(last, "auth" | "protected" | "signed_in" | "login") {
        return true;
    }
    let lower = name.to_ascii_lowercase();
    WORDS.iter().any(|word| lower.contains(word)) && !OPEN.iter().any(|word| lower.contains(word))
}
