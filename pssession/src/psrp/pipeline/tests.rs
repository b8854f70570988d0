//! What a server's bytes become, however they are cut, repeated, lost or spoilt.

use super::*;
use crate::psrp::fragment::FragmentId;
use crate::psrp::testing::Random;
use server::*;

mod create;
mod errors;
mod events;

mod replay;
mod server;

fn new_pipeline() -> Pipeline {
    Pipeline::new(ID, &Limits::default())
}

/// All events of these bytes.
fn events(pipeline: &mut Pipeline, mut bytes: &[u8]) -> Vec<(u64, PipelineEvent)> {
    let mut events = Vec::new();
    while let Some((id, event)) = pipeline.next_event(&mut bytes).unwrap() {
        events.push((id.get(), event));
    }
    assert!(bytes.is_empty(), "all input is taken before more is asked for");
    events
}

fn event(message_type: u32, xml: &str) -> PipelineEvent {
    match events(&mut new_pipeline(), &sent(1, message_type, xml)).as_slice() {
        [(1, event)] => event.clone(),
        events => panic!("{events:?}"),
    }
}

fn error(bytes: &[u8]) -> PipelineError {
    new_pipeline().next_event(&mut &*bytes).unwrap_err()
}

fn text(text: &str) -> PipelineEvent {
    PipelineEvent::Output(text.into())
}
