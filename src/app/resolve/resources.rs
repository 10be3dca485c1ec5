//! Requests and limits of a container: `[resources]`, with the keys of a workload of its own over them.

use super::super::pod::Resources;
use super::super::value::Quantity;
use super::Resolver;
use crate::config::section::{CpuLimit, ResourcesSection};

/// `[resources]` of one workload, and where its keys stand.
struct Written<'a> {
    section: ResourcesSection,
    place: &'a [&'a str],
}

impl<'a> Written<'a> {
    /// Where `key` stands: in the workload's own table, or in `[resources]`.
    fn path<'k>(&self, resolver: &Resolver<'_>, key: &'k str) -> Vec<&'k str>
    where
        'a: 'k,
    {
        let own = [self.place, &[key]].concat();
        if !self.place.is_empty() && resolver.document.has(&own) { own } else { vec!["resources", key] }
    }
}

impl Resolver<'_> {
    /// What the web workload, or another without keys of its own, asks for and may use.
    pub(super) fn resources(&mut self, processes: u32) -> Option<Resources> {
        self.resources_over(&ResourcesSection::default(), &[], processes)
    }

    /// The same, with the keys of `own`, which stand at `place`, over `[resources]`.
    pub(super) fn resources_over(
        &mut self,
        own: &ResourcesSection,
        place: &[&str],
        processes: u32,
    ) -> Option<Resources> {
        let written = Written { section: merged(own, &self.config.resources), place };
        let section = &written.section;
        let cpu_request = self.amount_of(&written, section.cpu.as_deref(), "250m", "cpu")?;
        let memory_limit = self.amount_of(&written, section.memory.as_deref(), "512Mi", "memory")?;
        let asked = section.memory_request.as_deref();
        let memory_request = self.amount_of(&written, asked, memory_limit.as_ref(), "memory-request")?;
        let disk = section.ephemeral_storage.as_deref();
        let ephemeral_storage_limit = self.amount_of(&written, disk, "1Gi", "ephemeral-storage")?;
        let ephemeral_storage_request = at_most("64Mi", &ephemeral_storage_limit);
        let cpu_limit = match &section.cpu_limit {
            Some(CpuLimit::Switch(false)) => None,
            Some(CpuLimit::Quantity(limit)) => Some(self.amount_of(&written, Some(limit), "1", "cpu-limit")?),
            // A Python process computes on one core at a time, so one core each throttles nothing.
            Some(CpuLimit::Switch(true)) | None => Some(more(Quantity::whole(processes), &cpu_request)),
        };
        let resources = Resources {
            cpu_request,
            cpu_limit,
            memory_request,
            memory_limit,
            ephemeral_storage_request,
            ephemeral_storage_limit,
        };
        self.requests_within_limits(&written, &resources);
        Some(resources)
    }

    fn amount_of(&mut self, written: &Written<'_>, text: Option<&str>, default: &str, key: &str) -> Option<Quantity> {
        let path = written.path(self, key);
        self.parse_or(text, default, &path)
    }

    fn requests_within_limits(&mut self, written: &Written<'_>, resources: &Resources) {
        let cpu_limit = resources.cpu_limit.as_ref();
        let pairs = [
            ("cpu", &resources.cpu_request, "cpu-limit", cpu_limit),
            ("memory-request", &resources.memory_request, "memory", Some(&resources.memory_limit)),
        ];
        for (request_key, request, limit_key, limit) in pairs {
            if limit.is_some_and(|limit| request.thousandths() > limit.thousandths()) {
                let (request_path, limit_path) = (written.path(self, request_key), written.path(self, limit_key));
                let (asked, allowed) = (request_path.join("."), limit_path.join("."));
                self.contradiction(
                    &format!("`{asked}` asks for more than `{allowed}` allows"),
                    (&request_path, "the request"),
                    (&limit_path, "the limit"),
                    "a request must not exceed its limit",
                );
            }
        }
    }
}

/// The keys of `own`, and those of `base` where it has none.
fn merged(own: &ResourcesSection, base: &ResourcesSection) -> ResourcesSection {
    // A workload that sets its memory does not mean the request that belongs to another amount.
    let base_request = if own.memory.is_none() { base.memory_request.clone() } else { None };
    ResourcesSection {
        cpu: own.cpu.clone().or_else(|| base.cpu.clone()),
        cpu_limit: own.cpu_limit.clone().or_else(|| base.cpu_limit.clone()),
        memory: own.memory.clone().or_else(|| base.memory.clone()),
        memory_request: own.memory_request.clone().or(base_request),
        ephemeral_storage: own.ephemeral_storage.clone().or_else(|| base.ephemeral_storage.clone()),
    }
}

fn more(one: Quantity, other: &Quantity) -> Quantity {
    if one.thousandths() >= other.thousandths() { one } else { other.clone() }
}

/// `text`, or `most` when that is less.
fn at_most(text: &str, most: &Quantity) -> Quantity {
    match text.parse::<Quantity>() {
        Ok(wanted) if wanted.thousandths() <= most.thousandths() => wanted,
        _ => most.clone(),
    }
}
