//! The configuration file: what it replaces, and what overrides it.

use crate::support::{Home, Login, Place, Seen, error, query_error};

const ROW: &str = "  1 ITTask          localhost       Opened        Microsoft.PowerShell     Available";

/// Writes the file where the program looks for it.
fn configure(home: &Home, text: &str) -> String {
    std::fs::create_dir_all(home.path().join(".config/connect-pssession")).unwrap();
    home.write(".config/connect-pssession/config.toml", text)
}

#[test]
fn the_file_gives_what_is_tedious_to_type() {
    let place = Place::new();
    place.session("ITTask");
    configure(
        &place.home,
        "user = 'alice'\npassword_command = 'echo Password1!'\nca_file = 'ca.pem'\noutput = 'jsonl'\ntimeout = 60\n\
         store = 'sessions'\ncolor = 'never'\n",
    );
    place.home.write(".config/connect-pssession/ca.pem", place.listener.authority());
    let port = place.listener.https_address().port().to_string();
    let mut command =
        place.home.program(&["-ComputerName", "localhost", "-Port", &port, "-UseSSL", "-Name", "ITTask"]);
    command.env_remove("PSSESSION_USER").env_remove("PSSESSION_PASSWORD");
    let seen = Seen::of(command.env("PATH", std::env::var_os("PATH").unwrap()));
    assert_eq!((seen.stderr.as_str(), seen.status), ("", 0));
    assert!(seen.stdout.starts_with("{\"Id\":1,"), "{}", seen.stdout);
    assert!(place.home.path().join(".config/connect-pssession/sessions/sessions.db").exists());
    // What is typed goes before it.
    let other = place.home.path().join("elsewhere");
    let mut command = place.command(Login::Ntlm, &["-Name", "ITTask", "--output", "table"]);
    let seen = Seen::of(command.env("PSSESSION_STORE", &other));
    assert_eq!(seen.status, 1, "{seen:?}");
    assert!(other.join("sessions.db").exists());
}

#[test]
fn trusted_hosts_come_from_the_command_line_then_the_environment_then_the_file() {
    let home = Home::new();
    configure(&home, "trusted_hosts = ['file.invalid', '*.file.invalid']\n");
    // A host that is trusted is looked for, and not found.
    let trusts = |host: &str, option: Option<&str>, variable: Option<&str>| {
        let mut args = vec!["-ComputerName", host, "--timeout", "5"];
        args.extend(option.iter().flat_map(|list| ["--trusted-hosts", list]));
        let mut command = home.program(&args);
        if let Some(list) = variable {
            command.env("PSSESSION_TRUSTED_HOSTS", list);
        }
        let seen = Seen::of(&mut command);
        let (refused, looked_for) = ("ServerNotTrusted,", "ComputerNotFound,");
        assert!(seen.stderr.contains(refused) || seen.stderr.contains(looked_for), "{}", seen.stderr);
        seen.stderr.contains(looked_for)
    };
    assert!(trusts("file.invalid", None, None));
    assert!(trusts("a.file.invalid", None, None));
    assert!(!trusts("other.invalid", None, None));
    assert!(trusts("variable.invalid", None, Some("variable.invalid")));
    assert!(!trusts("file.invalid", None, Some("variable.invalid")));
    assert!(trusts("option.invalid", Some("option.invalid"), Some("variable.invalid")));
    assert!(!trusts("variable.invalid", Some("option.invalid"), Some("variable.invalid")));
}

#[test]
fn an_empty_name_means_the_preference_variable() {
    let place = Place::with(|config| config.path = "/other".into());
    place.session("ITTask");
    configure(&place.home, "application_name = 'other'\nconfiguration_name = 'Microsoft.PowerShell'\n");
    place.run(&["-Name", "ITTask", "-ApplicationName", "", "-ConfigurationName", ""]).is_table(&[ROW]);
    // Omitted, it is the service's usual path.
    let hint = "-ApplicationName names the path of the service, wsman by default";
    let expected = query_error("The computer localhost answered HTTP 404.", "URLNotAvailable,", Some(hint));
    place.run(&["-Name", "ITTask"]).is("", &expected, 1);
    configure(&place.home, "configuration_name = 'ITTasks'\n");
    let none = "WARNING: localhost has no sessions to connect to.\n";
    place.run(&["-ApplicationName", "other", "-ConfigurationName", ""]).is("", none, 0);
}

/// What a file with this text is answered with.
fn refused(message: &str, hint: Option<&str>) -> String {
    error(message, "InvalidArgument: (:), ArgumentException", "ConfigFileUnusable", hint)
}

#[test]
fn a_slip_of_the_pen_is_not_passed_over() {
    let home = Home::new();
    let file = configure(&home, "user = 'alice'\n\ntrusted_host = ['server01']\n");
    let shown = refused(
        &format!("The configuration file {file} cannot be used: line 3: unknown key trusted_host."),
        Some(
            "the known keys are application_name, configuration_name, user, password_command, trusted_hosts, ca_file, \
             cert_store, store, timeout, reconnect_for, output, color",
        ),
    );
    Seen::of(&mut home.program(&["server01"])).is("", &shown, 2);
    configure(&home, "user = 'alice'\ntimeout = 'long'\n");
    let shown = refused(
        &format!(
            "The configuration file {file} cannot be used: line 2: timeout: the value must be a number of seconds."
        ),
        Some("write timeout = 30"),
    );
    Seen::of(&mut home.program(&["server01"])).is("", &shown, 2);
    // Help does not need it.
    assert_eq!(Seen::of(&mut home.program(&["--version"])).status, 0);
}

#[test]
fn a_file_that_is_named_must_be_there() {
    let place = Place::new();
    place.session("ITTask");
    let named = place.home.path().join("mine.toml");
    let mut command = place.command(Login::Ntlm, &["-Name", "ITTask"]);
    let expected = refused(
        &format!(
            "The configuration file {} cannot be used: No such file or directory (os error 2).",
            named.display()
        ),
        Some(&format!("ls -l {} shows whose it is; PSSESSION_CONFIG names another", named.display())),
    );
    Seen::of(command.env("PSSESSION_CONFIG", &named)).is("", &expected, 2);
    place.home.write("mine.toml", "output = 'json'\n");
    assert!(Seen::of(&mut command).stdout.starts_with("["));
    // The usual one is not read then.
    configure(&place.home, "nonsense");
    assert_eq!(Seen::of(&mut command).status, 0);
}

#[test]
fn a_file_that_another_user_may_have_written_is_not_used() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let home = Home::new();
    let file = configure(&home, "user = 'alice'\n");
    let is_refused = |reason: &str| {
        let hint = format!("ls -l {file} shows whose it is; PSSESSION_CONFIG names another");
        let expected =
            refused(&format!("The configuration file {file} cannot be used: {reason}."), Some(&hint));
        Seen::of(&mut home.program(&["server01"])).is("", &expected, 2);
    };
    for mode in [0o620, 0o602] {
        std::fs::set_permissions(&file, PermissionsExt::from_mode(mode)).unwrap();
        is_refused("other users can write to it (chmod go-w fixes that)");
    }
    std::fs::remove_file(&file).unwrap();
    let elsewhere = home.write("elsewhere.toml", "user = 'alice'\n");
    symlink(elsewhere, &file).unwrap();
    is_refused("it is a symbolic link");
    std::fs::remove_file(&file).unwrap();
    assert!(std::process::Command::new("mkfifo").args(["-m", "600", &file]).status().unwrap().success());
    is_refused("it is not a regular file");
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    is_refused("it is a directory");
}

#[test]
fn a_file_that_is_too_long_is_refused_and_not_cut() {
    let home = Home::new();
    let file = configure(&home, &format!("user = 'alice'\n#{}", "x".repeat(1 << 20)));
    let hint = format!("ls -l {file} shows whose it is; PSSESSION_CONFIG names another");
    let expected = refused(
        &format!("The configuration file {file} cannot be used: it is larger than 1 MiB."),
        Some(&hint),
    );
    Seen::of(&mut home.program(&["server01"])).is("", &expected, 2);
}
