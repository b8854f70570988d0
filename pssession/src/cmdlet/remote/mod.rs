//! The sets that name computers: each is asked for its sessions, and the selected ones are connected to.
//!
//! As many computers at once as the throttle limit allows, and as many sessions, whichever computers they are on: a slow
//! or dead one delays no other. What happens is reported as it happens. Only what concerns all of them comes at the end:
//! sessions that were in use are tried once more, and names that no computer knows are reported.

mod candidate;
mod computer;
mod list;
mod open;
mod query;
mod remove;
mod target;
mod wanted;

use super::get::Request;
use super::new;
use super::run::Run;
use super::selection::Remote;
use super::settings::Lines;
pub(crate) use candidate::Candidate;
use futures_util::{StreamExt, stream};
use query::Query;
use std::num::NonZeroUsize;
use std::time::Duration;

/// Connect-PSSession on servers.
pub(super) async fn connect(run: Run<'_>, remote: &Remote, lines: Lines, throttle_limit: NonZeroUsize) {
    let Some(query) = Query::new(run, remote, lines, throttle_limit).await else { return };
    let served = stream::iter(&query.targets).map(|target| query.serve(target));
    // Boxed, since the compiler does not find out here that all of it may go to another thread.
    let in_use: Vec<_> = served.buffer_unordered(query.throttle_limit).boxed().concat().await;
    let tried = stream::iter(in_use).map(|session| query.try_again(session));
    tried.buffer_unordered(query.throttle_limit).boxed().for_each(|()| async {}).await;
    query.report_misses();
}

/// Get-PSSession on servers.
pub(super) async fn list(run: Run<'_>, remote: &Remote, lines: Lines, request: &Request) {
    let Some(query) = Query::new(run, remote, lines, request.throttle_limit).await else { return };
    let listed =
        stream::iter(&query.targets).map(|target| query.list(target, request.state, request.is_long));
    listed.buffer_unordered(query.throttle_limit).boxed().for_each(|()| async {}).await;
    query.report_misses();
}

/// Remove-PSSession on servers, of sessions of some age.
pub(super) async fn remove(run: Run<'_>, remote: &Remote, lines: Lines, older_than: Duration) {
    let throttle_limit = super::connect::DEFAULT_THROTTLE_LIMIT;
    let Some(query) = Query::new(run, remote, lines, throttle_limit).await else { return };
    let removed = stream::iter(&query.targets).map(|target| query.remove(target, older_than));
    removed.buffer_unordered(query.throttle_limit).boxed().for_each(|()| async {}).await;
}

/// New-PSSession.
pub(super) async fn create(run: Run<'_>, request: &new::Request, lines: Lines) {
    let Some(query) = Query::new(run, &request.remote, lines, request.throttle_limit).await else { return };
    let targets = stream::iter(query.targets.iter().enumerate());
    let name = |index: usize| request.names.get(index).map(String::as_str);
    let created = targets.map(|(index, target)| query.create(target, name(index), request.or_connect));
    created.buffer_unordered(query.throttle_limit).boxed().for_each(|()| async {}).await;
}

/// Goes on in sessions that are opened for it.
pub(super) async fn open(
    run: Run<'_>,
    remote: &Remote,
    names: &[String],
    lines: Lines,
    throttle_limit: NonZeroUsize,
) {
    let Some(query) = Query::new(run, remote, lines, throttle_limit).await else { return };
    let targets = stream::iter(query.targets.iter().enumerate());
    let name = |index: usize| names.get(index).map(String::as_str);
    let opened = targets.map(|(index, target)| query.open_and_go_on(target, name(index)));
    opened.buffer_unordered(query.throttle_limit).boxed().for_each(|()| async {}).await;
}
