//! HostInfo: what a server may ask of the client's host (MS-PSRP 2.2.3.14).

use crate::psrp::clixml::{Content, Object, Value, type_names};

/// The host of a pool or of one pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HostInfo {
    /// For a pool: there is none, the server must not call back, and prompting commands fail there. For a pipeline: it
    /// has none of its own and uses the pool's.
    Null,
    /// A console of this size, in characters.
    Console { width: i32, height: i32 },
}

impl HostInfo {
    pub(crate) fn to_value(&self) -> Value {
        let default_data = match *self {
            HostInfo::Null => None,
            HostInfo::Console { width, height } => Some(host_default_data(width, height)),
        };
        let is_null = default_data.is_none();
        let flag = |name| (name, Value::Bool(is_null));
        let mut bag = Object::bag([flag("_isHostUINull"), flag("_isHostRawUINull"), flag("_isHostNull")]);
        let data = default_data.map(|data| ("_hostDefaultData", data));
        bag.extended.properties.extend(data.into_iter().chain([flag("_useRunspaceHost")]));
        bag.into()
    }
}

/// The state of the console at the start, by the numbers of MS-PSRP 2.2.3.14.
fn host_default_data(width: i32, height: i32) -> Value {
    const COLOR: &str = "System.ConsoleColor";
    const COORDINATES: &str = "System.Management.Automation.Host.Coordinates";
    const SIZE: &str = "System.Management.Automation.Host.Size";
    let size = || Object::bag([("width", Value::I32(width)), ("height", Value::I32(height))]).into();
    let origin = || Object::bag([("x", Value::I32(0)), ("y", Value::I32(0))]).into();
    let entries = [
        (9, "System.String", Value::from("")), // title
        (8, SIZE, size()),                     // largest window on this screen
        (7, SIZE, size()),                     // largest window in this buffer
        (6, SIZE, size()),                     // window
        (5, SIZE, size()),                     // buffer
        (4, "System.Int32", Value::I32(100)),  // cursor, in percent of a line
        (3, COORDINATES, origin()),            // window
        (2, COORDINATES, origin()),            // cursor
        (1, COLOR, Value::I32(-1)),            // background: the console's own
        (0, COLOR, Value::I32(-1)),            // foreground: the console's own
    ];
    let entries = entries.map(|(key, type_name, value)| {
        (Value::I32(key), Object::bag([("T", type_name.into()), ("V", value)]).into())
    });
    let data = Object {
        type_names: Some(type_names(["System.Collections.Hashtable", "System.Object"])),
        content: Content::Dictionary(entries.into()),
        ..Object::default()
    };
    Object::bag([("data", data.into())]).into()
}
