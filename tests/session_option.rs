//! What is given with -SessionOption, as the server and a proxy see it.

use crate::support::proxy::Proxy;
use crate::support::{Home, Place, Seen, Way, connect_error, error, query_error};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use pssession_listener::{BufferMode, Effect, Injection, Target, Verb};

const ROW: &str = "  1 ITTask          localhost       Opened        Microsoft.PowerShell     Available";

/// The SOAP text of the requests with this last word in their action.
fn requests(place: &Place, verb: &str) -> Vec<String> {
    let requests = place.listener.requests().into_iter();
    requests.filter(|request| request.summary.verb() == verb).map(|request| request.soap).collect()
}

#[test]
fn the_server_is_told_what_to_do_with_output_that_nobody_reads() {
    for (mode, told, becomes) in [
        ("Drop", "<rsp:Connect><rsp:BufferMode>Drop</rsp:BufferMode><connectXml ", BufferMode::Drop),
        ("Block", "<rsp:Connect><rsp:BufferMode>Block</rsp:BufferMode><connectXml ", BufferMode::Block),
        ("None", "<rsp:Connect><connectXml ", BufferMode::Block),
    ] {
        let place = Place::new();
        let shell_id = place.session("ITTask");
        let option = format!("OutputBufferingMode={mode}");
        let seen = place.run(&["-Name", "ITTask", "-SessionOption", &option, "--output", "jsonl"]);
        assert_eq!((seen.stderr.as_str(), seen.status), ("", 0));
        assert!(requests(&place, "Connect")[0].contains(told), "{mode}");
        assert_eq!(place.listener.session(&shell_id).unwrap().buffer_mode, becomes);
        let recorded = format!("\"OutputBufferingMode\":\"{becomes:?}\"");
        assert!(seen.stdout.contains(&recorded), "{}", seen.stdout);
    }
}

#[test]
fn reconnect_tells_it_too() {
    let place = Place::new();
    let shell_id = place.session("ITTask");
    place.listener.inject(Injection::new(Target::Verb(Verb::Connect), Effect::DropAfter));
    place.run(&["-Name", "ITTask", "-SessionOption", "OutputBufferingMode=Drop"]).is_table(&[ROW]);
    assert_eq!(place.actions(), ["Enumerate", "Connect", "Connect", "Reconnect"]);
    let told = "<s:Body><rsp:Reconnect><rsp:BufferMode>Drop</rsp:BufferMode></rsp:Reconnect></s:Body>";
    assert!(requests(&place, "Reconnect")[0].contains(told));
    assert_eq!(place.listener.session(&shell_id).unwrap().buffer_mode, BufferMode::Drop);
}

#[test]
fn the_last_word_about_output_is_that_of_whoever_disconnected() {
    let place = Place::new();
    let shell_id = place.session("ITTask");
    place.run(&["-Name", "ITTask", "-SessionOption", "OutputBufferingMode=Drop"]).is_table(&[ROW]);
    let disconnect = ["--as", "disconnect-pssession", "-Id", "1", "-OutputBufferingMode", "Block"];
    assert_eq!(Seen::of(&mut place.home.program(&disconnect)).status, 0);
    Seen::of(&mut place.home.program(&["-Id", "1"])).is_table(&[ROW]);
    assert_eq!(place.actions(), ["Enumerate", "Connect", "Disconnect", "Reconnect"]);
    assert!(requests(&place, "Reconnect")[0].contains("<rsp:BufferMode>Block</rsp:BufferMode>"));
    assert_eq!(place.listener.session(&shell_id).unwrap().buffer_mode, BufferMode::Block);
}

#[test]
fn an_object_over_the_quota_is_refused_and_the_session_let_go() {
    let place = Place::new();
    let shell_id = place.session("ITTask");
    let hint = "MaximumReceivedObjectSize in -SessionOption bounds it; 0 is no bound";
    let told = connect_error("ITTask", "Object 4 is over the size limit.", "", Some(hint));
    place.run(&["-Name", "ITTask", "-SessionOption", "MaximumReceivedObjectSize=64"]).is("", &told, 1);
    assert_eq!(place.actions(), ["Enumerate", "Connect", "Disconnect"]);
    assert!(!place.is_connected(&shell_id));
    for no_limit in ["0", "$null"] {
        let option = format!(
            "@{{MaximumReceivedObjectSize={no_limit}; MaximumReceivedDataSizePerCommand={no_limit}}}"
        );
        let seen = place.run(&["-Name", "ITTask", "-SessionOption", &option, "--output", "jsonl"]);
        assert_eq!((seen.stderr.as_str(), seen.status), ("", 0), "{option}");
        place.listener.with_service(|service, now| service.force_disconnect(now, &shell_id));
    }
}

#[test]
fn requests_are_utf_16_where_that_is_wanted_and_answers_are_read() {
    for way in [Way::Ntlm, Way::Basic] {
        let place = Place::with(|config| config.service.page_size = 1);
        place.session("Bücher");
        place.session("ITTask");
        let option = ["-Name", "ITTask", "-SessionOption", "UseUTF16=true"];
        place.run_over(way, &option).is_table(&[ROW]);
        assert_eq!(place.actions(), ["Enumerate", "Pull", "Connect"]);
        assert_eq!(place.listener.counters().utf16_requests, 3, "{way:?}");
        // A fault is read as well.
        let fault = Effect::Fault(5, Some("Zugriff für Größere.".into()));
        place.listener.inject(Injection::new(Target::Soap, fault));
        let hint = "the user needs the right to remote there: a member of Remote Management Users, or an administrator";
        let told = query_error("Zugriff für Größere.", "AccessDenied,", Some(hint));
        place.run_over(way, &option).is("", &told, 1);

        place.listener.clear_journal();
        place.run_over(way, &["-Name", "nosuch*"]);
        assert_eq!(place.listener.counters().utf16_requests, 0, "{way:?}");
    }
}

#[test]
fn the_operation_timeout_is_told_to_the_server() {
    for (option, told) in [
        ("OperationTimeout=30000", "PT30.000S"),
        ("OperationTimeoutMSec=00:00:01.5", "PT1.500S"),
        // For ever is something no service grants.
        ("@{OperationTimeout=0}", "PT180.000S"),
        ("OpenTimeout=1000", "PT180.000S"),
    ] {
        let place = Place::new();
        place.session("ITTask");
        place.run(&["-Name", "ITTask", "-SessionOption", option]).is_table(&[ROW]);
        let header = format!("<w:OperationTimeout>{told}</w:OperationTimeout>");
        assert!(place.listener.requests().iter().all(|request| request.soap.contains(&header)), "{option}");
    }
}

#[test]
fn every_key_is_taken_in_both_spellings() {
    for option in [
        "MaximumRedirection=3,NoCompression=true,NoMachineProfile=true,Culture=ko-KR,UICulture=ko-KR,\
         MaximumReceivedDataSizePerCommand=50mb,MaximumReceivedObjectSize=10mb,OutputBufferingMode=Block,\
         MaxConnectionRetryCount=2,ApplicationArguments=@{A=1},OpenTimeout=10000,CancelTimeout=10000,\
         IdleTimeout=60000,OperationTimeout=10000,ProxyAccessType=NoProxyServer,ProxyAuthentication=Basic,\
         SkipCACheck=true,SkipCNCheck=true,SkipRevocationCheck=true,UseUTF16=true,IncludePortInSPN=true",
        "@{MaximumConnectionRedirectionCount=3; OpenTimeoutMSec=10000; CancelTimeoutMSec=10000; \
         IdleTimeoutMSec=60000; OperationTimeoutMSec=10000; ApplicationArguments=$null}",
    ] {
        let place = Place::new();
        place.session("ITTask");
        place.run(&["-Name", "ITTask", "-SessionOption", option]).is_table(&[ROW]);
    }
}

/// Runs over HTTPS with a proxy in the environment.
fn run_by(proxy: &Proxy, place: &Place, option: &str) -> Seen {
    let mut command = place.command(Way::Basic, &["-Name", "ITTask", "-SessionOption", option]);
    Seen::of(command.env("HTTPS_PROXY", proxy.url()).env("PSSESSION_PROXY_PASSWORD", "Proxy1!"))
}

#[test]
fn every_access_type_but_one_means_the_proxy_of_the_environment() {
    for access in ["None", "IEConfig", "WinHttpConfig", "AutoDetect", "NoProxyServer"] {
        let (place, proxy) = (Place::new(), Proxy::open());
        place.session("ITTask");
        run_by(&proxy, &place, &format!("ProxyAccessType={access}")).is_table(&[ROW]);
        let expected = match access {
            "NoProxyServer" => vec![],
            _ => vec![format!("CONNECT localhost:{} HTTP/1.1", place.listener.https_address().port())],
        };
        let asked: Vec<_> =
            proxy.heads().iter().map(|head| head.lines().next().unwrap().to_owned()).collect();
        assert_eq!(asked, expected, "{access}");
        assert!(proxy.heads().iter().all(|head| !head.to_lowercase().contains("authorization")), "{access}");
    }
}

#[test]
fn the_proxy_credential_goes_to_the_proxy_and_no_other_there() {
    let place = Place::new();
    place.session("ITTask");
    let login = format!("Basic {}", BASE64_STANDARD.encode("User01:Proxy1!"));
    let proxy = Proxy::that_wants(&login);
    let option = "ProxyAccessType=IEConfig,ProxyAuthentication=Basic,ProxyCredential=User01";
    run_by(&proxy, &place, option).is_table(&[ROW]);
    let heads = proxy.heads();
    assert_eq!(heads.len(), 1);
    let logins: Vec<_> =
        heads[0].lines().filter(|line| line.to_lowercase().contains("authorization:")).collect();
    assert!(logins.len() == 1 && logins[0].ends_with(&login), "{logins:?}");

    let told = query_error(
        &format!("The proxy {} asks for a user name and a password that it accepts.", proxy.url()),
        "",
        Some(
            "-SessionOption ProxyAccessType=IEConfig,ProxyAuthentication=Basic,ProxyCredential=USER names one, and \
             PSSESSION_PROXY_PASSWORD gives the password",
        ),
    );
    place.listener.clear_journal();
    run_by(&proxy, &place, "ProxyAccessType=IEConfig").is("", &told, 1);
    run_by(&proxy, &place, &option.replace("User01", "User02")).is("", &told, 1);
    assert_eq!(place.listener.counters().connections, 0);
}

#[test]
fn a_proxy_credential_that_cannot_be_used_is_told_before_anything_is_sent() {
    let (place, proxy) = (Place::new(), Proxy::open());
    let category = "InvalidArgument: (:), ArgumentException";
    let hint = Some("ProxyAuthentication=Basic beside ProxyCredential is there");
    for (authentication, mechanism) in [
        ("", "Negotiate"),
        (",ProxyAuthentication=Negotiate", "Negotiate"),
        (",ProxyAuthentication=Digest", "Digest"),
    ] {
        let option = format!("ProxyAccessType=AutoDetect,ProxyCredential=User01{authentication}");
        let message = format!("This version does not speak {mechanism} authentication to a proxy yet.");
        run_by(&proxy, &place, &option).is("", &error(&message, category, "NotYetSupported", hint), 1);
    }
    let basic = "ProxyAccessType=IEConfig,ProxyAuthentication=Basic,ProxyCredential=User01";
    let mut command = place.command(Way::Basic, &["-SessionOption", basic]);
    let message = "There is no password for the user User01 of the proxy.";
    let hint = Some("PSSESSION_PROXY_PASSWORD gives it");
    let told = error(message, category, "PasswordUnavailable", hint);
    Seen::of(command.env("HTTPS_PROXY", proxy.url())).is("", &told, 1);
    // Who uses no proxy needs no credential for it.
    place.session("ITTask");
    let none = basic.replace("IEConfig", "NoProxyServer");
    Seen::of(&mut place.command(Way::Basic, &["-Name", "ITTask", "-SessionOption", &none])).is_table(&[ROW]);
    place.listener.clear_journal();
    let message = "A user name for Basic authentication cannot contain a colon.";
    let told = error(message, category, "InvalidProxyCredential", None);
    run_by(&proxy, &place, &basic.replace("User01", "User:01")).is("", &told, 1);
    assert_eq!((proxy.heads().len(), place.listener.counters().connections), (0, 0));
}

#[test]
fn proxy_options_that_contradict_each_other_do_not_bind() {
    for (option, key, reason) in [
        (
            "ProxyAuthentication=Kerberos",
            "ProxyAuthentication",
            "Kerberos cannot be specified as a proxy authentication mechanism. Only Basic,Negotiate or Digest are \
             supported for proxy authentication.",
        ),
        (
            "ProxyCredential=User01",
            "ProxyCredential",
            "Proxy credentials cannot be specified when using the following proxy access type: None. Either specify a \
             different access type, or do not specify proxy credentials.",
        ),
    ] {
        let message = format!(
            "Cannot bind parameter 'SessionOption'. Cannot create object of type \
             \"System.Management.Automation.Remoting.PSSessionOption\". Exception setting \"{key}\": \"{reason}\""
        );
        let category = "InvalidArgument: (:), ParameterBindingException";
        let told = error(&message, category, "CannotConvertArgumentNoMessage", None);
        let args = ["-ComputerName", "Server01", "-SessionOption", option];
        Seen::of(&mut Home::new().program(&args)).is("", &told, 2);
    }
}
