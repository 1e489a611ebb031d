import RedisPOSIX

extension RedisTestingError {
    /// The error for a C call that has just failed: `number` is its `errno`, read by the caller at once because any
    /// later call may overwrite it.
    static func systemCall(_ call: String, _ number: Int32) -> RedisTestingError {
        RedisTestingError(.systemCallFailed, "\(call): \(errorText(number))")
    }
}

/// The text of an `errno` value; safe from any thread (`strerror` is not).
func errorText(_ number: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 128)
    guard unsafe strerror_r(number, &buffer, buffer.count) == 0 else { return "error \(number)" }
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}

/// The value of an environment variable, `nil` when it is unset or empty.
func environmentVariable(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    let text = unsafe String(cString: value)
    return text.isEmpty ? nil : text
}

/// Whether `path` is a regular file that this process may execute.
func isExecutableFile(_ path: String) -> Bool {
    var status = stat()
    guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
    return unsafe access(path, X_OK) == 0
}

/// Blocks the calling thread for `milliseconds`.
func sleepBlocking(milliseconds: Int32) {
    usleep(UInt32(max(milliseconds, 0)) * 1000)
}
