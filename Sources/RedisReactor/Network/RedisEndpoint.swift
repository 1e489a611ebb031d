/// Where a server listens.
public enum RedisEndpoint: Sendable, Hashable, CustomStringConvertible {
    /// A host, by name or by address (an IPv6 address without brackets), and a TCP port.
    case tcp(host: String, port: UInt16)
    /// The path of a unix socket.
    case unix(path: String)

    /// The host; `localhost` for a unix socket.
    package var host: String {
        switch self {
        case .tcp(let host, _): host
        case .unix: "localhost"
        }
    }

    /// `host:port` with brackets around an IPv6 address, or `unix:path`. Control characters in host and path are
    /// escaped, and what is longer than 255 bytes is cut.
    public var description: String {
        switch self {
        case .tcp(let host, let port):
            let shown = host.shown(upTo: ShownText.hostLimit)
            return host.utf8.contains(UInt8(ascii: ":")) ? "[\(shown)]:\(port)" : "\(shown):\(port)"
        case .unix(let path):
            return "unix:\(path.shown(upTo: ShownText.hostLimit))"
        }
    }
}
