"""What every way of logging in has to handle: a thousand requests after one login, and two logins side by side.

The ways of Kerberos are in test_peer_kerberos.py, the others in test_peer_endurance.py.
"""

import collections
import dataclasses
import json


@dataclasses.dataclass
class Way:
    """How to log in, and what the peer counts of it."""

    uri: str
    arguments: tuple
    scheme: str
    # Of one login; None for a scheme that goes with each request.
    legs: int | None
    # What is said besides the sessions.
    warning: str = ""


class Endurance:
    """The peer gives one session a page, so that there are as many requests as sessions."""

    REQUESTS = 1000

    def ways(self):
        raise NotImplementedError

    def log_in(self, *arguments):
        """Runs the program."""
        raise NotImplementedError

    def sessions(self, count):
        """Leaves so many; gives their names."""
        usual = self.peer.control("GET", "/settings")
        self.addCleanup(self.peer.control, "POST", "/settings", usual)
        self.peer.control("POST", "/settings", {"max_batch_items": 1, "record": 2 * count})
        # A few at a time: the peer answers when it has made them.
        for first in range(0, count, 100):
            self.peer.add(f"Task{first // 100}.{{n}}", count=min(100, count - first))
        return [f"Task{number // 100}.{number % 100}" for number in range(count)]

    def list(self, way, times=1):
        """Lists all sessions once or more often at a time; returns how often each is listed."""
        self.peer.control("POST", "/counters/reset")
        self.peer.control("DELETE", "/records")
        uri = ",".join([way.uri] * times)
        outcome = self.log_in("--as", "Get-PSSession", "-ConnectionUri", uri, *way.arguments, "--output", "jsonl")
        warning = {"Stream": "Warning", "Message": way.warning}
        warnings = [json.loads(line) for line in outcome.stderr.splitlines()]
        self.assertEqual((warnings, outcome.status), ([warning] if way.warning else [], 0))
        return collections.Counter(json.loads(line)["Name"] for line in outcome.stdout.splitlines())

    def assert_counted(self, way, connections, requests):
        """Each connection was logged in on once."""
        counters = self.peer.counters
        legs = connections * way.legs if way.legs else sum(requests.values())
        self.assertEqual(counters["actions"], requests)
        self.assertEqual((counters["connections_opened"], counters["auth_legs"]), (connections, {way.scheme: legs}))

    def test_a_thousand_requests_follow_one_login(self):
        names = self.sessions(self.REQUESTS)
        for way in self.ways():
            with self.subTest(way=way):
                self.assertEqual(self.list(way), dict.fromkeys(names, 1))
                self.assert_counted(way, 1, {"Enumerate": 1, "Pull": self.REQUESTS - 1})

    def test_two_logins_stand_side_by_side(self):
        names = self.sessions(60)
        for way in self.ways():
            with self.subTest(way=way):
                self.assertEqual(self.list(way, times=2), dict.fromkeys(names, 2))
                self.assert_counted(way, 2, {"Enumerate": 2, "Pull": 118})
                # Their requests come in turns, and not one connection after the other.
                order = [record["connection"] for record in self.peer.control("GET", "/records")]
                first, second = dict.fromkeys(order)
                self.assertEqual((order.count(first), order.count(second)), (60, 60))
                self.assertLess(order.index(second), 60)
