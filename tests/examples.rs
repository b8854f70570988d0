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

    let seen = script(&place, "example-2.sh", &[]);
    let row = |state, availability| {
        format!("  1 Backups         localhost       {state:<13} Microsoft.PowerShell {availability:>13}")
    };
    let (opened, disconnected) = (row("Opened", "Available"), row("Disconnected", "None"));
    let tables = [&opened, &disconnected, &opened].map(|row| table(&[row]));
    seen.is(&tables.concat(), "", 0);
    assert_eq!(place.actions()[before..], ["Disconnect", "Reconnect"]);
}

/// Runs a script, in the program's own environment with its names in front of the PATH.
fn script(place: &Place, name: &str, args: &[&str]) -> Seen {
    let names = place.home.path().join("bin");
    std::fs::create_dir(&names).unwrap();
    let links = place.home.program(&["--install-links", names.to_str().unwrap()]).output().unwrap();
    assert!(links.status.success());

    let mut command = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name));
    for (name, value) in place.home.program::<&str>(&[]).get_envs() {
        command.env(name, value.unwrap_or_default());
    }
    let path = std::env::var("PATH").unwrap_or_default();
    Seen::of(command.args(args).env("PATH", format!("{}:{path}", names.display())))
}

#[test]
fn example_3_of_the_help_page() {
    let place = Place::new();
    let port = place.listener.http_address().port().to_string();
    let computer = ["-ComputerName", "localhost", "-Port", &port, "-ConfigurationName", "ITTasks"];
    let seen = script(&place, "example-3.sh", &computer);
    let row = |id, state, availability| {
        let columns = format!("ITTask          localhost       {state:<13} ITTasks {availability:>26}");
        table(&[&format!("{id:>3} {columns}")])
    };
    let expected = [
        "== Friday, at the office\n",
        &row("1", "Opened", "Available"),
        "started\n",
        &row("1", "Disconnected", "None"),
        "== Friday evening, at home\n",
        &row("", "Disconnected", "None"),
        &row("1", "Opened", "Available"),
        "Backup: Completed\nSpecifications: Backup of 3 databases\n",
        &row("1", "Disconnected", "None"),
        "== Saturday, at the office\n",
        "Database 1 is created\nDatabase 2 is created\nDatabase 3 is created\n",
        "Still here: Backup of 3 databases\n",
    ];
    assert_eq!((seen.stdout.as_str(), seen.status), (expected.concat().as_str(), 0), "{}", seen.stderr);
    assert!(seen.stderr.contains("receive-pssession -Id 1"), "{}", seen.stderr);
    assert!(place.listener.sessions().is_empty());
}

#[test]
fn the_quickstart_tells_the_third_example() {
    let place = Place::new();
    let seen = example(&place, "quickstart", &[env!("CARGO_BIN_EXE_connect-pssession")]);
    assert_eq!(seen.status, 0, "{}", seen.stderr);
    for line in [
        "There is no pwsh in the PATH: canned commands stand in for PowerShell.",
        "  1 ITTask          localhost       Opened        ITTasks                  Available",
        "Mailbox 3 of Contoso",
        "All mailboxes of Contoso are checked",
        "  1 ITTask          localhost       Disconnected  ITTasks                       None",
    ] {
        assert!(seen.stdout.lines().any(|seen| seen == line), "{line}: {}", seen.stdout);
    }
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
