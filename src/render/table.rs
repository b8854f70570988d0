//! PowerShell's table of sessions, to the byte.
//!
//! The columns and the rules for what does not fit are those of Windows PowerShell 5.1's table writer; widths are
//! counted in terminal cells, so that names in any script line up.

use super::terminal;
use pssession::record::PSSession;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// A column of the table.
struct Column {
    label: &'static str,
    width: usize,
    right: bool,
    cell: fn(&PSSession) -> String,
}

const fn column(label: &'static str, width: usize, right: bool, cell: fn(&PSSession) -> String) -> Column {
    Column { label, width, right, cell }
}

static COLUMNS: [Column; 7] = [
    column(ID, 3, true, |s| s.id.map(|id| id.to_string()).unwrap_or_default()),
    column("Name", 15, false, |s| s.name.clone().unwrap_or_default()),
    column("ComputerName", 15, false, |s| s.computer_name.clone()),
    column(COMPUTER_TYPE, 15, false, |_| "RemoteMachine".into()),
    column("State", 13, false, |s| s.state.name().into()),
    column("ConfigurationName", 20, false, |s| s.configuration_name.clone()),
    column("Availability", 13, true, |s| s.availability.name().into()),
];

/// The column that is never cut: 5.1 shows the Id 1234 as 234, which is another session's.
const ID: &str = "Id";

/// The column that 5.1 has and the cmdlet's help page has not.
const COMPUTER_TYPE: &str = "ComputerType";

/// A table for one window.
pub struct Table {
    columns: Vec<(&'static Column, usize)>,
}

impl Table {
    /// The help page's six columns, or with `wide` 5.1's seven, as far as they fit into a window of `window` cells.
    /// The last cell of a window stays free; what does not fit is cut from the last column or left out with it.
    pub fn new(wide: bool, window: usize) -> Table {
        let mut room = window.saturating_sub(1);
        let mut columns = Vec::new();
        for column in COLUMNS.iter().filter(|column| wide || column.label != COMPUTER_TYPE) {
            let separator = usize::from(!columns.is_empty());
            if room <= separator {
                break;
            }
            let width = column.width.min(room - separator);
            room -= separator + width;
            columns.push((column, width));
            if width < column.width {
                break;
            }
        }
        Table { columns }
    }

    /// A blank line, the labels and their underlines.
    pub fn head(&self) -> String {
        let labels = self.line(|column, width| fit(column.label, width, column.right));
        let underlines = self.line(|column, width| "-".repeat(column.label.len().min(width)));
        format!("\n{labels}\n{underlines}\n")
    }

    /// One session's line.
    pub fn row(&self, session: &PSSession) -> String {
        let line = self.line(|column, width| {
            let text = (column.cell)(session);
            // Before it is laid out: what is shown instead may be wider.
            let text = terminal::harmless(&text);
            if column.label == ID { text.into_owned() } else { fit(&text, width, column.right) }
        });
        format!("{line}\n")
    }

    fn line(&self, cell: impl Fn(&Column, usize) -> String) -> String {
        let mut line = String::new();
        for (index, (column, width)) in self.columns.iter().enumerate() {
            if index > 0 {
                line.push(' ');
            }
            let text = cell(column, *width);
            let padding = " ".repeat(width.saturating_sub(text.width()));
            let last = index + 1 == self.columns.len();
            if column.right {
                line += &padding;
            }
            line += &text;
            if !column.right && !last {
                line += &padding;
            }
        }
        line
    }
}

/// A cell's text within a width: what is cut off is shown by three dots, if there is room for them.
pub fn fit(text: &str, width: usize, right: bool) -> String {
    let first_line = text.split(['\n', '\r']).next().unwrap_or_default();
    let cut = first_line.len() < text.len();
    if !cut && first_line.width() <= width {
        return first_line.to_owned();
    }
    let dots = if width > 3 { "..." } else { "" };
    let room = width - dots.len();
    if right && !cut {
        format!("{dots}{}", tail(first_line, room))
    } else {
        format!("{}{dots}", head(first_line, room))
    }
}

/// The start of a text, as far as it fits.
pub fn head(text: &str, room: usize) -> String {
    take(text.graphemes(true), room).concat()
}

/// The end of a text, as far as it fits.
pub fn tail(text: &str, room: usize) -> String {
    let mut taken = take(text.graphemes(true).rev(), room);
    taken.reverse();
    taken.concat()
}

/// As much as fits into `room` cells. What a person sees as one character stays whole.
fn take<'a>(graphemes: impl Iterator<Item = &'a str>, mut room: usize) -> Vec<&'a str> {
    let fits = |grapheme: &&str| match room.checked_sub(grapheme.width()) {
        Some(left) => {
            room = left;
            true
        }
        None => false,
    };
    graphemes.take_while(fits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::session;
    use pssession::record::{RunspaceAvailability, RunspaceState};

    #[test]
    fn the_table_of_the_help_page() {
        let table = Table::new(false, 120);
        let mut disconnected = session(1, "Backups", "Localhost", "Microsoft.PowerShell");
        disconnected.state = RunspaceState::Disconnected;
        disconnected.availability = RunspaceAvailability::None;
        let text =
            [table.head(), table.row(&session(4, "ITTask", "Server01", "ITTasks")), table.row(&disconnected)];
        assert_eq!(
            text.concat(),
            "
 Id Name            ComputerName    State         ConfigurationName     Availability
 -- ----            ------------    -----         -----------------     ------------
  4 ITTask          Server01        Opened        ITTasks                  Available
  1 Backups         Localhost       Disconnected  Microsoft.PowerShell          None
"
        );
    }

    #[test]
    fn the_table_of_windows_powershell() {
        let table = Table::new(true, 120);
        assert_eq!(
            table.head() + &table.row(&session(4, "ITTask", "Server01", "ITTasks")),
            "
 Id Name            ComputerName    ComputerType    State         ConfigurationName     Availability
 -- ----            ------------    ------------    -----         -----------------     ------------
  4 ITTask          Server01        RemoteMachine   Opened        ITTasks                  Available
"
        );
    }

    #[test]
    fn what_is_too_long_is_cut_and_shows_it() {
        let table = Table::new(false, 120);
        assert_eq!(
            table.row(&session(1234, "LongSessionName01", "a\nb", "Microsoft.PowerShell.Workflow")),
            "1234 LongSessionN... a...            Opened        Microsoft.PowerSh...     Available\n"
        );
        assert_eq!(fit("12345678", 6, true), "...678");
        assert_eq!(fit("12345678", 3, false), "123");
    }

    #[test]
    fn widths_are_those_on_the_screen() {
        let table = Table::new(false, 120);
        assert_eq!(
            table.row(&session(4, "備份工作備份工作", "e\u{301}", "c")),
            "  4 備份工作備份... e\u{301}               Opened        c                        Available\n"
        );
    }

    #[test]
    fn what_belongs_together_is_not_cut_apart() {
        let family = "\u{1F469}\u{200D}\u{1F469}\u{200D}\u{1F467}";
        let heart = "\u{2764}\u{FE0F}";
        assert_eq!(fit(&format!("abcd{family}efgh"), 9, false), format!("abcd{family}..."));
        assert_eq!(fit(&format!("abcde{family}efgh"), 9, false), "abcde...");
        assert_eq!(fit(&heart.repeat(5), 8, false), format!("{heart}{heart}..."));
        assert_eq!(fit("e\u{301}e\u{301}e\u{301}", 2, false), "e\u{301}e\u{301}");
        assert_eq!(fit("e\u{301}e\u{301}e\u{301}", 2, true), "e\u{301}e\u{301}");
    }

    #[test]
    fn a_session_that_was_only_seen_has_no_id() {
        let mut seen = session(1, "ITTask", "Server01", "c");
        seen.id = None;
        assert_eq!(
            Table::new(false, 120).row(&seen),
            "    ITTask          Server01        Opened        c                        Available\n"
        );
    }

    #[test]
    fn no_line_is_wider_than_its_window_allows() {
        let names = [
            "",
            "ITTask",
            "a\u{1b}[2Jb\u{202e}c\td\u{9b}",
            "備份工作備份工作備份工作",
            "\u{1F469}\u{200D}\u{1F469}\u{200D}\u{1F467}\u{1F1E9}\u{1F1EA}\u{2764}\u{FE0F}\u{1F44D}\u{1F3FD}12345678",
            "1\u{FE0F}\u{20E3}\u{200D}\u{200D}\u{FEFF}\u{AD}किमपि स्वल्पम् नास्ति",
            "لا لا لا لا لا لا لا لا لا لا",
            "two\nlines",
            &"e\u{301}\u{302}\u{303}".repeat(50),
            &"\u{301}".repeat(500),
        ];
        for (window, wide) in (0..=200).flat_map(|window| [(window, false), (window, true)]) {
            let table = Table::new(wide, window);
            let rows = names.map(|name| table.row(&session(1, name, name, name)));
            for line in rows.iter().chain([&table.head()]).flat_map(|text| text.lines()) {
                assert!(line.width() <= window.saturating_sub(1), "{window}: {line:?}");
            }
            // An Id that is wider than its column is never cut, whatever becomes of the line.
            let row = table.row(&session(123_456, "ITTask", "Server01", "ITTasks"));
            assert!(window < 2 || row.starts_with("123456"), "{window}: {row:?}");
        }
    }

    #[test]
    fn a_narrow_window_loses_columns_from_the_right() {
        let rows = |window| Table::new(false, window).head();
        assert_eq!(
            rows(60),
            "\n Id Name            ComputerName    State         Config...\n -- ----            ------------    -----         ---------\n"
        );
        assert_eq!(
            rows(51),
            "\n Id Name            ComputerName    State\n -- ----            ------------    -----\n"
        );
        assert_eq!(rows(4), "\n Id\n --\n");
        assert_eq!(rows(0), "\n\n\n");
    }
}
