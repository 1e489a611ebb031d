/// Owns one file descriptor and closes it exactly once. All descriptors here are close-on-exec and nonblocking.
package struct FileDescriptor: ~Copyable, Sendable {
    package let number: Int32

    /// Takes over an open descriptor.
    package init(owning number: Int32) { self.number = number }

    deinit { _ = close(number) }
}

/// The descriptors that sockets leave free for the rest of the process.
///
/// A process without free descriptors does not only fail to connect. Swift's own runtime traps: libdispatch opens a
/// file of `/proc` each second while its threads have work, and ends the process where it cannot. libevent ends the
/// process where a loop gets no pipe. So no socket and no loop takes one of the last descriptors: a quarter of the
/// limit (`RLIMIT_NOFILE`) stays free, at least 8 and at most 64. A refused caller gets the system's own error and
/// tries again later.
package enum DescriptorReserve {
    /// How many descriptors of the limit stay free.
    package static func size(ofLimit limit: Int) -> Int { max(8, min(limit / 4, 64)) }

    /// Closes a descriptor that is one of the last, and sets `errno` as if the system had not opened it: -1. The system
    /// opens the lowest free number, so a number shows how many descriptors are used at least.
    package static func keeping(_ number: Int32) -> Int32 {
        guard number >= 0, number >= firstOfReserve else { return number }
        _ = close(number)
        errno = EMFILE
        return -1
    }

    /// Whether another descriptor can be opened that is not one of the last.
    package static func hasRoom(besides number: Int32) -> Bool {
        let another = keeping(fcntl(number, F_DUPFD_CLOEXEC, 0))
        guard another >= 0 else { return false }
        _ = close(another)
        return true
    }

    private static var firstOfReserve: Int32 {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return .max }
        guard let count = Int32(exactly: limit.rlim_cur) else { return .max }
        return count - Int32(size(ofLimit: Int(count)))
    }
}
