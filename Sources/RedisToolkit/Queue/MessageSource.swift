/// How messages of one queue are taken from the server: for good, or into the list of a consumer.
struct MessageSource: Sendable {
    /// Takes the messages that are there, at most so many, oldest first. Nothing that it has taken may be lost, so it
    /// must run to its end.
    let ask: @Sendable (_ limit: Int) async throws(RedisError) -> [RedisBytes]
    /// Waits for the next message and takes it; nothing if none has come. Ends when its task is cancelled, and returns
    /// a message that came all the same.
    let block: @Sendable () async throws(RedisError) -> [RedisBytes]
    /// Puts messages back to the front, oldest first.
    let giveBack: @Sendable (_ messages: [RedisBytes]) async throws(RedisError) -> Void
    /// Whether messages are put back again where it is not known if that has happened. If not, they might be there
    /// twice.
    let mayGiveBackTwice: Bool
    /// For messages: `the queue "mail"`.
    let words: String

    /// For how long the server is asked to wait for a message. Then it is asked again, because a link that is blocked
    /// cannot be asked whether its peer is there.
    static var blockingSeconds: Int { 10 }
    /// How long to wait for the reply to that.
    static var blockingTimeout: Duration { .seconds(blockingSeconds + 2) }
}

extension RedisClient {
    /// Sends a command that blocks. Returns the reply; a null if nothing came, also when this task was cancelled.
    func block(_ command: RedisCommand) async throws(RedisError) -> RESPValue {
        do throws(RedisError) {
            return try await send(command, timeout: MessageSource.blockingTimeout)
        } catch {
            // A server whose role changes ends what blocks, and has taken nothing.
            if error.serverPrefix == "UNBLOCKED" { return .null }
            guard error.code == .cancelled || error.code == .timedOut, error.execution == .notExecuted else {
                throw error
            }
            return .null
        }
    }
}
