/// A system call that failed: its name and the system's reason.
public struct RedisSystemError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The C name of the call, such as `connect`.
    public let call: String
    /// The value of `errno`.
    public let code: Int32

    /// A failure of `call` with the given `errno`.
    public init(call: String, code: Int32) {
        self.call = call
        self.code = code
    }

    /// The failure that `errno` describes now.
    package static func last(_ call: String) -> RedisSystemError { RedisSystemError(call: call, code: errno) }

    /// Whether the call may simply be made again later.
    package var isTransient: Bool { code == EAGAIN || code == EINTR }

    /// Whether the descriptor was not open.
    package var isBadDescriptor: Bool { code == EBADF }

    /// The system's words for the reason, such as `Connection refused`.
    public var reason: String {
        // `strerror` is not used, because it is not thread-safe.
        var buffer = [CChar](repeating: 0, count: 128)
        guard unsafe strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// The reason, then the call.
    public var description: String { "\(reason) (\(call))" }
}
