//! Which of the sessions on servers are wanted.

use super::candidate::Candidate;
use crate::cmdlet::run::Run;
use crate::cmdlet::selection::{Filter, Input, SessionRecord, SessionReference};
use crate::cmdlet::selector::NameSelector;
use crate::cmdlet::settings::Lines;
use crate::engine::feed;
use crate::record::InstanceId;
use crate::wsman::enumerate::ShellFilter;
use futures_util::StreamExt;
use std::pin::pin;
use uuid::Uuid;

/// Which sessions are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    All,
    Names(Vec<NameSelector>),
    Instances(Vec<Instance>),
}

/// A session that is wanted by its InstanceId, with the record that it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Instance {
    pub id: InstanceId,
    record: Option<SessionRecord>,
}

impl Instance {
    pub(super) fn new(id: Uuid) -> Instance {
        Instance { id: InstanceId(id), record: None }
    }

    /// The name that its record gives it, if that is a record of this computer: another one may have listed its id.
    pub(super) fn name_at(&self, computer_name: &str, connection_uri: &str) -> Option<String> {
        let record = self.record.as_ref().filter(|record| record.is_at(computer_name, connection_uri))?;
        record.name.clone()
    }
}

impl Wanted {
    /// As a filter says; names or ids are read from standard input if that is where they are.
    pub(super) async fn of_filter(run: &Run<'_>, filter: &Filter, lines: Lines) -> Wanted {
        match filter {
            Filter::All => Wanted::All,
            Filter::Names(Input::Given(names)) => {
                Wanted::Names(names.iter().map(|name| NameSelector::of(name)).collect())
            }
            Filter::Names(Input::StandardInput) => {
                let names = read(run, lines, |reference| match reference {
                    SessionReference::Name(name) => Some(run.settings.piped_name(name)),
                    _ => None,
                });
                Wanted::Names(names.await)
            }
            Filter::InstanceIds(Input::Given(instance_ids)) => {
                Wanted::Instances(instance_ids.iter().copied().map(Instance::new).collect())
            }
            Filter::InstanceIds(Input::StandardInput) => {
                let instances = read(run, lines, |reference| match reference {
                    SessionReference::InstanceId(id) => Some(Instance::new(id)),
                    SessionReference::Record(record) => {
                        Some(Instance { id: InstanceId(record.instance_id?), record: Some(record) })
                    }
                    SessionReference::Id(_) | SessionReference::Name(_) => None,
                });
                Wanted::Instances(instances.await)
            }
        }
    }

    /// How many names or ids there are, each of which should find something.
    pub(super) fn len(&self) -> usize {
        match self {
            Wanted::All => 0,
            Wanted::Names(names) => names.len(),
            Wanted::Instances(instances) => instances.len(),
        }
    }

    /// Which of a server's shells can be among them at all.
    pub(super) fn filter(&self) -> ShellFilter {
        match self {
            Wanted::All | Wanted::Instances(_) => ShellFilter::All,
            Wanted::Names(names) => {
                let names = names.clone();
                ShellFilter::Named(Box::new(move |name| {
                    names.iter().any(|selector| selector.may_select(name))
                }))
            }
        }
    }

    /// Picks from what a server has: in the order of names or ids, nothing twice. `found` is called with the index of
    /// each that found something.
    pub(super) fn pick(&self, candidates: Vec<Candidate>, mut found: impl FnMut(usize)) -> Vec<Candidate> {
        let selected: Vec<Vec<bool>> = match self {
            Wanted::All => return candidates,
            Wanted::Names(selectors) => {
                let names = candidates.iter().map(|candidate| candidate.name.as_deref().unwrap_or_default());
                let names: Vec<&str> = names.collect();
                selectors.iter().map(|selector| selector.select(&names)).collect()
            }
            Wanted::Instances(instances) => {
                let ids: Vec<_> = candidates.iter().map(|candidate| candidate.instance_id).collect();
                instances.iter().map(|wanted| ids.iter().map(|id| *id == wanted.id).collect()).collect()
            }
        };
        let mut left: Vec<Option<Candidate>> = candidates.into_iter().map(Some).collect();
        let mut picked = Vec::new();
        for (index, selected) in selected.iter().enumerate().filter(|(_, selected)| selected.contains(&true))
        {
            found(index);
            let taken = left.iter_mut().zip(selected).filter(|(_, selected)| **selected);
            picked.extend(taken.filter_map(|(candidate, _)| candidate.take()));
        }
        picked
    }
}

/// What standard input names; an item that names no session, or in another way than the one that is wanted, is an
/// error.
async fn read<T>(run: &Run<'_>, lines: Lines, value: impl Fn(SessionReference) -> Option<T>) -> Vec<T> {
    let mut values = Vec::new();
    let mut lines = pin!(feed(lines));
    while let Some(Some(line)) = run.interrupt.unless_set(lines.next()).await {
        match line.map(&value) {
            Ok(Some(value)) => values.push(value),
            Ok(None) => run.error(run.cmdlet.not_bound()),
            Err(error) => run.error(error),
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wsman::enumerate::{Shell, ShellState};
    use crate::wsman::{ResourceUri, ShellId};

    fn candidates() -> Vec<Candidate> {
        let shell = |id: u128, name: Option<&str>| Shell {
            shell_id: Some(ShellId::of_guid(Uuid::from_u128(id))),
            name: name.map(str::to_owned),
            resource_uri: Some(ResourceUri::of_configuration("Microsoft.PowerShell")),
            state: Some(ShellState::Disconnected),
            ..Shell::default()
        };
        [shell(1, Some("ITTask")), shell(2, None), shell(3, Some("Backups")), shell(4, Some("ittask"))]
            .into_iter()
            .map(|shell| Candidate::of_shell(shell).unwrap())
            .collect()
    }

    /// The ids that are picked, and which of the wanted were found.
    fn pick(wanted: &Wanted) -> (Vec<u128>, Vec<usize>) {
        let mut found = Vec::new();
        let picked = wanted.pick(candidates(), |index| found.push(index));
        (picked.iter().map(|candidate| candidate.instance_id.0.as_u128()).collect(), found)
    }

    fn names(names: &[&str]) -> Wanted {
        Wanted::Names(names.iter().map(|name| NameSelector::of(name)).collect())
    }

    #[test]
    fn names_pick_in_their_own_order_and_nothing_twice() {
        assert_eq!(pick(&names(&["Back*", "ITTask"])), (vec![3, 1, 4], vec![0, 1]));
        assert_eq!(pick(&names(&["*", "ITTask", "nosuch"])), (vec![1, 2, 3, 4], vec![0, 1]));
        assert_eq!(pick(&names(&["nosuch"])), (vec![], vec![]));
    }

    #[test]
    fn a_session_without_a_name_has_the_empty_one() {
        assert_eq!(pick(&Wanted::All), (vec![1, 2, 3, 4], vec![]));
        assert_eq!(pick(&names(&[""])), (vec![2], vec![0]));
        let instances = [2, 9].map(|id| Instance::new(Uuid::from_u128(id)));
        assert_eq!(pick(&Wanted::Instances(instances.into())), (vec![2], vec![0]));
    }
}
