//! The request of a cmdlet.

use super::connection::Connection;
use super::invoke::Place;
use super::selection::{Remote, Selection};
use super::{connect, disconnect, enter, get, invoke, new, receive, remove};
use crate::error::Cmdlet;

/// What a command line asks of this program.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// Connect-PSSession.
    Connect(connect::Request),
    /// Get-PSSession.
    Get(get::Request),
    /// Disconnect-PSSession.
    Disconnect(disconnect::Request),
    /// Remove-PSSession.
    Remove(remove::Request),
    /// New-PSSession.
    New(new::Request),
    /// Invoke-Command.
    Invoke(invoke::Request),
    /// Receive-PSSession.
    Receive(receive::Request),
    /// Enter-PSSession.
    Enter(enter::Request),
}

impl Request {
    /// The cmdlet that it is for.
    pub fn cmdlet(&self) -> Cmdlet {
        match self {
            Request::Connect(_) => Cmdlet::ConnectPSSession,
            Request::Get(_) => Cmdlet::GetPSSession,
            Request::Disconnect(_) => Cmdlet::DisconnectPSSession,
            Request::Remove(_) => Cmdlet::RemovePSSession,
            Request::New(_) => Cmdlet::NewPSSession,
            Request::Invoke(_) => Cmdlet::InvokeCommand,
            Request::Receive(_) => Cmdlet::ReceivePSSession,
            Request::Enter(_) => Cmdlet::EnterPSSession,
        }
    }

    /// Whether its commands may run on several computers, or in several sessions.
    pub fn may_be_several(&self) -> bool {
        match self {
            Request::Invoke(request) => match &request.place {
                Place::Opened { remote, .. } | Place::Remote(remote) => remote.servers.len() > 1,
                Place::Known(known) => known.may_be_several(),
            },
            Request::Receive(request) => match &request.selection {
                Selection::Remote(remote) => remote.servers.len() > 1,
                Selection::Known(known) => known.may_be_several(),
            },
            _ => false,
        }
    }

    /// -WhatIf and -Confirm.
    pub(super) fn consent(&self) -> Consent {
        let (what_if, confirm) = match self {
            Request::Connect(request) => (request.what_if, request.confirm),
            Request::Get(_) | Request::New(_) | Request::Invoke(_) | Request::Enter(_) => (false, false),
            Request::Disconnect(request) => (request.what_if, request.confirm),
            Request::Remove(request) => (request.what_if, request.confirm),
            Request::Receive(request) => (request.what_if, request.confirm),
        };
        Consent { what_if, confirm }
    }

    /// Whether the store is only read.
    pub(super) fn only_reads(&self) -> bool {
        matches!(self, Request::Get(request) if matches!(request.selection, Selection::Known(_)))
    }

    /// The servers that it names, and how to reach them.
    pub fn remote(&self) -> Option<&Remote> {
        let selection = match self {
            Request::Connect(request) => &request.selection,
            Request::Get(request) => &request.selection,
            Request::Receive(request) => &request.selection,
            Request::Enter(request) => &request.selection,
            Request::New(request) => return Some(&request.remote),
            Request::Invoke(request) => match &request.place {
                Place::Opened { remote, .. } | Place::Remote(remote) => return Some(remote),
                Place::Known(_) => return None,
            },
            Request::Remove(request) => &request.selection,
            Request::Disconnect(_) => return None,
        };
        match selection {
            Selection::Remote(remote) => Some(remote),
            Selection::Known(_) => None,
        }
    }

    /// How to reach servers, where the request says so.
    pub fn connection(&self) -> Option<&Connection> {
        self.remote().map(|remote| &remote.connection)
    }
}

/// Whether actions are performed, and after a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Consent {
    /// -WhatIf; wins.
    pub what_if: bool,
    /// -Confirm
    pub confirm: bool,
}
