import Glibc
import RedisReactor
import TestSupport
import Testing

@Suite("Buffers", .tags(.unit))
struct BufferTests {
    private func socketPair() -> (Int32, Int32) {
        var ends: [2 of Int32] = [-1, -1]
        var span = ends.mutableSpan
        unsafe span.withUnsafeMutableBufferPointer { buffer in
            _ = unsafe socketpair(
                AF_UNIX,
                Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue),
                0,
                buffer.baseAddress
            )
        }
        return (span[0], span[1])
    }

    @Test("keep unread bytes in one piece, grow with what came, and give the memory of a burst back")
    func readBuffer() {
        let (left, right) = socketPair()
        let sender = Socket(FileDescriptor(owning: left))
        let receiver = Socket(FileDescriptor(owning: right))
        var buffer = ReadBuffer()
        let early = buffer.read(from: receiver).transfer
        #expect(early == .wouldBlock)
        var output = WriteBuffer()
        let total = 3 << 20
        output.append { $0 += (0..<total).map { UInt8(truncatingIfNeeded: $0 &* 31) } }
        while buffer.unreadCount < total {
            _ = output.flush(to: sender)
            while case .bytes = buffer.read(from: receiver).transfer {}
        }
        let isFlushed = output.isEmpty
        #expect(isFlushed)
        let grown = buffer.capacity
        #expect(grown >= total)
        #expect(grown <= total * 4)
        var isRight = true
        for index in 0..<total where byte(buffer, index) != UInt8(truncatingIfNeeded: index &* 31) { isRight = false }
        #expect(isRight)
        buffer.consume(total - 1)
        let rest = (buffer.unreadCount, byte(buffer, 0))
        #expect(rest == (1, UInt8(truncatingIfNeeded: (total - 1) &* 31)))
        buffer.consume(1)
        let shrunk = buffer.capacity
        #expect(shrunk == ReadBuffer.normalCapacity)
    }

    @Test("borrow the loop's block to read, and keep no more than what is left in it")
    func sharedBlock() async throws {
        let loop = try RedisEventLoop(name: "blocks")
        let seen = Locked<[Int]>([])
        let (left, right) = socketPair()
        let isDone = Locked(false)
        loop.execute {
            let sender = Socket(FileDescriptor(owning: left))
            let receiver = Socket(FileDescriptor(owning: right))
            var buffer = ReadBuffer()
            var expected = 0
            var isRight = true
            for (size, taken) in [(10, 10), (100, 60), (9000, 9040), (30_000, 20_000), (5, 10_005), (70_000, 70_000)] {
                var output = WriteBuffer()
                let start = seen.withLock { $0.first ?? 0 }
                output.append { $0 += (start..<(start + size)).map { UInt8(truncatingIfNeeded: $0) } }
                seen.withLock { $0 = [start + size] }
                while !output.isEmpty || buffer.unreadCount < taken {
                    _ = output.flush(to: sender)
                    buffer.prepare(on: loop)
                    _ = buffer.read(from: receiver)
                    buffer.settle(on: loop)
                }
                for index in 0..<taken where byte(buffer, index) != UInt8(truncatingIfNeeded: expected + index) {
                    isRight = false
                }
                expected += taken
                buffer.consume(taken)
                buffer.settle(on: loop)
                let keepsLittle = buffer.unreadCount > 4096 || buffer.capacity <= 4096
                if !keepsLittle { isRight = false }
            }
            isDone.withLock { $0 = isRight }
        }
        await loop.shutdown()
        #expect(isDone.withLock { $0 })
    }

    @Test("tell an end and a broken connection apart")
    func ends() {
        let (left, right) = socketPair()
        let receiver = Socket(FileDescriptor(owning: right))
        var buffer = ReadBuffer()
        do { _ = FileDescriptor(owning: left) }
        let end = buffer.read(from: receiver).transfer
        #expect(end == .endOfStream)
        var output = WriteBuffer()
        output.append { $0 += [1] }
        let broken = output.flush(to: receiver)
        #expect(broken == .failed(.system(RedisSystemError(call: "send", code: EPIPE))))
    }

    private func byte(_ buffer: borrowing ReadBuffer, _ index: Int) -> UInt8 {
        unsafe buffer.unread.unsafeLoad(fromByteOffset: index, as: UInt8.self)
    }
}
