// Frames from the parser: messages that were split between two reads, confirmations, replies and errors.
extension PubSubDriver {
    package func received(_ frame: borrowing Frame, output: inout WriteBuffer) throws(RedisError) {
        let root = frame.nodes[0].kind == .attribute ? frame.root : 0
        let node = frame.nodes[root]
        switch node.kind {
        case .push, .array:
            if try push(frame, root, node.length, &output) { return }
            // RESP2 sends pushes as arrays; RESP3 does not send replies as pushes.
            guard node.kind == .push else { throw unexpected("an array") }
            router.sink.event(.unknownPush(frame, room: router.sink.roomForPushes))
        case .simpleError, .bulkError:
            try refused(frame.errorLine(of: node).description, &output)
        case .simpleString, .bulkString, .verbatimString, .integer, .null, .boolean, .double, .bigNumber, .set, .map:
            try answered(.success(RESPValue(frame)), &output)
        case .attribute:
            break
        }
    }

    /// Handles a push of a known kind. Returns whether the kind was known.
    private func push(_ frame: borrowing Frame, _ root: Int, _ count: Int, _ output: inout WriteBuffer)
        throws(RedisError) -> Bool
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
            guard max(pattern.length, channel.length) <= Record.longestName else { throw nameTooLong() }
            var run = MessageRun(
                kind,
                pattern: kind == .pmessage ? pattern.range : channel.range.lowerBound..<channel.range.lowerBound,
                channel: channel.range,
                payload: payload.range,
                in: bytes,
                at: now.wall,
                from: node
            )
            deliver(&run)
        case .confirmation(let verb, let kind):
            guard count == 3, nodes[root + 2].isText, nodes[root + 3].kind == .integer else { return false }
            try confirmed(verb, kind, bytes.extracting(nodes[root + 2].range), count: nodes[root + 3].length, &output)
        case .pong:
            try answered(.success(.null), &output)
        }
        return true
    }

    private func confirmed(
        _ verb: SubscriptionMachine.Verb,
        _ kind: RedisSubscriptionKind,
        _ name: RawSpan,
        count: Int,
        _ output: inout WriteBuffer
    ) throws(RedisError) {
        // The server's count includes the probe's channel.
        let probes = kind != .shardChannel && probeEntry?.isConfirmed == true ? 1 : 0
        let count = max(count.nearestCount - probes, 0)
        if let actions = machine.confirmed(verb, kind, name, count: count) {
            perform(actions, &output)
        } else if verb == .unsubscribe {
            let actions = machine.revoked(kind, name, count: count)
            let name = RedisBytes(copying: name)
            if machine.entry(kind, name)?.isWanted == true {
                filters.gap.namesRevoked([RedisGap.Name(kind: kind, name: name)], by: endpoint, at: now)
            }
            perform(actions, &output)
        } else {
            throw unexpected("a confirmation that was not asked for")
        }
    }

    private func refused(_ line: String, _ output: inout WriteBuffer) throws(RedisError) {
        let error = RedisError.server(line, at: endpoint, .subscribe)
        if machine.nextIsPing {
            try answered(.failure(error), &output)
        } else if let actions = machine.refused(error) {
            perform(actions, &output)
            if error.isOfServerNotReady { router.sink.refusedForNow(error) }
        } else {
            // Servers send such an error before they close a link by themselves.
            throw error
        }
    }

    private func answered(_ reply: Result<RESPValue, RedisError>, _ output: inout WriteBuffer) throws(RedisError) {
        guard let call = machine.answered() else { throw unexpected("a reply that was not asked for") }
        if !pings.complete(call, reply.map { _ in }) { filters.losses.answered(call, reply, self, &output) }
    }

    private func nameTooLong() -> RedisError {
        RedisError(.frameTooLarge, "a pattern or channel of 4 GiB or more", endpoint: endpoint, phase: .listen)
    }

    private func unexpected(_ what: String) -> RedisError {
        RedisError(.protocolViolation, "\(what) has no place on a subscribed link", endpoint: endpoint, phase: .listen)
    }
}
