//! What goes back on a connection, and how it may be spoilt.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Frame, SizeHint};
use hyper::header::{CONNECTION, CONTENT_TYPE, HeaderName, LOCATION, SERVER, WWW_AUTHENTICATE};
use hyper::{Response, StatusCode};

use crate::injection::Effect;

/// An HTTP answer, or none.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(HeaderName, String)>,
    pub body: Vec<u8>,
    pub fate: Fate,
}

/// What becomes of an answer and its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Whole,
    /// The connection is closed after so many octets of the body.
    Cut(usize),
    /// The connection is closed without an answer.
    Dropped,
    /// Nothing happens any more.
    Never,
}

impl Answer {
    /// An answer without a body.
    pub fn empty(status: u16) -> Answer {
        Answer { status, headers: Vec::new(), body: Vec::new(), fate: Fate::Whole }
    }

    pub fn with_body(status: u16, content_type: &str, body: Vec<u8>) -> Answer {
        Answer { body, ..Answer::empty(status) }.header(CONTENT_TYPE, content_type)
    }

    pub fn header(mut self, name: HeaderName, value: &str) -> Answer {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// Says what the next token of a login is.
    pub fn token(self, token: Option<&str>) -> Answer {
        match token {
            Some(token) => self.header(WWW_AUTHENTICATE, &format!("Negotiate {token}")),
            None => self,
        }
    }

    /// Says that the connection will be closed.
    pub fn close(self) -> Answer {
        self.header(CONNECTION, "close")
    }

    fn fated(fate: Fate) -> Answer {
        Answer { fate, ..Answer::empty(200) }
    }

    /// The answer that replaces processing the request, if the effect is of that kind.
    pub fn instead(effect: &Effect) -> Option<Answer> {
        match effect {
            Effect::DropBefore => Some(Answer::fated(Fate::Dropped)),
            Effect::Never => Some(Answer::fated(Fate::Never)),
            Effect::Status(status, None) => Some(Answer::empty(*status)),
            Effect::Status(status, Some(body)) => {
                Some(Answer::with_body(*status, "text/html", body.clone().into_bytes()))
            }
            Effect::Redirect { status, location } => Some(Answer::empty(*status).header(LOCATION, location)),
            _ => None,
        }
    }

    /// Spoils the answer to a request that was processed.
    pub fn spoilt(mut self, effect: &Effect) -> Answer {
        match effect {
            Effect::DropAfter => Answer::fated(Fate::Dropped),
            Effect::Cut(octets) => Answer { fate: Fate::Cut(*octets), ..self },
            Effect::Close => self.close(),
            Effect::Garbage => Answer { body: b"<this is < no XML".to_vec(), ..self },
            Effect::Empty => Answer { status: 200, body: Vec::new(), ..self },
            Effect::Huge(octets) => {
                self.body.resize(self.body.len().max(*octets), b' ');
                self
            }
            _ => self,
        }
    }

    /// The answer as hyper sends it; `None` closes the connection instead.
    pub fn into_response(self) -> Option<Response<AnswerBody>> {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = Response::builder().status(status).header(SERVER, "Microsoft-HTTPAPI/2.0");
        for (name, value) in self.headers {
            response = response.header(name, value);
        }
        let body = match self.fate {
            Fate::Whole => AnswerBody::Whole(Full::from(self.body)),
            Fate::Cut(octets) => AnswerBody::Cut(CutBody::new(self.body, octets)),
            Fate::Dropped | Fate::Never => return None,
        };
        response.body(body).ok()
    }
}

/// The body of an answer.
pub enum AnswerBody {
    Whole(Full<Bytes>),
    Cut(CutBody),
}

/// A body that ends too early.
pub struct CutBody {
    length: u64,
    step: Step,
}

enum Step {
    Part(Bytes),
    /// A turn of waiting, in which the part is sent off before the connection goes.
    Pause,
    Broken,
}

/// The end of a body that was cut.
#[derive(Debug, thiserror::Error)]
#[error("the answer is cut here")]
pub struct CutHere;

impl CutBody {
    fn new(mut body: Vec<u8>, octets: usize) -> CutBody {
        let length = body.len() as u64;
        body.truncate(octets);
        CutBody { length, step: Step::Part(body.into()) }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = CutHere;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, CutHere>>> {
        let cut = match self.get_mut() {
            AnswerBody::Whole(full) => {
                let frame = Pin::new(full).poll_frame(context);
                return frame
                    .map(|frame| frame.map(|frame| frame.map_err(|error: Infallible| match error {})));
            }
            AnswerBody::Cut(cut) => cut,
        };
        match std::mem::replace(&mut cut.step, Step::Broken) {
            Step::Part(part) => {
                cut.step = Step::Pause;
                Poll::Ready(Some(Ok(Frame::data(part))))
            }
            Step::Pause => {
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Step::Broken => Poll::Ready(Some(Err(CutHere))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            AnswerBody::Whole(full) => full.is_end_stream(),
            AnswerBody::Cut(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            AnswerBody::Whole(full) => full.size_hint(),
            AnswerBody::Cut(cut) => SizeHint::with_exact(cut.length),
        }
    }
}
