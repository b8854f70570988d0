//! The scripts in `examples/`, as a person runs them.

use crate::support::{Place, table};
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
