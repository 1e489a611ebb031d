import RESP
import RedisCore

/// Writes a configuration as a URL, with everything percent-encoded that may be.
enum URLWriter {
    static func write(_ configuration: RedisConfiguration) -> String {
        var userinfo = ""
        if let credentials = configuration.credentials as? RedisCredentials {
            userinfo = "\(encode(credentials.username ?? "")):\(encode(credentials.password))@"
        }
        var url: String
        switch configuration.endpoint {
        // Brackets for what holds a colon: elsewhere it would begin the port.
        case .tcp(let host, let port):
            url =
                "redis://\(userinfo)\(host.utf8.contains(0x3a) ? "[\(encode(host, keeping: 0x3a))]" : encode(host)):\(port)"
        case .unix(let path):
            url = "redis+unix://\(userinfo)/\(encode(String(path.dropFirst())))"
        }
        url += "?db=\(configuration.database)&protocol=\(configuration.protocolVersion == .resp2 ? 2 : 3)"
        if let name = configuration.clientName { url += "&client_name=\(encode(name))" }
        return url
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
