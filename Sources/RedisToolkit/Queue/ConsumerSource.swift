extension MessageSource {
    /// Takes messages into the list of a consumer.
    static func intoList(
        _ client: RedisClient,
        _ keys: QueueKeys,
        of consumer: RedisBytes,
        _ visibility: Duration,
        _ hands: Locked<ConsumerHands>
    ) -> MessageSource {
        let list = ConsumerList(client: client, keys: keys, name: consumer, visibility: visibility, hands: hands)
        return MessageSource(
            ask: { limit throws(RedisError) in try await list.ask(limit) },
            block: { () throws(RedisError) in try await list.block() },
            giveBack: { messages throws(RedisError) in try await list.giveBack(messages) },
            mayGiveBackTwice: true,
            words: keys.words
        )
    }
}

/// The list of a consumer, into which it takes messages.
private final class ConsumerList: Sendable {
    let client: RedisClient
    let keys: QueueKeys
    let name: RedisBytes
    let visibility: Duration
    let hands: Locked<ConsumerHands>
    private let lacksMove = Locked(false)

    init(client: RedisClient, keys: QueueKeys, name: RedisBytes, visibility: Duration, hands: Locked<ConsumerHands>) {
        self.client = client
        self.keys = keys
        self.name = name
        self.visibility = visibility
        self.hands = hands
    }

    private var list: RedisBytes { keys.list(of: name) }

    func ask(_ limit: Int) async throws(RedisError) -> [RedisBytes] {
        switch hands.withLock({ $0.begin(at: .now) }) {
        case .pause:
            // Nothing found would mean that nothing is there.
            await pause()
            return try await ask(limit)
        case .recover:
            let found = try await recover(limit)
            if !found.isEmpty { return found }
            return try await ask(limit)
        case .take:
            return try await take { () async throws(RedisError) in
                let ends: [any RedisBytesConvertible] = [name, visibility.wholeMilliseconds]
                let arguments: [any RedisBytesConvertible] = [limit] + keys.roomArguments + ends
                let places = [keys.name, list, keys.heartbeat(of: name), keys.consumers]
                let reply = try await client.run(.takeForConsumer, keys: places, arguments: arguments, timeout: nil)
                return try reply.messages()
            }
        }
    }

    func block() async throws(RedisError) -> [RedisBytes] {
        switch hands.withLock({ $0.begin(at: .now) }) {
        case .pause:
            await pause()
            return []
        case .recover: return try await recover(1)
        case .take: return try await take { () async throws(RedisError) in try await move() }
        }
    }

    /// Takes messages, and notes that they are in the hands.
    private func take(_ body: () async throws(RedisError) -> [RedisBytes]) async throws(RedisError) -> [RedisBytes] {
        do throws(RedisError) {
            let messages = try await body()
            hands.withLock { $0.taken(messages) }
            return messages
        } catch {
            hands.withLock { $0.failed(isUnknown: error.execution != .notExecuted) }
            throw error
        }
    }

    /// Waits for a message, and moves it.
    private func move() async throws(RedisError) -> [RedisBytes] {
        let before62: RedisCommand = ["BRPOPLPUSH", keys.name, list, MessageSource.blockingSeconds]
        let move: RedisCommand = ["BLMOVE", keys.name, list, "LEFT", "RIGHT", MessageSource.blockingSeconds]
        let isOld = lacksMove.withLock { $0 }
        let reply: RESPValue
        do throws(RedisError) {
            reply = try await client.block(isOld ? before62 : move)
        } catch {
            guard error.lacksCommand, !isOld else { throw error }
            lacksMove.withLock { $0 = true }
            reply = try await client.block(before62)
        }
        if case .null = reply { return [] }
        guard let message = reply.bytes else { throw .unexpectedReply("BLMOVE") }
        return [message]
    }

    /// Takes what is in the list and in nobody's hands.
    private func recover(_ limit: Int) async throws(RedisError) -> [RedisBytes] {
        do throws(RedisError) {
            let messages = try await client.send(.lrange(list, 0, -1), timeout: client.commandTimeout)
            return hands.withLock { $0.recovered(messages, limit: limit, at: .now) }
        } catch {
            _ = hands.withLock { $0.recovered(nil, limit: limit, at: .now) }
            throw error
        }
    }

    /// Lets whoever reads the list end that.
    private func pause() async { try? await Task.sleep(for: .milliseconds(1)) }

    func giveBack(_ messages: [RedisBytes]) async throws(RedisError) {
        try await client.run(.giveBackMessages, keys: [list, keys.name], arguments: messages)
        for message in messages { hands.withLock { $0.settled(message, isUnknown: false) } }
    }
}
