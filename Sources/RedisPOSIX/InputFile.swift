/// A file to read from, piece by piece: standard input, or a file by its path. Reading blocks.
package struct InputFile: ~Copyable {
    private let descriptor: Int32
    private let isOwned: Bool

    private init(_ descriptor: Int32, isOwned: Bool) {
        self.descriptor = descriptor
        self.isOwned = isOwned
    }

    /// Standard input, which stays open.
    package static var standardInput: InputFile { InputFile(0, isOwned: false) }

    /// The file with that path, in the bytes that the system knows it by. Throws when it cannot be opened.
    package init(path: [UInt8]) throws(RedisSystemError) {
        let text = path.map { CChar(bitPattern: $0) } + [0]
        let descriptor = unsafe text.withUnsafeBufferPointer { text in
            // A buffer with an element has an address.
            unsafe text.baseAddress.map { unsafe open($0, O_RDONLY | O_CLOEXEC) } ?? -1
        }
        guard descriptor >= 0 else { throw .last("open") }
        self.init(descriptor, isOwned: true)
    }

    deinit { if isOwned { _ = close(descriptor) } }

    /// The next bytes, at most 64 KiB at a time; empty at the end.
    package func readPiece() throws(RedisSystemError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 { return Array(bytes[..<count]) }
            switch errno {
            case EINTR: break
            // Another process that shares the descriptor may have made it nonblocking.
            case EAGAIN: waitUntilReadable()
            default: throw .last("read")
            }
        }
    }

    /// All bytes up to the end.
    package func readAll() throws(RedisSystemError) -> [UInt8] {
        var all: [UInt8] = []
        while true {
            let piece = try readPiece()
            if piece.isEmpty { return all }
            all += piece
        }
    }

    private func waitUntilReadable() {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        _ = unsafe poll(&request, 1, -1)
    }
}
