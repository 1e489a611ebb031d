import RedisCore
import RedisEvents
import RedisRESP
import Testing

/// What a full mailbox keeps of events that may not be dropped.
extension OverflowTests {
    @Test(
        "keeps a mebibyte of gaps one by one, and merges later ones into the last",
        arguments: [OverflowRule.dropNewest, .dropOldest]
    )
    func reservedBytes(_ rule: OverflowRule) {
        let box = Box(limit: RedisBufferLimit(events: 1, bytes: .max), rule: rule)
        commit(box, "a1")
        let cause = RedisDisconnect(.endOfStream, "eof")
        for number in UInt8(0)..<5 {
            let name = RedisBytes([UInt8](repeating: number, count: 300 << 10))
            let at = Moment.now()
            var tracker = GapTracker()
            tracker.linkLost(
                GapTracker.Loss(cause: cause, lastReceived: at, names: [RedisGap.Name(kind: .channel, name: name)])
            )
            var segment = Segment<Monitor.Event>()
            for gap in tracker.ended(at: at) { segment.append(.gap(gap)) }
            box.commit(&segment)
        }
        var gaps: [Int] = []
        while case .item(let item) = box.poll() {
            if case .control(.gap(let gap)) = item { gaps.append(gap.names.count) }
        }
        // `dropOldest` keeps the last one in the queue.
        #expect(gaps == (rule == .dropOldest ? [1, 1, 2, 1] : [1, 1, 3]))
    }

    /// A gap of one name, or of none.
    private func gap(of name: RedisBytes?) -> Monitor.Event {
        let moment = Moment.now()
        let names = name.map { [RedisGap.Name(kind: .channel, name: $0)] } ?? []
        let cause = RedisDisconnect(.endOfStream, "eof")
        return .gap(RedisGap(cause: cause, from: moment, until: moment, isComplete: true, names: names))
    }

    /// Gaps that hold that many bytes, each of a name of its own, and how many of these bytes its name holds.
    private func gaps(_ count: UInt8, holding bytes: Int) -> (events: [Monitor.Event], name: Int) {
        let length = bytes - gap(of: RedisBytes()).heldBytes
        let events = (0..<count).map { gap(of: RedisBytes([UInt8](repeating: $0, count: length))) }
        return (events, bytes - gap(of: nil).heldBytes)
    }

    @Test("keeps exactly a mebibyte of gaps, counts what is merged, and has as much room again once a message fits")
    func exactReserve() {
        let (events, name) = gaps(5, holding: (1 << 18) - MemoryLayout<Record>.stride)
        let box = Box(limit: RedisBufferLimit(events: 1, bytes: .max), rule: .dropNewest)
        // Of two messages in one read the first is admitted by itself.
        for reads in [["a1", "a2"], ["a1 a2"], ["a1", "a2"]] {
            for read in reads { commit(box, read) }
            for event in events.dropLast() { commit(box, event) }
            #expect(box.statistics.queuedEvents == 5)
            #expect(box.statistics.queuedBytes == cost(1) + (1 << 20))
            commit(box, events[4])
            #expect(box.statistics.queuedEvents == 5)
            #expect(box.statistics.queuedBytes == cost(1) + (1 << 20) + name)
            #expect(takeAll(box) == "a1 -1/2 link link link link")
            #expect(box.statistics.queuedBytes == 0)
        }
    }

    @Test("keeps exactly a mebibyte of gaps before all messages, and counts what is merged")
    func exactReserveOfTheFront() {
        let (events, name) = gaps(6, holding: 1 << 18)
        let last = (1 << 18) + MemoryLayout<Record>.stride
        let box = Box(limit: RedisBufferLimit(events: 1, bytes: .max))
        for event in events.dropLast() { commit(box, event) }
        #expect(box.statistics.queuedEvents == 5)
        #expect(box.statistics.queuedBytes == (1 << 20) + last)
        commit(box, events[5])
        #expect(box.statistics.queuedEvents == 5)
        #expect(box.statistics.queuedBytes == (1 << 20) + name + last)
        #expect(takeAll(box) == "link link link link link")
        #expect(box.statistics.queuedBytes == 0)
    }
}
