//! Connecting to sessions on computers that are named.

use crate::support::{
    LIST_SESSIONS, Login, Place, Seen, connect_error, error, held, instance, logging_on, no_such_name, table,
};
use pssession_listener::{Config, Effect, Injection, SessionSpec, Target, User, Verb};

const ROW: &str = "  1 ITTask          localhost       Opened        Microsoft.PowerShell     Available";

#[test]
fn example_1_of_the_help_page() {
    for way in [Login::Ntlm, Login::Basic] {
        let place = Place::new();
        let configuration = "ITTasks".to_owned();
        let spec = SessionSpec { name: Some("ITTask".into()), configuration, ..SessionSpec::default() };
        let shell_id = place.add(spec);
        place.session("Backups");
        let seen = place.run_over(way, &["-Name", "ITTask"]);
        seen.is_table(&[
            "  1 ITTask          localhost       Opened        ITTasks                  Available",
        ]);
        assert_eq!(place.actions(), ["Enumerate", "Connect"], "{way:?}");
        assert_eq!(place.listener.counters().connections, 1);
        assert!(place.is_connected(&shell_id));
        assert_eq!(place.listener.refusals().iter().filter(|refusal| refusal.status != 401).count(), 0);
    }
}

#[test]
fn an_instance_id_is_connected_to_without_asking() {
    let place = Place::new();
    let shell_id = place.session("ITTask");
    let seen = place.run(&["-InstanceId", &shell_id]);
    // The name was not asked for, so it is not known.
    seen.is_table(&["  1                 localhost       Opened        Microsoft.PowerShell     Available"]);
    assert_eq!(place.actions(), ["Connect"]);
}

#[test]
fn an_instance_id_under_another_configuration_is_looked_for() {
    let place = Place::new();
    let configuration = "ITTasks".to_owned();
    let spec = SessionSpec { name: Some("ITTask".into()), configuration, ..SessionSpec::default() };
    let (first, second) = (place.add(spec.clone()), place.add(spec));
    let seen = place.run(&["-InstanceId", &first]);
    // Id 1 was drawn for the session where it was looked for first; an Id is not given again.
    seen.is_table(&["  2 ITTask          localhost       Opened        ITTasks                  Available"]);
    assert_eq!(place.actions(), ["Connect", "Enumerate", "Connect"]);
    place.listener.clear_journal();
    place.run(&["-InstanceId", &second, "-ConfigurationName", "ITTasks"]);
    assert_eq!(place.actions(), ["Connect"]);
}

#[test]
fn an_instance_id_that_no_session_has_is_an_error() {
    let place = Place::new();
    place.session("ITTask");
    let missing = "00000000-0000-0000-0000-00000000002a";
    let expected = error(
        "The command cannot find a PSSession with an InstanceId value of \"00000000-0000-0000-0000-00000000002a\".",
        "InvalidOperation: (00000000-0000-0000-0000-00000000002a:Guid), RuntimeException",
        "PSSessionIdMatchFail",
        Some(LIST_SESSIONS),
    );
    place.run(&["-InstanceId", missing]).is("", &expected, 1);
    assert_eq!(place.actions(), ["Connect", "Enumerate"]);
}

#[test]
fn all_sessions_of_a_name_are_connected_to() {
    let place = Place::new();
    let mine = [place.session("ITTask"), place.session("ittask")];
    let other = place.session("Backups");
    let seen = place.run(&["-Name", "ItTask", "--output", "jsonl"]);
    assert_eq!((seen.stdout.lines().count(), seen.stderr.as_str(), seen.status), (2, "", 0));
    assert!(mine.iter().all(|shell_id| place.is_connected(shell_id)));
    assert!(!place.is_connected(&other));
}

#[test]
fn patterns_select_names_and_only_disconnected_sessions_are_connected() {
    let place = Place::new();
    let backups = [place.session("Backup1"), place.session("Backup2")];
    let other = place.session("ITTask");
    place.busy_session("Backup3");
    let seen = place.run(&["-Name", "Backup2,Back*[1-3]", "-ThrottleLimit", "1"]);
    let rows = [
        "  1 Backup2         localhost       Opened        Microsoft.PowerShell     Available",
        "  2 Backup1         localhost       Opened        Microsoft.PowerShell     Available",
    ];
    seen.is(&table(&rows), &held("Backup3"), 1);
    assert!(backups.iter().all(|shell_id| place.is_connected(shell_id)) && !place.is_connected(&other));
    assert_eq!(place.actions(), ["Enumerate", "Connect", "Connect"]);
}

#[test]
fn without_a_name_every_session_is_meant() {
    let place = Place::new();
    place.session("ITTask");
    // Other clients than Windows' own make sessions without a name.
    place.add(SessionSpec::default());
    let list = Seen::of(&mut place.home.program(&place.as_get()));
    assert_eq!(
        (list.stdout.matches(" Disconnected ").count(), list.stderr.as_str(), list.status),
        (2, "", 0)
    );
    let seen = place.run(&["-ThrottleLimit", "1"]);
    let nameless = "  1                 localhost       Opened        Microsoft.PowerShell     Available";
    seen.is_table(&[nameless, &ROW.replace("  1", "  2")]);
}

#[test]
fn a_configuration_name_filters() {
    let place = Place::new();
    place.session("ITTask");
    let configuration = "ITTasks".to_owned();
    place.add(SessionSpec { name: Some("ITTask".into()), configuration, ..SessionSpec::default() });
    let seen = place.run(&["-ConfigurationName", "itTASKS"]);
    seen.is_table(&["  1 ITTask          localhost       Opened        ITTasks                  Available"]);
    let seen = place.run(&["-ConfigurationName", "nosuch"]);
    seen.is("", "WARNING: localhost has no sessions to connect to.\n", 0);
}

#[test]
fn a_name_that_no_session_has_is_an_error_even_without_sessions() {
    let place = Place::new();
    place.run(&["-Name", "nosuch"]).is("", &no_such_name("nosuch"), 1);
    place.session("ITTask");
    let seen = place.run(&["-Name", "nosuch,ITTask"]);
    seen.is(&table(&[ROW]), &no_such_name("nosuch"), 1);
}

#[test]
fn a_pattern_that_matches_nothing_is_a_warning() {
    let place = Place::new();
    place.session("ITTask");
    place.run(&["-Name", "Back*"]).is("", "WARNING: No session's name matches \"Back*\".\n", 0);
    let quiet = place.run(&["-Name", "Back*", "-WarningAction", "SilentlyContinue"]);
    quiet.is("", "", 0);
    let invalid = error(
        "The specified wildcard character pattern is not valid: [a",
        "InvalidArgument: (:), ArgumentException",
        "WildcardPattern_Invalid",
        Some("a backtick before a wildcard character makes it an ordinary one: 'a`[b'"),
    );
    place.run(&["-Name", "[a"]).is("", &invalid, 1);
}

#[test]
fn an_enumeration_is_followed_to_its_end() {
    let place = Place::with(|config| config.service.page_size = 7);
    for number in 0..50 {
        place.session(&format!("Session{number}"));
    }
    let last = place.session("ITTask");
    place.run(&["-Name", "ITTask"]).is_table(&[ROW]);
    let mut expected = vec!["Enumerate"];
    expected.extend(["Pull"; 7]);
    expected.push("Connect");
    assert_eq!(place.actions(), expected);
    assert!(place.is_connected(&last));
}

#[test]
fn five_hundred_sessions_take_one_pull() {
    let place = Place::new();
    for number in 0..500 {
        place.session(&format!("Session{number}"));
    }
    place.session("ITTask");
    place.run(&["-Name", "ITTask"]).is_table(&[ROW]);
    assert_eq!(place.actions(), ["Enumerate", "Pull", "Connect"]);
}

#[test]
fn a_session_of_another_user_is_not_seen_or_not_given() {
    let place =
        Place::with(|config: &mut Config| config.users[0] = User::new("alice", "Password1!").administrator());
    let owner = "bob".to_owned();
    let shell_id = place.add(SessionSpec { name: Some("ITTask".into()), owner, ..SessionSpec::default() });
    let seen = place.run(&["-Name", "ITTask"]);
    let hint = "only the user who created a session can connect to it; -Credential names that user";
    let message = place.listener.refusals().last().unwrap().why.clone();
    assert!(!message.is_empty());
    assert!(
        seen.stderr.contains("+ FullyQualifiedErrorId : AccessDenied,PSSessionConnectFailed,"),
        "{}",
        seen.stderr
    );
    assert!(seen.stderr.ends_with(&format!("    hint: {hint}\n")), "{}", seen.stderr);
    assert_eq!((seen.stdout.as_str(), seen.status), ("", 1));
    assert!(!place.is_connected(&shell_id));

    let place = Place::new();
    let owner = "bob".to_owned();
    place.add(SessionSpec { name: Some("ITTask".into()), owner, ..SessionSpec::default() });
    place.run(&["-Name", "ITTask"]).is("", &no_such_name("ITTask"), 1);
}

/// 0x803381CD: another client holds the shell.
const IN_USE: u32 = 2_150_859_213;

#[test]
fn a_session_that_was_in_use_is_tried_once_more_after_the_others() {
    let place = Place::new();
    place.session("First");
    place.session("Second");
    place.listener.inject(Injection::new(Target::Verb(Verb::Connect), Effect::Fault(IN_USE, None)));
    let seen = place.run(&["-Name", "First,Second", "-ThrottleLimit", "1"]);
    seen.is_table(&[
        "  2 Second          localhost       Opened        Microsoft.PowerShell     Available",
        "  3 First           localhost       Opened        Microsoft.PowerShell     Available",
    ]);
    // The refused one is not among what the listener processed.
    assert_eq!(place.actions(), ["Enumerate", "Connect", "Connect"]);
}

#[test]
fn a_session_that_stays_in_use_is_an_error() {
    let place = Place::new();
    place.session("ITTask");
    let in_use =
        Injection::new(Target::Verb(Verb::Connect), Effect::Fault(IN_USE, Some("It is held.".into())));
    place.listener.inject(in_use.times(2));
    let hint =
        "another client is connected to it; when that client is gone it becomes available within minutes";
    let expected = connect_error("ITTask", "It is held.", "CannotConnectAlreadyConnected,", Some(hint));
    place.run(&["-Name", "ITTask"]).is("", &expected, 1);
    assert_eq!(place.actions(), ["Enumerate"]);
}

#[test]
fn a_session_that_was_in_use_may_be_gone() {
    let place = Place::new();
    place.session("ITTask");
    place.listener.inject(Injection::new(Target::Verb(Verb::Connect), Effect::Fault(IN_USE, None)));
    place.listener.inject(Injection::new(Target::Verb(Verb::Connect), Effect::Fault(2_150_858_843, None)));
    let expected = error(
        "The connect operation failed for session ITTask with the following error message: Cannot connect to session \
         ITTask.  The session no longer exists on computer localhost.",
        "InvalidOperation: (:), RuntimeException",
        "PSSessionConnectFailed",
        None,
    );
    place.run(&["-Name", "ITTask"]).is("", &expected, 1);
}

#[test]
fn a_session_that_is_connected_already_stays_so() {
    let place = Place::new();
    let shell_id = place.session("ITTask");
    place.run(&["-Name", "ITTask"]).is_table(&[ROW]);
    let warning = "WARNING: Session ITTask on localhost is already connected.\n";
    place.run(&["-Name", "ITTask"]).is("", warning, 0);
    // By InstanceId nothing is known of its state before it is asked, and then it is connected.
    place.listener.clear_journal();
    place.run(&["-InstanceId", &shell_id]).is_table(&[ROW]);
    assert_eq!(place.actions(), ["Reconnect"]);
    // The server lets go of a client that it hears nothing from; the session is then taken up under its old Id.
    place.listener.with_service(|service, now| service.force_disconnect(now, &shell_id));
    place.run(&["-Name", "ITTask"]).is_table(&[ROW]);
}

#[test]
fn what_if_asks_and_connects_to_nothing() {
    let place = Place::new();
    let shell_id = place.session("ITTask");
    let text = "What if: Performing the operation \"Connect\" on target \"ITTask\".\n";
    place.run(&["-Name", "ITTask", "-WhatIf"]).is("", text, 0);
    place.run(&["-Name", "ITTask", "-WhatIf", "-Confirm"]).is("", text, 0);
    assert_eq!(place.actions(), ["Enumerate", "Enumerate"]);
    assert!(!place.is_connected(&shell_id));
}

#[test]
fn verbose_reports_each_step() {
    let place = Place::new();
    place.session("ITTask");
    let seen = place.run(&["-Name", "ITTask", "-Verbose"]);
    let port = place.listener.http_address().port();
    let expected = format!(
        "VERBOSE: Asking localhost for its sessions at http://localhost:{port}/wsman.\n\
         VERBOSE: Performing the operation \"Connect\" on target \"ITTask\".\n"
    );
    seen.is(&table(&[ROW]), &(logging_on("localhost") + &expected), 0);
}

#[test]
fn records_as_json() {
    let place = Place::new();
    let shell_id = place.session("ITTask");
    place.session("Backups");
    let port = place.listener.http_address().port();
    let record = |id: u32, name: &str, shell_id: &str| {
        format!(
            "{{\"Id\":{id},\"Name\":\"{name}\",\"InstanceId\":\"{}\",\"ComputerName\":\"localhost\",\
             \"ComputerType\":\"RemoteMachine\",\"ConnectionUri\":\"http://localhost:{port}/wsman\",\
             \"ConfigurationName\":\"Microsoft.PowerShell\",\"State\":\"Opened\",\"Availability\":\"Available\",\
             \"IdleTimeout\":7200000,\"OutputBufferingMode\":\"Block\",\
             \"DisconnectedOn\":null,\"ExpiresOn\":null,\"LastSeen\":\"{}\"}}",
            instance(shell_id),
            place.home.last_seen(id)
        )
    };
    let seen = place.run(&["-Name", "ITTask", "--output", "jsonl"]);
    seen.is(&format!("{}\n", record(1, "ITTask", &shell_id)), "", 0);
    let shell_id = &place.listener.sessions()[1].shell_id;
    let seen = place.run(&["-Name", "Backups", "--output", "json"]);
    seen.is(&format!("[\n{}\n]\n", record(2, "Backups", shell_id)), "", 0);
    let seen = place.run(&["-Name", "nosuch", "--output", "json"]);
    let expected = "{\"Stream\":\"Error\",\"Message\":\"The command cannot find a PSSession that has the name \
                \\\"nosuch\\\".\",\"CategoryInfo\":{\"Category\":\"InvalidOperation\",\"Activity\":\
                \"Connect-PSSession\",\"Reason\":\"RuntimeException\",\"TargetName\":\"nosuch\",\"TargetType\":\
                \"String\"},\"FullyQualifiedErrorId\":\"PSSessionNameMatchFail,\
                Microsoft.PowerShell.Commands.ConnectPSSessionCommand\",\"Hint\":\"get-pssession -ComputerName \
                NAME lists the sessions on a server\"}\n";
    seen.is("[]\n", expected, 1);
}

#[test]
fn errors_are_counted_also_when_they_are_not_shown() {
    let place = Place::new();
    place.session("ITTask");
    let seen = place.run(&["-Name", "nosuch,ITTask", "-ErrorAction", "SilentlyContinue"]);
    seen.is(&table(&[ROW]), "", 1);
}

#[test]
fn stop_ends_the_run_at_the_first_error() {
    let place = Place::new();
    place.busy_session("First");
    place.session("Second");
    let seen = place.run(&["-Name", "First,Second", "-ErrorAction", "Stop", "-ThrottleLimit", "1"]);
    seen.is("", &held("First"), 1);
    assert_eq!(place.actions(), ["Enumerate"]);
}

#[test]
fn two_computers_are_asked_at_once_and_one_failure_does_not_stop_the_other() {
    let (first, second) = (Place::new(), Place::new());
    first.session("ITTask");
    second.session("ITTask");
    let uri = |place: &Place| place.listener.http_url();
    let uris = format!("{},http://127.0.0.1:1/wsman,{}", uri(&first), uri(&second));
    let seen =
        Seen::of(&mut first.home.program(&["-ConnectionUri", &uris, "-Name", "ITTask", "--output", "jsonl"]));
    assert_eq!((seen.stdout.lines().count(), seen.status), (2, 1));
    assert!(seen.stderr.contains("CannotConnect,RemotePSSessionQueryFailed"), "{}", seen.stderr);
    assert_eq!(seen.stderr.lines().count(), 1);
}

#[test]
fn an_instance_id_is_looked_for_on_several_computers() {
    let (first, second) = (Place::new(), Place::new());
    first.session("Backups");
    let shell_id = second.session("ITTask");
    let uris = format!("{},{}", first.listener.http_url(), second.listener.http_url());
    let seen = Seen::of(&mut first.home.program(&["-ConnectionUri", &uris, "-InstanceId", &shell_id]));
    seen.is_table(&["  1 ITTask          127.0.0.1       Opened        Microsoft.PowerShell     Available"]);
    assert_eq!(
        (first.actions(), second.actions()),
        (vec!["Enumerate".into()], vec!["Enumerate".into(), "Connect".into()])
    );
}

#[test]
fn a_closed_pipe_ends_it_quietly() {
    let place = Place::new();
    for number in 0..20 {
        place.session(&format!("Session{number}"));
    }
    let mut command = place.command(Login::Ntlm, &["--output", "jsonl", "-ThrottleLimit", "1"]);
    let mut child =
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let seen = Seen::at_end_of(child);
    assert_eq!((seen.stderr.as_str(), seen.status), ("", 0));
    assert!(place.actions().len() < 20, "it stops when its output is closed");
}

#[test]
fn a_store_that_cannot_be_used_is_found_out_before_anything_is_connected() {
    let place = Place::new();
    place.session("ITTask");
    let file = place.home.write("file", "");
    let seen = place.run(&["-Name", "ITTask", "--store", &file]);
    assert!(seen.stderr.contains("SessionStoreUnavailable,Microsoft"), "{}", seen.stderr);
    assert!(seen.stderr.contains(&format!("Connect-PSSession : The directory {file} of the session store")));
    assert_eq!((seen.stdout.as_str(), seen.status), ("", 1));
    assert_eq!(place.actions(), ["Enumerate"]);
}

#[test]
fn a_damaged_store_is_found_out_before_anything_is_connected() {
    let place = Place::new();
    place.session("First");
    place.session("Second");
    place.run(&["-Name", "First"]);
    place.listener.clear_journal();
    let store = place.home.path().join(".local/state/connect-pssession/sessions.db");
    let mut octets = std::fs::read(&store).unwrap();
    octets[4096..].fill(0xA5);
    std::fs::write(&store, octets).unwrap();
    let seen = place.run(&["-Name", "Second"]);
    assert!(
        seen.stderr.contains(&format!("The session store {} is damaged.", store.display())),
        "{}",
        seen.stderr
    );
    assert!(seen.stderr.contains("    hint: move the file away: the sessions are on their servers"));
    assert_eq!((seen.stdout.as_str(), seen.status), ("", 1));
    assert_eq!(place.actions(), ["Enumerate"]);
}

#[test]
fn what_if_comes_before_whether_it_could_be() {
    let place = Place::new();
    place.busy_session("ITTask");
    let text = "What if: Performing the operation \"Connect\" on target \"ITTask\".\n";
    place.run(&["-Name", "ITTask", "-WhatIf"]).is("", text, 0);
}
