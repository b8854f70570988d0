//! Enumerate and Pull.

use super::*;

#[test]
fn enumerate_shells() {
    assert_eq!(
        essence(&all_shells()),
        "|<n:Enumerate><w:OptimizeEnumeration/><w:MaxElements>32000</w:MaxElements></n:Enumerate>"
    );
    let item = |id: &str, state: &str| {
        format!(
            "<rsp:Shell xmlns:rsp=\"http://schemas.microsoft.com/wbem/wsman/1/windows/shell\"><rsp:ShellId>{id}\
             </rsp:ShellId><rsp:Name>IT &amp; Task</rsp:Name><rsp:ResourceUri>\
             http://schemas.microsoft.com/powershell/ITTasks</rsp:ResourceUri><rsp:Owner>SERVER01\\alice</rsp:Owner>\
             <rsp:ClientIP>10.0.2.2</rsp:ClientIP><rsp:ProcessId>2792</rsp:ProcessId><rsp:IdleTimeOut>PT7200.000S\
             </rsp:IdleTimeOut><rsp:MaxIdleTimeOut>PT2147483.647S</rsp:MaxIdleTimeOut><rsp:BufferMode>Block\
             </rsp:BufferMode><rsp:State>{state}</rsp:State><rsp:ShellInactivity>P0DT0H1M2S</rsp:ShellInactivity>\
             </rsp:Shell>"
        )
    };
    let page = read(
        &all_shells(),
        &format!(
            "<n:EnumerateResponse><n:EnumerationContext></n:EnumerationContext><w:Items>{}{}</w:Items>\
         <w:EndOfSequence/></n:EnumerateResponse>",
            item(SHELL_ID, "Disconnected"),
            item("2", "Connected"),
        ),
    )
    .unwrap();
    assert_eq!(page.next, None);
    assert_eq!(
        page.items[0],
        Shell {
            shell_id: Some(ShellId(SHELL_ID.into())),
            name: Some("IT & Task".into()),
            resource_uri: Some(ResourceUri::of_configuration("ITTasks")),
            state: Some(ShellState::Disconnected),
            idle_timeout: Some(Duration::from_secs(7200)),
            max_idle_timeout: Some(Duration::from_millis(2_147_483_647)),
            buffer_mode: Some(BufferMode::Block),
            inactivity: Some(Duration::from_secs(62)),
        }
    );
    assert_eq!(page.items[1].state, Some(ShellState::Connected));
}

#[test]
fn shells_of_other_names_are_passed_over_whatever_is_in_them() {
    let named = || Enumerate::shells(ShellFilter::Named(Box::new(|name| name.starts_with("IT"))));
    let shells = "<rsp:Shell><rsp:ShellId>1</rsp:ShellId><rsp:Name>ITTask</rsp:Name>\
                  <rsp:State>Disconnected</rsp:State></rsp:Shell>\
                  <rsp:Shell><rsp:ShellId>2</rsp:ShellId><rsp:Name>Other</rsp:Name><rsp:IdleTimeOut>never\
                  </rsp:IdleTimeOut><rsp:Shell><rsp:Name>ITInner</rsp:Name></rsp:Shell></rsp:Shell>\
                  <rsp:Shell><rsp:ShellId>3</rsp:ShellId><rsp:State>Disconnected</rsp:State></rsp:Shell>\
                  <rsp:Shell><rsp:State>Disconnected</rsp:State><rsp:Name>ITLast</rsp:Name></rsp:Shell>";
    let names =
        |page: Page<Shell>| page.items.into_iter().map(|shell| shell.name.unwrap()).collect::<Vec<_>>();
    let answer =
        format!("<n:EnumerateResponse><w:Items>{shells}</w:Items><w:EndOfSequence/></n:EnumerateResponse>");
    let page = read(&named(), &answer).unwrap();
    assert_eq!(page.items[0].state, Some(ShellState::Disconnected));
    assert_eq!(page.listed, 4);
    assert_eq!(names(page), ["ITTask", "ITLast"]);

    let enumerate = named();
    let pull = Pull::after(&enumerate, EnumerationContext("uuid:7".into()));
    let answer = format!("<n:PullResponse><n:Items>{shells}</n:Items><n:EndOfSequence/></n:PullResponse>");
    assert_eq!(names(read(&pull, &answer).unwrap()), ["ITTask", "ITLast"]);
    // It is no business of the service's.
    assert_eq!(essence(&named()), essence(&all_shells()));
}

#[test]
fn an_enumeration_ends_only_where_the_service_says_so() {
    let none = read(&all_shells(), "<n:EnumerateResponse><w:EndOfSequence/></n:EnumerateResponse>");
    assert_eq!(none, Ok(Page { items: vec![], listed: 0, next: None }));
    let more = read(
        &all_shells(),
        "<n:EnumerateResponse><n:EnumerationContext>uuid:7</n:EnumerationContext></n:EnumerateResponse>",
    );
    assert_eq!(more, Ok(Page { items: vec![], listed: 0, next: Some(EnumerationContext("uuid:7".into())) }));
    assert_eq!(
        malformed(&all_shells(), "<n:EnumerateResponse></n:EnumerateResponse>"),
        Malformed::Missing("EndOfSequence")
    );
    assert_eq!(malformed(&all_shells(), "<n:PullResponse/>"), Malformed::Missing("EnumerateResponse"));
}

#[test]
fn pull_goes_on_with_the_context() {
    let context = EnumerationContext("uuid:7".into());
    let enumerate = all_shells();
    let pull = Pull::after(&enumerate, context);
    assert_eq!(
        essence(&pull),
        "|<n:Pull><n:EnumerationContext>uuid:7</n:EnumerationContext>\
         <n:MaxElements>32000</n:MaxElements></n:Pull>"
    );
    let last = read(
        &pull,
        "<n:PullResponse><n:Items><rsp:Shell><rsp:ShellId>1</rsp:ShellId></rsp:Shell></n:Items>\
         <n:EndOfSequence/></n:PullResponse>",
    )
    .unwrap();
    assert_eq!((last.items.len(), last.next), (1, None));
}

#[test]
fn enumerate_commands_of_a_shell() {
    let commands = Enumerate::commands(ShellId(SHELL_ID.into()));
    assert_eq!(
        essence(&commands),
        format!(
            "|<n:Enumerate><w:OptimizeEnumeration/><w:MaxElements>32000</w:MaxElements><w:Filter \
             Dialect=\"http://schemas.dmtf.org/wbem/wsman/1/wsman/SelectorFilter\">{SELECTOR}</w:Filter></n:Enumerate>"
        )
    );
    let item = "<rsp:Command><rsp:CommandId>C1</rsp:CommandId><rsp:CommandLine> </rsp:CommandLine>\
                <rsp:CommandState>Running</rsp:CommandState></rsp:Command>";
    let body =
        format!("<n:EnumerateResponse><w:Items>{item}</w:Items><w:EndOfSequence/></n:EnumerateResponse>");
    let page = read(&commands, &body).unwrap();
    let command =
        crate::wsman::enumerate::Command { command_id: CommandId("C1".into()), command_line: String::new() };
    assert_eq!(page.items, [command]);
    let body = body.replace("<rsp:CommandId>C1</rsp:CommandId>", "");
    assert_eq!(malformed(&commands, &body), Malformed::Missing("CommandId"));
}
