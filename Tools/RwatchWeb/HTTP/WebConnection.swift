import NIOCore
import NIOHTTP1
import RedisPOSIX

/// One connection, which carries one request and its answer. It belongs to the thread of the HTTP server.
final class WebConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private enum Phase {
        case reading
        case answering
        case streaming(Viewer)
        case ending
    }

    private let site: WebSite
    private let limits: WebLimits
    /// Whether there are too many connections, so that this one is only told so.
    private let isSurplus: Bool
    private var phase = Phase.reading
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []
    private var deadline: Scheduled<Void>?
    private var turns: RepeatedTask?
    private var turn = 0

    init(_ site: WebSite, _ limits: WebLimits, isSurplus: Bool) {
        self.site = site
        self.limits = limits
        self.isSurplus = isSurplus
    }

    // MARK: Reading

    func channelActive(context: ChannelHandlerContext) {
        close(after: limits.patience, context)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .reading = phase else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            if isSurplus { answer(.response(.text(503, "There are too many connections.")), context) }
        case .body(let part):
            guard body.count + part.readableBytes <= limits.bodySize else {
                return answer(.response(.text(413, "The body is too large.")), context)
            }
            body += part.readableBytesView
        case .end: requestEnded(context)
        }
    }

    private func requestEnded(_ context: ChannelHandlerContext) {
        guard let head else { return }
        let method: WebRequest.Method =
            switch head.method {
            case .GET: .get
            case .HEAD: .head
            case .POST: .post
            default: .other
            }
        let headers = head.headers.map { (name: $0.name, value: $0.value) }
        guard head.uri.utf8.count <= limits.headSize,
            let request = WebRequest(method, head.uri, headers: headers, body: exchange(&body, with: []))
        else { return answer(.response(.text(400, "The request has no known form.")), context) }
        phase = .answering
        deadline?.cancel()
        let site = site
        context.eventLoop.makeFutureWithTask { await site.answer(request) }.assumeIsolated().whenSuccess { answer in
            guard context.channel.isActive else {
                if case .stream(let viewer, _) = answer { site.ended(viewer) }
                return
            }
            self.answer(answer, context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard case .reading = phase, head == nil else { return end(context) }
        let isLarge = (error as? HTTPParserError) == .headerOverflow
        let response = isLarge ? (431, "The headers are too large.") : (400, "The request has no known form.")
        answer(.response(.text(response.0, response.1)), context)
    }

    // MARK: Answering

    private func answer(_ answer: WebAnswer, _ context: ChannelHandlerContext) {
        deadline?.cancel()
        switch answer {
        case .response(let response):
            phase = .ending
            write(response, context)
        case .stream(let viewer, let type):
            phase = .streaming(viewer)
            write(head: 200, type, [], context)
            begin(viewer, context)
        }
    }

    private func write(_ response: WebResponse, _ context: ChannelHandlerContext) {
        var headers = response.headers
        headers.append(("Content-Length", "\(response.body.count)"))
        write(head: response.status, response.type, headers, context)
        if head?.method != .HEAD {
            write(response.body, context)
        }
        context.write(wrapOutboundOut(.end(nil)), promise: nil)
        context.flush()
        // The client closes when it has read; a reset now would take the answer away from it.
        context.close(mode: .output, promise: nil)
        close(after: limits.patience, context)
    }

    private func write(
        head status: Int,
        _ type: String,
        _ others: [(name: String, value: String)],
        _ context: ChannelHandlerContext
    ) {
        var headers = HTTPHeaders()
        headers.add(name: "Content-Type", value: type)
        headers.add(name: "Connection", value: "close")
        for (name, value) in SecurityHeaders.all + others { headers.add(name: name, value: value) }
        let version = head?.version ?? .http1_1
        let head = HTTPResponseHead(version: version, status: .init(statusCode: status), headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
    }

    private func write(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
        guard !bytes.isEmpty else { return }
        context.write(wrapOutboundOut(.body(.byteBuffer(context.channel.allocator.buffer(bytes: bytes)))), promise: nil)
    }

    // MARK: Streaming

    private func begin(_ viewer: Viewer, _ context: ChannelHandlerContext) {
        let loop = context.eventLoop
        let bound = NIOLoopBound((self, context), eventLoop: loop)
        switch viewer.form {
        case .page:
            write(site.greeting(), context)
            write(site.stateEvent(), context)
            context.flush()
            let pace = TimeAmount(limits.pagePace)
            turns = loop.scheduleRepeatedTask(initialDelay: pace, delay: pace) { _ in
                let (connection, context) = bound.value
                connection.pageTurn(viewer, context)
            }
        case .lines:
            context.flush()
            viewer.onEvents {
                loop.execute {
                    let (connection, context) = bound.value
                    connection.send(viewer, context)
                }
            }
            let silence = TimeAmount(limits.silence)
            turns = loop.scheduleRepeatedTask(initialDelay: silence, delay: silence) { _ in
                let (connection, context) = bound.value
                connection.send(viewer, context)
            }
            send(viewer, context)
        }
    }

    /// Sends what waits, unless the client has not read what was sent before: it costs nothing then but its queue.
    private func send(_ viewer: Viewer, _ context: ChannelHandlerContext) {
        guard case .streaming = phase, context.channel.isWritable else { return }
        write(viewer.take(id: site.eventNumber), context)
        context.flush()
    }

    private func pageTurn(_ viewer: Viewer, _ context: ChannelHandlerContext) {
        guard case .streaming = phase, context.channel.isWritable else { return }
        write(viewer.take(id: site.eventNumber), context)
        turn += 1
        if turn % limits.stateTurns == 0 { write(site.stateEvent(), context) }
        context.flush()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if case .streaming(let viewer) = phase, viewer.form == .lines { send(viewer, context) }
        context.fireChannelWritabilityChanged()
    }

    // MARK: The end

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // The server is going to end: streams end with it.
        if event is ChannelShouldQuiesceEvent { end(context) }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        forget()
        context.fireChannelInactive()
    }

    private func end(_ context: ChannelHandlerContext) {
        forget()
        context.close(promise: nil)
    }

    private func forget() {
        deadline?.cancel()
        turns?.cancel()
        turns = nil
        if case .streaming(let viewer) = phase {
            viewer.onEvents(nil)
            site.ended(viewer)
        }
        phase = .ending
    }

    private func close(after time: Duration, _ context: ChannelHandlerContext) {
        deadline?.cancel()
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(time)) {
            if case .reading = self.phase {
                self.answer(.response(.text(408, "The request has not come in time.")), context)
            } else {
                self.end(context)
            }
        }
    }
}
