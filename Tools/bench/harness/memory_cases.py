"""What stays resident: for each subscription, for each link, after a burst."""

import resource
from collections.abc import Callable, Sequence

from .model import BURST, EACH, Case, Contender, Failed, Sample, Unavailable
from .peers import Peer
from .processes import expect
from .servers import fed
from .setting import CLIENT, REFERENCE, Setting


def cases(setting: Setting) -> list[Case]:
    return [_subscriptions(setting), _links(), _burst(setting)]


def _each(feeder: Sequence[object], client: Sequence[object], count: int, **options) -> Sample:
    sample = fed(feeder, client, **options)
    expect(sample, count=count)
    sample["bytes"] = (sample["after_kib"] - sample["before_kib"]) * 1024 / count
    if sample["bytes"] <= 0:
        raise Failed(f"{count} cost nothing, which cannot be")
    return sample


def _subscriptions(setting: Setting) -> Case:
    count = 1_000_000
    feeder = ["channel", count, 16, 1, "--hold"]

    def theirs(peer: Peer) -> Callable[[int], Sample]:
        return lambda _: _each(feeder, peer.command("subscriptions", "PORT", count, 1), count, env=peer.environment)

    def ours(_: int) -> Sample:
        return _each(feeder, [CLIENT, "memory", "channel", "PORT", count, 1, "--of", "subscriptions"], count)

    peers = [Contender(peer.name, theirs(peer)) for peer in setting.peers if peer.can("subscriptions")]
    ours_too = [Contender("handler", ours, {"× hiredis": REFERENCE})]
    return Case("memory-subscriptions", "1,000,000 subscriptions of 15 bytes each", EACH, peers + ours_too)


def _links() -> Case:
    count = 10_000

    def run(_: int) -> Sample:
        if (limit := resource.getrlimit(resource.RLIMIT_NOFILE)[0]) < count + 100:
            raise Unavailable(f"the system allows {limit} open files")
        client = [CLIENT, "memory", "channel", "PORT", 1, 1, "--of", "links", "--links", count]
        return _each(["channel", 1, 16, 1, "--links", count, "--hold"], client, count - 1)

    return Case("memory-links", "10,000 links on one loop, a channel each", EACH, [Contender("inline", run)])


def _burst(setting: Setting) -> Case:
    messages, payload = 400_000, 1024

    def run(_: int) -> Sample:
        client = [CLIENT, "memory", "channel", "PORT", 1, messages, "--of", "burst"]
        sample = fed(["channel", 1, payload, messages, "--hold"], client)
        expect(sample, messages=messages, bytes=messages * payload)
        before, full, after = (sample[f"{when}_kib"] / 1024 for when in ("before", "full", "after"))
        if full - before < messages * payload >> 20:
            raise Failed(f"{full:.0f} MiB cannot hold all messages")
        return sample | {
            "before_mib": before, "full_mib": full, "after_mib": after, "kept": (after - before) / (full - before)
        }  # fmt: skip

    return Case("memory-burst", "400,000 messages of 1 KiB queued, then read", BURST, [Contender("stream", run)])
