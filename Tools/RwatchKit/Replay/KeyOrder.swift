/// Keeps commands on the same keys in the recorded order, whichever connections they are sent over. A plain value.
///
/// Each unit that is sent gets a ticket, in order. What it has to wait for is told before it is sent: the replies to
/// earlier units of other connections that changed what it uses, or used what it changes. Commands that share nothing
/// overlap, as they did when they were recorded.
package struct KeyOrder: Sendable {
    /// That a connection, or each but the own one, has the replies to its units up to a ticket.
    package struct Wait: Sendable, Equatable {
        /// `nil` for all connections but the own one.
        package var connection: Int?
        package var ticket: Int

        package init(connection: Int?, ticket: Int) {
            self.connection = connection
            self.ticket = ticket
        }
    }

    private struct Use: Sendable {
        var ticket: Int
        /// `nil` for several.
        var connection: Int?
    }

    private struct Entry: Sendable {
        /// Who changed the key last.
        var writer: Use?
        /// Who has read it since.
        var readers: Use?
    }

    private let mostKeys: Int
    private var keys: [UInt64: Entry] = [:]
    /// The last unit that may have touched everything.
    private var barrier: Use?
    private var lastTicket = 0

    /// The keys of at most about `mostKeys` are remembered; beyond that, all replies are waited for.
    package init(mostKeys: Int = 1 << 17) { self.mostKeys = mostKeys }

    /// How many keys are remembered.
    package var keyCount: Int { keys.count }

    /// Notes the next unit.
    ///
    /// - Parameters:
    ///   - access: What it reads and writes.
    ///   - connection: Where it is sent.
    ///   - isWaitedFor: Whether later units may wait for its reply. They must not if it waits for them.
    /// - Returns: Its ticket, and what it has to wait for.
    package mutating func next(_ access: KeyAccess, over connection: Int, isWaitedFor: Bool = true) -> (
        ticket: Int, waits: [Wait]
    ) {
        lastTicket += 1
        let ticket = lastTicket
        var waits: [Int?: Int] = [:]
        func wait(for use: Use?) {
            guard let use, use.connection != connection else { return }
            waits[use.connection] = max(waits[use.connection] ?? 0, use.ticket)
        }
        wait(for: barrier)
        if access.isOfEverything || keys.count + access.reads.count + access.writes.count > mostKeys {
            waits = [nil: ticket - 1]
            keys.removeAll(keepingCapacity: keys.capacity <= 2 * mostKeys)
            barrier = isWaitedFor && access.isOfEverything ? Use(ticket: ticket, connection: connection) : nil
        }
        let own = Use(ticket: ticket, connection: connection)
        for key in access.writes {
            wait(for: keys[key]?.writer)
            wait(for: keys[key]?.readers)
            if isWaitedFor { keys[key] = Entry(writer: own) }
        }
        for key in access.reads {
            wait(for: keys[key]?.writer)
            guard isWaitedFor else { continue }
            let others = keys[key]?.readers
            let isAlone = others == nil || others?.connection == connection
            keys[key, default: Entry()].readers = Use(ticket: ticket, connection: isAlone ? connection : nil)
        }
        return (ticket, waits.map { Wait(connection: $0.key, ticket: $0.value) })
    }

    /// Forgets what needs no wait any more, because everything before has its reply.
    package mutating func allAnswered() {
        keys.removeAll(keepingCapacity: true)
        barrier = nil
    }
}
