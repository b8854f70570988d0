//! Which of the sessions on a server are meant.

use crate::cmdlet::wildcard::WildcardPattern;
use crate::record::{InstanceId, PSSession, RunspaceAvailability, RunspaceState, shown};
use crate::session_option::OutputBufferingMode;
use crate::wsman::enumerate::{BufferMode, Shell, ShellFilter, ShellState};
use crate::wsman::shell::ShellAddress;
use crate::wsman::{ResourceUri, ShellId};
use jiff::Timestamp;
use std::time::Duration;

/// Which sessions are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    All,
    /// Those whose name matches one of the patterns.
    Names(Vec<WildcardPattern>),
    Instances(Vec<InstanceId>),
}

/// A session on a server that could be connected to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    pub instance_id: InstanceId,
    pub shell: ShellAddress,
    /// `None` where the server was not asked, or where the client that made it sent none.
    pub name: Option<String>,
    /// `None` where the server was not asked.
    pub state: Option<ShellState>,
    pub idle_timeout: Option<Duration>,
    pub max_idle_timeout: Option<Duration>,
    pub buffer_mode: Option<BufferMode>,
    /// Since the last request of the client that it belonged to.
    pub inactivity: Option<Duration>,
}

impl Candidate {
    /// A shell of an enumeration, if it is a PowerShell session. One without a name is none to Windows' cmdlets, and
    /// here it is one that only its InstanceId selects.
    pub(super) fn of_shell(shell: Shell) -> Option<Candidate> {
        let resource_uri = shell.resource_uri?;
        let shell_id = shell.shell_id?;
        resource_uri.configuration()?;
        Some(Candidate {
            instance_id: InstanceId(shell_id.guid()?),
            shell: ShellAddress { resource_uri, shell_id },
            name: shell.name,
            state: Some(shell.state?),
            idle_timeout: shell.idle_timeout,
            max_idle_timeout: shell.max_idle_timeout,
            buffer_mode: shell.buffer_mode,
            inactivity: shell.inactivity,
        })
    }

    /// A session known by its InstanceId alone, taken to be where sessions usually are.
    pub(super) fn of_instance(instance_id: InstanceId, resource_uri: &ResourceUri) -> Candidate {
        Candidate {
            instance_id,
            shell: ShellAddress {
                resource_uri: resource_uri.clone(),
                shell_id: ShellId::of_guid(instance_id.0),
            },
            name: None,
            state: None,
            idle_timeout: None,
            max_idle_timeout: None,
            buffer_mode: None,
            inactivity: None,
        }
    }

    /// The session as it is seen from here: one that another client holds is disconnected too, and busy.
    pub(super) fn session(&self, computer_name: &str, connection_uri: &str) -> PSSession {
        let is_free = self.state != Some(ShellState::Connected);
        let now = Timestamp::now();
        let inactivity = self.inactivity.filter(|_| self.state == Some(ShellState::Disconnected));
        let left = inactivity.zip(self.idle_timeout).and_then(|(since, most)| most.checked_sub(since));
        PSSession {
            id: None,
            name: self.name.clone(),
            instance_id: self.instance_id,
            computer_name: computer_name.to_owned(),
            connection_uri: connection_uri.to_owned(),
            configuration_name: self.configuration_name().to_owned(),
            state: RunspaceState::Disconnected,
            availability: if is_free { RunspaceAvailability::None } else { RunspaceAvailability::Busy },
            idle_timeout: self.idle_timeout,
            output_buffering_mode: self.buffer_mode.map(|mode| match mode {
                BufferMode::Block => OutputBufferingMode::Block,
                BufferMode::Drop => OutputBufferingMode::Drop,
            }),
            disconnected_on: inactivity.and_then(|since| now.checked_sub(since).ok()),
            expires_on: left.and_then(|left| now.checked_add(left).ok()),
            last_seen: self.state.map(|_| now),
        }
    }

    pub(super) fn configuration_name(&self) -> &str {
        let resource_uri = &self.shell.resource_uri;
        resource_uri.configuration().unwrap_or(&resource_uri.0)
    }

    /// What to call it in a message.
    pub(super) fn shown(&self) -> String {
        shown(self.name.as_deref(), self.instance_id)
    }

    /// Whether it uses a session configuration; the whole URIs are compared, letter case aside.
    pub(super) fn has_configuration(&self, resource_uri: &ResourceUri) -> bool {
        self.shell.resource_uri.0.eq_ignore_ascii_case(&resource_uri.0)
    }
}

impl Wanted {
    /// How many patterns or ids there are, each of which should find something.
    pub(super) fn len(&self) -> usize {
        match self {
            Wanted::All => 0,
            Wanted::Names(patterns) => patterns.len(),
            Wanted::Instances(instances) => instances.len(),
        }
    }

    /// Which of a server's shells can be among them at all.
    pub(super) fn filter(&self) -> ShellFilter {
        match self {
            Wanted::All | Wanted::Instances(_) => ShellFilter::All,
            Wanted::Names(patterns) => {
                let patterns = patterns.clone();
                ShellFilter::Named(Box::new(move |name| patterns.iter().any(|pattern| pattern.matches(name))))
            }
        }
    }

    /// Picks from what a server has: in the order of patterns or ids, nothing twice. `found` is told which of them
    /// found something.
    pub(super) fn pick(&self, candidates: Vec<Candidate>, mut found: impl FnMut(usize)) -> Vec<Candidate> {
        let count = match self {
            Wanted::All => {
                return candidates.into_iter().filter(|candidate| candidate.name.is_some()).collect();
            }
            Wanted::Names(_) | Wanted::Instances(_) => self.len(),
        };
        let mut left: Vec<Option<Candidate>> = candidates.into_iter().map(Some).collect();
        let mut picked: Vec<Candidate> = Vec::new();
        for index in 0..count {
            if picked.iter().any(|candidate| self.matches(index, candidate)) {
                found(index);
            }
            for slot in &mut left {
                if slot.as_ref().is_some_and(|candidate| self.matches(index, candidate)) {
                    found(index);
                    picked.extend(slot.take());
                }
            }
        }
        picked
    }

    fn matches(&self, index: usize, candidate: &Candidate) -> bool {
        match self {
            Wanted::All => true,
            Wanted::Names(patterns) => patterns
                .get(index)
                .is_some_and(|pattern| candidate.name.as_ref().is_some_and(|name| pattern.matches(name))),
            Wanted::Instances(instances) => instances.get(index) == Some(&candidate.instance_id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn shell(id: u128, name: Option<&str>) -> Shell {
        Shell {
            shell_id: Some(ShellId::of_guid(Uuid::from_u128(id))),
            name: name.map(str::to_owned),
            resource_uri: Some(ResourceUri::of_configuration("Microsoft.PowerShell")),
            state: Some(ShellState::Disconnected),
            ..Shell::default()
        }
    }

    fn candidates() -> Vec<Candidate> {
        [shell(1, Some("ITTask")), shell(2, None), shell(3, Some("Backups")), shell(4, Some("ittask"))]
            .into_iter()
            .map(|shell| Candidate::of_shell(shell).unwrap())
            .collect()
    }

    /// The ids that are picked, and which of the wanted were found.
    fn pick(wanted: &Wanted) -> (Vec<u128>, Vec<usize>) {
        let mut found = Vec::new();
        let picked = wanted.pick(candidates(), |index| found.push(index));
        found.dedup();
        (picked.iter().map(|candidate| candidate.instance_id.0.as_u128()).collect(), found)
    }

    fn names(patterns: &[&str]) -> Wanted {
        Wanted::Names(patterns.iter().map(|pattern| WildcardPattern::parse(pattern).unwrap()).collect())
    }

    #[test]
    fn names_pick_in_their_own_order_and_nothing_twice() {
        assert_eq!(pick(&names(&["Back*", "ITTask"])), (vec![3, 1, 4], vec![0, 1]));
        assert_eq!(pick(&names(&["*", "ITTask", "nosuch"])), (vec![1, 3, 4], vec![0, 1]));
        assert_eq!(pick(&names(&["nosuch"])), (vec![], vec![]));
    }

    #[test]
    fn a_session_without_a_name_is_picked_by_its_instance_id_alone() {
        assert_eq!(pick(&Wanted::All), (vec![1, 3, 4], vec![]));
        let instances = [2, 9].map(|id| InstanceId(Uuid::from_u128(id)));
        assert_eq!(pick(&Wanted::Instances(instances.into())), (vec![2], vec![0]));
    }

    #[test]
    fn what_is_no_powershell_session_is_no_candidate() {
        let cmd = Shell {
            resource_uri: Some(ResourceUri(
                "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/cmd".into(),
            )),
            ..shell(1, Some("a"))
        };
        assert_eq!(Candidate::of_shell(cmd), None);
        assert_eq!(Candidate::of_shell(Shell { state: None, ..shell(1, Some("a")) }), None);
        assert_eq!(
            Candidate::of_shell(Shell { shell_id: Some(ShellId("x".into())), ..shell(1, None) }),
            None
        );
        assert_eq!(Candidate::of_shell(Shell { resource_uri: None, ..shell(1, None) }), None);
    }
}
