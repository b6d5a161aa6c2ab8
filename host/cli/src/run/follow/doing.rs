//! What the run asks of the node, and what it tells people beside the output.

use std::time::Duration;

use wasipod_kubelet::container::PodKey;

use super::Run;
use crate::args::{ExecSpec, Publish};
use crate::failure::Failure;
use crate::run::course::PodView;
use crate::run::execs::Exec;
use crate::session::{Node, key_of};

impl<N: Node> Run<'_, N> {
    /// The commands of `--exec`, now that Pods and containers are known.
    pub(super) fn commands(&self) -> Result<Vec<Exec>, Failure> {
        self.plan.execs.iter().map(|spec| self.command(spec)).collect()
    }

    fn command(&self, spec: &ExecSpec) -> Result<Exec, Failure> {
        let missing = || Failure::input(format!("--exec: there is no pod \"{}\"", spec.pod));
        let index = self.course.find(&spec.pod).ok_or_else(missing)?;
        let pod = self.course.pods()[index].pod.as_ref().ok_or_else(missing)?;
        let names: Vec<&str> = pod.all_containers().map(|container| container.name.as_str()).collect();
        let container = match &spec.container {
            Some(name) => names.iter().find(|known| *known == name).copied(),
            None => pod.spec.containers.first().map(|container| container.name.as_str()),
        };
        let container = container.ok_or_else(|| {
            Failure::input(format!(
                "--exec: pod \"{}\" has no container \"{}\"",
                spec.pod,
                spec.container_name()
            ))
            .hint(format!("its containers are {}", names.join(", ")))
        })?;
        Ok(Exec { index, pod: key_of(pod), container: container.to_owned(), argv: spec.argv.clone() })
    }

    pub(super) async fn publish(&mut self, index: usize, key: &PodKey) -> Result<(), Failure> {
        let (here, elsewhere) = self
            .waiting_to_publish
            .drain(..)
            .partition(|publish| self.course.find(&publish.pod) == Some(index));
        self.waiting_to_publish = elsewhere;
        let here: Vec<Publish> = here;
        for Publish { host_port, port, .. } in here {
            let published = self.node.publish(host_port, key, port).await;
            self.published.push(published.map_err(|error| {
                Failure::machine(format!(
                    "can't publish port {port} of pod/{} on 127.0.0.1:{host_port}: {error}",
                    key.name
                ))
            })?);
            let label = self.label(index);
            self.recorder
                .output()
                .note(&format!("port {port} of pod/{label} is published on 127.0.0.1:{host_port}"));
        }
        Ok(())
    }

    pub(super) fn say_why_it_waits(&mut self, index: usize, message: &str) {
        if !self.hinted.insert(index) {
            return;
        }
        let view = &self.course.pods()[index];
        let output = self.recorder.output();
        output.note(&format!("pod/{} waits for a node: {message}", view.label));
        let labels = self.node.missing_labels(&view.id.namespace, &view.id.name);
        if !labels.is_empty() {
            let flags: Vec<String> = labels.iter().map(|label| format!("--node-label {label}")).collect();
            output.hint(&format!("no node has the label {}: add {}", labels.join(", "), flags.join(" ")));
        }
    }

    pub(super) fn say_who_is_waited_for(&self) {
        let waits = |view: &PodView| {
            let running = view.running();
            let declared = view.pod.as_ref().map_or(Duration::ZERO, |pod| pod.spec.termination_grace);
            let grace = self.plan.grace_period.map_or(declared.as_secs(), u64::from);
            (!running.is_empty() && !view.gone)
                .then(|| format!("pod/{} ({}; grace {grace}s)", view.label, running.join(", ")))
        };
        let waited: Vec<String> = self.course.pods().iter().filter_map(waits).collect();
        let whom =
            if waited.is_empty() { String::new() } else { format!("; waiting for {}", waited.join(", ")) };
        self.recorder.output().note(&format!("deleting{whom}. Ctrl-C again kills at once"));
    }

    /// Asks for the deletion of every Pod that is still there, once.
    pub(super) fn delete(&mut self, grace: Option<u32>) {
        for (index, view) in self.course.pods().iter().enumerate().filter(|(_, view)| !view.gone) {
            let Some(pod) = &view.pod else { continue };
            if !self.deleted.insert(index) {
                continue;
            }
            if let Err(error) = self.node.delete(&key_of(pod), grace) {
                self.recorder.output().warning(&format!("pod/{}: {error}", view.label));
            }
        }
    }
}
