/// What becomes of a command on a `ControlLink`.
package enum ControlOutcome: Sendable {
    /// The server answered, perhaps with an error.
    case replied(Result<RESPValue, RedisError>)
    /// It was on the wire when the link ended: whether it was executed is not known.
    case lost(RedisError)
    /// It was never written.
    case unsent(RedisError)
}
