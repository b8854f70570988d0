"""A bad network between two real TCP stacks: what netem does, where the kernel has none.

Two network namespaces have a TUN device each. What one of them sends arrives at the other, if it does: it may be lost,
delayed, overtaken, too large, or taken for the end of its connection. Needs a user namespace (see enter_namespace).
"""

import concurrent.futures
import ctypes
import fcntl
import heapq
import itertools
import os
import random
import select
import struct
import subprocess
import sys
import threading
import time

CLONE_NEWNET = 0x40000000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000
FIN, RST, ACK = 1, 4, 16

NAMESPACE = ("unshare", "--user", "--map-root-user", "--net", "--mount")


def unavailable():
    """Why there can be no such network here, or None."""
    try:
        command = [*NAMESPACE, sys.executable, "-c", "import link; link.Side('192.0.2.1/24')"]
        tried = subprocess.run(command, cwd=os.path.dirname(__file__), capture_output=True, text=True, timeout=30)
    except OSError as error:
        return str(error)
    return tried.stderr.strip().splitlines()[-1] if tried.returncode else None


def enter_namespace():
    """Starts this program again, as root of a namespace of its own where it can harm nobody."""
    os.execvp(NAMESPACE[0], [*NAMESPACE, sys.executable, *sys.argv, "--inside"])


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True)


class Side:
    """A network namespace with a TUN device, and the thread that is in it."""

    def __init__(self, *addresses):
        self.thread = concurrent.futures.ThreadPoolExecutor(1)
        self.tun = self.run(self.enter, addresses)

    def run(self, function, *arguments, **more):
        """Runs a function there. The processes that it starts are there too."""
        return self.thread.submit(function, *arguments, **more).result()

    def enter(self, addresses):
        if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "no network namespace")
        tun = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", b"wan", IFF_TUN | IFF_NO_PI))
        for device in ("lo", "wan"):
            ip("link", "set", device, "up")
        for address in addresses:
            self.add(address)
        return tun

    @staticmethod
    def add(address):
        ip("address", "add", address, "dev", "wan", *(("nodad",) if ":" in address else ()))

    def replace(self, old, new):
        """An address goes away, and another one comes."""
        self.run(ip, "address", "delete", old, "dev", "wan")
        self.run(self.add, new)


class Link:
    """Carries packets between two sides. How badly it does so may be changed at any time."""

    def __init__(self, client, server, seed):
        self.chance = random.Random(seed)
        self.loss = 0.0  # of 1, each way
        self.delay, self.jitter = 0.0, 0.0  # seconds, each way
        self.rate = None  # octets a second, each way
        self.largest = 65535  # octets; what is larger is lost without a word
        self.dead_family = None  # 4 or 6
        self.is_down = False
        self.resets_after = None  # octets that a server may send over one connection
        self.lost, self.carried, self.resets = 0, 0, 0
        self.client = client
        self.others = {client.tun: server.tun, server.tun: client.tun}
        self.free, self.sent = dict.fromkeys(self.others, 0.0), {}
        self.queue, self.order = [], itertools.count()
        threading.Thread(target=self.carry, daemon=True).start()

    def carry(self):
        while True:
            wait = max(0, self.queue[0][0] - time.monotonic()) if self.queue else None
            for tun in select.select(list(self.others), [], [], wait)[0]:
                self.take(os.read(tun, 65536), tun)
            while self.queue and self.queue[0][0] <= time.monotonic():
                _, _, packet, sink = heapq.heappop(self.queue)
                # Down means down: nothing is kept for later.
                if not self.is_down:
                    os.write(sink, packet)

    def take(self, packet, source):
        is_lost = self.is_down or len(packet) > self.largest or packet[0] >> 4 == self.dead_family
        if is_lost or self.chance.random() < self.loss:
            self.lost += 1
            return
        self.carried += 1
        if source != self.client.tun and self.resets_after and self.is_reset(packet):
            return
        now = time.monotonic()
        self.free[source] = max(now, self.free[source]) + (len(packet) / self.rate if self.rate else 0)
        self.send(packet, self.others[source], self.free[source] + self.delay + self.chance.uniform(0, self.jitter))

    def send(self, packet, sink, due=0.0):
        heapq.heappush(self.queue, (due, next(self.order), packet, sink))

    def is_reset(self, packet):
        """Counts what a server sends over a connection, and ends the connection when it is enough."""
        if packet[0] != 0x45 or packet[9] != 6:
            return False
        server, client = packet[12:16], packet[16:20]
        ports, (sequence, acknowledged, offset) = packet[20:24], struct.unpack("!IIB", packet[24:33])
        key = (client, ports)
        self.sent[key] = self.sent.get(key, 0) + len(packet) - 20 - (offset >> 4) * 4
        if self.sent[key] <= self.resets_after:
            return False
        del self.sent[key]
        self.resets += 1
        self.send(reset(server, client, ports, sequence), self.client.tun)
        self.send(reset(client, server, ports[2:] + ports[:2], acknowledged), self.others[self.client.tun])
        return True


def checksum(octets):
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return struct.pack("!H", ~total & 0xFFFF)


def reset(source, destination, ports, sequence):
    """A packet that ends a connection (IPv4)."""
    segment = ports + struct.pack("!IIBBHHH", sequence, 0, 5 << 4, RST, 0, 0, 0)
    summed = checksum(source + destination + struct.pack("!BBH", 0, 6, len(segment)) + segment)
    segment = segment[:16] + summed + segment[18:]
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(segment), 0, 0, 64, 6, 0) + source + destination
    return head[:10] + checksum(head) + head[12:] + segment
