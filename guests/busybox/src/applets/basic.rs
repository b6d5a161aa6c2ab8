//! Utilities that need little: echo, true, false, sleep, yes, seq, basename, dirname, pwd, env, names of user and machine.

use std::time::Duration;

use wasipod_guest_os as os;

use crate::applet::{Context, Failure, Outcome};
use crate::users::{group_name, groups, user_name, users};

pub(super) fn true_(_: &mut Context) -> Outcome {
    Ok(0)
}

pub(super) fn false_(_: &mut Context) -> Outcome {
    Ok(1)
}

pub(super) fn echo(context: &mut Context) -> Outcome {
    let (mut newline, mut escapes) = (true, false);
    let mut args = context.args.iter().peekable();
    while let Some(argument) = args.peek() {
        let letters = argument.strip_prefix('-').unwrap_or_default();
        if letters.is_empty() || !letters.chars().all(|char| matches!(char, 'n' | 'e' | 'E')) {
            break;
        }
        for letter in letters.chars() {
            match letter {
                'n' => newline = false,
                letter => escapes = letter == 'e',
            }
        }
        args.next();
    }
    let mut bytes = Vec::new();
    let mut stopped = false;
    for (i, argument) in args.enumerate() {
        if i > 0 {
            bytes.push(b' ');
        }
        if escapes {
            stopped = super::printf::unescape(argument, &mut bytes, true);
            if stopped {
                break;
            }
        } else {
            bytes.extend_from_slice(argument.as_bytes());
        }
    }
    if newline && !stopped {
        bytes.push(b'\n');
    }
    context.out.bytes(&bytes);
    Ok(0)
}

/// Seconds, with a fraction and a suffix s, m, h or d.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let (digits, factor) = match text.chars().last()? {
        's' => (text.get(..text.len() - 1)?, 1.0),
        'm' => (text.get(..text.len() - 1)?, 60.0),
        'h' => (text.get(..text.len() - 1)?, 3600.0),
        'd' => (text.get(..text.len() - 1)?, 86400.0),
        _ => (text, 1.0),
    };
    if digits.is_empty() || !digits.chars().all(|char| char.is_ascii_digit() || char == '.') {
        return None;
    }
    Duration::try_from_secs_f64(digits.parse::<f64>().ok()? * factor).ok()
}

pub(super) fn sleep(context: &mut Context) -> Outcome {
    let options = context.options("+", &[])?;
    if options.operands.is_empty() {
        return Err(context.wrong_usage(None));
    }
    let mut total = Duration::ZERO;
    for text in &options.operands {
        let time = if text == "infinity" || text == "inf" { Some(Duration::MAX) } else { duration(text) };
        let Some(time) = time else { return Err(Failure::new(format!("invalid number '{text}'"))) };
        total = total.saturating_add(time);
    }
    let end = os::monotonic_now().saturating_add(total);
    while os::sleep(end.saturating_sub(os::monotonic_now())).is_err() {}
    Ok(0)
}

pub(super) fn yes(context: &mut Context) -> Outcome {
    let text = if context.args.is_empty() { "y".to_owned() } else { context.args.join(" ") };
    while !context.out.failed() {
        context.out.line(&text);
    }
    Ok(1)
}

pub(super) fn seq(context: &mut Context) -> Outcome {
    // Negative numbers look like options, so these are read by hand.
    let (mut separator, mut wide) = ("\n".to_owned(), false);
    let mut numbers = Vec::new();
    let mut args = std::mem::take(&mut context.args).into_iter();
    while let Some(argument) = args.next() {
        match argument.as_str() {
            "-s" => separator = args.next().unwrap_or_default(),
            "-w" => wide = true,
            _ => match argument.parse::<f64>() {
                Ok(number) if number.is_finite() => numbers.push((number, argument)),
                _ => return Err(context.wrong_usage(None)),
            },
        }
    }
    let decimals = |text: &str| text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let precision = numbers.iter().map(|(_, text)| decimals(text)).max().unwrap_or(0);
    let values: Vec<f64> = numbers.iter().map(|(number, _)| *number).collect();
    let (first, step, last) = match values.as_slice() {
        [last] => (1.0, 1.0, *last),
        [first, last] => (*first, 1.0, *last),
        [first, step, last] => (*first, *step, *last),
        _ => return Err(context.wrong_usage(None)),
    };
    let show = |value: f64| format!("{value:.precision$}");
    let width = if wide { show(first).len().max(show(last).len()) } else { 0 };
    let mut written = false;
    for i in 0u64.. {
        let value = first + step * i as f64;
        if context.out.failed() || (step >= 0.0 && value > last) || (step < 0.0 && value < last) {
            break;
        }
        if written {
            context.out.text(&separator);
        }
        written = true;
        context.out.text(&format!("{value:0width$.precision$}"));
    }
    if written {
        context.out.text("\n");
    }
    Ok(0)
}

/// The last component of a path (XCU basename).
pub(super) fn base_name(path: &str) -> &str {
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() && !path.is_empty() { "/" } else { trimmed.rsplit('/').next().unwrap_or(trimmed) }
}

pub(super) fn basename(context: &mut Context) -> Outcome {
    let options = context.options("+as:", &[])?;
    let mut operands = options.operands.clone();
    let mut suffix = options.value('s').map(str::to_owned);
    if !options.has('a') && suffix.is_none() {
        if operands.is_empty() || operands.len() > 2 {
            return Err(context.wrong_usage(None));
        }
        suffix = (operands.len() == 2).then(|| operands.remove(1));
    }
    for path in &operands {
        let base = base_name(path);
        let short =
            suffix.as_deref().and_then(|suffix| base.strip_suffix(suffix)).filter(|short| !short.is_empty());
        context.out.line(short.unwrap_or(base));
    }
    Ok(0)
}

/// Everything but the last component (XCU dirname).
pub(super) fn parent(path: &str) -> &str {
    let trimmed = path.trim_end_matches('/');
    match trimmed.rfind('/') {
        None if trimmed.is_empty() && !path.is_empty() => "/",
        None => ".",
        Some(at) => match trimmed.get(..at).unwrap_or_default().trim_end_matches('/') {
            "" => "/",
            parent => parent,
        },
    }
}

pub(super) fn dirname(context: &mut Context) -> Outcome {
    let options = context.options("+", &[])?;
    if options.operands.is_empty() {
        return Err(context.wrong_usage(None));
    }
    for path in &options.operands {
        context.out.line(parent(path));
    }
    Ok(0)
}

pub(super) fn pwd(context: &mut Context) -> Outcome {
    let path = os::working_directory().map_err(|error| Failure::new(format!("getcwd: {error}")))?;
    context.out.line(&path);
    Ok(0)
}

/// The environment as it came.
pub(super) fn environment() -> Vec<(String, String)> {
    let lossy = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
    std::env::vars_os().map(|(name, value)| (lossy(name), lossy(value))).collect()
}

pub(super) fn env(context: &mut Context) -> Outcome {
    let options = context.options("+iu:0", &[("ignore-environment", 'i'), ("unset", 'u')])?;
    let mut env = if options.has('i') { Vec::new() } else { environment() };
    for name in options.values('u') {
        env.retain(|(known, _)| known != name);
    }
    let mut operands = options.operands.iter().skip_while(|operand| *operand == "-").peekable();
    while let Some((name, value)) = operands.peek().and_then(|operand| operand.split_once('=')) {
        env.retain(|(known, _)| known != name);
        env.push((name.to_owned(), value.to_owned()));
        operands.next();
    }
    let argv: Vec<String> = operands.cloned().collect();
    if argv.is_empty() {
        for (name, value) in env {
            context.out.text(&format!("{name}={value}{}", if options.has('0') { '\0' } else { '\n' }));
        }
        return Ok(0);
    }
    context.out.flush();
    super::process::replace(&argv, env)
}

pub(super) fn printenv(context: &mut Context) -> Outcome {
    let env = environment();
    if context.args.is_empty() {
        for (name, value) in env {
            context.out.line(&format!("{name}={value}"));
        }
        return Ok(0);
    }
    let mut status = 0;
    for name in context.args.clone() {
        match env.iter().find(|(known, _)| *known == name) {
            Some((_, value)) => context.out.line(value),
            None => status = 1,
        }
    }
    Ok(status)
}

pub(super) fn whoami(context: &mut Context) -> Outcome {
    let uid = os::identity().uid;
    match user_name(uid) {
        Some(name) => {
            context.out.line(&name);
            Ok(0)
        }
        None => Err(Failure::new(format!("unknown uid {uid}"))),
    }
}

pub(super) fn id(context: &mut Context) -> Outcome {
    let options = context.options("ugGnr", &[])?;
    let mut identity = os::identity();
    if let Some(name) = options.operands.first() {
        let Some(user) = users().into_iter().find(|user| user.name == *name) else {
            return Err(Failure::new(format!("unknown user {name}")));
        };
        identity = os::Identity { uid: user.uid, gid: user.gid, groups: Vec::new() };
    }
    let group = |gid: u32| match group_name(gid) {
        Some(name) if options.has('n') => name,
        _ => gid.to_string(),
    };
    let named = |number: u32, name: Option<String>| match name {
        Some(name) => format!("{number}({name})"),
        None => number.to_string(),
    };
    let mut all = vec![identity.gid];
    all.extend(identity.groups.iter().copied().filter(|gid| *gid != identity.gid));
    let text = if options.has('u') {
        user_name(identity.uid).filter(|_| options.has('n')).unwrap_or_else(|| identity.uid.to_string())
    } else if options.has('g') {
        group(identity.gid)
    } else if options.has('G') {
        all.iter().map(|gid| group(*gid)).collect::<Vec<_>>().join(" ")
    } else {
        let list: Vec<String> = all.iter().map(|gid| named(*gid, group_name(*gid))).collect();
        format!(
            "uid={} gid={} groups={}",
            named(identity.uid, user_name(identity.uid)),
            named(identity.gid, group_name(identity.gid)),
            list.join(",")
        )
    };
    context.out.line(&text);
    Ok(0)
}

pub(super) fn groups_(context: &mut Context) -> Outcome {
    let identity = os::identity();
    let known = groups();
    let name =
        |gid: u32| known.iter().find(|g| g.gid == gid).map_or_else(|| gid.to_string(), |g| g.name.clone());
    let mut names = vec![name(identity.gid)];
    names.extend(identity.groups.iter().filter(|gid| **gid != identity.gid).map(|gid| name(*gid)));
    context.out.line(&names.join(" "));
    Ok(0)
}

pub(super) fn hostname(context: &mut Context) -> Outcome {
    let options = context.options("sfid", &[])?;
    if !options.operands.is_empty() {
        return Err(Failure::new("sethostname: Operation not permitted"));
    }
    let name = os::hostname();
    if options.has('i') {
        let addresses = os::resolve(&name).map_err(|_| Failure::new(format!("{name}: Unknown host")))?;
        let texts: Vec<String> = addresses.iter().map(ToString::to_string).collect();
        context.out.line(&texts.join(" "));
    } else if options.has('d') {
        context.out.line(name.split_once('.').map_or("", |(_, domain)| domain));
    } else if options.has('s') {
        context.out.line(name.split('.').next().unwrap_or(&name));
    } else {
        context.out.line(&name);
    }
    Ok(0)
}

pub(super) fn uname(context: &mut Context) -> Outcome {
    let options = context.options("amnrspvio", &[])?;
    // What /proc says of the kernel: "Linux version RELEASE …".
    let version = super::read_text("/proc/version");
    let release = version.split(' ').nth(2).unwrap_or("unknown").to_owned();
    let build = version.find('#').and_then(|at| version.get(at..)).unwrap_or("#1").trim_end().to_owned();
    let fields = [
        ('s', "Linux".to_owned()),
        ('n', os::hostname()),
        ('r', release),
        ('v', build),
        ('m', std::env::consts::ARCH.to_owned()),
        ('o', "GNU/Linux".to_owned()),
    ];
    let shown = |letter: char| {
        options.has(letter) || options.has('a') || (letter == 's' && options.last_of("amnrvpio").is_none())
    };
    let texts: Vec<String> =
        fields.into_iter().filter(|(letter, _)| shown(*letter)).map(|(_, text)| text).collect();
    context.out.line(&texts.join(" "));
    Ok(0)
}

pub(super) fn nproc(context: &mut Context) -> Outcome {
    let content = super::read_text("/proc/cpuinfo");
    let count = content.lines().filter(|line| line.starts_with("processor")).count().max(1);
    context.out.line(&count.to_string());
    Ok(0)
}

pub(super) fn tty(context: &mut Context) -> Outcome {
    let is_terminal = context.stdin.as_ref().is_some_and(|file| file.is_terminal());
    let name = os::read_link("/proc/self/fd/0").unwrap_or_else(|_| "/dev/tty".to_owned());
    context.out.line(if is_terminal { &name } else { "not a tty" });
    Ok(u8::from(!is_terminal))
}
