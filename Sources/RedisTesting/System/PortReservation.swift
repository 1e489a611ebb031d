import RedisPOSIX

/// A TCP port of this machine's loopback addresses that is ours although nobody listens on it: sockets that are bound
/// and no more. The kernel gives the port to nobody else, refuses connections to it, and lets us listen there as often
/// as we like.
package final class PortReservation: Sendable {
    private let descriptors: [SharedDescriptor]
    package let port: Int

    /// How many ports are tried.
    private static var mostAttempts: Int { 200 }

    /// Takes a port that no client gets from the kernel, where there are such ports.
    ///
    /// - Parameter distance: The port that is so much higher has to be below those of clients, too.
    /// - Throws: `systemCallFailed` when no port is to be had, or there is no descriptor left.
    package init(roomAbove distance: Int = 0) throws(RedisTestingError) {
        (port, descriptors) = try Self.drawn(ServerPorts.ofThisMachine(roomAbove: distance))
    }

    /// Takes this port.
    ///
    /// - Parameter wanted: The port; 0 for one of the kernel's choice.
    /// - Throws: `systemCallFailed` when the port is taken, or there is no descriptor left.
    package init(port wanted: Int) throws(RedisTestingError) { (port, descriptors) = try Self.bound(wanted) }

    private static func drawn(
        _ ports: Range<Int>?
    ) throws(RedisTestingError) -> (port: Int, descriptors: [SharedDescriptor]) {
        var attempts = 0
        while true {
            do throws(RedisTestingError) {
                // At random, because many processes draw at the same time.
                return try bound(ports.map { .random(in: $0) } ?? 0)
            } catch {
                attempts += 1
                if attempts >= mostAttempts { throw error }
            }
        }
    }

    private static func bound(
        _ wanted: Int
    ) throws(RedisTestingError) -> (port: Int, descriptors: [SharedDescriptor]) {
        let first = try bound(AF_INET, .loopback(port: wanted))
        let port = first.boundPort
        guard FreePort.hasIPv6Loopback else { return (port, [first]) }
        return (port, [first, try bound(AF_INET6, .loopbackIPv6(port: port))])
    }

    private static func bound(_ family: Int32, _ address: SocketAddress) throws(RedisTestingError) -> SharedDescriptor {
        let descriptor = try SharedDescriptor.socket(family: family)
        if family == AF_INET6 { descriptor.setOption(Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1) }
        let number = descriptor.use { address.bind($0) } ?? EBADF
        guard number == 0 else { throw .systemCall("bind \(address)", number) }
        // Not before: of two that reserve the port, one has to fail. Whoever listens shares it from now on.
        descriptor.setOption(SOL_SOCKET, SO_REUSEADDR, 1)
        return descriptor
    }

    package func close() { for descriptor in descriptors { descriptor.close() } }
}

/// Which ports the servers of tests have.
package enum ServerPorts {
    /// Below are ports that services of the machine usually have.
    private static var lowest: Int { 10_000 }
    /// Fewer are not worth drawing from.
    private static var fewest: Int { 2000 }
    /// Where clients get their ports from, if the system does not say it: Linux's own setting.
    private static var usualStart: Int { 32_768 }

    package static func ofThisMachine(roomAbove distance: Int = 0) -> Range<Int>? {
        below(FileSystem.readText("/proc/sys/net/ipv4/ip_local_port_range"), roomAbove: distance)
    }

    /// The ports below those of clients.
    ///
    /// - Parameters:
    ///   - setting: The first and the last port of clients, as Linux writes them.
    ///   - distance: The ports that are so much higher have to be below those of clients, too.
    /// - Returns: The ports; `nil` if there are hardly any.
    package static func below(_ setting: String, roomAbove distance: Int) -> Range<Int>? {
        let start = setting.split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) } ?? usualStart
        let end = min(start, 65_536) - distance
        return end - lowest >= fewest ? lowest..<end : nil
    }
}
