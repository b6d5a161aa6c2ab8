//! What files and file systems are like and hold: stat, df, du.

use std::collections::BTreeSet;

use wasipod_guest_os::{self as os, FileType, Stat, Timestamp};

use super::copy::join;
use super::ls::{device_numbers, human};
use crate::applet::{Context, Outcome};
use crate::mode;
use crate::users::{group_name, user_name};

fn kind_name(stat: &Stat) -> &'static str {
    match stat.kind {
        FileType::Regular if stat.size == 0 => "regular empty file",
        FileType::Regular => "regular file",
        FileType::Directory => "directory",
        FileType::SymbolicLink => "symbolic link",
        FileType::CharacterDevice => "character special file",
        FileType::BlockDevice => "block special file",
        FileType::Fifo => "fifo",
        FileType::Socket => "socket",
    }
}

/// Mode with the type's bits, as st_mode has them.
fn raw_mode(stat: &Stat) -> u32 {
    let kind = match stat.kind {
        FileType::Fifo => 0o1,
        FileType::CharacterDevice => 0o2,
        FileType::Directory => 0o4,
        FileType::BlockDevice => 0o6,
        FileType::Regular => 0o10,
        FileType::SymbolicLink => 0o12,
        FileType::Socket => 0o14,
    };
    kind << 12 | stat.mode
}

fn moment(time: Timestamp) -> String {
    let date = super::date::format("%Y-%m-%d %H:%M:%S", time.seconds);
    format!("{date}.{:09} +0000", time.nanoseconds)
}

/// The place of a number, text or path in `stat -c`.
fn field(letter: char, path: &str, stat: &Stat) -> Option<String> {
    let user = || user_name(stat.uid).unwrap_or_else(|| "UNKNOWN".to_owned());
    let group = || group_name(stat.gid).unwrap_or_else(|| "UNKNOWN".to_owned());
    Some(match letter {
        'a' => format!("{:o}", stat.mode),
        'A' => mode::letters(stat.kind, stat.mode),
        'b' => stat.blocks.to_string(),
        'B' => "512".to_owned(),
        'd' => stat.dev.to_string(),
        'D' => format!("{:x}", stat.dev),
        'f' => format!("{:x}", raw_mode(stat)),
        'F' => kind_name(stat).to_owned(),
        'g' => stat.gid.to_string(),
        'G' => group(),
        'h' => stat.nlink.to_string(),
        'i' => stat.ino.to_string(),
        'n' => path.to_owned(),
        'N' => match os::read_link(path) {
            Ok(content) => format!("'{path}' -> '{content}'"),
            Err(_) => path.to_owned(),
        },
        'o' => "4096".to_owned(),
        's' => stat.size.to_string(),
        't' => format!("{:x}", device_numbers(stat.rdev).0),
        'T' => format!("{:x}", device_numbers(stat.rdev).1),
        'u' => stat.uid.to_string(),
        'U' => user(),
        'x' => moment(stat.atime),
        'X' => stat.atime.seconds.to_string(),
        'y' => moment(stat.mtime),
        'Y' => stat.mtime.seconds.to_string(),
        'z' => moment(stat.ctime),
        'Z' => stat.ctime.seconds.to_string(),
        _ => return None,
    })
}

/// A form with its `%` fields filled in; fields may have flags and widths.
fn fill(form: &str, field: impl Fn(char) -> Option<String>) -> String {
    let mut out = String::new();
    let mut chars = form.chars();
    while let Some(char) = chars.next() {
        if char != '%' {
            out.push(char);
            continue;
        }
        let mut flags = String::new();
        let letter = loop {
            match chars.next() {
                Some(flag) if flag.is_ascii_digit() || matches!(flag, '-' | '#' | ' ' | '+' | '.') => {
                    flags.push(flag)
                }
                other => break other,
            }
        };
        let Some(letter) = letter else {
            out.push('%');
            break;
        };
        if letter == '%' {
            out.push('%');
            continue;
        }
        let text = field(letter).unwrap_or_else(|| "?".to_owned());
        let width: usize = flags.trim_start_matches(['-', '#', ' ', '+', '0']).parse().unwrap_or(0);
        out.push_str(&match (flags.starts_with('-'), flags.starts_with('0')) {
            (true, _) => format!("{text:<width$}"),
            (false, true) => format!("{text:0>width$}"),
            (false, false) => format!("{text:>width$}"),
        });
    }
    out
}

pub(super) fn stat(context: &mut Context) -> Outcome {
    let options = context.options("ftLc:", &[("format", 'c'), ("dereference", 'L'), ("file-system", 'f')])?;
    if options.operands.is_empty() {
        return Err(context.wrong_usage(None));
    }
    let mut status = 0;
    for path in &options.operands {
        if options.has('f') {
            match os::stat_file_system(path) {
                Ok(system) => {
                    let text = file_system(path, &system, options.value('c'));
                    context.out.line(&text);
                }
                Err(error) => {
                    context.complain(&format!("can't read file system information for '{path}': {error}"));
                    status = 1;
                }
            }
            continue;
        }
        let stat = match os::stat(path, options.has('L')) {
            Ok(stat) => stat,
            Err(error) => {
                context.complain(&format!("can't stat '{path}': {error}"));
                status = 1;
                continue;
            }
        };
        let form = match options.value('c') {
            Some(form) => form.to_owned(),
            None if options.has('t') => "%n %s %b %f %u %g %D %i %h %t %T %X %Y %Z %o".to_owned(),
            None => {
                let device = matches!(stat.kind, FileType::BlockDevice | FileType::CharacterDevice);
                let numbers = if device { " Device type: %t,%T" } else { "" };
                let links = if device { "%-5h" } else { "%h" };
                format!(
                    "  File: %N\n  Size: %-10s\tBlocks: %-10b IO Block: %-6o %F\nDevice: %Dh/%dd\tInode: %-10i  \
                     Links: {links}{numbers}\nAccess: (%04a/%10.10A)  Uid: (%5u/%8U)   Gid: (%5g/%8G)\n\
                     Access: %x\nModify: %y\nChange: %z"
                )
            }
        };
        let text = fill(&form, |letter| field(letter, path, &stat));
        context.out.line(&text);
    }
    Ok(status)
}

fn file_system(path: &str, system: &os::FileSystem, form: Option<&str>) -> String {
    let form = form.unwrap_or(
        "  File: \"%n\"\n    Type: %T\nBlock size: %-10s\nBlocks: Total: %-10b Free: %-10f Available: %a\n\
         Inodes: Total: %-10c Free: %d",
    );
    fill(form, |letter| {
        Some(match letter {
            'n' => path.to_owned(),
            'T' => system.name.clone(),
            's' | 'S' => system.block_size.to_string(),
            'b' => system.blocks.to_string(),
            'f' | 'a' => system.blocks_free.to_string(),
            'c' => system.inodes.to_string(),
            'd' => system.inodes_free.to_string(),
            'l' => "255".to_owned(),
            _ => return None,
        })
    })
}

/// A line of /proc/mounts: what is mounted, where, the type.
fn mounts() -> Vec<[String; 3]> {
    let unescape = |text: &str| text.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\");
    let content = super::read_text("/proc/mounts");
    let line = |line: &str| {
        let mut fields = line.split(' ').map(unescape);
        Some([fields.next()?, fields.next()?, fields.next()?])
    };
    content.lines().filter_map(line).collect()
}

pub(super) fn df(context: &mut Context) -> Outcome {
    let options = context.options("kPThmait:B:", &[("human-readable", 'h')])?;
    let human_sizes = options.has('h');
    let unit: u64 = match (options.value('B'), options.has('m')) {
        (Some(text), _) => context.number(text)?.max(1),
        (None, true) => 1 << 20,
        (None, false) => 1024,
    };
    let all = mounts();
    let mut status = 0;
    let mut chosen: Vec<[String; 3]> = Vec::new();
    for path in &options.operands {
        let canonical = super::links::canonical(path, false).unwrap_or_else(|_| path.clone());
        let holds = |point: &str| {
            point == "/"
                || canonical.strip_prefix(point).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let found = all.iter().rev().filter(|_| os::stat(path, true).is_ok());
        let found = found.filter(|mount| holds(&mount[1])).max_by_key(|mount| mount[1].len());
        match found {
            Some(mount) => chosen.push(mount.clone()),
            None => {
                context.complain(&format!("{path}: can't find mount point"));
                status = 1;
            }
        }
    }
    if options.operands.is_empty() {
        // Only the last mount on a point can be seen.
        chosen = all
            .iter()
            .enumerate()
            .filter(|(i, mount)| !all.iter().skip(i + 1).any(|later| later[1] == mount[1]))
            .map(|(_, mount)| mount.clone())
            .collect();
    }
    if let Some(kind) = options.value('t') {
        chosen.retain(|mount| mount[2] == kind);
    }
    let unit_name = match (human_sizes, options.has('i'), unit) {
        (_, true, _) => "Inodes".to_owned(),
        (true, ..) => "Size".to_owned(),
        (_, _, 1024) if options.has('P') => "1024-blocks".to_owned(),
        (_, _, 1024) => "1K-blocks".to_owned(),
        (_, _, 1_048_576) => "1M-blocks".to_owned(),
        (_, _, other) => format!("{other}-blocks"),
    };
    let kind_header = if options.has('T') { format!("{:<11}", " Type") } else { String::new() };
    let free_header = if options.has('i') {
        ("IUsed", "IFree", "IUse%")
    } else if options.has('P') {
        ("Used", "Available", "Capacity")
    } else {
        ("Used", "Available", "Use%")
    };
    let width = if human_sizes { 9 } else { 10 };
    context.out.line(&format!(
        "Filesystem          {kind_header}{:>1$}{2:>width$}{3:>width$} {4:>4} Mounted on",
        unit_name, 10, free_header.0, free_header.1, free_header.2,
    ));
    for [device, point, kind] in chosen {
        let Ok(system) = os::stat_file_system(&point) else { continue };
        let (total, free) = if options.has('i') {
            (system.inodes, system.inodes_free)
        } else {
            (system.blocks, system.blocks_free)
        };
        if total == 0 && !options.has('a') && options.operands.is_empty() {
            continue;
        }
        let used = total.saturating_sub(free);
        let show = |count: u64| {
            if options.has('i') {
                return count.to_string();
            }
            let bytes = count.saturating_mul(system.block_size);
            if human_sizes { human(bytes) } else { bytes.div_ceil(unit).to_string() }
        };
        let percent = if total == 0 { 0 } else { (used * 100).div_ceil(total) };
        let kind = if options.has('T') { format!(" {kind:<10}") } else { String::new() };
        let mut name = format!("{device:<20}{kind}");
        if device.len() > 20 {
            name = format!("{device}\n{:20}{kind}", "");
        }
        context.out.line(&format!(
            "{name} {:>9} {:>9} {:>9} {percent:>3}% {point}",
            show(total),
            show(used),
            show(free)
        ));
    }
    Ok(status)
}

struct Usage<'a> {
    options: &'a crate::options::Options,
    /// Files with several names count once.
    seen: BTreeSet<(u64, u64)>,
    device: u64,
    depth: u64,
    failed: bool,
}

pub(super) fn du(context: &mut Context) -> Outcome {
    let options = context.options("aHkLsxlcd:hmb", &[("max-depth", 'd')])?;
    let depth = match options.value('d') {
        Some(text) => context.number(text)?,
        None if options.has('s') => 0,
        None => u64::MAX,
    };
    let mut usage = Usage { options: &options, seen: BTreeSet::new(), device: 0, depth, failed: false };
    let mut total = 0;
    let operands = if options.operands.is_empty() { vec![".".to_owned()] } else { options.operands.clone() };
    for path in &operands {
        total += usage.tree(context, path, 0);
    }
    if options.has('c') {
        usage.show(context, total, "total");
    }
    Ok(u8::from(usage.failed))
}

impl Usage<'_> {
    fn show(&self, context: &mut Context, blocks: u64, path: &str) {
        let size = match self.options.last_of("hmk") {
            Some('h') => human(blocks * 512),
            Some('m') => format!("{}", (blocks + 1024) / 2048),
            _ => blocks.div_ceil(2).to_string(),
        };
        context.out.line(&format!("{size}\t{path}"));
    }

    fn tree(&mut self, context: &mut Context, path: &str, level: u64) -> u64 {
        let follow = self.options.has('L') || self.options.has('H') && level == 0;
        let stat = match os::stat(path, follow) {
            Ok(stat) => stat,
            Err(error) => {
                context.complain(&format!("{path}: {error}"));
                self.failed = true;
                return 0;
            }
        };
        if level == 0 {
            self.device = stat.dev;
        } else if self.options.has('x') && stat.dev != self.device {
            return 0;
        }
        let many = stat.nlink > 1 && !stat.is_directory() && !self.options.has('l');
        if many && !self.seen.insert((stat.dev, stat.ino)) {
            return 0;
        }
        let mut sum = stat.blocks;
        if stat.is_directory() {
            match os::read_directory(path) {
                Ok(entries) => {
                    for entry in entries {
                        sum += self.tree(context, &join(path, &entry.name), level + 1);
                    }
                }
                Err(error) => {
                    context.complain(&format!("can't open '{path}': {error}"));
                    self.failed = true;
                }
            }
        }
        if level == 0 || level <= self.depth && (stat.is_directory() || self.options.has('a')) {
            self.show(context, sum, path);
        }
        sum
    }
}
