package import RedisRESP

/// Which connection each recorded client has. A plain value.
///
/// Each client has one of its own. When there are no more, a client that comes gets the connection that was used the
/// longest ago: its client has probably gone, and gets another one if it comes back.
package struct ConnectionAssignment: Sendable {
    private let limit: Int
    private var connections: [RedisBytes: Int] = [:]
    private var clients: [RedisBytes] = []
    // The connections in a ring by their last use: the one behind `newest` is the oldest.
    private var following: [Int] = []
    private var preceding: [Int] = []
    private var newest = 0

    /// How often a connection went to another client.
    package private(set) var passedOn = 0

    /// At most `limit` connections.
    package init(limit: Int) { self.limit = max(limit, 1) }

    /// How many connections are used.
    package var count: Int { clients.count }

    /// The connection of a client.
    package mutating func connection(of client: RedisBytes) -> Int {
        if let found = connections[client] {
            use(found)
            return found
        }
        if clients.count < limit { return add(client) }
        let oldest = following[newest]
        connections[clients[oldest]] = nil
        clients[oldest] = client
        connections[client] = oldest
        newest = oldest
        passedOn += 1
        return oldest
    }

    private mutating func add(_ client: RedisBytes) -> Int {
        let new = clients.count
        clients.append(client)
        connections[client] = new
        if new == 0 {
            following = [0]
            preceding = [0]
        } else {
            let oldest = following[newest]
            following[newest] = new
            following.append(oldest)
            preceding.append(newest)
            preceding[oldest] = new
        }
        newest = new
        return new
    }

    /// Makes a connection the one that was used last.
    private mutating func use(_ connection: Int) {
        guard connection != newest else { return }
        // The oldest need not move: the ring turns.
        guard connection != following[newest] else {
            newest = connection
            return
        }
        let (before, behind) = (preceding[connection], following[connection])
        following[before] = behind
        preceding[behind] = before
        let oldest = following[newest]
        following[newest] = connection
        preceding[connection] = newest
        following[connection] = oldest
        preceding[oldest] = connection
        newest = connection
    }
}
