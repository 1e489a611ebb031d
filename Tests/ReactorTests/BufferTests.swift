import Glibc
import Reactor
import Testing

@Suite("Buffers")
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
        #expect(broken == .failed(.system(SystemError(call: "send", code: EPIPE))))
    }

    private func byte(_ buffer: borrowing ReadBuffer, _ index: Int) -> UInt8 {
        unsafe buffer.unread.unsafeLoad(fromByteOffset: index, as: UInt8.self)
    }
}
