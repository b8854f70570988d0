use super::*;
use crate::cli::parameter::Validation;
use crate::cli::table::tests::{Metadata, has_metadata, has_sets};
use crate::cli::tests::{environment, request};
use pssession::access::{Authentication, Thumbprint};
use pssession::cmdlet::connection::{ComputerName, Connection, ConnectionUri, Credential, Endpoint};
use pssession::cmdlet::selection::{Filter, Input, Known, Remote, Selection, Servers, SessionReference};
use pssession::session_option::PSSessionOption;
use std::num::NonZeroU16;

const THUMBPRINT: &str = "A9993E364706816ABA3E25717850C26C9CD0D89D";
const GUID: &str = "934b6b5b-0123-4567-89ab-cdef01234567";

/// Windows' metadata of Connect-PSSession, read off its attributes; the one `M0` in ComputerNameGuid is ours.
#[test]
fn parameter_sets() {
    let metadata = "
        Name                  M  -  o  -  o  -  -  -
        Session               -  M0 -  -  -  -  -  -
        ComputerName          -  -  M0 M0 -  -  -  -
        ConnectionUri         -  -  -  -  M0 M0 -  -
        InstanceId            -  -  -  M  -  M  M  -
        Id                    -  -  -  -  -  -  -  M0
        ApplicationName       -  -  o  o  -  -  -  -
        Port                  -  -  o  o  -  -  -  -
        UseSSL                -  -  o  o  -  -  -  -
        AllowRedirection      -  -  -  -  o  o  -  -
        ConfigurationName     -  -  o  o  o  o  -  -
        Credential            -  -  o  o  o  o  -  -
        Authentication        -  -  o  o  o  o  -  -
        CertificateThumbprint -  -  o  o  o  o  -  -
        SessionOption         -  -  o  o  o  o  -  -
        ThrottleLimit         o  o  o  o  o  o  o  o";
    has_sets(&TABLE, metadata);
    assert_eq!(TABLE.sets.get(TABLE.default_set), Some(&"Name"));
}

#[test]
fn types_aliases_and_validation() {
    use Pipeline::{ByPropertyName, ByValueAndPropertyName, No};
    use Validation::{NotNull, NotNullOrEmpty, Range};
    let metadata: Metadata = &[
        ("Name", "String[]", &[], NotNullOrEmpty, No),
        ("Session", "PSSession[]", &[], NotNullOrEmpty, ByValueAndPropertyName),
        ("ComputerName", "String[]", &["Cn"], NotNullOrEmpty, No),
        ("ConnectionUri", "Uri[]", &["URI", "CU"], NotNullOrEmpty, ByPropertyName),
        ("InstanceId", "Guid[]", &[], NotNull, No),
        ("Id", "Int32[]", &[], NotNull, ByPropertyName),
        ("ApplicationName", "String", &[], Validation::None, ByPropertyName),
        ("ConfigurationName", "String", &[], Validation::None, ByPropertyName),
        ("Port", "Int32", &[], Range(1, 65535), No),
        ("UseSSL", "SwitchParameter", &[], Validation::None, No),
        ("AllowRedirection", "SwitchParameter", &[], Validation::None, No),
        ("Credential", "PSCredential", &[], Validation::None, No),
        ("Authentication", "AuthenticationMechanism", &[], Validation::None, No),
        ("CertificateThumbprint", "String", &[], NotNullOrEmpty, No),
        ("SessionOption", "PSSessionOption", &[], Validation::None, No),
        ("ThrottleLimit", "Int32", &[], Validation::None, No),
    ];
    has_metadata(&TABLE, metadata);
}

fn plain_connection() -> Connection {
    Connection {
        configuration_name: None,
        credential: Credential::CurrentUser,
        authentication: Authentication::Default,
        session_option: PSSessionOption::default(),
    }
}

fn computers(names: &[&str]) -> Vec<ComputerName> {
    names.iter().map(|name| ComputerName::parse(name).unwrap()).collect()
}

fn on_computers(names: &[&str], filter: Filter) -> Selection {
    let servers = Servers::ComputerNames { computer_names: computers(names), endpoint: Endpoint::default() };
    Selection::Remote(Box::new(Remote { servers, filter, connection: plain_connection() }))
}

fn strings(names: &[&str]) -> Input<String> {
    Input::Given(names.iter().map(|name| (*name).to_owned()).collect())
}

#[test]
fn example_1_of_the_help_page() {
    let expected = Request {
        selection: on_computers(&["Server01"], Filter::Names(strings(&["ITTask"]))),
        throttle_limit: 32.try_into().unwrap(),
        what_if: false,
        confirm: false,
    };
    assert_eq!(request(&["-ComputerName", "Server01", "-Name", "ITTask"]), expected);
    assert_eq!(
        request(&["server01", "-n:ITTask"]).selection,
        on_computers(&["server01"], Filter::Names(strings(&["ITTask"])))
    );
}

#[test]
fn local_sets() {
    let guid = GUID.parse().unwrap();
    for (words, selection) in [
        (&["-Name", "a*,b"] as &[_], Selection::Known(Known::Names(strings(&["a*", "b"])))),
        (&["1,0x10"], on_computers(&["1", "0x10"], Filter::All)),
        (&["1,4"], Selection::Known(Known::Ids(Input::Given(vec![1, 4])))),
        (&["-Id", "0x10"], Selection::Known(Known::Ids(Input::Given(vec![16])))),
        (&[GUID], Selection::Known(Known::InstanceIds(Input::Given(vec![guid])))),
        (
            &["-Session", &format!("4, {GUID}, ITTask")],
            Selection::Known(Known::Sessions(Input::Given(vec![
                SessionReference::Id(4),
                SessionReference::InstanceId(guid),
                SessionReference::Name("ITTask".into()),
            ]))),
        ),
    ] {
        assert_eq!(request(words).selection, selection, "{words:?}");
    }
}

#[test]
fn everything_of_a_computer() {
    let words = [
        "-Cn",
        "a,",
        "::1",
        "-InstanceId",
        GUID,
        "-ApplicationName",
        "",
        "-ConfigurationName",
        "ITTasks",
        "-Credential",
        "Domain01\\User01",
        "-Authentication",
        "kerb",
        "-Port",
        "0x1F90",
        "-UseSSL",
        "-SessionOption",
        "SkipCACheck=1",
        "-ThrottleLimit",
        "1",
        "-WhatIf",
        "-Confirm:$true",
    ];
    let expected = Request {
        selection: Selection::Remote(Box::new(Remote {
            servers: Servers::ComputerNames {
                computer_names: computers(&["a", "::1"]),
                endpoint: Endpoint {
                    application_name: Some(String::new()),
                    port: NonZeroU16::new(8080),
                    use_ssl: true,
                },
            },
            filter: Filter::InstanceIds(Input::Given(vec![GUID.parse().unwrap()])),
            connection: Connection {
                configuration_name: Some("ITTasks".into()),
                credential: Credential::UserName("Domain01\\User01".into()),
                authentication: Authentication::Kerberos,
                session_option: PSSessionOption { skip_ca_check: true, ..PSSessionOption::default() },
            },
        })),
        throttle_limit: 1.try_into().unwrap(),
        what_if: true,
        confirm: true,
    };
    assert_eq!(request(&words), expected);
}

#[test]
fn addresses() {
    let connection_uris = vec![ConnectionUri::parse("https://server01:443/wsman").unwrap()];
    assert_eq!(
        request(&["https://Server01", "-AllowRedirection", "-CertificateThumbprint", THUMBPRINT]).selection,
        Selection::Remote(Box::new(Remote {
            servers: Servers::ConnectionUris {
                connection_uris: connection_uris.clone(),
                allow_redirection: true
            },
            filter: Filter::All,
            connection: Connection {
                credential: Credential::CertificateThumbprint(Thumbprint::parse(THUMBPRINT).unwrap()),
                ..plain_connection()
            },
        }))
    );
    assert_eq!(
        request(&["-URI", "https://Server01", "-InstanceId", "-"]).selection,
        Selection::Remote(Box::new(Remote {
            servers: Servers::ConnectionUris { connection_uris, allow_redirection: false },
            filter: Filter::InstanceIds(Input::StandardInput),
            connection: plain_connection(),
        }))
    );
}

#[test]
fn a_throttle_limit_below_1_is_the_default() {
    for limit in ["0", "-1", "-2147483648"] {
        assert_eq!(request(&["4", "-ThrottleLimit", limit]).throttle_limit.get(), 32);
    }
}

#[test]
fn the_user_of_the_environment_replaces_credential() {
    let mut environment = environment();
    environment.user = Some("User02".into());
    let credential = |words: &[&str]| match crate::cli::tests::request_in(&environment, words).selection {
        Selection::Remote(remote) => remote.connection.credential,
        other => panic!("{other:?}"),
    };
    assert_eq!(credential(&["s"]), Credential::UserName("User02".into()));
    assert_eq!(credential(&["s", "-Credential", "User01"]), Credential::UserName("User01".into()));
    assert_eq!(
        credential(&["s", "-CertificateThumbprint", THUMBPRINT]),
        Credential::CertificateThumbprint(Thumbprint::parse(THUMBPRINT).unwrap())
    );
    assert_eq!(
        credential(&["s", "-Authentication", "NegotiateWithImplicitCredential"]),
        Credential::CurrentUser
    );
}
