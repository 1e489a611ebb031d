extension PubSub {
    /// How long a call waits for the server's answer.
    ///
    /// It bounds the wait and nothing else: when it is over, the call throws `.timedOut`, and what was asked for stays
    /// wanted. It is sent when the link is back, and `unsubscribe` takes it back.
    public struct Timeout: Sendable, Hashable {
        private enum Kind: Hashable {
            case standard
            case after(Duration)
            case unlimited
        }

        private let kind: Kind

        /// As long as a first connect may take by the configuration (`reconnect.initialPatience`, `lookupTimeout`,
        /// `connectTimeout`, `handshakeTimeout`), and 5 s: 30 s by default.
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
                configuration.reconnect.initialPatience + configuration.lookupTimeout + configuration.connectTimeout
                    + configuration.handshakeTimeout
                    + .seconds(5)
            case .after(let duration): duration
            case .unlimited: nil
            }
        }
    }

    /// What becomes of what was asked for when the time is over.
    enum Consequence: String, Sendable {
        case staysWanted = "what was asked for stays wanted, and is sent when the link is back"
        case isTakenBack = "nothing of the subscription is left"
    }

    /// Awaits the server's answer to a subscribe or an unsubscribe. The error of a timeout tells what becomes of the request:
    /// `consequence`.
    func result<Value>(
        of answer: Promise<Value>,
        within timeout: Timeout,
        _ consequence: Consequence = .staysWanted
    ) async throws(RedisError) -> Value {
        let timer = timeout.duration(configuration).map { limit in
            ScheduledCall(after: limit, on: engine.loop) { [configuration] in
                answer.complete(.failure(.unanswered(within: limit, configuration.endpoint, consequence)))
            }
        }
        defer { timer?.cancel() }
        return try await answer.value()
    }

    /// Blocks the thread until the server has answered.
    func resultBlocking<Value>(
        of answer: Promise<Value>,
        within timeout: Timeout,
        _ consequence: Consequence = .staysWanted
    ) throws(RedisError) -> Value {
        guard let limit = timeout.duration(configuration) else { return try answer.waitBlocking() }
        do throws(RedisError) {
            return try answer.waitBlocking(until: ContinuousClock.now.advanced(by: limit))
        } catch {
            throw error.code == .timedOut ? .unanswered(within: limit, configuration.endpoint, consequence) : error
        }
    }
}

extension RedisError {
    fileprivate static func unanswered(
        within limit: Duration,
        _ endpoint: RedisEndpoint,
        _ consequence: PubSub.Consequence
    ) -> RedisError {
        RedisError(
            .timedOut,
            "the server has not answered within \(limit); \(consequence.rawValue)",
            endpoint: endpoint,
            phase: .subscribe
        )
    }
}
