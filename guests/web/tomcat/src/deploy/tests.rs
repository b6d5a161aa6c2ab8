use std::{fs::File, io::Write};

use super::*;

fn war(folder: &Path, name: &str, page: &str) {
    let mut writer = zip::ZipWriter::new(File::create(folder.join(name)).unwrap());
    writer.start_file("index.html", zip::write::SimpleFileOptions::default()).unwrap();
    writer.write_all(page.as_bytes()).unwrap();
    writer.finish().unwrap();
}

/// Does what one look asks for; what was done.
fn apply(webapps: &mut Webapps) -> Vec<String> {
    let mut done = Vec::new();
    for change in webapps.look() {
        match change {
            Change::DeployArchive(name, state) => {
                let mut deploy = || {
                    let Some(mut unpacking) = webapps.begin_archive(&name, state, Limits::default())? else {
                        return Ok("found");
                    };
                    while unpacking.step()? {}
                    Ok::<_, ArchiveError>("unpacked")
                };
                match deploy() {
                    Ok(how) => {
                        webapps.end_archive(&name, state).unwrap();
                        done.push(format!("{how} {name}"));
                    }
                    Err(_) => {
                        webapps.forget(&name);
                        done.push(format!("failed {name}"));
                    }
                }
            }
            Change::DeployDirectory(name) => {
                webapps.add_directory(&name);
                done.push(format!("directory {name}"));
            }
            Change::Undeploy(name) => {
                webapps.vanished(&name);
                done.push(format!("undeployed {name}"));
            }
        }
    }
    done
}

#[test]
fn archives_are_deployed_when_they_appear_change_and_vanish() {
    let folder = tempfile::tempdir().unwrap();
    let page = |name: &str| fs::read_to_string(folder.path().join(name).join("index.html")).ok();
    let mut webapps = Webapps::new(folder.path());
    assert!(apply(&mut webapps).is_empty());
    war(folder.path(), "sample.war", "one");
    assert_eq!(apply(&mut webapps), ["unpacked sample"]);
    assert_eq!(page("sample").as_deref(), Some("one"));
    assert!(apply(&mut webapps).is_empty(), "nothing changed");
    war(folder.path(), "sample.war", "second");
    assert_eq!(apply(&mut webapps), ["unpacked sample"]);
    assert_eq!(page("sample").as_deref(), Some("second"));
    fs::remove_file(folder.path().join("sample.war")).unwrap();
    assert_eq!(apply(&mut webapps), ["undeployed sample"]);
    assert!(!folder.path().join("sample").exists());
    assert!(apply(&mut webapps).is_empty());
}

#[test]
fn an_archive_that_is_still_being_copied_is_tried_again_when_it_has_grown() {
    let folder = tempfile::tempdir().unwrap();
    war(folder.path(), "whole", "hello");
    let bytes = fs::read(folder.path().join("whole")).unwrap();
    let mut webapps = Webapps::new(folder.path());
    fs::write(folder.path().join("a.war"), &bytes[..20]).unwrap();
    assert_eq!(apply(&mut webapps), ["failed a"]);
    assert!(apply(&mut webapps).is_empty(), "the same bytes are not tried twice");
    fs::write(folder.path().join("a.war"), &bytes).unwrap();
    assert_eq!(apply(&mut webapps), ["unpacked a"]);
}

#[test]
fn a_restarted_server_takes_what_it_had_unpacked_and_repairs_what_it_had_not() {
    let folder = tempfile::tempdir().unwrap();
    war(folder.path(), "a.war", "one");
    assert_eq!(apply(&mut Webapps::new(folder.path())), ["unpacked a"]);
    assert_eq!(apply(&mut Webapps::new(folder.path())), ["found a"]);
    fs::write(folder.path().join("a").join(TRACKER), "unfinished").unwrap();
    fs::write(folder.path().join("a/index.html"), "half").unwrap();
    assert_eq!(apply(&mut Webapps::new(folder.path())), ["unpacked a"]);
    assert_eq!(fs::read_to_string(folder.path().join("a/index.html")).unwrap(), "one");
}

#[test]
fn directories_are_the_users_and_stay() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("own")).unwrap();
    fs::write(folder.path().join("own/index.html"), "mine").unwrap();
    let mut webapps = Webapps::new(folder.path());
    assert_eq!(apply(&mut webapps), ["directory own"]);
    fs::remove_dir_all(folder.path().join("own")).unwrap();
    assert_eq!(apply(&mut webapps), ["undeployed own"]);
}

#[test]
fn names_become_paths_as_in_tomcat() {
    for (name, path) in [("sample", "/sample"), ("ROOT", ""), ("a#b", "/a/b"), ("app##002", "/app")] {
        assert_eq!(context_path(name), path);
    }
}
