"""The third example of the help page, as the script `examples/example-3.sh` has it, on a real PowerShell.

PowerShell stands behind winrm_peer and behind this repository's own listener. test_peer.py says how to run this;
PSSESSION_PWSH names PowerShell's program.
"""

import os
import subprocess
import unittest
import urllib.parse

from listener import Listener
from peer import POWERSHELL, PROGRAM, PWSH, REPOSITORY, Home, PeerCase

SEEN = [
    "started",
    "Backup: Completed",
    "Specifications: Backup of 3 databases",
    "Database 1 is created",
    "Database 2 is created",
    "Database 3 is created",
    "Still here: Backup of 3 databases",
]


def run_example(test, home, computer, port):
    """Runs the script, and checks all but its tables of sessions."""
    names = os.path.join(home.folder.name, "names")
    os.mkdir(names)
    subprocess.run([PROGRAM, "--install-links", names], check=True, capture_output=True)
    environment = home.environment()
    environment["PATH"] = f"{names}:{environment['PATH']}"
    options = ["-ComputerName", computer, "-Port", str(port), "-ConfigurationName", "ITTasks"]
    script = subprocess.run(
        [REPOSITORY / "examples" / "example-3.sh", *options],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
    test.assertEqual(script.returncode, 0, script.stderr)
    lines = [line for line in script.stdout.splitlines() if line and not line.startswith((" ", "=="))]
    test.assertEqual(lines, SEEN, script.stderr)
    states = [line.split()[-3] for line in script.stdout.splitlines() if "ITTasks" in line]
    test.assertEqual(states, ["Opened", "Disconnected", "Disconnected", "Opened", "Disconnected"])


@unittest.skipUnless(PWSH, "PSSESSION_PWSH does not name PowerShell's program")
class BehindThePeer(PeerCase):
    OPTIONS = (*PeerCase.OPTIONS, *POWERSHELL)

    def test_example_3(self):
        run_example(self, self.home, "127.0.0.1", self.peer.http_port)
        self.assertEqual(self.peer.shells(), {})


@unittest.skipUnless(PWSH, "PSSESSION_PWSH does not name PowerShell's program")
class BehindTheListener(unittest.TestCase):
    def test_example_3(self):
        listener = Listener(f"{PWSH} -s -NoLogo -NoProfile")
        self.addCleanup(listener.stop)
        home = Home()
        self.addCleanup(home.close)
        run_example(self, home, "localhost", urllib.parse.urlsplit(listener.info["http"]).port)


if __name__ == "__main__":
    unittest.main()
