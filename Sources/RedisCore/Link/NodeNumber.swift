/// A number that stands for a server's address, so that a message of 16 bytes need not contain an address of 40 bytes.
///
/// A number is valid while somebody holds it (`NodeHold`), which a link does while it exists. Because events may be
/// read later, the number stays valid until 4,096 other numbers have been released after it. Then its address is
/// forgotten, and the number means no server until it is used again, which happens when all other numbers have been
/// used.
@usableFromInline
package struct NodeNumber: Sendable, Hashable {
    @usableFromInline package let value: UInt16

    /// Means no particular server.
    package static let none = NodeNumber(value: 0)

    @inlinable package init(value: UInt16) { self.value = value }

    /// The number of `endpoint`, which gets one if necessary, without a hold; `none` when all numbers are held.
    package init(_ endpoint: RedisEndpoint) { value = Self.table.withLock { $0.number(of: endpoint) } }

    /// The address of the number.
    package var endpoint: RedisEndpoint? { Self.table.withLock { $0[value] } }

    fileprivate static let table = Locked(NodeTable())
}

/// Holds the number of an address for as long as it lives.
package final class NodeHold: Sendable {
    package let number: NodeNumber

    package init(_ endpoint: RedisEndpoint) {
        number = NodeNumber(value: NodeNumber.table.withLock { $0.hold(endpoint) })
    }

    deinit { NodeNumber.table.withLock { $0.release(number.value) } }
}

/// Which numbers stand for which addresses, and which of them are held.
package struct NodeTable: Sendable {
    private struct Entry {
        let endpoint: RedisEndpoint
        var holders = 0
        /// When the number was last released: its turn among the numbers that are to be forgotten.
        var turn = 0
    }

    private let capacity: Int
    private let kept: Int
    private var entries: [UInt16: Entry] = [:]
    private var numbers: [RedisEndpoint: UInt16] = [:]
    /// How many numbers have ever been used.
    private var given = 0
    /// Numbers that have no address any more, oldest first.
    private var free = Queue()
    /// Numbers that nobody holds, in the order of their turns, and outdated entries of others.
    private var idle = Queue()
    private var lastTurn = 0
    private var idleCount = 0

    /// Numbers in the order in which they came.
    private struct Queue {
        private var items: [(number: UInt16, turn: Int)] = []
        private var head = 0

        var count: Int { items.count - head }

        mutating func append(_ number: UInt16, _ turn: Int = 0) { items.append((number, turn)) }

        mutating func keep(_ isMeant: (UInt16, Int) -> Bool) {
            items = items[head...].filter { isMeant($0.number, $0.turn) }
            head = 0
        }

        mutating func popFirst() -> (number: UInt16, turn: Int)? {
            guard head < items.count else { return nil }
            head += 1
            defer {
                if head > 64, head * 2 > items.count {
                    items.removeFirst(head)
                    head = 0
                }
            }
            return items[head - 1]
        }
    }

    /// At most `capacity` numbers, from 1 on. Of the numbers that nobody holds, `kept` stay valid.
    package init(capacity: Int = Int(UInt16.max), kept: Int = 4096) {
        self.capacity = min(capacity, Int(UInt16.max))
        self.kept = kept
    }

    /// The address of a number.
    package subscript(number: UInt16) -> RedisEndpoint? { entries[number]?.endpoint }

    /// How many addresses are known.
    package var count: Int { entries.count }

    /// The number of an address, which gets one if necessary; 0 when there is none left.
    package mutating func number(of endpoint: RedisEndpoint) -> UInt16 {
        if let number = numbers[endpoint] { return number }
        let number = add(endpoint)
        if number != 0 { becomeIdle(number) }
        return number
    }

    /// The number of an address, held until `release`.
    package mutating func hold(_ endpoint: RedisEndpoint) -> UInt16 {
        let number = numbers[endpoint] ?? add(endpoint)
        guard var entry = entries[number] else { return 0 }
        if entry.turn > 0 { idleCount -= 1 }
        entry.turn = 0
        entry.holders += 1
        entries[number] = entry
        return number
    }

    /// Ends one hold.
    package mutating func release(_ number: UInt16) {
        guard let holders = entries[number]?.holders, holders > 0 else { return }
        entries[number]?.holders = holders - 1
        if holders == 1 { becomeIdle(number) }
    }

    private mutating func add(_ endpoint: RedisEndpoint) -> UInt16 {
        guard let number = newNumber() else { return 0 }
        entries[number] = Entry(endpoint: endpoint)
        numbers[endpoint] = number
        return number
    }

    private mutating func newNumber() -> UInt16? {
        if given < capacity {
            given += 1
            return UInt16(given)
        }
        if let number = free.popFirst()?.number { return number }
        forgetOldest()
        return free.popFirst()?.number
    }

    private mutating func becomeIdle(_ number: UInt16) {
        lastTurn += 1
        entries[number]?.turn = lastTurn
        idle.append(number, lastTurn)
        idleCount += 1
        if idleCount > kept { forgetOldest() }
        // A number that is held and released again and again leaves outdated entries behind.
        if idle.count > 2 * (kept + 1) { idle.keep { [entries] number, turn in entries[number]?.turn == turn } }
    }

    /// Forgets the address that was released first.
    private mutating func forgetOldest() {
        while let (number, turn) = idle.popFirst() {
            // The number was held again since, or released once more.
            guard let entry = entries[number], entry.turn == turn else { continue }
            entries[number] = nil
            numbers[entry.endpoint] = nil
            idleCount -= 1
            return free.append(number)
        }
    }
}
