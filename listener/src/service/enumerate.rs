//! Enumerate, Pull and Release, of shells and of the commands of one shell.
//!
//! The items are those at the time of the Enumerate. In its own answer they stand in the namespace of
//! WS-Management (`w:Items`), in the answers to Pull in that of WS-Enumeration (`n:Items`).

use std::collections::VecDeque;
use std::time::Instant;

use super::Service;
use crate::journal::Caller;
use crate::soap::{Enumerate, Fault, FaultKind, Header, guid, names};
use crate::xml::write;

/// Octets of an answer that are no items.
const ENVELOPE_OVERHEAD: usize = 2_048;

/// An enumeration that a client has not pulled to its end.
#[derive(Debug)]
pub struct Enumeration {
    context: String,
    user: String,
    parameters: Parameters,
    items: VecDeque<String>,
    pub expires: Instant,
}

/// What every Pull must repeat from its Enumerate: so says the description of the fault for those that do
/// not.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Parameters {
    resource_uri: String,
    max_elements: Option<usize>,
    max_envelope_size: usize,
}

impl Parameters {
    fn new(header: &Header, max_elements: Option<usize>) -> Parameters {
        let Header { resource_uri, max_envelope_size, .. } = header;
        Parameters { resource_uri: resource_uri.clone(), max_elements, max_envelope_size: *max_envelope_size }
    }
}

impl Service {
    pub(super) fn enumerate(
        &mut self,
        now: Instant,
        caller: &Caller,
        header: &Header,
        enumerate: Enumerate,
    ) -> Result<String, Fault> {
        let items = match (header.resource_uri.as_str(), &enumerate.filter) {
            (names::SHELLS, None) => self.shell_items(now, caller),
            (names::SHELLS, Some(_)) => {
                return Err(Fault::new(
                    FaultKind::FilteringNotSupported,
                    "shells are enumerated without a filter",
                ));
            }
            (names::COMMANDS, Some(shell_id)) => self.command_items(caller, shell_id)?,
            (names::COMMANDS, None) => {
                return Err(Fault::new(FaultKind::CommandsFilterExpected, "no filter names a shell"));
            }
            (other, _) => {
                return Err(Fault::new(
                    FaultKind::InvalidResourceUri,
                    format!("{other} cannot be enumerated"),
                ));
            }
        };
        let mut enumeration = Enumeration {
            context: format!("uuid:{}", guid()),
            user: caller.user.clone(),
            parameters: Parameters::new(header, enumerate.max_elements),
            items: items.into(),
            expires: now + self.settings.enumeration_timeout,
        };
        // Without OptimizeEnumeration the answer is but the context, even when there is nothing to pull.
        let page = match enumerate.optimize {
            true => Some(enumeration.page(self.settings.page_size)?),
            false => None,
        };
        let body = answer("n:EnumerateResponse", 'w', page.as_deref(), &enumeration);
        if page.is_none() || !enumeration.items.is_empty() {
            self.enumerations.push(enumeration);
        }
        Ok(body)
    }

    pub(super) fn pull(
        &mut self,
        now: Instant,
        caller: &Caller,
        header: &Header,
        context: &str,
        max_elements: Option<usize>,
    ) -> Result<String, Fault> {
        let at = self.find_enumeration(caller, context)?;
        let parameters = Parameters::new(header, max_elements);
        if self.enumerations[at].parameters != parameters {
            let why = format!("{parameters:?} differ from {:?}", self.enumerations[at].parameters);
            return Err(Fault::new(FaultKind::PullParametersDiffer, why));
        }
        let mut enumeration = self.enumerations.swap_remove(at);
        let page = enumeration.page(self.settings.page_size)?;
        let body = answer("n:PullResponse", 'n', Some(&page), &enumeration);
        if !enumeration.items.is_empty() {
            enumeration.expires = now + self.settings.enumeration_timeout;
            self.enumerations.push(enumeration);
        }
        Ok(body)
    }

    pub(super) fn release(&mut self, caller: &Caller, context: &str) -> Result<String, Fault> {
        let at = self.find_enumeration(caller, context)?;
        self.enumerations.swap_remove(at);
        Ok(String::new())
    }

    fn find_enumeration(&self, caller: &Caller, context: &str) -> Result<usize, Fault> {
        let found = self.enumerations.iter().position(|e| e.context == context && e.user == caller.user);
        found.ok_or_else(|| {
            Fault::new(FaultKind::EnumerationClosed, format!("there is no enumeration {context}"))
        })
    }

    /// `rsp:Shell` of each shell that the caller may see, the youngest first as was recorded.
    fn shell_items(&self, now: Instant, caller: &Caller) -> Vec<String> {
        let settings = &self.settings;
        let visible = |owner: &String| caller.administrator || *owner == caller.user;
        let shells = self.shells.iter().rev().filter(|shell| visible(&shell.identity.owner));
        shells
            .map(|shell| {
                write(|xml| shell.write(xml, now, &settings.machine, settings.max_idle_timeout, true))
            })
            .collect()
    }
}

impl Enumeration {
    /// Takes the next items: no more than the service gives and the client wants, and than fit in an answer.
    fn page(&mut self, page_size: usize) -> Result<Vec<String>, Fault> {
        // DSP0226: without MaxElements one element comes at a time.
        let most = self.parameters.max_elements.unwrap_or(1).min(page_size);
        let mut room = self.parameters.max_envelope_size.saturating_sub(ENVELOPE_OVERHEAD);
        let mut page = Vec::new();
        while page.len() < most
            && let Some(left) = self.items.front().and_then(|item| room.checked_sub(item.len()))
        {
            room = left;
            page.extend(self.items.pop_front());
        }
        match page.is_empty() && !self.items.is_empty() {
            true => Err(Fault::new(FaultKind::EnvelopeTooLarge, "one item is too large for the client")),
            false => Ok(page),
        }
    }
}

/// The answer with this page, or with the context alone. `prefix`: of the namespace for items.
fn answer(name: &str, prefix: char, page: Option<&[String]>, enumeration: &Enumeration) -> String {
    let finished = page.is_some() && enumeration.items.is_empty();
    write(|xml| {
        xml.element(name, &[], |xml| {
            xml.leaf("n:EnumerationContext", if finished { "" } else { &enumeration.context });
            if let Some(items) = page.filter(|items| !items.is_empty()) {
                xml.element(&format!("{prefix}:Items"), &[], |xml| {
                    items.iter().for_each(|item| xml.raw(item))
                });
            }
            if finished {
                xml.empty(&format!("{prefix}:EndOfSequence"), &[]);
            }
        });
    })
}
