"""Some of the stories on bad networks, which networks.py runs whole; how to run it: see test_peer.py.

They need user namespaces and /dev/net/tun. PSSESSION_SEED selects other packets to be lost.
"""

import concurrent.futures
import os
import subprocess
import sys
import unittest

import link
from peer import PEER, SKIP_REASON

SEED = os.environ.get("PSSESSION_SEED", "1")
SHALLOW = ("dead-family", "resets", "disorder")


def run(story):
    command = [sys.executable, "networks.py", story, "--seed", SEED, "--lines", "80"]
    return subprocess.run(command, cwd=os.path.dirname(os.path.abspath(__file__)), capture_output=True, text=True, timeout=300)


@unittest.skipUnless(PEER, SKIP_REASON)
class Shallow(unittest.TestCase):
    def test_stories(self):
        if reason := link.unavailable():
            self.skipTest(f"there can be no bad network here: {reason}")
        # They wait most of the time.
        with concurrent.futures.ThreadPoolExecutor(len(SHALLOW)) as pool:
            for story, ran in zip(SHALLOW, pool.map(run, SHALLOW)):
                with self.subTest(story):
                    self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)


if __name__ == "__main__":
    unittest.main()
