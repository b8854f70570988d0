//! The views of types that PowerShell 7.6 has a view for and that servers are asked about.

use super::cell::{grouped, text};
use super::layout::Alignment::{self, Left, Right};
use super::property::{Part, Thing};
use crate::render::remote_error;
use pssession::RemoteError;
use pssession::value::{DateTime, PSValue, ValueKind};

/// How the values of some types are shown.
pub struct Known {
    types: &'static [&'static str],
    pub view: View,
}

pub enum View {
    Table {
        columns: &'static [Column],
        group: Option<Group>,
    },
    /// A table of these properties that is as wide as its rows.
    Columns(&'static [&'static str]),
    List(&'static [&'static str]),
}

pub struct Column {
    pub label: &'static str,
    /// 0 where the rows decide, or the room that is left.
    pub width: usize,
    pub alignment: Alignment,
    pub cell: Cell,
}

/// What is in a column.
pub enum Cell {
    /// The property of the column's name.
    Label,
    Property(&'static str),
    Computed(fn(Thing<'_>) -> String),
}

/// Rows with one value here are under one heading.
pub struct Group {
    pub heading: &'static str,
    pub value: fn(Thing<'_>) -> String,
}

const fn column(label: &'static str, width: usize) -> Column {
    Column { label, width, alignment: Left, cell: Cell::Label }
}

const fn right(label: &'static str, width: usize) -> Column {
    Column { label, width, alignment: Right, cell: Cell::Label }
}

const fn of(label: &'static str, width: usize, alignment: Alignment, property: &'static str) -> Column {
    Column { label, width, alignment, cell: Cell::Property(property) }
}

const fn computed(
    label: &'static str,
    width: usize,
    alignment: Alignment,
    cell: fn(Thing<'_>) -> String,
) -> Column {
    Column { label, width, alignment, cell: Cell::Computed(cell) }
}

const fn table(types: &'static [&'static str], columns: &'static [Column]) -> Known {
    Known { types, view: View::Table { columns, group: None } }
}

const fn columns(types: &'static [&'static str], names: &'static [&'static str]) -> Known {
    Known { types, view: View::Columns(names) }
}

const FILE_TYPES: &[&str] = &["System.IO.FileInfo", "System.IO.DirectoryInfo"];
const ENTRY: &str = "System.Collections.DictionaryEntry";
const DIRECTORY: Option<Group> = Some(Group { heading: "    Directory: ", value: directory });

static UNIX_FILES: Known = Known {
    types: FILE_TYPES,
    view: View::Table {
        columns: &[
            column("UnixMode", 10),
            right("User", 10),
            column("Group", 10),
            computed("LastWriteTime", 16, Right, |thing| {
                date(thing).map_or(String::new(), |at| {
                    let ((year, month, day), (hour, minute, _)) = (at.date(), at.time());
                    format!("{month:02}/{day:02}/{year:04} {hour:02}:{minute:02}")
                })
            }),
            right("Size", 12),
            column("Name", 0),
        ],
        group: DIRECTORY,
    },
};

static KNOWN: &[Known] = &[
    table(&[ENTRY], &[column("Name", 30), column("Value", 0)]),
    Known {
        types: FILE_TYPES,
        view: View::Table {
            columns: &[
                column("Mode", 7),
                computed("LastWriteTime", 26, Right, |thing| {
                    date(thing).map_or(String::new(), |at| {
                        let ((year, month, day), (hour, minute, _)) = (at.date(), at.time());
                        format!("{month:02}/{day:02}/{year:04}    {hour:02}:{minute:02}")
                    })
                }),
                right("Length", 14),
                column("Name", 0),
            ],
            group: DIRECTORY,
        },
    },
    table(
        &["System.Diagnostics.Process"],
        &[
            computed("NPM(K)", 7, Right, |thing| {
                scaled(thing, "NPM", 1024.0, |kilobytes| format!("{kilobytes:.0}"))
            }),
            computed("PM(M)", 8, Right, |thing| scaled(thing, "PM", MEGABYTE, grouped)),
            computed("WS(M)", 10, Right, |thing| scaled(thing, "WS", MEGABYTE, grouped)),
            computed("CPU(s)", 10, Right, |thing| scaled(thing, "CPU", 1.0, grouped)),
            right("Id", 7),
            right("SI", 3),
            column("ProcessName", 0),
        ],
    ),
    table(
        &["System.ServiceProcess.ServiceController"],
        &[column("Status", 8), column("Name", 18), column("DisplayName", 38)],
    ),
    table(
        &["System.Diagnostics.EventLogEntry"],
        &[
            right("Index", 8),
            of("Time", 13, Left, "TimeGenerated"),
            column("EntryType", 11),
            column("Source", 20),
            right("InstanceID", 12),
            column("Message", 0),
        ],
    ),
    Known {
        types: &["System.Diagnostics.Eventing.Reader.EventLogRecord"],
        view: View::Table {
            columns: &[
                column("TimeCreated", 26),
                right("Id", 8),
                column("LevelDisplayName", 16),
                column("Message", 0),
            ],
            group: Some(Group {
                heading: "   ProviderName: ",
                value: |thing| property(thing, "ProviderName"),
            }),
        },
    },
    table(
        &["System.Management.Automation.Job"],
        &[
            column("Id", 6),
            column("Name", 15),
            column("PSJobTypeName", 15),
            column("State", 13),
            column("HasMoreData", 15),
            column("Location", 20),
            column("Command", 25),
        ],
    ),
    Known {
        types: &["Microsoft.PowerShell.Commands.MemberDefinition"],
        view: View::Table {
            columns: &[column("Name", 0), column("MemberType", 0), column("Definition", 0)],
            group: Some(Group { heading: "   TypeName: ", value: |thing| property(thing, "TypeName") }),
        },
    },
    table(&["Microsoft.PowerShell.Commands.GroupInfoNoElement"], &[right("Count", 5), column("Name", 25)]),
    table(
        &["Microsoft.PowerShell.Commands.GroupInfo"],
        &[right("Count", 5), column("Name", 25), column("Group", 0)],
    ),
    table(&["System.Management.Automation.PSVariable"], &[column("Name", 30), column("Value", 0)]),
    columns(&["System.Management.Automation.PathInfo"], &["Path"]),
    table(
        &["System.Management.Automation.CommandInfo"],
        &[
            column("CommandType", 15),
            computed("Name", 50, Left, |thing| match property(thing, "DisplayName") {
                name if name.is_empty() => property(thing, "Name"),
                name => name,
            }),
            column("Version", 10),
            column("Source", 0),
        ],
    ),
    table(
        &["System.Management.Automation.PSDriveInfo"],
        &[
            column("Name", 10),
            computed("Used (GB)", 13, Right, |thing| {
                scaled(thing, "Used", GIGABYTE, |size| format!("{size:.2}"))
            }),
            computed("Free (GB)", 13, Right, |thing| {
                scaled(thing, "Free", GIGABYTE, |size| format!("{size:.2}"))
            }),
            computed("Provider", 13, Left, |thing| {
                let provider = property(thing, "Provider");
                provider.rsplit('\\').next().unwrap_or_default().to_owned()
            }),
            computed("Root", 35, Left, |thing| match property(thing, "DisplayRoot") {
                root if root.is_empty() => property(thing, "Root"),
                root => root,
            }),
            right("CurrentLocation", 0),
        ],
    ),
    table(
        &["System.Management.Automation.PSModuleInfo"],
        &[column("ModuleType", 10), column("Version", 10), column("Name", 35), column("ExportedCommands", 0)],
    ),
    table(
        &["Microsoft.PowerShell.Commands.FileHashInfo"],
        &[column("Algorithm", 15), column("Hash", 70), column("Path", 0)],
    ),
    table(
        &["System.Security.Cryptography.X509Certificates.X509Certificate2"],
        &[column("Thumbprint", 41), column("Subject", 20), column("EnhancedKeyUsageList", 0)],
    ),
    columns(
        &["Microsoft.Management.Infrastructure.CimInstance#root/cimv2/Win32_ComputerSystem"],
        &["Name", "PrimaryOwnerName", "Domain", "TotalPhysicalMemory", "Model", "Manufacturer"],
    ),
    columns(
        &["Microsoft.Management.Infrastructure.CimInstance#root/cimv2/Win32_LogicalDisk"],
        &["DeviceID", "DriveType", "ProviderName", "VolumeName", "Size", "FreeSpace"],
    ),
    columns(
        &["Microsoft.Management.Infrastructure.CimInstance#root/cimv2/Win32_NetworkAdapterConfiguration"],
        &["ServiceName", "DHCPEnabled", "Index", "Description"],
    ),
    columns(
        &["Microsoft.Management.Infrastructure.CimInstance#root/cimv2/Win32_OperatingSystem"],
        &["SystemDirectory", "Organization", "BuildNumber", "RegisteredUser", "SerialNumber", "Version"],
    ),
    columns(
        &["Microsoft.Management.Infrastructure.CimInstance#root/cimv2/Win32_Process"],
        &["ProcessId", "Name", "HandleCount", "WorkingSetSize", "VirtualSize"],
    ),
    columns(
        &["Microsoft.Management.Infrastructure.CimInstance#root/cimv2/Win32_Product"],
        &["Name", "Caption", "Vendor", "Version", "IdentifyingNumber"],
    ),
    columns(
        &["Microsoft.Management.Infrastructure.CimInstance#root/cimv2/Win32_Service"],
        &["ProcessId", "Name", "StartMode", "State", "Status", "ExitCode"],
    ),
    Known {
        types: &["Microsoft.Management.Infrastructure.CimInstance#root/cimv2/Win32_BIOS"],
        view: View::List(&["SMBIOSBIOSVersion", "Manufacturer", "Name", "SerialNumber", "Version"]),
    },
    table(
        &["System.Globalization.CultureInfo"],
        &[column("LCID", 16), column("Name", 16), column("DisplayName", 0)],
    ),
    columns(&["System.Guid"], &["Guid"]),
    table(
        &["System.Version"],
        &[column("Major", 6), column("Minor", 6), column("Build", 6), column("Revision", 8)],
    ),
    table(
        &["System.Management.Automation.SemanticVersion"],
        &[
            column("Major", 6),
            column("Minor", 6),
            column("Patch", 6),
            column("PreReleaseLabel", 15),
            column("BuildLabel", 11),
        ],
    ),
    Known {
        types: &["System.TimeSpan"],
        view: View::List(&[
            "Days",
            "Hours",
            "Minutes",
            "Seconds",
            "Milliseconds",
            "Ticks",
            "TotalDays",
            "TotalHours",
            "TotalMinutes",
            "TotalSeconds",
            "TotalMilliseconds",
        ]),
    },
    Known {
        types: &["Microsoft.PowerShell.Commands.GenericMeasureInfo"],
        view: View::List(&["Count", "Average", "Sum", "Maximum", "Minimum", "Property"]),
    },
];

const MEGABYTE: f64 = 1_048_576.0;
const GIGABYTE: f64 = 1_073_741_824.0;

/// The view for a value, if its type is known: the nearest of its types decides.
pub fn view_of(thing: Thing<'_>) -> Option<&'static Known> {
    let Some(value) = thing.value() else { return KNOWN.iter().find(|known| known.types.contains(&ENTRY)) };
    if UNIX_FILES.is_for(thing) && value.property("UnixMode").is_some() {
        return Some(&UNIX_FILES);
    }
    let known = |name: &str| KNOWN.iter().find(|known| known.types.contains(&name));
    type_names(value).into_iter().find_map(known)
}

impl Known {
    pub fn is_for(&self, thing: Thing<'_>) -> bool {
        match thing.value() {
            Some(value) => type_names(value).iter().any(|name| self.types.contains(name)),
            None => self.types.contains(&ENTRY),
        }
    }
}

impl Column {
    pub fn text(&self, thing: Thing<'_>) -> String {
        let name = match self.cell {
            Cell::Computed(compute) => return compute(thing),
            Cell::Property(name) => name,
            Cell::Label => self.label,
        };
        property(thing, name)
    }
}

fn type_names(value: PSValue<'_>) -> Vec<&str> {
    match value.kind() {
        ValueKind::Guid(_) => vec!["System.Guid"],
        ValueKind::Version(_) => vec!["System.Version"],
        ValueKind::TimeSpan(_) => vec!["System.TimeSpan"],
        _ => {
            let names = value.type_names().iter();
            names.map(|name| name.strip_prefix("Deserialized.").unwrap_or(name)).collect()
        }
    }
}

/// The line that a value is, if it is no more than that: a string, a number, a name, a record of another stream.
pub fn line(value: PSValue<'_>) -> Option<String> {
    const RECORDS: [&str; 2] = [
        "System.Management.Automation.InformationalRecord",
        "System.Management.Automation.InformationRecord",
    ];
    match value.kind() {
        ValueKind::Null
        | ValueKind::DateTime(_)
        | ValueKind::TimeSpan(_)
        | ValueKind::Guid(_)
        | ValueKind::Version(_)
        | ValueKind::List(_)
        | ValueKind::Dictionary(_) => None,
        ValueKind::Object => {
            if let Some(error) = RemoteError::from_value(value) {
                return Some(remote_error::concise(&error));
            }
            let is_line = RECORDS.iter().any(|name| value.is_of_type(name))
                || value.is_of_type("System.Numerics.BigInteger")
                || value.properties().next().is_none();
            is_line.then(|| value.to_string())
        }
        _ => Some(value.to_string()),
    }
}

/// A date with its day, as the default view of dates has it.
pub fn long_date(at: DateTime) -> String {
    const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let ((year, month, day), (hour, minute, second)) = (at.date(), at.time());
    let name = DAYS.get(usize::from(at.day_of_week())).copied().unwrap_or_default();
    let month = MONTHS.get(usize::from(month) - 1).copied().unwrap_or_default();
    format!("{name}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02}")
}

fn property(thing: Thing<'_>, name: &str) -> String {
    thing.property(name).map_or(String::new(), |part| text(&part, false))
}

fn directory(thing: Thing<'_>) -> String {
    let path = property(thing, "PSParentPath");
    path.split_once("::").map_or(path.clone(), |(_, path)| path.to_owned())
}

fn date(thing: Thing<'_>) -> Option<DateTime> {
    match thing.property("LastWriteTime")? {
        Part::Value(value) => match value.kind() {
            ValueKind::DateTime(at) => Some(at),
            _ => None,
        },
        Part::Text(_) | Part::Number(_) => None,
    }
}

/// A number divided by a unit; nothing where there is none.
fn scaled(thing: Thing<'_>, name: &str, unit: f64, show: fn(f64) -> String) -> String {
    property(thing, name).parse::<f64>().map_or(String::new(), |number| show(number / unit))
}
