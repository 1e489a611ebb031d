internal import RedisCommands
internal import RedisCore
internal import RedisEvents
internal import RedisReactor

// The loop of requests: what the machine wants to know is asked, one request at a time.
extension GroupReader {
    func read() async {
        var failures = 0
        while isReading {
            machine.setReadsClaim(server.readsClaim, at: .now)
            let step = machine.nextStep(at: .now)
            do throws(RedisError) {
                try await perform(step)
                failures = 0
                refusal = nil
            } catch {
                guard !life.isStarting else { return life.failed().complete(.failure(error)) }
                failures = min(failures + 1, 10)
                guard failed(error), isReading else { return }
                let longest = min(Duration.milliseconds(25) * (1 << failures), .seconds(5))
                await rest(for: longest * .random(in: 0.5...1))
            }
        }
    }

    func perform(_ step: GroupMachine.Step) async throws(RedisError) {
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

    func create(_ stream: Int) async throws(RedisError) {
        if life.isStarting {
            _ = try await server.create(stream, from: options.start)
            machine.created(stream)
            if case .create = machine.nextStep(at: .now) { return }
            // Meanwhile others may have asked for the start too, or it may have been closed.
            guard life.isStarting else { return }
            life.began().complete(.success(()))
            removeIdleConsumers()
        } else {
            let isNew = try await server.create(stream, from: .beginning)
            machine.created(stream)
            if isNew { tell(.groupCreated(key: server.keys[stream])) }
        }
    }

    func recover(_ stream: Int, from start: RedisStreamID) async throws(RedisError) {
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

    func found(_ streams: [Int], _ count: Int, _ blocking: Duration?) async throws(RedisError) -> Int? {
        let sentAt = ContinuousClock.now
        let server = server
        let result: Result<[GroupServer.Found]?, RedisError>
        if blocking == nil {
            do throws(RedisError) { result = .success(try await server.read(streams, count, blocking: nil)) } catch {
                result = .failure(error)
            }
        } else {
            let task = Task(executorPreference: loop) { () async -> Result<[GroupServer.Found]?, RedisError> in
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
    func confirm(_ found: [GroupServer.Found]) async throws(RedisError) -> Int {
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
    func failed(_ error: RedisError) -> Bool {
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
    func end(_ error: RedisError) {
        life.close().complete(.failure(error))
        for (place, hand) in machine.all { lose(place, hand.number, .closed) }
        shared.mailbox.commit(&output)
        shared.mailbox.finish(throwing: error)
        completeIdlers()
    }

    /// Lets the loop of requests wait, for that time or until something has happened.
    func rest(for time: Duration?) async {
        let promise = Promise<Void>()
        pause = promise
        let timer = time.map { ScheduledCall(after: $0, on: loop) { promise.complete(.success(())) } }
        _ = await promise.result()
        timer?.cancel()
        pause = nil
    }

    /// Something has happened that the loop of requests may wait for.
    func goOn() { pause?.complete(.success(())) }

    /// Lets the loop of requests begin anew, also while it waits at the server.
    func interrupt() {
        waitingRead?.cancel()
        goOn()
    }
}
