//! Binding as PowerShell binds: tokens, prefixes, sets, and every error with its exact words, its id and status 2.

use crate::support::{Home, LIST_PARAMETERS, Seen, WRITE_OPTION};
use std::process::{Command, Stdio};

const GUID: &str = "934b6b5b-0123-4567-89ab-cdef01234567";

/// An error of binding as a person sees it. Without a hint of its own it has the one about the list of parameters.
struct Refusal<'a> {
    id: &'a str,
    category: &'a str,
    message: &'a str,
    hint: Option<&'a str>,
}

const BINDING: &str = "InvalidArgument: (:), ParameterBindingException";
const VALIDATION: &str = "InvalidData: (:), ParameterBindingValidationException";
const COMMAS: &str = "separate several values with commas: Server01,Server02";

fn refusal<'a>(id: &'a str, message: &'a str) -> Refusal<'a> {
    Refusal { id, category: BINDING, message, hint: None }
}

fn hinted<'a>(id: &'a str, message: &'a str, hint: &'a str) -> Refusal<'a> {
    Refusal { hint: Some(hint), ..refusal(id, message) }
}

fn invalid(message: &str) -> Refusal<'_> {
    Refusal { category: VALIDATION, ..refusal("ParameterArgumentValidationError", message) }
}

fn run(cmdlet: &str, args: &[&str]) -> Seen {
    Seen::of(&mut Home::new().program(&[&["--as", cmdlet], args].concat()))
}

/// The command line is refused with this, and with nothing else.
#[track_caller]
fn refused_as(cmdlet: &str, args: &[&str], expected: Refusal) {
    let Refusal { id, category, message, hint } = expected;
    let (head, reason) = category.rsplit_once(", ").unwrap();
    let class = cmdlet.replace('-', "");
    // PowerShell has texts of two lines, which are one here.
    let message = message.replace('\n', " ");
    let mut text = format!(
        "{cmdlet} : {message}\n    + CategoryInfo          : {head} [{cmdlet}], {reason}\n    \
         + FullyQualifiedErrorId : {id},Microsoft.PowerShell.Commands.{class}Command\n"
    );
    let list = format!("'{} -?' lists the parameters", cmdlet.to_lowercase());
    text += &format!("    hint: {}\n", hint.unwrap_or(&list));
    let seen = run(cmdlet, args);
    assert_eq!((seen.stderr.as_str(), seen.stdout.as_str(), seen.status), (text.as_str(), "", 2), "{args:?}");
}

#[track_caller]
fn refused(args: &[&str], expected: Refusal) {
    refused_as("Connect-PSSession", args, expected);
}

/// The word names this parameter, whose argument is then missing.
#[track_caller]
fn names(word: &str, parameter: &str, type_name: &str) {
    let message = format!(
        "Missing an argument for parameter '{parameter}'. Specify a parameter of type '{type_name}' and try again."
    );
    let hint = format!("a value that looks like a parameter can be attached: -{parameter}:VALUE");
    refused(&[word], hinted("MissingArgument", &message, &hint));
}

#[track_caller]
fn is_left_over(args: &[&str], argument: &str) {
    let message = format!("A positional parameter cannot be found that accepts argument '{argument}'.");
    refused(args, hinted("PositionalParameterNotFound", &message, COMMAS));
}

#[track_caller]
fn is_no_int32(parameter: &str, args: &[&str], value: &str) {
    let message = format!(
        "Cannot bind parameter '{parameter}'. Cannot convert value \"{value}\" to type \"System.Int32\". Error: \
         \"The input string '{value}' was not in a correct format.\""
    );
    refused(args, refusal("CannotConvertArgumentNoMessage", &message));
}

const AMBIGUOUS_SET: &str = "Parameter set cannot be resolved using the specified named parameters. One or more \
    parameters issued cannot be used together or an insufficient number of parameters were provided.";

#[track_caller]
fn have_no_set(args: &[&str]) {
    refused(args, hinted("AmbiguousParameterSet", AMBIGUOUS_SET, LIST_PARAMETERS));
}

#[track_caller]
fn miss(args: &[&str], parameter: &str) {
    let message =
        format!("Cannot process command because of one or more missing mandatory parameters: {parameter}.");
    refused(args, refusal("MissingMandatoryParameter", &message));
}

/// They bind to unknown sessions, so that an error comes later.
#[track_caller]
fn bind_to_known_sessions(args: &[&str]) {
    let seen = run("Connect-PSSession", args);
    assert_eq!((seen.stdout.as_str(), seen.status), ("", 1), "{args:?}: {}", seen.stderr);
}

/// They bind, and only then the computer's name is looked at.
#[track_caller]
fn name_a_computer(args: &[&str]) {
    let hint = "give a port with -Port, a path with -ApplicationName, a full address with -ConnectionUri";
    let message = "Invalid URI: The hostname could not be parsed.";
    let category = "NotSpecified: (:), UriFormatException";
    refused(args, Refusal { category, ..hinted("System.UriFormatException", message, hint) });
}

/// They bind, and only then the address is looked at.
#[track_caller]
fn name_an_address(args: &[&str]) {
    let hint = "a connection URI looks like http://Server01:5985/wsman";
    let message = "Invalid URI: The format of the URI could not be determined.";
    let category = "NotSpecified: (:), UriFormatException";
    refused(args, Refusal { category, ..hinted("System.UriFormatException", message, hint) });
}

#[test]
fn what_is_a_parameter() {
    for dash in ['-', '\u{2013}', '\u{2014}', '\u{2015}'] {
        names(&format!("{dash}name"), "Name", "System.String[]");
    }
    is_left_over(&["4", "-5"], "-5");
    is_left_over(&["4", "-.5"], "-.5");
    is_left_over(&["4", "-a b"], "-a b");
    is_left_over(&["4", "--", "-Id"], "-Id");
}

#[test]
fn prefixes_and_aliases() {
    const STRING: &str = "System.String";
    for (word, parameter, type_name) in [
        ("-N", "Name", "System.String[]"),
        ("-Com", "ComputerName", "System.String[]"),
        ("-Cn", "ComputerName", "System.String[]"),
        ("-CU", "ConnectionUri", "System.Uri[]"),
        ("-uri", "ConnectionUri", "System.Uri[]"),
        ("-Conf", "ConfigurationName", STRING),
        ("-Ins", "InstanceId", "System.Guid[]"),
        ("-In", "InstanceId", "System.Guid[]"),
        ("-P", "Port", "System.Int32"),
        ("-Cr", "Credential", "System.Management.Automation.PSCredential"),
        ("-Ce", "CertificateThumbprint", STRING),
        ("-T", "ThrottleLimit", "System.Int32"),
        ("-Au", "Authentication", "System.Management.Automation.Runspaces.AuthenticationMechanism"),
        ("-Ap", "ApplicationName", STRING),
        ("-SessionO", "SessionOption", "System.Management.Automation.Remoting.PSSessionOption"),
        ("-Session", "Session", "System.Management.Automation.Runspaces.PSSession[]"),
        ("-Id", "Id", "System.Int32[]"),
        ("-ea", "ErrorAction", "System.Management.Automation.ActionPreference"),
        ("-ov", "OutVariable", STRING),
    ] {
        names(word, parameter, type_name);
    }
    for (word, parameter) in [
        ("-Al", "AllowRedirection"),
        ("-Us", "UseSSL"),
        ("-D", "Debug"),
        ("-V", "Verbose"),
        ("-Wh", "WhatIf"),
        ("-wi", "WhatIf"),
        ("-cf", "Confirm"),
    ] {
        let message = format!(
            "Cannot convert 'System.String' to the type 'System.Management.Automation.SwitchParameter' required by \
             parameter '{parameter}'."
        );
        refused(&[&format!("{word}:maybe")], refusal("CannotConvertArgument", &message));
    }
}

#[test]
fn prefixes_that_are_ambiguous() {
    for (name, candidates) in [
        ("Con", "-ConfigurationName -ConnectionUri -Confirm"),
        ("I", "-InstanceId -Id -InformationAction -InformationVariable"),
        ("S", "-Session -SessionOption"),
        ("U", "-ConnectionUri -UseSSL"),
        ("C", "-ComputerName -ConfigurationName -ConnectionUri -Credential -CertificateThumbprint -Confirm"),
        ("A", "-ApplicationName -AllowRedirection -Authentication"),
        ("E", "-ErrorAction -ErrorVariable"),
        ("W", "-WhatIf -WarningAction -WarningVariable"),
        ("O", "-OutVariable -OutBuffer"),
    ] {
        let message = format!(
            "Parameter cannot be processed because the parameter name '{name}' is ambiguous. Possible matches \
             include: {candidates}."
        );
        refused(&[&format!("-{name}"), "x"], refusal("AmbiguousParameter", &message));
    }
}

#[test]
fn arguments_of_parameters() {
    for args in [&["-Id:x"] as &[_], &["-Id:", "x"], &["-Id", "x"], &["-id", "1,x"], &["-Id", "1,", "x"]] {
        is_no_int32("Id", args, "x");
    }
    is_no_int32("Id", &["-Id", "1", ",x"], "x");
    is_no_int32("Id", &["-Id", "0x10,1kb,60*60*15"], "60*60*15");
    // A switch takes no word, unless it is attached.
    is_left_over(&["-UseSSL", "false", "4"], "4");
    for word in ["-UseSSL", "-UseSSL:$true", "-UseSSL:$false", "-UseSSL:0", "-UseSSL:true"] {
        name_a_computer(&[word, "-ComputerName", "a b"]);
    }
    // What looks like a parameter and is none is a value.
    have_no_set(&["-Name", "-Foo", "-Id", "4"]);
    let message = "Missing an argument for parameter 'Name'. Specify a parameter of type 'System.String[]' and try \
                   again.";
    let hint = "a value that looks like a parameter can be attached: -Name:VALUE";
    refused(&["-Name", "-Id", "4"], hinted("MissingArgument", message, hint));
}

#[test]
fn the_set_that_is_meant() {
    bind_to_known_sessions(&["-Name", "x"]);
    bind_to_known_sessions(&["-InstanceId", GUID]);
    bind_to_known_sessions(&[GUID]);
    bind_to_known_sessions(&["4"]);
    bind_to_known_sessions(&["-Id", "4"]);
    bind_to_known_sessions(&["-Session", "4"]);
    name_a_computer(&["a b"]);
    name_a_computer(&["-ComputerName", "a b"]);
    name_a_computer(&["a b", "-Name", "x"]);
    name_a_computer(&["-ComputerName", "a b", "-InstanceId", GUID]);
    name_a_computer(&["a b", "-InstanceId", GUID]);
    name_an_address(&["http://"]);
    name_an_address(&["-ConnectionUri", "http://"]);
    name_an_address(&["http://", "-InstanceId", GUID]);
    miss(&["-Name", "x", "-Port", "1"], "ComputerName");
    miss(&["-InstanceId", GUID, "-AllowRedirection"], "ConnectionUri");
}

#[test]
fn parameters_that_have_no_set_together() {
    for args in [
        &["-ComputerName", "s", "-ConnectionUri", "http://s"] as &[_],
        &["-ComputerName", "s", "-Name", "x", "-InstanceId", GUID],
        &["-Name", "x", "-Id", "4"],
        &["-Port", "1", "-ConnectionUri", "http://s"],
        &["-AllowRedirection", "-ComputerName", "s"],
        &["-UseSSL"],
    ] {
        have_no_set(args);
    }
}

/// The first in PowerShell's order, not in the order of the words.
#[test]
fn the_error_that_comes_first() {
    for (args, id) in [
        (&["-Foo", "x", "-Port", "x", "-Con", "x"] as &[_], "AmbiguousParameter"),
        (&["-Foo", "-Port", "x", "-Id", "4", "-Name", "a", "-Name", "b"], "CannotConvertArgumentNoMessage"),
        (&["-Name", "a", "-Name", "b", "-Port", "x"], "ParameterAlreadyBound"),
        (&["-Foo", "-Id", "4", "-Name", "x"], "AmbiguousParameterSet"),
        (&["-Foo", "Server01", "Server02"], "NamedParameterNotFound"),
        (&["Server01", "Server02", "-AllowRedirection"], "PositionalParameterNotFound"),
        (&["-Port", "1"], "AmbiguousParameterSet"),
    ] {
        let seen = run("Connect-PSSession", args);
        let shown =
            format!("FullyQualifiedErrorId : {id},Microsoft.PowerShell.Commands.ConnectPSSessionCommand");
        assert!(seen.stderr.contains(&shown), "{args:?}: {}", seen.stderr);
        assert_eq!((seen.stdout.as_str(), seen.status), ("", 2), "{args:?}");
    }
}

#[test]
fn names_and_places_that_are_not_there() {
    let message = "A parameter cannot be found that matches parameter name 'Foo'.";
    refused(&["-Foo"], hinted("NamedParameterNotFound", message, LIST_PARAMETERS));
    is_left_over(&["Server01", "Server02"], "Server02");
    let message = "Cannot bind parameter because parameter 'Name' is specified more than once. To provide multiple \
                   values to parameters that can accept multiple values, use the array syntax. For example, \
                   \"-parameter value1,value2,value3\".";
    refused(&["-Name", "a", "-n", "b"], refusal("ParameterAlreadyBound", message));
    let seen = run("nonsense", &[]);
    let message = "Connect-PSSession : The term 'nonsense' is not recognized as the name of a cmdlet, function, \
                   script file, or operable program.";
    assert!(seen.stderr.starts_with(message), "{}", seen.stderr);
    assert!(seen.stderr.contains("+ FullyQualifiedErrorId : CommandNotFoundException\n"), "{}", seen.stderr);
    assert_eq!((seen.stdout.as_str(), seen.status), ("", 2));
}

#[test]
fn values_that_do_not_convert() {
    const NO_MESSAGE: &str = "CannotConvertArgumentNoMessage";
    is_no_int32("Id", &["-Id", "abc"], "abc");
    is_no_int32("Port", &["s", "-Port", ""], "");
    for (args, message) in [
        (
            &["-Id", "99999999999"] as &[_],
            "Cannot bind parameter 'Id'. Cannot convert value \"99999999999\" to type \"System.Int32\". Error: \"Value \
             was either too large or too small for an Int32.\"",
        ),
        (
            &["-InstanceId", "x"],
            "Cannot bind parameter 'InstanceId'. Cannot convert value \"x\" to type \"System.Guid\". Error: \
             \"Unrecognized Guid format.\"",
        ),
        (
            &["s", "-Authentication", "NTLM"],
            "Cannot bind parameter 'Authentication'. Cannot convert value \"NTLM\" to type \
             \"System.Management.Automation.Runspaces.AuthenticationMechanism\". Error: \"Unable to match the identifier \
             name NTLM to a valid enumerator name. Specify one of the following enumerator names and try again:\n\
             Default, Basic, Negotiate, NegotiateWithImplicitCredential, Credssp, Digest, Kerberos\"",
        ),
        (
            &["s", "-Authentication", "neg"],
            "Cannot bind parameter 'Authentication'. Cannot convert value \"neg\" to type \
             \"System.Management.Automation.Runspaces.AuthenticationMechanism\". Error: \"The identifier name neg cannot \
             be processed because it is either too similar or identical to the following enumerator names: Negotiate, \
             NegotiateWithImplicitCredential. Use a more specific identifier name.\"",
        ),
        (
            &["4", "-ErrorAction", "zzz"],
            "Cannot bind parameter 'ErrorAction'. Cannot convert value \"zzz\" to type \
             \"System.Management.Automation.ActionPreference\". Error: \"Unable to match the identifier name zzz to a \
             valid enumerator name. Specify one of the following enumerator names and try again:\nSilentlyContinue, \
             Stop, Continue, Inquire, Ignore, Suspend, Break\"",
        ),
        (
            &["s", "-SessionOption", "foo"],
            "Cannot bind parameter 'SessionOption'. Cannot convert the \"foo\" value of type \"System.String\" to type \
             \"System.Management.Automation.Remoting.PSSessionOption\".",
        ),
        (
            &["s", "-SessionOption", "@{OpenTimeout=abc}"],
            "Cannot bind parameter 'SessionOption'. Cannot create object of type \
             \"System.Management.Automation.Remoting.PSSessionOption\". Exception setting \"OpenTimeout\": \"Cannot \
             convert value \"abc\" to type \"System.Int32\". Error: \"The input string 'abc' was not in a correct \
             format.\"\"",
        ),
    ] {
        let hint = args.contains(&"-SessionOption").then_some(WRITE_OPTION);
        refused(args, Refusal { hint, ..refusal(NO_MESSAGE, message) });
    }
    let seen = run("Connect-PSSession", &["s", "-SessionOption", "@{Foo=1}"]);
    let message = "Connect-PSSession : Cannot bind parameter 'SessionOption'. Cannot create object of type \
                   \"System.Management.Automation.Remoting.PSSessionOption\". The property 'Foo' was not found for the \
                   'System.Management.Automation.Remoting.PSSessionOption' object. The settable properties are: \
                   [MaximumConnectionRedirectionCount or MaximumRedirection <System.Int32>], ";
    assert!(seen.stderr.starts_with(message), "{}", seen.stderr);
    assert_eq!((seen.stdout.as_str(), seen.status), ("", 2));

    let message = "Cannot convert 'System.Object[]' to the type 'System.Int32' required by parameter 'Port'. Specified \
                   method is not supported.";
    refused(&["s", "-Port", "5985,5986"], refusal("CannotConvertArgument", message));
    let message = "Cannot process argument transformation on parameter 'Credential'. Cannot process argument because \
                   the value of argument \"userName\" is not valid. Change the value of the \"userName\" argument and \
                   run the operation again.";
    let hint = "give a user name; the password is prompted for, or comes from --password-command";
    let category = "InvalidData: (:), ParameterBindingArgumentTransformationException";
    let expected = hinted("ParameterArgumentTransformationError", message, hint);
    refused(&["s", "-Credential", ""], Refusal { category, ..expected });
}

#[test]
fn values_that_are_not_valid() {
    refused(
        &["s", "-Port", "0"],
        invalid(
            "Cannot validate argument on parameter 'Port'. The 0 argument is less than the minimum allowed range of 1. \
             Supply an argument that is greater than or equal to 1 and then try the command again.",
        ),
    );
    refused(
        &["s", "-Port", "65536"],
        invalid(
            "Cannot validate argument on parameter 'Port'. The 65536 argument is greater than the maximum allowed range \
             of 65535. Supply an argument that is less than or equal to 65535 and then try the command again.",
        ),
    );
    refused(
        &["s", "-CertificateThumbprint", ""],
        invalid(
            "Cannot validate argument on parameter 'CertificateThumbprint'. The argument is null or empty. Provide an \
             argument that is not null or empty, and then try the command again.",
        ),
    );
    for (args, name) in [
        (&["-Name", ""] as &[_], "Name"),
        (&["-Name", "a,"], "Name"),
        (&[""], "ComputerName"),
        (&["-ConnectionUri", "http://s,"], "ConnectionUri"),
        (&["-Session", ""], "Session"),
    ] {
        let message = format!(
            "Cannot validate argument on parameter '{name}'. The argument is null, empty, or an element of the argument \
             collection contains a null value. Supply a collection that does not contain any null values and then try \
             the command again."
        );
        refused(args, invalid(&message));
    }
}

#[test]
fn credentials_that_exclude_each_other() {
    let both = "A CertificateThumbPrint cannot be specified when Credential is specified.";
    let basic = "A CertificateThumbPrint cannot be specified when Basic is specified.";
    let implicit = "A Credential cannot be specified when NegotiateWithImplicitCredential is specified.";
    for (args, name, conflict) in [
        (&["s", "-Credential", "u", "-CertificateThumbprint", "t"], "CertificateThumbprint", both),
        (&["s", "-CertificateThumbprint", "t", "-Credential", "u"], "Credential", both),
        (&["s", "-Authentication", "Basic", "-CertificateThumbprint", "t"], "CertificateThumbprint", basic),
        (&["s", "-CertificateThumbprint", "t", "-Authentication", "Basic"], "Authentication", basic),
        (&["s", "-Authentication", "3", "-Credential", "u"], "Credential", implicit),
    ] {
        let message = format!(
            "Cannot bind parameter '{name}' to the target. Exception setting \"{name}\": \"{conflict}\""
        );
        let category = "WriteError: (:), ParameterBindingException";
        refused(args, Refusal { category, ..refusal("ParameterBindingFailed", &message) });
    }
}

#[test]
fn addresses_that_are_none() {
    refused(
        &["-ConnectionUri", "Server01"],
        Refusal {
            category: "NotSpecified: (:), NotSupportedException",
            ..hinted(
                "System.NotSupportedException",
                "Relative URIs are not supported in the creation of remote sessions.",
                "a connection URI looks like http://Server01:5985/wsman",
            )
        },
    );
    refused(
        &["ftp://Server01"],
        Refusal {
            category: "NotSpecified: (:), ArgumentException",
            ..refusal(
                "System.ArgumentException",
                "ftp is not a valid schema value. Valid values are \"http\" and \"https\".",
            )
        },
    );
}

/// The program at a terminal where this is typed, and all that the terminal shows.
fn at_a_terminal(args: &str, typed: &str) -> (String, i32) {
    use std::io::Write;
    let home = Home::new();
    let program = home.program::<&str>(&[]);
    let line = format!("'{}' {args}", program.get_program().to_str().unwrap());
    let mut command = Command::new("script");
    command.args(["-q", "-e", "-c", &line, "/dev/null"]).env_clear();
    command.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?)))).env("TERM", "xterm");
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = pipes.spawn().unwrap();
    child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
    let Seen { stdout, status, .. } = Seen::at_end_of(child);
    (stdout.replace("\r\n", "\n"), status)
}

#[test]
fn what_is_missing_is_asked_for_at_a_terminal() {
    const CAPTION: &str = "\ncmdlet Connect-PSSession at command pipeline position 1\nSupply values for the following \
                           parameters:\nName[0]: ";
    let (screen, status) = at_a_terminal("-ThrottleLimit 5", "ITTask\nBackups\n\n");
    assert!(screen.contains(CAPTION), "{screen}");
    assert!(screen.contains("Name[1]: ") && screen.contains("Name[2]: "), "{screen}");
    assert_eq!(status, 1, "{screen}");
    let (screen, status) = at_a_terminal("", "\n");
    assert!(screen.contains(CAPTION), "{screen}");
    let expected = "Cannot bind argument to parameter 'Name' because it is an empty array.";
    assert!(screen.contains(expected), "{screen}");
    let id =
        "ParameterArgumentValidationErrorEmptyArrayNotAllowed,Microsoft.PowerShell.Commands.ConnectPSSession";
    assert!(screen.contains(id), "{screen}");
    assert_eq!(status, 2, "{screen}");
}

#[test]
fn the_other_cmdlets_bind_in_the_same_way() {
    let state = "Cannot bind parameter 'State'. Cannot convert value \"Busy\" to type \
                 \"Microsoft.PowerShell.Commands.SessionFilterState\". Error: \"Unable to match the identifier name Busy \
                 to a valid enumerator name. Specify one of the following enumerator names and try again:\nAll, Opened, \
                 Disconnected, Closed, Broken\"";
    refused_as("Get-PSSession", &["s", "-State", "Busy"], refusal("CannotConvertArgumentNoMessage", state));
    for args in [["-State", "Opened"], ["-ConfigurationName", "x"]] {
        let hint = "'get-pssession -?' lists the parameters";
        refused_as("Get-PSSession", &args, hinted("AmbiguousParameterSet", AMBIGUOUS_SET, hint));
    }
    let message = "A parameter cannot be found that matches parameter name 'WhatIf'.";
    let hint = "'get-pssession -?' lists the parameters";
    refused_as("Get-PSSession", &["-WhatIf"], hinted("NamedParameterNotFound", message, hint));

    let message = "Cannot bind parameter 'IdleTimeoutSec'. Cannot convert value \"60*60x\" to type \"System.Int32\". \
                   Error: \"The input string '60*60x' was not in a correct format.\"";
    let args = ["4", "-IdleTimeoutSec", "60*60x"];
    refused_as("Disconnect-PSSession", &args, refusal("CannotConvertArgumentNoMessage", message));
    let message = "Cannot validate argument on parameter 'IdleTimeoutSec'. The -60 argument is less than the minimum \
                   allowed range of 0. Supply an argument that is greater than or equal to 0 and then try the command \
                   again.";
    refused_as("Disconnect-PSSession", &["4", "-IdleTimeoutSec", "(60-120)"], invalid(message));
    let message = "A positional parameter cannot be found that accepts argument 'ITTask'.";
    let hint = "a session's name is given with -Name: -Name ITTask";
    refused_as("Disconnect-PSSession", &["ITTask"], hinted("PositionalParameterNotFound", message, hint));

    let message = "A parameter cannot be found that matches parameter name 'ThrottleLimit'.";
    let hint = "'remove-pssession -?' lists the parameters";
    let expected = hinted("NamedParameterNotFound", message, hint);
    refused_as("Remove-PSSession", &["4", "-ThrottleLimit", "5"], expected);

    let message = "Proxy credentials cannot be specified when using the following proxy access type: None. Either \
                   specify a different access type, or do not specify proxy credentials.";
    let category = "NotSpecified: (:), ArgumentException";
    let expected = Refusal { category, ..refusal("System.ArgumentException", message) };
    refused_as("New-PSSessionOption", &["-ProxyCredential", "User01"], expected);
}
