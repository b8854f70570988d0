"""Lines that a person types in a session, in a real PowerShell behind winrm_peer.

test_peer.py says how to run this. PSSESSION_PWSH names PowerShell's program.
"""

import os
import pty
import re
import select
import time
import unittest

from peer import HANGS_AFTER, POWERSHELL, PROGRAM, PeerCase

CTRL_C, CTRL_D, TAB = "\x03", "\x04", "\t"
# What steers the terminal while a line is edited.
STEERING = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")


class Terminal:
    """The program at a terminal of its own."""

    def __init__(self, environment, *arguments):
        self.seen = ""
        self.process, self.end = pty.fork()
        if self.process == 0:
            os.execve(PROGRAM, [str(PROGRAM), "--as", "enter-pssession", *map(str, arguments)], environment)

    def press(self, keys):
        os.write(self.end, keys.encode())

    def wait_for(self, text, limit=HANGS_AFTER):
        """What is seen up to this text, which is the person's no more."""
        until = time.monotonic() + limit
        while text not in self.seen:
            if not self.read(until):
                raise AssertionError(f"no {text!r} in {self.seen!r}")
        before, self.seen = self.seen.split(text, 1)
        return before

    def read(self, until):
        ready, _, _ = select.select([self.end], [], [], max(0, until - time.monotonic()))
        try:
            octets = os.read(self.end, 4096) if ready else b""
        except OSError:
            return False
        self.seen += STEERING.sub("", octets.decode(errors="replace"))
        return bool(octets)

    def finish(self):
        """The exit status, and what was seen last."""
        while self.read(time.monotonic() + HANGS_AFTER):
            pass
        _, status = os.waitpid(self.process, 0)
        os.close(self.end)
        return os.waitstatus_to_exitcode(status), self.seen


@unittest.skipUnless(POWERSHELL, "PSSESSION_PWSH does not name the program of PowerShell")
class EnteredSessions(PeerCase):
    OPTIONS = POWERSHELL
    PROMPT = "[127.0.0.1]: PS "

    def enter(self, *arguments):
        arguments = arguments or ("-ComputerName", "127.0.0.1", "-Port", self.peer.http_port)
        terminal = Terminal(self.home.environment(TERM="xterm"), *arguments)
        terminal.wait_for(self.PROMPT)
        return terminal

    def line(self, terminal, keys):
        """What a line shows, up to the next prompt."""
        terminal.press(keys + "\r")
        terminal.wait_for("\n")
        return terminal.wait_for(self.PROMPT)

    def test_lines_through_a_pipe(self):
        lines = (
            "$x = 2\n1 + $x\nforeach ($i in 1..2) {\n\n\"item $i\"\n}\nGet-Item -LiteralPath /nope\n"
            "Write-Output -InputObject plain\n[pscustomobject]@{Name = 'one'; Size = 1}\nexit 5\n'not run'\n"
        )
        outcome = self.home.cmdlet(
            "enter-pssession", "-ComputerName", "127.0.0.1", "-Port", self.peer.http_port, text=lines
        )
        shown = "3\nitem 1\nitem 2\nplain\n\nName Size\n---- ----\none     1\n\n"
        self.assert_outcome(outcome, 5, shown, "Get-Item: Cannot find path '/nope' because it does not exist.\n")

    def test_a_statement_of_several_lines(self):
        terminal = self.enter()
        terminal.press("foreach ($i in 1..2) {\r")
        terminal.wait_for(">> ")
        terminal.press('"item $i"\r}\r\r')
        terminal.wait_for("item 1\nitem 2\n")
        terminal.wait_for(self.PROMPT)
        terminal.press("exit\r")
        self.assertEqual(terminal.finish()[0], 0)

    def test_a_word_is_completed(self):
        terminal = self.enter()
        # The first time PowerShell may take longer than one waits for it.
        for _ in range(10):
            terminal.press("Get-Location -StackN" + TAB)
            try:
                terminal.wait_for("Get-Location -StackName", limit=4)
                break
            except AssertionError:
                terminal.press(CTRL_C)
        else:
            self.fail(f"no completion in {terminal.seen!r}")
        terminal.press(CTRL_C)
        terminal.wait_for(self.PROMPT)
        terminal.press("exit\r")
        self.assertEqual(terminal.finish()[0], 0)

    def test_ctrl_c_stops_the_line_and_not_the_session(self):
        terminal = self.enter()
        terminal.press("'begun'; Start-Sleep 100; 'not run'\r")
        terminal.wait_for("\nbegun\n")
        terminal.press(CTRL_C)
        self.assertNotIn("not run", terminal.wait_for("Error: The pipeline has been stopped.\n"))
        terminal.wait_for(self.PROMPT)
        terminal.press("Read-Host 'Your name'; 'not run'\r")
        terminal.wait_for("\nYour name: ")
        terminal.press(CTRL_C)
        self.assertNotIn("not run", terminal.wait_for("Error: The pipeline has been stopped.\n"))
        terminal.wait_for(self.PROMPT)
        self.assertIn("still here\n", self.line(terminal, "'still here'"))
        terminal.press("exit 5\r")
        self.assertEqual(terminal.finish()[0], 5)
        self.assertEqual(self.peer.shells(), {})

    def test_questions_are_answered(self):
        terminal = self.enter()
        terminal.press("Read-Host 'Your name'\r")
        terminal.wait_for("\nYour name: ")
        terminal.press("Alice\n")
        self.assertEqual(terminal.wait_for(self.PROMPT), "Alice\nAlice\n")
        terminal.press(CTRL_D)
        self.assertEqual(terminal.finish()[0], 0)

    def test_a_session_is_left_and_come_back_to(self):
        terminal = self.enter()
        self.line(terminal, "$kept = 'variable'; function prompt { 'PS custom> ' }")
        terminal.press("~d\r")
        status, seen = terminal.finish()
        self.assertEqual(status, 75)
        self.assertTrue(seen.endswith("\nLeft 127.0.0.1. To come back: enter-pssession -Id 1\n"), seen)
        self.assertEqual([*self.peer.states().values()], ["Disconnected"])
        for _ in range(2):
            terminal = self.enter("-Id", 1)
            self.assertIn("variable\n", self.line(terminal, "$kept"))
            terminal.press("exit\r")
            self.assertEqual(terminal.finish()[0], 0)
        self.assertEqual([*self.peer.states().values()], ["Connected"])


if __name__ == "__main__":
    unittest.main()
