use super::*;
use crate::cli::bind_error::BindError;
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
    Err(NotBound { text: text.into(), reason: BadInput::NotASession })
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
    // As jq writes strings, which are names whatever is in them.
    let input = format!("\"ITTask\"\n\"a\\\"b\"\n\"x\" y\n\"4\"\n\"*\"\n\"{GUID}\"");
    let names = ["ITTask", "a\"b", "\"x\" y", "4", "*", GUID].map(name);
    assert_eq!(read(&input), (1..).zip(names).collect::<Vec<_>>());
}

#[test]
fn a_name_may_have_brackets_and_commas() {
    let input = "a, b\n[PROD] nightly\n[1] one\n[ x\n],a\n,b\n[1]\n";
    let names = ["a, b", "[PROD] nightly", "[1] one", "[ x", "],a", ",b"].map(name);
    let all: Vec<_> = (1..).zip(names).chain([(7, id(1))]).collect();
    assert_eq!(read(input), all);
}

/// A server chooses the names of its sessions, and `jq -r .Name` writes them as they are.
#[test]
fn a_line_where_names_are_wanted_is_a_name_whatever_it_looks_like() {
    let lines = [
        "*",
        "1",
        GUID,
        "[1]",
        "{\"Name\":\"other\"}",
        "[\"other\"]",
        "\"other\"",
        "Id,Name,InstanceId",
        " Id Name",
        "#TYPE x",
        "other ",
        "\tother",
        "a, b?",
        "],{",
    ];
    let expected: Vec<_> = (1..).zip(lines.map(name)).collect();
    for separator in ["\n", "\r\n"] {
        let input = lines.join(separator) + separator + separator + " \n";
        let found = read_as(Wanted::Names, input.as_bytes());
        let is_bad = |line: usize| line == 12;
        for ((line, found), (_, expected)) in found.iter().zip(&expected) {
            assert_eq!(found.is_err(), is_bad(*line), "{line}");
            assert!(is_bad(*line) || found == expected, "{found:?}");
        }
        assert_eq!(found.len(), lines.len());
    }
}

#[test]
fn csv_is_read_back() {
    let other = "00000000-0000-0000-0000-000000000001";
    let rows = format!(
        "\"Id\",\"Name\",\"InstanceId\",\"ComputerName\"\r\n\"1\",\"a, \"\"b\"\"\n9\",\"{GUID}\",\"Server01\"\r\n\
         ,\"[x]\",\"{other}\",\r\n7\n\"x\",\"y\",,\n,\"\",,\n"
    );
    let record = |id, name: &str, instance_id: &str, computer_name: Option<&str>| {
        Ok(SessionReference::Record(SessionRecord {
            id,
            name: Some(name.into()),
            instance_id: instance_id.parse().ok(),
            computer_name: computer_name.map(str::to_owned),
            connection_uri: None,
        }))
    };
    let expected = [
        (2, record(Some(1), "a, \"b\"\n9", GUID, Some("Server01"))),
        (4, record(None, "[x]", other, None)),
        (5, not_bound("7")),
        (6, not_bound("\"x\",\"y\",,")),
        (7, not_bound(",\"\",,")),
    ];
    assert_eq!(read(&rows), expected);
    let typed = format!("#TYPE Deserialized.System.Management.Automation.Runspaces.PSSession\n{rows}");
    assert_eq!(read(&typed).len(), expected.len());
    let of = |wanted| read_as(wanted, rows.as_bytes()).swap_remove(0).1;
    assert_eq!(of(Wanted::Ids), id(1));
    assert_eq!(of(Wanted::InstanceIds), record(Some(1), "a, \"b\"\n9", GUID, Some("Server01")));
}

#[test]
fn utf_16_is_read_where_a_mark_says_so_and_named_where_none_does() {
    let text = format!("4\r\n{GUID}\r\n업무 \u{1F4C4}\r\n");
    let expected = read(&text);
    assert_eq!(expected[2], (3, name("업무 \u{1F4C4}")));
    let units = || text.encode_utf16();
    let little: Vec<u8> = units().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = units().flat_map(u16::to_be_bytes).collect();
    for (mark, input) in [([0xFF, 0xFE], &little), ([0xFE, 0xFF], &big)] {
        assert_eq!(read_as(Wanted::Sessions, &[&mark, input.as_slice()].concat()), expected);
        let reason = BadInput::Unreadable("it is UTF-16 without a byte order mark; write it as UTF-8".into());
        let unmarked = [(1, Err(NotBound { text: String::new(), reason }))];
        assert_eq!(read_as(Wanted::Sessions, input), unmarked);
    }
    // Half a character, and half a pair.
    assert_eq!(read_as(Wanted::Sessions, b"\xFF\xFEa\0b"), [(1, name("a\u{FFFD}"))]);
    assert_eq!(read_as(Wanted::Sessions, b"\xFF\xFE\x00\xD8"), [(1, name("\u{FFFD}"))]);
    assert_eq!(read_as(Wanted::Sessions, b"\xFF\xFE"), []);
}

#[test]
fn an_input_without_end_is_refused_after_64_mib() {
    let input = BufReader::new(Endless { line: b"x\n".to_vec(), taken: 0 });
    let mut lines = SessionLines::new(input, Wanted::Names);
    lines.source.input.left = 10;
    let reason = BadInput::Unreadable("it is larger than 64 MiB".into());
    assert_eq!(lines.by_ref().nth(5), Some((6, Err(NotBound { text: String::new(), reason }))));
    assert_eq!(lines.next(), None);
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
    let found = read(&format!("[\n  4,\n  \"{GUID}\",\"IT,]Task\" , 5]\n6"));
    assert_eq!(found, [(2, id(4)), (3, name(GUID)), (3, name("IT,]Task")), (3, id(5)), (4, id(6))]);
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
    };
    assert_eq!(read(&line), [(1, Ok(SessionReference::Record(expected)))]);
    let expected = SessionRecord { name: Some("x".into()), ..SessionRecord::default() };
    assert_eq!(read("{\"Id\":null,\"Name\":\"x\"}"), [(1, Ok(SessionReference::Record(expected)))]);
}

#[test]
fn a_line_without_a_session_is_one_error_and_the_rest_is_read() {
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
fn lines_that_are_no_text_or_too_long_are_refused_and_never_cut() {
    let mut input = b"1\n\xFF\xFE4\n".to_vec();
    input.extend(std::iter::repeat_n(b'x', 2 * LIMIT));
    input.extend(b"\n{\"Name\":\"");
    input.extend(std::iter::repeat_n(b'x', 2 * LIMIT));
    input.extend(b"\"}\n5\n");
    let found = read_as(Wanted::Sessions, &input);
    let too_long = |text: &str| {
        let text = text.chars().take(SHOWN).collect();
        Err(NotBound { text, reason: BadInput::TooLong })
    };
    let xs = "x".repeat(SHOWN);
    let expected = [
        (1, id(1)),
        (2, not_bound("\u{FFFD}\u{FFFD}4")),
        (3, too_long(&xs)),
        (4, too_long(&format!("{{\"Name\":\"{xs}"))),
        (5, id(5)),
    ];
    assert_eq!(found, expected);
    for (length, is_ok) in [(LIMIT, true), (LIMIT + 1, false)] {
        assert_eq!(read(&"x".repeat(length))[0].1.is_ok(), is_ok);
    }
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
    // With its record comes a session's name.
    let record = || {
        let (id, name, instance_id) = (Some(5), Some("x".into()), GUID.parse().ok());
        Some(SessionReference::Record(SessionRecord { id, name, instance_id, ..SessionRecord::default() }))
    };
    assert_eq!(of(Wanted::InstanceIds), [None, None, instance_id(), record(), None]);
    assert_eq!(of(Wanted::Names), input.lines().map(|line| name(line).ok()).collect::<Vec<_>>());
}

/// Lines without end, and a count of what was taken of them.
struct Endless {
    line: Vec<u8>,
    taken: usize,
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let begun = self.taken % self.line.len();
        let count = (&self.line[begun..]).read(buffer)?;
        self.taken += count;
        Ok(count)
    }
}

#[test]
fn input_is_read_as_it_is_needed() {
    let line = b"{\"Id\":4},\n".to_vec();
    let mut lines = SessionLines::new(BufReader::new(Endless { line, taken: 0 }), Wanted::Sessions);
    for line in 1..=10_000 {
        assert_eq!(lines.next(), Some((line, record(4))));
        assert_eq!(lines.source.input.input.get_ref().taken, line * 10);
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
    let reason = BadInput::Unreadable("the pipe is broken".into());
    assert_eq!(found, [(1, id(4)), (2, Err(NotBound { text: String::new(), reason }))]);
}

#[test]
fn the_error_names_the_line() {
    let reason = BadInput::TooLong;
    let error = NotBound { text: "{}".into(), reason: reason.clone() }.on_line(7);
    assert_eq!(error, BindError::InputObjectNotBound { line: 7, text: "{}".into(), reason });
}

/// No input may cause a panic, or keep what follows from being read.
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
        // The first two octets say what the encoding is.
        let pieces = (0..next(24)).flat_map(|_| PIECES[next(PIECES.len())]);
        let input: Vec<u8> = b"x\n".iter().chain(pieces).copied().collect();
        let mut lines = SessionLines::new(input.as_slice(), Wanted::Sessions);
        let numbers: Vec<usize> = lines.by_ref().map(|(line, _)| line).collect();
        let shown = String::from_utf8_lossy(&input);
        assert!(numbers.len() <= input.len() && numbers.is_sorted(), "{shown}");
        assert!(lines.source.input.input.is_empty(), "{shown}");
    }
}

#[test]
fn a_table_is_read_by_its_ids() {
    let table = "\n Id Name            ComputerName    State         ConfigurationName     Availability\n \
                 -- ----            ------------    -----         -----------------     ------------\n  \
                 1 Backups         Localhost       Opened        Microsoft.PowerShell     Available\n\
                 1234 ITTask          Server01        Opened        ITTasks                  Available\n    \
                 7               Server01        Disconnected  Microsoft.PowerShell          None\n\n\n";
    let read = |wanted| -> Vec<_> {
        SessionLines::new(table.as_bytes(), wanted).map(|(line, session)| (line, session.ok())).collect()
    };
    let ids = vec![(4, Some(SessionReference::Id(1))), (5, Some(SessionReference::Id(1234))), (6, None)];
    assert_eq!(read(Wanted::Sessions), ids);
    assert_eq!(read(Wanted::Ids), ids);
    assert_eq!(read(Wanted::InstanceIds), vec![(4, None), (5, None), (6, None)]);
}
