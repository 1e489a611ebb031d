/// Looks after a monitor's queue at the server, over a link of its own that lives no longer than the monitor's.
///
/// It runs on the monitor's loop and does what `GuardMachine` says.
actor MonitorGuardian {
    private let loop: RedisEventLoop
    private var configuration: RedisConfiguration
    private let settings: Monitor.Guard
    private var machine: GuardMachine
    private var watch: Task<Void, Never>?
    /// Ends the pause after a trip.
    private var comeback: ScheduledCall?
    /// Whether it has been told that nothing is known of the queue.
    private var hasToldBlindness = false
    weak var session: Session<MonitorDriver>?

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    init(_ settings: Monitor.Guard, _ configuration: RedisConfiguration, loop: RedisEventLoop) {
        self.settings = settings
        self.loop = loop
        machine = GuardMachine(settings)
        self.configuration = configuration.forQuestions
    }

    func attach(_ session: Session<MonitorDriver>) { self.session = session }

    /// The monitor's link stands, to the server there. Without an id the server is too old to tell the monitor from
    /// others (before 5.0).
    func linkIsUp(id: Int?, at endpoint: RedisEndpoint) {
        linkIsDown()
        configuration = configuration.pinned(to: endpoint)
        guard let id else {
            return tell(RedisError(.unexpectedReply, "the server does not tell a link's id"))
        }
        watch = Task { [configuration] in await self.watch(id, configuration) }
    }

    /// The monitor's link is gone.
    func linkIsDown() { watch?.cancel() }

    /// There will be no link any more.
    func end() {
        linkIsDown()
        comeback.take()?.cancel()
    }

    /// Returns when nothing is left of it.
    func stop() async {
        end()
        await watch?.value
    }

    private func watch(_ id: Int, _ configuration: RedisConfiguration) async {
        var link: CommandLink?
        var action = machine.linkIsUp(id: id, at: .now)
        while !Task.isCancelled {
            switch action {
            case .ask(let wait):
                await pause(wait)
                if Task.isCancelled { break }
                do throws(RedisError) {
                    let current = if let link { link } else { try open(configuration.withUniqueName("guard")) }
                    link = current
                    action = try await ask(over: current)
                } catch {
                    if error.phase != .command || error.serverMessage == nil {
                        await link?.close()
                        link = nil
                    }
                    if !Task.isCancelled { action = machine.failed(error) }
                }
            case .trip(let omem, let pause):
                trip(omem, pause)
                await link?.close()
                return
            case .blind(let code, let text, let wait):
                tell(RedisError(code, text, endpoint: configuration.endpoint))
                guard let wait else {
                    await link?.close()
                    return
                }
                action = .ask(after: wait)
            }
        }
        await link?.close()
    }

    private func open(_ configuration: RedisConfiguration) throws(RedisError) -> CommandLink {
        try CommandLink(configuration, limits: .clientList, loop: loop)
    }

    private func ask(over link: CommandLink) async throws(RedisError) -> GuardMachine.Action {
        // A server that runs a script answers when that is over: the time is for a link that leads nowhere.
        let reply = try await link.send(machine.question, timeout: .seconds(60))
        let action = machine.answered(reply.bytes ?? "", arrivals, at: .now)
        noteQueue()
        if case .blind = action {} else { hasToldBlindness = false }
        return action
    }

    private var arrivals: MonitorArrivals {
        session?.assumeIsolated { $0.driver.arrivals } ?? MonitorArrivals()
    }

    /// What the server keeps for the monitor tells something when the link is lost.
    private func noteQueue() {
        session?.assumeIsolated { [queueSeen = machine.queueSeen] in $0.driver.queueSeen = queueSeen }
    }

    private func trip(_ omem: Int, _ pause: Duration?) {
        let text =
            "the server kept \(omem) bytes for this monitor, more than the guard's \(settings.limit): MONITOR was left"
        let error = RedisError(.guardTripped, text, endpoint: configuration.endpoint, phase: .listen)
        guard let session else { return }
        guard let pause else { return session.assumeIsolated { $0.abandon(error) } }
        session.assumeIsolated { $0.hold(.protection, error) }
        comeback = ScheduledCall(after: pause, on: loop) { [weak session] in
            session?.assumeIsolated { $0.release(.protection) }
        }
    }

    /// Says once that nobody looks after the queue.
    private func tell(_ error: RedisError) {
        guard !hasToldBlindness else { return }
        hasToldBlindness = true
        session?.assumeIsolated { session in
            if !session.isClosed { session.perform { driver, _ in driver.reportUnguarded(error) } }
        }
    }

    private func pause(_ duration: Duration) async {
        guard duration > .zero else { return }
        let answer = Promise<Void>()
        let timer = ScheduledCall(after: duration, on: loop) { answer.complete(.success(())) }
        defer { timer.cancel() }
        try? await answer.value()
    }
}
