//! Links and the names that they lead to: ln, readlink, realpath.

use wasipod_guest_os::{self as os, Errno, FileType};

use super::basic::base_name;
use super::copy::join;
use crate::applet::{Context, Failure, Outcome};

/// So many symbolic links are followed (Linux's own limit).
const MAX_LINKS: usize = 40;

pub(super) fn ln(context: &mut Context) -> Outcome {
    let long = [("symbolic", 's'), ("force", 'f'), ("no-dereference", 'n'), ("verbose", 'v')];
    let options = context.options("sfnbS:vTt:", &long)?;
    let (sources, target) = match (options.operands.as_slice(), options.value('t')) {
        ([], _) => return Err(context.wrong_usage(None)),
        ([one], None) => (vec![one.clone()], base_name(one).to_owned()),
        (operands, into) => super::copy::split(context, operands, into)?,
    };
    let into =
        os::stat(&target, !options.has('n')).is_ok_and(|stat| stat.is_directory()) && !options.has('T');
    if sources.len() > 1 && !into {
        return Err(context.wrong_usage(None));
    }
    let mut status = 0;
    for source in &sources {
        let name = if into { join(&target, base_name(source)) } else { target.clone() };
        if !options.has('s')
            && let Err(error) = os::stat(source, true)
        {
            // A link to nothing can be linked to: only `lstat` counts.
            if os::stat(source, false).is_err() {
                context.complain(&format!("{source}: {error}"));
                status = 1;
                continue;
            }
        }
        if options.has('b') && os::stat(&name, false).is_ok() {
            let suffix = options.value('S').unwrap_or("~");
            if let Err(error) = os::rename(&name, &format!("{name}{suffix}")) {
                context.complain(&format!("{name}: {error}"));
                status = 1;
                continue;
            }
        } else if options.has('f') {
            // What can't be removed shows when the link can't be made.
            let _ = os::remove_file(&name);
        }
        let made =
            if options.has('s') { os::symbolic_link(source, &name) } else { os::hard_link(source, &name) };
        match made {
            Ok(()) if options.has('v') => context.out.line(&format!("'{name}' -> '{source}'")),
            Ok(()) => {}
            Err(error) => {
                context.complain(&format!("{name}: {error}"));
                status = 1;
            }
        }
    }
    Ok(status)
}

/// The path without links, dots and double slashes. The last component needn't be there if `may_miss`.
///
/// # Errors
/// Those of looking names up.
pub(super) fn canonical(path: &str, may_miss: bool) -> Result<String, Errno> {
    if path.is_empty() {
        return Err(Errno::ENOENT);
    }
    let mut done = if path.starts_with('/') { String::new() } else { os::working_directory()? };
    if done == "/" {
        done.clear();
    }
    let mut left: Vec<String> = components(path);
    let mut links = 0;
    while let Some(name) = left.pop() {
        if name == ".." {
            done.truncate(done.rfind('/').unwrap_or(0));
            continue;
        }
        let next = format!("{done}/{name}");
        match os::stat(&next, false) {
            Ok(stat) if stat.kind == FileType::SymbolicLink => {
                links += 1;
                if links > MAX_LINKS {
                    return Err(Errno::ELOOP);
                }
                let content = os::read_link(&next)?;
                if content.starts_with('/') {
                    done.clear();
                }
                left.extend(components(&content));
            }
            Ok(stat) if !stat.is_directory() && !left.is_empty() => return Err(Errno::ENOTDIR),
            Ok(_) => done = next,
            Err(Errno::ENOENT) if may_miss && left.is_empty() => done = next,
            Err(error) => return Err(error),
        }
    }
    Ok(if done.is_empty() { "/".to_owned() } else { done })
}

/// The components of a path, the last one first.
fn components(path: &str) -> Vec<String> {
    path.split('/').filter(|name| !name.is_empty() && *name != ".").rev().map(str::to_owned).collect()
}

pub(super) fn readlink(context: &mut Context) -> Outcome {
    let options = context.options("fnvqsem", &[])?;
    let [path] = options.operands.as_slice() else { return Err(context.wrong_usage(None)) };
    let found = if options.has('f') || options.has('e') {
        canonical(path, !options.has('e'))
    } else {
        os::read_link(path)
    };
    match found {
        Ok(text) if options.has('n') => context.out.text(&text),
        Ok(text) => context.out.line(&text),
        Err(error) if options.has('v') => return Err(Failure::new(format!("{path}: {error}"))),
        Err(_) => return Ok(1),
    }
    Ok(0)
}

pub(super) fn realpath(context: &mut Context) -> Outcome {
    let options = context.options("", &[])?;
    if options.operands.is_empty() {
        return Err(context.wrong_usage(None));
    }
    let mut status = 0;
    for path in &options.operands {
        match canonical(path, false) {
            Ok(text) => context.out.line(&text),
            Err(error) => {
                context.complain(&format!("{path}: {error}"));
                status = 1;
            }
        }
    }
    Ok(status)
}
