//! Connecting to sessions that earlier commands left in the store.

use crate::support::known::rows;
use crate::support::{
    Home, Login, Place, Seen, connect_error, error, instance, logging_on, no_longer_exists, not_available,
    not_disconnected, table,
};
use pssession::store::{Change, Durability, Store};
use pssession_listener::{Effect, Injection, SessionSpec, Target, Verb};
use std::process::Command;

/// 0x803381CD: another client holds the shell.
const IN_USE: u32 = 2_150_859_213;

const ONE: &str = "  1 ITTask          localhost       Opened        Microsoft.PowerShell     Available";

const KNOWN_HERE: &str =
    "get-pssession lists the sessions that are known here; -ComputerName finds those of a server";

fn not_bound(text: &str, line: usize) -> String {
    error(
        "The input object cannot be bound to any parameters for the command either because the command does not take \
         pipeline input or the input and its properties do not match any of the parameters that take pipeline input.",
        &format!("InvalidArgument: ({text}:String), ParameterBindingException"),
        "InputObjectNotBound",
        Some(&format!(
            "line {line} of standard input is not an Id, an InstanceId, a name or a session record"
        )),
    )
}

#[test]
fn an_open_session_is_made_sure_of_with_one_request() {
    let place = Place::new();
    let shell_id = &place.connected(&["ITTask"])[0];
    let instance_id = instance(shell_id);
    for args in [
        vec!["-Id", "1"],
        vec!["1"],
        vec!["-Name", "ittask"],
        vec!["-Name", "IT*"],
        vec!["-InstanceId", &instance_id],
        vec!["-Session", "1"],
        vec!["-Session", "ITTask"],
        vec!["-Session", &instance_id],
    ] {
        assert_eq!(
            place.known(&args),
            Seen { stdout: table(&[ONE]), stderr: String::new(), status: 0 },
            "{args:?}"
        );
        assert_eq!(place.actions(), ["Reconnect"], "{args:?}");
        place.listener.clear_journal();
    }
    for text in ["1", "ITTask\n", shell_id, "{\"Id\":1}", "[1]"] {
        place.piped(&[], text).is_table(&[ONE]);
        assert_eq!(place.new_requests(), 1, "{text}");
    }
}

#[test]
fn a_session_of_an_earlier_process_is_taken_up_as_the_same_client_in_one_request() {
    let place = Place::new();
    let shell_id = &place.left(&["ITTask"])[0];
    let before = place.listener.session(shell_id).unwrap().session_id;
    place.known(&["-Id", "1"]).is_table(&[ONE]);
    assert_eq!(place.actions(), ["Reconnect"]);
    assert_eq!(place.listener.counters().connections, 1);
    let session = place.listener.session(shell_id).unwrap();
    assert!(session.connected);
    assert_eq!(session.session_id, before);
    assert_eq!(place.states(), [(1, "Opened", "Available")]);
}

#[test]
fn a_session_that_another_client_had_since_is_connected_to_anew() {
    let place = Place::new();
    let shell_id = &place.left(&["ITTask"])[0];
    place.taken_by(&Home::new(), "ITTask");
    place.listener.with_service(|service, now| service.force_disconnect(now, shell_id));
    let seen = place.known(&["-Id", "1", "-Verbose"]);
    let expected = "VERBOSE: Performing the operation \"Connect\" on target \"ITTask\".\n".to_owned()
        + &logging_on("localhost");
    seen.is(&table(&[ONE]), &expected, 0);
    assert_eq!(place.actions(), ["Reconnect", "Connect"]);
    assert_eq!(place.listener.counters().connections, 1);
    assert!(place.is_connected(shell_id));
    let holder = place.listener.session(shell_id).unwrap().session_id.unwrap();
    assert!(holder.to_lowercase().contains(&place.home.stored()[0].session_id.0.to_string()), "{holder}");
}

#[test]
fn a_session_that_another_client_holds_is_not_available() {
    let place = Place::new();
    let shell_id = &place.left(&["ITTask"])[0];
    let other = Home::new();
    place.taken_by(&other, "ITTask");
    place.known(&["-Id", "1"]).is("", &not_available("ITTask"), 1);
    assert_eq!(place.actions(), ["Reconnect", "Connect"]);
    assert_eq!(place.states(), [(1, "Disconnected", "Busy")]);
    // As soon as it is free it can be had.
    place.listener.with_service(|service, now| service.force_disconnect(now, shell_id));
    place.known(&["-Id", "1"]).is_table(&[ONE]);
}

#[test]
fn a_session_that_is_taken_between_looking_and_connecting_is_not_available() {
    let place = Place::new();
    let shell_id = &place.left(&["ITTask"])[0];
    place.taken_by(&Home::new(), "ITTask");
    place.listener.with_service(|service, now| service.force_disconnect(now, shell_id));
    place.listener.inject(Injection::new(Target::Verb(Verb::Connect), Effect::Fault(IN_USE, None)));
    place.known(&["-Id", "1"]).is("", &not_available("ITTask"), 1);
    assert_eq!(place.states(), [(1, "Disconnected", "Busy")]);
}

#[test]
fn a_session_that_is_gone_is_broken_from_then_on() {
    let place = Place::new();
    let shell_id = &place.left(&["ITTask"])[0];
    place.listener.with_service(|service, _| service.remove_session(shell_id));
    place.known(&["-Id", "1"]).is("", &no_longer_exists("ITTask", 1), 1);
    assert_eq!((place.new_requests(), place.states()), (1, vec![(1, "Broken", "None")]));
    place.known(&["-Id", "1"]).is("", &not_disconnected("ITTask", 1), 1);
    assert_eq!(place.new_requests(), 0);
    // What the hint says works.
    place.run_as("remove-pssession", &["-Id", "1"]).is("", "", 0);
    assert_eq!((place.new_requests(), place.states()), (0, vec![]));
}

#[test]
fn a_broken_session_does_not_block_the_others() {
    let place = Place::new();
    let shell_ids = place.left(&["Broken", "ITTask"]);
    place.listener.with_service(|service, _| service.remove_session(&shell_ids[0]));
    place.known(&["-Id", "1,2"]).is(&rows(&[(2, "ITTask")]), &no_longer_exists("Broken", 1), 1);
    let seen = place.known(&["-Name", "*"]);
    assert_eq!((seen.stdout, seen.status), (rows(&[(2, "ITTask")]), 1));
    assert_eq!(seen.stderr.matches("PSSessionConnectFailed").count(), 1);
}

#[test]
fn an_unknown_session_is_an_error_however_it_is_named() {
    let place = Place::new();
    place.connected(&["ITTask"]);
    let missing = "00000000-0000-0000-0000-00000000002a";
    let by_id = error(
        "The remote session with the session ID 7 is not available.",
        "InvalidArgument: (7:Int32), ArgumentException",
        "RemoteRunspaceNotAvailableForSpecifiedSessionId",
        Some(KNOWN_HERE),
    );
    let by_name = error(
        "The remote session with the name Backups  is not available.",
        "InvalidArgument: (Backups:String), ArgumentException",
        "RemoteRunspaceNotAvailableForSpecifiedName",
        Some(KNOWN_HERE),
    );
    let by_instance = error(
        &format!("Remote session is not available for {missing}."),
        &format!("InvalidArgument: ({missing}:Guid), ArgumentException"),
        "RemoteRunspaceNotAvailableForSpecifiedRunspaceId",
        Some(KNOWN_HERE),
    );
    place.known(&["-Id", "7"]).is("", &by_id, 1);
    assert_eq!(place.listener.counters().connections, 0);
    place.known(&["-Id", "7,1"]).is(&table(&[ONE]), &by_id, 1);
    place.known(&["-Name", "Backups"]).is("", &by_name, 1);
    place.known(&["-Name", "Backups,it*"]).is(&table(&[ONE]), &by_name, 1);
    place.known(&["-InstanceId", missing]).is("", &by_instance, 1);
    place.piped(&["-Session", "-"], &format!("Backups\n7\n1\n{missing}\n")).is(
        &table(&[ONE]),
        &format!("{by_name}{by_id}{by_instance}"),
        1,
    );
    // A pattern may match nothing.
    place.known(&["-Name", "Back*"]).is("", "WARNING: No session's name matches \"Back*\".\n", 0);
    for args in [["-Id", "0"], ["-Id", "-1"], ["-Id", "2147483647"]] {
        let seen = place.known(&args);
        assert!(seen.stderr.contains(&format!("the session ID {} is not available.", args[1])), "{seen:?}");
        assert_eq!((seen.stdout.as_str(), seen.status), ("", 1));
    }
}

#[test]
fn all_sessions_of_a_name_are_meant_and_each_once() {
    let place = Place::new();
    place.connected(&["Other", "Backup1"]);
    place.session("backup1");
    // The first of the name is already connected.
    assert_eq!(place.run(&["-Name", "Backup1"]).status, 0);
    place.known(&["-Name", "BACKUP1", "-ThrottleLimit", "1"]).is(
        &rows(&[(2, "Backup1"), (3, "backup1")]),
        "",
        0,
    );
    let all = rows(&[(1, "Other"), (2, "Backup1"), (3, "backup1")]);
    place.known(&["-Name", "Oth?r,B[a-c]ckup*,Backup1", "-ThrottleLimit", "1"]).is(&all, "", 0);
    let seen = place.piped(&["-Session", "-", "-ThrottleLimit", "1"], "3\nBackup1\n3\n");
    seen.is(&rows(&[(3, "backup1"), (2, "Backup1")]), "", 0);
}

#[test]
fn standard_input_names_sessions_in_every_form_and_bad_lines_are_reported() {
    let place = Place::new();
    let shell_ids = place.connected(&["One", "Two", "Three", "Four", "Five", "Six"]);
    let text = format!(
        "1\n{}\n\nThree\r\n{{\"Id\":4,\"Name\":\"x\",\"Unknown\":[1]}}\n{{\"Id\":\"4\"}}\n[{{\"InstanceId\":\"{}\"}},\n 6]\n{{}}\n",
        shell_ids[1], shell_ids[4]
    );
    let all = [(1, "One"), (2, "Two"), (3, "Three"), (4, "Four"), (5, "Five"), (6, "Six")];
    let errors = not_bound("{\"Id\":\"4\"}", 6) + &not_bound("{}", 9);
    place.piped(&["-ThrottleLimit", "1"], &text).is(&rows(&all), &errors, 1);
    assert_eq!(place.new_requests(), 6);
    // What another command prints is what this one reads.
    for output in ["json", "jsonl"] {
        let expected = place.run_as("get-pssession", &["--output", output]);
        assert_eq!((expected.stderr.as_str(), expected.status), ("", 0));
        place.piped(&["-ThrottleLimit", "1"], &expected.stdout).is(&rows(&all), "", 0);
    }
}

#[test]
fn values_on_standard_input_are_of_the_kind_that_was_asked_for() {
    let place = Place::new();
    let shell_ids = place.connected(&["1", "2"]);
    place.piped(&["-Name", "-"], "2\n").is(&rows(&[(2, "2")]), "", 0);
    place.piped(&["-InstanceId", "-"], &shell_ids[1]).is(&rows(&[(2, "2")]), "", 0);
    let hint = "is not an Id";
    let seen = place.piped(&["-Id", "-", "-ThrottleLimit", "1"], "2\nITTask\n1\n");
    assert_eq!((seen.stdout, seen.status), (rows(&[(2, "2"), (1, "1")]), 1));
    assert!(seen.stderr.contains(hint) && seen.stderr.contains("line 2 of"), "{}", seen.stderr);
}

#[test]
fn without_input_there_is_nothing_to_do() {
    let place = Place::new();
    place.connected(&["ITTask"]);
    let expected = "WARNING: No sessions were given on standard input.\n";
    place.piped(&[], "").is("", expected, 0);
    place.piped(&["-Session", "-"], "").is("", expected, 0);
    // Standard input may be closed.
    let program = place.home.program(&["-Session", "-"]);
    let mut shell = Command::new("sh");
    shell.args(["-c", "exec \"$@\" <&-", "sh"]).arg(program.get_program()).args(program.get_args());
    shell.env_clear().envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let seen = Seen::of(&mut shell);
    assert_eq!(seen.stdout, "", "{seen:?}");
    assert_eq!(seen.status, 0, "{seen:?}");
}

#[test]
fn a_loop_that_reads_lines_keeps_them() {
    let place = Place::new();
    place.connected(&["One", "Two", "Three"]);
    let program = place.home.program(&[] as &[&str]);
    let mut shell = Command::new("sh");
    shell.args(["-c", "while read -r id; do \"$0\" -Id \"$id\" --output jsonl | wc -l; done"]);
    shell.arg(program.get_program()).env("PATH", std::env::var_os("PATH").unwrap());
    shell.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let seen = Seen::of(&mut place.home.fed(shell, "1\n2\n3\n"));
    assert_eq!(seen.stdout.split_whitespace().collect::<Vec<_>>(), ["1", "1", "1"], "{seen:?}");
}

#[test]
fn many_lines_are_one_run_without_a_request() {
    const COUNT: u32 = 500;
    let place = Place::new();
    place.connected(&["ITTask"]);
    let model = place.home.stored().remove(0);
    let mut store = Store::open(&place.home.store()).unwrap();
    for number in 2..=COUNT {
        let mut stored = model.clone();
        stored.session.instance_id.0 = uuid(number);
        stored.session.name = Some(format!("Session{number}"));
        let recorded = store.update(&stored.key(), Durability::Kill, |_| Change::write(stored)).unwrap();
        assert_eq!(recorded.after.unwrap().session.id.unwrap().0, number);
    }
    drop(store);
    let count = |seen: &Seen| (seen.stdout.lines().count(), seen.stderr.clone(), seen.status);
    let all = (COUNT as usize, String::new(), 0);
    // Each is reported twenty times, and shown once.
    let list = |selecting: &str, text: &str| {
        let program = place.home.cmdlet("get-pssession", &[selecting, "-", "--output", "jsonl"]);
        count(&Seen::of(&mut place.home.fed(program, text)))
    };
    let ids: String = (1..=COUNT).map(|number| format!("{number}\n")).collect();
    assert_eq!(list("-Id", &ids.repeat(20)), all);
    let names: String = (2..=COUNT).map(|number| format!("SESSION{number}\n")).collect();
    assert_eq!(list("-Name", &(names + "ITTask\n")), all);
    let records = place.run_as("get-pssession", &["--output", "json"]).stdout;
    assert_eq!(list("-InstanceId", &records.repeat(20)), all);
    assert_eq!(place.listener.counters().connections, 0);
}

/// A GUID that is like no other.
fn uuid(number: u32) -> uuid::Uuid {
    uuid::Uuid::from_u128(u128::from(number) << 64 | 0x8000)
}

#[test]
fn sessions_on_one_computer_share_one_connection() {
    let place = Place::new();
    let names: Vec<String> = (1..=40).map(|number| format!("Session{number}")).collect();
    place.left(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let seen = place.known(&["-Name", "Session*", "--output", "jsonl", "-ThrottleLimit", "1"]);
    assert_eq!((seen.stdout.lines().count(), seen.stderr.as_str(), seen.status), (40, "", 0));
    assert_eq!(place.actions(), vec!["Reconnect"; 40]);
    assert_eq!(place.listener.counters().connections, 1);
}

#[test]
fn a_throttle_limit_of_one_connects_in_order() {
    let (first, second) = (Place::new(), Place::new());
    let mut ids = Vec::new();
    for (place, name) in [(&first, "First"), (&second, "Second")] {
        let shell_id = place.session(name);
        let uri = place.listener.http_url();
        let seen = Seen::of(&mut first.home.program(&["-ConnectionUri", &uri, "-Name", name]));
        assert_eq!(seen.status, 0);
        place.listener.with_service(|service, now| service.force_disconnect(now, &shell_id));
        let args = ["--as", "get-pssession", "-ConnectionUri", &uri, "--output", "id"];
        ids.push(Seen::of(&mut first.home.program(&args[..4])));
        place.listener.clear_journal();
    }
    let slow = Effect::Delay(std::time::Duration::from_millis(300));
    first.listener.inject(Injection::new(Target::Verb(Verb::Reconnect), slow));
    let seen = first.known(&["-Id", "1,2", "-ThrottleLimit", "1", "--output", "jsonl"]);
    let order: Vec<_> = seen.stdout.lines().map(|line| &line[..8]).collect();
    assert_eq!((order, seen.stderr.as_str(), seen.status), (vec!["{\"Id\":1,", "{\"Id\":2,"], "", 0));
}

#[test]
fn a_computer_that_is_gone_is_tried_once_for_all_its_sessions() {
    let place = Place::new();
    let names: Vec<String> = (1..=10).map(|number| format!("Session{number}")).collect();
    place.left(&names.iter().map(String::as_str).collect::<Vec<_>>());
    place.listener.inject(
        Injection::new(Target::Http, Effect::Redirect { status: 302, location: "http://elsewhere/".into() })
            .times(100),
    );
    let seen = place.known(&["-Name", "*"]);
    assert_eq!((seen.stdout.as_str(), seen.status), ("", 1));
    assert_eq!(seen.stderr.matches("+ FullyQualifiedErrorId").count(), 10, "{}", seen.stderr);
    assert_eq!(place.listener.counters().http_requests, 1);
}

#[test]
fn a_wrong_password_is_tried_once_for_all_sessions() {
    let place = Place::new();
    let names: Vec<String> = (1..=10).map(|number| format!("Session{number}")).collect();
    place.left(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let mut program = place.home.program(&["-Name", "*"]);
    let seen = Seen::of(program.env("PSSESSION_PASSWORD", "wrong"));
    assert_eq!((seen.stdout.as_str(), seen.status), ("", 1));
    assert_eq!(seen.stderr.matches("AccessDenied,PSSessionConnectFailed,").count(), 10, "{}", seen.stderr);
    assert_eq!(place.listener.counters().logon_failures.values().sum::<u64>(), 1);
    assert!(place.states().iter().all(|state| state.1 == "Disconnected"), "{:?}", place.states());
}

#[test]
fn what_leads_to_a_server_over_https_is_remembered() {
    let place = Place::new();
    let shell_ids = [place.session("ITTask")];
    assert_eq!(place.run_over(Login::Basic, &["-Name", "ITTask"]).status, 0);
    place.listener.with_service(|service, now| service.force_disconnect(now, &shell_ids[0]));
    place.run_over(Login::Basic, &["-Name", "ITTask", "-WhatIf"]);
    let mut get = place.to(Login::Basic);
    get.splice(0..0, ["--as", "get-pssession"].map(str::to_owned));
    assert_eq!(Seen::of(&mut place.home.program(&get)).status, 0);
    place.listener.clear_journal();
    place.known(&["-Id", "1"]).is_table(&[ONE]);
    assert_eq!(place.actions(), ["Reconnect"]);
}

#[test]
fn an_authority_file_that_was_named_from_another_directory_is_found_again() {
    let place = Place::new();
    let shell_id = place.session("ITTask");
    place.home.write("ca.pem", place.listener.authority());
    let port = place.listener.https_address().port().to_string();
    let to = ["-ComputerName", "localhost", "-Port", &port, "-UseSSL", "-Authentication", "Basic"];
    let args = [&to[..], &["--ca-file", "ca.pem", "-Name", "ITTask"]].concat();
    let seen = Seen::of(place.home.program(&args).current_dir(place.home.path()));
    seen.is_table(&[ONE]);
    place.listener.with_service(|service, now| service.force_disconnect(now, &shell_id));
    let get = [&["--as", "get-pssession"], &to[..], &["--ca-file", "ca.pem"]].concat();
    assert_eq!(Seen::of(place.home.program(&get).current_dir(place.home.path())).status, 0);
    Seen::of(place.home.program(&["-Id", "1"]).current_dir("/")).is_table(&[ONE]);
}

#[test]
fn checks_that_were_skipped_stay_skipped() {
    let place = Place::new();
    let shell_id = place.session("ITTask");
    let uri = format!("https://127.0.0.1:{}/wsman", place.listener.https_address().port());
    let to = ["-ConnectionUri", &uri, "-SessionOption", "SkipCACheck=true,SkipCNCheck=true"];
    let row = "  1 ITTask          127.0.0.1       Opened        Microsoft.PowerShell     Available";
    Seen::of(&mut place.home.program(&[&to[..], &["-Name", "ITTask"]].concat())).is_table(&[row]);
    place.listener.with_service(|service, now| service.force_disconnect(now, &shell_id));
    let get = [&["--as", "get-pssession"], &to[..]].concat();
    assert_eq!(Seen::of(&mut place.home.program(&get)).status, 0);
    place.known(&["-Id", "1"]).is_table(&[row]);
    assert!(place.is_connected(&shell_id));
}

#[test]
fn what_if_reports_what_would_be_done_and_does_not_ask() {
    let place = Place::new();
    place.left(&["ITTask", "Backups"]);
    let text = "What if: Performing the operation \"Connect\" on target \"ITTask\".\n\
                What if: Performing the operation \"Connect\" on target \"Backups\".\n";
    place.known(&["-Name", "*", "-WhatIf"]).is("", text, 0);
    place.known(&["-Id", "1,2", "-WhatIf", "-Confirm"]).is("", text, 0);
    assert_eq!(place.listener.counters().connections, 0);
    assert!(place.states().iter().all(|state| state.1 == "Disconnected"));
}

#[test]
fn a_session_without_a_name_is_shown_by_its_instance_id() {
    let place = Place::new();
    let shell_id = place.add(SessionSpec::default());
    assert_eq!(place.run(&["-InstanceId", &shell_id]).status, 0);
    let name = instance(&shell_id);
    let text = format!("What if: Performing the operation \"Connect\" on target \"{name}\".\n");
    place.known(&["-Id", "1", "-WhatIf"]).is("", &text, 0);
    place
        .known(&["-Name", "*"])
        .is_table(&["  1                 localhost       Opened        Microsoft.PowerShell     Available"]);
}

#[test]
fn an_answer_that_is_lost_leaves_the_session_to_the_next_run() {
    for effect in [Effect::DropAfter, Effect::Garbage, Effect::Cut(100)] {
        let place = Place::new();
        let shell_id = &place.left(&["ITTask"])[0];
        place.listener.inject(Injection::new(Target::Verb(Verb::Reconnect), effect.clone()).times(2));
        let seen = place.known(&["-Id", "1"]);
        assert_eq!((seen.stdout.as_str(), seen.status), ("", 1), "{effect:?} {seen:?}");
        assert_eq!(place.states(), [(1, "Disconnected", "None")], "{effect:?}");
        place.listener.clear_injections();
        place.known(&["-Id", "1"]).is_table(&[ONE]);
        assert!(place.is_connected(shell_id));
    }
}

/// There is no one to answer: the program has its own terminal.
#[test]
fn each_session_is_asked_for_with_confirm() {
    let place = Place::new();
    place.left(&["One", "Two", "Three"]);
    let program = place.home.program(&["-Id", "1,2,3", "-Confirm", "--output", "jsonl"]);
    let words: Vec<String> = std::iter::once(program.get_program())
        .chain(program.get_args())
        .map(|word| format!("'{}'", word.to_str().unwrap()))
        .collect();
    let mut script = Command::new("script");
    script
        .args(["-qec", &words.join(" "), "/dev/null"])
        .envs(program.get_envs().filter_map(|(n, v)| Some((n, v?))));
    let mut script = place.home.fed(script, "n\na\n");
    let Ok(output) = script.output() else {
        println!("skipped: there is no script(1) to make a terminal with");
        return;
    };
    let seen = Seen::from(output);
    assert_eq!(seen.stdout.matches("on target \"").count(), 2, "{seen:?}");
    assert_eq!(seen.stdout.matches("\"State\":\"Opened\"").count(), 2, "{seen:?}");
    assert_eq!(
        place.states().iter().map(|state| state.1).collect::<Vec<_>>(),
        ["Disconnected", "Opened", "Opened"]
    );
}

/// The refusal of a Reconnect, shown as what it is.
fn reconnect_refused(text: &str) -> String {
    connect_error("ITTask", text, "", None)
        .replace("Connecting to remote server", "Reconnecting to the remote server")
}

#[test]
fn the_first_refusal_is_shown_and_not_what_came_of_asking_further() {
    for further in [Effect::Fault(0x8033_8100, Some("It is odd.".into())), Effect::Status(404, None)] {
        let place = Place::new();
        place.left(&["ITTask"]);
        // The number of a fault that Windows has no name for.
        let refusal = Effect::Fault(0x8033_81FF, Some("The buffer mode cannot change.".into()));
        place.listener.inject(Injection::new(Target::Verb(Verb::Reconnect), refusal));
        place.listener.inject(Injection::new(Target::Verb(Verb::Connect), further.clone()));
        let seen = place.known(&["-Id", "1"]);
        let expected = reconnect_refused("The buffer mode cannot change.").replace(
            "PSSessionConnectFailed",
            &format!("{},PSSessionConnectFailed", 0x8033_81FF_u32.cast_signed()),
        );
        seen.is("", &expected, 1);
    }
}
