//! The input of a command: read as it is needed, and given to every session that the command runs in.

use super::invoke::Place;
use super::settings::Objects;
use crate::engine::{Failure, PipelineInput, feed};
use crate::error::ErrorRecord;
use crate::pipeline::PSObject;
use crate::psrp::clixml;
use crate::psrp::message::MessageType;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use std::sync::Arc;
use tokio::sync::Mutex;

/// The objects that a command is given.
pub(super) struct Input {
    read: Mutex<Read>,
}

struct Read {
    objects: BoxStream<'static, Result<PSObject, ErrorRecord>>,
    /// All that was read, for the next reader, if there may be one.
    kept: Option<Vec<Arc<str>>>,
}

impl Input {
    pub(super) fn new(objects: Objects, place: &Place) -> Input {
        let kept = (!place.is_single()).then(Vec::new);
        Input { read: Mutex::new(Read { objects: feed(objects).boxed(), kept }) }
    }

    /// Sends all of it to a pipeline, and its end. What cannot be read ends it.
    pub(super) async fn send(
        &self,
        pipeline: &PipelineInput,
        report: impl Fn(ErrorRecord),
    ) -> Result<(), Failure> {
        let mut sent = 0;
        while let Some(object) = self.next(sent, &report).await {
            pipeline.send(MessageType::PipelineInput, object.as_ref().to_owned()).await?;
            sent += 1;
        }
        pipeline.send(MessageType::EndOfPipelineInput, String::new()).await
    }

    /// The next object after so many, as CLIXML.
    async fn next(&self, index: usize, report: &impl Fn(ErrorRecord)) -> Option<Arc<str>> {
        let mut read = self.read.lock().await;
        if let Some(object) = read.kept.as_ref().and_then(|kept| kept.get(index)) {
            return Some(object.clone());
        }
        loop {
            match read.objects.next().await? {
                Ok(PSObject(value)) => {
                    let object: Arc<str> = clixml::write(&value).into();
                    read.kept.iter_mut().for_each(|kept| kept.push(object.clone()));
                    return Some(object);
                }
                Err(error) => report(error),
            }
        }
    }
}
