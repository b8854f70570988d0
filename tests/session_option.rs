//! What is given with -SessionOption, as the server sees it. What is there for proxies has a file of its own.

use crate::support::{Home, Login, Place, Seen, WRITE_OPTION, connect_error, error, query_error};
use pssession_listener::{BufferMode, Effect, Injection, Target, Verb};

const ROW: &str = "  1 ITTask          localhost       Opened        Microsoft.PowerShell     Available";

/// The SOAP text of the requests with this last word in their action.
fn requests(place: &Place, verb: &str) -> Vec<String> {
    let requests = place.listener.requests().into_iter();
    requests.filter(|request| request.summary.verb() == verb).map(|request| request.soap).collect()
}

#[test]
fn the_server_learns_what_to_do_with_unread_output() {
    for (mode, expected, becomes) in [
        ("Drop", "<rsp:Connect><rsp:BufferMode>Drop</rsp:BufferMode><connectXml ", BufferMode::Drop),
        ("Block", "<rsp:Connect><rsp:BufferMode>Block</rsp:BufferMode><connectXml ", BufferMode::Block),
        ("None", "<rsp:Connect><connectXml ", BufferMode::Block),
    ] {
        let place = Place::new();
        let shell_id = place.session("ITTask");
        let option = format!("OutputBufferingMode={mode}");
        let seen = place.run(&["-Name", "ITTask", "-SessionOption", &option, "--output", "jsonl"]);
        assert_eq!((seen.stderr.as_str(), seen.status), ("", 0));
        assert!(requests(&place, "Connect")[0].contains(expected), "{mode}");
        assert_eq!(place.listener.session(&shell_id).unwrap().buffer_mode, becomes);
        let recorded = format!("\"OutputBufferingMode\":\"{becomes:?}\"");
        assert!(seen.stdout.contains(&recorded), "{}", seen.stdout);
    }
}

#[test]
fn reconnect_sends_it_too() {
    let place = Place::new();
    let shell_id = place.session("ITTask");
    place.listener.inject(Injection::new(Target::Verb(Verb::Connect), Effect::DropAfter));
    place.run(&["-Name", "ITTask", "-SessionOption", "OutputBufferingMode=Drop"]).is_table(&[ROW]);
    assert_eq!(place.actions(), ["Enumerate", "Connect", "Connect", "Reconnect"]);
    let expected = "<s:Body><rsp:Reconnect><rsp:BufferMode>Drop</rsp:BufferMode></rsp:Reconnect></s:Body>";
    assert!(requests(&place, "Reconnect")[0].contains(expected));
    assert_eq!(place.listener.session(&shell_id).unwrap().buffer_mode, BufferMode::Drop);
}

#[test]
fn the_client_that_disconnects_decides_about_output() {
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
    let hint = "MaximumReceivedObjectSize in -SessionOption limits it; 0 means no limit";
    let expected = connect_error("ITTask", "Object 4 exceeds the size limit.", "", Some(hint));
    place.run(&["-Name", "ITTask", "-SessionOption", "MaximumReceivedObjectSize=64"]).is("", &expected, 1);
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
    for way in [Login::Ntlm, Login::Basic] {
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
        let hint = "the user needs the right to remote there; on the server, Add-LocalGroupMember 'Remote Management Users' USER grants it";
        let expected = query_error("Zugriff für Größere.", "AccessDenied,", Some(hint));
        place.run_over(way, &option).is("", &expected, 1);

        place.listener.clear_journal();
        place.run_over(way, &["-Name", "nosuch*"]);
        assert_eq!(place.listener.counters().utf16_requests, 0, "{way:?}");
    }
}

#[test]
fn the_operation_timeout_is_sent_to_the_server() {
    for (option, expected) in [
        ("OperationTimeout=30000", "PT30.000S"),
        ("OperationTimeoutMSec=00:00:01.5", "PT1.500S"),
        // For ever is something no service grants.
        ("@{OperationTimeout=0}", "PT180.000S"),
        ("OpenTimeout=1000", "PT180.000S"),
    ] {
        let place = Place::new();
        place.session("ITTask");
        place.run(&["-Name", "ITTask", "-SessionOption", option]).is_table(&[ROW]);
        let header = format!("<w:OperationTimeout>{expected}</w:OperationTimeout>");
        assert!(place.listener.requests().iter().all(|request| request.soap.contains(&header)), "{option}");
    }
}

#[test]
fn every_key_is_taken_in_both_spellings() {
    for option in [
        "MaximumRedirection=3,NoCompression=true,NoMachineProfile=true,Culture=ko-KR,UICulture=ko-KR,\
         MaximumReceivedDataSizePerCommand=50mb,MaximumReceivedObjectSize=10mb,OutputBufferingMode=Block,\
         MaxConnectionRetryCount=2,ApplicationArguments=@{A=1},OpenTimeout=10000,CancelTimeout=10000,\
         IdleTimeout=60000,OperationTimeout=10000,ProxyAccessType=NoProxyServer,ProxyAuthentication=Negotiate,\
         SkipCACheck=true,SkipCNCheck=true,SkipRevocationCheck=true,UseUTF16=true,IncludePortInSPN=true",
        "@{MaximumConnectionRedirectionCount=3; OpenTimeoutMSec=10000; CancelTimeoutMSec=10000; \
         IdleTimeoutMSec=60000; OperationTimeoutMSec=10000; ApplicationArguments=$null}",
    ] {
        let place = Place::new();
        place.session("ITTask");
        place.run(&["-Name", "ITTask", "-SessionOption", option]).is_table(&[ROW]);
    }
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
        let expected = error(&message, category, "CannotConvertArgumentNoMessage", Some(WRITE_OPTION));
        let args = ["-ComputerName", "Server01", "-SessionOption", option];
        Seen::of(&mut Home::new().program(&args)).is("", &expected, 2);
    }
}
