import RedisEvents
import RedisTesting
import Testing

/// An event in words that a test can compare.
func words(_ event: KeyspaceEvents.Event) -> String {
    switch event {
    case .key(let event): return "\(event.database) \(event.name) \(event.key)"
    case .notifications(.verified, _): return "verified"
    case .notifications(.missing(let missing), _): return "missing \(missing.flags)"
    case .notifications(.enabled(let flags), _): return "enabled \(flags)"
    case .notifications(.unknown(let flags), _): return "unknown \(flags)"
    case .notifications(.unverified(let error), _): return "unverified \(error.code)"
    case .gap(let gap): return gap.isComplete ? "gap" : "gap so far"
    case .drop(let drop): return "drop \(drop.count)"
    case .link(.lost): return "lost"
    case .link(.retrying): return "retrying"
    case .link(.restored): return "restored"
    case .link(.authenticationFailed): return "authentication failed"
    case .refused(let refusal): return "refused \(refusal.name)"
    case .failed(let error): return "failed \(error.code)"
    case .other(let message): return "other \(message.channel)"
    case .push: return "push"
    }
}

func words(_ restoration: KeyspaceEvents.NotificationRestoration) -> String {
    switch restoration {
    case .notDue: "not due"
    case .restored(let flags): "restored \(flags)"
    case .leftToOthers(let flags): "left to others \(flags)"
    case .leftAlone(let flags): "left alone \(flags)"
    case .failed(let error): "failed \(error.code)"
    case .perNode(let results): results.values.map(words).sorted().joined(separator: ", ")
    }
}

extension KeyspaceEvents {
    /// The next events in words.
    func take(_ count: Int, skipping: Set<String> = [], within limit: Duration = .seconds(20)) async throws -> [String]
    {
        var found: [String] = []
        let deadline = ContinuousClock.now.advanced(by: limit)
        while found.count < count {
            switch try await next(timeout: ContinuousClock.now.duration(to: deadline)) {
            case .event(let event): if !skipping.contains(words(event)) { found.append(words(event)) }
            case .nothing, .handled: return found + ["nothing"]
            case .closed: return found + ["closed"]
            }
        }
        return found
    }

    /// All events up to that of a key named `end`, which is set in database 0.
    func takeAll(_ server: RedisServer) async throws -> [String] {
        try server.command("SET", "end", "")
        var found: [String] = []
        while let word = try await take(1, within: .seconds(10)).first, word != "0 set end", word != "nothing" {
            found.append(word)
        }
        return found
    }
}

extension RedisServer {
    /// The server's flags as CONFIG GET shows them.
    var notifyFlags: String {
        get throws {
            try command("CONFIG", "GET", "notify-keyspace-events").split(separator: "\n").dropFirst().joined()
        }
    }
}
