import RedisCore
import RedisRESP

/// Writes a configuration as a URL, with everything percent-encoded that may be.
enum URLWriter {
    static func write(_ configuration: RedisConfiguration) -> String {
        var userinfo = ""
        if let credentials = configuration.credentials as? RedisCredentials {
            userinfo = "\(encode(credentials.username ?? "")):\(encode(credentials.password))@"
        }
        let scheme = configuration.tls == nil ? "redis" : "rediss"
        var url: String
        var replicas = false
        if let cluster = configuration.cluster {
            url = "\(scheme)+cluster://\(userinfo)\(hosts(cluster.seeds))/"
            replicas = cluster.nodes == .replica
        } else if let sentinel = configuration.sentinel {
            url = "\(scheme)+sentinel://\(userinfo)\(hosts(sentinel.sentinels))/\(encode(sentinel.name))"
            replicas = sentinel.server == .replica
        } else if case .unix(let path) = configuration.endpoint {
            url = "redis+unix://\(userinfo)/\(encode(String(path.dropFirst())))"
        } else {
            url = "\(scheme)://\(userinfo)\(hosts([configuration.endpoint]))"
        }
        url += "?db=\(configuration.database)&protocol=\(configuration.protocolVersion == .resp2 ? 2 : 3)"
        if replicas { url += "&replicas=true" }
        if let credentials = configuration.sentinel?.credentials as? RedisCredentials {
            url += "&sentinel_username=\(encode(credentials.username ?? ""))"
            url += "&sentinel_password=\(encode(credentials.password))"
        }
        if let name = configuration.clientName { url += "&client_name=\(encode(name))" }
        return url
    }

    private static func hosts(_ endpoints: [RedisEndpoint]) -> String {
        endpoints.map { endpoint in
            guard case .tcp(let host, let port) = endpoint else { return "" }
            // Brackets for what holds a colon: elsewhere it would begin the port.
            return (host.utf8.contains(0x3a) ? "[\(encode(host, keeping: 0x3a))]" : encode(host)) + ":\(port)"
        }.joined(separator: ",")
    }

    private static func encode(_ text: String, keeping kept: UInt8? = nil) -> String {
        let digits = Array("0123456789ABCDEF".unicodeScalars)
        var encoded = String.UnicodeScalarView()
        for byte in text.utf8 {
            if byte == kept {
                encoded.append(Unicode.Scalar(byte))
                continue
            }
            encoded.append("%")
            encoded.append(digits[Int(byte >> 4)])
            encoded.append(digits[Int(byte & 15)])
        }
        return String(encoded)
    }
}
