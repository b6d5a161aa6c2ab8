//! Looking in from outside (LOG-9, LOG-10, LOG-12).

use super::secs;
use crate::container::{ExecStreams, PodKey};
use crate::logs::{LogOptions, LogStream};
use crate::ports::{PodStreams as _, StreamError};
use crate::testing::{self, Program, World};

fn read(world: &World, container: &str, previous: bool) -> Result<Vec<String>, StreamError> {
    let options = LogOptions { previous, ..LogOptions::default() };
    let mut reader = world.streams().logs(&PodKey::of(&testing::pod("p")), container, &options)?;
    let lines = std::iter::from_fn(|| reader.try_next());
    Ok(lines.map(|line| String::from_utf8_lossy(&line.content).into_owned()).collect())
}

fn refusal(text: &str) -> Result<Vec<String>, StreamError> {
    Err(StreamError::BadRequest(text.to_owned()))
}

#[test]
fn logs_are_those_of_the_instance_that_the_state_names_log_9_log_10() {
    let world = World::new(1);
    world.runtime.program("c", &[Program::ends(secs(5), 1)]);
    let mut pod = testing::pod("p");
    pod.spec.containers[0].image = "other:1".to_owned();
    world.apply(pod);
    world.run(async |world| {
        world.sleep(1.0).await;
        let waiting = refusal("container \"c\" in pod \"p\" is waiting to start: ContainerCreating");
        assert_eq!(read(&world, "c", false), waiting);
        assert_eq!(read(&world, "x", false), refusal("container x is not valid for pod p"));
        world.sleep(1.0).await;
        let write = |text: &[u8]| {
            world.runtime.specs().last().expect("a container").log.write(LogStream::Stdout, text)
        };
        write(b"first\n");
        assert_eq!(read(&world, "c", false), Ok(vec!["first".to_owned()]));
        let none = refusal("previous terminated container \"c\" in pod \"p\" not found");
        assert_eq!(read(&world, "c", true), none);
        // It ends and is started again at once.
        world.sleep(5.0).await;
        write(b"second\n");
        assert_eq!(read(&world, "c", false), Ok(vec!["second".to_owned()]));
        assert_eq!(read(&world, "c", true), Ok(vec!["first".to_owned()]));
        // It has ended again and waits: the last crash is shown, under both names.
        world.sleep(5.0).await;
        assert_eq!(super::word(&world.status(), "c"), "CrashLoopBackOff");
        assert_eq!(read(&world, "c", false), Ok(vec!["second".to_owned()]));
        assert_eq!(read(&world, "c", true), Ok(vec!["second".to_owned()]));
    });
}

#[test]
fn following_ends_with_the_instance_and_commands_need_a_running_one_log_12() {
    let world = World::new(1);
    world.runtime.program("c", &[Program::ends(secs(5), 0)]);
    world.apply(testing::pod_with(&[], &["c"], wasipod_api::model::RestartPolicy::Never));
    world.run(async |world| {
        world.sleep(1.0).await;
        let key = PodKey::of(&testing::pod("p"));
        let streams = world.streams();
        let exec = || {
            let (sender, _) = tokio::sync::mpsc::channel(1);
            let ends = ExecStreams { stdin: None, stdout: sender.clone(), stderr: sender, tty: None };
            streams.exec(&key, "c", vec!["true".to_owned()], ends)
        };
        assert_eq!(exec().await, Ok(0));
        world.runtime.specs()[0].log.write(LogStream::Stderr, b"bye");
        let options = LogOptions { follow: true, ..LogOptions::default() };
        let mut reader = streams.logs(&key, "c", &options).expect("a log");
        let line = reader.next().await.expect("a line");
        assert_eq!((&line.content[..], line.partial), (&b"bye"[..], true));
        assert_eq!(reader.next().await, None);
        assert_eq!(world.clock.now().as_nanos(), 5_000_000_000);
        assert_eq!(exec().await, Err(StreamError::BadRequest("container not found (\"c\")".to_owned())));
    });
}
