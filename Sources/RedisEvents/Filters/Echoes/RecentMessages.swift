/// The messages that came last over the links of a cluster, as digests in a ring of bounded size.
///
/// Nodes pass messages on to one another. A message that the last node has delivered may still be on its way to the
/// next node, which delivers it again when the link has changed between the two nodes in the meantime.
package struct RecentMessages {
    private struct Entry {
        var digest: UInt64
        var at: PackedInstant
    }

    /// At most this many messages are remembered; a power of two.
    private static let capacity = 4096
    /// How long a message may be on its way between two nodes.
    package static let window = Duration.seconds(1)

    private var entries: [Entry] = []
    private var next = 0

    /// The seed for the digests. Publishers do not know it, so that nobody can make two messages look alike.
    let seed: UInt64

    package init() { seed = .random(in: .min ... .max) }

    private init(seed: UInt64) { self.seed = seed }

    /// Replaces the messages while they are moved out for a while.
    static let placeholder = RecentMessages(seed: 0)

    @inline(__always)
    package mutating func add(_ digest: UInt64, at now: PackedInstant) {
        let entry = Entry(digest: digest, at: now)
        if entries.count < Self.capacity {
            entries.append(entry)
        } else {
            entries[next] = entry
            next = (next &+ 1) & (Self.capacity - 1)
        }
    }

    /// The messages that another node may repeat from now on; `nil` when there are none.
    package func echoes(at now: ContinuousClock.Instant) -> ExpectedEchoes? {
        let start = now - Self.window
        var expected: [UInt64: Int] = [:]
        for entry in entries where entry.at.instant >= start { expected[entry.digest, default: 0] += 1 }
        return expected.isEmpty ? nil : ExpectedEchoes(expected, until: now + Self.window)
    }
}

/// The messages that another node may repeat: each as often as the last node had delivered it, for a second.
package struct ExpectedEchoes {
    private var expected: [UInt64: Int]
    private let until: PackedInstant

    fileprivate init(_ expected: [UInt64: Int], until: ContinuousClock.Instant) {
        self.expected = expected
        self.until = PackedInstant(until)
    }

    package func isOver(at now: ContinuousClock.Instant) -> Bool { now >= until.instant }

    /// Whether a message is new.
    package mutating func admits(_ digest: UInt64) -> Bool {
        guard let count = expected[digest] else { return true }
        expected[digest] = count > 1 ? count - 1 : nil
        return false
    }
}
