#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| connect_pssession::fuzzing::terminal_text(data));
