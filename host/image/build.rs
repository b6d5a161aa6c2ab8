//! Puts the built guests and the folders of example images into the binary.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use sha2::{Digest, Sha256};

fn main() -> io::Result<()> {
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?);
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    let root = here.join("../..");
    let mut code = String::new();
    guests(&root.join("guests/dist"), &mut code)?;
    folders(&root.join("examples/images"), &mut code)?;
    fs::write(out.join("embedded.rs"), code)
}

/// `pub(crate) static GUESTS: &[Guest]`, by name.
fn guests(dist: &Path, code: &mut String) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", dist.display());
    code.push_str("pub(crate) static GUESTS: &[Guest] = &[\n");
    for path in sorted(dist)? {
        if path.extension().is_some_and(|extension| extension == "wasm") {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let digest = Sha256::digest(fs::read(&path)?);
            let hex = digest.iter().fold(String::new(), |mut hex, byte| {
                let _ = write!(hex, "{byte:02x}");
                hex
            });
            let path = path.canonicalize()?;
            let _ = writeln!(
                code,
                "Guest {{ name: {name:?}, digest: {hex:?}, bytes: include_bytes!({path:?}) }},"
            );
        }
    }
    code.push_str("];\n");
    Ok(())
}

/// `pub(crate) static FOLDERS: &[Folder]`, by name, each with its files by path.
fn folders(images: &Path, code: &mut String) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", images.display());
    code.push_str("pub(crate) static FOLDERS: &[Folder] = &[\n");
    for folder in sorted(images)? {
        if !folder.join("image.yaml").is_file() {
            continue;
        }
        let mut files = Vec::new();
        collect(&folder, "", &mut files)?;
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let _ = writeln!(code, "Folder {{ name: {name:?}, files: &[");
        for (name, path) in files {
            match path {
                Some(path) => {
                    let path = path.canonicalize()?;
                    let _ = writeln!(code, "({name:?}, Some(include_bytes!({path:?}) as &'static [u8])),");
                }
                None => {
                    let _ = writeln!(code, "({name:?}, None),");
                }
            }
        }
        code.push_str("] },\n");
    }
    code.push_str("];\n");
    Ok(())
}

/// Files with their path, directories without.
fn collect(dir: &Path, prefix: &str, files: &mut Vec<(String, Option<PathBuf>)>) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", dir.display());
    for path in sorted(dir)? {
        let name = format!("{prefix}{}", path.file_name().unwrap_or_default().to_string_lossy());
        if path.is_dir() {
            files.push((name.clone(), None));
            collect(&path, &format!("{name}/"), files)?;
        } else {
            files.push((name, Some(path)));
        }
    }
    Ok(())
}

fn sorted(dir: &Path) -> io::Result<Vec<PathBuf>> {
    if !dir.is_dir() {
        return Ok(Vec::new());
    }
    let mut paths = fs::read_dir(dir)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}
