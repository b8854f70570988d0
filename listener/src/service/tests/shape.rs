//! Answers compared octet by octet with the shape of recorded ones: prefixes, elements, their order.

use super::*;
use crate::soap::names::{COMMANDS, SHELLS};
use crate::soap::test_client::SESSION;

/// The text of an answer with what is different every time replaced, and a line break between elements.
fn text(answer: &Answer) -> String {
    let mut text = answer.0.soap();
    for (element, placeholder) in [("a:MessageID", "uuid:M"), ("p:ActivityId", "A"), ("rsp:ProcessId", "P")] {
        if let Some(start) = text.find(&format!("<{element}>")).map(|at| at + element.len() + 2) {
            let end = start + text[start..].find('<').unwrap();
            text.replace_range(start..end, placeholder);
        }
    }
    text.replace("><", ">\n<")
}

fn namespaces(prefixes: &str) -> String {
    let declaration = |prefix: &str| format!(" xmlns:{prefix}=\"{}\"", crate::soap::names::namespace(prefix));
    prefixes.split(' ').map(declaration).collect()
}

/// An answer with this body, as Windows writes it around.
fn expected(prefixes: &str, action: &str, body: &str) -> String {
    format!(
        "<s:Envelope xml:lang=\"en-US\"{}>\n<s:Header>\n<a:Action>{action}</a:Action>\n<a:MessageID>uuid:M</a:MessageID>\n\
         <p:ActivityId>A</p:ActivityId>\n<a:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:To>\n\
         <a:RelatesTo>uuid:R</a:RelatesTo>\n</s:Header>\n<s:Body>{body}</s:Body>\n</s:Envelope>",
        namespaces(prefixes)
    )
}

fn shell(state: &str, memory: bool) -> String {
    let memory = if memory {
        "\n<rsp:MemoryUsed>58MB</rsp:MemoryUsed>\n<rsp:ChildProcesses>0</rsp:ChildProcesses>"
    } else {
        ""
    };
    format!(
        "<rsp:Shell xmlns:rsp=\"http://schemas.microsoft.com/wbem/wsman/1/windows/shell\">\n<rsp:ShellId>{SHELL}</rsp:ShellId>\n\
         <rsp:Name>ITTask</rsp:Name>\n\
         <rsp:ResourceUri>http://schemas.microsoft.com/powershell/Microsoft.PowerShell</rsp:ResourceUri>\n\
         <rsp:Owner>SERVER01\\alice</rsp:Owner>\n<rsp:ClientIP>127.0.0.1</rsp:ClientIP>\n<rsp:ProcessId>P</rsp:ProcessId>\n\
         <rsp:IdleTimeOut>PT7200.000S</rsp:IdleTimeOut>\n<rsp:InputStreams>stdin pr</rsp:InputStreams>\n\
         <rsp:OutputStreams>stdout</rsp:OutputStreams>\n<rsp:MaxIdleTimeOut>PT2147483.647S</rsp:MaxIdleTimeOut>\n\
         <rsp:Locale>en-US</rsp:Locale>\n<rsp:DataLocale>en-US</rsp:DataLocale>\n\
         <rsp:CompressionMode>NoCompression</rsp:CompressionMode>\n<rsp:ProfileLoaded>Yes</rsp:ProfileLoaded>\n\
         <rsp:Encoding>UTF8</rsp:Encoding>\n<rsp:BufferMode>Block</rsp:BufferMode>\n<rsp:State>{state}</rsp:State>\n\
         <rsp:ShellRunTime>P0DT0H0M0S</rsp:ShellRunTime>\n<rsp:ShellInactivity>P0DT0H0M0S</rsp:ShellInactivity>{memory}\n\
         </rsp:Shell>"
    )
}

fn related(envelope: Envelope) -> Envelope {
    envelope.message_id("uuid:R")
}

#[test]
fn create_get_and_enumerate_show_the_shell_as_windows_does() {
    let mut server = Server::new();
    let created = format!(
        "\n<x:ResourceCreated>\n<a:Address>http://localhost/wsman</a:Address>\n<a:ReferenceParameters>\n\
         <w:ResourceURI>http://schemas.microsoft.com/powershell/Microsoft.PowerShell</w:ResourceURI>\n<w:SelectorSet>\n\
         <w:Selector Name=\"ShellId\">{SHELL}</w:Selector>\n</w:SelectorSet>\n</a:ReferenceParameters>\n\
         </x:ResourceCreated>\n{}\n",
        shell("Connected", false)
    );
    assert_eq!(
        text(&server.ask(related(create(SHELL)))),
        expected("s a x w rsp p", "http://schemas.xmlsoap.org/ws/2004/09/transfer/CreateResponse", &created)
    );
    assert_eq!(
        text(&server.ask(related(Envelope::new(Verb::Get).shell(SHELL).resource(SHELLS)))),
        expected(
            "s a x w p",
            "http://schemas.xmlsoap.org/ws/2004/09/transfer/GetResponse",
            &format!("\n{}\n", shell("Connected", true))
        )
    );
    let enumerate = "<n:Enumerate><w:OptimizeEnumeration/><w:MaxElements>32000</w:MaxElements></n:Enumerate>";
    let items = format!(
        "\n<n:EnumerateResponse>\n<n:EnumerationContext>\n</n:EnumerationContext>\n<w:Items>\n{}\n</w:Items>\n\
         <w:EndOfSequence/>\n</n:EnumerateResponse>\n",
        shell("Disconnected", true)
    );
    server.ask(disconnect("")).expect_success();
    assert_eq!(
        text(&server.ask(related(Envelope::new(Verb::Enumerate).resource(SHELLS).body(enumerate)))),
        expected("s a n w p", "http://schemas.xmlsoap.org/ws/2004/09/enumeration/EnumerateResponse", &items)
    );
}

#[test]
fn the_other_verbs_have_the_bodies_that_were_recorded() {
    let mut server = Server::new();
    server.open();
    let action =
        |name: &str| format!("http://schemas.microsoft.com/wbem/wsman/1/windows/shell/{name}Response");
    let mut check = |request: Envelope, prefixes: &str, name: &str, body: &str| {
        assert_eq!(text(&server.ask(related(request))), expected(prefixes, &action(name), body), "{name}");
    };
    let response = format!(
        "\n<rsp:CommandResponse>\n<rsp:CommandId>{COMMAND}</rsp:CommandId>\n</rsp:CommandResponse>\n"
    );
    check(command(COMMAND, "exit"), "s a x w rsp p", "Command", &response);
    let send =
        format!("<rsp:Send><rsp:Stream Name=\"stdin\" CommandId=\"{COMMAND}\"></rsp:Stream></rsp:Send>");
    let send = Envelope::new(Verb::Send).shell(SHELL).body(&send);
    check(send, "s a x w rsp p", "Send", "\n<rsp:SendResponse/>\n");
    check(disconnect(""), "s a w p", "Disconnect", "\n");
    check(reconnect(), "s a w p", "Reconnect", "\n");
    check(connect_command(), "s a x w rsp p", "Connect", "\n<rsp:ConnectResponse/>\n");
}

#[test]
fn receive_has_a_stream_per_fragment_and_the_state_at_the_end() {
    let mut server = Server::new();
    server.open();
    server.run("'a'");
    let answer = server.ask(receive_command());
    let streams = answer.texts("Stream", |node| {
        let attributes: Vec<_> = node.attributes().map(|a| format!("{}={}", a.name(), a.value())).collect();
        Some(attributes.join(" "))
    });
    let stream = format!("Name=stdout CommandId={COMMAND}");
    assert_eq!(streams, [stream.as_str(); 3]);
    let state = format!(
        "<rsp:CommandState CommandId=\"{COMMAND}\" \
         State=\"http://schemas.microsoft.com/wbem/wsman/1/windows/shell/CommandState/Done\"><rsp:ExitCode>0</rsp:ExitCode>\
         </rsp:CommandState></rsp:ReceiveResponse></s:Body></s:Envelope>"
    );
    assert!(answer.0.soap().ends_with(&state), "{}", answer.0.soap());
    assert!(
        answer.0.soap().starts_with(&format!("<s:Envelope xml:lang=\"en-US\"{}>", namespaces("s a w rsp p")))
    );
}

#[test]
fn a_fault_of_a_provider_is_wrapped_into_the_service_s() {
    let mut server = Server::new();
    let answer = server.ask(related(Envelope::new(Verb::Get).shell(SHELL).resource(SHELLS)));
    let message = "The request contains invalid selectors for the resource.";
    let fault = "<f:WSManFault xmlns:f=\"http://schemas.microsoft.com/wbem/wsman/1/wsmanfault\" Code=\"2150858843\" \
         Machine=\"SERVER01\">\n<f:Message>";
    let body = format!(
        "\n<s:Fault>\n<s:Code>\n<s:Value>s:Sender</s:Value>\n<s:Subcode>\n<s:Value>w:InvalidSelectors</s:Value>\n\
         </s:Subcode>\n</s:Code>\n<s:Reason>\n<s:Text xml:lang=\"en-US\">{message}</s:Text>\n</s:Reason>\n<s:Detail>\n\
         <w:FaultDetail>http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail/UnexpectedSelectors</w:FaultDetail>\n{fault}\n\
         <f:ProviderFault provider=\"Shell provider\" path=\"%systemroot%\\system32\\WsmSvc.dll\">\n{fault}{message}\
         </f:Message>\n</f:WSManFault>\n</f:ProviderFault>\n</f:Message>\n</f:WSManFault>\n</s:Detail>\n</s:Fault>\n"
    );
    assert_eq!(
        text(&answer),
        expected("s a x e n w p", "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault", &body)
    );
}

#[test]
fn faults_of_addressing_have_an_action_of_their_own() {
    let mut server = Server::new();
    server.open();
    let answer = server.ask(receive().timeout("PT-20S"));
    assert_eq!(answer.all("Action"), ["http://schemas.xmlsoap.org/ws/2004/08/addressing/fault"]);
    assert_eq!(answer.fault(), Some(2150858767));
}

#[test]
fn operation_ids_come_back_to_those_who_sent_them() {
    let mut server = Server::new();
    server.open();
    let ids = format!(
        "<p:OperationID s:mustUnderstand=\"false\">uuid:{SESSION}</p:OperationID><p:SequenceId \
         s:mustUnderstand=\"false\">7</p:SequenceId></s:Header>"
    );
    let request = receive().to_string().replace("</s:Header>", &ids);
    let answer = Answer(server.service.exchange(&mut server.now, &server.caller, request.as_bytes()));
    assert_eq!(answer.all("OperationID"), [format!("uuid:{SESSION}")]);
    assert_eq!(answer.all("SequenceId"), ["7"]);
}

#[test]
fn identify_tells_who_the_server_is() {
    let request = "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" \
         xmlns:wsmid=\"http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd\"><s:Header/><s:Body><wsmid:Identify/>\
         </s:Body></s:Envelope>";
    let mut server = Server::new();
    let answer = Answer(server.service.exchange(&mut server.now, &server.caller, request.as_bytes()));
    assert_eq!(answer.all("ProductVendor"), ["Microsoft Corporation"]);
    assert!(answer.all("ProductVersion")[0].ends_with("Stack: 3.0"));
    assert!(!answer.has("Action"));
}

#[test]
fn commands_are_shown_as_windows_shows_them() {
    let mut server = Server::new();
    server.open();
    server.run("Wait-Event");
    let body = format!(
        "<n:Enumerate><w:OptimizeEnumeration/><w:MaxElements>32000</w:MaxElements><w:Filter \
         Dialect=\"http://schemas.dmtf.org/wbem/wsman/1/wsman/SelectorFilter\"><w:SelectorSet><w:Selector \
         Name=\"ShellId\">{SHELL}</w:Selector></w:SelectorSet></w:Filter></n:Enumerate>"
    );
    let soap = server.ask(Envelope::new(Verb::Enumerate).resource(COMMANDS).body(&body)).0.soap();
    let item = format!(
        "<w:Items><rsp:Command xmlns:rsp=\"http://schemas.microsoft.com/wbem/wsman/1/windows/shell\"><rsp:CommandId>{COMMAND}\
         </rsp:CommandId><rsp:CommandLine></rsp:CommandLine><rsp:CommandState>Running</rsp:CommandState></rsp:Command>\
         </w:Items><w:EndOfSequence/>"
    );
    assert!(soap.contains(&item), "{soap}");
}
