/// What a link does for a `PubSub`: reads frames into the subscription machine and the sink, writes the machine's
/// commands. It lives on the loop, inside its session.
final class PubSubDriver: LinkDriver {
    /// Who takes the messages of a name. Immutable and by reference, so that looking at it is one load.
    private final class Route {
        let kind: Message.Kind
        let name: RedisBytes
        let handler: UInt32
        let inlineHandler: InlineHandler?

        init(_ kind: Message.Kind, _ entry: NameTable.Entry) {
            self.kind = kind
            name = entry.name
            handler = entry.handler
            inlineHandler = entry.inlineHandler
        }
    }

    /// A subscribe or unsubscribe call that waits for its names.
    private struct Call {
        var results: [SubscriptionResult?]
        var remaining: Int
        var answer: Answer<[SubscriptionResult]>
    }

    var machine: SubscriptionMachine
    private let endpoint: Endpoint
    private let handlers: HandlerTable
    let sink: any PubSubSink
    private let subscribedNames: SubscribedNames
    let requests: DriverRequests

    var gap = GapTracker() {
        didSet { gapIsOpen = gap.isOpen }
    }
    /// Every message asks.
    private var gapIsOpen = false
    var now = Moment.now()
    private var lostAt: Moment?
    private var calls: [UInt32: Call] = [:]
    var pings: [UInt32: Answer<Void>] = [:]
    var lastCall: UInt32 = 0
    /// As long as nobody gave a handler, messages are not looked up.
    private var usesHandlers = false
    /// Where the last message went. Most messages follow one of the same channel.
    private var route: Route?
    private var retryIsDue = false
    private(set) var hasServed = false
    private(set) var speaksRESP2 = false
    /// The change to a link with new credentials, while one is under way.
    var handover: HandoverRun?
    /// How many messages of the link that took over its predecessor has delivered already.
    var skipCount = 0
    /// Whether messages are to be looked at for one of these. Kept beside them, because every message asks.
    var handoverIsOpen = false

    init(
        configuration: RedisConfiguration,
        handlers: HandlerTable,
        sink: any PubSubSink,
        subscribedNames: SubscribedNames,
        requests: DriverRequests
    ) {
        machine = SubscriptionMachine(batchSize: configuration.subscribeBatchSize, seed: .random(in: .min ... .max))
        endpoint = configuration.endpoint
        self.handlers = handlers
        self.sink = sink
        self.subscribedNames = subscribedNames
        self.requests = requests
    }

    // MARK: The user

    func subscribe(
        _ kind: SubscriptionKind,
        _ names: [RedisBytes],
        _ handler: MessageHandler?,
        _ answer: Answer<[SubscriptionResult]>,
        _ output: inout WriteBuffer
    ) {
        guard !names.isEmpty else { return answer.give(.success([])) }
        if handler == nil, subscribedNames.handlersAreRequired {
            return answer.give(.failure(.handlerMissing(names[0])))
        }
        let call = begin(names.count, answer)
        var numbers: [RedisBytes: UInt32] = [:]
        let wishes = names.map { wish(kind, $0, handler, &numbers) }
        run(machine.subscribe(kind, wishes, call: call), &output)
        sink.turnEnded(isDrained: true)
    }

    func unsubscribe(
        _ kind: SubscriptionKind,
        _ names: [RedisBytes],
        _ answer: Answer<[SubscriptionResult]>,
        _ output: inout WriteBuffer
    ) {
        let names = names.isEmpty ? machine.tables[kind].entries.map(\.name) : names
        guard !names.isEmpty else { return answer.give(.success([])) }
        let call = begin(names.count, answer)
        run(machine.unsubscribe(kind, names, call: call), &output)
        sink.turnEnded(isDrained: true)
    }

    func ping(_ message: RedisBytes?, _ answer: Answer<Void>, _ output: inout WriteBuffer) {
        guard machine.isReady else {
            return answer.give(.failure(RedisError(.connectionLost, "there is no link now", endpoint: endpoint)))
        }
        lastCall += 1
        pings[lastCall] = answer
        machine.ping(lastCall)
        let command = RedisCommand(message.map { ["PING", $0] } ?? ["PING"])
        output.append { command.encode(into: &$0) }
    }

    func retry(_ output: inout WriteBuffer) {
        retryIsDue = false
        run(machine.retry(), &output)
        sink.turnEnded(isDrained: true)
    }

    /// Every name with what is wanted and what is confirmed.
    var states: [SubscriptionState] {
        SubscriptionKind.allCases.flatMap { kind in
            machine.tables[kind].entries.map { entry in
                SubscriptionState(
                    kind: kind,
                    name: entry.name,
                    isWanted: entry.isWanted,
                    isConfirmed: entry.isConfirmed,
                    hasHandler: entry.inlineHandler != nil || handlers[entry.handler] != nil
                )
            }
        }
    }

    /// Tells everyone who waits that the object was closed.
    func closed() {
        endHandover(.failure(.closed))
        failAll(RedisError(.closed, "closed", endpoint: endpoint))
        machine.forgetAll()
        subscribedNames.count = 0
        // A handler may hold on to the object that it belongs to.
        handlers.removeAll()
        sink.ended(nil)
    }

    private func begin(_ count: Int, _ answer: Answer<[SubscriptionResult]>) -> UInt32 {
        lastCall += 1
        calls[lastCall] = Call(results: Array(repeating: nil, count: count), remaining: count, answer: answer)
        return lastCall
    }

    /// A name keeps the number of its handler when it is subscribed again, so that messages already queued reach the new
    /// handler.
    private func wish(
        _ kind: SubscriptionKind,
        _ name: RedisBytes,
        _ handler: MessageHandler?,
        _ numbers: inout [RedisBytes: UInt32]
    )
        -> SubscriptionMachine.Wish
    {
        var wish = SubscriptionMachine.Wish(name: name)
        var called = handler
        if case .inline(let inline)? = handler?.kind {
            wish.inlineHandler = inline
            called = nil
        }
        if let index = machine.tables[kind].index(of: name.rawSpan) {
            wish.handler = machine.tables[kind].entries[index].handler
        }
        if wish.handler != 0 {
            handlers.replace(wish.handler, by: called)
        } else if let called {
            // A name that is given twice has one handler all the same.
            wish.handler = numbers[name] ?? handlers.add(called)
            numbers[name] = wish.handler
        }
        if handler != nil { usesHandlers = true }
        return wish
    }

    // MARK: The link

    /// Nothing that blocks is ever sent here.
    var canAskForLife: Bool { true }

    func askForLife(output: inout WriteBuffer) {
        // Call 0 is nobody's: the answer takes its place in the order and is dropped.
        machine.ping(0)
        output.append { RedisCommand(["PING"]).encode(into: &$0) }
    }

    func readBegan(at moment: Moment) { now = moment }

    func linkIsReady(_ facts: ServerFacts, output: inout WriteBuffer) {
        hasServed = true
        speaksRESP2 = facts.protocolVersion < 3
        if let lostAt { sink.event(.link(.restored(after: lostAt.monotonic.duration(to: now.monotonic)))) }
        lostAt = nil
        run(machine.linkReady(), &output)
        sink.turnEnded(isDrained: true)
    }

    func received(_ frame: borrowing Frame, output: inout WriteBuffer) throws(RedisError) {
        let root = frame.nodes[0].kind == .attribute ? frame.root : 0
        let node = frame.nodes[root]
        switch node.kind {
        case .push, .array:
            if try push(frame, root, node.length, &output) { return }
            // RESP2 sends pushes as arrays, RESP3 does not send replies as pushes.
            guard node.kind == .push else { throw unexpected("an array") }
            sink.event(.push(RESPValue(frame)))
        case .simpleError, .bulkError:
            try refused(String(decoding: RedisBytes(copying: frame.bytes(of: node)), as: UTF8.self), &output)
        case .simpleString, .bulkString, .verbatimString, .integer, .null, .boolean, .double, .bigNumber, .set, .map:
            try pong()
        case .attribute:
            break
        }
    }

    func readEnded(isDrained: Bool) { sink.turnEnded(isDrained: isDrained) }

    func linkWasLost(_ cause: Disconnect, lastReceived: Moment) {
        now = .now()
        lostAt = now
        gap.linkLost(cause, lastReceived: lastReceived)
        sink.event(.link(.lost(cause, at: now.wall)))
        let lost = RedisError(.connectionLost, cause.description, endpoint: endpoint, phase: .listen)
        skipCount = 0
        endHandover(.failure(lost))
        for call in machine.outstandingPings { pings.removeValue(forKey: call)?.give(.failure(lost)) }
        var nowhere = WriteBuffer()
        run(machine.linkLost(), &nowhere)
        sink.turnEnded(isDrained: true)
    }

    func willRetry(_ error: RedisError, after delay: Duration) {
        guard hasServed else { return }
        sink.event(.link(.retrying(error, after: delay)))
        sink.turnEnded(isDrained: true)
    }

    func gaveUp(_ error: RedisError) {
        failAll(error)
        // A first connect that fails is told to the caller, who may try again; the end of a link that served is the end.
        if hasServed { sink.ended(error) }
    }

    private func failAll(_ error: RedisError) {
        var nowhere = WriteBuffer()
        run(machine.linkLost(), &nowhere)
        run(machine.gaveUp(error), &nowhere)
        for answer in pings.values { answer.give(.failure(error)) }
        pings = [:]
        for call in calls.values { call.answer.give(.failure(error)) }
        calls = [:]
        sink.turnEnded(isDrained: true)
    }
}

// MARK: - Frames

extension PubSubDriver {
    /// Handles a push of a known kind. Returns whether it was one.
    private func push(_ frame: borrowing Frame, _ root: Int, _ count: Int, _ output: inout WriteBuffer)
        throws(RedisError)
        -> Bool
    {
        let nodes = frame.nodes
        let bytes = frame.bytes
        guard count >= 2, nodes.count == root + count + 1, nodes[root + 1].isText,
            let kind = PushKind(bytes.extracting(nodes[root + 1].range))
        else { return false }
        switch kind {
        case .message(let kind):
            let payload = nodes[root + count]
            let channel = nodes[root + count - 1]
            let pattern = nodes[root + 2]
            guard count == (kind == .pmessage ? 4 : 3), pattern.isText, channel.isText, payload.isText else {
                return false
            }
            deliver(
                MessageView(
                    kind: kind,
                    receivedAt: now.wall,
                    pattern: kind == .pmessage ? bytes.extracting(pattern.range) : RawSpan(),
                    channel: bytes.extracting(channel.range),
                    payload: bytes.extracting(payload.range)
                )
            )
        case .confirmation(let verb, let kind):
            guard count == 3, nodes[root + 2].isText, nodes[root + 3].kind == .integer else { return false }
            try confirmed(verb, kind, bytes.extracting(nodes[root + 2].range), count: nodes[root + 3].length, &output)
        case .pong:
            try pong()
        }
        return true
    }

    func deliver(_ view: borrowing MessageView) {
        if handoverIsOpen, !handoverAdmits(view) { return }
        if gapIsOpen, let gap = gap.willDeliver(at: now) { sink.event(.gap(gap)) }
        guard usesHandlers else { return sink.message(view, handler: 0) }
        let name = view.kind == .pmessage ? view.pattern : view.channel
        var route = self.route
        if route?.kind != view.kind || route?.name.equals(name) != true {
            route = findRoute(view.kind, name)
            self.route = route
        }
        if let inline = route?.inlineHandler {
            inline.body(view)
        } else {
            sink.message(view, handler: route?.handler ?? 0)
        }
    }

    private func findRoute(_ kind: Message.Kind, _ name: RawSpan) -> Route? {
        guard let index = machine.tables[kind.subscriptionKind].index(of: name) else { return nil }
        return Route(kind, machine.tables[kind.subscriptionKind].entries[index])
    }

    private func confirmed(
        _ verb: SubscriptionMachine.Verb,
        _ kind: SubscriptionKind,
        _ name: RawSpan,
        count: Int,
        _ output: inout WriteBuffer
    ) throws(RedisError) {
        if let actions = machine.confirmed(verb, kind, name, count: count) {
            run(actions, &output)
        } else if verb == .unsubscribe {
            let actions = machine.revoked(kind, name, count: count)
            if machine.isRestoring {
                gap.linkLost(Disconnect(.refused, "the server revoked a subscription"), lastReceived: now)
            }
            run(actions, &output)
        } else {
            throw unexpected("a confirmation that was not asked for")
        }
    }

    private func refused(_ line: String, _ output: inout WriteBuffer) throws(RedisError) {
        let error = RedisError.server(line, at: endpoint, .subscribe)
        if machine.nextIsPing, let call = machine.answered() {
            pings.removeValue(forKey: call)?.give(.failure(error))
        } else if let actions = machine.refused(error) {
            run(actions, &output)
        } else {
            // Servers say why before they close a link unasked.
            throw error
        }
    }

    private func pong() throws(RedisError) {
        guard let call = machine.answered() else { throw unexpected("a reply that was not asked for") }
        pings.removeValue(forKey: call)?.give(.success(()))
    }

    private func unexpected(_ what: String) -> RedisError {
        RedisError(.protocolViolation, "\(what) has no place on a subscribed link", endpoint: endpoint, phase: .listen)
    }
}

// MARK: - Actions

extension PubSubDriver {
    private func run(_ actions: [SubscriptionMachine.Action], _ output: inout WriteBuffer) {
        route = nil
        // First: whoever is answered below may ask at once.
        subscribedNames.count = machine.subscribedCount
        for action in actions {
            switch action {
            case .send(let command):
                output.append { command.encode(into: &$0) }
            case .resolve(let ticket, let kind, let name, let outcome):
                resolve(ticket, SubscriptionResult(kind: kind, name: name, outcome: outcome))
            case .changed(.subscribe, let change):
                sink.event(.subscribed(change))
            case .changed(.unsubscribe, let change):
                sink.event(.unsubscribed(change))
            case .refused(let refusal):
                sink.event(.refused(refusal))
            case .release(let handler):
                sink.release(handler)
            case .retryLater:
                if !retryIsDue { requests.retryLater() }
                retryIsDue = true
            case .allRestored:
                if let gap = gap.allRestored(at: now) { sink.event(.gap(gap)) }
            }
        }
    }

    private func resolve(_ ticket: SubscriptionMachine.Ticket, _ result: SubscriptionResult) {
        guard ticket.call != 0, var call = calls.removeValue(forKey: ticket.call) else { return }
        if call.results[Int(ticket.index)] == nil { call.remaining -= 1 }
        call.results[Int(ticket.index)] = result
        guard call.remaining == 0 else {
            calls[ticket.call] = call
            return
        }
        let results = call.results.compactMap { $0 }
        // Others' refusals are in the results; when nothing was achieved, that is the call's failure.
        let errors = results.compactMap(\.error)
        call.answer.give(errors.count == results.count ? .failure(errors[0]) : .success(results))
    }
}

extension SubscriptionMachine.Command {
    func encode(into buffer: inout [UInt8]) {
        let name = verb == .subscribe ? kind.subscribeCommand : kind.unsubscribeCommand
        CommandEncoder.appendHeader(argumentCount: targets.count + 1, to: &buffer)
        CommandEncoder.append(RedisBytes(String(describing: name)).rawSpan, to: &buffer)
        for target in targets { CommandEncoder.append(target.name.rawSpan, to: &buffer) }
    }
}

extension Message.Kind {
    fileprivate var subscriptionKind: SubscriptionKind {
        switch self {
        case .message: .channel
        case .pmessage: .pattern
        case .smessage: .shardChannel
        }
    }
}

extension RedisError {
    static func handlerMissing(_ name: RedisBytes) -> RedisError {
        RedisError(.handlerMissing, "\(name) has no handler, and the reader takes handlers only", phase: .subscribe)
    }
}
