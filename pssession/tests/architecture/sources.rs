//! Which file uses what of which other: the paths of Rust sources, resolved to the files that define their items.

use super::signatures::Signature;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use syn::ext::IdentExt;
use syn::visit::{self, Visit};

/// An item that one file uses and another defines.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Arrow {
    pub from: String,
    pub to: String,
    pub item: String,
}

/// What a file uses beyond the sources: paths into the standard library and other crates.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Foreign {
    pub from: String,
    pub path: String,
}

/// A path, such as `["pssession", "wsman", "Fault"]`; that of a module begins with its crate.
pub type Segments = Vec<String>;

/// One module: what its names stand for, and the paths that its code mentions.
#[derive(Default)]
struct Module {
    file: String,
    names: BTreeMap<String, Vec<Name>>,
    mentioned: BTreeSet<Segments>,
    /// The public items, and the implementations that may be public.
    signatures: Vec<Signature>,
}

enum Name {
    Item,
    Module,
    Import(Segments),
}

enum Meaning {
    Item { file: String, name: String },
    Module(Segments),
    Foreign(Segments),
}

/// The modules of all crates, without their tests.
#[derive(Default)]
pub struct Sources {
    modules: BTreeMap<Segments, Module>,
    pub texts: BTreeMap<String, String>,
}

impl Sources {
    /// Reads crates from their names, the folders of their sources and the names of their root files.
    pub fn read(root: &Path, crates: &[(&str, &str, &str)]) -> Sources {
        let mut sources = Sources::default();
        for &(name, folder, file) in crates {
            sources.add(name, folder, file, &|path| fs::read_to_string(root.join(path)).ok());
        }
        sources
    }

    /// Adds the crate `name`, whose files come from `read`.
    pub fn add(&mut self, name: &str, folder: &str, file: &str, read: &dyn Fn(&str) -> Option<String>) {
        let mut files = vec![(vec![name.to_owned()], format!("{folder}/{file}"), folder.to_owned())];
        while let Some((path, file, folder)) = files.pop() {
            let text = read(&file).unwrap_or_else(|| panic!("no file {file}"));
            let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
            self.texts.insert(file.clone(), text);
            let mut reader =
                Reader { file, path: path.clone(), modules: BTreeMap::new(), children: Vec::new() };
            reader.enter(path.clone(), &parsed.items);
            self.modules.append(&mut reader.modules);
            for child in reader.children {
                let path = [&path[..], std::slice::from_ref(&child)].concat();
                let folder = format!("{folder}/{child}");
                let file = format!("{folder}.rs");
                let file = if read(&file).is_some() { file } else { format!("{folder}/mod.rs") };
                files.push((path, file, folder));
            }
        }
    }

    /// All uses of one file's items by another.
    pub fn arrows(&self) -> BTreeSet<Arrow> {
        let arrow = |from: &Module, meaning| match meaning {
            Meaning::Item { file, name } if file != from.file => {
                Some(Arrow { from: from.file.clone(), to: file, item: name })
            }
            Meaning::Item { .. } | Meaning::Module(_) | Meaning::Foreign(_) => None,
        };
        self.meanings().filter_map(|(module, meaning)| arrow(module, meaning)).collect()
    }

    /// All uses of what is defined elsewhere.
    pub fn foreign(&self) -> BTreeSet<Foreign> {
        let foreign = |from: &Module, meaning| match meaning {
            Meaning::Foreign(path) => Some(Foreign { from: from.file.clone(), path: path.join("::") }),
            Meaning::Item { .. } | Meaning::Module(_) => None,
        };
        self.meanings().filter_map(|(module, meaning)| foreign(module, meaning)).collect()
    }

    /// What the public signatures of a crate name that is defined elsewhere.
    pub fn in_signatures(&self, name: &str) -> BTreeSet<Foreign> {
        let modules = || self.modules.iter().filter(|(at, _)| at[0] == name);
        let public: BTreeSet<_> = modules()
            .flat_map(|(_, module)| module.signatures.iter().map(move |one| (&module.file, one)))
            .filter_map(|(file, one)| Some((file.clone(), one.defines.clone()?)))
            .collect();
        let is_public = |at: &[String], signature: &Signature| match &signature.implements {
            None => true,
            Some(path) => match self.resolve(at, path, &mut Vec::new()) {
                Meaning::Item { file, name } => public.contains(&(file, name)),
                Meaning::Module(_) | Meaning::Foreign(_) => false,
            },
        };
        let mut foreign = BTreeSet::new();
        for (at, module) in modules() {
            let signatures = module.signatures.iter().filter(|signature| is_public(at, signature));
            for path in signatures.flat_map(|signature| &signature.paths) {
                if let Meaning::Foreign(path) = self.resolve(at, path, &mut Vec::new()) {
                    foreign.insert(Foreign { from: module.file.clone(), path: path.join("::") });
                }
            }
        }
        foreign
    }

    fn meanings(&self) -> impl Iterator<Item = (&Module, Meaning)> {
        self.modules.iter().flat_map(move |(at, module)| {
            module.mentioned.iter().map(move |path| (module, self.resolve(at, path, &mut Vec::new())))
        })
    }

    /// What a path means in the module `at`. `seen` are the imports that led here, since imports may go round.
    fn resolve(&self, at: &[String], path: &[String], seen: &mut Vec<(Segments, String)>) -> Meaning {
        let (first, rest) = path.split_first().expect("a path has a segment");
        match first.as_str() {
            "crate" => self.walk(&at[..1], rest, seen),
            "self" => self.walk(at, rest, seen),
            "super" if at.len() > 1 => self.walk(&at[..at.len() - 1], rest, seen),
            _ => match self.named(at, first, !rest.is_empty(), seen) {
                Some(meaning) => self.go_on(meaning, rest, seen),
                None if self.modules.contains_key(&path[..1]) => self.walk(&path[..1], rest, seen),
                None => Meaning::Foreign(path.to_vec()),
            },
        }
    }

    /// What a path means that begins at the module `at`, where no other crate is visible.
    fn walk(&self, at: &[String], path: &[String], seen: &mut Vec<(Segments, String)>) -> Meaning {
        let Some((first, rest)) = path.split_first() else { return Meaning::Module(at.to_vec()) };
        if first == "super" {
            return self.walk(&at[..at.len() - 1], rest, seen);
        }
        match self.named(at, first, !rest.is_empty(), seen) {
            Some(meaning) => self.go_on(meaning, rest, seen),
            // The compiler knows it: a glob, or what a macro of that module has made.
            None => Meaning::Item { file: self.modules[at].file.clone(), name: first.clone() },
        }
    }

    fn go_on(&self, meaning: Meaning, rest: &[String], seen: &mut Vec<(Segments, String)>) -> Meaning {
        match meaning {
            Meaning::Module(path) => self.walk(&path, rest, seen),
            Meaning::Foreign(path) => Meaning::Foreign([&path[..], rest].concat()),
            // What is behind an item is a part of it: an associated function or a variant.
            Meaning::Item { .. } => meaning,
        }
    }

    /// What a name means in the module `at`: before other segments rather a module, else rather an item.
    fn named(
        &self,
        at: &[String],
        name: &str,
        leads_on: bool,
        seen: &mut Vec<(Segments, String)>,
    ) -> Option<Meaning> {
        let module = self.modules.get(at)?;
        let mark = (at.to_vec(), name.to_owned());
        if seen.contains(&mark) {
            return None;
        }
        seen.push(mark);
        let mut meanings: Vec<Meaning> = Vec::new();
        for candidate in module.names.get(name).into_iter().flatten() {
            meanings.push(match candidate {
                Name::Item => Meaning::Item { file: module.file.clone(), name: name.to_owned() },
                Name::Module => Meaning::Module([at, &[name.to_owned()]].concat()),
                Name::Import(path) => self.resolve(at, path, seen),
            });
        }
        seen.pop();
        let wanted = |meaning: &Meaning| matches!(meaning, Meaning::Module(_)) == leads_on;
        let index = meanings.iter().position(wanted).or((!meanings.is_empty()).then_some(0));
        index.map(|index| meanings.swap_remove(index))
    }
}

/// Reads the modules of one file.
struct Reader {
    file: String,
    path: Segments,
    modules: BTreeMap<Segments, Module>,
    /// The modules that have files of their own.
    children: Vec<String>,
}

impl Reader {
    fn enter(&mut self, path: Segments, items: &[syn::Item]) {
        let outer = std::mem::replace(&mut self.path, path);
        for item in items {
            self.visit_item(item);
        }
        self.path = outer;
    }

    fn module(&mut self) -> &mut Module {
        let module = self.modules.entry(self.path.clone()).or_default();
        module.file.clone_from(&self.file);
        module
    }

    fn name(&mut self, name: &str, is: Name) {
        self.module().names.entry(name.to_owned()).or_default().push(is);
    }

    fn import(&mut self, tree: &syn::UseTree, mut path: Segments) {
        match tree {
            syn::UseTree::Path(inner) => {
                path.push(text(&inner.ident));
                self.import(&inner.tree, path);
            }
            syn::UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.import(tree, path.clone()));
            }
            syn::UseTree::Name(inner) => self.import_as(path, &inner.ident, None),
            syn::UseTree::Rename(inner) => self.import_as(path, &inner.ident, Some(&inner.rename)),
            // All variants of an enum, or whatever a module has.
            syn::UseTree::Glob(_) => {
                path.push("*".to_owned());
                self.module().mentioned.insert(path);
            }
        }
    }

    fn import_as(&mut self, mut path: Segments, name: &syn::Ident, rename: Option<&syn::Ident>) {
        // `use a::{self}` imports `a`.
        if name != "self" {
            path.push(text(name));
        }
        let name = rename.map(text).or(path.last().cloned()).expect("an import has a name");
        self.module().mentioned.insert(path.clone());
        self.name(&name, Name::Import(path));
    }

    /// Paths in the arguments of a macro, which no parser knows: names that `::` joins.
    fn tokens(&mut self, tokens: impl ToString) {
        let tokens = tokens.to_string().replace(" :: ", "::");
        let word = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
        for path in tokens.split(|c| !word(c)).filter(|path| path.contains("::")) {
            let path: Segments = path.split("::").map(str::to_owned).collect();
            if path.iter().all(|segment| !segment.is_empty()) {
                self.module().mentioned.insert(path);
            }
        }
    }
}

pub fn text(ident: &syn::Ident) -> String {
    ident.unraw().to_string()
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::List(list) => {
            let condition = list.tokens.to_string().replace(' ', "");
            list.path.is_ident("cfg") && ["test", "any(test,fuzzing)"].contains(&condition.as_str())
        }
        _ => false,
    })
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        match item {
            syn::Item::Const(item) => self.name(&text(&item.ident), Name::Item),
            syn::Item::Enum(item) => self.name(&text(&item.ident), Name::Item),
            syn::Item::Fn(item) => self.name(&text(&item.sig.ident), Name::Item),
            syn::Item::Static(item) => self.name(&text(&item.ident), Name::Item),
            syn::Item::Struct(item) => self.name(&text(&item.ident), Name::Item),
            syn::Item::Trait(item) => self.name(&text(&item.ident), Name::Item),
            syn::Item::Type(item) => self.name(&text(&item.ident), Name::Item),
            syn::Item::Union(item) => self.name(&text(&item.ident), Name::Item),
            syn::Item::Mod(item) if !is_test(&item.attrs) => self.name(&text(&item.ident), Name::Module),
            _ => {}
        }
        self.module().signatures.extend(Signature::of(item));
        visit::visit_item(self, item);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let name = text(&item.ident);
        match &item.content {
            _ if is_test(&item.attrs) => {}
            Some((_, items)) => self.enter([&self.path[..], &[name]].concat(), items),
            None => self.children.push(name),
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.import(&item.tree, Vec::new());
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let path_of = path.segments.iter().map(|segment| text(&segment.ident)).collect();
        self.module().mentioned.insert(path_of);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        self.tokens(&item.tokens);
        visit::visit_macro(self, item);
    }
}
