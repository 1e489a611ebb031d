import Foundation
import RedisCore
import RedisEvents
import RedisRESP
import RedisReactor
import RedisTesting
import TestSupport
import Testing

@Suite("The mailbox", .tags(.unit), .timeLimit(.minutes(1)))
struct MailboxTests {
    typealias Box = Mailbox<Monitor.Event>

    private func commit(_ box: Box, _ payloads: [String]) {
        var segment = Segment<Monitor.Event>()
        for payload in payloads {
            segment.append(
                kind: 0,
                handler: 0,
                pattern: RawSpan(),
                channel: RawSpan(),
                payload: RedisBytes(payload).rawSpan,
                time: RedisTimestamp(microseconds: 0)
            )
        }
        box.commit(&segment)
    }

    private func commit(_ box: Box, _ control: Monitor.Event) {
        var segment = Segment<Monitor.Event>()
        segment.append(control)
        box.commit(&segment)
    }

    private let lost = Monitor.Event.link(
        .lost(RedisDisconnect(.endOfStream, "eof"), at: RedisTimestamp(microseconds: 0))
    )

    /// Everything that is there now, in words.
    private func takeAll(_ box: Box) -> [String] {
        var found: [String] = []
        while true {
            switch box.poll() {
            case .item(.record(let record, let slab)):
                found.append(RedisBytes(storage: slab, start: record.start, count: record.payloadLength).description)
            case .item(.control(.drop(let drop))): found.append("drop \(drop.count) \(drop.bytes)")
            case .item(.control(.link)): found.append("link")
            case .item(.control(.gap)): found.append("gap")
            case .item(.control): found.append("other")
            case .empty: return found
            case .finished(let error): return found + [error.map { "error \($0.code)" } ?? "end"]
            }
        }
    }

    @Test("keeps order over commits of any size")
    func order() {
        let box = Box(limit: RedisBufferLimit())
        let large = String(repeating: "x", count: 5000)
        commit(box, ["1", "2"])
        commit(box, [large])
        commit(box, ["3"])
        commit(box, lost)
        commit(box, ["4"])
        #expect(takeAll(box) == ["1", "2", large, "3", "link", "4"])
        #expect(takeAll(box) == [])
    }

    @Test("drops the oldest over the limit and says so in their place")
    func dropOldest() {
        let box = Box(limit: RedisBufferLimit(events: 3, bytes: .max))
        commit(box, ["1", "22", "3"])
        #expect(box.statistics.droppedEvents == 0)
        commit(box, ["4", "5"])
        #expect(box.statistics.droppedEvents == 2)
        #expect(box.statistics.droppedBytes == 3)
        #expect(takeAll(box) == ["drop 2 3", "3", "4", "5"])
    }

    @Test("drops behind what the reader has already taken")
    func dropBehindReader() {
        let box = Box(limit: RedisBufferLimit(events: 2, bytes: .max))
        let large = String(repeating: "x", count: 5000)
        commit(box, ["1", large])
        guard case .item = box.poll() else { return #expect(Bool(false)) }
        // The reader holds its segment; the two that follow it are all that may wait.
        commit(box, ["2", "3", "4"])
        #expect(takeAll(box) == [large, "drop 1 1", "3", "4"])
    }

    @Test("never drops link events and gaps, and keeps the losses on either side apart")
    func keepsControls() {
        let box = Box(limit: RedisBufferLimit(events: 2, bytes: .max))
        commit(box, ["1", "2"])
        commit(box, lost)
        commit(box, ["3", "4", "5"])
        #expect(takeAll(box) == ["drop 2 2", "link", "drop 1 1", "4", "5"])
    }

    @Test("limits bytes as well as events")
    func byteLimit() {
        let box = Box(limit: RedisBufferLimit(events: .max, bytes: 10_000))
        let large = String(repeating: "x", count: 4000)
        for _ in 0..<10 { commit(box, [large]) }
        #expect(box.statistics.queuedBytes <= 10_000)
        #expect(box.statistics.droppedEvents == 8)
        #expect(takeAll(box) == ["drop 8 32000", large, large])
        #expect(box.statistics.queuedBytes == 0)
        #expect(box.statistics.queuedEvents == 0)
    }

    @Test("does not grow with outages that nobody reads about")
    func boundedFront() {
        let box = Box(limit: RedisBufferLimit(events: 1, bytes: .max))
        for index in 0..<5000 {
            commit(box, ["\(index % 10)"])
            commit(box, lost)
        }
        let links = Box(limit: RedisBufferLimit(events: 1, bytes: .max))
        for _ in 0..<300 { commit(links, lost) }
        // The last one is no part of the 256 before all messages.
        #expect(takeAll(links).count == 257)
        let found = takeAll(box)
        #expect(found.count < 600)
        let dropped = found.filter { $0.hasPrefix("drop") }.reduce(0) { $0 + (Int($1.split(separator: " ")[1]) ?? 0) }
        #expect(dropped + found.filter { $0.count == 1 }.count == 5000)
    }

    @Test("delivers what is queued before the end, or the error")
    func finish() {
        let box = Box(limit: RedisBufferLimit())
        commit(box, ["1"])
        box.finish(throwing: RedisError(.connectionLost, "gone"))
        commit(box, ["2"])
        #expect(takeAll(box) == ["1", "error connectionLost"])
        let closed = Box(limit: RedisBufferLimit())
        commit(closed, ["1"])
        closed.close()
        #expect(takeAll(closed) == ["end"])
    }

    @Test("wakes a thread and a task that wait, also when they only have to check again")
    func wakes() async throws {
        let loop = try RedisEventLoop.shared
        let box = Box(limit: RedisBufferLimit())
        let thread = try PlainThread.start(name: "reader") { box.waitBlocking(until: nil) }
        let task = Task { await box.wait(until: nil, on: loop) }
        commit(box, ["1"])
        await task.joined
        #expect(thread.join(until: .now.advanced(by: .seconds(10))))
        box.waitBlocking(until: nil) { false }
    }

    @Test("ends a wait at its deadline and on cancellation")
    func deadlines() async throws {
        let loop = try RedisEventLoop.shared
        let box = Box(limit: RedisBufferLimit())
        let start = ContinuousClock.now
        await box.wait(until: start.advanced(by: .milliseconds(30)), on: loop)
        #expect(start.duration(to: .now) >= .milliseconds(30))
        box.waitBlocking(until: start.advanced(by: .milliseconds(60)))
        #expect(start.duration(to: .now) >= .milliseconds(60))
        let task = Task { await box.wait(until: nil, on: loop) }
        task.cancel()
        await task.joined
    }

    @Test("reports when the readers have taken everything")
    func drained() async throws {
        let loop = try RedisEventLoop.shared
        let box = Box(limit: RedisBufferLimit())
        commit(box, ["1", "2"])
        let early = await box.waitUntilDrained(until: .now.advanced(by: .milliseconds(20)), on: loop)
        #expect(!early)
        let waiting = Task { await box.waitUntilDrained(until: .now.advanced(by: .seconds(30)), on: loop) }
        #expect(takeAll(box) == ["1", "2"])
        #expect(await waiting.joined)
    }

    @Test("hands each event to exactly one of several readers, in order for each")
    func manyReaders() async throws {
        let box = Box(limit: RedisBufferLimit())
        let total = 20_000
        let counts = await withTaskGroup(of: [Int].self) { group in
            for _ in 0..<4 {
                group.addTask {
                    var seen: [Int] = []
                    while true {
                        switch box.poll() {
                        case .item(.record(let record, let slab)):
                            let text = RedisBytes(storage: slab, start: record.start, count: record.payloadLength).text
                            seen.append(text.flatMap { Int($0) } ?? -1)
                        case .item: seen.append(-1)
                        case .empty: await Task.yield()
                        case .finished: return seen
                        }
                    }
                }
            }
            for index in 0..<total { commit(box, ["\(index)"]) }
            box.finish()
            return await group.reduce(into: [[Int]]()) { $0.append($1) }
        }
        #expect(counts.joined().sorted() == Array(0..<total))
        #expect(counts.allSatisfy { $0 == $0.sorted() })
    }

    @Test(
        "holds no more memory than its limit, however long nobody reads",
        .disabled(if: isUnderAddressSanitizer, "the address sanitizer keeps freed memory, to find uses of it")
    )
    func boundedMemory() throws {
        let box = Box(limit: RedisBufferLimit(events: 100))
        let payload = String(repeating: "x", count: 500)
        for _ in 0..<1000 { commit(box, [payload]) }
        let before = try residentKiB()
        for _ in 0..<100_000 { commit(box, [payload]) }
        #expect(try residentKiB() - before < 20_000)
    }

    @Test("a drain ends when the last thing taken is a record, and when the mailbox is closed")
    func drainEnds() async throws {
        let loop = try RedisEventLoop.shared
        let box = Box(limit: RedisBufferLimit(events: 10, bytes: 100))
        commit(box, [String(repeating: "x", count: 500)])
        box.finish()
        let far = ContinuousClock.now.advanced(by: .seconds(50))
        let draining = Task { await box.waitUntilDrained(until: far, on: loop) }
        await Task.yield()
        #expect(takeAll(box) == ["drop 1 500", "end"])
        #expect(await draining.joined)
        let other = Box(limit: RedisBufferLimit())
        commit(other, ["1"])
        let closing = Task { await other.waitUntilDrained(until: far, on: loop) }
        await Task.yield()
        other.close()
        #expect(await closing.joined)
    }

    @Test("wakes and asks nobody while it holds its locks", arguments: [true, false])
    func outsideOfLocks(isBySegment: Bool) async throws {
        let loop = try RedisEventLoop.shared
        // The event stands in a segment, or as the record of a drop before all segments.
        let box = Box(limit: RedisBufferLimit(events: isBySegment ? 10 : 1))
        commit(box, isBySegment ? ["1"] : ["1", "2"])
        let isDrained = Locked(false)
        let far = ContinuousClock.now.advanced(by: .seconds(50))
        // Goes on in whoever wakes it, where it needs the locks.
        let draining = Task(executorPreference: InlineExecutor()) {
            let result = await box.waitUntilDrained(until: far, on: loop)
            isDrained.withLock { $0 = result }
        }
        let reader = try PlainThread.start(name: "reader") {
            while case .item = box.poll() {}
            box.waitBlocking(until: nil) { box.statistics.queuedEvents > 0 }
        }
        #expect(reader.join(until: .now.advanced(by: .seconds(10))))
        #expect(isDrained.withLock { $0 })
        draining.cancel()
    }

    @Test("gives a reader of one server its events from among the others, which stay in order")
    func oneServer() {
        let box = Mailbox<Monitor.Event>(limit: RedisBufferLimit(events: 20))
        let (mine, other) = (
            RedisEndpoint.tcp(host: "192.0.2.1", port: 1), RedisEndpoint.tcp(host: "192.0.2.2", port: 2)
        )
        let holds = [NodeHold(mine), NodeHold(other)]
        func commit(_ numbers: Range<Int>) {
            var segment = Segment<Monitor.Event>()
            for number in numbers {
                let node = holds[number % 3 == 0 ? 0 : 1].number
                let line = RedisBytes("\(number)")
                segment.append(line.rawSpan, at: RedisTimestamp(microseconds: 0), node: node)
            }
            box.commit(&segment)
        }
        func text(_ polled: Mailbox<Monitor.Event>.Polled) -> String {
            switch polled {
            case .item(.record(let record, let slab)):
                RedisBytes(storage: slab, start: record.start, count: record.payloadLength).text ?? ""
            case .item(.control(let event)): "\(event)"
            case .empty: "empty"
            case .finished: "finished"
            }
        }
        var arrivals: Int?
        commit(0..<5)
        // What others have begun to work through, and what waits behind it.
        #expect(text(box.poll()) == "0")
        commit(5..<10)
        #expect((0..<4).map { _ in text(box.poll(of: mine, arrivals: &arrivals)) } == ["3", "6", "9", "empty"])
        #expect(box.statistics.queuedEvents == 6)
        #expect(box.statistics.queuedBytes == 6 * (1 + MemoryLayout<Record>.stride))
        #expect(box.statistics.deliveredEvents == 4)
        #expect(text(box.poll()) == "1")
        // The policy counts what was left, and drops it.
        commit(10..<33)
        func came() -> Int { box.statistics.queuedEvents + box.statistics.droppedEvents }
        #expect(came() == 28)
        var rest: [String] = []
        while case let found = text(box.poll(of: mine, arrivals: &arrivals)), found != "empty" { rest.append(found) }
        let sent = (10..<33).filter { $0 % 3 == 0 }.map { "\($0)" }
        #expect(rest == sent.suffix(rest.count))
        #expect(came() == 28 - rest.count)
        box.close()
        #expect(box.statistics.queuedEvents == 0)
        #expect(box.statistics.droppedEvents == 28 - rest.count)
        #expect(text(box.poll(of: mine, arrivals: &arrivals)) == "finished")
        withExtendedLifetime(holds) {}
    }

    @Test("is drained when readers of one server each have taken the last event of a read, once")
    func oneServerEnds() async throws {
        let loop = try RedisEventLoop.shared
        let box = Box(limit: RedisBufferLimit())
        let nodes = [RedisEndpoint.tcp(host: "192.0.2.1", port: 1), RedisEndpoint.tcp(host: "192.0.2.2", port: 2)]
        let holds = nodes.map { NodeHold($0) }
        // Too large to share a segment.
        let line = RedisBytes(String(repeating: "x", count: 5000))
        for hold in holds {
            var segment = Segment<Monitor.Event>()
            segment.append(line.rawSpan, at: RedisTimestamp(microseconds: 0), node: hold.number)
            box.commit(&segment)
        }
        for node in nodes {
            var arrivals: Int?
            var count = 0
            while count < 2, case .item = box.poll(of: node, arrivals: &arrivals) { count += 1 }
            #expect(count == 1)
        }
        let isDrained = await box.waitUntilDrained(until: .now.advanced(by: .milliseconds(20)), on: loop)
        #expect(isDrained)
        withExtendedLifetime(holds) {}
    }

    @Test("delivers all of what is so much that its memory is given back at the end, once")
    func large() {
        let box = Box(limit: RedisBufferLimit())
        commit(box, ["1"])
        #expect(takeAll(box) == ["1"])
        #expect(box.memoryTrimTime == nil)
        let payload = String(repeating: "x", count: 7 << 20)
        for _ in 0..<3 { commit(box, [payload]) }
        var count = 0
        while case .item = box.poll() {
            count += 1
            #expect((box.memoryTrimTime != nil) == (count == 3))
        }
        #expect(count == 3)
        #expect(box.statistics.queuedBytes == 0)
        let due = box.memoryTrimTime
        commit(box, ["1"])
        #expect(takeAll(box) == ["1"])
        #expect(box.memoryTrimTime == due)
    }

    @Test("gives a reader of one server the link events of that server that wait before all messages")
    func oneServerLinks() {
        let (mine, other) = (
            RedisEndpoint.tcp(host: "192.0.2.1", port: 1), RedisEndpoint.tcp(host: "192.0.2.2", port: 2)
        )
        let box = Box(limit: RedisBufferLimit(events: 1))
        func restored(_ endpoint: RedisEndpoint) -> Monitor.Event { .link(.restored(after: .zero, at: endpoint)) }
        for endpoint in [other, mine] { commit(box, restored(endpoint)) }
        commit(box, ["1"])
        let link = restored(other).heldBytes
        #expect(box.statistics.queuedEvents == 3)
        var arrivals: Int?
        var found: [RedisEndpoint?] = []
        while case .item(.control(let event)) = box.poll(of: mine, arrivals: &arrivals) { found.append(event.node) }
        #expect(found == [mine])
        #expect(box.statistics.queuedEvents == 2)
        #expect(box.statistics.queuedBytes == link + 1 + MemoryLayout<Record>.stride)
        #expect(takeAll(box) == ["link", "1"])
    }

    @Test("a reader that waits is woken for what another has left of a segment")
    func leftovers() async throws {
        let loop = try RedisEventLoop.shared
        let box = Box(limit: RedisBufferLimit())
        commit(box, ["1", "2"])
        guard case .item = box.poll() else { return #expect(Bool(false)) }
        // Returns at once: the rest of the segment is there.
        await box.wait(until: nil, on: loop)
        #expect(takeAll(box) == ["2"])
    }
}

/// Runs what becomes ready at once, on the thread that makes it ready.
private final class InlineExecutor: TaskExecutor {
    func enqueue(_ job: consuming ExecutorJob) {
        unsafe UnownedJob(job).runSynchronously(on: asUnownedTaskExecutor())
    }
}

/// The memory that is resident now.
func residentKiB() throws -> Int {
    let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
    return (Int(text.split(separator: " ")[1]) ?? 0) * 4
}

let isUnderAddressSanitizer = unsafe dlsym(nil, "__asan_init") != nil
