/// Why a link ended, as far as it can be known.
///
/// Servers close a link without a reason, so most causes are concluded from observations: where in a frame the bytes
/// ended, what the server says when it is connected to again, which rights the user has. `confidence` says how certain
/// the conclusion is. `RedisLinkEvent.lost` contains only what was seen at the moment of the loss; `RedisGap.cause`
/// also contains what the reconnect showed.
public struct RedisDisconnect: Sendable, Hashable, CustomStringConvertible {
    /// The kind of end. More kinds may come; a `switch` needs a `default`.
    public struct Reason: Sendable, Hashable, CustomStringConvertible {
        private enum Value: String {
            case endOfStream, systemError, protocolViolation, frameTooLarge, refused, deadline
            case outputBufferLimit, clientKilled, rightsChanged, maxClients, protectedMode, idleTimeout
            case serverRestarted, tls, deliveryFailed
            case guardTripped, suspended, relocated, credentialsChanged, unproven, notificationsOff
            case dutyCycle = "duty"
        }

        private let value: Value

        /// The kind's name.
        public var description: String { value.rawValue }

        /// The server closed the connection for an unknown reason.
        public static let endOfStream = Reason(value: .endOfStream)
        /// The system closed the connection, for example because it was reset.
        public static let systemError = Reason(value: .systemError)
        /// The server sent bytes that are not RESP, or RESP that is not allowed there.
        public static let protocolViolation = Reason(value: .protocolViolation)
        /// The server sent more than the limits allow.
        public static let frameTooLarge = Reason(value: .frameTooLarge)
        /// The server replied with an error after which the link cannot be used.
        public static let refused = Reason(value: .refused)
        /// The server did not answer in time.
        public static let deadline = Reason(value: .deadline)
        /// More output waited for this client than the server buffers (`client-output-buffer-limit`).
        public static let outputBufferLimit = Reason(value: .outputBufferLimit)
        /// Somebody ended the connection (`CLIENT KILL`), or something between here and the server did.
        public static let clientKilled = Reason(value: .clientKilled)
        /// The user lost a right that the link needs, or was deleted (`ACL SETUSER`, `ACL DELUSER`).
        public static let rightsChanged = Reason(value: .rightsChanged)
        /// The server accepts no more clients (`maxclients`).
        public static let maxClients = Reason(value: .maxClients)
        /// The server accepts no connections from other hosts (`protected-mode`).
        public static let protectedMode = Reason(value: .protectedMode)
        /// The link was silent for longer than the server allows (`timeout`).
        public static let idleTimeout = Reason(value: .idleTimeout)
        /// The server was restarted: another `run_id` answered. If a name or an address can lead to several servers, it
        /// may also be another server.
        public static let serverRestarted = Reason(value: .serverRestarted)
        /// TLS failed, or was refused.
        public static let tls = Reason(value: .tls)
        /// The link was alive, but published messages did not arrive over it (`RedisDeliveryProbe`).
        public static let deliveryFailed = Reason(value: .deliveryFailed)
        /// A monitor disconnected by itself, because the server had to buffer too much for it.
        public static let guardTripped = Reason(value: .guardTripped)
        /// The link was closed on request, because the process was going to be stopped.
        public static let suspended = Reason(value: .suspended)
        /// The link was closed on request, because a monitor watches only a part of the time.
        public static let dutyCycle = Reason(value: .dutyCycle)
        /// Another server took over: a failover has promoted a replica, or a slot has moved to another node.
        public static let relocated = Reason(value: .relocated)
        /// The link was opened anew to use new credentials, because a subscriber in RESP2 cannot send AUTH.
        public static let credentialsChanged = Reason(value: .credentialsChanged)
        /// No link ended, but the two of a mirrored subscription differ, and counting does not tell whether something
        /// is missing (`RedisClusterConfiguration.mirrorsChannels`).
        public static let unproven = Reason(value: .unproven)
        /// No link ended, but the server's `notify-keyspace-events` was changed, so that it did not report keys any
        /// more.
        public static let notificationsOff = Reason(value: .notificationsOff)
    }

    /// How certain a conclusion is.
    public enum Confidence: Int, Sendable, Hashable, Comparable {
        /// One of several explanations.
        case possible
        /// The explanation that matches the observations best.
        case likely
        /// The only explanation that matches the observations.
        case certain

        /// By certainty.
        public static func < (left: Confidence, right: Confidence) -> Bool { left.rawValue < right.rawValue }
    }

    /// The kind of end.
    public let reason: Reason
    /// How certain `reason` is.
    public let confidence: Confidence
    /// The observation: `the server closed the connection in the middle of a frame`.
    public let observation: String
    /// The conclusion in words, if it adds something to the observation.
    let conclusion: String?

    /// The server that the link went to.
    public package(set) var node: RedisEndpoint?

    /// The observation, and the conclusion from it.
    public var description: String {
        guard let conclusion else { return observation }
        switch confidence {
        case .certain: return "\(observation): \(conclusion)"
        case .likely: return "\(observation): probably \(conclusion)"
        case .possible: return "\(observation): possibly \(conclusion)"
        }
    }

    /// An end whose cause was observed.
    package init(_ reason: Reason, _ observation: String, node: RedisEndpoint? = nil) {
        self.init(reason, .certain, observation, conclusion: nil)
        self.node = node
    }

    init(_ reason: Reason, _ confidence: Confidence, _ observation: String, conclusion: String?) {
        self.reason = reason
        self.confidence = confidence
        self.observation = observation
        self.conclusion = conclusion
    }

    /// The same observation with another conclusion.
    package func explained(_ reason: Reason, _ confidence: Confidence, _ conclusion: String) -> RedisDisconnect {
        var explained = RedisDisconnect(reason, confidence, observation, conclusion: conclusion)
        explained.node = node
        return explained
    }
}
