//! The arrows between the rooms, and what each room may not touch: promises of `lib.rs`, kept by a machine.

use std::fs;
use std::path::{Path, PathBuf};

/// A room and the rooms it may know.
const ROOMS: &[(&str, &[&str])] = &[
    ("secret", &[]),
    ("session_option", &[]),
    ("access", &[]),
    ("record", &["access", "session_option"]),
    ("psrp", &["record"]),
    ("wsman", &["record"]),
    ("auth", &["access", "secret"]),
    ("store", &["access", "record", "session_option"]),
    ("gssapi", &["auth", "secret"]),
    ("transport", &["access", "auth", "gssapi", "secret"]),
    ("engine", &["psrp", "record", "store", "transport", "wsman"]),
    ("error", &["cmdlet"]),
    (
        "cmdlet",
        &[
            "access",
            "auth",
            "engine",
            "error",
            "psrp",
            "secret",
            "record",
            "session_option",
            "store",
            "transport",
            "wsman",
        ],
    ),
    ("render", &["cmdlet", "error", "record", "session_option"]),
    (
        "cli",
        &["access", "auth", "cmdlet", "error", "render", "secret", "record", "session_option", "transport"],
    ),
    ("certificate", &["access", "cli", "cmdlet", "error", "render", "secret", "transport"]),
    ("config", &["cli"]),
    ("password", &["cli", "cmdlet", "render", "secret"]),
    ("links", &[]),
    (
        "program",
        &[
            "certificate",
            "cli",
            "cmdlet",
            "config",
            "engine",
            "error",
            "links",
            "password",
            "render",
            "store",
        ],
    ),
];

/// Rooms that know no socket, file, clock, thread, process, environment or runtime.
const WITHOUT_IO: &[&str] = &["psrp", "wsman", "auth"];
const IO: &[&str] = &[
    "std::net",
    "std::fs",
    "std::io",
    "std::env",
    "std::thread",
    "std::process",
    "Instant",
    "SystemTime",
    "tokio",
    "reqwest",
    "hyper",
    "rusqlite",
    "getrandom",
    "ring::rand",
];

/// Only `render` writes for people, and only `main` ends the process, by returning.
const PRINTING: &[&str] = &["println!", "print!(", "eprint", "io::stdout", "io::stderr", "dbg!"];

/// Every source file with its room and its text, tests left out.
fn sources() -> Vec<(String, PathBuf, String)> {
    let mut sources = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let roots = [root.join("src"), root.join("pssession/src")];
    let mut folders = roots.to_vec();
    while let Some(folder) = folders.pop() {
        let root = roots.iter().find(|root| folder.starts_with(root)).unwrap();
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if !matches!(stem.as_str(), "tests" | "testing" | "test_support") {
                let room = path.strip_prefix(root).unwrap().iter().next().unwrap().to_string_lossy();
                let text = fs::read_to_string(&path).unwrap();
                let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap().to_owned();
                sources.push((room.trim_end_matches(".rs").to_owned(), path, text));
            }
        }
    }
    assert!(sources.len() > 50, "the sources are not found");
    sources
}

/// The code of each line, comments left out.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(index, line)| (index + 1, line.split("//").next().unwrap_or_default()))
}

#[test]
fn rooms_know_only_the_rooms_below_them() {
    for (room, path, text) in sources() {
        if matches!(room.as_str(), "lib" | "main") {
            continue;
        }
        let (_, allowed) =
            ROOMS.iter().find(|(name, _)| *name == room).unwrap_or_else(|| panic!("room {room}"));
        for (line, code) in code(&text) {
            let code = code.replace("pssession::", "crate::");
            for used in code.split("crate::").skip(1) {
                let used: String = used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                assert!(
                    used.is_empty() || used == room || allowed.contains(&used.as_str()),
                    "{}:{line}: {room} must not know {used}",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn protocol_and_login_do_no_io_and_know_no_clock() {
    for (room, path, text) in sources() {
        for (line, code) in code(&text).filter(|_| WITHOUT_IO.contains(&room.as_str())) {
            for forbidden in IO {
                assert!(!code.contains(forbidden), "{}:{line}: {forbidden} in {room}", path.display());
            }
        }
    }
}

#[test]
fn only_the_room_with_foreign_code_is_unsafe() {
    for (room, path, text) in sources() {
        for (line, code) in code(&text).filter(|_| room != "gssapi") {
            assert!(!code.contains("unsafe "), "{}:{line}: unsafe in {room}", path.display());
        }
    }
}

#[test]
fn only_render_prints_and_nobody_exits() {
    for (room, path, text) in sources() {
        for (line, code) in code(&text) {
            assert!(!code.contains("process::exit"), "{}:{line}: exits", path.display());
            for printing in PRINTING.iter().filter(|_| room != "render") {
                // The program asks what its own input and output are, which writes nothing.
                let asks = code.contains("is_terminal()");
                assert!(asks || !code.contains(printing), "{}:{line}: {printing}", path.display());
            }
        }
    }
}
