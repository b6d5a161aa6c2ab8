//! Names of users and groups: /etc/passwd and /etc/group.

use wasipod_guest_os::{self as os, OpenFlags};

/// A line of /etc/passwd.
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) home: String,
}

/// A line of /etc/group.
pub(crate) struct UserGroup {
    pub(crate) name: String,
    pub(crate) gid: u32,
}

fn lines(path: &str) -> Vec<String> {
    let content = os::open(path, OpenFlags::READ, 0).and_then(|file| file.read_to_end()).unwrap_or_default();
    String::from_utf8_lossy(&content).lines().map(str::to_owned).collect()
}

/// All users.
pub(crate) fn users() -> Vec<User> {
    lines("/etc/passwd")
        .iter()
        .filter_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?.to_owned();
            let uid = fields.nth(1)?.parse().ok()?;
            let gid = fields.next()?.parse().ok()?;
            Some(User { name, uid, gid, home: fields.nth(1)?.to_owned() })
        })
        .collect()
}

/// All groups.
pub(crate) fn groups() -> Vec<UserGroup> {
    lines("/etc/group")
        .iter()
        .filter_map(|line| {
            let mut fields = line.split(':');
            Some(UserGroup { name: fields.next()?.to_owned(), gid: fields.nth(1)?.parse().ok()? })
        })
        .collect()
}

/// A user's name, if it has one.
pub(crate) fn user_name(uid: u32) -> Option<String> {
    users().into_iter().find(|user| user.uid == uid).map(|user| user.name)
}

/// A group's name, if it has one.
pub(crate) fn group_name(gid: u32) -> Option<String> {
    groups().into_iter().find(|group| group.gid == gid).map(|group| group.name)
}
