/// A new file to write to, and to read back. It is locked (`flock`) while it is open, so that another process can tell
/// a file in use from one that a killed process has left. All functions block.
package struct OutputFile: ~Copyable {
    package let path: [UInt8]
    package let descriptor: Int32

    /// Makes a file. Its permissions are those that the process gives to every file (`umask`).
    ///
    /// - Throws: `EEXIST` when something has this path already, `EWOULDBLOCK` when another process has taken the file
    ///   for an abandoned one meanwhile, or why it cannot be made.
    package init(creating path: [UInt8]) throws(RedisSystemError) {
        try self.init(path, flags: O_RDWR | O_CREAT | O_EXCL | O_APPEND)
    }

    /// Opens a file that nobody has open in this way, for what is left to do with it.
    ///
    /// - Throws: `EWOULDBLOCK` when it is open, or why it cannot be opened.
    package init(abandoned path: [UInt8]) throws(RedisSystemError) {
        try self.init(path, flags: O_RDWR | O_NOFOLLOW)
    }

    private init(_ path: [UInt8], flags: Int32) throws(RedisSystemError) {
        self.path = path
        descriptor = unsafe FilePath.withPath(path) { unsafe open($0, flags | O_CLOEXEC, 0o666) }
        guard descriptor >= 0 else { throw .last("open") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw .last("flock") }
        // Between the two calls it may have been renamed by whoever took it for abandoned.
        guard isStillThere else { throw RedisSystemError(call: "flock", code: EWOULDBLOCK) }
    }

    deinit { if descriptor >= 0 { _ = close(descriptor) } }

    private var isStillThere: Bool {
        var (here, there) = (stat(), stat())
        guard unsafe fstat(descriptor, &here) == 0 else { return false }
        guard unsafe FilePath.withPath(path, { unsafe lstat($0, &there) }) == 0 else { return false }
        return here.st_dev == there.st_dev && here.st_ino == there.st_ino
    }

    /// How many bytes it has.
    package var size: Int {
        var status = stat()
        return unsafe fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
    }

    /// Removes everything behind the first `size` bytes.
    package func truncate(to size: Int) throws(RedisSystemError) {
        guard ftruncate(descriptor, off_t(size)) == 0 else { throw .last("ftruncate") }
    }

    /// Returns when what was written is on the disk.
    package func synchronize() throws(RedisSystemError) {
        // Pipes and devices have no disk.
        guard fdatasync(descriptor) == 0 || errno == EINVAL || errno == EROFS else { throw .last("fdatasync") }
    }

    /// Up to `count` bytes from `offset` on; fewer at the end.
    package func read(_ count: Int, from offset: Int) throws(RedisSystemError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        while true {
            let read = unsafe bytes.withUnsafeMutableBytes {
                unsafe pread(descriptor, $0.baseAddress, $0.count, off_t(offset))
            }
            if read >= 0 { return Array(bytes[..<read]) }
            guard errno == EINTR else { throw .last("pread") }
        }
    }
}
