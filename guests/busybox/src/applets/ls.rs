//! ls.

use std::cmp::Ordering;

use wasipod_guest_os::{self as os, FileType, Stat, Timestamp};

use super::copy::join;
use crate::applet::{Context, Outcome};
use crate::mode;
use crate::options::Options;
use crate::users::{groups, users};

/// Half a year in seconds: older times show the year.
const RECENT: i64 = 365 * 86400 / 2;

/// One line or cell of the list.
struct Entry {
    name: String,
    path: String,
    stat: Stat,
    link: Option<String>,
}

struct Names {
    users: Vec<(u32, String)>,
    groups: Vec<(u32, String)>,
}

pub(super) fn ls(context: &mut Context) -> Outcome {
    let long = [
        ("full-time", 'E'),
        ("group-directories-first", 'D'),
        ("color", 'k'),
        ("all", 'a'),
        ("almost-all", 'A'),
        ("recursive", 'R'),
        ("directory", 'd'),
        ("human-readable", 'h'),
        ("reverse", 'r'),
        ("inode", 'i'),
    ];
    let options = context.options("1AaCxdLHRFplinshrSXvctuw:EDkgoq", &long)?;
    let operands = if options.operands.is_empty() { vec![".".to_owned()] } else { options.operands.clone() };
    let names = Names {
        users: users().into_iter().map(|user| (user.uid, user.name)).collect(),
        groups: groups().into_iter().map(|group| (group.gid, group.name)).collect(),
    };
    let list = List { options: &options, names };
    let mut status = 0;
    let (mut files, mut directories) = (Vec::new(), Vec::new());
    for path in &operands {
        let follow =
            options.has('L') || options.has('H') || !list.is_long() && !options.has('d') && !options.has('F');
        let stat = os::stat(path, follow).or_else(|error| os::stat(path, false).map_err(|_| error));
        match stat {
            Ok(stat) => {
                let entry = list.entry(path.clone(), path.clone(), stat);
                let descends = entry.stat.is_directory() && !options.has('d');
                if descends { &mut directories } else { &mut files }.push(entry);
            }
            Err(error) => {
                context.complain(&format!("{path}: {error}"));
                status = 1;
            }
        }
    }
    list.sort(&mut files);
    list.sort(&mut directories);
    let mut first = files.is_empty();
    list.show(context, &files);
    let titles = operands.len() > 1 || options.has('R');
    let mut pending: Vec<Entry> = directories.into_iter().rev().collect();
    while let Some(directory) = pending.pop() {
        let entries = match os::read_directory(&directory.path) {
            Ok(entries) => entries,
            Err(error) => {
                context.complain(&format!("can't open '{}': {error}", directory.path));
                status = 1;
                continue;
            }
        };
        if titles {
            let gap = if first { "" } else { "\n" };
            context.out.text(&format!("{gap}{}:\n", directory.path));
        }
        first = false;
        let mut all: Vec<Entry> = Vec::new();
        let dots = if options.has('a') { [".", ".."].as_slice() } else { &[] };
        let hidden = options.has('a') || options.has('A');
        let inside =
            entries.into_iter().map(|entry| entry.name).filter(|name| hidden || !name.starts_with('.'));
        for name in dots.iter().map(|dots| (*dots).to_owned()).chain(inside) {
            let path = join(&directory.path, &name);
            match os::stat(&path, options.has('L')).or_else(|error| os::stat(&path, false).map_err(|_| error))
            {
                Ok(stat) => all.push(list.entry(name, path, stat)),
                Err(error) => {
                    context.complain(&format!("{path}: {error}"));
                    status = 1;
                }
            }
        }
        list.sort(&mut all);
        if list.is_long() || options.has('s') {
            let blocks: u64 = all.iter().map(|entry| entry.stat.blocks).sum();
            let size = if options.has('h') { human(blocks * 512) } else { (blocks / 2).to_string() };
            context.out.line(&format!("total {size}"));
        }
        list.show(context, &all);
        if options.has('R') {
            let below = all.into_iter().rev();
            pending.extend(
                below.filter(|entry| entry.stat.is_directory() && entry.name != "." && entry.name != ".."),
            );
        }
    }
    Ok(status)
}

/// Bytes with one decimal and a letter from 1024 on.
pub(super) fn human(bytes: u64) -> String {
    let mut unit = None;
    let (mut value, mut tenths) = (bytes, 0);
    for letter in ['K', 'M', 'G', 'T', 'P', 'E'] {
        if value < 1024 {
            break;
        }
        tenths = (value % 1024 * 10 + 512) / 1024;
        value /= 1024;
        if tenths >= 10 {
            value += 1;
            tenths = 0;
        }
        unit = Some(letter);
    }
    unit.map_or_else(|| value.to_string(), |letter| format!("{value}.{tenths}{letter}"))
}

struct List<'a> {
    options: &'a Options,
    names: Names,
}

impl List<'_> {
    fn is_long(&self) -> bool {
        let format = self.options.last_of("1CxlngoE");
        ['l', 'n', 'g', 'o', 'E'].iter().any(|letter| self.options.has(*letter))
            && !matches!(format, Some('C' | 'x'))
    }

    fn entry(&self, name: String, path: String, stat: Stat) -> Entry {
        let is_link = stat.kind == FileType::SymbolicLink;
        let link = if is_link { os::read_link(&path).ok() } else { None };
        Entry { name, path, stat, link }
    }

    fn time(&self, stat: &Stat) -> Timestamp {
        match self.options.last_of("cu") {
            Some('c') => stat.ctime,
            Some(_) => stat.atime,
            None => stat.mtime,
        }
    }

    fn sort(&self, entries: &mut [Entry]) {
        let extension =
            |name: &str| name.rfind('.').and_then(|at| name.get(at..)).unwrap_or_default().to_owned();
        entries.sort_by(|left, right| {
            let first = match self.options.last_of("StXv") {
                Some('S') => right.stat.size.cmp(&left.stat.size),
                Some('t') => self.time(&right.stat).cmp(&self.time(&left.stat)),
                Some('X') => extension(&left.name).cmp(&extension(&right.name)),
                Some(_) => super::sort::versions(left.name.as_bytes(), right.name.as_bytes()),
                None => Ordering::Equal,
            };
            let order = first.then_with(|| left.name.cmp(&right.name));
            if self.options.has('r') { order.reverse() } else { order }
        });
        if self.options.has('D') {
            entries.sort_by_key(|entry| !entry.stat.is_directory());
        }
    }

    fn suffix(&self, stat: &Stat) -> &'static str {
        let all = self.options.has('F');
        match stat.kind {
            FileType::Directory if all || self.options.has('p') => "/",
            FileType::SymbolicLink if all => "@",
            FileType::Fifo if all => "|",
            FileType::Socket if all => "=",
            FileType::Regular if all && stat.mode & 0o111 != 0 => "*",
            _ => "",
        }
    }

    fn cell(&self, entry: &Entry) -> String {
        let mut text = String::new();
        if self.options.has('i') {
            text.push_str(&format!("{:>7} ", entry.stat.ino));
        }
        if self.options.has('s') {
            text.push_str(&format!("{:>6} ", entry.stat.blocks / 2));
        }
        if self.is_long() {
            text.push_str(&self.details(&entry.stat));
        }
        text.push_str(&entry.name);
        if let Some(link) = entry.link.as_ref().filter(|_| self.is_long()) {
            text.push_str(&format!(" -> {link}"));
            if self.options.has('F') || self.options.has('p') {
                text.push_str(os::stat(&entry.path, true).map_or("", |stat| self.suffix(&stat)));
            }
        } else {
            text.push_str(self.suffix(&entry.stat));
        }
        text
    }

    fn details(&self, stat: &Stat) -> String {
        let mut text = format!("{} {:>4} ", mode::letters(stat.kind, stat.mode), stat.nlink);
        let owner = |names: &[(u32, String)], id: u32| {
            let name = names.iter().find(|(known, _)| *known == id && !self.options.has('n'));
            let name = name.map_or_else(|| id.to_string(), |(_, name)| name.clone());
            if self.options.has('n') { name } else { name.chars().take(8).collect() }
        };
        if !self.options.has('g') {
            text.push_str(&format!("{:<8} ", owner(&self.names.users, stat.uid)));
        }
        if !self.options.has('o') {
            text.push_str(&format!("{:<8} ", owner(&self.names.groups, stat.gid)));
        }
        let device = matches!(stat.kind, FileType::CharacterDevice | FileType::BlockDevice);
        text.push_str(&match (device, self.options.has('h')) {
            (true, _) => {
                let (major, minor) = device_numbers(stat.rdev);
                format!("{major:>4},{minor:>4} ")
            }
            (false, true) => format!("{:>7} ", human(stat.size)),
            (false, false) => format!("{:>9} ", stat.size),
        });
        let time = self.time(stat);
        if self.options.has('E') {
            text.push_str(&super::date::format("%Y-%m-%d %H:%M:%S +0000 ", time.seconds));
            return text;
        }
        let age = os::now().seconds - time.seconds;
        let form = if (-15 * 60..RECENT).contains(&age) { "%b %e %H:%M " } else { "%b %e  %Y " };
        text.push_str(&super::date::format(form, time.seconds));
        text
    }

    fn show(&self, context: &mut Context, entries: &[Entry]) {
        let cells: Vec<String> = entries.iter().map(|entry| self.cell(entry)).collect();
        let format = self.options.last_of("1Cx");
        let columns = match format {
            _ if self.is_long() => false,
            Some('1') => false,
            Some(_) => true,
            None => context.out.is_terminal(),
        };
        let widest = cells.iter().map(|cell| cell.chars().count()).max().unwrap_or(0) + 2;
        let env = super::basic::environment();
        let screen = env.iter().find(|(name, _)| name == "COLUMNS").and_then(|(_, value)| value.parse().ok());
        // A terminal's last column stays free.
        let screen: usize = screen.unwrap_or(80_usize).saturating_sub(1);
        let width: usize = self.options.value('w').and_then(|text| text.parse().ok()).unwrap_or(screen);
        let count = if columns { (width / widest).max(1) } else { 1 };
        let rows = cells.len().div_ceil(count);
        for row in 0..rows {
            let index =
                |column: usize| if format == Some('x') { row * count + column } else { column * rows + row };
            let row: Vec<&String> = (0..count).filter_map(|column| cells.get(index(column))).collect();
            let last = row.len().saturating_sub(1);
            for (i, cell) in row.into_iter().enumerate() {
                context.out.text(cell);
                if i < last {
                    context.out.text(&" ".repeat(widest - cell.chars().count()));
                }
            }
            context.out.text("\n");
        }
    }
}

/// Linux's major and minor number.
pub(super) fn device_numbers(device: u64) -> (u64, u64) {
    (device >> 8 & 0xfff | device >> 32 & !0xfff, device & 0xff | device >> 12 & !0xff)
}
