//! Runs a script on many computers at once, in a session of its own on each, and prints what each says as it comes.
//!
//! ```text
//! PSSESSION_PASSWORD=... cargo run --example fan_out -- USER SCRIPT COMPUTER...
//! ```

use pssession::{Client, PipelineEvent};
use std::error::Error;
use std::process::ExitCode;
use tokio::task::JoinSet;

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [user, script, computers @ ..] = &words[..] else {
        return Err("usage: fan_out USER SCRIPT COMPUTER...".into());
    };
    let password = std::env::var("PSSESSION_PASSWORD").map_err(|_| "PSSESSION_PASSWORD is not set")?;

    let client = Client::builder().user(user, password).build()?;
    let mut running = JoinSet::new();
    for computer in computers {
        let (client, computer, script) = (client.clone(), computer.clone(), script.clone());
        running.spawn(async move {
            let ended = run(&client, &computer, script).await;
            ended.inspect_err(|error| eprintln!("{computer}: {error}")).is_ok()
        });
    }
    let all_ran = running.join_all().await.into_iter().all(|ran| ran);
    Ok(if all_ran { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Prints what the script says on one computer. A failure there is no reason to stop the others.
async fn run(client: &Client, computer: &str, script: String) -> Result<(), pssession::Error> {
    let session = client.open(computer, "fan_out").await?;
    let mut pipeline = session.invoke(script).await?;
    while let Some(event) = pipeline.next().await? {
        match event {
            PipelineEvent::Output(object) => println!("{computer}: {object}"),
            PipelineEvent::Error(error) => eprintln!("{computer}: {}", error.message),
            PipelineEvent::Ended { error: Some(error), .. } => eprintln!("{computer}: {}", error.message),
            _ => {}
        }
    }
    session.remove().await
}
