# redis-py with its parser in C: what the seed library's users have.
# modes: channel pattern monitor tls
# counts: command
import json
import os
import resource
import sys
import time

import hiredis  # noqa: F401  redis-py takes it when it is there
import redis


def cpu():
    use = resource.getrusage(resource.RUSAGE_SELF)
    return use.ru_utime + use.ru_stime


mode, port, channels, messages = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
tls = {"host": "localhost", "ssl": True, "ssl_ca_certs": sys.argv[sys.argv.index("--ca") + 1]} if mode == "tls" else {}
client = redis.Redis(port=port, protocol=2, **tls)
seen = count = 0
started = wall = 0.0
if mode == "monitor":
    source = (len(event["command"]) for event in client.monitor().__enter__().listen())
else:
    pubsub = client.pubsub(ignore_subscribe_messages=True)
    if mode == "pattern":
        pubsub.psubscribe("channel:*")
    else:
        names = [f"channel:{number:07}" for number in range(channels)]
        for first in range(0, channels, 1000):
            pubsub.subscribe(*names[first : first + 1000])
    source = (len(event["data"]) for event in pubsub.listen() if event)
for length in source:
    if seen == 0:
        started, wall = cpu(), time.monotonic()
    seen += 1
    count += length
    if seen == messages:
        break
print(
    json.dumps(
        {
            "messages": seen,
            "bytes": count,
            "cpu": cpu() - started,
            "wall": time.monotonic() - wall,
            "peak_kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        }
    )
)
sys.stdout.flush()
# Without a goodbye: the feeder is still writing.
os._exit(0)
