internal import RedisCore
internal import RedisEvents

/// Takes the invalidations of a cache as they are read, so that a value is gone before anything is seen that the server
/// has sent later. It belongs to the loop.
final class NearSink: InvalidationSink {
    private let near: NearLevel
    private let flights: Flights

    init(_ near: NearLevel, _ flights: Flights) {
        self.near = near
        self.flights = flights
    }

    func keys(_ list: RawSpan) {
        let list = RedisBytes(copying: list)
        near.changed(list)
        flights.detach(all: list)
    }

    func event(_ event: Invalidations.Event) {
        switch event {
        case .flushAll(.linkLost), .flushAll(.redirectBroken): near.linkLost()
        case .flushAll(.trackingResumed): near.trackingResumed()
        case .flushAll(.serverFlushed):
            near.serverFlushed()
            flights.detachAll()
        // Changed keys come by `keys`.
        case .flushAll(.dropped), .invalidated: near.reportsMissed()
        case .link, .push, .failed: break
        }
    }

    func turnEnded(isDrained: Bool) {}

    func ended(_ error: RedisError?) { near.linkLost() }
}
