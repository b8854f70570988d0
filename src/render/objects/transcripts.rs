//! What a real PowerShell sent for some hundred scripts, beside what PowerShell's own client shows of it.
//!
//! The transcripts are not part of the project. `PSSESSION_SHARED` names the directory that has them; without it these
//! tests look at nothing and say so.

use super::test_support::{object, shown};
use crate::render::ObjectOutput as Form;
use crate::render::remote_error::{concise, normal};
use pssession::RemoteError;
use serde_json::Value as Json;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Transcripts whose text is not PowerShell's, and why.
const DIFFERENT: &[(&str, &str)] = &[
    ("collections", "a dictionary keeps the order in which it came, where PowerShell's has one that changes"),
    ("host-information", ENUMERATION),
    ("objects", ENUMERATION),
    (
        "primitives",
        "a URI and an XML document are their text, where PowerShell lists the properties of the .NET objects",
    ),
    ("raw-ui", ENUMERATION),
    (
        "secure-string-output",
        "the oracle was made with a text in place of the secure string, and texts are on the left",
    ),
    (
        "streams-redirected",
        "an error is named after what was done, where PowerShell writes out the script block",
    ),
    (
        "type-with-tostring",
        "PowerShell makes new .NET objects of some types, with properties that the message lacks",
    ),
];
const ENUMERATION: &str =
    "an enumeration is its name, where PowerShell shows its number, an empty row, or a table of one column";

fn transcripts() -> Vec<(String, Json)> {
    let Some(shared) = std::env::var_os("PSSESSION_SHARED").map(PathBuf::from) else {
        println!("PSSESSION_SHARED is not set: the transcripts are left out");
        return Vec::new();
    };
    let files = fs::read_dir(shared.join("powershell/transcripts")).expect("the transcripts are there");
    let mut paths: Vec<PathBuf> = files.map(|file| file.expect("a file").path()).collect();
    paths.sort();
    let name = |path: &Path| path.file_stem().expect("a file's name").to_string_lossy().into_owned();
    let read =
        |path: &PathBuf| serde_json::from_str(&fs::read_to_string(path).expect("a text")).expect("JSON");
    paths.iter().map(|path| (name(path), read(path))).collect()
}

/// The CLIXML of the messages of one type.
fn messages<'j>(transcript: &'j Json, message_type: &'j str) -> impl Iterator<Item = &'j str> {
    let messages = transcript["plain"]["messages"].as_array().expect("a list").iter();
    let of_type = messages.filter(move |message| message["type"] == *message_type);
    of_type.map(|message| message["xml"].as_str().expect("a text"))
}

#[test]
fn objects_look_as_in_powershell() {
    let mut differences = Vec::new();
    let transcripts = transcripts();
    for (name, transcript) in &transcripts {
        let values: Vec<&str> = messages(transcript, "PipelineOutput").collect();
        let text = shown(Form::Text, &values);
        let expected = transcript["plain"]["shown"].as_str().expect("a text");
        if text != expected {
            if std::env::var_os("PSSESSION_SHOW_DIFFERENCES").is_some() {
                println!("===== {name}\n--- expected\n{expected}\n--- found\n{text}");
            }
            differences.push(name.as_str());
        }
    }
    println!("{} of {} are equal", transcripts.len() - differences.len(), transcripts.len());
    let known: Vec<&str> =
        DIFFERENT.iter().map(|(name, _)| *name).filter(|_| !transcripts.is_empty()).collect();
    assert_eq!(differences, known);
}

#[test]
fn errors_look_as_in_powershell() {
    let mut count = 0;
    for (name, transcript) in transcripts() {
        let records = errors(&transcript);
        let expected = transcript["plain"]["errors"].as_array().expect("a list");
        assert_eq!(records.len(), expected.len(), "{name}");
        for (error, expected) in records.iter().zip(expected) {
            let shown = normal(error, "Server01");
            assert_eq!(concise(error).trim_end(), expected["concise"], "{name}");
            assert_eq!(shown.trim_end(), expected["normal"], "{name}");
            let json: Json = serde_json::from_str(&super::error(error, "Server01")).expect("JSON");
            assert_eq!(json["Message"], expected["message"], "{name}");
            assert_eq!(json["FullyQualifiedErrorId"], expected["id"], "{name}");
            count += 1;
        }
    }
    println!("{count} errors are equal");
}

fn errors(transcript: &Json) -> Vec<RemoteError> {
    let messages = transcript["plain"]["messages"].as_array().expect("a list").iter();
    let records = messages.filter_map(|message| {
        let xml = message["xml"].as_str().expect("a text");
        match message["type"].as_str() {
            Some("ErrorRecord") => Some(object(xml)),
            Some("PipelineState") => object(xml).property("ExceptionAsErrorRecord"),
            _ => None,
        }
    });
    records.filter_map(|record| RemoteError::from_value(record.view().root())).collect()
}

/// The values by the rules, written by hand.
const VALUES: &[(&str, &str)] = &[
    (
        "primitives",
        r#""text"
42
5000000000
7
-7
-300
300
4000000000
18446744073709551615
3.5
1.25
12.34
123456789012345677877719597056
true
false
null
"x"
"2026-11-30T12:34:56.789Z"
"2026-01-02T03:04:05"
"1.02:03:04.5060000"
"01234567-89ab-cdef-0123-456789abcdef"
"http://server01/a b?c=d"
"1.2.3.4"
"<a b=\"c\">d</a>"
"1 + 1"
"AQID/w=="
"NaN"
"Infinity"
-3.4028235e38
"11/30/2026 12:00:00 +09:00"
"7.6.0-rc.1"
"192.0.2.1"
"#,
    ),
    (
        "collections",
        r#"[1,2,3]
[]
{"c":null,"b":"two","a":1}
{"z":1,"a":2}
[1,"b"]
[1,2]
["q1","q2"]
["s2","s1"]
["h1"]
[[1,2],[3,4]]
[0,0,0,0]
[1,[2,[3,[4]]]]
{"nested":{"deeper":{"deepest":{"bottom":1}}}}
"#,
    ),
    (
        "objects",
        r#"{"Name":"one","Size":1,"When":"2026-11-30T00:00:00Z"}
{"Name":"two","Size":22,"When":null}
{"A":{"B":{"C":{"D":1}}}}
{"Name":"Rex","Age":3}
"Friday"
"ReadOnly, Hidden"
{"Self":"@{Self=; N=1}","N":1}
{"AddressFamily":"InterNetwork","Address":"0.0.0.0","Port":80}
"#,
    ),
    (
        "json-typical",
        r#"{"name":"server01","up":true,"cpu":12.5,"tags":["a","b"],"disk":{"c":{"free":40,"size":100}}}
[]
["only"]
{"Empty":[],"One":[1],"Nothing":null,"Text":"","Date":"11/30/2026 12:00:00 +00:00","Enum":"Monday","Flags":"Hidden, System","Char":"c","Bytes":"AP8=","Ver":"1.2","Span":"00:00:01.5000000","Uri":"https://server01/x","Big":18446744073709551615,"Dec":0.1}
"#,
    ),
    (
        "error-record-as-output",
        r#"{"Message":"Cannot find path '/nope' because it does not exist.","FullyQualifiedErrorId":"PathNotFound,Microsoft.PowerShell.Commands.GetItemCommand","Category":"ObjectNotFound","TargetObject":"/nope"}
"Cannot convert value \"x\" to type \"System.Int32\". Error: \"The input string 'x' was not in a correct format.\""
"InvalidCastFromStringToInteger"
"#,
    ),
    ("script-property", "{\"A\":2,\"Double\":4,\"Extra\":\"note\"}\n\"decorated\"\n5\n"),
    ("secure-string-output", "null\n{\"UserName\":\"bob\",\"Password\":null}\n"),
];

#[test]
fn values_are_as_the_rules_have_them() {
    for (name, transcript) in transcripts() {
        let values: Vec<&str> = messages(&transcript, "PipelineOutput").collect();
        let json = shown(Form::JsonLines, &values);
        assert_eq!(json.lines().count(), values.len(), "{name}");
        json.lines().for_each(|line| drop(serde_json::from_str::<Json>(line).expect("JSON")));
        if let Some((_, expected)) = VALUES.iter().find(|(expected, _)| *expected == name) {
            assert_eq!(json, *expected, "{name}");
        }
    }
}

/// `PSSESSION_PWSH` is the command that starts PowerShell; without it this looks at nothing.
#[test]
fn import_clixml_reads_what_is_written() {
    let Some(powershell) = std::env::var_os("PSSESSION_PWSH") else { return };
    let directory = std::env::temp_dir().join(format!("clixml-{}", std::process::id()));
    fs::create_dir(&directory).expect("a new directory");
    let mut expected = String::new();
    for (name, transcript) in transcripts() {
        let values: Vec<&str> = messages(&transcript, "PipelineOutput").collect();
        let document = shown(Form::Clixml, &values);
        fs::write(directory.join(format!("{name}.xml")), document).expect("it can be written");
        expected += &format!("{name} {}\n", values.len());
    }
    let script = format!(
        "Get-ChildItem '{}' | ForEach-Object {{ \"$($_.BaseName) $([Management.Automation.PSSerializer]::DeserializeAsList((Get-Content -Raw $_)).Count) $((Import-Clixml $_) | Out-Null)\".TrimEnd() }}",
        directory.display()
    );
    let output =
        Command::new(powershell).args(["-NoProfile", "-Command", &script]).output().expect("it runs");
    fs::remove_dir_all(&directory).expect("it can be removed");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let mut found: Vec<_> = String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
    found.sort();
    let mut expected: Vec<_> = expected.lines().map(str::to_owned).collect();
    expected.sort();
    assert_eq!(found, expected);
}
