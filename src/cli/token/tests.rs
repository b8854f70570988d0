use super::*;
use crate::cli::connect::TABLE;

fn os(words: &[&str]) -> Vec<OsString> {
    words.iter().map(OsString::from).collect()
}

/// The canonical words, as one line.
#[track_caller]
fn canonical_line(words: &[&str]) -> String {
    match tokens(&TABLE, &os(words)) {
        Ok(Tokens::Canonical(Canonical { options, named, unbound, ambiguous: None })) => {
            let options = options.into_iter().map(|word| word.into_string().unwrap());
            let named = named.into_iter().map(|one| format!("--{}={}", one.parameter.name, one.text));
            let unbound = unbound.into_iter().map(|one| match one {
                Unbound::Word(word) => word,
                Unbound::Parameter(name) => format!("unknown {name}"),
            });
            let all = options.chain(named).chain(std::iter::once("--".to_owned())).chain(unbound);
            all.collect::<Vec<_>>().join(" ")
        }
        other => panic!("{words:?} gave {other:?}"),
    }
}

#[track_caller]
fn check(words: &[&str], expected: &str) {
    assert_eq!(canonical_line(words), expected, "{words:?}");
}

#[track_caller]
fn error(words: &[&str]) -> BindError {
    tokens(&TABLE, &os(words)).unwrap_err()
}

#[test]
fn dashes_and_letter_case() {
    for dash in ["-", "\u{2013}", "\u{2014}", "\u{2015}"] {
        check(&[&format!("{dash}cOMPUTERnAME"), "Server01"], "--ComputerName=Server01 --");
    }
}

#[test]
fn prefixes_and_aliases() {
    for (typed, name) in [
        ("N", "Name"),
        ("Com", "ComputerName"),
        ("Cn", "ComputerName"),
        ("CU", "ConnectionUri"),
        ("URI", "ConnectionUri"),
        ("Conf", "ConfigurationName"),
        ("Ins", "InstanceId"),
        ("In", "InstanceId"),
        ("P", "Port"),
        ("Cr", "Credential"),
        ("Ce", "CertificateThumbprint"),
        ("T", "ThrottleLimit"),
        ("Au", "Authentication"),
        ("Ap", "ApplicationName"),
        ("SessionO", "SessionOption"),
        ("Session", "Session"),
        ("Id", "Id"),
        ("ea", "ErrorAction"),
        ("pv", "PipelineVariable"),
    ] {
        check(&[&format!("-{typed}"), "x"], &format!("--{name}=x --"));
    }
    for (typed, name) in [
        ("Al", "AllowRedirection"),
        ("Us", "UseSSL"),
        ("D", "Debug"),
        ("V", "Verbose"),
        ("Wh", "WhatIf"),
        ("cf", "Confirm"),
    ] {
        check(&[&format!("-{typed}")], &format!("--{name}=true --"));
    }
}

#[test]
fn ambiguous_prefixes_list_every_candidate() {
    for (typed, candidates) in [
        ("Con", &["ConfigurationName", "ConnectionUri", "Confirm"] as &[_]),
        ("S", &["SessionOption", "Session"]),
        ("U", &["ConnectionUri", "UseSSL"]),
        ("I", &["InstanceId", "Id", "InformationAction", "InformationVariable"]),
        ("A", &["ApplicationName", "AllowRedirection", "Authentication"]),
        ("W", &["WhatIf", "WarningAction", "WarningVariable"]),
        ("E", &["ErrorAction", "ErrorVariable"]),
        ("O", &["OutVariable", "OutBuffer"]),
    ] {
        match error(&[&format!("-{typed}"), "x"]) {
            BindError::AmbiguousParameter { name, candidates: found } => {
                assert_eq!(name, typed);
                let sorted = |names: &[&'static str]| {
                    let mut names = names.to_vec();
                    names.sort_unstable();
                    names
                };
                assert_eq!(sorted(&found), sorted(candidates), "-{typed}");
            }
            other => panic!("-{typed} gave {other:?}"),
        }
    }
    assert!(
        matches!(error(&["-C"]), BindError::AmbiguousParameter { candidates, .. } if candidates.len() == 6)
    );
}

#[test]
fn attached_values() {
    check(&["-Name:ITTask"], "--Name=ITTask --");
    check(&["-Name:", "ITTask"], "--Name=ITTask --");
    check(&["-Name:-weird"], "--Name=-weird --");
    check(&["-Name:my task"], "--Name=my task --");
    check(&["-URI:http://s:5985"], "--ConnectionUri=http://s:5985 --");
    check(&["-Name", ""], "--Name= --");
    assert_eq!(
        error(&["-Name:", "-Port", "1"]),
        BindError::MissingArgument { name: "Name", type_name: "System.String[]" }
    );
}

#[test]
fn switches_never_take_the_next_word() {
    check(&["-UseSSL", "Server01"], "--UseSSL=true -- Server01");
    check(&["-UseSSL", "false"], "--UseSSL=true -- false");
    check(&["-UseSSL:$false"], "--UseSSL=$false --");
    check(&["-UseSSL:0"], "--UseSSL=0 --");
    check(&["-UseSSL:", "$false", "x"], "--UseSSL=$false -- x");
}

/// `-UseSSL:$false` without quotes in a shell, after which the intended value is unknown.
#[test]
fn a_switch_whose_value_the_shell_swallowed_is_refused() {
    let missing = BindError::MissingArgument {
        name: "UseSSL",
        type_name: "System.Management.Automation.SwitchParameter",
    };
    assert_eq!(error(&["-UseSSL:"]), missing);
    assert_eq!(error(&["-UseSSL:", "Server01"]), missing);
}

#[test]
fn arrays_go_on_over_words() {
    for words in [
        &["-Name", "a,b"] as &[_],
        &["-Name", "a,", "b"],
        &["-Name", "a", ",b"],
        &["-Name", "a", ",", "b"],
        &["-Name:a,", "b"],
        &["-Name:a", ",b"],
    ] {
        check(words, "--Name=a,b --");
    }
    check(&["a,", "b", "c"], "-- a,b c");
    check(&["-Name", "a,", "-UseSSL"], "--Name=a, --UseSSL=true --");
}

#[test]
fn numbers_and_a_lone_dash_are_no_parameters() {
    check(&["-5"], "-- -5");
    check(&["-.5"], "-- -.5");
    check(&["-Id", "-5"], "--Id=-5 --");
    check(&["-Id", "-"], "--Id=- --");
    check(&["-", "--5", "---"], "-- - --5 ---");
}

#[test]
fn white_space_tells_a_quoted_word() {
    check(&["-Name", "-my session"], "--Name=-my session --");
    check(&["-not a parameter:x"], "-- -not a parameter:x");
}

#[test]
fn other_characters_end_a_parameter_as_well() {
    check(&["-Name.x"], "--Name=.x --");
    check(&["-UseSSL;x"], "--UseSSL=true -- ;x");
    // A backslash does not (PowerShell 7.6).
    check(&["-Name\\x"], "-- unknown Name\\x");
}

#[test]
fn two_dashes_end_the_parameters() {
    check(&["--", "-Name", "x", "--output"], "-- -Name x --output");
    check(&["-Name", "--", "-weird"], "--Name=-weird --");
    check(&["--", "a", "--", "b"], "-- a -- b");
}

#[test]
fn what_looks_like_a_parameter_and_is_none_is_a_value() {
    check(&["-Name", "-foo"], "--Name=-foo --");
    check(&["-Name", "-foo", "-bar", "x"], "--Name=-foo -- unknown bar x");
    let missing = BindError::MissingArgument { name: "Name", type_name: "System.String[]" };
    assert_eq!(error(&["-Name", "-Port", "1"]), missing);
    assert_eq!(error(&["-Name", "-foo:x"]), missing);
    assert_eq!(error(&["-Name", "--output", "json"]), missing);
    assert_eq!(error(&["-Name"]), missing);
    assert!(matches!(error(&["-Name", "-Con"]), BindError::AmbiguousParameter { .. }));
}

#[test]
fn an_unknown_parameter_takes_nothing() {
    check(&["-Foo", "Server01"], "-- unknown Foo Server01");
    check(&["-Foo:x", "-Bar"], "-- unknown Foo unknown Bar");
}

#[test]
fn own_options_pass() {
    check(&["--output", "json"], "--output json --");
    check(&["--OUTPUT=json"], "--output=json --");
    check(&["--wide", "Server01"], "--wide -- Server01");
    check(&["--output"], "--output --");
    check(&["--store", "-Name", "x"], "--store --Name=x --");
    check(&["--password-file", "-"], "--password-file - --");
    check(&["--unknown", "x"], "--unknown -- x");
}

#[test]
fn help_and_version_win() {
    use Detail::{Long, Short};
    for (words, expected) in [
        (&["-?"] as &[_], Tokens::Help(Short)),
        (&["Server01", "-Con", "x", "-?"], Tokens::Help(Short)),
        (&["\u{2014}?"], Tokens::Help(Short)),
        (&["-h"], Tokens::Help(Short)),
        (&["-Name", "--help"], Tokens::Help(Long)),
        (&["--Help"], Tokens::Help(Long)),
        (&["--version", "-Name"], Tokens::Version),
    ] {
        assert_eq!(tokens(&TABLE, &os(words)), Ok(expected), "{words:?}");
    }
    check(&["--", "-?", "--help"], "-- -? --help");
}

#[cfg(unix)]
#[test]
fn only_paths_may_be_no_unicode() {
    use std::os::unix::ffi::OsStringExt;
    let bytes = OsString::from_vec(b"a\xff".to_vec());
    assert_eq!(
        tokens(&TABLE, std::slice::from_ref(&bytes)),
        Err(BindError::NotUnicode { word: "a\u{fffd}".into() })
    );
    assert!(matches!(tokens(&TABLE, &["--store".into(), bytes]), Ok(Tokens::Canonical(_))));
}
