//! What all servers in the cluster have.

use super::super::super::pod::{Probe, ProbeHandler, Resources, SecretKeyRef};

/// Name of the volume with the server's data.
pub(super) const DATA: &str = "data";

/// What does not depend on the program.
#[derive(Clone, Debug)]
pub(super) struct Common {
    pub(super) image: String,
    /// Where its password is.
    pub(super) password: SecretKeyRef,
    pub(super) resources: Resources,
}

/// A probe of a server.
pub(super) fn probe(handler: ProbeHandler, period_seconds: u32) -> Probe {
    Probe { handler, period_seconds, timeout_seconds: 5, failure_threshold: 3, comment: None }
}
