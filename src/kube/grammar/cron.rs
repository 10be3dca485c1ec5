//! Schedules of `CronJobs`: five fields, or a word after `@`.
//!
//! Source: robfig/cron v3 `ParseStandard`, which the API server validates with. Sunday is 0 only; a time zone belongs
//! into `timeZone`, the API server refuses `TZ=` here.

/// A field's name, its smallest and greatest value, and the words that may stand for the values from the smallest on.
struct Field {
    name: &'static str,
    min: u32,
    max: u32,
    words: &'static [&'static str],
}

const FIELDS: [Field; 5] = [
    Field { name: "minute", min: 0, max: 59, words: &[] },
    Field { name: "hour", min: 0, max: 23, words: &[] },
    Field { name: "day of the month", min: 1, max: 31, words: &[] },
    Field {
        name: "month",
        min: 1,
        max: 12,
        words: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    },
    Field { name: "day of the week", min: 0, max: 6, words: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"] },
];

const DESCRIPTORS: &[&str] = &["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

/// Says what is wrong with a schedule, in a clause that can follow it.
pub(crate) fn check(schedule: &str) -> Result<(), String> {
    if let Some(duration) = schedule.strip_prefix("@every ") {
        return if is_duration(duration) { Ok(()) } else { Err("has a duration that Go cannot read".into()) };
    }
    if schedule.starts_with('@') {
        return if DESCRIPTORS.contains(&schedule) { Ok(()) } else { Err("is not a known descriptor".into()) };
    }
    let fields: Vec<_> = schedule.split_ascii_whitespace().collect();
    if fields.len() != FIELDS.len() {
        return Err(format!("has {} fields, not 5", fields.len()));
    }
    FIELDS.iter().zip(fields).try_for_each(|(field, text)| {
        text.split(',')
            .try_for_each(|range| field.range(range))
            .map_err(|why| format!("has a bad {}: `{text}` {why}", field.name))
    })
}

impl Field {
    /// `*`, `?`, `n`, `n-m`, each with an optional `/step`.
    fn range(&self, text: &str) -> Result<(), &'static str> {
        let (range, step) = match text.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (text, None),
        };
        if let Some(step) = step
            && step.parse::<u32>().ok().is_none_or(|step| step == 0)
        {
            return Err("has a step that is not a number above 0");
        }
        if range == "*" || range == "?" {
            return Ok(());
        }
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (Some(first), Some(last)) = (self.value(first), self.value(last)) else {
            return Err("is out of range or not a number");
        };
        if first > last { Err("runs backwards") } else { Ok(()) }
    }

    fn value(&self, text: &str) -> Option<u32> {
        let word = self.words.iter().position(|word| word.eq_ignore_ascii_case(text));
        let value = match word {
            Some(place) => self.min + u32::try_from(place).ok()?,
            None if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok()?,
            None => return None,
        };
        (self.min..=self.max).contains(&value).then_some(value)
    }
}

/// Go's `time.ParseDuration` for positive values: numbers with units, no blanks.
fn is_duration(text: &str) -> bool {
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(0);
        if digits == 0 || rest[..digits].parse::<f64>().is_err() {
            return false;
        }
        rest = &rest[digits..];
        // `ms` before `m`: the longer unit wins.
        let Some(unit) = ["ns", "us", "µs", "ms", "h", "m", "s"].iter().find(|unit| rest.starts_with(**unit)) else {
            return false;
        };
        rest = &rest[unit.len()..];
    }
    !text.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_of_the_api_are_taken() {
        for good in [
            "17 3 * * *",
            "*/15 * * * *",
            "0 0 1,15 jan-MAR mon-fri",
            "5-50/5 ? * * 0",
            "@daily",
            "@every 1h30m",
            "0  3 * * *",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn schedules_that_the_api_refuses_are_refused() {
        for bad in [
            "",
            "* * * *",
            "* * * * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * * 13 *",
            "* * * * 7",
            "*/0 * * * *",
            "5-1 * * * *",
            "a * * * *",
            "@reboot",
            "@every",
            "@every 5",
            "@every 1 h",
            "TZ=UTC 0 3 * * *",
            "+1 * * * *",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
