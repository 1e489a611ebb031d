/// The messages that came last over the links of a cluster, as digests in a ring of bounded size.
///
/// Nodes pass messages on to one another. A message that the last node has delivered may still be on its way to the
/// next node, which delivers it again when the link has changed between the two nodes in the meantime.
///
/// The object of a cluster's links, which take turns: each adds what one read brought. When a message came is kept for
/// each read and not for each message.
package final class RecentMessages {
    private struct Read {
        let at: ContinuousClock.Instant
        /// How many messages had come by its end.
        let end: Int
    }

    /// At most this many messages are remembered; a power of two.
    private static let capacity = 4096
    /// How long a message may be on its way between two nodes.
    package static let window = Duration.seconds(1)

    /// In place and not in an array, which would be asked for each message whether somebody else holds it.
    private var digests: [4096 of UInt64] = .init(repeating: 0)
    /// The reads of the last second.
    private var reads = Queue<Read>()
    /// How many messages had come by the end of the last read that is forgotten.
    private var forgotten = 0
    /// How many messages have come.
    package private(set) var count = 0

    /// The seed for the digests. Publishers do not know it, so that nobody can make two messages look alike.
    let seed = UInt64.random(in: .min ... .max)

    package init() {}

    /// Remembers the message before which `number` others came. `readEnded` must follow.
    @inline(__always)
    package func add(_ digest: UInt64, number: Int) { digests[number & (Self.capacity - 1)] = digest }

    /// Notes that all messages up to this count had come at that time, which is not before that of the last call.
    package func readEnded(count: Int, at now: ContinuousClock.Instant) {
        guard count > self.count else { return }
        self.count = count
        forget(before: now - Self.window)
        reads.append(Read(at: now, end: count))
        // Reads of one message each can outnumber the messages that there is room for.
        if reads.count > Self.capacity, let read = reads.popFirst() { forgotten = read.end }
    }

    private func forget(before start: ContinuousClock.Instant) {
        while reads.peekFirst({ $0.at < start }) == true, let read = reads.popFirst() { forgotten = read.end }
    }

    /// The messages that another node may repeat from now on; `nil` when there are none.
    package func echoes(at now: ContinuousClock.Instant) -> ExpectedEchoes? {
        forget(before: now - Self.window)
        var expected: [UInt64: Int] = [:]
        for number in max(forgotten, count - Self.capacity)..<count {
            expected[digests[number & (Self.capacity - 1)], default: 0] += 1
        }
        return expected.isEmpty ? nil : ExpectedEchoes(expected, until: now + Self.window)
    }
}

/// The messages that another node may repeat: each as often as the last node had delivered it, for a second.
package struct ExpectedEchoes {
    private var expected: [UInt64: Int]
    /// Packed, because the size of a `ContinuousClock.Instant` is asked for at run time, by each message.
    private let until: PackedInstant

    fileprivate init(_ expected: [UInt64: Int], until: ContinuousClock.Instant) {
        self.expected = expected
        self.until = PackedInstant(until)
    }

    package func isOver(at now: ContinuousClock.Instant) -> Bool { now >= until.instant }

    /// Takes a message off the expected ones. Returns whether it is new, because it was not among them.
    package mutating func admit(_ digest: UInt64) -> Bool {
        guard let count = expected[digest] else { return true }
        expected[digest] = count > 1 ? count - 1 : nil
        return false
    }
}
