use super::*;
use crate::cli::connect::TABLE;

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
    for detail in [Detail::Short, Detail::Long] {
        let text = help(&TABLE, detail);
        for parameter in TABLE.parameters() {
            assert!(text.contains(&format!("    {}", label(parameter))), "-{}", parameter.name);
            assert!(!text.contains(&format!("--{}", parameter.name)), "-{}", parameter.name);
        }
        for option in &OPTIONS {
            assert!(text.contains(&format!("    {}", option.name)), "{}", option.name);
        }
        for line in text.lines() {
            assert!(line.chars().count() <= WIDTH, "{line}");
            assert_eq!(line.trim_end(), line);
        }
        assert!(!text.contains("\n\n\n"));
        assert!(text.ends_with('\n'));
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
        "    -ComputerName <String[]>      The computers that keep the disconnected sessions.",
        "    -UseSSL                       Connect over HTTPS.",
        "    --output <table|list|json|jsonl>",
        "                                  Form of the records: json is one array, jsonl a line per record.",
        "    --help, -?                    Show all of the help; -? shows the short one.",
        "    connect-pssession -ComputerName Server01 -Name ITTask",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
}

#[test]
fn the_long_help_tells_where_a_parameter_stands() {
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
