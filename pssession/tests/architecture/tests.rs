//! The finder finds what it is for.

use super::circles::{circles, describe};
use super::sources::{Arrow, Sources};
use std::collections::BTreeSet;

/// The arrows of a made-up crate.
fn arrows(files: &[(&str, &str)]) -> BTreeSet<Arrow> {
    let mut sources = Sources::default();
    sources.add("made", "made", "lib.rs", &|path| {
        files.iter().find(|(name, _)| format!("made/{name}") == path).map(|(_, text)| (*text).to_owned())
    });
    sources.arrows()
}

/// The circles of a made-up crate, as lists of file names.
fn found(files: &[(&str, &str)]) -> Vec<String> {
    let circles = circles(&arrows(files));
    circles.into_iter().map(|circle| Vec::from_iter(circle).join(" ").replace("made/", "")).collect()
}

#[test]
fn two_files_that_use_each_other_are_a_circle() {
    let files = [
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "use crate::b::B; pub struct A;"),
        ("b.rs", "pub struct B; fn f() -> super::a::A { todo!() }"),
        ("c.rs", "use crate::a::A; use crate::b::B;"),
    ];
    assert_eq!(found(&files), ["a.rs b.rs"]);
}

#[test]
fn a_re_export_leads_to_the_file_that_defines() {
    let files = [
        ("lib.rs", "mod room;"),
        ("room/mod.rs", "mod a; mod b; pub use a::A as Renamed; pub use b::{self, B};"),
        ("room/a.rs", "use super::B; pub struct A;"),
        ("room/b.rs", "use crate::room; pub struct B(room::Renamed);"),
    ];
    assert_eq!(found(&files), ["room/a.rs room/b.rs"]);
    let arrows = arrows(&files);
    let circle = circles(&arrows).pop_first().unwrap();
    assert!(describe(&circle, &arrows).contains("made/room/b.rs -> made/room/a.rs: A\n"));
}

#[test]
fn a_circle_of_three_goes_through_all() {
    let files = [
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "pub fn a() { crate::b::b() }"),
        ("b.rs", "use crate::c; pub fn b() { assert!(c::c(), \"text\") }"),
        ("c.rs", "pub fn c() -> bool { fn inner() { crate::a::a() } true }"),
    ];
    assert_eq!(found(&files), ["a.rs b.rs c.rs"]);
}

#[test]
fn a_module_and_a_child_that_uses_its_items_are_a_circle() {
    let files = [
        ("lib.rs", "mod a; pub struct A; fn f() { a::f() }"),
        ("a.rs", "pub fn f() -> super::A { todo!() }"),
    ];
    assert_eq!(found(&files), ["a.rs lib.rs"]);
}

#[test]
fn declarations_tests_and_names_of_modules_are_no_arrows() {
    let files = [
        ("lib.rs", "mod a; #[cfg(test)] mod missing;"),
        ("a.rs", "mod b; pub struct A; #[cfg(test)] mod tests { use super::*; use super::b::B; }"),
        ("a/b.rs", "use super::{A, super::a}; pub struct B;"),
    ];
    assert_eq!(found(&files), [""; 0]);
}
