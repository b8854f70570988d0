"""The listener with a real PowerShell as its client, in both of its engines.

PSSESSION_PWSH is the command that starts PowerShell, and PSSESSION_PSWSMAN the folder of the module PSWSMan, which gives
PowerShell its transport outside of Windows; without them there is nothing to test.
"""

import os
import pty
import re
import select
import signal
import subprocess
import tempfile
import time
import unittest
import urllib.parse

from listener import PASSWORD, Listener

PWSH, PSWSMAN = os.environ.get("PSSESSION_PWSH"), os.environ.get("PSSESSION_PSWSMAN")

PREPARE = """
$PSStyle.OutputRendering = 'PlainText'
Import-Module '{module}'
Enable-PSWSMan -Force
$password = ConvertTo-SecureString '{password}' -AsPlainText -Force
$computer = @{{
    ComputerName = 'localhost'; Port = {port}; UseSSL = $true; Authentication = 'Basic'
    Credential = [pscredential]::new('alice', $password)
    SessionOption = New-PSSessionOption -SkipCACheck -SkipCNCheck
}}
$s = New-PSSession @computer
"""


class Terminal:
    """A program at a terminal, at which someone types."""

    def __init__(self, *command):
        self.seen = ""
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "dumb"
            os.execv(command[0], command)

    def until(self, text):
        """Everything up to this text, and with it."""
        end = time.monotonic() + 60
        while text not in self.seen:
            if not select.select([self.terminal], [], [], max(0, end - time.monotonic()))[0]:
                raise AssertionError(f"no {text!r} after {self.seen!r}")
            new = os.read(self.terminal, 65536).decode(errors="replace")
            # It asks where the cursor is.
            if "\x1b[6n" in new:
                os.write(self.terminal, b"\x1b[1;1R")
            self.seen = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", self.seen + new)
        before, _, self.seen = self.seen.partition(text)
        return before + text

    def type(self, line, prompt):
        """Types a line, and gives what comes up to the next prompt."""
        os.write(self.terminal, line.encode() + b"\r")
        return self.until(prompt)

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)


class Case:
    """What both engines do for PowerShell's own client."""

    COMMAND = None

    @classmethod
    def setUpClass(cls):
        cls.listener = Listener(cls.COMMAND)

    @classmethod
    def tearDownClass(cls):
        assert cls.listener.stop() == 0

    def prepare(self):
        """What opens a session and keeps it in $s."""
        port = urllib.parse.urlsplit(self.listener.info["https"]).port
        return PREPARE.format(module=PSWSMAN, password=PASSWORD, port=port)

    def powershell(self, script):
        """The lines on standard output and on standard error of a client that has a session in $s."""
        client = [PWSH, "-NoLogo", "-NoProfile", "-NonInteractive", "-Command", self.prepare() + script]
        seen = subprocess.run(client, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
        plain = re.sub(r"\x1b\[[0-9;]*m", "", seen.stderr)
        return [line for line in seen.stdout.splitlines() if line], [line for line in plain.splitlines() if line]

    def test_a_session_runs_commands_and_keeps_its_state(self):
        seen, errors = self.powershell(
            """
            "$($s.State) $($s.Availability)"
            Invoke-Command -Session $s { $x = 5; 'one' }
            Invoke-Command -Session $s { "x is $x"; 1..3; $null; 'last' }
            Invoke-Command -Session $s { param($a, $b) "a=$a b=$b" } -ArgumentList 7, 'eight'
            'in1', 'in2' | Invoke-Command -Session $s { $input }
            Remove-PSSession $s
            "$($s.State)"
            """
        )
        self.assertEqual(errors, [])
        expected = ["Opened Available", "one", "x is 5", "1", "2", "3", "last", "a=7 b=eight", "in1", "in2", "Closed"]
        self.assertEqual(seen, expected)

    def test_all_streams_arrive(self):
        seen, errors = self.powershell(
            """
            $records = Invoke-Command -Session $s {
                Write-Error 'bad'; Write-Warning 'careful'; Write-Host 'hosted'; Write-Verbose 'wordy' -Verbose; 'out'
            } 2>&1 6>&1
            $records | ForEach-Object { "$($_.GetType().Name) $_" }
            Invoke-Command -Session $s { throw 'boom' }
            """
        )
        expected = ["InformationRecord hosted", "RemotingErrorRecord bad", "String out"]
        expected += ["VERBOSE: wordy", "WARNING: careful"]
        self.assertEqual(sorted(set(seen) - {"hosted"}), expected)
        self.assertIn("boom", "\n".join(errors))

    def test_a_secure_string_goes_there_and_back(self):
        seen, errors = self.powershell(
            """
            Invoke-Command -Session $s { param($p) "length $($p.Length)" } -ArgumentList $password
            $back = Invoke-Command -Session $s { ConvertTo-SecureString 's3cret' -AsPlainText -Force }
            [Net.NetworkCredential]::new('', $back).Password
            """
        )
        self.assertEqual((seen, errors), ([f"length {len(PASSWORD)}", "s3cret"], []))

    def test_a_session_is_entered_at_a_terminal(self):
        with tempfile.NamedTemporaryFile("w", suffix=".ps1") as script:
            script.write("Remove-Module PSReadLine\n" + self.prepare() + "function prompt { 'local> ' }")
            script.flush()
            terminal = Terminal(PWSH, "-NoLogo", "-NoProfile", "-NoExit", "-File", script.name)
            self.addCleanup(terminal.close)
            terminal.until("local> ")
        inside = "[localhost]: PS "
        terminal.type("Enter-PSSession $s", inside)
        self.assertIn("one two", terminal.type("$x = 'one'; \"$x two\"", inside))
        self.assertIn("WARNING: careful", terminal.type("Write-Warning 'careful'", inside))
        self.assertIn("Write-Error: bad", terminal.type("Write-Error 'bad'", inside))
        self.assertIn("Error: The term 'Get-Nothing'", terminal.type("Get-Nothing", inside))
        terminal.type("exit", "local> ")
        self.assertIn("one", terminal.type("Invoke-Command -Session $s { $x }", "local> "))


@unittest.skipUnless(PWSH and PSWSMAN, "PSSESSION_PWSH and PSSESSION_PSWSMAN name no PowerShell client")
class OnTheEmbeddedEngine(Case, unittest.TestCase):
    def test_an_endpoint_without_a_language_refuses_scripts(self):
        seen, errors = self.powershell(
            """
            $r = New-PSSession @computer -ConfigurationName Restricted
            Invoke-Command -Session $r { 'a'; 'b' }
            """
        )
        self.assertEqual(seen, [])
        self.assertIn("The syntax is not supported by this runspace", "\n".join(errors))


@unittest.skipUnless(PWSH and PSWSMAN, "PSSESSION_PWSH and PSSESSION_PSWSMAN name no PowerShell client")
class OnPowerShell(Case, unittest.TestCase):
    COMMAND = f"{PWSH} -s -NoLogo -NoProfile"


if __name__ == "__main__":
    unittest.main()
