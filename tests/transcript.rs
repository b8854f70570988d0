//! `--transcript`: what is written down of the exchanges with servers, and what is not.

use crate::support::Place;
use std::fs;

#[test]
fn an_exchange_is_written_down_without_what_it_says() {
    let place = Place::new();
    let file = place.home.path().join("transcript");
    let name = file.to_str().unwrap();
    let script = "Get-Job; 'Payroll'";
    let seen = place.remote("invoke-command", &["--transcript", name, "-ScriptBlock", script]);
    assert_eq!((seen.stderr.as_str(), seen.status), ("", 0));
    let transcript = fs::read_to_string(&file).unwrap();
    for known in [
        "/shell/Command\n",
        "<CommandId> ",
        "PIPELINE_OUTPUT]",
        "CREATE_PIPELINE]",
        "Answer, ",
        " s: Request, ",
    ] {
        assert!(transcript.contains(known), "no {known} in {transcript}");
    }
    for secret in
        ["127.0.0.1", "localhost", "alice", "SERVER01", "Password1", "Payroll", "Get-Job", "http://127"]
    {
        assert!(!transcript.contains(secret), "{secret} in {transcript}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_transcript_that_cannot_be_written_is_an_error_before_anything_is_done() {
    let place = Place::new();
    let name = place.home.path().join("no/such/directory");
    let seen = place.remote("get-pssession", &["--transcript", name.to_str().unwrap()]);
    let error = "Get-PSSession : The file of --transcript cannot be written: No such file or directory (os error 2).\n";
    assert!(seen.stderr.starts_with(error), "{seen:?}");
    assert!(seen.stderr.contains(": TranscriptUnavailable,"), "{seen:?}");
    assert_eq!((seen.stdout.as_str(), seen.status), ("", 2));
    assert_eq!(place.listener.requests().len(), 0);
}
