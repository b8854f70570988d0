//! The pool, its pipelines and their octets, driven by a client that is right or wrong on purpose.

mod commands;

use std::time::{Duration, Instant};

use super::clixml::Version;
use super::key::SessionKey;
use super::pool::PoolError;
use super::test_client::{
    self as client, CAPABILITY, PID, RPID, Seen, fragment, object, pool_message, read_server,
};
use super::wire::{ClientMessage, MessageType, Reassembler, WireError, fragments};
use super::{Boundary, CreatePipeline, Event, Outgoing, Pipeline, RunspacePool};

fn opened() -> RunspacePool {
    RunspacePool::opened("SERVER01", RPID)
}

fn seen(outgoing: &[Outgoing]) -> Vec<Seen> {
    outgoing.iter().flat_map(|outgoing| read_server(&outgoing.fragments.concat())).collect()
}

fn kinds(seen: &[Seen]) -> Vec<u32> {
    seen.iter().map(|message| message.kind).collect()
}

#[test]
fn a_pool_opens_with_the_messages_that_windows_sends() {
    let mut pool = RunspacePool::new("SERVER01");
    let outgoing = pool.receive(&client::creation_xml(), 0).unwrap();
    let seen = seen(&outgoing);
    assert_eq!(kinds(&seen), [0x0001_0002, 0x0002_1009, 0x0002_1005]);
    assert_eq!(seen.iter().map(|message| message.object_id).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(seen[0].rpid, [0; 16]);
    assert_eq!(seen[0].data, CAPABILITY);
    assert_eq!(seen[2].rpid, RPID);
    assert_eq!(seen[2].data, "<Obj RefId=\"0\"><MS><I32 N=\"RunspaceState\">2</I32></MS></Obj>");
    assert_eq!(
        outgoing.iter().map(|outgoing| outgoing.boundary).collect::<Vec<_>>(),
        [Boundary::None, Boundary::EndsAnswer, Boundary::None]
    );
}

#[test]
fn octets_may_come_in_any_pieces() {
    let octets = client::creation_xml();
    let mut pool = RunspacePool::new("SERVER01");
    let messages: usize = octets.iter().map(|octet| pool.receive(&[*octet], 0).unwrap().len()).sum();
    assert_eq!(messages, 3);
}

#[test]
fn a_client_that_connects_gets_capability_and_counts() {
    let mut pool = opened();
    let seen = read_server(&pool.connect(&client::connect_xml(RPID)).unwrap());
    assert_eq!(kinds(&seen), [0x0001_0002, 0x0002_100B]);
    assert!(seen.iter().all(|message| message.rpid == RPID));
    assert_eq!(seen[0].object_id, 4);
}

#[test]
fn the_counts_of_runspaces_come_the_wrong_way_round() {
    let mut pool = RunspacePool::new("SERVER01");
    pool.receive(&client::creation_xml(), 0).unwrap();
    let seen = read_server(&pool.connect(&client::connect_xml(RPID)).unwrap());
    let counts = "<I32 N=\"MinRunspaces\">2</I32><I32 N=\"MaxRunspaces\">1</I32>";
    assert!(seen[1].data.contains(counts), "{}", seen[1].data);
}

#[test]
fn the_host_of_a_pipeline_may_be_that_of_its_pool() {
    for (own, of_pool) in [(true, "true"), (true, "false"), (false, "true"), (false, "false")] {
        let mut pool = RunspacePool::new("SERVER01");
        let init = client::INIT_RUNSPACEPOOL.replace("true", of_pool);
        let octets = [
            pool_message(1, MessageType::SessionCapability, CAPABILITY),
            pool_message(2, MessageType::InitRunspacePool, &init),
        ];
        pool.receive(&octets.concat(), 0).unwrap();
        let member = "<B N=\"_isHostNull\">false</B>";
        let data = client::create_pipeline("exit 3", true);
        let data = if own {
            data
        } else {
            data.replace(member, &format!("{member}<B N=\"_useRunspaceHost\">true</B>"))
        };
        let mut run = start(pool, data, Instant::now());
        let called =
            matches!(run.next(Instant::now()), Some(Event::Message(MessageType::PipelineHostCall, _)));
        assert_eq!(called, own || of_pool == "false", "own host: {own}, null host of the pool: {of_pool}");
    }
}

#[test]
fn connect_xml_is_checked_as_powershell_does() {
    let capability = |version: &str| {
        pool_message(1, MessageType::SessionCapability, &CAPABILITY.replacen("2.3", version, 1))
    };
    let connect = |data: &str| pool_message(2, MessageType::ConnectRunspacePool, data);
    let counts = |min: i32, max: i32| {
        connect(&format!(
            "<Obj RefId=\"0\"><MS><I32 N=\"MinRunspaces\">{min}</I32><I32 N=\"MaxRunspaces\">{max}</I32></MS></Obj>"
        ))
    };
    let good = client::connect_xml(RPID);
    let unexpected = |expected, found| PoolError::Unexpected { expected, found };
    for (case, octets, error) in [
        ("nothing", vec![], WireError::FragmentTruncated.into()),
        ("one message", capability("2.3"), WireError::FragmentTruncated.into()),
        ("a third message", [good.clone(), connect("<S />")].concat(), PoolError::TrailingOctets),
        (
            "the wrong order",
            [connect("<S />"), capability("2.3")].concat(),
            unexpected("SESSION_CAPABILITY", MessageType::ConnectRunspacePool),
        ),
        (
            "the messages of Create",
            client::creation_xml(),
            unexpected("CONNECT_RUNSPACEPOOL", MessageType::InitRunspacePool),
        ),
        ("a part of a message", fragment(1, 0, 1, &good[21..]), WireError::NotWhole.into()),
        ("the pool of another", client::connect_xml([0x33; 16]), PoolError::WrongRpid),
        (
            "a client of PowerShell 2.0",
            [capability("2.1"), connect("<S />")].concat(),
            PoolError::ProtocolVersion(Version(2, 1)),
        ),
        (
            "other counts",
            [capability("2.3"), counts(2, 5)].concat(),
            PoolError::WrongCounts { min: 1, max: 1 },
        ),
        (
            "counts that are none",
            [capability("2.3"), counts(-1, 1)].concat(),
            PoolError::BadData(MessageType::ConnectRunspacePool),
        ),
    ] {
        assert_eq!(opened().connect(&octets), Err(error), "{case}");
    }
    for (case, octets) in [
        ("one count as the pool's", [capability("2.3"), counts(1, 5)].concat()),
        ("2.2", [capability("2.2"), connect("<S></S>")].concat()),
        ("a newer client", [capability("2.4"), connect("<S />")].concat()),
    ] {
        assert!(opened().connect(&octets).is_ok(), "{case}");
    }
    assert_eq!(RunspacePool::new("SERVER01").connect(&good), Err(PoolError::NotOpened));
}

#[test]
fn a_pool_answers_what_it_is_asked_about_its_runspaces() {
    let mut pool = opened();
    let mut ask = |kind, data: &str, busy| {
        let data = format!("<Obj RefId=\"0\"><MS>{data}<I64 N=\"ci\">7</I64></MS></Obj>");
        let seen = seen(&pool.receive(&pool_message(9, kind, &data), busy).unwrap());
        assert_eq!(kinds(&seen), [0x0002_1004]);
        assert!(seen[0].data.contains("<I64 N=\"ci\">7</I64>"));
        seen[0].data.contains("<B N=\"SetMinMaxRunspacesResponse\">true</B>")
            || seen[0].data.contains("<I32 N=\"SetMinMaxRunspacesResponse\">2</I32>")
    };
    assert!(ask(MessageType::SetMaxRunspaces, "<I32 N=\"MaxRunspaces\">3</I32>", 0));
    assert!(ask(MessageType::GetAvailableRunspaces, "", 1));
    assert!(!ask(MessageType::SetMinRunspaces, "<I32 N=\"MinRunspaces\">4</I32>", 0));
    assert!(ask(MessageType::ResetRunspaceState, "", 0));
    assert!(!ask(MessageType::ResetRunspaceState, "", 1));
}

#[test]
fn each_broken_fragment_has_its_own_error() {
    let whole = object(MessageType::SessionCapability as u32, RPID, [0; 16], CAPABILITY);
    let mut to_client = whole.clone();
    to_client[0] = 1;
    for (case, octets, error) in [
        ("object id 0", fragment(0, 0, 3, &whole), WireError::ObjectIdZero),
        ("unknown flags", fragment(1, 0, 7, &whole), WireError::UnknownFlags(7)),
        ("no start", fragment(1, 0, 2, &whole), WireError::NoObject),
        ("first fragment 1", fragment(1, 1, 3, &whole), WireError::OutOfOrder { expected: 0, found: 1 }),
        (
            "a gap",
            [fragment(1, 0, 1, &whole), fragment(1, 2, 2, &whole)].concat(),
            WireError::OutOfOrder { expected: 1, found: 2 },
        ),
        ("two starts", [fragment(1, 0, 1, &whole), fragment(1, 0, 1, &whole)].concat(), WireError::NoObject),
        (
            "another object",
            [fragment(1, 0, 1, &whole), fragment(2, 1, 2, &whole)].concat(),
            WireError::NoObject,
        ),
        ("a short message", fragment(1, 0, 3, &whole[..39]), WireError::MessageTruncated),
        ("a message for the client", fragment(1, 0, 3, &to_client), WireError::WrongDestination(1)),
        (
            "an unknown type",
            fragment(1, 0, 3, &object(0xffff, RPID, PID, "")),
            WireError::UnknownType(0xffff),
        ),
        ("no UTF-8", fragment(1, 0, 3, &[whole.clone(), vec![0xff]].concat()), WireError::NotUtf8),
    ] {
        assert_eq!(Reassembler::default().push(&octets), Err(error), "{case}");
    }
    let mut huge = fragment(1, 0, 3, &whole);
    huge[17] = 0xff;
    assert_eq!(Reassembler::default().push(&huge), Err(WireError::ObjectTooLarge));
}

/// A small generator of numbers that are the same in every run (Marsaglia's xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

#[test]
fn no_mutation_of_a_client_makes_the_pool_panic() {
    let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15);
    for _ in 0..20_000 {
        let mut octets =
            if numbers.below(2) == 0 { client::creation_xml() } else { client::connect_xml(RPID) };
        for _ in 0..=numbers.below(4) {
            let at = numbers.below(octets.len());
            octets[at] = numbers.below(256) as u8;
        }
        octets.truncate(numbers.below(octets.len() + 1));
        let _ = RunspacePool::new("SERVER01").receive(&octets, 0);
        let _ = opened().connect(&octets);
    }
}

#[test]
fn long_messages_go_out_in_fragments_of_32_kib() {
    let data = "x".repeat(100_000);
    let fragments = fragments(5, MessageType::PipelineOutput, RPID, PID, &data);
    let flags: Vec<u8> = fragments.iter().map(|fragment| fragment[16]).collect();
    assert_eq!(flags, [1, 0, 0, 2]);
    assert_eq!(fragments[0].len(), 21 + 32 * 1024);
    let seen = read_server(&fragments.concat());
    assert_eq!((seen[0].data.as_str(), seen[0].pid), (data.as_str(), PID));
}

/// A pipeline and its pool.
struct Run {
    pipeline: Pipeline,
    pool: RunspacePool,
}

impl Run {
    fn next(&mut self, now: Instant) -> Option<Event> {
        self.pipeline.next(now, &mut self.pool.runspace)
    }

    /// Everything up to the end, or to where the client has to do something.
    fn events(&mut self) -> Vec<(u32, String)> {
        let far = Instant::now() + Duration::from_secs(3600);
        std::iter::from_fn(|| self.next(far))
            .map(|event| match event {
                Event::Message(kind, data) => (kind as u32, data),
                Event::HostCall(data) => (0x0004_1100, data),
                Event::Ended(state) => (0x0004_1006, state),
            })
            .collect()
    }
}

fn message(kind: MessageType, data: String) -> ClientMessage {
    ClientMessage { kind, rpid: RPID, pid: PID, data }
}

fn start(mut pool: RunspacePool, data: String, start: Instant) -> Run {
    let create = CreatePipeline::read(&message(MessageType::CreatePipeline, data), &pool.runspace).unwrap();
    Run { pipeline: Pipeline::start(&create, &mut pool, start), pool }
}

fn pipeline(script: &str, no_input: bool, now: Instant) -> Run {
    start(opened(), client::create_pipeline(script, no_input), now)
}

/// Everything a script does, however long it takes: message types and data, and the state it ends in last.
fn run(script: &str) -> Vec<(u32, String)> {
    pipeline(script, true, Instant::now()).events()
}

fn outputs(script: &str) -> Vec<String> {
    let output = |(kind, data): (u32, String)| (kind == 0x0004_1004).then_some(data);
    run(script).into_iter().filter_map(output).collect()
}

#[test]
fn expressions_put_out_their_values() {
    for (script, expected) in [
        ("'a'", "<S>a</S>"),
        ("'it''s'", "<S>it's</S>"),
        ("\"a; b\"", "<S>a; b</S>"),
        ("42", "<I32>42</I32>"),
        ("-1", "<I32>-1</I32>"),
        ("'ab' * 3", "<S>ababab</S>"),
        ("'a * b'", "<S>a * b</S>"),
        ("1..3", "<I32>1</I32><I32>2</I32><I32>3</I32>"),
        ("Write-Output 'x'", "<S>x</S>"),
        ("$x = 5; $x; \"x is $x.\"", "<I32>5</I32><S>x is 5.</S>"),
        ("hostname", "<S>SERVER01</S>"),
        ("1..2 | ForEach-Object { $_; 'n' }", "<I32>1</I32><S>n</S><I32>2</I32><S>n</S>"),
        ("1..2|%{\"<$_>\"}", "<S>&lt;1&gt;</S><S>&lt;2&gt;</S>"),
        ("'a'\r\n'b'\n", "<S>a</S><S>b</S>"),
        ("", ""),
        ("exit 3; 'never'", ""),
        ("Write-Verbose 'quiet'", ""),
    ] {
        assert_eq!(outputs(script).concat(), expected, "{script}");
    }
}

#[test]
fn statements_have_their_messages_and_their_end() {
    for (script, kind, part, state) in [
        ("Write-Error 'bad'", 0x0004_1005, "<ToString>bad</ToString>", 4),
        ("Write-Warning 'careful'", 0x0004_1009, "WarningRecord", 4),
        ("Write-Verbose 'v' -Verbose", 0x0004_1008, "VerboseRecord", 4),
        ("Write-Debug 'd' -Debug", 0x0004_1007, "DebugRecord", 4),
        ("Write-Host 'h'", 0x0004_1011, "<S>PSHOST</S>", 4),
        ("'a' * 99999999", 0x0004_1005, "CommandNotFoundException", 4),
        ("Get-Nothing -Now", 0x0004_1005, "CommandNotFoundException", 4),
        ("exit 3", 0x0004_1100, "<LST><I32>3</I32></LST>", 4),
        ("throw 'boom'", 0x0004_1006, "boom", 5),
        ("'open", 0x0004_1006, "ParseException", 5),
        ("1..2 | % { 'x'", 0x0004_1006, "ParseException", 5),
        ("}", 0x0004_1006, "ParseException", 5),
    ] {
        let events = run(script);
        assert_eq!(events[0].0, kind, "{script}");
        assert!(events[0].1.contains(part), "{script}: {}", events[0].1);
        let ended = &events[events.len() - 1];
        assert!(
            ended.1.contains(&format!("<I32 N=\"PipelineState\">{state}</I32>")),
            "{script}: {}",
            ended.1
        );
        for (_, data) in &events {
            assert!(roxmltree::Document::parse(data).is_ok(), "{script}: {data}");
        }
    }
}

#[test]
fn output_comes_when_it_is_due_and_not_before() {
    let start = Instant::now();
    let after = |milliseconds| start + Duration::from_millis(milliseconds);
    let mut pipeline = pipeline("'a'; Start-Sleep -Milliseconds 100; 'b'; Start-Sleep 1", true, start);
    assert!(matches!(pipeline.next(start), Some(Event::Message(..))));
    assert_eq!(pipeline.next(after(99)), None);
    assert_eq!(pipeline.pipeline.wakeup(), Some(after(100)));
    assert!(matches!(pipeline.next(after(100)), Some(Event::Message(..))));
    assert_eq!(pipeline.next(after(1099)), None);
    assert!(matches!(pipeline.next(after(1100)), Some(Event::Ended(_))));
}

#[test]
fn input_comes_out_after_the_client_has_ended_it() {
    let start = Instant::now();
    let mut pipeline = pipeline("$input", false, start);
    let mut input = Reassembler::default();
    let mut send = |pipeline: &mut Run, id, kind: MessageType, data: &str| {
        for message in input.push(&fragment(id, 0, 3, &object(kind as u32, RPID, PID, data))).unwrap() {
            pipeline.pipeline.receive(message);
        }
    };
    send(&mut pipeline, 1, MessageType::PipelineInput, "<S>one</S>");
    send(&mut pipeline, 2, MessageType::PipelineInput, "<S>two</S>");
    assert_eq!((pipeline.next(start), pipeline.pipeline.wakeup()), (None, None));
    send(&mut pipeline, 3, MessageType::EndOfPipelineInput, "");
    let output = |data: &str| Some(Event::Message(MessageType::PipelineOutput, data.to_owned()));
    assert_eq!(pipeline.next(start), output("<S>one</S>"));
    assert_eq!(pipeline.next(start), output("<S>two</S>"));
    assert!(matches!(pipeline.next(start), Some(Event::Ended(_))));
}

#[test]
fn a_pipeline_without_a_mandatory_member_is_refused() {
    let whole = client::create_pipeline("'a'", true);
    for member in ["NoInput", "ApartmentState", "AddToHistory", "HostInfo", "PowerShell", "Cmd", "IsScript"] {
        let without = whole.replace(&format!("N=\"{member}\""), "N=\"Other\"");
        let without = message(MessageType::CreatePipeline, without);
        assert_eq!(CreatePipeline::read(&without, &opened().runspace), None, "{member}");
    }
}

#[test]
fn deep_and_endless_scripts_are_bounded() {
    let deep = format!("{}'x'{}", "1..9 | % { ".repeat(30), " }".repeat(30));
    run(&deep);
    let long = "Start-Sleep 1e18".to_owned() + &"; Start-Sleep 99999999999".repeat(100);
    assert_eq!(pipeline(&long, true, Instant::now()).next(Instant::now() + Duration::from_secs(3600)), None);
    run(&"{".repeat(100_000));
    assert!(run("1..2147483647").len() <= 100_002);
}
