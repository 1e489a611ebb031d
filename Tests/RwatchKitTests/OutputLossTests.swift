import Foundation
import RedisReactor
import RedisTesting
import RwatchKit
import TestSupport
import Testing

/// What a pump whose queue is full does with what it refuses.
@Suite("What the output lost", .tags(.unit))
struct OutputLossTests {
    private let pipe = Pipe()

    private final class Told: Sendable {
        let words = Locked<[String]>([])

        func say(_ word: String) { words.withLock { $0.append(word) } }
    }

    private func pump(_ told: Told, limit: Int = 400_000) throws -> OutputPump {
        OutputPump.ignoreBrokenPipeSignal()
        return try OutputPump(
            to: .descriptor(pipe.fileHandleForWriting.fileDescriptor),
            limit: limit,
            losses: OutputLossReport(
                record: { Array("lost \($0.events) since \($0.from)\n".utf8) },
                began: { told.say("began") },
                ended: { told.say("ended \($0.events) \($0.bytes)") }
            )
        )
    }

    /// Fills the pump with chunks of an event each, until it refuses one that came at 7. Returns how many it took.
    private func fill(_ pump: OutputPump) -> Int {
        var taken = 0
        while pump.submit(chunk: [UInt8](repeating: 0x61, count: 99_999) + [0x0a], events: 1, from: 7) { taken += 1 }
        return taken
    }

    /// What a reader has come to, in words.
    private func words(_ reader: PipeReader) -> [String] {
        let lines = String(decoding: reader.result(), as: UTF8.self).split(separator: "\n")
        return lines.map { $0.first == "a" ? "event" : String($0) }
    }

    @Test("stands in the data where it was lost, and is told, as soon as half of the queue is written")
    func recovers() async throws {
        let told = Told()
        let pump = try pump(told)
        let taken = fill(pump)
        #expect(told.words.withLock { $0 } == ["began"])
        // A small one would fit by chance.
        #expect(!pump.submit(chunk: [0x62, 0x0a], events: 2, records: Array("gap\n".utf8), from: 8))
        pump.addToLoss(events: 3)
        #expect(pump.loss?.events == 6)
        let reader = PipeReader(pipe.fileHandleForReading.fileDescriptor)
        #expect(try await eventually { pump.loss == nil })
        #expect(pump.submit(chunk: [0x63, 0x0a], events: 1))
        #expect(pump.finish() == nil)
        try pipe.fileHandleForWriting.close()
        let words = words(reader)
        #expect(words == Array(repeating: "event", count: taken) + ["lost 6 since 7", "gap", "c"])
        #expect(told.words.withLock { $0 } == ["began", "ended 6 100002"])
        #expect(pump.statistics.writtenEvents == taken + 1)
    }

    @Test("stands at the end of the data when it is not over then")
    func finishes() async throws {
        let told = Told()
        let pump = try pump(told)
        let taken = fill(pump)
        let finishing = Task.detached { pump.finish(deadline: .seconds(60)) }
        #expect(try await eventually { pump.isFinishing })
        let reader = PipeReader(pipe.fileHandleForReading.fileDescriptor)
        #expect(await finishing.joined == nil)
        try pipe.fileHandleForWriting.close()
        let words = words(reader)
        #expect(words == Array(repeating: "event", count: taken) + ["lost 1 since 7"])
        // Said by whoever says how it ended.
        #expect(pump.loss?.events == 1)
        #expect(told.words.withLock { $0 } == ["began"])
    }

    @Test("is left with what was queued when the reader goes")
    func readerGoes() throws {
        let told = Told()
        let pump = try pump(told)
        let taken = fill(pump)
        try pipe.fileHandleForReading.close()
        #expect(pump.finish() == .readerGone)
        #expect(pump.loss?.events == 1)
        #expect(pump.statistics.queuedEvents == taken)
        #expect(told.words.withLock { $0 } == ["began"])
    }
}
