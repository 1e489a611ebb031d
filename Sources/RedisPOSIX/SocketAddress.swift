/// A socket address in the form that the system needs.
package struct SocketAddress: Sendable, Hashable {
    /// `AF_INET`, `AF_INET6` or `AF_UNIX`.
    package let family: Int32
    /// The bytes of the C structure.
    private let bytes: [UInt8]

    private init(family: Int32, bytes: [UInt8]) {
        self.family = family
        self.bytes = bytes
    }

    private init(_ address: UnsafePointer<sockaddr>, length: socklen_t) {
        family = unsafe Int32(address.pointee.sa_family)
        bytes = unsafe Array(UnsafeRawBufferPointer(start: address, count: Int(length)))
    }

    /// The address of a unix socket. Throws when the path is empty or does not fit (107 bytes).
    package init(unixPath path: String) throws(RedisSystemError) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = Array(path.utf8)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard !path.isEmpty, path.count < room, !path.contains(0) else {
            throw RedisSystemError(call: "unix socket path", code: path.count < room ? EINVAL : ENAMETOOLONG)
        }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path) }
        let bytes = unsafe withUnsafeBytes(of: &address) { unsafe Array($0) }
        self.init(family: AF_UNIX, bytes: bytes)
    }

    /// 127.0.0.1 and a port; port 0 lets the system choose when it is bound.
    package static func loopback(port: Int) -> SocketAddress {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return SocketAddress(family: AF_INET, bytes: unsafe withUnsafeBytes(of: &address) { unsafe Array($0) })
    }

    /// ::1 and a port.
    package static func loopbackIPv6(port: Int) -> SocketAddress {
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = UInt16(truncatingIfNeeded: port).bigEndian
        address.sin6_addr = in6addr_loopback
        return SocketAddress(family: AF_INET6, bytes: unsafe withUnsafeBytes(of: &address) { unsafe Array($0) })
    }

    /// The addresses of a host, in the order in which the system wants them tried. Blocks unless `isNumeric`, which
    /// finds addresses only, not names.
    package static func resolve(host: String, port: UInt16, isNumeric: Bool) -> Result<[SocketAddress], LookupError> {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = isNumeric ? AI_NUMERICHOST | AI_NUMERICSERV : AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let code = unsafe getaddrinfo(host, String(port), &hints, &list)
        defer { unsafe freeaddrinfo(list) }
        guard code == 0 else { return .failure(LookupError(host: host, code: code)) }
        var addresses: [SocketAddress] = []
        var next = unsafe list
        while let entry = unsafe next {
            if let address = unsafe entry.pointee.ai_addr {
                let found = unsafe SocketAddress(address, length: entry.pointee.ai_addrlen)
                if !addresses.contains(found) { addresses.append(found) }
            }
            unsafe next = entry.pointee.ai_next
        }
        return .success(addresses)
    }

    /// A nonblocking socket of the address's family. Fails with `EMFILE` before the last descriptors are used
    /// (`DescriptorReserve`).
    package func makeSocket() throws(RedisSystemError) -> FileDescriptor {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let number = DescriptorReserve.keeping(socket(family, type, 0))
        guard number >= 0 else { throw .last("socket") }
        return FileDescriptor(owning: number)
    }

    /// Begins to connect a socket. Returns the value of `errno`: 0 when it is connected already, as a unix socket is at
    /// once, and `EINPROGRESS` when the connect continues.
    package func connect(_ descriptor: Int32) -> Int32 {
        unsafe withPointer { unsafe RedisPOSIX.connect(descriptor, $0, $1) == 0 ? 0 : errno }
    }

    /// Binds a socket. Returns the value of `errno`, 0 when it is bound.
    package func bind(_ descriptor: Int32) -> Int32 {
        unsafe withPointer { unsafe RedisPOSIX.bind(descriptor, $0, $1) == 0 ? 0 : errno }
    }

    private func withPointer(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        unsafe bytes.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { return EINVAL }
            return unsafe body(base.assumingMemoryBound(to: sockaddr.self), socklen_t(buffer.count))
        }
    }

    /// The address of this end of a socket; `nil` when the system returns none.
    package static func local(of descriptor: Int32) -> SocketAddress? {
        unsafe address { unsafe getsockname(descriptor, $0, $1) }
    }

    /// The address of the other end of a socket; `nil` when the system returns none.
    package static func remote(of descriptor: Int32) -> SocketAddress? {
        unsafe address { unsafe getpeername(descriptor, $0, $1) }
    }

    private static func address(
        _ ask: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
    ) -> SocketAddress? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return unsafe withUnsafeMutablePointer(to: &storage) { storage in
            unsafe storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard unsafe ask(address, &length) == 0 else { return nil }
                return unsafe SocketAddress(address, length: length)
            }
        }
    }

    /// The TCP port; 0 where there is none. It is at the same place in both families.
    package var port: Int {
        guard family == AF_INET || family == AF_INET6, bytes.count >= 4 else { return 0 }
        return Int(bytes[2]) << 8 | Int(bytes[3])
    }

    /// `127.0.0.1:41690`, `[::1]:41690`: the form in which servers show their clients. `nil` for another family.
    package var hostAndPort: String? {
        guard family == AF_INET || family == AF_INET6 else { return nil }
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let room = socklen_t(host.count)
        let code = unsafe withPointer { unsafe getnameinfo($0, $1, &host, room, nil, 0, NI_NUMERICHOST) }
        guard code == 0 else { return nil }
        let bytes = host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        // The other end does not know the local interface, and shows an IPv4 address in its own form.
        var name = String(decoding: bytes.prefix { $0 != UInt8(ascii: "%") }, as: UTF8.self)
        if name.hasPrefix("::ffff:"), name.contains(".") { name.removeFirst(7) }
        return name.contains(":") ? "[\(name)]:\(port)" : "\(name):\(port)"
    }
}

extension SocketAddress: CustomStringConvertible {
    /// The address in figures, or the path.
    package var description: String {
        hostAndPort ?? String(decoding: bytes.dropFirst(2).prefix { $0 != 0 }, as: UTF8.self)
    }
}

/// A host name that could not be turned into an address.
package struct LookupError: Error, Hashable, Sendable {
    package let host: String
    /// A code of `getaddrinfo`.
    package let code: Int32

    package init(host: String, code: Int32) {
        self.host = host
        self.code = code
    }

    /// Whether the error comes from the resolver and says nothing about the name.
    package var mayPass: Bool { code == EAI_AGAIN || code == EAI_FAIL || code == EAI_SYSTEM || code == EAI_MEMORY }

    /// The system's words for the reason, such as `Name or service not known`.
    package var reason: String { unsafe String(cString: gai_strerror(code)) }
}
