//! Runs a script on a server and prints what it prints, through the library alone.
//!
//! ```text
//! PSSESSION_PASSWORD=... cargo run --example run -- URL USER SCRIPT [--leave N] [--stop-after N] [--ca-file PEM]
//! ```
//!
//! `--leave N` disconnects from the running script N times and takes it up again, as another process would;
//! `--stop-after N` stops it after N lines. Ends with 0 when the script has completed, with 1 when it has failed, and with
//! 3 when it was stopped.

use pssession::access::Authentication;
use pssession::{Client, Pipeline, PipelineEvent, PipelineState, Session};
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Lines that are read before the script is left.
const LINES: usize = 20;

fn main() -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let options = Options::parse(std::env::args().skip(1))?;
    let store = std::env::temp_dir().join(format!("pssession-run-{}", std::process::id()));
    let ended = runtime.block_on(run(&options, store.clone()));
    let _ = std::fs::remove_dir_all(store);
    ended
}

async fn run(options: &Options, store: PathBuf) -> Result<ExitCode> {
    let password = std::env::var("PSSESSION_PASSWORD").map_err(|_| "PSSESSION_PASSWORD is not set")?;
    let mut builder = Client::builder().user(&options.user, password).store(store);
    if let Some(file) = &options.ca_file {
        builder = builder.ca_file(file).authentication(Authentication::Basic);
    }
    let client = builder.build()?;

    let mut session = client.open(&options.url, "run").await?;
    let mut pipeline = session.invoke(&options.script).await?;
    let (mut lines, mut leaves) = (0, options.leave);
    let state = loop {
        let Some(event) = pipeline.next().await? else { return Err("the script's end was not seen".into()) };
        match event {
            PipelineEvent::Output(object) => {
                println!("{object}");
                lines += 1;
                if options.stop_after == Some(lines) {
                    pipeline.stop().await?;
                } else if leaves > 0 && lines.is_multiple_of(LINES) {
                    leaves -= 1;
                    session.disconnect().await?;
                }
            }
            PipelineEvent::Error(error) => eprintln!("{}", error.message),
            PipelineEvent::Detached => {
                (session, pipeline) = return_to(&client, options, &session, &pipeline).await?
            }
            PipelineEvent::Ended { state, error } => {
                error.into_iter().for_each(|error| eprintln!("{}", error.message));
                break state;
            }
            // Warnings and the like are left out here.
            _ => {}
        }
    };
    session.remove().await?;
    Ok(match state {
        PipelineState::Completed => ExitCode::SUCCESS,
        PipelineState::Stopped => ExitCode::from(3),
        _ => ExitCode::FAILURE,
    })
}

/// Connects to the session that was left, and goes on with its script.
async fn return_to(
    client: &Client,
    options: &Options,
    left: &Session,
    pipeline: &Pipeline,
) -> Result<(Session, Pipeline)> {
    let session = client.connect(&options.url, left.record().instance_id).await?;
    let pipeline = session.attach(pipeline.command_id()).await?;
    Ok((session, pipeline))
}

/// What is on the command line.
struct Options {
    url: String,
    user: String,
    script: String,
    leave: usize,
    stop_after: Option<usize>,
    ca_file: Option<PathBuf>,
}

impl Options {
    fn parse(mut args: impl Iterator<Item = String>) -> Result<Options> {
        let mut words = Vec::new();
        let (mut leave, mut stop_after, mut ca_file) = (0, None, None);
        while let Some(word) = args.next() {
            let mut value = || args.next().ok_or(format!("{word} needs a value"));
            match word.as_str() {
                "--leave" => leave = value()?.parse()?,
                "--stop-after" => stop_after = Some(value()?.parse()?),
                "--ca-file" => ca_file = Some(PathBuf::from(value()?)),
                _ => words.push(word),
            }
        }
        let [url, user, script] = <[String; 3]>::try_from(words)
            .map_err(|_| "usage: run URL USER SCRIPT [--leave N] [--stop-after N] [--ca-file PEM]")?;
        Ok(Options { url, user, script, leave, stop_after, ca_file })
    }
}
