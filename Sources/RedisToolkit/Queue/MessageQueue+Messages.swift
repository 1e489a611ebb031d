extension MessageQueue {
    /// The messages as an asynchronous sequence, each taken when the loop asks for it.
    ///
    /// ```swift
    /// for try await message in queue.messages { try await handle(message) }
    /// ```
    ///
    /// It ends when the task is cancelled and when the queue is closed, and throws what `get` throws. Several loops may
    /// run at a time; each message goes to one of them. Leaving the loop loses nothing.
    public var messages: Messages { Messages(queue: self) }

    /// Takes one message after the other, until the task is cancelled or the queue is closed.
    ///
    /// - Parameters:
    ///   - onError: Receives what `body` throws, and lets the run go on unless it throws itself. Without it the first
    ///     error ends the run. The message is gone in any case.
    ///   - body: Receives each message.
    /// - Throws: What `body` or `onError` threw; what `get` throws.
    public func run(
        onError: ((any Error) async throws -> Void)? = nil,
        _ body: (RedisBytes) async throws -> Void
    ) async throws {
        for try await message in messages {
            do { try await body(message) } catch {
                guard let onError else { throw error }
                try await onError(error)
            }
        }
    }

    /// The messages of a queue.
    public struct Messages: AsyncSequence, Sendable {
        /// The elements are messages.
        public typealias Element = RedisBytes
        /// The sequence throws `RedisError`, but does not declare it, as `RedisEventStream`.
        public typealias Failure = any Error

        let queue: MessageQueue

        /// Starts to read.
        public func makeAsyncIterator() -> Iterator { Iterator(queue: queue) }

        /// Takes messages for a `for try await` loop.
        public struct Iterator: AsyncIteratorProtocol {
            let queue: MessageQueue

            /// The next message; `nil` when the task is cancelled or the queue is closed.
            ///
            /// - Throws: What `MessageQueue.get` throws.
            public mutating func next() async throws -> RedisBytes? {
                do throws(RedisError) { return try await queue.get() } catch {
                    if error.code == .cancelled || error.code == .closed { return nil }
                    throw error
                }
            }
        }
    }
}
