import RedisRESP
import RwatchKit
import RwatchWeb
import TestSupport
import Testing

/// What waits for a reader, and what becomes of the rest.
@Suite("A bounded queue of events", .tags(.unit))
struct EventQueueTests {
    private func add(_ texts: [String], to queue: inout EventQueue, at time: Int64 = 5_000_000) {
        for text in texts {
            queue.add(size: text.utf8.count, at: time) { $0.append(Array("\(text)\n".utf8)) }
        }
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test("a page gets the events of a turn as one server-sent event, a program gets lines")
    func forms() {
        var page = EventQueue(.page, limits: .page)
        var lines = EventQueue(.lines, limits: .lines)
        add(["{}", "[]"], to: &page)
        add(["{}", "[]"], to: &lines)
        #expect(page.count == 2 && !page.isEmpty)
        #expect(text(page.take(at: 1, id: 7)) == "event: events\nid: 7\ndata: {}\ndata: []\n\n")
        #expect(text(lines.take(at: 1, id: 7)) == "{}\n[]\n")
        #expect(page.isEmpty && page.take(at: 1, id: 8).isEmpty && lines.take(at: 1, id: 8).isEmpty)
    }

    @Test("what has no room is counted, and told at its place: behind what had room and before what has it again")
    func missed() {
        for (form, prefix, name) in [(EventQueue.Form.page, "data: ", "missed"), (.lines, "", "drop")] {
            var queue = EventQueue(form, limits: .init(events: 2, bytes: 1000))
            add(["a", "b", "ccc"], to: &queue, at: 5_000_000)
            add(["dd"], to: &queue, at: 6_000_000)
            let record = "{\"v\":1,\"kind\":\"\(name)\",\"ts\":7.000000,\"from\":5.000000,\"count\":2,\"bytes\":5}"
            #expect(
                text(queue.take(at: 7_000_000, id: 1)).hasSuffix(
                    "\(prefix)a\n\(prefix)b\n\(prefix)\(record)\n" + (form == .page ? "\n" : "")
                )
            )
            add(["e"], to: &queue)
            #expect(text(queue.take(at: 8_000_000, id: 1)).contains("\(prefix)e\n") && queue.missedEvents == 2)
        }
    }

    @Test("once something was left out, nothing comes before the record of it")
    func order() {
        var queue = EventQueue(.lines, limits: .init(events: 100, bytes: 10))
        add(["12345678", "1234567", "1"], to: &queue)
        let lines = text(queue.take(at: 1, id: 0)).split(separator: "\n")
        #expect(lines.count == 2 && lines[0] == "12345678" && lines[1].contains("\"count\":2,\"bytes\":8"))
    }

    @Test("memory stays within the limits, whatever comes")
    func bounds() {
        var queue = EventQueue(.page, limits: .page)
        for index in 0..<100_000 {
            queue.add(size: 2000, at: 1) { $0.append([UInt8](repeating: 0x61, count: 2000)) }
            if index % 10 == 0 { queue.add(record: { $0.append([UInt8](repeating: 0x62, count: 500)) }, at: 1) }
        }
        #expect(queue.bytes <= 2 * EventQueue.Limits.page.bytes + 4096)
        #expect(queue.count + queue.missedEvents == 100_000)
    }

    @Test("a record of a gap has room behind a full queue, and one that has none is counted")
    func records() {
        var queue = EventQueue(.lines, limits: .init(events: 1, bytes: 20))
        add(["a", "b"], to: &queue)
        queue.add(record: { $0.append(literal: "GAP\n") }, at: 9_000_000)
        add(["c"], to: &queue)
        let lines = text(queue.take(at: 1, id: 0)).split(separator: "\n")
        #expect(lines.count == 4 && lines[0] == "a" && lines[1].contains("\"count\":1,") && lines[2] == "GAP")
        for _ in 0..<100 { queue.add(record: { $0.append(literal: "0123456789\n") }, at: 9_000_000) }
        #expect(text(queue.take(at: 1, id: 0)).hasSuffix("\"count\":0,\"bytes\":0,\"records\":96}\n"))
    }

    @Test("who comes back is told how many events there were meanwhile")
    func away() {
        var queue = EventQueue(.page, limits: .page)
        queue.miss(12, since: 3_000_000)
        add(["a"], to: &queue)
        #expect(text(queue.take(at: 4_000_000, id: 1)).contains("\"from\":3.000000,\"count\":13,"))
    }

    @Test("data of several lines stays one server-sent event")
    func serverSentEvents() {
        #expect(text(ServerSentEvent.bytes("state", Array("{}".utf8))) == "event: state\ndata: {}\n\n")
        #expect(
            text(ServerSentEvent.bytes("x", Array("a\nevent: y\r\rb".utf8)))
                == "event: x\ndata: a\ndata: event: y\ndata: \ndata: b\n\n"
        )
    }
}
