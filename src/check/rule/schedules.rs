//! A CronJob's schedule and time zone are what the API server parses.

use super::Report;
use crate::kube::grammar::cron;
use crate::kube::object::Object;

pub(super) fn check(object: &Object, report: &mut Report) {
    if object.identity.kind != "CronJob" {
        return;
    }
    let schedule = object.at("spec.schedule").as_str().unwrap_or_default();
    if let Err(why) = cron::check(schedule) {
        report.fault(object, format!("schedule `{schedule}` {why}"));
    }
    match object.at("spec.timeZone").as_str() {
        None => report.policy(object, "has no time zone; the schedule uses that of the control plane"),
        Some(zone) if !is_zone(zone) => {
            report.fault(object, format!("time zone `{zone}` is not in the time zone database"));
        }
        Some(_) => {}
    }
}

/// The form of a tz database name: `Etc/UTC`, `America/Argentina/Buenos_Aires`; the cluster knows which there are.
/// `Local` is refused by the API server, an empty one means nothing.
fn is_zone(zone: &str) -> bool {
    let is_part = |part: &str| {
        part.starts_with(|first: char| first.is_ascii_uppercase())
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+-".contains(&byte))
    };
    !zone.eq_ignore_ascii_case("local") && zone.split('/').all(is_part)
}

#[cfg(test)]
mod tests {
    use crate::check::Level::{Fault, Policy};
    use crate::check::fixture::Sample;

    const RULE: &str = "schedules";
    const CRON: &str = "k8s/clear-sessions.yaml";

    #[test]
    fn schedule_and_zone_parse() {
        Sample::good().assert_silent(RULE);
        Sample::good().edit(CRON, "0 3 * * *", "0 25 * * *").assert_finds(RULE, Fault, "bad hour");
        Sample::good().edit(CRON, "0 3 * * *", "daily").assert_finds(RULE, Fault, "1 fields, not 5");
        for bad in ["Local", "europe/Berlin", "Europe/", "UTC+ 1"] {
            Sample::good().edit(CRON, "Europe/Berlin", bad).assert_finds(RULE, Fault, "not in the time zone database");
        }
        Sample::good().edit(CRON, "Europe/Berlin", "Etc/GMT+1").assert_silent(RULE);
        Sample::good().edit(CRON, "  timeZone: Europe/Berlin\n", "").assert_finds(RULE, Policy, "no time zone");
    }
}
