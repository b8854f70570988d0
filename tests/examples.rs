//! The scripts and programs in `examples/`, as a person runs them.

use crate::support::{PASSWORD, Place, Seen, instance, table};
use std::path::Path;
use std::process::Command;

#[test]
fn example_2_of_the_help_page() {
    let place = Place::new();
    place.session("Backups");
    assert_eq!(place.run(&["-Name", "Backups"]).status, 0);
    let before = place.actions().len();

    let names = place.home.path().join("bin");
    std::fs::create_dir(&names).unwrap();
    let links = place.home.program(&["--install-links", names.to_str().unwrap()]).output().unwrap();
    assert!(links.status.success());

    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/example-2.sh");
    // The program's own environment, and the names in front of the PATH.
    let mut command = Command::new(script);
    for (name, value) in place.home.program::<&str>(&[]).get_envs() {
        command.env(name, value.unwrap_or_default());
    }
    let path = std::env::var("PATH").unwrap_or_default();
    let seen = command.env("PATH", format!("{}:{path}", names.display())).output().unwrap();
    let row = |state, availability| {
        format!("  1 Backups         localhost       {state:<13} Microsoft.PowerShell {availability:>13}")
    };
    let (opened, disconnected) = (row("Opened", "Available"), row("Disconnected", "None"));
    let tables = [&opened, &disconnected, &opened].map(|row| table(&[row]));
    let stderr = String::from_utf8(seen.stderr).unwrap();
    assert_eq!((String::from_utf8(seen.stdout).unwrap(), stderr.as_str()), (tables.concat(), ""));
    assert!(seen.status.success());
    assert_eq!(place.actions()[before..], ["Disconnect", "Reconnect"]);
}

/// Runs a program of the library, which `cargo test` has built.
fn example(place: &Place, name: &str, args: &[&str]) -> Seen {
    let tests = std::env::current_exe().unwrap();
    let program = tests.ancestors().nth(2).unwrap().join("examples").join(name);
    assert!(Path::new(&program).exists(), "cargo build --example {name}");
    let mut command = Command::new(program);
    command.args(args).env_clear().env("HOME", place.home.path()).env("PSSESSION_PASSWORD", PASSWORD);
    Seen::of(&mut command)
}

#[test]
fn the_library_lists_connects_and_disconnects() {
    let place = Place::new();
    let shell_id = place.session("ITTask");
    let url = place.listener.http_url();
    let listed = format!("Disconnected {}  ITTask\n", instance(&shell_id));
    example(&place, "list", &[&url, "alice"]).is(&listed, "", 0);
    let connected = "ITTask is Opened, with commands: 0\nITTask is Disconnected\n";
    example(&place, "connect", &[&url, "alice", "ITTask"]).is(connected, "", 0);
    assert!(!place.is_connected(&shell_id));
    assert_eq!(example(&place, "connect", &[&url, "alice", "Nobody"]).status, 1);
}

#[test]
fn the_library_runs_a_script_on_one_computer_and_on_many() {
    let place = Place::new();
    let url = place.listener.http_url();
    let script = "'one'; Write-Error 'two'; 'three'";
    example(&place, "run", &[&url, "alice", script]).is("one\nthree\n", "two\n", 0);
    let failed = example(&place, "run", &[&url, "alice", "throw 'too bad'"]);
    failed.is("", "too bad\n", 1);
    let all = example(&place, "fan_out", &["alice", "'here'", &url, &url]);
    all.is(&format!("{url}: here\n").repeat(2), "", 0);
    assert!(place.listener.sessions().is_empty());
}
