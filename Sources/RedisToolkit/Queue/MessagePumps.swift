/// The pumps of a client: one for each queue, shared by all that take from it over the client.
final class MessagePumps: RedisClientAttachment {
    private struct Place: Sendable {
        weak var pump: MessagePump?
    }

    private let places = Locked<[RedisBytes: Place]>([:])

    init(to client: RedisClient) {}

    /// Their commands end with `.closed` by themselves.
    func clientClosed() {}

    /// The pump of a queue, which `make` makes if there is none.
    func pump(of name: RedisBytes, _ make: () -> MessagePump) -> MessagePump {
        if let pump = places.withLock({ $0[name]?.pump }) { return pump }
        let new = make()
        return places.withLock { places in
            // Another thread may have been faster.
            if let pump = places[name]?.pump { return pump }
            // Those that nobody uses any more are forgotten.
            places = places.filter { $0.value.pump != nil }
            places[name] = Place(pump: new)
            return new
        }
    }
}
