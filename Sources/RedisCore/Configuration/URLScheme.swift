/// What the part before `://` asks for.
struct URLScheme {
    enum Kind {
        case server, unix, cluster, sentinel
    }

    let kind: Kind
    let isSecure: Bool

    init(_ text: String) throws(RedisError) {
        let parts = text.utf8.split(separator: UInt8(ascii: "+"), omittingEmptySubsequences: false).map {
            "\(Substring($0))"
        }
        let known: Kind?
        switch (parts[0], parts.dropFirst().first) {
        case _ where parts.count > 2: known = nil
        case ("redis", nil), ("valkey", nil), ("rediss", nil), ("valkeys", nil): known = .server
        case ("redis", "unix"), ("valkey", "unix"), ("unix", nil): known = .unix
        case ("redis", "cluster"), ("valkey", "cluster"), ("rediss", "cluster"), ("valkeys", "cluster"):
            known = .cluster
        case ("redis", "sentinel"), ("valkey", "sentinel"), ("rediss", "sentinel"), ("valkeys", "sentinel"):
            known = .sentinel
        default: known = nil
        }
        guard let known else {
            throw .url(
                "unknown scheme; known are redis, rediss, valkey and valkeys, each also with +cluster or +sentinel, redis+unix and unix"
            )
        }
        kind = known
        isSecure = parts[0] == "rediss" || parts[0] == "valkeys"
    }
}
