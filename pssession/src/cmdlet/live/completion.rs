//! How a line may go on: what TabExpansion2 says.

use crate::cmdlet::run::Run;
use crate::engine::{Failure, LiveSession};
use crate::event::{Candidate, Completion, CompletionQuestion};
use crate::pipeline::PSObject;
use crate::pipeline::value::{PSValue, ValueKind};
use crate::psrp::clixml::Value;
use crate::psrp::pipeline::Command;
use crate::session::Reader;
use std::ops::Range;
use std::time::Duration;

/// Who types does not wait longer.
const LIMIT: Duration = Duration::from_secs(2);
/// More than anyone reads through.
const MOST_CANDIDATES: usize = 1000;

impl Run<'_> {
    /// Answers how a line may go on. No trouble is reported: there is no answer then, and the next line meets it too.
    pub(super) async fn complete(&self, live: &LiveSession, question: CompletionQuestion) {
        let CompletionQuestion { line, cursor, answer } = question;
        let _ = tokio::time::timeout(2 * LIMIT, async {
            let objects = self.expand(live, &line, cursor).await?;
            let completion = objects.first().and_then(|object| completion(object, &line));
            // The line may be finished already.
            let _ = completion.map(|completion| answer.send(completion));
            Ok::<_, Failure>(())
        })
        .await;
    }

    async fn expand(&self, live: &LiveSession, line: &str, cursor: usize) -> Result<Vec<PSObject>, Failure> {
        let before = line.get(..cursor).unwrap_or(line);
        let cursor = i32::try_from(before.encode_utf16().count()).unwrap_or(i32::MAX);
        let command = Command::named("TabExpansion2")
            .with(None, line.into())
            .with(None, Value::I32(cursor))
            .with(None, Value::Nil);
        let create = self.silently(vec![command]);
        let mut pipeline = live.invoke(create, Reader::ThisClient).await?;
        let mut outputs = Vec::new();
        let expanded = tokio::time::timeout(LIMIT, self.outputs(&mut pipeline, None, &mut outputs)).await;
        match expanded {
            Ok(expanded) => expanded?,
            Err(_) => {
                pipeline.stop().await?;
                self.outputs(&mut pipeline, None, &mut outputs).await?;
            }
        }
        Ok(outputs)
    }
}

/// What a CommandCompletion says of a line.
fn completion(object: &PSObject, line: &str) -> Option<Completion> {
    let view = object.view();
    let number = |name| match view.root().property(name)?.kind() {
        ValueKind::Integer(number) => usize::try_from(number).ok(),
        _ => None,
    };
    let replaced = octets(line, number("ReplacementIndex")?, number("ReplacementLength")?)?;
    let ValueKind::List(matches) = view.root().property("CompletionMatches")?.kind() else { return None };
    let candidates = matches.filter_map(candidate).take(MOST_CANDIDATES).collect();
    Some(Completion { replaced, candidates })
}

fn candidate(found: PSValue<'_>) -> Option<Candidate> {
    let text = found.property("CompletionText")?.as_str()?.to_owned();
    let label = found.property("ListItemText").and_then(PSValue::as_str).unwrap_or(&text).to_owned();
    Some(Candidate { text, label })
}

/// Where so many UTF-16 code units of a line are; `None` if they are not whole characters of it.
fn octets(line: &str, start: usize, length: usize) -> Option<Range<usize>> {
    let mut units = 0;
    let mut places = line.char_indices().map(|(octet, character)| {
        let place = (units, octet);
        units += character.len_utf16();
        place
    });
    let places: Vec<_> = places.by_ref().collect();
    let end = (line.encode_utf16().count(), line.len());
    let octet =
        |unit: usize| places.iter().chain([&end]).find(|(at, _)| *at == unit).map(|(_, octet)| *octet);
    Some(octet(start)?..octet(start.checked_add(length)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_replaced_is_counted_in_utf_16() {
        assert_eq!(octets("ab", 0, 2), Some(0..2));
        assert_eq!(octets("é😀x", 1, 2), Some(2..6));
        assert_eq!(octets("é😀x", 3, 1), Some(6..7));
        assert_eq!(octets("é😀x", 2, 1), None);
        assert_eq!(octets("ab", 2, 0), Some(2..2));
        assert_eq!(octets("ab", 1, 2), None);
        assert_eq!(octets("ab", 1, usize::MAX), None);
    }

    #[test]
    fn a_completion_says_what_replaces_what() {
        let found = |index: &str| {
            let xml = format!(
                "<Obj RefId=\"0\"><Props><I32 N=\"ReplacementIndex\">{index}</I32><I32 N=\"ReplacementLength\">3</I32>\
                 <Obj N=\"CompletionMatches\" RefId=\"1\"><LST><Obj RefId=\"2\"><Props><S N=\"CompletionText\">-Path</S>\
                 <S N=\"ListItemText\">Path</S></Props></Obj><S>no match</S></LST></Obj></Props></Obj>"
            );
            completion(&PSObject::from_clixml(&xml).unwrap(), "Get-Item -Pa")
        };
        let candidates = vec![Candidate { text: "-Path".into(), label: "Path".into() }];
        assert_eq!(found("9"), Some(Completion { replaced: 9..12, candidates }));
        assert_eq!(found("10"), None);
        assert_eq!(found("-1"), None);
    }
}
