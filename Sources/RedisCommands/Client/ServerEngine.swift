/// The engine of a `RedisClient` that has one link.
final class ServerEngine: ClientEngine {
    private let link: ControlLink

    var loop: EventLoop { link.loop }

    init(_ configuration: RedisConfiguration, loop: EventLoop) throws(RedisError) {
        link = try ControlLink(configuration, limits: configuration.replyLimits.set(by: .replyLimits), loop: loop)
    }

    func enqueue(_ command: RedisCommand) throws(RedisError) -> Answer<RESPValue> {
        try SharedLinkRule.check(command)
        return try link.enqueue(command)
    }

    func timedOut(_ answer: Answer<RESPValue>) { answer.give(.failure(.noReplyInTime)) }

    func ask(_ command: RedisCommand, timeout: Duration) async throws(RedisError) -> [RESPValue] {
        [try await send(command, timeout: timeout)]
    }

    func close() async { await link.close() }

    func closeNow() { link.closeNow() }

    func cut() async { await link.cut() }
}
