import RedisRESP

/// The address of a client as a MONITOR line has it: `10.0.0.1:41690` or `[::1]:37706`.
struct ClientAddress: Equatable {
    let address: IPAddress
    let port: Int

    /// `nil` for another source: a unix socket, or a script.
    init?(_ source: RawSpan) {
        guard let (host, port) = Self.split(source), let port, let address = IPAddress(source.part(host)) else {
            return nil
        }
        self.address = address
        self.port = port
    }

    /// The host without brackets, and the port behind it where there is one. `nil` when there is something else.
    static func split(_ text: RawSpan) -> (host: Range<Int>, port: Int?)? {
        let count = text.byteCount
        guard count > 0 else { return nil }
        if text.byte(at: 0) == UInt8(ascii: "[") {
            guard let end = text.firstIndex(of: UInt8(ascii: "]"), from: 1) else { return nil }
            if end + 1 == count { return (1..<end, nil) }
            guard text.byte(at: end + 1) == UInt8(ascii: ":"), let port = port(text, from: end + 2) else { return nil }
            return (1..<end, port)
        }
        guard let colon = text.firstIndex(of: UInt8(ascii: ":"), from: 0) else { return (0..<count, nil) }
        // With a second colon it is an IPv6 address without a port.
        guard text.firstIndex(of: UInt8(ascii: ":"), from: colon + 1) == nil else { return (0..<count, nil) }
        return port(text, from: colon + 1).map { (0..<colon, $0) }
    }

    private static func port(_ text: RawSpan, from start: Int) -> Int? {
        guard start < text.byteCount, text.byteCount - start <= 5 else { return nil }
        var value = 0
        for index in start..<text.byteCount {
            let digit = text.byte(at: index) &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            value = value * 10 + Int(digit)
        }
        return value <= 65535 ? value : nil
    }
}
