//! What a console is made of (MS-PSRP 2.2.3.1 to 2.2.3.8).

use crate::psrp::clixml::{Object, Value};

/// System.ConsoleColor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "their names say which they are")]
pub enum ConsoleColor {
    Black,
    DarkBlue,
    DarkGreen,
    DarkCyan,
    DarkRed,
    DarkMagenta,
    DarkYellow,
    Gray,
    DarkGray,
    Blue,
    Green,
    Cyan,
    Red,
    Magenta,
    Yellow,
    White,
}

impl ConsoleColor {
    const ALL: [ConsoleColor; 16] = {
        use ConsoleColor::*;
        [
            Black,
            DarkBlue,
            DarkGreen,
            DarkCyan,
            DarkRed,
            DarkMagenta,
            DarkYellow,
            Gray,
            DarkGray,
            Blue,
            Green,
            Cyan,
            Red,
            Magenta,
            Yellow,
            White,
        ]
    };

    /// `None` for the console's own color, which is -1, and for a number that is no color.
    pub(super) fn of(value: &Value) -> Option<ConsoleColor> {
        ConsoleColor::ALL.get(usize::try_from(value.as_i32()?).ok()?).copied()
    }

    pub(super) fn to_value(color: Option<ConsoleColor>) -> Value {
        Value::I32(color.map_or(-1, |color| color as i32))
    }
}

/// A position, in characters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Coordinates {
    /// From the left.
    pub x: i32,
    /// From the top.
    pub y: i32,
}

impl Coordinates {
    pub(super) fn of(value: &Value) -> Option<Coordinates> {
        Some(Coordinates { x: number(value, "x")?, y: number(value, "y")? })
    }

    pub(super) fn to_value(self) -> Value {
        Object::bag([("x", Value::I32(self.x)), ("y", Value::I32(self.y))]).into()
    }
}

/// A size, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "their names say which they are")]
pub struct Size {
    pub width: i32,
    pub height: i32,
}

impl Size {
    pub(super) fn of(value: &Value) -> Option<Size> {
        Some(Size { width: number(value, "width")?, height: number(value, "height")? })
    }

    pub(super) fn to_value(self) -> Value {
        Object::bag([("width", Value::I32(self.width)), ("height", Value::I32(self.height))]).into()
    }
}

/// A region, in characters; its edges belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "their names say which they are")]
pub struct Rectangle {
    pub left: i32,
    pub top: i32,
    pub right: i32,
    pub bottom: i32,
}

impl Rectangle {
    pub(super) fn of(value: &Value) -> Option<Rectangle> {
        let edge = |name| number(value, name);
        let (left, top) = (edge("left")?, edge("top")?);
        Some(Rectangle { left, top, right: edge("right")?, bottom: edge("bottom")? })
    }
}

/// A character on the screen, with its colors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BufferCell {
    /// A UTF-16 code unit.
    pub character: u16,
    /// `None` for the console's own.
    pub foreground: Option<ConsoleColor>,
    /// `None` for the console's own.
    pub background: Option<ConsoleColor>,
    /// 0 for a whole character, 1 for the first half of a wide one, 2 for the second.
    pub cell_type: i32,
}

impl BufferCell {
    pub(super) fn of(value: &Value) -> Option<BufferCell> {
        let Value::Char(character) = *value.property("character")?.base() else { return None };
        let color = |name| value.property(name).and_then(ConsoleColor::of);
        let cell_type = number(value, "bufferCellType")?;
        let (foreground, background) = (color("foregroundColor"), color("backgroundColor"));
        Some(BufferCell { character, foreground, background, cell_type })
    }

    pub(super) fn to_value(self) -> Value {
        let properties = [
            ("character", Value::Char(self.character)),
            ("foregroundColor", ConsoleColor::to_value(self.foreground)),
            ("backgroundColor", ConsoleColor::to_value(self.background)),
            ("bufferCellType", Value::I32(self.cell_type)),
        ];
        Object::bag(properties).into()
    }
}

/// A key that was pressed or released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyInfo {
    /// By Windows' numbers of keys.
    pub virtual_key_code: i32,
    /// A UTF-16 code unit; 0 for a key without a character.
    pub character: u16,
    /// By the bits of System.Management.Automation.Host.ControlKeyStates.
    pub control_key_state: i32,
    /// Whether it was pressed and not released.
    pub key_down: bool,
}

impl KeyInfo {
    pub(super) fn to_value(self) -> Value {
        let properties = [
            ("virtualKeyCode", Value::I32(self.virtual_key_code)),
            ("character", Value::Char(self.character)),
            ("controlKeyState", Value::I32(self.control_key_state)),
            ("keyDown", Value::Bool(self.key_down)),
        ];
        Object::bag(properties).into()
    }
}

fn number(value: &Value, name: &str) -> Option<i32> {
    value.property(name)?.as_i32()
}
