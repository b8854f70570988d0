//! What scripts write to their host and ask there, at a terminal and without one.

use crate::support::terminal::{SeenOnTerminal, Shown, Terminal};
use crate::support::{Login, Place, Seen};
use std::process::Command;

fn command(place: &Place, script: &str, more: &[&str]) -> Command {
    let mut args = place.to(Login::Ntlm);
    args.extend(["-ScriptBlock", script].into_iter().chain(more.iter().copied()).map(str::to_owned));
    place.home.cmdlet("Invoke-Command", &args.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Runs a script at a terminal, where each prompt gets the keys beside it.
fn typed(script: &str, answers: &[(&str, &str)]) -> SeenOnTerminal {
    let place = Place::new();
    let mut terminal = Terminal::start(&command(&place, script, &[]), Shown::Nothing, 120);
    for (prompt, keys) in answers {
        terminal.wait_for(prompt, 1);
        terminal.press(keys);
    }
    terminal.end()
}

/// Runs a script without a terminal, with a file of answers.
fn answered(script: &str, answers: Option<&str>) -> Seen {
    let place = Place::new();
    let file = answers.map(|text| place.home.write("answers", text));
    let option = file.iter().flat_map(|file| ["--answer", file]).collect::<Vec<_>>();
    let mut alone = Command::new("setsid");
    let inner = command(&place, script, &option);
    alone.arg("--wait").arg(inner.get_program()).args(inner.get_args()).env_clear();
    alone.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    Seen::of(&mut alone)
}

#[test]
fn a_line_is_asked_for_and_seen() {
    let seen = typed("$n = Read-Host 'Your name'; $n", &[("Your name: ", "Alice\n")]);
    assert_eq!(
        (seen.screen.as_str(), seen.stdout.as_str(), seen.status),
        ("Your name: Alice\n", "Alice\n", 0)
    );
}

#[test]
fn a_secret_is_asked_for_with_a_warning_and_not_seen() {
    let seen = typed("$s = Read-Host 'Pin' -AsSecureString; 'done'", &[("Pin: ", "hush\n")]);
    assert_eq!(
        seen.screen,
        "localhost is asking for a secret. Enter it only if you trust that computer and the script it runs.\nPin: \n"
    );
    assert_eq!((seen.stdout.as_str(), seen.status, seen.echoes), ("done\n", 0, true));
}

#[test]
fn a_credential_is_asked_for_by_the_computer() {
    let script = "$c = Get-Credential -Message 'Sign in'; 'done'";
    let seen = typed(script, &[("User: ", "bob\n"), ("Password for user bob: ", "hush\n")]);
    assert_eq!(
        seen.screen,
        "\nSign in\nlocalhost is asking for credentials. Enter them only if you trust that computer and the script it \
         runs.\nUser: bob\nPassword for user bob: \n"
    );
    assert_eq!((seen.stdout.as_str(), seen.status), ("done\n", 0));
}

#[test]
fn one_choice_and_several() {
    let script = "$Host.UI.PromptForChoice('Caption', 'Message', @('&Yes', '&No'), 1)";
    let seen = typed(script, &[("(default is \"N\"): ", "y\n")]);
    assert_eq!(seen.screen, "\nCaption\nMessage\n[Y] Yes  [N] No  [?] Help (default is \"N\"): y\n");
    assert_eq!((seen.stdout.as_str(), seen.status), ("0\n", 0));

    let script = "$Host.UI.PromptForChoice('Pick', 'Several', @('&One', '&Two', 'T&hree'), @(0, 2))";
    let seen = typed(script, &[("Choice[0]: ", "h\n"), ("Choice[1]: ", "one\n"), ("Choice[2]: ", "\n")]);
    let menu = "\nPick\nSeveral\n[O] One\n[T] Two\n[H] Three\n[?] Help\n(default choices are O,H)\n";
    assert_eq!(seen.screen, format!("{menu}Choice[0]: h\nChoice[1]: one\nChoice[2]: \n"));
    assert_eq!((seen.stdout.as_str(), seen.status), ("2\n0\n", 0));
}

#[test]
fn ctrl_c_at_a_question_ends_the_run() {
    let seen = typed("Read-Host 'Your name'; 'after'", &[("Your name: ", "\x03")]);
    assert_eq!((seen.stdout.as_str(), seen.status), ("", 130));
}

#[test]
fn a_file_answers_in_place_of_a_person() {
    let script = "Read-Host 'Your name'; $s = Read-Host 'Pin' -AsSecureString; Read-Host 'City'";
    answered(script, Some("# for the test\nYour name = Alice\nhush\nParis\n")).is("Alice\nParis\n", "", 0);
}

#[test]
fn without_a_terminal_a_question_is_refused_and_the_script_goes_on() {
    let refused = "Read-Host: The prompt \"Your name\" cannot be answered without a terminal; --answer FILE gives answers.\n";
    answered("Read-Host 'Your name'; 'after'", None).is("after\n", refused, 1);
    let refused = "Read-Host: The prompt \"Your name\" cannot be answered: there is no terminal, and no answer in the file.\n";
    answered("Read-Host 'Your name'; 'after'", Some("Other = x\n")).is("after\n", refused, 1);
}
