/// Finds where the messages of a new link continue those of an old one, while both are subscribed to the same names.
///
/// A server writes what is published to both links in one order. From the moment at which the new link had everything
/// subscribed, its messages are those of the old link from some place on; before that place only the old link has all of
/// them. Which place it is nobody says. Two things narrow it down until one is left:
///
/// - The contents: from the place on, both streams must be alike.
/// - Fences: a PING on one link is executed after everything was published that was read from the other before it was sent,
///   so that all of this stands in front of its answer. On a quiet link this alone decides.
///
/// Pure: digests of messages and answers in, places out. It knows no link.
package struct StreamAlignment {
    package enum Side: Sendable, Hashable { case old, new }

    /// What came on the old link since before the new one began to subscribe.
    private var old: [UInt64] = []
    /// What came on the new link since it had everything subscribed.
    private var new: [UInt64] = []
    /// How much had come of the one when the other was asked last.
    private var oldWhenAsked = 0
    private var newWhenAsked = 0
    private var lowest = 0
    /// Unknown until the old link has answered a fence that was sent after the new one's last confirmation.
    private var highest: Int?

    package init() {}

    /// How much came on a link.
    package func count(_ side: Side) -> Int { side == .old ? old.count : new.count }

    /// A message came.
    package mutating func received(_ digest: UInt64, on side: Side) {
        switch side {
        case .old: old.append(digest)
        case .new: new.append(digest)
        }
    }

    /// A fence is about to be sent. They take turns; the old link's is the first.
    package mutating func willAsk(_ side: Side) {
        switch side {
        case .old: newWhenAsked = new.count
        case .new: oldWhenAsked = old.count
        }
    }

    /// The fence was answered.
    package mutating func answered(on side: Side) {
        switch side {
        case .old: highest = min(highest ?? .max, old.count - newWhenAsked)
        case .new: lowest = max(lowest, oldWhenAsked - new.count)
        }
    }

    /// The places that are still possible: how many messages of the old link stand before the first of the new one. The
    /// true one is always among them, unless the links do not get the same.
    package var places: [Int] {
        guard let highest, lowest <= highest else { return [] }
        let matches = prefixLengths()
        return (lowest...highest).filter { matches($0) >= min(old.count - $0, new.count) }
    }

    /// For each place of the old stream, how far the new one agrees with it from there on. Linear in both, by the
    /// Z algorithm over the new stream, a gap that equals nothing, and the old stream.
    private func prefixLengths() -> (Int) -> Int {
        let boundary = new.count
        let total = new.count + 1 + old.count
        func symbol(_ index: Int) -> UInt64? {
            index == boundary ? nil : index < boundary ? new[index] : old[index - boundary - 1]
        }
        var lengths = [Int](repeating: 0, count: total)
        var left = 0
        var right = 0
        for index in 1..<max(total, 1) {
            if index < right { lengths[index] = min(right - index, lengths[index - left]) }
            while index + lengths[index] < total, lengths[index] != boundary,
                symbol(lengths[index]) == symbol(index + lengths[index])
            {
                lengths[index] += 1
            }
            if index + lengths[index] > right { (left, right) = (index, index + lengths[index]) }
        }
        return { place in place < old.count ? lengths[boundary + 1 + place] : 0 }
    }
}
