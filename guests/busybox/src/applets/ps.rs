//! Looking at processes through /proc: ps, pgrep, pkill, pidof.

use wasipod_guest_os::{self as os, signal};

use crate::applet::{Context, Failure, Outcome};
use crate::users::{group_name, user_name};

/// One process as /proc tells of it.
pub(super) struct Process {
    pub(super) pid: u32,
    pub(super) comm: String,
    pub(super) argv: Vec<String>,
    state: String,
    parent: u32,
    group: u32,
    session: u32,
    terminal: u32,
    nice: i64,
    /// Hundredths of a second.
    ticks: u64,
    started: u64,
    /// Bytes.
    size: u64,
    /// Pages of 4096 bytes.
    resident: u64,
    uid: u32,
    gid: u32,
}

/// All processes, in the order of their ids.
pub(super) fn processes() -> Vec<Process> {
    let entries = os::read_directory("/proc").unwrap_or_default();
    let mut pids: Vec<u32> = entries.iter().filter_map(|entry| entry.name.parse().ok()).collect();
    pids.sort_unstable();
    // A process may end meanwhile: then it isn't shown.
    pids.into_iter().filter_map(read).collect()
}

fn read(pid: u32) -> Option<Process> {
    let owner = os::stat(&format!("/proc/{pid}"), true).ok()?;
    let stat = super::read_text(&format!("/proc/{pid}/stat"));
    let (start, end) = (stat.find('(')?, stat.rfind(')')?);
    let fields: Vec<&str> = stat.get(end + 1..)?.split_ascii_whitespace().collect();
    let number = |i: usize| fields.get(i).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    let short = |i: usize| u32::try_from(number(i)).unwrap_or(0);
    let cmdline = super::read_text(&format!("/proc/{pid}/cmdline"));
    Some(Process {
        pid,
        comm: stat.get(start + 1..end)?.to_owned(),
        argv: cmdline.split_terminator('\0').map(str::to_owned).collect(),
        state: (*fields.first()?).to_owned(),
        parent: short(1),
        group: short(2),
        session: short(3),
        terminal: short(4),
        ticks: number(11) + number(12),
        nice: fields.get(16).and_then(|text| text.parse().ok()).unwrap_or(0),
        started: number(19),
        size: number(20),
        resident: number(21),
        uid: owner.uid,
        gid: owner.gid,
    })
}

impl Process {
    fn command(&self) -> String {
        if self.argv.is_empty() { format!("[{}]", self.comm) } else { self.argv.join(" ").replace('\n', " ") }
    }
}

/// A column: its name for `-o`, header, width, whether to the right.
struct Column {
    name: &'static str,
    header: &'static str,
    width: usize,
    right: bool,
    show: fn(&Process) -> String,
}

const fn left(
    name: &'static str,
    header: &'static str,
    width: usize,
    show: fn(&Process) -> String,
) -> Column {
    Column { name, header, width, right: false, show }
}

const fn right(
    name: &'static str,
    header: &'static str,
    width: usize,
    show: fn(&Process) -> String,
) -> Column {
    Column { name, header, width, right: true, show }
}

static COLUMNS: [Column; 17] = [
    left("user", "USER", 8, |process| user(process.uid)),
    left("group", "GROUP", 8, |process| group(process.gid)),
    left("comm", "COMMAND", 16, |process| process.comm.clone()),
    left("args", "COMMAND", 256, Process::command),
    right("pid", "PID", 5, |process| process.pid.to_string()),
    right("ppid", "PPID", 5, |process| process.parent.to_string()),
    right("pgid", "PGID", 5, |process| process.group.to_string()),
    right("etime", "ELAPSED", 7, |process| minutes(elapsed(process))),
    right("nice", "NI", 5, |process| process.nice.to_string()),
    left("rgroup", "RGROUP", 8, |process| group(process.gid)),
    left("ruser", "RUSER", 8, |process| user(process.uid)),
    right("time", "TIME", 5, |process| minutes(process.ticks / 100)),
    left("tty", "TT", 6, |process| match process.terminal {
        0 => "?".to_owned(),
        device => format!("{},{}", device >> 8 & 0xfff, device & 0xff),
    }),
    right("vsz", "VSZ", 4, |process| kilobytes(process.size / 1024)),
    right("sid", "SID", 5, |process| process.session.to_string()),
    left("stat", "STAT", 4, |process| process.state.clone()),
    right("rss", "RSS", 4, |process| kilobytes(process.resident * 4)),
];

fn user(uid: u32) -> String {
    user_name(uid).unwrap_or_else(|| uid.to_string())
}

fn group(gid: u32) -> String {
    group_name(gid).unwrap_or_else(|| gid.to_string())
}

fn minutes(seconds: u64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

fn elapsed(process: &Process) -> u64 {
    let uptime = super::read_text("/proc/uptime");
    let uptime: f64 = uptime.split(' ').next().and_then(|text| text.parse().ok()).unwrap_or(0.0);
    (uptime as u64).saturating_sub(process.started / 100)
}

fn kilobytes(number: u64) -> String {
    match number {
        0..10_000 => number.to_string(),
        10_000..10_240_000 => format!("{}m", number / 1024),
        _ => format!("{}g", number / 1024 / 1024),
    }
}

pub(super) fn ps(context: &mut Context) -> Outcome {
    // BSD's letters have no dash; they ask for what is shown anyway.
    let options = context.options("o:aAdeflTwxuH", &[])?;
    let mut columns: Vec<(&Column, String)> = Vec::new();
    for list in options.values('o') {
        for item in list.split(',') {
            let (name, header) = match item.split_once('=') {
                Some((name, header)) => (name, Some(header.to_owned())),
                None => (item, None),
            };
            let Some(column) = COLUMNS.iter().find(|column| column.name == name) else {
                let names: Vec<&str> = COLUMNS.iter().map(|column| column.name).collect();
                let text = format!("bad -o argument '{name}', supported arguments: {}", names.join(","));
                return Err(Failure::new(text));
            };
            columns.push((column, header.unwrap_or_else(|| column.header.to_owned())));
        }
    }
    if columns.is_empty() {
        let default = ["pid", "user", "time", "args"];
        let find = |name: &str| COLUMNS.iter().find(|column| column.name == name);
        columns = default
            .iter()
            .filter_map(|name| find(name))
            .map(|column| (column, column.header.to_owned()))
            .collect();
    }
    let width = |column: &Column, header: &str| column.width.max(header.len());
    let last = columns.len() - 1;
    if columns.iter().any(|(_, header)| !header.is_empty()) {
        let mut line = String::new();
        for (i, (column, header)) in columns.iter().enumerate() {
            let width = if i == last { 0 } else { width(column, header) };
            line.push_str(&format!("{header:<width$}{}", if i == last { "" } else { " " }));
        }
        context.out.line(&line);
    }
    for process in processes() {
        let mut line = String::new();
        for (i, (column, header)) in columns.iter().enumerate() {
            let text = (column.show)(&process);
            let width = width(column, header);
            let cut = if i == last { text } else { text.chars().take(width).collect() };
            match (column.right, i == last) {
                (true, true) => line.push_str(&format!("{cut:>width$}")),
                (true, false) => line.push_str(&format!("{cut:>width$} ")),
                (false, true) => line.push_str(&cut),
                (false, false) => line.push_str(&format!("{cut:<width$} ")),
            }
        }
        context.out.line(&line);
    }
    Ok(0)
}

/// pgrep and pkill: processes whose name matches a regular expression.
pub(super) fn pgrep(context: &mut Context) -> Outcome {
    let kills = context.name == "pkill";
    let mut number = signal::TERM;
    let mut args = std::mem::take(&mut context.args);
    if kills
        && let Some(text) = args.first().and_then(|first| first.strip_prefix('-'))
        && let Some(found) = signal::number(text)
    {
        number = found;
        args.remove(0);
    }
    context.args = args;
    let options = context.options("lfvxonaP:s:u:", &[])?;
    let [pattern, ..] = options.operands.as_slice() else {
        if options.value('P').is_none() {
            return Err(context.wrong_usage(None));
        }
        return select(context, &options, None, kills.then_some(number));
    };
    let text = if options.has('x') { format!("^(?:{pattern})$") } else { pattern.clone() };
    let regex = super::regex::extended(&text, false)?;
    select(context, &options, Some(&regex), kills.then_some(number))
}

fn select(
    context: &mut Context,
    options: &crate::options::Options,
    regex: Option<&regex_lite::Regex>,
    kill: Option<u8>,
) -> Outcome {
    let parent: Option<u32> = match options.value('P') {
        Some(text) => Some(text.parse().map_err(|_| Failure::new(format!("invalid number '{text}'")))?),
        None => None,
    };
    let mut found: Vec<Process> = processes();
    found.retain(|process| {
        let text = if options.has('f') { process.command() } else { process.comm.clone() };
        let matches = regex.is_none_or(|regex| regex.is_match(&text))
            && parent.is_none_or(|parent| process.parent == parent);
        process.pid != os::get_pid() && matches != options.has('v')
    });
    found.sort_by_key(|process| (process.started, process.pid));
    if options.has('n') {
        found = found.pop().into_iter().collect();
    } else if options.has('o') {
        found.truncate(1);
    }
    found.sort_by_key(|process| process.pid);
    for process in &found {
        match kill {
            Some(number) => {
                if let Err(error) = os::kill(i32::try_from(process.pid).unwrap_or(i32::MAX), number) {
                    context.complain(&format!("can't kill pid {}: {error}", process.pid));
                }
            }
            None if options.has('a') => context.out.line(&format!("{} {}", process.pid, process.command())),
            None if options.has('l') => {
                let name = if options.has('f') { process.command() } else { process.comm.clone() };
                context.out.line(&format!("{} {name}", process.pid));
            }
            None => context.out.line(&process.pid.to_string()),
        }
    }
    Ok(u8::from(found.is_empty()))
}

pub(super) fn pidof(context: &mut Context) -> Outcome {
    let options = context.options("so:", &[])?;
    let omitted: Vec<u32> = options.values('o').filter_map(|text| text.parse().ok()).collect();
    let mut found = Vec::new();
    for process in processes().into_iter().rev() {
        let program = process.argv.first().map_or("", |argv0| super::basic::base_name(argv0));
        let named = options.operands.iter().any(|name| *name == process.comm || name == program);
        if named && process.pid != os::get_pid() && !omitted.contains(&process.pid) {
            found.push(process.pid.to_string());
        }
    }
    if options.has('s') {
        found.truncate(1);
    }
    if found.is_empty() {
        return Ok(1);
    }
    context.out.line(&found.join(" "));
    Ok(0)
}
