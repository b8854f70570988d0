"""Logins over TLS are bound to the server's certificate, in whatever way that is signed (RFC 5929, 4.1).

How to run it is described in test_peer.py. The peer takes no login that is not bound. What another acceptor of NTLM makes of
bindings is in test_peer_ntlm.py, and Kerberos in test_peer_kerberos.py.
"""

import tempfile
import unittest

from certificates import Authority, signers
from peer import PEER, SKIP_REASON, Home, Peer, query_failed, row, table
from test_peer_ntlm import REFUSED, UNBOUND

# Certificates that the TLS library here does not know are trusted only with SkipCACheck.
UNKNOWN_SIGNATURES = {"ECDSA on secp521r1 with SHA-512"}


@unittest.skipUnless(PEER, SKIP_REASON)
class Certificates(unittest.TestCase):
    def test_ntlm_is_bound_to_certificates_of_all_signatures(self):
        for name, key, algorithm, scheme in signers():
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                authority = Authority(folder, key, algorithm, scheme)
                self.log_in(authority, *(("-SessionOption", "SkipCACheck=1") if name in UNKNOWN_SIGNATURES else ()))

    def log_in(self, authority, *more):
        certificate, key = authority.server()
        peer, home = Peer("--cert", certificate, "--key", key, "--cbt", "strict", "--http-port", "-1"), Home()
        try:
            peer.add("ITTask")
            place = ("-ComputerName", "localhost", "-Port", peer.https_port, "-UseSSL", "--ca-file", authority.file)
            arguments = (*place, "-Name", "ITTask", "-Authentication", "Negotiate", *more)
            outcome = home.connect(*arguments, "--no-channel-binding")
            denied = query_failed("localhost", "Access is denied.", "AccessDenied", REFUSED)
            self.assertEqual((outcome.stdout, outcome.stderr, outcome.status), ("", UNBOUND + denied, 1))
            outcome = home.connect(*arguments)
            connected = table(row(1, "ITTask", "localhost"))
            self.assertEqual((outcome.stdout, outcome.stderr, outcome.status), (connected, "", 0))
            self.assertEqual(peer.counters["auth_legs"], {"negotiate": 4})
        finally:
            peer.stop()
            home.close()


if __name__ == "__main__":
    unittest.main()
