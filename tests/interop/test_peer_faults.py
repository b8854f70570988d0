"""Everything that winrm_peer can spoil, at every request of a run; and runs that are interrupted or killed.

How to run it, and against what: see test_peer.py.

Whatever happens to a request, a run ends in one of two ways: it shows the session, exits with 0, and the session is
connected to the client that the store remembers; or it reports a named error, exits with 1, and the session is as
disconnected as before. There is one exception: where no usable answer to Connect came, it cannot be known whether the
session is connected, and then the store remembers the client that may hold it.
"""

import collections
import contextlib
import dataclasses
import queue
import re
import signal
import sys
import threading
import time
import unittest

from peer import (
    DISCONNECTED, OPENED, PEER, SKIP_REASON, Home, Peer, PeerCase, error_records, finish, row, table,
)

FOR_EVER = 99

# Kinds that spoil an answer to a request that is carried out, so that the client cannot know that it is.
ANSWER_SPOILT = {
    "drop-after-processing", "cut", "garbage", "truncate", "huge", "content-type", "bad-encryption",
    "wrong-relates-to", "delay", "delay-after", "drip", "close",
}

LONG = 5  # seconds; the program waits 3
TIMEOUT = ("--timeout", "3")


def faults():
    """Every kind of fault, by the stage at which it can happen, with its parameters."""
    early = [
        ("drop-before-read", {}),
        ("drop-after-read", {}),
        ("delay", {"seconds": 0.2}),
        ("delay", {"seconds": LONG}),
        ("redirect", {}),
        ("expire-auth", {}),
        ("garbage", {}),
        ("empty", {}),
        *(("status", {"status": status, "body": "text"}) for status in (200, 400, 401, 403, 413, 500, 503)),
        *(("status", {"status": status}) for status in (401, 404, 500)),
    ]
    late = [
        *early[1:],
        ("drop-after-processing", {}),
        ("cut", {}),
        ("cut", {"bytes": 0}),
        ("cut", {"fraction": 0.99}),
        *(("status", {"status": status, "body": "fault"}) for status in (400, 500, 503)),
        *(("fault", {"name": name}) for name in (
            "access_denied", "timed_out", "connected_elsewhere", "session_id_mismatch", "invalid_selectors",
            "invalid_resource_uri", "quota_max_shells", "shell_disconnected", "invalid_enumeration_context",
            "provider_failure", "connect_failed", "protocol_version",
        )),
        ("fault", {"code": 2150859174, "message": "Too many operations."}),
        ("fault", {"code": 1, "message": ""}),
        ("truncate", {}),
        ("truncate", {"fraction": 0}),
        ("content-type", {}),
        ("huge", {}),
        ("drip", {}),
        ("delay-after", {"seconds": LONG}),
        ("wrong-relates-to", {}),
        ("redirect-fault", {}),
        ("bad-encryption", {}),
        ("close", {}),
        *((f"{what}-fragments", {}) for what in ("duplicate", "reorder", "corrupt", "drop")),
    ]
    return {"http": early, "soap": late}


@dataclasses.dataclass(frozen=True)
class Case:
    """A fault at one request of one kind of run."""

    transport: str
    selection: str
    stage: str
    # Which request: how many pass before it, or its action.
    place: object
    kind: str
    params: tuple
    count: int

    def __str__(self):
        times = "once" if self.count == 1 else "for ever"
        return f"{self.transport}, {self.selection}: {self.kind} {dict(self.params)} at {self.place} {times}"

    @property
    def is_slow(self):
        return dict(self.params).get("seconds") == LONG

    @property
    def is_lost(self):
        """Whether the one request that connects is carried out, and its sealed answer cannot be opened."""
        return (
            self.transport == "HTTP and NTLM"
            and self.selection in ("by name", "by InstanceId")
            and self.kind in ("bad-encryption", "content-type")
            and self.place == "Connect"
        )


# How many HTTP requests a run takes, and the SOAP requests among them. NTLM's first leg is a request of its own.
RUNS = {
    "by name": (3, ("Enumerate", "Pull", "Connect")),
    "by InstanceId": (1, ("Connect",)),
    "by InstanceId elsewhere": (4, ("Enumerate", "Pull", "Connect")),
}
TRANSPORTS = {"HTTP and NTLM": 1, "HTTPS and Basic": 0}


def cases():
    for transport, legs in TRANSPORTS.items():
        for selection, (requests, actions) in RUNS.items():
            for stage, places in (("http", range(legs + requests)), ("soap", actions)):
                for kind, params in faults()[stage]:
                    if kind == "bad-encryption" and transport == "HTTPS and Basic":
                        continue
                    for place in places:
                        for count in (1, FOR_EVER):
                            yield Case(transport, selection, stage, place, kind, tuple(params.items()), count)


class Worker:
    """Runs cases one after the other, with a peer of its own."""

    def __init__(self, failures, endings):
        self.peer = Peer("--configuration", "Microsoft.PowerShell", "--configuration", "ITTasks")
        # One session a page, so that there is a page to pull.
        self.peer.reset(max_batch_items=1)
        self.failures, self.endings = failures, endings

    def work(self, queues):
        for waiting in queues:
            with contextlib.suppress(queue.Empty):
                while True:
                    self.check(waiting.get_nowait())

    def check(self, case):
        home = Home()
        try:
            self.endings[self.ending(case, home)] += 1
        except Exception as failure:  # the other cases go on
            self.failures.append((case, failure))
        finally:
            home.close()

    def ending(self, case, home):
        peer = self.peer
        peer.reset()
        elsewhere = "Microsoft.PowerShell" if case.selection != "by InstanceId elsewhere" else "ITTasks"
        peer.add("Other")
        shell_id, = peer.add("ITTask", configuration=elsewhere)
        place = {"skip": case.place} if case.stage == "http" else {"action": case.place}
        rule = peer.spoil(case.kind, stage=case.stage, count=case.count, params=dict(case.params), **place)
        outcome = home.connect(*self.arguments(case, shell_id), *TIMEOUT)
        left = peer.rules().get(rule)
        assert left is None or left["hits"] > 0, "the request that was to be spoilt was never made"
        return self.judge(case, outcome, peer.shells()[shell_id], home.rows().get(shell_id))

    def arguments(self, case, shell_id):
        selection = ("-Name", "ITTask") if case.selection == "by name" else ("-InstanceId", shell_id)
        if case.transport == "HTTP and NTLM":
            return ("-ComputerName", "127.0.0.1", "-Port", self.peer.http_port, *selection)
        return (
            "-ComputerName", "localhost", "-Port", self.peer.https_port, "-UseSSL", "-Authentication", "Basic",
            "--ca-file", self.peer.info["ca"], *selection,
        )

    def judge(self, case, outcome, shell, stored):
        said = f"{outcome.stdout}{outcome.stderr}=> {outcome.status}"
        assert outcome.status in (0, 1) and "panicked" not in outcome.stderr, said
        is_ours = stored is not None and f"uuid:{stored['session_id']}".upper() == shell["session_id"]
        if outcome.status == 0:
            computer = "127.0.0.1" if case.transport == "HTTP and NTLM" else "localhost"
            configuration = shell["resource_uri"].rpartition("/")[2]
            name = "" if case.selection == "by InstanceId" else "ITTask"
            shown = re.sub(r"(?m)^  \d(?= )", "###", outcome.stdout)
            assert shown == table(row("###", name, computer, configuration)), said
            assert outcome.stderr == "", said
            assert shell["state"] == "Connected" and is_ours and stored["state"] == OPENED, (
                f"{said}, but the session is {shell['state']} and the store has {stored and dict(stored)}"
            )
            return "connected"
        records = error_records(outcome.stderr)
        assert outcome.stdout == "" and records, said
        assert stored is None or stored["state"] == DISCONNECTED, f"{said}, but the store has it opened"
        if shell["state"] == "Connected":
            unknowable = case.kind in ANSWER_SPOILT and case.place == "Connect"
            assert unknowable and is_ours, f"{said}, but the session is left connected; the store has {stored}"
            return "unknown, and remembered"
        if case.kind == "delay" and case.place == "Connect":
            # The peer may still be at it.
            assert stored is not None, f"{said}, but the store has forgotten whom the server may connect"
        return "an error"


# Each signal while the server has not connected a session yet, and when it has.
INTERRUPTIONS = [(number, kind) for number in (signal.SIGINT, signal.SIGTERM) for kind in ("delay", "delay-after")]


@unittest.skipUnless(PEER, SKIP_REASON)
class EveryFault(unittest.TestCase):
    """The slow cases do nothing but wait, so they have workers of their own, who then help the others."""

    SLOW_WORKERS, FAST_WORKERS = 8, 3

    def check(self, chosen):
        slow, fast = queue.SimpleQueue(), queue.SimpleQueue()
        for case in chosen:
            (slow if case.is_slow else fast).put(case)
        failures, endings = [], collections.Counter()
        started = time.monotonic()
        shifts = [[fast]] * self.FAST_WORKERS + [[slow, fast]] * (0 if slow.empty() else self.SLOW_WORKERS)
        workers = [Worker(failures, endings) for _ in shifts]
        threads = [
            threading.Thread(target=worker.work, args=(shift,)) for worker, shift in zip(workers, shifts, strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for worker in workers:
            worker.peer.stop()
        taken = time.monotonic() - started
        print(f"\n{len(chosen)} faults in {taken:.0f} s: {dict(endings)}", file=sys.stderr)
        for case, failure in failures:
            with self.subTest(str(case)):
                raise failure
        self.assertEqual(endings.total() + len(failures), len(chosen))

    def test_every_fault_at_every_request(self):
        self.check([case for case in cases() if not case.is_lost])

    def test_an_answer_that_cannot_be_opened(self):
        self.check([case for case in cases() if case.is_lost])


class Signals(PeerCase):
    def setUp(self):
        super().setUp()
        self.forget()

    def forget(self):
        """Nothing has happened at the peer, and nothing of what was given up before will."""
        self.peer.control("POST", "/connections/drop")
        self.peer.reset()

    def wait_for(self, happened):
        deadline = time.monotonic() + 10
        while not happened():
            self.assertLess(time.monotonic(), deadline, "it never happened")
            time.sleep(0.01)

    def start(self, kind, action, seconds, *arguments):
        """Starts a run, and returns while a request with that action is under way."""
        rule = self.peer.spoil(kind, action, params={"seconds": seconds})
        running = self.home.start(*self.http, *arguments)
        self.wait_for(lambda: rule not in self.peer.rules())
        if action == "Connect":
            # The session is recorded while the server works.
            self.wait_for(self.home.rows)
        return running

    def stop(self, running, *signals, within):
        for number in signals:
            running.send_signal(number)
            time.sleep(0.1)
        return finish(running, within)

    def assert_remembered(self, shell_id):
        """The session is connected to the client that the store knows."""
        shell, stored = self.peer.shells()[shell_id], self.home.rows()[shell_id]
        self.assertEqual(shell["state"], "Connected")
        self.assertEqual(f"uuid:{stored['session_id']}".upper(), shell["session_id"])

    def test_an_enumeration_is_given_up_at_once(self):
        self.peer.add("ITTask", count=2)
        for number, kind in INTERRUPTIONS:
            with self.subTest(number=number, kind=kind):
                running = self.start(kind, "Enumerate", 10)
                self.assert_outcome(self.stop(running, number, within=2), 130)
        self.assertNotIn("Connect", self.peer.actions)
        self.assertEqual(set(self.peer.states().values()), {"Disconnected"})
        self.assertEqual(self.home.rows(), {})

    def test_a_login_is_given_up_at_once(self):
        self.peer.add("ITTask")
        rule = self.peer.spoil("delay", stage="http", params={"seconds": 10})
        running = self.home.start(*self.http)
        self.wait_for(lambda: rule not in self.peer.rules())
        self.assert_outcome(self.stop(running, signal.SIGINT, within=2), 130)

    @contextlib.contextmanager
    def anew(self, **case):
        """A subtest with a peer and a home where nothing has happened."""
        with self.subTest(**case):
            self.forget()
            self.home = Home()
            self.addCleanup(self.home.close)
            yield

    def connected(self):
        return {shell for shell, state in self.peer.states().items() if state == "Connected"}

    def test_a_connect_is_finished_and_no_other_is_begun(self):
        for number, kind in INTERRUPTIONS:
            with self.anew(number=number, kind=kind):
                shell_id, _ = self.peer.add("ITTask", count=2)
                running = self.start(kind, "Connect", 1.5, "-ThrottleLimit", 1)
                self.assert_connected(self.stop(running, number, within=5), {shell_id}, status=130)
                self.assertEqual(self.peer.actions, {"Enumerate": 1, "Connect": 1})

    def test_connects_at_the_same_time_are_finished_and_no_other_is_begun(self):
        for number, kind in INTERRUPTIONS:
            with self.anew(number=number, kind=kind):
                self.peer.add("Task{n}", count=12)
                rule = self.peer.spoil(kind, "Connect", count=12, params={"seconds": 1.5})
                running = self.home.start(*self.http, "-ThrottleLimit", 4)
                self.wait_for(lambda: self.peer.rules()[rule]["hits"] >= 4)
                outcome = self.stop(running, number, within=5)
                self.assertIn(len(self.connected()), range(4, 12))
                self.assert_connected(outcome, self.connected(), status=130)
                self.assertEqual(self.peer.actions, {"Enumerate": 1, "Connect": len(self.connected())})

    def test_what_waits_for_the_first_login_is_not_begun(self):
        for number, kind in INTERRUPTIONS:
            with self.anew(number=number, kind=kind):
                shells = self.peer.add("ITTask", count=4)
                running = self.start(kind, "Connect", 1.5, "-InstanceId", ",".join(shells))
                outcome = self.stop(running, number, within=5)
                self.assertEqual(len(self.connected()), 1)
                self.assert_connected(outcome, self.connected(), status=130)
                self.assertEqual(self.peer.actions, {"Connect": 1})

    def test_a_second_signal_waits_for_nothing(self):
        shell_id, = self.peer.add("ITTask")
        running = self.start("delay-after", "Connect", 10)
        self.assert_outcome(self.stop(running, signal.SIGINT, signal.SIGINT, within=2), 130)
        self.assert_remembered(shell_id)

    def killed(self, kind):
        """A session of which a run was killed while it connected to it."""
        shell_id, = self.peer.add("ITTask")
        running = self.start(kind, "Connect", 5)
        running.kill()
        self.assertEqual(finish(running).status, -signal.SIGKILL)
        # What the peer has not begun yet it does not begin any more.
        self.peer.control("POST", "/connections/drop")
        return shell_id

    def test_what_was_killed_before_it_was_done_is_done_by_the_next_run(self):
        shell_id = self.killed("delay")
        self.assertEqual(self.peer.states(), {shell_id: "Disconnected"})
        self.assert_outcome(self.connect("-Name", "ITTask"), 0, table(row(1, "ITTask")))
        self.peer.add("Other")
        self.assert_outcome(self.connect("-Name", "Other"), 0, table(row(2, "Other")))

    def test_what_was_killed_after_it_was_done_is_remembered(self):
        shell_id = self.killed("delay-after")
        self.assert_remembered(shell_id)
        self.peer.add("Other")
        self.assert_outcome(self.connect("-Name", "Other"), 0, table(row(2, "Other")))
        # A server that hears nothing from its client lets go by itself.
        self.peer.control("POST", f"/shells/{shell_id}/disconnect", {})
        self.assert_outcome(self.connect("-Name", "ITTask"), 0, table(row(1, "ITTask")))

    def test_what_was_killed_after_it_was_done_is_connected_already(self):
        shell_id = self.killed("delay-after")
        warning = "WARNING: Session ITTask on 127.0.0.1 is already connected.\n"
        self.assert_outcome(self.connect("-Name", "ITTask"), 0, stderr=warning)
        self.assert_remembered(shell_id)

    def test_what_took_too_long_is_taken_up_by_the_next_run(self):
        self.peer.add("ITTask")
        self.peer.spoil("delay-after", "Connect", params={"seconds": 3})
        self.assertEqual(self.connect("--timeout", "1").status, 1)
        self.assert_outcome(self.connect("-Name", "ITTask"), 0, table(row(1, "ITTask")))


if __name__ == "__main__":
    unittest.main()
