//! The process, with a thread for each of its standard streams: the thread that asks for a line never waits.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, TryRecvError, channel, sync_channel};
use std::thread;

use tokio::sync::Notify;

/// Lines of output that wait to be read. PowerShell waits when there are as many.
const MAX_LINES: usize = 64;
/// The longest line; PowerShell's are a base64 of 32 KiB.
const MAX_LINE: u64 = 1024 * 1024;

/// A process that is read and written by the line. It ends when this is dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    /// Dropped to close the standard input, which ends what the process has started itself.
    input: Option<Sender<String>>,
    output: Receiver<Vec<u8>>,
}

/// What a process has to say at the moment.
#[derive(Debug, PartialEq, Eq)]
pub enum Said {
    Line(Vec<u8>),
    Nothing,
    /// It has closed its output: nothing more will come.
    Ended,
}

impl Process {
    /// Starts a program with its arguments. `changed` is notified after each line and at the end.
    pub fn start(command: &[String], changed: Arc<Notify>) -> std::io::Result<Process> {
        let (program, arguments) = command.split_first().ok_or(std::io::ErrorKind::InvalidInput)?;
        let mut child =
            Command::new(program).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (input, lines) = channel::<String>();
        if let Some(mut stdin) = child.stdin.take() {
            thread::spawn(move || {
                // A process that has ended reads no more; its output says so too.
                while lines.recv().is_ok_and(|line| stdin.write_all(line.as_bytes()).is_ok()) {}
            });
        }
        let (lines, output) = sync_channel(MAX_LINES);
        if let Some(stdout) = child.stdout.take() {
            thread::spawn(move || {
                forward(BufReader::new(stdout), &lines, &changed);
                drop(lines);
                changed.notify_waiters();
            });
        }
        Ok(Process { child, input: Some(input), output })
    }

    /// Writes a line.
    pub fn write(&self, mut line: String) {
        line.push('\n');
        if let Some(input) = &self.input {
            let _ = input.send(line);
        }
    }

    pub fn read(&self) -> Said {
        match self.output.try_recv() {
            Ok(line) => Said::Line(line),
            Err(TryRecvError::Empty) => Said::Nothing,
            Err(TryRecvError::Disconnected) => Said::Ended,
        }
    }
}

/// Passes lines on until the stream ends, a line is too long, or nobody wants them.
fn forward(mut stdout: impl std::io::BufRead, lines: &SyncSender<Vec<u8>>, changed: &Notify) {
    loop {
        let mut line = Vec::new();
        let read = stdout.by_ref().take(MAX_LINE).read_until(b'\n', &mut line);
        if read.is_err() || line.last() != Some(&b'\n') || lines.send(line).is_err() {
            return;
        }
        changed.notify_waiters();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // An error says that it has ended already. What it has started itself ends with its standard input.
        let _ = self.child.kill();
        self.input = None;
        let _ = self.child.wait();
    }
}
