use super::*;
use crate::cli::Invocation;
use crate::cli::option::property;
use crate::cli::parameter::Pipeline;
use crate::cli::table::tests::{Metadata, has_metadata, has_syntax};
use crate::cli::tests::{environment, invocation_as, record_as};
use crate::render::Output;
use pssession::session_option::{OutputBufferingMode, ProxyAccessType, ProxyAuthentication};
use std::collections::BTreeSet;
use std::time::Duration;

/// Windows' metadata of New-PSSessionOption, with ranges for the two quotas, which have none there.
#[test]
fn types_aliases_and_validation() {
    use Pipeline::No;
    use Validation::{None, NotNullOrEmpty, Range};
    let natural = Range(0, i32::MAX);
    let metadata: Metadata = &[
        ("MaximumRedirection", "Int32", &[], None, No),
        ("NoCompression", "SwitchParameter", &[], None, No),
        ("NoMachineProfile", "SwitchParameter", &[], None, No),
        ("Culture", "CultureInfo", &[], NotNullOrEmpty, No),
        ("UICulture", "CultureInfo", &[], NotNullOrEmpty, No),
        ("MaximumReceivedDataSizePerCommand", "Int32", &[], natural, No),
        ("MaximumReceivedObjectSize", "Int32", &[], natural, No),
        ("OutputBufferingMode", "OutputBufferingMode", &[], None, No),
        ("MaxConnectionRetryCount", "Int32", &[], natural, No),
        ("ApplicationArguments", "PSPrimitiveDictionary", &[], None, No),
        ("OpenTimeout", "Int32", &["OpenTimeoutMSec"], natural, No),
        ("CancelTimeout", "Int32", &["CancelTimeoutMSec"], natural, No),
        ("IdleTimeout", "Int32", &["IdleTimeoutMSec"], Range(-1, i32::MAX), No),
        ("ProxyAccessType", "ProxyAccessType", &[], None, No),
        ("ProxyAuthentication", "AuthenticationMechanism", &[], None, No),
        ("ProxyCredential", "PSCredential", &[], None, No),
        ("SkipCACheck", "SwitchParameter", &[], None, No),
        ("SkipCNCheck", "SwitchParameter", &[], None, No),
        ("SkipRevocationCheck", "SwitchParameter", &[], None, No),
        ("OperationTimeout", "Int32", &["OperationTimeoutMSec"], natural, No),
        ("NoEncryption", "SwitchParameter", &[], None, No),
        ("UseUTF16", "SwitchParameter", &[], None, No),
        ("IncludePortInSPN", "SwitchParameter", &[], None, No),
    ];
    has_metadata(&TABLE, metadata);
}

/// What can be made here can be said to -SessionOption, under the same names.
#[test]
fn parameters_are_keys_of_session_option() {
    let names = TABLE.rows.iter().flat_map(|row| row.parameter.names());
    let keys: BTreeSet<_> =
        names.map(|name| property(name).unwrap_or_else(|| panic!("-{name}")).name).collect();
    let properties = PSSessionOption::default().properties().map(|(name, _)| name);
    assert_eq!(keys, properties.into());
}

#[track_caller]
fn made(words: &[&str]) -> PSSessionOption {
    match invocation_as("new-pssessionoption", &environment(), words) {
        Ok(Invocation::SessionOption { option, .. }) => *option,
        other => panic!("{words:?} gave {other:?}"),
    }
}

#[test]
fn nothing_given_is_the_default() {
    assert_eq!(made(&[]), PSSessionOption::default());
    assert_eq!(made(&[]).to_string(), "@{}");
    assert_eq!(made(&["-SkipCACheck:$false", "-OpenTimeout", "180000"]).to_string(), "@{}");
    assert_eq!(
        made(&["-ApplicationArguments", "@{A=1; B='x'}"]).to_string(),
        "@{ApplicationArguments=@{'A'=1; 'B'='x'}}"
    );
    let words = ["-ApplicationArguments", "@{}", "--output", "jsonl"];
    let invocation = invocation_as("New-PSSessionOption", &environment(), &words);
    let option = Box::new(PSSessionOption::default());
    assert_eq!(invocation, Ok(Invocation::SessionOption { option, output: Output::JsonLines }));
}

#[test]
fn everything_given() {
    let line = "-MaximumRedirection -1 -NoCompression -NoMachineProfile -Culture ko-KR -UICulture de-DE \
                -MaximumReceivedDataSizePerCommand 1kb -MaximumReceivedObjectSize 50mb -OutputBufferingMode drop \
                -MaxConnectionRetryCount 3 -OpenTimeout 0 -CancelTimeoutMSec 1 -IdleTimeoutMSec 60000 \
                -OperationTimeoutMSec 240000 -ProxyAccessType WinHttp -ProxyAuthentication Dig -ProxyCredential User01 \
                -SkipCACheck -SkipCNCheck -SkipRevocationCheck -NoEncryption -UseUTF16 -IncludePortInSPN";
    let expected = PSSessionOption {
        maximum_connection_redirection_count: None,
        no_compression: true,
        no_machine_profile: true,
        culture: Some("ko-KR".into()),
        ui_culture: Some("de-DE".into()),
        maximum_received_data_size_per_command: Some(1024),
        maximum_received_object_size: Some(50 * 1024 * 1024),
        output_buffering_mode: OutputBufferingMode::Drop,
        max_connection_retry_count: 3,
        application_arguments: None,
        open_timeout: None,
        cancel_timeout: Some(Duration::from_millis(1)),
        idle_timeout: Some(Duration::from_millis(60_000)),
        operation_timeout: Some(Duration::from_millis(240_000)),
        proxy_access_type: ProxyAccessType::WinHttpConfig,
        proxy_authentication: ProxyAuthentication::Digest,
        proxy_credential: Some("User01".into()),
        skip_ca_check: true,
        skip_cn_check: true,
        skip_revocation_check: true,
        no_encryption: true,
        use_utf16: true,
        include_port_in_spn: true,
    };
    let option = made(&line.split_whitespace().collect::<Vec<_>>());
    assert_eq!(option, expected);
    assert_eq!(
        option.to_string(),
        "@{MaximumConnectionRedirectionCount=-1; NoCompression=$true; NoMachineProfile=$true; \
         ProxyAccessType='WinHttpConfig'; ProxyAuthentication='Digest'; ProxyCredential='User01'; SkipCACheck=$true; \
         SkipCNCheck=$true; SkipRevocationCheck=$true; OperationTimeout=240000; NoEncryption=$true; UseUTF16=$true; \
         IncludePortInSPN=$true; OutputBufferingMode='Drop'; MaxConnectionRetryCount=3; Culture='ko-KR'; \
         UICulture='de-DE'; MaximumReceivedDataSizePerCommand=1024; MaximumReceivedObjectSize=52428800; OpenTimeout=0; \
         CancelTimeout=1; IdleTimeout=60000}"
    );
    // What is too short for a server is for the cmdlet to say that makes a session.
    assert_eq!(made(&["-IdleTimeout", "1"]).idle_timeout, Some(Duration::from_millis(1)));
}

#[test]
fn what_does_not_bind() {
    let class = "Microsoft.PowerShell.Commands.NewPSSessionOptionCommand";
    for (words, id, message) in [
        (
            &["-ProxyAuthentication", "Kerberos"] as &[_],
            "System.ArgumentException",
            "Kerberos cannot be specified as a proxy authentication mechanism. Only Basic,Negotiate or Digest are \
             supported for proxy authentication.",
        ),
        (
            &["-ProxyCredential", "User01"],
            "System.ArgumentException",
            "Proxy credentials cannot be specified when using the following proxy access type: None. Either specify a \
             different access type, or do not specify proxy credentials.",
        ),
        (
            &["-OpenTimeout", "-1"],
            "ParameterArgumentValidationError",
            "Cannot validate argument on parameter 'OpenTimeout'. The -1 argument is less than the minimum allowed \
             range of 0. Supply an argument that is greater than or equal to 0 and then try the command again.",
        ),
        (
            &["-IdleTimeout", "-2"],
            "ParameterArgumentValidationError",
            "Cannot validate argument on parameter 'IdleTimeout'. The -2 argument is less than the minimum allowed \
             range of -1. Supply an argument that is greater than or equal to -1 and then try the command again.",
        ),
        (
            &["-Culture", ""],
            "ParameterArgumentValidationError",
            "Cannot validate argument on parameter 'Culture'. The argument is null or empty. Provide an argument that \
             is not null or empty, and then try the command again.",
        ),
        (
            &["-ApplicationArguments", "x"],
            "CannotConvertArgumentNoMessage",
            "Cannot bind parameter 'ApplicationArguments'. Cannot convert value \"x\" to type \
             \"System.Management.Automation.PSPrimitiveDictionary\". Error: \"A hash table is written @{Key=Value; \
             Key=Value}.\"",
        ),
        (
            &["-WhatIf"],
            "NamedParameterNotFound",
            "A parameter cannot be found that matches parameter name 'WhatIf'.",
        ),
        (
            &["Server01"],
            "PositionalParameterNotFound",
            "A positional parameter cannot be found that accepts argument 'Server01'.",
        ),
        (
            &["-Max", "1"],
            "AmbiguousParameter",
            "Parameter cannot be processed because the parameter name 'Max' is ambiguous. Possible matches include: \
             -MaximumRedirection -MaximumReceivedDataSizePerCommand -MaximumReceivedObjectSize \
             -MaxConnectionRetryCount.",
        ),
    ] {
        let record = record_as("new-pssessionoption", words);
        let found = (record.message.as_str(), record.fully_qualified_error_id);
        assert_eq!(found, (message, format!("{id},{class}")), "{words:?}");
    }
}

#[test]
fn syntax_lines_are_those_of_the_help_page() {
    let lines =
        ["New-PSSessionOption [-MaximumRedirection <Int32>] [-NoCompression] [-NoMachineProfile] [-Culture \
         <CultureInfo>] [-UICulture <CultureInfo>] [-MaximumReceivedDataSizePerCommand <Int32>] \
         [-MaximumReceivedObjectSize <Int32>] [-OutputBufferingMode <OutputBufferingMode>] \
         [-MaxConnectionRetryCount <Int32>] [-ApplicationArguments <PSPrimitiveDictionary>] [-OpenTimeout \
         <Int32>] [-CancelTimeout <Int32>] [-IdleTimeout <Int32>] [-ProxyAccessType <ProxyAccessType>] \
         [-ProxyAuthentication <AuthenticationMechanism>] [-ProxyCredential <PSCredential>] [-SkipCACheck] \
         [-SkipCNCheck] [-SkipRevocationCheck] [-OperationTimeout <Int32>] [-NoEncryption] [-UseUTF16] \
         [-IncludePortInSPN] [<CommonParameters>]"];
    has_syntax(&TABLE, &lines);
}
