//! A listener as a process, for tests in other languages.
//!
//! `pssession-listener [--powershell COMMAND] CA_FILE` starts a listener with its usual users, writes the certificate of its authority to
//! CA_FILE, and prints one line of JSON:
//!
//! ```json
//! {"http": "http://127.0.0.1:33953/wsman", "https": "https://localhost:38655/wsman", "ca": "CA_FILE"}
//! ```
//!
//! With `--powershell 'pwsh -s -NoLogo -NoProfile'` a PowerShell of its own runs the pipelines of every shell, so that
//! disconnected sessions can be tried without Windows. The command is cut at its spaces.
//!
//! Then every line on standard input is a session to put on it, such as `{"name": "ITTask", "script": "1..5"}`, and is
//! answered with a line, `{"shell_id": "..."}` or `{"error": "..."}`. The end of standard input ends the program, so a
//! test that dies leaves no process behind.

use std::error::Error;
use std::time::Duration;

use pssession_listener::{BufferMode, Config, Listener, SessionSpec, SessionState};
use serde::Deserialize;
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, BufReader, stdin};
use uuid::Uuid;

/// A line of standard input; what is left out is as in [`SessionSpec::default`].
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    owner: Option<String>,
    name: Option<String>,
    configuration: Option<String>,
    idle_timeout_seconds: Option<u64>,
    buffer_mode: Option<BufferMode>,
    state: Option<SessionState>,
    inactive_for_seconds: Option<u64>,
    script: Option<String>,
    shell_id: Option<Uuid>,
}

impl From<Line> for SessionSpec {
    fn from(line: Line) -> SessionSpec {
        let usual = SessionSpec::default();
        SessionSpec {
            owner: line.owner.unwrap_or(usual.owner),
            name: line.name,
            configuration: line.configuration.unwrap_or(usual.configuration),
            idle_timeout: line.idle_timeout_seconds.map(Duration::from_secs),
            buffer_mode: line.buffer_mode,
            state: line.state.unwrap_or(usual.state),
            inactive_for: line.inactive_for_seconds.map_or(usual.inactive_for, Duration::from_secs),
            script: line.script,
            shell_id: line.shell_id,
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (powershell, ca_file) = match args.as_slice() {
        [ca_file] => (None, ca_file),
        [option, command, ca_file] if option == "--powershell" => (Some(command), ca_file),
        _ => return Err("usage: pssession-listener [--powershell COMMAND] CA_FILE".into()),
    };
    let mut config = Config::default();
    config.service.powershell =
        powershell.map(|command| command.split_whitespace().map(str::to_owned).collect());
    let listener = Listener::start(config).await?;
    std::fs::write(ca_file, listener.authority())?;
    println!("{}", json!({ "http": listener.http_url(), "https": listener.https_url(), "ca": ca_file }));

    let mut lines = BufReader::new(stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let added = serde_json::from_str::<Line>(&line)
            .map_err(|error| error.to_string())
            .and_then(|line| listener.add_session(line.into()).map_err(|error| error.to_string()));
        match added {
            Ok(shell_id) => println!("{}", json!({ "shell_id": shell_id })),
            Err(error) => println!("{}", json!({ "error": error })),
        }
    }
    listener.stop().await;
    Ok(())
}
