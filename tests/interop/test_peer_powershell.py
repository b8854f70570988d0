"""A live pipeline of the library, from its start to its end, as the example `run` shows it.

The pipelines run in a real PowerShell behind winrm_peer, and in the peer's own script engine in each way in which
servers differ. test_peer.py says how to run this. PSSESSION_PWSH names PowerShell's program, and `cargo build --example run`
builds the example; the environment variable PSSESSION_RUN names another program in its place.
"""

import os
import pathlib
import subprocess
import unittest

from peer import POWERSHELL, PWSH, REPOSITORY, PeerCase, finish

RUN = pathlib.Path(os.environ.get("PSSESSION_RUN", REPOSITORY / "target" / "debug" / "examples" / "run"))

COMPLETED, FAILED, STOPPED = 0, 1, 3


def lines(count):
    return "".join(f"{number}\n" for number in range(1, count + 1))


class LivePipelines:
    """The tests, for peers whose pipelines run in different places."""

    SETTINGS = {}

    @classmethod
    def setUpClass(cls):
        if not RUN.exists():
            raise unittest.SkipTest(f"there is no {RUN}: cargo build --example run")
        super().setUpClass()

    def setUp(self):
        super().setUp()
        self.peer.control("POST", "/settings", self.SETTINGS)

    def numbers(self, count, milliseconds):
        """A script that puts out 1 to `count` with so much time between them."""
        raise NotImplementedError

    def large(self, size):
        """A script that puts out one string of this size, and the string."""
        raise NotImplementedError

    def invoke(self, script, *options, url=None):
        process = subprocess.Popen(
            [RUN, url or self.peer.info["http"], "alice", script, *map(str, options)],
            env=self.home.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        return finish(process)

    def test_hello_world(self):
        outcome = self.invoke("'hello'; 'world'")
        self.assert_outcome(outcome, COMPLETED, "hello\nworld\n")
        self.assertEqual(self.peer.shells(), {})

    def test_hello_world_over_tls(self):
        url = f"https://localhost:{self.peer.https_port}/wsman"
        self.assert_outcome(self.invoke("'hello'", *self.trusting, url=url), COMPLETED, "hello\n")

    def test_no_output_is_no_error(self):
        self.assert_outcome(self.invoke("$x = 1"), COMPLETED)

    def test_errors_are_reported_and_the_script_goes_on(self):
        outcome = self.invoke("'before'; Write-Error 'first trouble'; Get-Nonsense; 'after'")
        self.assertEqual((outcome.stdout, outcome.status), ("before\nafter\n", COMPLETED), outcome.stderr)
        first, second = outcome.stderr.index("first trouble"), outcome.stderr.index("Get-Nonsense")
        self.assertLess(first, second)

    def test_what_is_thrown_ends_the_script(self):
        outcome = self.invoke("'before'; throw 'the end'; 'after'")
        self.assertEqual((outcome.stdout, outcome.status), ("before\n", FAILED), outcome.stderr)
        self.assertEqual(outcome.stderr.count("the end"), 1, outcome.stderr)

    def test_what_does_not_parse_fails(self):
        outcome = self.invoke("'open")
        self.assertEqual((outcome.stdout, outcome.status), ("", FAILED))
        self.assertIn("terminator", outcome.stderr)

    def test_numbers_arrive_in_order_while_the_session_is_left_and_taken_up_again(self):
        outcome = self.invoke(self.numbers(300, 20), "--leave", 10)
        self.assert_outcome(outcome, COMPLETED, lines(300))
        actions = self.peer.actions
        self.assertEqual(actions["Disconnect"], 10)
        # The shell each time, and after a Connect or a Reconnect of the shell the command.
        self.assertGreaterEqual(actions.get("Connect", 0) + actions.get("Reconnect", 0), 20)

    def test_output_goes_on_while_nobody_is_there(self):
        self.assert_outcome(self.invoke(self.numbers(50, 1), "--leave", 3), COMPLETED, lines(50))

    def test_a_pipeline_is_stopped(self):
        outcome = self.invoke(self.numbers(3000, 20), "--stop-after", 5)
        self.assertEqual(outcome.status, STOPPED, outcome.stderr)
        printed = outcome.stdout.count("\n")
        # Output from before the server received the signal may still arrive.
        self.assertTrue(5 <= printed < 1000, printed)
        self.assertEqual(outcome.stdout, lines(printed))
        self.assertEqual(self.peer.shells(), {})

    def test_a_pipeline_is_stopped_after_it_was_left(self):
        outcome = self.invoke(self.numbers(3000, 20), "--leave", 2, "--stop-after", 100)
        self.assertEqual(outcome.status, STOPPED, outcome.stderr)
        self.assertEqual(outcome.stdout, lines(outcome.stdout.count("\n")))

    def test_two_megabytes_in_one_string(self):
        script, text = self.large(2 * 1024 * 1024)
        outcome = self.invoke(script)
        self.assertEqual((outcome.status, outcome.stderr), (COMPLETED, ""))
        # Not assertEqual: it would print both.
        self.assertTrue(outcome.stdout == text + "\n", f"{len(outcome.stdout)} characters")

    def test_the_output_is_whole_when_connections_are_cut(self):
        for kind in ("drop-before-read", "drop-after-read", "drop-after-processing", "cut"):
            with self.subTest(kind):
                fault = {"kind": kind, "match": {"action": "Receive"}, "skip": 12, "count": 2}
                self.peer.control("POST", "/faults", fault)
                self.assert_outcome(self.invoke(self.numbers(60, 20)), COMPLETED, lines(60))
                self.peer.control("DELETE", "/faults")

    def test_the_output_is_whole_when_the_server_is_busy_or_forgets_the_login(self):
        # Twice in a row, a forgotten login would be a refused one.
        for kind, count in (("status", 2), ("expire-auth", 1)):
            with self.subTest(kind):
                fault = {"kind": kind, "match": {"action": "Receive"}, "skip": 12, "count": count}
                self.peer.control("POST", "/faults", fault)
                self.assert_outcome(self.invoke(self.numbers(60, 20)), COMPLETED, lines(60))
                self.peer.control("DELETE", "/faults")

    def test_a_long_silence_does_not_end_a_pipeline(self):
        self.peer.control("POST", "/settings", {"max_timeout_ms": 500})
        outcome = self.invoke("'before'; Start-Sleep 3; 'after'")
        self.assert_outcome(outcome, COMPLETED, "before\nafter\n")
        self.assertGreater(self.peer.actions["Receive"], 5)


class WindowsLike(LivePipelines, PeerCase):
    """The peer's own script engine, with a server that answers as Windows does."""

    def numbers(self, count, milliseconds):
        return f"tick {count} {milliseconds}"

    def large(self, size):
        return f"emit 1 {size}", "00000000".ljust(size, "x")


class EmptyReceives(WindowsLike):
    """A Receive without output ends in an empty answer and not in a fault."""

    SETTINGS = {"receive_timeout": "empty"}


class NoReplays(WindowsLike):
    """The last answer is not sent again to the next client session."""

    SETTINGS = {"replay_on_connect": False}


class FirstOutputWaits(WindowsLike):
    """A pipeline puts nothing out before the first Receive of its stream."""

    SETTINGS = {"gate_first_write": True}


@unittest.skipUnless(PWSH, "PSSESSION_PWSH does not name PowerShell's program")
class RealPowerShell(LivePipelines, PeerCase):
    OPTIONS = POWERSHELL

    def numbers(self, count, milliseconds):
        return f"1..{count} | ForEach-Object {{ $_; Start-Sleep -Milliseconds {milliseconds} }}"

    def large(self, size):
        return f"'0123456789abcdef' * {size // 16}", "0123456789abcdef" * (size // 16)

    def test_this_really_is_powershell(self):
        script = '"$($PSVersionTable.PSEdition) on $([Environment]::OSVersion.Platform)"'
        self.assert_outcome(self.invoke(script), COMPLETED, "Core on Unix\n")


if __name__ == "__main__":
    unittest.main()
