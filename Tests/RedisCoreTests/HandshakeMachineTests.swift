import RedisCore
import RedisRESP
import TestSupport
import Testing

@Suite("The handshake", .tags(.unit))
struct HandshakeMachineTests {
    typealias Action = HandshakeMachine.Action
    typealias Plan = HandshakeMachine.Plan

    private let facts: [RedisCommand] = [
        ["CLIENT", "SETINFO", "LIB-NAME", RedisBytes(Library.name)],
        ["CLIENT", "SETINFO", "LIB-VER", RedisBytes(Library.version)],
    ]
    private let run: RedisCommand = ["INFO", "server"]
    private let hello = RESPValue.map([
        .init(key: .bulkString("server"), value: .bulkString("redis")),
        .init(key: .bulkString("version"), value: .bulkString("7.0.15")),
        .init(key: .bulkString("proto"), value: .integer(3)),
        .init(key: .bulkString("id"), value: .integer(9)),
        .init(key: .bulkString("availability_zone"), value: .bulkString("unknown to us")),
    ])
    private let ann = RedisCredentials(username: "ann", password: "pw")

    @Test("sends PING where there is nothing else to send in RESP2")
    func nothingToAsk() {
        var machine = HandshakeMachine(Plan(protocolVersion: .resp2, tellsLibrary: false))
        #expect(machine.start() == .send([["PING"]]))
        #expect(machine.received(.simpleString("PONG")) == .done(ServerFacts(protocolVersion: 2)))
        var refused = HandshakeMachine(Plan(protocolVersion: .resp2, tellsLibrary: false))
        _ = refused.start()
        let line = "NOAUTH Authentication required."
        #expect(refused.received(.error(RedisBytes(line))) == .fail(.authenticationFailed, serverMessage: line, line))
    }

    @Test("does protocol, user and name in one HELLO")
    func inOne() {
        var machine = HandshakeMachine(Plan(protocolVersion: .resp3, credentials: ann, clientName: "w", database: 2))
        #expect(machine.start() == .send([["HELLO", "3", "AUTH", "ann", "pw", "SETNAME", "w"]]))
        #expect(machine.received(hello) == .send(facts + [["SELECT", "2"], run]))
        #expect(machine.received(.simpleString("OK")) == .wait)
        #expect(machine.received(.error("ERR unknown subcommand")) == .wait)
        #expect(machine.received(.simpleString("OK")) == .wait)
        guard case .done(let facts) = machine.received(.bulkString("redis_version:0\r\nrun_id:abc\r\n")) else {
            return #expect(Bool(false))
        }
        #expect(facts.protocolVersion == 3)
        #expect(facts.version == "7.0.15")
        #expect(facts.clientID == 9)
        #expect(facts.runID == "abc")
        #expect(facts.role == nil)
    }

    @Test("asks for READONLY before the link is ready, and does without", arguments: [nil, "NOPERM", "ERR unknown"])
    func readOnly(_ refusal: String?) {
        var plan = Plan(protocolVersion: .resp3, tellsLibrary: false)
        plan.readsReplica = true
        var machine = HandshakeMachine(plan)
        _ = machine.start()
        #expect(machine.received(hello) == .send([["READONLY"]]))
        let reply = refusal.map { RESPValue.error(RedisBytes($0)) } ?? .simpleString("OK")
        guard case .done(let facts) = machine.received(reply) else { return #expect(Bool(false)) }
        #expect(facts.protocolVersion == 3)
    }

    @Test("is ready with the reply of HELLO where there is nothing else to ask")
    func nothingElse() {
        let plan = Plan(protocolVersion: .resp3, clientName: "w", tellsLibrary: false, needsRole: true)
        var machine = HandshakeMachine(plan)
        #expect(machine.start() == .send([["HELLO", "3", "SETNAME", "w"]]))
        let reply = RESPValue.map([
            .init(key: .bulkString("proto"), value: .integer(3)),
            .init(key: .bulkString("role"), value: .bulkString("master")),
        ])
        #expect(machine.received(reply) == .done(ServerFacts(hello: reply)))
    }

    @Test("takes from each reply only what its command asks for, and goes on where it is refused", arguments: 0..<16)
    func eachReply(_ answered: Int) {
        var plan = Plan(protocolVersion: .resp2, needsRole: true)
        plan.needsStats = true
        plan.needsOutputBufferLimits = true
        var machine = HandshakeMachine(plan)
        let limits: RedisBytes = "client-output-buffer-limit"
        let questions: [RedisCommand] = [run, ["INFO", "stats"], ["CONFIG", "GET", limits], ["ROLE"]]
        #expect(machine.start() == .send(facts + questions))
        for _ in 0..<2 { #expect(machine.received(.simpleString("OK")) == .wait) }
        let info = RESPValue.bulkString(
            "redis_version:6.0.0\r\nrun_id:abc\r\nclient_output_buffer_limit_disconnections:3\r\n"
        )
        let replies: [RESPValue] = [
            info, info, .array([.bulkString(limits), .bulkString("normal 0 0 0")]),
            .array([.bulkString("slave"), .bulkString("10.0.0.1"), .integer(6379)]),
        ]
        var last = Action.wait
        for (index, reply) in replies.enumerated() {
            #expect(last == .wait)
            last = machine.received(answered & 1 << index != 0 ? reply : .error("NOPERM no"))
        }
        guard case .done(let facts) = last else { return #expect(Bool(false)) }
        func known(_ text: String, by question: Int) -> String? { answered & 1 << question != 0 ? text : nil }
        #expect(facts.version == known("6.0.0", by: 0))
        #expect(facts.runID == known("abc", by: 0))
        #expect(facts.stats?.outputBufferCuts == known("3", by: 1).flatMap { Int($0) })
        #expect(facts.outputBufferLimits == known("normal 0 0 0", by: 2))
        #expect(facts.role == known("replica", by: 3))
    }

    @Test("names the default user when there is only a password")
    func defaultUser() {
        var machine = HandshakeMachine(Plan(protocolVersion: .resp3, credentials: RedisCredentials(password: "pw")))
        #expect(machine.start() == .send([["HELLO", "3", "AUTH", "default", "pw"]]))
    }

    @Test(
        "falls back to RESP2 where HELLO does not work",
        arguments: [
            "ERR unknown command `HELLO`, with args beginning with: `3`, ",
            "NOPROTO unsupported protocol version",
            "NOPERM User ann has no permissions to run the 'hello' command",
            // The server has not looked at the credentials.
            "NOAUTH HELLO must be called with the client already authenticated",
        ]
    )
    func fallback(_ error: String) {
        var machine = HandshakeMachine(Plan(protocolVersion: .resp3, credentials: ann, clientName: "w"))
        _ = machine.start()
        #expect(machine.received(.error(RedisBytes(error))) == .send([["AUTH", "ann", "pw"]]))
        #expect(machine.received(.simpleString("OK")) == .send([["CLIENT", "SETNAME", "w"]] + facts + [run]))
        for _ in 0..<3 { #expect(machine.received(.simpleString("OK")) == .wait) }
        // Who may not ask gets on without the answer.
        #expect(machine.received(.error("NOPERM no info")) == .done(ServerFacts(protocolVersion: 2)))
    }

    @Test("gives an old server the password alone")
    func passwordOnly() {
        var machine = HandshakeMachine(Plan(protocolVersion: .resp2, credentials: RedisCredentials(password: "pw")))
        #expect(machine.start() == .send([["AUTH", "pw"]]))
        #expect(
            machine.received(.error("ERR invalid password"))
                == .fail(.authenticationFailed, serverMessage: "ERR invalid password", "ERR invalid password")
        )
    }

    @Test(
        "goes on, and gives its name, where the server has no password to check",
        arguments: [
            "ERR Client sent AUTH, but no password is set",
            "ERR AUTH <password> called without any password configured for the default user.",
        ]
    )
    func noPassword(_ line: String) {
        let plan = Plan(
            protocolVersion: .resp2,
            credentials: RedisCredentials(password: "pw"),
            clientName: "w",
            tellsLibrary: false
        )
        var machine = HandshakeMachine(plan)
        #expect(machine.start() == .send([["AUTH", "pw"]]))
        #expect(machine.received(.error(RedisBytes(line))) == .send([["CLIENT", "SETNAME", "w"]]))
        let complaint = machine.complaintOfPassword
        #expect(complaint == line)
        #expect(machine.received(.simpleString("OK")) == .done(ServerFacts(protocolVersion: 2)))
    }

    @Test("says of a server that knows no users that it is one, only where a user was named")
    func noUsers() {
        let line = "ERR wrong number of arguments for 'auth' command"
        let wrong = "WRONGPASS invalid username-password pair or user is disabled."
        for (credentials, line, text) in [
            (RedisCredentials(password: "pw"), line, line), (ann, line, "the server knows no users, only a password"),
            (ann, wrong, wrong),
        ] {
            var machine = HandshakeMachine(Plan(protocolVersion: .resp2, credentials: credentials))
            _ = machine.start()
            let action = machine.received(.error(RedisBytes(line)))
            #expect(action == .fail(.authenticationFailed, serverMessage: line, text))
        }
    }

    @Test("sends nothing but HELLO or AUTH, of ten arguments at most, before the server has answered")
    func nothingBeforeAuth() {
        for version in [RedisConfiguration.ProtocolVersion.resp2, .resp3] {
            var machine = HandshakeMachine(
                Plan(protocolVersion: version, credentials: ann, clientName: "w", database: 1)
            )
            guard case .send(let commands) = machine.start() else { return #expect(Bool(false)) }
            #expect(commands.count == 1)
            #expect(commands[0].arguments.count <= 10)
        }
    }

    @Test(
        "tells refusals apart",
        arguments: [
            ("WRONGPASS invalid username-password pair or user is disabled.", RedisError.Code.authenticationFailed),
            ("NOAUTH HELLO must be called with the client already authenticated", .authenticationFailed),
            ("ERR max number of clients reached", .serverError),
            ("DENIED Redis is running in protected mode", .notPermitted),
        ]
    )
    func refusals(_ line: String, _ code: RedisError.Code) {
        var machine = HandshakeMachine(Plan(protocolVersion: .resp3))
        _ = machine.start()
        #expect(machine.received(.error(RedisBytes(line))) == .fail(code, serverMessage: line, line))
    }

    @Test("is over when a server that is not ready refuses HELLO", arguments: ["LOADING data", "BUSY script"])
    func notReady(_ line: String) {
        var machine = HandshakeMachine(Plan(protocolVersion: .resp3))
        _ = machine.start()
        var message: String?
        if case .fail(_, let line, _) = machine.received(.error(RedisBytes(line))) { message = line }
        #expect(message == line)
    }

    @Test("is over when HELLO's credentials are wrong: they would be as wrong in RESP2")
    func wrongPassword() {
        var machine = HandshakeMachine(Plan(protocolVersion: .resp3, credentials: ann))
        _ = machine.start()
        let line = "WRONGPASS invalid username-password pair or user is disabled."
        #expect(machine.received(.error(RedisBytes(line))) == .fail(.authenticationFailed, serverMessage: line, line))
    }

    @Test("fails for a database that does not exist")
    func noSuchDatabase() {
        var machine = HandshakeMachine(Plan(protocolVersion: .resp3, database: 99))
        _ = machine.start()
        _ = machine.received(hello)
        _ = machine.received(.simpleString("OK"))
        _ = machine.received(.simpleString("OK"))
        let line = "ERR DB index is out of range"
        #expect(
            machine.received(.error(RedisBytes(line)))
                == .fail(.invalidConfiguration, serverMessage: line, "database 99: \(line)")
        )
    }

    @Test("notices a server that wants a password after all")
    func lateNoAuth() {
        var machine = HandshakeMachine(Plan(protocolVersion: .resp2))
        #expect(machine.start() == .send(facts + [run]))
        let line = "NOAUTH Authentication required."
        #expect(machine.received(.error(RedisBytes(line))) == .fail(.authenticationFailed, serverMessage: line, line))
    }

    @Test("asks for what may explain the end of a link where somebody wants to know it, and only then")
    func plan() {
        let closed = RedisDisconnect(.endOfStream, "closed")
        func plan(
            tellsLibrary: Bool = true,
            explainsLosses: Bool = true,
            after loss: (cause: RedisDisconnect, stats: ServerStats?)?
        ) -> [Bool] {
            var configuration = RedisConfiguration()
            configuration.tellsLibrary = tellsLibrary
            configuration.readsReplica = true
            let plan = Plan(
                configuration,
                credentials: nil,
                needsRole: false,
                explainsLosses: explainsLosses,
                after: loss
            )
            return [plan.readsReplica, plan.needsStats, plan.needsOutputBufferLimits]
        }
        #expect(plan(after: nil) == [true, true, false])
        #expect(plan(after: (closed, nil)) == [true, true, true])
        #expect(plan(after: (closed, ServerStats(outputBufferCuts: 0))) == [true, true, false])
        #expect(plan(after: (RedisDisconnect(.suspended, "by us"), nil)) == [true, true, false])
        #expect(plan(tellsLibrary: false, after: (closed, nil)) == [true, false, false])
        #expect(plan(explainsLosses: false, after: (closed, nil)) == [true, false, false])
    }

    @Test("does not take just any reply for an AUTH")
    func strangeAuth() {
        var machine = HandshakeMachine(Plan(protocolVersion: .resp2, credentials: ann))
        _ = machine.start()
        #expect(
            machine.received(.simpleString("PONG"))
                == .fail(.protocolViolation, serverMessage: nil, "the reply to AUTH has no known form")
        )
    }

    @Test("does not take just any reply for a HELLO")
    func strangeHello() {
        var machine = HandshakeMachine(Plan(protocolVersion: .resp3))
        _ = machine.start()
        #expect(
            machine.received(.simpleString("OK"))
                == .fail(.protocolViolation, serverMessage: nil, "the reply to HELLO has no known form")
        )
    }
}
