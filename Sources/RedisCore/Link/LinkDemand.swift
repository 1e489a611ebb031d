/// What a driver wants of the bytes that have not been read yet.
package enum LinkDemand: Sendable {
    case more
    /// Leave them where they are until `adjustReading` is called.
    case pause
    /// No more, ever: the link has no use any longer.
    case stop(RedisError)
}

extension LinkDriver {
    package var demand: LinkDemand { .more }

    package func readingPaused(_ isPaused: Bool) {}
}
