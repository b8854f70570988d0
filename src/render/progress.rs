//! The lines of the terminal below all output that say what the run waits for and how far it is, while that takes long.
//!
//! There is one terminal, so there is one place for them, and all other writing to the terminal is done [`aside`]. The
//! cursor stays on the last line, so that the mark of a Ctrl-C is erased with it.

use super::{lost, table, terminal};
use pssession::event::Wait;
use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// What is over sooner needs no line.
pub const DELAY: Duration = Duration::from_millis(500);
const TICK: Duration = Duration::from_millis(100);
const SPINNER: [char; 4] = ['-', '\\', '|', '/'];
/// The cells of a window's line that the text cannot have: the spinner, a blank, and the last one.
const MARGIN: usize = 3;

static LINES: Mutex<Lines> = Mutex::new(Lines {
    run: None,
    computers: Vec::new(),
    waits: Vec::new(),
    is_begun: false,
    ticks: 0,
    drawn: 0,
});

/// A line, and when it is shown first.
pub struct Line {
    pub text: String,
    /// The time that is left counts behind the text.
    pub clock: Option<Clock>,
    pub due: Instant,
}

/// A time that counts, and what follows it.
pub struct Clock {
    pub until: Instant,
    pub after: String,
}

struct Lines {
    /// What the run does, as long as no other line is due.
    run: Option<Line>,
    computers: Vec<Line>,
    waits: Vec<(Wait, Line)>,
    /// The output has begun a line and not ended it, so that there is no place for others.
    is_begun: bool,
    ticks: usize,
    /// How many are on the screen.
    drawn: usize,
}

fn lines() -> MutexGuard<'static, Lines> {
    LINES.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Line {
    fn text(&self) -> String {
        let text = match &self.clock {
            Some(Clock { until, after }) => format!("{}{}{after}", self.text, lost::clock(*until)),
            None => self.text.clone(),
        };
        fitting(&text)
    }
}

impl Lines {
    /// What there is to be shown now, in no more than the window has room for.
    fn shown(&self) -> Vec<String> {
        let now = Instant::now();
        let waits = self.waits.iter().filter(|(wait, _)| !wait.is_over()).map(|(_, line)| line);
        let is_due = |line: &&Line| line.due <= now;
        let mut shown: Vec<_> = self.computers.iter().chain(waits).filter(is_due).map(Line::text).collect();
        if shown.is_empty() {
            shown.extend(self.run.iter().filter(is_due).map(Line::text));
        }
        let most = terminal::height().saturating_sub(1).max(1);
        if shown.len() > most {
            let more = shown.drain(most - 1..).count();
            shown.push(fitting(&format!("and {more} more")));
        }
        shown
    }

    /// Errors are ignored: if the terminal cannot be written to, the lines are not needed either.
    fn draw(&mut self) {
        let shown = if self.is_begun { Vec::new() } else { self.shown() };
        self.drawn = shown.len();
        if shown.is_empty() {
            self.ticks = 0;
        }
        let spinner = SPINNER[self.ticks % SPINNER.len()];
        let text: Vec<_> = shown.iter().map(|text| format!("{spinner} {text}")).collect();
        let _ = io::stderr().write_all(text.join("\n").as_bytes());
    }

    fn erase(&mut self) {
        if self.drawn > 0 {
            let above = "\x1b[A\x1b[2K".repeat(std::mem::take(&mut self.drawn) - 1);
            let _ = io::stderr().write_all(format!("\r\x1b[2K{above}").as_bytes());
        }
    }

    fn aside<T>(&mut self, write: impl FnOnce() -> T, is_begun: bool) -> T {
        let was_drawn = self.drawn > 0;
        self.erase();
        let result = write();
        self.is_begun = is_begun;
        if was_drawn {
            self.draw();
        }
        result
    }
}

/// Does something that needs the terminal, while the lines are away, and that leaves it at the beginning of a line. Nothing
/// that is done meanwhile may do so again.
pub fn aside<T>(work: impl FnOnce() -> T) -> T {
    lines().aside(work, false)
}

/// As [`aside`], what writes this text to the terminal.
pub fn writing<T>(text: &str, write: impl FnOnce() -> T) -> T {
    let mut lines = lines();
    let is_begun = if text.is_empty() { lines.is_begun } else { !text.ends_with('\n') };
    lines.aside(write, is_begun)
}

/// Whether there is a terminal to show them on, which can erase them.
pub fn is_possible() -> bool {
    io::stderr().is_terminal() && std::env::var_os("TERM").is_some_and(|term| term != "dumb")
}

/// The lines are shown as long as this lives.
pub struct Progress {
    ticker: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// `None` where it is not possible.
    pub fn begin() -> Option<Progress> {
        if !is_possible() {
            return None;
        }
        let (alive, ended) = channel();
        lines().is_begun = false;
        let ticker = thread::Builder::new().spawn(move || tick(&ended)).ok()?;
        Some(Progress { ticker: Some((alive, ticker)) })
    }

    /// What the run does, until something comes of it.
    pub fn run(&self, text: &str) {
        lines().run = Some(Line { text: text.to_owned(), clock: None, due: Instant::now() + DELAY });
    }

    /// Changes what the run does, where that is still of interest.
    pub fn say(&self, text: &str) {
        if let Some(line) = &mut lines().run {
            line.text = text.to_owned();
        }
    }

    /// A line for a wait, until that is over.
    pub fn wait(&self, wait: Wait, line: Line) {
        let mut lines = lines();
        lines.waits.retain(|(wait, _)| !wait.is_over());
        lines.waits.push((wait, line));
    }

    /// How far the computers are, in place of what the run does.
    pub fn show(&self, computers: Vec<Line>) {
        let mut lines = lines();
        lines.run = None;
        lines.computers = computers;
    }

    /// Takes all away until there is something new; others leave the cursor at the beginning of a line.
    pub fn clear(&self) {
        let mut lines = lines();
        lines.run = None;
        lines.computers.clear();
        lines.erase();
        lines.is_begun = false;
    }
}

fn fitting(text: &str) -> String {
    table::fit(&terminal::line(text), terminal::width(true).saturating_sub(MARGIN), false)
}

/// Keeps the lines moving until the other end is gone.
fn tick(ended: &Receiver<()>) {
    while ended.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
        let mut lines = lines();
        lines.erase();
        lines.ticks += 1;
        lines.draw();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((alive, ticker)) = self.ticker.take() {
            drop(alive);
            let _ = ticker.join();
        }
        lines().erase();
    }
}
