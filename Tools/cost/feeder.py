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
    return b">3\r\n" + bulk(b"message", name, PAYLOAD)


class Feeder:
    """Serves one client: answers it until it has subscribed to `names` names, or sent MONITOR, then sends the messages."""

    def __init__(self, folder, kind, channels, messages):
        frames = [frame(kind, channel(number)) for number in range(channels)]
        self.stream = b"".join(frames[number % channels] for number in range(messages))
        self.block = BLOCK_BYTES // len(frames[0]) * len(frames[0])
        self.names = channels if kind == "channel" else 1
        self.path = os.path.join(folder, "socket")
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(1)
        self.failure = None
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def close(self):
        try:
            self.listener.shutdown(socket.SHUT_RDWR)  # wakes a thread that waits for a client that never came
        except OSError:
            pass  # nothing to wake
        self.listener.close()
        os.unlink(self.path)
        self.thread.join(5)

    def run(self):
        try:
            self.link, _ = self.listener.accept()
        except OSError:
            return  # closed without a client
        try:
            with self.link:
                self.serve()
        except (BrokenPipeError, ConnectionResetError):
            pass  # the client has seen enough
        except Exception as error:
            self.failure = error  # told by whoever started the client

    def serve(self):
        unread, confirmed, sent = b"", 0, 0
        while True:
            streaming = confirmed >= self.names and sent < len(self.stream)
            if select.select([self.link], [], [], 0 if streaming else None)[0]:
                received = self.link.recv(1 << 16)
                if not received:
                    return
                commands, unread = parse(unread + received)
                answers = b""
                for words in commands:
                    confirmed, answer = reply(words, confirmed)
                    answers += answer
                self.link.sendall(answers)
            elif streaming and self.is_drained():
                self.link.sendall(self.stream[sent : sent + self.block])
                sent += self.block
            elif streaming:
                time.sleep(20e-6)

    def is_drained(self):
        """Whether the client has read all that was sent."""
        return struct.unpack("i", fcntl.ioctl(self.link, SIOCOUTQ, b"\0" * 4))[0] == 0


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


def reply(words, confirmed):
    """How many names are confirmed after the command, and the answer to it."""
    name = words[0].upper()
    if name == b"HELLO":
        return confirmed, HELLO
    if name in (b"SUBSCRIBE", b"PSUBSCRIBE"):
        answer = b""
        for word in words[1:]:
            confirmed += 1
            answer += b">3\r\n" + bulk(name.lower(), word) + b":%d\r\n" % confirmed
        return confirmed, answer
    if name == b"MONITOR":
        return 1, b"+OK\r\n"
    if name == b"PING":
        return confirmed, b"+PONG\r\n" if len(words) == 1 else bulk(words[1])
    if name == b"INFO":
        return confirmed, bulk(b"# Server\r\nredis_version:7.0.15\r\n")
    if name == b"CLIENT" and words[1].upper() == b"ID":
        return confirmed, b":7\r\n"
    return confirmed, b"+OK\r\n"
