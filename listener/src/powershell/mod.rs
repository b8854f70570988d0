//! A real PowerShell in server mode (`pwsh -s`), which runs the pipelines of one shell.
//!
//! It speaks PSRP over its standard streams, an XML element a line: Command, Data, Signal and Close from here, each
//! acknowledged, and Data from there. Fragments pass in both directions as they are; what the shell has to know of
//! PowerShell's messages is read beside that.
//!
//! PowerShell loses without a word what comes for a pipeline before it has acknowledged what came before: its
//! Command, or earlier Data. So each target has a queue, and one packet of it is out at a time.

mod process;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use roxmltree::Document;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::psrp::{PoolError, Reassembler, ServerMessage};
use process::{Process, Said};

/// What packets for the pool are addressed to.
pub const POOL: Uuid = Uuid::nil();

/// Octets of one Data packet; PowerShell reads no longer lines.
const MAX_DATA: usize = 32 * 1024;
/// Octets for PowerShell that wait; a client that sends more is refused.
const MAX_QUEUED: usize = 16 * 1024 * 1024;
/// The largest object that PowerShell sends, as its own clients have it by default.
const MAX_OBJECT: usize = 200 * 1024 * 1024;

/// A PowerShell. It ends when this is dropped.
#[derive(Debug)]
pub struct PowerShell {
    process: Process,
    /// The pool and the pipelines that are not closed.
    targets: HashMap<Uuid, Target>,
    queued: usize,
    ended: bool,
}

#[derive(Debug)]
struct Target {
    queue: VecDeque<Vec<u8>>,
    /// A packet is out that has not been acknowledged.
    unacknowledged: bool,
    output: Reassembler,
}

/// Octets of PowerShell for the pool or a pipeline.
#[derive(Debug)]
pub struct Output {
    pub target: Uuid,
    pub octets: Vec<u8>,
    /// The messages that are complete with them.
    pub messages: Vec<ServerMessage>,
}

impl PowerShell {
    /// Starts the program with its arguments. `changed` is notified when it has something to say.
    pub fn start(command: &[String], changed: Arc<Notify>) -> std::io::Result<PowerShell> {
        let process = Process::start(command, changed)?;
        let mut powershell = PowerShell { process, targets: HashMap::new(), queued: 0, ended: false };
        powershell.add(POOL, false);
        Ok(powershell)
    }

    fn add(&mut self, target: Uuid, unacknowledged: bool) {
        let output = Reassembler::with_limit(MAX_OBJECT);
        self.targets.insert(target, Target { queue: VecDeque::new(), unacknowledged, output });
    }

    /// Announces a pipeline.
    pub fn begin(&mut self, pipeline: Uuid) {
        self.process.write(format!("<Command PSGuid='{pipeline}' />"));
        self.add(pipeline, true);
    }

    /// Sends octets of the client's to the pool or a pipeline.
    pub fn send(&mut self, target: Uuid, octets: &[u8]) -> Result<(), PoolError> {
        let Some(found) = self.targets.get_mut(&target) else { return Ok(()) };
        if self.queued + octets.len() > MAX_QUEUED {
            return Err(PoolError::Overrun);
        }
        self.queued += octets.len();
        found.queue.extend(octets.chunks(MAX_DATA).map(<[u8]>::to_vec));
        self.send_next(target);
        Ok(())
    }

    fn send_next(&mut self, target: Uuid) {
        let Some(found) = self.targets.get_mut(&target).filter(|target| !target.unacknowledged) else {
            return;
        };
        if let Some(octets) = found.queue.pop_front() {
            found.unacknowledged = true;
            self.queued -= octets.len();
            let data = BASE64.encode(octets);
            self.process.write(format!("<Data Stream='Default' PSGuid='{target}'>{data}</Data>"));
        }
    }

    /// Stops a pipeline, which goes on to report that.
    pub fn stop(&mut self, pipeline: Uuid) {
        if self.targets.contains_key(&pipeline) {
            self.process.write(format!("<Signal PSGuid='{pipeline}' />"));
        }
    }

    /// Ends a pipeline and its output.
    pub fn close(&mut self, pipeline: Uuid) {
        if let Some(target) = self.targets.remove(&pipeline) {
            self.queued -= target.queue.iter().map(Vec::len).sum::<usize>();
            self.process.write(format!("<Close PSGuid='{pipeline}' />"));
        }
    }

    /// It has ended, by itself or because it said what is no PSRP.
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// The next octets that are there for a client.
    pub fn next(&mut self) -> Option<Output> {
        while !self.ended {
            let line = match self.process.read() {
                Said::Line(line) => line,
                Said::Nothing => return None,
                Said::Ended => break,
            };
            match self.packet(&line) {
                Some(Some(output)) => return Some(output),
                Some(None) => {}
                None => break,
            }
        }
        self.ended = true;
        None
    }

    /// Takes in a line; `None` if it is no packet.
    fn packet(&mut self, line: &[u8]) -> Option<Option<Output>> {
        let document = Document::parse(std::str::from_utf8(line).ok()?.trim()).ok()?;
        let packet = document.root_element();
        let target = Uuid::parse_str(packet.attribute("PSGuid")?).ok()?;
        match packet.tag_name().name() {
            "CommandAck" | "DataAck" => {
                if let Some(found) = self.targets.get_mut(&target) {
                    found.unacknowledged = false;
                }
                self.send_next(target);
            }
            "Data" => {
                let octets = BASE64.decode(packet.text().unwrap_or_default()).ok()?;
                // The client may have closed the pipeline meanwhile.
                if let Some(found) = self.targets.get_mut(&target) {
                    let objects = found.output.objects(&octets).ok()?;
                    let messages = objects.iter().filter_map(|object| ServerMessage::read(object)).collect();
                    return Some(Some(Output { target, octets, messages }));
                }
            }
            _ => {}
        }
        Some(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A PowerShell that is none: it says again what it is sent, and acknowledges nothing.
    fn echo() -> PowerShell {
        PowerShell::start(&["cat".to_owned()], Arc::default()).unwrap()
    }

    /// The next line that reached it.
    fn line(powershell: &PowerShell) -> String {
        loop {
            match powershell.process.read() {
                Said::Line(line) => return String::from_utf8(line).unwrap(),
                Said::Nothing => std::thread::sleep(std::time::Duration::from_millis(1)),
                Said::Ended => panic!("it has ended"),
            }
        }
    }

    #[test]
    fn what_powershell_would_lose_waits_until_what_came_before_is_acknowledged() {
        let mut powershell = echo();
        let pipeline = Uuid::from_u128(7);
        powershell.begin(pipeline);
        powershell.send(pipeline, &[1; MAX_DATA + 1]).unwrap();
        // The pool's packets do not wait for those of a pipeline.
        powershell.send(POOL, b"pool").unwrap();
        assert!(line(&powershell).starts_with("<Command "));
        assert!(line(&powershell).contains(&BASE64.encode("pool")));
        powershell.stop(pipeline);
        assert!(line(&powershell).starts_with("<Signal "));
        powershell.packet(format!("<CommandAck PSGuid='{pipeline}' />").as_bytes()).unwrap();
        assert!(line(&powershell).contains(&BASE64.encode([1; MAX_DATA])));
        powershell.packet(format!("<DataAck PSGuid='{pipeline}' />").as_bytes()).unwrap();
        assert!(line(&powershell).contains(&BASE64.encode([1])));
    }

    #[test]
    fn a_client_cannot_send_without_bounds() {
        let mut powershell = echo();
        let pipeline = Uuid::from_u128(7);
        powershell.begin(pipeline);
        powershell.send(pipeline, &vec![0; MAX_QUEUED]).unwrap();
        assert_eq!(powershell.send(pipeline, b"more"), Err(PoolError::Overrun));
        powershell.close(pipeline);
        assert_eq!(powershell.send(POOL, b"more"), Ok(()));
    }

    #[test]
    fn one_that_says_what_is_no_packet_is_taken_to_have_ended() {
        let mut powershell = echo();
        powershell.process.write("Hello, I am a shell.".to_owned());
        while powershell.next().is_none() && !powershell.has_ended() {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        assert!(powershell.has_ended());
    }
}
