import Glibc

/// Owns one file descriptor and closes it exactly once. All descriptors here are close-on-exec and nonblocking.
package struct FileDescriptor: ~Copyable, Sendable {
    package let number: Int32

    /// Takes over an open descriptor.
    package init(owning number: Int32) { self.number = number }

    deinit { _ = Glibc.close(number) }

    /// What one nonblocking transfer came to.
    package enum Transfer: Equatable, Sendable {
        case bytes(Int)
        /// Nothing can be transferred now.
        case wouldBlock
        /// The other side has ended its stream.
        case endOfStream
        case failed(SystemError)
    }

    /// Sends what the socket takes now. A peer that is gone is an error, never a signal.
    package func send(_ bytes: RawSpan) -> Transfer {
        let sent = unsafe bytes.withUnsafeBytes { buffer in
            unsafe Glibc.send(number, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
        }
        return Self.transfer(sent, call: "send")
    }

    /// Judges the result of a call that transfers bytes. A zero is the caller's to read as an end.
    static func transfer(_ count: Int, call: String) -> Transfer {
        guard count < 0 else { return .bytes(count) }
        switch errno {
        case EAGAIN, EINTR: return .wouldBlock
        default: return .failed(.last(call))
        }
    }
}
