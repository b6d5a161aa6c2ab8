use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::*;

/// Writes an archive of (name, content); a content that begins with `->` makes a link.
fn archive(folder: &Path, entries: &[(&str, &[u8])]) -> PathBuf {
    let path = folder.join("x.war");
    let mut writer = ZipWriter::new(File::create(&path).unwrap());
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, content) in entries {
        if let Some(target) = content.strip_prefix(b"->") {
            writer.add_symlink(*name, std::str::from_utf8(target).unwrap(), options).unwrap();
        } else if name.ends_with('/') {
            writer.add_directory(*name, options).unwrap();
        } else {
            writer.start_file(*name, options).unwrap();
            writer.write_all(content).unwrap();
        }
    }
    writer.finish().unwrap();
    path
}

fn unpack(entries: &[(&str, &[u8])], limits: Limits) -> (tempfile::TempDir, Result<(), ArchiveError>) {
    let folder = tempfile::tempdir().unwrap();
    let path = archive(folder.path(), entries);
    let run = || {
        let mut unpacking = Unpacking::open(&path, &folder.path().join("apps/x"), limits)?;
        while unpacking.step()? {}
        Ok(())
    };
    let result = run();
    (folder, result)
}

#[test]
fn entries_become_files() {
    let entries: &[(&str, &[u8])] = &[("a/", b""), ("a/b/c.txt", b"deep"), ("index.html", b"<p>")];
    let (folder, result) = unpack(entries, Limits::default());
    result.unwrap();
    assert_eq!(fs::read(folder.path().join("apps/x/a/b/c.txt")).unwrap(), b"deep");
    assert_eq!(fs::read(folder.path().join("apps/x/index.html")).unwrap(), b"<p>");
}

#[test]
fn no_entry_gets_out_of_the_folder() {
    for name in ["../evil", "a/../../evil", "/evil", "..\\evil", "a/../../../../../../tmp/evil"] {
        let (folder, result) = unpack(&[("ok.txt", b"x"), (name, b"x")], Limits::default());
        let refused = matches!(result, Err(ArchiveError::Outside(_) | ArchiveError::Format(_)));
        let written = fs::read_dir(folder.path().join("apps")).unwrap().count();
        assert!(refused && written == 1, "{name}: {result:?}");
        assert!(!folder.path().join("evil").exists() && !folder.path().join("apps/evil").exists());
    }
}

#[test]
fn links_are_refused_as_what_they_point_to_would_be_written() {
    let (_, result) = unpack(&[("l", b"->/etc"), ("l/passwd", b"x")], Limits::default());
    assert!(matches!(result, Err(ArchiveError::Link(_))), "{result:?}");
}

#[test]
fn a_bomb_stops_at_the_limit() {
    let limits = Limits { entries: 2, bytes: 1000 };
    let zeros = vec![0; 100_000];
    let (folder, result) = unpack(&[("bomb", &zeros)], limits);
    assert!(matches!(result, Err(ArchiveError::TooBig(1000))), "{result:?}");
    assert!(fs::metadata(folder.path().join("apps/x/bomb")).unwrap().len() <= 1000);
    let (_, result) = unpack(&[("1", b""), ("2", b""), ("3", b"")], limits);
    assert!(matches!(result, Err(ArchiveError::TooMany(2))), "{result:?}");
}

#[test]
fn what_is_no_archive_or_half_of_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = archive(folder.path(), &[("index.html", b"hello")]);
    let whole = fs::read(&path).unwrap();
    for length in [0, 1, whole.len() / 2, whole.len() - 1] {
        fs::write(&path, &whole[..length]).unwrap();
        let result = Unpacking::open(&path, &folder.path().join("x"), Limits::default());
        assert!(matches!(result, Err(ArchiveError::Format(_))), "{length}");
    }
}
