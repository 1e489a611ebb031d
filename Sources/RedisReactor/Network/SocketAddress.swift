import RedisPOSIX

/// A socket address as the system wants it.
package struct SocketAddress: Sendable, Hashable {
    /// `AF_INET`, `AF_INET6` or `AF_UNIX`.
    package let family: Int32
    /// The bytes of the C structure.
    private let bytes: [UInt8]

    private init(family: Int32, bytes: [UInt8]) {
        self.family = family
        self.bytes = bytes
    }

    init(_ address: UnsafePointer<sockaddr>, length: socklen_t) {
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

    /// The addresses of a host, in the order in which the system wants them tried. Blocks unless `isNumeric`, which finds
    /// addresses only, not names.
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

    /// A nonblocking socket of the address's family. `EMFILE` already before the last descriptors are taken
    /// (`DescriptorReserve`).
    func makeSocket() throws(RedisSystemError) -> FileDescriptor {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let number = DescriptorReserve.keeping(socket(family, type, 0))
        guard number >= 0 else { throw .last("socket") }
        let descriptor = FileDescriptor(owning: number)
        if family != AF_UNIX { descriptor.setTCPOptions() }
        return descriptor
    }

    /// Starts to connect. Returns whether the socket is connected already, as a unix socket is at once.
    func startConnect(_ descriptor: borrowing FileDescriptor) throws(RedisSystemError) -> Bool {
        let number = descriptor.number
        let code = unsafe bytes.withUnsafeBytes { buffer -> Int32 in
            guard let base = buffer.baseAddress else { return EINVAL }
            let address = unsafe base.assumingMemoryBound(to: sockaddr.self)
            return unsafe RedisPOSIX.connect(number, address, socklen_t(buffer.count)) == 0 ? 0 : errno
        }
        switch code {
        case 0: return true
        // A unix socket whose backlog is full says EAGAIN and never becomes writable.
        case EINPROGRESS: return false
        default: throw RedisSystemError(call: "connect", code: code)
        }
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

    /// Whether that says something of the resolver, and nothing of the name.
    var mayPass: Bool { code == EAI_AGAIN || code == EAI_FAIL || code == EAI_SYSTEM || code == EAI_MEMORY }

    /// The system's words for the reason, such as `Name or service not known`.
    package var reason: String { unsafe String(cString: gai_strerror(code)) }
}

extension FileDescriptor {
    /// How the connect that was started on this socket ended.
    func connectResult() -> RedisSystemError? {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard unsafe getsockopt(number, SOL_SOCKET, SO_ERROR, &code, &length) == 0 else { return .last("getsockopt") }
        return code == 0 ? nil : RedisSystemError(call: "connect", code: code)
    }

    /// `127.0.0.1:41690`, `[::1]:41690`; `nil` for another family.
    var localAddress: String? { unsafe address(of: getsockname) }

    /// The address of the other end in the same form.
    var remoteAddress: String? { unsafe address(of: getpeername) }

    private func address(
        of name: (Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
    ) -> String? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let number = number
        let port = unsafe withUnsafeMutablePointer(to: &storage) { storage -> UInt16? in
            unsafe storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address -> UInt16? in
                guard unsafe name(number, address, &length) == 0 else { return nil }
                let family = unsafe Int32(address.pointee.sa_family)
                guard family == AF_INET || family == AF_INET6 else { return nil }
                let room = socklen_t(host.count)
                guard unsafe getnameinfo(address, length, &host, room, nil, 0, NI_NUMERICHOST) == 0 else { return nil }
                // The port stands in the same place in both.
                return unsafe address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    unsafe UInt16(bigEndian: $0.pointee.sin_port)
                }
            }
        }
        guard let port else { return nil }
        let bytes = host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        // The other end knows nothing of the interface here, and calls an IPv4 address by its own name.
        var name = String(decoding: bytes.prefix { $0 != UInt8(ascii: "%") }, as: UTF8.self)
        if name.hasPrefix("::ffff:"), name.contains(".") { name.removeFirst(7) }
        return name.contains(":") ? "[\(name)]:\(port)" : "\(name):\(port)"
    }

    /// Small commands leave at once; a peer that vanished is noticed by the system in the end, whatever else watches.
    fileprivate func setTCPOptions() {
        set(Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        set(SOL_SOCKET, SO_KEEPALIVE, 1)
        set(Int32(IPPROTO_TCP), TCP_KEEPIDLE, 30)
        set(Int32(IPPROTO_TCP), TCP_KEEPINTVL, 5)
        set(Int32(IPPROTO_TCP), TCP_KEEPCNT, 3)
    }

    private func set(_ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        unsafe setsockopt(number, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }
}
