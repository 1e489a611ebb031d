internal import Logging

extension MessageQueue.Consumer {
    /// The messages as an asynchronous sequence, each taken when the loop asks for it. Each has to be acknowledged.
    ///
    /// It ends when the task is cancelled and when the consumer is closed, and throws what `get` throws.
    public var deliveries: Deliveries { Deliveries(consumer: self) }

    /// Takes one message after the other, until the task is cancelled or the consumer is closed. A message is
    /// acknowledged when `body` has returned, and given back when it throws.
    ///
    /// - Parameters:
    ///   - onError: Receives what `body` throws, and lets the run go on unless it throws itself: so a message that can
    ///     never be handled comes again and again, unless this closure does something about it. Without it the first
    ///     error ends the run.
    ///   - body: Receives each message.
    /// - Throws: What `body` or `onError` threw; what `get` throws. That a message could not be acknowledged or
    ///   given back ends nothing: where the server has surely not done it, that is tried again in the background;
    ///   otherwise the message was or will be given to others.
    public func run(
        onError: ((any Error) async throws -> Void)? = nil,
        _ body: (RedisBytes) async throws -> Void
    ) async throws {
        for try await delivery in deliveries {
            do { try await body(delivery.message) } catch {
                await settle(delivery.message, isHandled: false)
                guard let onError else { throw error }
                try await onError(error)
                continue
            }
            await settle(delivery.message, isHandled: true)
        }
    }

    /// Ends a delivery, also while the task is cancelled. What surely did not happen is tried again, at the pace of the
    /// signs of life: nobody else would do it, because the message is in this consumer's hands.
    private func settle(_ message: RedisBytes, isHandled: Bool) async {
        let first = Task { await isSettled(message, isHandled: isHandled) }
        if await first.value { return }
        // A consumer that is let go of gives no sign of life any more, and others get what it has.
        Task { [weak self, pause = visibility / 3] in
            repeat {
                try? await Task.sleep(for: pause)
            } while await self?.isSettled(message, isHandled: isHandled) == false
        }
    }

    /// Tries to end a delivery. Returns whether it need not be tried again.
    private func isSettled(_ message: RedisBytes, isHandled: Bool) async -> Bool {
        do throws(RedisError) {
            if isHandled { try await acknowledge(message) } else { try await giveBack(message) }
            return true
        } catch {
            let isOver = error.execution != .notExecuted || error.code == .closed
            let what = isOver ? "it comes again" : "this is tried again"
            let metadata: Logger.Metadata = ["queue": "\(queue.words)", "error": "\(error)"]
            let text = "a message that was taken could neither be acknowledged nor given back: \(what)"
            queue.client.configuration.logger.notice("\(text)", metadata: metadata)
            return isOver
        }
    }

    /// The messages of a queue, for one consumer.
    public struct Deliveries: AsyncSequence, Sendable {
        /// The elements are messages that have to be acknowledged.
        public typealias Element = MessageQueue.Delivery
        /// The sequence throws `RedisError`, but does not declare it, as `RedisEventStream`.
        public typealias Failure = any Error

        let consumer: MessageQueue.Consumer

        /// Starts to read.
        public func makeAsyncIterator() -> Iterator { Iterator(consumer: consumer) }

        /// Takes messages for a `for try await` loop.
        public struct Iterator: AsyncIteratorProtocol {
            let consumer: MessageQueue.Consumer

            /// The next message; `nil` when the task is cancelled or the consumer is closed.
            ///
            /// - Throws: What `MessageQueue.Consumer.get` throws.
            public mutating func next() async throws -> MessageQueue.Delivery? {
                do throws(RedisError) { return try await consumer.get() } catch {
                    if error.code == .cancelled || error.code == .closed { return nil }
                    throw error
                }
            }
        }
    }
}

extension MessageQueue.Consumer {
    /// The calls for plain threads.
    @available(*, noasync, message: "await the call of the Consumer itself")
    public var blocking: Blocking { Blocking(consumer: self) }

    /// The blocking calls of a `Consumer`, for plain threads. Each throws `.invalidCommand` on the event loop.
    public struct Blocking: Sendable {
        let consumer: MessageQueue.Consumer

        /// Takes the oldest message, and blocks the thread while there is none.
        ///
        /// - Throws: What `Consumer.get` throws.
        public func get(timeout: Duration? = nil) throws(RedisError) -> MessageQueue.Delivery {
            try wait { consumer async throws(RedisError) in try await consumer.get(timeout: timeout) }
        }

        /// Says that a message was handled.
        ///
        /// - Throws: What `Delivery.acknowledge` throws.
        public func acknowledge(_ delivery: MessageQueue.Delivery) throws(RedisError) {
            try wait { _ async throws(RedisError) in try await delivery.acknowledge() }
        }

        /// Puts a message back to the front of the queue.
        ///
        /// - Throws: What `Delivery.giveBack` throws.
        public func giveBack(_ delivery: MessageQueue.Delivery) throws(RedisError) {
            try wait { _ async throws(RedisError) in try await delivery.giveBack() }
        }

        /// Ends the consumer.
        ///
        /// - Throws: What `Consumer.close` throws.
        @discardableResult
        public func close() throws(RedisError) -> Int {
            try wait { consumer async throws(RedisError) in try await consumer.close() }
        }

        private func wait<Value: Sendable>(
            _ body: @escaping @Sendable (MessageQueue.Consumer) async throws(RedisError) -> Value
        ) throws(RedisError) -> Value {
            try consumer.queue.client.blocking.wait { [consumer] _ async throws(RedisError) in
                try await body(consumer)
            }
        }
    }
}
