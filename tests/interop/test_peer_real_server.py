"""The stories for a real server (`tests/real_server.rs`) on one that has a real PowerShell behind it.

test_peer.py says how to run this; PSSESSION_PWSH names PowerShell's program.
"""

import os
import pathlib
import subprocess
import tempfile
import unittest

from peer import POWERSHELL, PWSH, REPOSITORY, PeerCase


@unittest.skipUnless(PWSH, "PSSESSION_PWSH does not name PowerShell's program")
class Stories(PeerCase):
    OPTIONS = (*PeerCase.OPTIONS, *POWERSHELL)

    def test_the_stories_hold_and_their_transcripts_name_no_one(self):
        with tempfile.TemporaryDirectory() as transcripts:
            environment = {
                **os.environ,
                "PSSESSION_TEST_SERVER": "127.0.0.1",
                "PSSESSION_TEST_USER": "alice",
                "PSSESSION_PASSWORD": "Password1!",
                "PSSESSION_TEST_OPTIONS": f"-Port {self.peer.http_port}",
                "PSSESSION_TEST_TRANSCRIPTS": transcripts,
            }
            command = ["cargo", "test", "--quiet", "--test", "program", "real_server", "--", "--ignored"]
            run = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True)
            self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
            self.assertIn("6 passed", run.stdout)
            for transcript in pathlib.Path(transcripts).iterdir():
                text = transcript.read_text()
                if transcript.name.endswith("invoke-command"):
                    self.assertIn("Request, ", text)
                for name in ("alice", "127.0.0.1", "localhost", "Password1!", "WIN-PEER01"):
                    self.assertNotIn(name, text)
        self.assertEqual(self.peer.shells(), {})


if __name__ == "__main__":
    unittest.main()
