//! Which variables with the address, the user, the password and the name of a store are asked for: a default that names the pod
//! itself, a compose service or a text to be replaced is wrong in a cluster.

use std::collections::BTreeSet;

use crate::detect::{ADDRESSES, DATABASE, Database, Project, STORES, Variable, is_of_tests, is_one_of};

/// Last words of the names that a connection needs beside an address.
const PARTS: &str = "USER USERNAME LOGIN PASSWORD PASS PASSWD PWD PW NAME DATABASE DB VHOST";

/// Lines that the keys of one database may take.
const BESIDE: u32 = 8;

/// The variables of `project` that are asked for, and the advice about them.
pub(super) struct Asked {
    names: BTreeSet<String>,
    /// Addresses that the code puts together from others where nobody sets them.
    composed: BTreeSet<String>,
    /// Those of a database server or a broker that the code has no default for, although it starts without them.
    unstated: BTreeSet<String>,
    /// `DB_ENGINE = "sqlite"` beside the host of a server.
    engines: BTreeSet<String>,
    pub(super) advice: Vec<String>,
}

impl Asked {
    pub(super) fn of(project: &Project) -> Self {
        let all = || project.environment.config.iter().chain(&project.environment.secret);
        let mut asked = Self {
            names: BTreeSet::new(),
            composed: composed(project),
            unstated: unstated(project),
            engines: BTreeSet::new(),
            advice: Vec::new(),
        };
        // Which database it is, is asked with its own sentence.
        let stores = STORES.iter().filter(|(_, store)| *store != DATABASE || project.sqlite_choice.is_none());
        for (words, store) in stores.copied() {
            let mut groups: BTreeSet<&str> = BTreeSet::new();
            for variable in all() {
                let is_open = variable.is_local || is_broker_without_default(project, variable);
                if let Some(word) = part_of(&variable.name, words).filter(|_| is_open) {
                    groups.insert(word);
                }
            }
            let is_member = |variable: &&Variable| {
                part_of(&variable.name, words).is_some_and(|word| groups.contains(word))
                    || variable.is_local && store_of_default(variable) == Some(store)
            };
            let members: Vec<&Variable> = all().filter(is_member).collect();
            let open: Vec<&Variable> = members.iter().copied().filter(|variable| variable.is_local).collect();
            if let Some(first) = open.first() {
                let names: Vec<&str> = open.iter().map(|variable| variable.name.as_str()).collect();
                asked.advice.push(format!(
                    "the {store} of the cluster: set {} (the default, {}, does not work in a pod)",
                    names.join(", "),
                    place(first)
                ));
            }
            let needs = |variable: &&&Variable| is_needed_part(project, &members, variable);
            asked.unstated.extend(members.iter().filter(needs).map(|variable| variable.name.clone()));
            asked.names.extend(members.into_iter().map(|variable| variable.name.clone()));
        }
        asked.engines(project);
        asked
    }

    /// A file is what the code takes where nobody names a server, and the address of one is asked for.
    fn engines(&mut self, project: &Project) {
        let Some(database) = project.databases.first().filter(|database| **database != Database::Sqlite) else {
            return;
        };
        for variable in &project.environment.config {
            let (name, place) = (&variable.name, place(variable));
            let Some((word, "ENGINE" | "DIALECT" | "DRIVER" | "TYPE")) = name.rsplit_once('_') else { continue };
            let is_file = variable.default.as_deref().is_some_and(|default| default.contains("sqlite"));
            let host = self.names.iter().find(|host| is_address(host) && host.starts_with(&format!("{word}_")));
            let Some(host) = host.filter(|_| is_file && is_one_of(STORES[0].0, word)) else { continue };
            self.advice.push(format!(
                "{name} is a file by default ({place}): set it to {database}, and {host} to its address"
            ));
            self.engines.insert(name.clone());
        }
    }

    /// Whether the default of a variable is written into `app.toml`, to be looked at.
    pub(super) fn shows(&self, variable: &Variable) -> bool {
        self.has(&variable.name) && variable.default.as_ref().is_some_and(|default| !default.is_empty())
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.names.contains(name) && !self.is_composed(name)
    }

    pub(super) fn is_engine(&self, name: &str) -> bool {
        self.engines.contains(name)
    }

    /// Whether the parts of an address are asked for in its place.
    pub(super) fn is_composed(&self, name: &str) -> bool {
        self.composed.contains(name)
    }

    /// Whether the service cannot do without a value, whatever the code does when there is none.
    pub(super) fn needs(&self, variable: &Variable) -> bool {
        variable.required || self.unstated.contains(&variable.name)
    }
}

/// `os.environ.get("DB_HOST")` goes into the address of the database as `None`: where nothing else leads to the server, it and
/// its kin are needed.
fn unstated(project: &Project) -> BTreeSet<String> {
    let is_server = project.databases.first().is_some_and(|database| *database != Database::Sqlite);
    let parts = || {
        let all = project.environment.config.iter().chain(&project.environment.secret);
        all.filter(|variable| part_of(&variable.name, STORES[0].0).is_some())
    };
    let leads = |variable: &Variable| variable.required || variable.default.is_some() && is_address(&variable.name);
    if !is_server || project.database_variable.is_some() || project.sqlite_choice.is_some() {
        return BTreeSet::new();
    }
    // Beside a host that is asked for stand the user, the password and the name that go with it, whatever they are called.
    if let Some(host) = parts().find(|variable| variable.is_local && is_address(&variable.name)) {
        let is_beside = |variable: &&Variable| {
            variable.place.file == host.place.file && variable.place.line.abs_diff(host.place.line) <= BESIDE
        };
        let open = parts().filter(|variable| variable.default.is_none());
        return open.filter(is_beside).map(|variable| variable.name.clone()).collect();
    }
    if parts().any(leads) {
        return BTreeSet::new();
    }
    let Some(host) = parts().find(|variable| is_address(&variable.name)) else { return BTreeSet::new() };
    // One set of names: `DB_HOST` and `DB_USER`, not the `POSTGRES_…` of another file as well.
    let word = part_of(&host.name, STORES[0].0);
    let kin = parts().filter(|variable| part_of(&variable.name, STORES[0].0) == word);
    kin.filter(|variable| variable.default.is_none() && variable.place.file == host.place.file)
        .map(|variable| variable.name.clone())
        .collect()
}

/// `POSTGRES_URL: str | None = None` beside `POSTGRES_SERVER`, `POSTGRES_USER` and their kin: the whole address is another way to
/// say the same, and the parts are what has values.
fn composed(project: &Project) -> BTreeSet<String> {
    let all = || project.environment.config.iter().chain(&project.environment.secret);
    let parts = || all().filter(|variable| part_of(&variable.name, STORES[0].0).is_some());
    let is_whole = |variable: &&Variable| {
        ["_URL", "_URI", "_DSN"].iter().any(|end| variable.name.ends_with(end))
            && !variable.required
            && !variable.is_local
            && variable.default.is_none()
    };
    let has_part = |whole: &Variable| {
        let mut hosts = parts().filter(|part| is_address(&part.name) && part.place.file == whole.place.file);
        hosts.any(|host| host.required || host.is_local || host.default.is_some())
    };
    // `REDIS_CACHE_URL = f"redis://{REDIS_CACHE_HOST}"`; a broker's address may also have nothing to do with a host beside it.
    let has_own_host = |whole: &Variable| {
        let start = whole.name.rsplit_once('_').map_or("", |(start, _)| start);
        all().any(|host| is_address(&host.name) && host.name.rsplit_once('_').is_some_and(|(own, _)| own == start))
    };
    let is_made = |whole: &&Variable| whole.is_computed && has_own_host(whole);
    let of_brokers = all().filter(|variable| part_of(&variable.name, STORES[2].0).is_some());
    let databases = parts().filter(is_whole).filter(|whole| has_part(whole));
    databases.chain(of_brokers.filter(is_whole).filter(is_made)).map(|whole| whole.name.clone()).collect()
}

/// The store that the default of a variable leads to, whose name does not say so: `LIMITS_STORAGE = "redis://localhost"`.
fn store_of_default(variable: &Variable) -> Option<&'static str> {
    let scheme = variable.default.as_deref()?.split_once("://")?.0;
    let is_named =
        is_of_tests(&variable.name) || STORES.iter().any(|(words, _)| part_of(&variable.name, words).is_some());
    let starts = |schemes: &[&str]| !is_named && schemes.iter().any(|known| scheme.starts_with(known));
    if starts(&["redis", "valkey", "amqp", "pyamqp", "memcached"]) {
        Some(STORES[2].1)
    } else if starts(&["postgres", "mysql", "mariadb"]) {
        Some(STORES[0].1)
    } else {
        None
    }
}

/// Whether the code has no value for a variable.
fn lacks(variable: &Variable) -> bool {
    !variable.is_computed && variable.default.as_deref().is_none_or(str::is_empty)
}

/// Whether a broker that has no address cannot be reached without this part of it; RabbitMQ also needs a user.
fn is_needed_part(project: &Project, members: &[&Variable], variable: &Variable) -> bool {
    let words = STORES[2].0;
    let Some(word) = part_of(&variable.name, words).filter(|_| lacks(variable)) else { return false };
    let is_of_amqp = matches!(word, "RABBIT" | "RABBITMQ" | "AMQP");
    let ends = |ends: &[&str]| ends.iter().any(|end| variable.name.ends_with(end));
    let is_part = is_address(&variable.name)
        || ends(&["URL", "URI", "DSN", "BROKER", "BACKEND"])
        || is_of_amqp && ends(&["USER", "USERNAME"]);
    let mut kin = members.iter().filter(|member| part_of(&member.name, words) == Some(word));
    is_part && kin.any(|member| is_broker_without_default(project, member))
}

/// Whether a variable is a part of the connection to a database.
pub(super) fn is_of_a_database(name: &str) -> bool {
    part_of(name, STORES[0].0).is_some()
}

/// Whether a variable holds the host of a server.
fn is_address(name: &str) -> bool {
    // The virtual host of RabbitMQ is a part of it.
    !name.ends_with("VHOST") && ["HOST", "HOSTNAME", "SERVER", "ADDRESS", "ADDR"].iter().any(|end| name.ends_with(end))
}

/// A broker without a default is looked for on the pod itself. Redis is one where no variable is called a broker.
fn is_broker_without_default(project: &Project, variable: &Variable) -> bool {
    let has = |name: &str, words: &[&str]| name.split('_').any(|word| words.contains(&word));
    let is_called_so = |name: &str| has(name, &["BROKER", "AMQP", "RABBITMQ"]);
    let name = variable.name.as_str();
    let all = || project.environment.config.iter().chain(&project.environment.secret);
    let is_redis = has(name, &["REDIS", "VALKEY", "RQ"])
        && (is_address(name) || has(name, &["URL", "URI", "DSN"]))
        && !all().any(|variable| is_called_so(&variable.name));
    project.broker.is_some() && lacks(variable) && (is_called_so(name) || is_redis)
}

/// The word by which a variable belongs to a store, where it is a part of the connection.
fn part_of<'n>(name: &'n str, words: &str) -> Option<&'n str> {
    let joined = ["PG", "DB"].into_iter().find_map(|prefix| name.strip_prefix(prefix));
    if let Some(rest) =
        joined.filter(|rest| matches!(*rest, "HOST" | "USER" | "PASSWORD" | "PASS" | "DATABASE" | "NAME"))
    {
        return Some(&name[..name.len() - rest.len()]).filter(|word| is_one_of(words, word));
    }
    let last = name.rsplit('_').next().unwrap_or_default();
    let word = name.split('_').find(|word| is_one_of(words, word))?;
    (!is_of_tests(name) && (is_one_of(ADDRESSES, last) || is_one_of(PARTS, last))).then_some(word)
}

fn place(variable: &Variable) -> String {
    format!("{}:{}", variable.place.file, variable.place.line)
}
