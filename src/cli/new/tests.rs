use super::*;
use crate::cli::table::tests::{Metadata, has_metadata, has_sets, has_syntax};
use crate::cli::tests::{environment, record_as, request_as};
use pssession::cmdlet::connection::ComputerName;
use pssession::cmdlet::selection::Servers;

/// PowerShell's metadata of New-PSSession without containers, virtual machines, SSH and sessions to take after.
#[test]
fn parameter_sets() {
    let metadata = "
        ComputerName          o  -
        ConnectionUri         -  M0
        Credential            o  o
        Name                  o  o
        EnableNetworkAccess   o  o
        ConfigurationName     o  o
        Port                  o  -
        UseSSL                o  -
        ApplicationName       o  -
        AllowRedirection      -  o
        ThrottleLimit         o  o
        SessionOption         o  o
        Authentication        o  o
        CertificateThumbprint o  o";
    has_sets(&TABLE, metadata);
    assert_eq!(TABLE.sets.get(TABLE.default_set), Some(&"ComputerName"));
}

#[test]
fn types_aliases_and_validation() {
    use Validation::{NotNullOrEmpty, Range};
    let by_name = Pipeline::ByPropertyName;
    let metadata: Metadata = &[
        ("ComputerName", "String[]", &["Cn"], NotNullOrEmpty, Pipeline::No),
        ("ConnectionUri", "Uri[]", &["URI", "CU"], NotNullOrEmpty, by_name),
        ("Credential", "PSCredential", &[], Validation::None, Pipeline::No),
        ("Name", "String[]", &[], NotNullOrEmpty, Pipeline::No),
        ("EnableNetworkAccess", "SwitchParameter", &[], Validation::None, Pipeline::No),
        ("ConfigurationName", "String", &[], Validation::None, by_name),
        ("Port", "Int32", &[], Range(1, 65535), Pipeline::No),
        ("UseSSL", "SwitchParameter", &[], Validation::None, Pipeline::No),
        ("ApplicationName", "String", &[], Validation::None, by_name),
        ("AllowRedirection", "SwitchParameter", &[], Validation::None, Pipeline::No),
        ("ThrottleLimit", "Int32", &[], Validation::None, Pipeline::No),
        ("SessionOption", "PSSessionOption", &[], Validation::None, Pipeline::No),
        ("Authentication", "AuthenticationMechanism", &[], Validation::None, Pipeline::No),
        ("CertificateThumbprint", "String", &[], NotNullOrEmpty, Pipeline::No),
    ];
    has_metadata(&TABLE, metadata);
}

#[track_caller]
fn request(words: &[&str]) -> Request {
    match request_as("new-pssession", &environment(), words) {
        pssession::cmdlet::Request::New(request) => request,
        other => panic!("{other:?}"),
    }
}

#[test]
fn computers_names_and_what_is_there_already() {
    let Request { remote, names, or_connect, throttle_limit } =
        request(&["s1,s2", "-Name", "a,b", "-ThrottleLimit", "5", "--or-connect"]);
    let Servers::ComputerNames { computer_names, .. } = &remote.servers else { panic!() };
    assert_eq!(computer_names, &["s1", "s2"].map(|name| ComputerName::parse(name).unwrap()));
    assert_eq!((names, or_connect, throttle_limit.get()), (vec!["a".to_owned(), "b".to_owned()], true, 5));
    let plain = request(&[]);
    let Servers::ComputerNames { computer_names, .. } = &plain.remote.servers else { panic!() };
    // This computer.
    assert_eq!(computer_names, &[]);
    assert_eq!((plain.names, plain.or_connect), (vec![], false));
    assert!(matches!(request(&["https://s/wsman"]).remote.servers, Servers::ConnectionUris { .. }));
}

#[test]
fn what_does_not_bind() {
    for (words, id) in [
        (&["-Cn", "s", "-Uri", "https://s"] as &[_], "AmbiguousParameterSet"),
        (&["-State", "All"], "NamedParameterNotFound"),
        (&["s", "extra"], "PositionalParameterNotFound"),
        (&["-Name", ""], "ParameterArgumentValidationError"),
    ] {
        let record = record_as("new-pssession", words);
        let expected = format!("{id},Microsoft.PowerShell.Commands.NewPSSessionCommand");
        assert_eq!(record.fully_qualified_error_id, expected, "{words:?}: {}", record.message);
    }
}

#[test]
fn syntax_lines() {
    has_syntax(
        &TABLE,
        &[
            "New-PSSession [-ComputerName <String[]>] [-Credential <PSCredential>] [-Name <String[]>] \
             [-EnableNetworkAccess] [-ConfigurationName <String>] [-Port <Int32>] [-UseSSL] [-ApplicationName <String>] \
             [-ThrottleLimit <Int32>] [-SessionOption <PSSessionOption>] [-Authentication <AuthenticationMechanism>] \
             [-CertificateThumbprint <String>] [<CommonParameters>]",
            "New-PSSession [-ConnectionUri] <Uri[]> [-Credential <PSCredential>] [-Name <String[]>] \
             [-EnableNetworkAccess] [-ConfigurationName <String>] [-AllowRedirection] [-ThrottleLimit <Int32>] \
             [-SessionOption <PSSessionOption>] [-Authentication <AuthenticationMechanism>] [-CertificateThumbprint \
             <String>] [<CommonParameters>]",
        ],
    );
}
