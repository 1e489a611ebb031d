// Turns the calls of a user into requests for a subscription machine. `known` returns the state of a name, on whichever
// link.
extension PubSubContext {
    typealias NameRequest = SubscriptionMachine.NameRequest

    /// Requests names for the stream or for handlers. Queued messages of these names go to the same receiver from now
    /// on.
    func requests(
        _ kind: RedisSubscriptionKind,
        _ names: [RedisBytes],
        _ requested: RequestedHandlers,
        _ promise: Promise<[PubSub.SubscriptionResult]>,
        known: (RedisBytes) -> KnownName?
    ) -> [NameRequest] {
        let call = calls.begin(names.count, promise)
        var numbers: [RedisBytes: UInt32] = [:]
        var assignment = HandlerAssignment(kind)
        let hasHandlers = !handlers.isEmpty
        if !dedicatedSubscriptions.isEmpty {
            for name in names { dedicatedSubscriptions.setInStream(kind, name, true) }
        }
        let requests = names.enumerated().map { position, name in
            let known = known(name)
            var request = request(name, known, requested[position], &numbers)
            request.ticket = SubscriptionMachine.Ticket(call: call, index: UInt32(position))
            if request.handler != known?.handler ?? 0 || known == nil && hasHandlers {
                assignment.assign(request.handler, to: name, isNew: known == nil)
            }
            return request
        }
        if !assignment.isEmpty { sink.rebind(assignment) }
        return requests
    }

    /// Requests names for a dedicated subscription.
    func requests(
        _ kind: RedisSubscriptionKind,
        _ names: [RedisBytes],
        dedicatedTo mailbox: Mailbox<PubSubControl>,
        _ promise: Promise<[PubSub.SubscriptionResult]>,
        known: (RedisBytes) -> KnownName?
    ) -> [NameRequest] {
        let dedicated = DedicatedSubscription(kind, names, mailbox)
        dedicatedSubscriptions.add(dedicated) { name in known(name)?.isWanted == true }
        dedicated.isLive = names.contains { known($0)?.isConfirmed == true }
        let call = calls.begin(names.count, promise)
        return names.enumerated().map { position, name in
            var request = NameRequest(name: name)
            // The receiver of the stream's messages does not change.
            if let known = known(name) {
                request.handler = known.handler
                request.inlineHandler = known.inlineHandler
            }
            request.ticket = SubscriptionMachine.Ticket(call: call, index: UInt32(position))
            return request
        }
    }

    /// A name keeps the number of its handler when it is subscribed again, so that messages already queued reach the
    /// new handler.
    private func request(
        _ name: RedisBytes,
        _ known: KnownName?,
        _ handler: PubSub.Handler?,
        _ numbers: inout [RedisBytes: UInt32]
    ) -> NameRequest {
        var request = NameRequest(name: name)
        var called = handler
        if case .inline(let inline)? = handler?.kind {
            request.inlineHandler = inline
            called = nil
        }
        request.handler = known?.handler ?? 0
        if request.handler != 0 {
            handlers.replace(request.handler, by: called)
        } else if let called {
            // A name that is passed twice still has one handler.
            request.handler = numbers[name] ?? handlers.add(called)
            numbers[name] = request.handler
        }
        return request
    }
}

/// The state of a known name that is subscribed to again.
struct KnownName {
    var handler: UInt32
    var inlineHandler: InlineHandler?
    var isWanted: Bool
    var isConfirmed: Bool
}

extension KnownName {
    init(_ entry: NameTable.Entry) {
        handler = entry.handler
        inlineHandler = entry.inlineHandler
        isWanted = entry.isWanted
        isConfirmed = entry.isConfirmed
    }
}
