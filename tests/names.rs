//! Which sessions a name selects.

use crate::support::known::rows;
use crate::support::{Login, Place, Seen, no_such_name};
use pssession_listener::SessionSpec;

#[test]
fn a_pattern_of_a_star_matches_sessions_without_a_name() {
    let place = Place::new();
    place.session("ITTask");
    let nameless = place.add(SessionSpec::default());
    let list = |name| {
        let args = [&place.as_get()[..], &["-Name", name, "--output", "jsonl"].map(str::to_owned)].concat();
        Seen::of(&mut place.home.program(&args)).stdout.lines().count()
    };
    assert_eq!(["*", "?*"].map(list), [2, 1]);
    assert_eq!(place.run(&["-Name", "*"]).status, 0);
    assert!(place.is_connected(&nameless));
}

#[test]
fn an_exact_name_comes_before_a_pattern() {
    let place = Place::new();
    let exact = place.session("[PROD] nightly");
    let others = ["P nightly", "R nightly"].map(|name| place.session(name));
    let opened = rows(&[(1, "[PROD] nightly")]);
    place.run(&["-Name", "[prod] Nightly"]).is(&opened, "", 0);
    assert!(place.is_connected(&exact) && others.iter().all(|other| !place.is_connected(other)));
    place.known(&["-Name", "[prod] Nightly"]).is(&opened, "", 0);
    // There is none of this name, so it is a pattern.
    let seen = place.run(&["-Name", "[PQ] nightly", "--output", "jsonl"]);
    assert!(seen.stdout.contains("\"P nightly\"") && seen.stdout.lines().count() == 1, "{seen:?}");
    assert!(!place.is_connected(&others[1]));
    // A bracket that is not closed is a name, where there is one.
    place.session("[odd");
    assert_eq!(place.run(&["-Name", "[odd"]).status, 0);
    let seen = place.run(&["-Name", "[even"]);
    assert!(seen.stderr.contains("The specified wildcard character pattern is not valid: [even"), "{seen:?}");
    assert_eq!(seen.status, 1);
}

#[test]
fn a_line_of_standard_input_is_a_name_as_it_is() {
    let place = Place::new();
    for name in ["a,b", "[PROD]*", "P1", "PROD", "[PROD]1"] {
        place.session(name);
    }
    let piped = |args: &[&str], text: &str| {
        let args = [args, &["-Name", "-", "--output", "jsonl", "-ThrottleLimit", "1"]].concat();
        let seen = Seen::of(&mut place.home.fed(place.command(Login::Ntlm, &args), text));
        assert_eq!(seen.stderr, "", "{seen:?}");
        seen.stdout.lines().count()
    };
    assert_eq!(piped(&[], "a,b\n[PROD]*\n"), 2);
    assert_eq!(place.listener.sessions().iter().filter(|session| session.connected).count(), 2);
    // The same in the store, and for any kind of line.
    let seen = place.piped(&["--output", "jsonl", "-ThrottleLimit", "1"], "a,b\n[PROD]*\n");
    assert_eq!((seen.stdout.lines().count(), seen.stderr.as_str()), (2, ""), "{seen:?}");
    let seen = Seen::of(&mut place.home.fed(place.command(Login::Ntlm, &["-Name", "-"]), "P*\n"));
    seen.is("", &no_such_name("P*"), 1);
    assert_eq!(piped(&["--wildcards"], "P*\n"), 2);
    let seen = place.piped(&["--wildcards", "--output", "jsonl"], "P*\n");
    assert_eq!((seen.stdout.lines().count(), seen.stderr.as_str()), (2, ""), "{seen:?}");
}
