//! What is wanted of standard input.

use crate::cli::convert::{guid, int32, session_reference};
use pssession::cmdlet::Request;
use pssession::cmdlet::invoke::Place;
use pssession::cmdlet::selection::{Filter, Input, Known, Selection, SessionRecord, SessionReference};

/// What is wanted of each item: of a record one property, of a bare text the type that this property has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Any kind of reference; records stay whole.
    Sessions,
    /// [`SessionReference::Name`] only. Servers choose names, so each line is one literally: none can be written so
    /// that it is read as something else.
    Names,
    /// [`SessionReference::Id`] only.
    Ids,
    /// [`SessionReference::InstanceId`], or a record that has one.
    InstanceIds,
}

impl Wanted {
    /// What a request wants of standard input; `None` if it does not read it.
    pub fn of_request(request: &Request) -> Option<Wanted> {
        match request {
            Request::Connect(request) => Wanted::of_selection(&request.selection),
            Request::Get(request) => Wanted::of_selection(&request.selection),
            Request::Disconnect(request) => Wanted::of_known(&request.sessions),
            Request::Remove(request) => Wanted::of_selection(&request.selection),
            Request::Receive(request) => Wanted::of_selection(&request.selection),
            Request::Invoke(request) => match &request.place {
                Place::Known(known) => Wanted::of_known(known),
                Place::Remote(remote) => Wanted::of_filter(&remote.filter),
                Place::Opened { .. } => None,
            },
            Request::New(_) | Request::Enter(_) => None,
        }
    }

    fn of_selection(selection: &Selection) -> Option<Wanted> {
        match selection {
            Selection::Known(known) => Wanted::of_known(known),
            Selection::Remote(remote) => Wanted::of_filter(&remote.filter),
        }
    }

    fn of_filter(filter: &Filter) -> Option<Wanted> {
        match filter {
            Filter::Names(Input::StandardInput) => Some(Wanted::Names),
            Filter::InstanceIds(Input::StandardInput) => Some(Wanted::InstanceIds),
            Filter::All | Filter::Names(_) | Filter::InstanceIds(_) => None,
        }
    }

    fn of_known(known: &Known) -> Option<Wanted> {
        match known {
            Known::Names(Input::StandardInput) | Known::ComputerNames(Input::StandardInput) => {
                Some(Wanted::Names)
            }
            Known::Ids(Input::StandardInput) => Some(Wanted::Ids),
            Known::InstanceIds(Input::StandardInput) => Some(Wanted::InstanceIds),
            Known::Sessions(Input::StandardInput) => Some(Wanted::Sessions),
            _ => None,
        }
    }

    pub fn of_text(self, text: &str) -> Option<SessionReference> {
        if text.is_empty() || text.contains(char::is_control) {
            return None;
        }
        match self {
            Wanted::Sessions => session_reference(text).ok(),
            Wanted::Names => Some(SessionReference::Name(text.to_owned())),
            Wanted::Ids => int32(text).ok().map(SessionReference::Id),
            Wanted::InstanceIds => guid(text).ok().map(SessionReference::InstanceId),
        }
    }

    /// A JSON string, which is a name where it could be anything.
    pub fn of_string(self, text: &str) -> Option<SessionReference> {
        match self {
            Wanted::Sessions => Wanted::Names.of_text(text),
            Wanted::Names | Wanted::Ids | Wanted::InstanceIds => self.of_text(text),
        }
    }

    pub fn of_record(self, record: SessionRecord) -> Option<SessionReference> {
        match self {
            Wanted::Sessions => {
                let is_named = record.id.is_some() || record.instance_id.is_some() || record.name.is_some();
                is_named.then_some(SessionReference::Record(record))
            }
            Wanted::Names => record.name.map(SessionReference::Name),
            Wanted::Ids => record.id.map(SessionReference::Id),
            Wanted::InstanceIds => record.instance_id.is_some().then_some(SessionReference::Record(record)),
        }
    }
}
