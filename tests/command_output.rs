//! What commands write, in every form, and the status that follows from it.

use crate::support::{Place, Seen};
use pssession_listener::{Effect, Injection, Target, Verb};

fn invoke(place: &Place, script: &str, args: &[&str]) -> Seen {
    place.remote("invoke-command", &[&["-ScriptBlock", script], args].concat())
}

#[test]
fn the_forms_of_objects() {
    let place = Place::new();
    let text = "\nStatus  Name    DisplayName\n------  ----    -----------\n\
                Running WinRM   Windows Remote Management (WS-Management)\nStopped Spooler Print Spooler\n\n";
    invoke(&place, "Get-Service", &[]).is(text, "", 0);
    let first =
        r#"{"Status":"Running","Name":"WinRM","DisplayName":"Windows Remote Management (WS-Management)"}"#;
    let second = r#"{"Status":"Stopped","Name":"Spooler","DisplayName":"Print Spooler"}"#;
    invoke(&place, "Get-Service", &["--output", "jsonl"]).is(&format!("{first}\n{second}\n"), "", 0);
    invoke(&place, "Get-Service", &["--output", "json"]).is(&format!("[\n{first},\n{second}\n]\n"), "", 0);
    let csv = "\"Status\",\"Name\",\"DisplayName\"\n\
               \"Running\",\"WinRM\",\"Windows Remote Management (WS-Management)\"\n\"Stopped\",\"Spooler\",\"Print Spooler\"\n";
    invoke(&place, "Get-Service", &["--output", "csv"]).is(csv, "", 0);
    let seen = invoke(&place, "'a'; 1", &["--output", "clixml"]);
    let clixml = "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">\n  <S>a</S>\n  \
                  <I32>1</I32>\n</Objs>\n";
    seen.is(clixml, "", 0);
}

#[test]
fn json_without_objects_is_an_empty_array() {
    let place = Place::new();
    invoke(&place, "$x = 1", &["--output", "json"]).is("[]\n", "", 0);
    invoke(&place, "$x = 1", &["--output", "jsonl"]).is("", "", 0);
}

/// An array of objects and one of sessions were both there.
#[test]
fn json_is_one_array() {
    let place = Place::new();
    let read = |seen: Seen| serde_json::from_str::<Vec<serde_json::Value>>(&seen.stdout).unwrap().len();
    assert_eq!(read(invoke(&place, "1..3", &["--output", "json"])), 3);
    assert_eq!(read(invoke(&place, "1..3", &["--output", "json", "-InDisconnectedSession"])), 1);
}

#[test]
fn the_views_of_errors() {
    let place = Place::new();
    let script = "'before'; Write-Error 'bad'; 'after'";
    invoke(&place, script, &[]).is("before\nafter\n", "Write-Error: bad\n", 1);
    invoke(&place, script, &["--error-view", "concise"]).is("before\nafter\n", "Write-Error: bad\n", 1);
    let seen = invoke(&place, script, &["--error-view", "normal"]);
    let lines: Vec<&str> = seen.stderr.lines().collect();
    assert_eq!(lines[0], "bad");
    assert!(lines[1].starts_with("+ CategoryInfo          : NotSpecified: "), "{seen:?}");
    assert_eq!(lines[2], "+ FullyQualifiedErrorId : Microsoft.PowerShell.Commands.WriteErrorException");
    assert_eq!(lines[3], "+ PSComputerName        : localhost");
    let seen = invoke(&place, script, &["--output", "jsonl"]);
    let error: serde_json::Value = serde_json::from_str(&seen.stderr).unwrap();
    assert_eq!((&error["Stream"], &error["Message"]), (&"Error".into(), &"bad".into()));
    assert_eq!((seen.stdout.as_str(), seen.status), ("\"before\"\n\"after\"\n", 1));
    // Hidden, it counts all the same.
    invoke(&place, script, &["-ErrorAction", "SilentlyContinue"]).is("before\nafter\n", "", 1);
}

#[test]
fn other_streams_go_to_stderr() {
    let place = Place::new();
    let script = "Write-Host 'h'; Write-Warning 'w'; Write-Verbose 'v' -Verbose; Write-Debug 'd' -Debug; \
                  Write-Information 'i'; Write-Progress 'p'; 'out'";
    invoke(&place, script, &[]).is("out\n", "h\nWARNING: w\nVERBOSE: v\nDEBUG: d\n", 0);
    let json = "{\"Stream\":\"Information\",\"Message\":\"h\"}\n{\"Stream\":\"Warning\",\"Message\":\"w\"}\n\
                {\"Stream\":\"Verbose\",\"Message\":\"v\"}\n{\"Stream\":\"Debug\",\"Message\":\"d\"}\n";
    invoke(&place, script, &["--output", "jsonl"]).is("\"out\"\n", json, 0);
}

#[test]
fn the_number_of_exit_is_the_status() {
    let place = Place::new();
    invoke(&place, "'a'; exit 3", &[]).is("a\n", "", 3);
    invoke(&place, "Write-Error 'bad'; exit 0", &[]).is("", "Write-Error: bad\n", 0);
    invoke(&place, "exit 255", &[]).is("", "", 255);
}

#[test]
fn a_number_that_no_process_can_have_is_said() {
    let place = Place::new();
    for number in ["256", "3010", "-1"] {
        let text =
            format!("The command exited with {number}, which does not fit into an exit status (0 to 255).");
        let script = format!("'a'; exit {number}");
        invoke(&place, &script, &[]).is("a\n", &format!("WARNING: {text}\n"), 255);
        let json = format!("{{\"Stream\":\"Warning\",\"Message\":\"{text}\"}}\n");
        invoke(&place, &script, &["--output", "jsonl"]).is("\"a\"\n", &json, 255);
    }
}

#[test]
fn a_command_that_fails_has_status_1() {
    let place = Place::new();
    invoke(&place, "'a'; throw 'boom'", &[]).is("a\n", "OperationStopped: boom\n", 1);
    let seen = invoke(&place, "Get-Nothing; 'after'", &[]);
    assert!(
        seen.stderr
            .starts_with("ObjectNotFound: The term 'Get-Nothing' is not recognized as a name of a cmdlet")
    );
    assert_eq!(seen.status, 1);
}

#[test]
fn lines_say_which_of_several_computers_they_are_from() {
    let place = Place::new();
    let port = place.listener.http_address().port().to_string();
    let on_two = |args: &[&str]| {
        let to = ["-ComputerName", "localhost,127.0.0.1", "-Port", &port, "-ThrottleLimit", "1"];
        Seen::of(&mut place.home.cmdlet("invoke-command", &[&to, args].concat()))
    };
    on_two(&["-ScriptBlock", "'x'; Write-Warning 'w'; Write-Host 'h'"]).is(
        "localhost: x\n127.0.0.1: x\n",
        "[localhost] WARNING: w\n[localhost] h\n[127.0.0.1] WARNING: w\n[127.0.0.1] h\n2 ok, 0 failed, 0 unreachable.\n",
        0,
    );
    on_two(&["-ScriptBlock", "'x'", "-HideComputerName"]).is("x\nx\n", "", 0);
    on_two(&["-ScriptBlock", "'x'", "--output", "jsonl"]).is(
        "{\"value\":\"x\",\"PSComputerName\":\"localhost\"}\n{\"value\":\"x\",\"PSComputerName\":\"127.0.0.1\"}\n",
        "{\"Stream\":\"Recap\",\"Ok\":2,\"Failed\":[],\"Unreachable\":[]}\n",
        0,
    );
    let said = "WARNING: The command exited with 3010, which does not fit into an exit status (0 to 255).";
    let recap = "0 ok, 2 failed, 0 unreachable. Failed: 127.0.0.1,localhost";
    let expected = format!("[127.0.0.1] {said}\n[localhost] {said}\n{recap}\n");
    on_two(&["-ScriptBlock", "exit 3010"]).is("", &expected, 1);
}

#[test]
fn computers_where_it_failed_are_written_to_a_file_and_read_again() {
    let place = Place::new();
    let port = place.listener.http_address().port().to_string();
    let todo = place.home.path().join("todo");
    let run = |computers: &str, script: &str| {
        let args = [
            "-ComputerName",
            computers,
            "-Port",
            &port,
            "--failed-to",
            todo.to_str().unwrap(),
            "-ScriptBlock",
            script,
        ];
        Seen::of(&mut place.home.cmdlet("invoke-command", &args))
    };
    let seen = run("localhost,server.invalid", "'x'");
    assert!(
        seen.stderr.starts_with(
            "Invoke-Command : [server.invalid] Connecting to remote server server.invalid failed"
        )
    );
    assert!(
        seen.stderr
            .contains("    + CategoryInfo          : OpenError: (server.invalid:String) [Invoke-Command], ")
    );
    assert!(
        seen.stderr.ends_with("\n1 ok, 0 failed, 1 unreachable. Unreachable: server.invalid\n"),
        "{seen:?}"
    );
    assert_eq!((seen.stdout.as_str(), seen.status), ("localhost: x\n", 1));
    assert_eq!(std::fs::read_to_string(&todo).unwrap(), "server.invalid\n");
    assert_eq!(run("localhost,127.0.0.1", "'x'").status, 0);
    assert_eq!(std::fs::read_to_string(&todo).unwrap(), "");
}

#[test]
fn a_command_that_its_server_ends_without_a_state_is_an_error() {
    let place = Place::new();
    let id = place.opened("ITTask");
    const SHELL: &str = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell";
    let done = format!(
        "<n:ReceiveResponse xmlns:n=\"{SHELL}\"><n:CommandState CommandId=\"11111111-1111-1111-1111-111111111111\" \
         State=\"{SHELL}/CommandState/Done\"></n:CommandState></n:ReceiveResponse>"
    );
    place.listener.inject(Injection::new(Target::Verb(Verb::Receive), Effect::Body(done)));
    let seen = Seen::of(&mut place.home.cmdlet("invoke-command", &[&id, "'a'"]));
    let message = "Processing data from remote server localhost failed with the following error message: The server ended \
                   the command without its state.";
    assert!(seen.stderr.contains(message), "{seen:?}");
    assert_eq!((seen.stdout.as_str(), seen.status), ("", 1));
}
