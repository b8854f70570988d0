"""A machine in the middle that reads the HTTP between the program and a server, and may change it.

TLS is ended here and begun anew, with another certificate.
"""

import base64
import contextlib
import re
import socket
import ssl
import threading

TOKEN = re.compile(rb"(?i)(?<=authenticate: negotiate )[A-Za-z0-9+/=]+|(?<=authorization: negotiate )[A-Za-z0-9+/=]+")


class Between:
    """Each connection to `port` goes on to the server's; `request` and `answer` change a message (head and body)."""

    def __init__(self, server_port, request=None, answer=None, certificate=None):
        self.server_port, self.changes = server_port, (request, answer)
        self.tls = None
        if certificate:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(*certificate)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.listen, daemon=True).start()

    def close(self):
        # Closing it alone does not wake up who waits in accept().
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def listen(self):
        with contextlib.suppress(OSError):
            while True:
                client = self.listener.accept()[0]
                threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        with contextlib.suppress(OSError), client, socket.create_connection(("127.0.0.1", self.server_port)) as server:
            if self.tls:
                client = self.tls.wrap_socket(client, server_side=True)
                unchecked = ssl.create_default_context()
                unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
                server = unchecked.wrap_socket(server, server_hostname="localhost")
            with client, server, client.makefile("rb") as requests, server.makefile("rb") as answers:
                while self.pass_on(requests, server, self.changes[0]):
                    self.pass_on(answers, client, self.changes[1])

    @staticmethod
    def pass_on(source, sink, change):
        """Passes one message on; whether there was one."""
        head = b""
        while (line := source.readline()).strip():
            head += line
        length = re.search(rb"(?i)^content-length: *(\d+)", head, re.MULTILINE)
        if not line:
            return False
        body = source.read(int(length[1])) if length else b""
        if change:
            head, body = change(head, body)
            head = re.sub(rb"(?i)(?m)^(content-length:).*\r\n", rb"\1 %d\r\n" % len(body), head)
        sink.sendall(head + b"\r\n" + body)
        return True


def changing_ntlm(kind, change):
    """Changes NTLM's messages of one kind: 1 NEGOTIATE, 2 CHALLENGE, 3 AUTHENTICATE."""

    def changed(match):
        token = bytearray(base64.b64decode(match[0]))
        if token.startswith(b"NTLMSSP\0%c" % kind):
            change(token)
        return base64.b64encode(token)

    return lambda head, body: (TOKEN.sub(changed, head), body)


def flip(bit):
    """Turns one bit of a message over."""

    def flipped(message):
        message[bit // 8] ^= 1 << bit % 8

    return flipped
