package import RedisCore
import RedisEvents
import RedisRESP
import RedisReactor

/// What of a command's origin a run wants to know beyond its line.
package struct OriginNeeds: Sendable, Equatable {
    /// The names of clients.
    package var names = false
    /// The users of clients, beside their names.
    package var users = false
    /// Who called a script.
    package var callers = false
    /// Whether what a replica's primary has sent is left out.
    package var hidesReplicated = false
    /// Whether any server may be a replica, without saying so first.
    package var expectsReplicas = false

    package init(
        names: Bool = false,
        users: Bool = false,
        callers: Bool = false,
        hidesReplicated: Bool = false,
        expectsReplicas: Bool = false
    ) {
        self.names = names || users
        self.users = users
        self.callers = callers
        self.hidesReplicated = hidesReplicated
        self.expectsReplicas = expectsReplicas
    }
}

/// Adds to the lines of commands what their servers say elsewhere: names and users of clients, who called a script, and
/// what came from a primary. It belongs to the loop's thread.
///
/// A line whose client is not known yet waits for the next answer of its server, and all lines behind it wait with it,
/// so that the order stays. The wait has an end: after a second, or when too much waits, the line goes on without a
/// name.
package final class CommandOrigins {
    /// Prints a line: the line, its server, its client if that is known, and whether it is a script's command.
    package typealias Print = (RawSpan, NodeNumber, KnownClient?, Bool) -> Void

    /// Asks a server for its clients.
    package typealias Ask = (NodeNumber) -> Void

    /// What is known of one server.
    private final class Server {
        var list = ClientList()
        var pace = ClientListPace()
        var caller = ScriptCaller()
        /// Whether the server may have a primary.
        var mayReplicate: Bool
        /// Whether it has said whom it replicates since it is watched.
        var hasSaid = false
        /// What commands have told of their clients since the last question.
        var learned: [(address: [UInt8], client: KnownClient)] = []
        var hasToldSize = false
        var hasToldCut = false
        var hasToldFailure = false

        init(mayReplicate: Bool) { self.mayReplicate = mayReplicate }
    }

    /// How long a line waits.
    package static let patience = Duration.seconds(1)
    /// How much may wait.
    package static let mostHeld = 4 << 20
    private static let mostLearned = 4096

    private let needs: OriginNeeds
    private let ask: Ask
    private let say: (String) -> Void
    private var servers: [NodeNumber: Server] = [:]
    private var lastNode = NodeNumber.none
    private var last: Server?
    private var held: HeldLines
    private var arguments = LineArguments()
    private var scratch: [UInt8] = []
    /// How many commands went on without a name that could not be found out in time.
    package private(set) var unnamed = 0
    /// Whether lines have to come through here.
    package private(set) var isActive: Bool

    /// - Parameters:
    ///   - needs: What is wanted.
    ///   - mostHeld: How many bytes may wait.
    ///   - ask: Asks a server; the answer comes by `answered`.
    ///   - say: Tells people what they should know.
    package init(
        _ needs: OriginNeeds,
        mostHeld: Int = CommandOrigins.mostHeld,
        ask: @escaping Ask,
        say: @escaping (String) -> Void
    ) {
        self.needs = needs
        self.ask = ask
        self.say = say
        held = HeldLines(limit: mostHeld)
        isActive = needs.names || needs.callers || needs.hidesReplicated && needs.expectsReplicas
    }

    private func server(_ node: NodeNumber) -> Server {
        if let last, node == lastNode { return last }
        let server = servers[node] ?? Server(mayReplicate: needs.hidesReplicated && needs.expectsReplicas)
        servers[node] = server
        (lastNode, last) = (node, server)
        return server
    }

    // MARK: What happens to links

    /// Notes that a server is watched from now on, for the first time or again.
    ///
    /// - Parameters:
    ///   - node: The server.
    ///   - isReplica: Whether it is a replica; `nil` where it has not said so.
    ///   - now: The time.
    package func isWatched(_ node: NodeNumber, isReplica: Bool?, at now: ContinuousClock.Instant) {
        let server = server(node)
        server.caller.forget()
        server.hasSaid = server.pace.isFresh(at: now)
        server.mayReplicate = needs.hidesReplicated && isReplica != false
        guard server.mayReplicate else { return }
        isActive = true
        if server.hasSaid { return }
        _ = server.pace.want(at: now, within: .zero)
        askIfDue(at: now)
    }

    /// Notes that lines of a server are missing.
    package func missed(_ node: NodeNumber) { servers[node]?.caller.forget() }

    // MARK: Answers

    /// Notes what a server has said.
    package func answered(
        _ node: NodeNumber,
        _ result: Result<ClientList, RedisError>,
        in time: Duration,
        at now: ContinuousClock.Instant,
        user: String? = nil
    ) {
        let server = server(node)
        server.hasSaid = true
        switch result {
        case .success(let list):
            server.pace.wasAnswered(clients: list.told, in: time, at: now)
            server.list = list
            // The list may be older than what these commands have told.
            for (address, client) in exchange(&server.learned, with: []) { server.list.set(client, at: address) }
            if list.primary == nil, !needs.names { server.mayReplicate = false }
            tellSize(server, node)
        case .failure(let error):
            server.pace.failed(isRefusal: error.isAnswer)
            guard !server.hasToldFailure else { return }
            server.hasToldFailure = true
            let what =
                needs.names
                ? "the names of clients cannot be read"
                : "what came from the primary cannot be told from other commands"
            say("\(what): \(error.advised("client", [], user).words)")
        }
    }

    private func tellSize(_ server: Server, _ node: NodeNumber) {
        let place = node.endpoint.map { "\($0): " } ?? ""
        if !server.hasToldSize, server.pace.interval >= ClientListPace.least * 2 {
            server.hasToldSize = true
            say(
                "\(place)CLIENT LIST tells of \(server.list.told) connections: it is asked every "
                    + "\(Notices.seconds(server.pace.interval)) at most"
            )
        }
        if !server.hasToldCut, server.list.isCut {
            server.hasToldCut = true
            say("\(place)there are too many clients: not all of their names are kept")
        }
    }

    // MARK: Lines

    /// Takes a line, and prints it now or later.
    package func take(_ line: RawSpan, _ node: NodeNumber, at now: ContinuousClock.Instant, _ print: Print) {
        let server = server(node)
        let question = question(before: line, server, at: now)
        if held.isEmpty, question == nil { return pass(line, server, node, at: now, print) }
        while held.isFull { releaseFirst(at: now, print) }
        held.append(
            HeldLines.Line(
                bytes: [UInt8](copying: line),
                node: node,
                deadline: now.advanced(by: Self.patience),
                question: question
            )
        )
    }

    /// The number of the question that has to be answered before a line goes on.
    private func question(before line: RawSpan, _ server: Server, at now: ContinuousClock.Instant) -> Int? {
        if server.mayReplicate, !server.hasSaid { return server.pace.want(at: now, within: Self.patience) }
        guard needs.names else { return nil }
        guard isUnknown(line, server) else {
            server.pace.use(at: now)
            return nil
        }
        return server.pace.want(at: now, within: Self.patience)
    }

    /// Whether a line has a client of whom not everything is known that is wanted.
    private func isUnknown(_ line: RawSpan, _ server: Server) -> Bool {
        guard let header = MonitorLine(line) else { return false }
        let source = line.part(header.source)
        guard Self.hasPort(source) else { return false }
        return server.list[source].map { needs.users && $0.user == nil } ?? true
    }

    /// Whether a line has to wait on.
    private func waits(_ line: HeldLines.Line, _ server: Server, at now: ContinuousClock.Instant) -> Bool {
        guard let question = line.question, line.deadline > now else { return false }
        guard server.pace.answered < question, !server.pace.isRefused else { return false }
        // A command before it may have told the name meanwhile.
        return server.mayReplicate && !server.hasSaid || isUnknown(line.bytes.rawSpan, server)
    }

    /// Whether a source is an address, and neither a script nor a socket, whose clients all look alike.
    private static func hasPort(_ source: RawSpan) -> Bool {
        source.firstIndex(of: UInt8(ascii: ":"), from: 0) != nil
            && !(source.byteCount >= 5 && source.part(0..<5).equals("unix:"))
    }

    /// Prints the lines that need not wait any more, and asks what has to be asked. Must be called when a turn ends.
    ///
    /// - Returns: When it has to be called again, if nothing happens until then.
    package func turnEnded(at now: ContinuousClock.Instant, _ print: Print) -> ContinuousClock.Instant? {
        while let line = held.first {
            if waits(line, server(line.node), at: now) { break }
            releaseFirst(at: now, print)
        }
        askIfDue(at: now)
        var due = held.first?.deadline
        for server in servers.values {
            if let next = server.pace.nextDue(at: now) { due = min(due ?? next, next) }
        }
        return due
    }

    /// Prints all lines that wait, because something else comes behind them.
    package func releaseAll(at now: ContinuousClock.Instant, _ print: Print) {
        while !held.isEmpty { releaseFirst(at: now, print) }
    }

    private func releaseFirst(at now: ContinuousClock.Instant, _ print: Print) {
        guard let line = held.first else { return }
        held.removeFirst()
        pass(line.bytes.rawSpan, server(line.node), line.node, at: now, print)
    }

    private func askIfDue(at now: ContinuousClock.Instant) {
        for (node, server) in servers where server.pace.next(at: now) != nil {
            server.learned.removeAll()
            ask(node)
        }
    }

    private func pass(
        _ line: RawSpan,
        _ server: Server,
        _ node: NodeNumber,
        at now: ContinuousClock.Instant,
        _ print: Print
    ) {
        guard let header = MonitorLine(line) else { return print(line, node, nil, false) }
        let source = line.part(header.source)
        if source.equals("lua") { return passScript(line, header, server, node, print) }
        var isPrimary = false
        if server.mayReplicate, let primary = server.list.primary {
            isPrimary = source.equals(primary.rawSpan)
            server.pace.use(at: now)
        }
        if needs.callers || server.mayReplicate { server.caller.note(line, header, isPrimary: isPrimary) }
        if isPrimary, needs.hidesReplicated { return }
        guard needs.names else { return print(line, node, nil, false) }
        learn(from: line, header, server)
        let client = server.list[source]
        if client == nil, Self.hasPort(source) { unnamed += 1 }
        print(line, node, client, false)
    }

    private func passScript(
        _ line: RawSpan,
        _ header: MonitorLine,
        _ server: Server,
        _ node: NodeNumber,
        _ print: Print
    ) {
        if server.caller.isPrimary, needs.hidesReplicated { return }
        guard needs.callers, let caller = server.caller.source else { return print(line, node, nil, false) }
        var rewritten = OutputBuffer(capacity: line.byteCount + caller.count)
        rewritten.append(line.part(0..<header.source.lowerBound))
        rewritten.append(caller)
        rewritten.append(line.part(header.source.upperBound..<line.byteCount))
        print(rewritten.bytes, node, needs.names ? server.list[caller.rawSpan] : nil, true)
    }

    // MARK: What commands tell

    private static let tellers = CaselessNames(["client", "hello", "reset", "auth"])
    private static let setName = Array("setname".utf8)
    private static let auth = Array("auth".utf8)
    private static let longestName = 1024

    /// Notes what a command has changed of its own client: `CLIENT SETNAME`, `HELLO … SETNAME`, `RESET` and `AUTH`. So
    /// the name of a client that has left before anybody could ask is known all the same.
    private func learn(from line: RawSpan, _ header: MonitorLine, _ server: Server) {
        arguments.begin(at: header.argumentsStart)
        guard let command = arguments.argument(0, in: line),
            let teller = Self.tellers.find(command.span(in: line))
        else { return }
        let address = line.part(header.source)
        guard Self.hasPort(address) else { return }
        let old = server.list[address]
        var (name, user) = (old?.name, old?.user)
        switch teller {
        case 0:
            guard isWord(1, Self.setName, in: line), let given = newName(2, in: line) else { return }
            name = given
        case 1:
            var index = 2
            while arguments.argument(index, in: line) != nil {
                if isWord(index, Self.auth, in: line) {
                    user = nil
                    index += 3
                } else if isWord(index, Self.setName, in: line) {
                    name = newName(index + 1, in: line) ?? name
                    index += 2
                } else {
                    break
                }
            }
        case 2: (name, user) = ([], nil)
        default: user = nil
        }
        // Without a name the list has to tell, and with one it may still have to tell the user.
        guard let name else { return }
        let client = KnownClient(id: old?.id, name: name, user: user)
        let key = [UInt8](copying: address)
        server.list.set(client, at: key)
        if server.learned.count < Self.mostLearned { server.learned.append((key, client)) }
    }

    private func isWord(_ index: Int, _ word: [UInt8], in line: RawSpan) -> Bool {
        guard let argument = arguments.argument(index, in: line) else { return false }
        return ASCIICase.matches(argument.span(in: line), lowered: word.rawSpan)
    }

    /// The name that an argument gives; `nil` when a server refuses it: only printable characters without blanks are
    /// allowed.
    private func newName(_ index: Int, in line: RawSpan) -> [UInt8]? {
        guard let argument = arguments.argument(index, in: line) else { return nil }
        scratch.removeAll(keepingCapacity: true)
        guard MonitorLine.appendUnescaped(argument.span(in: line), to: &scratch), scratch.count <= Self.longestName,
            scratch.allSatisfy({ 0x21...0x7e ~= $0 })
        else { return nil }
        return scratch
    }
}
