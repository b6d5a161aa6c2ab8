//! Layers as tar archives, with OCI's whiteouts.

use std::io;

use bytes::Bytes;
use tar::{Archive, Builder, EntryType, Header};
use wasipod_kernel::clock::Timestamp;
use wasipod_kernel::fs::image::{ImageEntry, ImageKind};

use crate::{Error, Layer};

const WHITEOUT: &str = ".wh.";
const OPAQUE: &str = ".wh..wh..opq";
const NANOS: u64 = 1_000_000_000;

/// The archive of a layer; equal layers make equal archives.
pub(super) fn write(layer: &Layer) -> Result<Vec<u8>, Error> {
    let mut archive = Builder::new(Vec::new());
    let finished = (|| {
        for (path, entry) in layer.entries() {
            append(&mut archive, path, entry)?;
        }
        for path in layer.opaque() {
            let mut header = plain_header();
            header.set_entry_type(EntryType::Regular);
            let separator = if path.is_empty() || path.ends_with('/') { "" } else { "/" };
            archive.append_data(&mut header, format!("{path}{separator}{OPAQUE}"), io::empty())?;
        }
        archive.into_inner()
    })();
    finished.map_err(Error::io("layer.tar"))
}

fn append(archive: &mut Builder<Vec<u8>>, path: &str, entry: &ImageEntry) -> io::Result<()> {
    let mut header = plain_header();
    header.set_mode(entry.mode);
    header.set_uid(u64::from(entry.uid));
    header.set_gid(u64::from(entry.gid));
    header.set_mtime(entry.mtime.as_nanos() / NANOS);
    let mut special = |kind: EntryType, number: u64| {
        header.set_entry_type(kind);
        let major = header.set_device_major(device_part(number, 8, 0xfff));
        major.and_then(|()| header.set_device_minor(device_part(number, 0, 0xff)))
    };
    match &entry.kind {
        ImageKind::Regular(content) => {
            header.set_entry_type(EntryType::Regular);
            header.set_size(content.len() as u64);
            return archive.append_data(&mut header, path, content.as_ref());
        }
        ImageKind::Directory => header.set_entry_type(EntryType::Directory),
        ImageKind::Symlink(target) => {
            header.set_entry_type(EntryType::Symlink);
            return archive.append_link(&mut header, path, target);
        }
        ImageKind::HardLink(target) => {
            header.set_entry_type(EntryType::Link);
            return archive.append_link(&mut header, path, target);
        }
        ImageKind::Fifo => header.set_entry_type(EntryType::Fifo),
        ImageKind::CharDevice(number) => special(EntryType::Char, *number)?,
        ImageKind::BlockDevice(number) => special(EntryType::Block, *number)?,
        ImageKind::Whiteout => {
            header.set_entry_type(EntryType::Regular);
            let (above, name) = path.rsplit_once('/').map_or(("", path), |(above, name)| (above, name));
            let separator = if above.is_empty() { "" } else { "/" };
            let path = format!("{above}{separator}{WHITEOUT}{name}");
            return archive.append_data(&mut header, path, io::empty());
        }
    }
    archive.append_data(&mut header, path, io::empty())
}

fn plain_header() -> Header {
    let mut header = Header::new_gnu();
    header.set_size(0);
    header.set_mode(0);
    header
}

/// The layer of an archive; contents are slices of it, not copies.
pub(super) fn read(archive: Bytes) -> io::Result<Layer> {
    let (mut entries, mut opaque) = (Vec::new(), Vec::new());
    for entry in Archive::new(archive.as_ref()).entries()? {
        let entry = entry?;
        let header = entry.header();
        let path = String::from_utf8_lossy(&entry.path_bytes()).trim_matches('/').to_owned();
        let name = path.rsplit('/').next().unwrap_or_default();
        let above = path.strip_suffix(name).unwrap_or_default();
        if name == OPAQUE {
            opaque.push(above.to_owned());
            continue;
        }
        let link = || match entry.link_name_bytes() {
            Some(target) => Ok(String::from_utf8_lossy(&target).into_owned()),
            None => Err(io::Error::other(format!("{path}: a link to nothing"))),
        };
        let number = || -> io::Result<u64> {
            let (major, minor) = (header.device_major()?, header.device_minor()?);
            Ok(u64::from(major.unwrap_or(0)) << 8 | u64::from(minor.unwrap_or(0)))
        };
        let removed = name.strip_prefix(WHITEOUT).map(|removed| format!("{above}{removed}"));
        let kind = match header.entry_type() {
            EntryType::Regular | EntryType::Continuous if removed.is_some() => ImageKind::Whiteout,
            EntryType::Regular | EntryType::Continuous => {
                ImageKind::Regular(content(&archive, &entry, &path)?)
            }
            EntryType::Directory => ImageKind::Directory,
            EntryType::Symlink => ImageKind::Symlink(link()?),
            EntryType::Link => ImageKind::HardLink(link()?),
            EntryType::Fifo => ImageKind::Fifo,
            EntryType::Char => ImageKind::CharDevice(number()?),
            EntryType::Block => ImageKind::BlockDevice(number()?),
            other => {
                return Err(io::Error::other(format!("{path}: entries of type {other:?} are not supported")));
            }
        };
        let id = |id: u64| u32::try_from(id).map_err(io::Error::other);
        let (mode, uid, gid) = (header.mode()?, id(header.uid()?)?, id(header.gid()?)?);
        let mtime = Timestamp::from_nanos(header.mtime()?.saturating_mul(NANOS));
        let path = removed.unwrap_or(path);
        entries.push((path, ImageEntry { kind, mode: mode & 0o7777, uid, gid, mtime }));
    }
    Ok(Layer::new(entries, opaque))
}

fn content(archive: &Bytes, entry: &tar::Entry<'_, &[u8]>, path: &str) -> io::Result<Bytes> {
    let too_long = || io::Error::other(format!("{path}: the archive ends too early"));
    let start = usize::try_from(entry.raw_file_position()).map_err(io::Error::other)?;
    let end = start.saturating_add(usize::try_from(entry.size()).map_err(io::Error::other)?);
    if end > archive.len() { Err(too_long()) } else { Ok(archive.slice(start..end)) }
}

fn device_part(number: u64, shift: u32, mask: u64) -> u32 {
    u32::try_from(number >> shift & mask).unwrap_or(0)
}
