//! Exit statuses: the one place where an ending becomes a number.

use std::process::ExitCode;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExitStatus {
    /// 0: what was asked for happened.
    Success,
    /// The Pods' own: a failing container's code, 1 when several failed, when a wanted state was not reached, or when
    /// virtual time could not go on.
    Pods(u8),
    /// 2: the arguments or the manifests are wrong; nothing was started.
    BadInput,
    /// 125: wasipod or the machine failed.
    Machine,
    /// 130: Ctrl-C.
    Interrupted,
}

impl ExitStatus {
    /// The failure of one container. A code that a process can't end with, or 0, becomes 1.
    pub(crate) fn of_container(code: i32) -> Self {
        Self::Pods(u8::try_from(code).ok().filter(|code| *code != 0).unwrap_or(1))
    }

    /// The number.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Pods(code) => code,
            Self::BadInput => 2,
            Self::Machine => 125,
            Self::Interrupted => 130,
        }
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_have_their_numbers() {
        let statuses =
            [ExitStatus::Success, ExitStatus::BadInput, ExitStatus::Machine, ExitStatus::Interrupted];
        assert_eq!(statuses.map(ExitStatus::code), [0, 2, 125, 130]);
    }

    #[test]
    fn a_containers_failure_never_looks_like_success() {
        assert_eq!([3, 137, 0, 256, -1].map(|code| ExitStatus::of_container(code).code()), [3, 137, 1, 1, 1]);
    }
}
