//! An enumeration, read to its end or to the first of its bounds.

use super::computer::Computer;
use super::endless::{Endless, MOST_EMPTY_PAGES, MOST_OCTETS};
use super::failure::Failure;
use crate::session::{Failure as _, FailureKind};
use crate::wsman::enumerate::{Enumerate, EnumerationContext, Item, MOST_ITEMS, Page, Pull};
use crate::wsman::{Fault, FaultCode, Malformed, MaxEnvelopeSize, SessionId};
use std::sync::Arc;
use tokio::time::{Instant, timeout_at};

/// What a service lists.
pub(crate) struct Enumerated<I> {
    pub items: Vec<I>,
    /// How many more there are that cannot be read.
    pub unreadable: usize,
}

impl Computer {
    /// All items of an enumeration, page after page. From the first page on, the time that one operation may take is
    /// for all of them.
    pub(crate) async fn enumerate<I: Item>(
        &self,
        client: SessionId,
        enumerate: Enumerate<I>,
    ) -> Result<Enumerated<I>, Failure> {
        let (most, limit) = (MaxEnvelopeSize::DEFAULT, self.operation_timeout());
        let enumerate = Arc::new(enumerate);
        let mut gathered = Gathered::default();
        let mut next = gathered.take(self.ask(client, &enumerate, most).await?)?;
        let deadline = Instant::now() + limit;
        let mut begun_again = false;
        while let Some(context) = next {
            let pull = Arc::new(Pull::after(enumerate.clone(), context));
            let pulled = timeout_at(deadline, self.ask(client, &pull, most)).await;
            next = match pulled.map_err(|_| Endless::Time(limit))? {
                Ok(page) => gathered.take(page)?,
                // The lost page cannot be asked for again, only the whole.
                Err(failure)
                    if (failure.kind() == FailureKind::Lost || is_about_the_context(&failure))
                        && !begun_again =>
                {
                    begun_again = true;
                    gathered = Gathered::default();
                    let first = timeout_at(deadline, self.ask(client, &enumerate, most)).await;
                    gathered.take(first.map_err(|_| Endless::Time(limit))??)?
                }
                Err(failure) => return Err(failure),
            };
        }
        Ok(Enumerated { items: gathered.items, unreadable: gathered.unreadable })
    }
}

/// What an enumeration has brought so far.
struct Gathered<I> {
    items: Vec<I>,
    unreadable: usize,
    listed: usize,
    octets: usize,
    empty_pages: usize,
}

impl<I> Default for Gathered<I> {
    fn default() -> Gathered<I> {
        Gathered { items: Vec::new(), unreadable: 0, listed: 0, octets: 0, empty_pages: 0 }
    }
}

impl<I> Gathered<I> {
    /// Takes a page; returns where to continue.
    fn take(&mut self, mut page: Page<I>) -> Result<Option<EnumerationContext>, Failure> {
        self.items.append(&mut page.items);
        self.unreadable += page.unreadable;
        self.listed += page.listed;
        self.octets += page.octets;
        self.empty_pages = if page.listed == 0 { self.empty_pages + 1 } else { 0 };
        if self.listed > MOST_ITEMS {
            return Err(Failure::Malformed(Malformed::TooManyItems { most: MOST_ITEMS }));
        }
        if self.octets > MOST_OCTETS {
            return Err(Endless::Octets.into());
        }
        if self.empty_pages > MOST_EMPTY_PAGES {
            return Err(Endless::EmptyPages.into());
        }
        Ok(page.next)
    }
}

/// The service no longer knows its own bookmark.
fn is_about_the_context(failure: &Failure) -> bool {
    let subcode = |fault: &Fault| fault.subcode.as_deref() == Some("InvalidEnumerationContext");
    failure.is_fault(FaultCode::ENUMERATION_CLOSED)
        || matches!(failure, Failure::Fault(fault) if subcode(fault))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bookmark() -> Option<EnumerationContext> {
        Some(EnumerationContext("uuid:7".into()))
    }

    /// After how many such pages an enumeration is given up, and why.
    fn bound(listed: usize, octets: usize) -> (usize, Failure) {
        let mut gathered = Gathered::<u8>::default();
        for pages in 1.. {
            let page = Page { items: Vec::new(), listed, unreadable: 0, octets, next: bookmark() };
            match gathered.take(page) {
                Ok(next) => assert_eq!(next, bookmark()),
                Err(failure) => return (pages, failure),
            }
        }
        unreachable!("the loop has no end")
    }

    #[test]
    fn a_list_without_end_is_given_up_at_the_first_of_its_bounds() {
        assert_eq!(bound(0, 1), (MOST_EMPTY_PAGES + 1, Endless::EmptyPages.into()));
        let too_many = Failure::Malformed(Malformed::TooManyItems { most: MOST_ITEMS });
        assert_eq!(bound(1, 1), (MOST_ITEMS + 1, too_many));
        assert_eq!(bound(1, 1 << 20), (65, Endless::Octets.into()));
    }

    #[test]
    fn empty_pages_count_in_a_row() {
        let mut gathered = Gathered::<u8>::default();
        for page in 0..10 * MOST_EMPTY_PAGES {
            let listed = usize::from(page % MOST_EMPTY_PAGES == 0);
            let page = Page { items: Vec::new(), listed, unreadable: 0, octets: 1, next: bookmark() };
            assert_eq!(gathered.take(page), Ok(bookmark()));
        }
    }
}
