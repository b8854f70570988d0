//! The help page's third example in one command, on a machine that has no Windows anywhere near.
//!
//! ```text
//! cargo run --example quickstart
//! ```
//!
//! Starts a WinRM listener on this machine and runs the real program against it, as at two computers: work is started in a
//! session at the office and left running, and at home the session is found, connected and read. Where `pwsh` is in the
//! PATH, a real PowerShell runs the commands; elsewhere the listener's own canned ones do.

use pssession_listener::{Config, Listener};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// What is typed at each computer.
const STORY: [(&str, &[&[&str]]); 2] = [
    (
        "At the office",
        &[
            &["new-pssession", COMPUTER, "-Name", "ITTask"],
            &["invoke-command", "-Name", "ITTask", "-ScriptBlock", "$customer = \"Contoso\""],
            &["invoke-command", "-Name", "ITTask", "-InDisconnectedSession", "-ScriptBlock", WORK],
        ],
    ),
    (
        "At home",
        &[
            &["get-pssession", COMPUTER],
            &["connect-pssession", COMPUTER, "-Name", "ITTask"],
            &["receive-pssession", "-Name", "ITTask"],
            &[
                "invoke-command",
                "-Name",
                "ITTask",
                "-ScriptBlock",
                "\"All mailboxes of $customer are checked\"",
            ],
            &["disconnect-pssession", "-Name", "ITTask"],
        ],
    ),
];

/// Stands for what selects the listener.
const COMPUTER: &str = "COMPUTER";

const WORK: &str = "1..3 | ForEach-Object { \"Mailbox $_ of $customer\"; Start-Sleep -Milliseconds 500 }";

fn main() -> Result<ExitCode, Box<dyn Error>> {
    // A test says which program is meant.
    let program = match std::env::args_os().nth(1) {
        Some(program) => program.into(),
        None => build_program()?,
    };
    let mut config = Config::default();
    match in_path("pwsh") {
        Some(pwsh) => {
            println!("PowerShell runs the commands: {}", pwsh.display());
            let pwsh = pwsh.to_str().ok_or("the path of pwsh is not Unicode")?;
            let command = [pwsh, "-s", "-NoLogo", "-NoProfile"];
            config.service.powershell = Some(command.map(str::to_owned).to_vec());
        }
        None => println!("There is no pwsh in the PATH: canned commands stand in for PowerShell."),
    }
    let listener = Listener::start_blocking(config)?;
    let port = listener.http_address().port().to_string();
    let computer = ["-ComputerName", "localhost", "-Port", &port, "-ConfigurationName", "ITTasks"];
    let stores = std::env::temp_dir().join(format!("pssession-quickstart-{}", std::process::id()));

    let mut succeeded = true;
    for (place, commands) in STORY {
        println!("\n{place}:");
        for words in commands {
            let words: Vec<&str> = words
                .iter()
                .flat_map(|word| if *word == COMPUTER { &computer[..] } else { std::slice::from_ref(word) })
                .copied()
                .collect();
            println!("\n$ {}", line(&words));
            let status = Command::new(&program)
                .arg("--as")
                .args(&words)
                .env("PSSESSION_USER", "alice")
                .env("PSSESSION_PASSWORD", "Password1!")
                .env("PSSESSION_STORE", stores.join(place))
                .status()?;
            succeeded &= status.success();
        }
    }
    let _ = std::fs::remove_dir_all(stores);
    Ok(if succeeded { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Words as a person types them.
fn line(words: &[&str]) -> String {
    let quoted = |word: &&str| match word.contains([' ', '$', '"']) {
        true => format!("'{}'", word.replace('\'', "'\\''")),
        false => (*word).to_owned(),
    };
    words.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

/// A program that the shell would find.
fn in_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&path).map(|folder| folder.join(&name)).find(|file| file.is_file())
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
