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
const ENUMERATION: &str = "an enumeration is its name, where PowerShell's is a number once it has been sent";

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
