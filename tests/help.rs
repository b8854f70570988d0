//! The program's help, and the names it is called by.

use crate::support::{Home, Seen, error};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn run(args: &[&str]) -> Seen {
    Seen::of(&mut Home::new().program(args))
}

/// Whether a program is on this machine; says so where it is not.
pub fn is_here(program: &str) -> bool {
    let mut which = Command::new("sh");
    which.args(["-c", &format!("command -v {program}")]).stdout(Stdio::null());
    let is_here = which.status().is_ok_and(|status| status.success());
    if !is_here {
        println!("{program} is not on this machine: what it would show is left out");
    }
    is_here
}

/// The cmdlets that the long help names.
fn cmdlets() -> Vec<String> {
    let help = run(&["--help"]).stdout;
    let (_, section) = help.split_once("\nCMDLETS OF THIS PROGRAM\n").unwrap();
    let (section, _) = section.split_once("\nEXAMPLES\n").unwrap();
    let (_, pairs) = section.split_once("\n\n").unwrap();
    let names = pairs.lines().filter_map(|line| line.trim_end().strip_prefix("    "));
    names
        .filter(|line| !line.starts_with(' '))
        .map(|line| line.split(' ').next().unwrap().to_owned())
        .collect()
}

#[test]
fn help_of_every_cmdlet_ends_well_and_says_its_name() {
    let cmdlets = cmdlets();
    assert!(cmdlets.iter().any(|name| name == "connect-pssession"), "{cmdlets:?}");
    for name in cmdlets {
        for help in ["-?", "--help"] {
            let seen = run(&["--as", &name, help]);
            let heading = seen.stdout.lines().nth(1).unwrap().to_lowercase();
            assert!(heading.contains(&format!("({name}")), "{heading}");
            assert_eq!((seen.stderr.as_str(), seen.status), ("", 0));
        }
    }
}

#[test]
fn the_manual_page_has_nothing_that_groff_or_mandoc_complains_of() {
    for name in cmdlets() {
        let home = Home::new();
        let seen = Seen::of(&mut home.program(&["--as", &name, "--man"]));
        assert_eq!((seen.stderr.as_str(), seen.status), ("", 0));
        let page = home.write("page.1", &seen.stdout);
        if is_here("groff") {
            Seen::of(Command::new("groff").args(["-man", "-Tutf8", "-ww", "-z", &page])).is("", "", 0);
        }
        if is_here("mandoc") {
            let seen = Seen::of(Command::new("mandoc").args(["-Tlint", "-Wwarning", &page]));
            // A page that is printed by the program it is about has no date of its own.
            let complaints: Vec<_> =
                seen.stdout.lines().filter(|line| !line.contains("missing date")).collect();
            assert_eq!(complaints, [""; 0]);
        }
    }
}

/// The program by the name of a file.
fn by_name(program: &Path, args: &[&str]) -> Seen {
    Seen::of(Command::new(program).args(args).env_clear().stdin(Stdio::null()))
}

/// A program of the test's own that can be linked to.
fn installed(home: &Home) -> PathBuf {
    let program = home.path().join("connect-pssession");
    std::fs::hard_link(env!("CARGO_BIN_EXE_connect-pssession"), &program)
        .or_else(|_| std::fs::copy(env!("CARGO_BIN_EXE_connect-pssession"), &program).map(drop))
        .unwrap();
    program
}

#[cfg(unix)]
#[test]
fn the_name_it_is_called_by_may_have_any_letter_case_and_an_extension() {
    let home = Home::new();
    for name in ["Connect-PSSession", "CONNECT-PSSESSION.EXE", "connect-pssession.exe"] {
        let link = home.path().join(name);
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_connect-pssession"), &link).unwrap();
        by_name(&link, &["--version"]).is(
            concat!("connect-pssession ", env!("CARGO_PKG_VERSION"), "\n"),
            "",
            0,
        );
    }
    let link = home.path().join("other-pssession");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_connect-pssession"), &link).unwrap();
    let seen = by_name(&link, &["--version"]);
    assert!(seen.stderr.contains("The term 'other-pssession' is not recognized"), "{seen:?}");
    assert_eq!(seen.status, 2);
}

#[cfg(unix)]
#[test]
fn links_are_made_once_and_found_the_second_time() {
    let home = Home::new();
    let program = installed(&home);
    let elsewhere = home.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    for (directory, args) in [
        (home.path(), &["--install-links"] as &[_]),
        (&elsewhere, &["--install-links", elsewhere.to_str().unwrap()]),
    ] {
        let names: Vec<_> = cmdlets()
            .into_iter()
            .filter(|name| directory == elsewhere || name != "connect-pssession")
            .collect();
        for made in ["was created", "already exists"] {
            let expected: String =
                names.iter().map(|name| format!("{} {made}\n", directory.join(name).display())).collect();
            by_name(&program, args).is(&expected, "", 0);
        }
        for name in names {
            let seen = by_name(&directory.join(&name), &["-?"]);
            assert!(seen.stdout.lines().nth(1).unwrap().to_lowercase().contains(&format!("({name}")));
        }
    }
    // Beside the program, a link does not name the directory, so that both can move together.
    for entry in std::fs::read_dir(home.path()).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_symlink() {
            assert_eq!(std::fs::read_link(entry.path()).unwrap(), Path::new("connect-pssession"));
        }
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_is_not_ours_is_not_replaced_by_a_link() {
    let home = Home::new();
    let program = installed(&home);
    let elsewhere = home.path().join("bin");
    std::fs::create_dir(&elsewhere).unwrap();
    let name = cmdlets().last().unwrap().clone();
    let foreign = elsewhere.join(&name);
    let args = ["--install-links", elsewhere.to_str().unwrap()];
    let expected = error(
        &format!("{} already exists and is not this program.", foreign.display()),
        "InvalidArgument: (:), ArgumentException",
        "LinksUnavailable",
        Some("move it away, or name another directory: --install-links DIR"),
    );
    std::fs::write(&foreign, "mine").unwrap();
    by_name(&program, &args).is("", &expected, 1);
    assert_eq!(std::fs::read_to_string(&foreign).unwrap(), "mine");
    assert_eq!(std::fs::read_dir(&elsewhere).unwrap().count(), 1, "a link was made");
    // A dangling link is not replaced either.
    std::fs::remove_file(&foreign).unwrap();
    std::os::unix::fs::symlink("/nowhere", &foreign).unwrap();
    by_name(&program, &args).is("", &expected, 1);

    let missing = home.path().join("missing");
    let seen = by_name(&program, &["--install-links", missing.to_str().unwrap()]);
    let first = missing.join(cmdlets().first().unwrap());
    let expected = error(
        &format!("{} cannot be created: No such file or directory (os error 2).", first.display()),
        "InvalidArgument: (:), ArgumentException",
        "LinksUnavailable",
        Some("name a directory that you can write to: --install-links DIR"),
    );
    seen.is("", &expected, 1);
}
