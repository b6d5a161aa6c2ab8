//! As whom a container runs: a number or a name of the image's /etc/passwd (image `USER`, `runAsUser`).

use std::sync::Arc;

use wasipod_kernel::process::Credentials;
use wasipod_kernel::vfs::{Caller, MountNs, OpenOptions};

/// No passwd file is longer.
const FILE_BYTES_MAX: usize = 1 << 20;

/// The credentials for `USER[:GROUP]`; none is root.
///
/// # Errors
/// The runtime's words when a name is unknown: `unable to find user NAME: no matching entries in passwd file`.
pub(super) fn credentials(mounts: &MountNs, user: Option<&str>) -> Result<Credentials, String> {
    let Some(user) = user.filter(|user| !user.is_empty()) else { return Ok(Credentials::default()) };
    let (user, group) = match user.split_once(':') {
        Some((user, group)) => (user, Some(group)),
        None => (user, None),
    };
    let passwd = read(mounts, "/etc/passwd");
    let entry = passwd.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|fields| {
        fields.first() == Some(&user) || (fields.get(2) == Some(&user) && user.parse::<u32>().is_ok())
    });
    let number = |field: Option<&&str>| field.and_then(|field| field.parse().ok());
    let uid = match user.parse() {
        Ok(uid) => uid,
        Err(_) => number(entry.as_ref().and_then(|fields| fields.get(2)))
            .ok_or_else(|| format!("unable to find user {user}: no matching entries in passwd file"))?,
    };
    let gid = match group {
        None => number(entry.as_ref().and_then(|fields| fields.get(3))).unwrap_or(0),
        Some(group) => match group.parse() {
            Ok(gid) => gid,
            Err(_) => group_number(mounts, group)
                .ok_or_else(|| format!("unable to find group {group}: no matching entries in group file"))?,
        },
    };
    Ok(Credentials { uid, gid, groups: Arc::from([]) })
}

fn group_number(mounts: &MountNs, name: &str) -> Option<u32> {
    let groups = read(mounts, "/etc/group");
    let fields = groups.lines().map(|line| line.split(':').collect::<Vec<_>>());
    fields.filter(|fields| fields.first() == Some(&name)).find_map(|fields| fields.get(2)?.parse().ok())
}

fn read(mounts: &MountNs, path: &str) -> String {
    mounts
        .open(&Caller::root(), mounts.root(), path, OpenOptions::READ, 0)
        .and_then(|file| file.read_at(0, FILE_BYTES_MAX))
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default()
}
