/// Bytes that wait to be written to a socket.
package struct WriteBuffer: ~Copyable {
    /// Above this size, the memory is freed when the buffer is empty.
    private static let keptCapacity = 1 << 20

    private var bytes: [UInt8] = []
    private var head = 0

    package init() {}

    package var isEmpty: Bool { head == bytes.count }

    /// The number of waiting bytes.
    package var count: Int { bytes.count - head }

    /// Lets `body` append.
    package mutating func append(_ body: (inout [UInt8]) -> Void) { body(&bytes) }

    /// Moves the bytes of another buffer into this one.
    package mutating func append(contentsOf other: inout WriteBuffer) {
        guard !other.isEmpty else { return }
        bytes += other.bytes[other.head...]
        other.removeAll()
    }

    /// Removes all bytes.
    package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: bytes.capacity <= Self.keptCapacity)
        head = 0
    }

    /// Writes until everything is written or the socket accepts no more. `.bytes(0)` means that the buffer is empty.
    package mutating func flush(to socket: borrowing Socket) -> Transfer {
        while head < bytes.count {
            let transfer = socket.send(unsafe bytes.span.bytes.extracting(head..<bytes.count))
            guard case .bytes(let count) = transfer else { return transfer }
            head += count
        }
        removeAll()
        return .bytes(0)
    }
}
