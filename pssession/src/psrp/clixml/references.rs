//! Finding the object that a `Ref` names.

use std::collections::HashMap;

use super::{Content, MemberSet, Object, Properties, RefId, Value};

/// The numbered objects of one message.
///
/// Made once per value that has references to follow. Following is bounded only by who follows: an object may
/// refer to one that contains it, and a short message can name the same objects again and again.
#[derive(Debug)]
pub(crate) struct References<'v>(HashMap<RefId, &'v Object>);

impl<'v> References<'v> {
    /// Looks through the whole value of a message.
    pub(crate) fn of(value: &'v Value) -> References<'v> {
        let mut references = References(HashMap::new());
        // Most values refer to nothing.
        if contains_reference(value) {
            references.collect(value);
        }
        references
    }

    /// The object which a value is or refers to; `None` where it is no object, or its message has none of
    /// that number.
    pub(crate) fn object(&self, value: &'v Value) -> Option<&'v Object> {
        if let Value::Ref(id) = value { self.0.get(id).copied() } else { value.as_object() }
    }

    fn collect(&mut self, value: &'v Value) {
        let Value::Object(object) = value else { return };
        if let Some(id) = object.ref_id {
            self.0.insert(id, object);
        }
        let _ = any_part(object, &mut |part| {
            self.collect(part);
            false
        });
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "all others hold no values")]
fn contains_reference(value: &Value) -> bool {
    match value {
        Value::Ref(_) => true,
        Value::Object(object) => any_part(object, &mut contains_reference),
        _ => false,
    }
}

/// Whether one of the values in an object is what is looked for.
fn any_part<'v>(object: &'v Object, is_it: &mut impl FnMut(&'v Value) -> bool) -> bool {
    let in_content = match &object.content {
        Content::None => false,
        Content::Value(inner) => is_it(inner),
        Content::List(items) | Content::Enumerable(items) | Content::Stack(items) | Content::Queue(items) => {
            items.iter().any(&mut *is_it)
        }
        Content::Dictionary(entries) => entries.iter().any(|(key, value)| is_it(key) || is_it(value)),
    };
    in_content || in_properties(&object.adapted, is_it) || in_member_set(&object.extended, is_it)
}

fn in_properties<'v>(properties: &'v Properties, is_it: &mut impl FnMut(&'v Value) -> bool) -> bool {
    properties.0.iter().any(|property| is_it(&property.value))
}

fn in_member_set<'v>(set: &'v MemberSet, is_it: &mut impl FnMut(&'v Value) -> bool) -> bool {
    in_properties(&set.properties, is_it) || set.sets.iter().any(|(_, set)| in_member_set(set, is_it))
}
