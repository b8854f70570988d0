//! Files that need each other: read one of them, and all must be read.

use super::sources::Arrow;
use std::collections::{BTreeMap, BTreeSet};

/// The files of one circle.
pub type Circle = BTreeSet<String>;

/// The groups of files of which each uses each other, be it through others.
pub fn circles(arrows: &BTreeSet<Arrow>) -> BTreeSet<Circle> {
    let mut uses: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for arrow in arrows {
        uses.entry(&arrow.from).or_default().push(&arrow.to);
    }
    let reach: BTreeMap<&str, BTreeSet<&str>> =
        uses.keys().map(|file| (*file, reached(file, &uses))).collect();
    let circle = |file: &&str| -> Circle {
        let back = |other: &&&str| reach.get(**other).is_some_and(|reached| reached.contains(file));
        reach[file].iter().filter(back).map(|other| (*other).to_owned()).collect()
    };
    reach.keys().map(circle).filter(|circle| !circle.is_empty()).collect()
}

/// All files that a file uses, be it through others.
fn reached<'a>(file: &str, uses: &BTreeMap<&str, Vec<&'a str>>) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&str> = uses[file].clone();
    while let Some(file) = next.pop() {
        if reached.insert(file) {
            next.extend(uses.get(file).into_iter().flatten());
        }
    }
    reached
}

/// The items that make a circle, one arrow a line.
pub fn describe(circle: &Circle, arrows: &BTreeSet<Arrow>) -> String {
    let inside = arrows.iter().filter(|arrow| circle.contains(&arrow.from) && circle.contains(&arrow.to));
    inside.map(|Arrow { from, to, item }| format!("  {from} -> {to}: {item}\n")).collect()
}
