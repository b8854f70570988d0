//! The lines that a user typed in sessions, kept for the arrow keys.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A file of lines, each a JSON string, since a statement may have several lines.
pub struct History(PathBuf);

/// Lines that are kept; the file has up to twice as many.
const MOST_LINES: usize = 1000;

impl History {
    pub fn in_directory(directory: &Path) -> History {
        History(directory.join("history"))
    }

    /// The lines, the oldest first. What cannot be read is not there.
    pub fn lines(&self) -> Vec<String> {
        let text = std::fs::read_to_string(&self.0).unwrap_or_default();
        let mut lines: Vec<String> =
            text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        if lines.len() > 2 * MOST_LINES {
            lines.drain(..lines.len() - MOST_LINES);
            let kept: String = lines.iter().map(|line| json(line)).collect();
            let _ = std::fs::write(&self.0, kept);
        }
        lines
    }

    /// Keeps a line. One that cannot be written is not worth a word.
    pub fn add(&self, line: &str) {
        let _ = self.append(line);
    }

    fn append(&self, line: &str) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&self.0)?.write_all(json(line).as_bytes())
    }
}

fn json(line: &str) -> String {
    serde_json::Value::from(line).to_string() + "\n"
}
