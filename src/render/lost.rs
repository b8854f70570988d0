//! What is said of a connection while it is lost.

use super::terminal;
use pssession::event::ConnectionWatch;
use std::time::{Duration, Instant};

/// What is over sooner need not be said.
pub const PATIENCE: Duration = Duration::from_secs(3);

/// What the wait is for; the time that is left follows.
pub fn text(computer: &str) -> String {
    format!("Connection to {} lost; trying again for ", terminal::line(computer))
}

/// How not to wait, where that can be typed.
pub fn ways_out(escape: Option<char>) -> String {
    escape.map(|c| format!(" ({c}. gives up, {c}d leaves it running)")).unwrap_or_default()
}

/// The time that is left: `3:57`.
pub fn clock(until: Instant) -> String {
    // What has begun counts, so that it begins with the whole time.
    let seconds = until.saturating_duration_since(Instant::now()).as_millis().div_ceil(1000);
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// What is said of the connection of a session while a line is typed in it.
pub struct ConnectionNotice<'a> {
    computer: &'a str,
    connection: ConnectionWatch,
    lost_since: Option<Instant>,
    is_said: bool,
}

impl ConnectionNotice<'_> {
    pub fn new(computer: &str, connection: ConnectionWatch) -> ConnectionNotice<'_> {
        ConnectionNotice { computer, connection, lost_since: None, is_said: false }
    }

    /// What is to be said now, if anything is.
    pub fn next(&mut self) -> Option<String> {
        let Some(until) = self.connection.lost_until() else {
            self.lost_since = None;
            let is_news = std::mem::take(&mut self.is_said);
            return is_news.then(|| format!("Connection to {} restored.", terminal::line(self.computer)));
        };
        let since = *self.lost_since.get_or_insert_with(Instant::now);
        let is_news = !self.is_said && since.elapsed() >= PATIENCE;
        self.is_said |= is_news;
        is_news.then(|| text(self.computer) + &clock(until))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_that_is_left_is_shown_in_minutes_and_seconds() {
        let left = |seconds| clock(Instant::now() + Duration::from_secs(seconds));
        assert_eq!([left(240), left(65), left(9), left(0)], ["4:00", "1:05", "0:09", "0:00"]);
        assert_eq!(text("Server01"), "Connection to Server01 lost; trying again for ");
    }
}
