//! Modes and owners: chmod, chown, chgrp.

use wasipod_guest_os::{self as os, Errno, FileType};

use super::copy::join;
use crate::applet::{Context, Failure, Outcome};
use crate::mode;
use crate::options::Options;
use crate::users::{groups, users};

/// Calls for a file and, with -R, for all below it; false after an error.
fn each(
    context: &mut Context,
    path: &str,
    recursive: bool,
    call: &mut dyn FnMut(&mut Context, &str, bool) -> bool,
) -> bool {
    let mut ok = call(context, path, false);
    if recursive && os::stat(path, false).is_ok_and(|stat| stat.is_directory()) {
        match os::read_directory(path) {
            Ok(entries) => {
                for entry in entries {
                    ok &= below(context, &join(path, &entry.name), call);
                }
            }
            Err(error) => {
                context.complain(&format!("{path}: {error}"));
                ok = false;
            }
        }
    }
    ok
}

fn below(context: &mut Context, path: &str, call: &mut dyn FnMut(&mut Context, &str, bool) -> bool) -> bool {
    if os::stat(path, false).is_ok_and(|stat| stat.kind == FileType::SymbolicLink) {
        return call(context, path, true);
    }
    each(context, path, true, call)
}

pub(super) fn chmod(context: &mut Context) -> Outcome {
    // A mode may begin with a dash: that takes permissions from all.
    for argument in &mut context.args {
        match argument.strip_prefix('-').map(|rest| rest.starts_with(['r', 'w', 'x', 'X', 's', 't'])) {
            Some(true) => {
                argument.insert(0, 'a');
                break;
            }
            Some(false) => {}
            None => break,
        }
    }
    let options = context.options("Rcvf", &[("recursive", 'R')])?;
    let [text, paths @ ..] = options.operands.as_slice() else { return Err(context.wrong_usage(None)) };
    if paths.is_empty() {
        return Err(context.wrong_usage(None));
    }
    let umask = os::umask(0);
    os::umask(umask);
    let mut invalid = false;
    let mut ok = true;
    for path in paths {
        ok &= each(context, path, options.has('R'), &mut |context, path, is_link| {
            if is_link {
                return true;
            }
            let stat = match os::stat(path, true) {
                Ok(stat) => stat,
                Err(error) => return fail(context, &options, path, error),
            };
            let Some(new) = mode::parse(text, stat.mode, stat.is_directory(), umask) else {
                invalid = true;
                return false;
            };
            if let Err(error) = os::chmod(path, new) {
                return fail(context, &options, path, error);
            }
            if options.has('v') || options.has('c') && new != stat.mode {
                let letters = mode::letters(FileType::Regular, new);
                let letters = letters.get(1..).unwrap_or_default();
                context.out.line(&format!("mode of '{path}' changed to {new:04o} ({letters})"));
            }
            true
        });
        if invalid {
            return Err(Failure::new(format!("invalid mode '{text}'")));
        }
    }
    Ok(u8::from(!ok))
}

fn fail(context: &mut Context, options: &Options, path: &str, error: Errno) -> bool {
    if !options.has('f') {
        context.complain(&format!("{path}: {error}"));
    }
    false
}

fn group_id(text: &str) -> Option<u32> {
    groups().into_iter().find(|group| group.name == text).map(|group| group.gid).or_else(|| text.parse().ok())
}

/// `USER`, `USER:GROUP`, `USER:` (the user's own group) or `:GROUP`.
fn owner(text: &str) -> Result<(Option<u32>, Option<u32>), Failure> {
    let (user, group) = match text.split_once(':').or_else(|| text.split_once('.')) {
        Some((user, group)) => (user, Some(group)),
        None => (text, None),
    };
    let unknown = || match group {
        Some(group) if user.is_empty() => Failure::new(format!("unknown group {group}")),
        None => Failure::new(format!("unknown user {user}")),
        Some(_) => Failure::new(format!("unknown user/group {text}")),
    };
    let known = users().into_iter().find(|known| known.name == user);
    let uid = match (&known, user) {
        (_, "") => None,
        (Some(known), _) => Some(known.uid),
        (None, _) => Some(user.parse().map_err(|_| unknown())?),
    };
    let gid = match group {
        None => None,
        Some("") => known.map(|known| known.gid),
        Some(name) => Some(group_id(name).ok_or_else(unknown)?),
    };
    Ok((uid, gid))
}

pub(super) fn chown(context: &mut Context) -> Outcome {
    let long = [("recursive", 'R'), ("no-dereference", 'h'), ("reference", 'r')];
    let options = context.options("RhLHPcvf", &long)?;
    let [text, paths @ ..] = options.operands.as_slice() else { return Err(context.wrong_usage(None)) };
    if paths.is_empty() {
        return Err(context.wrong_usage(None));
    }
    let (uid, gid) = if context.name == "chgrp" {
        (None, Some(group_id(text).ok_or_else(|| Failure::new(format!("unknown group {text}")))?))
    } else {
        owner(text)?
    };
    let mut ok = true;
    for path in paths {
        ok &= each(context, path, options.has('R'), &mut |context, path, is_link| {
            let before = os::stat(path, false);
            if let Err(error) = os::chown(path, !(options.has('h') || is_link), uid, gid) {
                return fail(context, &options, path, error);
            }
            let changed = before.is_ok_and(|stat| {
                uid.is_some_and(|uid| uid != stat.uid) || gid.is_some_and(|gid| gid != stat.gid)
            });
            if options.has('v') || options.has('c') && changed {
                let number = |id: Option<u32>| id.map_or_else(|| "-1".to_owned(), |id| id.to_string());
                context.out.line(&format!(
                    "changed ownership of '{path}' to {}:{}",
                    number(uid),
                    number(gid)
                ));
            }
            true
        });
    }
    Ok(u8::from(!ok))
}
