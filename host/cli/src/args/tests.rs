//! Arguments as people type them.

use clap::CommandFactory;

use super::*;

fn run_args(words: &[&str]) -> Result<RunArgs, String> {
    let words = ["wasipod", "run", "-f", "pod.yaml"].iter().chain(words);
    match Cli::try_parse_from(words).map_err(|error| error.to_string())?.command {
        Command::Run(args) => Ok(*args),
        other => Err(format!("{other:?}")),
    }
}

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn every_flag_of_run_is_understood() {
    let args = run_args(&[
        "-f",
        "more/",
        "-f",
        "-",
        "-v",
        "--until",
        "exited:web",
        "--timeout",
        "1h30m",
        "--exec",
        "web -c nginx -- sh -c 'echo a b'",
        "-p",
        "8080:ns/web:80",
        "--image",
        "example.com/app:1=a.wasm",
        "--host-path",
        "/data=./d",
        "--node-label",
        "disktype=ssd",
        "--clock",
        "virtual",
        "--seed",
        "7",
        "-o",
        "json",
        "--grace-period",
        "3",
        "--data-dir",
        "state",
    ])
    .unwrap();
    assert_eq!(args.input.files.len(), 3);
    assert!(args.verbose);
    assert_eq!(args.until, Some(Until::Exited("web".to_owned())));
    assert_eq!(args.timeout, Some(Duration::from_secs(5400)));
    assert_eq!(args.exec[0].container.as_deref(), Some("nginx"));
    assert_eq!(args.exec[0].argv, ["sh", "-c", "echo a b"]);
    assert_eq!(args.publish[0].pod, PodRef { namespace: Some("ns".to_owned()), name: "web".to_owned() });
    assert_eq!((args.publish[0].host_port, args.publish[0].port), (8080, 80));
    assert_eq!(args.image[0].name, "example.com/app:1");
    assert_eq!(args.host_path[0].path, "/data");
    assert_eq!((args.node_label[0].key.as_str(), args.node_label[0].value.as_str()), ("disktype", "ssd"));
    assert_eq!((args.clock, args.seed, args.output), (ClockArg::Virtual, Some(7), OutputForm::Json));
    assert_eq!(args.grace_period, Some(3));
}

#[test]
fn contradictions_are_refused() {
    for words in [
        &["--for", "3m", "--until", "ready"][..],
        &["--timeout", "3m"],
        &["--exec", "web -- true"],
        &["--clock", "lunar"],
        &["--grace-period", "-1"],
    ] {
        assert!(run_args(words).is_err(), "{words:?}");
    }
}

#[test]
fn durations_need_a_unit() {
    assert_eq!(values::duration("90s"), Ok(Duration::from_secs(90)));
    assert_eq!(values::duration("250ms"), Ok(Duration::from_millis(250)));
    assert!(values::duration("90").unwrap_err().to_string().contains("did you mean `90s`?"));
    assert!(values::duration("soon").is_err());
}

#[test]
fn an_exec_names_a_pod_and_a_command() {
    let spec: ExecSpec = "web -- cat '/a b'".parse().unwrap();
    assert_eq!(spec.pod, PodRef { namespace: None, name: "web".to_owned() });
    assert_eq!((spec.container, spec.argv), (None, vec!["cat".to_owned(), "/a b".to_owned()]));
    let spec: ExecSpec = "--container=c pod/web -- sh -c 'a -- b'".parse().unwrap();
    assert_eq!(spec.container.as_deref(), Some("c"));
    assert_eq!(spec.argv, ["sh", "-c", "a -- b"]);
    for (text, part) in [
        ("web cat", "`--` is missing"),
        ("web --", "command after `--` is missing"),
        ("-- true", "Pod's name is missing"),
        ("a b -- true", "one Pod only"),
        ("a -x -- true", "unexpected `-x`"),
        ("a -c -- true", "needs a container's name"),
        ("a -- 'open", "missing closing quote"),
        ("/a -- true", "is no Pod"),
    ] {
        let error = text.parse::<ExecSpec>().unwrap_err().to_string();
        assert!(error.contains(part), "{text}: {error}");
    }
}

#[test]
fn ports_paths_and_labels_are_checked() {
    for text in ["80:web", "0:web:80", "x:web:80", "80:web:70000", "80::80"] {
        assert!(text.parse::<Publish>().is_err(), "{text}");
    }
    for text in ["name", "=path", "name="] {
        assert!(text.parse::<ImageMapping>().is_err(), "{text}");
    }
    for text in ["data=./d", "/data", "/data="] {
        assert!(text.parse::<HostPath>().is_err(), "{text}");
    }
    for text in ["disktype", "=x", "a b=c", "a=b c", "-a=b", "Example.com/a=b", "a/b/c=d", "/a=b"] {
        assert!(text.parse::<NodeLabel>().is_err(), "{text}");
    }
    for text in ["a=", "example.com/zone=a-1", "a.b_c=X"] {
        assert!(text.parse::<NodeLabel>().is_ok(), "{text}");
    }
}

#[test]
fn states_to_wait_for_print_as_they_are_written() {
    for text in ["running", "ready", "succeeded", "failed", "exited:web"] {
        assert_eq!(text.parse::<Until>().unwrap().to_string(), text);
    }
    assert!("exited".parse::<Until>().is_err());
    assert!("exited:".parse::<Until>().is_err());
}

#[test]
fn planned_commands_are_known_by_name() {
    let words = |text: &str| text.split(' ').map(Into::into).collect::<Vec<_>>();
    assert_eq!(not_built(&words("wasipod up -d")), Some("up".to_owned()));
    assert_eq!(not_built(&words("wasipod image pull x")), Some("image pull".to_owned()));
    assert_eq!(not_built(&words("wasipod run -f up")), None);
    assert_eq!(not_built(&words("wasipod image ls")), None);
}
