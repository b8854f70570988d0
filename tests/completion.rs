//! TAB: what the program answers to a shell, and what real shells make of it.

use crate::help::is_here;
use crate::support::terminal::{Shown, Terminal};
use crate::support::{Home, Place, Seen};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Names that are hard to type.
const NAMES: [&str; 8] =
    ["ITTask", "IT Backup", "O'Brien", "say \"hi\"", "cost$5", "back\\slash", "job[1]", "naïve;"];

/// A home whose store knows sessions of these names.
fn home_with_sessions() -> Place {
    let place = Place::new();
    // One by one, so that each has the Id of its place.
    for name in NAMES {
        place.session(name);
        let seen = place.run(&["-Name", &name.replace(['[', ']'], "?")]);
        assert_eq!(seen.status, 0, "{seen:?}");
    }
    place
}

fn ask(home: &Home, line: &str) -> Seen {
    Seen::of(&mut home.program(&["--complete", "fish", line]))
}

#[test]
fn sessions_are_completed_from_the_store_without_a_word_to_a_server() {
    let place = home_with_sessions();
    let before = place.listener.requests().len();
    ask(&place.home, "connect-pssession -Name O").is("O'Brien\tlocalhost, Opened, Id 3\n", "", 0);
    ask(&place.home, "connect-pssession -Id 1").is("1\tITTask, localhost, Opened\n", "", 0);
    ask(&place.home, "connect-pssession -ComputerName ").is("localhost\t\n", "", 0);
    assert_eq!(place.listener.requests().len(), before);
}

#[test]
fn a_store_that_is_not_there_or_not_readable_is_no_trouble() {
    let home = Home::new();
    let nothing = |line: &str| ask(&home, line).is("", "", 0);
    nothing("connect-pssession -Name ");
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0, "a store was made");
    home.write("sessions.db", "this is no database");
    nothing(&format!("connect-pssession --store {} -Name ", home.path().display()));
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 1);
    ask(&home, "connect-pssession --store /nowhere -Na").is(
        "-Name\tNames of the disconnected sessions.\n",
        "",
        0,
    );
}

#[test]
fn another_store_is_asked_where_the_line_or_the_environment_says_so() {
    let place = home_with_sessions();
    let file = walk(place.home.path()).into_iter().find(|path| path.ends_with("sessions.db")).unwrap();
    let other = Home::new();
    let directory = file.parent().unwrap().to_str().unwrap();
    let expected = "ITTask\tlocalhost, Opened, Id 1\n";
    ask(&other, &format!("connect-pssession --store={directory} -Name ITT")).is(expected, "", 0);
    let mut program = other.program(&["--complete", "fish", "connect-pssession -Name ITT"]);
    Seen::of(program.env("PSSESSION_STORE", directory)).is(expected, "", 0);
    let from_home =
        format!("~/{}", file.parent().unwrap().strip_prefix(place.home.path()).unwrap().display());
    ask(&place.home, &format!("connect-pssession --store {from_home} -Name ITT")).is(expected, "", 0);
}

fn walk(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

#[test]
fn a_shell_that_is_none_is_refused() {
    let seen = Seen::of(&mut Home::new().program(&["--completions", "tcsh"]));
    assert!(seen.stderr.contains("does not belong to the set \"bash,zsh,fish,powershell\""), "{seen:?}");
    assert_eq!((seen.stdout.as_str(), seen.status), ("", 2));
}

/// A shell at a terminal.
struct Shell {
    terminal: Terminal,
    /// Where one of `tests/shells` writes down the arguments of each command.
    seen: PathBuf,
    lines: usize,
}

impl Shell {
    fn start(place: &Place, command: &[&str]) -> Shell {
        let seen = place.home.path().join("seen");
        std::fs::write(&seen, "").unwrap();
        let mut shell = Command::new(command[0]);
        shell.args(&command[1..]).env("PATH", path()).env("LC_ALL", "C.UTF-8");
        shell.env("HOME", place.home.path()).env("SEEN", &seen);
        let mut shell = Shell { terminal: Terminal::start(&shell, Shown::Everything, 120), seen, lines: 0 };
        assert_eq!(shell.next(), "<ready>");
        shell.terminal.press(&format!("cd {}\r", place.home.path().display()));
        shell
    }

    /// Types a line; gives the arguments of the command as the shell has read them.
    fn type_line(&mut self, line: &str) -> String {
        self.terminal.press(&format!("{line}\r"));
        self.next()
    }

    fn next(&mut self) -> String {
        self.lines += 1;
        let begun = Instant::now();
        loop {
            let seen = std::fs::read_to_string(&self.seen).unwrap();
            let line = seen.split_inclusive('\n').nth(self.lines - 1);
            if let Some(line) = line.and_then(|line| line.strip_suffix('\n')) {
                return line.to_owned();
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "the shell is silent after {seen}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// The program, and what shells are made of.
fn path() -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_connect-pssession"));
    format!("{}:/usr/bin:/bin", program.parent().unwrap().display())
}

/// What is typed, with TABs, and the arguments that come of it; the same in every shell.
const LINES: [(&str, &str); 23] = [
    ("-na\tITT\t", "<-Name><ITTask>"),
    ("-Name it\\ \t", "<-Name><IT Backup>"),
    ("-Name 'IT B\t", "<-Name><IT Backup>"),
    ("-Name \"IT B\t", "<-Name><IT Backup>"),
    ("-Name O\t", "<-Name><O'Brien>"),
    ("-Name say\t", "<-Name><say \"hi\">"),
    ("-Name cost\t", "<-Name><cost$5>"),
    ("-Name \"cost\t", "<-Name><cost$5>"),
    ("-Name back\t", "<-Name><back\\slash>"),
    ("-Name job\t", "<-Name><job`[1`]>"),
    ("-Session job\t", "<-Session><job[1]>"),
    ("-Name na\t", "<-Name><naïve;>"),
    ("-Name:'IT B\t", "<-Name:IT Backup>"),
    ("-Name ITTask,O\t", "<-Name><ITTask,O'Brien>"),
    ("-Name \"IT Backup\",O\t", "<-Name><IT Backup,O'Brien>"),
    ("loc\t-usess\t-au\tkerb\t", "<localhost><-UseSSL><-Authentication><Kerberos>"),
    ("4 --outp\tjsonl --col\tne\t", "<4><--output><jsonl><--color><never>"),
    ("--output=tab\t", "<--output=table>"),
    ("-SessionO\tSkipCA\tf\t", "<-SessionOption><SkipCACheck=false>"),
    (
        "-SessionO\t'@{SkipCACheck=$true; SkipCN\tt\t",
        "<-SessionOption><@{SkipCACheck=$true; SkipCNCheck=true>",
    ),
    ("--ca-file=aut\t", "<--ca-file=authority.pem>"),
    ("--password-file aut\t", "<--password-file><authority.pem>"),
    ("--as conn\t-Na\tcost\t", "<--as><connect-pssession><-Name><cost$5>"),
];

/// `listed` is how the shell shows one of several candidates.
fn check(command: &[&str], listed: &str) {
    if !is_here(command[0]) {
        return;
    }
    let place = home_with_sessions();
    place.home.write("authority.pem", "");
    place.home.write(".zshrc", include_str!("shells/zsh.zsh"));
    let mut shell = Shell::start(&place, command);
    for (typed, expected) in LINES {
        assert_eq!(shell.type_line(&format!("connect-pssession {typed}")), expected, "{typed}");
    }
    shell.terminal.press("connect-pssession -Name \t\t");
    shell.terminal.wait_for(listed, 1);
    // The terminal is gone.
    let kill = Command::new("kill").args(["-HUP", &shell.terminal.id().to_string()]).status().unwrap();
    assert!(kill.success());
    shell.terminal.end();
}

#[test]
fn bash_completes() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/shells/bash.sh");
    check(&["bash", "--noprofile", "--rcfile", file, "-i"], "job\\`\\[1\\`\\]");
}

#[test]
fn zsh_completes() {
    // It reads .zshrc in the home directory.
    check(&["zsh", "-d", "-i"], "IT Backup   -- localhost, Opened, Id 2");
}

#[test]
fn fish_completes() {
    let file = concat!("source ", env!("CARGO_MANIFEST_DIR"), "/tests/shells/fish.fish");
    check(&["fish", "--no-config", "-i", "--init-command", file], "(localhost, Opened, Id 2)");
}

/// fish is asked without a terminal, and shows descriptions.
#[test]
fn fish_shows_what_a_candidate_is() {
    if !is_here("fish") {
        return;
    }
    let place = home_with_sessions();
    let complete = "connect-pssession --completions fish | source; complete -C 'connect-pssession -Name IT'";
    let mut fish = Command::new("fish");
    fish.args(["--no-config", "-c", complete]).env("HOME", place.home.path()).env("PATH", path());
    Seen::of(&mut fish).is("ITTask\tlocalhost, Opened, Id 1\nIT Backup\tlocalhost, Opened, Id 2\n", "", 0);
}
