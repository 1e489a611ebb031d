package import RedisCore

/// The values of `-h` and `-p` together: `-h` may contain the port too.
package struct HostAndPort: Sendable, Equatable {
    package let host: String?
    package let port: UInt16?

    /// Reads `redis.example`, `redis.example:6379`, `::1`, `[::1]` and `[::1]:6379`. Throws `.invalidConfiguration` for
    /// any other form, and when there are two ports.
    package init(host text: String?, port: UInt16?) throws(RedisError) {
        guard let text else {
            host = nil
            self.port = port
            return
        }
        guard !text.isEmpty else { throw .options("-h is empty; it takes a host") }
        guard !text.contains("://") else { throw .options("-h takes a host; a URL's option is -u") }
        guard !text.utf8.contains(UInt8(ascii: "@")) else {
            throw .options("-h takes a host alone; user and password have --user and -a, or stand in a URL")
        }
        let (host, tail) = try Self.cut(text)
        guard !host.isEmpty else { throw .options("-h has no host before the port") }
        self.host = host
        guard let tail else {
            self.port = port
            return
        }
        guard let named = UInt16(tail), named > 0, tail.first != "+" else {
            throw .options("-h takes a host, or host:port with a number from 1 to 65535")
        }
        guard port ?? named == named else { throw .options("-h and -p name two ports; leave out one") }
        self.port = named
    }

    private static func cut(_ text: String) throws(RedisError) -> (host: String, port: String?) {
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { throw .options("-h has a \"[\" without \"]\"") }
            let host = String(text[text.index(after: text.startIndex)..<end])
            let tail = text[text.index(after: end)...]
            if tail.isEmpty { return (host, nil) }
            guard tail.hasPrefix(":") else { throw .options("-h has something between the \"]\" and the port") }
            return (host, String(tail.dropFirst()))
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        // A text with several colons is an IPv6 address.
        return parts.count == 2 ? (String(parts[0]), String(parts[1])) : (text, nil)
    }
}
