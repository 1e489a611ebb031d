extension RedisEndpoint {
    /// A host and a port as Sentinels write them: the host bare, also an IPv6 address, the port in decimal digits. `nil` for
    /// anything that cannot be connected to.
    init?(sentinelHost host: String?, port: String?) {
        guard let host, let port, AddressReader.isWord(host), (1...5).contains(port.utf8.count),
            port.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = UInt16(port), number > 0
        else { return nil }
        self = .tcp(host: host, port: number)
    }

    /// The same, of what SENTINEL tells of an instance.
    init?(sentinelFields fields: [String: String]) { self.init(sentinelHost: fields["ip"], port: fields["port"]) }
}
