/// A number that stands for a server's address, so that a message of 16 bytes need not carry one of 40. Numbers are given once
/// in a process and never taken back.
package struct NodeNumber: Sendable, Hashable {
    package let value: UInt16

    /// Stands for no server in particular.
    package static let none = NodeNumber(value: 0)

    package init(value: UInt16) { self.value = value }

    /// The number of `endpoint`, new if need be; `none` when all are given.
    package init(_ endpoint: Endpoint) {
        value = Self.table.withLock { table in
            if let number = table.numbers[endpoint] { return number }
            guard table.endpoints.count < Int(UInt16.max) else { return 0 }
            table.endpoints.append(endpoint)
            let number = UInt16(table.endpoints.count)
            table.numbers[endpoint] = number
            return number
        }
    }

    /// What it stands for.
    package var endpoint: Endpoint? {
        value == 0 ? nil : Self.table.withLock { $0.endpoints[Int(value) - 1] }
    }

    private struct Table {
        var numbers: [Endpoint: UInt16] = [:]
        /// The address of number 1, 2, …
        var endpoints: [Endpoint] = []
    }

    private static let table = Locked(Table())
}
