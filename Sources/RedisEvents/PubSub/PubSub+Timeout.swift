extension PubSub {
    /// How long a call waits for the server's answer.
    ///
    /// The timeout limits the wait and nothing else. When it is over, the call throws `.timedOut`, and the requested
    /// names stay wanted: the command is sent when the link is back, and `unsubscribe` withdraws it.
    public struct Timeout: Sendable, Hashable {
        private enum Kind: Hashable {
            case standard
            case after(Duration)
            case unlimited
        }

        private let kind: Kind

        /// The longest time of a first connect by the configuration (`reconnect.initialPatience`, `lookupTimeout`,
        /// `connectTimeout`, `handshakeTimeout`), and 5 s: 30 s by default.
        public static let standard = Timeout(kind: .standard)

        /// No limit. Closing the object or cancelling the task still ends the wait.
        public static let unlimited = Timeout(kind: .unlimited)

        /// This duration. With zero or less, the command is sent and the call does not wait.
        public static func after(_ duration: Duration) -> Timeout { Timeout(kind: .after(duration)) }

        /// This number of seconds.
        public static func seconds(_ seconds: some BinaryInteger) -> Timeout { after(.seconds(seconds)) }

        /// This number of seconds.
        public static func seconds(_ seconds: Double) -> Timeout { after(.seconds(seconds)) }

        /// This number of milliseconds.
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

    /// What happens to the request when the time is over.
    enum Consequence: String, Sendable {
        case staysWanted = "what was asked for stays wanted, and is sent when the link is back"
        case isTakenBack = "nothing of the subscription is left"
    }

    /// Awaits the server's reply to a subscribe or an unsubscribe. `consequence` is what the error of a timeout says
    /// about the request.
    func result<Value>(
        of promise: Promise<Value>,
        within timeout: Timeout,
        _ consequence: Consequence = .staysWanted
    ) async throws(RedisError) -> Value {
        let timer = timeout.duration(configuration).map { limit in
            ScheduledCall(after: limit, on: backend.loop) { [configuration] in
                promise.complete(.failure(.unanswered(within: limit, configuration.endpoint, consequence)))
            }
        }
        defer { timer?.cancel() }
        return try await promise.value()
    }

    /// Blocks the thread until the server has answered.
    func resultBlocking<Value>(
        of promise: Promise<Value>,
        within timeout: Timeout,
        _ consequence: Consequence = .staysWanted
    ) throws(RedisError) -> Value {
        guard let limit = timeout.duration(configuration) else { return try promise.waitBlocking() }
        do throws(RedisError) {
            return try promise.waitBlocking(until: ContinuousClock.now.advanced(by: limit))
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
