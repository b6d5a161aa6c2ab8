//! Names of timestamped directories: `..YYYY_MM_DD_HH_MM_SS.NANOS` (VOL-13).

use std::time::Duration;

use crate::clock::Timestamp;

/// Year, month and day of a day since 1970-01-01, in the Gregorian calendar.
fn civil(days: u64) -> (u64, u64, u64) {
    let (mut year, mut left) = (1970, days);
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    loop {
        let length = if leap(year) { 366 } else { 365 };
        if left < length {
            break;
        }
        left -= length;
        year += 1;
    }
    let february = if leap(year) { 29 } else { 28 };
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if left < length {
            break;
        }
        left -= length;
        month += 1;
    }
    (year, month, left + 1)
}

/// The name for `time`, or for the next nanosecond whose name isn't `taken`.
pub(super) fn directory_name(time: Timestamp, taken: impl Fn(&str) -> bool) -> String {
    let mut time = time;
    loop {
        let (days, seconds) = (time.seconds() / 86_400, time.seconds() % 86_400);
        let (year, month, day) = civil(days);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let nanos = time.subsec_nanos();
        let name = format!("..{year:04}_{month:02}_{day:02}_{hour:02}_{minute:02}_{second:02}.{nanos:09}");
        if !taken(&name) {
            return name;
        }
        time = time + Duration::from_nanos(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_time_in_utc() {
        let name =
            |seconds: u64| directory_name(Timestamp::from_nanos(seconds * 1_000_000_000 + 7), |_| false);
        assert_eq!(name(0), "..1970_01_01_00_00_00.000000007");
        assert_eq!(name(951_782_400), "..2000_02_29_00_00_00.000000007");
        assert_eq!(name(1_735_689_599), "..2024_12_31_23_59_59.000000007");
    }

    #[test]
    fn a_taken_name_is_not_given_again() {
        let time = Timestamp::from_nanos(5);
        let first = directory_name(time, |_| false);
        assert_eq!(directory_name(time, |name| name == first), "..1970_01_01_00_00_00.000000006");
    }
}
