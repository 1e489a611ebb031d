/// A number that stands for a server's address, so that a message of 16 bytes need not carry one of 40.
///
/// A number means its address for as long as somebody holds it (`NodeHold`), which a link does while it is there; and, because
/// what the link has brought may be looked at later, until 4,096 others have been let go of after it. Then its address is
/// forgotten: it means none until it is given again, which happens when all others have been given.
package struct NodeNumber: Sendable, Hashable {
    package let value: UInt16

    /// Stands for no server in particular.
    package static let none = NodeNumber(value: 0)

    package init(value: UInt16) { self.value = value }

    /// The number of `endpoint`, new if need be, without a hold; `none` when all are held.
    package init(_ endpoint: RedisEndpoint) { value = Self.table.withLock { $0.number(of: endpoint) } }

    /// What it stands for.
    package var endpoint: RedisEndpoint? { Self.table.withLock { $0[value] } }

    fileprivate static let table = Locked(NodeTable())
}

/// Holds the number of an address for as long as it lives.
package final class NodeHold: Sendable {
    package let number: NodeNumber

    package init(_ endpoint: RedisEndpoint) {
        number = NodeNumber(value: NodeNumber.table.withLock { $0.hold(endpoint) })
    }

    deinit { NodeNumber.table.withLock { $0.letGo(number.value) } }
}
