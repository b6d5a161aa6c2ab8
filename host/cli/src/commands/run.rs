//! `wasipod run`: everything is checked first, then a node lives as long as the run.

use std::error::Error as _;
use std::path::PathBuf;

use tempfile::TempDir;
use wasipod_api::load::Manifest;
use wasipod_api::model::Pod;
use wasipod_api::object::Object;
use wasipod_api::resolve;
use wasipod_node::{ClockKind, NodeConfig, NodeError, NodeHandle};

use crate::args::{ClockArg, PodRef, RunArgs, Until};
use crate::directories;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::manifests;
use crate::output::Output;
use crate::run::follow::{Plan, follow};
use crate::run::interrupt::interrupts;
use crate::run::progress::progress;
use crate::run::recorder::Recorder;

/// The node's name.
const NODE: &str = "wasipod";

pub(crate) fn run(args: RunArgs, output: &Output) -> Result<ExitStatus, Failure> {
    refuse(&args)?;
    let Some(manifests) = manifests::load(&args.input.files, output) else {
        return Ok(ExitStatus::BadInput);
    };
    let pods = pods(&manifests)?;
    check_names(&args, &pods)?;
    let state = State::new(args.data_dir.clone())?;
    let is_virtual = args.clock == ClockArg::Virtual;
    let config = NodeConfig {
        name: NODE.to_owned(),
        clock: if is_virtual { ClockKind::Virtual } else { ClockKind::Real },
        seed: args.seed,
        labels: args.node_label.into_iter().map(|label| (label.key, label.value)).collect(),
        host_paths: args.host_path.into_iter().map(|host| (host.path, host.directory)).collect(),
        images: args.image.into_iter().map(|image| (image.name, image.path)).collect(),
        data_dir: state.path.clone(),
        cache_dir: directories::cache(),
        image_store: directories::images(),
        progress: progress(output.clone()),
    };
    let plan = Plan {
        run_for: args.run_for,
        until: args.until,
        timeout: args.timeout,
        execs: args.exec,
        publish: args.publish,
        grace_period: args.grace_period,
        images: pods.iter().flat_map(Pod::all_containers).map(|container| container.image.clone()).collect(),
    };
    let mut recorder = Recorder::new(output.clone(), args.output, args.verbose, is_virtual);
    let mut interrupts = interrupts()?;
    let main = |node: NodeHandle| async move {
        follow(&node, &manifests, &plan, &mut recorder, &mut interrupts).await
    };
    wasipod_node::run(config, main).unwrap_or_else(|error| Err(no_node(&error)))
}

fn no_node(error: &NodeError) -> Failure {
    let reasons = std::iter::successors(error.source(), |reason: &&(dyn std::error::Error + 'static)| {
        (*reason).source()
    });
    let message = reasons.fold(error.to_string(), |message, reason| format!("{message}: {reason}"));
    if error.is_input() { Failure::input(message) } else { Failure::machine(message) }
}

/// What can't be, said before anything is read.
fn refuse(args: &RunArgs) -> Result<(), Failure> {
    if args.enable_admission_plugins.is_some() {
        return Err(Failure::input(
            "--enable-admission-plugins is not supported yet: the admission plugins are fixed",
        )
        .hint("leave it out: PodPreset is always on"));
    }
    if args.runtime_config.is_some() {
        return Err(Failure::input("--runtime-config is not supported yet: the API versions are fixed")
            .hint("leave it out: settings.k8s.io/v1alpha1 is always on"));
    }
    if args.clock == ClockArg::Virtual && !args.publish.is_empty() {
        return Err(Failure::input(
            "-p needs the real clock: on virtual time no socket of this machine is opened",
        )
        .hint(
            "ask from inside the Pod instead: --until ready --exec 'POD -- wget -qO- http://localhost:PORT'",
        ));
    }
    for mapping in &args.image {
        if !mapping.path.exists() {
            return Err(Failure::input(format!(
                "--image {}: there is no `{}`",
                mapping.name,
                mapping.path.display()
            )));
        }
    }
    for host_path in &args.host_path {
        if !host_path.directory.is_dir() {
            let directory = host_path.directory.display();
            return Err(Failure::input(format!(
                "--host-path {}: `{directory}` is no directory",
                host_path.path
            )));
        }
    }
    Ok(())
}

/// The Pods as they will be, except for what admission adds.
fn pods(manifests: &[Manifest]) -> Result<Vec<Pod>, Failure> {
    let mut pods = Vec::new();
    for manifest in manifests {
        if let Object::Pod(pod) = &manifest.object {
            let pod = resolve::pod(pod)
                .map_err(|error| Failure::input(format!("{}: {error}", manifest.origin.source())))?;
            pods.push(pod);
        }
    }
    if pods.is_empty() {
        return Err(Failure::input("nothing to run: there is no Pod in the manifests"));
    }
    Ok(pods)
}

/// Everything that flags name is there.
fn check_names(args: &RunArgs, pods: &[Pod]) -> Result<(), Failure> {
    for publish in &args.publish {
        find("-p", &publish.pod, pods)?;
    }
    for exec in &args.exec {
        let pod = find("--exec", &exec.pod, pods)?;
        if let Some(container) = &exec.container {
            let names: Vec<&str> = pod.all_containers().map(|container| container.name.as_str()).collect();
            if !names.contains(&container.as_str()) {
                return Err(Failure::input(format!(
                    "--exec: pod \"{}\" has no container \"{container}\"",
                    exec.pod
                ))
                .hint(format!("its containers are {}", names.join(", "))));
            }
        }
    }
    if let Some(Until::Exited(container)) = &args.until
        && !pods.iter().flat_map(Pod::all_containers).any(|declared| declared.name == *container)
    {
        return Err(Failure::input(format!("--until: no Pod has a container \"{container}\"")));
    }
    Ok(())
}

/// The Pod that a flag names. A Pod whose name is still to be generated can't be named.
fn find<'a>(flag: &str, wanted: &PodRef, pods: &'a [Pod]) -> Result<&'a Pod, Failure> {
    let is_wanted = |pod: &&Pod| {
        pod.name == wanted.name
            && wanted.namespace.as_ref().is_none_or(|namespace| *namespace == pod.namespace)
    };
    pods.iter().find(is_wanted).ok_or_else(|| {
        let names: Vec<&str> = pods.iter().map(|pod| pod.name.as_str()).collect();
        Failure::input(format!("{flag}: there is no pod \"{wanted}\" in the manifests"))
            .hint(format!("the Pods are {}", names.join(", ")))
    })
}

/// Where the node keeps its state; a temporary place is removed at the end.
struct State {
    path: PathBuf,
    _temporary: Option<TempDir>,
}

// === impl State ===

impl State {
    fn new(data_dir: Option<PathBuf>) -> Result<Self, Failure> {
        if let Some(path) = data_dir {
            std::fs::create_dir_all(&path).map_err(|error| {
                Failure::machine(format!("can't make --data-dir `{}`: {error}", path.display()))
            })?;
            return Ok(Self { path, _temporary: None });
        }
        let temporary = tempfile::Builder::new()
            .prefix("wasipod-")
            .tempdir()
            .map_err(|error| Failure::machine(format!("can't make a temporary directory: {error}")))?;
        Ok(Self { path: temporary.path().to_owned(), _temporary: Some(temporary) })
    }
}
