"""The feeder set: ready-made frames at full speed, so that the client is what is measured."""

from collections.abc import Callable

from .model import SLOW, THROUGHPUT, Case, Contender, Failed, Sample
from .peers import Peer
from .processes import expect, rates
from .servers import fed, held, paced
from .setting import AGAINST, CERTIFICATE, CLIENT, KEY, REFERENCE, Setting, make_certificate

# What a message is worth in the mode `monitor`, by who counts.
MONITOR_LINE = len('1763700000.000000 [0 127.0.0.1:50412] "SET" "channel:0000000" ""')
MONITOR_COMMAND = len("SET channel:0000000 ")
MONITOR_ARGUMENTS = len("SETchannel:0000000")


def cases(setting: Setting) -> list[Case]:
    sizes = {16: 5_000_000, 128: 4_000_000, 1024: 1_500_000, 65536: 30_000}
    found = [_one_channel(setting, payload, messages, resp) for resp in (3, 2) for payload, messages in sizes.items()]
    return found + [
        _channels(setting),
        _patterns(setting),
        _links(setting),
        _monitor(setting),
        _tls(setting),
        _slow(setting),
    ]


def _ours(
    way: str, mode: str, channels: int, payload: int, messages: int, *options: object, worth: int = 0
) -> Callable[[], Sample]:
    def run() -> Sample:
        feeder = [mode, channels, payload, messages]
        run_client = paced if mode == "monitor" else held
        sample = run_client(feeder, [CLIENT, way, mode, "PORT", channels, messages, *options])
        expect(sample, messages=messages, bytes=messages * (worth or payload), dropped=0)
        return rates(sample)

    return run


def _peers(
    setting: Setting, mode: str, channels: int, payload: int, messages: int, suffix: str = ""
) -> list[Contender]:
    """Each peer that can do that, and the reference once more: what its ratio to itself is off by is the noise."""

    def run(peer: Peer, count: int) -> Callable[[], Sample]:
        def run() -> Sample:
            client = peer.command(mode, "PORT", channels, count)
            sample = fed([mode, channels, payload, count], client, env=peer.environment)
            worth = payload
            if mode == "monitor":
                worth += MONITOR_COMMAND if peer.counts_commands else MONITOR_LINE
            expect(sample, messages=count, bytes=count * worth)
            return rates(sample)

        return run

    against = {title: name + suffix for title, name in AGAINST.items()}
    contenders = []
    for peer in setting.peers:
        if not peer.can(mode):
            continue
        count = max(int(messages * peer.share), 1000)
        own = {} if peer.name == REFERENCE else dict(against)
        contenders.append(Contender(peer.name + suffix, run(peer, count), own))
        if peer.name == REFERENCE:
            contenders.append(
                Contender(f"{REFERENCE} again{suffix}", run(peer, count), {"× hiredis": REFERENCE + suffix})
            )
    return contenders


def _one_channel(setting: Setting, payload: int, messages: int, resp: int) -> Case:
    messages = setting.scaled(messages)
    ways = ["inline", "handler", "stream"]
    if payload == 16:
        ways += ["batch", "thread", "listen"]
    ours = [Contender(way, _ours(way, "channel", 1, payload, messages, "--resp", resp), AGAINST) for way in ways]
    return Case(
        f"channel-{payload}-resp{resp}",
        f"one channel, {payload} bytes, RESP{resp}",
        THROUGHPUT,
        _peers(setting, "channel", 1, payload, messages) + ours,
        ["hiredis before 1.0 has no RESP3; the peers' figures are always those of RESP2."] if resp == 3 else [],
        quick=".* again|redis-py|inline|handler|stream|batch" if payload == 16 and resp == 3 else "",
    )


def _channels(setting: Setting) -> Case:
    messages = setting.scaled(5_000_000)
    contenders = []
    for channels in (1, 1000, 100_000):
        suffix = f" {channels:,}"
        against = {title: name + suffix for title, name in AGAINST.items()}
        some = _peers(setting, "channel", channels, 16, messages, suffix)
        some += [
            Contender(way + suffix, _ours(way, "channel", channels, 16, messages), dict(against))
            for way in ("inline", "handler", "stream")
        ]
        for contender in some:
            if channels > 1:
                contender.against["× 1 channel"] = contender.name.removesuffix(suffix) + " 1"
        contenders += [contender for contender in some if "again" not in contender.name]
    return Case("channels", "1, 1,000 and 100,000 channels in turn, 16 bytes", THROUGHPUT, contenders)


def _patterns(setting: Setting) -> Case:
    messages = setting.scaled(4_000_000)
    ours = [Contender(way, _ours(way, "pattern", 1, 16, messages), AGAINST) for way in ("inline", "handler")]
    return Case(
        "pattern", "messages of a pattern, 16 bytes", THROUGHPUT, _peers(setting, "pattern", 1, 16, messages) + ours
    )


def _links(setting: Setting) -> Case:
    messages = setting.scaled(5_000_000)

    def run(links: int) -> Callable[[], Sample]:
        def run() -> Sample:
            client = [CLIENT, "links", "channel", "PORT", 1, messages, "--links", links]
            sample = held(["channel", 1, 16, messages, "--links", links], client)
            expect(sample, messages=messages, bytes=messages * 16)
            return rates(sample)

        return run

    grown = {"× 1 link": "inline 1"}
    ours = [Contender(f"inline {n:,}", run(n), AGAINST | (grown if n > 1 else {})) for n in (1, 10, 1000)]
    peers = [peer for peer in _peers(setting, "channel", 1, 16, messages) if peer.name in AGAINST.values()]
    return Case("links", "1, 10 and 1,000 links on one loop, 16 bytes; the peers have one", THROUGHPUT, peers + ours)


def _monitor(setting: Setting) -> Case:
    messages = setting.scaled(2_000_000)
    worth = {"typed": MONITOR_ARGUMENTS + 16, "raw": MONITOR_LINE + 16, "inline": MONITOR_ARGUMENTS}
    ours = [
        Contender(way, _ours(way, "monitor", 1, 16, messages, worth=count), AGAINST) for way, count in worth.items()
    ]
    peers = _peers(setting, "monitor", 1, 16, messages)
    notes = ["The peers in C hand over raw lines; redis-py parses them."]
    return Case("monitor", "MONITOR, SET of 16 bytes", THROUGHPUT, peers + ours, notes, quick="hiredis|typed|inline")


def _tls(setting: Setting) -> Case:
    messages = setting.scaled(3_000_000)

    def feeder(count: int) -> list[object]:
        make_certificate()
        return ["channel", 1, 16, count, "--tls", CERTIFICATE, KEY]

    def checked(sample: Sample, count: int) -> Sample:
        expect(sample, messages=count, bytes=count * 16)
        return rates(sample)

    def ours(way: str) -> Contender:
        client = [CLIENT, way, "channel", "PORT", 1, messages, "--ca", CERTIFICATE]
        return Contender(way, lambda: checked(held(feeder(messages), client), messages), {"× redis-py": "redis-py"})

    def theirs(peer: Peer) -> Contender:
        count = int(messages * peer.share)

        def run() -> Sample:
            client = peer.command("tls", "PORT", 1, count, "--ca", CERTIFICATE)
            return checked(fed(feeder(count), client, env=peer.environment), count)

        return Contender(peer.name, run)

    contenders = [theirs(peer) for peer in setting.peers if peer.can("tls")] + [ours("inline"), ours("handler")]
    notes = ["There is no hiredis here: Debian's libhiredis is built without TLS."]
    return Case("tls", "one channel over TLS, 16 bytes", THROUGHPUT, contenders, notes)


def _slow(setting: Setting) -> Case:
    messages = setting.scaled(2_000_000)

    def run() -> Sample:
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
