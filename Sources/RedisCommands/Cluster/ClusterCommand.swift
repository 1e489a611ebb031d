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

    let command: RedisCommand
    let destination: Destination
    /// The promise of the caller. When it is completed, nobody waits any more.
    let promise: Promise<RESPValue>
    /// Gets the reply instead of `promise`, in a turn of the loop of its own.
    var then: (@Sendable (Result<RESPValue, RedisError>) -> Void)?
    var redirection: Redirection?
    /// How often in a row servers have redirected the command.
    var redirections = 0
    /// How often in a row the command could not be delivered.
    var attempts = 0

    init(
        _ command: RedisCommand,
        to destination: Destination,
        for promise: Promise<RESPValue>,
        then: (@Sendable (Result<RESPValue, RedisError>) -> Void)? = nil
    ) {
        self.command = command
        self.destination = destination
        self.promise = promise
        self.then = then
    }

    /// The most redirections in a row.
    static var mostRedirections: Int { 5 }

    /// How long to wait before the next attempt: it doubles from 20 ms up to half a second.
    var pause: Duration { .milliseconds(min(20 << min(max(attempts - 1, 0), 8), 500)) }
}
