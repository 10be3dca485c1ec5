//! Words that `app.toml`, detection and rendering share: frameworks, interfaces and servers, one spelling each.

pub(crate) mod allowed_hosts;

use schemars::JsonSchema;
use serde::Deserialize;

/// Folder of the code in the image.
pub(crate) const APP_FOLDER: &str = "/app";

/// Declares an enumeration whose variants have one fixed spelling wherever they are read or written.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
        pub enum $name {
            $($(#[$variant_meta])* #[serde(rename = $word)] $variant),+
        }

        impl $name {
            /// The word for it in JSON and `app.toml`.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(crate) use words;

/// The file of settings that gunicorn reads from its working directory on its own.
/// Source: <https://docs.gunicorn.org/en/stable/configure.html#configuration-file>
pub(crate) const GUNICORN_CONFIG: &str = "gunicorn.conf.py";

words! {
    /// The web framework.
    #[derive(Deserialize, JsonSchema)]
    Framework {
        /// Django.
        Django = "django",
        /// Flask.
        Flask = "flask",
        /// FastAPI.
        FastApi = "fastapi",
    }
}

impl Framework {
    /// The name as people write it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Django => "Django",
            Self::Flask => "Flask",
            Self::FastApi => "FastAPI",
        }
    }

    /// The package that brings it, as PyPI names it.
    #[must_use]
    pub fn package(self) -> &'static str {
        self.as_str()
    }

    /// The interface of its applications where `app.toml` names none.
    #[must_use]
    pub fn default_interface(self) -> Interface {
        match self {
            Self::Django | Self::Flask => Interface::Wsgi,
            Self::FastApi => Interface::Asgi,
        }
    }
}

words! {
    /// Protocol between server and application.
    #[derive(Deserialize, JsonSchema)]
    Interface {
        /// PEP 3333.
        Wsgi = "wsgi",
        /// The ASGI specification.
        Asgi = "asgi",
    }
}

impl Interface {
    /// The server that runs where `app.toml` names none.
    #[must_use]
    pub fn default_server(self) -> ServerKind {
        match self {
            Self::Wsgi => ServerKind::Gunicorn,
            Self::Asgi => ServerKind::Uvicorn,
        }
    }
}

words! {
    /// Application server.
    #[derive(Deserialize, JsonSchema)]
    ServerKind {
        /// gunicorn, for WSGI.
        Gunicorn = "gunicorn",
        /// uvicorn, for ASGI.
        Uvicorn = "uvicorn",
        /// hypercorn, for ASGI and WSGI.
        Hypercorn = "hypercorn",
        /// granian, for ASGI and WSGI.
        Granian = "granian",
        /// uWSGI, for WSGI.
        Uwsgi = "uwsgi",
    }
}

impl ServerKind {
    /// The package that brings it, as PyPI names it.
    #[must_use]
    pub fn package(self) -> &'static str {
        self.as_str()
    }

    /// Whether it can serve that interface; gunicorn serves ASGI through the worker class of another package.
    #[must_use]
    pub fn speaks(self, interface: Interface) -> bool {
        match self {
            Self::Uvicorn => interface == Interface::Asgi,
            Self::Uwsgi => interface == Interface::Wsgi,
            Self::Gunicorn | Self::Hypercorn | Self::Granian => true,
        }
    }
}
