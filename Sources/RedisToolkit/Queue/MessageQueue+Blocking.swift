extension MessageQueue {
    /// The calls for plain threads.
    @available(*, noasync, message: "await the call of the MessageQueue itself")
    public var blocking: Blocking { Blocking(queue: self) }

    /// The blocking calls of a `MessageQueue`, for plain threads. Each throws `.invalidCommand` on the event loop.
    public struct Blocking: Sendable {
        let queue: MessageQueue

        /// Puts a message at the end, and blocks the thread while there is no room.
        ///
        /// - Throws: What `MessageQueue.put` throws.
        @discardableResult
        public func put(_ message: some RedisBytesConvertible, timeout: Duration? = nil) throws(RedisError) -> Int {
            try put([message.redisBytes], timeout: timeout)
        }

        /// Puts messages at the end in one step, and blocks the thread while there is no room.
        ///
        /// - Throws: What `MessageQueue.put` throws.
        @discardableResult
        public func put(_ messages: [some RedisBytesConvertible], timeout: Duration? = nil) throws(RedisError) -> Int {
            let messages = messages.map(\.redisBytes)
            return try queue.client.blocking.wait { [queue] _ async throws(RedisError) in
                try await queue.put(messages, timeout: timeout)
            }
        }

        /// Puts messages at the end in one step, if there is room for all of them.
        ///
        /// - Throws: What `MessageQueue.tryPut` throws.
        public func tryPut(_ messages: [some RedisBytesConvertible]) throws(RedisError) -> Bool {
            let messages = messages.map(\.redisBytes)
            return try queue.client.blocking.wait { [queue] _ async throws(RedisError) in
                try await queue.tryPut(messages)
            }
        }

        /// Takes the oldest message, and blocks the thread while there is none.
        ///
        /// - Throws: What `MessageQueue.get` throws.
        public func get(timeout: Duration? = nil) throws(RedisError) -> RedisBytes {
            try queue.client.blocking.wait { [queue] _ async throws(RedisError) in
                try await queue.get(timeout: timeout)
            }
        }

        /// Takes the oldest messages, and blocks the thread while there is none.
        ///
        /// - Throws: What `MessageQueue.get` throws.
        public func get(upTo limit: Int, timeout: Duration? = nil) throws(RedisError) -> [RedisBytes] {
            try queue.client.blocking.wait { [queue] _ async throws(RedisError) in
                try await queue.get(upTo: limit, timeout: timeout)
            }
        }

        /// How many messages wait.
        ///
        /// - Throws: What `MessageQueue.count` throws.
        public func count() throws(RedisError) -> Int {
            try queue.client.blocking.wait { [queue] _ async throws(RedisError) in try await queue.count() }
        }

        /// Deletes the messages that wait.
        ///
        /// - Throws: What `MessageQueue.unlink` throws.
        @discardableResult
        public func unlink() throws(RedisError) -> Int {
            try queue.client.blocking.wait { [queue] _ async throws(RedisError) in try await queue.unlink() }
        }

        /// Ends every wait over this client, and deletes the messages that wait.
        ///
        /// - Throws: What `MessageQueue.close` throws.
        @discardableResult
        public func close() throws(RedisError) -> Int {
            try queue.client.blocking.wait { [queue] _ async throws(RedisError) in try await queue.close() }
        }
    }
}
