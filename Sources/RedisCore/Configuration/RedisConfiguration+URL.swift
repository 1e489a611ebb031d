extension RedisConfiguration {
    /// Reads a URL.
    ///
    /// `redis://[[user]:password@]host[:port][/database][?option=value&…]` over TCP and
    /// `redis+unix://[[user]:password@]/path[?db=…]` over a unix socket; `valkey://`, `valkey+unix://` and `unix://` mean
    /// the same. `rediss://` and `valkeys://` are TCP under TLS, which verifies the server's certificate. User, password, host and path are percent-decoded; an empty user is the default user; an IPv6 address
    /// stands in brackets. Options: `db`, `protocol` (2 or 3), `client_name`.
    ///
    /// Throws `.invalidConfiguration` naming the part that is wrong. The text repeats nothing of the URL: where a delimiter
    /// was forgotten, a password may stand anywhere.
    public init(url: String) throws(RedisError) {
        let parser = try URLParts(url)
        let isUnix: Bool
        var isSecure = false
        switch parser.scheme {
        case "redis", "valkey": isUnix = false
        case "rediss", "valkeys": (isUnix, isSecure) = (false, true)
        case "redis+unix", "valkey+unix", "unix": isUnix = true
        default:
            throw .url("unknown scheme; known are redis, rediss, valkey, valkeys, redis+unix and unix")
        }
        self.init(endpoint: isUnix ? try parser.unixEndpoint() : try parser.tcpEndpoint())
        if isSecure { tls = TLSConfiguration() }
        credentials = try parser.credentials()
        if !isUnix, let text = parser.databaseInPath { database = try Self.database(text) }
        for option in parser.options {
            switch option.name {
            case "db": database = try Self.database(option.value)
            case "client_name": clientName = option.value
            case "protocol":
                switch option.value {
                case "2": protocolVersion = .resp2
                case "3": protocolVersion = .resp3
                default: throw .url("protocol is neither 2 nor 3")
                }
            default: throw .url("unknown option; known are db, protocol and client_name")
            }
        }
        try validate()
    }

    private static func database(_ text: String) throws(RedisError) -> Int {
        guard let value = Int(text), value >= 0, text.utf8.allSatisfy({ $0 != UInt8(ascii: "+") }) else {
            throw .url("database is not a number from 0 up")
        }
        return value
    }
}
