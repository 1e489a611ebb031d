/// A command on its way to a node of a cluster.
struct ClusterCommand: Sendable {
    /// Where it belongs.
    enum Destination: Hashable, Sendable {
        /// To who serves this slot.
        case slot(Int)
        /// To the node that commands without keys go to.
        case anywhere
        /// To this node and no other; what comes of it there is the answer.
        case node(RedisEndpoint)
    }

    /// Where a server has sent it, instead of where it belongs.
    struct Redirection: Sendable {
        var node: RedisEndpoint
        /// For this once, behind ASKING.
        var isTemporary: Bool
    }

    let command: RedisCommand
    let destination: Destination
    /// Whoever waits. When it is given, nobody does.
    let promise: Promise<RESPValue>
    /// Takes the reply instead of `promise`, in a turn of the loop of its own.
    var then: (@Sendable (Result<RESPValue, RedisError>) -> Void)?
    var redirection: Redirection?
    /// How often in a row servers have sent it elsewhere.
    var redirections = 0
    /// How often in a row it could not be delivered.
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

    /// At most that many redirections follow one another.
    static var mostRedirections: Int { 5 }

    /// How long to wait before the next attempt: it doubles from 20 ms up to half a second.
    var pause: Duration { .milliseconds(min(20 << min(max(attempts - 1, 0), 8), 500)) }
}
