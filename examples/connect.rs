//! Connects to a disconnected session, shows the commands that run in it, and disconnects again.
//!
//! ```text
//! PSSESSION_PASSWORD=... cargo run --example connect -- COMPUTER USER NAME
//! ```

use pssession::Client;
use std::error::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [computer, user, name] = &words[..] else { return Err("usage: connect COMPUTER USER NAME".into()) };
    let password = std::env::var("PSSESSION_PASSWORD").map_err(|_| "PSSESSION_PASSWORD is not set")?;

    let client = Client::builder().user(user, password).build()?;
    let found = client.sessions(computer).await?;
    let wanted = found.iter().find(|session| session.name.as_ref() == Some(name));
    let wanted = wanted.ok_or("there is no session of this name")?;

    let session = client.connect(computer, wanted.instance_id).await?;
    println!(
        "{name} is {}, with commands: {}",
        session.record().state.name(),
        session.commands().await?.len()
    );
    session.disconnect().await?;
    println!("{name} is Disconnected");
    Ok(())
}
