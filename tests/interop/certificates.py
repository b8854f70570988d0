"""Certificates for localhost, signed in all the ways that channel bindings distinguish (RFC 5929, 4.1)."""

import datetime
import pathlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SHA = {256: hashes.SHA256(), 384: hashes.SHA384(), 512: hashes.SHA512()}


def signers():
    """The keys of authorities and how they sign, by the name of the signature."""
    rsa_key = rsa.generate_private_key(65537, 2048)
    for bits, algorithm in SHA.items():
        yield f"RSA with SHA-{bits}", rsa_key, algorithm, None
        salt = padding.PSS.DIGEST_LENGTH
        yield f"RSASSA-PSS with SHA-{bits}", rsa_key, algorithm, padding.PSS(padding.MGF1(algorithm), salt)
    for curve, bits in (ec.SECP256R1(), 256), (ec.SECP256R1(), 384), (ec.SECP384R1(), 384), (ec.SECP521R1(), 512):
        yield f"ECDSA on {curve.name} with SHA-{bits}", ec.generate_private_key(curve), SHA[bits], None
    yield "Ed25519", ed25519.Ed25519PrivateKey.generate(), None, None


class Authority:
    """Signs certificates; all its files are in one folder."""

    def __init__(self, folder, key=None, algorithm=SHA[256], scheme=None):
        self.folder, self.key = pathlib.Path(folder), key or ec.generate_private_key(ec.SECP256R1())
        self.how = {"algorithm": algorithm, **({"rsa_padding": scheme} if scheme else {})}
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority")])
        constraints = x509.BasicConstraints(ca=True, path_length=0)
        certificate = self.builder(self.name, self.key).add_extension(constraints, critical=True)
        self.file = self.write("authority.pem", certificate.sign(self.key, **self.how))

    def server(self):
        """The files of a certificate for localhost and of its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        certificate = (
            self.builder(name, key)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .sign(self.key, **self.how)
        )
        form = serialization.PrivateFormat.PKCS8
        octets = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
        (self.folder / "server.key.pem").write_bytes(octets)
        return self.write("server.pem", certificate), str(self.folder / "server.key.pem")

    def builder(self, subject, key):
        now = datetime.datetime.now(datetime.timezone.utc)
        day = datetime.timedelta(days=1)
        builder = x509.CertificateBuilder(self.name, subject, key.public_key(), x509.random_serial_number())
        return builder.not_valid_before(now - day).not_valid_after(now + day)

    def write(self, name, certificate):
        (self.folder / name).write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return str(self.folder / name)
