//! Path walk (path_resolution(7)).

use std::borrow::Cow;
use std::sync::Arc;

use super::mount::{Mount, MountTable};
use super::node::same;
use super::{Access, Caller, FileKind, Jump, LINKS_MAX, NAME_MAX, NodeRef, PATH_MAX, Parent, Place, Stat};
use crate::errno::{Errno, Result};
use crate::file::FileRef;

/// A walk in progress: where it is, and what it must remember.
pub(super) struct Walk<'a> {
    table: Arc<MountTable>,
    root: &'a Place,
    caller: &'a Caller,
    mount: Arc<Mount>,
    node: NodeRef,
    /// Where [`node`](Self::node) was found, while it isn't a directory and a magic link led there.
    jumped: Option<Parent>,
    links: u32,
}

/// The last component of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Last<'p> {
    /// A name to look up, create or remove.
    Name(&'p str),
    /// `.`
    Dot,
    /// `..`
    DotDot,
    /// Nothing but slashes.
    Root,
}

/// A path but for its last component, which may not exist.
pub(super) struct Entry<'p> {
    pub(super) mount: Arc<Mount>,
    pub(super) dir: NodeRef,
    pub(super) last: Last<'p>,
    /// Whether slashes follow the last component.
    pub(super) trailing: bool,
}

/// What a whole path leads to.
pub(super) enum Found {
    /// A point of the tree.
    Place(Place),
    /// By a magic link: an open file that is in no file system.
    File(FileRef),
}

/// What a walk to the last component of a path found there.
pub(super) enum End<'p> {
    Node { mount: Arc<Mount>, node: NodeRef, entry: Option<(NodeRef, Cow<'p, str>)>, jumped: Option<Parent> },
    File(FileRef),
}

/// Cuts the last component off: what is before it, itself, whether slashes follow.
pub(super) fn split_last(path: &str) -> (&str, Last<'_>, bool) {
    let trimmed = path.trim_end_matches('/');
    let trailing = trimmed.len() != path.len();
    let start = trimmed.rfind('/').map_or(0, |slash| slash + 1);
    let last = match &trimmed[start..] {
        "" => Last::Root,
        "." => Last::Dot,
        ".." => Last::DotDot,
        name => Last::Name(name),
    };
    (&path[..start], last, trailing)
}

/// `ENOENT` for the empty path, `ENAMETOOLONG`, and `EINVAL` for what C couldn't pass.
pub(super) fn check_path(path: &str) -> Result<()> {
    if path.is_empty() {
        return Err(Errno::ENOENT);
    }
    if path.len() >= PATH_MAX {
        return Err(Errno::ENAMETOOLONG);
    }
    if path.as_bytes().contains(&0) { Err(Errno::EINVAL) } else { Ok(()) }
}

/// `ENAMETOOLONG`; but in a removed directory there is nothing, whatever it is called.
fn check_name(dir: &NodeRef, name: &str) -> Result<()> {
    if name.len() <= NAME_MAX {
        return Ok(());
    }
    let removed = dir.stat().is_ok_and(|stat| stat.nlink == 0);
    Err(if removed { Errno::ENOENT } else { Errno::ENAMETOOLONG })
}

// === impl Entry ===

impl Entry<'_> {
    /// Whether something is mounted over `name` in this directory.
    pub(super) fn is_mount_point(&self, table: &MountTable, name: &str) -> bool {
        table.mounted_on(&self.mount, &self.dir, name).is_some()
    }

    pub(super) fn check_writable(&self) -> Result<()> {
        if self.mount.flags.read_only || self.dir.is_read_only() { Err(Errno::EROFS) } else { Ok(()) }
    }

    /// What the entry is, mounts included.
    pub(super) fn lookup(&self, table: &MountTable, name: &str) -> Result<NodeRef> {
        check_name(&self.dir, name)?;
        match table.mounted_on(&self.mount, &self.dir, name) {
            Some(mounted) => Ok(mounted.root.clone()),
            None => self.dir.lookup(name),
        }
    }
}

// === impl Walk ===

impl<'a> Walk<'a> {
    pub(super) fn new(table: Arc<MountTable>, root: &'a Place, caller: &'a Caller, base: &Place) -> Self {
        let (mount, node) = (base.mount.clone(), base.node.clone());
        Self { table, root, caller, mount, node, jumped: None, links: 0 }
    }

    pub(super) fn table(&self) -> &MountTable {
        &self.table
    }

    /// Walks to the directory that holds the last component.
    pub(super) fn entry<'p>(&mut self, path: &'p str) -> Result<Entry<'p>> {
        check_path(path)?;
        let (prefix, last, trailing) = split_last(path);
        self.descend(prefix)?;
        self.check_search()?;
        Ok(Entry { mount: self.mount.clone(), dir: self.node.clone(), last, trailing })
    }

    /// The node at the end of `path`; the last component's symbolic link is followed if `follow` or when slashes
    /// come after it.
    pub(super) fn find<'p>(&mut self, path: &'p str, follow: bool) -> Result<End<'p>> {
        check_path(path)?;
        let mut text: Cow<'p, str> = Cow::Borrowed(path);
        let mut must_be_directory = false;
        loop {
            let (prefix, last, trailing) = split_last(&text);
            must_be_directory |= trailing;
            self.descend(prefix)?;
            let (node, entry) = match last {
                Last::Name(name) => {
                    let dir = self.node.clone();
                    self.step_to(name)?;
                    if self.node.kind() == FileKind::Symlink && (follow || must_be_directory) {
                        let link = std::mem::replace(&mut self.node, dir);
                        match self.follow(&link)? {
                            Link::Text(next) if next.is_empty() => return Err(Errno::ENOENT),
                            Link::Text(next) => {
                                text = Cow::Owned(String::from(&*next));
                                continue;
                            }
                            Link::Jumped(place) => {
                                self.jump(place);
                                (self.node.clone(), None)
                            }
                            Link::File(file) if must_be_directory => {
                                drop(file);
                                return Err(Errno::ENOTDIR);
                            }
                            Link::File(file) => return Ok(End::File(file)),
                        }
                    } else {
                        (self.node.clone(), Some(dir))
                    }
                }
                Last::Dot | Last::Root => {
                    self.check_search_if(last == Last::Dot)?;
                    (self.node.clone(), None)
                }
                Last::DotDot => {
                    self.check_search()?;
                    self.up()?;
                    (self.node.clone(), None)
                }
            };
            let directory = node.kind() == FileKind::Directory;
            if must_be_directory && !directory {
                return Err(Errno::ENOTDIR);
            }
            let entry = match (entry, last) {
                (Some(dir), Last::Name(name)) if !directory => {
                    let start = name.as_ptr().addr() - text.as_ptr().addr();
                    let range = start..start + name.len();
                    let name = match &text {
                        Cow::Borrowed(text) => Cow::Borrowed(&text[range]),
                        Cow::Owned(text) => Cow::Owned(text[range].to_owned()),
                    };
                    Some((dir, name))
                }
                _ => None,
            };
            return Ok(End::Node { mount: self.mount.clone(), node, entry, jumped: self.jumped.take() });
        }
    }

    /// Follows every component of `path`; ends wherever that leads, at a directory if slashes end it.
    fn descend(&mut self, path: &str) -> Result<()> {
        let mut rest = path;
        if rest.starts_with('/') {
            self.mount = self.root.mount.clone();
            self.node = self.root.node.clone();
        }
        loop {
            rest = rest.trim_start_matches('/');
            if rest.is_empty() {
                let directory = self.node.kind() == FileKind::Directory;
                return if path.ends_with('/') && !directory { Err(Errno::ENOTDIR) } else { Ok(()) };
            }
            let (name, after) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            rest = after;
            match name {
                "." => self.check_search()?,
                ".." => {
                    self.check_search()?;
                    self.up()?;
                }
                name => self.step(name)?,
            }
        }
    }

    /// One named component, followed if it is a link.
    fn step(&mut self, name: &str) -> Result<()> {
        self.check_search()?;
        let next = self.next(name)?;
        if next.kind() != FileKind::Symlink {
            self.node = next;
            return Ok(());
        }
        match self.follow(&next)? {
            Link::Text(text) if text.is_empty() => Err(Errno::ENOENT),
            Link::Text(text) => self.descend(&text),
            Link::Jumped(place) => {
                self.jump(place);
                Ok(())
            }
            Link::File(_) => Err(Errno::ENOTDIR),
        }
    }

    /// One named component, not followed.
    fn step_to(&mut self, name: &str) -> Result<()> {
        self.check_search()?;
        self.node = self.next(name)?;
        Ok(())
    }

    /// The node of a named component; only the mount changes already. (No mount's root is a link.)
    fn next(&mut self, name: &str) -> Result<NodeRef> {
        check_name(&self.node, name)?;
        let Some(mounted) = self.table.mounted_on(&self.mount, &self.node, name) else {
            return self.node.lookup(name);
        };
        self.mount = mounted.clone();
        Ok(self.mount.root.clone())
    }

    /// What the link `node` says; it counts.
    pub(super) fn follow(&mut self, node: &NodeRef) -> Result<Link> {
        self.links += 1;
        if self.links > LINKS_MAX {
            return Err(Errno::ELOOP);
        }
        match node.follow(self.caller) {
            None => Ok(Link::Text(node.readlink(self.caller)?)),
            Some(jump) => match jump? {
                Jump::Place(place) => Ok(Link::Jumped(place)),
                Jump::File(file) => Ok(file.place().map_or_else(|| Link::File(file), Link::Jumped)),
            },
        }
    }

    fn jump(&mut self, place: Place) {
        self.mount = place.mount;
        self.node = place.node;
        self.jumped = place.found;
    }

    /// `..`: never above the namespace's root, across mounts, and never out of a bind mount whose directory was
    /// moved away.
    fn up(&mut self) -> Result<()> {
        if self.mount.id == self.root.mount.id && same(&self.node, &self.root.node) {
            return Ok(());
        }
        if same(&self.node, &self.mount.root) {
            if let Some(at) = self.mount.at.clone() {
                self.node = at.dir;
                self.mount = at.mount;
            }
            return Ok(());
        }
        let parent = self.node.parent().ok_or(Errno::ENOENT)?;
        self.node = parent.node;
        if self.mount.root.parent().is_some() {
            let mut above = self.node.clone();
            while !same(&above, &self.mount.root) {
                above = above.parent().ok_or(Errno::ENOENT)?.node;
            }
        }
        Ok(())
    }

    fn check_search_if(&self, wanted: bool) -> Result<()> {
        if wanted { self.check_search() } else { Ok(()) }
    }

    /// That the present position is a directory which the caller may search.
    fn check_search(&self) -> Result<()> {
        if self.node.kind() != FileKind::Directory {
            return Err(Errno::ENOTDIR);
        }
        if self.caller.uid == 0 {
            return Ok(());
        }
        self.caller.check(&self.node.stat()?, Access::EXECUTE)
    }
}

/// Where a symbolic link leads.
pub(super) enum Link {
    /// To walk, from the directory that holds the link.
    Text(Arc<str>),
    /// Here.
    Jumped(Place),
    /// To an open file that is in no file system.
    File(FileRef),
}

// === impl End ===

impl End<'_> {
    pub(super) fn stat(&self) -> Result<Stat> {
        match self {
            Self::Node { node, .. } => node.stat(),
            Self::File(file) => file.stat(),
        }
    }

    pub(super) fn found(self) -> Found {
        match self {
            Self::Node { mount, node, entry, jumped } => {
                let found = entry.map(|(dir, name)| Parent { node: dir, name: Arc::from(&*name) }).or(jumped);
                Found::Place(Place { mount, node, found })
            }
            Self::File(file) => Found::File(file),
        }
    }
}
