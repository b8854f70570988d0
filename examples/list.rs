//! Lists the sessions on a computer, which is given by its name or by the URL of its service.
//!
//! ```text
//! PSSESSION_PASSWORD=... cargo run --example list -- COMPUTER USER
//! ```

use pssession::Client;
use std::error::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [computer, user] = &words[..] else { return Err("usage: list COMPUTER USER".into()) };
    let password = std::env::var("PSSESSION_PASSWORD").map_err(|_| "PSSESSION_PASSWORD is not set")?;

    let client = Client::builder().user(user, password).build()?;
    for session in client.sessions(computer).await? {
        println!("{:<12} {}  {session}", session.state.name(), session.instance_id);
    }
    Ok(())
}
