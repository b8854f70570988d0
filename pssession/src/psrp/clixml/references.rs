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
        references.collect(value);
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
        match &object.content {
            Content::None => {}
            Content::Value(inner) => self.collect(inner),
            Content::List(items)
            | Content::Enumerable(items)
            | Content::Stack(items)
            | Content::Queue(items) => items.iter().for_each(|item| self.collect(item)),
            Content::Dictionary(entries) => entries.iter().for_each(|(key, value)| {
                self.collect(key);
                self.collect(value);
            }),
        }
        self.collect_properties(&object.adapted);
        self.collect_member_set(&object.extended);
    }

    fn collect_properties(&mut self, properties: &'v Properties) {
        properties.0.iter().for_each(|property| self.collect(&property.value));
    }

    fn collect_member_set(&mut self, set: &'v MemberSet) {
        self.collect_properties(&set.properties);
        set.sets.iter().for_each(|(_, set)| self.collect_member_set(set));
    }
}
