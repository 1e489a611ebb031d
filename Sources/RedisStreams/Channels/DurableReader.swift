internal import RedisCommands
internal import RedisCore
internal import RedisEvents
internal import RedisRESP
internal import RedisReactor

/// Reads durable channels: subscribes, gives each message to the machine of its channel, reads the streams when a
/// machine asks, and fills the mailbox. It runs on the loop.
actor DurableReader {
    nonisolated let loop: RedisEventLoop
    private let names: DurableNames
    let client: RedisClient
    private let mailbox: Mailbox<DurableSubscription.Event>
    private let pubsub: PubSub
    private var hasShardChannels: Bool
    private var life = ReaderLife()
    var channels: [RedisBytes: DurableChannelState] = [:]
    /// What the readers get at the end of this turn.
    private var output = Segment<DurableSubscription.Event>()
    private var pause = ReadingPause()
    /// Messages of something else that came while the mailbox could take no more.
    private var skippedForeign = 0
    private var questions = QuestionLine()
    /// Whether the server's keys are being searched for channels, and have to be searched again.
    private var search: (isRunning: Bool, isWanted: Bool) = (false, false)
    /// Why channels are refused, as the reader was told.
    private var refusals: [RedisBytes: RedisError.Code] = [:]
    /// Whether a prefix's channels that exist were found once.
    private var hasFoundChannels = false

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    /// At most that many channels of a prefix are read.
    static var mostChannels: Int { 65_536 }

    init(
        _ names: DurableNames,
        _ client: RedisClient,
        _ mailbox: Mailbox<DurableSubscription.Event>,
        hasShardChannels: Bool
    ) throws(RedisError) {
        self.names = names
        self.client = client
        self.mailbox = mailbox
        self.hasShardChannels = hasShardChannels
        loop = client.loop
        var configuration = client.configuration
        // The streams tell what was missed.
        configuration.lossBoundInterval = nil
        configuration.isAuxiliary = true
        let reference = WeakReader()
        pubsub = try PubSub(configuration, loop: client.loop, sink: DurableSink(reference))
        reference.set(self)
    }

    // MARK: Life

    nonisolated func start(_ promise: Promise<Void>) {
        loop.execute { self.assumeIsolated { $0.startNow(promise) } }
    }

    private func startNow(_ promise: Promise<Void>) {
        if let result = life.startResult { return promise.complete(result) }
        if life.start(promise) { begin() }
    }

    private func begin() {
        if case .channels(let starts) = names {
            for (name, start) in starts where channels[name] == nil {
                channels[name] = DurableChannelState(start.machine)
            }
        }
        let (kind, wanted): (RedisSubscriptionKind, [RedisBytes]) =
            switch names {
            case .channels(let starts): (hasShardChannels ? .shardChannel : .channel, Array(starts.keys))
            case .prefix(let prefix, _): (.pattern, [Glob.beginning(with: prefix)])
            }
        Task { [pubsub, weak self] in
            do throws(RedisError) {
                let results = try await pubsub.subscribe(kind, wanted, timeout: .unlimited)
                await self?.began(results)
            } catch {
                await self?.notBegun(kind, error)
            }
        }
    }

    private func began(_ results: [PubSub.SubscriptionResult]) {
        for result in results {
            if case .failure(let error) = result.outcome { return notBegun(result.kind, error) }
        }
        // Confirmations that came before are known; one that came earlier still, for a name that was there, is not.
        for result in results { confirmed(result.kind, result.name) }
        settle()
    }

    private func notBegun(_ kind: RedisSubscriptionKind, _ error: RedisError) {
        guard life.isStarting else { return }
        if kind == .shardChannel, error.lacksCommand {
            hasShardChannels = false
            return begin()
        }
        life.failed().complete(.failure(error))
    }

    func positions() -> [RedisBytes: DurablePosition] { channels.compactMapValues(\.machine.position) }

    /// Behind what the reading of each channel has begun.
    func starts() -> [RedisBytes: DurablePosition] { channels.compactMapValues(\.machine.start) }

    func cut() async { await pubsub.cut() }

    func close() async {
        end(.closed)
        await pubsub.close()
    }

    nonisolated func closeNow() {
        loop.execute { self.assumeIsolated { $0.end(.closed) } }
        pubsub.closeNow()
    }

    private func end(_ error: RedisError) {
        let waiting = life.close()
        channels = [:]
        questions.removeAll()
        waiting.complete(.failure(error))
    }

    /// The link is not opened again.
    func linkEnded(_ error: RedisError?) {
        guard !life.isClosed else { return }
        end(error ?? .closed)
        commit()
        mailbox.finish(throwing: error)
    }

    // MARK: What the link brings

    /// Takes what came in one read.
    func take(_ segment: inout Segment<PubSubControl>) {
        guard !life.isClosed else { return }
        while !segment.isEmpty {
            let record = segment.removeFirst()
            if record.kind == Record.control {
                if case .event(let event) = segment.controls[record.controlIndex] { take(event) }
            } else {
                take(record, segment.channelName(of: record), segment.payload(of: record))
            }
        }
        settle()
    }

    private func take(_ record: Record, _ name: RedisBytes, _ bytes: RedisBytes) {
        guard let header = DurableHeader(bytes.rawSpan) else {
            guard !pause.isOn else {
                skippedForeign += 1
                return
            }
            let foreign = DurableSubscription.Foreign.published(channel: name.compacted(), payload: bytes.compacted())
            return output.append(.foreign(foreign))
        }
        let known = channels.index(forKey: name)
        if known == nil, !add(name) { return }
        guard let index = known ?? channels.index(forKey: name) else { return }
        let payload = bytes.slice(header.byteCount..<bytes.count)
        switch channels.values[index].machine.pushed(header, payload.compacted()) {
        case .deliver:
            append(DurableRecord.message, name, header.position, payload)
        case .keep:
            questions.insert(channels.keys[index])
        }
    }

    /// Begins to read a channel of the prefix that was not known. Returns whether it may be read.
    private func add(_ name: RedisBytes) -> Bool {
        guard !life.isClosed, case .prefix(let prefix, let start) = names, name.starts(with: prefix) else {
            return false
        }
        guard channels.count < Self.mostChannels else {
            let text =
                "more than \(Self.mostChannels) channels begin with \(prefix.debugDescription): the others are not read"
            tell(prefix, RedisError(.limitExceeded, text, phase: .listen))
            return false
        }
        // Before the existing ones were found, it may be one of them.
        var state = DurableChannelState(hasFoundChannels ? DurableStart.beginning.machine : start.machine)
        state.machine.subscribed()
        if pause.isOn { state.machine.becameFull() }
        let name = name.compacted()
        channels[name] = state
        questions.insert(name)
        return true
    }

    private func take(_ event: PubSub.Event) {
        switch event {
        case .subscribed(let change): confirmed(change.kind, change.name)
        case .gap(let gap): missed(gap)
        case .link(let event): output.append(.link(event))
        case .refused(let refusal):
            tell(refusal.name, refusal.error)
            subscribeLater(refusal.kind, refusal.name)
        case .message, .unsubscribed, .drop, .handlerFailed, .failed, .push: break
        }
    }

    /// A server refuses a name that it has confirmed before. It is asked again, as long as somebody reads.
    private func subscribeLater(_ kind: RedisSubscriptionKind, _ name: RedisBytes) {
        guard life.isRunning else { return }
        _ = ScheduledCall(after: .seconds(5), on: loop) { [weak self] in
            self?.assumeIsolated { reader in
                guard reader.life.isRunning else { return }
                Task { [pubsub = reader.pubsub] in _ = try? await pubsub.subscribe(kind, [name], timeout: .unlimited) }
            }
        }
    }

    /// Tells the reader that a channel is refused, once for each reason until it is read again.
    private func tell(_ name: RedisBytes, _ error: RedisError) {
        guard refusals[name] != error.code else { return }
        refusals[name] = error.code
        output.append(.refused(DurableSubscription.Refusal(channel: name, error: error)))
    }

    /// The server has confirmed a name, on a new link or on the first one.
    private func confirmed(_ kind: RedisSubscriptionKind, _ name: RedisBytes) {
        refusals[name] = nil
        guard kind == .pattern else {
            channels[name]?.machine.subscribed()
            questions.insert(name)
            return
        }
        for name in channels.keys { channels[name]?.machine.subscribed() }
        questions.insert(contentsOf: channels.keys)
        searchForChannels()
    }

    private func missed(_ gap: RedisGap) {
        let isOfPattern = gap.names.contains { $0.kind == .pattern }
        for name in isOfPattern ? Array(channels.keys) : gap.names.map(\.name) {
            channels[name]?.machine.missed()
            questions.insert(name)
        }
        if isOfPattern { searchForChannels() }
    }

    // MARK: What the readers get

    /// Ends a turn: hands over what there is, and asks what has to be asked.
    private func settle() {
        commit()
        if pause.begins(at: mailbox.pressure) {
            for name in channels.keys { channels[name]?.machine.becameFull() }
        }
        ask()
        if life.isStarting, isReady { life.began().complete(.success(())) }
    }

    private var isReady: Bool {
        let areFound = if case .prefix = names { hasFoundChannels } else { true }
        return areFound && channels.values.allSatisfy(\.machine.isReady)
    }

    private func commit() { mailbox.commit(&output) }

    /// Called by a reader's thread, when a full mailbox has room again.
    nonisolated func readerHasRoom() {
        loop.execute { self.assumeIsolated { $0.goOn() } }
    }

    private func goOn() {
        guard pause.ends(at: mailbox.pressure) else { return }
        let skipped = exchange(&skippedForeign, with: 0)
        if skipped > 0 { output.append(.foreign(.skipped(count: skipped))) }
        for name in channels.keys { channels[name]?.machine.becameFree() }
        questions.insert(contentsOf: channels.keys)
        settle()
    }

    private func append(_ kind: UInt8, _ name: RedisBytes, _ position: DurablePosition, _ payload: RedisBytes) {
        let place = RedisBytes(RecordedPosition.bytes(of: position))
        output.append(
            kind: kind,
            handler: 0,
            pattern: place.rawSpan,
            channel: name.rawSpan,
            payload: payload.rawSpan,
            time: RedisTimestamp(microseconds: 0)
        )
    }

    private func append(_ outputs: [ContinuityMachine.Output], of name: RedisBytes) {
        for item in outputs {
            switch item {
            case .message(let position, let payload): append(DurableRecord.message, name, position, payload)
            case .replayed(let position, let payload): append(DurableRecord.replayed, name, position, payload)
            case .foreign(let entry):
                let entry = RedisStreamEntry(id: entry.id, fields: entry.fields)
                output.append(.foreign(.appended(channel: name, entry)))
            case .gap(let missed, let after, let before):
                output.append(
                    .gap(DurableSubscription.Gap(channel: name, missed: missed, after: after, before: before))
                )
            case .rewound(let position, let lost):
                output.append(.rewound(DurableSubscription.Rewind(channel: name, to: position, lost: lost)))
            }
        }
    }

    // MARK: Questions

    private func ask() {
        while let name = questions.popFirst(mayAskForMany: { channels[$0]?.machine.mayAskForMany == true }) {
            guard let question = channels[name]?.machine.nextQuestion() else { continue }
            questions.asked(isLarge: question.isLarge)
            let client = client
            Task { [weak self] in
                let answer = await client.answer(question, of: name)
                await self?.answered(question, answer, of: name)
            }
        }
    }

    private func answered(
        _ question: ContinuityMachine.Question,
        _ answer: Result<ContinuityMachine.Answer, RedisError>,
        of name: RedisBytes
    ) {
        questions.answered(isLarge: question.isLarge)
        defer { settle() }
        guard channels[name] != nil else { return }
        switch answer {
        case .success(let answer):
            var outputs: [ContinuityMachine.Output] = []
            channels[name]?.machine.answered(answer, into: &outputs)
            refusals[name] = nil
            channels[name]?.answered()
            append(outputs, of: name)
            questions.insert(name)
        case .failure(let error) where error.code == .closed:
            // Nobody can read the streams any more.
            linkEnded(error)
            pubsub.closeNow()
        case .failure(let error):
            // A page that is too large for the client's limits, or for the time, costs the link.
            switch error.code {
            case .frameTooLarge, .connectionLost, .timedOut: channels[name]?.machine.failedForSize()
            default: channels[name]?.machine.failed()
            }
            failed(name, error)
        }
    }

    /// Asks again later.
    private func failed(_ name: RedisBytes, _ error: RedisError) {
        if life.isStarting, error.isAnswer, !error.isTransient, !error.isOfServerNotReady {
            // It would be the same again.
            life.failed().complete(.failure(error))
        }
        guard let pause = channels[name]?.failed() else { return }
        tell(name, error)
        _ = ScheduledCall(after: pause, on: loop) { [weak self] in
            self?.assumeIsolated { reader in
                reader.questions.insert(name)
                reader.settle()
            }
        }
    }
}

// MARK: - The channels of a prefix

extension DurableReader {
    /// Searches the server's keys for channels of the prefix.
    private func searchForChannels() {
        search.isWanted = true
        guard !search.isRunning, case .prefix(let prefix, _) = names else { return }
        search = (isRunning: true, isWanted: false)
        let client = client
        Task { [weak self] in
            var pause = Duration.milliseconds(100)
            while true {
                do {
                    let found = try await client.streams(withPrefix: prefix, limit: Self.mostChannels)
                    await self?.found(found)
                    return
                } catch {
                    guard await self?.couldNotSearch(error) == true else { return }
                    guard (try? await Task.sleep(for: pause)) != nil else { return }
                    pause = min(pause * 2, .seconds(5))
                }
            }
        }
    }

    private func found(_ names: [RedisBytes]) {
        search.isRunning = false
        guard !life.isClosed else { return }
        for name in names where channels[name] == nil { _ = add(name) }
        hasFoundChannels = true
        if search.isWanted { searchForChannels() }
        settle()
    }

    /// Returns whether to try again.
    private func couldNotSearch(_ error: any Error) -> Bool {
        guard !life.isClosed, case .prefix(let prefix, _) = names else { return false }
        guard let error = error as? RedisError else { return true }
        if error.code == .closed {
            linkEnded(error)
            pubsub.closeNow()
            return false
        }
        tell(prefix, error)
        settle()
        return true
    }
}
