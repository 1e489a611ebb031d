/// A small file that is replaced as a whole: whoever reads it sees the old contents or the new ones, also after a
/// crash. All functions block.
package enum StateFile {
    /// The contents; `nil` if there is no such file.
    package static func read(_ path: [UInt8]) throws(RedisSystemError) -> [UInt8]? {
        do throws(RedisSystemError) { return try InputFile(path: path).readAll() } catch {
            if error.code == ENOENT { return nil }
            throw error
        }
    }

    /// Replaces the contents, and returns when they are on the disk. Only the owner may read a file that is new.
    package static func replace(_ path: [UInt8], with bytes: [UInt8]) throws(RedisSystemError) {
        let temporary = path + Array(".\(getpid()).new".utf8)
        let descriptor = unsafe FilePath.withPath(temporary) {
            unsafe open($0, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        }
        guard descriptor >= 0 else { throw .last("open") }
        do throws(RedisSystemError) {
            defer { _ = close(descriptor) }
            var written = 0
            while written < bytes.count {
                let count = unsafe bytes.withUnsafeBytes {
                    unsafe write(descriptor, $0.baseAddress?.advanced(by: written), $0.count - written)
                }
                if count >= 0 { written += count } else if errno != EINTR { throw .last("write") }
            }
            guard fdatasync(descriptor) == 0 || errno == EINVAL || errno == EROFS else { throw .last("fdatasync") }
        } catch {
            try? FilePath.remove(temporary)
            throw error
        }
        let status = unsafe FilePath.withPath(temporary) { old in
            unsafe FilePath.withPath(path) { unsafe rename(old, $0) }
        }
        if status != 0 {
            let error = RedisSystemError.last("rename")
            try? FilePath.remove(temporary)
            throw error
        }
    }
}
