package import RedisRESP

/// The clients of a server by their addresses, as CLIENT LIST tells them. However large the reply is, no more is kept
/// than the limits allow.
package struct ClientList: Sendable {
    /// How much of a reply is kept.
    package struct Limits: Sendable {
        package var clients = 1 << 16
        package var bytes = 16 << 20

        package init(clients: Int = 1 << 16, bytes: Int = 16 << 20) {
            self.clients = clients
            self.bytes = bytes
        }
    }

    /// A longer name or address counts as none: addresses have less than 60 bytes, and names are made by people.
    private static let longestText = 1024

    private let limits: Limits
    private var addresses = CaselessNames()
    /// By the positions of the addresses.
    private var clients: [KnownClient] = []
    private var bytes = 0
    /// The address that the server's link to its primary has; `nil` at a server that replicates nobody.
    package private(set) var primary: [UInt8]?
    /// How many connections the server has told of.
    package private(set) var told = 0
    /// Whether some were left out, because there are too many of them.
    package private(set) var isCut = false

    /// No clients.
    package init(limits: Limits = Limits()) { self.limits = limits }

    /// Reads a reply: a line of fields `name=value` for each connection. Lines without an address are passed over.
    package init(_ reply: RedisBytes, limits: Limits = Limits()) {
        self.init(limits: limits)
        for line in reply.lines {
            guard let address = Self.field("addr", of: line), !address.isEmpty else { continue }
            told += 1
            if Self.field("flags", of: line)?.contains(UInt8(ascii: "M")) == true { primary = address }
            set(
                KnownClient(
                    id: Self.field("id", of: line)?.decimal(),
                    name: Self.field("name", of: line) ?? [],
                    user: Self.field("user", of: line) ?? []
                ),
                at: address
            )
        }
    }

    /// How many clients are known.
    package var count: Int { clients.count }

    /// The client with that address, as MONITOR writes it.
    package subscript(address: RawSpan) -> KnownClient? {
        addresses.find(address).map { clients[$0] }
    }

    /// Notes what is known of the client at that address.
    package mutating func set(_ client: KnownClient, at address: [UInt8]) {
        let position = addresses.find(address.rawSpan)
        let old = position.map { Self.size(address, clients[$0]) } ?? 0
        let size = Self.size(address, client) - old
        guard bytes + size <= limits.bytes, position != nil || clients.count < limits.clients else {
            isCut = true
            return
        }
        bytes += size
        if let position {
            clients[position] = client
        } else {
            addresses.add(address)
            clients.append(client)
        }
    }

    private static func size(_ address: [UInt8], _ client: KnownClient) -> Int {
        address.count + client.name.count + (client.user?.count ?? 0)
    }

    private static func field(_ name: String, of line: RedisBytes) -> [UInt8]? {
        guard let value = line.value(ofField: name, separator: UInt8(ascii: " ")), value.count <= longestText else {
            return nil
        }
        return value.bytes
    }
}
