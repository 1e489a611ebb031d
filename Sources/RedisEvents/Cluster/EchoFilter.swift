/// What came lately over the links of a cluster, as digests in a ring of bounded size.
///
/// Nodes pass messages on to one another. One that the last node has delivered may still be on its way to the next, and
/// be delivered again by that one when a link has changed between them in the meantime.
package struct RecentMessages {
    private struct Entry {
        var digest: UInt64
        var at: ContinuousClock.Instant
    }

    /// At most that many are remembered.
    private static let capacity = 4096
    /// How long a message may be on its way between two nodes.
    package static let window = Duration.seconds(1)

    private var entries: [Entry] = []
    private var next = 0

    /// For the digests. Who publishes does not know it, and cannot make two messages look alike.
    let seed = UInt64.random(in: .min ... .max)

    package init() {}

    package mutating func add(_ digest: UInt64, at now: ContinuousClock.Instant) {
        let entry = Entry(digest: digest, at: now)
        if entries.count < Self.capacity {
            entries.append(entry)
        } else {
            entries[next] = entry
            next = (next + 1) % Self.capacity
        }
    }

    /// What may be repeated by another node from now on; `nil` when nothing can be.
    package func echoes(at now: ContinuousClock.Instant) -> EchoFilter? {
        let start = now - Self.window
        var expected: [UInt64: Int] = [:]
        for entry in entries where entry.at >= start { expected[entry.digest, default: 0] += 1 }
        return expected.isEmpty ? nil : EchoFilter(expected, until: now + Self.window)
    }
}

/// Leaves out what another node repeats of what the last one had delivered, as often as it was, for a second.
///
/// What is left out wrongly, because somebody published the same once more in that second, a gap covers
/// (`PubSubDriver.echoesEnded`). What the last node had not delivered, because it was cut off for a while, comes late.
package struct EchoFilter {
    private var expected: [UInt64: Int]
    private let until: ContinuousClock.Instant

    fileprivate init(_ expected: [UInt64: Int], until: ContinuousClock.Instant) {
        self.expected = expected
        self.until = until
    }

    package func isOver(at now: ContinuousClock.Instant) -> Bool { now >= until }

    /// Whether a message is new.
    package mutating func admits(_ digest: UInt64) -> Bool {
        guard let count = expected[digest] else { return true }
        expected[digest] = count > 1 ? count - 1 : nil
        return false
    }
}

extension PubSubDriver {
    /// Whether a message is no repetition; it is remembered then.
    func isNew(_ view: borrowing PubSub.MessageView) -> Bool {
        let seed = context.recent.seed &+ UInt64(view.kind.rawValue)
        let digest = view.payload.hash(seed: view.channel.hash(seed: view.pattern.hash(seed: seed)))
        if echoes != nil {
            if echoes?.isOver(at: now.monotonic) == true { echoes = nil }
            if echoes?.admits(digest) == false {
                wasLeftOut(view)
                return false
            }
        }
        context.recent.add(digest, at: now.monotonic)
        return true
    }

    private func wasLeftOut(_ view: borrowing PubSub.MessageView) {
        let name = view.kind == .pmessage ? view.pattern : view.channel
        leftOut.insert(RedisGap.Name(kind: view.kind.subscriptionKind, name: RedisBytes(copying: name)))
        guard leftOutSince == nil else { return }
        leftOutSince = now
        requests.echoesEndLater(after: RecentMessages.window)
    }

    /// Nothing is taken for a repetition any more. Somebody may have published the same once more meanwhile: a gap says
    /// so. What links under a layer bring, the layer counts.
    func echoesEnded() {
        guard let since = leftOutSince.take() else { return }
        let names = Array(exchange(&leftOut, with: []))
        if clusterDelegate?.isUnderLayer == true { return }
        var cause = RedisDisconnect(
            .unproven,
            "what this node repeated was left out, and an equal message may be among it"
        )
        cause.node = endpoint
        let loss = GapTracker.Loss(cause: cause, lastReceived: since, lastEvent: lastEvent, names: names)
        // What is missed anyway is told of together.
        if gapIsOpen { return gap.linkLost(loss) }
        var tracker = GapTracker()
        tracker.linkLost(loss)
        cutDedicated(names)
        tell(tracker.allRestored(at: .now()))
        endTurn(isDrained: true)
    }

    /// The link goes to another node of the same shard than that which has delivered until now.
    func expectEchoes() { echoes = context.recent.echoes(at: .now) }
}
