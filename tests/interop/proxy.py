"""A proxy that tunnels and lets through who logs on with Negotiate, by pyspnego: an acceptor of other authors.

    python proxy.py [--protocol negotiate|ntlm] [--weak] [--tls CERTIFICATE KEY]

Its port is its first line. Then there is a line for each request: the number of the connection and the answer's status.
It ends when its standard input is closed. NTLM_USER_FILE and KRB5_KTNAME in the environment say whom it knows.
"""

import argparse
import base64
import socket
import socketserver
import ssl
import sys
import threading

import spnego
from spnego._ntlm_raw.messages import NegotiateFlags
from spnego.exceptions import SpnegoError

WELCOME = b"HTTP/1.1 200 Connection established\r\n\r\n"


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        self.server.connections += 1
        number = self.server.connections
        if self.server.tls:
            try:
                self.request = self.server.tls.wrap_socket(self.request, server_side=True)
            except OSError:
                return
        login = None
        while head := self.head():
            request, *lines = head.decode().split("\r\n")
            fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            scheme, _, token = fields.get("proxy-authorization", "").partition(" ")
            answer = b""
            if scheme == "Negotiate":
                login = login or self.server.login()
                try:
                    answer = login.step(base64.b64decode(token)) or b""
                    if answer and self.server.options.weak:
                        answer = weakened(login)
                    if login.complete:
                        self.say(number, 200)
                        return self.tunnel(request.split(" ")[1])
                except SpnegoError:
                    login, answer = None, b""
            self.say(number, 407)
            challenge = f"Negotiate {base64.b64encode(answer).decode()}".strip()
            text = f"HTTP/1.1 407 No\r\nProxy-Authenticate: {challenge}\r\nContent-Length: 4\r\n\r\nNo!\n"
            self.request.sendall(text.encode())

    def say(self, number, status):
        print(number, status, flush=True)

    def head(self):
        octets = b""
        while not octets.endswith(b"\r\n\r\n"):
            octet = self.request.recv(1)
            if not octet:
                return b""
            octets += octet
        return octets

    def tunnel(self, target):
        _, _, port = target.rpartition(":")
        with socket.create_connection(("127.0.0.1", port)) as server:
            self.request.sendall(WELCOME)
            back = threading.Thread(target=copy, args=(server, self.request), daemon=True)
            back.start()
            copy(self.request, server)
            back.join()


def weakened(login):
    """The challenge of one who has no use for what could be signed and sealed."""
    challenge = login._temp_challenge
    challenge.flags &= ~(NegotiateFlags.sign | NegotiateFlags.seal | NegotiateFlags.key_128)
    return challenge.pack()


def copy(source, target):
    try:
        while octets := source.recv(65536):
            target.sendall(octets)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


class Proxy(socketserver.ThreadingTCPServer):
    daemon_threads = True
    connections = 0

    def __init__(self, options):
        super().__init__(("127.0.0.1", 0), Handler)
        self.options = options
        self.tls = None
        if options.tls:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(*options.tls)

    def login(self):
        return spnego.server("localhost", "HTTP", protocol=self.options.protocol)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--protocol", default="negotiate")
    parser.add_argument("--weak", action="store_true")
    parser.add_argument("--tls", nargs=2)
    with Proxy(parser.parse_args()) as proxy:
        print(proxy.server_address[1], flush=True)
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        sys.stdin.read()


if __name__ == "__main__":
    main()
