"""This repository's listener as a process.

The environment variable PSSESSION_LISTENER names another binary than that of the debug build.
"""

import json
import os
import pathlib
import subprocess
import tempfile

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("PSSESSION_LISTENER", REPOSITORY / "target" / "debug" / "pssession-listener")

# That of alice, whose sessions they are.
PASSWORD = "Password1!"


class Listener:
    """A running listener, with a PowerShell behind every shell if its command is given. It ends when its standard input is closed."""

    def __init__(self, powershell=None):
        self.folder = tempfile.TemporaryDirectory()
        ca_file = os.path.join(self.folder.name, "ca.pem")
        options = ["--powershell", powershell] if powershell else []
        self.process = subprocess.Popen(
            [BINARY, *options, ca_file], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.info = json.loads(self.process.stdout.readline())

    def add(self, **session):
        """Puts a session on the listener and gives its shell's id."""
        print(json.dumps(session), file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())["shell_id"]

    def stop(self):
        self.process.stdin.close()
        status = self.process.wait(timeout=10)
        self.process.stdout.close()
        self.folder.cleanup()
        return status
