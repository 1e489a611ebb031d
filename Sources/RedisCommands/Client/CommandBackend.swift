/// What a `RedisClient` does its work with: the link to one server, or those to the nodes of a cluster. Any thread may call.
protocol CommandBackend: AnyObject, Sendable {
    var loop: RedisEventLoop { get }

    /// Puts a command on its way and returns where its reply will be.
    func enqueue(_ command: RedisCommand) throws(RedisError) -> Promise<RESPValue>

    /// Whoever waits for that has waited long enough. Called on the loop.
    func timedOut(_ answer: Promise<RESPValue>)

    /// Asks every node that is well, or the one server, and returns what each says, in no order.
    func ask(_ command: RedisCommand, timeout: Duration) async throws(RedisError) -> [RESPValue]

    /// Ends everything and returns when nothing is left.
    func close() async

    /// The same without waiting for the end.
    func closeNow()

    func cut() async
}

extension CommandBackend {
    func send(_ command: RedisCommand, timeout: Duration?) async throws(RedisError) -> RESPValue {
        let answer = try enqueue(command)
        let timer = limit(answer, to: timeout)
        defer { timer?.cancel() }
        return try await answer.value()
    }

    /// The same for a plain thread, which must not be the loop's.
    func sendBlocking(_ command: RedisCommand, timeout: Duration?) throws(RedisError) -> RESPValue {
        try loop.refuseBlocking()
        let answer = try enqueue(command)
        let timer = limit(answer, to: timeout)
        defer { timer?.cancel() }
        return try answer.waitBlocking()
    }

    private func limit(_ answer: Promise<RESPValue>, to timeout: Duration?) -> ScheduledCall? {
        timeout.map { timeout in
            ScheduledCall(after: timeout, on: loop) { [weak self] in
                if let self { timedOut(answer) } else { answer.complete(.failure(.noReplyInTime)) }
            }
        }
    }
}

extension RedisError {
    static var noReplyInTime: RedisError { RedisError(.timedOut, "no reply in time", phase: .command) }
}
