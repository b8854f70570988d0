//! The commands that run, and what ends them early: Ctrl-C and the escapes of the terminal.

use pssession::event::OnInterrupt;
use std::future::pending;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;

/// The commands that run, if any.
#[derive(Clone, Default)]
pub struct Running {
    state: Arc<Mutex<State>>,
    leaving: Leaving,
}

/// How all commands are left, once they are.
type Leaving = Arc<watch::Sender<Option<OnInterrupt>>>;

type Interrupts = UnboundedSender<OnInterrupt>;

enum State {
    /// No session was entered, so Ctrl-C ends the program, whatever runs.
    NotEntered(Vec<Interrupts>),
    /// The editor deals with Ctrl-C.
    AtPrompt,
    Line(Interrupts),
    /// It does not end, although Ctrl-C was pressed so often.
    Stopping(Interrupts, usize),
}

impl Default for State {
    fn default() -> State {
        State::NotEntered(Vec::new())
    }
}

/// Ctrl-C this often gives up a line that cannot be stopped, and its session.
const GIVES_UP: usize = 3;
/// What is given up has this long to say how to come back to it.
const LAST_WORDS: Duration = Duration::from_millis(500);

impl Running {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn at_prompt(&self) {
        *self.state() = State::AtPrompt;
    }

    /// A line runs in a session that was entered.
    pub fn line(&self, interrupts: Interrupts) {
        *self.state() = State::Line(interrupts);
    }

    /// A command runs beside others.
    pub fn command(&self, interrupts: Interrupts) {
        if let State::NotEntered(running) = &mut *self.state() {
            running.retain(|interrupts| !interrupts.is_closed());
            running.push(interrupts);
        }
    }

    /// Ctrl-C: stops the line. `false` if the program is to end instead.
    pub fn interrupt(&self) -> bool {
        let mut state = self.state();
        let (next, goes_on) = match mem::take(&mut *state) {
            State::NotEntered(running) => (State::NotEntered(running), false),
            State::AtPrompt => (State::AtPrompt, true),
            State::Line(interrupts) => {
                // One that has just ended needs no stop.
                let _ = interrupts.send(OnInterrupt::Stop);
                (State::Stopping(interrupts, 1), true)
            }
            State::Stopping(interrupts, pressed) => {
                (State::Stopping(interrupts, pressed + 1), pressed + 1 < GIVES_UP)
            }
        };
        *state = next;
        goes_on
    }

    /// Leaves all that runs.
    pub fn leave(&self, how: OnInterrupt) {
        let ends_run = match &*self.state() {
            State::NotEntered(running) => {
                for interrupts in running {
                    let _ = interrupts.send(how);
                }
                true
            }
            State::Line(interrupts) | State::Stopping(interrupts, _) => {
                let _ = interrupts.send(how);
                how == OnInterrupt::GiveUp
            }
            State::AtPrompt => false,
        };
        if ends_run {
            self.leaving.send_replace(Some(how));
        }
    }

    /// Waits until all that runs is left, so that nothing more is to begin.
    pub async fn left(&self) {
        self.wait_for(|how| how.is_some()).await;
    }

    /// Waits until all that runs was given up, and then for its last words.
    pub async fn given_up(&self) {
        self.wait_for(|how| *how == Some(OnInterrupt::GiveUp)).await;
        tokio::time::sleep(LAST_WORDS).await;
    }

    async fn wait_for(&self, is_it: impl FnMut(&Option<OnInterrupt>) -> bool) {
        if self.leaving.subscribe().wait_for(is_it).await.is_err() {
            pending().await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::mpsc::unbounded_channel;

    #[test]
    fn ctrl_c_stops_the_line_and_three_times_everything() {
        let running = Running::default();
        assert!(!running.interrupt());
        let (interrupts, mut wanted) = unbounded_channel();
        running.line(interrupts);
        assert!(running.interrupt() && running.interrupt() && !running.interrupt());
        assert_eq!(wanted.try_recv(), Ok(OnInterrupt::Stop));
        running.leave(OnInterrupt::GiveUp);
        assert_eq!(wanted.try_recv(), Ok(OnInterrupt::GiveUp));
        running.at_prompt();
        assert!(running.interrupt() && running.interrupt() && running.interrupt());
    }

    #[tokio::test]
    async fn all_that_runs_is_left_together() {
        let running = Running::default();
        let (first, mut of_first) = unbounded_channel();
        let (second, mut of_second) = unbounded_channel();
        running.command(first);
        running.command(second);
        running.leave(OnInterrupt::Detach);
        assert_eq!(
            (of_first.try_recv(), of_second.try_recv()),
            (Ok(OnInterrupt::Detach), Ok(OnInterrupt::Detach))
        );
        running.left().await;
        running.leave(OnInterrupt::GiveUp);
        running.given_up().await;
    }
}
