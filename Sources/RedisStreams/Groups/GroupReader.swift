internal import RedisCore
internal import RedisEvents
internal import RedisPOSIX
internal import RedisRESP
internal import RedisReactor

/// Reads the streams of one slot as a consumer of a group: asks what the machine wants to know, fills the mailbox, and
/// tells the server what became of entries. It runs on the loop.
actor GroupReader {
    nonisolated let loop: RedisEventLoop
    nonisolated let server: GroupServer
    let shared: GroupShared
    var machine: GroupMachine
    var life = ReaderLife()
    /// The loop of requests.
    var work: Task<Void, Never>?
    /// The read that waits at the server, which may be ended.
    var waitingRead: Task<Result<[GroupServer.Found]?, RedisError>, Never>?
    /// What the loop of requests waits for.
    var pause: Promise<Void>?
    /// What the readers get at the end of this turn.
    var output = Segment<StreamGroup.Event>()
    /// The entries that readers have.
    var held: [UInt64: WeakHeldEntry] = [:]
    /// What the readers have said of entries.
    nonisolated let inbox = Locked<[Settlement]>([])
    var acknowledgements = AcknowledgementLine()
    /// Those that wait until the server knows of all that was ended.
    var idlers: [Promise<Void>] = []
    var isTicking = false
    var mustTrim: Set<Int> = []
    /// Whether the readers were told that dead letters are refused.
    var isDeadLetterRefused = false
    /// The reason of the last refusal that the readers were told of.
    var refusal: RedisError.Code?

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    var options: StreamGroupOptions { server.options }

    init(_ server: GroupServer, _ shared: GroupShared, hasPriorities: Bool, recovers: Bool) {
        self.server = server
        self.shared = shared
        loop = server.client.loop
        machine = GroupMachine(
            streamCount: server.keys.count,
            hasPriorities: hasPriorities,
            visibility: server.options.visibility,
            limit: 0,
            recovers: recovers,
            at: .now
        )
    }

    nonisolated func start(_ promise: Promise<Void>) {
        loop.execute { self.assumeIsolated { $0.startNow(promise) } }
    }

    private func startNow(_ promise: Promise<Void>) {
        if let result = life.startResult { return promise.complete(result) }
        if life.start(promise) { work = Task { await self.read() } }
    }

    /// Takes this reader's share of the entries that may be unended.
    ///
    /// - Parameters:
    ///   - index: Which of the readers this is.
    ///   - count: How many readers there are.
    nonisolated func takeShare(_ index: Int, of count: Int) {
        loop.execute {
            self.assumeIsolated { reader in
                // It is asked for here, so that the latest counts, whichever of several changes is the first to come
                // here.
                let all = reader.shared.limit
                let share = all / count + (index < all % count ? 1 : 0)
                let limit = all == 0 ? 0 : max(share, 1)
                // A read that waits may bring more than there is room for now.
                let isLower = limit < reader.machine.limit
                reader.machine.setLimit(limit)
                if isLower { reader.interrupt() } else { reader.goOn() }
            }
        }
    }

    var isReading: Bool { life.isStarting || life.isRunning }
}
