"""A server that says nothing but messages, one block a read, so that what a client costs depends on nothing but the client."""

import fcntl
import os
import select
import socket
import struct
import threading
import time

SIOCOUTQ = 0x5411
# One block is one read of the client: below the size of its buffer, and one piece in a unix socket.
BLOCK_BYTES = 60_000
PAYLOAD = b"x" * 16

HELLO = (
    b"%7\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$6\r\n7.0.15\r\n$5\r\nproto\r\n:3\r\n$2\r\nid\r\n:7\r\n"
    b"$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n"
)


def bulk(*values):
    return b"".join(b"$%d\r\n%s\r\n" % (len(value), value) for value in values)


def channel(number):
    return b"channel:%07d" % number


def frame(kind, name):
    if kind == "monitor":
        return b'+1763700000.052523 [0 127.0.0.1:50412] "SET" "%s" "%s"\r\n' % (name, PAYLOAD)
    if kind == "pattern":
        return b">4\r\n" + bulk(b"pmessage", b"channel:*", name, PAYLOAD)
    if kind == "shard":
        return b">3\r\n" + bulk(b"smessage", name, PAYLOAD)
    return b">3\r\n" + bulk(b"message", name, PAYLOAD)


class Feeder:
    """Serves one client: answers it until it has subscribed to `names` names, or sent MONITOR, then sends the messages.

    For shard channels it is a cluster of one node, which has other connections as well, and an address that such a node can tell."""

    def __init__(self, folder, kind, channels, messages):
        frames = [frame(kind, channel(number)) for number in range(channels)]
        # Whoever sends commands gets replies, and nothing else.
        messages = 0 if kind == "commands" else messages
        self.stream = b"".join(frames[number % channels] for number in range(messages))
        self.block = BLOCK_BYTES // len(frames[0]) * len(frames[0])
        self.names = channels if kind in ("channel", "shard") else 1
        self.port = 0
        if kind == "shard":
            self.listener = socket.socket(socket.AF_INET)
            self.listener.bind(("127.0.0.1", 0))
            self.port = self.listener.getsockname()[1]
            self.path = str(self.port)
        else:
            self.path = os.path.join(folder, "socket")
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(self.path)
        self.listener.listen(8)
        self.failure = None
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def close(self):
        try:
            self.listener.shutdown(socket.SHUT_RDWR)  # wakes a thread that waits for a client that never came
        except OSError:
            pass  # nothing to wake
        self.listener.close()
        if not self.port:
            os.unlink(self.path)
        self.thread.join(5)

    def run(self):
        while True:
            try:
                link, _ = self.listener.accept()
            except OSError:
                return  # closed
            threading.Thread(target=self.serve, args=(link,), daemon=True).start()

    def serve(self, link):
        try:
            with link:
                self.answer(link)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the client has seen enough
        except Exception as error:
            self.failure = error  # told by whoever started the client

    def answer(self, link):
        unread, confirmed, sent = b"", 0, 0
        while True:
            streaming = confirmed >= self.names and sent < len(self.stream)
            if select.select([link], [], [], 0 if streaming else None)[0]:
                received = link.recv(1 << 16)
                if not received:
                    return
                commands, unread = parse(unread + received)
                answers = b""
                for words in commands:
                    confirmed, answer = reply(words, confirmed, self.port)
                    answers += answer
                link.sendall(answers)
            elif streaming and is_drained(link):
                link.sendall(self.stream[sent : sent + self.block])
                sent += self.block
            elif streaming:
                time.sleep(20e-6)


def is_drained(link):
    """Whether the client has read all that was sent, or over TCP its kernel has taken it."""
    return struct.unpack("i", fcntl.ioctl(link, SIOCOUTQ, b"\0" * 4))[0] == 0


def parse(data):
    """The whole commands at the front of the bytes, and what is left."""
    commands, position = [], 0
    while True:
        end = data.find(b"\r\n", position)
        if end < 0:
            return commands, data[position:]
        words, at = [], end + 2
        for _ in range(int(data[position + 1 : end])):
            end = data.find(b"\r\n", at)
            length = int(data[at + 1 : end]) if end >= 0 else 0
            if end < 0 or end + 2 + length + 2 > len(data):
                return commands, data[position:]
            words.append(data[end + 2 : end + 2 + length])
            at = end + 2 + length + 2
        commands.append(words)
        position = at


def described(name, key):
    """What COMMAND tells of a command with one key."""
    begin = b"%2\r\n" + bulk(b"type", b"index", b"spec") + b"%1\r\n" + bulk(b"index") + b":%d\r\n" % key
    find = b"%2\r\n" + bulk(b"type", b"range", b"spec") + b"%3\r\n"
    find += b"".join(bulk(word) + b":%d\r\n" % number for word, number in ((b"lastkey", 0), (b"keystep", 1), (b"limit", 0)))
    spec = b"%3\r\n" + bulk(b"flags") + b"~1\r\n+RW\r\n" + bulk(b"begin_search") + begin + bulk(b"find_keys") + find
    first = b":-3\r\n~1\r\n+write\r\n" + b":%d\r\n" % key * 2 + b":1\r\n~1\r\n+@write\r\n"
    return b"*10\r\n" + bulk(name) + first + b"*0\r\n*1\r\n" + spec + b"*0\r\n"


COMMAND = b"*3\r\n" + b"".join(described(name, key) for name, key in ((b"get", 1), (b"set", 1), (b"xgroup", 2)))


def shards(port):
    """CLUSTER SHARDS of the one node."""
    node = bulk(b"id", b"a" * 40, b"port") + b":%d\r\n" % port
    node += bulk(b"ip", b"127.0.0.1", b"endpoint", b"127.0.0.1", b"role", b"master", b"health", b"online")
    return b"*1\r\n%2\r\n" + bulk(b"slots") + b"*2\r\n:0\r\n:16383\r\n" + bulk(b"nodes") + b"*1\r\n%6\r\n" + node


def reply(words, confirmed, port):
    """How many names are confirmed after the command, and the answer to it."""
    name = words[0].upper()
    if name == b"HELLO":
        return confirmed, HELLO
    if name in (b"SUBSCRIBE", b"PSUBSCRIBE", b"SSUBSCRIBE"):
        answer = b""
        for word in words[1:]:
            confirmed += 1
            answer += b">3\r\n" + bulk(name.lower(), word) + b":%d\r\n" % confirmed
        return confirmed, answer
    if name == b"MONITOR":
        return 1, b"+OK\r\n"
    if name == b"GET":
        return confirmed, bulk(PAYLOAD)
    if name == b"PTTL":
        return confirmed, b":3600000\r\n"
    if name == b"PING":
        return confirmed, b"+PONG\r\n" if len(words) == 1 else bulk(words[1])
    if name == b"INFO":
        return confirmed, bulk(b"# Server\r\nredis_version:7.0.15\r\n")
    if name == b"COMMAND":
        return confirmed, COMMAND
    if name == b"CLUSTER" and words[1].upper() == b"SHARDS":
        return confirmed, shards(port)
    if name == b"CLUSTER" and words[1].upper() == b"INFO":
        return confirmed, bulk(b"cluster_state:ok\r\ncluster_current_epoch:1\r\n")
    if name == b"CLIENT" and words[1].upper() == b"ID":
        return confirmed, b":7\r\n"
    return confirmed, b"+OK\r\n"
