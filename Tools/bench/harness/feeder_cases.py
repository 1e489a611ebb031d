"""The feeder set: ready-made frames at full speed, so that the client is what is measured."""

from collections.abc import Callable

from .model import SLOW, THROUGHPUT, Case, Contender, Failed, Sample
from .peers import Peer
from .processes import expect, rates
from .servers import fed, held, paced
from .setting import AGAINST, CERTIFICATE, CLIENT, FIRST, KEY, REFERENCE, Setting, make_certificate

# What a message is worth in the mode `monitor`, by who counts.
MONITOR_LINE = len('1763700000.000000 [0 127.0.0.1:50412] "SET" "channel:0000000" ""')
MONITOR_COMMAND = len("SET channel:0000000 ")
MONITOR_ARGUMENTS = len("SETchannel:0000000")


def cases(setting: Setting) -> list[Case]:
    payloads = (16, 128, 1024, 65536)
    return [_one_channel(setting, payload, resp) for resp in (3, 2) for payload in payloads] + [
        _channels(setting),
        _patterns(setting),
        _links(setting),
        _monitor(setting),
        _tls(setting),
        _slow(),
    ]


def _first(payload: int) -> int:
    return FIRST if payload <= 1024 else FIRST // 32


def _ours(
    way: str, mode: str, channels: int, payload: int, *options: object, worth: int = 0, is_pinned: bool = False
) -> Callable[[int], Sample]:
    def run(messages: int) -> Sample:
        feeder = [mode, channels, payload, messages]
        client = [CLIENT, way, mode, "PORT", channels, messages, *options]
        sample = paced(feeder, client) if mode == "monitor" else held(feeder, client, is_pinned=is_pinned)
        expect(sample, messages=messages, bytes=messages * (worth or payload), dropped=0)
        return rates(sample)

    return run


def _peers(
    setting: Setting, mode: str, channels: int, payload: int, suffix: str = "", is_pinned: bool = False
) -> list[Contender]:
    """Each peer that can do that, and the reference once more: what its ratio to itself is off by is the noise."""

    def run(peer: Peer) -> Callable[[int], Sample]:
        def run(messages: int) -> Sample:
            client = peer.command(mode, "PORT", channels, messages)
            sample = fed([mode, channels, payload, messages], client, is_pinned, env=peer.environment)
            worth = payload
            if mode == "monitor":
                worth += MONITOR_COMMAND if peer.counts_commands else MONITOR_LINE
            expect(sample, messages=messages, bytes=messages * worth)
            return rates(sample)

        return run

    against = {title: name + suffix for title, name in AGAINST.items()}
    contenders = []
    for peer in setting.peers:
        if not peer.can(mode):
            continue
        own = {} if peer.name == REFERENCE else dict(against)
        contenders.append(Contender(peer.name + suffix, run(peer), own, _first(payload)))
        if peer.name == REFERENCE:
            again = {"× hiredis": REFERENCE + suffix}
            contenders.append(Contender(f"{REFERENCE} again{suffix}", run(peer), again, _first(payload)))
    return contenders


def _one_channel(setting: Setting, payload: int, resp: int) -> Case:
    ways = ["inline", "handler", "stream"]
    if payload == 16:
        ways += ["batch", "thread", "listen"]
    contenders = _peers(setting, "channel", 1, payload)
    contenders += [
        Contender(way, _ours(way, "channel", 1, payload, "--resp", resp), AGAINST, _first(payload)) for way in ways
    ]
    notes = ["hiredis before 1.0 has no RESP3; the peers' figures are always those of RESP2."] if resp == 3 else []
    if payload == 16 and resp == 3:
        contenders += _on_one_core(setting, ways)
        notes.append("On one core: all threads of the client share a core, and the feeder has another for itself.")
    return Case(
        f"channel-{payload}-resp{resp}",
        f"one channel, {payload} bytes, RESP{resp}",
        THROUGHPUT,
        contenders,
        notes,
        quick=".* again|redis-py|inline|handler|stream|batch" if payload == 16 and resp == 3 else "",
    )


def _on_one_core(setting: Setting, ways: list[str]) -> list[Contender]:
    suffix = " on one core"
    peers = [
        peer for peer in _peers(setting, "channel", 1, 16, suffix, is_pinned=True)
        if peer.name.removesuffix(suffix) in AGAINST.values()
    ]  # fmt: skip
    against = {title: name + suffix for title, name in AGAINST.items()}
    return peers + [
        Contender(way + suffix, _ours(way, "channel", 1, 16, is_pinned=True), against, FIRST) for way in ways
    ]


def _channels(setting: Setting) -> Case:
    contenders = []
    for channels in (1, 1000, 100_000):
        suffix = f" {channels:,}"
        against = {title: name + suffix for title, name in AGAINST.items()}
        some = _peers(setting, "channel", channels, 16, suffix)
        some += [
            Contender(way + suffix, _ours(way, "channel", channels, 16), dict(against), FIRST)
            for way in ("inline", "handler", "stream")
        ]
        for contender in some:
            if channels > 1:
                contender.against["× 1 channel"] = contender.name.removesuffix(suffix) + " 1"
        contenders += [contender for contender in some if "again" not in contender.name]
    return Case("channels", "1, 1,000 and 100,000 channels in turn, 16 bytes", THROUGHPUT, contenders)


def _patterns(setting: Setting) -> Case:
    ours = [Contender(way, _ours(way, "pattern", 1, 16), AGAINST, FIRST) for way in ("inline", "handler")]
    return Case("pattern", "messages of a pattern, 16 bytes", THROUGHPUT, _peers(setting, "pattern", 1, 16) + ours)


def _links(setting: Setting) -> Case:
    def run(links: int) -> Callable[[int], Sample]:
        def run(messages: int) -> Sample:
            client = [CLIENT, "links", "channel", "PORT", 1, messages, "--links", links]
            sample = held(["channel", 1, 16, messages, "--links", links], client)
            expect(sample, messages=messages, bytes=messages * 16)
            return rates(sample)

        return run

    grown = {"× 1 link": "inline 1"}
    ours = [Contender(f"inline {n:,}", run(n), AGAINST | (grown if n > 1 else {}), FIRST) for n in (1, 10, 1000)]
    peers = [peer for peer in _peers(setting, "channel", 1, 16) if peer.name in AGAINST.values()]
    return Case("links", "1, 10 and 1,000 links on one loop, 16 bytes; the peers have one", THROUGHPUT, peers + ours)


def _monitor(setting: Setting) -> Case:
    worth = {"typed": MONITOR_ARGUMENTS + 16, "raw": MONITOR_LINE + 16, "inline": MONITOR_ARGUMENTS}
    ours = [
        Contender(way, _ours(way, "monitor", 1, 16, worth=count), AGAINST, FIRST) for way, count in worth.items()
    ]
    peers = _peers(setting, "monitor", 1, 16)
    notes = ["The peers in C hand over raw lines; redis-py parses them."]
    return Case("monitor", "MONITOR, SET of 16 bytes", THROUGHPUT, peers + ours, notes, quick="hiredis|typed|inline")


def _tls(setting: Setting) -> Case:
    def feeder(count: int) -> list[object]:
        make_certificate()
        return ["channel", 1, 16, count, "--tls", CERTIFICATE, KEY]

    def checked(sample: Sample, count: int) -> Sample:
        expect(sample, messages=count, bytes=count * 16)
        return rates(sample)

    def ours(way: str) -> Contender:
        def run(messages: int) -> Sample:
            client = [CLIENT, way, "channel", "PORT", 1, messages, "--ca", CERTIFICATE]
            return checked(held(feeder(messages), client), messages)

        return Contender(way, run, {"× redis-py": "redis-py"}, FIRST)

    def theirs(peer: Peer) -> Contender:
        def run(messages: int) -> Sample:
            client = peer.command("tls", "PORT", 1, messages, "--ca", CERTIFICATE)
            return checked(fed(feeder(messages), client, env=peer.environment), messages)

        return Contender(peer.name, run, messages=FIRST)

    contenders = [theirs(peer) for peer in setting.peers if peer.can("tls")] + [ours("inline"), ours("handler")]
    notes = ["There is no hiredis here: Debian's libhiredis is built without TLS."]
    return Case("tls", "one channel over TLS, 16 bytes", THROUGHPUT, contenders, notes)


def _slow() -> Case:
    messages = 2_000_000

    def run(_: int) -> Sample:
        client = [CLIENT, "slow", "channel", "PORT", 1, messages]
        sample = held(["channel", 1, 16, messages], client)
        if sample["messages"] + sample["dropped"] != messages:
            raise Failed(f"{sample['messages']:.0f} seen and {sample['dropped']:.0f} dropped of {messages}")
        expect(sample, bytes=sample["messages"] * 16, dropped_bytes=sample["dropped"] * (16 + len("channel:0000000")))
        sample["peak_mib"] = sample["peak_kib"] / 1024
        if sample["peak_mib"] > 64:
            raise Failed(f"the memory is not bounded: {sample['peak_mib']:.0f} MiB for a buffer of 4")
        sample["messages"] = messages
        return rates(sample)

    notes = [
        "Every message is seen or dropped and counted, and the buffer is 10,000 events or 4 MiB; else the run fails."
    ]
    return Case(
        "slow", "a reader that takes 10 µs for a message, dropping the oldest", SLOW, [Contender("slow", run)], notes
    )
