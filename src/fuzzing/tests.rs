//! Every property over its corpus; and the inputs that once failed.

use super::*;
use std::fs;

type Property = fn(&[u8]);

const PROPERTIES: [(&str, Property); 10] = [
    ("answers", answers),
    ("certificate_file", certificate_file),
    ("command_line", command_line),
    ("completion", completion),
    ("config_file", config_file),
    ("literals", literals),
    ("objects", objects),
    ("session_option", session_option),
    ("standard_input", standard_input),
    ("terminal_text", terminal_text),
];

/// Each input as it is, and cut in many places.
#[test]
fn every_property_holds_of_its_corpus() {
    for (target, property) in PROPERTIES {
        let directory = format!("{}/fuzz/corpus/{target}", env!("CARGO_MANIFEST_DIR"));
        let files = fs::read_dir(&directory).unwrap_or_else(|error| panic!("{directory}: {error}"));
        let mut inputs = files.map(|file| fs::read(file.unwrap().path()).unwrap()).peekable();
        assert!(inputs.peek().is_some(), "{target}");
        for input in inputs {
            (0..input.len()).step_by(7).for_each(|end| property(&input[..end]));
            property(&input);
        }
    }
}

#[test]
fn a_quote_in_an_array_of_options_is_read_again() {
    session_option(b"OpenTimeout=5,ApplicationArguments=@{a=2,Oi.'@{i'E'}");
}

/// All its certificates behind each of them would fill the memory.
#[test]
fn a_bundle_of_thousands_of_certificates_is_read() {
    certificate_file(
        "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n".repeat(17_000).as_bytes(),
    );
}

#[test]
fn a_number_with_zeros_in_front_is_json() {
    objects(b"<D>007.50</D>");
    objects(b"<Obj><TN><T>System.Numerics.BigInteger</T></TN><ToString>00039788867917</ToString></Obj>");
}
