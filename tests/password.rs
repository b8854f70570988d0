//! Where a password comes from, and what is not taken for one.

use crate::support::{Login, Place, Seen, error};

#[test]
fn the_password_comes_from_a_command_a_file_or_the_environment() {
    let place = Place::new();
    let file = place.home.write("password", "Password1!\nsecond line\n");
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    for (args, variables) in [
        (vec!["--password-command", "echo Password1!"], vec![("PSSESSION_PASSWORD", "wrong")]),
        (vec!["--password-file", &file], vec![("PSSESSION_PASSWORD_COMMAND", "echo wrong")]),
        (vec![], vec![("PSSESSION_PASSWORD_COMMAND", "echo Password1!"), ("PSSESSION_PASSWORD", "wrong")]),
        (vec![], vec![("PSSESSION_PASSWORD", "Password1!")]),
    ] {
        let mut command = place.command(Login::Ntlm, &args);
        command.env("PATH", std::env::var_os("PATH").unwrap()).envs(variables.clone());
        Seen::of(&mut command).is("", "WARNING: localhost has no sessions to connect to.\n", 0);
    }
}

#[test]
fn a_password_file_that_others_can_read_is_refused() {
    let place = Place::new();
    let file = place.home.write("password", "Password1!\n");
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o640)).unwrap();
    let seen = place.run(&["--password-file", &file]);
    let expected = error(
        &format!("The credential is incomplete: the password file {file} can be read by others."),
        "InvalidArgument: (:), ArgumentException",
        "PasswordUnavailable",
        Some(&format!("chmod 600 {file}")),
    );
    seen.is("", &expected, 2);
}

const BY_ITSELF: &str = "run the command by itself: the first line that it prints is taken for the password";

/// Nothing was sent, for this reason.
#[track_caller]
fn has_no_password(place: &Place, seen: &Seen, reason: &str, hint: &str) {
    let expected = error(
        &format!("The credential is incomplete: {reason}."),
        "InvalidArgument: (:), ArgumentException",
        "PasswordUnavailable",
        Some(hint),
    );
    seen.is("", &expected, 2);
    assert_eq!(place.listener.counters().connections, 0);
}

#[test]
fn a_text_that_cannot_be_the_password_is_not_sent() {
    let place = Place::new();
    let long = "x".repeat(64 * 1024 + 1);
    for (text, flaw) in [
        ("", "is empty"),
        ("\nPassword1!\n", "is empty"),
        ("P\0a\0s\0\r\0\n\0", "contains a NUL character; if it is UTF-16, save it as UTF-8"),
        (&long, "is longer than 64 KiB"),
    ] {
        let file = place.home.write("password", text);
        std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        let reason = format!("the first line of the password file {file} {flaw}");
        let hint = format!("write the password in UTF-8 as the first line of {file}");
        has_no_password(&place, &place.run(&["--password-file", &file]), &reason, &hint);
        let mut command = place.command(Login::Ntlm, &["--password-command", &format!("cat {file}")]);
        let seen = Seen::of(command.env("PATH", std::env::var_os("PATH").unwrap()));
        let reason = format!("the first line that the password command printed {flaw}");
        has_no_password(&place, &seen, &reason, BY_ITSELF);
    }
    let seen = place.run(&["--password-command", "exit 3"]);
    has_no_password(&place, &seen, "the password command failed (exit status: 3)", BY_ITSELF);
}

#[test]
fn a_password_may_come_from_a_file_of_windows() {
    let place = Place::new();
    let file = place.home.write("password", "\u{FEFF}Password1!\r\n");
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let none = "WARNING: localhost has no sessions to connect to.\n";
    place.run(&["--password-file", &file]).is("", none, 0);
    Seen::of(place.command(Login::Ntlm, &[]).env("PSSESSION_PASSWORD", "\u{FEFF}Password1!\r"))
        .is("", none, 0);
}

#[test]
fn what_is_not_a_file_is_not_read_as_a_password() {
    let place = Place::new();
    let path = |name: &str| place.home.path().join(name).to_str().unwrap().to_owned();
    std::fs::create_dir(path("directory")).unwrap();
    assert!(
        std::process::Command::new("mkfifo").args(["-m", "600", &path("fifo")]).status().unwrap().success()
    );
    for (name, reason) in [("directory", "it is a directory"), ("fifo", "it is not a regular file")] {
        let file = path(name);
        let reason = format!("the password file {file} cannot be read: {reason}");
        let hint = format!("ls -l {file} shows who may read it");
        has_no_password(&place, &place.run(&["--password-file", &file]), &reason, &hint);
    }
    // A link to one is, as a container's secrets are; so is what a shell has opened.
    let file = place.home.write("secret", "Password1!\n");
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    std::os::unix::fs::symlink(&file, path("link")).unwrap();
    let none = "WARNING: localhost has no sessions to connect to.\n";
    place.run(&["--password-file", &path("link")]).is("", none, 0);
    let mut command = place.command(Login::Ntlm, &["--password-file", "/dev/stdin"]);
    Seen::of(command.stdin(std::fs::File::open(file).unwrap())).is("", none, 0);
}
