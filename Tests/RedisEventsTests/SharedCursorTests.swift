import RedisCore
import RedisEvents
import RedisRESP
import RedisReactor
import Synchronization
import TestSupport
import Testing

@Suite("Readers side by side", .tags(.unit), .timeLimit(.minutes(1)))
struct SharedCursorTests {
    @Test("get each event once, each of them in order, and count what they leave")
    func claims() throws {
        let box = Mailbox<Monitor.Event>(limit: RedisBufferLimit(events: 1_000_000))
        let total = 60_000
        let seen = Locked([[Int]](repeating: [], count: 4))
        let threads = try (0..<4).map { reader in
            try PlainThread.start(name: "reader") {
                var mine: [Int] = []
                while true {
                    switch box.poll() {
                    case .item(.record(let record, let slab)):
                        let text = RedisBytes(storage: slab, start: record.start, count: record.payloadLength)
                            .description
                        mine.append(Int(text) ?? -1)
                    case .item(.control): break
                    case .empty: box.waitBlocking(until: nil)
                    case .finished: return seen.withLock { $0[reader] = mine }
                    }
                }
            }
        }
        var next = 0
        while next < total {
            var segment = Segment<Monitor.Event>()
            for _ in 0..<min(500, total - next) {
                segment.append(RedisBytes(String(next)).rawSpan, at: RedisTimestamp(microseconds: 0), node: .none)
                next += 1
            }
            box.commit(&segment)
        }
        box.finish()
        for thread in threads { #expect(thread.join(until: .now + .seconds(30))) }
        let found = seen.withLock { $0 }
        for mine in found { #expect(mine == mine.sorted()) }
        #expect(found.flatMap { $0 }.sorted() == Array(0..<total))
        #expect(box.statistics.deliveredEvents == total)
        #expect(box.statistics.queuedEvents == 0)
    }

    @Test("a segment that was read is filled again, unless somebody holds on to what was in it")
    func recycling() {
        let box = Mailbox<Monitor.Event>(limit: RedisBufferLimit())
        func commit(_ text: String) {
            var segment = box.emptySegment()
            segment.append(RedisBytes(text).rawSpan, at: RedisTimestamp(microseconds: 0), node: .none)
            box.commit(&segment)
        }
        var held: [RedisBytes] = []
        for round in 0..<20 {
            commit("text \(round)")
            guard case .item(.record(let record, let slab)) = box.poll() else { return #expect(Bool(false)) }
            let text = RedisBytes(storage: slab, start: record.start, count: record.payloadLength)
            #expect(text.description == "text \(round)")
            if round % 3 == 0 { held.append(text) }
        }
        #expect(held.map(\.description) == (0..<7).map { "text \($0 * 3)" })
    }

    @Test("the handlers that a reader remembers are those of the table, whatever is replaced meanwhile")
    func handlers() {
        let table = HandlerTable()
        var cache = HandlerCache()
        let calls = Locked<[Int]>([])
        let bytes = Array(">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nb\r\n".utf8)
        var run = MessageRun(
            bytes.span.rawBytes,
            RedisFrameLimits(),
            at: RedisTimestamp(microseconds: 0),
            from: .none
        )
        let isThere = run.next()
        #expect(isThere)
        let message = PubSub.Message(run.view)
        func call(_ number: UInt32) {
            guard case .calling(let body)? = cache.handler(number, in: table)?.kind else {
                return calls.withLock { $0.append(-1) }
            }
            try? body(message)
        }
        let numbers = (0..<3000).map { value in table.add(.calling { _ in calls.withLock { $0.append(value) } }) }
        for _ in 0..<2 { for number in numbers { call(number) } }
        #expect(calls.withLock { exchange(&$0, with: []) } == Array(0..<3000) + Array(0..<3000))
        table.replace(numbers[7], by: .calling { _ in calls.withLock { $0.append(700) } })
        table.replace(numbers[8], by: nil)
        for number in numbers[6...9] { call(number) }
        #expect(calls.withLock { $0 } == [6, 700, -1, 9])
    }
}
