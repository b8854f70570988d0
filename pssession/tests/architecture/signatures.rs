//! The public signatures of the library name no type of a foreign crate, so that none of its dependencies is a part of
//! its interface.

use super::SOURCES;
use super::sources::{Segments, text};
use std::collections::BTreeSet;
use syn::Visibility::Public;
use syn::visit::{self, Visit};

/// A public item, or an implementation, which is public if its type is.
#[derive(Default)]
pub struct Signature {
    /// The name of the type or trait that it defines.
    pub defines: Option<String>,
    /// The type that it implements something for.
    pub implements: Option<Segments>,
    /// The types and traits that it names.
    pub paths: BTreeSet<Segments>,
}

impl Signature {
    /// Nothing for what only the crate sees. What `derive` implements is not seen.
    pub fn of(item: &syn::Item) -> Option<Signature> {
        let mut signature = Signature::default();
        let defines = match item {
            syn::Item::Const(item) if matches!(item.vis, Public(_)) => {
                signature.visit_type(&item.ty);
                None
            }
            syn::Item::Static(item) if matches!(item.vis, Public(_)) => {
                signature.visit_type(&item.ty);
                None
            }
            syn::Item::Fn(item) if matches!(item.vis, Public(_)) => {
                signature.visit_signature(&item.sig);
                None
            }
            syn::Item::Type(item) if matches!(item.vis, Public(_)) => {
                signature.visit_type(&item.ty);
                None
            }
            syn::Item::Enum(item) if matches!(item.vis, Public(_)) => {
                item.variants.iter().flat_map(|variant| &variant.fields).for_each(|field| {
                    signature.visit_type(&field.ty);
                });
                Some(text(&item.ident))
            }
            syn::Item::Struct(item) if matches!(item.vis, Public(_)) => {
                let public = item.fields.iter().filter(|field| matches!(field.vis, Public(_)));
                public.for_each(|field| signature.visit_type(&field.ty));
                Some(text(&item.ident))
            }
            syn::Item::Trait(item) if matches!(item.vis, Public(_)) => {
                signature.visit_item_trait(item);
                Some(text(&item.ident))
            }
            syn::Item::Impl(item) => {
                let syn::Type::Path(of) = &*item.self_ty else { return None };
                signature.implements =
                    Some(of.path.segments.iter().map(|segment| text(&segment.ident)).collect());
                signature.implementation(item);
                None
            }
            _ => return None,
        };
        Some(Signature { defines, ..signature })
    }

    /// All of a trait's, else what is public.
    fn implementation(&mut self, item: &syn::ItemImpl) {
        if item.trait_.is_some() {
            self.visit_item_impl(item);
            return;
        }
        for item in &item.items {
            match item {
                syn::ImplItem::Fn(item) if matches!(item.vis, Public(_)) => self.visit_signature(&item.sig),
                syn::ImplItem::Const(item) if matches!(item.vis, Public(_)) => self.visit_type(&item.ty),
                _ => {}
            }
        }
    }
}

impl<'ast> Visit<'ast> for Signature {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.paths.insert(path.segments.iter().map(|segment| text(&segment.ident)).collect());
        visit::visit_path(self, path);
    }

    /// Bodies, and the attributes on all, are no part of a signature.
    fn visit_block(&mut self, _: &'ast syn::Block) {}

    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}

    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}
}

/// Crates whose types may be in a signature.
const ALLOWED: &[&str] = &["serde_json", "std", "tokio", "uuid"];

/// Whether a path leads to another crate. What is not imported is of the language or its prelude, or a parameter.
fn is_of_another_crate(path: &str) -> bool {
    path.split_once("::").is_some_and(|(first, _)| !ALLOWED.contains(&first) && first != "Self")
}

#[test]
fn public_signatures_name_no_types_of_other_crates() {
    let used = SOURCES.in_signatures("pssession");
    assert!(used.iter().any(|used| used.path == "uuid::Uuid"), "the signatures are not found");
    let foreign: Vec<_> = used.iter().filter(|used| is_of_another_crate(&used.path)).collect();
    assert!(foreign.is_empty(), "{foreign:#?}");
}
