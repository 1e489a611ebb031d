package import RwatchKit

/// The latest incidents, for the chart and the list below it. A plain value.
package struct RecentIncidents: Sendable, Equatable {
    private static let most = 100

    package private(set) var latest: [Incident] = []
    package private(set) var gaps = 0
    package private(set) var reconnects = 0
    package private(set) var drops = 0

    package init() {}

    /// Adds an incident. A gap that was not complete is replaced by what is known of it now.
    package mutating func add(_ incident: Incident) {
        if incident.kind == .gap,
            let index = latest.lastIndex(where: {
                $0.kind == .gap && $0.node == incident.node && $0.from == incident.from
            })
        {
            latest[index] = incident
            return
        }
        switch incident.kind {
        case .gap: gaps += 1
        case .reconnect: reconnects += 1
        case .drop: drops += 1
        }
        latest.append(incident)
        if latest.count > Self.most { latest.removeFirst() }
    }
}
