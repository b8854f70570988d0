//! How the commands of a run ended, computer by computer, and what status follows from that.

use super::ExitCode;
use pssession::PipelineState;
use pssession::event::Leaving;
use std::collections::BTreeMap;

/// How commands ended.
#[derive(Debug, Default)]
pub struct Outcomes {
    computers: BTreeMap<String, Outcome>,
    unreachable: Vec<String>,
    left: Option<Leaving>,
}

/// How a command ended on one computer.
#[derive(Debug, Default, Clone, Copy)]
struct Outcome {
    has_errors: bool,
    /// Of `exit N`.
    exit: Option<i32>,
    /// `None` if its end was not seen.
    state: Option<PipelineState>,
    /// Of the last native program, where that counts.
    last_exit_code: Option<i32>,
}

impl Outcome {
    /// The number that it ended with, if it named one.
    fn number(self) -> Option<i32> {
        self.last_exit_code.filter(|code| *code != 0).or(self.exit)
    }

    fn status(self) -> ExitCode {
        match (self.number(), self.state) {
            (Some(0), Some(_)) => ExitCode::Success,
            (Some(number), _) => ExitCode::Remote(u8::try_from(number).unwrap_or(u8::MAX)),
            (None, Some(PipelineState::Completed)) if !self.has_errors => ExitCode::Success,
            (None, _) => ExitCode::Error,
        }
    }
}

impl Outcomes {
    fn of(&mut self, computer: &str) -> &mut Outcome {
        if !self.computers.contains_key(computer) {
            self.computers.insert(computer.to_owned(), Outcome::default());
        }
        self.computers.get_mut(computer).expect("it was put there if it was missing")
    }

    /// Something came from a command, so there is one.
    pub fn began(&mut self, computer: &str) {
        self.of(computer);
    }

    /// A line begins in a session; how the one before it ended no longer counts.
    pub fn line(&mut self, computer: &str) {
        *self.of(computer) = Outcome::default();
    }

    pub fn error(&mut self, computer: &str) {
        self.of(computer).has_errors = true;
    }

    pub fn exit(&mut self, computer: &str, number: i32) {
        self.of(computer).exit = Some(number);
    }

    pub fn last_exit_code(&mut self, computer: &str, number: i32) {
        self.of(computer).last_exit_code = Some(number);
    }

    pub fn ended(&mut self, computer: &str, state: PipelineState) {
        self.of(computer).state = Some(state);
    }

    pub fn unreachable(&mut self, computer: String) {
        self.unreachable.push(computer);
    }

    /// One that is lost is more than one that was left on purpose.
    pub fn left(&mut self, leaving: Leaving) {
        if !self.left.is_some_and(is_lost) {
            self.left = Some(leaving);
        }
    }

    /// The computers where the command failed, and those it did not run on.
    pub fn failed(&self) -> (Vec<&str>, Vec<&str>) {
        let failed = self.computers.iter().filter(|(_, outcome)| outcome.status() != ExitCode::Success);
        (
            failed.map(|(name, _)| name.as_str()).collect(),
            self.unreachable.iter().map(String::as_str).collect(),
        )
    }

    /// The numbers that commands ended with and that no process can have as its status.
    pub fn unfit_numbers(&self) -> impl Iterator<Item = (&str, i32)> {
        let numbers =
            self.computers.iter().filter_map(|(name, outcome)| Some((name.as_str(), outcome.number()?)));
        numbers.filter(|(_, number)| u8::try_from(*number).is_err())
    }

    /// How many commands ended well.
    pub fn succeeded(&self) -> usize {
        self.computers.len() - self.failed().0.len()
    }

    /// Whether a command was stopped, or left.
    pub fn are_cut(&self) -> bool {
        let mut states = self.computers.values().map(|outcome| outcome.state);
        self.left.is_some() || states.any(|state| state == Some(PipelineState::Stopped))
    }

    /// The status of the commands; `None` if there was none, or nothing to be said of it.
    pub fn status(&self) -> Option<ExitCode> {
        match self.left {
            Some(leaving) if is_lost(leaving) => return Some(ExitCode::Lost),
            Some(Leaving::Started) | None => {}
            Some(_) => return Some(ExitCode::Left),
        }
        let mut statuses = self.computers.values().map(|outcome| outcome.status());
        match (statuses.next(), statuses.next(), self.unreachable.is_empty()) {
            (Some(only), None, true) => Some(only),
            (None, ..) => None,
            (Some(first), second, is_reached) => {
                let is_well = first == ExitCode::Success
                    && second.is_none_or(|second| second == ExitCode::Success)
                    && statuses.all(|status| status == ExitCode::Success);
                Some(if is_well && is_reached { ExitCode::Success } else { ExitCode::Error })
            }
        }
    }
}

fn is_lost(leaving: Leaving) -> bool {
    matches!(leaving, Leaving::ConnectionLost | Leaving::ConnectionLostAtPrompt | Leaving::GivenUpLost)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_of_one_command_is_its_own() {
        let status = |script: fn(&mut Outcomes)| {
            let mut outcomes = Outcomes::default();
            script(&mut outcomes);
            outcomes.status()
        };
        let completed = |outcomes: &mut Outcomes| outcomes.ended("a", PipelineState::Completed);
        assert_eq!(status(|_| {}), None);
        assert_eq!(status(completed), Some(ExitCode::Success));
        assert_eq!(status(|outcomes| outcomes.began("a")), Some(ExitCode::Error));
        assert_eq!(
            status(|outcomes| {
                outcomes.error("a");
                outcomes.ended("a", PipelineState::Completed);
            }),
            Some(ExitCode::Error)
        );
        for (number, code) in [
            (0, ExitCode::Success),
            (3, ExitCode::Remote(3)),
            (3010, ExitCode::Remote(255)),
            (-1, ExitCode::Remote(255)),
        ] {
            let mut outcomes = Outcomes::default();
            outcomes.error("a");
            outcomes.exit("a", number);
            outcomes.ended("a", PipelineState::Completed);
            assert_eq!(outcomes.status(), Some(code));
        }
        assert_eq!(status(|outcomes| outcomes.ended("a", PipelineState::Failed)), Some(ExitCode::Error));
    }

    #[test]
    fn of_several_commands_one_that_fails_is_enough() {
        let mut outcomes = Outcomes::default();
        outcomes.ended("a", PipelineState::Completed);
        outcomes.ended("b", PipelineState::Completed);
        assert_eq!(outcomes.status(), Some(ExitCode::Success));
        outcomes.exit("c", 3);
        outcomes.ended("c", PipelineState::Completed);
        outcomes.unreachable("d".into());
        assert_eq!(outcomes.status(), Some(ExitCode::Error));
        assert_eq!((outcomes.succeeded(), outcomes.failed()), (2, (vec!["c"], vec!["d"])));
    }

    #[test]
    fn what_is_left_and_what_is_lost_have_their_own_statuses() {
        let mut outcomes = Outcomes::default();
        outcomes.left(Leaving::Started);
        assert_eq!(outcomes.status(), None);
        outcomes.left(Leaving::Interrupted);
        assert_eq!(outcomes.status(), Some(ExitCode::Left));
        outcomes.left(Leaving::GivenUpLost);
        outcomes.left(Leaving::GivenUpRunning);
        assert_eq!(outcomes.status(), Some(ExitCode::Lost));
    }
}
