"""Sessions that pypsrp leaves and the program takes up, and the other way round, on this repository's listener.

test_listener.py says how to run this; the program has to be built too. PSSESSION_PWSH names a PowerShell, which then
stands behind the listener's shells as well.
"""

import os
import unittest
import urllib.parse

from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.wsman import WSMan

from listener import PASSWORD, Listener
from peer import Home

PWSH = os.environ.get("PSSESSION_PWSH")

COMPLETED = 4

SCRIPT = "'one'; Write-Warning 'careful'; Start-Sleep -Milliseconds 300; 2; Write-Error 'bad'; 'three'"


class BehindTheListener(unittest.TestCase):
    POWERSHELL = None

    def setUp(self):
        self.listener = Listener(self.POWERSHELL)
        self.addCleanup(lambda: self.assertEqual(self.listener.stop(), 0))
        self.home = Home()
        self.addCleanup(self.home.close)
        self.url = urllib.parse.urlsplit(self.listener.info["http"])
        self.to = ("-ComputerName", "localhost", "-Port", self.url.port)

    def wsman(self):
        wsman = WSMan(
            self.url.hostname, port=self.url.port, ssl=False, auth="ntlm", username="alice", password=PASSWORD
        )
        self.addCleanup(wsman.close)
        return wsman

    def test_pypsrp_leaves_a_command_and_the_program_receives_it(self):
        pool = RunspacePool(self.wsman())
        pool.open()
        shell = PowerShell(pool)
        shell.add_script(SCRIPT)
        shell.begin_invoke()
        pool.disconnect()
        outcome = self.home.cmdlet("receive-pssession", *self.to, "-InstanceId", pool.id)
        self.assertEqual((outcome.stdout, outcome.status), ("one\n2\nthree\n", 1), outcome.stderr)
        self.assertEqual(sorted(outcome.stderr.splitlines()), ["WARNING: careful", "Write-Error: bad"])
        # The session is the program's now, with what is in it.
        outcome = self.home.cmdlet("invoke-command", "-InstanceId", pool.id, "-ScriptBlock", "'still here'")
        self.assertEqual((outcome.stdout, outcome.stderr, outcome.status), ("still here\n", "", 0))

    def test_the_program_leaves_a_command_and_pypsrp_receives_it(self):
        words = ("-InDisconnectedSession", "-SessionName", "Left", "-ScriptBlock", SCRIPT)
        outcome = self.home.cmdlet("invoke-command", *self.to, *words)
        self.assertEqual(outcome.status, 0, outcome.stderr)
        (pool,) = RunspacePool.get_runspace_pools(self.wsman())
        pool.connect()
        (left,) = pool.create_disconnected_power_shells()
        self.assertEqual((left.connect(), left.state), (["one", 2, "three"], COMPLETED))
        self.assertEqual([str(record) for record in left.streams.error], ["bad"])
        self.assertEqual([str(record) for record in left.streams.warning], ["careful"])
        pool.close()


@unittest.skipUnless(PWSH, "PSSESSION_PWSH does not name PowerShell's program")
class BehindPowerShell(BehindTheListener):
    POWERSHELL = f"{PWSH} -s -NoLogo -NoProfile"


if __name__ == "__main__":
    unittest.main()
