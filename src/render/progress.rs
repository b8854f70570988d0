//! A line on the terminal that says what the run waits for, while that takes long.
//!
//! There is one terminal, so there is one line, and all other writing to the terminal is done [`aside`]. The cursor stays on
//! the line, so that the mark of a Ctrl-C is erased with it.

use super::{lost, table, terminal};
use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// What is over sooner needs no line.
const DELAY: Duration = Duration::from_millis(500);
const TICK: Duration = Duration::from_millis(100);
const SPINNER: [char; 4] = ['-', '\\', '|', '/'];
/// The cells of a window's line that the text cannot have: the spinner, a blank, and the last one.
const MARGIN: usize = 3;

static LINE: Mutex<Option<Line>> = Mutex::new(None);

/// A time that counts, and what follows it.
struct Clock {
    until: Instant,
    after: String,
}

struct Line {
    text: String,
    /// The time that is left counts in it.
    clock: Option<Clock>,
    /// When it is shown first.
    due: Instant,
    /// How often it was drawn; nothing is shown before the first time.
    ticks: usize,
}

fn line() -> MutexGuard<'static, Option<Line>> {
    LINE.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Line {
    /// Errors are ignored: if the terminal cannot be written to, the line is not needed either.
    fn draw(&self) {
        if self.ticks > 0 {
            let text = match &self.clock {
                Some(Clock { until, after }) => format!("{}{}{after}", self.text, lost::clock(*until)),
                None => self.text.clone(),
            };
            let text = fitting(&text);
            let _ = write!(io::stderr(), "{} {text}", SPINNER[self.ticks % SPINNER.len()]);
        }
    }

    fn erase(&self) {
        if self.ticks > 0 {
            let _ = write!(io::stderr(), "\r\x1b[2K");
        }
    }
}

/// Writes to the terminal while the line is away. Nothing that is done meanwhile may do so again.
pub fn aside<T>(write: impl FnOnce() -> T) -> T {
    let line = line();
    line.iter().for_each(Line::erase);
    let result = write();
    line.iter().for_each(Line::draw);
    result
}

/// The line from now on, as long as this lives.
pub struct Progress {
    ticker: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Whether there is a terminal to show it on, which can erase it.
    pub fn is_possible() -> bool {
        io::stderr().is_terminal() && std::env::var_os("TERM").is_some_and(|term| term != "dumb")
    }

    /// `None` where it is not possible.
    pub fn begin(text: &str) -> Option<Progress> {
        Progress::begin_line(text, None, Instant::now() + DELAY)
    }

    /// One that counts the time up to `until` between two texts, and is not shown before it is due.
    pub fn count(before: &str, until: Instant, after: String, due: Instant) -> Option<Progress> {
        Progress::begin_line(before, Some(Clock { until, after }), due)
    }

    fn begin_line(text: &str, clock: Option<Clock>, due: Instant) -> Option<Progress> {
        if !Progress::is_possible() {
            return None;
        }
        let (alive, ended) = channel();
        let ticker = thread::Builder::new().spawn(move || tick(&ended)).ok()?;
        *line() = Some(Line { text: text.to_owned(), clock, due, ticks: 0 });
        Some(Progress { ticker: Some((alive, ticker)) })
    }

    /// Shows another text, from the next time it is drawn.
    pub fn say(&self, text: &str) {
        if let Some(line) = line().as_mut() {
            line.text = text.to_owned();
        }
    }
}

fn fitting(text: &str) -> String {
    table::fit(&terminal::line(text), terminal::width(true).saturating_sub(MARGIN), false)
}

/// Shows the line when it is due, and keeps it moving until the other end is gone.
fn tick(ended: &Receiver<()>) {
    while ended.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
        if let Some(line) = line().as_mut().filter(|line| line.due <= Instant::now()) {
            line.erase();
            line.ticks += 1;
            line.draw();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((alive, ticker)) = self.ticker.take() {
            drop(alive);
            let _ = ticker.join();
        }
        line().take().iter().for_each(Line::erase);
    }
}
