/// What a ``FaultProxy`` has done so far.
public struct FaultProxyCounts: Hashable, Sendable {
    /// Connections that clients have made, those included that were closed at once.
    public internal(set) var accepted = 0
    /// Connections that are open now.
    public internal(set) var open = 0
    /// Bytes that have gone out to clients.
    public internal(set) var bytesToClient = 0
    /// Bytes that have gone out to the server.
    public internal(set) var bytesToServer = 0
    /// Bytes that half-open connections have dropped as they came.
    public internal(set) var dropped = 0

    mutating func add(_ count: Int, _ direction: FaultDirections) {
        if direction == .toClient { bytesToClient += count } else { bytesToServer += count }
    }
}
