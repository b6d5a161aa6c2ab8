//! Why no node would have a Pod, in the words of release 1.34 (SCH-2…5).

use std::collections::BTreeMap;
use std::fmt;

/// The message when there are no nodes at all (SCH-5).
const NO_NODES: &str = "no nodes available to schedule pods";

/// What one node said against a Pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objection {
    /// The reasons, as messages name them (SCH-3).
    pub(super) reasons: Vec<String>,
    /// Whether taking other Pods away could help (SCH-4).
    pub(super) preemption: Preemption,
}

/// What preemption could do on a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preemption {
    /// The node itself doesn't fit.
    NotHelpful,
    /// The node is full of Pods that matter as much.
    NoVictims,
    /// Pods of lower priority could go, but this scheduler takes none away.
    NotBuilt,
}

/// Nobody would have the Pod. Its text is what event and condition say.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Unschedulable {
    pub(super) nodes: usize,
    pub(super) objections: Vec<Objection>,
    /// Whether the Pod says `preemptionPolicy: Never`.
    pub(super) never_preempts: bool,
}

// === impl Preemption ===

impl Preemption {
    const fn text(self) -> &'static str {
        match self {
            Self::NotHelpful => "Preemption is not helpful for scheduling",
            Self::NoVictims => "No preemption victims found for incoming pod",
            Self::NotBuilt => "Preemption of lower priority pods is not supported",
        }
    }
}

impl fmt::Display for Unschedulable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.nodes == 0 {
            return f.write_str(NO_NODES);
        }
        let reasons =
            self.objections.iter().flat_map(|objection| objection.reasons.iter().map(String::as_str));
        write!(f, "{}", histogram(self.nodes, reasons))?;
        // The first part is dynamic resource allocation's, which is on by default in 1.34.
        f.write_str(" no new claims to deallocate, preemption: ")?;
        if self.never_preempts {
            return f.write_str("not eligible due to preemptionPolicy=Never.");
        }
        let preemption = self.objections.iter().map(|objection| objection.preemption.text());
        write!(f, "{}", histogram(self.nodes, preemption))
    }
}

fn histogram<'a>(nodes: usize, reasons: impl Iterator<Item = &'a str>) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for reason in reasons {
        *counts.entry(reason).or_default() += 1;
    }
    let mut parts: Vec<String> = counts.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    parts.sort();
    format!("0/{nodes} nodes are available: {}.", parts.join(", "))
}
