//! What holds for every table, and how a table is held against Windows' own metadata.

use super::*;
use crate::cli::cmdlets::TABLES;
use crate::cli::environment::ReadFile;
use crate::cli::parameter::{Pipeline, Validation};
use std::collections::HashSet;

/// Name, type, aliases, validation and pipeline input of parameters.
pub type Metadata<'a> = &'a [(&'a str, &'a str, &'a [&'a str], Validation, Pipeline)];

/// Checks the parameter sets against lines of a name and a mark for each set: M mandatory, M0 mandatory and at
/// position 0, M1 at position 1, o optional, - not there.
#[track_caller]
pub fn has_sets(table: &Table, lines: &str) {
    let mut names = HashSet::new();
    for line in lines.trim().lines() {
        let mut words = line.split_whitespace();
        let name = words.next().unwrap();
        names.insert(name);
        let expected: Vec<_> = words
            .map(|word| match word {
                "M" => Membership::Mandatory,
                "M0" => Membership::MandatoryAt(0),
                "M1" => Membership::MandatoryAt(1),
                "o" => Membership::Optional,
                _ => Membership::No,
            })
            .collect();
        assert_eq!(own(table, name).sets, expected, "{name}");
    }
    assert_eq!(table.rows.iter().map(|row| row.parameter.name).collect::<HashSet<_>>(), names);
}

#[track_caller]
fn own(table: &Table, name: &str) -> &'static Row {
    table.rows.iter().find(|row| row.parameter.name == name).unwrap()
}

#[track_caller]
pub fn has_metadata(table: &Table, metadata: Metadata) {
    for (name, type_name, aliases, validation, pipeline) in metadata {
        let parameter = own(table, name).parameter;
        let found =
            (parameter.kind.short_name(), parameter.aliases, parameter.validation, parameter.pipeline);
        assert_eq!(found, (*type_name, *aliases, *validation, *pipeline), "{name}");
    }
    assert_eq!(table.rows.len(), metadata.len());
}

/// Checks the syntax lines against those of Windows' help page.
#[track_caller]
pub fn has_syntax(table: &Table, lines: &[&str]) {
    let found: Vec<_> =
        (0..table.sets.len()).map(|set| crate::cli::help::syntax(table, set).join(" ")).collect();
    assert_eq!(found, lines);
}

#[test]
fn names_are_there_once_and_explained() {
    for table in TABLES {
        let cmdlet = table.cmdlet.name();
        let mut names = HashSet::new();
        for parameter in table.parameters() {
            for name in parameter.names() {
                assert!(names.insert(name.to_ascii_lowercase()), "{cmdlet}: {name} is there twice");
                assert!(name.is_ascii(), "{cmdlet}: {name}");
            }
            let name = parameter.name;
            for text in [parameter.help, parameter.details] {
                assert!(text.is_empty() || text.ends_with('.'), "{cmdlet} -{name}: {text}");
                assert!(!text.contains("  "), "{cmdlet} -{name}: {text}");
            }
            assert!(!parameter.help.is_empty(), "{cmdlet} -{name} has no help");
            assert!(!parameter.standard_input || parameter.kind.is_array(), "{cmdlet} -{name}");
        }
        for option in table.options {
            assert!(names.insert(option.name.to_owned()), "{} is there twice", option.name);
            assert!(option.name.starts_with("--") && option.name == option.name.to_ascii_lowercase());
            assert!(option.help.ends_with('.'), "{} has no help", option.name);
        }
        crate::cli::grammar::command(table, ReadFile::default()).debug_assert();
    }
}

#[test]
fn every_set_can_be_recognized() {
    for table in TABLES {
        let cmdlet = table.cmdlet.name();
        for row in table.rows {
            let name = row.parameter.name;
            assert_eq!(row.sets.len(), table.sets.len(), "{cmdlet} -{name}");
            let is_mandatory = (0..row.sets.len()).any(|set| row.is_mandatory_in(set));
            assert!(!is_mandatory || !row.parameter.details.is_empty(), "{cmdlet} -{name} has no details");
        }
        assert!(table.sets.len() <= 32, "a set mask has 32 bits");
        assert!(table.default_set < table.sets.len());
        for (set, name) in table.sets.iter().enumerate() {
            // Either something must be there, or is there in this set only besides sets that want more.
            let is_unique = table.rows.iter().any(|row| {
                let others_want_more = |other| {
                    let stands = row.mask().contains(other);
                    other == set || !stands || table.rows.iter().any(|row| row.is_mandatory_in(other))
                };
                row.is_mandatory_in(set)
                    || (row.mask().contains(set) && (0..table.sets.len()).all(others_want_more))
            });
            assert!(is_unique, "{cmdlet}: {name} is ambiguous");
        }
    }
}

#[test]
fn cmdlets_have_names_of_their_own_and_examples() {
    let mut names = HashSet::new();
    for table in TABLES {
        let name = table.cmdlet.name().to_ascii_lowercase();
        assert!(table.alias.is_empty() || names.insert(table.alias.to_owned()), "{name}");
        assert!(!table.examples.is_empty() && table.synopsis.ends_with('.'), "{name}");
        for example in table.examples {
            assert!(example.command.contains(&name), "{}", example.command);
            assert!(example.explanation.ends_with('.'), "{}", example.command);
        }
        assert!(names.insert(name));
    }
}
