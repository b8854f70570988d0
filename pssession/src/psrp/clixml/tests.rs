//! Values to XML and back, and the shapes in which Windows sends them.

use uuid::Uuid;

use super::*;
use crate::psrp::testing::Random;

fn parsed(xml: &str) -> Value {
    read(xml.as_bytes(), &Limits::default()).unwrap_or_else(|error| panic!("{error}: {xml}"))
}

/// The value is written as this XML, and the XML reads as the value.
fn check(value: impl Into<Value>, xml: &str) {
    let value = value.into();
    assert_eq!(write(&value), xml);
    assert_eq!(parsed(xml), value);
}

fn property(name: &str, value: Value) -> value::Property {
    value::Property { name: name.to_owned(), value }
}

#[test]
fn primitives() {
    check(Value::Nil, "<Nil />");
    check("text", "<S>text</S>");
    check("", "<S />");
    check("<a>\r\n", "<S>&lt;a&gt;_x000D__x000A_</S>");
    check(Value::Char(97), "<C>97</C>");
    check(Value::Char(0xD83D), "<C>55357</C>");
    check(Value::Bool(true), "<B>true</B>");
    check(Value::Byte(255), "<By>255</By>");
    check(Value::SByte(-128), "<SB>-128</SB>");
    check(Value::U16(65535), "<U16>65535</U16>");
    check(Value::I16(-32768), "<I16>-32768</I16>");
    check(Value::U32(4294967295), "<U32>4294967295</U32>");
    check(Value::I32(-2147483648), "<I32>-2147483648</I32>");
    check(Value::U64(u64::MAX), "<U64>18446744073709551615</U64>");
    check(Value::I64(i64::MIN), "<I64>-9223372036854775808</I64>");
    check(Value::ByteArray(vec![0, 1, 254, 255]), "<BA>AAH+/w==</BA>");
    check(Value::ByteArray(vec![]), "<BA />");
    check(Value::Guid(Uuid::from_u128(0xB6631D8E << 96)), "<G>b6631d8e-0000-0000-0000-000000000000</G>");
    check(Value::Uri("http://host/?a&b".into()), "<URI>http://host/?a&amp;b</URI>");
    check(Value::Version("5.1.14393.2248".parse().unwrap()), "<Version>5.1.14393.2248</Version>");
    check(Value::SemanticVersion("7.4.1-rc.1+x".into()), "<SemanticVersion>7.4.1-rc.1+x</SemanticVersion>");
    check(Value::XmlDocument("<a b=\"c\" />".into()), "<XD>&lt;a b=&quot;c&quot; /&gt;</XD>");
    check(Value::ScriptBlock("{ 1 }".into()), "<SBK>{ 1 }</SBK>");
    check(Value::SecureString(SecureString::new(vec![1, 2, 3])), "<SS>AQID</SS>");
    check(
        Value::DateTime("2018-06-13T23:46:12.13+00:00".parse().unwrap()),
        "<DT>2018-06-13T23:46:12.13+00:00</DT>",
    );
    check(Value::TimeSpan(TimeSpan { ticks: 90_269_026 }), "<TS>PT9.0269026S</TS>");
    check(Value::Decimal("-1.50".parse().unwrap()), "<D>-1.50</D>");
}

#[test]
fn floats() {
    check(Value::Double(0.1), "<Db>0.1</Db>");
    check(Value::Double(-0.0), "<Db>-0</Db>");
    check(Value::Double(1e15), "<Db>1E15</Db>");
    check(Value::Double(f64::MIN_POSITIVE), "<Db>2.2250738585072014E-308</Db>");
    check(Value::Double(f64::INFINITY), "<Db>INF</Db>");
    check(Value::Double(f64::NEG_INFINITY), "<Db>-INF</Db>");
    check(Value::Single(0.1), "<Sg>0.1</Sg>");
    check(Value::Single(f32::MAX), "<Sg>3.4028235E38</Sg>");
    assert_eq!(write(&Value::Single(f32::NAN)), "<Sg>NaN</Sg>");
    assert!(matches!(parsed("<Db>NaN</Db>"), Value::Double(number) if number.is_nan()));
    assert_eq!(parsed("<Db>1.7976931348623157E+308</Db>"), Value::Double(f64::MAX));
}

#[test]
fn a_property_bag() {
    let bag = Object::bag([("PipelineState", Value::I32(4)), ("a\"<_x", Value::Nil)]);
    let xml = concat!(
        r#"<Obj RefId="0"><MS><I32 N="PipelineState">4</I32>"#,
        r#"<Nil N="a&quot;&lt;_x005F_x" /></MS></Obj>"#,
    );
    check(Object { ref_id: Some(RefId(0)), ..bag }, xml);
}

#[test]
fn type_names_are_written_once_and_shared() {
    let value = |ref_id, number| Object {
        ref_id: Some(RefId(ref_id)),
        ..Object::enumeration("System.DayOfWeek", if number == 1 { "Monday" } else { "Tuesday" }, number)
    };
    let list = Object {
        ref_id: Some(RefId(0)),
        content: Content::List(vec![value(1, 1).into(), value(2, 2).into()]),
        ..Object::default()
    };
    let xml = concat!(
        r#"<Obj RefId="0"><LST>"#,
        r#"<Obj RefId="1"><TN RefId="0"><T>System.DayOfWeek</T><T>System.Enum</T><T>System.ValueType</T>"#,
        r#"<T>System.Object</T></TN><ToString>Monday</ToString><I32>1</I32></Obj>"#,
        r#"<Obj RefId="2"><TNRef RefId="0" /><ToString>Tuesday</ToString><I32>2</I32></Obj>"#,
        r#"</LST></Obj>"#,
    );
    check(list, xml);
    assert_eq!(parsed(xml).as_object().map(|list| list.type_names.is_none()), Some(true));
}

#[test]
fn containers() {
    let items = || vec![Value::I32(1), Value::Nil];
    let inside = |content| Object { ref_id: Some(RefId(0)), content, ..Object::default() };
    let xml = |tag| format!(r#"<Obj RefId="0"><{tag}><I32>1</I32><Nil /></{tag}></Obj>"#);
    check(inside(Content::List(items())), &xml("LST"));
    check(inside(Content::Enumerable(items())), &xml("IE"));
    check(inside(Content::Stack(items())), &xml("STK"));
    check(inside(Content::Queue(items())), &xml("QUE"));
    check(inside(Content::List(vec![])), r#"<Obj RefId="0"><LST /></Obj>"#);
    let entries = vec![("k".into(), Value::Bool(false)), (Value::I32(9), "v".into())];
    let xml = concat!(
        r#"<Obj RefId="0"><DCT><En><S N="Key">k</S><B N="Value">false</B></En>"#,
        r#"<En><I32 N="Key">9</I32><S N="Value">v</S></En></DCT></Obj>"#,
    );
    check(inside(Content::Dictionary(entries)), xml);
}

#[test]
fn an_object_with_every_part_keeps_their_order() {
    let inner = Object { ref_id: Some(RefId(1)), to_string: Some("inner".into()), ..Object::default() };
    let object = Object {
        ref_id: Some(RefId(0)),
        type_names: Some(["T1".to_owned()].into()),
        to_string: Some(String::new()),
        content: Content::Value(inner.into()),
        adapted: Properties(vec![property("p", Value::I64(1))]),
        extended: MemberSet {
            properties: Properties(vec![property("m", Value::I64(2))]),
            sets: vec![(
                "PSStandardMembers".into(),
                MemberSet { properties: Properties(vec![property("d", "x".into())]), sets: vec![] },
            )],
        },
    };
    let xml = concat!(
        r#"<Obj RefId="0"><TN RefId="0"><T>T1</T></TN><ToString />"#,
        r#"<Obj RefId="1"><ToString>inner</ToString></Obj>"#,
        r#"<Props><I64 N="p">1</I64></Props>"#,
        r#"<MS><I64 N="m">2</I64><MS N="PSStandardMembers"><S N="d">x</S></MS></MS></Obj>"#,
    );
    check(object, xml);
}

#[test]
fn the_parts_of_an_object_may_come_in_any_order() {
    let parts = [
        r#"<TN RefId="5"><T>T1</T></TN>"#,
        "<ToString>s</ToString>",
        "<I32>1</I32>",
        r#"<Props><I32 N="p">1</I32></Props>"#,
        r#"<MS><I32 N="m">1</I32></MS>"#,
    ];
    let forwards = parsed(&format!("<Obj>{}</Obj>", parts.concat()));
    let backwards: String = parts.into_iter().rev().collect();
    assert_eq!(parsed(&format!("<Obj>{backwards}</Obj>")), forwards);
}

#[test]
fn progress_record_as_a_primitive() {
    let record = ProgressRecord {
        activity: "Copy".into(),
        activity_id: 7,
        current_operation: Some("a.txt".into()),
        percent_complete: 50,
        record_type: ProgressRecordType::Completed,
        status_description: Some("half".into()),
        ..ProgressRecord::default()
    };
    let xml = concat!(
        "<PR><AV>Copy</AV><AI>7</AI><S>a.txt</S><PI>-1</PI><PC>50</PC><T>Completed</T>",
        "<SR>-1</SR><SD>half</SD></PR>",
    );
    check(Value::ProgressRecord(Box::new(record.clone())), xml);
    let silent = Value::ProgressRecord(Box::new(ProgressRecord { current_operation: None, ..record }));
    assert_eq!(parsed(&xml.replace("<S>a.txt</S>", "<Nil />")), silent);
    assert_eq!(parsed(&write(&silent)), silent);
}

#[test]
fn a_reference_names_its_object_and_is_numbered_anew() {
    let xml = concat!(
        r#"<Obj RefId="40"><LST><Obj RefId="41"><ToString>a</ToString></Obj><Ref RefId="41" />"#,
        r#"<Ref RefId="40" /></LST></Obj>"#,
    );
    let value = parsed(xml);
    let references = References::of(&value);
    let Some(Object { content: Content::List(items), .. }) = value.as_object() else { panic!() };
    assert_eq!(items[1..], [Value::Ref(RefId(41)), Value::Ref(RefId(40))]);
    assert_eq!(references.object(&items[1]), items[0].as_object());
    assert_eq!(references.object(&items[2]), value.as_object());
    assert_eq!(references.object(&items[0]), items[0].as_object());
    assert_eq!(references.object(&Value::Ref(RefId(0))), None);
    assert_eq!(write(&value), xml.replace("41", "1").replace("40", "0"));
}

#[test]
fn references_are_found_in_every_part_of_an_object() {
    let xml = concat!(
        r#"<Obj RefId="0">"#,
        r#"<Obj RefId="1"><DCT><En><Obj RefId="2" N="Key" /><Obj RefId="3" N="Value" /></En></DCT></Obj>"#,
        r#"<Props><Obj RefId="4" N="p" /></Props><MS><Obj RefId="5" N="m" /><MS N="s"><Obj RefId="6" N="m">"#,
        r#"<QUE><Obj RefId="7" /><Ref RefId="0" /></QUE></Obj></MS></MS></Obj>"#,
    );
    let value = parsed(xml);
    let references = References::of(&value);
    for number in 0..8 {
        let id = RefId(number);
        assert_eq!(references.object(&Value::Ref(id)).and_then(|object| object.ref_id), Some(id));
    }
}

#[test]
fn a_reference_to_nothing_is_written_as_null() {
    assert_eq!(write(&Value::Ref(RefId(3))), "<Nil />");
}

#[test]
fn properties_are_found_in_any_letter_case_and_the_last_counts() {
    let value = parsed(concat!(
        r#"<Obj RefId="0"><Props><I32 N="Both">1</I32><I32 N="Adapted">2</I32></Props>"#,
        r#"<MS><I64 N="CI">3</I64><I64 N="ci">4</I64><I32 N="both">5</I32>"#,
        r#"<I32 N="GRÖSSE">6</I32></MS></Obj>"#,
    ));
    assert_eq!(value.property("Ci"), Some(&Value::I64(4)));
    assert_eq!(value.property("BOTH"), Some(&Value::I32(5)));
    assert_eq!(value.property("adapted"), Some(&Value::I32(2)));
    assert_eq!(value.property("größe"), Some(&Value::I32(6)));
    assert_eq!(value.property("absent"), None);
}

#[test]
fn an_object_around_a_value_does_not_hide_it() {
    let enumeration = Value::from(Object::enumeration("System.DayOfWeek", "Monday", 1));
    let wrapped = Object { content: Content::Value(enumeration), ..Object::default() };
    assert_eq!(Value::from(wrapped).as_i32(), Some(1));

    let bag = Object::bag([("inner", Value::Bool(true))]);
    let wrapped = Value::from(Object { content: Content::Value(bag.into()), ..Object::default() });
    assert_eq!(wrapped.property("Inner"), Some(&Value::Bool(true)));
}

#[test]
fn integers_of_any_width_are_numbers_where_they_fit() {
    assert_eq!(Value::U64(7).as_i32(), Some(7));
    assert_eq!(Value::I64(i64::MAX).as_i32(), None);
    assert_eq!(Value::U64(u64::MAX).as_i64(), None);
    assert_eq!(Value::from("7").as_i64(), None);
}

#[test]
fn dictionary_entries_are_found_by_their_text() {
    let dictionary = Object::primitive_dictionary(vec![
        (Value::I32(1), "number".into()),
        ("PSVersionTable".into(), "table".into()),
    ]);
    assert_eq!(dictionary.entry("psversiontable"), Some(&"table".into()));
    assert_eq!(dictionary.entry("1"), None);
}

#[test]
fn spoilt_text_is_an_error_or_a_value_that_survives_writing() {
    let whole = concat!(
        r#"<Obj RefId="0"><TN RefId="0"><T>A.B</T></TN><ToString>a_x000A_&lt;</ToString><LST><S>x</S>"#,
        r#"<Obj RefId="1"><TNRef RefId="0" /><DCT><En><S N="Key">k</S>"#,
        r#"<DT N="Value">2018-06-13T23:46:12Z</DT></En></DCT></Obj><Ref RefId="1" /><TS>P1DT2H</TS><D>1.50</D><Db>1E5</Db><BA>AAH+</BA></LST>"#,
        r#"<Props><Version N="v">2.3</Version></Props>"#,
        r#"<MS><B N="b">true</B><MS N="s"><Nil N="n" /></MS></MS></Obj>"#,
    );
    for end in 0..whole.len() {
        assert!(read(&whole.as_bytes()[..end], &Limits::default()).is_err(), "cut at {end}");
    }
    for seed in 0..20_000 {
        let spoilt = Random::new(seed).mutate(whole.as_bytes());
        if let Ok(value) = read(&spoilt, &Limits::default()) {
            let written = write(&value);
            assert_eq!(write(&parsed(&written)), written);
        }
    }
}

#[test]
fn a_value_is_small() {
    assert!(size_of::<Value>() <= 32);
}
