extension PubSub {
    /// How long a call waits for the server's answer.
    ///
    /// It bounds the wait and nothing else: when it is over, the call throws `.timedOut`, and what was asked for stays wanted. It
    /// is sent when the link is back, and `unsubscribe` takes it back.
    public struct Timeout: Sendable, Hashable {
        private enum Kind: Hashable {
            case standard
            case after(Duration)
            case unlimited
        }

        private let kind: Kind

        /// As long as a name lookup, a connect and the handshakes may take by the configuration (`lookupTimeout`, `connectTimeout`,
        /// `handshakeTimeout`), and 5 s: 30 s by default.
        public static let standard = Timeout(kind: .standard)

        /// For ever; closing the object and cancelling the task end the wait all the same.
        public static let unlimited = Timeout(kind: .unlimited)

        /// That long. Zero or less only asks, and does not wait.
        public static func after(_ duration: Duration) -> Timeout { Timeout(kind: .after(duration)) }

        /// So many seconds.
        public static func seconds(_ seconds: some BinaryInteger) -> Timeout { after(.seconds(seconds)) }

        /// So many seconds.
        public static func seconds(_ seconds: Double) -> Timeout { after(.seconds(seconds)) }

        /// So many milliseconds.
        public static func milliseconds(_ milliseconds: some BinaryInteger) -> Timeout {
            after(.milliseconds(milliseconds))
        }

        /// The duration, or `nil` for no limit.
        package func duration(_ configuration: RedisConfiguration) -> Duration? {
            switch kind {
            case .standard:
                configuration.lookupTimeout + configuration.connectTimeout + configuration.handshakeTimeout
                    + .seconds(5)
            case .after(let duration): duration
            case .unlimited: nil
            }
        }
    }

    /// Awaits the server's answer to a subscribe or an unsubscribe.
    func result<Value>(of answer: Answer<Value>, within timeout: Timeout) async throws(RedisError) -> Value {
        let timer = timeout.duration(configuration).map { limit in
            ScheduledCall(after: limit, on: engine.loop) { [configuration] in
                answer.give(.failure(.unanswered(within: limit, configuration.endpoint)))
            }
        }
        defer { timer?.cancel() }
        return try await answer.value()
    }

    /// Blocks the thread until the server has answered.
    func resultBlocking<Value>(of answer: Answer<Value>, within timeout: Timeout) throws(RedisError) -> Value {
        guard let limit = timeout.duration(configuration) else { return try answer.waitBlocking() }
        do throws(RedisError) {
            return try answer.waitBlocking(until: ContinuousClock.now.advanced(by: limit))
        } catch {
            throw error.code == .timedOut ? .unanswered(within: limit, configuration.endpoint) : error
        }
    }
}

extension RedisError {
    fileprivate static func unanswered(within limit: Duration, _ endpoint: Endpoint) -> RedisError {
        RedisError(
            .timedOut,
            "the server has not answered within \(limit); what was asked for stays wanted, and is sent when the link is back",
            endpoint: endpoint,
            phase: .subscribe
        )
    }
}
