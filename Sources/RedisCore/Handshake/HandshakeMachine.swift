/// Leads from the first byte to a link that is ready: decides which commands are sent, and what their replies mean.
///
/// HELLO 3 sets protocol, authentication and name in one round trip (https://redis.io/docs/latest/commands/hello/). If
/// the server refuses it, with whatever text, AUTH and SETNAME do the same in RESP2, unless the reason would end RESP2
/// as well. Only HELLO or AUTH is sent before the server has answered it, because an unauthenticated link with more
/// than ten arguments is closed. The commands that describe the client to the server (SETNAME, SETINFO) and those that
/// ask the server about itself (INFO, ROLE) are optional: a refusal of these ends nothing.
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
        case setName, libraryFact, serverFacts, stats, outputBufferLimits, select, readOnly, role, life
    }

    private var state: State
    let plan: Plan
    /// The server's text about a password that it does not need, if it sent one.
    package private(set) var complaintOfPassword: String?

    /// What the link needs from the handshake.
    package struct Plan {
        package var protocolVersion: RedisConfiguration.ProtocolVersion
        package var credentials: RedisCredentials?
        package var clientName: String?
        package var database: Int
        /// Whether the server is told which library this is.
        package var tellsLibrary: Bool
        /// Whether the server's role has to be known.
        package var needsRole: Bool
        /// Whether the server's counters are needed later, to explain the end of the link.
        package var needsStats = false
        /// Whether the limits of output buffers may explain the end of the last link.
        package var needsOutputBufferLimits = false
        /// Whether a replica of a cluster may serve reads.
        package var readsReplica = false

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
    }

    package init(_ plan: Plan) {
        self.plan = plan
        state = .hello
    }

    /// Starts the handshake on a connected link.
    package mutating func start() -> Action {
        switch plan.protocolVersion {
        case .resp3: return sendHello()
        case .resp2: return startRESP2()
        }
    }

    /// Handles a reply, or an error that the server sent without a request.
    package mutating func received(_ reply: RESPValue) -> Action {
        switch state {
        case .hello: helloAnswered(reply)
        case .auth(let isPasswordOnly): authAnswered(reply, isPasswordOnly: isPasswordOnly)
        case .setup(let facts, let replies): stepAnswered(reply, facts, replies)
        }
    }

    private mutating func sendHello() -> Action {
        var command: RedisCommand = ["HELLO", "3"]
        if let credentials = plan.credentials { command.arguments += credentials.authentication() }
        if let name = plan.clientName { command.arguments += ["SETNAME", RedisBytes(name)] }
        state = .hello
        return .send([command])
    }

    private mutating func helloAnswered(_ reply: RESPValue) -> Action {
        guard case .error(let line) = reply else {
            guard reply["proto"] != nil else { return Self.unexpected("HELLO") }
            return setUp(ServerFacts(hello: reply), setName: false)
        }
        // The command contained credentials, but the server has not checked them.
        if line.begins(with: "NOAUTH"), plan.credentials != nil { return startRESP2() }
        return Self.endsRESP2(line) ? Self.refused(line) : startRESP2()
    }

    /// Whether HELLO was refused for a reason for which RESP2 would be refused as well.
    private static func endsRESP2(_ line: RedisBytes) -> Bool {
        if isUnasked(line) || RedisError.code(for: line.description) == .authenticationFailed { return true }
        switch line.firstWord {
        case "LOADING", "BUSY": return true
        default: return false
        }
    }

    /// Whether servers send this line without a request before they close the link, so that it is not a reply.
    private static func isUnasked(_ line: RedisBytes) -> Bool {
        ["ERR max number of clients", "ERR Protocol error", "DENIED"].contains { line.begins(with: $0) }
    }

    private mutating func startRESP2() -> Action {
        guard let credentials = plan.credentials else { return setUp(ServerFacts(protocolVersion: 2), setName: true) }
        state = .auth(isPasswordOnly: credentials.isOfDefaultUser)
        return .send([RedisCommand(credentials.authentication(isPasswordOnly: credentials.isOfDefaultUser))])
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

    /// Sends the remaining commands at once. Their replies come in order.
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
        if plan.readsReplica {
            commands.append(["READONLY"])
            steps.append(.readOnly)
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
            // No command was sent yet, so it is not known whether the server accepts this link.
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
            case .readOnly: break  // a replica redirects reads to its primary then
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

/// How the library calls itself, for servers and people.
package enum Library {
    package static let name = "redis-events"
    package static let version = "0.1.0"

    /// A name that nobody can know before it is sent.
    package static func uniqueName() -> String { "\(name)-\(UInt64.random(in: .min ... .max))" }
}

extension HandshakeMachine.Plan {
    /// The plan for a link with this configuration.
    ///
    /// - Parameters:
    ///   - configuration: How the server is reached.
    ///   - credentials: The credentials with which the link authenticates.
    ///   - needsRole: Whether the server's role has to be known.
    ///   - explainsLosses: Whether somebody gets the reasons for which links end.
    ///   - loss: Why the last link ended, if there was one, and what the server had counted when that link began.
    package init(
        _ configuration: RedisConfiguration,
        credentials: RedisCredentials?,
        needsRole: Bool,
        explainsLosses: Bool,
        after loss: (cause: RedisDisconnect, stats: ServerStats?)?
    ) {
        self.init(
            protocolVersion: configuration.protocolVersion,
            credentials: credentials,
            clientName: configuration.clientName,
            database: configuration.database,
            tellsLibrary: configuration.tellsLibrary,
            needsRole: needsRole
        )
        readsReplica = configuration.readsReplica
        guard configuration.tellsLibrary, explainsLosses else { return }
        needsStats = true
        // Newer servers count the clients that they cut, which is better evidence.
        needsOutputBufferLimits = loss?.cause.isUnexplainedClose == true && loss?.stats?.outputBufferCuts == nil
    }
}
