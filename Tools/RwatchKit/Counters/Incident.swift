/// What went wrong on the time line: events are missing, or may be.
package struct Incident: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// Events may have been missed while a link was lost.
        case gap
        /// Events were dropped, because whoever recorded or read them was too slow.
        case drop
        /// A link was lost and is back.
        case reconnect
    }

    package var kind: Kind
    /// In microseconds since the epoch; `nil` where a recording does not tell.
    package var from: Int64?
    package var until: Int64?
    /// How many events are missing; `nil` when nobody knows.
    package var count: Int?
    /// The server, where it is known.
    package var node: String
    /// Why, in words for people.
    package var reason: String

    package init(
        _ kind: Kind,
        from: Int64? = nil,
        until: Int64? = nil,
        count: Int? = nil,
        node: String = "",
        reason: String = ""
    ) {
        self.kind = kind
        self.from = from
        self.until = until
        self.count = count
        self.node = node
        self.reason = reason
    }
}

/// The incidents of a run: all are counted, and the first ones are kept. A plain value.
package struct IncidentLog: Sendable, Equatable {
    private static let most = 256

    package private(set) var kept: [Incident] = []
    package private(set) var gaps = 0
    package private(set) var drops = 0
    /// How many events were dropped.
    package private(set) var dropped = 0
    package private(set) var reconnects = 0

    package init() {}

    /// Whether nothing is missing, as far as is known.
    package var isEmpty: Bool { gaps == 0 && drops == 0 }

    /// How many are not kept.
    package var leftOut: Int { gaps + drops + reconnects - kept.count }

    package mutating func add(_ incident: Incident) {
        switch incident.kind {
        case .gap: gaps += 1
        case .drop:
            drops += 1
            let (sum, isOver) = dropped.addingReportingOverflow(incident.count ?? 0)
            dropped = isOver ? Int.max : sum
        case .reconnect: reconnects += 1
        }
        if kept.count < Self.most { kept.append(incident) }
    }
}
