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
        let descriptor = unsafe FilePath.withPath(path) { unsafe open($0, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw .last("open") }
        self.init(descriptor, isOwned: true)
    }

    deinit { if isOwned { _ = close(descriptor) } }

    /// The next bytes, at most 64 KiB at a time; empty at the end.
    package func readPiece() throws(RedisSystemError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        let count = try readPiece(into: &bytes, at: 0)
        return Array(bytes[..<count])
    }

    /// Reads the next bytes into `bytes` from `offset` on, as many as the system has now and as there is room for.
    ///
    /// - Returns: How many there were; 0 at the end.
    package func readPiece(into bytes: inout [UInt8], at offset: Int) throws(RedisSystemError) -> Int {
        while true {
            let count = unsafe bytes.withUnsafeMutableBytes { bytes in
                let room = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[offset...])
                return unsafe read(descriptor, room.baseAddress, room.count)
            }
            if count >= 0 { return count }
            switch errno {
            case EINTR: break
            // Another process that shares the descriptor may have made it nonblocking.
            case EAGAIN: waitUntilReadable()
            default: throw .last("read")
            }
        }
    }

    /// Whether it is a regular file, which can be read again.
    package var isRegular: Bool {
        var status = stat()
        return unsafe fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// Whether somebody has the file open for writing, as far as the system tells: it does for a regular file of the
    /// same user.
    package var isOpenForWriting: Bool { redis_events_is_open_for_writing(descriptor) == 1 }

    /// Begins again at the beginning of a regular file.
    package func rewind() throws(RedisSystemError) {
        guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw .last("lseek") }
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
