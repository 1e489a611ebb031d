# redis-py with its parser in C, sending GETs in pipelines.
# modes: commands
# requirements: redis_py
import json
import resource
import sys
import time

import hiredis  # noqa: F401  redis-py takes it when it is there
import redis


def cpu():
    use = resource.getrusage(resource.RUSAGE_SELF)
    return use.ru_utime + use.ru_stime


port, size, messages = int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
client = redis.Redis(port=port, protocol=2)
client.set("key", "x" * 16)
seen = 0
started, wall = cpu(), time.monotonic()
while seen < messages:
    pipeline = client.pipeline(transaction=False)
    for _ in range(size):
        pipeline.get("key")
    seen += len(pipeline.execute())
print(json.dumps({"messages": seen, "bytes": 0, "cpu": cpu() - started, "wall": time.monotonic() - wall}))
