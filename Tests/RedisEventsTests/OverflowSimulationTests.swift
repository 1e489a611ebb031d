import RedisCore
import RedisEvents
import RedisRESP
import RedisReactor
import TestSupport
import Testing

/// Random events and a random reader, for each overflow rule, against a model that is too simple to be wrong.
@Suite("A full mailbox, simulated", .tags(.unit, .once), .timeLimit(.minutes(2)))
struct OverflowSimulationTests {
    @Test(
        "keeps, drops and tells what its rule says, in its place",
        arguments: [OverflowRule.dropOldest, .dropNewest, .latestPerChannel, .pauseReading, .fail]
    )
    func simulated(_ rule: OverflowRule) {
        for seed in 0..<UInt64(isSoak ? 150 : 50) {
            let simulation = Simulation(rule, seed)
            simulation.run()
            guard let complaint = simulation.complaint else { continue }
            Issue.record("seed \(seed): \(complaint)")
            return
        }
    }
}

private final class Simulation {
    private var random: SplitMix
    private let box: Mailbox<Monitor.Event>
    private var model: OverflowModel
    private let sizes: [Int]
    private let lost = Monitor.Event.link(
        .lost(RedisDisconnect(.endOfStream, "eof"), at: RedisTimestamp(microseconds: 0))
    )

    private var found: [Told] = []
    private var expected: [Told] = []
    private var sent = 0
    /// Filled again for each read, as the loop does.
    private var segment = Segment<Monitor.Event>()
    private(set) var complaint: String?

    init(_ rule: OverflowRule, _ seed: UInt64) {
        random = SplitMix(state: seed)
        let limit = [
            RedisBufferLimit(events: Int.random(in: 0...20, using: &random), bytes: .max),
            RedisBufferLimit(events: 1000, bytes: Int.random(in: 0...20_000, using: &random)),
            RedisBufferLimit(events: Int.random(in: 5...50, using: &random), bytes: 100_000),
        ][Int(seed) % 3]
        // Small ones share a segment; large ones fill one.
        sizes = [[0, 1, 40], [0, 5000], [10, 3000, 70_000]][Int.random(in: 0..<3, using: &random)]
        box = Mailbox(limit: limit, rule: rule)
        model = OverflowModel(rule: rule, limit: limit)
    }

    func run() {
        for _ in 0..<Int.random(in: 1...60, using: &random) {
            commit(Int.random(in: 1...12, using: &random))
            let statistics = box.statistics
            let unread = found.filter { if case .event = $0 { true } else { false } }.count
            if statistics.deliveredEvents != unread {
                complaint = "\(statistics.deliveredEvents) delivered, not \(unread)"
            }
            let came = statistics.deliveredEvents + statistics.queuedEvents + statistics.droppedEvents
            if came != sent { complaint = "\(statistics) of \(sent)" }
            if !segment.isEmpty { complaint = "\(segment.count) events are left of a read" }
            if Bool.random(using: &random) { take(Int.random(in: 0...20, using: &random)) }
        }
        box.finish()
        take(.max)
        expected += model.take(.max)
        compare()
    }

    private func commit(_ count: Int) {
        for _ in 0..<count {
            sent += 1
            switch Int.random(in: 0..<40, using: &random) {
            case 0:
                segment.append(lost)
                let size = lost.heldBytes
                model.add(OverflowModel.Entry(id: sent, channel: "", size: size, told: "link", isKept: true))
            case 1:
                // May be dropped and has no channel.
                let line = Monitor.Event.line(Monitor.Line(RedisBytes("\(sent)")))
                segment.append(line)
                let size = line.heldBytes
                model.add(OverflowModel.Entry(id: sent, channel: "line \(sent)", size: size, told: "\(sent)"))
            case 2:
                // Dropped before it got here.
                segment.append(.drop(RedisDrop(count: 1, bytes: 7)))
                model.addDropped(OverflowModel.Entry(id: sent, channel: "", size: 7, told: ""))
            default:
                message()
            }
        }
        box.commit(&segment)
        model.readEnded()
    }

    private func message() {
        let channel = ["a", "b", "c", "dd", "e"][min(Int.random(in: 0..<9, using: &random), 4)]
        let isPattern = Int.random(in: 0..<5, using: &random) == 0
        let pattern = RedisBytes(isPattern ? "*" : "")
        var text = Array("\(sent) ".utf8)
        text += [UInt8](repeating: 0x2e, count: sizes[Int.random(in: 0..<sizes.count, using: &random)])
        segment.append(
            kind: isPattern ? 1 : 0,
            handler: 0,
            pattern: pattern.rawSpan,
            channel: RedisBytes(channel).rawSpan,
            payload: RedisBytes(text).rawSpan,
            time: RedisTimestamp(microseconds: 0)
        )
        let size = pattern.count + channel.utf8.count + text.count
        model.add(OverflowModel.Entry(id: sent, channel: "\(pattern) \(channel)", size: size, told: "\(sent)"))
    }

    /// Polls; whenever the mailbox gives a batch to its reader, the model does the same.
    private func take(_ count: Int) {
        var left = count
        while left > 0 {
            left -= 1
            let before = box.statistics.timeInQueue.events
            let polled = box.poll()
            expected += model.take(box.statistics.timeInQueue.events - before)
            switch polled {
            case .item(.record(let record, let slab)):
                let start = record.start + record.byteCount - record.payloadLength
                let text = RedisBytes(storage: slab, start: start, count: record.payloadLength).text ?? ""
                found.append(.event(text.split(separator: " ").first.map(String.init) ?? ""))
            case .item(.control(.drop(let drop))): found.append(.drop(drop))
            case .item(.control(.line(let line))): found.append(.event(line.description))
            case .item(.control): found.append(.event("link"))
            case .empty: return
            case .finished(let error):
                if (error?.code == .consumerTooSlow) != model.hasFailed { complaint = "failed: \(model.hasFailed)" }
                return
            }
        }
    }

    private func compare() {
        let found = found.joined
        let expected = expected.joined
        if found != expected {
            let first =
                zip(found, expected).enumerated().first { $1.0 != $1.1 }?.offset ?? min(found.count, expected.count)
            complaint = "at \(first): \(found.dropFirst(first).prefix(5)), not \(expected.dropFirst(first).prefix(5))"
        }
        let statistics = box.statistics
        let dropped = RedisDrop(count: statistics.droppedEvents, bytes: statistics.droppedBytes)
        if dropped != model.dropped { complaint = "\(dropped), not \(model.dropped)" }
        if statistics.queuedEvents != 0 || statistics.queuedBytes != 0 {
            complaint = "something is left: \(statistics)"
        }
        let told = statistics.deliveredEvents + statistics.droppedEvents
        if told != sent { complaint = "\(told) told of \(sent)" }
    }
}
