/// Why no connection came about.
package enum ConnectError: Error, Hashable, Sendable {
    /// The name could not be resolved.
    case lookup(LookupError)
    /// The name was not resolved within that time. What the lookup finds later, the next attempt uses.
    case lookupTimedOut(Duration)
    /// Every address was tried; this is what the last one said.
    case refused(RedisSystemError)
    /// The deadline passed first.
    case timedOut
    /// The attempt was given up by its owner.
    case cancelled
    /// The same, of an attempt whose name was slow to be looked up.
    indirect case slowLookup(SlowLookup, ConnectError)
}

/// What there is to say of a lookup that took its time.
package struct SlowLookup: Hashable, Sendable {
    /// How long it took, or has taken so far.
    package var duration: Duration
    /// Whether it still goes on, so that the addresses of before were tried.
    package var isPending: Bool
}
