package import RedisRESP

/// What is sent in one piece: a command, or a transaction with its MULTI and EXEC. A plain value.
package struct ReplayUnit: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        case command
        /// It may wait for something that others do.
        case blockingCommand
        case transaction
        case publish
    }

    package var kind: Kind
    /// Who sent it, as the recording tells.
    package var client: RedisBytes
    /// When it was recorded, in microseconds since the epoch.
    package var time: Int64
    /// The commands as they are sent.
    package var encoded: [UInt8]
    /// How many commands these are.
    package var count = 1
    /// The database in which it begins; `nil` where it does not matter.
    package var database: Int?
    /// The database in which it ends, if that is another one.
    package var lastDatabase: Int?
    /// The databases that it selects.
    package var selectedDatabases: Set<Int> = []
    package var access = KeyAccess()

    package init(
        kind: Kind,
        client: RedisBytes,
        time: Int64,
        encoded: [UInt8],
        count: Int = 1,
        database: Int? = nil
    ) {
        self.kind = kind
        self.client = client
        self.time = time
        self.encoded = encoded
        self.count = count
        self.database = database
    }
}
