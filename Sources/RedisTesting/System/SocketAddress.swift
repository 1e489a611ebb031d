import Glibc

/// Where a local server listens.
package enum SocketAddress: Hashable, Sendable {
    /// 127.0.0.1 and a port; port 0 lets the kernel choose when binding.
    case loopback(port: Int)
    /// ::1 and a port.
    case loopbackIPv6(port: Int)
    /// A socket in the file system.
    case unix(path: String)

    /// The address family, for `socket(2)`.
    var family: Int32 {
        switch self {
        case .loopback: AF_INET
        case .loopbackIPv6: AF_INET6
        case .unix: AF_UNIX
        }
    }

    /// Calls `body` with the address in the form that the C calls take.
    ///
    /// - Throws: `systemCallFailed` when a socket path is too long for an address (107 bytes on Linux).
    func withPointer<Result>(
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) throws(RedisTestingError) -> Result {
        switch self {
        case .loopback(let port):
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
            address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            return unsafe withGenericPointer(to: &address, body)
        case .loopbackIPv6(let port):
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = UInt16(truncatingIfNeeded: port).bigEndian
            address.sin6_addr = in6addr_loopback
            return unsafe withGenericPointer(to: &address, body)
        case .unix(let path):
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            let fits = unsafe withUnsafeMutableBytes(of: &address.sun_path) { field in
                guard path.utf8.count < field.count else { return false }
                unsafe field.copyBytes(from: path.utf8)
                return true
            }
            guard fits else { throw .systemCall("socket path \(path)", ENAMETOOLONG) }
            return unsafe withGenericPointer(to: &address, body)
        }
    }
}

private func withGenericPointer<Address, Result>(
    to address: inout Address,
    _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
) -> Result {
    unsafe withUnsafePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
            unsafe body(generic, socklen_t(MemoryLayout<Address>.size))
        }
    }
}
