extension TourStep {
    /// The steps of the tour.
    ///
    /// - Parameter folder: A folder for files, which goes with the server.
    /// - Returns: The steps, each of which needs nothing of those before.
    package static func all(filesIn folder: String) -> [TourStep] {
        [subscribe, patterns, gap, drop, monitor, keyEvents, queue, durable(filesIn: folder)]
    }

    private static let subscribe = TourStep(
        title: "Messages of a channel",
        text: """
            Whoever is subscribed to a channel gets what is published there from then on. rwatch prints each message \
            with its time and its channel. -C 2 ends it after two of them.
            """,
        acts: [
            .start("rwatch sub orders -C 2"),
            .waitUntilWatched(names: 1),
            .send(["PUBLISH", "orders", "order 1001 placed"]),
            .send(["PUBLISH", "orders", "order 1002 placed"]),
            .waitForEnd,
        ]
    )

    private static let patterns = TourStep(
        title: "Patterns and shard channels",
        text: """
            A pattern (-P) stands for all channels whose names match it. A shard channel (-S) is one that a cluster \
            keeps within a shard. One command takes any number of them, and each line says by what it came.
            """,
        acts: [
            .start("rwatch sub -P 'cache.*' -S '{shop}.stock' -C 3"),
            .waitUntilWatched(names: 2),
            .send(["PUBLISH", "cache.customers", "customer:7 changed"]),
            .send(["SPUBLISH", "{shop}.stock", "tea is running low"]),
            .send(["PUBLISH", "cache.orders", "order:1002 changed"]),
            .waitForEnd,
        ]
    )

    private static let gap = TourStep(
        title: "A gap",
        text: """
            Here the server cuts the subscriber's link, and a message is published before rwatch is back. Nobody can \
            bring that message back, because the server does not keep it. But rwatch subscribes again and says when \
            messages may be missing, for how long, and how many at most.
            """,
        acts: [
            .start("rwatch sub orders -C 2"),
            .waitUntilWatched(names: 1),
            .send(["PUBLISH", "orders", "order 1003 placed"]),
            .sendTogether([["CLIENT", "KILL", "TYPE", "pubsub"], ["PUBLISH", "orders", "nobody hears this"]]),
            .waitUntilWatched(names: 1),
            .send(["PUBLISH", "orders", "order 1004 placed"]),
            .waitForEnd,
        ]
    )

    private static let drop = TourStep(
        title: "A reader that is too slow",
        text: """
            The tour does not read what this command prints, while ten thousand messages come. rwatch goes on reading \
            from the server, which would otherwise have to keep them, and drops what has no room in its buffer. In \
            the JSON a record with the number stands at exactly the place of what is missing.
            """,
        acts: [
            .startUnread("rwatch sub prices --json --buffer 64kb --until closed"),
            .waitUntilWatched(names: 1),
            .send(["EVAL", "for price = 1, 10000 do redis.call('PUBLISH', 'prices', price) end", "0"]),
            .read,
            .send(["PUBLISH", "prices", "closed"]),
            .waitForEnd,
        ]
    )

    private static let monitor = TourStep(
        title: "Every command, and only some of them",
        text: """
            MONITOR shows each command that the server executes, also those that scripts send. Options select: --key, \
            --cmd, --client and others, or a whole condition with --where. rwatch leaves MONITOR by itself before it \
            becomes a burden for the server (--guard).
            """,
        acts: [
            .start("rwatch monitor --where 'key ~ \"stock:*\" and not cmd = GET' -C 3"),
            .waitUntilWatched(names: 1),
            .send(["SET", "stock:tea", "12"]),
            .send(["GET", "stock:tea"]),
            .send(["EVAL", "return redis.call('DECRBY', KEYS[1], ARGV[1])", "1", "stock:tea", "2"]),
            .waitForEnd,
        ]
    )

    private static let keyEvents = TourStep(
        title: "Keys that change, expire and go",
        text: """
            A server can report what happens to keys, also when a key expires, which no command does. It only does so \
            when notify-keyspace-events is set; --enable sets what is missing.
            """,
        acts: [
            .start("rwatch keys 'session:*' --enable -C 3"),
            .waitUntilWatched(names: 1),
            .waitUntilSet("notify-keyspace-events"),
            .send(["SET", "session:7", "Zoë", "PX", "300"]),
            .waitForEnd,
        ]
    )

    private static let queue = TourStep(
        title: "A queue: each entry for one of several readers",
        text: """
            Readers of a group share the entries of a stream. --ack acknowledges an entry when its line has been \
            written, so that what a reader had when it was killed goes to another one.
            """,
        acts: [
            .send(["XADD", "jobs", "*", "pack", "order 1001"]),
            .send(["XADD", "jobs", "*", "pack", "order 1002"]),
            .send(["XADD", "jobs", "*", "pack", "order 1003"]),
            .start("rwatch stream jobs --group packers --consumer ada --from start --ack -C 2"),
            .waitForEnd,
            .start("rwatch stream jobs --group packers --consumer bob --from start --ack -C 1"),
            .waitForEnd,
        ]
    )

    private static func durable(filesIn folder: String) -> TourStep {
        TourStep(
            title: "A durable channel: nothing is missed",
            text: """
                Messages of a durable channel are kept in a stream as well. With --state, rwatch remembers what it has \
                printed. So the second run begins with the message that was published while nobody was there: it is \
                replayed.
                """,
            acts: [
                .start("rwatch sub --durable sales --state \(folder)/position -C 1"),
                .waitUntilWatched(names: 1),
                .start("rwatch pub --durable sales 'tea, 2 kg'"),
                .waitForEnd,
                .waitForEnd,
                .start("rwatch pub --durable sales 'rice, 5 kg'"),
                .waitForEnd,
                .start("rwatch sub --durable sales --state \(folder)/position -C 1"),
                .waitForEnd,
            ]
        )
    }
}
