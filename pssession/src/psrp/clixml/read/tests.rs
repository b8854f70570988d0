//! What the reader tolerates, and each thing that it refuses.

use super::*;

fn check(xml: &str, expected: Result<Value, ReadError>) {
    assert_eq!(read(xml.as_bytes(), &Limits::default()), expected, "{xml}");
}

fn check_refused(xml: &str, error: ReadError) {
    check(xml, Err(error));
}

fn string(text: &str) -> Result<Value, ReadError> {
    Ok(Value::from(text))
}

#[test]
fn text_in_all_its_forms() {
    check("<S>a&amp;b&#x41;&#66;<![CDATA[<c>]]>d</S>", string("a&bAB<c>d"));
    check("<S> \t\n </S>", string(" \t\n "));
    check("<S>a\r\nb\rc_x000D_</S>", string("a\nb\nc\r"));
    check("<S>_x0048__X0069_</S>", string("Hi"));
    check("<S>a<!-- no -->b<?no?>c</S>", string("abc"));
    check("<S></S>", string(""));
    // The escape is undone after XML's own, so it does not matter which of the two hides the underscore.
    check("<S>&#x5F;x0041_</S>", string("A"));
}

#[test]
fn what_means_nothing_is_passed_over() {
    check(
        "\u{feff}<?xml version='1.0'?>\n<!-- c -->\n<S xmlns='urn:x' S='Error' Z='1'>a</S>\n<!-- c -->\n",
        string("a"),
    );
    check("<p:S xmlns:p=\"urn:x\">a</p:S>", string("a"));
    check("<I32>\n 7 </I32>", Ok(Value::I32(7)));
    check("<Nil></Nil>", Ok(Value::Nil));
    check("<B>0</B>", Ok(Value::Bool(false)));
    check("<BA>AA\n H+\r\n</BA>", Ok(Value::ByteArray(vec![0, 1, 254])));
}

#[test]
fn a_property_name_is_unescaped_for_xml_and_for_clixml() {
    let value = read(br#"<Obj><MS><Nil N='a&lt;_x000A_&#x41;' /></MS></Obj>"#, &Limits::default()).unwrap();
    assert_eq!(value.property("a<\nA"), Some(&Value::Nil));
}

#[test]
fn text_that_is_not_in_the_form_of_its_type() {
    for (tag, texts) in [
        ("I32", &["", "x", "1.0", "2147483648", "0x1", "1 2"][..]),
        ("By", &["-1", "256"]),
        ("SB", &["128"]),
        ("C", &["a", "65536", "-1"]),
        ("U64", &["18446744073709551616"]),
        ("B", &["True", "yes", ""]),
        ("Db", &["inf", "infinity", "+INF", "nan", "1e", "", "-"]),
        ("Sg", &["Infinity", "1,5"]),
        ("D", &["1e3", "1,5"]),
        ("DT", &["2018-06-13"]),
        ("TS", &["1:00"]),
        ("G", &["b6631d8e", ""]),
        ("Version", &["2"]),
        ("BA", &["AAA", "A===", "AAH-", "A\u{a0}AA"]),
        ("SS", &["?"]),
    ] {
        for text in texts {
            check_refused(&format!("<{tag}>{text}</{tag}>"), ReadError::InvalidText(tag));
        }
    }
    check_refused("<PR><T>Done</T></PR>", ReadError::InvalidText("T"));
    check_refused("<PR><PC>half</PC></PR>", ReadError::InvalidText("PC"));
}

#[test]
fn elements_that_have_no_business_where_they_are() {
    let unexpected = |name: &str| ReadError::UnexpectedElement(name.to_owned());
    check_refused("<Objs><S>a</S></Objs>", unexpected("Objs"));
    check_refused("<s>a</s>", unexpected("s"));
    check_refused("<LST />", unexpected("LST"));
    check_refused("<S>a<B>true</B></S>", unexpected("B"));
    check_refused("<Nil><S /></Nil>", unexpected("S"));
    check_refused("<S>a</S><S>b</S>", unexpected("S"));
    check_refused("<Obj><I32>1</I32><LST /></Obj>", unexpected("LST"));
    check_refused("<Obj><LST /><I32>1</I32></Obj>", unexpected("I32"));
    check_refused("<Obj><TN><S>a</S></TN></Obj>", unexpected("S"));
    check_refused("<Obj><TN /><TNRef RefId=\"0\"><T /></TNRef></Obj>", unexpected("T"));
    check_refused("<Obj><DCT><S>a</S></DCT></Obj>", unexpected("S"));
    check_refused("<Obj><Props><MS N=\"a\" /></Props></Obj>", unexpected("MS"));
    check_refused("<Obj><MS><Props N=\"a\" /></MS></Obj>", unexpected("Props"));
    check_refused("<PR><XX /></PR>", unexpected("XX"));
    check_refused(&format!("<{0} />", "x".repeat(100)), unexpected(&"x".repeat(64)));
}

#[test]
fn text_between_elements() {
    for xml in [
        "a<S />",
        "<Obj>a</Obj>",
        "<Obj>&#32;</Obj>",
        "<Obj><![CDATA[ ]]></Obj>",
        "<Obj><MS>\u{a0}</MS></Obj>",
    ] {
        check_refused(xml, ReadError::UnexpectedText);
    }
    check_refused("<S />a", ReadError::UnexpectedText);
}

#[test]
fn text_that_ends_early() {
    for xml in ["", " ", "<!-- c -->", "<S>", "<S>a", "<Obj>", "<Obj><MS><I32 N=\"a\">1</I32>"] {
        check_refused(xml, ReadError::Truncated);
    }
}

#[test]
fn text_that_is_not_well_formed() {
    for xml in [
        "<S>a</B>",
        "</S>",
        "<S /></S>",
        "<",
        "<S",
        "<S><!x></S>",
        "<S>&amp</S>",
        "<S>&#xD800;</S>",
        "<S>&#0;</S>",
    ] {
        let error = read(xml.as_bytes(), &Limits::default());
        assert!(matches!(error, Err(ReadError::NotWellFormed(_))), "{xml}: {error:?}");
    }
    assert_eq!(read(b"<S>a\xFF</S>", &Limits::default()), Err(ReadError::NotWellFormed(5)));
    check_refused("<Obj RefId=1 />", ReadError::MalformedTag);
    check_refused("<Obj RefId />", ReadError::MalformedTag);
    check_refused("<Obj><MS><Nil N='&amp' /></MS></Obj>", ReadError::MalformedTag);
    check_refused("<S /><?xml version='1.0'?>", ReadError::NotWellFormed(26));
}

#[test]
fn document_types_and_entities() {
    check_refused("<!DOCTYPE S [<!ENTITY e \"x\">]><S>&e;</S>", ReadError::DocumentType);
    check_refused("<Obj><!DOCTYPE S></Obj>", ReadError::DocumentType);
    check_refused("<S>a<!DOCTYPE S></S>", ReadError::DocumentType);
    check_refused("<S>&e;</S>", ReadError::UnknownEntity("e".into()));
    check_refused("<S>&nbsp;</S>", ReadError::UnknownEntity("nbsp".into()));
    check_refused("<Obj><MS><Nil N='&e;' /></MS></Obj>", ReadError::UnknownEntity("e".into()));
}

#[test]
fn numbers_of_objects_and_type_names() {
    check_refused("<Obj RefId=\"x\" />", ReadError::InvalidRefId("Obj"));
    check_refused("<Obj RefId=\"-1\" />", ReadError::InvalidRefId("Obj"));
    check_refused("<Ref />", ReadError::InvalidRefId("Ref"));
    check_refused("<Obj><TNRef /></Obj>", ReadError::InvalidRefId("TNRef"));
    check_refused("<Obj><TN RefId=\"4294967296\" /></Obj>", ReadError::InvalidRefId("TN"));
    check_refused("<Obj><TNRef RefId=\"3\" /></Obj>", ReadError::UnknownTypeNames(3));
    check_refused(
        "<Obj><TN RefId=\"3\" /><LST><Obj><TN RefId=\"3\" /></Obj></LST></Obj>",
        ReadError::DuplicateTypeNames(3),
    );
    check_refused("<Ref RefId=\"0\" />", ReadError::UnknownObject(0));
    check_refused(
        "<Obj RefId=\"0\"><LST><Ref RefId=\"1\" /><Obj RefId=\"1\" /></LST></Obj>",
        ReadError::UnknownObject(1),
    );
    for ids in [[0, 0, 1], [1, 0, 1], [0, 1, 0], [5, 5, 0], [4294967295, 4294967295, 1], [1, 0, 0]] {
        let objects: String = ids.iter().map(|id| format!("<Obj RefId=\"{id}\" />")).collect();
        let result = read(format!("<Obj><LST>{objects}</LST></Obj>").as_bytes(), &Limits::default());
        assert!(matches!(result, Err(ReadError::DuplicateObject(id)) if ids.contains(&id)), "{ids:?}");
    }
}

#[test]
fn names_and_entries() {
    check_refused("<Obj><MS><S>a</S></MS></Obj>", ReadError::MissingName);
    check_refused("<Obj><Props><S>a</S></Props></Obj>", ReadError::MissingName);
    check_refused("<Obj><MS><MS /></MS></Obj>", ReadError::MissingName);
    for entry in [
        "",
        "<S N='Key'>a</S>",
        "<S N='Value'>a</S>",
        "<S N='Key'>a</S><S N='Key'>a</S>",
        "<S N='Key'>a</S><S N='Value'>a</S><S N='Value'>a</S>",
        "<S N='Key'>a</S><S>a</S>",
        "<S N='key'>a</S><S N='Value'>a</S>",
    ] {
        check_refused(&format!("<Obj><DCT><En>{entry}</En></DCT></Obj>"), ReadError::InvalidEntry);
    }
}

#[test]
fn nesting_up_to_the_limit() {
    let nested = |open: &str, close: &str, depth| format!("{}{}", open.repeat(depth), close.repeat(depth));
    for (open, close) in [
        ("<Obj><LST>", "</LST></Obj>"),
        ("<Obj>", "</Obj>"),
        ("<Obj><DCT><En><S N='Value' /><Obj N='Key'>", "</Obj></En></DCT></Obj>"),
    ] {
        let per_level = open.matches("<Obj").count();
        let deepest = nested(open, close, 100 / per_level);
        assert!(read(deepest.as_bytes(), &Limits::default()).is_ok(), "{deepest}");
        check_refused(&nested(open, close, 100 / per_level + 1), ReadError::TooDeep);
    }
    let sets = |depth| format!("<Obj><MS>{}</MS></Obj>", nested("<MS N='a'>", "</MS>", depth));
    assert!(read(sets(99).as_bytes(), &Limits::default()).is_ok());
    check_refused(&sets(100), ReadError::TooDeep);
    check_refused(&nested("<Obj><MS><Obj N='a'>", "", 1_000_000), ReadError::TooDeep);
    // Depth is not length.
    let side_by_side = format!("<Obj><LST>{}</LST></Obj>", "<Obj><MS /></Obj>".repeat(1000));
    assert!(read(side_by_side.as_bytes(), &Limits::default()).is_ok());
}

#[test]
fn counts_and_size_up_to_the_limit() {
    let limits = Limits { size: 80, nesting: 9, elements: 5, objects: 2, references: 1 };
    let refused = |xml: &str, limits, error| assert_eq!(read(xml.as_bytes(), &limits), Err(error));

    let xml = "<Obj RefId=\"0\"><LST><Obj /><S /><Ref RefId=\"0\" /></LST></Obj>";
    assert!(read(xml.as_bytes(), &limits).is_ok());
    refused(xml, Limits { size: xml.len() - 1, ..limits }, ReadError::TooLarge);
    refused(xml, Limits { elements: 4, ..limits }, ReadError::TooManyElements);
    refused(xml, Limits { objects: 1, ..limits }, ReadError::TooManyObjects);
    refused(xml, Limits { references: 0, ..limits }, ReadError::TooManyReferences);
}

#[test]
fn an_object_that_contains_itself_is_no_larger_than_its_text() {
    let value =
        read(b"<Obj RefId=\"0\"><LST><Ref RefId=\"0\" /><Ref RefId=\"0\" /></LST></Obj>", &Limits::default());
    let items = vec![Value::Ref(RefId(0)), Value::Ref(RefId(0))];
    let object = Object { ref_id: Some(RefId(0)), content: Content::List(items), ..Object::default() };
    assert_eq!(value, Ok(object.into()));
}
