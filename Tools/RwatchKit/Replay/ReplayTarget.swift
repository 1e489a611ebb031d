import RedisCore
package import RedisRESP
package import RedisReactor

extension RedisEndpoint {
    /// Whether it is on this machine for sure: a unix socket, `localhost`, or an address of the loopback interface.
    package var isLoopback: Bool {
        guard case .tcp(let host, _) = self else { return true }
        let name = host.lowercased()
        if name == "localhost" || name.hasSuffix(".localhost") { return true }
        let bytes = Array(host.utf8)
        guard let address = IPAddress(bytes.rawSpan) else { return false }
        return address.isIPv6 ? address.bits == 1 : address.bits >> 24 == 127
    }

    /// The names by which a recording may call this server.
    package var recordedNames: Set<RedisBytes> {
        var names: Set<RedisBytes> = [RedisBytes("\(self)")]
        if isLoopback, case .tcp(_, let port) = self {
            for host in ["localhost", "127.0.0.1", "[::1]"] { names.insert(RedisBytes("\(host):\(port)")) }
        }
        return names
    }
}
