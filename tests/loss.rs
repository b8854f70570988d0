//! A network that goes away while commands run, and comes back or does not.

use crate::leaving::first_line;
use crate::support::{Place, Seen, in_parallel};
use pssession_listener::{Effect, Injection, SessionSpec, Target, Verb};
use std::io::Write;
use std::process::{Child, Command, Stdio};

const INTERRUPTED: &str =
    "WARNING: The network connection to localhost has been interrupted. Reconnecting...\n";
const RESTORED: &str = "WARNING: The network connection to localhost has been restored.\n";

fn start(mut command: Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// What is seen of a command that has written `a` when the network goes away for good.
fn seen_without_network(place: &Place, command: Command) -> Seen {
    let mut child = start(command);
    first_line(&mut child, "a\n");
    place.listener.unplug();
    Seen::at_end_of(child)
}

/// How a run ends whose session is not reached again: with its error, and the line that goes on.
fn is_lost(seen: &Seen, error_id: &str, again: &str) {
    let lost = "The connection to localhost was lost and could not be had again. ";
    let lines: Vec<_> = seen.stderr.lines().collect();
    let [first, error @ .., last_but_one, last] = &lines[..] else { panic!("{seen:?}") };
    assert_eq!((seen.stdout.as_str(), seen.status), ("", 74), "{seen:?}");
    assert_eq!(format!("{first}\n"), INTERRUPTED);
    assert!(error.iter().any(|line| line.contains(error_id)), "{seen:?}");
    assert!(last_but_one.starts_with(lost), "{seen:?}");
    assert_eq!(*last, format!("To go on: {again}"));
}

#[test]
fn a_command_that_is_lost_is_said_to_be_and_goes_on_for_who_comes_back() {
    let place = Place::new();
    let script = "'a'; Start-Sleep 1; 'b'";
    let command = place.remote_command("invoke-command", &["--reconnect-for", "2", "-ScriptBlock", script]);
    let seen = seen_without_network(&place, command);
    is_lost(&seen, "JobFailure", "receive-pssession -Id 1");
    assert_eq!(place.states(), [(1, "Disconnected", "None")]);
    place.listener.plug_in();
    let again: Vec<_> = seen.stderr.lines().last().unwrap().split(' ').skip(3).collect();
    Seen::of(&mut place.home.cmdlet(again[0], &again[1..])).is("b\n", "", 0);
}

#[test]
fn a_command_that_is_received_and_lost_goes_on_where_it_was() {
    let place = Place::new();
    let id = place.opened("ITTask");
    let script = "'a'; Start-Sleep 1; 'b'";
    let start = ["-Id", &id, "-InDisconnectedSession", "-ScriptBlock", script];
    assert_eq!(place.run_as("invoke-command", &start).status, 0);
    let receive = ["-Id", &id, "--reconnect-for", "1"];
    let seen = seen_without_network(&place, place.home.cmdlet("receive-pssession", &receive));
    is_lost(&seen, "ReceivePSSessionPipelineFailed", "receive-pssession -Id 1");
    place.listener.plug_in();
    place.run_as("receive-pssession", &["-Id", &id]).is("b\n", "", 0);
}

#[test]
fn a_network_that_comes_back_in_time_costs_nothing() {
    let place = Place::new();
    let script = "'a'; Start-Sleep 1; 'b'; Start-Sleep 1; 'c'";
    let mut child = start(place.remote_command("invoke-command", &["-ScriptBlock", script]));
    first_line(&mut child, "a\n");
    place.listener.unplug();
    std::thread::sleep(std::time::Duration::from_millis(1200));
    place.listener.plug_in();
    Seen::at_end_of(child).is("b\nc\n", &format!("{INTERRUPTED}{RESTORED}"), 0);
    assert_eq!((place.listener.sessions(), place.home.stored()), (vec![], vec![]));
}

#[test]
fn what_is_lost_is_not_tried_again_where_that_is_not_wanted() {
    let place = Place::new();
    for args in [&["--reconnect-for", "0"] as &[_], &[]] {
        place.home.write("config.toml", "reconnect_for = 0\n");
        let script = ["-ScriptBlock", "'a'; Wait-Event"];
        let mut command = place.remote_command("invoke-command", &[args, &script].concat());
        if args.is_empty() {
            command.env("PSSESSION_CONFIG", place.home.path().join("config.toml"));
        }
        let seen = seen_without_network(&place, command);
        place.listener.plug_in();
        assert!(!seen.stderr.contains("Reconnecting"), "{seen:?}");
        assert_eq!((seen.stdout.as_str(), seen.status), ("", 74), "{seen:?}");
    }
}

#[test]
fn programs_see_what_is_lost_in_json() {
    let place = Place::new();
    let args = ["--reconnect-for", "1", "--output", "jsonl", "-ScriptBlock", "'a'; Wait-Event"];
    let mut child = start(place.remote_command("invoke-command", &args));
    first_line(&mut child, "\"a\"\n");
    place.listener.unplug();
    let seen = Seen::at_end_of(child);
    let lines: Vec<_> = seen.stderr.lines().collect();
    let instance_id = place.home.stored()[0].session.instance_id;
    let name = place.home.stored()[0].session.name.clone().unwrap();
    let expected = [
        "{\"Stream\":\"Warning\",\"Message\":\"The network connection to localhost has been interrupted. Reconnecting...\"}",
        lines[1],
        &format!(
            "{{\"Stream\":\"Left\",\"ComputerName\":\"localhost\",\"Name\":\"{name}\",\"InstanceId\":\"{instance_id}\",\"Id\":1,\
             \"Reason\":\"ConnectionLost\",\"Command\":\"receive-pssession -Id 1\"}}"
        ),
    ];
    assert_eq!(lines, expected);
    assert!(lines[1].contains("JobFailure"), "{seen:?}");
    assert_eq!((seen.stdout.as_str(), seen.status), ("", 74));
}

#[test]
fn a_line_that_is_lost_is_received() {
    let place = Place::new();
    let id = place.opened("ITTask");
    let command = place.home.cmdlet("enter-pssession", &["-Id", &id, "--reconnect-for", "1"]);
    let seen = seen_without_network(&place, place.home.fed(command, "'a'; Start-Sleep 1; 'b'\n"));
    is_lost(&seen, "JobFailure", "receive-pssession -Id 1");
    place.listener.plug_in();
    // The host of a session writes what its lines put out.
    place.run_as("receive-pssession", &["-Id", &id]).is("", "b\n", 0);
}

#[test]
fn a_session_that_is_entered_and_lost_is_entered_again() {
    let place = Place::new();
    let id = place.opened("ITTask");
    let mut command = place.home.cmdlet("enter-pssession", &["-Id", &id, "--reconnect-for", "1"]);
    let mut child = start({
        command.stdin(Stdio::piped());
        command
    });
    let mut lines = child.stdin.take().unwrap();
    lines.write_all(b"$x = 'kept'; 'a'\n").unwrap();
    first_line(&mut child, "a\n");
    place.listener.unplug();
    is_lost(&Seen::at_end_of(child), "JobFailure", "enter-pssession -Id 1");
    place.listener.plug_in();
    let again = place.home.fed(place.home.cmdlet("enter-pssession", &["-Id", &id]), "$x\n");
    Seen::of(&mut { again }).is("kept\n", "", 0);
}

/// A server that holds the connection and says nothing, not even that there is nothing to say.
#[test]
fn a_connection_that_stalls_is_lost_and_restored() {
    let place = Place::new();
    let config = place.home.write("config.toml", "timeout = 2\n");
    let script = "'a'; Start-Sleep 4; 'b'";
    for skip in [2, 4] {
        place.listener.inject(Injection::new(Target::Verb(Verb::Receive), Effect::Never).after(skip));
        let mut command = place.remote_command("invoke-command", &["-ScriptBlock", script]);
        let seen = Seen::of(command.env("PSSESSION_CONFIG", &config));
        seen.is("a\nb\n", &format!("{INTERRUPTED}{RESTORED}"), 0);
    }
}

/// That nothing comes while the connection is lost does not mean that nothing is there.
#[test]
fn what_is_there_is_received_once_the_connection_is_back() {
    let place = Place::new();
    let id = place.opened("ITTask");
    let start = ["-Id", &id, "-InDisconnectedSession", "-ScriptBlock", "1..3; Wait-Event"];
    assert_eq!(place.run_as("invoke-command", &start).status, 0);
    place.listener.inject(Injection::new(Target::Verb(Verb::Receive), Effect::DropBefore));
    // The first two are those of the session and its command. Then it takes 1.5 seconds.
    let busy = Injection::new(Target::Verb(Verb::Reconnect), Effect::Status(503, None));
    place.listener.inject(busy.after(2).times(2));
    let left = format!("Left running on localhost. To go on: receive-pssession -Id {id}\n");
    let seen = place.run_as("receive-pssession", &["-Id", &id, "--no-wait"]);
    seen.is("1\n2\n3\n", &format!("{INTERRUPTED}{RESTORED}{left}"), 75);
}

#[test]
fn input_that_may_have_arrived_is_not_sent_again() {
    let lost = "The connection to localhost was lost before the answer was complete.";
    // As the first request of a connection it goes with the login, whose own last answer is empty.
    let empty = "The computer localhost sent an answer that is not WS-Management.";
    let effects = [
        (Effect::DropBefore, lost),
        (Effect::DropAfter, lost),
        (Effect::Empty, empty),
        // Over HTTP this is not sealed, so that it may have been written in place of an answer.
        (Effect::ExpireLogin, lost),
        (Effect::Status(503, None), lost),
    ];
    let cases = effects.iter().flat_map(|effect| (0..4).map(move |skip| (effect, skip)));
    in_parallel(cases.collect(), |((effect, why), skip)| {
        let place = Place::new();
        place.listener.inject(Injection::new(Target::Verb(Verb::Send), effect.clone()).after(skip));
        let args = ["--input", "text", "-ScriptBlock", "$input"];
        let command = place.remote_command("invoke-command", &args);
        let seen = Seen::of(&mut place.home.fed(command, &"a line\n".repeat(6000)));
        let doubt = format!("{why} Whether the command was given all of its input is not known.");
        assert!(seen.stderr.contains(&doubt) && seen.stderr.contains("JobFailure\n"), "{skip} {seen:?}");
        assert!(seen.stderr.ends_with("\nTo go on: receive-pssession -Id 1\n"), "{seen:?}");
        assert_eq!(seen.status, 74, "{seen:?}");
        // One that is dropped before is not counted.
        assert!(place.actions().iter().filter(|action| *action == "Send").count() <= skip + 1);
    });
}

/// Each request of each cmdlet in turn is lost, before or after it was carried out, or its answer is cut off.
#[test]
fn a_connection_that_breaks_once_at_any_request_of_any_cmdlet_costs_nothing() {
    let effects = [
        Effect::DropBefore,
        Effect::DropAfter,
        Effect::Cut(0),
        Effect::Cut(200),
        Effect::Garbage,
        Effect::Empty,
    ];
    let script = "1..3 | ForEach-Object { $_; Start-Sleep -Milliseconds 20 }";
    let stories: [(&str, &[&str], &str, &str); 6] = [
        ("invoke-command", &["-ScriptBlock", script], "", "1\n2\n3\n"),
        ("enter-pssession", &[], "'a'\n'b'\n", "a\nb\n"),
        ("new-pssession", &["-Name", "New", "--output", "id"], "", ""),
        ("invoke-command", &["-Name", "ITTask", "-ScriptBlock", script], "", "1\n2\n3\n"),
        ("receive-pssession", &["-Name", "Runs"], "", "1\n2\n3\n"),
        ("get-pssession", &["-Name", "ITTask", "--output", "jsonl"], "", ""),
    ];
    let cases = stories.iter().flat_map(|story| effects.iter().map(move |effect| (story, effect)));
    in_parallel(cases.collect(), |((cmdlet, args, input, output), effect)| {
        for skip in 0.. {
            let place = Place::new();
            place.session("ITTask");
            let spec = SessionSpec {
                name: Some("Runs".into()),
                script: Some(script.into()),
                ..SessionSpec::default()
            };
            place.add(spec);
            place.listener.inject(Injection::new(Target::Soap, effect.clone()).after(skip));
            let command = place.home.fed(place.remote_command(cmdlet, args), input);
            let seen = Seen::of(&mut { command });
            let case =
                format!("{cmdlet} {args:?} {effect:?} after {skip}: {seen:?} by {:?}", place.actions());
            assert_eq!(seen.status, 0, "{case}");
            assert!(output.is_empty() || seen.stdout == *output, "{case}");
            let is_harmless = |line: &str| INTERRUPTED.trim() == line || RESTORED.trim() == line;
            assert!(seen.stderr.lines().all(is_harmless), "{case}");
            let sessions = 2 + usize::from(*cmdlet == "new-pssession");
            assert_eq!(place.listener.sessions().len(), sessions, "{case}");
            if place.listener.requests().len() < skip {
                break;
            }
        }
    });
}

#[cfg(unix)]
mod on_a_terminal {
    use super::*;
    use crate::support::terminal::{Shown, Terminal};

    const LOST: &str = "Connection to localhost lost; trying again for 0:";

    /// The clock counts while the connection is lost, and is gone when output goes on.
    #[test]
    fn a_line_counts_the_time_that_is_left() {
        let place = Place::new();
        let script = "'a'; Start-Sleep 1; 'b'";
        let args = ["--reconnect-for", "60", "-ScriptBlock", script];
        let terminal =
            Terminal::start(&place.remote_command("invoke-command", &args), Shown::Everything, 120);
        terminal.wait_for("a\n", 1);
        place.listener.unplug();
        terminal.wait_for(LOST, 20);
        place.listener.plug_in();
        let seen = terminal.end();
        assert_eq!(seen.status, 0, "{seen:?}");
        assert!(seen.screen.starts_with("a\n\\ Connection") && !seen.screen.contains("WARNING"), "{seen:?}");
        let counted = &seen.screen;
        // Two seconds pass while it is drawn so often.
        assert!(
            counted.contains("0:57 (~. gives up, ~d leaves it running)") && counted.contains("0:56"),
            "{seen:?}"
        );
        assert!(seen.screen.ends_with("\r\x1b[2Kb\n"), "{seen:?}");
    }

    #[test]
    fn a_connection_that_is_lost_while_a_line_is_typed_leaves_the_line_as_it_is() {
        let place = Place::new();
        let id = place.opened("ITTask");
        let args = ["-Id", &id, "--reconnect-for", "60"];
        let mut terminal =
            Terminal::start(&place.home.cmdlet("enter-pssession", &args), Shown::Everything, 100);
        terminal.wait_for("PS C:\\> ", 1);
        terminal.press("'he");
        terminal.wait_for("'he", 1);
        place.listener.unplug();
        terminal.wait_for(LOST, 1);
        place.listener.plug_in();
        terminal.wait_for("Connection to localhost restored.", 1);
        terminal.press("re'\r");
        terminal.wait_for("\nhere\n", 1);
        terminal.press("exit 3\r");
        assert_eq!(terminal.end().status, 3);
    }

    #[test]
    fn a_connection_that_is_lost_for_good_while_a_line_is_typed_ends_with_the_way_back() {
        let place = Place::new();
        let id = place.opened("ITTask");
        let args = ["-Id", &id, "--reconnect-for", "1"];
        let mut terminal =
            Terminal::start(&place.home.cmdlet("enter-pssession", &args), Shown::Everything, 100);
        terminal.wait_for("PS C:\\> ", 1);
        terminal.press("$x = 'kept'\r");
        terminal.wait_for("PS C:\\> ", 2);
        terminal.press("'not run");
        terminal.wait_for("'not run", 1);
        place.listener.unplug();
        let seen = terminal.end();
        assert!(seen.screen.ends_with("\nTo go on: enter-pssession -Id 1\n") && seen.echoes, "{seen:?}");
        assert_eq!(seen.status, 74);
        place.listener.plug_in();
        let again = place.home.fed(place.home.cmdlet("enter-pssession", &["-Id", &id]), "$x\n");
        Seen::of(&mut { again }).is("kept\n", "", 0);
    }
}
