//! What is said of a wait for a server.

use super::commands::CommandSettings;
use super::lost::{self, PATIENCE};
use super::progress::Line;
use pssession::event::{Awaited, Wait};
use std::time::Instant;

/// The line of a wait that begins now.
pub fn line(wait: &Wait, settings: Option<&CommandSettings>) -> Line {
    let patience = match wait.awaited {
        // It has lasted already.
        Awaited::Turn { .. } => Default::default(),
        _ => PATIENCE,
    };
    Line { text: text(wait, settings), clock: None, due: Instant::now() + patience }
}

fn text(Wait { computer_name: computer, awaited, .. }: &Wait, settings: Option<&CommandSettings>) -> String {
    let escape = settings.and_then(|settings| settings.escape);
    match awaited {
        Awaited::Login => format!("Finding out how to log on to {computer}"),
        Awaited::Sessions => format!("Waiting for {computer} to list its sessions"),
        Awaited::Commands(session) => {
            format!("Waiting for {computer} to list the commands of session {session}")
        }
        Awaited::Creation => format!("Waiting for {computer} to create a session"),
        Awaited::Connection(session) => format!("Waiting for {computer} to connect session {session}"),
        Awaited::Disconnection(session) => {
            format!("Waiting for {computer} to disconnect session {session}")
        }
        Awaited::Removal(session) => format!("Waiting for {computer} to remove session {session}"),
        Awaited::Release => format!("Waiting for {computer} to free the command"),
        Awaited::Stop => format!("Waiting for {computer} to stop the command{}", lost::ways_out(escape)),
        Awaited::Turn { session, id } => {
            let gives_up = match (settings.is_some_and(|settings| settings.is_entered), escape) {
                (true, Some(escape)) => Some(format!("{escape}. gives up")),
                (true, None) => None,
                (false, _) => Some("Ctrl-C gives up".to_owned()),
            };
            let removes = id.map(|id| format!("remove-pssession -Id {id} ends it"));
            let ways: Vec<_> = gives_up.into_iter().chain(removes).collect();
            let ways = if ways.is_empty() { String::new() } else { format!(" ({})", ways.join("; ")) };
            format!("Session {session} on {computer} is busy{ways}")
        }
        // The library may wait for more than this program knows.
        _ => format!("Waiting for {computer}"),
    }
}
