//! Services that send their client elsewhere: whether it goes along. Pure.
//!
//! They do so by HTTP or by a fault. In either case it is the same client with the same login that asks again, so how
//! far it goes is for the user to say, and to whom is not (see [`Endpoint::redirected`]).

use crate::transport::{BadRedirection, Endpoint};

/// How far a client goes along.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Redirects {
    /// Not at all: who names a computer means that one.
    #[default]
    Never,
    /// Not at all, since the user has not allowed what could be allowed.
    NotAllowed,
    /// So many times at most; more than [`Redirects::MOST`] are that many.
    AtMost(u32),
}

impl Redirects {
    /// More than any service needs.
    pub(crate) const MOST: u32 = 50;
}

/// Why a client does not go along.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// The user has not allowed it.
    #[error("that is not allowed")]
    NotAllowed {
        /// Whether the user could have.
        could_be: bool,
    },
    #[error("the limit of {most} redirections is reached")]
    TooOften { most: u32 },
    #[error(transparent)]
    Bad(#[from] BadRedirection),
    #[error("that address has already redirected it")]
    Circle,
}

/// A redirection that was not followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{said}")]
pub(crate) struct Redirection {
    /// The service's message, or one in its place.
    pub said: String,
    /// As the service put it.
    pub location: String,
    pub refusal: Refusal,
}

/// The redirections that a client has followed.
#[derive(Debug, Default)]
pub(super) struct Route {
    redirects: Redirects,
    /// The endpoints that have sent it elsewhere.
    left: Vec<Endpoint>,
    /// How many of its steps have been reported.
    reported: usize,
}

impl Route {
    pub(super) fn new(redirects: Redirects) -> Route {
        Route { redirects, ..Route::default() }
    }

    /// Goes from `here` where the service sends its client, whose login shows the password or does not.
    ///
    /// # Errors
    /// Why not.
    pub(super) fn step(
        &mut self,
        here: &Endpoint,
        location: &str,
        shows_password: bool,
    ) -> Result<Endpoint, Refusal> {
        let most = match self.redirects {
            Redirects::Never => return Err(Refusal::NotAllowed { could_be: false }),
            Redirects::NotAllowed => return Err(Refusal::NotAllowed { could_be: true }),
            Redirects::AtMost(most) => most.min(Redirects::MOST),
        };
        let there = here.redirected(location, shows_password)?;
        if there == *here || self.left.contains(&there) {
            return Err(Refusal::Circle);
        }
        if self.left.len() >= most as usize {
            return Err(Refusal::TooOften { most });
        }
        self.left.push(here.clone());
        Ok(there)
    }

    /// The steps that were made since this was asked last, up to `here`.
    pub(super) fn take_steps(&mut self, here: &Endpoint) -> Vec<Endpoint> {
        let reached = self.left.iter().skip(1).chain([here]);
        let steps = reached.take(self.left.len()).skip(self.reported).cloned().collect();
        self.reported = self.left.len();
        steps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(uri: &str) -> Endpoint {
        Endpoint::of_uri(uri).unwrap()
    }

    /// Where a client ends that is sent from `/0` to each of these in turn, or why it stops.
    fn walk(redirects: Redirects, locations: &[&str]) -> Result<(String, Route), Refusal> {
        let mut route = Route::new(redirects);
        let mut here = endpoint("http://a/0");
        for location in locations {
            here = route.step(&here, location, false)?;
        }
        Ok((here.url().path().to_owned(), route))
    }

    #[test]
    fn a_client_goes_along_as_often_as_it_may() {
        use Redirects::{AtMost, Never, NotAllowed};
        let refusal = |redirects, locations| walk(redirects, locations).map(|(path, _)| path);
        assert_eq!(refusal(Never, &["/1"]), Err(Refusal::NotAllowed { could_be: false }));
        assert_eq!(refusal(NotAllowed, &["/1"]), Err(Refusal::NotAllowed { could_be: true }));
        assert_eq!(refusal(AtMost(0), &["/1"]), Err(Refusal::TooOften { most: 0 }));
        assert_eq!(refusal(AtMost(2), &["/1", "/2"]), Ok("/2".into()));
        assert_eq!(refusal(AtMost(2), &["/1", "/2", "/3"]), Err(Refusal::TooOften { most: 2 }));
        let many: Vec<String> = (1..=51).map(|number| format!("/{number}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(refusal(AtMost(u32::MAX), &many[..50]), Ok("/50".into()));
        assert_eq!(refusal(AtMost(u32::MAX), &many), Err(Refusal::TooOften { most: 50 }));
    }

    #[test]
    fn no_redirection_goes_in_circles_or_to_another_computer() {
        let refusal = |locations| walk(Redirects::AtMost(5), locations).map(|(path, _)| path);
        assert_eq!(refusal(&["http://a/0"]), Err(Refusal::Circle));
        assert_eq!(refusal(&["/1", "/2", "/0"]), Err(Refusal::Circle));
        assert_eq!(refusal(&["/1", "/2", "/1"]), Err(Refusal::Circle));
        assert_eq!(refusal(&["http://b/1"]), Err(Refusal::Bad(BadRedirection::AnotherHost)));
        assert_eq!(refusal(&["https://a/1", "http://a/2"]), Err(Refusal::Bad(BadRedirection::LessSecure)));
    }

    #[test]
    fn each_step_is_reported_once() {
        let (_, mut route) = walk(Redirects::AtMost(5), &["/1", "/2"]).unwrap();
        let here = endpoint("http://a/2");
        assert_eq!(route.take_steps(&here), [endpoint("http://a/1"), here.clone()]);
        assert_eq!(route.take_steps(&here), []);
        let here = route.step(&here, "/3", false).unwrap();
        assert_eq!(route.take_steps(&here), [endpoint("http://a/3")]);
        assert_eq!(Route::default().take_steps(&here), []);
    }
}
