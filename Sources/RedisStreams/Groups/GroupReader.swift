internal import RedisCore
internal import RedisEvents
internal import RedisPOSIX
internal import RedisRESP
internal import RedisReactor

/// Reads the streams of one slot as a consumer of a group: asks what the machine wants to know, fills the mailbox, and
/// tells the server what became of entries. It runs on the loop.
actor GroupReader {
    private enum State {
        case idle
        case starting([Promise<Void>])
        case running
        /// Nothing is taken any more.
        case draining
        case closed
    }

    nonisolated let loop: RedisEventLoop
    nonisolated let server: GroupServer
    private let shared: GroupShared
    private var machine: GroupMachine
    private var state = State.idle
    /// The loop of requests.
    private var work: Task<Void, Never>?
    /// The read that waits at the server, which may be ended.
    private var waitingRead: Task<Result<[GroupServer.Found]?, RedisError>, Never>?
    /// What the loop of requests waits for.
    private var pause: Promise<Void>?
    /// What the readers get at the end of this turn.
    private var output = Segment<StreamGroup.Event>()
    /// The entries that readers have.
    private var held: [UInt64: WeakHeldEntry] = [:]
    /// What the readers have said of entries.
    private nonisolated let inbox = Locked<[Settlement]>([])
    private var acknowledgements: [Settlement] = []
    private var isAcknowledging = false
    /// Those that wait until the server knows of all that was ended.
    private var idlers: [Promise<Void>] = []
    private var isTicking = false
    private var mustTrim: Set<Int> = []
    /// How often the acknowledgements of a stream have failed one after the other, and which streams are left alone for a
    /// while therefore.
    private var failedAcknowledgements: [Int: Int] = [:]
    private var pausedStreams: Set<Int> = []
    /// Those that the server may have heard of, though its reply has not come.
    private var maybeAcknowledged: Set<UInt64> = []
    /// Whether the readers were told that dead letters are refused.
    private var isBurialRefused = false
    /// The reason of the last refusal that the readers were told of.
    private var refusal: RedisError.Code?

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    /// The most entries of one acknowledgement.
    private static var largestAcknowledgement: Int { 1000 }
    /// How long the end waits for the server.
    private static var patience: Duration { .seconds(3) }
    /// How often what all groups have acknowledged is trimmed, at most.
    private static var trimInterval: Duration { .seconds(1) }

    private var options: StreamGroupOptions { server.options }

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

    // MARK: Life

    nonisolated func start(_ promise: Promise<Void>) {
        loop.execute { self.assumeIsolated { $0.startNow(promise) } }
    }

    private func startNow(_ promise: Promise<Void>) {
        switch state {
        case .running, .draining: promise.complete(.success(()))
        case .closed: promise.complete(.failure(.closed))
        case .starting(let waiting): state = .starting(waiting + [promise])
        case .idle:
            state = .starting([promise])
            work = Task { await self.read() }
        }
    }

    /// Takes this reader's share of the entries that may be unended.
    ///
    /// - Parameters:
    ///   - index: Which of the readers this is.
    ///   - count: How many readers there are.
    nonisolated func takeShare(_ index: Int, of count: Int) {
        loop.execute {
            self.assumeIsolated { reader in
                // It is asked for here, so that the latest counts, whichever of several changes is the first to come here.
                let all = reader.shared.limit
                let share = all / count + (index < all % count ? 1 : 0)
                let limit = all == 0 ? 0 : max(share, 1)
                reader.machine.setLimit(limit)
                // What a read brings that waits would be nobody's.
                if limit == 0 { reader.interrupt() } else { reader.goOn() }
            }
        }
    }

    private var isReading: Bool {
        switch state {
        case .starting, .running: true
        case .idle, .draining, .closed: false
        }
    }

    private var isClosed: Bool { if case .closed = state { true } else { false } }

    // MARK: Requests

    private func read() async {
        var failures = 0
        while isReading {
            machine.setReadsClaim(server.readsClaim, at: .now)
            let step = machine.nextStep(at: .now)
            do throws(RedisError) {
                try await perform(step)
                failures = 0
                refusal = nil
            } catch {
                if case .starting(let waiting) = state {
                    state = .idle
                    for promise in waiting { promise.complete(.failure(error)) }
                    return
                }
                failures = min(failures + 1, 10)
                guard failed(error), isReading else { return }
                let longest = min(Duration.milliseconds(25) * (1 << failures), .seconds(5))
                await rest(for: longest * .random(in: 0.5...1))
            }
        }
    }

    private func perform(_ step: GroupMachine.Step) async throws(RedisError) {
        switch step {
        case .create(let stream): try await create(stream)
        case .recover(let stream, let start): try await recover(stream, from: start)
        case .sweep(let stream, let start, let count):
            let sentAt = ContinuousClock.now
            let result = try await server.sweep(stream, from: start, count)
            machine.swept(stream, next: result.next, at: .now, random: .random(in: 0...1))
            if result.hasUnknown { machine.recovered(stream, goingOnFrom: .zero) }
            for id in result.removed { tell(.removed(key: server.keys[stream], id: id)) }
            deliver(result.found, sentAt: sentAt)
        case .read(let streams, let count, let blocking):
            guard let found = try await found(streams, count, blocking) else { return }
            if let next = machine.readEnded(found, isBlocking: blocking != nil, at: .now), isReading {
                try await perform(next)
            }
        case .wait: await rest(for: nil)
        }
    }

    private func create(_ stream: Int) async throws(RedisError) {
        if case .starting = state {
            _ = try await server.create(stream, from: options.start)
            machine.created(stream)
            if case .create = machine.nextStep(at: .now) { return }
            // Meanwhile others may have asked for the start too, or it may have been closed.
            guard case .starting(let waiting) = state else { return }
            state = .running
            for promise in waiting { promise.complete(.success(())) }
            removeIdleConsumers()
        } else {
            let isNew = try await server.create(stream, from: .beginning)
            machine.created(stream)
            if isNew { tell(.groupCreated(key: server.keys[stream])) }
        }
    }

    private func recover(_ stream: Int, from start: RedisStreamID) async throws(RedisError) {
        let pending = try await server.pending(stream, from: start)
        let unknown = pending.filter { !machine.has(GroupMachine.Place(stream: stream, id: $0.id)) }
        let taken = Array(unknown.prefix(machine.room))
        let sentAt = ContinuousClock.now
        let (found, removed) = try await server.take(stream, taken)
        for id in removed { tell(.removed(key: server.keys[stream], id: id)) }
        deliver(found, sentAt: sentAt)
        let isWhole = pending.count < GroupServer.page && taken.count == unknown.count
        let last = taken.count < unknown.count ? unknown[taken.count].id : pending.last?.id.successor
        machine.recovered(stream, goingOnFrom: isWhole ? nil : last)
    }

    private func found(_ streams: [Int], _ count: Int, _ blocking: Duration?) async throws(RedisError) -> Int? {
        let sentAt = ContinuousClock.now
        let server = server
        let result: Result<[GroupServer.Found]?, RedisError>
        if blocking == nil {
            do throws(RedisError) { result = .success(try await server.read(streams, count, blocking: nil)) } catch {
                result = .failure(error)
            }
        } else {
            let task = Task { () async -> Result<[GroupServer.Found]?, RedisError> in
                do throws(RedisError) {
                    return .success(try await server.read(streams, count, blocking: blocking))
                } catch { return .failure(error) }
            }
            waitingRead = task
            result = await task.value
            waitingRead = nil
        }
        guard let found = try result.get() else { return nil }
        if found.isEmpty || sentAt.duration(to: .now) <= tick { return deliver(found, sentAt: sentAt) }
        return try await confirm(found)
    }

    /// Hands out what a read has brought that has lasted for long, as far as the server says that it is this consumer's
    /// still. When in this time it was delivered is not known: this process may have been stopped since, or the network
    /// may have held the reply.
    private func confirm(_ found: [GroupServer.Found]) async throws(RedisError) -> Int {
        let sentAt = ContinuousClock.now
        var own: [GroupServer.Found] = []
        for stream in server.keys.indices {
            let part = found.filter { $0.stream == stream }
            if part.isEmpty { continue }
            let results: [GroupServer.Extension]
            do throws(RedisError) { results = try await server.extend(stream, part.map(\.entry.id)) } catch {
                // They are this consumer's at the server, and are looked for there.
                machine.mayHaveMore()
                throw error
            }
            for (item, result) in zip(part, results) {
                // One that was removed since is nobody else's.
                if case .lost = result { continue }
                own.append(item)
            }
        }
        return deliver(own, sentAt: sentAt)
    }

    /// Notes that a request has failed. Returns whether to go on.
    private func failed(_ error: RedisError) -> Bool {
        if error.code == .closed {
            end(error)
            return false
        }
        if error.execution != .notExecuted { machine.mayHaveMore() }
        if error.serverPrefix == "NOGROUP" {
            machine.lacksGroup()
        } else if refusal != error.code {
            refusal = error.code
            tell(.refused(error))
        }
        return true
    }

    /// The client is closed: nobody can be asked any more.
    private func end(_ error: RedisError) {
        state = .closed
        for (place, hand) in machine.all { lose(place, hand.number, .closed) }
        shared.mailbox.commit(&output)
        shared.mailbox.finish(throwing: error)
        completeIdlers()
    }

    /// Lets the loop of requests wait, for that time or until something has happened.
    private func rest(for time: Duration?) async {
        let promise = Promise<Void>()
        pause = promise
        let timer = time.map { ScheduledCall(after: $0, on: loop) { promise.complete(.success(())) } }
        _ = await promise.result()
        timer?.cancel()
        pause = nil
    }

    /// Something has happened that the loop of requests may wait for.
    private func goOn() { pause?.complete(.success(())) }

    /// Lets the loop of requests begin anew, also while it waits at the server.
    private func interrupt() {
        waitingRead?.cancel()
        goOn()
    }

    // MARK: What the readers get

    @discardableResult
    private func deliver(_ found: [GroupServer.Found], sentAt: ContinuousClock.Instant) -> Int {
        if found.isEmpty { return 0 }
        var returned: [Settlement] = []
        for item in found {
            let place = GroupMachine.Place(stream: item.stream, id: item.entry.id)
            if item.entry.isRemoved {
                output.append(.removed(key: server.keys[item.stream], id: item.entry.id))
                Task { [server] in _ = try? await server.acknowledge(item.stream, [item.entry.id]) }
                continue
            }
            guard let number = machine.took(place, sentAt: sentAt) else { continue }
            // It goes back with all the others.
            if isClosed { continue }
            if machine.unendedCount > machine.limit {
                // Nobody reads any more, or a read that waited for several streams has brought one of each.
                returned.append(Settlement(place, number, attempt: item.deliveries, .giveBack, nil))
                continue
            }
            if let limit = options.maxAttempts, item.deliveries > limit {
                bury(place, number, attempts: item.deliveries - 1, "no consumer has ended it in \(limit) attempts", nil)
                continue
            }
            let entry = HeldEntry(item, place, number, self)
            held[number] = WeakHeldEntry(entry: entry)
            output.append(.delivery(StreamGroup.Delivery(held: entry)))
        }
        shared.mailbox.commit(&output)
        giveBack(returned)
        tickLater()
        return found.count
    }

    private func tell(_ event: StreamGroup.Event) {
        shared.tellWatchers(event)
        output.append(event)
        shared.mailbox.commit(&output)
    }

    /// Somebody else may have an entry.
    private func lose(_ place: GroupMachine.Place, _ number: UInt64, _ cause: StreamGroup.LostLease.Cause) {
        guard machine.lost(place, number), let entry = held[number]?.entry else { return }
        if entry.revoke() { return forget(place, number) }
        entry.lose()
        tell(.leaseLost(StreamGroup.LostLease(key: entry.key, id: entry.entry.id, cause: cause)))
        shared.lost(entry)
    }

    private func forget(_ place: GroupMachine.Place, _ number: UInt64) {
        machine.settled(place, number)
        maybeAcknowledged.remove(number)
        held[number] = nil
    }

    // MARK: What the readers say

    /// Takes what a reader says of an entry. Any thread may call.
    nonisolated func settle(_ settlement: Settlement) {
        let isFirst = inbox.withLock { inbox in
            inbox.append(settlement)
            return inbox.count == 1
        }
        if isFirst { loop.execute { self.assumeIsolated { $0.takeSettlements() } } }
    }

    private func takeSettlements() {
        let settlements = inbox.withLock { exchange(&$0, with: []) }
        var returned: [Settlement] = []
        for settlement in settlements {
            let (place, number) = (settlement.place, settlement.number)
            guard machine.hand(place, number) != nil else {
                settled(settlement, .failure(isClosed ? .closed : .leaseLost(server.keys[place.stream], place.id)))
                continue
            }
            machine.ended(place, number)
            switch settlement.verb {
            case .acknowledge: acknowledgements.append(settlement)
            case .giveBack: returned.append(settlement)
            case .forget: forget(place, number)
            case .reject(let reason):
                if let limit = options.maxAttempts, settlement.attempt >= limit {
                    bury(place, number, attempts: settlement.attempt, reason, settlement)
                } else {
                    returned.append(settlement)
                }
            }
        }
        giveBack(returned)
        acknowledge()
        goOn()
    }

    /// Notes what came of a settlement.
    private func settled(_ settlement: Settlement, _ result: Result<Void, RedisError>) {
        switch result {
        case .success:
            held[settlement.number]?.entry?.ended(true)
            forget(settlement.place, settlement.number)
        case .failure:
            machine.notEnded(settlement.place, settlement.number)
            held[settlement.number]?.entry?.ended(false)
        }
        settlement.promise?.complete(result)
    }

    private func acknowledge() {
        guard !isAcknowledging, let first = acknowledgements.first(where: { !pausedStreams.contains($0.place.stream) })
        else { return completeIdlers() }
        isAcknowledging = true
        let stream = first.place.stream
        var batch: [Settlement] = []
        var rest: [Settlement] = []
        for item in acknowledgements {
            if item.place.stream == stream, batch.count < Self.largestAcknowledgement {
                batch.append(item)
            } else {
                rest.append(item)
            }
        }
        acknowledgements = rest
        Task { [server, batch] in
            let result: Result<[Bool], RedisError>
            do throws(RedisError) {
                result = .success(try await server.acknowledge(stream, batch.map(\.place.id)))
            } catch { result = .failure(error) }
            self.acknowledged(stream, batch, result)
        }
    }

    private func acknowledged(_ stream: Int, _ batch: [Settlement], _ result: Result<[Bool], RedisError>) {
        isAcknowledging = false
        switch result {
        case .success(let replies):
            failedAcknowledgements[stream] = nil
            for (settlement, wasPending) in zip(batch, replies) {
                let isRemoved = machine.hand(settlement.place, settlement.number)?.isRemoved == true
                let wasTold = maybeAcknowledged.remove(settlement.number) != nil
                if wasPending || isRemoved || wasTold {
                    settled(settlement, .success(()))
                } else {
                    notPending(settlement)
                }
            }
            if options.acknowledged == .trimmedBehindAllGroups { trimLater(stream) }
            acknowledge()
            goOn()
        case .failure(let error):
            var again: [Settlement] = []
            for settlement in batch {
                if settlement.promise == nil, !isClosed, error.code != .closed {
                    again.append(settlement)
                    if error.execution != .notExecuted { maybeAcknowledged.insert(settlement.number) }
                } else {
                    settled(settlement, .failure(error))
                }
            }
            if !again.isEmpty { acknowledge(stream, again, after: error) }
            acknowledge()
        }
    }

    /// Tells the server later what it could not be told. Nobody waits for it, so that is done until it has heard of it;
    /// meanwhile other streams have their turn.
    private func acknowledge(_ stream: Int, _ again: [Settlement], after error: RedisError) {
        acknowledgements += again
        let failures = failedAcknowledgements[stream, default: 0]
        failedAcknowledgements[stream] = min(failures + 1, 5)
        if failures == 0, error.isAnswer { tell(.refused(error)) }
        pausedStreams.insert(stream)
        _ = ScheduledCall(after: .milliseconds(200) * (1 << failures), on: loop) { [weak self] in
            self?.assumeIsolated { reader in
                reader.pausedStreams.remove(stream)
                reader.acknowledge()
            }
        }
    }

    /// An entry that was acknowledged had gone to somebody else before.
    private func notPending(_ settlement: Settlement) {
        let key = server.keys[settlement.place.stream]
        held[settlement.number]?.entry?.ended(true)
        forget(settlement.place, settlement.number)
        if let promise = settlement.promise {
            promise.complete(.failure(.leaseLost(key, settlement.place.id).with(.executed)))
        } else {
            tell(.leaseLost(StreamGroup.LostLease(key: key, id: settlement.place.id, cause: .taken)))
        }
    }

    private func giveBack(_ settlements: [Settlement]) {
        for settlement in settlements { machine.returning(settlement.place, settlement.number) }
        let groups = Dictionary(grouping: settlements) { [$0.place.stream, $0.isAttempt ? 1 : 0] }
        for (_, part) in groups {
            guard let first = part.first else { continue }
            let stream = first.place.stream
            let delay = first.isAttempt ? min(options.retryDelay, options.visibility) : .zero
            let isAttempt = first.isAttempt
            Task { [server] in
                let result: Result<Void, RedisError>
                do throws(RedisError) {
                    let entries = part.map { ($0.place.id, $0.attempt) }
                    try await server.giveBack(
                        stream,
                        entries,
                        isAttempt: isAttempt,
                        // The next delivery has a higher count then.
                        mayRepeat: isAttempt,
                        after: delay
                    )
                    result = .success(())
                } catch { result = .failure(error) }
                self.gaveBack(part, after: delay, result)
            }
        }
    }

    private func gaveBack(_ settlements: [Settlement], after delay: Duration, _ result: Result<Void, RedisError>) {
        for settlement in settlements {
            if case .failure(let error) = result, settlement.promise != nil {
                settled(settlement, .failure(error))
            } else {
                // If the server does not know, others get it after the visibility.
                settled(settlement, .success(()))
            }
        }
        completeIdlers()
        guard isReading, let stream = settlements.first?.place.stream else { return }
        machine.gaveBack(stream, claimableAt: .now.advanced(by: delay))
        goOn()
        // A read that waits already may not notice it.
        _ = ScheduledCall(after: delay + .milliseconds(1), on: loop) { [weak self] in
            self?.assumeIsolated { $0.interrupt() }
        }
    }

    private func bury(
        _ place: GroupMachine.Place,
        _ number: UInt64,
        attempts: Int,
        _ reason: String,
        _ settlement: Settlement?
    ) {
        let reason = String(reason.prefix(1000))
        Task { [server] in
            let result: Result<GroupServer.Burial, RedisError>
            do throws(RedisError) { result = .success(try await server.bury(place.stream, place.id, reason)) } catch {
                result = .failure(error)
            }
            if case .success(.letter(let letter)) = result {
                let key = server.keys[place.stream]
                let letter = StreamGroup.DeadLetter(
                    key: key,
                    id: place.id,
                    attempts: attempts,
                    reason: reason,
                    letter: letter
                )
                self.tell(.deadLettered(letter))
            }
            self.buried(place, number, result, settlement)
        }
    }

    private func buried(
        _ place: GroupMachine.Place,
        _ number: UInt64,
        _ result: Result<GroupServer.Burial, RedisError>,
        _ settlement: Settlement?
    ) {
        switch (result, settlement) {
        case (.failure(let error), let settlement?) where settlement.promise != nil:
            settled(settlement, .failure(error))
        case (.failure(let error), _):
            // The entry comes again after the visibility, and is tried again.
            if error.isAnswer, !isBurialRefused { tell(.refused(error)) }
            isBurialRefused = error.isAnswer
            held[number]?.entry?.ended(true)
            forget(place, number)
        case (.success(.foreign), let settlement?):
            notPending(settlement)
        case (.success(let burial), _):
            if case .letter = burial { isBurialRefused = false }
            held[number]?.entry?.ended(true)
            forget(place, number)
            settlement?.promise?.complete(.success(()))
        }
        completeIdlers()
        goOn()
    }

    // MARK: Time

    private var tick: Duration { options.visibility / 6 }

    private func tickLater() {
        guard !isTicking, !machine.isEmpty else { return }
        isTicking = true
        _ = ScheduledCall(after: tick, on: loop) { [weak self] in self?.assumeIsolated { $0.ticked() } }
    }

    private func ticked() {
        isTicking = false
        if isClosed { return }
        let (due, lapsed) = machine.due(at: .now, tick: tick)
        var returned: [Settlement] = []
        for (place, number) in lapsed {
            guard let entry = held[number]?.entry else { continue }
            if entry.revoke() {
                // Nobody reads, and others shall not wait for that again.
                returned.append(Settlement(entry, .giveBack, nil))
                shared.lapsed()
            } else {
                lose(place, number, .unreachable)
            }
        }
        if !returned.isEmpty { shared.limitChanged() }
        giveBack(returned)
        // What waits for a reader is not extended: another consumer may be faster.
        let extended = due.filter { held[$0.1]?.entry.map { !$0.isWaiting } ?? false }
        for (stream, part) in Dictionary(grouping: extended, by: \.0.stream) {
            let sentAt = ContinuousClock.now
            Task { [server] in
                do throws(RedisError) {
                    let results = try await server.extend(stream, part.map(\.0.id))
                    self.extended(zip(part, results).map { ($0, $1) }, sentAt)
                } catch {
                    if error.serverPrefix == "NOGROUP" || error.serverMessage?.contains("NOGROUP") == true {
                        self.extended(part.map { ($0, .lost) }, sentAt)
                    }
                }
            }
        }
        tickLater()
    }

    private func extended(
        _ results: [((GroupMachine.Place, UInt64), GroupServer.Extension)],
        _ sentAt: ContinuousClock.Instant
    ) {
        for ((place, number), result) in results {
            switch result {
            case .extended: machine.renewed(place, number, sentAt: sentAt)
            case .removed: machine.removed(place, number)
            case .lost: lose(place, number, .taken)
            }
        }
    }

    private func trimLater(_ stream: Int) {
        guard mustTrim.insert(stream).inserted else { return }
        _ = ScheduledCall(after: Self.trimInterval, on: loop) { [weak self] in
            self?.assumeIsolated { reader in
                reader.mustTrim.remove(stream)
                Task { [server = reader.server] in try? await server.trim(stream) }
            }
        }
    }

    private func removeIdleConsumers() {
        guard isReading, let limit = options.idleConsumerLimit else { return }
        for stream in server.keys.indices {
            Task { [server] in
                let names = (try? await server.removeConsumers(stream, idle: limit)) ?? []
                if !names.isEmpty { self.tell(.consumersRemoved(key: server.keys[stream], names: names)) }
            }
        }
        _ = ScheduledCall(after: min(max(limit / 2, .seconds(60)), .seconds(3600)), on: loop) { [weak self] in
            self?.assumeIsolated { $0.removeIdleConsumers() }
        }
    }

    // MARK: The end

    /// Gives back what nobody has read yet.
    func giveBackWaiting() {
        var returned: [Settlement] = []
        for (_, hand) in machine.all {
            guard let entry = held[hand.number]?.entry, entry.revoke() else { continue }
            returned.append(Settlement(entry, .giveBack, nil))
        }
        giveBack(returned)
    }

    /// Returns when the server knows of all that was ended, or cannot be told within a few seconds.
    func settled() async {
        takeSettlements()
        guard isTelling else { return }
        let promise = Promise<Void>()
        idlers.append(promise)
        let timer = ScheduledCall(after: Self.patience, on: loop) { promise.complete(.success(())) }
        _ = await promise.result()
        timer.cancel()
    }

    /// Whether the server is being told of entries that were ended.
    private var isTelling: Bool { machine.all.contains { $0.1.isEnded } }

    private func completeIdlers() {
        guard !idlers.isEmpty, isClosed || !isTelling else { return }
        for promise in exchange(&idlers, with: []) { promise.complete(.success(())) }
    }

    /// Takes nothing more, and waits until what is in hand was ended.
    ///
    /// - Returns: Whether all was ended in time.
    func drain(until deadline: ContinuousClock.Instant) async -> Bool {
        guard isReading else { return machine.isEmpty }
        if case .starting(let waiting) = state { for promise in waiting { promise.complete(.failure(.closed)) } }
        state = .draining
        interrupt()
        await workEnds(within: ContinuousClock.now.duration(to: deadline))
        giveBackWaiting()
        while !machine.isEmpty, !isClosed, ContinuousClock.now < deadline { await settledOne(until: deadline) }
        return machine.isEmpty
    }

    /// Returns when the loop of requests has ended, and at that time at the latest: the server may not answer.
    private func workEnds(within time: Duration) async {
        guard let work else { return }
        let isDone = Promise<Void>()
        let timer = ScheduledCall(after: max(time, .zero), on: loop) { isDone.complete(.success(())) }
        Task {
            await work.value
            isDone.complete(.success(()))
        }
        _ = await isDone.result()
        timer.cancel()
    }

    private func settledOne(until deadline: ContinuousClock.Instant) async {
        let rest = min(ContinuousClock.now.duration(to: deadline), .milliseconds(20))
        await self.rest(for: max(rest, .milliseconds(1)))
    }

    /// Takes nothing more, gives back what is in hand, and removes the consumer if it has nothing.
    func close() async {
        if case .starting(let waiting) = state { for promise in waiting { promise.complete(.failure(.closed)) } }
        let wasIdle = if case .idle = state { true } else { false }
        if isClosed { return }
        state = .closed
        interrupt()
        if wasIdle { return }
        let isDone = Promise<Void>()
        let timer = ScheduledCall(after: Self.patience, on: loop) { isDone.complete(.success(())) }
        Task {
            await self.leave()
            isDone.complete(.success(()))
        }
        _ = await isDone.result()
        timer.cancel()
        completeIdlers()
    }

    private func leave() async {
        // The handlers are cancelled before anything is waited for.
        var places = loseAll()
        await work?.value
        // What came with the last reply.
        places += loseAll()
        let left = Dictionary(grouping: places, by: \.stream)
        let deadline = ContinuousClock.now.advanced(by: Self.patience)
        while isTelling, ContinuousClock.now < deadline { await rest(for: .milliseconds(2)) }
        for (stream, places) in left {
            let entries = places.map { ($0.id, 0) }
            try? await server.giveBack(stream, entries, isAttempt: false, mayRepeat: true, after: .zero)
        }
        for stream in server.keys.indices { _ = try? await server.removeConsumers(stream, idle: nil) }
    }

    /// Takes all entries away from the readers. Returns those that nobody had ended.
    private func loseAll() -> [GroupMachine.Place] {
        let open = machine.all.filter { !$0.1.isEnded && !$0.1.isLost }
        for (place, hand) in machine.all { lose(place, hand.number, .closed) }
        return open.map(\.0)
    }

    nonisolated func closeNow() { Task { await self.close() } }
}

extension RedisError {
    fileprivate static func leaseLost(_ key: RedisBytes, _ id: RedisStreamID) -> RedisError {
        let text = "\(key.shown()) \(id): another consumer has got the entry, or acknowledged it"
        return RedisError(.leaseLost, text, phase: .command).with(.notExecuted)
    }
}

extension Settlement {
    /// Whether the delivery counts as an attempt.
    fileprivate var isAttempt: Bool { if case .reject = verb { true } else { false } }
}
