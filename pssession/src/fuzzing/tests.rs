//! Every property over its corpus, and over what was made of that; and the inputs that once failed.

use super::*;
use std::fs;
use std::path::PathBuf;

type Property = fn(&[u8]);

const PROPERTIES: [(&str, Property); 22] = [
    ("certificate", certificate),
    ("challenges", challenges),
    ("channel_bindings", channel_bindings),
    ("clixml", clixml),
    ("endpoint", endpoint),
    ("envelope", envelope),
    ("fault", fault),
    ("fragments", fragments),
    ("host_call", host_call),
    ("kerberos_ap_req", kerberos_ap_req),
    ("message", message),
    ("ntlm", ntlm),
    ("pipeline", pipeline),
    ("request", request),
    ("runspace_pool", runspace_pool),
    ("sealed_body", sealed_body),
    ("session", session),
    ("spnego", spnego),
    ("store", store),
    ("ts_request", ts_request),
    ("wildcard", wildcard),
    ("xpress", xpress),
];

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let directory = PathBuf::from(format!("{}/../fuzz/corpus/{target}", env!("CARGO_MANIFEST_DIR")));
    let files = fs::read_dir(&directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    files.map(|file| fs::read(file.unwrap().path()).unwrap()).collect()
}

#[test]
fn every_property_holds_of_its_corpus_and_of_what_is_near() {
    for (target, property) in PROPERTIES {
        let inputs = corpus(target);
        assert!(!inputs.is_empty(), "{target}");
        let mut random = crate::psrp::testing::Random::new(1);
        for input in &inputs {
            property(input);
            // A file of a store takes longer.
            for _ in 0..if target == "store" { 2 } else { 50 } {
                property(&random.mutate(input));
            }
        }
    }
}

#[test]
fn a_date_with_an_odd_offset_is_read_again() {
    clixml(b"<DT>2018-06-13T23:46:12+99:99</DT>");
}

#[test]
fn an_address_that_is_corrected_is_read_again() {
    endpoint(b"\x50\0\x01\x11\0https:x5(661315799\0\0\0");
}

#[test]
fn an_address_with_a_zone_in_its_path_is_read_again() {
    endpoint(b"\x50\0\x01\x22\0http://p://[fe80::1%25eth0]:59x5/w\0\0\0");
}
