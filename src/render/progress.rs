//! A line on the terminal that says what is being waited for, while that takes long.
//!
//! There is one terminal, so there is one line, and whoever writes to the terminal does it [`aside`].

use super::{table, terminal};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// What is over sooner needs no line.
const DELAY: Duration = Duration::from_millis(500);
const TICK: Duration = Duration::from_millis(100);
/// The cells of the line that the text cannot have: the spinner, a blank, and the last one of the window.
const MARGIN: usize = 3;

static LINE: Mutex<Option<ProgressBar>> = Mutex::new(None);

fn line() -> MutexGuard<'static, Option<ProgressBar>> {
    LINE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes to the terminal while the line is away. Nothing that is done meanwhile may do so again.
pub fn aside<T>(write: impl FnOnce() -> T) -> T {
    let line = line().clone();
    match line {
        Some(line) => line.suspend(write),
        None => write(),
    }
}

/// The line from now on, as long as this lives.
pub struct Progress {
    line: ProgressBar,
    ticker: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// `None` where there is no terminal to show it on.
    pub fn begin(text: &str) -> Option<Progress> {
        if !io::stderr().is_terminal() {
            return None;
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        bar.set_style(ProgressStyle::with_template("{spinner} {msg}").ok()?);
        let (alive, ended) = channel();
        let ticking = bar.clone();
        let ticker = thread::Builder::new().spawn(move || tick(&ticking, &ended)).ok()?;
        *line() = Some(bar.clone());
        let progress = Progress { line: bar, ticker: Some((alive, ticker)) };
        progress.say(text);
        Some(progress)
    }

    pub fn say(&self, text: &str) {
        let text = terminal::harmless(text).replace('\n', " ");
        let room = terminal::width(true).saturating_sub(MARGIN);
        self.line.set_message(table::fit(&text, room, false));
    }
}

/// Shows the line after a while, unless the terminal is too dumb for it, and keeps it moving until the other end is gone.
fn tick(bar: &ProgressBar, ended: &Receiver<()>) {
    if ended.recv_timeout(DELAY) == Err(RecvTimeoutError::Timeout) {
        bar.set_draw_target(ProgressDrawTarget::stderr());
        while ended.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
            bar.tick();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((alive, ticker)) = self.ticker.take() {
            drop(alive);
            let _ = ticker.join();
        }
        self.line.finish_and_clear();
        *line() = None;
    }
}
