"""What a real PowerShell sent for many scripts, played by winrm_peer and shown by the program.

test_peer.py says how to run this. PSSESSION_PWSH names a PowerShell, in which the same scripts run as well.
"""

import json
import pathlib
import re
import unittest
import urllib.parse

from listener import Listener
from peer import POWERSHELL, PWSH, Home, Peer, PeerCase
from transcripts import FOLDER, all_of_them, json_values

# As in src/render/objects/transcripts.rs, where the reasons are.
SHOWN_OTHERWISE = {
    "collections", "host-information", "objects", "primitives", "raw-ui", "streams-redirected", "type-with-tostring",
}

# Live they show something else: the order of a hash table, the colours of the host, a culture that is not installed, the
# moment of a stop. Questions of choices were answered by number, which people do not.
CHANGING = {
    "collections", "hashtable-mixed", "raw-ui", "type-with-tostring", "stop", "stop-finally", "choice-multiple",
    "confirm", "confirm-remove", "prompt-for-choice", "prompt-fields", "views-system",
}

# What such a script sets is there for the next one in its session.
LEAVES_TRACES = re.compile(r"Preference *=|StrictMode|\bparam\b|Culture|\[\w+\] *\$")


class Transcripts(PeerCase):
    """Each is run in the one session, and the next after it."""

    OPTIONS = ("--transcripts", str(FOLDER)) if FOLDER else ()

    def setUp(self):
        super().setUp()
        opened = self.home.cmdlet("new-pssession", *self.http, "--output", "id")
        self.assertEqual((opened.stderr, opened.status), ("", 0))
        self.session = opened.stdout.strip()

    def invoke(self, transcript, *options):
        words, named = transcript.command_line(pathlib.Path(self.home.folder.name, "answers"))
        return self.home.cmdlet(
            "invoke-command", "-Id", self.session, *words, *options, *named, text=transcript.input()
        )

    def each(self, form, check):
        for transcript in all_of_them():
            with self.subTest(transcript.name):
                if form in transcript.data:
                    check(transcript)

    def assert_errors(self, transcript, stderr):
        """The errors are there in their order, and nothing else if there is nothing else."""
        errors = [error["concise"].rstrip() for error in transcript.errors("text")]
        if transcript.says_nothing_else():
            self.assertEqual(stderr, "".join(f"{error}\n" for error in errors))
        at = 0
        for error in errors:
            self.assertIn(f"{error}\n", stderr[at:])
            at = stderr.index(error, at) + len(error)

    def test_text_is_what_powershell_made_of_it(self):
        def check(transcript):
            outcome = self.invoke(transcript)
            self.assertEqual(outcome.stdout, transcript.lines())
            self.assertEqual(outcome.status, transcript.status("text"), outcome.stderr)
            self.assert_errors(transcript, outcome.stderr)

        self.each("text", check)

    def test_json_has_the_values(self):
        def check(transcript):
            outcome = self.invoke(transcript, "--output", "jsonl")
            self.assertEqual(json_values(outcome.stdout), transcript.values())
            self.assertEqual(outcome.status, transcript.status("plain"), outcome.stderr)
            said = map(json.loads, outcome.stderr.splitlines())
            errors = [(line["Message"], line["FullyQualifiedErrorId"]) for line in said if line["Stream"] == "Error"]
            self.assertEqual(errors, [(error["message"], error["id"]) for error in transcript.errors("plain")])

        self.each("plain", check)

    def test_what_was_started_elsewhere_looks_as_in_powershell(self):
        def check(transcript):
            if "stop_after" in transcript.data:
                return
            started = self.invoke(transcript, "-InDisconnectedSession")
            self.assertEqual(started.status, 0, started.stderr)
            answers = ("--answer", pathlib.Path(self.home.folder.name, "answers")) if "answers" in transcript.data else ()
            outcome = self.home.cmdlet("receive-pssession", "-Id", self.session, *answers)
            self.assertEqual(outcome.status, transcript.status("plain"), outcome.stderr)
            shown = transcript.data["plain"]["shown"].strip("\n")
            if transcript.name not in SHOWN_OTHERWISE:
                self.assertEqual(outcome.stdout.strip("\n"), shown)

        self.each("plain", check)


def plainly(text):
    """A text without what is another every time: times, ids, sizes of files, the widths that follow from them."""
    return re.sub(r"[-\s]+", " ", re.sub(r"[0-9a-fA-F]{8}-[-0-9a-fA-F]{27}|\d+", "0", text)).strip()


@unittest.skipUnless(PWSH and FOLDER, "PSSESSION_PWSH or PSSESSION_PEER is not set")
class Live(unittest.TestCase):
    """The same scripts in PowerShell itself."""

    def run_all(self, home, *to):
        opened = None
        for transcript in all_of_them():
            if "text" not in transcript.data or transcript.name in CHANGING:
                continue
            with self.subTest(transcript.name):
                if not opened:
                    opened = home.cmdlet("new-pssession", *to, "--output", "id")
                    self.assertEqual((opened.stderr, opened.status), ("", 0))
                words, named = transcript.command_line(pathlib.Path(home.folder.name, "answers"))
                outcome = home.cmdlet(
                    "invoke-command", "-Id", opened.stdout.strip(), *words, *named, text=transcript.input()
                )
                if LEAVES_TRACES.search(transcript.data.get("script", "")):
                    home.cmdlet("remove-pssession", "-Id", opened.stdout.strip())
                    opened = None
                self.assertEqual(plainly(outcome.stdout), plainly(transcript.lines()), outcome.stderr)
                self.assertEqual(outcome.status, transcript.status("text"), outcome.stderr)

    def setUp(self):
        self.maxDiff = None
        self.home = Home()
        self.addCleanup(self.home.close)

    def test_behind_the_peer(self):
        peer = Peer(*POWERSHELL)
        self.addCleanup(peer.stop)
        self.run_all(self.home, "-ComputerName", "127.0.0.1", "-Port", peer.http_port)

    def test_behind_the_listener(self):
        listener = Listener(f"{PWSH} -s -NoLogo -NoProfile")
        self.addCleanup(listener.stop)
        port = urllib.parse.urlsplit(listener.info["http"]).port
        self.run_all(self.home, "-ComputerName", "localhost", "-Port", port)


if __name__ == "__main__":
    unittest.main()
