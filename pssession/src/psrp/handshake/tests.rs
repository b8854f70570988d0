//! The data of each message, against text of the shape that Windows sends or accepts.

use super::*;
use crate::psrp::clixml::{self, Version};
use crate::psrp::clixml::{ReadError, Value};

const LIMITS: clixml::Limits =
    clixml::Limits { size: 10_000, nesting: 20, elements: 500, objects: 50, references: 5 };

fn missing<T>(property: &'static str) -> Result<T, DecodeError> {
    Err(DecodeError::MissingProperty(property))
}

fn invalid<T>(property: &'static str) -> Result<T, DecodeError> {
    Err(DecodeError::InvalidProperty(property))
}

fn capability(protocol: &str, ps: &str, serialization: &str) -> String {
    format!(
        concat!(
            r#"<Obj RefId="0"><MS><Version N="protocolversion">{}</Version><Version N="PSVersion">{}</Version>"#,
            r#"<Version N="SerializationVersion">{}</Version></MS></Obj>"#,
        ),
        protocol, ps, serialization
    )
}

#[test]
fn session_capability_of_this_client() {
    let data = SessionCapability::CLIENT.encode();
    assert_eq!(data, capability("2.3", "2.0", "1.1.0.1"));
    assert_eq!(data.len(), 159, "the length that pypsrp and PowerShell 7 send");
    assert_eq!(SessionCapability::decode(data.as_bytes(), &LIMITS), Ok(SessionCapability::CLIENT));
}

#[test]
fn session_capability_with_a_time_zone_and_in_another_letter_case() {
    let data = capability("2.2", "2.0", "1.1.0.1")
        .replace("protocolversion", "ProtocolVersion")
        .replace("</MS>", r#"<BA N="TimeZone">AAEAAAD/////</BA></MS>"#);
    let decoded = SessionCapability::decode(data.as_bytes(), &LIMITS).unwrap();
    assert_eq!(decoded.protocol_version, ProtocolVersion::V2_2);
}

#[test]
fn session_capability_without_its_versions() {
    let decode = |data: &str| SessionCapability::decode(data.as_bytes(), &LIMITS);
    assert_eq!(decode(""), Err(ReadError::Truncated.into()));
    assert_eq!(decode("<S />"), missing("protocolversion"));
    let whole = capability("2.3", "2.0", "1.1.0.1");
    assert_eq!(decode(&whole.replace("PSVersion", "Other")), missing("PSVersion"));
    let text = whole.replace(
        "Version N=\"SerializationVersion\">1.1.0.1</Version",
        "S N=\"SerializationVersion\">1.1.0.1</S",
    );
    assert_eq!(decode(&text), invalid("SerializationVersion"));
    assert_eq!(decode(&whole.replace("2.3", "2")), Err(ReadError::InvalidText("Version").into()));
}

#[test]
fn versions_that_fit_and_versions_that_do_not() {
    let client = SessionCapability::CLIENT;
    let negotiate = |protocol: &str, ps: &str, serialization: &str| {
        let data = capability(protocol, ps, serialization);
        client.negotiate(&SessionCapability::decode(data.as_bytes(), &LIMITS).unwrap())
    };
    for (text, version) in [
        ("2.0", ProtocolVersion::V2_0),
        ("2.1", ProtocolVersion::V2_1),
        ("2.2", ProtocolVersion::V2_2),
        ("2.3", ProtocolVersion::V2_3),
    ] {
        assert_eq!(negotiate(text, "2.0", "1.1.0.1"), Ok(version));
        assert_eq!(version.supports_disconnect(), matches!(text, "2.2" | "2.3"));
    }
    for (text, major, minor) in [("2.4", 2, 4), ("1.9", 1, 9), ("3.0", 3, 0)] {
        let server = ProtocolVersion { major, minor };
        let error = IncompatibleVersion::Protocol { client: ProtocolVersion::V2_3, server };
        assert_eq!(negotiate(text, "2.0", "1.1.0.1"), Err(error));
    }
    let (client, server) = (client.ps_version, Version::new(5, 1));
    assert_eq!(negotiate("2.3", "5.1", "1.1.0.1"), Err(IncompatibleVersion::PSVersion { client, server }));
    let (client, server) = (SessionCapability::CLIENT.serialization_version, Version::new(1, 1));
    assert_eq!(negotiate("2.3", "2.0", "1.1"), Err(IncompatibleVersion::Serialization { client, server }));
}

#[test]
fn a_version_of_our_own_is_accepted_even_if_unknown() {
    let newer = SessionCapability {
        protocol_version: ProtocolVersion { major: 2, minor: 4 },
        ..SessionCapability::CLIENT
    };
    assert_eq!(newer.negotiate(&newer), Ok(newer.protocol_version));
}

#[test]
fn init_runspace_pool() {
    let expected = concat!(
        r#"<Obj RefId="0"><MS><I32 N="MinRunspaces">1</I32><I32 N="MaxRunspaces">1</I32>"#,
        r#"<Obj N="PSThreadOptions" RefId="1"><TN RefId="0">"#,
        r#"<T>System.Management.Automation.Runspaces.PSThreadOptions</T><T>System.Enum</T>"#,
        r#"<T>System.ValueType</T><T>System.Object</T></TN><ToString>Default</ToString><I32>0</I32></Obj>"#,
        r#"<Obj N="ApartmentState" RefId="2"><TN RefId="1"><T>System.Threading.ApartmentState</T>"#,
        r#"<T>System.Enum</T><T>System.ValueType</T><T>System.Object</T></TN>"#,
        r#"<ToString>Unknown</ToString><I32>2</I32></Obj>"#,
        r#"<Obj N="HostInfo" RefId="3"><MS><B N="_isHostUINull">true</B><B N="_isHostRawUINull">true</B>"#,
        r#"<B N="_isHostNull">true</B><B N="_useRunspaceHost">true</B></MS></Obj>"#,
        r#"<Nil N="ApplicationArguments" /></MS></Obj>"#,
    );
    assert_eq!(InitRunspacePool::default().encode(), expected);
}

#[test]
fn init_runspace_pool_with_application_arguments() {
    let init = InitRunspacePool {
        application_arguments: Some(vec![("k".into(), "v".into())]),
        ..InitRunspacePool::default()
    };
    let expected = concat!(
        r#"<Obj N="ApplicationArguments" RefId="4"><TN RefId="2">"#,
        r#"<T>System.Management.Automation.PSPrimitiveDictionary</T><T>System.Collections.Hashtable</T>"#,
        r#"<T>System.Object</T></TN><DCT><En><S N="Key">k</S><S N="Value">v</S></En></DCT></Obj></MS></Obj>"#,
    );
    let data = init.encode();
    assert!(data.ends_with(expected), "{data}");
}

#[test]
fn runspace_pool_init_data_has_two_counts() {
    let check = |max: &str| {
        let data = format!(r#"<Obj><MS><I32 N="MinRunspaces">1</I32><I32 N="{max}">5</I32></MS></Obj>"#);
        check_init_data(data.as_bytes(), &LIMITS)
    };
    assert_eq!(check("MaxRunspaces"), Ok(()));
    assert_eq!(check("Other"), missing("MaxRunspaces"));
}

#[test]
fn application_private_data_of_windows() {
    let data = concat!(
        r#"<Obj RefId="0"><MS><I32 N="DebugMode">1</I32><Obj N="ApplicationPrivateData" RefId="1">"#,
        r#"<TN RefId="0"><T>System.Management.Automation.PSPrimitiveDictionary</T></TN><DCT><En>"#,
        r#"<S N="Key">PSVersionTable</S><Obj N="Value" RefId="2"><TNRef RefId="0" /><DCT>"#,
        r#"<En><S N="Key">PSRemotingProtocolVersion</S><Version N="Value">2.2</Version></En>"#,
        r#"<En><S N="Key">PSEdition</S><S N="Value">Desktop</S></En>"#,
        r#"<En><S N="Key">PSVersion</S><Version N="Value">5.1.14393.2248</Version></En>"#,
        r#"</DCT></Obj></En></DCT></Obj></MS></Obj>"#,
    );
    let decoded = ApplicationPrivateData::decode(data.as_bytes(), &LIMITS).unwrap();
    let table = decoded.dictionary().unwrap().entry("PSVersionTable").unwrap().as_object().unwrap();
    assert_eq!(table.entry("psedition"), Some(&Value::from("Desktop")));
}

#[test]
fn application_private_data_without_content() {
    let decode = |data: &str| ApplicationPrivateData::decode(data.as_bytes(), &LIMITS);
    for nothing in ["<Nil />", r#"<Obj RefId="0"><MS><Nil N="ApplicationPrivateData" /></MS></Obj>"#] {
        let decoded = decode(nothing).unwrap();
        assert_eq!(decoded.dictionary(), None);
    }
    assert_eq!(decode("<S />"), missing("ApplicationPrivateData"));
    assert_eq!(decode("<Obj />"), missing("ApplicationPrivateData"));
    let text = r#"<Obj><MS><S N="ApplicationPrivateData" /></MS></Obj>"#;
    assert_eq!(decode(text), invalid("ApplicationPrivateData"));
}

fn state(number: &str, more: &str) -> Result<RunspacePoolStateMessage, DecodeError> {
    let data = format!(r#"<Obj RefId="0"><MS><I32 N="RunspaceState">{number}</I32>{more}</MS></Obj>"#);
    RunspacePoolStateMessage::decode(data.as_bytes(), &LIMITS)
}

#[test]
fn runspace_pool_state() {
    let states = [
        WireState::BeforeOpen,
        WireState::Opening,
        WireState::Opened,
        WireState::Closed,
        WireState::Closing,
        WireState::Broken,
    ];
    for (number, expected) in states.into_iter().enumerate() {
        let message = RunspacePoolStateMessage { state: expected, reason: None };
        assert_eq!(state(&number.to_string(), ""), Ok(message));
    }
    assert_eq!(state("6", ""), Err(DecodeError::UnknownState(6)));
    assert_eq!(state("-1", ""), Err(DecodeError::UnknownState(-1)));
}

#[test]
fn runspace_pool_state_with_an_error_record() {
    let record = concat!(
        r#"<Obj N="ExceptionAsErrorRecord" RefId="1"><ToString>shown</ToString><MS>"#,
        r#"<Obj N="Exception" RefId="2"><Props><S N="Message">reason</S></Props></Obj></MS></Obj>"#,
    );
    let reason = |more: &str| state("5", more).unwrap().reason;
    assert_eq!(reason(record).as_deref(), Some("reason"));
    assert_eq!(reason(&record.replace("Message", "Other")).as_deref(), Some("shown"));
    assert_eq!(reason(r#"<Nil N="ExceptionAsErrorRecord" />"#), None);
}
