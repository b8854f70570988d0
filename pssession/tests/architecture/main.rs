//! What holds between the rooms of the two crates and between their files, kept by a machine.

// clippy.toml exempts tests, but not what helps them.
#![allow(clippy::unwrap_used)]

mod circles;
mod signatures;
mod sources;
mod tests;

use circles::{circles, describe};
use sources::Sources;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

/// A room and the rooms it may know: those whose items it uses, through whatever re-export.
const ROOMS: &[(&str, &[&str])] = &[
    ("derive", &[]),
    ("excerpt", &[]),
    ("secret", &[]),
    ("session_option", &[]),
    ("access", &["session_option"]),
    ("record", &["access", "duration", "excerpt", "session_option"]),
    ("duration", &[]),
    ("xpress", &[]),
    ("psrp", &["duration", "error", "excerpt", "record", "secret"]),
    ("wsman", &["duration", "excerpt", "record"]),
    ("auth", &["access", "excerpt", "secret"]),
    ("store", &["access", "record", "session_option"]),
    ("gssapi", &["auth", "excerpt", "secret"]),
    ("transport", &["access", "auth", "excerpt", "gssapi", "secret", "session_option"]),
    ("session", &["psrp", "record", "wsman", "xpress"]),
    ("pipeline", &["psrp"]),
    ("transcript", &["psrp"]),
    (
        "engine",
        &[
            "pipeline",
            "psrp",
            "record",
            "secret",
            "session",
            "session_option",
            "store",
            "transcript",
            "transport",
            "wsman",
            "xpress",
        ],
    ),
    ("error", &["access", "record"]),
    ("event", &["access", "error", "pipeline", "record", "secret"]),
    (
        "cmdlet",
        &[
            "access",
            "auth",
            "duration",
            "engine",
            "error",
            "event",
            "excerpt",
            "pipeline",
            "psrp",
            "secret",
            "record",
            "session",
            "session_option",
            "store",
            "transport",
            "wsman",
        ],
    ),
    (
        "client",
        &[
            "access",
            "auth",
            "cmdlet",
            "engine",
            "error",
            "pipeline",
            "psrp",
            "record",
            "secret",
            "session",
            "session_option",
            "store",
            "transport",
            "wsman",
        ],
    ),
    (
        "render",
        &[
            "duration",
            "cmdlet",
            "error",
            "event",
            "pipeline",
            "psrp",
            "record",
            "session_option",
            "transcript",
        ],
    ),
    (
        "cli",
        &[
            "access",
            "auth",
            "cmdlet",
            "error",
            "event",
            "pipeline",
            "render",
            "secret",
            "record",
            "session_option",
            "transport",
        ],
    ),
    ("certificate", &["access", "cli", "cmdlet", "error", "render", "secret", "store", "transport"]),
    ("config", &["cli", "store"]),
    ("password", &["cli", "cmdlet", "error", "render", "secret", "store"]),
    ("host", &["pipeline", "psrp", "render", "secret"]),
    ("links", &["error"]),
    (
        "program",
        &[
            "pipeline",
            "certificate",
            "cli",
            "cmdlet",
            "config",
            "engine",
            "error",
            "event",
            "host",
            "links",
            "password",
            "psrp",
            "record",
            "render",
            "store",
        ],
    ),
];

/// The front of the library and the start of the program, which know all.
const ROOTS: &[&str] = &["lib", "main"];

/// Rooms that know no socket, file, clock, thread, process, environment or runtime.
const WITHOUT_IO: &[&str] = &["psrp", "wsman", "auth", "session", "xpress"];
const IO: &[&str] = &[
    "std::net",
    "std::fs",
    "std::io",
    "std::env",
    "std::thread",
    "std::process",
    "std::time::Instant::now",
    "std::time::SystemTime",
    "tokio",
    "reqwest",
    "hyper",
    "rusqlite",
    "getrandom",
    "ring::rand",
];

/// Only `render` writes for people, and only `main` ends the process, by returning.
const PRINTING: &[&str] = &["println!", "print!(", "eprint", "io::stdout", "io::stderr", "dbg!"];
const EXITING: &[&str] = &["process::exit", "process::abort"];

/// What a library has no use for: the command line, the configuration file, manual pages, terminals.
const FOR_PROGRAMS: &[&str] =
    &["clap", "toml", "roff", "terminal", "termios", "tty", "signal-hook", "unicode-width", "rustyline"];

/// Circles that are still there. Each may shrink, and then the list with it.
const CIRCLES: &[&[&str]] = &[];

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The sources of both crates.
static SOURCES: LazyLock<Sources> = LazyLock::new(|| {
    let crates = [("pssession", "pssession/src", "lib.rs"), ("connect_pssession", "src", "main.rs")];
    let sources = Sources::read(Path::new(ROOT), &crates);
    assert!(sources.texts.len() > 50, "the sources are not found");
    sources
});

/// The room that a file belongs to.
fn room(file: &str) -> &str {
    let inner = file.trim_start_matches("pssession/").trim_start_matches("src/");
    inner.split('/').next().unwrap_or_default().trim_end_matches(".rs")
}

/// The code of each line of all files and where it is, comments and tests left out.
fn lines() -> impl Iterator<Item = (&'static str, String, &'static str)> {
    SOURCES.texts.iter().flat_map(|(file, text)| {
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let code = |line: &'static str| line.split("//").next().unwrap_or_default();
        text.lines()
            .enumerate()
            .map(move |(index, line)| (file.as_str(), format!("{file}:{}", index + 1), code(line)))
    })
}

fn assert_without(forbidden: &[&str], concerned: impl Fn(&str) -> bool) {
    for (_, place, code) in lines().filter(|(file, _, _)| concerned(room(file))) {
        let found = forbidden.iter().find(|forbidden| code.contains(*forbidden));
        assert_eq!(found, None, "{place}");
    }
}

/// Where a text names an option of a command line: two dashes and a letter, or one and a capital.
fn option_in(code: &str) -> Option<&str> {
    let dashes = code.match_indices('-').map(|(at, _)| at);
    dashes.filter(|at| code[..*at].ends_with([' ', '"', '(', '\''])).find_map(|at| {
        let option = &code[at..];
        let is_long =
            option.strip_prefix("--").is_some_and(|name| name.starts_with(|c: char| c.is_ascii_lowercase()));
        let mut name = option[1..].chars();
        let is_parameter = name.next().is_some_and(|c| c.is_ascii_uppercase())
            && name.next().is_some_and(|c| c.is_ascii_lowercase());
        (is_long || is_parameter).then_some(option)
    })
}

#[test]
fn files_do_not_need_each_other() {
    let arrows = SOURCES.arrows();
    for circle in circles(&arrows) {
        let known = CIRCLES.iter().any(|known| circle.iter().all(|file| known.contains(&file.as_str())));
        assert!(known, "these files use each other in a circle:\n{}", describe(&circle, &arrows));
    }
}

#[test]
fn rooms_know_only_the_rooms_below_them() {
    for arrow in SOURCES.arrows() {
        let (from, to) = (room(&arrow.from), room(&arrow.to));
        if from != to && !ROOTS.contains(&from) {
            let (_, allowed) =
                ROOMS.iter().find(|(name, _)| *name == from).unwrap_or_else(|| panic!("room {from}"));
            assert!(allowed.contains(&to), "{}: {from} must not know {to} ({})", arrow.from, arrow.item);
        }
    }
}

#[test]
fn protocols_logins_and_sessions_do_no_io_and_know_no_clock() {
    for used in SOURCES.foreign().iter().filter(|used| WITHOUT_IO.contains(&room(&used.from))) {
        let is_below = |io: &str| used.path == io || used.path.starts_with(&format!("{io}::"));
        assert!(!IO.iter().any(|io| is_below(io)), "{}: {}", used.from, used.path);
    }
}

#[test]
fn only_the_room_with_foreign_code_is_unsafe() {
    assert_without(&["unsafe "], |room| room != "gssapi");
}

#[test]
fn only_render_prints_and_no_room_exits() {
    assert_without(PRINTING, |room| room != "render");
    assert_without(EXITING, |_| true);
}

/// The files that turn errors into text: this project's own, or the system's (transport only where the system has one).
const SHOW_ERRORS: &[&str] = &[
    "pssession/src/client/session.rs",
    "pssession/src/cmdlet/error_context.rs",
    "pssession/src/cmdlet/failure.rs",
    "pssession/src/engine/failure.rs",
    "pssession/src/store.rs",
    "pssession/src/transport/error.rs",
    "pssession/src/transport/tls.rs",
    "src/certificate.rs",
    "src/cli/input.rs",
    "src/cli/input/objects.rs",
    "src/cli/invoke.rs",
    "src/cli/option.rs",
    "src/config.rs",
];

/// Errors of libraries speak of types, variants and offsets. What they mean is said in a sentence of this project's, or in
/// the system's words.
#[test]
fn no_message_has_the_words_of_another_library_or_of_debug() {
    const JSON: &str = "src/render/objects/json.rs";
    for (file, place, code) in lines() {
        // `-Debug` shows what was asked for, and Rust's Debug of a real is the shortest one that reads back.
        assert!(!code.contains(":?}") || ["src/render/trace.rs", JSON].contains(&file), "{place}: {code}");
        assert!(!code.contains("error.to_string()") || SHOW_ERRORS.contains(&file), "{place}: {code}");
    }
}

#[test]
fn the_library_brings_nothing_that_only_a_program_needs() {
    let manifest = fs::read_to_string(format!("{ROOT}/pssession/Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    let dependencies = manifest["dependencies"].as_table().unwrap();
    assert!(dependencies.len() > 10, "the dependencies are not found");
    let targets =
        manifest.get("target").and_then(toml::Value::as_table).into_iter().flat_map(|all| all.values());
    let of_platforms = targets.filter_map(|target| target.get("dependencies")?.as_table());
    for name in of_platforms.chain([dependencies]).flat_map(toml::Table::keys) {
        let forbidden = FOR_PROGRAMS.iter().find(|forbidden| name.contains(*forbidden));
        assert_eq!(forbidden, None, "the library depends on {name}");
    }
}

#[test]
fn only_the_program_names_options_of_its_command_line() {
    // A text of PowerShell's own.
    const POWERSHELL: &str = "by using the -Credential parameter";
    assert_eq!(option_in("\"give -Port\""), Some("-Port\""));
    for (_, place, code) in lines().filter(|(file, _, _)| file.starts_with("pssession/")) {
        assert!(code.contains(POWERSHELL) || option_in(code).is_none(), "{place}: {code}");
    }
}

/// The errors that people meet, and their names where `docs/errors.md` is made.
const ERRORS: &[(&str, &str, &str)] = &[
    ("auth/error", "Error", "A"),
    ("auth/kerberos/fault", "KerberosFault", "K"),
    ("engine/endless", "Endless", "Endless"),
    ("engine/redirect", "Refusal", "R"),
    ("store/error", "StoreError", "S"),
    ("transport/endpoint", "BadRedirection", "B"),
    ("transport/error", "Error", "E"),
    ("transport/error", "ProxyFault", "P"),
    ("transport/tls_fault", "TlsFault", "T"),
    ("wsman/error", "Malformed", "M"),
];

#[test]
fn the_page_of_errors_has_all_of_them() {
    let page = fs::read_to_string(format!("{ROOT}/pssession/src/tests/errors.rs")).unwrap();
    for (file, name, alias) in ERRORS {
        let file = syn::parse_file(&SOURCES.texts[&format!("pssession/src/{file}.rs")]).unwrap();
        let is_meant = |item| match item {
            syn::Item::Enum(item) if item.ident == name => Some(item),
            _ => None,
        };
        for variant in file.items.into_iter().find_map(is_meant).unwrap().variants {
            let shown = format!("{alias}::{}", variant.ident);
            let ends = |at: usize| !page[at + shown.len()..].starts_with(char::is_alphanumeric);
            assert!(page.match_indices(&shown).any(|(at, _)| ends(at)), "{shown}");
        }
    }
}
