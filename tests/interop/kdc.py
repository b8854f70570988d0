"""A Kerberos realm for one test: MIT's KDC on this machine's loopback, run by the user who runs the test.

Everything it needs is in one temporary folder, which goes when the realm is closed; no service, file or ticket cache of
the system is touched.
"""

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

REALM = "EXAMPLE.TEST"
TOOLS = ("krb5kdc", "kdb5_util", "kadmin.local", "kinit", "klist")
PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
LIBRARIES = pathlib.Path("/usr/lib")

LIBDEFAULTS = {
    "default_realm": REALM,
    "dns_lookup_kdc": "false",
    "dns_lookup_realm": "false",
    "dns_canonicalize_hostname": "false",
    "rdns": "false",
    "udp_preference_limit": "1",
}


def missing():
    """Why there can be no realm here; None if there can."""
    absent = [tool for tool in TOOLS if shutil.which(tool, path=PATH) is None]
    return f"not installed: {', '.join(absent)}" if absent else None


def shared_object(name):
    """Where the system has a shared library, if it has it."""
    return next(iter(sorted(LIBRARIES.glob(f"**/{name}"))), None)


def free_port():
    """A port that is free for both TCP and UDP."""
    while True:
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            with contextlib.suppress(OSError):
                udp.bind(tcp.getsockname())
                return tcp.getsockname()[1]


class Realm:
    """A running KDC, with no principals but its own."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="pssession-realm-"))
        self.port = free_port()
        self.keytab = self.folder / "services.keytab"
        self.environment = {
            "PATH": PATH,
            "KRB5_CONFIG": self.config("krb5.conf"),
            "KRB5_KDC_PROFILE": str(self.folder / "kdc.conf"),
        }
        listen = f"127.0.0.1:{self.port}"
        (self.folder / "kdc.conf").write_text(
            f"[kdcdefaults]\n kdc_listen = {listen}\n kdc_tcp_listen = {listen}\n"
            f"[realms]\n {REALM} = {{\n"
            f"  database_name = {self.folder}/principal\n  key_stash_file = {self.folder}/stash\n"
            f"  acl_file = {self.folder}/acl\n"
            "  supported_enctypes = aes256-cts:normal aes128-cts:normal\n"
            " }\n"
            f"[logging]\n kdc = FILE:{self.folder}/kdc.log\n"
        )
        self.run("kdb5_util", "create", "-s", "-r", REALM, "-P", "master")
        self.process = subprocess.Popen(
            ["krb5kdc", "-n"], env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.wait_until_it_listens()

    def close(self):
        self.process.terminate()
        self.process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)

    def wait_until_it_listens(self):
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.05)
        self.close()
        raise RuntimeError("the KDC does not start")

    def config(self, name, port=None, **libdefaults):
        """Writes a configuration for those who use the realm; gives its path."""
        lines = "".join(f" {key} = {value}\n" for key, value in {**LIBDEFAULTS, **libdefaults}.items() if value)
        path = self.folder / name
        path.write_text(
            f"[libdefaults]\n{lines}"
            f"[realms]\n {REALM} = {{\n  kdc = 127.0.0.1:{port or self.port}\n }}\n"
            f"[domain_realm]\n localhost = {REALM}\n"
        )
        return str(path)

    def run(self, *command, text=None, **variables):
        """Runs one of Kerberos' programs to its end."""
        done = subprocess.run(
            command, env={**self.environment, **variables}, input=text, text=True, capture_output=True, timeout=60
        )
        if done.returncode:
            raise RuntimeError(f"{command}: {done.stdout}{done.stderr}")
        return done.stdout

    def admin(self, query):
        return self.run("kadmin.local", "-r", REALM, "-q", query)

    def add_user(self, name, password, *options):
        self.admin(f"add_principal {' '.join(options)} +requires_preauth -pw {password} {name}")

    def add_service(self, *names, options=""):
        for name in names:
            self.admin(f"add_principal -randkey {options} {name}")
            self.admin(f"ktadd -k {self.keytab} {name}")

    def remove_service(self, *names):
        for name in names:
            self.admin(f"delete_principal -force {name}")

    def ticket(self, user, password, cache, *options):
        """Gets a ticket as a person would; gives what KRB5CCNAME is to say."""
        name = f"FILE:{self.folder / cache}"
        self.run("kinit", *options, user, text=password + "\n", KRB5CCNAME=name)
        return name

    def requests(self, kind, name):
        """How often the KDC was asked for something that concerns a name: AS_REQ for a password, TGS_REQ for a ticket."""
        log = self.folder / "kdc.log"
        lines = log.read_text().splitlines() if log.exists() else []
        return sum(kind in line and name in line for line in lines)
