//! What Ctrl-C means while lines are typed in a session.

use pssession::event::{Answer, OnInterrupt};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The line that runs, if any.
#[derive(Clone, Default)]
pub struct RunningLine(Arc<Mutex<State>>);

#[derive(Default)]
enum State {
    /// No session was entered, so Ctrl-C ends the program.
    #[default]
    NotEntered,
    /// The editor deals with Ctrl-C.
    AtPrompt,
    Running(Answer<OnInterrupt>),
    /// It does not end, although Ctrl-C was pressed so often.
    Stopping(usize),
}

/// Ctrl-C this often gives up a line that cannot be stopped, and its session.
const GIVES_UP: usize = 3;

impl RunningLine {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn at_prompt(&self) {
        *self.state() = State::AtPrompt;
    }

    pub fn runs(&self, answer: Answer<OnInterrupt>) {
        *self.state() = State::Running(answer);
    }

    /// Ctrl-C: stops the line. `false` if the program is to end instead.
    pub fn interrupt(&self) -> bool {
        let mut state = self.state();
        let (next, goes_on) = match std::mem::take(&mut *state) {
            State::NotEntered => (State::NotEntered, false),
            State::AtPrompt => (State::AtPrompt, true),
            State::Running(answer) => {
                // One that has just ended needs no stop.
                let _ = answer.send(OnInterrupt::Stop);
                (State::Stopping(1), true)
            }
            State::Stopping(pressed) => (State::Stopping(pressed + 1), pressed + 1 < GIVES_UP),
        };
        *state = next;
        goes_on
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::oneshot;

    #[test]
    fn ctrl_c_stops_the_line_and_three_times_everything() {
        let line = RunningLine::default();
        assert!(!line.interrupt());
        let (answer, mut answered) = oneshot::channel();
        line.runs(answer);
        assert!(line.interrupt() && line.interrupt() && !line.interrupt());
        assert_eq!(answered.try_recv(), Ok(OnInterrupt::Stop));
        line.at_prompt();
        assert!(line.interrupt() && line.interrupt() && line.interrupt());
    }
}
