use super::expression::int32_expression;
use super::*;
use crate::cli::common::Action;
use crate::cli::look::parameter_by_look;
use pssession::access::Authentication;
use pssession::cmdlet::get::SessionFilterState;
use pssession::cmdlet::selection::SessionReference;
use pssession::session_option::OutputBufferingMode;
use uuid::Uuid;

#[test]
fn int32_literals() {
    for (text, number) in [
        ("4", 4),
        (" 4 ", 4),
        ("-5", -5),
        ("+5", 5),
        ("0x10", 16),
        ("-0X1f", -31),
        ("1kb", 1024),
        ("2MB", 2 * 1024 * 1024),
        ("1gb", 1024 * 1024 * 1024),
        ("0x1kb", 1024),
        ("2147483647", i32::MAX),
        ("-2147483648", i32::MIN),
        ("007", 7),
    ] {
        assert_eq!(int32(text), Ok(number), "{text}");
    }
    for text in ["", " ", "abc", "-", "--5", "0x", "kb", "1.5", "60*60*15", "1_000", "٣", "1 2", "5\u{0}"] {
        assert_eq!(int32(text), Err(not_a_number(text)), "{text}");
    }
}

fn not_a_number(text: &str) -> ConversionError {
    cannot_convert(text, "System.Int32", Reason::NotANumber(text.to_owned()))
}

/// A shell's word is PowerShell's number, so the number is what could not be converted.
#[test]
fn an_integer_that_is_no_int32_is_shown_as_a_number() {
    for (text, number) in [
        ("2147483648", "2147483648"),
        ("-2147483649", "-2147483649"),
        ("2gb", "2147483648"),
        ("1pb", "1125899906842624"),
        ("0xFFFFFFFFF", "68719476735"),
        ("99999999999999999999pb", "99999999999999999999pb"),
    ] {
        assert_eq!(int32(text), Err(cannot_convert(number, "System.Int32", Reason::NotAnInt32)), "{text}");
    }
}

#[test]
fn int32_expressions() {
    for (text, number) in [
        ("60*60*15", 54_000),
        (" ( 60 * 60 ) * 15 ", 54_000),
        ("4", 4),
        ("-4", -4),
        ("2+3*4", 14),
        ("(2+3)*4", 20),
        ("10-3-2", 5),
        ("2*-3", -6),
        ("-(2-5)", 3),
        ("1kb*0x10", 16_384),
        ("2147483648-1", i32::MAX),
    ] {
        assert_eq!(int32_expression(text), Ok(number), "{text}");
    }
    let deep = format!("{}1{}", "(".repeat(100_000), ")".repeat(100_000));
    let minus = "-".repeat(100_000) + "1";
    for text in
        ["", "()", "1+", "*1", "1 2", "(1", "1)", "60/2", "1.5", "a", "1+b", "é", "1;2", &deep, &minus]
    {
        assert_eq!(int32_expression(text), Err(not_a_number(text)), "{text:.20}");
    }
    for text in ["2147483647+1", "60*60*60*60*60*60", "1pb*1pb*1pb", "99999999999999999999", "-2147483648-1"]
    {
        let expected = Err(cannot_convert(text, "System.Int32", Reason::NotAnInt32));
        assert_eq!(int32_expression(text), expected, "{text}");
    }
}

#[test]
fn guids_in_five_forms() {
    let expected: Uuid = "934b6b5b-0123-4567-89ab-cdef01234567".parse().unwrap();
    for text in [
        "934b6b5b0123456789abcdef01234567",
        "934B6B5B-0123-4567-89AB-CDEF01234567",
        "{934b6b5b-0123-4567-89ab-cdef01234567}",
        " (934b6b5b-0123-4567-89ab-cdef01234567) ",
        "{0x934b6b5b,0x0123,0x4567,{0x89,0xab,0xcd,0xef,0x01,0x23,0x45,0x67}}",
        "{0x934b6b5b, 0x123, 0x4567, {0x89, 0xab, 0xcd, 0xef, 0x1, 0x23, 0x45, 0x67}}",
    ] {
        assert_eq!(guid(text), Ok(expected), "{text}");
    }
}

#[test]
fn what_is_wrong_with_a_guid() {
    use Reason::{GuidDashes, GuidDigits, GuidLength, GuidPrefix, NotAGuid};
    for (text, reason) in [
        ("", NotAGuid),
        ("4", NotAGuid),
        ("934b6b5b0123456789abcdef0123456", NotAGuid),
        ("934b6b5b-0123-4567-89ab-cdef0123456", GuidLength),
        ("934b6b5b0123456789abcdef012345678", GuidLength),
        ("{934b6b5b-0123-4567-89ab-cdef0123456}", GuidLength),
        ("{934b6b5b-0123-4567-89ab-cdef01234567)", GuidLength),
        ("(934b6b5b0123456789abcdef01234567)", GuidLength),
        ("urn:uuid:934b6b5b-0123-4567-89ab-cdef01234567", GuidLength),
        ("934b6b5b-0123-4567-89ab4cdef01234567", GuidDashes),
        ("934b6b5b-0123-4567-89ab-cdef0123456g", GuidDigits),
        ("934b6b5b0123456789abcdef0123456g", GuidDigits),
        ("{934b6b5b0123456789abcdef01234567}", GuidPrefix),
        ("{0x934b6b5b,0x0123,0x4567,{0x89,0xab,0xcd,0xef,0x01,0x23,0x45}}", NotAGuid),
        ("{0x934b6b5b,0x10000,0x4567,{0x89,0xab,0xcd,0xef,0x01,0x23,0x45,0x67}}", NotAGuid),
        ("{0x934b6b5b,0x0123,0x4567,{0x89,0xab,0xcd,0xef,0x01,0x23,0x45,0x+7}}", NotAGuid),
        ("{0x,0x,0x,{0x,0x,0x,0x,0x,0x,0x,0x}}", NotAGuid),
        ("{0x}", NotAGuid),
    ] {
        assert_eq!(guid(text), Err(cannot_convert(text, "System.Guid", reason)), "{text}");
    }
}

#[test]
fn commas_inside_a_guid_do_not_separate() {
    let form_x = "{0x934b6b5b,0x0123,0x4567,{0x89,0xab,0xcd,0xef,0x01,0x23,0x45,0x67}}";
    assert_eq!(guids(&format!("{form_x} , a,}}b")), [form_x, "a", "}b"]);
}

#[test]
fn enumerations() {
    const TYPE_NAME: &str = <Authentication as Enumeration>::TYPE_NAME;
    for (text, member) in [
        ("Default", Authentication::Default),
        ("kerberos", Authentication::Kerberos),
        ("K", Authentication::Kerberos),
        ("Negotiate", Authentication::Negotiate),
        ("NegotiateWith", Authentication::NegotiateWithImplicitCredential),
        ("4", Authentication::Credssp),
        ("0x4", Authentication::Credssp),
    ] {
        assert_eq!(enumeration(text), Ok(member), "{text}");
    }
    let names =
        ["Default", "Basic", "Negotiate", "NegotiateWithImplicitCredential", "Credssp", "Digest", "Kerberos"];
    for text in ["NTLM", "é", "1.5", "Basic,", "Basic,Foo"] {
        let reason = Reason::NoSuchEnumerator { name: text.into(), members: names.to_vec() };
        let error = cannot_convert(text, TYPE_NAME, reason);
        assert_eq!(enumeration::<Authentication>(text), Err(error), "{text}");
    }
    for (text, members) in [("d", vec!["Default", "Digest"]), ("", names.to_vec())] {
        let reason = Reason::SimilarEnumerators { name: text.into(), members };
        assert_eq!(enumeration::<Authentication>(text), Err(cannot_convert(text, TYPE_NAME, reason)));
    }
    for (text, number) in [("7", "7"), ("-1", "-1"), ("99999999999", "99999999999"), ("1kb", "1024")] {
        let error = ConversionError::UndefinedNumber {
            value: number.into(),
            type_name: TYPE_NAME,
            members: names.to_vec(),
        };
        assert_eq!(enumeration::<Authentication>(text), Err(error), "{text}");
    }
}

#[test]
fn members_are_ordered_by_number() {
    fn is_ordered<E: Enumeration>() {
        let numbers: Vec<_> = E::MEMBERS.iter().map(|(_, member)| member.number()).collect();
        assert!(numbers.is_sorted_by(|a, b| a < b), "{}", <E as Enumeration>::TYPE_NAME);
    }
    is_ordered::<Authentication>();
    is_ordered::<Action>();
    is_ordered::<SessionFilterState>();
    is_ordered::<OutputBufferingMode>();
    is_ordered::<pssession::session_option::ProxyAccessType>();
}

#[test]
fn switch_values() {
    for (text, value) in [
        ("$true", Some(true)),
        ("TRUE", Some(true)),
        ("1", Some(true)),
        ("$False", Some(false)),
        ("false", Some(false)),
        ("0", Some(false)),
        ("", None),
        ("yes", None),
        ("$null", None),
    ] {
        assert_eq!(boolean(text), value, "{text}");
    }
}

#[test]
fn the_look_of_a_word() {
    for (text, name) in [
        ("4", "Id"),
        ("1,4", "Id"),
        ("-5", "Id"),
        ("934b6b5b-0123-4567-89ab-cdef01234567", "InstanceId"),
        ("{934b6b5b-0123-4567-89ab-cdef01234567},934b6b5b0123456789abcdef01234567", "InstanceId"),
        ("00000000000000000000000000000000", "InstanceId"),
        ("http://s:5985/wsman", "ConnectionUri"),
        ("ftp://s", "ConnectionUri"),
        ("Server01", "ComputerName"),
        ("4,Server01", "ComputerName"),
        ("0x10", "ComputerName"),
        ("", "ComputerName"),
        ("192.168.0.7", "ComputerName"),
        ("-", "Session"),
    ] {
        assert_eq!(parameter_by_look(text).name, name, "{text}");
    }
}

#[test]
fn session_references() {
    assert_eq!(session_reference(" 4 "), Ok(SessionReference::Id(4)));
    assert_eq!(session_reference("ITTask"), Ok(SessionReference::Name("ITTask".into())));
    let text = "934b6b5b-0123-4567-89ab-cdef01234567";
    assert_eq!(session_reference(text), Ok(SessionReference::InstanceId(text.parse().unwrap())));
    assert_eq!(
        session_reference("99999999999"),
        Err(cannot_convert("99999999999", "System.Int32", Reason::NotAnInt32))
    );
}
