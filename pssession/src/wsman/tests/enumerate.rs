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
             </rsp:IdleTimeOut><rsp:MaxIdleTimeOut>PT2147483.647S</rsp:MaxIdleTimeOut><rsp:CompressionMode>\
             NoCompression</rsp:CompressionMode><rsp:BufferMode>Block</rsp:BufferMode><rsp:State>{state}</rsp:State>\
             <rsp:ShellRunTime>P0DT0H0M9S</rsp:ShellRunTime><rsp:ShellInactivity>P0DT0H1M2S</rsp:ShellInactivity>\
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
            is_compressed: Some(false),
            owner: Some(r"SERVER01\alice".into()),
            client_ip: Some("10.0.2.2".into()),
            run_time: Some(Duration::from_secs(9)),
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

    let pull = Pull::after(Arc::new(named()), EnumerationContext("uuid:7".into()));
    let answer = format!("<n:PullResponse><n:Items>{shells}</n:Items><n:EndOfSequence/></n:PullResponse>");
    assert_eq!(names(read(&pull, &answer).unwrap()), ["ITTask", "ITLast"]);
    // It is no business of the service's.
    assert_eq!(essence(&named()), essence(&all_shells()));
}

#[test]
fn an_enumeration_ends_only_where_the_service_says_so() {
    let none = read(&all_shells(), "<n:EnumerateResponse><w:EndOfSequence/></n:EnumerateResponse>");
    let essence = |page: Result<Page<Shell>, _>| page.map(|page| (page.items, page.listed, page.next));
    assert_eq!(essence(none), Ok((vec![], 0, None)));
    let more = read(
        &all_shells(),
        "<n:EnumerateResponse><n:EnumerationContext>uuid:7</n:EnumerationContext></n:EnumerateResponse>",
    );
    assert_eq!(essence(more), Ok((vec![], 0, Some(EnumerationContext("uuid:7".into())))));
    assert_eq!(
        malformed(&all_shells(), "<n:EnumerateResponse></n:EnumerateResponse>"),
        Malformed::Missing("EndOfSequence")
    );
    assert_eq!(malformed(&all_shells(), "<n:PullResponse/>"), Malformed::Missing("EnumerateResponse"));
}

#[test]
fn pull_goes_on_with_the_context() {
    let context = EnumerationContext("uuid:7".into());
    let pull = Pull::after(Arc::new(all_shells()), context);
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
    let command_id = CommandId("C1".into());
    let command =
        crate::wsman::enumerate::Command { command_id, command_line: String::new(), is_done: false };
    assert_eq!(page.items, [command]);
    let done =
        body.replace("Running", "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/CommandState/Done");
    assert!(read(&commands, &done).unwrap().items[0].is_done);
    let body = body.replace("<rsp:CommandId>C1</rsp:CommandId>", "");
    let page = read(&commands, &body).unwrap();
    assert_eq!((page.items, page.listed, page.unreadable), (vec![], 1, 1));
}

fn shells(items: &str) -> Page<Shell> {
    let body =
        format!("<n:EnumerateResponse><w:Items>{items}</w:Items><w:EndOfSequence/></n:EnumerateResponse>");
    read(&all_shells(), &body).unwrap()
}

#[test]
fn items_and_their_fields_are_known_by_their_local_names() {
    let fields = "ShellId>1</{p}ShellId><{p}Name>a</{p}Name><{p}ResourceUri>u</{p}ResourceUri>\
                  <{p}State>Disconnected</{p}State><{p}IdleTimeOut>PT1S</{p}IdleTimeOut>";
    let cim = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/Shell";
    let of = |prefix: &str, declared: &str| {
        let fields = fields.replace("{p}", prefix);
        shells(&format!("<{prefix}Shell {declared}><{prefix}{fields}</{prefix}Shell>"))
    };
    let expected = of("rsp:", "");
    assert_eq!(expected.items[0].idle_timeout, Some(Duration::from_secs(1)));
    for (prefix, declared) in
        [("x:", format!("xmlns:x=\"{cim}\"")), ("", format!("xmlns=\"{cim}\"")), ("", "".into())]
    {
        let page = of(prefix, &declared);
        assert_eq!((page.items, page.unreadable), (expected.items.clone(), 0), "{declared}");
    }
}

#[test]
fn a_field_that_cannot_be_read_is_missing_and_hides_nothing() {
    let complete = "<rsp:Shell><rsp:ShellId>1</rsp:ShellId><rsp:Name>a</rsp:Name><rsp:ResourceUri>u\
                    </rsp:ResourceUri><rsp:State>Disconnected</rsp:State></rsp:Shell>";
    let long = "x".repeat((32 << 10) + 1);
    for field in [
        "ShellId",
        "Name",
        "ResourceUri",
        "State",
        "IdleTimeOut",
        "MaxIdleTimeOut",
        "ShellInactivity",
        "BufferMode",
    ] {
        for odd in ["", " ", "<b>1</b>", "?", &long, "nil"] {
            let element = match odd {
                "nil" => format!(
                    "<rsp:{field} xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:nil=\"true\"/>"
                ),
                odd => format!("<rsp:{field}>{odd}</rsp:{field}>"),
            };
            let others = ["ShellId", "ResourceUri", "State"].into_iter().filter(|other| *other != field);
            let others: String = others.map(|other| format!("<rsp:{other}>1</rsp:{other}>")).collect();
            let page = shells(&format!("<rsp:Shell>{element}{others}</rsp:Shell>{complete}"));
            assert_eq!((page.items.len(), page.listed, page.unreadable), (2, 2, 0), "{element:.80}");
            assert!(page.items[1].is_complete());
            let is_missing = odd != "?" && ["ShellId", "ResourceUri", "State"].contains(&field);
            assert_eq!(page.items[0].is_complete(), !is_missing, "{element:.80}");
            assert_eq!((page.items[0].idle_timeout, page.items[0].buffer_mode), (None, None));
        }
    }
}

#[test]
fn an_item_of_another_kind_is_counted_and_left_out() {
    let page = shells("<rsp:Shell/><rsp:Thing><rsp:ShellId>1</rsp:ShellId></rsp:Thing><other/>");
    assert_eq!((page.items.len(), page.listed, page.unreadable), (1, 3, 2));
}

#[test]
fn a_list_has_50000_items_at_most() {
    let body = |items: usize| {
        format!(
            "<n:EnumerateResponse><w:Items>{}</w:Items><w:EndOfSequence/></n:EnumerateResponse>",
            "<a/>".repeat(items)
        )
    };
    assert_eq!(read(&all_shells(), &body(50_000)).unwrap().listed, 50_000);
    assert_eq!(malformed(&all_shells(), &body(50_001)), Malformed::TooManyItems { most: 50_000 });
}
