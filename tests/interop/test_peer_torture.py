"""A part of the torture, the cuts and the kills, which torture.py, cuts.py and kills.py run whole.

test_peer.py says how to run this. PSSESSION_SEED selects another part.
"""

import os
import random
import unittest

import cuts
import kills
import torture
from peer import PEER, PWSH, SKIP_REASON

SEED = os.environ.get("PSSESSION_SEED", "1")


@unittest.skipUnless(PEER, SKIP_REASON)
class Shallow(unittest.TestCase):
    def assert_nothing_found(self, findings):
        self.assertEqual(findings, [], "\n".join(map(str, findings)))

    def test_stories_with_faults(self):
        chosen, expected = torture.choose(40, SEED)
        _, findings = torture.torture(chosen, expected)
        self.assert_nothing_found([f"{case}: {'; '.join(wrong)}\n{said}" for case, wrong, said in findings])

    def test_cuts(self):
        _, findings = cuts.run(12, False, random.Random(SEED), at_a_time=5)
        self.assert_nothing_found(findings)

    @unittest.skipUnless(PWSH, "PSSESSION_PWSH does not name PowerShell's program")
    def test_cuts_with_powershell(self):
        _, findings = cuts.run(2, True, random.Random(SEED), at_a_time=2)
        self.assert_nothing_found(findings)

    def test_kills(self):
        _, findings = kills.run(12, SEED)
        self.assert_nothing_found(findings)


if __name__ == "__main__":
    unittest.main()
