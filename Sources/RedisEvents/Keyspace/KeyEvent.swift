extension KeyspaceEvents {
    /// Something happened to a key.
    public struct KeyEvent: Sendable, Hashable {
        /// What happened, such as `set` or `expired`.
        public let name: Name
        /// The key, which may hold any bytes. A key of up to 256 bytes owns them.
        public let key: RedisBytes
        /// The database that the key is in.
        public let database: Int
        /// When the event arrived here, by the wall clock.
        public let receivedAt: RedisTimestamp
        private let nodeNumber: NodeNumber

        /// The server that reported the event.
        public var node: RedisEndpoint? { nodeNumber.endpoint }

        /// Creates an event.
        public init(name: Name, key: RedisBytes, database: Int, receivedAt: RedisTimestamp, node: RedisEndpoint? = nil)
        {
            self.init(
                name: name,
                key: key,
                database: database,
                receivedAt: receivedAt,
                node.map { NodeNumber($0) } ?? .none
            )
        }

        init(name: Name, key: RedisBytes, database: Int, receivedAt: RedisTimestamp, _ node: NodeNumber) {
            self.name = name
            self.key = key
            self.database = database
            self.receivedAt = receivedAt
            nodeNumber = node
        }
    }
}

extension KeyspaceEvents.KeyEvent: CustomStringConvertible {
    /// The name, the key and the database.
    public var description: String { "\(name) \(key.shown()) in database \(database)" }
}
