//! date, and times in words: the civil calendar in UTC.

use wasipod_guest_os as os;

use crate::applet::{Context, Failure, Outcome};

const DAY: i64 = 86400;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// A moment in the calendar.
#[derive(Clone, Copy)]
struct Civil {
    year: i64,
    /// 1 to 12.
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
}

/// Days since 1970-01-01 of a date in the Gregorian calendar. Years begin in March here: leap days come last.
fn days_from(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

impl Civil {
    fn at(seconds: i64) -> Self {
        let days = seconds.div_euclid(DAY) + 719_468;
        let rest = seconds.rem_euclid(DAY);
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        Self {
            year: era * 400 + year_of_era + i64::from(month <= 2),
            month,
            day: day_of_year - (153 * shifted + 2) / 5 + 1,
            hour: rest / 3600,
            minute: rest / 60 % 60,
            second: rest % 60,
        }
    }

    fn days(self) -> i64 {
        days_from(self.year, self.month, self.day)
    }

    fn seconds(self) -> i64 {
        self.days() * DAY + self.hour * 3600 + self.minute * 60 + self.second
    }

    /// Whether it is in the calendar.
    fn is_valid(self) -> bool {
        (1..=12).contains(&self.month)
            && (1..=31).contains(&self.day)
            && (0..24).contains(&self.hour)
            && (0..60).contains(&self.minute)
            && (0..=60).contains(&self.second)
    }

    /// The week's number, the first day of weeks being this one (0 Sunday).
    fn week(self, first: i64) -> i64 {
        let day_of_year = self.days() - days_from(self.year, 1, 1);
        let weekday = (self.days() + 4 - first).rem_euclid(7);
        (day_of_year + 7 - weekday) / 7
    }

    /// ISO 8601's year and week.
    fn iso(self) -> (i64, i64) {
        let thursday = self.days() - (self.days() + 3).rem_euclid(7) + 3;
        let year = Civil::at(thursday * DAY).year;
        (year, (thursday - days_from(year, 1, 1)) / 7 + 1)
    }
}

fn name<'a>(names: &[&'a str], index: i64) -> &'a str {
    usize::try_from(index).ok().and_then(|i| names.get(i)).copied().unwrap_or("?")
}

fn short<'a>(names: &[&'a str], index: i64) -> &'a str {
    name(names, index).get(..3).unwrap_or("?")
}

/// strftime in the POSIX locale, at this moment in UTC.
pub(super) fn format(form: &str, seconds: i64) -> String {
    let at = Civil::at(seconds);
    let weekday = (at.days() + 4).rem_euclid(7);
    let half = match at.hour % 12 {
        0 => 12,
        hour => hour,
    };
    let noon = if at.hour < 12 { "AM" } else { "PM" };
    let mut out = String::new();
    let mut chars = form.chars();
    while let Some(char) = chars.next() {
        if char != '%' {
            out.push(char);
            continue;
        }
        let mut letter = chars.next();
        let unpadded = letter == Some('-');
        if matches!(letter, Some('-' | 'E' | 'O')) {
            letter = chars.next();
        }
        let padded = |number: i64| if unpadded { number.to_string() } else { format!("{number:02}") };
        let spaced = |number: i64| if unpadded { number.to_string() } else { format!("{number:2}") };
        out.push_str(&match letter {
            Some('a') => short(&DAYS, weekday).to_owned(),
            Some('A') => name(&DAYS, weekday).to_owned(),
            Some('b' | 'h') => short(&MONTHS, at.month - 1).to_owned(),
            Some('B') => name(&MONTHS, at.month - 1).to_owned(),
            Some('c') => format("%a %b %e %H:%M:%S %Y", seconds),
            Some('C') => padded(at.year.div_euclid(100)),
            Some('d') => padded(at.day),
            Some('D' | 'x') => format("%m/%d/%y", seconds),
            Some('e') => spaced(at.day),
            Some('F') => format("%Y-%m-%d", seconds),
            Some('g') => padded(at.iso().0.rem_euclid(100)),
            Some('G') => at.iso().0.to_string(),
            Some('H') => padded(at.hour),
            Some('I') => padded(half),
            Some('j') => format!("{:03}", at.days() - days_from(at.year, 1, 1) + 1),
            Some('k') => spaced(at.hour),
            Some('l') => spaced(half),
            Some('m') => padded(at.month),
            Some('M') => padded(at.minute),
            Some('n') => "\n".to_owned(),
            Some('p') => noon.to_owned(),
            Some('P') => noon.to_ascii_lowercase(),
            Some('r') => format("%I:%M:%S %p", seconds),
            Some('R') => format("%H:%M", seconds),
            Some('s') => seconds.to_string(),
            Some('S') => padded(at.second),
            Some('t') => "\t".to_owned(),
            Some('T' | 'X') => format("%H:%M:%S", seconds),
            Some('u') => (if weekday == 0 { 7 } else { weekday }).to_string(),
            Some('U') => padded(at.week(0)),
            Some('V') => padded(at.iso().1),
            Some('w') => weekday.to_string(),
            Some('W') => padded(at.week(1)),
            Some('y') => padded(at.year.rem_euclid(100)),
            Some('Y') => at.year.to_string(),
            Some('z') => "+0000".to_owned(),
            Some('Z') => "UTC".to_owned(),
            Some('%') => "%".to_owned(),
            Some(other) => format!("%{other}"),
            None => "%".to_owned(),
        });
    }
    out
}

/// Numbers between the separators, if it has exactly this form (`d` stands for a number).
fn numbers(text: &str, separators: &[char]) -> Option<Vec<i64>> {
    let mut rest = text;
    let mut all = Vec::new();
    for separator in separators {
        let (number, after) = rest.split_once(*separator)?;
        all.push(number);
        rest = after;
    }
    all.push(rest);
    let digits = |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    all.iter().all(digits).then(|| all.iter().filter_map(|text| text.parse().ok()).collect())
}

/// A moment in one of the forms that `date -d` knows, in seconds since 1970; missing parts are those of `now`.
pub(super) fn parse(text: &str, now: i64) -> Option<i64> {
    if let Some(seconds) = text.strip_prefix('@') {
        return seconds.split('.').next()?.parse().ok();
    }
    let text = text.strip_suffix('Z').or_else(|| text.strip_suffix(" UTC")).unwrap_or(text);
    let today = Civil { second: 0, ..Civil::at(now) };
    let civil = if let Some([hour, minute]) = numbers(text, &[':']).as_deref() {
        Civil { hour: *hour, minute: *minute, ..today }
    } else if let Some([hour, minute, second]) = numbers(text, &[':', ':']).as_deref() {
        Civil { hour: *hour, minute: *minute, second: *second, ..today }
    } else if let Some([year, month, day]) = numbers(text, &['-', '-']).as_deref() {
        Civil { year: *year, month: *month, day: *day, hour: 0, minute: 0, second: 0 }
    } else if let Some((date, time)) = text.split_once([' ', 'T'])
        && let Some([year, month, day]) = numbers(date, &['-', '-']).as_deref()
    {
        let time = match time.matches(':').count() {
            0 => numbers(time, &[])?,
            1 => numbers(time, &[':'])?,
            _ => numbers(time.split('.').next()?, &[':', ':'])?,
        };
        let part = |i: usize| time.get(i).copied().unwrap_or(0);
        Civil { year: *year, month: *month, day: *day, hour: part(0), minute: part(1), second: part(2) }
    } else if let Some((date, time)) = text.split_once('-') {
        // [YYYY.]MM.DD-hh:mm[:ss]
        let date = numbers(date, &['.']).or_else(|| numbers(date, &['.', '.']))?;
        let time = numbers(time, &[':']).or_else(|| numbers(time, &[':', ':']))?;
        let (year, month, day) = match date.as_slice() {
            [month, day] => (today.year, *month, *day),
            [year, month, day] => (*year, *month, *day),
            _ => return None,
        };
        let part = |i: usize| time.get(i).copied().unwrap_or(0);
        Civil { year, month, day, hour: part(0), minute: part(1), second: part(2) }
    } else {
        compact(text, today)?
    };
    civil.is_valid().then(|| civil.seconds())
}

/// [[[[[YY]YY]MM]DD]hh]mm[.ss]
fn compact(text: &str, today: Civil) -> Option<Civil> {
    let (digits, second) = match text.split_once('.') {
        Some((digits, second)) => (digits, second.parse().ok()?),
        None => (text, 0),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) || digits.len() % 2 != 0 {
        return None;
    }
    let mut pairs: Vec<i64> = Vec::new();
    for at in (0..digits.len()).step_by(2) {
        pairs.push(digits.get(at..at + 2)?.parse().ok()?);
    }
    let mut civil = Civil { second, ..today };
    civil.minute = pairs.pop()?;
    for field in [&mut civil.hour, &mut civil.day, &mut civil.month] {
        if let Some(value) = pairs.pop() {
            *field = value;
        }
    }
    match pairs.as_slice() {
        [] => {}
        [year] => civil.year = if *year < 69 { 2000 + year } else { 1900 + year },
        [century, year] => civil.year = century * 100 + year,
        _ => return None,
    }
    Some(civil)
}

pub(super) fn date(context: &mut Context) -> Outcome {
    let long = [("utc", 'u'), ("date", 'd'), ("reference", 'r'), ("rfc-2822", 'R'), ("set", 's')];
    // -I's value is attached or missing, which no other option of ours does.
    let mut precision = None;
    context.args.retain(|argument| match argument.strip_prefix("-I") {
        Some(text) => {
            precision = Some(text.to_owned());
            false
        }
        None => true,
    });
    let options = context.options("Rs:ud:r:D:", &long)?;
    if options.value('D').is_some() {
        return Err(Failure::new("-D is not supported"));
    }
    let now = os::now();
    let mut seconds = now.seconds;
    if let Some(path) = options.value('r') {
        seconds = os::stat(path, true)
            .map_err(|error| Failure::new(format!("can't stat '{path}': {error}")))?
            .mtime
            .seconds;
    }
    if let Some(text) = options.value('d') {
        seconds = parse(text, now.seconds).ok_or_else(|| Failure::new(format!("invalid date '{text}'")))?;
    }
    let mut form = None;
    let mut to_set = options.value('s');
    for operand in &options.operands {
        match operand.strip_prefix('+') {
            Some(text) => form = Some(text.to_owned()),
            None => to_set = Some(operand),
        }
    }
    if let Some(text) = to_set {
        if parse(text, now.seconds).is_none() {
            return Err(Failure::new(format!("invalid date '{text}'")));
        }
        context.complain(&format!("can't set date: {}", os::Errno::EPERM));
    }
    let form = match (form, precision.as_deref()) {
        (Some(form), _) => form,
        (None, Some("" | "date")) => "%Y-%m-%d".to_owned(),
        (None, Some("hours")) => "%Y-%m-%dT%H+00:00".to_owned(),
        (None, Some("minutes")) => "%Y-%m-%dT%H:%M+00:00".to_owned(),
        (None, Some("seconds")) => "%Y-%m-%dT%H:%M:%S+00:00".to_owned(),
        (None, Some("ns")) => format!("%Y-%m-%dT%H:%M:%S,{:09}+00:00", now.nanoseconds),
        (None, Some(_)) => return Err(context.wrong_usage(None)),
        (None, None) if options.has('R') => "%a, %d %b %Y %H:%M:%S +0000".to_owned(),
        (None, None) => "%a %b %e %H:%M:%S UTC %Y".to_owned(),
    };
    let text = format(&form, seconds);
    context.out.line(&text);
    Ok(u8::from(to_set.is_some()))
}
