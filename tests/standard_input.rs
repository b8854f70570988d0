//! What comes in on standard input, and what it must not lead to.

use crate::support::known::rows;
use crate::support::{Home, Login, Place, Seen, instance};

impl Place {
    fn fed_to(&self, cmdlet: &str, args: &[&str], text: &str) -> Seen {
        Seen::of(&mut self.home.fed(self.home.cmdlet(cmdlet, args), text))
    }

    /// The names of the sessions that the server still has.
    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = self.listener.sessions().into_iter().filter_map(|one| one.name).collect();
        names.sort();
        names
    }

    /// Connects to the session Victim, whose Id is 1, and to others, whose names could mean that one; gives those.
    fn with_hostile_names(&self) -> Vec<String> {
        let victim = instance(&self.connected(&["Victim"])[0]);
        let record = format!("{{\"Name\":\"Victim\",\"InstanceId\":\"{victim}\"}}");
        let names = ["*", "1", &victim, "\"Victim\"", "[\"Victim\"]", "[1]", "Victim ", "V?ctim", &record];
        let names = names.map(str::to_owned).to_vec();
        for name in &names {
            self.session(name);
        }
        assert_eq!(self.run(&["-ThrottleLimit", "1"]).status, 0);
        assert_eq!(self.names().len(), names.len() + 1);
        names
    }
}

#[test]
fn a_name_on_standard_input_is_that_name_whatever_it_looks_like() {
    let place = Place::new();
    let mut left = place.with_hostile_names();
    while let Some(name) = left.pop() {
        place.fed_to("remove-pssession", &["-Name", "-"], &format!("{name}\n")).is("", "", 0);
        let mut expected = left.clone();
        expected.push("Victim".into());
        expected.sort();
        assert_eq!(place.names(), expected, "{name}");
        // Once it has gone, no session has the name.
        let seen = place.fed_to("remove-pssession", &["-Name", "-"], &format!("{name}\n"));
        assert_eq!((seen.stdout.as_str(), seen.status), ("", 1), "{seen:?}");
        assert!(seen.stderr.contains("RemoteRunspaceNotAvailableForSpecifiedName"), "{seen:?}");
    }
    // Patterns are read where they are wanted.
    place.fed_to("remove-pssession", &["-Name", "-", "--wildcards"], "v?ct*\n").is("", "", 0);
    assert_eq!(place.names(), [""; 0]);
}

#[test]
fn a_json_string_is_a_name() {
    let place = Place::new();
    let names = place.with_hostile_names();
    let strings: Vec<_> = names.iter().map(|name| format!("{name:?}")).collect();
    for input in [strings[..4].join("\n"), format!("[{}]", strings[4..].join(","))] {
        place.fed_to("remove-pssession", &[], &input).is("", "", 0);
    }
    assert_eq!(place.names(), ["Victim"]);
}

#[test]
fn what_get_writes_is_read_back_and_means_just_that() {
    for output in ["jsonl", "json", "csv", "table"] {
        let place = Place::new();
        place.with_hostile_names();
        let written = place.run_as("get-pssession", &["--output", output]).stdout;
        let is_victims =
            |line: &&str| ["{\"Id\":1,", "\"1\",", "  1 "].iter().any(|head| line.starts_with(head));
        assert_eq!(written.lines().filter(is_victims).count(), 1, "{written}");
        let others: Vec<_> = written.lines().filter(|line| !is_victims(line)).collect();
        place.fed_to("remove-pssession", &[], &others.join("\n")).is("", "", 0);
        assert_eq!(place.names(), ["Victim"], "{output}");
        place.piped(&[], &written.replace("\n", "\r\n"));
        let ids = place.fed_to("connect-pssession", &["-Id", "-"], &written).stdout;
        assert_eq!(ids, rows(&[(1, "Victim")]), "{output}");
    }
}

/// A server chooses the InstanceIds that it lists.
#[test]
fn a_record_of_one_server_does_not_name_the_session_of_another() {
    let place = Place::new();
    let victim = instance(&place.connected(&["Victim"])[0]);
    let record = |computer: &str, uri: &str| {
        format!(
            "{{\"InstanceId\":\"{victim}\",\"ComputerName\":\"{computer}\",\"ConnectionUri\":\"{uri}\"}}\n"
        )
    };
    let text = record("evil", "http://evil:5985/wsman") + "{\"Name\":\"Victim\",\"ComputerName\":\"evil\"}\n";
    let seen = place.fed_to("remove-pssession", &[], &(text + "{\"Id\":1,\"ComputerName\":\"evil\"}"));
    assert_eq!((seen.stdout.as_str(), seen.status), ("", 1));
    assert_eq!(seen.stderr.matches("not available").count(), 3, "{seen:?}");
    assert_eq!((place.names(), place.new_requests()), (vec!["Victim".to_owned()], 0));
    place.fed_to("remove-pssession", &[], &record("localhost", "https://other/wsman")).is("", "", 0);
    assert_eq!(place.names(), [""; 0]);
}

#[test]
fn an_address_on_standard_input_is_contacted_only_where_the_command_line_names_it() {
    let place = Place::new();
    let shell_id = place.session("ITTask");
    let listed = Seen::of(
        &mut place.home.program(&[&place.as_get()[..], &["--output".into(), "jsonl".into()]].concat()),
    );
    assert!(listed.stdout.contains("\"Id\":null"), "{listed:?}");
    let before = place.listener.counters().connections;
    let seen = place.piped(&[], &listed.stdout);
    assert_eq!((seen.stdout.as_str(), seen.status), ("", 1));
    assert!(seen.stderr.contains("RemoteRunspaceNotAvailableForSpecifiedRunspaceId"), "{seen:?}");
    assert!(seen.stderr.contains("-ComputerName"), "{seen:?}");
    assert_eq!(place.listener.counters().connections, before);
    // Where it does, the records say which sessions are meant, and what they are called.
    let connected = |home: &Home, records: &str| {
        let mut to = home.program(&place.to(Login::Ntlm));
        to.args(["-InstanceId", "-"]);
        let seen = Seen::of(&mut home.fed(to, records));
        place.listener.with_service(|service, now| service.force_disconnect(now, &shell_id));
        seen
    };
    connected(&place.home, &listed.stdout).is(&rows(&[(1, "ITTask")]), "", 0);
    place.piped(&[], &listed.stdout).is(&rows(&[(1, "ITTask")]), "", 0);
    place.listener.with_service(|service, now| service.force_disconnect(now, &shell_id));
    // Another computer may list the id of this one's session under a name of its own choice.
    let elsewhere = listed.stdout.replace("localhost", "elsewhere");
    connected(&Home::new(), &elsewhere).is(&rows(&[(1, "")]), "", 0);
}

#[test]
fn a_parameter_without_effect_beside_standard_input_is_refused() {
    let place = Place::new();
    place.connected(&["ITTask"]);
    for args in [["-ConfigurationName", "x"], ["-Credential", "u"], ["-SessionOption", "NoEncryption=true"]] {
        let seen = place.piped(&args, "1\n");
        assert!(seen.stderr.contains("AmbiguousParameterSet"), "{seen:?}");
        assert_eq!((seen.stdout.as_str(), seen.status, place.new_requests()), ("", 2, 0));
    }
}

#[test]
fn an_encoding_that_cannot_be_known_is_one_clear_error() {
    let place = Place::new();
    place.connected(&["ITTask"]);
    let input = place.home.path().join("utf-16");
    let utf_16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let run = |octets: Vec<u8>| {
        std::fs::write(&input, octets).unwrap();
        Seen::of(place.home.program(&[] as &[&str]).stdin(std::fs::File::open(&input).unwrap()))
    };
    run(utf_16("\u{FEFF}1\r\n")).is(&rows(&[(1, "ITTask")]), "", 0);
    let seen = run(utf_16("1\r\n1\r\n"));
    let hint = "line 1 of standard input cannot be read: it is UTF-16 without a byte order mark; write it as UTF-8\n";
    assert_eq!(seen.stderr.matches("InputObjectNotBound,").count(), 1, "{seen:?}");
    assert!(seen.stderr.ends_with(hint), "{seen:?}");
    assert_eq!((seen.stdout.as_str(), seen.status), ("", 1));
}

#[test]
fn a_line_that_is_too_long_is_refused_and_not_cut() {
    let place = Place::new();
    place.connected(&["ITTask"]);
    let seen = place.piped(&[], &format!("{}\n1\n", "1".repeat(70_000)));
    assert!(seen.stderr.ends_with("line 1 of standard input is longer than 64 KiB\n"), "{seen:?}");
    assert_eq!((seen.stdout, seen.status), (rows(&[(1, "ITTask")]), 1));
}
