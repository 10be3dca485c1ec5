//! Requests and limits of a container: `[resources]`, with the keys of a workload of its own over them.

use super::super::pod::Resources;
use super::super::value::Quantity;
use super::faults::{Faults, constant};
use crate::config::defaults;
use crate::config::section::{CpuLimit, ResourcesSection};

/// What one container asks for and may use, whatever number of processes it holds.
#[derive(Clone, Debug)]
pub(super) struct Amounts {
    cpu_request: Quantity,
    cpu_limit: Limit,
    /// None: as the limit.
    memory_request: Option<Quantity>,
    /// None: by the number of processes.
    memory_limit: Option<Quantity>,
    ephemeral_storage_limit: Quantity,
}

/// How much CPU a container may use.
#[derive(Clone, Debug)]
enum Limit {
    /// As much as the node has.
    None,
    Amount(Quantity),
    /// A Python process computes on one core at a time, so one core each throttles nothing.
    OneCoreEach,
}

impl Amounts {
    /// Requests and limits of a container with that many processes.
    pub(super) fn resources(&self, processes: u32) -> Resources {
        let memory_limit = self.memory_limit.clone().unwrap_or_else(|| default_memory(processes));
        Resources {
            cpu_request: self.cpu_request.clone(),
            cpu_limit: match &self.cpu_limit {
                Limit::None => None,
                Limit::Amount(limit) => Some(limit.clone()),
                Limit::OneCoreEach => Some(more(Quantity::whole(processes), &self.cpu_request)),
            },
            memory_request: self.memory_request.clone().unwrap_or_else(|| memory_limit.clone()),
            memory_limit,
            ephemeral_storage_request: less(constant("64Mi"), &self.ephemeral_storage_limit),
            ephemeral_storage_limit: self.ephemeral_storage_limit.clone(),
        }
    }
}

/// The memory of that many processes: what is enough for a few, and as much more for each further one.
///
/// A Django process holds 37 MiB when it starts and 46 to 62 MiB at work (Django 6.1, Python 3.13).
fn default_memory(processes: u32) -> Quantity {
    match processes {
        0..=defaults::resources::FEW_PROCESSES => constant(defaults::resources::MEMORY),
        more => constant(&format!("{}Mi", more * defaults::resources::PROCESS_MEBIBYTES)),
    }
}

pub(super) fn resolve(section: &ResourcesSection, faults: &mut Faults<'_>) -> Amounts {
    resolve_over(&ResourcesSection::default(), &[], section, faults)
}

/// The keys of `own`, which are at `place`, over those of `base`.
pub(super) fn resolve_over(
    own: &ResourcesSection,
    place: &[&str],
    base: &ResourcesSection,
    faults: &mut Faults<'_>,
) -> Amounts {
    let section = merged(own, base);
    let memory_limit: Option<Quantity> =
        section.memory.as_deref().and_then(|text| faults.parse(text, &path(place, "memory", faults)));
    let memory_request = section.memory_request.as_deref();
    let memory_request = memory_request.and_then(|text| faults.parse(text, &path(place, "memory-request", faults)));
    let cpu_limit = match &section.cpu_limit {
        Some(CpuLimit::Switch(false)) => Limit::None,
        Some(CpuLimit::Quantity(limit)) => {
            faults.parse(limit, &path(place, "cpu-limit", faults)).map_or(Limit::OneCoreEach, Limit::Amount)
        }
        Some(CpuLimit::Switch(true)) | None => Limit::OneCoreEach,
    };
    let disk = section.ephemeral_storage.as_deref();
    let amounts = Amounts {
        cpu_request: faults.parse_or(section.cpu.as_deref(), defaults::resources::CPU, &path(place, "cpu", faults)),
        cpu_limit,
        memory_request,
        memory_limit,
        ephemeral_storage_limit: faults.parse_or(
            disk,
            defaults::resources::EPHEMERAL_STORAGE,
            &path(place, "ephemeral-storage", faults),
        ),
    };
    requests_within_limits(place, &amounts, faults);
    amounts
}

/// Where `key` is: in the workload's own table, or in `[resources]`.
fn path<'k>(place: &[&'k str], key: &'k str, faults: &Faults<'_>) -> Vec<&'k str> {
    let own = [place, &[key]].concat();
    if !place.is_empty() && faults.has(&own) { own } else { vec!["resources", key] }
}

fn requests_within_limits(place: &[&str], amounts: &Amounts, faults: &mut Faults<'_>) {
    let cpu_limit = if let Limit::Amount(limit) = &amounts.cpu_limit { Some(limit) } else { None };
    let usual = constant(defaults::resources::MEMORY);
    let memory_limit = amounts.memory_limit.as_ref().unwrap_or(&usual);
    let memory_request = amounts.memory_request.as_ref().unwrap_or(memory_limit);
    let pairs = [
        ("cpu", &amounts.cpu_request, "cpu-limit", cpu_limit),
        ("memory-request", memory_request, "memory", Some(memory_limit)),
    ];
    for (request_key, request, limit_key, limit) in pairs {
        if limit.is_some_and(|limit| request.thousandths() > limit.thousandths()) {
            let (request_path, limit_path) = (path(place, request_key, faults), path(place, limit_key, faults));
            let (asked, allowed) = (request_path.join("."), limit_path.join("."));
            faults.contradiction(
                &format!("`{asked}` asks for more than `{allowed}` allows"),
                (&request_path, "the request"),
                (&limit_path, "the limit"),
                "a request must not exceed its limit",
            );
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

fn less(one: Quantity, other: &Quantity) -> Quantity {
    if one.thousandths() <= other.thousandths() { one } else { other.clone() }
}
