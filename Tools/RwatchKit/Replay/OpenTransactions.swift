import RedisRESP

/// The transactions whose EXEC the recording has not come to. A plain value.
///
/// A server shows the commands of a transaction when they are executed, one directly behind the other, and their EXEC
/// behind them. Commands that are not followed by an EXEC were executed alone, whatever MULTI came before: its client
/// has gone, or the recording does not tell two clients apart.
struct OpenTransactions {
    /// A command that may belong to a transaction.
    struct Piece: Equatable {
        var unit: ReplayUnit
        /// The database that it selects.
        var selected: Int?
    }

    private struct Transaction {
        let serial: Int
        /// The database in which it begins.
        var database: Int?
        var pieces: [Piece] = []
        /// How many more MULTI came, of clients that the recording does not tell apart.
        var others = 0
    }

    /// What a piece takes beside its bytes.
    private static let overhead = 256

    private let mostBytes: Int
    private let mostCount: Int
    private var transactions: [RedisBytes: Transaction] = [:]
    private var byteCount = 0
    /// Those that were begun, the oldest first, also if they have ended.
    private var begun: [(client: RedisBytes, serial: Int)] = []
    private var head = 0
    private var lastSerial = 0
    /// The client whose commands came last, and the server.
    private var running: (client: RedisBytes, node: RedisBytes)?
    /// Commands that do not belong to a transaction after all.
    private var released: [Piece] = []
    /// How many MULTI have no EXEC.
    private var endless = 0

    /// At most that much is kept. What goes beyond it is given up, the oldest first.
    init(mostBytes: Int, mostCount: Int) {
        self.mostBytes = mostBytes
        self.mostCount = mostCount
    }

    /// How many are open.
    var count: Int { transactions.count }

    /// Takes the commands that do not belong to a transaction after all, in their order.
    mutating func takeReleased() -> [Piece] { exchange(&released, with: []) }

    /// Takes the number of MULTI that are known to have no EXEC.
    mutating func takeEndless() -> Int { exchange(&endless, with: 0) }

    /// Notes that a line of a client comes next.
    mutating func comes(_ client: RedisBytes, node: RedisBytes) {
        guard let (other, place) = running, other != client, place == node else { return }
        release(other)
    }

    /// Begins a transaction.
    mutating func begin(_ client: RedisBytes, database: Int?) {
        if transactions[client] != nil {
            transactions[client]?.others += 1
            return
        }
        lastSerial += 1
        transactions[client] = Transaction(serial: lastSerial, database: database)
        byteCount += client.count + Self.overhead
        begun.append((client, lastSerial))
        giveUp()
    }

    /// Adds a command to the transaction of its client. Returns whether there is one.
    mutating func add(_ piece: Piece, node: RedisBytes) -> Bool {
        let client = piece.unit.client
        guard !transactions.isEmpty, transactions[client] != nil else { return false }
        transactions[client]?.pieces.append(piece)
        byteCount += piece.unit.encoded.count + Self.overhead
        running = (client, node)
        giveUp()
        return true
    }

    /// Ends the transaction of a client.
    ///
    /// - Returns: The transaction as a unit, and how many commands are in it that are not SELECT; `nil` if the client
    ///   has none.
    mutating func end(_ client: RedisBytes, at time: Int64) -> (unit: ReplayUnit, effective: Int)? {
        guard let transaction = remove(client) else { return nil }
        if running?.client == client { running = nil }
        var unit = ReplayUnit(
            kind: .transaction,
            client: client,
            time: time,
            encoded: Array("*1\r\n$5\r\nMULTI\r\n".utf8),
            database: transaction.database
        )
        var effective = 0
        for piece in transaction.pieces {
            unit.encoded += piece.unit.encoded
            unit.access.formUnion(piece.unit.access)
            if let selected = piece.selected {
                unit.lastDatabase = selected
                unit.selectedDatabases.insert(selected)
            } else {
                effective += 1
            }
        }
        unit.encoded += "*1\r\n$4\r\nEXEC\r\n".utf8
        unit.count = transaction.pieces.count + 2
        reopen(client, after: transaction, in: unit.lastDatabase ?? unit.database)
        return (unit, effective)
    }

    /// Ends the transaction of a client, which is not executed. Returns whether there is one.
    mutating func discard(_ client: RedisBytes) -> Bool {
        guard let transaction = transactions[client] else { return false }
        release(client)
        _ = remove(client)
        reopen(client, after: transaction, in: transaction.database)
        return true
    }

    /// Releases the commands of all, because nothing follows.
    mutating func endAll() {
        let order = transactions.sorted { $0.value.serial < $1.value.serial }
        for (client, transaction) in order {
            release(client)
            endless += 1 + transaction.others
        }
        transactions = [:]
        (begun, head, byteCount, running) = ([], 0, 0, nil)
    }

    /// Begins the transaction of the next client of the same name, if there is one.
    private mutating func reopen(_ client: RedisBytes, after transaction: Transaction, in database: Int?) {
        guard transaction.others > 0 else { return }
        begin(client, database: database)
        transactions[client]?.others = transaction.others - 1
    }

    private mutating func release(_ client: RedisBytes) {
        running = nil
        guard let pieces = transactions[client]?.pieces, !pieces.isEmpty else { return }
        transactions[client]?.pieces = []
        for piece in pieces { byteCount -= piece.unit.encoded.count + Self.overhead }
        released += pieces
    }

    private mutating func remove(_ client: RedisBytes) -> Transaction? {
        guard let transaction = transactions.removeValue(forKey: client) else { return nil }
        byteCount -= client.count + Self.overhead
        for piece in transaction.pieces { byteCount -= piece.unit.encoded.count + Self.overhead }
        return transaction
    }

    private mutating func giveUp() {
        while transactions.count > mostCount || byteCount > mostBytes, head < begun.count {
            let (client, serial) = begun[head]
            head += 1
            guard transactions[client]?.serial == serial else { continue }
            if running?.client == client { running = nil }
            guard let transaction = remove(client) else { continue }
            released += transaction.pieces
            endless += 1 + transaction.others
        }
        // Those that have ended since.
        if begun.count > 1024, begun.count > 4 * transactions.count {
            begun = begun[head...].filter { transactions[$0.client]?.serial == $0.serial }
            head = 0
        }
    }
}
