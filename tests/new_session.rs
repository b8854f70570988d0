//! New-PSSession: sessions that are opened, or found.

use crate::support::known::row;
use crate::support::{Login, Place, Seen, error_of, instance, table};
use pssession_listener::{Effect, Injection, Target, Verb};

impl Place {
    /// Runs the program as a cmdlet against the listener.
    pub fn remote(&self, cmdlet: &str, args: &[&str]) -> Seen {
        Seen::of(&mut self.remote_command(cmdlet, args))
    }

    pub fn remote_command(&self, cmdlet: &str, args: &[&str]) -> std::process::Command {
        let to = self.to(Login::Ntlm);
        let to: Vec<&str> = to.iter().map(String::as_str).collect();
        self.home.cmdlet(cmdlet, &[&to, args].concat())
    }

    /// Opens a session; gives its Id.
    pub fn opened(&self, name: &str) -> String {
        let seen = self.remote("new-pssession", &["-Name", name, "--output", "id"]);
        assert_eq!((seen.stderr.as_str(), seen.status), ("", 0));
        seen.stdout.trim().to_owned()
    }
}

fn new(place: &Place, args: &[&str]) -> Seen {
    place.remote("new-pssession", args)
}

fn not_opened(message: &str, code: &str, hint: Option<&str>) -> String {
    let message = format!(
        "[localhost] Connecting to remote server localhost failed with the following error message : {message} For more \
         information, see the about_Remote_Troubleshooting Help topic."
    );
    let category =
        "OpenError: (System.Manageme....RemoteRunspace:RemoteRunspace), PSRemotingTransportException";
    let text = error_of("New-PSSession", &message, category, &format!("{code},PSSessionOpenFailed"), hint);
    text.replace(",Microsoft.PowerShell.Commands.NewPSSessionCommand", "")
}

#[test]
fn a_session_is_opened_under_the_name_that_is_given_or_one_of_its_own() {
    let place = Place::new();
    new(&place, &["-Name", "ITTask"]).is_table(&[&row(1, "ITTask")]);
    new(&place, &[]).is_table(&[&row(2, "Runspace2")]);
    let sessions = place.listener.sessions();
    let mut names: Vec<_> = sessions.iter().map(|session| session.name.clone().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["ITTask", "Runspace2"]);
    assert!(sessions.iter().all(|session| session.connected));
    // It is one of those that are known.
    place.known(&["-Id", "1"]).is_table(&[&row(1, "ITTask")]);
}

#[test]
fn each_computer_has_the_name_in_its_place() {
    let place = Place::new();
    let port = place.listener.http_address().port().to_string();
    let args = [
        "-ComputerName",
        "localhost,127.0.0.1,localhost",
        "-Port",
        &port,
        "-Name",
        "A,B",
        "-ThrottleLimit",
        "1",
    ];
    let seen = Seen::of(&mut place.home.cmdlet("new-pssession", &args));
    seen.is_table(&[&row(1, "A"), &row(2, "B").replace("localhost", "127.0.0.1"), &row(3, "Runspace3")]);
}

#[test]
fn a_session_of_the_name_is_connected_to_if_that_is_wanted() {
    let place = Place::new();
    let shell_id = place.session("Free");
    new(&place, &["--or-connect", "-Name", "Free"]).is_table(&[&row(1, "Free")]);
    assert!(place.is_connected(&shell_id));
    // Now it is this machine's, and so it is again.
    new(&place, &["--or-connect", "-Name", "Free"]).is_table(&[&row(1, "Free")]);
    new(&place, &["--or-connect", "-Name", "Other"]).is_table(&[&row(2, "Other")]);
    assert_eq!(place.listener.sessions().len(), 2);
}

#[test]
fn a_session_that_another_client_holds_cannot_be_had() {
    let place = Place::new();
    place.busy_session("Busy");
    let seen = new(&place, &["--or-connect", "-Name", "Busy"]);
    assert!(
        seen.stderr
            .contains("FullyQualifiedErrorId : PSSessionConnectFailed,Microsoft.PowerShell.Commands.NewPSS")
    );
    assert_eq!((seen.stdout.as_str(), seen.status, place.listener.sessions().len()), ("", 1, 1), "{seen:?}");
}

#[test]
fn what_cannot_be_opened_is_said() {
    let place = Place::new();
    let message = "The WS-Management service cannot process the request. Cannot find the Nowhere session configuration in \
                   the WSMan: drive on the localhost computer.";
    let hint = "-ConfigurationName names a session configuration; on the server, Get-PSSessionConfiguration lists them";
    let expected = not_opened(message, "InvalidResourceUri", Some(hint));
    new(&place, &["-ConfigurationName", "Nowhere"]).is("", &expected, 1);

    let hint =
        "the server does not accept this user name and password; for a local account try COMPUTER\\user";
    let mut command = place.remote_command("new-pssession", &[]);
    command.env("PSSESSION_PASSWORD", "wrong");
    let expected = not_opened("Access is denied.", "AccessDenied", Some(hint));
    Seen::of(&mut command).is("", &expected, 1);
    assert_eq!((place.home.stored(), place.listener.sessions().len()), (vec![], 0));
}

#[test]
fn a_quota_that_bites_leaves_nothing_behind() {
    let place = Place::with(|config| config.service.max_shells_per_user = 1);
    place.session("First");
    let seen = new(&place, &["-Name", "Second"]);
    let message = "The maximum number of concurrent shells for this user has been exceeded.";
    assert!(
        seen.stderr.contains(message) && seen.stderr.contains(": -2144108123,PSSessionOpenFailed"),
        "{seen:?}"
    );
    assert_eq!((seen.stdout.as_str(), seen.status), ("", 1));
    assert_eq!((place.home.stored(), place.listener.sessions().len()), (vec![], 1));
}

#[test]
fn the_forms_of_its_record() {
    let place = Place::new();
    new(&place, &["--output", "id"]).is("1\n", "", 0);
    let seen = new(&place, &["-Name", "A", "--output", "jsonl"]);
    let record: serde_json::Value = serde_json::from_str(&seen.stdout).unwrap();
    let shells = place.listener.sessions();
    let shell = shells.iter().find(|shell| shell.name.as_deref() == Some("A")).unwrap();
    assert_eq!(record["InstanceId"], instance(&shell.shell_id));
    assert_eq!(
        (&record["State"], &record["Id"], &record["IdleTimeout"]),
        (&"Opened".into(), &2.into(), &7_200_000.into())
    );
    let seen = new(&place, &["-Name", "A", "--output", "csv", "-SessionOption", "IdleTimeout=60000"]);
    assert!(
        seen.stdout.starts_with("\"Id\",\"Name\",") && seen.stdout.contains("\n\"3\",\"A\","),
        "{seen:?}"
    );
    assert!(seen.stdout.contains("\"60000\",\"Block\""), "{seen:?}");
    let seen = new(&place, &["-Name", "A", "--output", "list"]);
    assert!(seen.stdout.contains("\nId                     : 4\nName                   : A\n"), "{seen:?}");
    assert_eq!((seen.stderr.as_str(), seen.status), ("", 0));
}

#[test]
fn a_full_address_is_enough() {
    let place = Place::new();
    let url = place.listener.http_url().to_string();
    let seen = Seen::of(&mut place.home.cmdlet("new-pssession", &["-ConnectionUri", &url, "-Name", "U"]));
    assert_eq!(
        (seen.stdout.replace("127.0.0.1", "localhost"), seen.status),
        (table(&[&row(1, "U")]), 0),
        "{seen:?}"
    );
}

/// Its shell would be held for nobody, until it expires.
#[test]
fn a_session_that_cannot_be_opened_is_not_left_behind() {
    let place = Place::new();
    let refused = Effect::Fault(5, Some("Access is denied.".into()));
    for (cmdlet, args) in [
        ("new-pssession", &["-Name", "ITTask"] as &[_]),
        ("invoke-command", &["-ScriptBlock", "1"]),
        ("enter-pssession", &[]),
    ] {
        for requests in 0..2 {
            let refused = Injection::new(Target::Verb(Verb::Receive), refused.clone());
            place.listener.inject(refused.after(requests));
            let seen = place.remote(cmdlet, args);
            assert!(seen.stdout.is_empty() && seen.stderr.contains("Access is denied."), "{seen:?}");
            assert_eq!((seen.status, place.listener.sessions(), place.home.stored().len()), (1, vec![], 0));
        }
    }
    // Where it cannot be removed either it stays known.
    place.listener.inject(Injection::new(Target::Verb(Verb::Receive), refused.clone()));
    place.listener.inject(Injection::new(Target::Verb(Verb::Delete), refused));
    let seen = new(&place, &["-Name", "ITTask"]);
    let id = place.home.stored()[0].session.id.unwrap().0;
    let hint =
        format!("    hint: its session may be left on the server; remove-pssession -Id {id} ends it\n");
    assert!(seen.stderr.ends_with(&hint), "{seen:?}");
    assert_eq!((seen.status, place.listener.sessions().len()), (1, 1));
    Seen::of(&mut place.home.cmdlet("remove-pssession", &["-Id", &id.to_string()])).is("", "", 0);
    assert_eq!((place.listener.sessions(), place.home.stored().len()), (vec![], 0));
}

#[test]
fn a_session_that_never_opens_is_given_up_in_time() {
    let place = Place::new();
    let nothing_yet = Effect::Fault(0x8033_8029, None);
    let receive = Target::Verb(Verb::Receive);
    place.listener.inject(Injection::new(receive, nothing_yet).times(usize::MAX));
    let seen = new(&place, &["-Name", "ITTask", "--timeout", "1"]);
    let message = "The computer localhost did not answer within 1 seconds.";
    let hint = "a firewall may be in the way, or the port or scheme wrong; --timeout SECONDS waits longer or shorter";
    seen.is("", &not_opened(message, "WinRMOperationTimeout", Some(hint)), 1);
    assert_eq!((place.listener.sessions(), place.home.stored().len()), (vec![], 0));
}
