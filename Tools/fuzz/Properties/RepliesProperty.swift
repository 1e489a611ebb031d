import RedisCore
import RedisEvents
import RedisRESP

/// Whatever servers answer to what the library asks by itself, nothing traps that reads it or reckons with it, no
/// number is beyond what can be reckoned with, no text longer than what is kept, and no password shown that a server
/// repeats.
///
/// Input: a letter that says whose replies are read, then what `ReplySource` makes of the rest.
enum RepliesProperty {
    static func check(_ input: [UInt8]) throws(Broken) {
        var source = ReplySource(input.dropFirst())
        switch input.first {
        case UInt8(ascii: "h")?: try HandshakeReplies.check(&source)
        case UInt8(ascii: "i")?: try CounterReplies.check(&source)
        case UInt8(ascii: "c")?: try ClusterReplies.check(&source)
        case UInt8(ascii: "s")?: try SentinelReplies.check(&source)
        case UInt8(ascii: "l")?: try ClientListReplies.check(&source)
        case UInt8(ascii: "f")?: try SettingReplies.check(&source)
        case UInt8(ascii: "k")?: try CommandReplies.check(&source)
        case UInt8(ascii: "t")?: try SubscriptionReplies.check(&source)
        case UInt8(ascii: "y")?: try TypedReplies.check(&source)
        case UInt8(ascii: "b")?: try BatchReplies.check(&source)
        default: break
        }
    }

    /// What is kept of a text from outside is short.
    static func checkText(_ text: String?, upTo limit: Int) throws(Broken) {
        guard let text else { return }
        try Broken.unless(text.utf8.count <= limit, "a text of \(text.utf8.count) bytes is kept")
    }

    static func checkCount(_ count: Int?) throws(Broken) {
        guard let count else { return }
        try Broken.unless(0...Int.highestCount ~= count, "\(count) counts")
    }
}

/// HELLO, AUTH, INFO and what else is asked while a link begins.
enum HandshakeReplies {
    private static let secret = "hunter2-secret"

    static func check(_ source: inout ReplySource) throws(Broken) {
        var plan = HandshakeMachine.Plan(
            protocolVersion: source.choice(2) == 0 ? .resp3 : .resp2,
            credentials: [
                nil, RedisCredentials(password: secret), RedisCredentials(username: "ann", password: secret),
            ][
                source.choice(3)
            ],
            clientName: source.choice(2) == 0 ? nil : "name",
            database: source.choice(2),
            tellsLibrary: source.choice(2) == 0,
            needsRole: source.choice(2) == 1
        )
        plan.needsStats = source.choice(2) == 1
        plan.needsOutputBufferLimits = source.choice(2) == 1
        var machine = HandshakeMachine(plan)
        var action = machine.start()
        var unanswered: [RedisCommand] = []
        for _ in 0..<64 {
            switch action {
            case .send(let commands): unanswered += commands
            case .wait: break
            case .done(let facts): return try check(facts)
            case .fail(let code, let line, let message): return try check(code, line, message, plan.credentials)
            }
            try Broken.unless(!unanswered.isEmpty, "the handshake waits for nothing")
            action = machine.received(try reply(to: unanswered.removeFirst(), &source).sent())
        }
        throw Broken(property: "the handshake has no end")
    }

    private static func reply(to command: RedisCommand, _ source: inout ReplySource) -> RESPValue {
        let words = command.arguments.map(\.description)
        // A reply of another kind, or the usual one with its places changed.
        let usual: RESPValue
        switch (words[0], words.count > 1 ? words[1] : "") {
        case ("HELLO", _):
            usual = source.fields([
                ("server", .bulkString("redis")), ("version", .bulkString("8.2.3")), ("proto", .integer(3)),
                ("id", .integer(7)),
                ("mode", .bulkString("standalone")), ("role", .bulkString("master")), ("modules", .array([])),
            ])
        case ("INFO", "server"):
            usual = .bulkString(
                source.lines([
                    ("redis_version", "8.2.3"), ("valkey_version", "9.1.0"), ("server_name", "valkey"),
                    ("redis_mode", "standalone"),
                    ("run_id", "0123456789abcdef"),
                ])
            )
        case ("INFO", _):
            usual = .bulkString(
                source.lines([
                    ("total_net_input_bytes", "1"), ("client_output_buffer_limit_disconnections", "1"),
                ])
            )
        case ("CONFIG", _):
            usual = source.fields([("client-output-buffer-limit", .bulkString("normal 0 0 0 pubsub 32mb 8mb 60"))])
        case ("ROLE", _): usual = .array(source.values(.bulkString("slave")))
        default: usual = .simpleString("OK")
        }
        return source.value(usual)
    }

    private static func check(_ facts: ServerFacts) throws(Broken) {
        try Broken.unless(2...3 ~= facts.protocolVersion, "a link speaks RESP\(facts.protocolVersion)")
        for text in [facts.server, facts.version, facts.mode, facts.role, facts.runID, facts.outputBufferLimits] {
            try RepliesProperty.checkText(text, upTo: 256)
            try Broken.unless(text?.utf8.allSatisfy { 0x20...0x7e ~= $0 } != false, "a fact is no printable ASCII")
        }
        for count in [facts.clientID, facts.stats?.inputBytes, facts.stats?.outputBufferCuts] {
            try RepliesProperty.checkCount(count)
        }
    }

    private static func check(
        _ code: RedisError.Code,
        _ line: String?,
        _ message: String,
        _ credentials: RedisCredentials?
    ) throws(Broken) {
        // What is no text is shown with four characters for a byte.
        try RepliesProperty.checkText(line, upTo: 4 * RESPValue.longestError)
        try RepliesProperty.checkText(message, upTo: 4 * RESPValue.longestError + 100)
        guard let line else { return }
        let error = RedisError.server(line, at: .unix(path: "/s"), .handshake).redacting(credentials)
        guard credentials != nil else { return }
        let shown = "\(error)\(error.serverMessage ?? "")"
        try Broken.unless(!shown.utf8.containsText(secret), "a password is repeated: \(shown)")
    }
}
