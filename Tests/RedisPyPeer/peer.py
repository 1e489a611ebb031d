"""A process of redis-py that does what it is told, a line for a line: the tests of locks and queues talk to it.

    peer.py PORT

acquire SECONDS, release, owned, put TEXT, get SECONDS.
"""

import sys

import redis
from redis.exceptions import LockError

client = redis.Redis(port=int(sys.argv[1]))
lock = client.lock("l", timeout=30, sleep=0.01)
for line in sys.stdin:
    word, _, rest = line.rstrip("\n").partition(" ")
    if word == "acquire":
        answer = lock.acquire(blocking_timeout=float(rest))
    elif word == "release":
        try:
            lock.release()
            answer = True
        except LockError as error:
            answer = type(error).__name__
    elif word == "owned":
        answer = lock.owned()
    elif word == "put":
        answer = client.rpush("q", rest)
    elif word == "get":
        found = client.blpop(["q"], timeout=float(rest))
        answer = found[1].decode() if found else None
    else:
        answer = "what?"
    print(answer, flush=True)
