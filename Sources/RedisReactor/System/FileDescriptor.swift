import RedisPOSIX

/// Owns one file descriptor and closes it exactly once. All descriptors here are close-on-exec and nonblocking.
package struct FileDescriptor: ~Copyable, Sendable {
    package let number: Int32

    /// Takes over an open descriptor.
    package init(owning number: Int32) { self.number = number }

    deinit { _ = RedisPOSIX.close(number) }
}
