internal import Logging
internal import RedisReactor

extension MessageQueue {
    /// A consumer of this queue, under which messages are handled at least once.
    ///
    /// - Parameters:
    ///   - name: Its name, which nobody else must have at the same time; `nil` means a random one.
    ///   - visibility: After what time without a sign of life the consumer counts as dead, and others get what it has
    ///     taken: at least 1 s.
    /// - Returns: The consumer. Nothing is sent yet.
    /// - Throws: `.invalidConfiguration` for a time that cannot work.
    public func consumer(
        _ name: (any RedisBytesConvertible)? = nil,
        visibility: Duration = .seconds(15)
    ) throws(RedisError) -> Consumer {
        try visibility.check(as: "visibility", of: words, from: .seconds(1))
        return Consumer(self, name?.redisBytes ?? LeaseToken.make(), visibility)
    }

    /// Takes messages of a queue so that each is handled at least once.
    ///
    /// ```swift
    /// let consumer = try queue.consumer()
    /// try await consumer.run { message in try await send(mail: message) }
    /// ```
    ///
    /// A message that is taken moves into a list of the consumer's own, and is deleted when it is acknowledged. As long
    /// as this object exists, the server hears of it in the background. When it has heard nothing for `visibility`,
    /// because the process has died or is cut off, another consumer of the queue puts what is in the list back to the
    /// front. So a message may be handled twice, also when its consumer was only too slow to say that it is alive, and
    /// what must not happen twice needs a mark of its own. Where no consumer is left, the messages wait for the next
    /// one.
    ///
    /// Messages with the same bytes are not told apart. The order holds as far as nothing is given back. A server
    /// before Redis 6.2 hands over the last of several messages first if they were put together while a consumer
    /// waited.
    ///
    /// **The keys**, beside that of the queue: `{name}:consumer:<consumer>` with what it has taken, `{name}:alive:…`,
    /// `{name}:consumers` and `{name}:reaper`.
    public final class Consumer: Sendable {
        /// The queue.
        public let queue: MessageQueue
        /// The consumer's name.
        public let name: RedisBytes
        /// After what time without a sign of life the consumer counts as dead.
        public let visibility: Duration

        let pump: MessagePump
        private let keys: QueueKeys
        private let hands = Locked(ConsumerHands())
        private let heart = Locked<Task<Void, Never>?>(nil)

        init(_ queue: MessageQueue, _ name: RedisBytes, _ visibility: Duration) {
            self.queue = queue
            self.name = name
            self.visibility = visibility
            keys = queue.keys
            pump = MessagePump(queue.client, .intoList(queue.client, queue.keys, of: name, visibility, hands))
        }

        deinit { heart.withLock { $0.take() }?.cancel() }

        // MARK: Taking

        /// Takes the oldest message, and waits for one if there is none.
        ///
        /// - Parameter timeout: How long to wait; `nil` means for ever. With zero or less it only looks.
        /// - Returns: The message, which has to be acknowledged.
        /// - Throws: What `MessageQueue.get` throws.
        public func get(timeout: Duration? = nil) async throws(RedisError) -> Delivery {
            try await get(upTo: 1, timeout: timeout)[0]
        }

        /// Takes the oldest messages, as many as there are, and waits for one if there is none.
        ///
        /// - Parameters:
        ///   - limit: How many at most: from 1 to 1,000.
        ///   - timeout: How long to wait; `nil` means for ever. With zero or less it only looks.
        /// - Returns: At least one message, the oldest first. Each has to be acknowledged.
        /// - Throws: What `MessageQueue.get` throws.
        public func get(upTo limit: Int, timeout: Duration? = nil) async throws(RedisError) -> [Delivery] {
            beginToBeat()
            let limit = min(max(limit, 1), TakerLine.largestRequest)
            let taken = try await queue.client.observing("get", of: "queue", queue.name) {
                () async throws(RedisError) in
                try await pump.take(limit, timeout: timeout)
            }
            return taken.map { Delivery(message: $0, consumer: self) }
        }

        /// Ends the consumer: its waits end with `.closed`, and what it has taken and not acknowledged goes back to the
        /// front of the queue. Handlers should have ended before. The cancellation of the task does not stop it.
        ///
        /// - Returns: How many messages went back.
        /// - Throws: What `RedisClient.run` throws: then they go back after `visibility`.
        @discardableResult
        public func close() async throws(RedisError) -> Int {
            await pump.close()
            heart.withLock { $0.take() }?.cancel()
            // A task of its own is not cancelled with the caller's.
            let isKept = hands.withLock { $0.isAwaitingLate }
            let task = Task { [client = queue.client, keys, name] () async -> Result<RESPValue, RedisError> in
                let places = [keys.heartbeat(of: name), keys.list(of: name), keys.name, keys.consumers]
                do throws(RedisError) {
                    return .success(try await client.run(.leaveQueue, keys: places, arguments: [name, isKept ? 1 : 0]))
                } catch { return .failure(error) }
            }
            guard let count = try await task.value.get().count else { throw .unexpectedReply("EVALSHA") }
            return count
        }

        // MARK: Ending a delivery

        func acknowledge(_ message: RedisBytes) async throws(RedisError) {
            try await settle("acknowledge", message) { () async throws(RedisError) in
                try await queue.client.send(.lrem(keys.list(of: name), 1, message))
            }
        }

        func giveBack(_ message: RedisBytes) async throws(RedisError) {
            try await settle("giveBack", message) { () async throws(RedisError) in
                let places = [keys.list(of: name), keys.name]
                let reply = try await queue.client.run(.giveBackMessages, keys: places, arguments: [message])
                guard let count = reply.count else { throw .unexpectedReply("EVALSHA") }
                return count
            }
        }

        /// Ends a delivery, and notes whether it has ended. `body` returns how many messages the list had.
        private func settle(
            _ verb: String,
            _ message: RedisBytes,
            _ body: () async throws(RedisError) -> Int
        ) async throws(RedisError) {
            let count: Int
            do throws(RedisError) {
                count = try await queue.client.observing(verb, of: "queue", queue.name, body)
            } catch {
                if error.execution != .notExecuted { hands.withLock { $0.settled(message, isUnknown: true) } }
                throw error
            }
            hands.withLock { $0.settled(message, isUnknown: false) }
            if count == 0 { throw isGone }
        }

        private var isGone: RedisError {
            let text = "\(keys.words): the consumer does not have the message any more, so others got it"
            return RedisError(.leaseLost, text, phase: .command).with(.executed)
        }

        // MARK: Signs of life

        /// Begins to say that the consumer is alive, unless it does so already.
        private func beginToBeat() {
            heart.withLock { heart in
                guard heart == nil else { return }
                let pause = visibility / 3
                heart = Task { [weak self] in
                    while !Task.isCancelled {
                        await self?.beat()
                        do { try await Task.sleep(for: pause) } catch { return }
                    }
                }
            }
        }

        /// Says that the consumer is alive, and looks after the others if it is its turn.
        private func beat() async {
            do throws(RedisError) {
                let others = try await sayAlive()
                // What nobody takes here goes to others.
                if hands.withLock({ $0.isUncertain(at: .now) }) { try await giveBackForgotten() }
                for other in others where other != name {
                    try await queue.client.run(
                        .reapConsumer,
                        keys: [keys.heartbeat(of: other), keys.list(of: other), keys.name, keys.consumers],
                        arguments: [other],
                        timeout: visibility / 3
                    )
                }
            } catch {
                let metadata: Logger.Metadata = ["queue": "\(keys.words)", "error": "\(error)"]
                queue.client.configuration.logger.debug("a consumer's sign of life has failed", metadata: metadata)
            }
        }

        /// Gives back what is in the list and in nobody's hands.
        private func giveBackForgotten() async throws(RedisError) {
            switch hands.withLock({ $0.begin(at: .now) }) {
            case .pause: return
            case .take: return hands.withLock { $0.failed(isUnknown: false) }
            case .recover: break
            }
            let list = keys.list(of: name)
            let messages: [RedisBytes]
            do throws(RedisError) {
                messages = try await queue.client.send(.lrange(list, 0, -1), timeout: visibility / 3)
            } catch {
                _ = hands.withLock { $0.recovered(nil, limit: 0, at: .now) }
                throw error
            }
            let forgotten = hands.withLock { $0.recovered(messages, limit: messages.count, at: .now) }
            guard !forgotten.isEmpty else { return }
            var isUnknown = true
            defer { for message in forgotten { hands.withLock { $0.settled(message, isUnknown: isUnknown) } } }
            try await queue.client.run(.giveBackMessages, keys: [list, keys.name], arguments: forgotten)
            isUnknown = false
        }

        private func sayAlive() async throws(RedisError) -> [RedisBytes] {
            let turn = (visibility / 4).wholeMilliseconds
            let arguments: [any RedisBytesConvertible] =
                ["", "", "", 0, name, visibility.wholeMilliseconds, turn] as [any RedisBytesConvertible]
            return try await queue.client.run(
                .beatConsumer,
                keys: [keys.heartbeat(of: name), keys.consumers, keys.turn],
                arguments: arguments,
                timeout: visibility / 3
            ).messages()
        }
    }

    /// A message that a consumer has taken.
    public struct Delivery: Sendable {
        /// The message, which may be empty.
        public let message: RedisBytes
        /// Who has taken it.
        public let consumer: Consumer

        /// Says that the message was handled: it is deleted.
        ///
        /// - Throws: `.leaseLost` when the consumer does not have it any more: it has counted as dead, and others got
        ///   the message, or it was acknowledged already; what `RedisClient.send` throws.
        public func acknowledge() async throws(RedisError) { try await consumer.acknowledge(message) }

        /// Puts the message back to the front of the queue.
        ///
        /// - Throws: What `acknowledge` throws.
        public func giveBack() async throws(RedisError) { try await consumer.giveBack(message) }
    }
}
