//! Broker and cache: by client library, by the addresses in the code, by the backends that settings name.

use super::databases::dependency;
use super::django;
use crate::detect::code::{Definition, Source};
use crate::detect::context::Context;
use crate::detect::environment::Read;
use crate::detect::project::{Broker, Cache, Evidence, Project};
use crate::detect::python::{Expr, ExprKind, walk};
use crate::detect::tree::file_name;
use crate::vocabulary::Framework;

/// Task queues other than Celery, and the broker that each needs.
const QUEUES: [(&str, Option<Broker>); 9] = [
    ("rq", Some(Broker::Redis)),
    ("django-rq", Some(Broker::Redis)),
    ("flask-rq2", Some(Broker::Redis)),
    ("arq", Some(Broker::Redis)),
    ("huey", Some(Broker::Redis)),
    ("dramatiq", None),
    ("django-dramatiq", None),
    ("taskiq-redis", Some(Broker::Redis)),
    ("saq", Some(Broker::Redis)),
];

pub(crate) fn find(context: &Context<'_>, project: &mut Project) {
    broker(context, project);
    cache(context, project);
    if project.broker.is_none() {
        channel_layer(context, project);
    }
}

/// `CHANNEL_LAYERS` names what carries messages between the processes of Django Channels.
/// Source: <https://channels.readthedocs.io/en/stable/topics/channel_layers.html>
fn channel_layer(context: &Context<'_>, project: &mut Project) {
    let known = [
        ("channels_redis.", Broker::Redis),
        ("channels_valkey.", Broker::Redis),
        ("channels_rabbitmq.", Broker::Rabbitmq),
    ];
    for source in context.sources().filter(|source| source.mentions("CHANNEL_LAYERS")) {
        let found = walk::expressions(&source.module.body).find_map(|expr| {
            let (_, broker) =
                known.iter().find(|(start, _)| expr.as_str().is_some_and(|text| text.starts_with(start)))?;
            Some((*broker, source.evidence(expr.line)))
        });
        if let Some((broker, place)) = found {
            project.broker = Some(broker);
            project.because("broker", place);
            return;
        }
    }
}

/// Where huey keeps its tasks in a file or in memory, which needs no broker.
/// Source: <https://huey.readthedocs.io/en/latest/api.html#Huey>: `SqliteHuey`, `FileHuey`, `MemoryHuey`.
fn huey_without_broker(context: &Context<'_>) -> Option<Evidence> {
    let names = ["SqliteHuey", "FileHuey", "MemoryHuey", "SqlHuey"];
    let uses = |source: &Source| {
        let is_one = |expr: &&Expr| {
            let name = expr.last_name().or_else(|| expr.as_str()).unwrap_or_default();
            names.iter().any(|known| name == *known || name.ends_with(&format!(".{known}")))
        };
        walk::expressions(&source.module.body).find(is_one).map(|expr| source.evidence(expr.line))
    };
    context.sources().filter(|source| names.iter().any(|name| source.mentions(name))).find_map(uses)
}

fn broker(context: &Context<'_>, project: &mut Project) {
    let own_file = dependency(context, "huey").and_then(|_| huey_without_broker(context));
    if let Some(place) = &own_file {
        project.warnings.push(format!(
            "huey keeps its tasks in a file or in memory ({}): the worker sees them only where it shares that file with the web \
             pods, on a volume that both mount; RedisHuey needs none",
            place.place()
        ));
    }
    let needs = |name: &str| name != "huey" || own_file.is_none();
    let queue = QUEUES.iter().filter(|(name, _)| needs(name));
    let queue = queue.clone().find_map(|(name, broker)| Some((dependency(context, name)?, *broker)));
    if project.celery.is_none() && queue.is_none() {
        // Workers of the project's own, by a client library of AMQP and an address to go with it.
        let client = ["pika", "aio-pika", "aiormq", "yapw"].iter().find_map(|name| dependency(context, name));
        let speaks = |read: &Read| {
            read.default.as_deref().is_some_and(|default| address(default) == Some(Broker::Rabbitmq))
                || read.name.contains("RABBIT")
                || read.name.contains("AMQP")
        };
        if let Some(place) = client.filter(|_| context.reads.iter().any(speaks)) {
            project.broker = Some(Broker::Rabbitmq);
            project.because("broker", place);
        }
        return;
    }
    let found = if project.celery.is_some() { celery_broker(context) } else { None };
    let found = found.or_else(|| {
        let (place, broker) = queue.clone()?;
        Some((broker.or_else(|| dramatiq(context))?, place))
    });
    if let Some((broker, place)) = found {
        project.broker = Some(broker);
        project.because("broker", place);
    }
}

fn dramatiq(context: &Context<'_>) -> Option<Broker> {
    let mentions = |word: &str| context.sources().any(|source| source.mentions(word));
    let extra = context.manifest.at_runtime("dramatiq").map(|found| found.extras.clone()).unwrap_or_default();
    if mentions("RedisBroker")
        || extra.iter().any(|extra| extra == "redis")
        || context.manifest.at_runtime("redis").is_some()
    {
        Some(Broker::Redis)
    } else if mentions("RabbitmqBroker") || extra.iter().any(|extra| extra == "rabbitmq") {
        Some(Broker::Rabbitmq)
    } else {
        None
    }
}

/// Celery's broker: addresses beside the word "broker", extras of Celery, then the client library that is installed.
fn celery_broker(context: &Context<'_>) -> Option<(Broker, Evidence)> {
    let mut votes: Vec<(Broker, Evidence)> = Vec::new();
    for source in context.sources().filter(|source| source.mentions("BROKER") || source.mentions("broker")) {
        for stmt in walk::statements(&source.module.body) {
            let about = stmt.exprs().iter().any(|expr| {
                expr.any(|expr| {
                    expr.as_name()
                        .or_else(|| expr.last_name())
                        .or_else(|| expr.as_str())
                        .is_some_and(|text| text.to_ascii_lowercase().contains("broker"))
                        || expr.as_call().is_some_and(|call| {
                            call.keyword("broker").is_some() || call.keyword("broker_url").is_some()
                        })
                })
            });
            if about && stmt.blocks().iter().all(|block| block.is_empty()) {
                for expr in stmt.exprs() {
                    expr.visit(&mut |expr| {
                        if let Some(broker) = expr.as_str().and_then(address) {
                            votes.push((broker, source.evidence(expr.line)));
                        }
                    });
                }
            }
        }
    }
    if let Some(vote) = votes.into_iter().next() {
        return Some(vote);
    }
    // Where RabbitMQ runs beside the application it is the broker, and Redis keeps the results.
    let mut beside = context.deployment.service_images.iter();
    if let Some((_, place)) = beside.find(|(image, _)| file_name(image).starts_with("rabbitmq")) {
        return Some((Broker::Rabbitmq, place.clone()));
    }
    for (name, broker) in [("redis", Broker::Redis), ("sqs", Broker::Sqs)] {
        if broker == Broker::Sqs && dependency(context, "redis").is_some() {
            continue;
        }
        if let Some(celery) =
            context.manifest.at_runtime("celery").filter(|celery| celery.extras.iter().any(|extra| extra == name))
        {
            let text = format!("celery[{name}]");
            return Some((broker, celery.evidence(text)));
        }
    }
    let reads = context.reads.iter().find(|read| read.name.contains("RABBITMQ") || read.name.contains("AMQP"));
    if let Some(read) = reads {
        return Some((Broker::Rabbitmq, read.place.clone()));
    }
    for name in ["redis", "django-redis", "hiredis", "valkey", "celery-redbeat"] {
        if let Some(place) = dependency(context, name) {
            return Some((Broker::Redis, place));
        }
    }
    // Celery's default is AMQP on localhost.
    dependency(context, "celery").map(|place| (Broker::Rabbitmq, place))
}

fn address(text: &str) -> Option<Broker> {
    let starts = |starts: &[&str]| starts.iter().any(|start| text.starts_with(start));
    if starts(&["redis://", "rediss://", "redis+", "sentinel://", "valkey://"]) {
        Some(Broker::Redis)
    } else if starts(&["amqp://", "amqps://", "pyamqp://"]) {
        Some(Broker::Rabbitmq)
    } else if starts(&["sqs://"]) {
        Some(Broker::Sqs)
    } else {
        None
    }
}

fn cache(context: &Context<'_>, project: &mut Project) {
    let found = if project.framework == Framework::Django {
        django_cache(context, project)
    } else {
        other_cache(context, project)
    };
    if let Some((cache, place)) = found {
        project.cache = Some(cache);
        project.because("cache", place);
    }
}

/// The backends that `CACHES` names; a shared one wins over memory.
fn django_cache(context: &Context<'_>, project: &Project) -> Option<(Cache, Evidence)> {
    let chain = django::chosen(context, project);
    let mut found: Vec<(Cache, Evidence)> = Vec::new();
    for source in &chain {
        for stmt in walk::top_level(&source.module.body) {
            // `AVAILABLE_CACHES` and the like are what `CACHES` is then taken from.
            let is_caches = |expr: &Expr| expr.as_name().is_some_and(|name| name.ends_with("CACHES"));
            if !stmt.exprs().iter().any(|expr| expr.any(is_caches)) {
                continue;
            }
            // `CACHES = make_caches()`: the backends are in that function.
            let made = stmt.exprs().into_iter().find_map(|expr| expr.as_call()).and_then(|call| {
                match context.code.resolve(source, &call.function)? {
                    Definition::Function(place, function) => Some((place, function)),
                    _ => None,
                }
            });
            if let Some((place, function)) = made {
                let cache = |expr: &Expr| Some((expr.as_str().and_then(backend)?, place.evidence(expr.line)));
                found.extend(walk::expressions(&function.body).filter_map(cache));
            }
            for expr in stmt.exprs() {
                expr.visit(&mut |expr| {
                    let cache = match &expr.kind {
                        ExprKind::Str(text) => backend(text),
                        ExprKind::Call(call)
                            if matches!(call.callee(), "cache" | "cache_url" | "dj_cache_url")
                                || source
                                    .qualified(&call.function)
                                    .is_some_and(|name| name.starts_with("django_cache_url")) =>
                        {
                            (context.manifest.any("redis").is_some() || context.manifest.any("django-redis").is_some())
                                .then_some(Cache::Redis)
                        }
                        _ => None,
                    };
                    found.extend(cache.map(|cache| (cache, source.evidence(expr.line))));
                });
            }
        }
    }
    found.into_iter().min_by_key(|(cache, _)| *cache as u8)
}

fn backend(text: &str) -> Option<Cache> {
    let lower = text.to_ascii_lowercase();
    if !lower.contains("cache") {
        return None;
    }
    if lower.contains("redis") || lower.contains("valkey") {
        Some(Cache::Redis)
    } else if lower.contains("memcached") || lower.contains("pylibmc") {
        Some(Cache::Memcached)
    } else if lower.contains("locmem") {
        Some(Cache::Locmem)
    } else {
        None
    }
}

/// Flask and `FastAPI`: the cache extension's type, else a Redis client that no task queue explains.
fn other_cache(context: &Context<'_>, project: &Project) -> Option<(Cache, Evidence)> {
    let mut found: Vec<(Cache, Evidence)> = Vec::new();
    for source in context.sources().filter(|source| source.mentions("CACHE_TYPE")) {
        for expr in walk::expressions(&source.module.body) {
            let Some(text) = expr.as_str().filter(|text| text.len() < 60) else { continue };
            let cache = match text.to_ascii_lowercase().as_str() {
                "redis" | "rediscache" | "flask_caching.backends.rediscache" => Cache::Redis,
                "memcached" | "memcachedcache" | "saslmemcached" => Cache::Memcached,
                "simple" | "simplecache" => Cache::Locmem,
                _ => continue,
            };
            found.push((cache, source.evidence(expr.line)));
        }
    }
    // The one of the tests is memory.
    if let Some(shared) = found.into_iter().min_by_key(|(cache, _)| *cache as u8) {
        return Some(shared);
    }
    let is_queue =
        project.celery.is_some() || QUEUES.iter().any(|(name, _)| context.manifest.at_runtime(name).is_some());
    let client = ["redis", "aioredis", "flask-redis", "valkey", "fastapi-cache2"]
        .iter()
        .find_map(|name| dependency(context, name));
    let uses = |source: &Source| {
        ["redis", "aioredis", "flask_redis", "valkey", "fastapi_cache"].iter().any(|name| source.imports_package(name))
    };
    match client {
        Some(place) if !is_queue => context.sources().any(uses).then_some((Cache::Redis, place)),
        // A queue explains the client, unless the application opens connections of its own.
        Some(_) => {
            let opens = |source: &&Source| {
                let is_connection = |name: &str| matches!(name, "from_url" | "Redis" | "StrictRedis");
                let count = walk::calls(&source.module.body).filter(|(_, call)| is_connection(call.callee())).count();
                let is_client = source.imports_package("redis") || source.imports_package("valkey");
                // One connection beside a queue is the queue's; a second one is not.
                let of_queue = source.mentions("rq") || source.mentions("broker");
                is_client && count > usize::from(of_queue)
            };
            context.sources().find(opens).map(|source| (Cache::Redis, source.evidence(0)))
        }
        None => {
            let memcached = || dependency(context, "pymemcache").or_else(|| dependency(context, "pylibmc"));
            // A library of the same house may hold the client: the address of the store is read anyway.
            let address = || context.reads.iter().find(|read| matches!(read.name.as_str(), "REDIS_URL" | "REDIS_HOST"));
            let redis = || address().filter(|_| !is_queue).map(|read| (Cache::Redis, read.place.clone()));
            memcached().map(|place| (Cache::Memcached, place)).or_else(redis)
        }
    }
}
