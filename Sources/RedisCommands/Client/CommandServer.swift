/// The engine of a `RedisClient` that has one link.
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

    func timedOut(_ answer: Promise<RESPValue>) { answer.complete(.failure(.noReplyInTime)) }

    func ask(_ command: RedisCommand, timeout: Duration) async throws(RedisError) -> [RESPValue] {
        [try await send(command, timeout: timeout)]
    }

    func close() async { await link.close() }

    func closeNow() { link.closeNow() }

    func cut() async { await link.cut() }
}
