/// Operations on files by their paths, which are the bytes that the system knows them by. All of them block.
package enum FilePath {
    /// Whether anything has this path, a dangling link included.
    package static func exists(_ path: [UInt8]) -> Bool {
        var status = stat()
        return unsafe withPath(path) { unsafe lstat($0, &status) } == 0
    }

    /// Renames a file, and never replaces another one.
    ///
    /// - Throws: `EEXIST` when something has the new path already.
    package static func rename(_ old: [UInt8], to new: [UInt8]) throws(RedisSystemError) {
        let status = unsafe withPath(old) { old in
            unsafe withPath(new) { new in unsafe redis_events_rename_new(old, new) }
        }
        if status == 0 { return }
        // Some file systems cannot do it in one step.
        guard errno == EINVAL || errno == ENOSYS else { throw .last("rename") }
        if exists(new) { throw RedisSystemError(call: "rename", code: EEXIST) }
        let replaced = unsafe withPath(old) { old in unsafe withPath(new) { unsafe RedisPOSIX.rename(old, $0) } }
        guard replaced == 0 else { throw .last("rename") }
    }

    /// Writes a small file that only its owner can read, in one step: whoever reads it meanwhile reads the old one.
    /// Folders of the path that are missing are made, for the owner alone.
    ///
    /// - Parameters:
    ///   - path: The path.
    ///   - bytes: All that the file contains.
    /// - Throws: Why it cannot be written.
    package static func replacePrivately(_ path: [UInt8], with bytes: [UInt8]) throws(RedisSystemError) {
        for (index, byte) in path.enumerated() where byte == UInt8(ascii: "/") && index > 0 {
            let folder = Array(path[..<index])
            guard unsafe withPath(folder, { unsafe mkdir($0, 0o700) }) == 0 || errno == EEXIST else {
                throw .last("mkdir")
            }
        }
        let draft = path + ".\(getpid())".utf8
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let descriptor = unsafe withPath(draft) { unsafe open($0, flags, 0o600) }
        guard descriptor >= 0 else { throw .last("open") }
        let count = unsafe bytes.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
        let failure = count == bytes.count ? nil : RedisSystemError.last("write")
        close(descriptor)
        if failure == nil {
            let status = unsafe withPath(draft) { draft in
                unsafe withPath(path) { unsafe RedisPOSIX.rename(draft, $0) }
            }
            if status == 0 { return }
        }
        let error = failure ?? .last("rename")
        try? remove(draft)
        throw error
    }

    /// Removes a file.
    package static func remove(_ path: [UInt8]) throws(RedisSystemError) {
        guard unsafe withPath(path, { unsafe unlink($0) }) == 0 else { throw .last("unlink") }
    }

    /// The names in a folder, in no order, without `.` and `..`.
    package static func names(in folder: [UInt8]) throws(RedisSystemError) -> [[UInt8]] {
        guard let stream = unsafe withPath(folder, { unsafe opendir($0) }) else { throw .last("opendir") }
        defer { unsafe closedir(stream) }
        var names: [[UInt8]] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { unsafe Array($0.prefix { $0 != 0 }) }
            if name != [UInt8(ascii: ".")], name != Array("..".utf8) { names.append(name) }
        }
        return names
    }

    /// Whether others than the owner may read a file.
    package static func isReadableByOthers(_ path: [UInt8]) -> Bool {
        var status = stat()
        guard unsafe withPath(path, { unsafe stat($0, &status) }) == 0 else { return false }
        return status.st_mode & (S_IRGRP | S_IROTH) != 0
    }

    /// When the contents of a file were last changed, in nanoseconds since the epoch; `nil` when there is no such file.
    package static func changedAt(_ path: [UInt8]) -> Int64? {
        var status = stat()
        guard unsafe withPath(path, { unsafe lstat($0, &status) }) == 0 else { return nil }
        return Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
    }

    /// Calls `body` with a path as the system wants it. A byte of zero ends the path there.
    static func withPath<Result>(_ path: [UInt8], _ body: (UnsafePointer<CChar>) -> Result) -> Result {
        let text = path.map { CChar(bitPattern: $0) } + [0]
        return unsafe text.withUnsafeBufferPointer { text in
            guard let base = text.baseAddress else { return unsafe body([0]) }
            return unsafe body(base)
        }
    }
}
