//! Git repositories that ask for a login.

use super::super::faults::Faults;
use crate::app::value::{ExtraName, HostName};
use crate::config::defaults;
use crate::config::section::{BuildSection, Manager};

/// The resolved `[build] git`.
#[derive(Clone, Debug)]
pub(in crate::app::resolve) struct GitLogin {
    /// Build secret with a netrc file.
    pub(in crate::app::resolve) secret: ExtraName,
    /// Hosts whose SSH addresses are fetched by HTTPS.
    pub(in crate::app::resolve) hosts: Vec<HostName>,
}

/// `[build] git`; one netrc file is mounted, so a private index uses the same.
pub(super) fn resolve(section: &BuildSection, faults: &mut Faults<'_>) -> Option<GitLogin> {
    let git = section.git.as_ref()?;
    let default = [defaults::build::GIT_HOST.to_owned()];
    let hosts = git.hosts.as_deref().unwrap_or(&default);
    let hosts = faults.parse_all(hosts, &["build", "git", "hosts"]);
    let secret = faults.parse(&git.secret, &["build", "git", "secret"])?;
    if section.index.as_ref().is_some_and(|index| index.secret != git.secret) {
        faults.contradiction(
            "a build has one netrc file, and two secrets are named for it",
            (&["build", "git"], ""),
            (&["build", "index"], "another one"),
            "name the same secret: a netrc file holds logins of several machines",
        );
    }
    Some(GitLogin { secret, hosts })
}

impl GitLogin {
    /// Git's settings for addresses: what it fetches instead, and what it is asked for.
    /// Source: <https://git-scm.com/docs/git-config#Documentation/git-config.txt-urlltbasegtinsteadOf>
    pub(in crate::app::resolve) fn rewritten(&self) -> Vec<(String, String)> {
        let of_host = |host: &HostName| {
            let key = format!("url.https://{host}/.insteadOf");
            [format!("ssh://git@{host}/"), format!("git@{host}:")].map(|address| (key.clone(), address))
        };
        self.hosts.iter().flat_map(of_host).collect()
    }

    /// The same as variables of the build stage; Poetry needs a setting to use Git itself.
    /// Sources: <https://git-scm.com/docs/git-config#ENVIRONMENT>,
    /// <https://python-poetry.org/docs/configuration/#system-git-client>
    pub(super) fn env(&self, manager: Manager) -> Vec<String> {
        let rewritten = self.rewritten();
        let mut env = vec![format!("GIT_CONFIG_COUNT={}", rewritten.len())];
        for (number, (key, value)) in rewritten.iter().enumerate() {
            env.extend([format!("GIT_CONFIG_KEY_{number}={key}"), format!("GIT_CONFIG_VALUE_{number}={value}")]);
        }
        env.extend((manager == Manager::Poetry).then(|| "POETRY_SYSTEM_GIT_CLIENT=true".to_owned()));
        env
    }
}
