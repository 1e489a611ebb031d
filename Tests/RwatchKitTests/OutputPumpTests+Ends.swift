import Foundation
import RwatchKit
import Testing

/// How output ends: readers that go, devices that fail, deadlines, and descriptors of every kind.
extension OutputPumpTests {
    @Test("a reader that goes while nothing flows is reported at once", arguments: [false, true])
    func goneWhileIdle(afterData: Bool) throws {
        let pump = try pump()
        if afterData {
            #expect(pump.submit(chunk: [1, 2, 3], events: 1))
            #expect(try pipe.fileHandleForReading.read(upToCount: 3) == Data([1, 2, 3]))
        }
        #expect(Self.writerRests)
        #expect(log.all.isEmpty)
        try pipe.fileHandleForReading.close()
        #expect(log.arrives(within: 10))
        #expect(!pump.submit(chunk: [4], events: 1))
        #expect(pump.finish() == .readerGone)
        #expect(pump.finish() == .readerGone)
        #expect(pump.failure == .readerGone)
        #expect(log.all == [.readerGone])
    }

    @Test("a reader that goes in the middle of a write is reported")
    func goneWhileWriting() throws {
        let pump = try pump()
        #expect(pump.submit(chunk: Self.chunk(1, 1_000_000), events: 1))
        #expect(Self.writerRests)
        try pipe.fileHandleForReading.close()
        #expect(log.arrives(within: 10))
        #expect(pump.finish() == .readerGone)
        #expect(log.all == [.readerGone])
    }

    @Test("a full device is ENOSPC")
    func full() throws {
        let device = try #require(FileHandle(forWritingAtPath: "/dev/full"))
        let pump = try OutputPump(to: .descriptor(device.fileDescriptor)) { [log] in log.record($0) }
        #expect(pump.submit(chunk: [1], events: 1))
        #expect(log.arrives(within: 10))
        #expect(!pump.submit(chunk: [1], events: 1))
        #expect(pump.finish() == .failed(ENOSPC))
        #expect(log.all == [.failed(ENOSPC)])
    }

    @Test("a regular file is waited for, other things are not, and /dev/null is never gone")
    func policies() throws {
        let path = NSTemporaryDirectory() + "rwatch-pump-\(UUID().uuidString)"
        #expect(FileManager.default.createFile(atPath: path, contents: nil))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let file = try #require(FileHandle(forWritingAtPath: path))
        #expect(OutputPump.policy(for: .descriptor(file.fileDescriptor)) == .wait)
        #expect(OutputPump.policy(for: .descriptor(writeEnd)) == .drop)
        #expect(OutputPump.policy(for: .descriptor(-1)) == .drop)
        let pump = try OutputPump(to: .descriptor(file.fileDescriptor), limit: 10)
        for number in 0..<100 { #expect(pump.submit(chunk: Self.chunk(UInt8(number), 7), events: 1)) }
        #expect(pump.finish() == nil)
        #expect(
            FileManager.default.contents(atPath: path) == Data((0..<100).flatMap { Self.chunk(UInt8($0), 7) })
        )

        let null = try #require(FileHandle(forWritingAtPath: "/dev/null"))
        #expect(OutputPump.policy(for: .descriptor(null.fileDescriptor)) == .drop)
        let sink = try OutputPump(to: .descriptor(null.fileDescriptor)) { [log] in log.record($0) }
        #expect(Self.writerRests)
        #expect(sink.submit(chunk: [1], events: 1))
        #expect(sink.finish() == nil)
        #expect(log.all.isEmpty)
    }

    @Test("a pipe that somebody made nonblocking loses nothing")
    func nonblocking() throws {
        #expect(fcntl(writeEnd, F_SETFL, O_NONBLOCK) == 0)
        let pump = try pump()
        #expect(pump.submit(chunk: Self.chunk(7, 400_000), events: 1))
        #expect(Self.writerRests)
        let reader = PipeReader(readEnd, piece: 30_000, pause: 0.002)
        #expect(pump.finish() == nil)
        try pipe.fileHandleForWriting.close()
        let isWhole = reader.result() == Self.chunk(7, 400_000)
        #expect(isWhole)
    }

    @Test("finish gives up at its deadline, says how much is left, and the thread goes when it can")
    func deadline() throws {
        let pump = try pump()
        #expect(pump.submit(chunk: Self.chunk(1, 200_000), events: 1))
        #expect(pump.submit(chunk: Self.chunk(1, 200_000), events: 1))
        let start = ContinuousClock.now
        #expect(pump.finish(deadline: .milliseconds(100)) == .unfinished(bytes: 400_000))
        let took = ContinuousClock.now - start
        #expect(took >= .milliseconds(100))
        #expect(took < .seconds(2))
        #expect(pump.finish() == .unfinished(bytes: 400_000))
        #expect(!pump.submit(chunk: [1], events: 1))
        #expect(Self.eventually { Self.writers.count == 1 })
        try pipe.fileHandleForReading.close()
        #expect(Self.eventually { Self.writers.isEmpty })
        #expect(log.all.isEmpty)
    }

    @Test("a deadline that is not needed changes nothing")
    func easyDeadline() throws {
        let pump = try pump()
        #expect(pump.submit(chunk: [1], events: 1))
        #expect(pump.finish(deadline: .seconds(60)) == nil)
        #expect(pump.finish(deadline: .zero) == nil)
        #expect(Self.eventually { Self.writers.isEmpty })
    }

    @Test("a descriptor that is not open is EBADF")
    func notOpen() throws {
        let pump = try OutputPump(to: .descriptor(9_999)) { [log] in log.record($0) }
        #expect(pump.submit(chunk: [1], events: 1))
        #expect(log.arrives(within: 10))
        #expect(pump.finish() == .failed(EBADF))
    }
}
