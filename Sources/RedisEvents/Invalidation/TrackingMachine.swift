/// From a link that is ready to one that the server tells of changed keys (CLIENT TRACKING, Redis 6.0,
/// https://redis.io/docs/latest/commands/client-tracking/). Pure.
///
/// RESP3 has pushes for it. In RESP2 invalidations are redirected to a client that is subscribed to a channel. Here that
/// client is the one that tracks: it redirects to itself, and subscribes after that, so that there is one link to lose and
/// no half of a pair to outlive the other. Servers allow it (seen on Redis 6.2 and 7.0, Valkey 9.1).
package struct TrackingMachine: Sendable {
    /// Where RESP2 servers publish invalidations.
    package static let channel: StaticString = "__redis__:invalidate"

    package enum Action: Equatable, Sendable {
        case send([RedisCommand])
        case wait
        /// The server tracks, and will tell.
        case stands
        case fail(RedisError.Code, String)
    }

    private enum State {
        case off, clientID, tracking, subscription, on
    }

    private let prefixes: [RedisBytes]
    private var state = State.off

    /// Tracks keys with these prefixes, without any all keys.
    package init(prefixes: [RedisBytes]) { self.prefixes = prefixes }

    /// A link is ready.
    package mutating func linkReady(protocolVersion: Int) -> Action {
        if protocolVersion >= 3 {
            state = .tracking
            isRedirected = false
            return .send([command(redirect: nil)])
        }
        state = .clientID
        isRedirected = true
        return .send([["CLIENT", "ID"]])
    }

    private var isRedirected = false

    /// The reply to the command that is outstanding.
    package mutating func replied(_ reply: RESPValue) -> Action {
        switch state {
        case .clientID:
            guard case .integer = reply, let id = reply.count else { return refused(reply) }
            state = .tracking
            return .send([command(redirect: id), ["SUBSCRIBE", RedisBytes("\(Self.channel)")]])
        case .tracking:
            guard reply.bytes == "OK" else { return refused(reply) }
            state = isRedirected ? .subscription : .on
            return isRedirected ? .wait : .stands
        case .off, .subscription, .on:
            return refused(reply)
        }
    }

    /// The confirmation of the subscription.
    package mutating func subscribed() -> Action {
        guard state == .subscription else { return .fail(.protocolViolation, "a confirmation that was not asked for") }
        state = .on
        return .stands
    }

    /// The link is gone.
    package mutating func linkLost() { state = .off }

    private func command(redirect: Int?) -> RedisCommand {
        var command: RedisCommand = ["CLIENT", "TRACKING", "ON"]
        if let redirect { command.arguments += ["REDIRECT", RedisBytes(String(redirect))] }
        command.arguments.append("BCAST")
        for prefix in prefixes { command.arguments += ["PREFIX", prefix] }
        return command
    }

    private func refused(_ reply: RESPValue) -> Action {
        guard case .error(let line) = reply else {
            return .fail(.protocolViolation, "a reply that was not asked for, or has no known form")
        }
        let topologyUnavailable =
            line.containsText("unknown subcommand", ignoringCase: true) || line.begins(with: "ERR unknown command")
        return .fail(topologyUnavailable ? .unsupported : .serverError, line.description)
    }
}
