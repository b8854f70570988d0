use super::page::WIDTH;
use super::*;
use crate::cli::completion::Shell;
use crate::cli::connect::TABLE;
use crate::cli::environment::{ReadFile, StandardInput};
use crate::cli::man::man;
use crate::cli::tests::environment;
use crate::cli::{Environment, Invocation, parse};
use std::ffi::{OsStr, OsString};

/// The syntax lines of Windows' help page for Connect-PSSession 5.1, in its order.
const PAGE: [&str; 8] = [
    "Connect-PSSession -Name <String[]> [-ThrottleLimit <Int32>] [-WhatIf] [-Confirm] [<CommonParameters>]",
    "Connect-PSSession [-Session] <PSSession[]> [-ThrottleLimit <Int32>] [-WhatIf] [-Confirm] [<CommonParameters>]",
    "Connect-PSSession [-ComputerName] <String[]> [-ApplicationName <String>] [-ConfigurationName <String>] \
     [-Name <String[]>] [-Credential <PSCredential>] [-Authentication <AuthenticationMechanism>] \
     [-CertificateThumbprint <String>] [-Port <Int32>] [-UseSSL] [-SessionOption <PSSessionOption>] \
     [-ThrottleLimit <Int32>] [-WhatIf] [-Confirm] [<CommonParameters>]",
    "Connect-PSSession [-ComputerName] <String[]> [-ApplicationName <String>] [-ConfigurationName <String>] \
     -InstanceId <Guid[]> [-Credential <PSCredential>] [-Authentication <AuthenticationMechanism>] \
     [-CertificateThumbprint <String>] [-Port <Int32>] [-UseSSL] [-SessionOption <PSSessionOption>] \
     [-ThrottleLimit <Int32>] [-WhatIf] [-Confirm] [<CommonParameters>]",
    "Connect-PSSession [-ConfigurationName <String>] [-ConnectionUri] <Uri[]> [-AllowRedirection] [-Name <String[]>] \
     [-Credential <PSCredential>] [-Authentication <AuthenticationMechanism>] [-CertificateThumbprint <String>] \
     [-SessionOption <PSSessionOption>] [-ThrottleLimit <Int32>] [-WhatIf] [-Confirm] [<CommonParameters>]",
    "Connect-PSSession [-ConfigurationName <String>] [-ConnectionUri] <Uri[]> [-AllowRedirection] \
     -InstanceId <Guid[]> [-Credential <PSCredential>] [-Authentication <AuthenticationMechanism>] \
     [-CertificateThumbprint <String>] [-SessionOption <PSSessionOption>] [-ThrottleLimit <Int32>] [-WhatIf] \
     [-Confirm] [<CommonParameters>]",
    "Connect-PSSession -InstanceId <Guid[]> [-ThrottleLimit <Int32>] [-WhatIf] [-Confirm] [<CommonParameters>]",
    "Connect-PSSession [-ThrottleLimit <Int32>] [-Id] <Int32[]> [-WhatIf] [-Confirm] [<CommonParameters>]",
];

#[test]
fn syntax_lines_are_those_of_the_help_page() {
    for (set, expected) in PAGE.iter().enumerate() {
        assert_eq!(syntax(&TABLE, set).join(" "), *expected);
    }
    assert_eq!(TABLE.sets.len(), PAGE.len());
}

#[test]
fn help_shows_everything_and_fits_a_terminal() {
    for (table, detail) in TABLES.iter().flat_map(|table| [(table, Detail::Short), (table, Detail::Long)]) {
        let text = help(table, detail);
        for parameter in table.parameters() {
            assert!(text.contains(&format!("\n    {}", label(parameter))), "-{}", parameter.name);
            assert!(!text.contains(&format!("--{}", parameter.name)), "-{}", parameter.name);
        }
        for option in table.options {
            assert!(text.contains(&format!("\n    {}", option.name)), "{}", option.name);
        }
        for line in text.lines() {
            assert!(line.chars().count() <= WIDTH, "{line}");
            assert_eq!(line.trim_end(), line);
        }
        assert!(!text.contains("\n\n\n"));
        assert!(text.ends_with('\n') && !text.ends_with("\n\n"));
    }
}

#[test]
fn help_speaks_of_no_parameter_that_the_cmdlet_lacks() {
    for table in TABLES {
        let sections = long(table);
        let general = ["POSITIONS AND NAMES", "STANDARD INPUT", "ENVIRONMENT", "EXIT STATUS"];
        for section in sections.iter().filter(|section| general.contains(&section.heading)) {
            for block in &section.blocks {
                let (Block::Text(text) | Block::Item(_, text) | Block::Pair(_, text)) = block else {
                    continue;
                };
                let words = text.split([' ', '(', ')', ':', ',', '.']);
                for name in words.filter_map(|word| word.strip_prefix('-')) {
                    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic());
                    assert!(!is_name || table.exact(name).is_some(), "{}: -{name}", table.cmdlet.name());
                }
            }
        }
    }
}

/// The commands of a pipeline, as words; one within another is replaced by what it prints.
fn commands(pipeline: &str) -> Vec<Vec<String>> {
    let mut commands = Vec::new();
    let words = Shell::Bash.split(pipeline).words;
    for command in words.split(|word| word == "|" || word == ";") {
        let mut command: Vec<String> = command.split(|word| word == ">").next().unwrap_or_default().to_vec();
        for word in &mut command {
            if let Some(inner) = word.strip_prefix("$(").and_then(|word| word.strip_suffix(')')) {
                commands.extend(self::commands(inner));
                *word = "SkipCACheck=true".to_owned();
            }
        }
        commands.push(command);
    }
    commands
}

#[test]
fn every_example_is_a_command_line_of_this_program() {
    // What comes through a pipe is no terminal.
    let environment = Environment {
        stdin: StandardInput::Pipeline,
        read_script: ReadFile(|_| Ok("Get-Date".to_owned())),
        ..environment()
    };
    for table in TABLES {
        assert!(!table.examples.is_empty(), "{} has no example", table.cmdlet.name());
        for example in table.examples {
            let commands = commands(example.command);
            let mut own = commands.iter().filter(|words| names().any(|name| name == words[0])).peekable();
            assert!(own.peek().is_some(), "{}", example.command);
            for words in own {
                let args: Vec<OsString> = words[1..].iter().map(OsString::from).collect();
                let parsed = parse(OsStr::new(&words[0]), &args, &environment);
                assert!(
                    !matches!(parsed, Err(_) | Ok(Invocation::Print(_))),
                    "{}: {parsed:?}",
                    example.command
                );
            }
        }
    }
}

#[test]
fn long_help_names_the_cmdlets_of_the_program() {
    for table in TABLES {
        let text = help(table, Detail::Long);
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for (name, other) in names().zip(TABLES) {
            assert!(text.contains(&format!(" {name} {}", other.synopsis)), "{name}");
        }
        assert!(text.contains("connect-pssession --as "));
    }
}

#[test]
fn the_manual_page_says_what_the_long_help_says() {
    for table in TABLES {
        let page = man(table);
        // What a reader sees, without the fonts.
        let seen = page.replace("\\fB", "").replace("\\fI", "").replace("\\fR", "").replace("\\-", "-");
        let seen = seen.replace("\\*(Aq", "'").replace("\\\\", "\\");
        let name = table.cmdlet.name().to_lowercase();
        assert!(seen.contains(&format!(".TH {} 1 ", name.to_uppercase())), "{seen}");
        assert!(seen.contains(&format!("{name} - {}\n", table.synopsis.trim_end_matches('.'))));
        for set in 0..table.sets.len() {
            let line = syntax(table, set).join(" ").replace(table.cmdlet.name(), &name);
            assert!(seen.contains(&line), "{line}");
        }
        for section in long(table) {
            assert!(seen.replace('"', "").contains(&format!("\n.SH {}\n", section.heading)));
            for block in section.blocks {
                let (first, text) = match block {
                    Block::Text(text) => (String::new(), text),
                    Block::Item(first, text) | Block::Pair(first, text) => (first, text),
                    Block::Syntax(_) => continue,
                };
                assert!(seen.contains(&first), "{first}");
                for paragraph in text.split("\n\n") {
                    assert!(seen.contains(paragraph), "{paragraph}");
                }
            }
        }
    }
}

#[test]
fn the_short_help_reads_like_this() {
    let text = help(&TABLE, Detail::Short);
    let beginning = "\
NAME
    Connect-PSSession (connect-pssession, alias cnsn)

SYNOPSIS
    Reconnects to disconnected sessions.

SYNTAX
    Connect-PSSession -Name <String[]> [-ThrottleLimit <Int32>] [-WhatIf] [-Confirm]
        [<CommonParameters>]
";
    assert!(text.starts_with(beginning), "{text}");
    for line in [
        "    -ComputerName <String[]>      The computers that hold the disconnected sessions.",
        "    -UseSSL                       Connect over HTTPS.",
        "    --output <table|list|json|jsonl|csv|id>",
        "                                  Output format: json is one array, jsonl one line per record.",
        "    --help, -?                    Show the full help; -? shows a summary.",
        "    connect-pssession -ComputerName Server01 -Name ITTask",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
}

#[test]
fn the_long_help_lists_the_sets_of_a_parameter() {
    let text = help(&TABLE, Detail::Long);
    for line in [
        "    -ComputerName <String[]>, -Cn",
        "        Required in ComputerName, ComputerNameGuid.",
        "        Required in Name. Optional in ComputerName, ConnectionUri. The value - is standard input.",
        "        In all parameter sets.",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    for example in TABLE.examples {
        assert!(text.contains(example.command), "{}", example.command);
    }
}
