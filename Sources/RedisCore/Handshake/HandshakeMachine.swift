/// From the first byte to a link that may be used: which commands go out, and what their replies mean.
///
/// HELLO 3 does protocol, authentication and name in one round (https://redis.io/docs/latest/commands/hello/). Where it
/// is refused, in whatever words, AUTH and SETNAME do the same in RESP2, unless the reason is one that would end RESP2
/// as well. Nothing but HELLO or AUTH is sent before the server has answered it: an unauthenticated link is closed for
/// more than ten arguments. What tells the server of the client (SETNAME, SETINFO), and what asks the server about
/// itself (INFO, ROLE), is a courtesy: refused, it ends nothing.
package struct HandshakeMachine: ~Copyable {
    package enum Action: Equatable {
        case send([RedisCommand])
        case wait
        case done(ServerFacts)
        case fail(RedisError.Code, serverMessage: String?, String)
    }

    private enum State {
        case hello
        case auth(isPasswordOnly: Bool)
        case setup(ServerFacts, replies: [Step])
    }

    /// A command whose reply is outstanding.
    private enum Step: Equatable {
        case setName, libraryFact, serverFacts, stats, outputBufferLimits, select, role, life
    }

    private var state: State
    let plan: Plan
    /// What the server said of a password that it has no use for, if it did.
    package private(set) var complaintOfPassword: String?

    /// What is wanted of the link.
    package struct Plan {
        package var protocolVersion: RedisConfiguration.ProtocolVersion
        package var credentials: RedisCredentials?
        package var clientName: String?
        package var database: Int
        /// Whether the server is told which library this is.
        package var tellsLibrary: Bool
        /// Whether the server's role has to be known.
        package var needsRole: Bool
        /// Whether the server's counts are of use later, to explain the link's end.
        package var needsStats = false
        /// Whether the limits of output buffers may explain the end of the last link.
        package var needsOutputBufferLimits = false

        package init(
            protocolVersion: RedisConfiguration.ProtocolVersion,
            credentials: RedisCredentials? = nil,
            clientName: String? = nil,
            database: Int = 0,
            tellsLibrary: Bool = true,
            needsRole: Bool = false
        ) {
            self.protocolVersion = protocolVersion
            self.credentials = credentials
            self.clientName = clientName
            self.database = database
            self.tellsLibrary = tellsLibrary
            self.needsRole = needsRole
        }

        var user: String {
            guard let user = credentials?.username, !user.isEmpty else { return "default" }
            return user
        }
    }

    package init(_ plan: Plan) {
        self.plan = plan
        state = .hello
    }

    /// The link is connected.
    package mutating func start() -> Action {
        switch plan.protocolVersion {
        case .resp3: return sendHello()
        case .resp2: return startRESP2()
        }
    }

    /// A reply, or an error that the server sent unasked.
    package mutating func received(_ reply: RESPValue) -> Action {
        switch state {
        case .hello: helloAnswered(reply)
        case .auth(let isPasswordOnly): authAnswered(reply, isPasswordOnly: isPasswordOnly)
        case .setup(let facts, let replies): stepAnswered(reply, facts, replies)
        }
    }

    private mutating func sendHello() -> Action {
        var command: RedisCommand = ["HELLO", "3"]
        if let credentials = plan.credentials {
            command.arguments += ["AUTH", RedisBytes(plan.user), RedisBytes(credentials.password)]
        }
        if let name = plan.clientName { command.arguments += ["SETNAME", RedisBytes(name)] }
        state = .hello
        return .send([command])
    }

    private mutating func helloAnswered(_ reply: RESPValue) -> Action {
        guard case .error(let line) = reply else {
            guard reply["proto"] != nil else { return Self.unexpected("HELLO") }
            return setUp(ServerFacts(hello: reply), setName: false)
        }
        // It had credentials, and has not looked at them.
        if line.begins(with: "NOAUTH"), plan.credentials != nil { return startRESP2() }
        return Self.endsRESP2(line) ? Self.refused(line) : startRESP2()
    }

    /// Whether the reason why HELLO was refused is one for which RESP2 would be, too.
    private static func endsRESP2(_ line: RedisBytes) -> Bool {
        if isUnasked(line) || RedisError.code(for: line.description) == .authenticationFailed { return true }
        switch line.firstWord {
        case "LOADING", "BUSY": return true
        default: return false
        }
    }

    /// Whether a server says that unasked, before it closes: it is no answer to anything.
    private static func isUnasked(_ line: RedisBytes) -> Bool {
        ["ERR max number of clients", "ERR Protocol error", "DENIED"].contains { line.begins(with: $0) }
    }

    private mutating func startRESP2() -> Action {
        guard let credentials = plan.credentials else { return setUp(ServerFacts(protocolVersion: 2), setName: true) }
        // Before 6.0 AUTH takes the password alone; later it may for the default user.
        guard plan.user != "default" else { return sendPassword(credentials.password) }
        state = .auth(isPasswordOnly: false)
        return .send([["AUTH", RedisBytes(plan.user), RedisBytes(credentials.password)]])
    }

    private mutating func sendPassword(_ password: String) -> Action {
        state = .auth(isPasswordOnly: true)
        return .send([["AUTH", RedisBytes(password)]])
    }

    private mutating func authAnswered(_ reply: RESPValue, isPasswordOnly: Bool) -> Action {
        if case .error(let line) = reply {
            let text = line.description
            if Self.saysNoPasswordIsSet(line) {
                complaintOfPassword = text
                return setUp(ServerFacts(protocolVersion: 2), setName: true)
            }
            if !isPasswordOnly, line.begins(with: "ERR wrong number of arguments") {
                return .fail(.authenticationFailed, serverMessage: text, "the server knows no users, only a password")
            }
            return .fail(.authenticationFailed, serverMessage: text, text)
        }
        guard reply.bytes == "OK" else { return Self.unexpected("AUTH") }
        return setUp(ServerFacts(protocolVersion: 2), setName: true)
    }

    private static let outputBufferLimits: RedisBytes = "client-output-buffer-limit"

    /// Redis 5: `ERR Client sent AUTH, but no password is set`. Later: `ERR AUTH <password> called without any password
    /// configured for the default user. Are you sure your configuration is correct?`
    private static func saysNoPasswordIsSet(_ line: RedisBytes) -> Bool {
        line.containsText("no password is set") || line.containsText("without any password configured")
    }

    /// The rest goes out at once; its replies come in order.
    private mutating func setUp(_ facts: ServerFacts, setName: Bool) -> Action {
        var commands: [RedisCommand] = []
        var steps: [Step] = []
        if setName, let name = plan.clientName {
            commands.append(["CLIENT", "SETNAME", RedisBytes(name)])
            steps.append(.setName)
        }
        if plan.tellsLibrary {
            commands.append(["CLIENT", "SETINFO", "LIB-NAME", RedisBytes(Library.name)])
            commands.append(["CLIENT", "SETINFO", "LIB-VER", RedisBytes(Library.version)])
            steps += [.libraryFact, .libraryFact]
        }
        if plan.database != 0 {
            commands.append(["SELECT", RedisBytes(String(plan.database))])
            steps.append(.select)
        }
        if plan.tellsLibrary {
            commands.append(["INFO", "server"])
            steps.append(.serverFacts)
        }
        if plan.needsStats {
            commands.append(["INFO", "stats"])
            steps.append(.stats)
        }
        if plan.needsOutputBufferLimits {
            commands.append(["CONFIG", "GET", Self.outputBufferLimits])
            steps.append(.outputBufferLimits)
        }
        if plan.needsRole && facts.role == nil {
            commands.append(["ROLE"])
            steps.append(.role)
        }
        if steps.isEmpty && setName && plan.credentials == nil {
            // Nothing was asked yet: whether there is a server that takes this link is not known.
            commands.append(["PING"])
            steps.append(.life)
        }
        guard !steps.isEmpty else { return .done(facts) }
        state = .setup(facts, replies: steps)
        return .send(commands)
    }

    private mutating func stepAnswered(_ reply: RESPValue, _ facts: ServerFacts, _ steps: [Step]) -> Action {
        let rest = Array(steps.dropFirst())
        if case .error(let line) = reply {
            if line.begins(with: "NOAUTH") || Self.isUnasked(line) { return Self.refused(line) }
            switch steps[0] {
            case .setName, .libraryFact: break  // courtesies
            case .serverFacts, .stats, .outputBufferLimits, .role, .life: break  // not every user may ask
            case .select:
                let text = line.description
                return .fail(.invalidConfiguration, serverMessage: text, "database \(plan.database): \(text)")
            }
        }
        var facts = facts
        if steps[0] == .serverFacts, let info = reply.bytes { facts.add(info: info) }
        if steps[0] == .stats, let info = reply.bytes { facts.stats = ServerStats(info: info) }
        if steps[0] == .outputBufferLimits {
            facts.outputBufferLimits = ServerFacts.fact(reply[Self.outputBufferLimits.description])
        }
        if steps[0] == .role, let role = ServerFacts.fact(reply.elements?.first) {
            facts.role = role == "slave" ? "replica" : role
        }
        state = .setup(facts, replies: rest)
        return rest.isEmpty ? .done(facts) : .wait
    }

    private static func refused(_ line: RedisBytes) -> Action {
        let text = line.description
        return .fail(RedisError.code(for: text), serverMessage: text, text)
    }

    private static func unexpected(_ command: String) -> Action {
        .fail(.protocolViolation, serverMessage: nil, "the reply to \(command) has no known form")
    }
}

/// What the library calls itself towards servers and people.
package enum Library {
    package static let name = "redis-events"
    package static let version = "0.1.0"

    /// A name that nobody can know before it is used.
    package static func uniqueName() -> String { "\(name)-\(UInt64.random(in: .min ... .max))" }
}

extension HandshakeMachine.Plan {
    /// What a link wants that is made as `configuration` says.
    ///
    /// - Parameters:
    ///   - configuration: How the server is reached.
    ///   - credentials: What the link authenticates with.
    ///   - needsRole: Whether the server's role has to be known.
    ///   - explainsLosses: Whether somebody is told why links end.
    ///   - loss: The end of the last link, if there was one.
    init(
        _ configuration: RedisConfiguration,
        credentials: RedisCredentials?,
        needsRole: Bool,
        explainsLosses: Bool,
        after loss: LinkLoss?
    ) {
        self.init(
            protocolVersion: configuration.protocolVersion,
            credentials: credentials,
            clientName: configuration.clientName,
            database: configuration.database,
            tellsLibrary: configuration.tellsLibrary,
            needsRole: needsRole
        )
        guard configuration.tellsLibrary, explainsLosses else { return }
        needsStats = true
        // Newer servers count whom they cut, which tells more.
        needsOutputBufferLimits = loss?.cause.isUnexplainedClose == true && loss?.stats?.outputBufferCuts == nil
    }
}
