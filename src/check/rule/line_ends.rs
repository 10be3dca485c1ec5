//! Every text ends with one line feed and holds no other control character: no carriage return, no BOM, none of the line
//! separators that only some readers take for one. A tab is legal inside of a text that the user gave.

use super::Report;
use crate::file_set::RelativePath;
use crate::kube::grammar::is_foreign;

pub(super) fn check(path: &RelativePath, text: &str, report: &mut Report) {
    if text.is_empty() {
        return;
    }
    if !text.ends_with('\n') {
        report.fault_in(path, "does not end with a line feed");
    }
    if text.ends_with("\n\n") {
        report.policy_in(path, "ends with an empty line");
    }
    for (number, line) in text.lines().enumerate() {
        // `lines` strips a carriage return before the line feed, so it is looked for in the whole text.
        if let Some(bad) = line.chars().find(|c| is_foreign(*c) && *c != '\t') {
            report.fault_in(path, format!("line {} holds U+{:04X}", number + 1, u32::from(bad)));
        }
        if line.contains('\t') {
            report.policy_in(path, format!("line {} holds a tab", number + 1));
        }
        if line.ends_with(' ') {
            report.policy_in(path, format!("line {} ends with a blank", number + 1));
        }
    }
    if text.contains('\r') {
        report.fault_in(path, "holds a carriage return");
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Level::{Fault, Policy};
    use crate::check::fixture::Sample;

    const RULE: &str = "line-ends";

    #[test]
    fn one_line_feed_at_the_end_and_nothing_foreign() {
        Sample::good().put(".dockerignore", "").put("a.py", "x = 'ä'\n").assert_silent(RULE);
        Sample::good().put("a.py", "x").assert_finds(RULE, Fault, "does not end with a line feed");
        Sample::good().put("a.py", "x\n\n").assert_finds(RULE, Policy, "ends with an empty line");
        Sample::good().put("a.py", "x\r\n").assert_finds(RULE, Fault, "carriage return");
        Sample::good().put("a.py", "y\n\tx\n").assert_finds(RULE, Policy, "line 2 holds a tab");
        Sample::good().put("a.py", "y\n\u{7}x\n").assert_finds(RULE, Fault, "line 2 holds U+0007");
        Sample::good().put("a.py", "x\u{2028}y\n").assert_finds(RULE, Fault, "U+2028");
        Sample::good().put("a.py", "x\u{85}y\n").assert_finds(RULE, Fault, "U+0085");
        Sample::good().put("a.py", "x \n").assert_finds(RULE, Policy, "line 1 ends with a blank");
    }
}
