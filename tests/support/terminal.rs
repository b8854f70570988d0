//! A person at a terminal, with the program in front of them.

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What of the program's output goes to the terminal; the rest goes to pipes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    Everything,
    Stdout,
    Stderr,
    Nothing,
}

/// The program at a terminal of its own.
pub struct Terminal {
    /// The person's end, and the program's.
    person: File,
    program: File,
    child: Child,
    screen: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

/// All that a person saw of a run at a terminal.
#[derive(Debug, PartialEq, Eq)]
pub struct SeenOnTerminal {
    /// What was written to the terminal, what was typed included.
    pub screen: String,
    pub stdout: String,
    pub stderr: String,
    pub status: i32,
    /// What is typed is seen again.
    pub echoes: bool,
}

impl SeenOnTerminal {
    /// What is left on the screen at the end.
    pub fn left(&self) -> String {
        let (mut rows, mut row) = (vec![String::new()], 0);
        let mut rest = self.screen.chars();
        while let Some(next) = rest.next() {
            match next {
                '\n' => {
                    row += 1;
                    rows.resize(rows.len().max(row + 1), String::new());
                }
                '\x1b' => match rest.find(char::is_ascii_alphabetic) {
                    Some('K') => rows[row].clear(),
                    Some('A') => row -= 1,
                    _ => {}
                },
                '\r' => {}
                _ => rows[row].push(next),
            }
        }
        rows.truncate(row + 1);
        rows.join("\n")
    }
}

impl Terminal {
    pub fn start(command: &Command, shown: Shown, columns: u16) -> Terminal {
        Terminal::of_size(command, shown, columns, 50)
    }

    pub fn of_size(command: &Command, shown: Shown, columns: u16, rows: u16) -> Terminal {
        let person = File::from(openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap());
        grantpt(&person).unwrap();
        unlockpt(&person).unwrap();
        let name = ptsname(&person, Vec::new()).unwrap().into_string().unwrap();
        let program = OpenOptions::new().read(true).write(true).open(name).unwrap();
        let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&program, size).unwrap();
        let stream = |goes: [Shown; 2]| match goes.contains(&shown) {
            true => Stdio::from(program.try_clone().unwrap()),
            false => Stdio::piped(),
        };
        let child = Command::new("setsid")
            .arg("--ctty")
            .arg(command.get_program())
            .args(command.get_args())
            .env_clear()
            .envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))))
            .env("TERM", "xterm")
            .stdin(program.try_clone().unwrap())
            .stdout(stream([Shown::Everything, Shown::Stdout]))
            .stderr(stream([Shown::Everything, Shown::Stderr]))
            .spawn()
            .unwrap();
        let screen = Arc::new(Mutex::new(Vec::new()));
        let (mut from, to) = (person.try_clone().unwrap(), screen.clone());
        let reader = std::thread::spawn(move || {
            let mut piece = [0; 4096];
            // It fails when the last one at the other end is gone.
            while let Ok(length @ 1..) = from.read(&mut piece) {
                to.lock().unwrap().extend_from_slice(&piece[..length]);
            }
        });
        Terminal { person, program, child, screen, reader }
    }

    /// Waits until the screen shows this, as often as said.
    #[track_caller]
    pub fn wait_for(&self, text: &str, times: usize) {
        let begun = Instant::now();
        while self.screen().matches(text).count() < times {
            assert!(begun.elapsed() < Duration::from_secs(30), "no {text:?} on {:?}", self.screen());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Types keys.
    pub fn press(&mut self, keys: &str) {
        self.person.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until what is typed is seen, or no longer is.
    #[track_caller]
    pub fn wait_for_echo(&self, echoes: bool) {
        let begun = Instant::now();
        while self.echoes() != echoes {
            assert!(begun.elapsed() < Duration::from_secs(30), "the echo is {}", !echoes);
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub fn echoes(&self) -> bool {
        tcgetattr(&self.program).unwrap().local_modes.contains(LocalModes::ECHO)
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    fn screen(&self) -> String {
        String::from_utf8_lossy(&self.screen.lock().unwrap()).replace("\r\n", "\n")
    }

    /// Waits for the end of the program.
    pub fn end(mut self) -> SeenOnTerminal {
        let pipe = |stream: Option<&mut dyn Read>| {
            let mut text = String::new();
            stream.map(|stream| stream.read_to_string(&mut text).unwrap());
            text
        };
        let stdout = pipe(self.child.stdout.take().as_mut().map(|stream| stream as _));
        let stderr = pipe(self.child.stderr.take().as_mut().map(|stream| stream as _));
        let status = self.child.wait().unwrap().code().unwrap_or(-1);
        let echoes = self.echoes();
        drop(self.program);
        self.reader.join().unwrap();
        let screen = String::from_utf8_lossy(&self.screen.lock().unwrap()).replace("\r\n", "\n");
        SeenOnTerminal { screen, stdout, stderr, status, echoes }
    }
}
