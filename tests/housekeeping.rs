//! New sessions as -SessionOption says, and the tidying up of sessions: what runs, what expires, what uses up a limit,
//! and what is old enough to go.

use crate::support::{Login, Place, Seen, error_of, instance, not_available};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use pssession_listener::{Effect, Injection, SessionSpec, SessionState, Target, Verb};
use std::time::Duration;

/// Runs a cmdlet against the listener over HTTP.
fn to(place: &Place, cmdlet: &str, args: &[&str]) -> Seen {
    let mut all = place.to(Login::Ntlm);
    all.extend(args.iter().map(|arg| (*arg).to_owned()));
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    place.run_as(cmdlet, &all)
}

/// The first request whose action ends so.
fn request(place: &Place, action: &str) -> String {
    let requests = place.listener.requests();
    requests.into_iter().find(|request| request.summary.action.ends_with(action)).unwrap().soap
}

#[test]
fn a_new_session_is_as_its_options_say() {
    let place = Place::new();
    let option = "@{NoMachineProfile=$true; Culture='de-AT'; UICulture='fr-FR'; IdleTimeout=90000; \
                  OutputBufferingMode='Drop'; ApplicationArguments=@{Team='Ops'; Level=3; Dry=$true}}";
    let seen = to(&place, "new-pssession", &["-Name", "Work", "-SessionOption", option]);
    seen.is_table(&["  1 Work            localhost       Opened        Microsoft.PowerShell     Available"]);
    let create = request(&place, "/Create");
    for part in [
        "<w:Locale xml:lang=\"fr-FR\"",
        "<p:DataLocale xml:lang=\"de-AT\"",
        "<w:Option Name=\"WINRS_NOPROFILE\" MustComply=\"true\">1</w:Option>",
        "<rsp:IdleTimeOut>PT90.000S</rsp:IdleTimeOut><rsp:BufferMode>Drop</rsp:BufferMode>",
    ] {
        assert!(create.contains(part), "{part} is not in {create}");
    }
    let (_, creation_xml) = create.split_once("<creationXml").unwrap();
    let creation_xml = creation_xml.split(['>', '<']).nth(1).unwrap();
    let payload = String::from_utf8_lossy(&BASE64_STANDARD.decode(creation_xml).unwrap()).into_owned();
    for entry in [
        "<S N=\"Key\">Dry</S><B N=\"Value\">true</B>",
        "<S N=\"Key\">Level</S><I32 N=\"Value\">3</I32>",
        "<S N=\"Key\">Team</S><S N=\"Value\">Ops</S>",
        "System.Management.Automation.PSPrimitiveDictionary",
    ] {
        assert!(payload.contains(entry), "{entry} is not in {payload}");
    }
    // Every request of the session says so, and a session without options says what it always has.
    assert!(request(&place, "/Receive").contains("<p:DataLocale xml:lang=\"de-AT\""));
    place.listener.clear_journal();
    assert_eq!(to(&place, "new-pssession", &["-Name", "Plain"]).status, 0);
    let create = request(&place, "/Create");
    assert!(create.contains("<w:Locale xml:lang=\"en-US\"") && !create.contains("WINRS_NOPROFILE"));
}

#[test]
fn an_idle_time_out_that_no_server_takes_is_refused_before_one_is_asked() {
    let place = Place::new();
    let message = "The specified IdleTimeout session option 59 (seconds) is not a valid period.  Specify an IdleTimeout \
                   value that is greater than or equal to the minimum allowed 60 (seconds).";
    let hint = Some("IdleTimeout in -SessionOption is in milliseconds");
    for (cmdlet, more) in [("New-PSSession", &[][..]), ("Invoke-Command", &["-ScriptBlock", "1"])] {
        let seen = to(&place, cmdlet, &[&["-SessionOption", "IdleTimeout=59999"], more].concat());
        let expected =
            error_of(cmdlet, message, "InvalidArgument: (:), PSArgumentException", "Argument", hint);
        seen.is("", &expected, 2);
    }
    assert_eq!(place.new_requests(), 0);
}

#[test]
fn a_computer_name_that_is_none_is_refused_in_the_words_of_the_cmdlet() {
    let home = Place::new().home;
    let message = "One or more computer names are not valid. If you are trying to pass a URI, use the -ConnectionUri \
                   parameter, or pass URI objects instead of strings.";
    for (cmdlet, more) in [("New-PSSession", &[][..]), ("Invoke-Command", &["-ScriptBlock", "1"])] {
        for (name, hint) in [
            ("http://Server01", "give a full address with -ConnectionUri"),
            (
                "a b",
                "give a port with -Port, a path with -ApplicationName, a full address with -ConnectionUri",
            ),
        ] {
            let seen = Seen::of(
                &mut home.cmdlet(cmdlet, &[&["-ComputerName", &format!("ok,{name}")], more].concat()),
            );
            let category = "InvalidArgument: (System.String[]:String[]), ArgumentException";
            let expected = error_of(cmdlet, message, category, "PSSessionInvalidComputerName", Some(hint));
            seen.is("", &expected, 2);
        }
    }
}

#[test]
fn a_limit_that_is_reached_is_explained_by_the_sessions_that_use_it_up() {
    let place = Place::with(|config| config.service.max_shells_per_user = 2);
    place.add(SessionSpec { inactive_for: Duration::from_secs(100), ..SessionSpec::default() });
    place.session("Young");
    for (cmdlet, more) in [("new-pssession", &[][..]), ("invoke-command", &["-ScriptBlock", "1"])] {
        let seen = to(&place, cmdlet, more);
        let hint = seen.stderr.lines().last().unwrap();
        assert!(
            hint.starts_with("    hint: you have 2 sessions on localhost, the oldest "),
            "{}",
            seen.stderr
        );
        assert!(hint.ends_with(
            " old; see get-pssession -ComputerName localhost, remove-pssession --older-than 1d -ComputerName localhost \
             -WhatIf"
        ));
        assert_eq!((seen.stdout.as_str(), seen.status), ("", 1));
    }
}

#[test]
fn sessions_of_some_age_are_removed_and_no_others() {
    let place = Place::new();
    let aged = |name: &str, seconds| SessionSpec {
        name: Some(name.into()),
        inactive_for: Duration::from_secs(seconds),
        ..SessionSpec::default()
    };
    let (old, young) = (place.add(aged("Old", 600)), place.add(aged("Young", 0)));
    let remove = |args: &[&str]| to(&place, "remove-pssession", args);
    let seen = remove(&["--older-than", "5m", "-WhatIf"]);
    let what_if = "What if: Performing the operation \"Remove\" on target \"Old on localhost, ";
    let is_what_if = seen.stderr.starts_with(what_if) && seen.stderr.ends_with(" old\".\n");
    assert!(is_what_if && seen.stderr.lines().count() == 1 && seen.status == 0, "{}", seen.stderr);
    assert!(place.listener.session(&old).is_some());
    remove(&["--older-than", "1d"]).is("", "", 0);
    assert!(place.listener.session(&old).is_some());
    remove(&["--older-than", "5m"]).is("", "", 0);
    assert!(place.listener.session(&old).is_none());
    assert!(place.listener.session(&young).is_some());
    assert_eq!(place.home.stored().len(), 0);
}

#[test]
fn a_known_session_is_removed_if_its_server_says_that_it_is_old_enough() {
    let place = Place::new();
    place.connected(&["ITTask"]);
    let remove = |args: &[&str]| place.run_as("remove-pssession", args);
    remove(&["-Name", "*", "--older-than", "1d"]).is("", "", 0);
    assert_eq!((place.actions(), place.home.stored().len()), (vec!["Get".to_owned()], 1));
    let seen = remove(&["-Name", "*", "--older-than", "0s", "-WhatIf"]);
    assert!(
        seen.stderr
            .starts_with("What if: Performing the operation \"Remove\" on target \"ITTask on localhost, ")
    );
    remove(&["-Name", "*", "--older-than", "0s"]).is("", "", 0);
    assert_eq!(place.home.stored().len(), 0);
}

#[test]
fn what_only_the_asking_of_computers_needs_has_no_effect_without_an_age() {
    let place = Place::new();
    place.connected(&["ITTask"]);
    let seen = place.run_as("remove-pssession", &["-ComputerName", "localhost", "-Port", "1", "-WhatIf"]);
    let warning =
        "WARNING: Port has no effect: no computer is asked for its sessions without --older-than.\n";
    assert!(seen.stderr.starts_with(warning), "{}", seen.stderr);
}

#[test]
fn the_long_form_says_what_runs_and_when_the_session_expires() {
    let place = Place::new();
    place.add(SessionSpec {
        name: Some("ITTask".into()),
        script: Some("1..3 | ForEach-Object { $_; Start-Sleep 1000 }".into()),
        inactive_for: Duration::from_secs(100),
        ..SessionSpec::default()
    });
    place.session("Idle");
    let seen = to(&place, "get-pssession", &["--output", "list"]);
    let lines: Vec<&str> = seen.stdout.lines().collect();
    let value = |label: &str| {
        let line = lines.iter().filter(|line| line.starts_with(label));
        line.map(|line| line.split_once(" :").unwrap().1.trim()).collect::<Vec<_>>()
    };
    let mut commands = value("Command ");
    commands.sort_unstable();
    assert_eq!(commands[0], "none", "{}", seen.stdout);
    assert!(commands[1].starts_with("running, without a client for "), "{}", seen.stdout);
    assert!(
        value("ExpiresIn").iter().all(|time| time.starts_with("1 h 5") || *time == "2 h"),
        "{}",
        seen.stdout
    );
    assert!(!seen.stderr.contains("WARNING"), "{}", seen.stderr);
    assert_eq!(place.new_requests(), 3);
    // No other form asks for more than the list.
    assert_eq!(to(&place, "get-pssession", &["--output", "jsonl"]).status, 0);
    assert_eq!(place.new_requests(), 1);
}

#[test]
fn what_runs_is_said_to_be_unknown_where_the_server_does_not_say_it() {
    let place = Place::new();
    place.session("Idle");
    // The list itself is the first.
    let refused = Effect::Status(404, None);
    place.listener.inject(Injection::new(Target::Verb(Verb::Enumerate), refused).after(1));
    let seen = to(&place, "get-pssession", &["--output", "list"]);
    assert!(seen.stdout.contains("\nCommand                :\n"), "{}", seen.stdout);
    let warning = "WARNING: It is not known whether a command runs in session Idle: The computer localhost answered HTTP \
                   404.\n";
    assert_eq!((seen.stderr.as_str(), seen.status), (warning, 0));
}

#[test]
fn a_session_that_is_about_to_expire_is_warned_of() {
    let place = Place::new();
    place.add(SessionSpec {
        name: Some("ITTask".into()),
        inactive_for: Duration::from_secs(500),
        idle_timeout: Some(Duration::from_secs(660)),
        ..SessionSpec::default()
    });
    let seen = to(&place, "get-pssession", &["--output", "list"]);
    assert!(
        seen.stderr.starts_with("WARNING: Session ITTask on localhost expires in ")
            && seen.stderr.ends_with(" unless a client connects to it.\n"),
        "{}",
        seen.stderr
    );
}

#[test]
fn a_session_that_is_held_is_described_by_who_holds_it() {
    let place = Place::new();
    place.add(SessionSpec {
        name: Some("ITTask".into()),
        state: SessionState::ConnectedElsewhere,
        inactive_for: Duration::from_secs(40),
        ..SessionSpec::default()
    });
    let seen = place.run(&["-Name", "ITTask"]);
    let error = not_available("ITTask");
    let (error, _) = error.split_once("    hint").unwrap();
    assert!(seen.stderr.starts_with(error), "{}", seen.stderr);
    let hint = seen.stderr.lines().last().unwrap();
    let (holder, time) = hint.split_once(", last heard from ").unwrap();
    assert!(holder == "    hint: SERVER01\\alice holds it from 127.0.0.1", "{hint}");
    assert!(
        time.ends_with(" ago; it can be taken once that client leaves, or a minute after it falls silent")
    );
}

#[test]
fn a_session_is_used_in_utf_16() {
    let place = Place::new();
    let option = ["-SessionOption", "UseUTF16=true"];
    assert_eq!(to(&place, "new-pssession", &[&["-Name", "Wide"][..], &option].concat()).status, 0);
    place.run_as("invoke-command", &["-Id", "1", "-ScriptBlock", "'ä€𝄞'"]).is("ä€𝄞\n", "", 0);
    let counters = place.listener.counters();
    assert_eq!(counters.utf16_requests, place.listener.requests().len() as u64);
    let left =
        place.run_as("invoke-command", &["-Id", "1", "-ScriptBlock", "'ä€𝄞'", "-InDisconnectedSession"]);
    assert_eq!(left.status, 0);
    place.run_as("receive-pssession", &["-Id", "1"]).is("ä€𝄞\n", "", 0);
}

#[test]
fn what_the_server_says_of_itself_is_kept() {
    // The shell's own stream is read beside the command's, on a connection that has to be made first.
    const WAITING: &str = "1..2 | ForEach-Object { $_; Start-Sleep 2 }";
    let place = Place::new();
    let shell_id = place.session("ITTask");
    let receive =
        to(&place, "invoke-command", &["-InstanceId", &instance(&shell_id), "-ScriptBlock", WAITING]);
    receive.is("1\n2\n", "", 0);
    let json = place.run_as("get-pssession", &["--output", "jsonl"]).stdout;
    let session: serde_json::Value = serde_json::from_str(&json).unwrap();
    let table = &session["ApplicationPrivateData"]["PSVersionTable"];
    assert!(table["PSVersion"].is_string() && table["PSEdition"].is_string(), "{json}");
    let list = place.run_as("get-pssession", &["--output", "list"]).stdout;
    assert!(list.contains("ApplicationPrivateData : {PSVersionTable}\n"), "{list}");
    // A new session says so from the start.
    assert_eq!(to(&place, "new-pssession", &["-Name", "New"]).status, 0);
    assert!(place.home.stored()[1].session.application_private_data.is_some());
}

#[test]
fn nothing_stays_in_the_list_of_commands() {
    let place = Place::new();
    place.connected(&["ITTask"]);
    for script in ["1", "throw 'x'", "exit 3"] {
        place.run_as("invoke-command", &["-Id", "1", "-ScriptBlock", script]);
    }
    let commands = place.listener.with_service(|service, _| service.sessions()[0].commands.len());
    assert_eq!(commands, 0);
}

#[test]
fn the_commands_of_a_session_are_received_one_after_the_other() {
    let place = Place::new();
    place.connected(&["ITTask"]);
    for script in ["'first'", "'second'", "'third'"] {
        let started = ["-Id", "1", "-ScriptBlock", script, "-InDisconnectedSession"];
        assert_eq!(place.run_as("invoke-command", &started).status, 0);
    }
    place.run_as("receive-pssession", &["-Id", "1"]).is("first\nsecond\nthird\n", "", 0);
    assert!(place.listener.with_service(|service, _| service.sessions()[0].commands.is_empty()));
}
