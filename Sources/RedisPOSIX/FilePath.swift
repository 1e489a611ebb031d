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
