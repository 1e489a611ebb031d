internal import RedisCommands
internal import RedisCore
internal import RedisEvents
internal import RedisRESP
internal import RedisReactor

/// Reads streams: asks what their machines ask, waits for new entries over exclusive links, and fills the mailbox. It
/// runs on the loop.
actor StreamDriver {
    nonisolated let loop: RedisEventLoop
    let client: RedisClient
    private let mailbox: Mailbox<StreamReader.Event>
    private var life = ReaderLife()
    var streams: [RedisBytes: ReadStream] = [:]
    /// What the readers get at the end of this turn.
    private var output = Segment<StreamReader.Event>()
    private var pause = ReadingPause()
    private var questions = QuestionLine()
    /// The streams that one command can wait for, by their slot.
    var groups: [Int: StreamGroupWait] = [:]
    /// Groups that have to wait for entries and do not yet.
    var waitingLine = Queue<Int>()
    var waitCount = 0

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    init(_ starts: [RedisBytes: DurableStart], _ client: RedisClient, _ mailbox: Mailbox<StreamReader.Event>) {
        self.client = client
        self.mailbox = mailbox
        loop = client.loop
        for (name, start) in starts { streams[name.compacted()] = ReadStream(start.streamMachine) }
    }

    // MARK: Life

    nonisolated func start(_ promise: Promise<Void>) {
        loop.execute { self.assumeIsolated { $0.startNow(promise) } }
    }

    private func startNow(_ promise: Promise<Void>) {
        if let result = life.startResult { return promise.complete(result) }
        guard life.start(promise) else { return }
        for name in streams.keys { join(name) }
        settle()
    }

    func add(_ name: RedisBytes, _ start: DurableStart) async throws(RedisError) {
        if life.isClosed { throw .closed }
        guard !life.isIdle else {
            if streams[name] == nil { insert(name, start) }
            return
        }
        if streams[name]?.machine.isReady == true { return }
        let promise = Promise<Void>()
        if streams[name] == nil {
            insert(name, start)
            streams[name]?.isNew = true
            join(name)
        }
        streams[name]?.waiting.append(promise)
        let number = streams[name]?.number
        settle()
        do throws(RedisError) { try await promise.value() } catch {
            if error.code == .cancelled { giveUpAdding(name, number) }
            throw error
        }
    }

    private func insert(_ name: RedisBytes, _ start: DurableStart) {
        streams[name] = ReadStream(start.streamMachine)
        if pause.isOn { streams[name]?.machine.becameFull() }
    }

    /// A stream that was added is not read if all have given up who wanted it, before it was read once.
    private func giveUpAdding(_ name: RedisBytes, _ number: Int?) {
        guard let stream = streams[name], stream.isNew, stream.number == number,
            stream.waiting.allSatisfy(\.isCompleted)
        else { return }
        _ = remove(name)
    }

    func remove(_ name: RedisBytes) -> DurablePosition? {
        guard let stream = streams.removeValue(forKey: name) else { return nil }
        leave(name)
        stream.waiting.complete(.failure(.closed))
        settle()
        return stream.machine.position
    }

    func positions() -> [RedisBytes: DurablePosition] { streams.compactMapValues(\.machine.position) }

    /// Behind what the reading of each stream has begun.
    func starts() -> [RedisBytes: DurablePosition] { streams.compactMapValues(\.machine.start) }

    /// Ends everything, and returns when no command waits any more.
    func close() async {
        let tasks = groups.values.compactMap(\.task)
        end(.closed)
        for task in tasks { await task.value }
    }

    nonisolated func closeNow() {
        loop.execute { self.assumeIsolated { $0.end(.closed) } }
    }

    /// The client is closed, so that nobody can read the streams any more.
    private func clientClosed(_ error: RedisError) {
        guard !isClosed else { return }
        end(error)
        commit()
        mailbox.finish(throwing: error)
    }

    private func end(_ error: RedisError) {
        let waiting = life.close()
        for group in groups.values { group.task?.cancel() }
        let streams = exchange(&streams, with: [:])
        groups = [:]
        questions.removeAll()
        (waiting + streams.values.flatMap(\.waiting)).complete(.failure(error))
    }

    var isClosed: Bool { life.isClosed }

    // MARK: What the readers get

    /// Ends a turn: hands over what there is, asks what has to be asked, and waits for the rest.
    func settle() {
        guard !isClosed else { return }
        commit()
        if pause.begins(at: mailbox.pressure) {
            for name in streams.keys { streams[name]?.machine.becameFull() }
        }
        ask()
        waitForEntries()
        if life.isStarting, streams.values.allSatisfy(\.machine.isReady) { life.began().complete(.success(())) }
    }

    private func commit() { mailbox.commit(&output) }

    /// Called by a reader's thread, when a full mailbox has room again.
    nonisolated func readerHasRoom() {
        loop.execute { self.assumeIsolated { $0.goOn() } }
    }

    private func goOn() {
        guard pause.ends(at: mailbox.pressure) else { return }
        for name in streams.keys {
            streams[name]?.machine.becameFree()
            wonder(name)
        }
        settle()
    }

    private func append(_ outputs: [StreamMachine.Output], of name: RedisBytes) {
        for item in outputs {
            switch item {
            case .entry(let position, let fields):
                output.append(.entry(StreamReader.Entry(stream: name, position: position, fields: fields)))
            case .gap(let missed, let after, let before):
                output.append(.gap(StreamReader.Gap(stream: name, missed: missed, after: after, before: before)))
            case .rewound(let position, let lost, let behind):
                let rewind = StreamReader.Rewind(stream: name, to: position, lost: lost, behind: behind)
                output.append(.rewound(rewind))
            case .deleted: output.append(.deleted(stream: name))
            }
        }
    }

    /// Tells the reader that a stream is refused, once for each reason until it is read again.
    func tell(_ name: RedisBytes, _ error: RedisError) {
        guard streams[name]?.toldRefusal != error.code else { return }
        streams[name]?.toldRefusal = error.code
        output.append(.refused(StreamReader.Refusal(stream: name, error: error)))
    }

    // MARK: Questions

    /// Looks soon whether the machine of this stream has a question.
    func wonder(_ name: RedisBytes) {
        guard streams[name] != nil else { return }
        questions.insert(name)
        markBusy(name)
    }

    private func ask() {
        while let name = questions.popFirst(mayAskForMany: { streams[$0]?.machine.mayAskForMany == true }) {
            guard streams[name] != nil else { continue }
            guard let question = streams[name]?.machine.nextQuestion() else {
                markIdle(name)
                continue
            }
            questions.asked(isLarge: question.isLarge)
            let client = client
            let number = streams[name]?.number
            Task { [weak self] in
                let answer = await client.answer(question, of: name)
                await self?.answered(question, answer, of: name, number)
            }
        }
    }

    /// Takes an answer. `number` is that of the stream when it was asked: it may have been removed and added again.
    private func answered(
        _ question: StreamMachine.Question,
        _ answer: Result<StreamMachine.Answer, RedisError>,
        of name: RedisBytes,
        _ number: Int?
    ) {
        questions.answered(isLarge: question.isLarge)
        defer { settle() }
        guard streams[name] != nil, streams[name]?.number == number else { return }
        switch answer {
        case .success(let answer): take(answer, of: name)
        case .failure(let error) where error.code == .closed: clientClosed(error)
        case .failure(let error): failed(name, error)
        }
    }

    private func take(_ answer: StreamMachine.Answer, of name: RedisBytes) {
        var outputs: [StreamMachine.Output] = []
        streams[name]?.machine.answered(answer, into: &outputs)
        append(outputs, of: name)
        if !outputs.isEmpty { noteFruit(of: name) }
        streams[name]?.answered(hasEntries: !outputs.isEmpty)
        if streams[name]?.isCatchingUp == true { lineUpOthers(of: name) }
        streams[name]?.takeWaiting().complete(.success(()))
        wonder(name)
    }

    /// Asks again later.
    private func failed(_ name: RedisBytes, _ error: RedisError) {
        let isRefused = error.isAnswer && !error.isTransient && !error.isOfServerNotReady
        if streams[name]?.machine.isReady == false, isRefused || life.isStarting, refuse(name, error) { return }
        if error.serverPrefix == "WRONGTYPE" {
            // Something else has the key. If it is a stream again, it is another one.
            var outputs: [StreamMachine.Output] = []
            streams[name]?.machine.answered(.missing, into: &outputs)
            append(outputs, of: name)
            streams[name]?.machine.changed()
        } else {
            // A page that is too large for the client's limits, or for the time, costs the link.
            switch error.code {
            case .frameTooLarge, .connectionLost, .timedOut: streams[name]?.machine.failedForSize()
            default: streams[name]?.machine.failed()
            }
        }
        guard let pause = streams[name]?.failed(isRefused: isRefused) else { return }
        if error.isAnswer || error.code == .frameTooLarge { tell(name, error) }
        markIdle(name)
        later(pause) { $0.wonder(name) }
    }

    /// A stream that is refused before it was read once would be refused again, and who starts or adds it is told why
    /// the server cannot be reached. Returns whether nobody reads it now.
    private func refuse(_ name: RedisBytes, _ error: RedisError) -> Bool {
        if streams[name]?.isNew == true {
            dropNew(name, error)
            return true
        }
        guard life.isStarting else { return false }
        let waiting = life.failed()
        for name in streams.keys {
            // Nothing is read now, so what was added meanwhile is not read either.
            if streams[name]?.isNew == true { dropNew(name, error) }
            streams[name]?.giveUpQuestion()
            leave(name)
        }
        questions.removeAll()
        let others = streams.keys.flatMap { streams[$0]?.takeWaiting() ?? [] }
        (waiting + others).complete(.failure(error))
        return true
    }

    /// A stream that was added is not read.
    private func dropNew(_ name: RedisBytes, _ error: RedisError) {
        guard let stream = streams.removeValue(forKey: name) else { return }
        leave(name)
        stream.waiting.complete(.failure(error))
    }

    /// Does something after a pause, if the reader is still there.
    func later(_ pause: Duration, _ body: @escaping @Sendable (isolated StreamDriver) -> Void) {
        _ = ScheduledCall(after: pause, on: loop) { [weak self] in
            self?.assumeIsolated { driver in
                guard !driver.isClosed else { return }
                body(driver)
                driver.settle()
            }
        }
    }
}

/// The machine of a stream, and what else is known of it.
struct ReadStream {
    var machine: StreamMachine
    /// Tells streams of the same name apart.
    private(set) var number: Int
    /// Whether it was added while the reader was running, and was not read yet.
    var isNew = false
    /// Whether the server has refused to read it. It is not waited for then, because it would fail the whole command.
    private(set) var isRefused = false
    /// Why it is refused, as the reader was told.
    var toldRefusal: RedisError.Code?
    /// Those that wait until it was read once.
    var waiting: [Promise<Void>] = []
    private var failureCount = 0
    /// How many answers in a row had entries, and were not the last ones.
    private var pageCount = 0

    /// So many pages in a row, and others are not kept waiting for the end.
    private static let fewPages = 4
    private static let count = Locked(0)

    init(_ machine: StreamMachine) {
        self.machine = machine
        number = Self.nextNumber()
    }

    private static func nextNumber() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }

    /// An answer that comes later is not taken.
    mutating func giveUpQuestion() {
        machine.failed()
        number = Self.nextNumber()
    }

    /// Whether there is so much to read that others of its slot are waited for meanwhile.
    var isCatchingUp: Bool { pageCount >= Self.fewPages }

    mutating func answered(hasEntries: Bool) {
        pageCount = hasEntries && machine.waitsBehind == nil ? pageCount + 1 : 0
        failureCount = 0
        isRefused = false
        toldRefusal = nil
        isNew = false
    }

    mutating func takeWaiting() -> [Promise<Void>] { exchange(&waiting, with: []) }

    /// A question has failed. Returns when to ask again.
    mutating func failed(isRefused: Bool) -> Duration {
        self.isRefused = self.isRefused || isRefused
        failureCount = min(failureCount + 1, 16)
        return min(.milliseconds(50) * (1 << failureCount), .seconds(5))
    }
}
