//! The rules of DESIGN.md 8, "JSON of objects".

use super::{DEEPEST, MOST_REPEATED};
use crate::render::ObjectOutput as Form;
use crate::render::objects::test_support::{shown, shown_of};

fn check(cases: &[(&str, &str)]) {
    for (xml, json) in cases {
        assert_eq!(shown(Form::JsonLines, &[xml]), format!("{json}\n"), "{xml}");
        serde_json::from_str::<serde_json::Value>(json).unwrap();
    }
}

fn of_type(types: &str, rest: &str) -> String {
    let types: String = types.split(' ').map(|name| format!("<T>{name}</T>")).collect();
    format!("<Obj RefId=\"0\"><TN RefId=\"0\">{types}</TN>{rest}</Obj>")
}

#[test]
fn numbers_have_no_zeros_in_front() {
    let big = |digits| of_type("System.Numerics.BigInteger", &format!("<ToString>{digits}</ToString>"));
    check(&[
        ("<D>007.50</D>", "7.50"),
        ("<D>-00.5</D>", "-0.5"),
        ("<D>0</D>", "0"),
        (&big("00012345678901234567890"), "12345678901234567890"),
        (&big("-000"), "-0"),
    ]);
}

#[test]
fn numbers_are_exact() {
    check(&[
        ("<I32>-42</I32>", "-42"),
        ("<U64>18446744073709551615</U64>", "18446744073709551615"),
        ("<I64>-9223372036854775808</I64>", "-9223372036854775808"),
        ("<D>79228162514264337593543950335</D>", "79228162514264337593543950335"),
        ("<D>12.3400</D>", "12.3400"),
        ("<Db>0.1</Db>", "0.1"),
        ("<Db>5</Db>", "5.0"),
        ("<Db>1.7976931348623157E+308</Db>", "1.7976931348623157e308"),
        ("<Sg>-3.4028235E+38</Sg>", "-3.4028235e38"),
        ("<Sg>0.1</Sg>", "0.1"),
        ("<Db>NaN</Db>", r#""NaN""#),
        ("<Db>INF</Db>", r#""Infinity""#),
        ("<Sg>-INF</Sg>", r#""-Infinity""#),
    ]);
    let big = of_type(
        "System.Numerics.BigInteger System.Object",
        "<ToString>-123456789012345678901234567890</ToString><Props><I32 N=\"Sign\">1</I32></Props>",
    );
    check(&[(&big, "-123456789012345678901234567890")]);
}

#[test]
fn values_that_json_lacks_are_their_text() {
    check(&[
        ("", "null"),
        ("<B>true</B>", "true"),
        ("<C>120</C>", r#""x""#),
        ("<C>55357</C>", "\"\u{FFFD}\""),
        ("<S>a_xD83D_b_x0000_\"\\_x000A_</S>", "\"a\u{FFFD}b\\u0000\\\"\\\\\\n\""),
        ("<G>01234567-89ab-cdef-0123-456789abcdef</G>", r#""01234567-89ab-cdef-0123-456789abcdef""#),
        ("<Version>1.2</Version>", r#""1.2""#),
        ("<URI>http://server01/a b</URI>", r#""http://server01/a b""#),
        ("<XD>&lt;a /&gt;</XD>", r#""<a />""#),
        ("<SBK>1 + 1</SBK>", r#""1 + 1""#),
        ("<BA>AQID/w==</BA>", r#""AQID/w==""#),
        ("<DT>2026-11-30T12:34:56.7890000Z</DT>", r#""2026-11-30T12:34:56.789Z""#),
        ("<DT>2026-11-30T12:34:56.1234567+09:00</DT>", r#""2026-11-30T12:34:56.1234567+09:00""#),
        ("<DT>2026-11-30T00:00:00</DT>", r#""2026-11-30T00:00:00""#),
        ("<TS>P1DT2H3M4.506S</TS>", r#""1.02:03:04.5060000""#),
        ("<SS>AAAA</SS>", "null"),
    ]);
}

#[test]
fn enumerations_are_their_names() {
    let day = of_type(
        "System.DayOfWeek System.Enum System.ValueType System.Object",
        "<ToString>Friday</ToString><I32>5</I32>",
    );
    let flags =
        of_type("System.IO.FileAttributes System.Enum", "<ToString>ReadOnly, Hidden</ToString><I32>3</I32>");
    check(&[(&day, r#""Friday""#), (&flags, r#""ReadOnly, Hidden""#)]);
}

#[test]
fn lists_dictionaries_and_objects_keep_their_order() {
    let list = of_type("System.Object[]", "<LST><I32>1</I32><Obj RefId=\"1\"><LST /></Obj><Nil /></LST>");
    let set = of_type("HashSet", "<IE><S>h</S></IE><Props><I32 N=\"Count\">1</I32></Props>");
    let entries = r#"<DCT><En><S N="Key">z</S><I32 N="Value">1</I32></En><En><I32 N="Key">2</I32><Nil N="Value" /></En></DCT>"#;
    let object = of_type(
        "Pet System.Object",
        r#"<ToString>Pet Rex</ToString><Props><S N="Name">Rex</S></Props><MS><I32 N="Age">3</I32></MS>"#,
    );
    check(&[
        (&list, "[1,[],null]"),
        (&set, r#"["h"]"#),
        (&of_type("System.Collections.Hashtable", entries), r#"{"z":1,"2":null}"#),
        (&object, r#"{"Name":"Rex","Age":3}"#),
        ("<Obj RefId=\"0\"><MS /></Obj>", "{}"),
    ]);
}

#[test]
fn an_object_without_properties_is_its_text_and_so_are_known_values() {
    let location = of_type("System.Management.Automation.PathInfo", "<ToString>/tmp</ToString>");
    let at = of_type(
        "System.DateTimeOffset System.ValueType",
        "<ToString>11/30/2026 12:00:00 +09:00</ToString><Props><I32 N=\"Day\">30</I32></Props>",
    );
    let address = of_type(
        "System.Net.IPAddress",
        "<ToString>192.0.2.1</ToString><Props><I64 N=\"Address\">1</I64></Props>",
    );
    check(&[
        (&location, r#""/tmp""#),
        (&at, r#""11/30/2026 12:00:00 +09:00""#),
        (&address, r#""192.0.2.1""#),
    ]);
}

#[test]
fn a_value_with_notes_is_the_value() {
    check(&[
        (r#"<Obj RefId="0"><S>decorated</S><MS><S N="Tag">v</S></MS></Obj>"#, r#""decorated""#),
        (r#"<Obj RefId="0"><I32>5</I32><MS><S N="Unit">kg</S></MS></Obj>"#, "5"),
    ]);
}

#[test]
fn an_error_record_is_what_it_says() {
    let record = of_type(
        "System.Management.Automation.ErrorRecord System.Object",
        concat!(
            r#"<ToString>shown</ToString><MS><Obj N="Exception" RefId="1"><Props><S N="Message">of the exception</S></Props></Obj>"#,
            r#"<I32 N="TargetObject">42</I32><S N="FullyQualifiedErrorId">MyId</S><I32 N="ErrorCategory_Category">13</I32></MS>"#,
        ),
    );
    check(&[(
        &record,
        r#"{"Message":"of the exception","FullyQualifiedErrorId":"MyId","Category":"ObjectNotFound","TargetObject":42}"#,
    )]);
}

#[test]
fn a_cycle_is_the_text_it_left() {
    check(&[
        (
            r#"<Obj RefId="0"><MS><Ref N="Self" RefId="0" /><I32 N="N">1</I32></MS></Obj>"#,
            r#"{"Self":"@{Self=; N=1}","N":1}"#,
        ),
        (r#"<Obj RefId="0"><LST><Ref RefId="0" /></LST></Obj>"#, r#"["System.Collections.ArrayList"]"#),
    ]);
    let shared =
        r#"<Obj RefId="0"><LST><Obj RefId="1"><LST><I32>1</I32></LST></Obj><Ref RefId="1" /></LST></Obj>"#;
    check(&[(shared, "[[1],[1]]")]);
}

/// 40 levels, each of which names the one below twice: 10^12 values.
#[test]
fn sharing_is_written_within_bounds() {
    let mut xml = String::from(r#"<Obj RefId="0"><LST><I32>1</I32></LST></Obj>"#);
    for level in 1..40 {
        let below = level - 1;
        xml = format!(r#"<Obj RefId="{level}"><LST>{xml}<Ref RefId="{below}" /></LST></Obj>"#);
    }
    let json = shown(Form::JsonLines, &[&xml]);
    serde_json::from_str::<serde_json::Value>(&json).unwrap();
    assert!(json.len() > MOST_REPEATED && json.len() < 100 * MOST_REPEATED, "{}", json.len());
}

/// References nest deeper than a message may.
#[test]
fn nesting_is_written_within_bounds() {
    let mut xml = String::from(r#"<Obj RefId="0"><LST /></Obj>"#);
    for number in 1..1000 {
        let before = number - 1;
        xml += &format!(r#"<Obj RefId="{number}"><LST><Ref RefId="{before}" /></LST></Obj>"#);
    }
    let json = shown(Form::JsonLines, &[&format!(r#"<Obj RefId="1000"><LST>{xml}</LST></Obj>"#)]);
    let deepest = json.bytes().fold((0_usize, 0), |(depth, most), octet| match octet {
        b'[' => (depth + 1, most.max(depth + 1)),
        b']' => (depth - 1, most),
        _ => (depth, most),
    });
    assert_eq!(deepest.1, DEEPEST);
}

#[test]
fn the_array_form_is_one_array() {
    assert_eq!(shown(Form::Json, &[]), "[]\n");
    assert_eq!(shown(Form::Json, &["<I32>1</I32>", "", "<S>x</S>"]), "[\n1,\nnull,\n\"x\"\n]\n");
}

#[test]
fn values_of_several_computers_name_theirs() {
    let values = [
        ("S1", r#"<Obj RefId="0"><MS><I32 N="A">1</I32></MS></Obj>"#),
        ("S2", r#"<Obj RefId="0"><MS /></Obj>"#),
        ("S1", "<S>x</S>"),
        ("S2", ""),
        ("S1", r#"<Obj RefId="0"><LST><I32>1</I32></LST></Obj>"#),
    ];
    assert_eq!(
        shown_of(Form::JsonLines, &values),
        concat!(
            "{\"A\":1,\"PSComputerName\":\"S1\"}\n",
            "{\"PSComputerName\":\"S2\"}\n",
            "{\"value\":\"x\",\"PSComputerName\":\"S1\"}\n",
            "{\"value\":null,\"PSComputerName\":\"S2\"}\n",
            "{\"value\":[1],\"PSComputerName\":\"S1\"}\n",
        )
    );
}
