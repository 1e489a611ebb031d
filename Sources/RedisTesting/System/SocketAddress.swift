import RedisPOSIX

/// Where a local server listens.
package enum SocketAddress: Hashable, Sendable {
    /// 127.0.0.1 and a port; port 0 lets the kernel choose when binding.
    case loopback(port: Int)
    /// ::1 and a port.
    case loopbackIPv6(port: Int)
    /// A socket in the file system.
    case unix(path: String)
    /// An address that the name lookup gave, in the form that the C calls take.
    case resolved(family: Int32, bytes: [UInt8])

    /// The address family, for `socket(2)`.
    var family: Int32 {
        switch self {
        case .loopback: AF_INET
        case .loopbackIPv6: AF_INET6
        case .unix: AF_UNIX
        case .resolved(let family, _): family
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
        case .resolved(_, let bytes):
            var address = sockaddr_storage()
            unsafe withUnsafeMutableBytes(of: &address) { unsafe $0.copyBytes(from: bytes) }
            return unsafe withUnsafePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                    unsafe body(generic, socklen_t(bytes.count))
                }
            }
        }
    }

    /// Looks a host up; blocks for as long as the system's resolver does. An address in figures needs no lookup.
    static func resolve(host: String, port: Int) throws(RedisTestingError) -> [SocketAddress] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var first: UnsafeMutablePointer<addrinfo>?
        let result = unsafe getaddrinfo(host, String(port), &hints, &first)
        guard result == 0 else {
            throw RedisTestingError(
                .connectionFailed,
                unsafe "look up \(host): \(String(cString: gai_strerror(result)))"
            )
        }
        defer { unsafe freeaddrinfo(first) }
        var found: [SocketAddress] = []
        var next = unsafe first
        while let entry = unsafe next {
            if let address = unsafe entry.pointee.ai_addr {
                let bytes = unsafe UnsafeRawBufferPointer(start: address, count: Int(entry.pointee.ai_addrlen))
                unsafe found.append(.resolved(family: entry.pointee.ai_family, bytes: Array(bytes)))
            }
            unsafe next = unsafe entry.pointee.ai_next
        }
        return found
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
