/// Leads from a ready link to a link on which the server reports changed keys (CLIENT TRACKING, Redis 6.0,
/// https://redis.io/docs/latest/commands/client-tracking/). Pure.
///
/// RESP3 uses pushes. In RESP2, invalidations are redirected to a client that is subscribed to a channel. Here, the
/// tracking client itself is that client: it redirects to itself, and subscribes after that. So only one link can be
/// lost, and no half of a pair survives the other. Servers allow it (seen on Redis 6.2 and 7.0, Valkey 9.1).
package struct TrackingMachine: Sendable {
    /// Where RESP2 servers publish invalidations.
    package static let channel: StaticString = "__redis__:invalidate"

    package enum Action: Equatable, Sendable {
        case send([RedisCommand])
        case wait
        /// The server tracks keys, and will report changes.
        case tracking
        case fail(RedisError.Code, String)
    }

    private enum State {
        case off, clientID, tracking, subscription, on
    }

    private let prefixes: [RedisBytes]
    private var state = State.off

    /// Tracks keys with these prefixes. Without prefixes, tracks all keys.
    package init(prefixes: [RedisBytes]) { self.prefixes = prefixes }

    /// Called when a link is ready.
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

    /// Handles the reply to the outstanding command.
    package mutating func replied(_ reply: RESPValue) -> Action {
        switch state {
        case .clientID:
            guard case .integer = reply, let id = reply.count else { return refused(reply) }
            state = .tracking
            return .send([command(redirect: id), ["SUBSCRIBE", RedisBytes("\(Self.channel)")]])
        case .tracking:
            guard reply.bytes == "OK" else { return refused(reply) }
            state = isRedirected ? .subscription : .on
            return isRedirected ? .wait : .tracking
        case .off, .subscription, .on:
            return refused(reply)
        }
    }

    /// Handles the confirmation of the subscription.
    package mutating func subscribed() -> Action {
        guard state == .subscription else { return .fail(.protocolViolation, "a confirmation that was not asked for") }
        state = .on
        return .tracking
    }

    /// Whether the server reports changes over the link.
    package var isTracking: Bool { state == .on }

    /// Called when the link is lost.
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
