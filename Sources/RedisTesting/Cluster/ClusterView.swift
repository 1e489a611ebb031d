/// What one node of a cluster believes of all, from its CLUSTER NODES.
package struct ClusterView: Sendable, Equatable {
    /// One line of it.
    package struct Entry: Sendable, Equatable {
        /// The node's name in the cluster: 40 hexadecimal digits.
        package var id: String
        /// The port for clients; 0 when it is not known.
        package var port: Int
        /// For example `myself`, `master`, `slave`, `fail?` (this node suspects it), `fail` (all agreed), `handshake`,
        /// `noaddr`.
        package var flags: [String]
        /// The name of its primary, for a replica.
        package var primary: String?
        /// The configuration epoch: of two that claim a slot, the higher one has it.
        package var epoch: Int
        /// Whether the bus connection to the node is up.
        package var isLinked: Bool
        /// The slots that it owns.
        package var slots: [ClosedRange<Int>]

        /// Whether it is the node that was asked.
        package var isSelf: Bool { flags.contains("myself") }
        /// Whether it is a primary, with slots or without.
        package var isPrimary: Bool { flags.contains("master") }
        /// Whether it is known, reachable, and thought well.
        package var isHealthy: Bool {
            isLinked && !flags.contains { ["fail", "fail?", "handshake", "noaddr"].contains($0) }
        }

        /// Whether it owns a slot.
        package func owns(_ slot: Int) -> Bool { slots.contains { $0.contains(slot) } }
    }

    /// All nodes that it knows.
    package var entries: [Entry]

    /// Reads the text of CLUSTER NODES. A line of another form is passed over.
    package init(_ text: String) {
        entries = text.split(whereSeparator: \.isNewline).compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count >= 8, let address = fields[1].split(separator: "@").first else { return nil }
            return Entry(
                id: String(fields[0]),
                port: address.split(separator: ":").last.flatMap { Int($0) } ?? 0,
                flags: fields[2].split(separator: ",").map(String.init),
                primary: fields[3] == "-" ? nil : String(fields[3]),
                epoch: Int(fields[6]) ?? 0,
                isLinked: fields[7] == "connected",
                slots: fields.dropFirst(8).compactMap(Self.range)
            )
        }
    }

    /// `5` or `0-5460`; `nil` for a slot on its way, `[5->-id]`, which its source still owns, and says so apart.
    private static func range(_ text: Substring) -> ClosedRange<Int>? {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard ends.count <= 2, let first = ends.first ?? nil, let last = ends.last ?? nil, first <= last else {
            return nil
        }
        return first...last
    }

    /// What it knows of a node.
    package subscript(id id: String) -> Entry? { entries.first { $0.id == id } }

    /// What it says of itself.
    package var own: Entry? { entries.first { $0.isSelf } }

    /// Who owns what: name by name, those with slots only.
    package var owners: [String: [ClosedRange<Int>]] {
        var owners: [String: [ClosedRange<Int>]] = [:]
        for entry in entries where !entry.slots.isEmpty { owners[entry.id] = entry.slots }
        return owners
    }

    /// How many slots have an owner.
    package var coveredSlots: Int { entries.reduce(0) { $0 + $1.slots.reduce(0) { $0 + $1.count } } }
}
