//! How the Pods ended: the exit status, and the table at the end.

use std::collections::BTreeMap;

use comfy_table::Table;
use comfy_table::presets::NOTHING;
use serde::Serialize;
use wasipod_api::model::status::ContainerState;
use wasipod_api::model::{ContainerStatus, PodPhase};

use super::course::PodView;
use crate::exit::ExitStatus;

/// Longest text in a cell of the table, in characters.
const CELL: usize = 60;

/// 0 only if all Pods succeeded; otherwise the failing container's code, 1 when there are several or none to blame.
pub(crate) fn exit_status(pods: &[PodView]) -> ExitStatus {
    let failed: Vec<&PodView> = pods.iter().filter(|pod| pod.status.phase != PodPhase::Succeeded).collect();
    if failed.is_empty() {
        return ExitStatus::Success;
    }
    let code = |container: &ContainerStatus| container.state.terminated().map_or(0, |end| end.exit_code);
    let codes: Vec<i32> =
        failed.iter().flat_map(|pod| pod.containers()).map(code).filter(|code| *code != 0).collect();
    match (failed.len(), &codes[..]) {
        (1, [code]) => ExitStatus::of_container(*code),
        _ => ExitStatus::Pods(1),
    }
}

/// One container's end, a row of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ContainerResult {
    /// The Pod's label.
    pub(crate) pod: String,
    /// The container's name.
    pub(crate) container: String,
    /// `None`: it has not ended, or never started.
    pub(crate) exit_code: Option<i32>,
    /// How often it was made anew.
    pub(crate) restarts: u32,
    /// Why it is where it is.
    pub(crate) why: String,
    /// The last line of its log; empty: it printed nothing.
    pub(crate) last_line: String,
}

/// The last line of each container's log, by Pod and container.
pub(crate) type LastLines = BTreeMap<(usize, String), String>;

/// Every container's end, Pod by Pod in the order of the manifests, containers as declared.
pub(crate) fn results(pods: &[PodView], last_lines: &LastLines) -> Vec<ContainerResult> {
    let mut rows = Vec::new();
    for (index, view) in pods.iter().enumerate() {
        let Some(pod) = &view.pod else { continue };
        for container in pod.all_containers() {
            let status = view.containers().find(|status| status.name == container.name);
            let last_line = last_lines.get(&(index, container.name.clone())).cloned();
            rows.push(ContainerResult {
                pod: view.label.clone(),
                container: container.name.clone(),
                exit_code: status.and_then(|status| Some(status.state.terminated()?.exit_code)),
                restarts: status.map_or(0, |status| status.restart_count),
                why: why(view, status),
                last_line: last_line.unwrap_or_default(),
            });
        }
    }
    rows
}

/// One reason, with the sentence behind it where there is one.
fn why(view: &PodView, status: Option<&ContainerStatus>) -> String {
    let sentence = |reason: &str, message: &str| match (reason, message) {
        (reason, "") => reason.to_owned(),
        ("", message) => message.to_owned(),
        (reason, message) => format!("{reason}: {message}"),
    };
    match status.map(|status| &status.state) {
        Some(ContainerState::Terminated(end)) => sentence(&end.reason, end.message.trim()),
        Some(ContainerState::Running { .. }) => "running".to_owned(),
        Some(ContainerState::Waiting { reason, message }) if !reason.is_empty() => sentence(reason, message),
        Some(ContainerState::Waiting { .. }) | None if !view.status.reason.is_empty() => {
            sentence(&view.status.reason, &view.status.message)
        }
        Some(ContainerState::Waiting { .. }) | None => match unscheduled(view) {
            Some(message) => message.to_owned(),
            None => view.status.phase.as_str().to_owned(),
        },
    }
}

/// What the scheduler says about a Pod that it can't place.
fn unscheduled(view: &PodView) -> Option<&str> {
    let said = view.status.conditions.iter().find(|condition| condition.reason == "Unschedulable")?;
    Some(&said.message)
}

/// The table, one line per container.
pub(crate) fn table(results: &[ContainerResult]) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(["POD", "CONTAINER", "EXIT", "RESTARTS", "WHY", "LAST LINE"]);
    for result in results {
        table.add_row([
            result.pod.clone(),
            result.container.clone(),
            result.exit_code.map_or_else(|| "-".to_owned(), |code| code.to_string()),
            result.restarts.to_string(),
            cell(&result.why),
            cell(&result.last_line),
        ]);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 3));
    }
    table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// A text that fits into a cell and can't upset a terminal.
fn cell(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if clean.chars().count() <= CELL {
        return clean;
    }
    clean.chars().take(CELL - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests;
