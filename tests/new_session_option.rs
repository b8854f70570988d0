//! Session options: made by one command, taken by others.

use crate::support::{Home, Place, Seen, WRITE_OPTION, error};

fn made(args: &[&str]) -> Seen {
    Seen::of(&mut Home::new().program(&[&["--as", "new-pssessionoption"], args].concat()))
}

#[test]
fn what_differs_is_written_on_one_line() {
    made(&[]).is("@{}\n", "", 0);
    made(&["-OperationTimeout", "30000", "-SkipCACheck", "-ProxyCredential", "O'Brien", "-ProxyAccessType", "auto"])
        .is(
            "@{ProxyAccessType='AutoDetect'; ProxyCredential='O''Brien'; SkipCACheck=$true; OperationTimeout=30000}\n",
            "",
            0,
        );
}

#[test]
fn the_list_of_windows_powershell() {
    let list = "
MaximumConnectionRedirectionCount : 5
NoCompression                     : False
NoMachineProfile                  : False
ProxyAccessType                   : None
ProxyAuthentication               : Negotiate
ProxyCredential                   :
SkipCACheck                       : False
SkipCNCheck                       : True
SkipRevocationCheck               : False
OperationTimeout                  : 00:03:00
NoEncryption                      : False
UseUTF16                          : False
IncludePortInSPN                  : False
OutputBufferingMode               : None
MaxConnectionRetryCount           : 5
Culture                           : en-US
UICulture                         :
MaximumReceivedDataSizePerCommand :
MaximumReceivedObjectSize         : 209715200
ApplicationArguments              :
OpenTimeout                       : 00:00:00
CancelTimeout                     : 00:01:00
IdleTimeout                       : -00:00:00.0010000


";
    made(&["--output", "list", "-SkipCNCheck", "-Culture", "en-US", "-OpenTimeout", "0"]).is(list, "", 0);
}

#[test]
fn json_is_one_object() {
    let json = made(&["--output", "json", "-SkipCACheck", "-IdleTimeout", "60000"]);
    assert!(json.stdout.starts_with("{\"MaximumConnectionRedirectionCount\":5,"), "{json:?}");
    assert!(json.stdout.contains("\"SkipCACheck\":true,") && json.stdout.contains("\"IdleTimeout\":60000,"));
    assert_eq!((json.stdout.lines().count(), json.stderr.as_str(), json.status), (1, "", 0));
    assert_eq!(made(&["--output", "jsonl", "-SkipCACheck", "-IdleTimeout", "60000"]), json);
}

#[test]
fn what_is_made_is_taken() {
    let place = Place::new();
    let port = place.listener.https_address().port().to_string();
    // Only this option trusts the listener's authority.
    let connect = |value: &str| {
        let way = ["-ComputerName", "localhost", "-Port", &port, "-UseSSL", "-Authentication", "Basic"];
        Seen::of(&mut place.home.program(&[&way[..], &["-SessionOption", value]].concat()))
    };
    assert_eq!(connect("@{}").status, 1);
    for output in ["table", "json"] {
        let option = made(&["--output", output, "-SkipCACheck", "-OpenTimeout", "60000"]).stdout;
        let path = place.home.write("option", &option);
        for value in [option.as_str(), &format!("@{path}")] {
            let seen = connect(value);
            assert_eq!((seen.stdout.as_str(), seen.status), ("", 0), "{value}: {}", seen.stderr);
        }
    }
}

#[test]
fn files_that_cannot_be_taken() {
    let home = Home::new();
    let missing = home.path().join("missing");
    let large = home.write("large", &" ".repeat((1 << 20) + 1));
    let binary = home.path().join("binary");
    std::fs::write(&binary, [0xFF, 0xFE]).unwrap();
    let folder = home.path().to_str().unwrap();
    for (path, reason) in [
        (missing.to_str().unwrap(), "No such file or directory (os error 2)"),
        (&large, "it is larger than 1 MiB"),
        (binary.to_str().unwrap(), "stream did not contain valid UTF-8"),
        (folder, "Is a directory (os error 21)"),
    ] {
        let args = ["-ComputerName", "Server01", "-SessionOption", &format!("@{path}")];
        let expected = error(
            &format!("Cannot bind parameter 'SessionOption'. Cannot read the file \"{path}\": {reason}."),
            "InvalidArgument: (:), ParameterBindingException",
            "CannotConvertArgumentNoMessage",
            Some(WRITE_OPTION),
        );
        Seen::of(&mut home.program(&args)).is("", &expected, 2);
    }
}
