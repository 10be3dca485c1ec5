//! Every ServiceAccount that a pod runs as is in the set, and gives no token away unasked.

use super::Report;
use crate::check::tree::Bundle;

pub(super) fn check(bundle: &Bundle, report: &mut Report) {
    for workload in bundle.workloads() {
        match workload.pod()["serviceAccountName"].as_str() {
            None | Some("default") => {
                report
                    .policy(workload.object, "runs as the ServiceAccount `default`, which all of the namespace share");
            }
            Some(name) if bundle.find("ServiceAccount", name).is_none() => {
                report.fault(workload.object, format!("runs as ServiceAccount `{name}`, which is not in the set"));
            }
            Some(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Level::{Fault, Policy};
    use crate::check::fixture::Sample;

    const RULE: &str = "service-accounts";

    #[test]
    fn pods_run_as_an_account_of_the_set() {
        Sample::good().assert_silent(RULE);
        let account = "serviceAccountName: shop";
        Sample::good().edit("k8s/worker.yaml", account, "serviceAccountName: gone").assert_finds(
            RULE,
            Fault,
            "ServiceAccount `gone`",
        );
        Sample::good().edit("k8s/worker.yaml", account, "enableServiceLinks: false").assert_finds(
            RULE,
            Policy,
            "`default`",
        );
        Sample::good().without("k8s/service-account.yaml").assert_finds(RULE, Fault, "ServiceAccount `shop`");
    }
}
