//! What a host call asks for, method by method.

use super::method::HostMethodId;
use super::prompt::{self, ChoicePrompt, CredentialOptions, CredentialPrompt, Prompt};
use super::screen::{BufferCell, ConsoleColor, Coordinates, Rectangle, Size};
use crate::psrp::clixml::{ProgressRecord, Value};
use crate::psrp::progress;

/// A method of PowerShell's host interface with its arguments. What is written for people comes once more as a record of
/// its stream, but for [`Write`](HostRequest::Write) and the last error.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum HostRequest {
    /// The name of the host.
    GetName,
    /// Its version.
    GetVersion,
    /// A GUID of its own.
    GetInstanceId,
    /// The culture for numbers and dates.
    GetCurrentCulture,
    /// The culture for texts.
    GetCurrentUICulture,
    /// The script has called `exit` with this number.
    SetShouldExit(i32),
    /// A line of text.
    ReadLine,
    /// A line that is not shown when it is typed.
    ReadLineAsSecureString,
    /// Text for the terminal, as by Write-Host.
    Write {
        /// The text.
        text: String,
        /// `None` for the terminal's own.
        foreground: Option<ConsoleColor>,
        /// `None` for the terminal's own.
        background: Option<ConsoleColor>,
        /// Whether it ends the line.
        newline: bool,
    },
    /// A line about an error.
    WriteErrorLine(String),
    /// A debug message.
    WriteDebugLine(String),
    /// How far the script is.
    WriteProgress {
        /// Who reports it.
        source_id: i64,
        /// The report.
        record: ProgressRecord,
    },
    /// A verbose message.
    WriteVerboseLine(String),
    /// A warning.
    WriteWarningLine(String),
    /// Fields to be filled in.
    Prompt(Prompt),
    /// A user name and a password.
    PromptForCredential(CredentialPrompt),
    /// One of several choices.
    PromptForChoice(ChoicePrompt),
    /// Any number of several choices.
    PromptForChoiceMultipleSelection(ChoicePrompt),
    /// The color of the text that is written next.
    GetForegroundColor,
    /// Sets that color; `None` for the terminal's own.
    SetForegroundColor(Option<ConsoleColor>),
    /// The color behind the text that is written next.
    GetBackgroundColor,
    /// Sets that color; `None` for the terminal's own.
    SetBackgroundColor(Option<ConsoleColor>),
    /// Where the cursor is.
    GetCursorPosition,
    /// Moves the cursor.
    SetCursorPosition(Coordinates),
    /// Where the window is in the buffer.
    GetWindowPosition,
    /// Moves the window in the buffer.
    SetWindowPosition(Coordinates),
    /// The cursor's size in percent of a line.
    GetCursorSize,
    /// Sets that size.
    SetCursorSize(i32),
    /// The size of the buffer.
    GetBufferSize,
    /// Sets that size.
    SetBufferSize(Size),
    /// The size of the window.
    GetWindowSize,
    /// Sets that size.
    SetWindowSize(Size),
    /// The title of the window.
    GetWindowTitle,
    /// Sets that title.
    SetWindowTitle(String),
    /// The size of the largest window that the buffer allows.
    GetMaxWindowSize,
    /// The size of the largest window that the screen allows.
    GetMaxPhysicalWindowSize,
    /// Whether a key was pressed.
    GetKeyAvailable,
    /// A key.
    ReadKey(ReadKeyOptions),
    /// What was typed ahead is to be discarded.
    FlushInputBuffer,
    /// Fills a region of the buffer.
    SetBufferContents1 {
        /// The whole buffer where its edges are -1.
        region: Rectangle,
        /// With what.
        fill: BufferCell,
    },
    /// Writes characters into the buffer.
    SetBufferContents2 {
        /// Where the first one goes.
        origin: Coordinates,
        /// The characters, by row.
        contents: Vec<Vec<BufferCell>>,
    },
    /// The characters of a region of the buffer.
    GetBufferContents(Rectangle),
    /// Moves a region of the buffer.
    ScrollBufferContents {
        /// The region.
        source: Rectangle,
        /// Where its upper left corner goes.
        destination: Coordinates,
        /// What lies outside this is not changed.
        clip: Rectangle,
        /// With this what becomes free is filled.
        fill: BufferCell,
    },
    /// Another runspace is to be used from now on (Enter-PSSession). A client cannot follow.
    PushRunspace,
    /// The runspace before it is to be used again (Exit-PSSession): the script asks to leave the session.
    PopRunspace,
    /// Whether another runspace is in use.
    GetIsRunspacePushed,
    /// The runspace in use.
    GetRunspace,
    /// A method that is not known, or is called with arguments that are not.
    Other {
        /// Its name, or its number.
        method: String,
    },
}

/// What counts as a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadKeyOptions {
    /// Ctrl-C is a key like others.
    pub allow_ctrl_c: bool,
    /// The key is not shown.
    pub no_echo: bool,
    /// Keys that are pressed count.
    pub include_key_down: bool,
    /// Keys that are released count.
    pub include_key_up: bool,
}

impl HostRequest {
    pub(super) fn decode(method: HostMethodId, parameters: &[Value]) -> HostRequest {
        let known = HostRequest::known(method, Parameters(parameters));
        known.unwrap_or_else(|| HostRequest::Other { method: method.to_string() })
    }

    fn known(method: HostMethodId, mut with: Parameters<'_>) -> Option<HostRequest> {
        use HostRequest as R;
        Some(match method.0 {
            1 => R::GetName,
            2 => R::GetVersion,
            3 => R::GetInstanceId,
            4 => R::GetCurrentCulture,
            5 => R::GetCurrentUICulture,
            6 => R::SetShouldExit(with.number()?),
            11 => R::ReadLine,
            12 => R::ReadLineAsSecureString,
            13 => R::write(None, None, with.text()?, false),
            14 => R::write(with.color()?, with.color()?, with.text()?, false),
            15 => R::write(None, None, String::new(), true),
            16 => R::write(None, None, with.text()?, true),
            17 => R::write(with.color()?, with.color()?, with.text()?, true),
            18 => R::WriteErrorLine(with.text()?),
            19 => R::WriteDebugLine(with.text()?),
            20 => R::WriteProgress { source_id: with.next()?.as_i64()?, record: progress::of(with.next()?) },
            21 => R::WriteVerboseLine(with.text()?),
            22 => R::WriteWarningLine(with.text()?),
            23 => R::Prompt(Prompt {
                caption: with.text()?,
                message: with.text()?,
                fields: prompt::fields(with.next()?)?,
            }),
            24 | 25 => R::PromptForCredential(CredentialPrompt {
                caption: with.text()?,
                message: with.text()?,
                user_name: with.text()?,
                target_name: with.text()?,
                allowed_types: with.number().unwrap_or(3),
                options: CredentialOptions::of(with.number().unwrap_or(1)),
            }),
            26 => R::PromptForChoice(with.choices()?),
            27 => R::GetForegroundColor,
            28 => R::SetForegroundColor(with.color()?),
            29 => R::GetBackgroundColor,
            30 => R::SetBackgroundColor(with.color()?),
            31 => R::GetCursorPosition,
            32 => R::SetCursorPosition(Coordinates::of(with.next()?)?),
            33 => R::GetWindowPosition,
            34 => R::SetWindowPosition(Coordinates::of(with.next()?)?),
            35 => R::GetCursorSize,
            36 => R::SetCursorSize(with.number()?),
            37 => R::GetBufferSize,
            38 => R::SetBufferSize(Size::of(with.next()?)?),
            39 => R::GetWindowSize,
            40 => R::SetWindowSize(Size::of(with.next()?)?),
            41 => R::GetWindowTitle,
            42 => R::SetWindowTitle(with.text()?),
            43 => R::GetMaxWindowSize,
            44 => R::GetMaxPhysicalWindowSize,
            45 => R::GetKeyAvailable,
            46 => R::ReadKey(ReadKeyOptions::of(with.number()?)),
            47 => R::FlushInputBuffer,
            48 => R::SetBufferContents1 {
                region: Rectangle::of(with.next()?)?,
                fill: BufferCell::of(with.next()?)?,
            },
            49 => R::SetBufferContents2 {
                origin: Coordinates::of(with.next()?)?,
                contents: rows(with.next()?)?,
            },
            50 => R::GetBufferContents(Rectangle::of(with.next()?)?),
            51 => R::ScrollBufferContents {
                source: Rectangle::of(with.next()?)?,
                destination: Coordinates::of(with.next()?)?,
                clip: Rectangle::of(with.next()?)?,
                fill: BufferCell::of(with.next()?)?,
            },
            52 => R::PushRunspace,
            53 => R::PopRunspace,
            54 => R::GetIsRunspacePushed,
            55 => R::GetRunspace,
            56 => R::PromptForChoiceMultipleSelection(with.choices()?),
            // The methods of nested prompts and of native applications, 7 to 10, are no client's of a server.
            _ => return None,
        })
    }

    fn write(
        foreground: Option<ConsoleColor>,
        background: Option<ConsoleColor>,
        text: String,
        newline: bool,
    ) -> HostRequest {
        HostRequest::Write { text, foreground, background, newline }
    }

    /// What a person would read: the message, or else the caption, or else the first field's name, which is all that
    /// Read-Host has. `None` where nothing is asked in words.
    #[expect(clippy::wildcard_enum_match_arm, reason = "few of the methods ask in words")]
    pub fn prompt(&self) -> Option<&str> {
        let (caption, message, field) = match self {
            HostRequest::Prompt(prompt) => {
                (&prompt.caption, &prompt.message, prompt.fields.first().map(|field| field.name.as_str()))
            }
            HostRequest::PromptForCredential(prompt) => (&prompt.caption, &prompt.message, None),
            HostRequest::PromptForChoice(prompt) | HostRequest::PromptForChoiceMultipleSelection(prompt) => {
                (&prompt.caption, &prompt.message, None)
            }
            _ => return None,
        };
        [message, caption].into_iter().map(String::as_str).find(|text| !text.is_empty()).or(field)
    }
}

impl ReadKeyOptions {
    fn of(bits: i32) -> ReadKeyOptions {
        let has = |bit| bits & bit != 0;
        ReadKeyOptions {
            allow_ctrl_c: has(1),
            no_echo: has(2),
            include_key_down: has(4),
            include_key_up: has(8),
        }
    }
}

/// The parameters that are left.
struct Parameters<'v>(&'v [Value]);

impl<'v> Parameters<'v> {
    fn next(&mut self) -> Option<&'v Value> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(first)
    }

    /// Null is no text.
    fn text(&mut self) -> Option<String> {
        let value = self.next()?;
        if *value == Value::Nil { Some(String::new()) } else { value.as_str().map(str::to_owned) }
    }

    fn number(&mut self) -> Option<i32> {
        self.next()?.as_i32()
    }

    fn color(&mut self) -> Option<Option<ConsoleColor>> {
        self.next().map(ConsoleColor::of)
    }

    fn choices(&mut self) -> Option<ChoicePrompt> {
        let (caption, message) = (self.text()?, self.text()?);
        let choices = prompt::choices(self.next()?)?;
        let index =
            |value: &Value| usize::try_from(value.as_i32()?).ok().filter(|index| *index < choices.len());
        // One number, of which -1 means none, or an array of them, which may be null.
        let defaults = self.next()?;
        let defaults = match defaults.as_i32() {
            Some(_) => index(defaults).into_iter().collect(),
            None if *defaults == Value::Nil => Vec::new(),
            None => prompt::items(defaults)?.iter().filter_map(index).collect(),
        };
        Some(ChoicePrompt { caption, message, choices, defaults })
    }
}

/// A two-dimensional array: its cells in one list (`mae`) and its lengths (`mal`).
fn rows(value: &Value) -> Option<Vec<Vec<BufferCell>>> {
    let cells: Vec<_> = prompt::items(value)?.iter().map(BufferCell::of).collect::<Option<_>>()?;
    let width = usize::try_from(prompt::items(value.property("mal")?)?.get(1)?.as_i32()?).ok()?;
    match width {
        0 => cells.is_empty().then(Vec::new),
        _ => Some(cells.chunks(width).map(<[_]>::to_vec).collect()),
    }
}
