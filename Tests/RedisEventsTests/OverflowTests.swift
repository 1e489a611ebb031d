import Foundation
import RedisCore
import RedisEvents
import RedisRESP
import RedisReactor
import TestSupport
import Testing

@Suite("A full mailbox", .tags(.unit), .timeLimit(.minutes(1)))
struct OverflowTests {
    typealias Box = Mailbox<Monitor.Event>

    func commit(_ box: Box, _ messages: [(channel: String, payload: String)]) {
        var segment = Segment<Monitor.Event>()
        for (channel, payload) in messages {
            segment.append(
                kind: 0,
                handler: 0,
                pattern: RawSpan(),
                channel: RedisBytes(channel).rawSpan,
                payload: RedisBytes(payload).rawSpan,
                time: RedisTimestamp(microseconds: 0)
            )
        }
        box.commit(&segment)
    }

    /// Messages in the form `a1`: channel `a`, payload `1`.
    func commit(_ box: Box, _ messages: String) {
        commit(box, messages.split(separator: " ").map { (String($0.prefix(1)), String($0.dropFirst())) })
    }

    func commit(_ box: Box, _ control: Monitor.Event) {
        var segment = Segment<Monitor.Event>()
        segment.append(control)
        box.commit(&segment)
    }

    private let lost = Monitor.Event.link(
        .lost(RedisDisconnect(.endOfStream, "eof"), at: RedisTimestamp(microseconds: 0))
    )

    private func commitLink(_ box: Box) { commit(box, lost) }

    /// What a message of the form `a1` counts towards the limit, with this many bytes of payload.
    func cost(_ payload: Int) -> Int { 1 + payload + MemoryLayout<Record>.stride }

    func takeAll(_ box: Box) -> String {
        var found: [String] = []
        while true {
            switch box.poll() {
            case .item(.record(let record, let slab)):
                found.append(RedisBytes(storage: slab, start: record.start, count: record.byteCount).description)
            case .item(.control(.drop(let drop))): found.append("-\(drop.count)/\(drop.bytes)")
            case .item(.control): found.append("link")
            case .empty: return found.joined(separator: " ")
            case .finished(let error):
                return (found + [error.map { "\($0.code)" } ?? "end"]).joined(separator: " ")
            }
        }
    }

    @Test("makes room for an event that takes all of it")
    func exactRoom() {
        let room = RedisBufferLimit(events: 10, bytes: 2 + MemoryLayout<Record>.stride)
        let box = Box(limit: room, rule: .latestPerChannel)
        commit(box, "a1")
        commit(box, "a2")
        #expect(takeAll(box) == "-1/2 a2")
        let single = Box(limit: RedisBufferLimit(events: 1, bytes: .max), rule: .latestPerChannel)
        commit(single, "a1")
        commit(single, "b2")
        #expect(takeAll(single) == "-1/2 b2")
    }

    @Test("drops all that comes where its limit is below zero")
    func negative() {
        let box = Box(limit: RedisBufferLimit(events: -1, bytes: .max), rule: .dropOldest)
        commit(box, "a1 b2")
        #expect(takeAll(box) == "-2/4")
    }

    @Test("drops what arrives, and says so between the last that was kept and the next")
    func dropNewest() {
        let box = Box(limit: RedisBufferLimit(events: 3, bytes: .max), rule: .dropNewest)
        commit(box, "a1 a2")
        commit(box, "a3 a4 b55")
        commit(box, "a6")
        commitLink(box)
        commit(box, "a7")
        #expect(box.statistics.droppedEvents == 4)
        #expect(takeAll(box) == "a1 a2 a3 -3/7 link -1/2")
        commit(box, "a8")
        #expect(takeAll(box) == "a8")
    }

    @Test("makes room at the expense of the channel, then of what is out of date, then of the oldest")
    func latestPerChannel() {
        let box = Box(limit: RedisBufferLimit(events: 4, bytes: .max), rule: .latestPerChannel)
        commit(box, "a1 b1 b2 c1")
        commit(box, "b3")
        #expect(box.statistics.droppedEvents == 1)
        // No "d" waits, and of "b" there are two.
        commit(box, "d1")
        // Each channel has one message waiting: the oldest of all goes.
        commit(box, "e1")
        #expect(takeAll(box) == "-3/6 c1 b3 d1 e1")
    }

    @Test("makes room at the expense of what has come since nothing could be dropped")
    func roomBehindControls() {
        let probe = Box(limit: RedisBufferLimit())
        commitLink(probe)
        let link = probe.statistics.queuedBytes
        let box = Box(limit: RedisBufferLimit(events: 10, bytes: link + cost(11)), rule: .latestPerChannel)
        commitLink(box)
        // Does not fit beside the link event, which stays.
        commit(box, [("a", String(repeating: "x", count: 12))])
        commit(box, "b1")
        commit(box, [("c", "0123456789")])
        #expect(takeAll(box) == "link -2/15 c0123456789")
    }

    @Test("makes room at the right event behind one that a reader of one server has taken")
    func roomBehindTaken() {
        let mine = RedisEndpoint.tcp(host: "192.0.2.1", port: 1)
        let holds = [NodeHold(mine), NodeHold(.tcp(host: "192.0.2.2", port: 2))]
        let box = Box(limit: RedisBufferLimit(events: 3, bytes: .max), rule: .latestPerChannel)
        func send(_ message: String, from hold: NodeHold) {
            var segment = Segment<Monitor.Event>()
            segment.append(
                kind: 0,
                handler: 0,
                pattern: RawSpan(),
                channel: RedisBytes(String(message.prefix(1))).rawSpan,
                payload: RedisBytes(String(message.dropFirst())).rawSpan,
                time: RedisTimestamp(microseconds: 0),
                node: hold.number
            )
            box.commit(&segment)
        }
        send("b1", from: holds[1])
        send("a1", from: holds[0])
        for message in ["c1", "d1"] { send(message, from: holds[1]) }
        var arrivals: Int?
        guard case .item = box.poll(of: mine, arrivals: &arrivals) else { return #expect(Bool(false)) }
        for message in ["c2", "e1"] { send(message, from: holds[1]) }
        #expect(takeAll(box) == "-2/4 d1 c2 e1")
        withExtendedLifetime(holds) {}
    }

    @Test("does not touch a channel's latest for one that does not fit at all")
    func tooLarge() {
        let box = Box(limit: RedisBufferLimit(events: 10, bytes: 1000), rule: .latestPerChannel)
        commit(box, "a1 b1")
        commit(box, [("a", String(repeating: "x", count: 2000))])
        commit(box, "c1")
        #expect(takeAll(box) == "a1 b1 -1/2001 c1")
    }

    @Test("ends with an error behind what it kept and what it did not, in one read")
    func fail() {
        let box = Box(limit: RedisBufferLimit(events: 3, bytes: .max), rule: .fail)
        commit(box, "a1 a2")
        #expect(box.pressure == .none)
        commit(box, "a3 a4 a5")
        #expect(box.pressure == .failed)
        commit(box, "a6")
        #expect(takeAll(box) == "a1 a2 a3 -2/4 consumerTooSlow")
    }

    @Test("asks for a pause at the limit, and for more at half of it")
    func pauseReading() {
        let calls = Locked(0)
        let box = Box(limit: RedisBufferLimit(events: 4, bytes: .max), rule: .pauseReading) {
            calls.withLock { $0 += 1 }
        }
        let large = String(repeating: "x", count: 5000)
        commit(box, [("a", large), ("a", large)])
        commit(box, "a")
        #expect(box.pressure == .none)
        _ = box.poll()
        _ = box.poll()
        _ = box.poll()
        commit(box, [("a", large), ("a", large), ("a", large), ("a", large)])
        #expect(box.pressure == .full, "at the limit")
        for _ in 0..<4 { _ = box.poll() }
        #expect(box.pressure == .none)
        calls.withLock { $0 = 0 }
        commit(box, [("a", large), ("a", large)])
        commit(box, [("a", large), ("a", large), ("a", large)])
        #expect(box.pressure == .full)
        // Three still wait behind the two that are taken over.
        _ = box.poll()
        #expect(box.pressure == .full)
        _ = box.poll()
        _ = box.poll()
        #expect(box.pressure == .none)
        #expect(calls.withLock { $0 } == 1)
        #expect(box.statistics.droppedEvents == 0)
        #expect(box.statistics.highWaterEvents == 5)
        let start = ContinuousClock.now
        box.notePause(true, at: start)
        box.notePause(true, at: start)
        box.notePause(false, at: start + .seconds(2))
        box.notePause(false, at: start + .seconds(3))
        #expect(box.statistics.pauses == 1)
        #expect(box.statistics.pausedTime == .seconds(2))
    }

    @Test("asks for a pause at exactly its limit, and for more at exactly half of it", arguments: [true, false])
    func exactPause(countsBytes: Bool) {
        // Each is a segment of its own.
        let large = [("a", String(repeating: "x", count: 5000))]
        let limit =
            countsBytes
            ? RedisBufferLimit(events: .max, bytes: 4 * cost(5000)) : RedisBufferLimit(events: 4, bytes: .max)
        let box = Box(limit: limit, rule: .pauseReading)
        for _ in 0..<3 { commit(box, large) }
        #expect(box.pressure == .none)
        commit(box, large)
        #expect(box.pressure == .full)
        _ = box.poll()
        #expect(box.pressure == .full)
        _ = box.poll()
        #expect(box.pressure == .none)
        #expect(box.statistics.highWaterBytes == 4 * cost(5000))
    }

    @Test("hands small reads to a reader 64 KiB at a time, and a read of 4 KiB alone")
    func segments() {
        /// How many events a reader takes over at once.
        func taken(_ payloads: [Int]) -> Int {
            let box = Box(limit: RedisBufferLimit())
            for payload in payloads { commit(box, [("a", String(repeating: "x", count: payload))]) }
            _ = box.poll()
            return box.statistics.timeInQueue.events
        }
        let small = 1023 - MemoryLayout<Record>.stride
        #expect(taken([Int](repeating: small, count: 100)) == 64)
        let alone = 4095 - MemoryLayout<Record>.stride
        #expect(taken([1, alone]) == 1)
        #expect(taken([1, alone - 1]) == 2)
        #expect(taken([alone, 1]) == 2)
    }

    @Test(
        "counts all that waits as dropped when it is closed, once, and holds nothing then",
        arguments: [OverflowRule.dropOldest, .dropNewest, .latestPerChannel, .pauseReading, .fail]
    )
    func closed(_ rule: OverflowRule) {
        let probe = Box(limit: RedisBufferLimit())
        commitLink(probe)
        let link = probe.statistics.queuedBytes - MemoryLayout<Record>.stride
        let box = Box(limit: RedisBufferLimit(events: 2, bytes: .max), rule: rule)
        commit(box, "a1")
        commitLink(box)
        commit(box, "a2 a3")
        commit(box, "a4")
        box.close()
        let statistics = box.statistics
        #expect(statistics.deliveredEvents == 0)
        #expect(statistics.droppedEvents == 5)
        #expect(statistics.droppedBytes == 8 + link)
        #expect(statistics.queuedEvents == 0)
        #expect(statistics.queuedBytes == 0)
        #expect(takeAll(box) == "end")
        #expect(box.statistics.deliveredEvents == 0)
    }

    @Test("counts what waits before all else, event by event, until it is taken")
    func countsTheFront() {
        let box = Box(limit: RedisBufferLimit(events: 1, bytes: .max))
        let probe = Box(limit: RedisBufferLimit())
        commitLink(probe)
        let link = probe.statistics.queuedBytes - MemoryLayout<Record>.stride
        func waiting() -> [Int] { [box.statistics.queuedEvents, box.statistics.queuedBytes] }
        commitLink(box)
        commit(box, "a1")
        #expect(waiting() == [2, link + cost(1)])
        commitLink(box)
        commit(box, "a2")
        // Link, drop, link, and "a2".
        #expect(waiting() == [3, 2 * link + cost(1)])
        var left: [[Int]] = []
        while case .item = box.poll() { left.append(waiting()) }
        #expect(left.last == [0, 0])
        #expect(left.map { $0[0] } == [2, 2, 1, 0])
        #expect(left.first?[1] == link + cost(1))
    }

    @Test("drops unknown pushes above a limit of their own, each in its place, and takes more when some were read")
    func pushes() {
        func push(_ text: String) -> Invalidations.Event { .push(.bulkString(RedisBytes(text))) }
        let size = push("0123456789").heldBytes + MemoryLayout<Record>.stride
        let box = Mailbox<Invalidations.Event>(limit: RedisBufferLimit(pushBytes: 2 * size))
        func commit(_ events: Invalidations.Event...) {
            var segment = Segment<Invalidations.Event>()
            for event in events { segment.append(event) }
            box.commit(&segment)
        }
        func take() -> [String] {
            var found: [String] = []
            while case .item(.control(let event)) = box.poll() {
                switch event {
                case .push: found.append("push")
                case .invalidated: found.append("keys")
                case .flushAll(.dropped(let drop)): found.append("-\(drop.count)")
                default: found.append("\(event)")
                }
            }
            return found
        }
        commit(push("0123456789"), .invalidated(["a"]))
        commit(push("0123456789"))
        commit(push("0123456789"), .invalidated(["b"]))
        #expect(box.statistics.droppedEvents == 1)
        #expect(take() == ["push", "keys", "push", "-1", "keys"])
        commit(push("0123456789"), push("0123456789"), push("0123456789"))
        #expect(take() == ["push", "push", "-1"])
        commit(push("0123456789"), push("01234567890"))
        #expect(take() == ["push", "-1"])
        #expect(box.statistics.droppedEvents == 3)
        #expect(box.statistics.queuedBytes == 0)
    }

    @Test("keeps no memory of what it has dropped between messages that wait")
    func boundedMemoryOfDropped() throws {
        let payload = String(repeating: "x", count: 20_000)
        let box = Box(limit: RedisBufferLimit(events: .max, bytes: 50 * cost(20_000)), rule: .latestPerChannel)
        func flood(_ count: Int) { for index in 0..<count { commit(box, [("\(index % 3)", payload)]) } }
        flood(100)
        let before = try residentKiB()
        flood(4000)
        if !isUnderAddressSanitizer { #expect(try residentKiB() - before < 20_000) }
        #expect(box.statistics.queuedEvents == 50)
        #expect(box.statistics.droppedEvents == 4050)
    }

    @Test(
        "holds no more memory than its limit, and no more drops than what it kept",
        arguments: [OverflowRule.dropOldest, .dropNewest, .latestPerChannel, .fail]
    )
    func boundedMemory(_ rule: OverflowRule) throws {
        let box = Box(limit: RedisBufferLimit(events: 500), rule: rule)
        let payload = String(repeating: "x", count: 500)
        // Rare channels between frequent ones: each leaves a drop behind it.
        func flood(_ count: Int) {
            for index in 0..<count {
                commit(box, [("f\(index % 3)", payload), (index % 50 == 0 ? "r\(index % 10_000)" : "f0", payload)])
            }
        }
        flood(1000)
        let before = try residentKiB()
        flood(40_000)
        // The address sanitizer keeps freed memory, to find uses of it.
        if !isUnderAddressSanitizer { #expect(try residentKiB() - before < 20_000) }
        let words = takeAll(box).split(separator: " ")
        let drops = words.count { $0.hasPrefix("-") }
        #expect(drops <= words.count - drops + 1)
        #expect(!zip(words, words.dropFirst()).contains { $0.hasPrefix("-") && $1.hasPrefix("-") })
        if rule != .fail {
            #expect(box.statistics.deliveredEvents == 500)
            #expect(box.statistics.droppedEvents == 82_000 - 500)
        }
    }

    private func residentKiB() throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        return (Int(text.split(separator: " ")[1]) ?? 0) * 4
    }

    @Test(
        "does not grow with outages that nobody reads about",
        arguments: [OverflowRule.dropNewest, .latestPerChannel, .pauseReading]
    )
    func boundedControls(_ rule: OverflowRule) {
        let box = Box(limit: RedisBufferLimit(events: 10, bytes: .max), rule: rule)
        for index in 0..<20 { commit(box, "a\(index)") }
        for _ in 0..<5000 { commitLink(box) }
        // 256 beside the messages, and for the others a drop.
        #expect(takeAll(box).split(separator: " ").count == (rule == .pauseReading ? 20 : 11) + 256)
        // The one of two in a read for which there is room is none of the 256.
        let roomy = Box(limit: RedisBufferLimit(events: 11, bytes: .max), rule: rule)
        for index in 0..<10 { commit(roomy, "a\(index)") }
        var segment = Segment<Monitor.Event>()
        for _ in 0..<2 { segment.append(lost) }
        roomy.commit(&segment)
        for _ in 0..<300 { commit(roomy, lost) }
        #expect(takeAll(roomy).split(separator: " ").count == 11 + 256)
    }

    @Test(
        "forgets the names of channels whose messages were read",
        .disabled(if: isUnderAddressSanitizer, "the address sanitizer keeps freed memory, to find uses of it")
    )
    func boundedMemoryOfNames() throws {
        let box = Box(limit: RedisBufferLimit(events: 10, bytes: .max), rule: .latestPerChannel)
        // Two such messages fill a segment, so that more than one is always there.
        func send(_ number: Int) { commit(box, [("\(number)" + String(repeating: "x", count: 40_000), "")]) }
        for number in 0..<12 { send(number) }
        #expect(box.statistics.droppedEvents == 2)
        let before = try residentKiB()
        for number in 0..<1500 {
            _ = box.poll()
            send(12 + number)
        }
        #expect(try residentKiB() - before < 20_000)
        #expect(box.statistics.queuedEvents > 0)
    }

    @Test("keeps each link event for which there is room, also in a read that does not fit as a whole")
    func controlsInARead() {
        let box = Box(limit: RedisBufferLimit(events: 400, bytes: .max), rule: .dropNewest)
        var segment = Segment<Monitor.Event>()
        let lost = RedisDisconnect(.endOfStream, "eof")
        for _ in 0..<300 { segment.append(.link(.lost(lost, at: RedisTimestamp(microseconds: 0)))) }
        for number in 0..<200 { segment.append(.line(Monitor.Line(RedisBytes("\(number)")))) }
        box.commit(&segment)
        var links = 0
        while case .item(.control(let event)) = box.poll() { if case .link = event { links += 1 } }
        #expect(links == 300)
        #expect(box.statistics.droppedEvents == 100)
    }

    @Test(
        "costs the same for each message, however many wait",
        arguments: [OverflowRule.dropNewest, .latestPerChannel]
    )
    func linear(_ rule: OverflowRule) {
        func time(_ limit: Int) -> Duration {
            let box = Box(limit: RedisBufferLimit(events: limit, bytes: .max), rule: rule)
            let batch = (0..<1000).map { ("c\($0)", "x") }
            return ContinuousClock().measure { for _ in 0..<100 { commit(box, batch) } }
        }
        _ = time(1000)
        // A search through what waits would take a hundred times as long.
        #expect(time(50_000) < time(500) * 8 + .seconds(1))
    }

    @Test("reports how long events waited, in bounds that are never too low")
    func timeInQueue() {
        let box = Box(limit: RedisBufferLimit())
        let start = ContinuousClock.now
        var segment = Segment<Monitor.Event>()
        segment.append(.line(Monitor.Line("x")))
        box.commit(&segment, at: PackedInstant(start - .seconds(2)))
        _ = takeAll(box)
        commit(box, "a1 a2 a3")
        _ = takeAll(box)
        let time = box.statistics.timeInQueue
        #expect(time.events == 4)
        #expect(time.maximum >= .seconds(2))
        #expect(time.percentile(1) == time.maximum)
        #expect(time.percentile(0.75) < .seconds(1))
        #expect(time.mean >= .milliseconds(500))
        #expect(time.mean < .seconds(1))
        #expect(RedisQueueTime().percentile(0.5) == .zero)
    }
}
