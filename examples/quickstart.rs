//! The cmdlet's first example on a machine that has no Windows anywhere near.
//!
//! Starts a WinRM listener on this machine, leaves sessions disconnected on it as an administrator would leave a job
//! running over night, and lets the real program connect to the one that is named ITTask:
//!
//! ```text
//! cargo run --example quickstart
//! ```

use pssession_listener::{Config, Listener, SessionSpec};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let program = build_program()?;
    let listener = start_server()?;
    let store = std::env::temp_dir().join(format!("pssession-quickstart-{}", std::process::id()));

    let port = listener.http_address().port().to_string();
    let args = ["-ComputerName", "localhost", "-Port", &port, "-Credential", "alice", "-Name", "ITTask"];
    println!(
        "A WinRM listener runs on port {port}, with three disconnected sessions on it. The program is run:\n"
    );
    println!("    connect-pssession {}", args.join(" "));
    let status = Command::new(program)
        .args(args)
        .env("PSSESSION_PASSWORD", "Password1!")
        .env("PSSESSION_STORE", &store)
        .status()?;

    println!("It took these requests, on {} connection:", listener.counters().connections);
    for (number, request) in listener.requests().iter().enumerate() {
        let action = request.summary.action.rsplit('/').next().unwrap_or_default();
        println!("    {}. {action:<10} {}", number + 1, request.summary.resource_uri);
    }
    let _ = std::fs::remove_dir_all(store);
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// An example is built without the program beside it; this builds it in the same way and says where it is.
fn build_program() -> Result<PathBuf, Box<dyn Error>> {
    let example = std::env::current_exe()?;
    let profile =
        example.parent().and_then(Path::parent).ok_or("the example is not where cargo puts examples")?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(["build", "--quiet", "--bin", "connect-pssession", "--manifest-path"]);
    build.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"));
    if profile.ends_with("release") {
        build.arg("--release");
    }
    if !build.status()?.success() {
        return Err("the program cannot be built".into());
    }
    Ok(profile.join(format!("connect-pssession{}", std::env::consts::EXE_SUFFIX)))
}

/// A server with three users and, of alice's, three sessions.
fn start_server() -> Result<Listener, Box<dyn Error>> {
    let mut config = Config::default();
    config.service.configurations.push("ITTasks".into());
    let listener = Listener::start_blocking(config)?;
    for (name, configuration) in
        [("Backups", "Microsoft.PowerShell"), ("ITTask", "ITTasks"), ("Reports", "Microsoft.PowerShell")]
    {
        listener.add_session(SessionSpec {
            name: Some(name.into()),
            configuration: configuration.into(),
            ..SessionSpec::default()
        })?;
    }
    Ok(listener)
}
