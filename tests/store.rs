//! The store under stress: many processes at once, kills at any moment, no room, and damage.

use crate::support::{Home, Login, Place, Seen};
use pssession::store::{Store, StoredSession};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Numbers that look random and are the same in every run (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

impl Place {
    fn start(&self, args: &[&str]) -> Child {
        self.command(Login::Ntlm, args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    fn file(&self) -> PathBuf {
        self.home.store().join("sessions.db")
    }

    /// Every session that is connected is one that the store can go on with.
    #[track_caller]
    fn nothing_is_lost(&self) {
        let stored = self.home.stored();
        let ids: BTreeSet<_> = stored.iter().map(|stored| stored.session.id.unwrap()).collect();
        assert_eq!(ids.len(), stored.len(), "an Id is there twice");
        for session in self.listener.sessions().into_iter().filter(|session| session.connected) {
            let holder = session.session_id.unwrap().to_lowercase();
            let is_known = |stored: &StoredSession| {
                stored.shell_id.0 == session.shell_id && holder.contains(&stored.session_id.0.to_string())
            };
            assert!(
                stored.iter().any(is_known),
                "{holder} holds {} and is not in {stored:#?}",
                session.shell_id
            );
        }
    }

    fn no_session_is_connected(&self) {
        let connected = self.listener.sessions().into_iter().filter(|session| session.connected);
        assert_eq!(connected.map(|session| session.shell_id).collect::<Vec<_>>(), [""; 0]);
    }
}

#[test]
fn many_processes_may_connect_at_once() {
    const COUNT: u32 = 64;
    let place = Place::new();
    for number in 0..COUNT {
        place.session(&format!("Session{number}"));
    }
    let start = |number| place.start(&["-Name", &format!("Session{number}"), "--output", "jsonl"]);
    let children: Vec<Child> = (0..COUNT).map(start).collect();
    for child in children {
        let seen = Seen::at_end_of(child);
        assert_eq!((seen.stdout.lines().count(), seen.stderr.as_str(), seen.status), (1, "", 0));
    }
    let ids: Vec<u32> = place.home.stored().iter().map(|stored| stored.session.id.unwrap().0).collect();
    assert_eq!(ids, (1..=COUNT).collect::<Vec<_>>());
    place.nothing_is_lost();
}

#[test]
fn processes_that_want_the_same_session_do_not_lose_it() {
    let place = Place::new();
    let mut dice = Dice(3);
    for round in 0..12 {
        let shell_id = place.session(&format!("Session{round}"));
        // At first no process knows the session, then all do.
        for known in [false, true] {
            let name = format!("Session{round}");
            let ways: [&[&str]; 3] = [&["-Name", &name], &["-InstanceId", &shell_id], &["-Name", &name]];
            let children: Vec<Child> = (0..6).map(|_| place.start(ways[dice.below(3) as usize])).collect();
            let seen: Vec<Seen> = children.into_iter().map(Seen::at_end_of).collect();
            assert!(seen.iter().any(|seen| seen.status == 0 && !seen.stdout.is_empty()), "{known} {seen:#?}");
            place.nothing_is_lost();
            let stored = place.home.stored();
            let stored = stored.iter().find(|stored| stored.shell_id.0 == shell_id).unwrap();
            assert_eq!(stored.session.state.name(), "Opened", "{known} {seen:#?}");
            assert!(place.is_connected(&shell_id));
            place.listener.with_service(|service, now| service.force_disconnect(now, &shell_id));
        }
    }
}

#[test]
fn a_failure_of_many_leaves_no_session_that_looks_open() {
    use pssession_listener::{Effect, Injection, Target, Verb};
    let place = Place::new();
    let shell_id = place.session("ITTask");
    assert_eq!(place.run(&["-Name", "ITTask"]).status, 0);
    for _ in 0..5 {
        place.listener.with_service(|service, now| service.force_disconnect(now, &shell_id));
        let denied = Injection::new(Target::Verb(Verb::Connect), Effect::Fault(5, None));
        place.listener.inject(denied.times(6));
        let children: Vec<Child> = (0..6).map(|_| place.start(&["-Name", "ITTask"])).collect();
        for child in children {
            assert_eq!(Seen::at_end_of(child).status, 1);
        }
        place.listener.clear_injections();
        assert_eq!(place.home.stored()[0].session.state.name(), "Disconnected");
        assert_eq!(place.run(&["-Name", "ITTask"]).status, 0);
    }
}

#[test]
fn a_kill_at_any_moment_loses_no_session_that_is_known() {
    let place = Place::new();
    let names = ["One", "Two", "Three"];
    let shell_ids: Vec<String> = names.iter().map(|name| place.session(name)).collect();
    assert_eq!(place.run(&["-Name", "One,Two,Three", "-ThrottleLimit", "1"]).status, 0);
    let mut dice = Dice(20_260_101);
    let mut killed = 0;
    for _ in 0..60 {
        let which = dice.below(3) as usize;
        let id = (which + 1).to_string();
        let mut command = match dice.below(5) {
            0 => place.command(Login::Ntlm, &["-Name", names[which]]),
            1 => place.command(Login::Ntlm, &["-InstanceId", &shell_ids[which]]),
            2 => place.home.program(&["-Id", &id]),
            _ => place.home.cmdlet("disconnect-pssession", &["-Id", &id]),
        };
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_micros(dice.below(60_000)));
        child.kill().unwrap();
        killed += u32::from(child.wait().unwrap().code().is_none());
        place.nothing_is_lost();
        if dice.below(4) == 0 {
            place.listener.with_service(|service, now| service.force_disconnect(now, &shell_ids[which]));
        }
    }
    println!("{killed} of 60 were killed before their end");
    assert_eq!(place.home.stored().len(), 3);
    for (name, shell_id) in names.iter().zip(&shell_ids) {
        place.listener.with_service(|service, now| service.force_disconnect(now, shell_id));
        assert_eq!(place.run(&["-Name", name]).status, 0);
        assert!(place.is_connected(shell_id));
    }
    place.nothing_is_lost();
}

/// None of these was known before.
#[test]
fn a_kill_at_any_moment_loses_no_session_that_becomes_known() {
    let place = Place::new();
    let mut dice = Dice(7);
    let mut connected = 0;
    for number in 0..60 {
        let name = format!("Session{number}");
        let shell_id = place.session(&name);
        let selection = if number % 2 == 0 { ["-Name", &name] } else { ["-InstanceId", &shell_id] };
        place.listener.clear_journal();
        let mut child = place.start(&selection);
        std::thread::sleep(Duration::from_micros(dice.below(60_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        place.nothing_is_lost();
        connected += u32::from(place.is_connected(&shell_id));
        let seen = place.run(&["-Name", &name, "--output", "id"]);
        // The server may only now have come to what the killed process asked for.
        let connects = place.actions().iter().filter(|action| *action == "Connect").count();
        let already = format!("WARNING: Session {name} on localhost is already connected.\n");
        match seen.stderr.as_str() {
            "" => assert_eq!((seen.stdout.lines().count(), seen.status), (1, 0)),
            warned => assert_eq!((warned, seen.status, connects), (already.as_str(), 0, 1)),
        }
    }
    println!("{connected} of 60 were connected by a process that was killed, if it had not ended");
    let ids: BTreeSet<_> = place.home.stored().into_iter().map(|stored| stored.session.id).collect();
    assert_eq!(ids.len(), 60);
    place.nothing_is_lost();
}

/// The same command, in a shell that lets no file grow beyond so many blocks.
fn without_room(command: &Command, blocks: u32) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\""), "sh"]);
    shell.arg(command.get_program()).args(command.get_args()).env_clear();
    shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?)))).stdin(Stdio::null());
    shell
}

#[cfg(unix)]
#[test]
fn without_room_for_a_record_nothing_stays_connected() {
    for blocks in [0, 4, 8, 16] {
        let place = Place::new();
        place.session("ITTask");
        let command = place.command(Login::Ntlm, &["-Name", "ITTask"]);
        let seen = Seen::of(&mut without_room(&command, blocks));
        assert!(
            seen.stderr.contains("+ FullyQualifiedErrorId : SessionStoreUnavailable,"),
            "{blocks} {seen:?}"
        );
        assert_eq!((seen.stdout.as_str(), seen.status), ("", 1));
        place.no_session_is_connected();
        // With room again all is well.
        place.run(&["-Name", "ITTask"]).is(&crate::support::known::rows(&[(1, "ITTask")]), "", 0);
    }
}

#[cfg(unix)]
#[test]
fn without_room_a_known_session_stays_known() {
    let place = Place::new();
    place.left(&["One", "Two"]);
    let before = place.home.stored();
    let commands = [place.home.program(&["-Id", "1"]), place.home.cmdlet("remove-pssession", &["-Id", "1"])];
    for command in commands {
        let seen = Seen::of(&mut without_room(&command, 0));
        assert!(seen.stderr.contains("+ FullyQualifiedErrorId : SessionStoreUnavailable,"), "{seen:?}");
        assert_eq!((seen.stdout.as_str(), seen.status), ("", 1));
        assert_eq!(place.home.stored(), before);
        place.no_session_is_connected();
    }
    // Looking needs no room.
    assert_eq!(Seen::of(&mut without_room(&place.home.cmdlet("get-pssession", &[]), 0)).status, 0);
}

/// Every command that opens the store, with what leads to the listener where it needs that.
fn commands(place: &Place) -> Vec<Command> {
    vec![
        place.command(Login::Ntlm, &["-Name", "Two"]),
        place.home.program(&["-Id", "1"]),
        place.home.cmdlet("disconnect-pssession", &["-Id", "1"]),
        place.home.cmdlet("remove-pssession", &["-Id", "1"]),
        place.home.cmdlet("get-pssession", &[]),
    ]
}

/// Runs all commands, each of which says this and changes nothing.
#[track_caller]
fn all_refuse(place: &Place, expected: &str) {
    let before = fs::read(place.file()).unwrap();
    place.listener.clear_journal();
    for mut command in commands(place) {
        let seen = Seen::of(&mut command);
        assert!(seen.stderr.contains(expected), "{command:?} {seen:?}");
        assert!(
            seen.stderr.contains("+ FullyQualifiedErrorId : SessionStoreUnavailable,"),
            "{command:?} {seen:?}"
        );
        assert_eq!(seen.stderr.matches("FullyQualifiedErrorId").count(), 1, "{seen:?}");
        assert_eq!((seen.stdout.as_str(), seen.status), ("", 1), "{command:?}");
    }
    assert!(fs::read(place.file()).unwrap() == before, "the file was changed");
    assert_eq!(place.actions(), ["Enumerate"]);
    place.no_session_is_connected();
}

fn two_sessions() -> Place {
    let place = Place::new();
    place.left(&["One"]);
    place.session("Two");
    place
}

#[test]
fn a_store_of_another_version_is_used_by_no_command() {
    let place = two_sessions();
    let file = place.file();
    for (format, version) in [(1_u32, "an older"), (99, "a newer")] {
        let mut octets = fs::read(&file).unwrap();
        // The header's user_version.
        octets[60..64].copy_from_slice(&format.to_be_bytes());
        fs::write(&file, octets).unwrap();
        let reported = format!(
            "The session store {} was written by {version} version of this program (format {format},",
            file.display()
        );
        all_refuse(&place, &reported);
    }
}

#[test]
fn a_file_that_is_no_store_is_used_by_no_command() {
    let place = two_sessions();
    let mut octets = fs::read(place.file()).unwrap();
    octets[..16].fill(b'x');
    fs::write(place.file(), octets).unwrap();
    all_refuse(&place, &format!("The file {} is not a session store.", place.file().display()));
}

#[test]
fn a_store_that_was_cut_off_is_used_by_no_command() {
    let place = two_sessions();
    let octets = fs::read(place.file()).unwrap();
    for length in [4096, octets.len() / 2 + 100, 100] {
        fs::write(place.file(), &octets[..length]).unwrap();
        all_refuse(&place, &place.file().display().to_string());
    }
}

#[test]
fn damage_anywhere_is_reported_or_does_no_harm() {
    let place = two_sessions();
    let whole = fs::read(place.file()).unwrap();
    let mut dice = Dice(11);
    for _ in 0..25 {
        let mut octets = whole.clone();
        let begin = dice.below(octets.len() as u64) as usize;
        let end = (begin + 1 + dice.below(300) as usize).min(octets.len());
        for octet in &mut octets[begin..end] {
            *octet = dice.below(256) as u8;
        }
        fs::write(place.file(), octets).unwrap();
        let seen = place.run(&["-Name", "Two", "--output", "jsonl"]);
        let expected = seen.stderr.contains("\"FullyQualifiedErrorId\":\"SessionStoreUnavailable,");
        assert_eq!(
            (seen.stdout.lines().count(), seen.status),
            if expected { (0, 1) } else { (1, 0) },
            "{begin}..{end} {seen:?}"
        );
        if expected {
            place.no_session_is_connected();
        } else if Store::open(&place.home.store()).and_then(|mut store| store.sessions()).is_ok() {
            place.nothing_is_lost();
        }
        let seen = place.run_as("get-pssession", &[]);
        assert!(
            !seen.stderr.contains("panicked") && (0..2).contains(&seen.status),
            "{begin}..{end} {seen:?}"
        );
        for session in place.listener.sessions() {
            place.listener.with_service(|service, now| service.force_disconnect(now, &session.shell_id));
        }
    }
}

#[test]
fn a_directory_that_cannot_be_written_to_is_found_out_before_anything_is_connected() {
    let place = Place::new();
    place.session("ITTask");
    // Not even root makes directories there.
    for directory in ["/proc/pssession", "/dev/null/store"] {
        place.listener.clear_journal();
        let seen = place.run(&["-Name", "ITTask", "--store", directory]);
        assert!(
            seen.stderr.contains(&format!("The directory {directory} of the session store cannot be used")),
            "{seen:?}"
        );
        assert_eq!((seen.stdout.as_str(), seen.status), ("", 1));
        assert_eq!(place.actions(), ["Enumerate"]);
        place.no_session_is_connected();
    }
}

#[test]
fn a_store_may_be_named_with_any_characters() {
    let place = Place::new();
    let shell_id = place.session("ITTask");
    let home = Home::new();
    let directory = home.path().join("a ?b#c%20\u{e4}'\"");
    let store = directory.to_str().unwrap();
    assert_eq!(place.run(&["-Name", "ITTask", "--store", store]).status, 0);
    let seen = place.run_as("get-pssession", &["--store", store, "--output", "jsonl"]);
    assert!(seen.stdout.contains(&shell_id.to_lowercase()), "{seen:?}");
    let files: Vec<_> = fs::read_dir(&directory).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(files, ["sessions.db"]);
}

/// The store's error for this reason.
fn unusable(what: &str, reason: &str) -> String {
    crate::support::error(
        &format!("The {what} cannot be used: {reason}."),
        "ResourceUnavailable: (:), RuntimeException",
        "SessionStoreUnavailable",
        Some("name a directory that can be written to with --store or PSSESSION_STORE"),
    )
}

#[test]
fn a_store_that_another_user_may_have_written_is_not_used() {
    use std::os::unix::fs::{PermissionsExt, chown, symlink};
    let place = Place::new();
    place.session("ITTask");
    assert_eq!(place.run(&["-Name", "ITTask"]).status, 0);
    place.listener.clear_journal();
    let (directory, file) = (place.home.store(), place.file());
    let set = |path: &PathBuf, mode| fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    let is_refused = |expected: &str| {
        let seen = place.run_as("get-pssession", &[]);
        seen.is(
            "",
            &expected.replace("Connect-PSSession", "Get-PSSession").replace("ConnectPSS", "GetPSS"),
            1,
        );
        place.run_as("connect-pssession", &["-Id", "1"]).is("", expected, 1);
    };
    let of_directory =
        |reason| unusable(&format!("directory {} of the session store", directory.display()), reason);
    let of_file = |reason| unusable(&format!("session store {}", file.display()), reason);
    set(&directory, 0o770);
    is_refused(&of_directory("other users can write to it (chmod go-w fixes that)"));
    set(&directory, 0o700);
    set(&file, 0o606);
    is_refused(&of_file("other users can write to it (chmod go-w fixes that)"));
    set(&file, 0o600);
    let elsewhere = place.home.path().join("elsewhere.db");
    fs::rename(&file, &elsewhere).unwrap();
    symlink(&elsewhere, &file).unwrap();
    is_refused(&of_file("it is a symbolic link"));
    fs::remove_file(&file).unwrap();
    assert!(Command::new("mkfifo").args(["-m", "600"]).arg(&file).status().unwrap().success());
    is_refused(&of_file("it is not a regular file"));
    fs::remove_file(&file).unwrap();
    fs::rename(&elsewhere, &file).unwrap();
    // Only root can give files away.
    if chown(&file, Some(4711), None).is_ok() {
        is_refused(&of_file("it belongs to another user"));
    }
    assert_eq!(place.actions(), [""; 0]);
}
