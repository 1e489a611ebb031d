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

    @Test("goes on, and gives its name, where the server has no password to check")
    func noPassword() {
        let plan = Plan(
            protocolVersion: .resp2,
            credentials: RedisCredentials(password: "pw"),
            clientName: "w",
            tellsLibrary: false
        )
        var machine = HandshakeMachine(plan)
        #expect(machine.start() == .send([["AUTH", "pw"]]))
        let line = "ERR Client sent AUTH, but no password is set"
        #expect(machine.received(.error(RedisBytes(line))) == .send([["CLIENT", "SETNAME", "w"]]))
        #expect(machine.received(.simpleString("OK")) == .done(ServerFacts(protocolVersion: 2)))
    }

    @Test("says of a server that knows no users that it is one, only where a user was named")
    func noUsers() {
        let line = "ERR wrong number of arguments for 'auth' command"
        for (credentials, text) in [
            (RedisCredentials(password: "pw"), line), (ann, "the server knows no users, only a password"),
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
