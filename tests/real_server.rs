//! The same stories on a real server, for those who have one; SECURITY.md says how to run them.
//!
//! PSSESSION_TEST_SERVER names the server, PSSESSION_TEST_USER the user and PSSESSION_PASSWORD the password.
//! PSSESSION_TEST_OPTIONS has more options, separated by blanks (`-UseSSL --ca-file ca.pem`). With
//! PSSESSION_TEST_TRANSCRIPTS each story leaves a transcript in that directory. The stories make sessions named
//! `pssession-test-...` and remove them.

use crate::support::{Home, Seen};
use std::env;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// A user's machine, and a session that a story may make.
struct Story {
    home: Home,
    session: String,
}

impl Story {
    fn new(name: &str) -> Story {
        Story { home: Home::new(), session: format!("pssession-test-{name}-{}", std::process::id()) }
    }

    fn command(&self, home: &Home, cmdlet: &str, args: &[&str]) -> Command {
        let mut command = home.cmdlet(cmdlet, args);
        let set = |name| env::var(name).unwrap_or_else(|_| panic!("{name} is not set"));
        command
            .env("PSSESSION_PASSWORD", set("PSSESSION_PASSWORD"))
            .env("PSSESSION_USER", set("PSSESSION_TEST_USER"));
        if let Ok(directory) = env::var("PSSESSION_TEST_TRANSCRIPTS") {
            static NEXT: AtomicU32 = AtomicU32::new(1);
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            command.arg("--transcript").arg(format!("{directory}/{}-{number}-{cmdlet}", self.session));
        }
        command
    }

    /// Runs a cmdlet on the server.
    fn remote(&self, home: &Home, cmdlet: &str, args: &[&str]) -> Seen {
        let server = env::var("PSSESSION_TEST_SERVER").expect("PSSESSION_TEST_SERVER names a server");
        let options = env::var("PSSESSION_TEST_OPTIONS").unwrap_or_default();
        let mut words = vec!["-ComputerName", &server];
        words.extend(options.split_whitespace());
        words.extend(args);
        Seen::of(&mut self.command(home, cmdlet, &words))
    }

    fn run(&self, script: &str, args: &[&str]) -> Seen {
        self.remote(&self.home, "invoke-command", &[&["-ScriptBlock", script], args].concat())
    }

    /// Starts a script in the story's session, and leaves it.
    fn start(&self, script: &str, args: &[&str]) {
        let start = ["-InDisconnectedSession", "-SessionName", &self.session, "-ScriptBlock", script];
        let seen = self.remote(&self.home, "invoke-command", &[&start, args].concat());
        assert_eq!(seen.status, 0, "{seen:?}");
    }

    fn receive(&self, home: &Home, args: &[&str]) -> Seen {
        self.remote(home, "receive-pssession", &[&["-Name", &self.session], args].concat())
    }
}

impl Drop for Story {
    fn drop(&mut self) {
        // It is gone already where the story went well on another machine.
        Seen::of(&mut self.command(&self.home, "remove-pssession", &["-Name", &self.session]));
    }
}

fn numbers(text: &str) -> Vec<u32> {
    text.split_whitespace().map(|word| word.parse().expect("a number")).collect()
}

#[test]
#[ignore = "needs a real server"]
fn text_objects_errors_and_statuses() {
    let story = Story::new("forms");
    story.run("'ä€😀'; exit 7", &[]).is("ä€😀\n", "", 7);
    let seen = story.run("[pscustomobject]@{A=1; B='x'; C=@(1.5, $null)}", &["--output", "jsonl"]);
    seen.is("{\"A\":1,\"B\":\"x\",\"C\":[1.5,null]}\n", "", 0);
    let seen = story.run("'before'; Get-Item /no/such/item; 'after'", &[]);
    assert_eq!((seen.stdout.as_str(), seen.status), ("before\nafter\n", 1), "{seen:?}");
    assert!(seen.stderr.starts_with("Get-Item: "), "{seen:?}");
}

#[test]
#[ignore = "needs a real server"]
fn a_session_is_left_found_and_read_from_another_machine() {
    let story = Story::new("story");
    story.start("1..20 | ForEach-Object { $_; Start-Sleep -Milliseconds 100 }; $kept = 5", &[]);
    let elsewhere = Home::new();
    let found = story.remote(&elsewhere, "get-pssession", &["-Name", &story.session, "--output", "jsonl"]);
    assert!(found.stdout.contains("\"State\":\"Disconnected\""), "{found:?}");
    let seen = story.receive(&elsewhere, &[]);
    assert_eq!(numbers(&seen.stdout), (1..=20).collect::<Vec<_>>(), "{seen:?}");
    let id = elsewhere.stored()[0].session.id.expect("a known session has one").0.to_string();
    Seen::of(&mut story.command(&elsewhere, "invoke-command", &["-Id", &id, "-ScriptBlock", "$kept"]))
        .is("5\n", "", 0);
    let left = Seen::of(&mut story.command(&elsewhere, "disconnect-pssession", &["-Id", &id]));
    assert_eq!(left.status, 0, "{left:?}");
    let again = Seen::of(&mut story.command(&elsewhere, "connect-pssession", &["-Id", &id]));
    assert_eq!(again.status, 0, "{again:?}");
    let removed = Seen::of(&mut story.command(&elsewhere, "remove-pssession", &["-Id", &id]));
    assert_eq!(removed.status, 0, "{removed:?}");
}

#[test]
#[ignore = "needs a real server"]
fn a_command_that_is_left_ten_times_loses_and_doubles_nothing() {
    let story = Story::new("cycles");
    story.start("1..300 | ForEach-Object { $_; Start-Sleep -Milliseconds 50 }", &[]);
    let mut seen = Vec::new();
    for _ in 0..10 {
        let part = story.receive(&story.home, &["--no-wait", "--timeout", "60"]);
        seen.extend(numbers(&part.stdout));
        if part.status == 0 {
            break;
        }
    }
    seen.extend(numbers(&story.receive(&story.home, &[]).stdout));
    assert_eq!(seen, (1..=300).collect::<Vec<_>>());
}

#[test]
#[ignore = "needs a real server"]
fn a_killed_reader_loses_at_most_the_answer_it_had() {
    let story = Story::new("kill");
    story.start("1..60 | ForEach-Object { $_; Start-Sleep -Milliseconds 100 }", &[]);
    let (mut seen, mut seams) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        let server = env::var("PSSESSION_TEST_SERVER").expect("it was set a moment ago");
        let options = env::var("PSSESSION_TEST_OPTIONS").unwrap_or_default();
        let mut words = vec!["-ComputerName", &server, "-Name", &story.session];
        words.extend(options.split_whitespace());
        let mut command = story.command(&story.home, "receive-pssession", &words);
        let mut child = command.stdout(std::process::Stdio::piped()).spawn().expect("it starts");
        std::thread::sleep(std::time::Duration::from_millis(1500));
        child.kill().expect("it is a child of ours");
        seen.extend(numbers(&Seen::at_end_of(child).stdout));
        seams.push(seen.last().copied().unwrap_or_default());
    }
    seen.extend(numbers(&story.receive(&story.home, &[]).stdout));
    // What was shown in the last moment before a kill may be shown again, and what was received in it is lost: a number or
    // two behind the last one that was shown.
    seen.sort_unstable();
    seen.dedup();
    let lost: Vec<_> = (1..=60).filter(|number| !seen.contains(number)).collect();
    let is_at_a_seam = |number: &u32| seams.iter().any(|last| (last + 1..=last + 2).contains(number));
    assert!(lost.iter().all(is_at_a_seam), "{lost:?} with kills after {seams:?}");
}

#[test]
#[ignore = "needs a real server"]
fn large_output_and_many_objects_arrive_whole() {
    let story = Story::new("large");
    let seen = story.run("'x' * 5MB", &[]);
    assert_eq!((seen.stdout.len(), seen.stderr.as_str(), seen.status), (5 * 1024 * 1024 + 1, "", 0));
    let seen = story.run("1..20000", &["--output", "jsonl"]);
    assert_eq!(numbers(&seen.stdout), (1..=20000).collect::<Vec<_>>());
}

#[test]
#[ignore = "needs a real server"]
fn secure_strings_are_encrypted_with_a_session_key() {
    let story = Story::new("secure");
    let answers = story.home.write("answers", "Secret: = s3cret\n");
    std::fs::set_permissions(&answers, std::os::unix::fs::PermissionsExt::from_mode(0o600))
        .expect("it is ours");
    let script =
        "$s = Read-Host 'Secret' -AsSecureString; [Net.NetworkCredential]::new('', $s).Password.Length; $s";
    let seen = story.run(script, &["--answer", &answers, "--output", "jsonl"]);
    assert_eq!((seen.stdout.as_str(), seen.status), ("6\nnull\n", 0), "{seen:?}");
}
