internal import RedisCommands
internal import RedisCore
internal import RedisEvents
internal import RedisRESP
internal import RedisReactor

/// Reads streams: asks what their machines ask, waits for new entries over exclusive links, and fills the mailbox. It
/// runs on the loop.
actor StreamDriver {
    private enum State {
        case idle
        case starting([Promise<Void>])
        case running
        case closed
    }

    nonisolated let loop: RedisEventLoop
    let client: RedisClient
    private let mailbox: Mailbox<StreamReader.Event>
    private var state = State.idle
    var streams: [RedisBytes: ReadStream] = [:]
    /// What the readers get at the end of this turn.
    private var output = Segment<StreamReader.Event>()
    /// Whether the mailbox can take no more.
    private var isFull = false
    /// Streams whose machine may have a question, the one that has waited longest first.
    private var curious = CuriousChannels()
    private var questionCount = 0
    /// Streams that have to wait until some other large page has come.
    private var patient = CuriousChannels()
    private var largeCount = 0
    /// The streams that one command can wait for, by their slot.
    var groups: [Int: StreamGroupWait] = [:]
    /// Groups that have to wait for entries and do not yet.
    var waitingLine = Queue<Int>()
    var waitCount = 0

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    /// At most that many streams are read at a time.
    private static var mostQuestions: Int { 16 }
    /// At most that many of them for large pages: entries may be large, too, which is known only when they have come.
    private static var mostLarge: Int { 2 }

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
        switch state {
        case .running: promise.complete(.success(()))
        case .closed: promise.complete(.failure(.closed))
        case .starting(let waiting): state = .starting(waiting + [promise])
        case .idle:
            state = .starting([promise])
            for name in streams.keys { join(name) }
            settle()
        }
    }

    func add(_ name: RedisBytes, _ start: DurableStart) async throws(RedisError) {
        switch state {
        case .closed: throw .closed
        case .idle:
            if streams[name] == nil { insert(name, start) }
        case .starting, .running:
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
    }

    private func insert(_ name: RedisBytes, _ start: DurableStart) {
        streams[name] = ReadStream(start.streamMachine)
        if isFull { streams[name]?.machine.becameFull() }
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
        for promise in stream.waiting { promise.complete(.failure(.closed)) }
        settle()
        return stream.machine.position
    }

    func positions() -> [RedisBytes: DurablePosition] { streams.compactMapValues(\.machine.position) }

    /// Behind what the reading of each stream has begun.
    func starts() -> [RedisBytes: DurablePosition] { streams.compactMapValues(\.machine.start) }

    /// Ends everything, and returns when no command waits any more.
    func close() async {
        let tasks = groups.values.compactMap(\.task)
        closeHere()
        for task in tasks { await task.value }
    }

    nonisolated func closeNow() {
        loop.execute { self.assumeIsolated { $0.closeHere() } }
    }

    private func closeHere() { end(.closed) }

    /// The client is closed, so that nobody can read the streams any more.
    private func clientClosed(_ error: RedisError) {
        guard !isClosed else { return }
        end(error)
        commit()
        mailbox.finish(throwing: error)
    }

    private func end(_ error: RedisError) {
        let waiting = if case .starting(let waiting) = state { waiting } else { [Promise<Void>]() }
        state = .closed
        for group in groups.values { group.task?.cancel() }
        let streams = exchange(&streams, with: [:])
        groups = [:]
        curious = CuriousChannels()
        for promise in waiting + streams.values.flatMap(\.waiting) { promise.complete(.failure(error)) }
    }

    var isClosed: Bool { if case .closed = state { true } else { false } }

    // MARK: What the readers get

    /// Ends a turn: hands over what there is, asks what has to be asked, and waits for the rest.
    func settle() {
        guard !isClosed else { return }
        commit()
        if mailbox.pressure == .full, !isFull { becomeFull() }
        ask()
        waitForEntries()
        guard case .starting(let waiting) = state, streams.values.allSatisfy(\.machine.isReady) else { return }
        state = .running
        for promise in waiting { promise.complete(.success(())) }
    }

    private func commit() { mailbox.commit(&output) }

    /// Called by a reader's thread, when a full mailbox has room again.
    nonisolated func readerHasRoom() {
        loop.execute { self.assumeIsolated { $0.goOn() } }
    }

    private func becomeFull() {
        isFull = true
        for name in streams.keys { streams[name]?.machine.becameFull() }
    }

    private func goOn() {
        guard isFull, mailbox.pressure == .none else { return }
        isFull = false
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
        curious.insert(name)
        markBusy(name)
    }

    private func ask() {
        while questionCount < Self.mostQuestions, let name = curious.popFirst() {
            guard streams[name] != nil else { continue }
            if largeCount >= Self.mostLarge, streams[name]?.machine.mayAskForMany == true {
                patient.insert(name)
                continue
            }
            guard let question = streams[name]?.machine.nextQuestion() else {
                markIdle(name)
                continue
            }
            questionCount += 1
            if question.isLarge { largeCount += 1 }
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
        questionCount -= 1
        if question.isLarge {
            largeCount -= 1
            while let name = patient.popFirst() { curious.insert(name) }
        }
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
        for promise in streams[name]?.takeWaiting() ?? [] { promise.complete(.success(())) }
        wonder(name)
    }

    /// Asks again later.
    private func failed(_ name: RedisBytes, _ error: RedisError) {
        let isRefused = error.isAnswer && !error.isTransient && !error.isOfServerNotReady
        if streams[name]?.machine.isReady == false, isRefused || isStarting, refuse(name, error) { return }
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

    private var isStarting: Bool { if case .starting = state { true } else { false } }

    /// A stream that is refused before it was read once would be refused again, and who starts or adds it is told why
    /// the server cannot be reached. Returns whether nobody reads it now.
    private func refuse(_ name: RedisBytes, _ error: RedisError) -> Bool {
        if streams[name]?.isNew == true {
            dropNew(name, error)
            return true
        }
        guard case .starting(let waiting) = state else { return false }
        state = .idle
        for name in streams.keys {
            // Nothing is read now, so what was added meanwhile is not read either.
            if streams[name]?.isNew == true { dropNew(name, error) }
            streams[name]?.giveUpQuestion()
            leave(name)
        }
        curious = CuriousChannels()
        let others = streams.keys.flatMap { streams[$0]?.takeWaiting() ?? [] }
        for promise in waiting + others { promise.complete(.failure(error)) }
        return true
    }

    /// A stream that was added is not read.
    private func dropNew(_ name: RedisBytes, _ error: RedisError) {
        guard let stream = streams.removeValue(forKey: name) else { return }
        leave(name)
        for promise in stream.waiting { promise.complete(.failure(error)) }
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
