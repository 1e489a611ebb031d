import RedisPOSIX

/// The few file operations that the test servers need, without Foundation.
package enum FileSystem {
    /// The bytes of a file from `offset` on; `nil` when it cannot be opened. Also reads the files under /proc, whose
    /// size is not known beforehand.
    package static func read(_ path: String, from offset: Int = 0) -> [UInt8]? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        if offset > 0, lseek(descriptor, off_t(offset), SEEK_SET) < 0 { return nil }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 8192)
        while true {
            let count = unsafe RedisPOSIX.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return bytes }
            bytes += chunk[..<count]
        }
    }

    /// The text of a file from `offset` on; empty when it cannot be opened.
    package static func readText(_ path: String, from offset: Int = 0) -> String {
        String(decoding: read(path, from: offset) ?? [], as: UTF8.self)
    }

    /// Writes a new file, or replaces one. `mode` is that of a new file: by default only the owner reads it. A symbolic
    /// link is an error: a server that runs as another user may have left one in its folder.
    package static func write(
        _ text: String,
        to path: String,
        mode: UInt32 = 0o600
    ) throws(RedisTestingError) {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else { throw .systemCall("open \(path)", errno) }
        defer { close(descriptor) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe RedisPOSIX.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .systemCall("write \(path)", errno) }
            rest = rest.dropFirst(count)
        }
    }

    /// The number of bytes in a file; 0 when there is none.
    package static func size(_ path: String) -> Int {
        var status = stat()
        return unsafe lstat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    /// Whether something (a dangling link included) has this path.
    package static func exists(_ path: String) -> Bool {
        var status = stat()
        return unsafe lstat(path, &status) == 0
    }

    /// Whether `path` is a regular file that this process may execute.
    static func isExecutable(_ path: String) -> Bool {
        var status = stat()
        guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
        return unsafe access(path, X_OK) == 0
    }

    /// The names in a folder, without `.` and `..`; `nil` when it cannot be opened.
    ///
    /// - Parameters:
    ///   - path: The folder.
    ///   - listingDescriptor: Receives the descriptor that the listing itself uses, for the one caller who lists
    ///     /proc/self/fd and must not count it.
    /// - Returns: The names, in no order.
    static func entries(_ path: String, listingDescriptor: inout Int32) -> [String]? {
        guard let folder = unsafe opendir(path) else { return nil }
        defer { unsafe closedir(folder) }
        listingDescriptor = unsafe dirfd(folder)
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// The names in a folder, without `.` and `..`; none when it cannot be opened.
    package static func names(in path: String) -> [String] {
        var descriptor: Int32 = -1
        return entries(path, listingDescriptor: &descriptor) ?? []
    }

    /// Removes a file, or a folder with everything in it. Links are removed, not followed. What is already gone is
    /// no error.
    package static func removeTree(_ path: String) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            _ = unsafe unlink(path)
            return
        }
        for name in names(in: path) { removeTree("\(path)/\(name)") }
        _ = unsafe rmdir(path)
    }

    /// Makes a folder of our own (mode 0700) under `TMPDIR`, or under /tmp when that is unset or so long that the
    /// path of a socket in it would not fit into a socket address (108 bytes).
    package static func makeTemporaryFolder(prefix: String) throws(RedisTestingError) -> String {
        var parent = environmentVariable("TMPDIR") ?? "/tmp"
        if !parent.hasPrefix("/") || parent.utf8.count + prefix.utf8.count > 80 { parent = "/tmp" }
        while parent.utf8.count > 1, parent.hasSuffix("/") { parent.removeLast() }
        var template = "\(parent)/\(prefix)XXXXXX".utf8CString
        let made = unsafe template.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return false }
            return unsafe mkdtemp(base) != nil
        }
        guard made else { throw .systemCall("mkdtemp in \(parent)", errno) }
        return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
