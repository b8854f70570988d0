"""Many sessions of one computer at the same time, over several connections; how to run it: see test_peer.py.

The first login goes alone: whether a password is wrong is found out once, however many sessions wait for the answer.
"""

import unittest

from peer import REFUSED, PeerCase, connect_failed, error_records

# To one computer.
MOST_CONNECTIONS = 32


class Connections(PeerCase):
    """A server that takes its time, so that all connections that may be busy are."""

    def connections(self, count, *arguments):
        """How many connections it takes to connect to so many sessions."""
        self.peer.add("Task{n}", count=count)
        self.peer.spoil("delay", "Connect", count=count, params={"seconds": 1})
        self.assert_connected(self.connect(*arguments), set(self.peer.states()))
        counters = self.peer.counters
        self.assertEqual(counters["actions"], {"Enumerate": 1, "Connect": count})
        # Each is logged on once.
        self.assertEqual(counters["auth_legs"], {"negotiate": 2 * counters["connections_opened"]})
        return counters["connections_opened"]

    def test_one_for_each_session(self):
        self.assertEqual(self.connections(7), 7)

    def test_as_many_as_the_throttle_limit(self):
        self.assertEqual(self.connections(9, "-ThrottleLimit", 3), 3)

    def test_not_more_than_there_may_be(self):
        # How many of them there are before the first is free again is up to this machine.
        self.assertIn(self.connections(60, "-ThrottleLimit", 100), range(8, MOST_CONNECTIONS + 1))


class Trouble(PeerCase):
    """What happens to some of the connections concerns no other, and each session is connected to once."""

    COUNT = 20

    def trouble(self, spoilt=None, params=None, **actions):
        """The first Connect of each of five sessions is spoilt."""
        shells = self.peer.add("Task{n}", count=self.COUNT)
        for shell in shells[:5] if spoilt else ():
            self.peer.spoil(spoilt, "Connect", match={"shell_id": shell}, params=params or {})
        # Long enough for all connections to be busy when it happens.
        self.peer.spoil("delay", "Connect", count=self.COUNT, params={"seconds": 0.5})
        self.assert_connected(self.connect(), set(shells))
        self.assertEqual(self.peer.actions, {"Enumerate": 1, **actions})
        return self.peer.counters

    def test_logins_that_are_forgotten(self):
        self.peer.control("POST", "/settings", {"auth_max_requests": 2})
        counters = self.trouble(Connect=self.COUNT)
        self.assertEqual(counters["auth_legs"], {"negotiate": 2 * counters["connections_opened"]})

    def test_connections_that_are_cut_before_anything_is_done(self):
        self.trouble("drop-after-read", Connect=self.COUNT)

    def test_connections_that_are_cut_when_it_is_done(self):
        # Each is tried again, refused since it is connected, and found to be so as this client.
        self.trouble("drop-after-processing", Connect=self.COUNT + 5, Reconnect=5)

    def test_a_server_that_is_busy(self):
        self.trouble("status", {"status": 503}, Connect=self.COUNT)


class WrongPassword:
    """Fifty sessions and one attempt, with each way to log on, whether or not the sessions are known here."""

    COMPUTER = "localhost"
    COUNT = 50
    WARNING = ""

    def place(self):
        return (*self.https, *self.trusting, "-Authentication", self.AUTHENTICATION)

    def assert_refused(self, outcome, errors):
        """Nothing is done but one login, and each session has its error: as they come, so both are sorted."""
        self.assertEqual((self.peer.counters["auth_legs"], self.peer.counters["connections_opened"]), (self.LEGS, 1))
        self.assertEqual(self.peer.actions, {})
        self.assertEqual(set(self.peer.states().values()), {"Disconnected"})
        self.assertTrue(outcome.stderr.startswith(self.WARNING))
        records = error_records(outcome.stderr.removeprefix(self.WARNING))
        self.assertEqual((sorted(records), outcome.stdout, outcome.status), (sorted(errors), "", 1))

    def test_sessions_by_instance_id(self):
        shells = self.peer.add("ITTask", count=self.COUNT)
        outcome = self.home.connect(*self.place(), "-InstanceId", ",".join(shells), password="wrong")
        self.assert_refused(outcome, [
            connect_failed(shell.lower(), "Access is denied.", "AccessDenied", REFUSED, self.COMPUTER)
            for shell in shells
        ])
        self.assertEqual(self.home.rows(), {})

    def test_sessions_that_are_known(self):
        shells = self.peer.add("Task{n}", count=self.COUNT)
        self.assertEqual(self.home.connect(*self.place()).status, 0)
        for shell in shells:
            self.peer.control("POST", f"/shells/{shell}/disconnect", {})
        known = self.clients()
        self.peer.control("POST", "/counters/reset")
        outcome = self.home.connect("-Name", "Task*", password="wrong")
        self.assert_refused(outcome, [
            connect_failed(name, "Access is denied.", "AccessDenied", REFUSED, self.COMPUTER, "Reconnecting to the")
            for name in (stored["name"] for stored in self.home.rows().values())
        ])
        # As before, and with the right password they are taken up again.
        self.assertEqual(self.clients(), known)
        outcome = self.home.connect("-Name", "Task*")
        self.assert_connected(outcome, set(shells), computer=self.COMPUTER, stderr=self.WARNING)
        self.assertEqual((self.clients(), self.peer.actions), (known, {"Reconnect": self.COUNT}))

    def clients(self):
        """Each known session's Id and the client that holds it."""
        return {shell: (stored["id"], stored["session_id"]) for shell, stored in self.home.rows().items()}


class Basic(WrongPassword, PeerCase):
    AUTHENTICATION, LEGS = "Basic", {"basic": 1}


class Ntlm(WrongPassword, PeerCase):
    COMPUTER, LEGS = "127.0.0.1", {"negotiate": 2}

    def place(self):
        return self.http


class CredSsp(WrongPassword, PeerCase):
    OPTIONS = (*PeerCase.OPTIONS, "--auth", "credssp")
    AUTHENTICATION, LEGS = "Credssp", {"credssp": 4}
    WARNING = "WARNING: CredSSP: the server gets the password and can log on elsewhere with it.\n"


if __name__ == "__main__":
    unittest.main()
