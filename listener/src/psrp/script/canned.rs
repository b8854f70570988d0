//! The objects that the canned commands put out.

use super::call::Call;
use crate::psrp::value::Value;

/// The commands there are, as they are shown and completed.
pub const COMMANDS: [&str; 33] = [
    "ConvertTo-SecureString",
    "Exit-PSSession",
    "ForEach-Object",
    "Get-Command",
    "Get-Credential",
    "Get-Date",
    "Get-Job",
    "Get-Location",
    "Get-Process",
    "Get-Service",
    "hostname",
    "Out-Default",
    "Out-Null",
    "Out-String",
    "prompt",
    "Read-Host",
    "Receive-Job",
    "Start-Job",
    "Start-Sleep",
    "TabExpansion2",
    "Wait-Event",
    "Wait-Job",
    "Write-Debug",
    "Write-Error",
    "Write-Host",
    "Write-Information",
    "Write-Output",
    "Write-Progress",
    "Write-Verbose",
    "Write-Warning",
    "echo",
    "exit",
    "throw",
];

/// What an endpoint without a language lets through, as a restricted one of PowerShell does and two more.
pub const VISIBLE: [&str; 7] =
    ["Exit-PSSession", "Get-Command", "Get-Job", "Get-Process", "Get-Service", "hostname", "Out-Default"];

pub fn processes(call: &Call) -> Vec<Value> {
    let process = |(id, name, handles): (i32, &str, i32)| {
        let properties = vec![
            ("Handles", Value::Int(handles)),
            ("Id", Value::Int(id)),
            ("ProcessName", Value::string(name)),
        ];
        (name.to_owned(), Value::object("System.Diagnostics.Process", properties))
    };
    let all = [(4, "System", 1840), (2792, "wsmprovhost", 612), (2840, "sqlservr", 975)].map(process);
    named(call, all)
}

pub fn services(call: &Call) -> Vec<Value> {
    let service = |(name, status, number, display): (&str, &'static str, i32, &str)| {
        let kind = "System.ServiceProcess.ServiceControllerStatus";
        let properties = vec![
            ("Status", Value::Enum { kind, name: status, number }),
            ("Name", Value::string(name)),
            ("DisplayName", Value::string(display)),
        ];
        (name.to_owned(), Value::object("System.ServiceProcess.ServiceController", properties))
    };
    let remote_management = "Windows Remote Management (WS-Management)";
    let all = [("WinRM", "Running", 4, remote_management), ("Spooler", "Stopped", 1, "Print Spooler")];
    named(call, all.map(service))
}

/// Those whose names the call asks for, or all.
fn named(call: &Call, all: impl IntoIterator<Item = (String, Value)>) -> Vec<Value> {
    let wanted = match call.parameter("Name").or_else(|| call.positional.first()) {
        None => Vec::new(),
        Some(Value::List(names)) => names.iter().map(Value::text).collect(),
        Some(name) => vec![name.text()],
    };
    let is_wanted =
        |name: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(name));
    all.into_iter().filter(|(name, _)| is_wanted(name)).map(|(_, value)| value).collect()
}

/// A job as `Get-Job` shows it.
pub fn job(name: &str, id: i32, state: &str, machine: &str) -> Value {
    let properties = vec![
        ("Location", Value::string(machine)),
        ("Command", Value::string("c:\\scripts\\New-JobName.ps1")),
        ("StatusMessage", Value::string("")),
        ("HasMoreData", Value::Bool(true)),
        ("Id", Value::Int(id)),
        ("Name", Value::string(name)),
        ("State", Value::string(state)),
    ];
    Value::object("System.Management.Automation.PSRemotingJob", properties)
}

pub fn commands() -> Vec<Value> {
    let command =
        |name| Value::object("System.Management.Automation.CmdletInfo", vec![("Name", Value::string(name))]);
    COMMANDS.map(command).to_vec()
}

/// The answer of TabExpansion2: commands that begin as the word before the cursor does.
pub fn completion(call: &Call) -> Value {
    let line = call.text("inputScript", 0);
    let column = call.text("cursorColumn", 1).parse().unwrap_or(0);
    let before: String = line.chars().take(column).collect();
    let word = before.rsplit(|c: char| c.is_whitespace() || "|;({".contains(c)).next().unwrap_or_default();
    let length = word.chars().count();
    let matches = COMMANDS.iter().filter(|name| {
        length > 0 && name.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word))
    });
    let result = |name: &&str| {
        let properties = vec![
            ("CompletionText", Value::string(*name)),
            ("ListItemText", Value::string(*name)),
            ("ResultType", Value::string("Command")),
            ("ToolTip", Value::string(*name)),
        ];
        Value::object("System.Management.Automation.CompletionResult", properties)
    };
    let number = |count: usize| Value::Int(i32::try_from(count).unwrap_or(i32::MAX));
    let properties = vec![
        ("CurrentMatchIndex", Value::Int(-1)),
        ("ReplacementIndex", number(before.chars().count() - length)),
        ("ReplacementLength", number(length)),
        ("CompletionMatches", Value::List(matches.map(result).collect())),
    ];
    Value::object("System.Management.Automation.CommandCompletion", properties)
}

/// The answer to GET_COMMAND_METADATA: how many commands, then each.
pub fn metadata(names: &[String], visible: &[&str]) -> Vec<Value> {
    let wanted = |known: &&&str| names.iter().any(|name| name == "*" || name.eq_ignore_ascii_case(known));
    let found: Vec<Value> = visible.iter().filter(wanted).map(|name| command_info(name)).collect();
    let count = Value::Int(i32::try_from(found.len()).unwrap_or(i32::MAX));
    let mut answer = vec![Value::custom(vec![("Count".to_owned(), count)])];
    answer.extend(found);
    answer
}

fn command_info(name: &str) -> Value {
    let kind = Value::Enum { kind: "System.Management.Automation.CommandTypes", name: "Cmdlet", number: 8 };
    let notes = [
        ("Name", Value::string(name)),
        ("Namespace", Value::string("Microsoft.PowerShell.Core")),
        ("HelpUri", Value::string("")),
        ("CommandType", kind),
        ("ResolvedCommandName", Value::Null),
        ("OutputType", Value::List(Vec::new())),
        ("Parameters", Value::Hashtable(Vec::new())),
    ];
    Value::custom(notes.map(|(name, value)| (name.to_owned(), value)).to_vec())
}
