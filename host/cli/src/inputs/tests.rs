//! Files, directories and the standard input.

use super::*;

fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        fs::write(folder.path().join(name), content).unwrap();
    }
    folder
}

fn names(inputs: &[Input]) -> Vec<String> {
    inputs
        .iter()
        .map(|input| Path::new(&input.name).file_name().unwrap().to_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_directory_gives_its_manifests_by_name() {
    let folder =
        folder(&[("b.yml", b"b"), ("a.yaml", b"a"), ("c.json", b"c"), ("README.md", b"no"), ("d", b"no")]);
    fs::create_dir(folder.path().join("sub.yaml")).unwrap();
    let inputs = read_with(&[folder.path().to_owned()], &mut io::empty()).unwrap();
    assert_eq!(names(&inputs), ["a.yaml", "b.yml", "c.json"]);
}

#[test]
fn the_standard_input_is_read_once() {
    let inputs = read_with(&["-".into()], &mut &b"kind: Pod"[..]).unwrap();
    assert_eq!(inputs, [Input { name: "-".to_owned(), text: "kind: Pod".to_owned() }]);
    let failures = read_with(&["-".into(), "-".into()], &mut io::empty()).unwrap_err();
    assert!(failures[0].message.contains("twice"));
}

#[test]
fn each_unreadable_argument_is_one_failure() {
    let folder = folder(&[("latin1.yaml", b"name: \xe9"), ("big.yaml", &vec![b' '; MAX_BYTES + 1])]);
    let empty = tempfile::tempdir().unwrap();
    let arguments = [
        folder.path().join("missing.yaml"),
        folder.path().join("latin1.yaml"),
        folder.path().join("big.yaml"),
        empty.path().to_owned(),
    ];
    let failures = read_with(&arguments, &mut io::empty()).unwrap_err();
    let texts: Vec<_> = failures.iter().map(|failure| failure.message.as_str()).collect();
    assert_eq!(texts.len(), 4, "{texts:?}");
    assert!(texts[0].contains("missing.yaml`: there is no such file"), "{texts:?}");
    assert!(texts[1].contains("offset 6 is not UTF-8"), "{texts:?}");
    assert!(texts[2].contains("larger than 10 MB"), "{texts:?}");
    assert!(texts[3].contains("no manifest in directory"), "{texts:?}");
}
