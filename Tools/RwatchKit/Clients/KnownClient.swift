import RedisRESP

/// What is known of a client beside its address.
package final class KnownClient: Sendable {
    /// The connection's number; `nil` when only a command has told of the client.
    let id: Int?
    /// The name that it has given itself; empty when it has none.
    package let name: [UInt8]
    /// Its user; `nil` while that is not known, and empty at a server without users (before 6.0).
    package let user: [UInt8]?

    package init(id: Int? = nil, name: [UInt8], user: [UInt8]?) {
        self.id = id
        self.name = name
        self.user = user
    }
}
