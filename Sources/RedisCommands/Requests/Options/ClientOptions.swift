/// Which connections of a server are meant. Of several filters each must be met.
public enum RedisClientFilter: Sendable, Hashable {
    /// The connection of this number.
    case id(Int)
    /// The connection from this address, `host:port`.
    case address(String)
    /// The connections to this address of the server, `host:port` (Redis 6.2).
    case localAddress(String)
    /// The connections of this user (Redis 6.0).
    case user(String)
    /// The connections of this kind.
    case kind(Kind)
    /// With `false`, also the connection that asks.
    case skippingOwn(Bool)

    /// What a connection is.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// None of the others.
        case normal
        /// The link to the primary.
        case primary = "master"
        /// The link of a replica.
        case replica
        /// One that is subscribed.
        case pubsub
    }
}

extension RedisClientFilter: ArgumentList {
    var argumentCount: Int { 2 }

    func append(to writer: inout RedisArgumentWriter) {
        switch self {
        case .id(let id):
            writer.append("ID")
            writer.append(id)
        case .address(let address):
            writer.append("ADDR")
            writer.append(address)
        case .localAddress(let address):
            writer.append("LADDR")
            writer.append(address)
        case .user(let name):
            writer.append("USER")
            writer.append(name)
        case .kind(let kind):
            writer.append("TYPE")
            writer.append(kind.rawValue)
        case .skippingOwn(let isSkipped):
            writer.append("SKIPME")
            writer.append(isSkipped ? "yes" : "no")
        }
    }
}

/// What a connection gets whose wait is ended.
public enum RedisUnblockReason: String, Sendable, Hashable, CaseIterable {
    /// What it would get after its timeout.
    case timeout = "TIMEOUT"
    /// An error, `UNBLOCKED`.
    case error = "ERROR"
}

extension RedisUnblockReason: ArgumentWord {}
