"""Client certificates against winrm_peer, whose TLS is OpenSSL's: PEM and PFX as openssl makes them, by thumbprint.

How to run it is described in test_peer.py. It needs the openssl command too.
"""

import hashlib
import os
import pathlib
import shutil
import ssl
import subprocess
import unittest

from peer import PeerCase, row, table

PFX_PASSWORD = "Pfx1!"


@unittest.skipUnless(shutil.which("openssl"), "there is no openssl command")
class Certificates(PeerCase):
    OPTIONS = (*PeerCase.OPTIONS, "--auth", "basic,negotiate,certificate", "--client-cert-for", "alice")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = pathlib.Path(cls.peer.info["ca"]).parent
        cls.certificate, cls.key = folder / "client-alice.pem", folder / "client-alice.key.pem"
        der = ssl.PEM_cert_to_DER_cert(cls.certificate.read_text())
        cls.thumbprint = hashlib.sha1(der).hexdigest()

    def log_in(self, *arguments, **variables):
        """Connects by the certificate alone."""
        self.peer.add("ITTask")
        outcome = self.home.connect(
            *self.https, *self.trusting, "-Name", "ITTask", "-CertificateThumbprint", self.thumbprint, *arguments, **variables
        )
        self.assert_outcome(outcome, 0, table(row(1, "ITTask", "localhost")))
        self.assertEqual(self.peer.counters["connections_opened"], 1)

    def test_from_pem_files(self):
        self.log_in("--cert-file", self.certificate, "--key-file", self.key)

    def test_from_pfx_files_in_a_store(self):
        for number, flags in enumerate(([], ["-legacy"], ["-keypbe", "NONE", "-certpbe", "NONE"])):
            with self.subTest(flags=flags):
                self.setUp()
                store = pathlib.Path(self.home.folder.name, "certs")
                store.mkdir()
                subprocess.run(
                    ["openssl", "pkcs12", "-export", *flags, "-in", self.certificate, "-inkey", self.key]
                    + ["-out", store / f"alice{number}.pfx", "-passout", "env:PFX_PASSWORD"],
                    env={**os.environ, "PFX_PASSWORD": PFX_PASSWORD},
                    check=True,
                )
                self.log_in("--cert-store", store, PSSESSION_CERT_PASSWORD=PFX_PASSWORD)

    def test_an_encrypted_key_is_told(self):
        locked = pathlib.Path(self.home.folder.name, "locked.pem")
        subprocess.run(
            ["openssl", "pkcs8", "-topk8", "-in", self.key, "-out", locked, "-passout", "pass:x"], check=True
        )
        outcome = self.home.connect(
            *self.https, *self.trusting, "-CertificateThumbprint", self.thumbprint, "--cert-file", self.certificate,
            "--key-file", locked,
        )
        self.assertIn(f"The private key in {locked} is encrypted", outcome.stderr)
        self.assertEqual(outcome.status, 1)


if __name__ == "__main__":
    unittest.main()
