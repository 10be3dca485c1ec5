//! What is known of code that is not in the repository: which of it answers on its own, and which of it asks somebody.

use crate::detect::environment::is_one_of;
use crate::detect::python::Expr;

/// Modules whose functions, classes and their instances answer without asking anything outside of the process.
const ALONE: &str = "flask werkzeug fastapi starlette django.http django.utils django.views django.conf django.urls \
    django.contrib.auth.decorators django.utils.decorators rest_framework ninja pydantic pydantic_settings typing \
    typing_extensions json orjson ujson simplejson time datetime os sys platform logging structlog loguru uuid importlib \
    pkg_resources enum dataclasses collections functools itertools math random string re pathlib psutil http.HTTPStatus \
    asyncio zoneinfo pytz dateutil secrets hashlib hmac base64 copy inspect gc threading contextlib contextvars operator \
    tomllib toml yaml drf_spectacular drf_yasg flask_restful flask_restx flask_smorest apiflask flasgger flask_openapi3 \
    flask_cors flask_talisman flask_login flask_babel flask_wtf flask_compress whitenoise corsheaders marshmallow decimal shutil traceback warnings textwrap connexion aiohttp.web socket.gethostname anyio \
    brotli_asgi asgi_correlation_id flask_apispec attr attrs types abc fastapi_utils prometheus_client \
    starlette_exporter sqlmodel.SQLModel msgspec";

/// Modules that ask a database, a cache, a broker or another server, whatever is called of them.
const ASKING: &str = "sqlalchemy flask_sqlalchemy flask_migrate sqlmodel psycopg psycopg2 psycopg_pool asyncpg aiopg pg8000 \
    pymysql MySQLdb aiomysql asyncmy mysql mariadb sqlite3 aiosqlite pymongo motor mongoengine flask_pymongo flask_mongoengine beanie odmantic tortoise \
    peewee playhouse pony databases ormar piccolo records redis aioredis redis_om valkey flask_redis django_redis \
    fakeredis aiocache cachetools.redis fastapi_cache flask_caching flask_limiter slowapi fastapi_limiter django.db django.core.cache django.core.mail django.contrib.auth.models \
    django.contrib.auth.authenticate django.contrib.auth.get_user_model django.core.files.storage django.core.management \
    celery kombu amqp pika aio_pika aiormq rq django_rq dramatiq arq huey taskiq saq django_q requests httpx aiohttp urllib.request \
    urllib3 http.client smtplib ftplib imaplib socket grpc boto3 botocore aioboto3 aiobotocore google.cloud azure \
    elasticsearch elasticsearch_dsl opensearchpy pymemcache pylibmc memcache aiomcache cassandra neo4j neomodel \
    clickhouse_driver clickhouse_connect influxdb influxdb_client minio kafka aiokafka confluent_kafka nats paho \
    subprocess watchman health_check healthcheck ldap ldap3 consul hvac stripe openai docker kubernetes paramiko pyodbc \
    oracledb cx_Oracle pymssql asyncio.open_connection asyncio.create_subprocess_exec asyncio.create_subprocess_shell os.system os.popen meilisearch qdrant_client \
    weaviate pinecone chromadb firebase_admin supabase zeep suds xmlrpc telnetlib dns";

/// Words in the name of an object that stand for something outside of the process.
const STORES: &str = "db database databases redis mongo cursor broker celery queryset objects elastic elasticsearch s3 kafka rabbit \
    rabbitmq amqp postgres postgresql mysql valkey memcached sessionmaker dao orm";

/// Words that often do: what is called of them is not known.
const PERHAPS: &str =
    "cache caches engine conn connection connections pool query session repo repository bucket client sql es store";

/// Methods that only ever ask.
const ASKING_METHODS: &str = "execute cursor ensure_connection scalar scalars server_info fetchone fetchall fetchval delay apply_async \
    send_task ping urlopen connect acquire query refresh_from_db exists aexists first commit is_connected";

/// Methods of texts, numbers, dates and containers, and of loggers: they ask nobody, whatever they are called on.
const PLAIN_METHODS: &str = "isoformat strftime format join split rsplit strip lstrip rstrip lower upper title startswith endswith encode decode replace \
    model_dump model_dump_json total_seconds timestamp hex append items as_posix partition setLevel getLogger set_cookie bit_length";

/// Functions of the language.
const BUILTINS: &str = "abs all any bool bytes callable dict dir divmod enumerate filter float format frozenset getattr hasattr hash hex id int \
    isinstance issubclass iter len list locals map max min next object open ord pow print range repr reversed round set \
    setattr slice sorted str sum super tuple type vars zip property staticmethod classmethod bytearray memoryview \
    Exception BaseException ValueError TypeError KeyError RuntimeError AttributeError OSError PermissionError \
    NotImplementedError LookupError IndexError StopIteration TimeoutError ConnectionError AssertionError";

/// What is known of a name outside of the repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    Alone,
    Asking,
    Nothing,
}

/// What is known of the dotted name `origin`: the longest entry of both lists that it begins with decides.
pub(super) fn known(origin: &str) -> Known {
    let longest = |list: &str| {
        let fits =
            |entry: &&str| origin.strip_prefix(*entry).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        list.split_ascii_whitespace().filter(fits).map(str::len).max()
    };
    match (longest(ALONE), longest(ASKING)) {
        (None, None) => Known::Nothing,
        (alone, asking) if alone > asking => Known::Alone,
        _ => Known::Asking,
    }
}

pub(super) fn is_builtin(name: &str) -> bool {
    is_one_of(BUILTINS, name)
}

pub(super) fn is_asking_method(name: &str) -> bool {
    is_one_of(ASKING_METHODS, name)
}

pub(super) fn is_plain_method(name: &str) -> bool {
    is_one_of(PLAIN_METHODS, name)
}

/// Whether a name is that of a logger, whose methods write to the log of the process.
pub(super) fn is_logger(name: &str) -> bool {
    matches!(name.trim_start_matches('_').to_ascii_lowercase().as_str(), "log" | "logger" | "logging")
}

/// What the words of a chain of names say: `request.app.state.redis` and `User.objects` keep their data elsewhere, and a
/// `client` may.
pub(super) fn words(chain: &Expr) -> Option<Known> {
    let has = |list: &str| {
        chain.any(|expr| {
            let name = expr.last_name().or_else(|| expr.as_str()).unwrap_or_default().to_ascii_lowercase();
            name.split('_').any(|part| is_one_of(list, part.trim_end_matches(|c: char| c.is_ascii_digit())))
        })
    };
    if has(STORES) { Some(Known::Asking) } else { has(PERHAPS).then_some(Known::Nothing) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_entry_decides() {
        assert_eq!(known("flask.jsonify"), Known::Alone);
        assert_eq!(known("flask_sqlalchemy.SQLAlchemy"), Known::Asking);
        assert_eq!(known("asyncio.open_connection"), Known::Asking);
        assert_eq!(known("asyncio.sleep"), Known::Alone);
        assert_eq!(known("sqlmodel.SQLModel"), Known::Alone);
        assert_eq!(known("acme.client"), Known::Nothing);
    }
}
