use super::value::time_span;
use super::*;
use crate::cli::convert::{Enumeration, Reason, cannot_convert};
use pssession::session_option::ProxyAuthentication;
use serde_json::{Map, Value as Json, json};
use std::time::Duration;

fn milliseconds(number: u64) -> Option<Duration> {
    Some(Duration::from_millis(number))
}

#[track_caller]
fn error(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

fn arguments(json: Json) -> Option<Map<String, Json>> {
    serde_json::from_value(json).unwrap()
}

#[test]
fn both_forms_say_the_same() {
    let expected = PSSessionOption {
        operation_timeout: milliseconds(30_000),
        skip_ca_check: true,
        culture: Some("en-US".into()),
        ..PSSessionOption::default()
    };
    for text in [
        "@{OperationTimeout=30000; SkipCACheck=$true; Culture='en-US'}",
        " @{ operationtimeout = 30000\n SKIPCACHECK = 1; 'Culture' = \"en-US\"; } ",
        "OperationTimeout=30000,SkipCACheck=true,Culture=en-US",
        "OperationTimeoutMSec=00:00:30, SkipCACheck=$TRUE , Culture=en-US",
    ] {
        assert_eq!(parse(text), Ok(expected.clone()), "{text}");
    }
    assert_eq!(parse("@{}"), Ok(PSSessionOption::default()));
}

#[test]
fn every_option() {
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
        application_arguments: arguments(json!({"A": 1, "B": {"C": "x"}})),
        open_timeout: None,
        cancel_timeout: milliseconds(1),
        idle_timeout: milliseconds(60_000),
        operation_timeout: milliseconds(240_000),
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
    assert_eq!(parse(&expected.to_string()), Ok(expected.clone()));
    assert_eq!(parse(&serde_json::to_string(&expected).unwrap()), Ok(expected.clone()));
    let text = "MaximumRedirection=-1,NoCompression=1,NoMachineProfile=1,Culture=ko-KR,UICulture=de-DE,\
                MaximumReceivedDataSizePerCommand=1kb,MaximumReceivedObjectSize=50mb,OutputBufferingMode=drop,\
                MaxConnectionRetryCount=3,OpenTimeout=0,CancelTimeoutMSec=1,IdleTimeout=00:01:00,\
                OperationTimeout=240000,ProxyAccessType=WinHttp,ProxyAuthentication=Dig,ProxyCredential=User01,\
                SkipCACheck=1,SkipCNCheck=1,SkipRevocationCheck=1,NoEncryption=1,UseUTF16=1,IncludePortInSPN=1,ApplicationArguments=@{A=1; B=@{C='x'}}";
    assert_eq!(parse(text), Ok(expected));
    assert_eq!(text.split(',').count(), PROPERTIES.len());
}

#[test]
fn a_quota_may_be_none() {
    for text in ["@{MaximumReceivedObjectSize=$null}", "MaximumReceivedObjectSize=$NULL"] {
        let expected = PSSessionOption { maximum_received_object_size: None, ..PSSessionOption::default() };
        assert_eq!(parse(text), Ok(expected), "{text}");
    }
    assert_eq!(parse("MaximumReceivedDataSizePerCommand=$null"), Ok(PSSessionOption::default()));
}

#[test]
fn application_arguments_are_a_hash_table_of_typed_values() {
    for (text, expected) in [
        (
            "@{ApplicationArguments=@{A=1; B=@{C='x'; D=$true}; E='2'; F=@(1, 'y'); G=$null; H=1.5}}",
            arguments(json!({
                "A": 1, "B": {"C": "x", "D": true}, "E": "2", "F": [1, "y"], "G": null, "H": 1.5
            })),
        ),
        ("ApplicationArguments=@{A=1;B=word}", arguments(json!({"A": 1, "B": "word"}))),
        (
            r#"{"ApplicationArguments": {"it's=": [-1, {"a": "b"}], "r": -1.5}}"#,
            arguments(json!({"it's=": [-1, {"a": "b"}], "r": -1.5})),
        ),
        ("ApplicationArguments=$null", None),
        ("ApplicationArguments=@{}", None),
    ] {
        let expected = PSSessionOption { application_arguments: expected, ..PSSessionOption::default() };
        assert_eq!(parse(text), Ok(expected.clone()), "{text}");
        assert_eq!(parse(&expected.to_string()), Ok(expected.clone()), "{text}");
    }
    for text in ["1", "@{A}", "@{A=1", "{\"A\":1}", ""] {
        let reason = cannot_convert(text, Dictionary::TYPE_NAME, Reason::NotAHashTable).into();
        let expected = SessionOptionError::Setting { key: "ApplicationArguments".into(), reason };
        assert_eq!(parse(&format!("ApplicationArguments={text}")), Err(expected), "{text}");
    }
}

#[test]
fn an_idle_timeout_may_be_left_to_the_server() {
    assert_eq!(parse("IdleTimeout=-1"), Ok(PSSessionOption::default()));
}

#[test]
fn time_spans() {
    for (text, expected) in [
        ("00:04:00", 240_000),
        ("1:2", 3_720_000),
        ("1.00:00:00", 86_400_000),
        ("00:00:01.5", 1_500),
        ("00:00:00.0012345", 1),
        ("23:59:59.999", 86_399_999),
    ] {
        assert_eq!(time_span(text), Ok(expected), "{text}");
    }
    for text in
        ["24:00:00", "00:60:00", "00:00:60", "1:2:3:4", ":", "::", "1:", "-00:01:00", "00:00:01.", "a:b"]
    {
        assert_eq!(time_span(text), Err(cannot_convert(text, TIME_SPAN, Reason::NotATimeSpan)), "{text}");
    }
    let text = "10675198.00:00:00";
    assert_eq!(time_span(text), Err(cannot_convert(text, INT32, Reason::NotAnInt32)));
}

const CANNOT_CREATE: &str =
    "Cannot create object of type \"System.Management.Automation.Remoting.PSSessionOption\". ";

#[test]
fn an_unknown_key_lists_the_known_ones() {
    let message = error("@{Foo=1}");
    let beginning = format!(
        "{CANNOT_CREATE}The property 'Foo' was not found for the \
         'System.Management.Automation.Remoting.PSSessionOption' object. The settable properties are: \
         [MaximumConnectionRedirectionCount or MaximumRedirection <System.Int32>], [NoCompression <System.Boolean>], "
    );
    assert!(message.starts_with(&beginning), "{message}");
    for property in &PROPERTIES {
        assert!(message.contains(&format!("[{}", property.name)), "{}", property.name);
    }
}

#[test]
fn values_that_do_not_fit() {
    for (text, reason) in [
        (
            "OpenTimeout=abc",
            "Exception setting \"OpenTimeout\": \"Cannot convert value \"abc\" to type \"System.Int32\". Error: \
             \"The input string 'abc' was not in a correct format.\"\"",
        ),
        (
            "OpenTimeoutMSec=-1",
            "Exception setting \"OpenTimeout\": \"The -1 argument is less than the minimum allowed range of 0. Supply \
             an argument that is greater than or equal to 0 and then try the command again.\"",
        ),
        (
            "IdleTimeout=-2",
            "Exception setting \"IdleTimeout\": \"The -2 argument is less than the minimum allowed range of -1. Supply \
             an argument that is greater than or equal to -1 and then try the command again.\"",
        ),
        (
            "@{SkipCACheck=}",
            "Exception setting \"SkipCACheck\": \"Cannot convert value \"\" to type \"System.Boolean\". Boolean \
             parameters accept only Boolean values and numbers, such as $True, $False, 1 or 0.\"",
        ),
        (
            "OutputBufferingMode=x",
            "Exception setting \"OutputBufferingMode\": \"Cannot convert value \"x\" to type \
             \"System.Management.Automation.Runspaces.OutputBufferingMode\". Error: \"Unable to match the identifier \
             name x to a valid enumerator name. Specify one of the following enumerator names and try again:\nNone, \
             Drop, Block\"\"",
        ),
        (
            "ProxyAuthentication=Kerberos",
            "Exception setting \"ProxyAuthentication\": \"Kerberos cannot be specified as a proxy authentication \
             mechanism. Only Basic,Negotiate or Digest are supported for proxy authentication.\"",
        ),
        (
            "ProxyCredential=User01",
            "Exception setting \"ProxyCredential\": \"Proxy credentials cannot be specified when using the following \
             proxy access type: None. Either specify a different access type, or do not specify proxy credentials.\"",
        ),
    ] {
        assert_eq!(error(text), format!("{CANNOT_CREATE}{reason}"), "{text}");
    }
}

#[test]
fn texts_that_are_not_hash_tables() {
    use SessionOptionError::*;
    for (text, expected) in [
        ("foo", NotAHashTable { text: "foo".into() }),
        ("", NotAHashTable { text: "".into() }),
        ("@{A=1", Incomplete),
        ("@{SkipCACheck}", MissingEquals),
        ("SkipCACheck=1,NoEncryption", MissingEquals),
        ("UseUTF16=1,useutf16=0", DuplicateKey { key: "useutf16".into() }),
        ("OpenTimeout=1,OpenTimeoutMSec=1", DuplicateKey { key: "OpenTimeoutMSec".into() }),
        ("=1", UnknownKey { key: "".into(), available: available() }),
    ] {
        assert_eq!(parse(text), Err(expected), "{text}");
    }
}

#[test]
fn json_says_the_same() {
    let expected = PSSessionOption {
        operation_timeout: milliseconds(30_000),
        open_timeout: None,
        skip_ca_check: true,
        culture: Some("en-US".into()),
        output_buffering_mode: OutputBufferingMode::Drop,
        ..PSSessionOption::default()
    };
    for text in [
        r#"{"OperationTimeout":30000,"OpenTimeout":null,"SkipCACheck":true,"Culture":"en-US","OutputBufferingMode":"Drop"}"#,
        r#" {
            "operationtimeoutmsec": "00:00:30",
            "OPENTIMEOUT": 0, "skipCaCheck": 1,
            "Culture": "en-US", "OutputBufferingMode": 1,
            "ApplicationArguments": {}, "UICulture": null
        } "#,
    ] {
        assert_eq!(parse(text), Ok(expected.clone()), "{text}");
    }
    assert_eq!(parse("{}"), Ok(PSSessionOption::default()));
    for (text, beginning) in [
        (r#"{"Foo":1}"#, "The property 'Foo' was not found for the"),
        (
            r#"{"OpenTimeout":1,"OpenTimeoutMSec":1}"#,
            "Duplicate keys 'OpenTimeoutMSec' are not allowed in hash literals.",
        ),
        (
            r#"{"OpenTimeout":1.5}"#,
            "Exception setting \"OpenTimeout\": \"Cannot convert value \"1.5\" to type \"System.Int32\".",
        ),
        (
            r#"{"SkipCACheck":null}"#,
            "Exception setting \"SkipCACheck\": \"Cannot convert value \"$null\" to type \"System.Boolean\".",
        ),
        (
            r#"{"MaxConnectionRetryCount":{}}"#,
            "Exception setting \"MaxConnectionRetryCount\": \"Cannot convert value \"@{}\" to type \"System.Int32\".",
        ),
        (r#"{"OpenTimeout":1"#, "The text is not a JSON object (line 1, column 16)."),
        ("{OpenTimeout=1}", "The text is not a JSON object (line 1, column 2)."),
    ] {
        let message = error(text);
        let message = message.strip_prefix(CANNOT_CREATE).unwrap_or(&message);
        assert!(message.starts_with(beginning), "{text}: {message}");
    }
}

#[test]
fn quotes_keep_a_value_together() {
    let user = |text: &str| {
        let text = format!("@{{ProxyCredential={text}; ProxyAccessType=AutoDetect}}");
        parse(&text).unwrap().proxy_credential
    };
    for (text, expected) in [
        ("'a;b=c}'", "a;b=c}"),
        ("'O''Brien'", "O'Brien"),
        ("\"O'Brien\"", "O'Brien"),
        ("\"a\"\"b\"", "a\"b"),
        ("O'Brien", "O'Brien"),
        ("' a\nb '", " a\nb "),
        ("''''", "'"),
        ("'$null'", "$null"),
    ] {
        assert_eq!(user(text).as_deref(), Some(expected), "{text}");
    }
    assert_eq!(user("$null"), None);
    let bare = "ProxyCredential='a,b',ProxyAccessType=AutoDetect";
    assert_eq!(parse(bare).unwrap().proxy_credential.as_deref(), Some("a,b"));
    assert_eq!(parse("Culture='a;b"), Err(SessionOptionError::MissingTerminator { quote: '\'' }));
    assert_eq!(parse("@{Culture=\"a;b}"), Err(SessionOptionError::MissingTerminator { quote: '"' }));
}

#[test]
fn a_quote_begins_a_text_in_an_array_too() {
    let array = json!({ "a": ["x'{", "}y;", "z"] });
    for text in ["@('x''{', '}y;', z)", "@( 'x''{',\"}y;\",z )"] {
        let text = format!("@{{ApplicationArguments=@{{a={text}}}; NoCompression=$true}}");
        let read = parse(&text).unwrap();
        assert_eq!((read.application_arguments, read.no_compression), (arguments(array.clone()), true));
    }
}

#[test]
fn what_is_written_reads_back() {
    // xorshift: small, and the same every time.
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = |limit: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % limit as u64) as usize
    };
    const TEXTS: [&str; 16] = [
        "en-US",
        "Domain01\\User01",
        "a b",
        " ",
        "'",
        "''",
        "\"",
        "a;b",
        "a=b",
        "}",
        "@{",
        "$null",
        "$true",
        "a\nb,c",
        "備份",
        "\u{FEFF}`",
    ];
    const NUMBERS: [u32; 5] = [0, 1, 5, 209_715_200, i32::MAX as u32];
    for _ in 0..2_000 {
        let text = |at: usize| TEXTS.get(at).map(|text| (*text).to_owned());
        let time = |at: usize| NUMBERS.get(at).map(|number| Duration::from_millis(u64::from(*number)));
        let option = PSSessionOption {
            maximum_connection_redirection_count: NUMBERS.get(next(6)).copied(),
            no_compression: next(2) == 0,
            no_machine_profile: next(2) == 0,
            culture: text(next(20)),
            ui_culture: text(next(20)),
            maximum_received_data_size_per_command: NUMBERS.get(next(6)).copied(),
            maximum_received_object_size: NUMBERS.get(next(6)).copied(),
            output_buffering_mode: <OutputBufferingMode as Enumeration>::MEMBERS[next(3)].1,
            max_connection_retry_count: NUMBERS[next(5)],
            application_arguments: text(next(20)).and_then(|text| arguments(json!({ "a": text }))),
            open_timeout: time(1 + next(5)),
            cancel_timeout: time(1 + next(5)),
            idle_timeout: time(next(6)),
            operation_timeout: time(1 + next(5)),
            proxy_access_type: <ProxyAccessType as Enumeration>::MEMBERS[1 + next(4)].1,
            proxy_authentication: [ProxyAuthentication::Basic, ProxyAuthentication::Negotiate][next(2)],
            proxy_credential: text(next(20)),
            skip_ca_check: next(2) == 0,
            skip_cn_check: next(2) == 0,
            skip_revocation_check: next(2) == 0,
            no_encryption: next(2) == 0,
            use_utf16: next(2) == 0,
            include_port_in_spn: next(2) == 0,
        };
        let written = option.to_string();
        assert_eq!(parse(&written), Ok(option.clone()), "{written}");
        let json = serde_json::to_string(&option).unwrap();
        assert_eq!(parse(&json), Ok(option.clone()), "{json}");
    }
}

#[test]
fn a_file_has_any_of_the_forms() {
    use crate::cli::environment::ReadFile;
    fn read_file(path: &Path) -> std::io::Result<String> {
        match path.to_str() {
            Some("table") => Ok("\u{FEFF}@{\r\n  OpenTimeout = 1\r\n  SkipCACheck = $true\r\n}\r\n".into()),
            Some("bare") => Ok("OpenTimeout=1\nSkipCACheck=1\n".into()),
            Some("./json") => Ok(r#"{"OpenTimeout": 1, "SkipCACheck": true}"#.into()),
            Some("bad") => Ok("@{Foo=1}".into()),
            Some("again") => Ok("@again".into()),
            Some("value") => Ok("OpenTimeoutMSec=hunter2".into()),
            Some("secrets") => Ok("hunter2\nmore".into()),
            _ => Err(std::io::Error::other("it is not there")),
        }
    }
    let read_file = ReadFile(read_file);
    let of = |text: &str| read(file(text).unwrap(), read_file);
    let expected =
        PSSessionOption { open_timeout: milliseconds(1), skip_ca_check: true, ..PSSessionOption::default() };
    for text in ["@table", "@bare", "@./json"] {
        assert_eq!(of(text), Ok(expected.clone()), "{text}");
    }
    let message = |text| of(text).unwrap_err().to_string();
    assert_eq!(message("@missing"), "Cannot read the file \"missing\": it is not there.");
    let cannot = |file: &str| format!("Cannot read a PSSessionOption from the file \"{file}\": ");
    assert!(message("@bad").starts_with(&(cannot("bad") + "a property in it was not found. ")));
    assert_eq!(
        message("@again"),
        cannot("again") + "it is neither a hash table, nor Key=Value lines, nor JSON."
    );
    assert_eq!(message("@value"), cannot("value") + "the value of OpenTimeout is not valid.");
    for text in ["@bad", "@again", "@value", "@secrets"] {
        let message = message(text);
        assert!(
            !message.contains("hunter2") && !message.contains("Foo") && !message.contains("@again"),
            "{message}"
        );
    }
    for text in ["@{}", "@", "", "table", "@{table"] {
        assert_eq!(file(text), None, "{text}");
    }
    let refused = read(Path::new("table"), ReadFile::default());
    assert!(matches!(refused, Err(SessionOptionError::UnreadableFile { .. })));
}
