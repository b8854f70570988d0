//! What is given with -SessionOption, as the server and a proxy see it.

use crate::support::{Place, connect_error};
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
fn an_object_over_the_quota_is_refused_and_the_session_let_go() {
    let place = Place::new();
    let shell_id = place.session("ITTask");
    let told = connect_error("ITTask", "Object 1 is over the size limit.", "", None);
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
