# redis-py's Lock, as two threads hand it over to each other: whoever waits looks ten times a second.
# modes: lock
# requirements: redis_py
import json
import sys
import threading
import time

import redis

port, messages = int(sys.argv[2]), int(sys.argv[4])
client = redis.Redis(port=port)
times = []
# The token belongs to the object, so that another thread may release.
lock = client.lock("l", timeout=30, thread_local=False)
lock.acquire()
for _ in range(messages):
    taken = []
    following = client.lock("l", timeout=30, thread_local=False)
    thread = threading.Thread(target=lambda: (following.acquire(), taken.append(time.monotonic_ns())))
    thread.start()
    time.sleep(0.005)
    begin = time.monotonic_ns()
    lock.release()
    thread.join()
    times.append(taken[0] - begin)
    lock = following
times.sort()


def percentile(share):
    return times[max(-(-len(times) * share // 100) - 1, 0)] / 1000


print(json.dumps({"messages": len(times), "p50": percentile(50), "p99": percentile(99), "p99.9": times[-1] / 1000}))
