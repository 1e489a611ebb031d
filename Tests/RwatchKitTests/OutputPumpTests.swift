import Foundation
import RedisReactor
import RedisTesting
import RwatchKit
import TestSupport
import Testing

/// One at a time: they count the threads and descriptors of the process. Long arrays are compared outside of `#expect`,
/// which would work for hours on the difference.
@Suite("Output pump", .tags(.unit), .serialized, .timeLimit(.minutes(2)))
struct OutputPumpTests {
    let pipe = Pipe()
    let log = FailureLog()

    init() { OutputPump.ignoreBrokenPipeSignal() }

    var readEnd: Int32 { pipe.fileHandleForReading.fileDescriptor }
    var writeEnd: Int32 { pipe.fileHandleForWriting.fileDescriptor }

    func pump(limit: Int = 32 << 20, policy: OutputPolicy? = nil) throws -> OutputPump {
        try OutputPump(to: .descriptor(writeEnd), limit: limit, policy: policy) { [log] in log.record($0) }
    }

    static func chunk(_ byte: UInt8, _ count: Int) -> [UInt8] { [UInt8](repeating: byte, count: count) }

    /// The writer threads of the process, by their task ids.
    static var writers: [String] {
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
        return tasks.filter {
            (try? String(contentsOfFile: "/proc/self/task/\($0)/comm", encoding: .utf8)) == "rwatch-output\n"
        }
    }

    static func eventually(_ condition: () -> Bool) -> Bool { eventuallyBlocking(within: .seconds(5), condition) }

    /// The task id of the thread that asks.
    static var thisThread: String {
        let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self")
        return link?.split(separator: "/").last.map(String.init) ?? ""
    }

    /// Whether a thread of the process comes to wait for something: it sleeps, and has done nothing since the look
    /// before. Which thread is asked for at each look.
    static func rests(_ thread: () -> String?) -> Bool {
        var last = ""
        return eventually {
            guard let thread = thread() else { return false }
            let now = activity(of: thread)
            defer { last = thread + now }
            return thread + now == last && now.hasPrefix("State:\tS")
        }
    }

    /// Whether one writer is left in the process, and comes to wait for work or for its reader. That of another pump
    /// may be about to end.
    static var writerRests: Bool {
        rests {
            let writers = writers
            return writers.count == 1 ? writers[0] : nil
        }
    }

    /// The state of a thread and how often it has given up its processor.
    static func activity(of thread: String) -> String {
        let status = (try? String(contentsOfFile: "/proc/self/task/\(thread)/status", encoding: .utf8)) ?? ""
        return status.split(separator: "\n").filter { $0.hasPrefix("State:") || $0.contains("ctxt_switches") }.joined()
    }

    @Test("ten megabytes in chunks of random size arrive whole and in order", arguments: [OutputPolicy.wait, .drop])
    func order(policy: OutputPolicy) throws {
        var generator = Generator(state: 5)
        let pump = try pump(limit: policy == .wait ? 1 << 20 : 32 << 20, policy: policy)
        let reader = PipeReader(readEnd)
        var expected: [UInt8] = []
        var events = 0
        while expected.count < 10_000_000 {
            var chunk = pump.takeEmptyChunk()
            #expect(chunk.isEmpty)
            let size = Int.random(in: 1...120_000, using: &generator)
            while chunk.count < size {
                chunk.append(UInt8(truncatingIfNeeded: generator.next()))
            }
            expected += chunk
            events += 1
            #expect(pump.submit(chunk: chunk, events: 1))
        }
        #expect(pump.finish() == nil)
        try pipe.fileHandleForWriting.close()
        let isWhole = reader.result() == expected
        #expect(isWhole)
        #expect(pump.statistics.writtenBytes == expected.count)
        #expect(pump.statistics.writtenEvents == events)
        #expect(pump.statistics.queuedBytes == 0)
        #expect(log.all.isEmpty)
    }

    @Test("under the drop policy a stalled reader costs refused chunks, counted, and the rest arrives")
    func drop() throws {
        let limit = 256 * 1024
        let pump = try pump(limit: limit)
        var accepted: [UInt8] = []
        var refused = 0
        for number in 0..<50 {
            let chunk = Self.chunk(UInt8(number), 50_000)
            if pump.submit(chunk: chunk, events: 10) { accepted += chunk } else { refused += 10 }
        }
        #expect(refused >= 400)
        #expect(pump.statistics.refusedEvents == refused)
        #expect(pump.statistics.highWaterMark <= limit)
        #expect(pump.statistics.highWaterMark >= 250_000)
        let reader = PipeReader(readEnd, piece: 10_000, pause: 0.001)
        #expect(pump.finish() == nil)
        try pipe.fileHandleForWriting.close()
        let isWhole = reader.result() == accepted
        #expect(isWhole)
        #expect(pump.statistics.writtenEvents == 500 - refused)
    }

    @Test("events without a single byte count")
    func emptyEvents() throws {
        let pump = try pump()
        #expect(pump.submit(chunk: [], events: 2))
        #expect(pump.submit(chunk: [], events: 0))
        #expect(pump.finish() == nil)
        #expect(pump.statistics.writtenEvents == 2)
    }

    @Test("a chunk larger than the limit passes when it is alone")
    func giant() throws {
        let pump = try pump(limit: 1_000)
        let reader = PipeReader(readEnd)
        #expect(pump.submit(chunk: Self.chunk(1, 500_000), events: 1))
        #expect(pump.finish() == nil)
        try pipe.fileHandleForWriting.close()
        #expect(reader.result().count == 500_000)
    }

    @Test("under the wait policy nothing is refused and the queue keeps its limit")
    func wait() throws {
        let pump = try pump(limit: 64 * 1024, policy: .wait)
        let reader = PipeReader(readEnd, piece: 20_000, pause: 0.002)
        for number in 0..<40 { #expect(pump.submit(chunk: Self.chunk(UInt8(number), 30_000), events: 1)) }
        #expect(pump.finish() == nil)
        try pipe.fileHandleForWriting.close()
        let isWhole = reader.result() == (0..<40).flatMap { Self.chunk(UInt8($0), 30_000) }
        #expect(isWhole)
        #expect(pump.statistics.highWaterMark == 60_000)
        #expect(pump.statistics.refusedEvents == 0)
    }

    @Test("a submitter that waits for room is let go when the reader goes")
    func waitEnds() throws {
        let pump = try pump(limit: 1_000, policy: .wait)
        #expect(pump.submit(chunk: Self.chunk(1, 500_000), events: 1))
        let reader = pipe.fileHandleForReading
        let submitter = Self.thisThread
        Thread.detachNewThread {
            _ = Self.rests { submitter }
            try? reader.close()
        }
        #expect(!pump.submit(chunk: Self.chunk(2, 10), events: 1))
        #expect(pump.finish() == .readerGone)
        #expect(log.all == [.readerGone])
    }

    @Test("several threads may finish at the same time")
    func manyFinish() throws {
        let pump = try pump()
        let results = Locked<[OutputFailure?]>([])
        let threads = Locked<[String]>([])
        let done = DispatchSemaphore(value: 0)
        #expect(pump.submit(chunk: Self.chunk(1, 300_000), events: 1))
        for _ in 0..<4 {
            Thread.detachNewThread {
                threads.withLock { $0.append(Self.thisThread) }
                let failure = pump.finish()
                results.withLock { $0.append(failure) }
                done.signal()
            }
        }
        #expect(Self.eventually { threads.withLock { $0.count } == 4 })
        #expect(threads.withLock { $0 }.allSatisfy { thread in Self.rests { thread } })
        let reader = PipeReader(readEnd)
        for _ in 0..<4 { #expect(done.wait(timeout: .now() + 5) == .success) }
        #expect(results.withLock { $0 } == [nil, nil, nil, nil])
        try pipe.fileHandleForWriting.close()
        #expect(reader.result().count == 300_000)
    }

    @Test("spent chunks come back empty with their memory, a few of them")
    func recycling() throws {
        let pump = try pump()
        let reader = PipeReader(readEnd)
        #expect(pump.takeEmptyChunk().capacity == 0)
        for _ in 0..<20 { #expect(pump.submit(chunk: Self.chunk(1, 5_000), events: 1)) }
        #expect(pump.submit(chunk: Self.chunk(1, 3 << 20), events: 1))
        #expect(pump.finish() == nil)
        let capacities = (0..<6).map { _ in pump.takeEmptyChunk().capacity }
        #expect(capacities.filter { $0 >= 5_000 }.count == 4)
        #expect(capacities.allSatisfy { $0 < 1 << 20 })
        try pipe.fileHandleForWriting.close()
        #expect(reader.result().count == 100_000 + (3 << 20))
    }

    @Test("an idle writer sleeps")
    func idle() throws {
        let pump = try pump()
        #expect(Self.writerRests)
        let writer = try #require(Self.writers.first)
        let before = Self.activity(of: writer)
        Thread.sleep(forTimeInterval: 0.3)
        #expect(Self.activity(of: writer) == before)
        #expect(pump.finish() == nil)
    }

    @Test("a hundred pumps leave no thread and no descriptor behind")
    func leaks() throws {
        func descriptors() -> Int {
            ((try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []).count
        }
        #expect(Self.eventually { Self.writers.isEmpty })
        let before = descriptors()
        for _ in 0..<100 {
            let pump = try pump()
            _ = pump.submit(chunk: [1], events: 1)
            #expect(pump.finish() == nil)
        }
        #expect(Self.eventually { Self.writers.isEmpty })
        #expect(Self.eventually { descriptors() <= before })
    }
}
