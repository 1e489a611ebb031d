public import RedisCommands
public import RedisCore
public import RedisEvents
public import RedisRESP

extension RedisQueue {
    /// A message that was delivered.
    public struct Message: Sendable {
        /// The delivery, by which the message may be ended before its handler returns.
        public let delivery: StreamGroup.Delivery
        /// How urgent the message is.
        public let priority: Int

        /// The bytes that were put.
        public var payload: RedisBytes { delivery.payload }
        /// The payload as text, or `nil` when it is not UTF-8.
        public var text: String? { payload.text }
        /// The id of the message, the same each time that it is delivered.
        public var id: RedisStreamID { delivery.id }
        /// How often the message was delivered, this time included.
        public var attempt: Int { delivery.attempt }
    }

    func message(_ delivery: StreamGroup.Delivery) -> Message {
        Message(delivery: delivery, priority: names.streams.firstIndex(of: delivery.key) ?? 0)
    }

    /// Calls a handler for each message, several at a time, until the task is cancelled or the queue is closed.
    ///
    /// A message is deleted when its handler has returned. When it has thrown, the message comes again after the
    /// `retryDelay`, or goes to the dead letters. A throwing handler does not end the run.
    ///
    /// When the run ends, its handlers are cancelled and awaited, and messages that they have not ended are given back,
    /// which does not count as an attempt. `drain` lets them end first.
    ///
    /// - Parameters:
    ///   - concurrency: How many handlers may run at a time; at least 1.
    ///   - onEvent: Receives the events that are no messages, one at a time.
    ///   - onError: Receives what handlers throw, with the message. It is called in the handler's task.
    ///   - handler: Receives each message. It is called in a task of its own, which is cancelled when the message is
    ///     lost to another consumer.
    /// - Throws: What `StreamGroup.run` throws.
    public func run(
        concurrency: Int,
        onEvent: (@Sendable (StreamGroup.Event) async throws -> Void)? = nil,
        onError: (@Sendable (any Error, Message) async -> Void)? = nil,
        _ handler: @escaping @Sendable (Message) async throws -> Void
    ) async throws {
        startMover()
        try await group.run(
            concurrency: concurrency,
            onEvent: onEvent,
            onError: { [self] error, delivery in await onError?(error, message(delivery)) }
        ) { [self] delivery in try await observed { try await handler(message(delivery)) } }
    }

    /// Calls a handler for several messages at once, until the task is cancelled or the queue is closed.
    ///
    /// A batch is what is there, up to the size; no message waits until a batch is full. Its messages are deleted when
    /// the handler has returned. When it has thrown, each of them comes again after the `retryDelay`, alone, or goes to
    /// the dead letters. A handler may end some of them itself before, by `Message.delivery`.
    ///
    /// - Parameters:
    ///   - size: How many messages a batch has at most; at least 1.
    ///   - concurrency: How many handlers may run at a time; at least 1.
    ///   - onEvent: Receives the events that are no messages, one at a time.
    ///   - onError: Receives what handlers throw, with the batch. It is called in the handler's task.
    ///   - handler: Receives each batch, which is never empty. It is called in a task of its own, which is cancelled
    ///     when a message of the batch is lost to another consumer.
    /// - Throws: What `StreamGroup.run` throws.
    public func run(
        inBatchesOf size: Int,
        concurrency: Int,
        onEvent: (@Sendable (StreamGroup.Event) async throws -> Void)? = nil,
        onError: (@Sendable (any Error, [Message]) async -> Void)? = nil,
        _ handler: @escaping @Sendable ([Message]) async throws -> Void
    ) async throws {
        startMover()
        try await group.run(
            inBatchesOf: size,
            concurrency: concurrency,
            onEvent: onEvent,
            onError: { [self] error, deliveries in await onError?(error, deliveries.map(message)) }
        ) { [self] deliveries in try await observed { try await handler(deliveries.map(message)) } }
    }

    /// Calls a handler, and tells an observer of it.
    private func observed(_ body: () async throws -> Void) async throws {
        guard let observation = ToolkitObservation("handle", of: "queue", name, client.configuration) else {
            return try await body()
        }
        do {
            try await body()
            observation.ended(nil)
        } catch {
            observation.ended(handlerFailed: error)
            throw error
        }
    }

    /// Calls a handler for each message on a background thread, one at a time.
    ///
    /// A message is deleted when the handler has returned, and comes again when it has thrown. `stop` of the thread
    /// closes the queue's consumer.
    ///
    /// - Parameters:
    ///   - name: The thread's name, up to 15 bytes.
    ///   - exceptionHandler: Receives, on the thread, what the handler throws, and the error that has ended the
    ///     consumer. Without it the first error ends the thread, and `join()` throws it.
    ///   - onEvent: Receives the events that are no messages.
    ///   - handler: Receives each message, on the thread.
    /// - Returns: The thread, which runs already.
    /// - Throws: `.invalidCommand` on the event loop; `.systemFailure` when the system has no thread left.
    public func runInThread(
        name: String = "redis-queue",
        exceptionHandler: (@Sendable (any Error, RedisListenerThread) -> Void)? = nil,
        onEvent: (@Sendable (StreamGroup.Event) -> Void)? = nil,
        handling handler: @escaping @Sendable (Message) throws -> Void
    ) throws(RedisError) -> RedisListenerThread {
        startMover()
        let forward = exceptionHandler.map { handler in
            { @Sendable (error: any Error, _: StreamGroup, thread: RedisListenerThread) in handler(error, thread) }
        }
        return try group.runInThread(name: name, exceptionHandler: forward, onEvent: onEvent) { [self] delivery in
            try handler(message(delivery))
        }
    }
}

extension RedisQueue.Message: CustomStringConvertible, CustomReflectable {
    /// The id, the attempt and the length, but not the payload.
    public var description: String { "\(id), attempt \(attempt) (\(payload.count.inBytes))" }

    /// The parts of this message.
    public var customMirror: Mirror {
        Mirror(self, children: ["id": id, "attempt": attempt, "payload": payload], displayStyle: .struct)
    }
}
