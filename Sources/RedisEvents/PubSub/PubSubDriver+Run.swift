// The short way of messages: all that one read has brought in a row, without a frame being parsed for any of them.
extension PubSubDriver {
    func consumePrefix(at bytes: RawSpan, limits: RedisFrameLimits) -> ConsumedPrefix {
        // What has to look at each message stands in the long way (`deliver`).
        guard clusterDelegate == nil, !gapIsOpen, machine.isReady else { return .nothing }
        let exception = proof?.channel ?? RedisBytes()
        var run = MessageRun(bytes, limits, at: now.wall, from: node, exception: exception.rawSpan)
        if usesRoutes { deliverByName(&run) } else { deliverToStream(&run) }
        run.finish()
        guard run.byteCount > 0 else { return .nothing }
        lastEvent = now
        probe.account.received.channelMessages += run.counts[Int(PubSub.Message.Kind.message.rawValue)]
        probe.account.received.patternMessages += run.counts[Int(PubSub.Message.Kind.pmessage.rawValue)]
        probe.account.received.shardMessages += run.counts[Int(PubSub.Message.Kind.smessage.rawValue)]
        return ConsumedPrefix(byteCount: run.byteCount, largestFrame: run.largestFrame)
    }

    private func deliverToStream(_ run: inout MessageRun) {
        guard var collected = sink.lend() else {
            while run.next() { sink.message(run.view, handler: 0) }
            return
        }
        while run.next() { collected.append(run, handler: 0, from: 0) }
        collected.appendFrames(of: run, 0..<run.byteCount)
        sink.takeBack(collected)
    }

    private func deliverByName(_ run: inout MessageRun) {
        if !dedicatedSubscriptions.isEmpty { return deliverWithDedicated(&run) }
        // What is subscribed does not change while messages are being delivered.
        let (channels, patterns, shardChannels) = (machine.tables[0], machine.tables[1], machine.tables[2])
        let (byChannel, byPattern, byShardChannel) = (channels.lookup, patterns.lookup, shardChannels.lookup)
        var followers = exchange(&followers, with: .init(repeating: NameTable.Followers()))
        // To hold a handler costs more than to find it: it is held as long as messages are for it.
        var (inlineNumber, inlineKind) = (UInt32(0), PubSub.Message.Kind.message)
        var inline: InlineHandler?
        var collected = sink.lend()
        // Where the messages in a row begin whose bytes are still to be copied: not those that others have taken.
        var start: Int?
        while run.nextOfOtherNames() {
            // Who takes them is looked up once for all that follow in a row.
            let found =
                switch run.kind {
                case .message: byChannel.find(run.channel, &followers[0])
                case .pmessage: byPattern.find(run.pattern, &followers[1])
                case .smessage: byShardChannel.find(run.channel, &followers[2])
                }
            let number = found?.handler ?? 0
            if let found, found.inline != 0 {
                if found.inline != inlineNumber || run.kind != inlineKind {
                    (inlineNumber, inlineKind) = (found.inline, run.kind)
                    inline =
                        switch run.kind {
                        case .message: byChannel.inlineHandler(found.inline)
                        case .pmessage: byPattern.inlineHandler(found.inline)
                        case .smessage: byShardChannel.inlineHandler(found.inline)
                        }
                }
                if let begin = start.take() { collected?.appendFrames(of: run, begin..<run.frameStart) }
                call(inline, &run)
            } else if collected == nil {
                repeat { sink.message(run.view, handler: number) } while run.nextOfSameNames()
            } else {
                let begin = start ?? run.frameStart
                start = begin
                repeat {
                    collected?.append(run, handler: number, from: begin)
                } while run.nextOfSameNames()
            }
        }
        if let begin = start { collected?.appendFrames(of: run, begin..<run.byteCount) }
        if let collected { sink.takeBack(collected) }
        self.followers = followers
    }

    /// Apart, so that it is as short as it can be.
    @inline(never)
    private func call(_ handler: InlineHandler?, _ run: inout MessageRun) {
        guard let handler else { return }
        repeat { handler.body(run.view) } while run.nextOfSameNames()
    }

    /// The same where private subscriptions have some of the names, perhaps beside others.
    private func deliverWithDedicated(_ run: inout MessageRun) {
        while run.nextOfOtherNames() {
            let name = run.kind == .pmessage ? run.pattern : run.channel
            guard let route = findRoute(run.kind, name) else {
                repeat { sink.message(run.view, handler: 0) } while run.nextOfSameNames()
                continue
            }
            repeat { deliver(run.view, by: route) } while run.nextOfSameNames()
        }
    }
}
