/// What a reader leaves out. It is read all the same, and counts as delivered.
struct IgnoredEvents: OptionSet, Sendable {
    let rawValue: UInt8

    /// Confirmations of the server.
    static let confirmations = IgnoredEvents(rawValue: 1)
    /// Link events and gaps.
    static let linkEvents = IgnoredEvents(rawValue: 2)

    init(rawValue: UInt8) { self.rawValue = rawValue }

    init(confirmations: Bool, linkEvents: Bool) {
        self = []
        if confirmations { insert(.confirmations) }
        if linkEvents { insert(.linkEvents) }
    }

    func leavesOut(_ event: PubSub.Event) -> Bool {
        if isEmpty { return false }
        return contains(.confirmations) && event.isConfirmation || contains(.linkEvents) && event.isOfLink
    }
}
