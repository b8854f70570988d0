"""Commands that are left and returned to, in winrm_peer's sessions.

test_peer.py says how to run this. PSSESSION_CYCLES says how often a command is left; 10 times if it does not.
"""

import itertools
import os
import signal
import time
import unittest

from peer import Home, PeerCase, finish

CYCLES = int(os.environ.get("PSSESSION_CYCLES", "10"))

LEFT = 75


class Leaving(PeerCase):
    def start(self, script, *options):
        """Starts a script in a session of its own, and leaves it there."""
        outcome = self.home.cmdlet(
            "invoke-command", *self.http, "-InDisconnectedSession", "-SessionName", "Numbers", *options,
            "-ScriptBlock", script,
        )
        self.assertEqual(outcome.status, 0, outcome.stderr)

    def elsewhere(self):
        """A machine that knows nothing of the session."""
        home = Home()
        self.addCleanup(home.close)
        return home

    def wait_until(self, is_so):
        """Waits for something of the command that was started."""
        for _ in range(1000):
            (shell,) = self.peer.shells().values()
            if is_so(shell["commands"][0]):
                return
            time.sleep(0.02)
        self.fail("it does not come")

    def wait_for_end(self):
        self.wait_until(lambda stream: stream["done"])

    def receive(self, home, *options):
        return home.cmdlet("receive-pssession", *self.http, "-Name", "Numbers", *options)

    def receive_some(self, home, is_interrupted):
        """Receives what is there, and leaves: by itself, or when it is interrupted after its first line."""
        if not is_interrupted:
            return self.receive(home, "--no-wait")
        process = home.begin("receive-pssession", *self.http, "-Name", "Numbers")
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        outcome = finish(process)
        outcome.stdout = first.decode() + outcome.stdout
        return outcome

    def cycles(self, homes):
        """Leaves a command that prints numbers, in turn from these machines; gives the numbers that each saw."""
        count = 100 * CYCLES
        self.start(f"tick {count} 5")
        seen = []
        for cycle, home in zip(range(CYCLES), itertools.cycle(homes)):
            outcome = self.receive_some(home, cycle % 8 != 0)
            seen.append([int(line) for line in outcome.stdout.split()])
            if outcome.status == 0:
                break
            self.assertEqual(outcome.status, LEFT, outcome.stderr)
            self.assertIn("receive-pssession -Id", outcome.stderr)
        else:
            outcome = self.receive(next(itertools.islice(itertools.cycle(homes), CYCLES, None)))
            seen.append([int(line) for line in outcome.stdout.split()])
            self.assertEqual((outcome.stderr, outcome.status), ("", 0))
        self.assertGreater(len(seen), CYCLES // 2)
        return [numbers for numbers in seen if numbers], list(range(1, count + 1))

    def test_a_command_is_left_and_returned_to_on_one_machine(self):
        seen, expected = self.cycles([self.home])
        self.assertTrue(list(itertools.chain(*seen)) == expected, seen)

    def test_a_command_is_left_and_returned_to_on_two_machines_in_turn(self):
        seen, expected = self.cycles([self.home, self.elsewhere()])
        for numbers in seen:
            self.assertTrue(numbers == list(range(numbers[0], numbers[-1] + 1)), numbers)
        # What comes twice is what the one who left had got last.
        for before, after in itertools.pairwise(seen):
            self.assertTrue(before[0] <= after[0] <= before[-1] + 1, (before, after))
        self.assertEqual(sorted(set(itertools.chain(*seen))), expected)

    def test_what_was_printed_meanwhile_is_received_whole_elsewhere(self):
        self.start("tick 40 50; emit 300 20000")
        # It waits for a client when the buffer is full.
        self.wait_until(lambda stream: stream["buffered_bytes"] > 500_000)
        outcome = self.receive(self.elsewhere())
        lines = outcome.stdout.splitlines()
        self.assertEqual((outcome.stderr, outcome.status), ("", 0))
        self.assertEqual(lines[:40], [str(number) for number in range(1, 41)])
        self.assertEqual([(int(line[:8]), len(line)) for line in lines[40:]], [(n, 20000) for n in range(300)])

    DROPS = (
        "the mode of the session is Drop, which discards what does not fit into the buffer of the session while it is "
        "disconnected.\n"
    )

    def test_what_was_dropped_is_reported_and_leaves_whole_records(self):
        """The peer drops whole messages, so that there is no part of one to see a hole by."""
        self.start("emit 300 20000; 'end'", "-SessionOption", "OutputBufferingMode=Drop")
        self.wait_for_end()
        outcome = self.receive(self.elsewhere())
        lines = outcome.stdout.splitlines()
        warning = f"WARNING: Output may be missing here: {self.DROPS}"
        self.assertEqual((outcome.stderr, outcome.status, lines.pop()), (warning, 0, "end"))
        self.assertEqual({len(line) for line in lines}, {20000})
        self.assertLess(len(lines), 300)

    def test_the_next_receive_counts_what_was_dropped(self):
        self.start("tick 20 1; Start-Sleep 3; emit 300 20000; 'end'", "-SessionOption", "OutputBufferingMode=Drop")
        outcome = self.receive(self.home, "--no-wait")
        self.assertEqual((outcome.stdout.split(), outcome.status), ([str(n) for n in range(1, 21)], LEFT))
        self.wait_for_end()
        outcome = self.receive(self.home)
        lines = outcome.stdout.splitlines()
        warning = f"WARNING: Up to {301 - len(lines)} records may be missing here: {self.DROPS}"
        self.assertEqual((outcome.stderr, outcome.status, lines.pop()), (warning, 0, "end"))
        self.assertEqual([int(line[:8]) for line in lines], list(range(300 - len(lines), 300)))

    def test_nothing_is_reported_where_nothing_was_dropped(self):
        self.start("tick 20 1; Start-Sleep 3; 'end'", "-SessionOption", "OutputBufferingMode=Drop")
        self.receive(self.home, "--no-wait")
        self.wait_for_end()
        outcome = self.receive(self.home)
        self.assertEqual((outcome.stdout, outcome.stderr, outcome.status), ("end\n", "", 0))


if __name__ == "__main__":
    unittest.main()
