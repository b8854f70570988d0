//! Enumerations in one answer and in many.

use super::*;
use crate::soap::names::{COMMANDS, SHELLS};

fn enumerate(content: &str) -> Envelope {
    Envelope::new(Verb::Enumerate).resource(SHELLS).body(&format!("<n:Enumerate>{content}</n:Enumerate>"))
}

fn optimized(max_elements: usize) -> Envelope {
    enumerate(&format!("<w:OptimizeEnumeration/><w:MaxElements>{max_elements}</w:MaxElements>"))
}

/// A Pull with this MaxElements, or none.
fn pull(context: &str, max_elements: impl Into<Option<usize>>) -> Envelope {
    let context = format!("<n:EnumerationContext>{context}</n:EnumerationContext>");
    let number = max_elements.into().map(|number| format!("<n:MaxElements>{number}</n:MaxElements>"));
    let body = format!("<n:Pull>{context}{}</n:Pull>", number.unwrap_or_default());
    Envelope::new(Verb::Pull).resource(SHELLS).body(&body)
}

fn release(context: &str) -> Envelope {
    let body = format!("<n:Release><n:EnumerationContext>{context}</n:EnumerationContext></n:Release>");
    Envelope::new(Verb::Release).resource(SHELLS).body(&body)
}

fn commands_of(shell: &str) -> Envelope {
    Envelope::new(Verb::Enumerate).resource(COMMANDS).body(&format!(
        "<n:Enumerate><w:OptimizeEnumeration/><w:MaxElements>32000</w:MaxElements><w:Filter \
         Dialect=\"http://schemas.dmtf.org/wbem/wsman/1/wsman/SelectorFilter\"><w:SelectorSet><w:Selector \
         Name=\"ShellId\">{shell}</w:Selector></w:SelectorSet></w:Filter></n:Enumerate>"
    ))
}

/// A server with shells named 1 to `count`.
fn server_with(count: usize, settings: Settings) -> Server {
    let mut server = Server::with(settings);
    for number in 1..=count {
        server.add(SessionSpec { name: Some(number.to_string()), ..SessionSpec::default() });
    }
    server
}

fn context(answer: &Answer) -> String {
    answer.all("EnumerationContext").remove(0)
}

/// All names that an enumeration gives, answer by answer. `next`: makes the Pull with a context.
fn pages(server: &mut Server, first: Envelope, next: impl Fn(&str) -> Envelope) -> Vec<Vec<String>> {
    let mut answer = server.ask(first).expect_success();
    let mut pages = vec![answer.all("Name")];
    while !answer.has("EndOfSequence") {
        let context = context(&answer);
        answer = server.ask(next(&context)).expect_success();
        pages.push(answer.all("Name"));
    }
    pages
}

#[test]
fn shells_come_in_one_answer_the_youngest_first() {
    let mut server = server_with(3, Settings::default());
    let answer = server.ask(optimized(32_000)).expect_success();
    assert_eq!(answer.all("Name"), ["3", "2", "1"]);
    assert_eq!(answer.all("State"), ["Disconnected"; 3]);
    assert_eq!((context(&answer).as_str(), answer.has("EndOfSequence")), ("", true));
}

#[test]
fn without_shells_there_are_no_items() {
    let answer = Server::new().ask(optimized(32_000)).expect_success();
    assert!(!answer.has("Items") && answer.has("EndOfSequence"));
}

#[test]
fn pages_are_as_long_as_client_and_service_allow() {
    let two = Settings { page_size: 2, ..Settings::default() };
    let by_service = pages(&mut server_with(5, two), optimized(32_000), |context| pull(context, 32_000));
    assert_eq!(by_service, [vec!["5", "4"], vec!["3", "2"], vec!["1"]]);
    let mut server = server_with(5, Settings::default());
    let by_client = pages(&mut server, optimized(4), |context| pull(context, 4));
    assert_eq!(by_client, [vec!["5", "4", "3", "2"], vec!["1"]]);
    // Without MaxElements one comes at a time.
    let one = pages(&mut server, enumerate("<w:OptimizeEnumeration/>"), |context| pull(context, None));
    assert_eq!(one, ["5", "4", "3", "2", "1"].map(|name| vec![name]));
    // Without OptimizeEnumeration none comes with the first answer.
    let not_optimized = enumerate("<w:MaxElements>9</w:MaxElements>");
    let late = pages(&mut server, not_optimized, |context| pull(context, 9));
    assert_eq!(late, [vec![], vec!["5", "4", "3", "2", "1"]]);
}

#[test]
fn pages_are_no_larger_than_the_client_takes() {
    let mut server = server_with(30, Settings::default());
    let small = |envelope: Envelope| envelope.max_envelope_size(10_000);
    let pages = pages(&mut server, small(optimized(32_000)), |context| small(pull(context, 32_000)));
    assert!(pages.len() > 3);
    assert_eq!(pages.concat().len(), 30);
    let name = Some("n".repeat(7_000));
    server.add(SessionSpec { name, ..SessionSpec::default() });
    assert_eq!(server.refused(optimized(9).max_envelope_size(8_192)), FaultKind::EnvelopeTooLarge);
}

#[test]
fn items_are_in_another_namespace_when_they_are_pulled() {
    let mut server = server_with(2, Settings::default());
    let first = server.ask(optimized(1));
    assert!(first.0.soap().contains("<w:Items>"));
    let second = server.ask(pull(&context(&first), 1)).0.soap();
    assert!(second.contains("<n:Items>") && second.contains("<n:EndOfSequence/>"), "{second}");
}

#[test]
fn an_enumeration_ends_when_it_is_released_pulled_out_expired_or_not_ones_own() {
    let mut server = server_with(3, Settings::default());
    let begin = |server: &mut Server| context(&server.ask(optimized(1)));

    let released = begin(&mut server);
    assert_eq!(server.ask(release(&released)).expect_success().all("Body"), [""]);
    assert_eq!(server.refused(pull(&released, 1)), FaultKind::EnumerationClosed);

    let finished = begin(&mut server);
    server.ask(pull(&finished, 1)).expect_success();
    server.ask(pull(&finished, 1)).expect_success();
    assert_eq!(server.refused(pull(&finished, 1)), FaultKind::EnumerationClosed);

    let expired = begin(&mut server);
    server.pass(Duration::from_secs(240));
    assert_eq!(server.refused(pull(&expired, 1)), FaultKind::EnumerationClosed);

    let own = begin(&mut server);
    for other in [pull(&own, 1).resource(COMMANDS), pull(&own, 2), pull(&own, 1).max_envelope_size(9_000)] {
        assert_eq!(server.refused(other), FaultKind::PullParametersDiffer);
    }
    server.caller = caller("bob");
    assert_eq!(server.refused(pull(&own, 1)), FaultKind::EnumerationClosed);
    server.caller = caller("alice");
    server.ask(pull(&own, 1)).expect_success();
}

#[test]
fn users_see_their_own_shells_and_administrators_all() {
    let mut server = server_with(2, Settings::default());
    server.add(SessionSpec { owner: "bob".to_owned(), ..SessionSpec::default() });
    for (user, count) in [("alice", 2), ("bob", 1), ("admin", 3)] {
        server.caller = caller(user);
        assert_eq!(server.ask(optimized(32_000)).all("ShellId").len(), count, "{user}");
    }
}

#[test]
fn the_commands_of_a_shell_are_enumerated() {
    let mut server = Server::new();
    let shell = server.add(SessionSpec { script: Some("Wait-Event".to_owned()), ..SessionSpec::default() });
    let answer = server.ask(commands_of(&shell)).expect_success();
    assert_eq!(answer.all("CommandState"), ["Running"]);
    assert_eq!(answer.all("CommandId"), [server.session().commands[0].0.as_str()]);
    let idle = server.add(SessionSpec::default());
    assert!(!server.ask(commands_of(&idle)).expect_success().has("Items"));
    assert_eq!(server.refused(commands_of("A")), FaultKind::UnknownShell);
    server.caller = caller("bob");
    assert_eq!(server.refused(commands_of(&shell)), FaultKind::AccessDenied);
}

#[test]
fn filters_are_for_commands_only_and_resources_must_exist() {
    let mut server = Server::new();
    assert_eq!(server.refused(commands_of("A").resource(SHELLS)), FaultKind::FilteringNotSupported);
    assert_eq!(server.refused(optimized(9).resource(COMMANDS)), FaultKind::CommandsFilterExpected);
    assert_eq!(server.refused(optimized(9).resource("http://x")), FaultKind::InvalidResourceUri);
}
