/// Handles the commands of a `RedisClient`: the link to one server, or those to the nodes of a cluster. Any thread may
/// call.
protocol CommandBackend: AnyObject, Sendable {
    var loop: RedisEventLoop { get }

    /// Enqueues a command and returns the promise of its reply.
    func enqueue(_ command: RedisCommand) throws(RedisError) -> Promise<RESPValue>

    /// Completes the promise with `.timedOut`, or with a better reason. Called on the loop.
    func timedOut(_ promise: Promise<RESPValue>)

    /// Sends a command to every healthy node, or to the one server, and returns the replies, in no order.
    func ask(_ command: RedisCommand, timeout: Duration) async throws(RedisError) -> [RESPValue]

    /// Ends everything and returns when nothing is left.
    func close() async

    /// Ends everything, as `close` does, without waiting.
    func closeNow()

    func cut() async
}

extension CommandBackend {
    func send(_ command: RedisCommand, timeout: Duration?) async throws(RedisError) -> RESPValue {
        let promise = try enqueue(command)
        let timer = limit(promise, to: timeout)
        defer { timer?.cancel() }
        return try await promise.value()
    }

    /// Sends a command and returns its reply, on a plain thread. Must not be called on the loop.
    func sendBlocking(_ command: RedisCommand, timeout: Duration?) throws(RedisError) -> RESPValue {
        try loop.refuseBlocking()
        let promise = try enqueue(command)
        let timer = limit(promise, to: timeout)
        defer { timer?.cancel() }
        return try promise.waitBlocking()
    }

    private func limit(_ promise: Promise<RESPValue>, to timeout: Duration?) -> ScheduledCall? {
        timeout.map { timeout in
            ScheduledCall(after: timeout, on: loop) { [weak self] in
                if let self { timedOut(promise) } else { promise.complete(.failure(.noReplyInTime)) }
            }
        }
    }
}

extension RedisError {
    static var noReplyInTime: RedisError { RedisError(.timedOut, "no reply in time", phase: .command) }
}

/// The backend of a `RedisClient` on one server: one link.
final class CommandServer: CommandBackend {
    private let link: ControlLink

    var loop: RedisEventLoop { link.loop }

    init(_ configuration: RedisConfiguration, loop: RedisEventLoop) throws(RedisError) {
        link = try ControlLink(configuration, limits: configuration.replyLimits.set(by: .replyLimits), loop: loop)
    }

    func enqueue(_ command: RedisCommand) throws(RedisError) -> Promise<RESPValue> {
        try SharedLinkRule.check(command)
        return try link.enqueue(command)
    }

    func timedOut(_ promise: Promise<RESPValue>) { promise.complete(.failure(.noReplyInTime)) }

    func ask(_ command: RedisCommand, timeout: Duration) async throws(RedisError) -> [RESPValue] {
        [try await send(command, timeout: timeout)]
    }

    func close() async { await link.close() }

    func closeNow() { link.closeNow() }

    func cut() async { await link.cut() }
}
