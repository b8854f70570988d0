"""A thousand requests after one login, and two logins side by side, for each way to log in but Kerberos.

endurance.py describes what is tested, test_peer.py how to run it and against what. Kerberos is in
test_peer_kerberos.py; Digest, which no WinRM service offers, in tests/digest.rs.
"""

import dataclasses
import hashlib
import pathlib
import ssl
import unittest

from endurance import Endurance, Way
from peer import PeerCase

CREDSSP = "CredSSP: the server gets the password and can log on elsewhere with it."


class EveryWay(Endurance, PeerCase):
    OPTIONS = ("--auth", "basic,negotiate,credssp,certificate", "--client-cert-for", "alice", "--cbt", "strict")

    def ways(self):
        http, https = self.peer.info["http"], f"https://localhost:{self.peer.https_port}/wsman"
        folder = pathlib.Path(self.peer.info["ca"]).parent
        certificate, key = folder / "client-alice.pem", folder / "client-alice.key.pem"
        thumbprint = hashlib.sha1(ssl.PEM_cert_to_DER_cert(certificate.read_text())).hexdigest()
        shown = ("-CertificateThumbprint", thumbprint, "--cert-file", certificate, "--key-file", key)
        basic, credssp = ("-Authentication", "Basic"), ("-Authentication", "Credssp")
        return [
            Way(http, (), "negotiate", 2),
            Way(https, self.trusting, "negotiate", 2),
            Way(https, (*self.trusting, *basic), "basic", None),
            Way(http, credssp, "credssp", 5, CREDSSP),
            Way(https, (*self.trusting, *credssp), "credssp", 5, CREDSSP),
            # As much of the scheme's name, which is a URL, as the peer keeps.
            Way(https, (*self.trusting, *shown), "http://schemas.dmtf.", None),
        ]

    def log_in(self, *arguments):
        return self.home.connect(*arguments)

    def test_a_hundred_computers_have_one_connection_each(self):
        # They are one peer under a hundred addresses.
        sessions = self.sessions(2)
        for way in self.ways()[:2]:
            with self.subTest(way=way):
                addresses = ",".join(f"{way.uri}?computer={number}" for number in range(100))
                names = self.list(dataclasses.replace(way, uri=addresses))
                self.assertEqual(names, dict.fromkeys(sessions, 100))
                self.assert_counted(way, 100, {"Enumerate": 100, "Pull": 100})


if __name__ == "__main__":
    unittest.main()
