/// Carries the commands of a `RedisClient`: the link to one server, or those to the nodes of a cluster. Any thread may
/// call.
protocol CommandBackend: AnyObject, Sendable {
    var loop: RedisEventLoop { get }

    /// Hands over a command. Its recipient gets the outcome once. Commands leave in the order of these calls.
    func handOver(_ command: RedisCommand, id: Int, timeout: Duration?, _ recipient: CommandRecipient)

    /// Ends the wait for a command, because its caller was cancelled. If the command is not written yet, it is removed.
    func cancel(_ id: Int)

    /// Sends the commands of a batch once, and returns their outcomes in order, and in how many writes they went.
    func attempt(_ batch: RedisBatch, until deadline: ContinuousClock.Instant?) async -> (
        [Result<RESPValue, RedisError>], chunkCount: Int
    )

    /// Sends the commands of a batch once, and counts their replies.
    func tally(_ batch: RedisBatch, until deadline: ContinuousClock.Instant?) async -> RedisBatchTally

    /// Hands over a block of commands that one node has to get in one piece: a transaction with its MULTI and EXEC. The
    /// recipient gets the array of all replies, in which errors are values.
    func handOver(block: RedisBatch, id: Int, deadline: ContinuousClock.Instant?, _ recipient: CommandRecipient)

    /// The node on which a command with these keys runs; `nil` for the one server.
    func node(of keys: [RedisBytes], until deadline: ContinuousClock.Instant?) async throws(RedisError)
        -> RedisEndpoint?

    /// Sends a command to one node, whose reply is the result whatever it is.
    func attempt(_ command: RedisCommand, at node: RedisEndpoint?, timeout: Duration?) async -> Result<
        RESPValue, RedisError
    >

    /// A node of each shard of a cluster; empty for one server.
    func keyHolders() async throws(RedisError) -> [RedisEndpoint]

    /// Notes that a node has refused a command of an exclusive link, and returns whether another node may take it.
    func refused(_ error: RedisError, by node: RedisEndpoint?) async -> Bool

    /// The configuration of an exclusive link.
    func configuration(of node: RedisEndpoint?) -> RedisConfiguration

    /// Sends a command to every healthy node, or to the one server, and returns the replies, in no order.
    func ask(_ command: RedisCommand, timeout: Duration) async throws(RedisError) -> [RESPValue]

    /// How much is on its way over all links.
    var statistics: RedisLinkStatistics { get async }

    /// Ends everything and returns when nothing is left.
    func close() async

    /// Ends everything, as `close` does, without waiting.
    func closeNow()

    func cut() async
}

extension CommandBackend {
    /// Sends a command once and returns its outcome.
    func attempt(_ command: RedisCommand, timeout: Duration?) async -> Result<RESPValue, RedisError> {
        await CommandRecipient.result {
            cancel($0)
        } _: { id, recipient in
            handOver(command, id: id, timeout: timeout, recipient)
        }
    }

    /// Sends a block of commands once and returns the array of all replies.
    func attempt(block: RedisBatch, until deadline: ContinuousClock.Instant?) async -> Result<RESPValue, RedisError> {
        await CommandRecipient.result {
            cancel($0)
        } _: { id, recipient in
            handOver(block: block, id: id, deadline: deadline, recipient)
        }
    }

    /// Sends a command once and returns the promise of its outcome.
    func enqueue(_ command: RedisCommand, timeout: Duration?) -> Promise<RESPValue> {
        let promise = Promise<RESPValue>()
        handOver(command, id: CommandLink.nextID(), timeout: timeout, .call { promise.complete($0) })
        return promise
    }
}

/// The backend of a `RedisClient` on one server: one link.
final class CommandServer: CommandBackend {
    private let link: CommandLink
    private let configuration: RedisConfiguration

    var loop: RedisEventLoop { link.loop }

    init(_ configuration: RedisConfiguration, loop: RedisEventLoop) throws(RedisError) {
        self.configuration = configuration
        link = try CommandLink(
            configuration,
            limits: configuration.replyLimits.set(by: .replyLimits),
            outage: configuration.commands.whileDisconnected == .wait ? .wait : .fail,
            loop: loop,
            observer: configuration.commandObserver
        )
    }

    func handOver(_ command: RedisCommand, id: Int, timeout: Duration?, _ recipient: CommandRecipient) {
        link.handOver(CommandSlot(command, id: id, timeout: timeout, recipient))
    }

    func cancel(_ id: Int) { link.cancel([id]) }

    func ask(_ command: RedisCommand, timeout: Duration) async throws(RedisError) -> [RESPValue] {
        [try await attempt(command, timeout: timeout).get()]
    }

    func attempt(_ batch: RedisBatch, until deadline: ContinuousClock.Instant?) async -> (
        [Result<RESPValue, RedisError>], chunkCount: Int
    ) { await link.attempt(batch, until: deadline, within: configuration.commands.inFlight) }

    func tally(_ batch: RedisBatch, until deadline: ContinuousClock.Instant?) async -> RedisBatchTally {
        await link.tally(batch, until: deadline, within: configuration.commands.inFlight)
    }

    func handOver(block: RedisBatch, id: Int, deadline: ContinuousClock.Instant?, _ recipient: CommandRecipient) {
        link.handOver(block: block, id: id, deadline: deadline, recipient)
    }

    func node(of keys: [RedisBytes], until deadline: ContinuousClock.Instant?) -> RedisEndpoint? { nil }

    func attempt(_ command: RedisCommand, at node: RedisEndpoint?, timeout: Duration?) async -> Result<
        RESPValue, RedisError
    > { await attempt(command, timeout: timeout) }

    func keyHolders() -> [RedisEndpoint] { [] }

    func refused(_ error: RedisError, by node: RedisEndpoint?) -> Bool { false }

    func configuration(of node: RedisEndpoint?) -> RedisConfiguration { configuration }

    var statistics: RedisLinkStatistics { link.statistics }

    func close() async { await link.close() }

    func closeNow() { link.closeNow() }

    func cut() async { await link.cut() }
}
