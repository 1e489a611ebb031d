import RedisCore
import RedisEvents
import RedisRESP
import RedisReactor

/// Asks servers who their clients are, each over a link of its own, and keeps the answers for the sink of the lines.
final class ClientDesk: Sendable {
    /// What a server is asked.
    enum Question: Sendable {
        /// All of its clients.
        case clients
        /// Its link to its primary alone.
        case primary

        fileprivate var command: RedisCommand {
            switch self {
            case .clients: ["CLIENT", "LIST"]
            case .primary: ["CLIENT", "LIST", "TYPE", "master"]
            }
        }
    }

    /// What a server has said.
    struct Answer: Sendable {
        let node: NodeNumber
        let list: Result<ClientList, RedisError>
        /// How long the server took.
        let time: Duration
    }

    private struct State {
        var links: [NodeNumber: CommandLink] = [:]
        var answers: [Answer] = []
        var wake: (@Sendable () -> Void)?
        var isClosed = false
    }

    private let configuration: RedisConfiguration
    private let loop: RedisEventLoop
    private let question: Question
    private let state = Locked(State())

    /// A desk for the servers of one watch.
    init(_ question: Question, _ configuration: RedisConfiguration, on loop: RedisEventLoop) {
        self.question = question
        self.loop = loop
        var configuration = configuration.forQuestions
        configuration.limits = .clientList
        self.configuration = configuration
    }

    /// The user at the servers; `nil` means the default user.
    var user: String? { configuration.user }

    /// Has `wake` called when there are answers.
    func onAnswers(_ wake: @escaping @Sendable () -> Void) { state.withLock { $0.wake = wake } }

    /// Calls for the sink, as an answer does.
    func wake() { state.withLock { $0.wake }?() }

    /// The answers that nobody has taken yet.
    func takeAnswers() -> [Answer] { state.withLock { exchange(&$0.answers, with: []) } }

    /// Asks a server. The answer comes later.
    func ask(_ node: NodeNumber) {
        guard let endpoint = node.endpoint else { return }
        Task {
            let answer = await self.answer(of: node, at: endpoint)
            let wake = self.state.withLock { state in
                if !state.isClosed { state.answers.append(answer) }
                return state.wake
            }
            wake?()
        }
    }

    /// Asks the one server of a watch before that begins.
    ///
    /// - Throws: Why the server cannot be asked, or that it refuses.
    func askFirst() async throws(RedisError) {
        let node = NodeNumber(configuration.endpoint)
        let answer = await answer(of: node, at: configuration.endpoint)
        _ = try answer.list.get()
        state.withLock { $0.answers.append(answer) }
    }

    private func answer(of node: NodeNumber, at endpoint: RedisEndpoint) async -> Answer {
        do throws(RedisError) {
            let link = try link(to: node, at: endpoint)
            // The time in which the link is opened is none of the list's.
            let isOpen = await link.facts != nil
            let start = ContinuousClock.now
            let reply = try await link.send(question.command)
            let time = isOpen ? start.duration(to: .now) : .zero
            return Answer(node: node, list: .success(ClientList(reply.bytes ?? "")), time: time)
        } catch {
            // After a refusal the link is as good as before.
            if !error.isAnswer { state.withLock { $0.links.removeValue(forKey: node) }?.closeNow() }
            return Answer(node: node, list: .failure(error), time: .zero)
        }
    }

    private func link(to node: NodeNumber, at endpoint: RedisEndpoint) throws(RedisError) -> CommandLink {
        try state.withLock { (state) throws(RedisError) in
            if state.isClosed { throw RedisError(.closed, "closed", phase: .command) }
            if let link = state.links[node] { return link }
            let link = try CommandLink(
                configuration.pinned(to: endpoint).withUniqueName("names"),
                limits: .clientList,
                loop: loop
            )
            state.links[node] = link
            return link
        }
    }

    /// Ends all links. Questions without an answer end with them.
    func close() async {
        let links = state.withLock { state in
            state.isClosed = true
            state.wake = nil
            return exchange(&state.links, with: [:])
        }
        for link in links.values { await link.close() }
    }
}
