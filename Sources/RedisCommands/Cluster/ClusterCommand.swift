/// A command on its way to a node of a cluster.
struct ClusterCommand: Sendable {
    /// The node to which the command belongs.
    enum Destination: Hashable, Sendable {
        /// The node that serves this slot.
        case slot(Int)
        /// The node for commands without keys.
        case anywhere
        /// Only this node. Its reply is the result, whatever it is.
        case node(RedisEndpoint)
    }

    /// The node to which a server has redirected the command, instead of its destination.
    struct Redirection: Sendable {
        var node: RedisEndpoint
        /// Whether the redirection holds for this one attempt, after ASKING.
        var isTemporary: Bool
    }

    /// The number by which the caller may cancel.
    let id: Int
    let command: RedisCommand
    let destination: Destination
    let recipient: CommandRecipient
    let deadline: ContinuousClock.Instant?
    /// Why the last attempt failed.
    var trouble: RedisError?
    /// For a block of commands that stays together: how many they are.
    var blockCount: Int?
    var redirection: Redirection?
    /// How often in a row servers have redirected the command.
    var redirections = 0
    /// How often in a row the command could not be delivered.
    var attempts = 0

    init(
        _ command: RedisCommand,
        to destination: Destination,
        _ call: ClusterCall,
        _ recipient: CommandRecipient? = nil
    ) {
        id = call.id
        deadline = call.deadline
        self.command = command
        self.destination = destination
        self.recipient = recipient ?? call.recipient
    }

    /// Ends the wait, because the command was not sent.
    func fail(_ error: RedisError) { recipient.fail(error.with(.notExecuted), writtenBytes: 0) }

    /// Whether nobody waits any longer at that time.
    func hasExpired(at now: ContinuousClock.Instant) -> Bool { deadline.map { $0 <= now } ?? false }

    /// The error for a command whose deadline has passed before it was sent. The reason for the delay says more than
    /// the deadline.
    var notSentInTime: RedisError {
        guard let trouble else { return RedisError(.timedOut, "not sent in time", phase: .command) }
        return RedisError(
            .timedOut,
            "not delivered in time; at last: \(trouble.message)",
            endpoint: trouble.endpoint,
            phase: .command,
            underlyingError: trouble
        )
    }

    /// The most redirections in a row.
    static var mostRedirections: Int { 5 }

    /// How long to wait before the next attempt: it doubles from 20 ms up to half a second.
    var pause: Duration { .milliseconds(min(20 << min(max(attempts - 1, 0), 8), 500)) }
}

/// A call of a `RedisClient` on a cluster: who waits, until when, and under which number.
struct ClusterCall: Sendable {
    let id: Int
    let deadline: ContinuousClock.Instant?
    let recipient: CommandRecipient
}
