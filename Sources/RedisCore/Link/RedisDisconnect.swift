/// Why a link ended, as far as it can be known.
///
/// Servers close a link without a word, so that most causes have to be concluded from what was seen: how far the last
/// frame came, what the server says of itself when it is connected to again, which rights are left. `confidence` tells
/// how safe the conclusion is. The record of the loss itself (`RedisLinkEvent.lost`) knows only what was seen at that
/// moment; `RedisGap.cause` knows what the reconnect showed as well.
public struct RedisDisconnect: Sendable, Hashable, CustomStringConvertible {
    /// The kind of end. More kinds may come; a `switch` needs a `default`.
    public struct Reason: Sendable, Hashable, CustomStringConvertible {
        private enum Value: String {
            case endOfStream, systemError, protocolViolation, frameTooLarge, refused, deadline
            case outputBufferLimit, clientKilled, rightsChanged, maxClients, protectedMode, idleTimeout
            case serverRestarted, tls, deliveryFailed
            case guardTripped, suspended, relocated, credentialsChanged, unproven, notificationsOff
        }

        private let value: Value

        /// The kind's name.
        public var description: String { value.rawValue }

        /// The server closed the connection, and nothing tells why.
        public static let endOfStream = Reason(value: .endOfStream)
        /// The system gave the connection up, for instance because it was reset.
        public static let systemError = Reason(value: .systemError)
        /// The server sent bytes that are not RESP, or RESP that has no place there.
        public static let protocolViolation = Reason(value: .protocolViolation)
        /// The server sent more than the limits allow.
        public static let frameTooLarge = Reason(value: .frameTooLarge)
        /// The server answered with an error that leaves no use for the link.
        public static let refused = Reason(value: .refused)
        /// The server did not answer in time.
        public static let deadline = Reason(value: .deadline)
        /// More waited for this client than the server keeps (`client-output-buffer-limit`).
        public static let outputBufferLimit = Reason(value: .outputBufferLimit)
        /// Somebody ended the connection (`CLIENT KILL`), or something between here and the server did.
        public static let clientKilled = Reason(value: .clientKilled)
        /// The user lost a right that the link rests on, or is no more (`ACL SETUSER`, `ACL DELUSER`).
        public static let rightsChanged = Reason(value: .rightsChanged)
        /// The server takes no more clients (`maxclients`).
        public static let maxClients = Reason(value: .maxClients)
        /// The server takes no connections from other hosts (`protected-mode`).
        public static let protectedMode = Reason(value: .protectedMode)
        /// The link was silent for longer than the server allows (`timeout`).
        public static let idleTimeout = Reason(value: .idleTimeout)
        /// The server ended and was started again: another `run_id` answered. Or another server did,
        /// where a name or an address can come to mean one.
        public static let serverRestarted = Reason(value: .serverRestarted)
        /// TLS broke, or was refused.
        public static let tls = Reason(value: .tls)
        /// The link was alive, and what was published did not arrive over it (`RedisDeliveryProbe`).
        public static let deliveryFailed = Reason(value: .deliveryFailed)
        /// A monitor left by itself, because the server had to keep too much for it.
        public static let guardTripped = Reason(value: .guardTripped)
        /// The link was let go of on request, because the process was going to be stopped.
        public static let suspended = Reason(value: .suspended)
        /// The server's part went to another: a failover has promoted a replica, or a slot has moved to another node.
        public static let relocated = Reason(value: .relocated)
        /// The link was opened anew to use new credentials, because a subscriber in RESP2 cannot send them.
        public static let credentialsChanged = Reason(value: .credentialsChanged)
        /// No link ended, but the two of a mirrored subscription differ, and counting does not tell whether something
        /// is missing (`RedisClusterConfiguration.mirrorsChannels`).
        public static let unproven = Reason(value: .unproven)
        /// No link ended, but the server's `notify-keyspace-events` was changed, so that it told of keys no more.
        public static let notificationsOff = Reason(value: .notificationsOff)
    }

    /// How safe a conclusion is.
    public enum Confidence: Int, Sendable, Hashable, Comparable {
        /// One of several explanations.
        case possible
        /// The explanation that fits what was seen best.
        case likely
        /// What was seen leaves no other.
        case certain

        /// By certainty.
        public static func < (left: Confidence, right: Confidence) -> Bool { left.rawValue < right.rawValue }
    }

    /// The kind of end.
    public let reason: Reason
    /// How safe `reason` is.
    public let confidence: Confidence
    /// What was seen: `the server closed the connection in the middle of a frame`.
    public let observation: String
    /// The conclusion in words, when it says more than the observation.
    let conclusion: String?

    /// The server that the link went to.
    public package(set) var node: RedisEndpoint?

    /// What was seen, and what was concluded from it.
    public var description: String {
        guard let conclusion else { return observation }
        switch confidence {
        case .certain: return "\(observation): \(conclusion)"
        case .likely: return "\(observation): probably \(conclusion)"
        case .possible: return "\(observation): possibly \(conclusion)"
        }
    }

    /// An end whose cause was seen.
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

    /// The same observation, explained otherwise.
    package func explained(_ reason: Reason, _ confidence: Confidence, _ conclusion: String) -> RedisDisconnect {
        var explained = RedisDisconnect(reason, confidence, observation, conclusion: conclusion)
        explained.node = node
        return explained
    }
}
