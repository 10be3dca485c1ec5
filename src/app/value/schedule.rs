//! When a CronJob runs.

use super::checked_text;
use crate::data::time_zones;
use crate::diagnostic::nearest;
use crate::kube::grammar::cron;

checked_text!(
    /// A schedule as the API server takes it.
    Schedule,
    |text| {
        if text.contains("TZ=") {
            return Err("holds a time zone, which the API server refuses there; `timezone` is the place for it".into());
        }
        cron::check(text)?;
        Ok(text.to_owned())
    }
);

checked_text!(
    /// A time zone by its IANA name.
    TimeZone,
    |text| {
        if time_zones().any(|zone| zone == text) {
            return Ok(text.to_owned());
        }
        Err(match nearest(text, time_zones()) {
            Some(zone) => format!("must be a time zone's IANA name; did you mean `{zone}`?"),
            None => "must be a time zone's IANA name, such as `Europe/Berlin`".into(),
        })
    }
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_and_schedules_are_those_of_the_api_server() {
        assert!("Europe/Berlin".parse::<TimeZone>().is_ok() && "Etc/UTC".parse::<TimeZone>().is_ok());
        assert!("Europe/Berln".parse::<TimeZone>().unwrap_err().contains("did you mean `Europe/Berlin`?"));
        assert!("Local".parse::<TimeZone>().is_err() && "".parse::<TimeZone>().is_err());
        assert!("0 3 * * *".parse::<Schedule>().is_ok() && "@daily".parse::<Schedule>().is_ok());
        assert!("CRON_TZ=UTC 0 3 * * *".parse::<Schedule>().unwrap_err().contains("`timezone`"));
        assert!("0 25 * * *".parse::<Schedule>().is_err());
    }
}
