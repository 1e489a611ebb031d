package import RedisCore

/// What to say of a server by its answers. Each rule is one finding, or none where the server says nothing about it.
package enum CheckRules {
    /// The findings, in the order in which they are printed.
    package static func findings(_ facts: ServerAnswers, _ configuration: RedisConfiguration) -> [Finding] {
        [
            server(facts), encryption(configuration), user(facts, configuration), role(facts), buffers(facts),
            memory(facts),
            keyspace(facts), rate(facts),
        ].compactMap { $0 }
    }

    static func server(_ facts: ServerAnswers) -> Finding {
        let name =
            facts.info["valkey_version"].map { "Valkey \($0)" } ?? facts.info["redis_version"].map { "Redis \($0)" }
        let text =
            (name ?? "a server that does not tell its version") + ", a reply takes \(Notices.latency(facts.roundTrip))"
        if facts.info["loading"] == "1" { return Finding("server", .wrong, text + "; it is loading its data") }
        return Finding("server", .ok, text)
    }

    static func encryption(_ configuration: RedisConfiguration) -> Finding? {
        if let tls = configuration.tls {
            if case .none = tls.verification {
                return Finding("tls", .warning, "encrypted, but the server is not verified: leave out --insecure")
            }
            return Finding("tls", .ok, "encrypted, and the server's certificate is verified")
        }
        guard case .tcp(let host, _) = configuration.endpoint, !isLoopback(host) else { return nil }
        return Finding("tls", .note, "not encrypted: whoever is in between reads everything, the password too")
    }

    private static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host.hasPrefix("127.") || host == "::1"
    }

    static func user(_ facts: ServerAnswers, _ configuration: RedisConfiguration) -> Finding? {
        guard let user = facts.user else { return nil }
        if configuration.credentials == nil {
            let isRemote = if case .tcp(let host, _) = configuration.endpoint { !isLoopback(host) } else { false }
            return Finding("user", isRemote ? .warning : .ok, "\(user), without a password")
        }
        return Finding("user", .ok, user)
    }

    static func role(_ facts: ServerAnswers) -> Finding? {
        guard let role = facts.info["role"] else { return nil }
        let cluster = facts.info["cluster_enabled"] == "1"
        if cluster, let state = facts.info["cluster_state"], state != "ok" {
            return Finding("role", .wrong, "a node of a cluster whose state is \(state)")
        }
        let place = cluster ? " of a cluster" : ""
        guard role == "slave" else {
            let replicas = facts.info["connected_slaves"].flatMap { Int($0) } ?? 0
            return Finding("role", .ok, "a primary\(place) with \(Words.count(replicas, "replica"))")
        }
        let primary = "\(facts.info["master_host"] ?? "?"):\(facts.info["master_port"] ?? "?")"
        if facts.info["master_link_status"] != "up" {
            return Finding(
                "role",
                .warning,
                "a replica\(place) of \(primary), whose link to it is down: it gets nothing new"
            )
        }
        return Finding("role", .ok, "a replica\(place) of \(primary); an expiry is reported as del here")
    }

    /// What the server keeps for readers that are slow. Each class of clients has a hard limit in bytes, a soft one,
    /// and the seconds that the soft one holds for.
    static func buffers(_ facts: ServerAnswers) -> Finding? {
        guard let words = facts.settings?["client-output-buffer-limit"]?.split(separator: " ").map(String.init) else {
            return nil
        }
        func limit(_ name: String) -> Int? {
            guard let index = words.firstIndex(of: name), index + 1 < words.count else { return nil }
            return Int(words[index + 1])
        }
        guard let normal = limit("normal"), let pubsub = limit("pubsub") else { return nil }
        if pubsub == 0 {
            let text =
                "the server keeps everything for a slow subscriber, without a limit: set client-output-buffer-limit pubsub"
            return Finding("buffers", .warning, text)
        }
        let monitor = normal == 0 ? "without a limit, so rwatch leaves at --guard" : "up to \(Words.size(normal))"
        let text =
            "for a slow subscriber the server keeps up to \(Words.size(pubsub)), for a slow monitor it keeps all \(monitor)"
        return Finding("buffers", pubsub < 1 << 20 ? .warning : .ok, text)
    }

    static func memory(_ facts: ServerAnswers) -> Finding? {
        guard let settings = facts.settings, let most = settings["maxmemory"].flatMap({ Int($0) }) else { return nil }
        guard most > 0 else { return Finding("memory", .ok, "no limit: what is kept for a monitor evicts no keys") }
        let policy = settings["maxmemory-policy"] ?? "noeviction"
        let used = facts.info["used_memory"].flatMap { Int($0) }
        let text = "at most \(Words.size(most))" + (used.map { ", \(Words.size($0)) in use" } ?? "") + ", \(policy)"
        if policy == "noeviction" {
            return Finding(
                "memory",
                .note,
                "\(text): what is kept for a monitor may make writes fail; rwatch leaves at --guard"
            )
        }
        return Finding("memory", .warning, "\(text): what is kept for a monitor evicts keys; rwatch leaves at --guard")
    }

    static func keyspace(_ facts: ServerAnswers) -> Finding? {
        guard let flags = facts.settings?["notify-keyspace-events"] else { return nil }
        if flags.isEmpty {
            return Finding("keyspace", .note, "no key events: rwatch keys --enable sets the flags for its run")
        }
        return Finding("keyspace", .ok, "notify-keyspace-events is \"\(flags.shown(upTo: 64))\"")
    }

    /// A monitor costs more the more commands there are (cost and limits: what servers were measured to feed).
    static func rate(_ facts: ServerAnswers) -> Finding? {
        guard let rate = facts.commandsPerSecond else { return nil }
        let text = "\(Words.count(rate, "command")) a second, which is what a monitor prints"
        if rate >= 100_000 {
            return Finding("rate", .warning, "\(text): it may take half of the server's throughput")
        }
        return Finding("rate", .ok, text)
    }
}
