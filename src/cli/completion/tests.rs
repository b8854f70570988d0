use super::candidates::{Wanted, wanted};
use super::*;
use crate::cli::cmdlets::TABLES;
use crate::cli::{Invocation, parse};
use pssession::record::{InstanceId, RunspaceAvailability, RunspaceState, SessionNumber};
use std::ffi::OsStr;
use std::path::Path;
use uuid::Uuid;

fn session(id: u32, name: &str, computer_name: &str) -> PSSession {
    PSSession {
        id: Some(SessionNumber(id)),
        name: Some(name.into()),
        instance_id: InstanceId(Uuid::from_u128(u128::from(id) << 124)),
        computer_name: computer_name.into(),
        connection_uri: format!("http://{}:5985/wsman", computer_name.to_lowercase()),
        configuration_name: "Microsoft.PowerShell".into(),
        state: RunspaceState::Disconnected,
        availability: RunspaceAvailability::None,
        idle_timeout: None,
        output_buffering_mode: None,
        disconnected_on: None,
        expires_on: None,
        last_seen: None,
        command: None,
        application_private_data: None,
    }
}

fn known() -> Vec<PSSession> {
    vec![
        session(1, "ITTask", "Server01"),
        session(2, "IT Backup", "Server01"),
        session(3, "itTest", "Server02"),
        session(10, "O'Brien", "Server02"),
    ]
}

/// The candidates for the end of a line; a missing end is an empty word.
#[track_caller]
fn words_with(known: &[PSSession], line: &str) -> Vec<String> {
    match wanted(&Shell::Fish.split(line).words, known) {
        Wanted::Words(candidates) => candidates.into_iter().map(|candidate| candidate.word).collect(),
        other => panic!("{line}: {other:?}"),
    }
}

#[track_caller]
fn check(end: &str, expected: &[&str]) {
    assert_eq!(words_with(&known(), &format!("connect-pssession {end}")), expected, "{end}");
}

#[test]
fn parameters_in_any_letter_case_and_behind_any_dash() {
    check("-na", &["-Name"]);
    check("-CO", &["-ComputerName", "-ConfigurationName", "-ConnectionUri", "-Confirm"]);
    check("\u{2013}us", &["\u{2013}UseSSL"]);
    check("-nosuch", &[]);
    // An alias only where no name begins like that.
    check("-ur", &["-URI"]);
    check(
        "-c",
        &[
            "-ComputerName",
            "-ConfigurationName",
            "-ConnectionUri",
            "-Credential",
            "-CertificateThumbprint",
            "-Confirm",
        ],
    );
}

#[test]
fn parameters_that_are_given_or_stand_in_no_set_with_them_are_left_out() {
    check(
        "-Id 1 -",
        &[
            "-ThrottleLimit",
            "-WhatIf",
            "-Confirm",
            "-Verbose",
            "-Debug",
            "-ErrorAction",
            "-WarningAction",
            "-InformationAction",
            "-ProgressAction",
            "-ErrorVariable",
            "-WarningVariable",
            "-InformationVariable",
            "-OutVariable",
            "-OutBuffer",
            "-PipelineVariable",
        ],
    );
    check("Server01 -n -na", &[]);
    check("Server01 -Na x -na", &[]);
    check("-ConnectionUri http://Server01 -p", &["-ProgressAction", "-PipelineVariable"]);
    check("-Cn Server01 -In", &["-InstanceId", "-InformationAction", "-InformationVariable"]);
    check("-Verbose -ve", &[]);
    check("-ea Stop -Whatif:false -wh", &[]);
}

#[test]
fn every_cmdlet_offers_all_its_parameters() {
    for table in TABLES {
        let name = table.cmdlet.name();
        let expected: Vec<_> = table.parameters().map(|parameter| format!("-{}", parameter.name)).collect();
        for command in [name.to_lowercase(), format!("C:\\x/{name}.EXE"), format!("sudo /usr/bin/{name}")] {
            assert_eq!(words_with(&[], &format!("{command} -").replace('\\', "\\\\")), expected, "{command}");
        }
        let by_option = format!("connect-pssession --as {} -", name.to_lowercase());
        assert_eq!(words_with(&[], &by_option), expected);
        assert_eq!(
            words_with(&[], &format!("connect-pssession --as {name} -WhatI")).len(),
            usize::from(table.should_process)
        );
    }
}

#[test]
fn cmdlets_for_as() {
    let all: Vec<_> = names().collect();
    assert_eq!(words_with(&[], "connect-pssession --as "), all);
    let attached: Vec<_> = all.iter().map(|name| format!("--as={name}")).collect();
    assert_eq!(words_with(&[], "connect-pssession --as="), attached);
    check("--as CONN", &["connect-pssession"]);
    check("--a", &["--as"]);
    check("-Verbose --a", &[]);
    check("--as nosuch -N", &[]);
}

#[test]
fn own_options_and_their_values() {
    check("--c", &["--color", "--ca-file", "--cert-file", "--cert-store", "--completions"]);
    check("--color never --col", &[]);
    check("--color ", &["auto", "always", "never"]);
    check("--output J", &["json", "jsonl"]);
    check("--OUTPUT=jsonl", &["--OUTPUT=jsonl"]);
    check("--completions ", &["bash", "zsh", "fish", "powershell"]);
    check("--timeout ", &[]);
    check("--output -Na", &["-Name"]);
    for (end, expected) in [
        ("--ca-file /et", Wanted::Files),
        ("--password-file=", Wanted::Files),
        ("--cert-file ", Wanted::Files),
        ("--cert-store ", Wanted::Directories),
        ("--store ", Wanted::Directories),
        ("--install-links ./b", Wanted::Directories),
    ] {
        let line = format!("connect-pssession {end}");
        assert_eq!(wanted(&Shell::Bash.split(&line).words, &[]), expected, "{end}");
    }
}

#[test]
fn members_of_enumerations_and_switches() {
    check("-Authentication n", &["Negotiate", "NegotiateWithImplicitCredential"]);
    check("-ErrorAction ", &["SilentlyContinue", "Stop", "Continue", "Inquire", "Ignore"]);
    check("-ea:s", &["-ea:SilentlyContinue", "-ea:Stop"]);
    check("-usessl:", &["-usessl:true", "-usessl:false"]);
    check("-UseSSL: f", &["false"]);
    check("-Port ", &[]);
    check("-Confirm -Po", &["-Port"]);
}

#[test]
fn keys_and_values_of_session_options() {
    check("-SessionOption SkipC", &["SkipCACheck=", "SkipCNCheck="]);
    check("-SessionOption skipCACheck=true,skipc", &["skipCACheck=true,SkipCNCheck="]);
    check("-SessionOption SkipCACheck=", &["SkipCACheck=true", "SkipCACheck=false"]);
    check("-SessionOption outputbufferingMode=b", &["outputbufferingMode=Block"]);
    check("-SessionOption '@{SkipCACheck=$true; SkipC", &["@{SkipCACheck=$true; SkipCNCheck="]);
    check("-SessionOption '@{maximumred", &["@{MaximumRedirection="]);
    // Of the members of AuthenticationMechanism a proxy takes three.
    check(
        "-SessionOption ProxyAuthentication=",
        &["ProxyAuthentication=Basic", "ProxyAuthentication=Negotiate", "ProxyAuthentication=Digest"],
    );
    check("-SessionOption OpenTimeout=", &[]);
    check("-SessionOption NoSuch=", &[]);
    let all = words_with(&[], "connect-pssession -SessionOption ");
    assert!(all.iter().all(|key| key.ends_with('=')), "{all:?}");
}

#[test]
fn sessions_that_are_known() {
    check("-Name ", &["ITTask", "IT Backup", "itTest", "O'Brien"]);
    check("-Id ", &["1", "2", "3", "10"]);
    check("-Id 1", &["1", "10"]);
    check("-InstanceId 1", &["10000000-0000-0000-0000-000000000000"]);
    check("-ComputerName ", &["Server01", "Server02"]);
    check("-ConnectionUri ", &["http://server01:5985/wsman", "http://server02:5985/wsman"]);
    check("-ConfigurationName ", &["Microsoft.PowerShell"]);
    check("-Session o", &["O'Brien"]);
    check("-ComputerName SERVER02 -Name ", &["itTest", "O'Brien"]);
    check("Server02 -Name:", &["-Name:itTest", "-Name:O'Brien"]);
    assert_eq!(words_with(&[], "connect-pssession -Name "), [""; 0]);
}

#[test]
fn words_without_a_name() {
    check("S", &["Server01", "Server02"]);
    check("", &["Server01", "Server02", "1", "2", "3", "10"]);
    check("ht", &["http://server01:5985/wsman", "http://server02:5985/wsman"]);
    check("1,", &["1,2", "1,3", "1,10"]);
    check("Server01,", &["Server01,Server02"]);
    check("-Verbose -- S", &["Server01", "Server02"]);
    check("-- -N", &[]);
    check("Server01 S", &[]);
    check("-Name x 1", &[]);
    // Where no word can stand any more, names are shown.
    assert_eq!(words_with(&known(), "connect-pssession -Id 1 ").first().unwrap(), "-ThrottleLimit");
    assert_eq!(words_with(&[], "connect-pssession ").first().unwrap(), "-Session");
}

#[test]
fn elements_of_an_array() {
    check("-Name ITTask,", &["ITTask,IT Backup", "ITTask,itTest", "ITTask,O'Brien"]);
    check("-Name ITTask, ", &["IT Backup", "itTest", "O'Brien"]);
    check("-Name ITTask, o", &["O'Brien"]);
    check("-Name:ITTask, o", &["O'Brien"]);
    check("-Name:itTest,O", &["-Name:itTest,O'Brien"]);
    check("-Name 'ITTask, IT B", &["ITTask, IT Backup"]);
    check("-Id 1,1", &["1,10"]);
    check("Server01, ", &["Server02"]);
    check(
        "-Name ITTask, -",
        &words_with(&[], "connect-pssession -Name ITTask -").iter().map(String::as_str).collect::<Vec<_>>(),
    );
}

/// Shells put what the candidates have in common in place of what was typed.
#[test]
fn what_was_typed_is_never_shortened() {
    check("-Name itt", &["ittask", "ittest"]);
    check("-Name itta", &["ITTask"]);
}

#[test]
fn names_that_cannot_be_typed_are_left_out_and_patterns_escaped() {
    let known: Vec<_> = ["a,b", "-Name", "evil\u{1b}[31m", "two\nlines", "", "job[1]", "say `hi`"]
        .iter()
        .zip(1..)
        .map(|(name, id)| session(id, name, "s"))
        .collect();
    let words = |line: &str| words_with(&known, &format!("connect-pssession {line}"));
    assert_eq!(words("-Name "), ["job`[1`]", "say ``hi``"]);
    assert_eq!(words("-Name:-"), ["-Name:-Name"]);
    assert_eq!(words("-Name 'job["), ["job[1]"]);
    assert_eq!(words("-Session j"), ["job[1]"]);
    let line = completion(Shell::Fish, "connect-pssession -Id 3", None).answer(&known);
    assert_eq!(line, "3\tevil\u{fffd}[31m, s, Disconnected\n");
}

fn completion(shell: Shell, line: &str, replaced: Option<&str>) -> Completion {
    Completion { shell, line: line.into(), replaced: replaced.map(str::to_owned), store: None }
}

#[test]
fn what_each_shell_receives() {
    let completed =
        |shell, end: &str| completion(shell, &format!("connect-pssession {end}"), None).answer(&known());
    assert_eq!(
        completed(Shell::Zsh, "-Name it"),
        "itTask\tITTask     -- Server01, Disconnected, Id 1\n\
         it Backup\tIT Backup  -- Server01, Disconnected, Id 2\n\
         itTest\titTest     -- Server02, Disconnected, Id 3\n"
    );
    assert_eq!(completed(Shell::Zsh, "--output=t"), "--output=table\ttable\n");
    assert_eq!(completed(Shell::Fish, "-Name o"), "O'Brien\tServer02, Disconnected, Id 10\n");
    assert_eq!(completed(Shell::Fish, "-Name 'itta"), "ittask\tServer01, Disconnected, Id 1\n");
    assert_eq!(completed(Shell::Pwsh, "-Name o"), "'O''Brien'\tO'Brien\tServer02, Disconnected, Id 10\n");
    assert_eq!(completed(Shell::Pwsh, "-Id 1,2,3"), "1,2,3\t3\titTest, Server02, Disconnected\n");
    assert_eq!(completed(Shell::Pwsh, "--color n"), "never\tnever\tnever\n");
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::Pwsh] {
        assert_eq!(completed(shell, "--store "), DIRECTORIES);
        assert_eq!(completed(shell, "--ca-file "), FILES);
        assert_eq!(completed(shell, "-nosuch"), "");
    }
}

#[test]
fn bash_receives_the_end_of_the_word_it_replaces() {
    let completed = |end: &str, replaced: &str| {
        completion(Shell::Bash, &format!("connect-pssession {end}"), Some(replaced)).answer(&known())
    };
    assert_eq!(completed("-Name O", "O"), "O\\'Brien \n");
    assert_eq!(completed("-Name:IT\\ ", "IT\\ "), "IT\\ Backup \n");
    assert_eq!(completed("-Name \"IT ", "IT "), "IT Backup\n");
    assert_eq!(completed("-Name 'O", "O"), "O'\\''Brien\n");
    assert_eq!(completed("-Name ITTask,\"IT B", "IT B"), "IT Backup\n");
    assert_eq!(completed("--output=jsonl", "jsonl"), "jsonl \n");
    assert_eq!(completed("--color=", ""), "auto \nalways \nnever \n");
    assert_eq!(
        completed("-SessionOption SkipCACheck=true,Open", "true,Open"),
        "true,OpenTimeout=\ntrue,OpenTimeout=...\n"
    );
    assert_eq!(completed("-SessionOption 'SkipCACheck=f", "SkipCACheck=f"), "SkipCACheck=false\n");
}

#[test]
fn words_are_read_as_the_shell_reads_them() {
    let words = |shell: Shell, line: &str| shell.split(line).words;
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        assert_eq!(words(shell, r#"a 'b c'  "d e"f\ g "#), ["a", "b c", "d ef g", ""]);
        assert_eq!(words(shell, r#"a "\"\$\\" \'"#), ["a", r#""$\"#, "'"]);
        assert_eq!(words(shell, "a \\\nb"), ["a", "b"]);
        assert_eq!(words(shell, "a\\"), ["a"]);
    }
    assert_eq!(words(Shell::Bash, r"'a\' b"), [r"a\", "b"]);
    assert_eq!(words(Shell::Fish, r"'a\'b\\' c"), [r"a'b\", "c"]);
    assert_eq!(
        words(Shell::Pwsh, r#"a 'b''c' "d`"e""f" g` h C:\x"#),
        ["a", "b'c", r#"d"e"f"#, "g h", r"C:\x"]
    );
    assert_eq!(Shell::Bash.split("a 'b c").open, Some('\''));
    assert_eq!(Shell::Bash.split("a \"b' c").open, Some('"'));
}

#[test]
fn what_is_quoted_is_read_as_it_was() {
    const TEXTS: [&str; 8] = [
        "plain",
        "two words",
        "O'Brien",
        "say \"hi\"",
        "$x `y` \\z",
        "!#~*?[a]{b}",
        "naïve—é",
        "a;b&c|d<e>(f)",
    ];
    for text in TEXTS {
        for open in [None, Some('\''), Some('"')] {
            let typed =
                format!("{}{}", open.map_or(String::new(), String::from), Shell::Bash.quote(text, open));
            assert_eq!(Shell::Bash.split(&typed).words, [text], "{typed}");
        }
        let typed = Shell::Pwsh.quote(text, None);
        assert_eq!(Shell::Pwsh.split(&typed).words, [text], "{typed}");
    }
}

fn read(words: &[&str]) -> Option<Completion> {
    let args: Vec<OsString> = words.iter().map(OsString::from).collect();
    let environment = Environment { store: Some("elsewhere".into()), ..Environment::default() };
    match parse(OsStr::new("any name"), &args, &environment) {
        Ok(Invocation::Complete(completion)) => Some(completion),
        _ => None,
    }
}

#[test]
fn a_question_names_the_shell_and_perhaps_a_store() {
    let store = |line: &str| read(&["--complete", "fish", line]).unwrap().store.unwrap();
    assert_eq!(store("connect-pssession -N"), Path::new("elsewhere"));
    assert_eq!(store("connect-pssession --store 'a b' -N"), Path::new("a b"));
    assert_eq!(store("connect-pssession --Store=there -N"), Path::new("there"));
    assert!(read(&["--complete", "bash", "connect-pssession -N", "-N"]).is_some());
    for words in [
        &["--complete"] as &[_],
        &["--complete", "tcsh", "x"],
        &["--complete", "bash"],
        &["4", "--complete", "bash", "x"],
    ] {
        assert_eq!(read(words), None, "{words:?}");
    }
}

#[test]
fn scripts_are_for_every_name() {
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::Pwsh] {
        let script = script(shell);
        assert!(!script.contains("@NAMES@"));
        for name in names() {
            assert!(script.contains(&name), "{name}\n{script}");
        }
        let name = shell.to_possible_value().unwrap().get_name().to_owned();
        assert!(script.contains(&format!("--complete {name} ")), "{script}");
    }
}

/// No candidate is compared with all others: that would take minutes here.
#[test]
fn a_hundred_thousand_sessions_are_completed_too() {
    let sessions: Vec<_> = (0..100_000).map(|id| session(id, &format!("S{id}"), &format!("C{id}"))).collect();
    for (line, count) in [("-Name ", 100_000), ("-Session s9999", 11), ("-ComputerName ", 100_000)] {
        assert_eq!(words_with(&sessions, &format!("connect-pssession {line}")).len(), count, "{line}");
    }
}

/// Nothing that can be typed may panic, and no candidate may take back what was typed.
#[test]
fn random_lines_do_not_panic() {
    const PIECES: [&str; 30] = [
        "connect-pssession",
        " ",
        " ",
        " ",
        "-",
        "--",
        "-Name",
        "-Id ",
        "-Session ",
        "-SessionOption ",
        "@{",
        "Skip",
        "=",
        ";",
        ",",
        ":",
        "'",
        "\"",
        "\\",
        "IT",
        "1",
        "Server0",
        "http://",
        "é",
        "\u{2014}",
        "--as",
        "--output",
        "--store ",
        "-UseSSL:",
        "`",
    ];
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = |limit: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % limit as u64) as usize
    };
    let known = known();
    for _ in 0..1_000 {
        let rest: String = (0..next(8)).map(|_| PIECES[next(PIECES.len())]).collect();
        let line = format!("connect-pssession {rest}");
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::Pwsh] {
            completion(shell, &line, Some(rest.get(rest.len() / 2..).unwrap_or_default())).answer(&known);
            let words = shell.split(&line).words;
            let typed = words.last().unwrap().to_lowercase();
            if let Wanted::Words(candidates) = wanted(&words, &known) {
                for candidate in candidates {
                    assert!(candidate.word.to_lowercase().starts_with(&typed), "{line}: {candidate:?}");
                }
            }
        }
    }
}
