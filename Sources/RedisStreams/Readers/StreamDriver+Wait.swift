internal import RedisCommands
internal import RedisCore
internal import RedisRESP

// How new entries are waited for: by one XREAD for all streams of a slot, which ends after at most five seconds.
extension StreamDriver {
    /// For how long the server is asked to wait.
    private static var longestWait: Duration { .seconds(5) }
    /// The same where more slots have to be waited for than the client has links for that.
    private static var shortWait: Duration { .milliseconds(100) }
    /// How many streams are looked at after a wait without entries.
    private static var mostLooks: Int { 8 }
    /// So many waits may end soon without entries.
    private static var mostFruitless: Int { 4 }

    private func group(of name: RedisBytes) -> Int {
        client.configuration.cluster == nil ? 0 : HashSlot.slot(of: name)
    }

    /// A stream begins to be read.
    func join(_ name: RedisBytes) {
        groups[group(of: name), default: StreamGroupWait()].members.append(name)
        wonder(name)
    }

    /// A stream has brought something.
    func noteFruit(of name: RedisBytes) { groups[group(of: name)]?.fruitlessCount = 0 }

    /// A stream is read no longer.
    func leave(_ name: RedisBytes) {
        let group = group(of: name)
        groups[group]?.members.removeAll { $0 == name }
        groups[group]?.busy.remove(name)
        guard let left = groups[group] else { return }
        guard left.members.isEmpty else {
            // It may have been the one that the others have waited for.
            if isCalm(group) { line(up: group) }
            return
        }
        left.task?.cancel()
        if left.task == nil { groups[group] = nil }
    }

    /// Whether the streams of a group may be waited for: none is about to say whether it has more. Those that have much
    /// are not awaited.
    private func isCalm(_ group: Int) -> Bool {
        groups[group]?.busy.allSatisfy { streams[$0]?.isCatchingUp == true } == true
    }

    /// A stream has much to read: the others of its slot are waited for meanwhile.
    func lineUpOthers(of name: RedisBytes) {
        let group = group(of: name)
        if groups[group]?.task == nil, isCalm(group) { line(up: group) }
    }

    func markBusy(_ name: RedisBytes) { groups[group(of: name)]?.busy.insert(name) }

    /// The machine of a stream asks nothing at the moment.
    func markIdle(_ name: RedisBytes) {
        let group = group(of: name)
        guard groups[group]?.busy.remove(name) != nil, isCalm(group) else { return }
        line(up: group)
    }

    private func line(up group: Int) {
        guard groups[group]?.isInLine == false else { return }
        groups[group]?.isInLine = true
        waitingLine.append(group)
    }

    /// Half of the exclusive links are for others.
    private var mostWaits: Int { max(client.configuration.commands.pool.maximum / 2, 1) }

    /// Lets groups wait whose streams ask nothing.
    func waitForEntries() {
        while let group = waitingLine.popFirst() {
            guard let entry = groups[group] else { continue }
            if entry.task == nil, waitCount >= mostWaits {
                waitingLine.append(group)
                return
            }
            groups[group]?.isInLine = false
            guard isCalm(group), !entry.isPaused else { continue }
            var ids: [RedisBytes: RedisStreamID] = [:]
            for name in entry.members {
                guard let stream = streams[name], !stream.isRefused else { continue }
                ids[name] = stream.machine.waitsBehind
            }
            if entry.task == nil {
                if !ids.isEmpty { wait(group, behind: ids) }
            } else if ids.contains(where: { entry.ids[$0.key] != $0.value }) {
                // It waits for others, and begins again with this one.
                entry.task?.cancel()
            }
        }
    }

    private func wait(_ group: Int, behind ids: [RedisBytes: RedisStreamID]) {
        let client = client
        let limit = groups.count > mostWaits ? Self.shortWait : Self.longestWait
        let began = ContinuousClock.now
        waitCount += 1
        groups[group]?.ids = ids
        groups[group]?.task = Task { [weak self] in
            let result = await client.waitForEntries(behind: ids, atMost: limit)
            await self?.waited(group, result, wasLong: began.duration(to: .now) > limit / 2)
        }
    }

    private func waited(_ group: Int, _ result: Result<[RedisBytes], RedisError>, wasLong: Bool) {
        waitCount -= 1
        guard !isClosed, let entry = groups[group] else { return }
        groups[group]?.task = nil
        if entry.members.isEmpty {
            groups[group] = nil
            return
        }
        switch result {
        case .success(let names):
            groups[group]?.failureCount = 0
            look(at: names)
            if names.isEmpty { lookAtSome(of: group) }
            // A server that ends the wait again and again, and has nothing, is not asked as fast as it answers.
            groups[group]?.fruitlessCount = wasLong ? 0 : entry.fruitlessCount + 1
            if entry.fruitlessCount > Self.mostFruitless { pause(group, entry.fruitlessCount - Self.mostFruitless) }
        case .failure(let error):
            switch error.code {
            case .cancelled: break
            case .timedOut where error.execution == .notExecuted:
                groups[group]?.failureCount = 0
                lookAtSome(of: group)
            default: refused(group, error)
            }
        }
        line(up: group)
        settle()
    }

    private func look(at names: some Sequence<RedisBytes>) {
        for name in names {
            streams[name]?.machine.changed()
            wonder(name)
        }
    }

    /// Looks whether some of the streams are what they were, in turn.
    private func lookAtSome(of group: Int) {
        guard let entry = groups[group] else { return }
        let count = min(entry.members.count, Self.mostLooks)
        look(at: (0..<count).map { entry.members[(entry.nextLook + $0) % entry.members.count] })
        groups[group]?.nextLook = (entry.nextLook + count) % entry.members.count
    }

    /// The link was lost, or the server does not let this command wait: all streams are looked at, and waited for again
    /// after a pause.
    private func refused(_ group: Int, _ error: RedisError) {
        guard let entry = groups[group] else { return }
        if error.serverPrefix == "NOPERM" { for name in entry.members { tell(name, error) } }
        look(at: entry.members)
        groups[group]?.failureCount = min(entry.failureCount + 1, 8)
        pause(group, entry.failureCount + 1)
    }

    /// Lets a group wait for entries only after a pause.
    private func pause(_ group: Int, _ count: Int) {
        let count = min(count, 8)
        groups[group]?.isPaused = true
        later(min(.milliseconds(10) * (1 << count), .seconds(1))) { driver in
            driver.groups[group]?.isPaused = false
            driver.line(up: group)
        }
    }
}

/// Streams that one command can wait for.
struct StreamGroupWait {
    /// Their names, in the order in which they came.
    var members: [RedisBytes] = []
    /// Those whose machine may have a question, or has one.
    var busy: Set<RedisBytes> = []
    /// The command that waits, and behind which ids.
    var task: Task<Void, Never>?
    var ids: [RedisBytes: RedisStreamID] = [:]
    var isInLine = false
    /// Whether the last command has failed and the next one has to wait.
    var isPaused = false
    var failureCount = 0
    /// How many waits in a row have ended soon, and brought nothing.
    var fruitlessCount = 0
    /// Which of the streams is looked at next.
    var nextLook = 0
}
