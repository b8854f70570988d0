//! Invoke-Command: where a command runs, what it is, and what it is given.

use crate::support::{Login, Place, Seen, error_of, instance};
use pssession_listener::{Effect, Injection, Target, Verb};
use std::io::Write;
use std::process::Stdio;
use std::time::Duration;

fn invoke(place: &Place, args: &[&str]) -> Seen {
    Seen::of(&mut place.home.cmdlet("invoke-command", args))
}

/// Runs the program with this on its standard input, through a pipe.
fn piped(place: &Place, args: &[&str], input: &[u8]) -> Seen {
    let mut command = place.home.cmdlet("invoke-command", args);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    Seen::at_end_of(child)
}

#[test]
fn every_way_to_name_a_session_leads_to_it() {
    let place = Place::new();
    let id = place.opened("ITTask");
    let instance_id = instance(&place.listener.sessions()[0].shell_id);
    for place_of in [
        vec!["-Id", &id],
        vec![&id],
        vec!["-Name", "ittask"],
        vec!["-InstanceId", &instance_id],
        vec![&instance_id],
        vec!["-Session", &id],
        vec!["-Session", "ITTask"],
    ] {
        let seen = invoke(&place, &[&place_of, &["-ScriptBlock", "'here'"][..]].concat());
        assert_eq!(seen, Seen { stdout: "here\n".into(), stderr: String::new(), status: 0 }, "{place_of:?}");
    }
    for filter in [["-Name", "ITTask"], ["-InstanceId", &instance_id]] {
        place
            .remote("invoke-command", &[&filter[..], &["-ScriptBlock", "'there'"]].concat())
            .is("there\n", "", 0);
    }
    assert_eq!(place.listener.sessions().len(), 1);
}

#[test]
fn what_a_command_defines_is_there_for_the_next() {
    let place = Place::new();
    let id = place.opened("ITTask");
    invoke(&place, &[&id, "$x = 42"]).is("", "", 0);
    invoke(&place, &[&id, "$x"]).is("42\n", "", 0);
}

#[test]
fn a_session_that_is_opened_for_a_command_goes_with_it() {
    let place = Place::new();
    place.remote("invoke-command", &["-ScriptBlock", "hostname"]).is("SERVER01\n", "", 0);
    let port = place.listener.http_address().port().to_string();
    invoke(&place, &["localhost", "{ hostname }", "-Port", &port]).is("SERVER01\n", "", 0);
    let url = place.listener.http_url().to_string();
    invoke(&place, &["-ConnectionUri", &url, "-ScriptBlock", "'uri'"]).is("uri\n", "", 0);
    invoke(&place, &["-ConnectionUri", &url, "-ScriptBlock", "throw 'x'"]).is("", "OperationStopped: x\n", 1);
    assert_eq!((place.listener.sessions(), place.home.stored()), (vec![], vec![]));
}

#[test]
fn a_session_that_is_not_there_is_an_error() {
    let place = Place::new();
    let hint = "get-pssession lists the sessions that are known here; -ComputerName finds those of a server";
    let error = |message: &str, target: &str, id: &str| {
        let category = format!("InvalidArgument: ({target}), ArgumentException");
        error_of("Invoke-Command", message, &category, id, Some(hint))
    };
    let expected = error(
        "The remote session with the session ID 9 is not available.",
        "9:Int32",
        "RemoteRunspaceNotAvailableForSpecifiedSessionId",
    );
    invoke(&place, &["-Id", "9", "-ScriptBlock", "1"]).is("", &expected, 1);
    let expected = error(
        "The remote session with the name zzz  is not available.",
        "zzz:String",
        "RemoteRunspaceNotAvailableForSpecifiedName",
    );
    invoke(&place, &["-Name", "zzz", "-ScriptBlock", "1"]).is("", &expected, 1);
}

#[test]
fn a_script_comes_from_a_file_or_from_standard_input_without_its_mark() {
    let place = Place::new();
    let id = place.opened("ITTask");
    let text = "param($a) \"<$a>\"";
    let utf16: Vec<u8> = "\u{feff}"
        .chars()
        .chain(text.chars())
        .collect::<String>()
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let files = [text.as_bytes().to_vec(), [b"\xef\xbb\xbf", text.as_bytes()].concat(), utf16];
    for file in files {
        let path = place.home.path().join("script.ps1");
        std::fs::write(&path, &file).unwrap();
        let path = path.to_str().unwrap();
        invoke(&place, &[&id, "-FilePath", path, "-ArgumentList", "ü"]).is("<ü>\n", "", 0);
        piped(&place, &[&id, "-FilePath", "-", "-ArgumentList", "ü"], &file).is("<ü>\n", "", 0);
    }
    let seen = invoke(&place, &[&id, "-FilePath", "/no/such/file.ps1"]);
    assert!(seen.stderr.contains("/no/such/file.ps1") && seen.status == 2, "{seen:?}");
}

#[test]
fn arguments_have_their_types() {
    let place = Place::new();
    let id = place.opened("ITTask");
    let list = "1,two,$true,3.5,'a,b',@(1,2),@{x=1},$null";
    let seen = invoke(&place, &[&id, "$args", "-ArgumentList", list, "--output", "jsonl"]);
    seen.is("1\n\"two\"\ntrue\n3.5\n\"a,b\"\n[1,2]\n{\"x\":1}\nnull\n", "", 0);
    let script = "param($Name, $Count, $Force) \"$Name/$Count/$Force\"";
    invoke(&place, &[&id, script, "--", "-Name", "WinRM", "-Count", "3", "-Force"]).is(
        "WinRM/3/True\n",
        "",
        0,
    );
    invoke(&place, &[&id, script, "-ArgumentList", "a", "--", "-Force:$false"]).is("a//False\n", "", 0);
}

#[test]
fn standard_input_is_the_input_of_a_script_that_mentions_it() {
    let place = Place::new();
    let id = place.opened("ITTask");
    piped(&place, &[&id, "$input"], "a\n\nü\n".as_bytes()).is("a\n\nü\n", "", 0);
    let json = br#"[1,"b",{"x":1}]"#;
    piped(&place, &[&id, "$input", "--input", "json", "--output", "jsonl"], json).is(
        "1\n\"b\"\n{\"x\":1}\n",
        "",
        0,
    );
    piped(&place, &[&id, "$input", "--input", "bytes", "--output", "jsonl"], b"ab\0").is("\"YWIA\"\n", "", 0);
}

/// More than any window of ids, and no id is used twice.
#[test]
fn two_thousand_lines_of_input_arrive_once() {
    let place = Place::new();
    let id = place.opened("ITTask");
    let lines: String = (0..2000).map(|number| format!("{number}\n")).collect();
    piped(&place, &[&id, "$input"], lines.as_bytes()).is(&lines, "", 0);
    invoke(&place, &[&id, "'after'"]).is("after\n", "", 0);
}

#[test]
fn a_loop_keeps_its_input() {
    let place = Place::new();
    let id = place.opened("ITTask");
    let program = env!("CARGO_BIN_EXE_connect-pssession");
    let text = format!("while read -r n; do '{program}' --as invoke-command {id} \"'<'; $n\"; done");
    let mut shell = std::process::Command::new("sh");
    let like = place.home.program::<&str>(&[]);
    shell.args(["-c", &text]).env_clear().env("PATH", "/usr/bin:/bin");
    shell.envs(like.get_envs().filter_map(|(name, value)| Some((name, value?))));
    Seen::of(&mut place.home.fed(shell, "1\n2\n3\n")).is("<\n1\n<\n2\n<\n3\n", "", 0);
}

#[test]
fn a_command_runs_where_scripts_are_refused() {
    let place = Place::new();
    let restricted = |args: &[&str]| {
        place.remote("invoke-command", &[&["-ConfigurationName", "Restricted"], args].concat())
    };
    let seen = restricted(&["--command", "Get-Process", "--output", "jsonl", "--", "-Name", "System"]);
    seen.is("{\"Handles\":1840,\"Id\":4,\"ProcessName\":\"System\"}\n", "", 0);
    // Without Out-String there the text is made here.
    restricted(&["--command", "hostname"]).is("SERVER01\n", "", 0);
    restricted(&["-ScriptBlock", "1"]).is("", NO_LANGUAGE, 1);
}

const NO_LANGUAGE: &str = "ParserError: The syntax is not supported by this runspace. This can occur if the runspace is in \
                           no-language mode.\n";

#[test]
fn input_is_not_lost_where_there_is_no_out_string() {
    let place = Place::new();
    let to = place.to(Login::Ntlm);
    let to: Vec<&str> = to.iter().map(String::as_str).collect();
    let rest = ["-ConfigurationName", "Restricted", "--command", "Out-Default", "--input", "text"];
    let seen = piped(&place, &[&to, &rest[..]].concat(), b"first\nsecond\n");
    assert_eq!((seen.stdout + &seen.stderr, seen.status), ("first\nsecond\n".into(), 0));
}

#[test]
fn input_that_is_too_large_to_be_sent_again_is_said_to_be() {
    let place = Place::new();
    // All of it is read before the command fails.
    place.listener.inject(Injection::new(Target::Verb(Verb::Command), Effect::Delay(Duration::from_secs(1))));
    let args = ["-ConfigurationName", "Restricted", "--command", "Out-Default", "--input", "text"];
    let command = place.remote_command("invoke-command", &args);
    let seen = Seen::of(&mut place.home.fed(command, &("x".repeat(2 << 20) + "\n")));
    let expected = error_of(
        "Invoke-Command",
        "The command did not run: localhost has no Out-String, which turns output into text, and the input is too large to \
         be sent again without it.",
        "InvalidArgument: (:), ArgumentException",
        "InputNotRepeatable",
        Some("--output jsonl needs no Out-String"),
    );
    seen.is("", &expected, 1);
    assert_eq!((place.listener.sessions(), place.home.stored()), (vec![], vec![]));
}

#[test]
fn every_session_gets_all_of_the_input() {
    let place = Place::new();
    place.connected(&["First", "Second"]);
    let seen = piped(&place, &["-Id", "1,2", "-ScriptBlock", "$input"], b"a\nb\n");
    let mut lines: Vec<_> = seen.stdout.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["localhost: a", "localhost: a", "localhost: b", "localhost: b"], "{seen:?}");
    assert_eq!(seen.status, 0);
}

#[test]
fn the_input_of_a_command_that_has_failed_is_not_waited_for() {
    let place = Place::new();
    let args = ["-ConfigurationName", "Restricted", "--input", "text", "-ScriptBlock", "1"];
    let mut command = place.remote_command("invoke-command", &args);
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = child.spawn().unwrap();
    let open = child.stdin.take();
    Seen::at_end_of(child).is("", NO_LANGUAGE, 1);
    drop(open);
}

#[test]
fn jobs_are_refused() {
    let place = Place::new();
    let expected = error_of(
        "Invoke-Command",
        "The parameter 'AsJob' cannot be used: this program has no jobs.",
        "InvalidArgument: (:), ParameterBindingException",
        "JobsNotSupported",
        Some("start the command with -InDisconnectedSession, and show its output with receive-pssession"),
    );
    place.remote("invoke-command", &["-ScriptBlock", "1", "-AsJob"]).is("", &expected, 2);
    assert_eq!(place.listener.counters().connections, 0);
}
