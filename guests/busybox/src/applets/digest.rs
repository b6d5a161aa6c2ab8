//! Checksums: md5sum, sha1sum, sha256sum, sha512sum.

use sha2::Digest;

use super::text::{or_stdin, pieces};
use crate::applet::{Context, Failure, Outcome};

fn hash<D: Digest>(context: &Context, path: &str) -> Result<String, Failure> {
    let file = context.open(path)?;
    let mut digest = D::new();
    let done = pieces(&file, |piece| {
        digest.update(piece);
        true
    });
    done.map_err(|error| Failure::new(format!("can't read '{path}': {error}")))?;
    Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

fn sum(context: &mut Context, hash: fn(&Context, &str) -> Result<String, Failure>) -> Outcome {
    let options = context.options("cswtb", &[("check", 'c'), ("status", 's')])?;
    let mut status = 0;
    for path in or_stdin(&options.operands) {
        if !options.has('c') {
            match hash(context, &path) {
                Ok(digest) => context.out.line(&format!("{digest}  {path}")),
                Err(failure) => {
                    context.complain(&failure.message);
                    status = 1;
                }
            }
            continue;
        }
        let file = context.open(&path).map_err(|failure| {
            Failure::new(failure.message.replacen("can't open '", "", 1).replacen("':", ":", 1))
        })?;
        let list =
            file.read_to_end().map_err(|error| Failure::new(format!("can't read '{path}': {error}")))?;
        let (mut total, mut failed) = (0u64, 0u64);
        for line in String::from_utf8_lossy(&list).lines() {
            total += 1;
            let parts = line.split_once("  ").or_else(|| line.split_once(" *"));
            let Some((digest, name)) = parts else {
                if options.has('w') {
                    context.complain("invalid format");
                }
                failed += 1;
                status = 1;
                continue;
            };
            let actual = hash(context, name);
            let good = match &actual {
                Ok(actual) => actual.eq_ignore_ascii_case(digest),
                Err(failure) => {
                    context.complain(&failure.message);
                    false
                }
            };
            if !good {
                failed += 1;
                status = 1;
            }
            if !options.has('s') {
                context.out.line(&format!("{name}: {}", if good { "OK" } else { "FAILED" }));
            }
        }
        if failed > 0 && !options.has('s') {
            context.complain(&format!("WARNING: {failed} of {total} computed checksums did NOT match"));
        }
        if total == 0 {
            context.complain(&format!("{path}: no checksum lines found"));
            status = 1;
        }
    }
    Ok(status)
}

pub(super) fn md5(context: &mut Context) -> Outcome {
    sum(context, hash::<md5::Md5>)
}

pub(super) fn sha1(context: &mut Context) -> Outcome {
    sum(context, hash::<sha1::Sha1>)
}

pub(super) fn sha256(context: &mut Context) -> Outcome {
    sum(context, hash::<sha2::Sha256>)
}

pub(super) fn sha512(context: &mut Context) -> Outcome {
    sum(context, hash::<sha2::Sha512>)
}
