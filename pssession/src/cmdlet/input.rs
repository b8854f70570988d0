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
    taken: usize,
    /// All that was taken, for the next reader; nothing once that was too much.
    kept: Vec<Arc<str>>,
    /// So many octets more are kept.
    room: usize,
}

/// One session is given its input again only if nothing of it was read the first time.
const MOST_KEPT: usize = 1 << 20;

impl Input {
    pub(super) fn new(objects: Objects, place: &Place) -> Input {
        let room = if place.is_single() { MOST_KEPT } else { usize::MAX };
        Input {
            read: Mutex::new(Read {
                objects: feed(objects).fuse().boxed(),
                taken: 0,
                kept: Vec::new(),
                room,
            }),
        }
    }

    /// Whether all of it can be sent once more.
    pub(super) async fn is_whole(&self) -> bool {
        let read = self.read.lock().await;
        read.taken == read.kept.len()
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
        if let Some(object) = read.kept.get(index) {
            return Some(object.clone());
        }
        loop {
            match read.objects.next().await? {
                Ok(PSObject(value)) => {
                    let object: Arc<str> = clixml::write(&value).into();
                    read.keep(&object);
                    return Some(object);
                }
                Err(error) => report(error),
            }
        }
    }
}

impl Read {
    fn keep(&mut self, object: &Arc<str>) {
        self.taken += 1;
        match self.room.checked_sub(object.len()) {
            Some(room) => {
                self.room = room;
                self.kept.push(object.clone());
            }
            None => {
                self.room = 0;
                self.kept = Vec::new();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cmdlet::selection::{self, Known};

    /// Reads all objects of so many characters; returns how many there are, and whether they can be read again.
    async fn read(lengths: &[usize], place: &Place) -> (usize, bool) {
        let objects: Vec<_> =
            lengths.iter().map(|length| Ok(PSObject("x".repeat(*length).as_str().into()))).collect();
        let input = Input::new(Box::new(objects.into_iter()), place);
        let mut read = 0;
        // The end is seen by every reader.
        for _ in 0..2 {
            while input.next(read, &|_| {}).await.is_some() {
                read += 1;
            }
        }
        (read, input.is_whole().await)
    }

    #[tokio::test]
    async fn one_session_keeps_only_the_beginning() {
        let one = Place::Known(Known::Ids(selection::Input::Given(vec![4])));
        assert_eq!(read(&[10, MOST_KEPT / 2], &one).await, (2, true));
        assert_eq!(read(&[10, MOST_KEPT, 10], &one).await, (3, false));
        assert_eq!(read(&[10, MOST_KEPT, 10], &Place::Known(Known::All)).await, (3, true));
    }
}
