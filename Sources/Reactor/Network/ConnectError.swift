/// Why no connection came about.
package enum ConnectError: Error, Hashable, Sendable {
    /// The name could not be resolved.
    case lookup(LookupError)
    /// Every address was tried; this is what the last one said.
    case refused(SystemError)
    /// The deadline passed first.
    case timedOut
    /// The attempt was given up by its owner.
    case cancelled
}
