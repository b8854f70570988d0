use super::*;
use pssession::cmdlet::selection::SessionRecord;
use std::io::{BufReader, Read};

const GUID: &str = "934b6b5b-0123-4567-89ab-cdef01234567";

fn read_as(wanted: Wanted, input: &[u8]) -> Vec<(usize, Result<SessionReference, NotBound>)> {
    // A reader of one byte at a time has no other result.
    let all: Vec<_> = SessionLines::new(input, wanted).collect();
    let slowly = BufReader::with_capacity(1, input);
    assert_eq!(SessionLines::new(slowly, wanted).collect::<Vec<_>>(), all);
    all
}

fn read(input: &str) -> Vec<(usize, Result<SessionReference, NotBound>)> {
    read_as(Wanted::Sessions, input.as_bytes())
}

fn id(id: i32) -> Result<SessionReference, NotBound> {
    Ok(SessionReference::Id(id))
}

fn name(name: &str) -> Result<SessionReference, NotBound> {
    Ok(SessionReference::Name(name.into()))
}

fn not_bound(text: &str) -> Result<SessionReference, NotBound> {
    Err(NotBound { text: text.into() })
}

fn record(id: i32) -> Result<SessionReference, NotBound> {
    Ok(SessionReference::Record(SessionRecord { id: Some(id), ..SessionRecord::default() }))
}

#[test]
fn one_session_a_line() {
    let instance_id = || Ok(SessionReference::InstanceId(GUID.parse().unwrap()));
    let input = format!("4\r\n\n  ITTask two \n{GUID}\n{{{GUID}}}\n\t\nlast");
    let expected =
        [(1, id(4)), (3, name("ITTask two")), (4, instance_id()), (5, instance_id()), (7, name("last"))];
    assert_eq!(read(&input), expected);
    assert_eq!(read(""), []);
    assert_eq!(read("\n \n"), []);
    assert_eq!(read("\u{FEFF}4\n"), [(1, id(4))]);
    // As jq writes strings.
    assert_eq!(
        read("\"ITTask\"\n\"a\\\"b\"\n\"x\" y"),
        [(1, name("ITTask")), (2, name("a\"b")), (3, name("\"x\" y"))]
    );
}

#[test]
fn a_name_may_have_brackets_and_commas() {
    let input = "a, b\n[PROD] nightly\n[1] one\n[ x\n],a\n,b\n[1]\n";
    let names = ["a, b", "[PROD] nightly", "[1] one", "[ x", "],a", ",b"].map(name);
    let all: Vec<_> = (1..).zip(names).chain([(7, id(1))]).collect();
    assert_eq!(read(input), all);
    let names = ["a, b", "[PROD] nightly", "[1] one", "[ x", "],a", ",b", "[1]"].map(name);
    assert_eq!(read_as(Wanted::Names, input.as_bytes()), (1..).zip(names).collect::<Vec<_>>());
}

#[test]
fn records_as_this_program_writes_them_and_as_others_lay_them_out() {
    for (input, lines) in [
        ("[\n{\"Id\":1},\n{\"Id\":2},\n{\"Id\":3}\n]\n", [2, 3, 4]),
        ("{\"Id\":1}\n{\"Id\":2}\n{\"Id\":3}", [1, 2, 3]),
        ("[{\"Id\":1},{\"Id\":2},{\"Id\":3}]", [1, 1, 1]),
        ("{\"Id\":1} {\"Id\":2}{\"Id\":3}\n", [1, 1, 1]),
        // Lines that grep took out of an array.
        ("{\"Id\":1},\n{\"Id\":2},\n{\"Id\":3}\n]", [1, 2, 3]),
        (
            "[\n  {\n    \"Id\": 1,\n    \"x\": {\n      \"}\": \"{\"\n    }\n  },\n  {\n    \"id\": 2\n  },\n  {\n    \"ID\": 3\n  }\n]",
            [2, 8, 11],
        ),
        ("{\"a\":\n{\"b\":[1,\n{}]},\n\"Id\":1}{\"Id\":2}\n{\"Id\":3}", [1, 4, 5]),
    ] {
        let found = read(input);
        assert_eq!(found, [(lines[0], record(1)), (lines[1], record(2)), (lines[2], record(3))], "{input}");
    }
}

#[test]
fn arrays_of_bare_values() {
    let instance_id = Ok(SessionReference::InstanceId(GUID.parse().unwrap()));
    let found = read(&format!("[\n  4,\n  \"{GUID}\",\"IT,]Task\" , 5]\n6"));
    assert_eq!(found, [(2, id(4)), (3, instance_id), (3, name("IT,]Task")), (3, id(5)), (4, id(6))]);
}

#[test]
fn all_that_a_record_may_say() {
    let line = format!(
        "{{\"Id\":4,\"name\":\"ITTask\",\"INSTANCEID\":\"{GUID}\",\"ComputerName\":\"Server01\",\
         \"ConnectionUri\":\"http://server01:5985/wsman\",\"ApplicationName\":\"wsman\",\
         \"ConfigurationName\":\"ITTasks\",\"State\":\"Opened\",\"IdleTimeout\":7200000,\"ExpiresOn\":null}}"
    );
    let expected = SessionRecord {
        id: Some(4),
        instance_id: Some(GUID.parse().unwrap()),
        name: Some("ITTask".into()),
        computer_name: Some("Server01".into()),
        connection_uri: Some("http://server01:5985/wsman".into()),
        application_name: Some("wsman".into()),
        configuration_name: Some("ITTasks".into()),
    };
    assert_eq!(read(&line), [(1, Ok(SessionReference::Record(expected)))]);
    let expected = SessionRecord { name: Some("x".into()), ..SessionRecord::default() };
    assert_eq!(read("{\"Id\":null,\"Name\":\"x\"}"), [(1, Ok(SessionReference::Record(expected)))]);
}

#[test]
fn what_is_no_session_is_one_error_and_the_rest_goes_on() {
    for bad in [
        "{}",
        "{\"Stream\":\"Error\",\"Message\":\"x\",\"CategoryInfo\":{\"Category\":\"OpenError\"}}",
        "{\"ComputerName\":\"Server01\"}",
        "{\"Id\":\"4\"}",
        "{\"Id\":4.5}",
        "{\"Id\":4,\"Name\":7}",
        "{\"Id\":2147483648}",
        "{\"InstanceId\":\"x\"}",
        "{\"Name\":\"\"}",
        "{\"Id\":nothing}",
        "{\"Id\":4,}",
        "{\"Id\":4",
        "{\"Id\":4,",
        "{\"Name\":\"x",
        "{\"Id\":4}}",
        "{",
        "99999999999",
        "a\u{0}b",
        "\"\"",
    ] {
        let found = read(&format!("1\n{bad}\n{{\"Id\":3}}\n"));
        let end = if bad == "{\"Id\":4}}" { "}" } else { bad };
        assert!(found.contains(&(2, not_bound(end))), "{bad}: {found:?}");
        assert_eq!((found.first(), found.last()), (Some(&(1, id(1))), Some(&(3, record(3)))), "{bad}");
    }
    let found = read("[\n{\"Id\":1},\nfoo bar,{\"Id\":x},null,\n{\"Id\":4}] 5\n6");
    let expected = [
        (2, record(1)),
        (3, not_bound("foo bar")),
        (3, not_bound("{\"Id\":x}")),
        (3, not_bound("null")),
        (4, record(4)),
        (4, not_bound("5")),
        (5, id(6)),
    ];
    assert_eq!(found, expected);
}

#[test]
fn an_object_over_several_lines_that_is_wrong_is_one_error() {
    let found = read("[\n  {\n    \"Id\": x,\n    \"Name\": \"a\"\n  },\n  {\n    \"Id\": 2\n  }\n]\n");
    assert_eq!(found, [(2, not_bound("{ \"Id\": x, \"Name\": \"a\" }")), (6, record(2))]);
}

#[test]
fn lines_that_are_no_text_or_too_long() {
    let mut input = b"1\n\xFF\xFE4\n".to_vec();
    input.extend(std::iter::repeat_n(b'x', 2 * LIMIT));
    input.extend(b"\n{\"Name\":\"");
    input.extend(std::iter::repeat_n(b'x', 2 * LIMIT));
    input.extend(b"\"}\n5\n");
    let found = read_as(Wanted::Sessions, &input);
    let shown = "x".repeat(SHOWN);
    assert_eq!(found[..3], [(1, id(1)), (2, not_bound("\u{FFFD}\u{FFFD}4")), (3, not_bound(&shown))]);
    assert_eq!((found[3].0, found[3].1.is_err(), &found[4]), (4, true, &(5, id(5))));
    let deep = format!("{}{}\n4", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    assert_eq!(read(&deep).last(), Some(&(2, id(4))));
}

#[test]
fn what_is_wanted() {
    let input =
        format!("4\nITTask\n{GUID}\n{{\"Id\":5,\"Name\":\"x\",\"InstanceId\":\"{GUID}\"}}\n{{\"Foo\":1}}");
    let of = |wanted| -> Vec<_> {
        read_as(wanted, input.as_bytes()).into_iter().map(|(_, item)| item.ok()).collect()
    };
    let instance_id = || Some(SessionReference::InstanceId(GUID.parse().unwrap()));
    assert_eq!(of(Wanted::Ids), [id(4).ok(), None, None, id(5).ok(), None]);
    assert_eq!(of(Wanted::InstanceIds), [None, None, instance_id(), instance_id(), None]);
    assert_eq!(
        of(Wanted::Names),
        [name("4").ok(), name("ITTask").ok(), name(GUID).ok(), name("x").ok(), None]
    );
}

/// Records without end, and a count of what was taken of them.
struct Endless {
    taken: usize,
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let line = b"{\"Id\":4},\n";
        buffer[..line.len()].copy_from_slice(line);
        self.taken += line.len();
        Ok(line.len())
    }
}

#[test]
fn input_is_read_as_it_is_needed() {
    let mut lines = SessionLines::new(BufReader::new(Endless { taken: 0 }), Wanted::Sessions);
    for line in 1..=10_000 {
        assert_eq!(lines.next(), Some((line, record(4))));
        assert_eq!(lines.source.input.get_ref().taken, line * 10);
    }
}

#[test]
fn an_input_that_breaks_off_is_an_error_and_the_end() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the pipe is broken"))
        }
    }
    let input = BufReader::new("4\n5".as_bytes().chain(Broken));
    let found: Vec<_> = SessionLines::new(input, Wanted::Sessions).collect();
    assert_eq!(found, [(1, id(4)), (2, not_bound("the pipe is broken"))]);
}

#[test]
fn the_error_names_the_line() {
    let error = NotBound { text: "{}".into() }.on_line(7);
    assert_eq!(error, BindError::InputObjectNotBound { line: 7, text: "{}".into() });
}

/// Nothing that can come may panic, or keep what stands behind it from being read.
#[test]
fn random_input_ends_and_is_read_to_its_end() {
    const PIECES: [&[u8]; 22] = [
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b"\"",
        b"\\",
        b"\n",
        b"\r\n",
        b" ",
        b"4",
        b"ITTask",
        b"\"Id\"",
        b"null",
        b"\xFF",
        b"\0",
        b"{\"Id\":5}",
        b"934b6b5b-0123-4567-89ab-cdef01234567",
        b"{0x",
        b"\xEF\xBB\xBF",
        b"-1.5e3",
    ];
    // xorshift: small, and the same every time.
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = |limit: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % limit as u64) as usize
    };
    for _ in 0..3_000 {
        let input: Vec<u8> = (0..next(24)).flat_map(|_| PIECES[next(PIECES.len())]).copied().collect();
        let mut lines = SessionLines::new(input.as_slice(), Wanted::Sessions);
        let numbers: Vec<usize> = lines.by_ref().map(|(line, _)| line).collect();
        let shown = String::from_utf8_lossy(&input);
        assert!(numbers.len() <= input.len() && numbers.is_sorted(), "{shown}");
        assert!(lines.source.input.is_empty(), "{shown}");
    }
}

#[test]
fn a_table_is_read_by_its_ids() {
    let table = "\n Id Name            ComputerName    State         ConfigurationName     Availability\n \
                 -- ----            ------------    -----         -----------------     ------------\n  \
                 1 Backups         Localhost       Opened        Microsoft.PowerShell     Available\n\
                 1234 ITTask          Server01        Opened        ITTasks                  Available\n    \
                 7               Server01        Disconnected  Microsoft.PowerShell          None\n\n\n";
    let told = |wanted| -> Vec<_> {
        SessionLines::new(table.as_bytes(), wanted).map(|(line, told)| (line, told.ok())).collect()
    };
    let ids = vec![(4, Some(SessionReference::Id(1))), (5, Some(SessionReference::Id(1234))), (6, None)];
    assert_eq!(told(Wanted::Sessions), ids);
    assert_eq!(told(Wanted::Ids), ids);
    assert_eq!(told(Wanted::InstanceIds), vec![(4, None), (5, None), (6, None)]);
}
