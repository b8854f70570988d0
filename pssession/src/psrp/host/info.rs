//! HostInfo: what a server is shown of the client's host (MS-PSRP 2.2.3.14).

use super::screen::{ConsoleColor, Coordinates, Size};
use crate::psrp::clixml::{Content, Object, Value, type_names};

/// The host of a command or of a session: what scripts find in `$Host`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Host {
    /// A command uses the host of its session. In a session without one a script that prompts fails, and what scripts
    /// write for people only is not sent.
    #[default]
    None,
    /// A terminal, or what takes the place of one. Scripts can write to it and ask questions.
    Terminal(Terminal),
}

/// A terminal as it is when a command starts.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Terminal {
    /// The size of its window.
    pub window: Size,
    /// The size of its buffer, which on Windows can be longer than the window.
    pub buffer: Size,
    /// Where the cursor is.
    pub cursor: Coordinates,
    /// `None` for the terminal's own.
    pub foreground: Option<ConsoleColor>,
    /// `None` for the terminal's own.
    pub background: Option<ConsoleColor>,
    /// The title of its window.
    pub title: String,
}

impl Terminal {
    /// A terminal of this size, in its own colors.
    pub fn new(width: i32, height: i32) -> Terminal {
        let size = Size { width, height };
        Terminal {
            window: size,
            buffer: size,
            cursor: Coordinates::default(),
            foreground: None,
            background: None,
            title: String::new(),
        }
    }

    /// By the numbers of MS-PSRP 2.2.3.14.
    fn default_data(&self) -> Value {
        const COLOR: &str = "System.ConsoleColor";
        const COORDINATES: &str = "System.Management.Automation.Host.Coordinates";
        const SIZE: &str = "System.Management.Automation.Host.Size";
        let entries = [
            (9, "System.String", self.title.as_str().into()),
            (8, SIZE, self.window.to_value()), // largest window on this screen
            (7, SIZE, self.window.to_value()), // largest window in this buffer
            (6, SIZE, self.window.to_value()),
            (5, SIZE, self.buffer.to_value()),
            (4, "System.Int32", Value::I32(Terminal::CURSOR_SIZE)),
            (3, COORDINATES, Coordinates::default().to_value()), // window
            (2, COORDINATES, self.cursor.to_value()),
            (1, COLOR, ConsoleColor::to_value(self.background)),
            (0, COLOR, ConsoleColor::to_value(self.foreground)),
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

    /// In percent of a line.
    pub(crate) const CURSOR_SIZE: i32 = 100;
}

impl Host {
    pub(crate) fn to_value(&self) -> Value {
        let default_data = match self {
            Host::None => None,
            Host::Terminal(terminal) => Some(terminal.default_data()),
        };
        let is_null = default_data.is_none();
        let flag = |name| (name, Value::Bool(is_null));
        let mut bag = Object::bag([flag("_isHostUINull"), flag("_isHostRawUINull"), flag("_isHostNull")]);
        let data = default_data.map(|data| ("_hostDefaultData", data));
        bag.extended.properties.extend(data.into_iter().chain([flag("_useRunspaceHost")]));
        bag.into()
    }
}
